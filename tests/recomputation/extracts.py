"""The extracts of a landing folder as rows of values, read as `contract/README.md` says."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
LONDON = ZoneInfo("Europe/London")
MISSING = frozenset({"", "SSD_PH", "N/A", "NULL", "#N/A", "-"})
YES_NO = {
    "Y": True,
    "YES": True,
    "1": True,
    "TRUE": True,
    "N": False,
    "NO": False,
    "0": False,
    "FALSE": False,
}
NOT_FLAGS = frozenset({"TOTAL_NO_OF_OUTCOMES", "COMMENTS"})


class Row:
    """One row of an extract: an attribute for each column of the contract, None where it is missing."""

    def __init__(self, values: dict[str, Any]) -> None:
        """Take the values by column."""
        self.__dict__.update(values)

    def __repr__(self) -> str:
        """Show the values that there are."""
        return repr({column: value for column, value in vars(self).items() if value is not None})


@cache
def columns_of(extract: str) -> list[dict[str, str]]:
    """Return what the contract says of each column of an extract."""
    with (ROOT / "contract" / "extracts.csv").open(encoding="utf-8", newline="") as file:
        return [column for column in csv.DictReader(file) if column["extract"] == extract]


@cache
def key_of(extract: str) -> str:
    """Return the column that is an extract's key."""
    (key,) = (column["column"] for column in columns_of(extract) if column["key"] == "pk")
    return key


@cache
def codes_of(code_set: str) -> dict[str, str]:
    """Return the codes of a list as the contract spells them, by their upper case."""
    with (ROOT / "contract" / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"].upper(): row["code"] for row in csv.DictReader(file) if row["code_set"] == code_set
        }


def read_time(text: str) -> datetime:
    """Read a date with or without a time, ISO or DD/MM/YYYY, as London time (C1); else ValueError."""
    text = re.sub(r"^(\d\d)/(\d\d)/(\d{4})", r"\3-\2-\1", text)
    time = datetime.fromisoformat(text)
    return time.astimezone(LONDON).replace(tzinfo=None) if time.tzinfo else time


def read_value(text: str, column: dict[str, str], as_at: date) -> Any:
    """Read one value: None when it is missing, unreadable, or an event after the as-at date."""
    text = text.strip()
    if text.upper() in MISSING:
        return None
    kind = column["type"]
    try:
        if kind in ("date", "timestamp"):
            time = read_time(text)
            if not 1900 <= time.year <= 2100 or time.date() == date(1900, 1, 1):
                return None
            if time.date() > as_at and column["may_lie_ahead"] != "Y":
                return None
            return time.date() if kind == "date" else time
        if kind == "integer":
            return int(Decimal(text))
        if kind == "decimal":
            return Decimal(text)
        if kind == "json":
            return json.loads(text)
    except (ValueError, InvalidOperation):
        return None
    if kind == "yes_no":
        return YES_NO.get(text.upper())
    return codes_of(column["codes"]).get(text.upper(), text) if column["codes"] else text


def flags_of(value: Any) -> frozenset[str]:
    """Return the names whose value is yes of an object of flags, or the members of an array of codes."""
    if isinstance(value, dict):
        names = {
            name.strip().upper() for name, said in value.items() if YES_NO.get(str(said).strip().upper())
        }
        return frozenset(names - NOT_FLAGS)
    return frozenset(str(member).strip().upper() for member in value or [])


class Council:
    """Everything in a landing folder of CSV files, each read when first asked for."""

    def __init__(self, landing: Path | str, as_at: date) -> None:
        """Take the landing folder and the date that its extracts describe."""
        self.landing, self.as_at = Path(landing), as_at
        self.facts: dict[Any, Any] = {}

    def has(self, extract: str) -> bool:
        """Say whether the landing folder holds an extract."""
        return (self.landing / f"{extract}.csv").exists()

    def once(self, name: Any, function: Callable[[Council], T]) -> T:
        """Return what `function` makes of the council, worked out once for the module that asks by a name."""
        key = function.__module__, name
        if key not in self.facts:
            self.facts[key] = function(self)
        return self.facts[key]

    def rows(self, extract: str) -> list[Row]:
        """Return the rows of an extract, [] when it is absent; the first of several with one key stands."""
        return self.once(("rows", extract), lambda council: council._read(extract))

    def by(self, extract: str, column: str) -> dict[Any, list[Row]]:
        """Return the rows of an extract by what stands in one of its columns."""

        def index(council: Council) -> dict[Any, list[Row]]:
            rows = defaultdict(list)
            for row in council.rows(extract):
                rows[getattr(row, column)].append(row)
            return dict(rows)

        return self.once(("by", extract, column), index)

    def row(self, extract: str, column: str, value: Any) -> Row | None:
        """Return the first row with a value in a column, None when there is none or no value is given."""
        return self.by(extract, column).get(value, [None])[0] if value is not None else None

    def _read(self, extract: str) -> list[Row]:
        """Read an extract's file."""
        if not self.has(extract):
            return []
        columns, key = columns_of(extract), key_of(extract)
        rows: dict[Any, Row] = {}
        with (self.landing / f"{extract}.csv").open(encoding="utf-8-sig", newline="") as file:
            for texts in csv.DictReader(file):
                if None in texts or None in texts.values():  # too many or too few fields
                    continue
                row = Row(
                    {
                        column["column"]: read_value(texts.get(column["column"], ""), column, self.as_at)
                        for column in columns
                    }
                )
                if getattr(row, key) is not None:
                    rows.setdefault(getattr(row, key), row)
        return list(rows.values())
