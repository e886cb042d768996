"""Every command and every query of the README, in its order, in a fresh clone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from conftest import Place, run
from csc_measures.night import publish
from csc_measures.project import PROJECT
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode
from invented_return import write_invented_return

README = (PROJECT / "README.md").read_text(encoding="utf-8")
RETURN_AS_AT = date(2025, 4, 14)
DONE = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


def blocks(language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return the commands of the README, without their comments."""
    lines = "".join(blocks("sh")).splitlines()
    return [line.split("  #")[0].strip() for line in lines]


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


def test_every_other_command_works(council: Place, tmp_path: Path) -> None:
    """What is done by hand is done on the return, of which a night builds a part only: both give the same."""
    clone = council.warehouse.parent
    of_return = replace(
        council, landing=clone / "return/landing", warehouse=clone / "return/warehouse", as_at=RETURN_AS_AT
    )
    stand_ins = {
        "FOLDER": str(write_invented_return(tmp_path / "2025")),
        "CSC_AS_AT=2018-04-14": f"CSC_AS_AT={RETURN_AS_AT}",
    }
    place = council
    for written in commands()[3:]:
        command = written
        for stands_in_readme, stand_in in stand_ins.items():
            command = command.replace(stands_in_readme, stand_in)
        if written == "measures land":
            place = of_return
        result = run("bash", "-c", command, environment=environment_of(place, command), folder=clone)
        assert result.returncode in DONE, f"{written}\n{result.stdout[-4_000:]}\n{result.stderr[-2_000:]}"
        if written.startswith("dbt build -s"):
            assert "test" not in result.stdout.split("Finished running")[1]  # what is selected is what runs
    assert place == of_return
    assert differences_by_hand(of_return) == {}


def environment_of(place: Place, command: str) -> dict[str, str]:
    """Return the settings of a command: the return has the key that the README makes."""
    settings = place.environment
    if place.landing.parent.name == "return":
        settings["CSC_PSEUDONYM_KEY_FILE"] = "pseudonym.key"
    if "CSC_PSEUDONYM_KEY_FILE" in {*settings, *re.findall(r"CSC_\w+", command)}:
        del settings["CSC_PSEUDONYM_KEY"]
    return settings


def differences_by_hand(place: Place) -> dict[str, int]:
    """Count the rows in which a mart of the night, which left models out, and one built whole differ."""
    differences = {}
    marts = place.contents()
    with duckdb.connect() as connection:
        by_hand = quoted(place.warehouse / "dev" / publish.DATABASE)
        connection.execute(f"attach '{by_hand}' as measures (read_only)")
        for edition in publish.EDITIONS:
            publish.attach(connection, place.warehouse, edition, "read_only")
        for mart in marts:
            built, published = f"from measures.marts.{mart}", f"from {publish.edition_of(mart).table(mart)}"
            only_one = f"({built} except all {published}) union all ({published} except all {built})"
            differences[mart] = connection.execute(f"select count(*) from ({only_one})").fetchone()[0]
    return {mart: n for mart, n in differences.items() if n}


@pytest.mark.parametrize("query", blocks("sql"))
def test_every_query_gives_rows(council: Place, query: str) -> None:
    assert council.query(query)
