"""
Read what the tables of the agreement hold.

`contract/agreement.csv` describes the columns that each table has of its own. Every table ends with the same
three, which say who has agreed a row, and lands with what follows from these.
"""

import csv
from dataclasses import dataclass
from functools import cache

from csc_measures.project import PROJECT

LANDED_TYPES = {
    "integer": "INTEGER",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "flag": "BOOLEAN",
}
GRAINS = {
    "targets": "The targets. Grain: one row per measure, statistic, service area, period type and first day.",
    "parameters": "The values of parameters. Grain: one row per parameter and first day.",
    "definitions": "The definitions. Grain: one row per measure.",
    "steps": "The steps in what is to be expected. Grain: one row per measure, statistic and step.",
}


@dataclass(frozen=True)
class AgreedColumn:
    """A column of a table of the agreement; one that is `needed` has a value in every row."""

    name: str
    type: str
    needed: bool
    description: str


COUNCIL_AGREED_ON, ORGANISATION_AGREED_ON = "council_agreed_on", "organisation_agreed_on"
ENDING = (
    AgreedColumn(COUNCIL_AGREED_ON, "date", False, "day on which the council agreed it; empty is not yet"),
    AgreedColumn(
        ORGANISATION_AGREED_ON, "date", False, "day on which the organisation agreed it; empty is not yet"
    ),
    AgreedColumn("note", "text", False, "what else to know of it"),
)
FOLLOWS = (
    AgreedColumn("basis", "text", True, "agreed (by both), proposed (by one) or assumed (by neither)"),
)
FOLLOWS_OF = {
    "parameters": (
        AgreedColumn(
            "is_in_force", "flag", True, "whether it is the value of the parameter on the as-at date"
        ),
    ),
}


@cache
def read_tables() -> dict[str, tuple[AgreedColumn, ...]]:
    """Return the columns of each table as it is written, by the table's name."""
    tables: dict[str, tuple[AgreedColumn, ...]] = {}
    with (PROJECT / "contract" / "agreement.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = AgreedColumn(row["column"], row["type"], row["needed"] == "Y", row["description"])
            tables[row["table"]] = (*tables.get(row["table"], ()), column)
    return {table: (*columns, *ENDING) for table, columns in tables.items()}


def landed_columns(table: str) -> tuple[AgreedColumn, ...]:
    """Return the columns of a table as it lands: as it is written, and what follows from that."""
    return (*read_tables()[table], *FOLLOWS, *FOLLOWS_OF.get(table, ()))
