"""
Which counts of a release are hidden, so that no small one can be worked out from all that is told.

Counts stand in columns: the numerator of a statistic, its complement, its denominator, and what was counted
beside. Parts are told for years that do not overlap; the whole besides by month, either all months or none.
Small counts are hidden; then, until nothing more is to be done, whatever would give one away:

- of columns that add up to another one (a numerator and its complement), all where one is hidden;
- a count that is the same series elsewhere;
- the parts of a whole, and the teams of an area, that is hidden;
- of the parts that add up to a whole that is told, the smallest further ones, until each hidden one can still
  be any of as many numbers as there are small ones;
- the months of a flow when one of them is small, and those before them when they are;
- parts that the release before hid, until a whole that it told has changed by more than a small number; and
  what it told covers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from csc_measures.night.shared.equations import NOTHING_SAME, Bools, Floats, Ints, Same, Sum

ROUNDS = 1000
PAIR = 2
MONTHS_OF_A_YEAR = 12


class Rule(StrEnum):
    """The rules of protection; the tests take them away one at a time."""

    SMALL = "small counts are hidden"
    SUMS = "columns that add up are hidden together"
    SAME = "the same count is hidden everywhere"
    WHOLE = "a hidden whole hides its parts"
    AREA = "a hidden area hides its teams"
    COVER = "hidden parts are covered by further ones"
    MONTHS = "a flow is told by month for all months or for none"
    YEARS = "parts are told for years that do not overlap"
    MOVED = "what came into a window that has moved and what went out stays hidden"
    STAYS = "what was hidden stays hidden"
    TOLD = "what was told covers nothing"
    READER = "what a reader would recover all the same is hidden"


EVERY_RULE = frozenset(Rule)


@dataclass(frozen=True)
class Group:
    """Parts, by place, that add up to the parts `of`."""

    of: Ints
    parts: Ints


@dataclass(frozen=True)
class Before:
    """
    What the release before hid and told of the years, in the shape of `Tables.years`; nan: told nothing.

    `whole`, columns x period types x months, says what it told of the whole, the months before those reported
    first; `hidden_months`, columns x months, which months it hid, and `hidden_series` which flows by month.
    """

    hidden: Bools
    told: Floats
    whole: Bools
    hidden_months: Bools
    hidden_series: Bools

    def partly(self, years: Ints) -> Bools:
        """Say of each column and year, by the month that it ends with, whether it told some months alone."""
        n_months = [self.whole[:, 0, end : end + MONTHS_OF_A_YEAR].sum(axis=1) for end in years]
        return np.array([(n > 0) & (n < MONTHS_OF_A_YEAR) for n in n_months]).T


@dataclass(frozen=True)
class Tables:
    """
    The counts of a release.

    `years`: columns x years x parts, the whole first, nan where a column has none. `months`: columns x
    months, of the columns whose months stand for themselves. `flows`: columns x whatever is told of the whole
    of a column whose months add up, or follows from it. `month_of`: the month that each year ends with.
    `everywhere` holds for all parts, `of_the_whole` for the whole alone; `same` says what is one series.
    `unlisted` parts are told to nobody.
    """

    years: Floats
    months: Floats
    flows: Floats
    month_of: Ints
    groups: list[Group]
    unlisted: Bools
    everywhere: list[Sum] = field(default_factory=list)
    of_the_whole: list[Sum] = field(default_factory=list)
    same: Same = NOTHING_SAME
    before: Before | None = None


@dataclass(frozen=True)
class Hidden:
    """What is hidden of a release, in the shapes of `Tables`; `series` says it of all months of a flow."""

    years: Bools
    months: Bools
    series: Bools

    def count(self) -> int:
        """Return how much is hidden."""
        return int(self.years.sum() + self.months.sum() + self.series.sum())


@dataclass(frozen=True)
class Small:
    """Which counts are small: from 1 to `most`, and 0 unless zeros are shown."""

    most: int = 5
    shows_zeros: bool = True

    def __call__(self, counts: Floats) -> Bools:
        """Say of each count whether it is small; one that is not there is not."""
        with np.errstate(invalid="ignore"):
            return (counts < self.most + 1) & ((counts > 0) if self.shows_zeros else (counts >= 0))


def protect(
    tables: Tables, small: Small, rules: frozenset[Rule] = EVERY_RULE, hidden: Hidden | None = None
) -> Hidden:
    """Return what of the tables is to be hidden, with what is hidden already."""
    hidden = hidden or at_first(tables, small, rules)
    everywhere, of_the_whole = batches(tables.everywhere), batches(tables.of_the_whole)
    bundles = bundled(everywhere, len(tables.years))
    for _ in range(ROUNDS):
        n_hidden = hidden.count()
        if Rule.SUMS in rules:
            for sums in everywhere:
                hide_sums(tables, hidden, sums, everywhere=True)
            for sums in of_the_whole:
                hide_sums(tables, hidden, sums, everywhere=False)
        if Rule.SAME in rules:
            hide_same(tables, hidden)
        for group in tables.groups:
            if (Rule.AREA if group.of.any() else Rule.WHOLE) in rules:
                hide_parts(tables, hidden, group)
        if Rule.MONTHS in rules:
            tie_months(tables, hidden)
        if hidden.count() == n_hidden and Rule.COVER in rules:
            cover(tables, hidden, small, rules, everywhere, bundles)
        if hidden.count() == n_hidden:
            return hidden
    raise RuntimeError("The small numbers found no rest.")


def at_first(tables: Tables, small: Small, rules: frozenset[Rule]) -> Hidden:
    """Hide what is small, what nobody is told, and what was hidden before."""
    is_small = small if Rule.SMALL in rules else nowhere
    years, months = is_small(tables.years), is_small(tables.months)
    series: Bools = is_small(tables.flows).any(axis=1) & (Rule.MONTHS in rules)
    years |= tables.unlisted & ~np.isnan(tables.years)
    if tables.before and Rule.STAYS in rules:
        whole_changed = np.abs(tables.years[:, :, :1] - tables.before.told[:, :, :1])
        has_count = ~np.isnan(tables.years)
        years |= tables.before.hidden & ~(whole_changed > small.most) & has_count  # or not known by how much
        months |= tables.before.hidden_months & ~np.isnan(tables.months)
        series |= tables.before.hidden_series & ~np.isnan(tables.flows).all(axis=1)
    return Hidden(years, months, series)


def nowhere(counts: Floats) -> Bools:
    """Call no count small."""
    return np.zeros(counts.shape, bool)


def hide_sums(tables: Tables, hidden: Hidden, sums: Batch, *, everywhere: bool) -> None:
    """Hide all parts of a told total when one of them is hidden, and what a hidden total is made of."""
    ends = slice(None) if everywhere else slice(1)
    has_flow = ~np.isnan(tables.flows).all(axis=1)
    for counts, state in (
        (tables.years[:, :, ends], hidden.years[:, :, ends]),
        (tables.months, hidden.months),
        (np.where(has_flow, 1.0, np.nan)[:, None], hidden.series[:, None]),
    ):
        lost = (state[sums.totals] & sums.has_total[(..., *[None] * (state.ndim - 1))])[:, None]
        of, there = state[sums.parts], ~np.isnan(counts[sums.parts])
        given_away = (of.any(axis=1, keepdims=True) & ~lost) | (lost & (counts[sums.parts] != 0))
        state[sums.parts] = of | (given_away & there)


class Batch(NamedTuple):
    """Sums of as many parts each, none of them part of two: sums x parts, and the totals of some."""

    parts: Ints
    totals: Ints
    has_total: Bools


def batches(sums: list[Sum]) -> list[Batch]:
    """Put sums together that can be looked at in one go."""
    made: list[list[Sum]] = []
    taken: list[set[int]] = []
    for each in sums:
        fits = (
            place
            for place, others in enumerate(made)
            if len(others[0].parts) == len(each.parts) and taken[place].isdisjoint(each.parts)
        )
        place = next(fits, len(made))
        if place == len(made):
            made.append([])
            taken.append(set())
        made[place].append(each)
        taken[place] |= {*each.parts}
    return [
        Batch(
            np.array([each.parts for each in batch]),
            np.array([each.total or 0 for each in batch]),
            np.array([each.total is not None for each in batch]),
        )
        for batch in made
    ]


def hide_same(tables: Tables, hidden: Hidden) -> None:
    """Hide a series wherever it stands when it is hidden in one place."""
    same, whole = tables.same, tables.same.where(tables.same.parts == 0)
    there = ~np.isnan(tables.years[same.columns, :, same.parts])
    hidden.years[same.columns, :, same.parts] |= there & same.any_of_each(
        hidden.years[same.columns, :, same.parts]
    )
    there = ~np.isnan(tables.months[whole.columns])
    hidden.months[whole.columns] |= there & whole.any_of_each(hidden.months[whole.columns])
    there = ~np.isnan(tables.flows[whole.columns]).all(axis=1)
    hidden.series[whole.columns] |= there & whole.any_of_each(hidden.series[whole.columns])


def hide_parts(tables: Tables, hidden: Hidden, group: Group) -> None:
    """Hide the parts of what is hidden."""
    columns, years = np.nonzero(hidden.years[:, :, group.of].any(axis=2))
    cells = (columns[:, None], years[:, None], group.parts)
    hidden.years[cells] = ~np.isnan(tables.years[cells])


def tie_months(tables: Tables, hidden: Hidden) -> None:
    """Hide the months of a hidden year, and a year of which some months were told before and others not."""
    has_flow = ~np.isnan(tables.flows).all(axis=1)
    whole = hidden.years[:, :, 0]
    hidden.series[:] |= has_flow & whole.any(axis=1)
    for year, month in enumerate(tables.month_of):
        there = ~np.isnan(tables.months[:, month])
        either = there & (whole[:, year] | hidden.months[:, month])
        hidden.months[:, month] |= either
        whole[:, year] |= either & ~np.isnan(tables.years[:, year, 0])
    if tables.before:  # the rest of such a year would be the other months
        partly = tables.before.partly(tables.month_of)
        whole |= hidden.series[:, None] & partly & ~np.isnan(tables.years[:, :, 0])


def cover(
    tables: Tables, hidden: Hidden, small: Small, rules: frozenset[Rule], sums: list[Batch], bundles: Ints
) -> None:
    """
    Where hidden parts of a told whole can be told too closely, hide one further part, the smallest.

    Of columns that hang together only the first acts in one round, so that they choose the same part.
    """
    upper, lower = bounds(tables, hidden, small, sums)
    least_width = small.most - 1 if small.shows_zeros else small.most
    fixed = np.zeros(tables.years.shape, bool)
    same = tables.same
    of_a_whole = same.any_of_each(same.parts == 0)
    fixed[same.columns[of_a_whole], :, same.parts[of_a_whole]] = True
    if tables.before and Rule.TOLD in rules:
        fixed |= ~np.isnan(tables.before.told)
    for year in range(tables.years.shape[1]):
        for group in tables.groups:
            told = ~hidden.years[:, year, group.of].any(axis=1)
            asked = np.flatnonzero(told & hidden.years[:, year, group.parts].any(axis=1))
            cells = np.ix_(asked, [year], group.parts)
            counts, state, most, least, is_fixed = (
                table[cells][:, 0] for table in (tables.years, hidden.years, upper, lower, fixed)
            )
            known = is_fixed & ~small(counts)
            wide = width(counts, state, known, most, least)
            failing = ((wide < least_width) & state & ~known & (counts != 0)).any(axis=1)
            acting = np.flatnonzero(failing)
            _, first = np.unique(bundles[asked[acting]], return_index=True)
            for row in acting[np.sort(first)]:
                column = asked[row]
                free = ~np.isnan(counts[row]) & ~state[row]
                choice = free & ~known[row]
                if choice.any():
                    chosen = group.parts[[smallest(counts[row], choice, most[row], small)]]
                else:
                    chosen = group.parts[free] if free.any() else group.of
                hidden.years[column, year, chosen] |= ~np.isnan(tables.years[column, year, chosen])


def smallest(counts: Floats, choice: Bools, upper: Floats, small: Small) -> int:
    """Choose the smallest part, those first that are no zero and whose complement is none either."""
    plain = (counts > small.most) & (upper - counts > small.most)
    order = np.lexsort((np.arange(len(counts)), counts, ~plain, ~choice))
    return int(order[0])


def width(counts: Floats, hidden: Bools, known: Bools, upper: Floats, lower: Floats) -> Floats:
    """
    Return how wide the range is in which each hidden count may lie, given the sum of the hidden ones.

    With bounds l and u on each and their sum H, x_i lies between max(l_i, H - sum of the other u) and
    min(u_i, H - sum of the other l), and takes both ends (the bounds of Fréchet). Arrays are columns x parts.
    """
    shown = np.where(hidden, np.nan_to_num(counts), 0.0)
    whole = (hidden | np.isnan(counts)).all(axis=1)
    most = np.where(hidden, np.where(known, shown, upper), 0.0)
    least = np.where(hidden, np.where(known, shown, np.where(whole[:, None], 0.0, lower)), 0.0)
    total = shown.sum(axis=1, keepdims=True)
    # what the others can hold at most: infinite when one of them has no bound
    infinite = np.isinf(most)
    finite = np.where(infinite, 0.0, most)
    others_most = finite.sum(axis=1, keepdims=True) - finite
    has_infinite = (infinite.sum(axis=1, keepdims=True) - infinite) > 0
    others_least = least.sum(axis=1, keepdims=True) - least
    low = np.maximum(least, np.where(has_infinite, -np.inf, total - others_most))
    high = np.minimum(most, total - others_least)
    return np.where(hidden, high - low, np.inf)


def bounds(tables: Tables, hidden: Hidden, small: Small, sums: list[Batch]) -> tuple[Floats, Floats]:
    """
    Return the most and the least that a reader must allow for each count of the years.

    To be safe from one who knows which of the hidden are small, a small one lies between the least and the
    most small number, and the rest of a told total as far below it. Of a total whose two parts are both
    small he knows that neither is nothing; of a small total, that no part is more than small.
    """
    least = 1.0 if small.shows_zeros else 0.0
    is_small = small(tables.years)
    upper = np.where(is_small, float(small.most), np.inf)
    lower = np.where(is_small, least, 0.0)
    for parts, totals, has_total in sums:
        total = np.where(hidden.years[totals] | ~has_total[:, None, None], np.inf, tables.years[totals])
        total = np.where(np.isnan(total), np.inf, total)[:, None]
        most, fewest = upper[parts], lower[parts]
        if parts.shape[1] == PAIR:
            this, rest = is_small[parts], is_small[parts[:, ::-1]]
            few = (is_small[totals] & has_total[:, None, None])[:, None]
            most = np.where(this & rest, total - least, most)
            near = rest & ~this & np.isfinite(total)
            most, fewest = np.where(near, total - least, most), np.where(near, total - small.most, fewest)
            most, fewest = np.where(few, small.most, most), np.where(few, 0.0, fewest)
        upper[parts], lower[parts] = np.minimum(most, total), fewest
    return upper, lower


def bundled(sums: list[Batch], n_columns: int) -> Ints:
    """Give columns that are hidden together, and their total, the same number."""
    bundle = np.arange(n_columns)
    for batch in sums:
        for parts, total, has_total in zip(*batch, strict=True):
            numbers = bundle[[*parts, total]] if has_total else bundle[parts]
            bundle[np.isin(bundle, numbers)] = numbers.min()
    return bundle
