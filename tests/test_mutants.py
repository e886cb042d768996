"""The mutation check itself: its mutants apply to the project as it is, and a wrong one stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from csc_measures.project import PROJECT
from mutants.__main__ import tried
from mutants.mutant import Mutant, WrongMutant, mutated, read_mutants
from mutants.report import report
from mutants.workshop import Workshop

NOWHERE = cast(Workshop, None)


def test_every_mutant_applies() -> None:
    for mutant in read_mutants()[0]:
        mutated(PROJECT, mutant)


def test_the_tests_that_mutants_name_are_there() -> None:
    mutants, tests = read_mutants()
    for named in {name for names in (*tests.values(), *(m.tests for m in mutants)) for name in names.split()}:
        file, _, name = named.partition("::")
        assert f"def {name}" in (PROJECT / file).read_text(encoding="utf-8"), named


def test_a_wrong_mutant_stops_no_other_and_is_reported() -> None:
    mutants = [Mutant(f"models/{n}.sql", "a", "b") for n in range(5)]

    def attempt(_: Workshop, together: Sequence[Mutant]) -> dict[Mutant, str]:
        if mutants[3] in together:
            raise WrongMutant("It does not run.")
        return {mutant: "a truth table" for mutant in together if mutant != mutants[0]}

    found = tried(NOWHERE, attempt, mutants)
    assert {mutant for mutant, by in found.items() if by == "a truth table"} == {*mutants[1:3], mutants[4]}
    assert str(found[mutants[3]]) == "It does not run."
    told = report(found).splitlines()
    assert told[told.index("Could not be tried: write it anew") + 2] == f"  {mutants[3]}"
