"""Every command and every query of the README, in its order, in a fresh clone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from conftest import Place, copy_project, make_warehouse, run
from csc_measures.night import editions
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode
from readme import blocks, commands, night_on_a_return

DONE = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)
BY_HAND = commands().index("measures land")  # from here on


@pytest.fixture(scope="module")
def council(council_night: Place) -> Place:
    """Give the night on a small council: what README's first command does in a fresh clone."""
    assert commands()[0].endswith("measures demo")
    return council_night


def test_the_two_commands_need_only_python_and_the_environment_they_make() -> None:
    first, second, activation, *_ = commands()
    start, _, _ = first.partition(" measures demo")
    assert second == f"{start} pytest"  # what runs this very test
    assert start.startswith("python3 -m venv .uv && .uv/bin/pip install")
    assert activation == ". .venv/bin/activate"  # what the tests do by putting its programs on the path


def test_every_command_after_a_night_works(council: Place) -> None:
    """All but those that did the night on the return (conftest)."""
    for command in commands()[3:BY_HAND]:
        if command not in night_on_a_return():
            do(command, council.warehouse.parent, council.environment)


def test_what_is_done_by_hand_gives_what_a_night_gives(night: Place, parsed: Path, tmp_path: Path) -> None:
    """In a fresh clone; a night on the return builds a part only, and gives the same."""
    clone = copy_project(tmp_path / "clone")
    by_hand = replace(night, warehouse=clone / "warehouse")
    make_warehouse(by_hand, parsed)  # for `measures try`, which reads the project as a night does
    for command in commands()[BY_HAND:]:
        printed = do(command, clone, by_hand.environment)
        if command.startswith("dbt build -s"):
            assert "test" not in printed.split("Finished running")[1]  # what is selected is what runs
    assert differences(by_hand.warehouse / "dev" / editions.DATABASE, night) == {}


def do(command: str, folder: Path, settings: dict[str, str]) -> str:
    """Type a command in a folder; return what it prints."""
    result = run("bash", "-c", command, environment=settings, folder=folder)
    assert result.returncode in DONE, f"{command}\n{result.stdout[-4_000:]}\n{result.stderr[-2_000:]}"
    return result.stdout


def differences(built_by_hand: Path, place: Place) -> dict[str, int]:
    """Count the rows in which a mart of the night, which left models out, and one built whole differ."""
    counted = {}
    marts = place.contents()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(built_by_hand)}' as measures (read_only)")
        for edition in editions.EDITIONS:
            editions.attach(connection, place.warehouse, edition, "read_only")
        for mart in marts:
            built, published = f"from measures.marts.{mart}", f"from {editions.edition_of(mart).table(mart)}"
            only_one = f"({built} except all {published}) union all ({published} except all {built})"
            counted[mart] = connection.execute(f"select count(*) from ({only_one})").fetchone()[0]
    return {mart: n for mart, n in counted.items() if n}


@pytest.mark.parametrize("query", blocks("sql"))
def test_every_query_gives_rows(council: Place, query: str) -> None:
    assert council.query(query)
