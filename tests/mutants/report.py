"""The report of a mutation check: how many mutants of each layer were caught, which were not, and why."""

from __future__ import annotations

from collections.abc import Mapping

from csc_measures.project import PROJECT

from .mutant import Found, Mutant, WrongMutant

NO_REASON = "No reason is given: add a test, or say in `lives` why none is needed."


def report(caught: Mapping[Mutant, Found]) -> str:
    """Write the report of mutants and what was found of each of them."""
    in_order = sorted(caught, key=lambda mutant: (mutant.layer, mutant.file, mutant.find, mutant.put))
    layers = dict.fromkeys(mutant.layer for mutant in in_order)
    by_what = {mutant: by for mutant, by in caught.items() if by and not isinstance(by, WrongMutant)}
    alive = [mutant for mutant in in_order if not caught[mutant]]
    lines = ["What the tests make of the mutants of the project: python -m tests.mutants", ""]
    lines += [f"{'layer':<32}{'mutants':>9}{'caught':>9}"]
    for layer in (*layers, "all"):
        of_layer = [mutant for mutant in in_order if layer in (mutant.layer, "all")]
        n_caught = sum(mutant in by_what for mutant in of_layer)
        lines.append(f"{layer:<32}{len(of_layer):>9}{n_caught:>9}{n_caught / len(of_layer):>9.1%}")
    lines += ["", "Alive", ""] if alive else []
    for mutant in alive:
        lines += [
            f"  {mutant}",
            f"    {mutant.lives or NO_REASON}",
        ]
    if wrong := [mutant for mutant in in_order if isinstance(caught[mutant], WrongMutant)]:
        lines += ["", "Could not be tried: write it anew", ""]
        lines += [f"  {mutant}" for mutant in wrong]
    lines += ["", "Caught, and by what", ""]
    for mutant in in_order:
        if by := by_what.get(mutant):
            lines += [f"  {mutant}", f"    {by}"]
            if mutant.lives:
                lines += ["    It was thought to live: take `lives` away."]
    return "\n".join(lines) + "\n"


def test_before(mutant: Mutant, text: str) -> str:
    """Return the test of pytest that caught a mutant according to a report, if there still is such a test."""
    _, _, after = text.partition(f"\n  {mutant}\n    ")
    by, _, _ = after.partition("\n")
    file, _, name = by.partition("::")
    path = PROJECT / "tests" / file
    is_there = bool(name) and path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8")
    return f"tests/{by}" if is_there else ""
