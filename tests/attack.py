"""
What a determined reader of the shared edition can work out, by linear programming.

`python -m tests.attack WAREHOUSE` attacks what the served generation tells outside the service, then what it
would tell had there been a release the month before. It prints how many counts were asked for and how many of
them were recovered, never one of them.

The reader knows every number that is told, of both releases; what adds up, by what it means or because it
always does; that no count is less than nothing; and, where something of a breakdown is told, which hidden
counts of it are small. A count is recovered when it must lie within a narrower range than small numbers have.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

import duckdb
import numpy as np
from scipy.sparse import coo_array

from csc_measures.night.editions import EVIDENCE, NUMBERS, OUTCOMES, SHARED
from csc_measures.night.shared.before import placed
from csc_measures.night.shared.edition import teams
from csc_measures.night.shared.equations import Ints, Same, Sum
from csc_measures.night.shared.reader import MOST_SIGNS, protect_from_a_reader, unmoved
from csc_measures.night.shared.release import (
    COMPLEMENT,
    EARLIER,
    EXCLUDED,
    FLOW,
    MISSING,
    MONTH,
    NOT_MISSING,
    NUMERATOR,
    PERIOD_TYPES,
    POSITION,
    UNKNOWN,
    YEAR,
    YEAR_ENDS_IN,
    YEAR_TO_DATE,
    Layout,
    Numbers,
    Shown,
    adds_up_by_month,
    lay_out,
    read_numbers,
    show,
    sums_by_meaning,
    tables_to_protect,
)
from csc_measures.night.shared.small_numbers import (
    EVERY_RULE,
    MONTHS_OF_A_YEAR,
    Before,
    Group,
    Hidden,
    Rule,
    Small,
    Tables,
)

NEAR = 1e-6
ONE_BY_ONE = 100  # so many counts are asked for by themselves; of more the attack would hardly come to an end
STEP = len(PERIOD_TYPES)  # names months that come between the windows of two releases, by the last of them


@dataclass
class Puzzle:
    """Counts, by name: what is known of each, what they really are, and sums that are 0."""

    truth: dict[Hashable, float] = field(default_factory=dict)
    known: set[Hashable] = field(default_factory=set)
    bounds: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    sums: list[dict[Hashable, float]] = field(default_factory=list)

    def balance(self, one_side: Iterable[Hashable], other_side: Iterable[Hashable]) -> None:
        """Tell that two sums are one, where they are; what nobody counts is left out."""
        factors: Counter[Hashable] = Counter()
        for side, sign in ((one_side, 1.0), (other_side, -1.0)):
            names = [name for name in side if name in self.truth]
            if not names:
                return
            for name in names:
                factors[name] += sign
        if abs(sum(factor * self.truth[name] for name, factor in factors.items())) < NEAR:
            self.sums.append(dict(factors))

    def recovered(self, asked: Iterable[Hashable], width: float, exact: bool = True) -> list[Hashable]:
        """
        Return the counts asked for that lie in a narrower range than `width`, or are told.

        When it need not be exact, some are among them that do not.
        """
        asked = [name for name in asked if name in self.truth]
        names = [name for name in self.truth if name not in self.known]
        place = {name: i for i, name in enumerate(names)}
        unknown = [[(place[name], f) for name, f in each.items() if name in place] for each in self.sums]
        cells = [(i, j, factor) for i, each in enumerate(unknown) for j, factor in each]
        rows, columns, factors = np.array(cells).reshape(-1, 3).T
        sums = coo_array((factors, (rows.astype(int), columns.astype(int))), shape=(len(unknown), len(names)))
        truth = np.array([self.truth[name] for name in names])
        bounds = np.array([self.bounds.get(name, (0, np.inf)) for name in names], float).reshape(-1, 2)
        lower = np.minimum(bounds[:, 0], truth)  # a sum of amounts may be less than nothing
        wanted = np.array([place[name] for name in asked if name in place], int)
        left, _ = unmoved(sums.tocsr(), lower - truth, bounds[:, 1] - truth, wanted, width, exact)
        return [name for name in asked if name in self.known] + [names[i] for i in left]


@dataclass(frozen=True)
class Told:
    """A release: the numbers, where they stand, which parts make up which, and what is shown."""

    numbers: Numbers
    layout: Layout
    groups: list[Group]
    shown: Shown

    def name(self, column: int, period_type: int, end: int, part: int) -> Hashable:
        """Name a count; a position is the same in every type of period, and a year to March in two."""
        told_as = self.layout.told_as[self.statistic(column)]
        if part == 0 and told_as == POSITION:
            period_type = MONTH
        if period_type == YEAR_TO_DATE and self.numbers.ends[end].month == YEAR_ENDS_IN:
            period_type = YEAR
        return column, period_type, end, part

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Component and statistic of each column."""
        component, statistic = np.nonzero(self.layout.columns >= 0)
        return [*zip(component.tolist(), statistic.tolist(), strict=True)]

    def statistic(self, column: int) -> int:
        """Return the place of the statistic of a column."""
        return self.places[column][1]

    def group_of(self, part: int) -> Group:
        """Return the smallest group that a part belongs to."""
        return min(
            (group for group in self.groups if part in group.parts), key=lambda group: len(group.parts)
        )


