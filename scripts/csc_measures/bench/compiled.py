"""
The SQL that dbt compiled for a night, kept with its generation, run straight in DuckDB, without dbt.

Models are made in the order in which dbt began them, tables as tables and views as views, after the seeds.
Tests, snapshots, which no model reads, and what the night says of its own runs are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb

from csc_measures.bench.engines.given import NUMBERS, Counted, Given
from csc_measures.night.artefacts import FOLDER, MANIFEST, RESULTS
from csc_measures.night.tables import SCRATCH
from csc_measures.project import PROJECT
from csc_measures.sql import pattern, quoted

THREADS = 2
BUILDABLE = ("seed", "model")


class Compiled:
    """The seeds and models of a night, in dbt's order, with the SQL that ran."""

    def __init__(self, generation: Path) -> None:
        """Read what dbt said of the generation's build."""
        told = [json.loads((generation / FOLDER / name).read_text("utf-8")) for name in (MANIFEST, RESULTS)]
        self.nodes: dict[str, Any] = told[0]["nodes"]
        ran = [result for result in told[1]["results"] if self._kind(result["unique_id"]) in BUILDABLE]
        ran.sort(key=lambda result: max(phase["started_at"] for phase in result["timing"]))
        self.sql: dict[str, str | None] = {result["unique_id"]: result["compiled_code"] for result in ran}

    def _kind(self, key: str) -> str:
        return self.nodes[key]["resource_type"] if key in self.nodes else ""

    def build(self, connection: duckdb.DuckDBPyConnection, keys: set[str] | None = None) -> None:
        """Make the models of these unique ids, or all; the seeds they read are made with them."""
        made = [key for key in self.sql if keys is None or key in keys]
        schemas = dict.fromkeys(self.nodes[key]["schema"] for key in made)
        for schema in schemas:
            connection.execute(f"create schema if not exists measures.{schema}")
        for kind in BUILDABLE:
            for key in made:
                if self._kind(key) == kind:
                    connection.execute(self._statement(key))

    def _statement(self, key: str) -> str:
        node = self.nodes[key]
        if self._kind(key) == "model":
            kind = node["config"]["materialized"]
            return f"create {kind} {node['relation_name']} as (\n{self.sql[key]}\n)"
        file = quoted(pattern(PROJECT / node["original_file_path"]))
        types = ", ".join(f"{name}: '{kind}'" for name, kind in node["config"]["column_types"].items())
        given = f", types = {{{types}}}" if types else ""
        return f"create table {node['relation_name']} as from read_csv('{file}', header = true{given})"

    def upstream(self, key: str) -> set[str]:
        """Return the unique ids of what a model is made from, and its own."""
        reached, to_come = set(), [key]
        while to_come:
            each = to_come.pop()
            if each in self.sql and each not in reached:
                reached.add(each)
                to_come += self.nodes[each]["depends_on"].get("nodes", [])
        return reached

    def feeding(self, measure: int, statistic: str) -> tuple[str, str, dict[str, Any]]:
        """Return the population, by unique id, the column and the feed that a statistic is made from."""
        return next(
            (key, column["name"], feed)
            for key in self.sql
            for column in self.nodes[key]["columns"].values()
            for feed in column["config"]["meta"].get("feeds", [])
            if (feed["measure"], feed["statistic"]) == (measure, statistic)
        )


@cache
def compiled(generation: Path) -> Compiled:
    """Return what was compiled for a generation, read once."""
    return Compiled(generation)


@contextmanager
def begun(given: Given) -> Iterator[None]:
    """Read what was compiled before the first measure asks for it."""
    compiled(given.generation)
    yield


def opened(landed: Path, database: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open a database, in memory unless a file is named, in which the compiled SQL finds the extracts."""
    packing = {"force_compression": "dict_fsst"} if database else {}
    connection = duckdb.connect(config={"threads": THREADS, **packing})
    connection.execute("set TimeZone = 'Europe/London'")
    place, how = (quoted(database), f"({SCRATCH})") if database else (":memory:", "")
    connection.execute(f"attach '{place}' as measures {how}")
    folder = quoted(f"{pattern(landed)}/")
    connection.execute(
        "create macro measures.main.landed(name) as table "
        f"select * from read_parquet('{folder}' || name || '.parquet')"
    )
    return connection


def counted(given: Given, measure: int) -> Counted:
    """Make the models that a measure's headline rests on, and count it by month."""
    project = compiled(given.generation)
    population, column, feed = project.feeding(measure, given.headlines[measure])
    node = project.nodes[population]
    month = "period_end" if "period_end" in node["columns"] else "last_day(counted_on)"
    only = " and ".join(f"{name} = '{quoted(value)}'" for name, value in feed.get("only", {}).items())
    with opened(given.landed) as connection:
        project.build(connection, project.upstream(population))
        rows = connection.execute(
            f"select {month}, count(*) filter (where {column}), count({column}) "
            f"from {node['relation_name']} where {only or 'true'} group by 1"
        ).fetchall()
    is_count = feed.get("as") == "count"
    return {end: (n_true, None if is_count else n) for end, n_true, n in rows if end in given.month_ends}


MEASURES: dict[int, Callable[[Given], Counted]] = {
    number: partial(counted, measure=number) for number in NUMBERS
}
