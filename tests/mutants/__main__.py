"""Try the mutants: `python -m tests.mutants [--only PATTERN] [--scratch FOLDER]`."""

from __future__ import annotations

import argparse
import json
import queue
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

from csc_measures.project import PROJECT

from .mutant import Found, Mutant, WrongMutant, mutated, read_mutants, within
from .report import report, test_before
from .workshop import Nights, Workshop

REPORT = Path(__file__).with_name("report.txt")
RECOMPUTATION = "tests/test_recomputation.py"
AT_LEAST = 0.95
WORKSHOPS = 2

Attempt = Callable[[Workshop, Sequence[Mutant]], Mapping[Mutant, Found]]


def main() -> int:
    """
    Try the mutants and say what caught each.

    Return 1 when too many live, one lives without a reason or one cannot be tried.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "--only", default="", help="try those whose file or text this regular expression is found in"
    )
    parser.add_argument(
        "--scratch",
        type=Path,
        help="a folder that keeps the nights and what was caught: the next run goes on from there",
    )
    asked = parser.parse_args()
    mutants, tests = read_mutants()
    chosen = [mutant for mutant in mutants if re.search(asked.only, f"{mutant} {mutant.what}")]
    with tempfile.TemporaryDirectory() as folder:
        scratch = asked.scratch or Path(folder)
        caught = try_all(chosen, tests, Path(folder), scratch, Notes(scratch / "caught.json"))
    text = report(caught)
    if not asked.only:
        REPORT.write_text(text, encoding="utf-8")
    print(text)
    alive = [mutant for mutant, by in caught.items() if not by]
    wrong = [mutant for mutant, by in caught.items() if isinstance(by, WrongMutant)]
    is_enough = len(alive) + len(wrong) <= (1 - AT_LEAST) * len(caught)
    return 0 if is_enough and not wrong and all(mutant.lives for mutant in alive) else 1


class Notes:
    """What caught each mutant, in a file."""

    def __init__(self, file: Path) -> None:
        """Read what a run before this one has noted."""
        self.file = file
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.caught: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def note(self, mutant: Mutant, by: Found) -> None:
        """Tell what caught a mutant, and keep it; one that lives or is wrong is tried again the next time."""
        if isinstance(by, WrongMutant):
            tell(f"{'CANNOT BE TRIED':<60} {mutant}\n{by}")
            return
        tell(f"{by or 'LIVES':<60} {mutant}")
        if by:
            self.caught[str(mutant)] = by
            self.file.write_text(json.dumps(self.caught, indent=1), encoding="utf-8")


def try_all(
    mutants: Sequence[Mutant], tests: dict[str, str], folder: Path, scratch: Path, notes: Notes
) -> dict[Mutant, Found]:
    """Try mutants in workshops in `folder`, on nights in `scratch`; return what was found of each."""
    caught: dict[Mutant, Found] = {mutant: notes.caught.get(str(mutant), "") for mutant in mutants}
    for mutant in mutants:
        try:
            mutated(PROJECT, mutant)
        except WrongMutant as reason:
            caught[mutant] = reason
            notes.note(mutant, reason)
    new = [mutant for mutant in mutants if not caught[mutant]]
    first = Workshop(folder / "1", Nights(scratch / "nights"))
    files = {test for mutant in new for test in tests_of(mutant, tests)}
    is_sql_among_them = any(mutant.is_sql for mutant in new)
    tell("Without a mutant ...")
    to_pass = sorted(files | {RECOMPUTATION} if is_sql_among_them else files)
    if failing := to_pass and first.failing_test(to_pass, processes=WORKSHOPS):
        raise WrongMutant(f"Without a mutant, {failing} fails.")
    if is_sql_among_them:
        first.build()
    workshops: queue.SimpleQueue[Workshop] = queue.SimpleQueue()
    for workshop in (first, *(first.copy(folder / str(n)) for n in range(2, WORKSHOPS + 1))):
        workshops.put(workshop)

    def in_workshop(attempt: Attempt, together: Sequence[Mutant]) -> None:
        workshop = workshops.get()
        try:
            for mutant, by in tried(workshop, attempt, together).items():
                caught[mutant] = by
                notes.note(mutant, by)
        finally:
            workshops.put(workshop)

    def until_done(attempt: Attempt, groups: Iterable[Sequence[Mutant]]) -> None:
        with ThreadPoolExecutor(WORKSHOPS) as pool:
            for done in [pool.submit(in_workshop, attempt, together) for together in groups]:
                done.result()

    def by_pytest(workshop: Workshop, alone: Sequence[Mutant]) -> dict[Mutant, str]:
        return {mutant: failing_test(workshop, mutant, tests_of(mutant, tests)) for mutant in alone}

    def by_building(workshop: Workshop, alone: Sequence[Mutant]) -> dict[Mutant, str]:
        return {mutant: workshop.failing_build(mutant) for mutant in alone}

    tested = [mutant for mutant in new if tests_of(mutant, tests)]
    in_tables = [mutant for mutant in new if mutant not in tested]
    until_done(Workshop.truth_tables, apart(in_tables))
    until_done(by_pytest, ([mutant] for mutant in tested))
    until_done(by_building, ([mutant] for mutant in new if mutant.is_sql and not caught[mutant]))
    return caught


def tried(workshop: Workshop, attempt: Attempt, together: Sequence[Mutant]) -> Mapping[Mutant, Found]:
    """Try mutants together; where one of them cannot be tried, halve them until it is alone, and tell why."""
    try:
        return attempt(workshop, together)
    except WrongMutant as reason:
        if len(together) == 1:
            return {together[0]: reason}
        halves = together[: len(together) // 2], together[len(together) // 2 :]
        return {mutant: by for half in halves for mutant, by in tried(workshop, attempt, half).items()}


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


def failing_test(workshop: Workshop, mutant: Mutant, tests: list[str]) -> str:
    """
    Run the tests that can see a mutant, first on the nights that are there, then on nights of its own.

    The test that caught it the last time comes before them.
    """
    last = test_before(mutant, REPORT.read_text(encoding="utf-8") if REPORT.exists() else "")
    with within(workshop.project, mutant):
        failing = (last and workshop.failing_test([last])) or workshop.failing_test(tests)
        return failing or ("" if mutant.is_sql else workshop.failing_test(tests, anew=True))


def tests_of(mutant: Mutant, tests: dict[str, str]) -> list[str]:
    """Return the tests that can see a mutant: its own, or those of the innermost folder that has any."""
    folders = sorted((folder for folder in tests if mutant.file.startswith(folder)), key=len)
    return (mutant.tests or (tests[folders[-1]] if folders else "")).split()


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrongMutant as wrong:
        sys.exit(f"{wrong}")