def release_of(
    numbers: Numbers,
    areas: list[Group],
    small: Small,
    rules: frozenset[Rule] = EVERY_RULE,
    last: tuple[Told, Hidden] | None = None,
    columns: Ints | None = None,
) -> tuple[Told, Hidden, Tables]:
    """
    Protect numbers, after a release of the same statistics and parts, and say what is shown of them.

    Counts stand in the same columns in two releases when the later one's are given for the earlier one.
    """
    layout = lay_out(numbers, rules, moved=1 if last else 0)
    layout = layout if columns is None else replace(layout, columns=columns)
    before = before_of(*last, layout, numbers) if last else None
    unlisted = np.zeros(len(numbers.part_names), bool)
    tables = tables_to_protect(numbers, layout, areas, unlisted, before)
    hidden = protect_from_a_reader(numbers, layout, tables, small, rules)
    return Told(numbers, layout, tables.groups, show(numbers, layout, hidden)), hidden, tables


def before_of(told: Told, hidden: Hidden, layout: Layout, numbers: Numbers) -> Before:
    """Say of a release what the one before told and hid; both begin with the same month."""
    n_columns, n_ends = int(layout.columns.max()) + 1, len(told.numbers.ends)
    was_hidden = np.zeros((n_columns, len(layout.years), len(numbers.part_names)), bool)
    was_told = np.full(was_hidden.shape, np.nan)
    whole = np.zeros((n_columns, len(PERIOD_TYPES), EARLIER + len(numbers.ends)), bool)
    hidden_months = np.zeros((n_columns, len(numbers.ends)), bool)
    hidden_months[:, :n_ends] = hidden.months
    for (c, s), column in zip(told.places, range(n_columns), strict=True):
        of_row = NUMERATOR if c <= COMPLEMENT else c
        if c != NOT_MISSING:
            whole[column, :, EARLIER : EARLIER + n_ends] = told.shown.told[s] & told.shown.whole[of_row, s]
        for year, end in enumerate(layout.years):
            if end not in told.layout.years or c > COMPLEMENT:
                continue
            earlier = int(np.flatnonzero(told.layout.years == end)[0])
            shown = told.shown.parts[s, earlier] & told.layout.told[s, earlier]
            shown[0] = told.shown.whole[NUMERATOR, s, YEAR, end]
            was_hidden[column, year] = hidden.years[column, earlier]
            was_told[column, year] = np.where(shown, told.numbers.parts[c, s, end], np.nan)
    return Before(was_hidden, was_told, whole, hidden_months, hidden.series)


