"""Every command and every query of the README, in its order, in a fresh clone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Place, run
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode
from invented_return import write_invented_return

README = (PROJECT / "README.md").read_text(encoding="utf-8")
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
    clone = council.warehouse.parent
    has_key_of_its_own = "CSC_PSEUDONYM_KEY_FILE="
    keyless = {name: value for name, value in council.environment.items() if name != "CSC_PSEUDONYM_KEY"}
    stand_ins = {
        "FOLDER": str(write_invented_return(tmp_path / "2025")),
        "CSC_AS_AT=2018-04-14": "CSC_AS_AT=2025-04-14",
    }
    for written in commands()[3:]:
        command = written
        for stands_in_readme, stand_in in stand_ins.items():
            command = command.replace(stands_in_readme, stand_in)
        environment = keyless if has_key_of_its_own in command else council.environment
        result = run("bash", "-c", command, environment=environment, folder=clone)
        assert result.returncode in DONE, f"{written}\n{result.stdout[-4_000:]}\n{result.stderr[-2_000:]}"
        if written.startswith("dbt build -s"):
            assert "test" not in result.stdout.split("Finished running")[1]  # what is selected is what runs


@pytest.mark.parametrize("query", blocks("sql"))
def test_every_query_gives_rows(council: Place, query: str) -> None:
    assert council.query(query)
