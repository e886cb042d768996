"""How much the published evidence tells of a case."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from csc_measures.night import publish

MONDAY, SUNDAY = date(2026, 3, 30), date(2026, 4, 5)
AS_BUILT = ("case", date(2026, 4, 30), SUNDAY, None, "T1", "F", "WBRI", "yes", "WR5")


@pytest.fixture
def build() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for database in ("measures", "published"):
        connection.execute(f"attach ':memory:' as {database}; create schema {database}.marts")
    connection.execute(
        "create table measures.marts.of_cases (case_id text, period_end date, started_on date, due_on date, "
        "team text, sex text, ethnicity text, disability text, locality text)"
    )
    connection.execute("insert into measures.marts.of_cases values (?, ?, ?, ?, ?, ?, ?, ?, ?)", AS_BUILT)
    connection.execute(
        "create table measures.marts.of_numbers as select 'F' as sex, date '2026-04-05' as day"
    )
    return connection


def copied(build: duckdb.DuckDBPyConnection, mart: str, detail: str) -> list[tuple]:
    publish.copy_mart(build, mart, {}, detail, is_ample=True)
    return build.execute(f"from published.marts.{mart}").fetchall()


def test_full_evidence_is_published_as_it_was_built(build: duckdb.DuckDBPyConnection) -> None:
    assert copied(build, "of_cases", "full") == [AS_BUILT]


def test_coarse_evidence_has_weeks_for_days_and_nothing_that_describes_a_person(
    build: duckdb.DuckDBPyConnection,
) -> None:
    assert copied(build, "of_cases", "coarse") == [
        ("case", date(2026, 4, 30), MONDAY, None, "T1", None, None, None, None)
    ]


def test_numbers_are_published_whole_beside_coarse_evidence(build: duckdb.DuckDBPyConnection) -> None:
    assert copied(build, "of_numbers", "coarse") == [("F", SUNDAY)]