def months_fewer(numbers: Numbers) -> Numbers:
    """Return the numbers without the last month, as the release of the month before had them."""
    first = numbers.months[:, :, -1] - numbers.parts[:, :, -1] + numbers.parts[:, :, -2]
    months = np.concatenate([first[:, :, None], numbers.months[:, :, :-1]], axis=2)
    return replace(
        numbers,
        ends=numbers.ends[:-1],
        whole=numbers.whole[..., :-1],
        parts=numbers.parts[:, :, :-1],
        months=months[:, :, -(len(numbers.ends) - 1) :],
        has_row=numbers.has_row[:, :-1],
    )


def joined(one: Puzzle, other: Puzzle) -> Puzzle:
    """Put two releases of the same counts together: a reader has both."""
    bounds = {name: span for name, span in one.bounds.items() if name not in other.known}
    return Puzzle(
        one.truth | other.truth, one.known | other.known, bounds | other.bounds, [*one.sums, *other.sums]
    )


def of_two_releases(then: Told, tables_then: Tables, now: Told, tables: Tables, small: Small) -> Puzzle:
    """Set the puzzle of two releases: their windows overlap, so that steps of months are between them."""
    puzzle = joined(puzzle_by(then, tables_then, small), puzzle_by(now, tables, small))
    add_steps(puzzle, now, tables)
    return puzzle


def add_steps(puzzle: Puzzle, told: Told, tables: Tables) -> None:
    """Tell what windows of parts are made of: the steps between all months that one begins or ends with."""
    rolls = adds_up_by_month(told.numbers)
    columns = [column for column, (_, s) in enumerate(told.places) if rolls[s]]
    windows = [
        name for name in puzzle.truth if name[1] == YEAR and name[3] and rolls[told.statistic(name[0])]
    ]
    ends = {end for _, _, end, _ in windows}
    cuts = sorted(ends | {end - MONTHS_OF_A_YEAR for end in ends})
    steps = [*pairwise(cuts)]
    parts = range(len(told.numbers.part_names))
    for column in columns:
        months = months_of(told, column)
        for since, end in steps:
            n = months[since + MONTHS_OF_A_YEAR + 1 : end + MONTHS_OF_A_YEAR + 1].sum(axis=0)
            puzzle.truth |= {(column, STEP, end, p): float(n[p]) for p in parts if p and n[p] >= 0}
            whole = [(column, MONTH, month, 0) for month in range(since + 1, end + 1)]
            for group in told.groups:
                of = whole if not group.of.any() else [(column, STEP, end, int(p)) for p in group.of]
                puzzle.balance(of, [(column, STEP, end, int(p)) for p in group.parts])
    for name in windows:
        column, _, end, p = name
        within = [last for since, last in steps if end - MONTHS_OF_A_YEAR <= since and last <= end]
        puzzle.balance([name], [(column, STEP, last, p) for last in within])
    for each in tables.everywhere:
        one_side, other_side = sides(told, each)
        for _, end in steps:
            for p in parts[1:]:
                puzzle.balance(*([(c, STEP, end, p) for c in side] for side in (one_side, other_side)))


def months_of(told: Told, column: int) -> np.ndarray:
    """Return a column's counts by month and part, from 12 months before those reported, nan where unknown."""
    component, statistic = told.places[column]
    windows, last = (of[component, statistic] for of in (told.numbers.parts, told.numbers.months))
    months = np.full((MONTHS_OF_A_YEAR + len(windows), windows.shape[1]), np.nan)
    months[-len(last) :] = last
    for month in range(len(windows) - 1, 0, -1):
        months[month] = months[month + MONTHS_OF_A_YEAR] - (windows[month] - windows[month - 1])
    return months


