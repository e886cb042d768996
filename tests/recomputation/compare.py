"""
Compare the published marts of a warehouse with what the measures come to here, cell by cell.

`python -m tests.recomputation.compare LANDING WAREHOUSE AS_AT [--months 13] [--measures 1,2]` prints how many
cells of each statistic agree and differ. For invented data only: it prints numbers of few children.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from math import isclose
from pathlib import Path
from pkgutil import iter_modules

import duckdb

from . import measures
from .calendar import last_complete_months
from .counting import BREAKDOWNS, Cell, Key, Measure, Number, Statistic, add_up, count, statistics
from .extracts import Council

OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")


@dataclass
class Comparison:
    """A statistic: how many cells agree, and the cells that differ, as worked out here and as published."""

    statistic: Statistic
    agree: int = 0
    differ: list[tuple[Key, Cell, Cell]] = field(default_factory=list)
    differ_beside: list[tuple[Key, Cell, Cell]] = field(default_factory=list)

    def __str__(self) -> str:
        """Say how the statistic compares in one line."""
        name = f"{self.statistic.number:>3} {self.statistic.name}"
        return (
            f"{name:<50} agree {self.agree:>6}  differ {len(self.differ):>5}"
            f"  beside {len(self.differ_beside):>5}"
        )


@cache
def written() -> dict[int, Measure]:
    """Return the function of each measure by its number."""
    found = {}
    for module in iter_modules(measures.__path__):
        for name, function in vars(import_module(f"{measures.__name__}.{module.name}")).items():
            if number := re.fullmatch(r"measure_(\d+)", name):
                found[int(number[1])] = function
    return found


def published(warehouse: Path, numbers: Iterable[int]) -> dict[tuple[int, str], dict[Key, Cell]]:
    """Return the published cells of measures by number and statistic."""
    union = " union all by name ".join(f"select * from marts.{outcome}" for outcome in OUTCOMES)
    cells: dict[tuple[int, str], dict[Key, Cell]] = defaultdict(dict)
    with duckdb.connect(str(Path(warehouse) / "measures.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select measure_number, statistic, period_type, period_end, breakdown, breakdown_value,"
            " numerator, denominator, value, value_status, n_unknown, n_excluded, n_missing_evidence"
            f" from ({union}) where list_contains(?, measure_number)",
            [list(numbers)],
        ).fetchall()
    for number, statistic, *key, numerator, denominator, value, status, unknown, excluded, missing in rows:
        cells[number, statistic][tuple(key)] = Cell(
            numerator, denominator, value, status, unknown or 0, excluded or 0, missing or 0
        )
    return cells


def is_same(one: Number | None, other: Number | None) -> bool:
    """Say whether two numbers are the same, to nine digits."""
    if one is None or other is None:
        return one is other
    return isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)


def numbers_agree(ours: Cell, theirs: Cell) -> bool:
    """Say whether numerator, denominator, value and status are the same."""
    return ours.status == theirs.status and all(
        is_same(getattr(ours, name), getattr(theirs, name)) for name in ("numerator", "denominator", "value")
    )


def beside_agrees(ours: Cell, theirs: Cell) -> bool:
    """Say whether the cases counted beside the value are as many."""
    return all(
        getattr(ours, name) == getattr(theirs, name)
        for name in ("n_unknown", "n_excluded", "n_missing_evidence")
    )


def compare_cells(statistic: Statistic, ours: dict[Key, Cell], theirs: dict[Key, Cell]) -> Comparison:
    """
    Compare the cells of a statistic, in the breakdowns of every measure and any others worked out here.

    A part without a row on one side has nobody in it; the parts of what is not loaded are not loaded either.
    """
    comparison = Comparison(statistic)
    breakdowns = {*BREAKDOWNS, *(breakdown for _, _, breakdown, _ in ours)}
    nobody = {end: add_up(statistic, [], end) for _, end, _, _ in ours}
    for key in sorted(ours.keys() | theirs.keys()):
        period_type, end, breakdown, _ = key
        if breakdown not in breakdowns:
            continue
        whole = [side.get((period_type, end, "all", "all"), Cell()) for side in (ours, theirs)]
        sides = [
            side.get(key, nobody[end] if all_.is_known else all_)
            for side, all_ in zip((ours, theirs), whole, strict=True)
        ]
        if not numbers_agree(*sides):
            comparison.differ.append((key, *sides))
        elif not beside_agrees(*sides):
            comparison.differ_beside.append((key, *sides))
        else:
            comparison.agree += 1
    return comparison


def compare(
    landing: Path, warehouse: Path, as_at: date, months: int, numbers: Iterable[int] | None = None
) -> list[Comparison]:
    """
    Compare every statistic of the measures written here, or of those asked for, with what is published.

    landing, as_at, months
        What the night read, and how many months it reported.
    warehouse
        The folder that it published in.
    """
    council, ends = Council(landing, as_at), last_complete_months(as_at, months)
    asked = sorted(written().keys() if numbers is None else written().keys() & set(numbers))
    theirs = published(warehouse, asked)
    return [
        compare_cells(statistic, cells[statistic.name], theirs[number, statistic.name])
        for number in asked
        for cells in [count(council, number, written()[number], ends)]
        for statistic in statistics()
        if statistic.number == number
    ]


def describe(cell: Cell) -> str:
    """Give the numbers of a cell in a few characters."""
    value = "-" if cell.value is None else f"{float(cell.value):.6g}"
    return (
        f"{cell.numerator}/{cell.denominator} = {value} {cell.status}"
        f" (?{cell.n_unknown} x{cell.n_excluded} !{cell.n_missing_evidence})"
    )


def main() -> None:
    """Print how each statistic compares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("landing", type=Path)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("as_at", type=date.fromisoformat)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--measures", help="numbers, with commas between them")
    parser.add_argument("--show", type=int, default=3, help="how many differing cells of a statistic")
    parser.add_argument("--only-differing", action="store_true")
    asked = parser.parse_args()
    numbers = [int(number) for number in asked.measures.split(",")] if asked.measures else None
    for found in compare(asked.landing, asked.warehouse, asked.as_at, asked.months, numbers):
        if asked.only_differing and not found.differ and not found.differ_beside:
            continue
        print(found)
        for (period_type, end, *part), ours, theirs in (found.differ or found.differ_beside)[: asked.show]:
            print(
                f"      {period_type} {end} {' '.join(part)}: {describe(ours)}, published {describe(theirs)}"
            )


if __name__ == "__main__":
    main()
