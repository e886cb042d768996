"""What the pages for those who operate it say to type: it exists, and a backup comes back whole."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner

from conftest import Place, run
from csc_measures import cli
from csc_measures.night import record
from csc_measures.project import PROJECT
from csc_measures.status import status

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
CONTAINERFILE = PROJECT / "Containerfile"


def lines_of(page: Path) -> list[str]:
    """Return the commands of a page, one for each that is typed, without what settings go before it."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    lines = [part.strip() for line in "".join(blocks).splitlines() for part in line.split(" && ")]
    return [re.sub(r"^([A-Z_]+=\S+ )+", "", line) for line in lines]


def test_every_command_of_ours_and_its_options_exist() -> None:
    """Each is asked for its help, which is refused where it has no such option."""
    words = [shlex.split(line, comments=True) for page in PAGES for line in lines_of(page)]
    ours = {tuple(each[1:]) for each in words if each and Path(each[0]).name == "measures"}
    assert {("restore", "RUN"), ("diff", "RUN_BEFORE", "RUN_AFTER"), ("agreement", "check")} <= ours
    ended = {each: CliRunner().invoke(cli.commands, [*each, "--help"]).exit_code for each in ours}
    assert set(ended.values()) == {0}, ended


def test_a_backup_comes_back_whole(night: Place, tmp_path: Path) -> None:
    """By the commands of the page; nothing is missed that was left out of it."""
    stand_ins = {"/data/warehouse": night.warehouse, "/data/restored": tmp_path / "restored"}
    for line in lines_of(PROJECT / "docs" / "operating.md"):
        if line.startswith(("tar ", "install --directory ")):
            for written, stand_in in stand_ins.items():
                line = line.replace(written, shlex.quote(str(stand_in)))
            result = run("bash", "-c", f"cd {shlex.quote(str(tmp_path))} && {line}")
            assert result.returncode == 0, result.stderr
    restored = tmp_path / "restored"
    record.verify(restored, Console(quiet=True))
    status(restored, Console(quiet=True))
    assert not (restored / "target").exists() and (restored / "current").readlink().parent == Path(
        "generations"
    )


def test_every_extra_that_is_named_exists() -> None:
    """In the pages, the container file and the messages."""
    known = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    told = [*PAGES, CONTAINERFILE, *(PROJECT / "scripts").rglob("*.py")]
    named = {name for page in told for name in re.findall(r"--extra ([a-z]\w*)", page.read_text("utf-8"))}
    assert {"postgresql", "xlsx"} <= named <= known.keys()


def test_the_container_is_made_by_the_steps_of_the_readme() -> None:
    """As far as that can be seen without building it: the same installer, and not as root."""
    text = CONTAINERFILE.read_text(encoding="utf-8")
    [steps] = set(re.findall(r"python3 -m venv \.uv && \.uv/bin/pip install --quiet uv==\S+", text))
    assert all(line.startswith(steps) for line in lines_with(steps.split(" && ")[0]))
    assert text.index("USER measures") < text.index(steps)


def lines_with(start: str) -> list[str]:
    """Return the lines of the pages that begin like this; there are some."""
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    found = [line for line in lines if line.startswith(start)]
    assert found
    return found