def puzzle_by(told: Told, tables: Tables, small: Small) -> Puzzle:
    """Set the puzzle of one release to a reader who has found what adds up as the night has."""
    by_meaning = sums_by_meaning(told.layout)
    sums = [each for each in tables.everywhere if each not in by_meaning]
    return puzzle_of(told, small, sums, tables.of_the_whole, tables.same)


def puzzle_of(told: Told, small: Small, sums: list[Sum], of_the_whole: list[Sum], same: Same) -> Puzzle:
    """Set the puzzle of one release, given what adds up in all parts or in the whole and what is one."""
    numbers, layout, shown = told.numbers, told.layout, told.shown
    puzzle = Puzzle()
    component, statistic = np.nonzero(layout.columns >= 0)
    columns = range(len(component))
    years = {int(end): year for year, end in enumerate(layout.years)}
    points = [(t, e, 0) for t in range(len(PERIOD_TYPES)) for e in range(len(numbers.ends))]
    points += [(YEAR, e, p) for e in years for p in range(1, len(numbers.part_names))]
    for column in columns:
        c, s = component[column], statistic[column]
        for t, e, p in points:
            value = numbers.parts[c, s, e, p] if p else numbers.whole[c, s, t, e]
            is_told = layout.told[s, years[e]] if p else shown.told[s, t, e]
            if np.isnan(value) or (p and not is_told):
                continue
            name = told.name(column, t, e, p)
            puzzle.truth[name] = value
            flag = c if c in (MISSING, UNKNOWN, EXCLUDED) else NUMERATOR
            is_shown = shown.parts[s, years[e], p] if p else shown.whole[flag, s, t, e]
            if is_told and is_shown and c != NOT_MISSING:
                puzzle.known.add(name)
    for each in (*sums_by_meaning(layout), *sums, *of_the_whole):
        one_side, other_side = sides(told, each)
        for t, e, p in points:
            if p == 0 or each not in of_the_whole:
                puzzle.balance(*([told.name(c, t, e, p) for c in side] for side in (one_side, other_side)))
        if each in of_the_whole and each.total is None:
            add_stock(puzzle, told, each)
    for column in columns:
        for e in years:
            for group in told.groups:
                whole = [told.name(column, YEAR, e, int(p)) for p in group.of]
                parts = [told.name(column, YEAR, e, int(p)) for p in group.parts]
                puzzle.balance(whole, parts)
        if layout.told_as[statistic[column]] == FLOW:
            add_months(puzzle, told, column)
    ends_of = np.append(same.starts, len(same.columns))
    for a, b in pairwise(ends_of.tolist()):
        places = [(int(same.columns[i]), int(same.parts[i])) for i in range(a, b)]
        for (first, p), (other, q) in pairwise(places):
            for t, e, _ in points[: len(PERIOD_TYPES) * len(numbers.ends)]:
                if t == YEAR or p == q == 0:
                    puzzle.balance([told.name(first, t, e, p)], [told.name(other, t, e, q)])
    add_bounds(puzzle, told, small)
    return puzzle


def sides(told: Told, each: Sum) -> tuple[list[int], list[int]]:
    """Return the two sides of a sum; of one without a total, those that are as much in the whole, if few."""
    if each.total is not None:
        return [each.total], [*each.parts]
    if len(each.parts) > MOST_SIGNS:  # of so many by chance
        return [], []
    of_each = [np.nan_to_num(told.numbers.whole[told.places[c]]) for c in each.parts]
    for signs in product((1, -1), repeat=len(each.parts)):
        if (
            signs[0] == 1
            and -1 in signs
            and not sum(s * x for s, x in zip(signs, of_each, strict=True)).any()
        ):
            return tuple([c for c, s in zip(each.parts, signs, strict=True) if s == sign] for sign in (1, -1))
    return [], []


