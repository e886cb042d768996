"""Mutants as data: one line of one file, what stands there and what is put in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

DATA = Path(__file__).with_name("mutants.yml")
SQL_FOLDERS = ("models", "macros", "seeds", "snapshots")


class WrongMutant(Exception):  # noqa: N818 - as Stop, it ends a run in an orderly way
    """A mutant that cannot be tried: its text is not there once, or what is put there does not run."""


@dataclass(frozen=True)
class Mutant:
    """
    A mutant: `find` is part of one line of the file, and `put` takes its place.

    With `swaps` both are there and change places; `lives` is the reason why no test need notice the mutant.
    """

    file: str
    find: str
    put: str
    swaps: bool = False
    what: str = ""
    tests: str = ""
    lives: str = ""

    def __str__(self) -> str:
        """Give the mutant in one line."""
        arrow = "<->" if self.swaps else "->"
        return f"{self.file}: {self.find} {arrow} {self.put or '(nothing)'}"

    @property
    def layer(self) -> str:
        """The layer of the project that the file belongs to."""
        parts = Path(self.file).parts
        return "/".join(
            parts[:3] if parts[0] == "scripts" else parts[:2] if parts[0] == "models" else parts[:1]
        )

    @property
    def is_sql(self) -> bool:
        """Whether dbt runs the file, rather than Python."""
        return self.file.split("/")[0] in SQL_FOLDERS


Found = str | WrongMutant
"""What caught a mutant, nothing when it lives, or why it cannot be tried."""


def read_mutants() -> tuple[list[Mutant], dict[str, str]]:
    """Return the mutants, and the test files of each folder of Python, as `mutants.yml` has them."""
    read = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    mutants = [Mutant(file, **entry) for file, entries in read["mutants"].items() for entry in entries]
    twice = [mutant for mutant, n in Counter((m.file, m.find, m.put) for m in mutants).items() if n > 1]
    if twice:
        raise WrongMutant(f"Listed twice: {twice}")
    return mutants, read["tests"]


def mutated(project: Path, mutant: Mutant) -> str:
    """Return the text of the file with the mutant in it; raise WrongMutant unless it applies exactly once."""
    file = project / mutant.file
    if not file.is_file():
        raise WrongMutant(f"{mutant}\n  There is no such file. Name the one that the line has moved to.")
    text = file.read_text(encoding="utf-8")
    for part in (mutant.find, mutant.put) if mutant.swaps else (mutant.find,):
        found = text.count(part)
        if found != 1 or "\n" in part or mutant.find == mutant.put:
            raise WrongMutant(
                f"{mutant}\n  Found {found} times: write a part of one line that is there once."
            )
    before, after = text.split(mutant.find)
    if mutant.swaps:
        before, after = (half.replace(mutant.put, mutant.find) for half in (before, after))
    return before + mutant.put + after


@contextmanager
def within(project: Path, *mutants: Mutant) -> Iterator[None]:
    """Put mutants, each of a file of its own, into a copy of the project, and take them out again."""
    before = {mutant.file: (project / mutant.file).read_text(encoding="utf-8") for mutant in mutants}
    for mutant in mutants:
        (project / mutant.file).write_text(mutated(project, mutant), encoding="utf-8")
    try:
        yield
    finally:
        for file, text in before.items():
            (project / file).write_text(text, encoding="utf-8")
