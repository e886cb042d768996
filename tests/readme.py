"""What the README says to type, and with what in place of its own folders and dates a test types it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from csc_measures.project import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return the commands, without their comments."""
    lines = "".join(blocks("sh")).splitlines()
    return [line.split("  #")[0].strip() for line in lines]


def night_on_a_return() -> list[str]:
    """Return the two commands that import a return and do the nightly job on it."""
    return [line for line in commands() if "return/landing" in line]


def with_stand_ins(command: str, stand_ins: dict[str, Path | str]) -> str:
    """Put other words into a command; each must be there."""
    for written, stand_in in stand_ins.items():
        assert written in command, f"{written} is not in: {command}"
        command = command.replace(written, shlex.quote(str(stand_in)))
    return command
