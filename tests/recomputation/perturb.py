"""
Make the extracts of an invented council untidy, so that two calculations meet what a tidy one never holds.

Dates move and get a time of day, ends come before starts, values vanish or say that there is none, a column
is empty in a whole extract, codes and links change, links lead nowhere, rows double, repeat their key or
disappear. The extracts, the seed and the strength alone decide what is made.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from .extracts import MISSING, codes_of, columns_of, key_of

Texts = dict[str, str]
CHANCES = {"mild": 0.02, "strong": 0.1}
UNTOUCHED = frozenset({"coverage", "ssd_department", "ssd_professionals"})
NOTHING, NO_DAY = ("", "", "SSD_PH", "N/A"), ("", "", "1900-01-01")
STARTS, ENDS = ("start", "received", "issued"), ("_end", "close", "ceased", "auth", "completed", "concluded")


def move(text: str, dice: random.Random) -> str:
    """Move a date by up to 40 days, most often by a few or by whole weeks; keep its time."""
    days = dice.choice([dice.randint(-40, 40), dice.randint(-3, 3), dice.choice([-28, -7, -1, 1, 7, 28])])
    return (date.fromisoformat(text[:10]) + timedelta(days=days)).isoformat() + text[10:]


def at_some_time(text: str, dice: random.Random) -> str:
    """Give a day a time, some of them in UTC."""
    return f"{text[:10]}T{dice.randrange(24):02}:{dice.randrange(60):02}:00{dice.choice(['', '', 'Z'])}"


def first_like(columns: list[str], words: tuple[str, ...]) -> str | None:
    """Return the first column whose name holds one of some words."""
    return next((column for column in columns if any(word in column for word in words)), None)


class Perturber:
    """Perturbs the rows of one extract."""

    def __init__(self, extract: str, rows: list[Texts], dice: random.Random, chance: float) -> None:
        """Take the rows, the dice, and the chance of each kind of change."""
        self.rows, self.dice, self.chance = rows, dice, chance
        self.is_person = extract == "ssd_person"
        self.columns = columns_of(extract)
        self.key = key_of(extract)
        self.dates = [column["column"] for column in self.columns if column["type"] in ("date", "timestamp")]
        self.start, self.end = first_like(self.dates, STARTS), first_like(self.dates, ENDS)
        may_lack = (column["column"] for column in self.columns if column["optional"] == "Y")
        self.lacking = {name for name in may_lack if self.happens(3)}

    def happens(self, times: float = 1) -> bool:
        """Say whether something happens whose chance is so many times the usual one."""
        return self.dice.random() < self.chance * times

    def other(self, column: str) -> str:
        """Return what stands in a column of some row."""
        return self.dice.choice(self.rows)[column]

    def changed(self, text: str, column: dict[str, str]) -> str:
        """Return a value, or what it changes into: nothing, another day or code, that of another row."""
        name, codes = column["column"], list(codes_of(column["codes"]).values()) if column["codes"] else []
        if name == self.key:
            return text
        if name in self.lacking:
            return ""
        if self.happens(0.5):
            return self.dice.choice(NO_DAY if name in self.dates else NOTHING)
        if name in self.dates:
            if text not in MISSING and self.happens(1.5):
                text = move(text, self.dice)
            if text not in MISSING and column["type"] == "timestamp" and self.happens(2):
                text = at_some_time(text, self.dice)
            return self.other(name) if not text and self.happens(0.5) else text
        if codes and column["type"] == "text" and self.happens():
            code = self.dice.choice(codes)
            return f" {code.lower()} " if self.happens(5) else code
        if text and name.endswith("_id") and self.happens(0.3):
            return f"{text}X"
        if column["type"] == "yes_no" and self.happens():
            return self.dice.choice("YN")
        return self.other(name) if self.happens(0.7) else text

    def perturbed(self, row: Texts) -> Texts:
        """Return a row with some of its values changed, perhaps turned round or ending as it starts."""
        new = {column["column"]: self.changed(row[column["column"]], column) for column in self.columns}
        if self.start and self.end and self.start != self.end and new[self.start] and new[self.end]:
            if self.happens(0.5):
                new[self.start], new[self.end] = new[self.end], new[self.start]
            elif self.happens(0.5):
                new[self.start] = new[self.end]
        return new

    def all(self) -> Iterator[Texts]:
        """Give the perturbed rows: some gone, some twice under a new id."""
        for number, row in enumerate(self.rows):
            if self.happens(0.3 if self.is_person else 1):
                continue
            yield self.perturbed(row)
            if self.happens(0.3):
                yield self.perturbed(row)
            if not self.is_person and self.happens():
                dates = {name: row[name] for name in self.dates if row[name] not in MISSING}
                moved = {name: move(text, self.dice) for name, text in dates.items()}
                double = row | moved if self.happens(5) else row
                yield self.perturbed({**double, self.key: f"{row[self.key]}X{number}"})


def perturb(source: Path, target: Path, seed: int, strength: Literal["mild", "strong"]) -> None:
    """
    Write perturbed extracts of a landing folder into another one.

    source
        The CSV files of an invented council; they stay as they are.
    seed, strength
        What is changed, and how much: `mild` changes a few values in a hundred, `strong` one in ten.
    """
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or []), list(reader)
        if path.stem not in UNTOUCHED and rows:
            dice = random.Random(f"{seed} {path.stem}")
            rows = list(Perturber(path.stem, rows, dice, CHANCES[strength]).all())
        with (target / path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
