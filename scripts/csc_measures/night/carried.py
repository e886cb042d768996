"""
What the night itself writes into a generation, going on from the one that was published last.

dbt makes the marts of one night; what was said before, and what is said otherwise since, follows from two.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import yaml

from csc_measures.night import editions
from csc_measures.night.generations import Run
from csc_measures.night.published import LAST, write_published
from csc_measures.project import PROJECT
from csc_measures.sql import quoted

DESCRIBED = PROJECT / "models" / "marts" / "_night__sources.yml"


def write(connection: duckdb.DuckDBPyConnection, run: Run, last: Path | None) -> dict[str, dict]:
    """
    Write the tables of a new generation that follow on the last one; return their descriptions, by mart.

    The editions of the new generation are attached by their catalogs, with all marts that dbt made.
    """
    if last:
        database = quoted(last / editions.NUMBERS.database)
        connection.execute(f"attach '{database}' as {LAST} (read_only)")
    write_published(connection, run.run_id, run.as_at)
    if last:
        connection.execute(f"detach {LAST}")
    return descriptions()


@cache
def descriptions() -> dict[str, dict]:
    """Return what dbt is told of these tables, in the shape of `building.Build.docs`."""
    [source] = yaml.safe_load(DESCRIBED.read_text(encoding="utf-8"))["sources"]
    return {
        table["name"]: {
            "description": table["description"],
            "columns": {column["name"]: column["description"] for column in table["columns"]},
        }
        for table in source["tables"]
    }
