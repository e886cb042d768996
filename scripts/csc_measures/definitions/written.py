"""
Read the models as they are written, without dbt: what an analyst asks should be answered at once.

Only what stands in the files is known: which model refers to which, and which column of which population
feeds which statistic. What dbt makes of it is for `csc_measures.definitions.feeds`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from csc_measures.contract.extracts import read_contract
from csc_measures.project import PROJECT

REFERS = re.compile(r"\bref\('(\w+)'\)")
STAGES = re.compile(r"\bsource\('\w+', '(\w+)'\)")
MEASURES = "    -- measures\n"
"""Below this line a population has its measures, up to the next empty line."""


@dataclass(frozen=True)
class Population:
    """A population: its name, the folder of its subject, the SQL and yml that it is written in."""

    name: str
    sql: Path
    yml: Path

    @cached_property
    def described(self) -> dict[str, dict[str, Any]]:
        """What the yml says of each column, by its name."""
        [model] = yaml.load(self.yml.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["models"]
        return {column["name"]: column for column in model["columns"]}

    @property
    def feeds(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each column that feeds a statistic, with what is said of the feed, in the yml's order."""
        for name, column in self.described.items():
            for feed in column.get("config", {}).get("meta", {}).get("feeds", []):
                yield name, feed

    def line_of(self, column: str) -> int:
        """Return the line of the SQL, from 1, on which a measure is named; 1 where none is."""
        text = self.sql.read_text(encoding="utf-8")
        found = re.compile(rf"^    .*\b{column},?$", re.MULTILINE).search(text, text.rfind(MEASURES))
        return text.count("\n", 0, found.start()) + 1 if found else 1


def read_populations(root: Path = PROJECT) -> dict[str, Population]:
    """Return the populations below `<root>/models` that have a yml, by name."""
    files = sorted((root / "models" / "populations").glob("*/*.sql"))
    return {
        file.stem: Population(file.stem, file, file.with_suffix(".yml"))
        for file in files
        if file.with_suffix(".yml").is_file()
    }


def columns_read(population: str, root: Path = PROJECT) -> dict[str, list[str]]:
    """
    Return the columns of extracts that a population can rest on, by extract, in the contract's order.

    They are those whose name after staging stands in the SQL of a model that reads the staged extract, on any
    way from there to the population. What a macro names is not seen.
    """
    files = [*(root / "models").rglob("*.sql"), *(root / "snapshots").glob("*.sql")]
    texts = {file.stem: file.read_text(encoding="utf-8") for file in files}
    words: dict[str, set[str]] = {}
    reached, to_come = set(), [population]
    while to_come:
        model = to_come.pop()
        if model not in reached:
            reached.add(model)
            read = REFERS.findall(texts.get(model, ""))
            to_come += read
            for each in read:
                words.setdefault(each, set()).update(re.findall(r"\w+", texts.get(model, "")))
    found: dict[str, list[str]] = {}
    for model in sorted(reached):
        for extract in STAGES.findall(texts.get(model, "")):
            found[extract] = list(staged_from(texts[model], extract, words.get(model, set())))
    return found


def staged_from(sql: str, extract: str, words: set[str]) -> Iterator[str]:
    """Yield the columns of an extract whose name in a staging model is one of these words."""
    _, _, selected = sql.rpartition("select\n")
    items = re.split(r",\n", selected.partition("\nfrom")[0])
    if extract not in read_contract().extracts:
        return
    for column in read_contract().extracts[extract].columns:
        made = [re.findall(r"\w+", item)[-1] for item in items if re.search(rf"\b{column.name}\b", item)]
        if words.intersection(made):
            yield column.name
