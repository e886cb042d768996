"""
Hold the published marts to the columns that their readers rely on: `python -m tests.shapes WAREHOUSE`.

`docs/marts.csv` lists them, with a version of each mart. A column that is added leaves the version; one that
goes or changes its type makes the next, so that nobody does it unseen.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from csc_measures.night import editions
from csc_measures.project import PROJECT

SHAPES = PROJECT / "docs" / "marts.csv"
COLUMNS = ("database", "mart", "version", "column", "type")
WRITE = "python -m tests.shapes WAREHOUSE"

Mart = tuple[str, str]
"""The database that a mart is in, by its path in the warehouse, and its name."""


@dataclass(frozen=True)
class Shape:
    """The columns of a mart with their types, in order, and which version of them it is."""

    columns: Mapping[str, str]
    version: int = 1

    def lost(self, now: Shape) -> list[str]:
        """Name the columns that are not there any more as they were."""
        return [column for column, kind in self.columns.items() if now.columns.get(column) != kind]


def promised() -> dict[Mart, Shape]:
    """Return the shapes that are written down."""
    with SHAPES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    marts = dict.fromkeys((row["database"], row["mart"], int(row["version"])) for row in rows)
    return {
        (database, mart): Shape(
            {
                row["column"]: row["type"]
                for row in rows
                if (row["database"], row["mart"]) == (database, mart)
            },
            version,
        )
        for database, mart, version in marts
    }


def published(warehouse: Path) -> dict[Mart, Shape]:
    """Return the shapes of what a warehouse serves."""
    found: dict[Mart, Shape] = {}
    for database in (edition.database for edition in editions.EVERY_EDITION):
        with duckdb.connect(warehouse / "current" / database, read_only=True) as connection:
            rows = connection.execute(
                "select table_name, list(column_name order by column_index), "
                "list(data_type order by column_index) from duckdb_columns() "
                "where schema_name = 'marts' group by table_name order by table_name"
            ).fetchall()
        found |= {
            (database, mart): Shape(dict(zip(names, kinds, strict=True))) for mart, names, kinds in rows
        }
    return found


def faults(before: Mapping[Mart, Shape], now: Mapping[Mart, Shape]) -> Iterator[str]:
    """Say of each mart where it is not as promised, and what to type."""
    for mart in sorted(before.keys() | now.keys()):
        old, new = before.get(mart, Shape({})), now.get(mart, Shape({}))
        place = "{1} in {0}".format(*mart)
        if lost := old.lost(new):
            yield (
                f"{place}: {', '.join(lost)} is gone or of another type. Leave it to its readers; or tell "
                f"them in CHANGELOG.md and type: {WRITE}, which writes version {old.version + 1} of it"
            )
        elif added := [column for column in new.columns if column not in old.columns]:
            what = ", ".join(added) if old.columns else "it"
            yield f"{place}: {what} is new. Type: {WRITE}, which adds it to version {old.version}"


def renewed(before: Mapping[Mart, Shape], now: Mapping[Mart, Shape]) -> dict[Mart, Shape]:
    """Return what is promised from now on: the next version of each mart that lost a column."""
    return {
        mart: Shape(new.columns, old.version + bool(old.lost(new)))
        for mart, new in now.items()
        for old in [before.get(mart, Shape({}))]
    }


def main(warehouse: Path) -> None:
    """Write the shapes of what a warehouse serves, and what of it is not as promised before."""
    before, now = promised() if SHAPES.exists() else {}, published(warehouse)
    print(*faults(before, now), sep="\n")
    with SHAPES.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for (database, mart), shape in renewed(before, now).items():
            rows.writerows((database, mart, shape.version, *column) for column in shape.columns.items())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
