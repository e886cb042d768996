"""How often each rule was broken is kept from run to run, and told of the latest runs side by side."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from csc_measures import words
from csc_measures.night.said.quality_by_run import write_quality_by_run
from csc_measures.pages import reading

FINDINGS = {
    "1": [("ssd_person", "pers_sex", "unknown_code", "set_aside_value", 3)],
    "2": [
        ("ssd_person", "pers_sex", "unknown_code", "set_aside_value", 1),
        ("ssd_person", "pers_sex", "unknown_code", "set_aside_value", 1_000),
        ("ssd_address", None, "duplicate", "set_aside_row", 2),
    ],
    "3": [],
}


@pytest.fixture
def published() -> duckdb.DuckDBPyConnection:
    """Write three generations, each going on from the one before; give the marts of the last."""
    connection = duckdb.connect()
    for run_id, findings in FINDINGS.items():
        if run_id != "1":
            connection.execute("attach ':memory:' as last; create schema last.marts")
            connection.execute(
                "create table last.marts.quality_by_run as from published.marts.quality_by_run"
            )
            connection.execute("detach published; detach evidence")
        for catalog in ("published", "evidence"):
            connection.execute(f"attach ':memory:' as {catalog}; create schema {catalog}.marts")
        connection.execute(
            "create table evidence.marts.data_quality (extract varchar, column_name varchar, rule varchar, "
            "effect varchar, n_findings integer, meaning varchar)"
        )
        for finding in findings:
            connection.execute(
                "insert into evidence.marts.data_quality values (?, ?, ?, ?, ?, 'why')", finding
            )
        write_quality_by_run(connection, run_id, date(2026, 4, int(run_id)))
        if run_id != "1":
            connection.execute("detach last")
    connection.execute(
        "create table published.marts.runs as select run_id, date '2026-04-01' as as_at "
        "from (values ('0'), ('1'), ('2'), ('3')) as runs (run_id)"
    )
    connection.execute("use published")
    words.teach(connection)
    return connection


def test_each_run_adds_what_it_found_and_changes_nothing_before(published: duckdb.DuckDBPyConnection) -> None:
    kept = published.execute(
        "select run_id, as_at, extract, n_findings from marts.quality_by_run order by all"
    )
    assert kept.fetchall() == [
        ("1", date(2026, 4, 1), "ssd_person", 3),
        ("2", date(2026, 4, 2), "ssd_address", 2),
        ("2", date(2026, 4, 2), "ssd_person", 1_001),
    ]


def test_the_latest_runs_are_told_side_by_side(published: duckdb.DuckDBPyConnection) -> None:
    """The latest first, and none from before the first that kept its findings by rule."""
    runs = reading.latest_runs(published)
    assert [run["run_id"] for run in runs] == ["3", "2", "1"]
    told = {row["rule"]: row["counts"] for row in reading.quality_by_run(published, runs)}
    assert told == {"duplicate": ["0", "2", "0"], "unknown_code": ["0", "1,001", "3"]}