def add_stock(puzzle: Puzzle, told: Told, flows: Sum) -> None:
    """Tell of the stock whose change, in every month, is the difference of two flows."""
    come, gone = flows.parts
    months = range(1, len(told.numbers.ends))
    for c, s in np.argwhere((told.layout.columns >= 0) & (told.layout.told_as == POSITION)):
        stock = int(told.layout.columns[c, s])
        equations = [
            ([(come, MONTH, e, 0), (stock, MONTH, e - 1, 0)], [(gone, MONTH, e, 0), (stock, MONTH, e, 0)])
            for e in months
        ]
        values = [
            sum(puzzle.truth.get(name, np.nan) for name in a)
            - sum(puzzle.truth.get(name, np.nan) for name in b)
            for a, b in equations
        ]
        for equation in equations if not np.any(values) else ():
            puzzle.balance(*equation)


def add_months(puzzle: Puzzle, told: Told, column: int) -> None:
    """Tell that longer periods of a flow are the sums of their months, reported or before."""
    ends = told.numbers.ends
    for e in range(len(ends)):
        months = [(column, MONTH, i, 0) for i in range(e - MONTHS_OF_A_YEAR + 1, e + 1)]
        year = told.name(column, YEAR, e, 0)
        if year not in puzzle.truth:
            continue
        for i, name in enumerate(months):
            month = e - MONTHS_OF_A_YEAR + 1 + i
            if month < 0 and not np.isnan(value := before(told, column, month)):
                puzzle.truth[name] = value
        puzzle.balance([year], months)
        since = (ends[e].month - YEAR_ENDS_IN - 1) % MONTHS_OF_A_YEAR
        if e >= since:
            puzzle.balance([told.name(column, YEAR_TO_DATE, e, 0)], months[-since - 1 :])


def before(told: Told, column: int, month: int) -> float:
    """Return a month before those reported, as it follows from the windows; a negative place."""
    months, _, windows = told.numbers.whole[told.places[column]]
    end = month + MONTHS_OF_A_YEAR
    if end < len(windows):
        return float(months[end] - (windows[end] - windows[end - 1]))
    return np.nan


def add_bounds(puzzle: Puzzle, told: Told, small: Small) -> None:
    """
    Tell the reader which hidden counts are small, where something of the breakdown is told.

    Of several small ones that make up one sum he knows of none: to know that all are small would be to know
    nearly all of them.
    """
    least = 1.0 if small.shows_zeros else 0.0
    is_small = {name: bool(small(np.array(value))) for name, value in puzzle.truth.items()}
    lonely = {name for name, few in is_small.items() if few and is_open(puzzle, told, name)}
    for each in puzzle.sums:
        few = [name for name in each if is_small[name]]
        if len(few) > 1 and not is_of_parts(each):
            lonely -= {*few}
    puzzle.bounds |= dict.fromkeys(lonely, (least, float(small.most)))


def is_of_parts(each: dict[Hashable, float]) -> bool:
    """Say whether a sum is one of the parts of a whole, and not of columns."""
    return len({name[0] for name in each}) == 1


def is_open(puzzle: Puzzle, told: Told, name: tuple[int, int, int, int]) -> bool:
    """Say whether a hidden count is of a part, beside which another one is told."""
    column, period_type, end, part = name
    if name in puzzle.known or not part:
        return False
    return any((column, period_type, end, int(p)) in puzzle.known for p in told.group_of(part).parts)


def asked(puzzle: Puzzle, told: Told, small: Small) -> list[Hashable]:
    """
    Return the counts that must not be recovered.

    They are those that are small, wherever they are told or hidden, of single months too, and the numerators
    that are hidden to protect them; not a 0, unless zeros are hidden.
    """
    numerators = {*told.layout.columns[[NUMERATOR, COMPLEMENT]].ravel().tolist()}
    return [
        name
        for name, value in puzzle.truth.items()
        if is_in_a_row(told, name)
        and (
            bool(small(np.array(value)))
            or (name not in puzzle.known and name[0] in numerators and name[1] != STEP and value > 0)
        )
    ]


