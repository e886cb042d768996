"""Try the mutants: `python -m tests.mutants [--only PATTERN] [--scratch FOLDER]`."""

from __future__ import annotations

import argparse
import queue
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any

from csc_measures.project import PROJECT

from .mutant import Mutant, WrongMutant, mutated, read_mutants, within
from .report import report
from .workshop import Nights, Workshop

REPORT = Path(__file__).with_name("report.txt")
AT_LEAST = 0.95
WORKSHOPS = 2


def main() -> int:
    """Try the mutants and say what caught each; return 1 when too many live or one lives without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "--only", default="", help="try those whose file or text this regular expression is found in"
    )
    parser.add_argument("--scratch", type=Path, help="a folder that keeps the nights for the next time")
    asked = parser.parse_args()
    mutants, tests = read_mutants()
    chosen = [mutant for mutant in mutants if re.search(asked.only, f"{mutant} {mutant.what}")]
    for mutant in mutants:
        mutated(PROJECT, mutant)
    with tempfile.TemporaryDirectory() as folder:
        caught = try_all(chosen, tests, Path(folder), asked.scratch or Path(folder))
    text = report(caught)
    if not asked.only:
        REPORT.write_text(text, encoding="utf-8")
    print(text)
    alive = [mutant for mutant, by in caught.items() if not by]
    return 0 if len(alive) <= (1 - AT_LEAST) * len(caught) and all(mutant.lives for mutant in alive) else 1


def try_all(
    mutants: Sequence[Mutant], tests: dict[str, str], folder: Path, scratch: Path
) -> dict[Mutant, str]:
    """Try mutants in workshops in `folder`, on nights in `scratch`; return what caught each, or nothing."""
    nights = Nights(scratch / "nights")
    first = Workshop(folder / "1", nights)
    files = {test for mutant in mutants for test in tests_of(mutant, tests)}
    tell("Without a mutant ...")
    if failing := first.failing_test(sorted(files), processes=WORKSHOPS):
        raise WrongMutant(f"Without a mutant, {failing} fails.")
    if any(mutant.is_sql for mutant in mutants):
        first.build()
    workshops: queue.SimpleQueue[Workshop] = queue.SimpleQueue()
    for workshop in (first, *(first.copy(folder / str(n)) for n in range(2, WORKSHOPS + 1))):
        workshops.put(workshop)

    caught: dict[Mutant, str] = {}

    def in_workshop(attempt: Callable[..., dict[Mutant, str]], *arguments: Any) -> None:
        workshop = workshops.get()
        try:
            for mutant, by in attempt(workshop, *arguments).items():
                caught[mutant] = by
                tell(f"{by or 'LIVES':<60} {mutant}")
        finally:
            workshops.put(workshop)

    with ThreadPoolExecutor(WORKSHOPS) as pool:
        rounds = [pool.submit(in_workshop, Workshop.truth_tables, together) for together in apart(mutants)]
        others = [
            pool.submit(in_workshop, python, mutant, tests_of(mutant, tests))
            for mutant in mutants
            if not mutant.is_sql
        ]
        for done in rounds:
            done.result()
        others += [
            pool.submit(in_workshop, sql, mutant)
            for mutant in mutants
            if mutant.is_sql and mutant not in caught
        ]
        for done in others:
            done.result()
    return caught


def apart(mutants: Iterable[Mutant]) -> Iterable[list[Mutant]]:
    """Group mutants of SQL that do not see each other: of models, one a file; others alone."""
    of_models: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        if mutant.file.startswith(("macros/", "models/counts/")):
            yield [mutant]
        elif mutant.file.startswith("models/") and mutant.file.endswith(".sql"):
            of_models.setdefault(mutant.file, []).append(mutant)
    for together in zip_longest(*of_models.values()):
        yield [mutant for mutant in together if mutant]


def sql(workshop: Workshop, mutant: Mutant) -> dict[Mutant, str]:
    """Build a mutant that no truth table has caught."""
    return {mutant: workshop.failing_build(mutant)}


def python(workshop: Workshop, mutant: Mutant, tests: list[str]) -> dict[Mutant, str]:
    """Run the tests that can see a mutant, first on the nights that are there, then on nights of its own."""
    with within(workshop.project, mutant):
        return {mutant: workshop.failing_test(tests) or workshop.failing_test(tests, anew=True)}


def tests_of(mutant: Mutant, tests: dict[str, str]) -> list[str]:
    """Return the tests that can see a mutant: its own, or those of the innermost folder that has any."""
    folders = sorted((folder for folder in tests if mutant.file.startswith(folder)), key=len)
    return (mutant.tests or tests[folders[-1]]).split()


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrongMutant as wrong:
        sys.exit(f"{wrong}")
