"""What `measures try` shows of a measure beside its values: its parts, and what differs from before."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from conftest import Place
from csc_measures.night import trial
from csc_measures.night.editions import NUMBERS, attach
from csc_measures.night.generations import served

MART, NUMBER = "safe_from_harm", 23


@pytest.fixture
def tried(council_night: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a build that holds what is published, which is attached."""
    with duckdb.connect() as connection:
        attach(connection, served(council_night.warehouse), NUMBERS, "read_only")
        connection.execute("create schema marts")
        connection.execute(f"create table marts.{MART} as from {NUMBERS.table(MART)}")
        yield connection


def test_a_measure_that_gives_what_is_published_says_so(tried: duckdb.DuckDBPyConnection) -> None:
    [line] = trial.differences_of(tried, NUMBER, MART)
    [(n_rows,)] = tried.execute(
        f"select count(*) from marts.{MART} where measure_number = {NUMBER}"
    ).fetchall()
    assert line == f"The same as what is published, in all of {n_rows:,} numbers."


def test_each_number_that_differs_is_told_the_whole_first(tried: duckdb.DuckDBPyConnection) -> None:
    last = (
        f"measure_number = {NUMBER} and is_headline and period_type = 'month' and period_end = '2026-03-31'"
    )
    tried.execute(f"update marts.{MART} set numerator = 1, denominator = 4, value = 25 where {last}")
    [(n_rows,)] = tried.execute(f"select count(*) from marts.{MART} where {last}").fetchall()
    counted, first, *others = trial.differences_of(tried, NUMBER, MART)
    assert counted.endswith(f" numbers: {n_rows:,}")
    assert "month to 2026-03-31: " in first and first.endswith(", now 25 (1/4)")
    assert 0 < len(others) < trial.DIFFERENCES_SHOWN


def test_a_measure_that_was_never_published_has_nothing_to_differ_from(
    tried: duckdb.DuckDBPyConnection,
) -> None:
    assert [*trial.differences_of(tried, 299, MART)] == ["Nothing of it is published yet."]


def test_the_parts_of_the_headline_that_have_cases_are_shown(tried: duckdb.DuckDBPyConnection) -> None:
    table = trial.parts_of(tried, NUMBER, MART)
    numerators, denominators = ([*column.cells] for column in table.columns[4:])
    assert table.row_count > 0
    assert all(denominators) and "0" not in denominators, numerators


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            'Binder Error: Table "a" does not have a column named "becuase" Candidate bindings: "because"',
            "there is no column becuase; did you mean because?",
        ),
        (
            'Binder Error: Referenced column "takn" not found in FROM clause! Candidate bindings: "taken"',
            "there is no column takn; did you mean taken?",
        ),
        (
            'Binder Error: Referenced column "x" not found in FROM clause!',
            "there is no column x; see the columns of what it reads",
        ),
        ("Conversion Error", "Conversion Error"),
    ],
)
def test_a_name_that_there_is_not_is_told_in_words(error: str, told: str) -> None:
    assert trial.in_words(error) == told