def is_in_a_row(told: Told, name: tuple[int, int, int, int]) -> bool:
    """Say whether a release has a row for a count, shown or hidden."""
    column, t, e, p = name
    if p < 0 or e < 0:
        return False
    return bool(p) or bool(told.shown.told[told.statistic(column), t, e])


def as_published(generation: Path, small: Small) -> tuple[Numbers, list[Group], Shown, Layout]:
    """Read the numbers of a generation, and what its shared edition shows of them."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{generation / NUMBERS.database}' as measures (read_only)")
        connection.execute(f"attach '{generation / EVIDENCE.database}' as cases (read_only)")
        numbers = read_numbers(connection, "measures.marts")
        _, areas = teams(connection, numbers, small, "cases.marts")
    layout = lay_out(numbers)
    n_years, n_parts = len(layout.years), len(numbers.part_names)
    parts = np.zeros((len(numbers.statistics), n_years, n_parts), bool)
    whole = np.zeros(numbers.whole.shape, bool)
    told = np.zeros(numbers.whole.shape[1:], bool)
    with duckdb.connect(generation / SHARED.database, read_only=True) as connection:
        for outcome in OUTCOMES:
            rows = connection.execute(f"select * from marts.{outcome}").df()
            rows, s, e, p = placed(rows, numbers, numbers.ends)
            t = rows["period_type"].map({name: i for i, name in enumerate(PERIOD_TYPES)}).to_numpy(int)
            is_shown = (rows["numerator"].notna() | rows["denominator"].notna()).to_numpy()
            year = np.searchsorted(layout.years, e)
            of_part, of_whole = p > 0, p == 0
            parts[s[of_part], year[of_part], p[of_part]] = is_shown[of_part]
            told[s[of_whole], t[of_whole], e[of_whole]] = True
            whole[NUMERATOR, s[of_whole], t[of_whole], e[of_whole]] = is_shown[of_whole]
            for component, name in (
                (MISSING, "n_missing_evidence"),
                (UNKNOWN, "n_unknown"),
                (EXCLUDED, "n_excluded"),
            ):
                shown = rows[name].notna().to_numpy()
                whole[component, s[of_whole], t[of_whole], e[of_whole]] = shown[of_whole]
    return numbers, areas, Shown(parts, whole, told, np.zeros(len(told), bool)), layout


def report(what: str, puzzle: Puzzle, told: Told, small: Small) -> int:
    """Attack, and print how much of what was asked for was recovered, or of very much how much at most."""
    wanted, width = asked(puzzle, told, small), small.most - 1
    found = puzzle.recovered(wanted, width, exact=False)
    is_exact = len(found) <= ONE_BY_ONE
    if is_exact:
        found = puzzle.recovered(found, width)
    at_most = "" if is_exact else "at most "
    print(f"{what}: {len(wanted):,} counts must not be recovered, {at_most}{len(found):,} were")
    return len(found)


def main() -> int:
    """Attack the served generation of a warehouse; return 1 when anything is recovered."""
    generation = (Path(sys.argv[1]) / "current").resolve()
    with duckdb.connect(generation / SHARED.database, read_only=True) as connection:
        [(most, shows_zeros)] = connection.execute(
            "select small_number, zeros_are_shown from marts.release"
        ).fetchall()
    small = Small(most, shows_zeros)
    numbers, areas, shown, layout = as_published(generation, small)
    now, _, tables = release_of(numbers, areas, small)
    told = Told(numbers, layout, tables.groups, shown)
    n_found = report("As published", puzzle_by(told, tables, small), told, small)
    then, hidden, tables_then = release_of(months_fewer(numbers), areas, small, columns=layout.columns)
    now, _, tables = release_of(numbers, areas, small, last=(then, hidden))
    both = of_two_releases(then, tables_then, now, tables, small)
    n_found += report("With the release of the month before", both, now, small)
    return int(n_found > 0)


if __name__ == "__main__":
    sys.exit(main())
