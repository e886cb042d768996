"""
What a release tells, and its counts as the tables that are protected.

The whole is told by month, year to date and 12 months. Parts are told for the 12 months to the latest month,
and for the years to 31 March before these: they do not overlap. The first of them moves from release to
release, and the reader sees by how much: by the months that came in less those that went out, which stay
hidden. What does not add up by month is told for years to 31 March alone, and a position for the latest
month, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from csc_measures.night.editions import OUTCOMES
from csc_measures.night.shared.equations import (
    Bools,
    Floats,
    Ints,
    Same,
    Sum,
    flows_of_stocks,
    same_series,
    sums_of_many,
    sums_of_two,
)
from csc_measures.night.shared.small_numbers import (
    EVERY_RULE,
    MONTHS_OF_A_YEAR,
    Before,
    Group,
    Hidden,
    Rule,
    Tables,
)

YEAR_ENDS_IN = 3  # March: the year of the statutory returns
COMPONENTS = ("denominator", "numerator", "complement", "missing", "not_missing", "unknown", "excluded")
DENOMINATOR, NUMERATOR, COMPLEMENT, MISSING, NOT_MISSING, UNKNOWN, EXCLUDED = range(len(COMPONENTS))
FLOW, POSITION, YEARLY = range(3)
EARLIER = MONTHS_OF_A_YEAR - 1
"""So many months before those reported follow from windows that overlap, or were told."""
PERIOD_TYPES = ("month", "ytd", "rolling_12m")
MONTH, YEAR_TO_DATE, YEAR = range(len(PERIOD_TYPES))


@dataclass(frozen=True)
class Numbers:
    """
    The numbers of the marts, as arrays.

    `whole`: component x statistic x period type (month, year to date, 12 months) x period end; `parts`:
    component x statistic x period end x part, of 12 months, the whole first; `months`: the same of single
    months, of the last 12 alone. `statistics` says of each what it is; `part_names` are breakdown and value.
    """

    statistics: pd.DataFrame
    ends: list[date]
    part_names: list[tuple[str, str]]
    whole: Floats
    parts: Floats
    months: Floats
    has_row: Bools


def read_numbers(connection: duckdb.DuckDBPyConnection, schema: str) -> Numbers:
    """Read the measure tables and the register of a schema."""
    statistics = connection.execute(f"""
        select
            measures.measure_number,
            measures.statistic,
            measures.unit,
            case
                when measures.clock = 'flow' then {FLOW}
                when measures.clock = 'position' and measures.kind <> 'rolling' then {POSITION}
                else {YEARLY}
            end as told_as,
            dim_measure.months_add_up or measures.unit not in ('pct', 'count') as months_add_up
        from {schema}.measures as measures
        inner join {schema}.dim_measure as dim_measure using (measure_number, statistic)
        order by measures.measure_number, measures.statistic_order
    """).df()
    ends = [
        day
        for (day,) in connection.execute(
            f"select distinct period_end from {schema}.dim_period order by period_end"
        ).fetchall()
    ]
    part_names = connection.execute(
        f"select breakdown, breakdown_value from {schema}.dim_breakdown order by breakdown <> 'all', 1, 2"
    ).fetchall()
    beside = " union all ".join(
        "select measure_number, statistic, period_type, period_end, "
        f"n_missing_evidence, n_unknown, n_excluded from {schema}.{outcome} where breakdown = 'all'"
        for outcome in OUTCOMES
    )
    rows = connection.execute(f"""
        with statistics as (
            select
                measure_key,
                measure_number,
                statistic,
                row_number() over (order by measure_key) - 1 as place
            from {schema}.dim_measure
        ),
        parts as (
            select
                breakdown_key,
                row_number() over (order by breakdown <> 'all', breakdown, breakdown_value) - 1 as place
            from {schema}.dim_breakdown
        ),
        periods as (
            select
                *,
                list_position({list(PERIOD_TYPES)}, period_type) - 1 as type,
                dense_rank() over (order by period_end) - 1 as place
            from {schema}.dim_period
        ),
        beside as (select *, 'all:all' as breakdown_key from ({beside}))
        select
            statistics.place as statistic,
            periods.type as period_type,
            periods.place as period_end,
            parts.place as part,
            numbers.numerator,
            numbers.denominator,
            beside.n_missing_evidence as missing,
            beside.n_unknown as unknown,
            beside.n_excluded as excluded
        from {schema}.fct_measure_value as numbers
        inner join periods using (period_key)
        inner join statistics using (measure_key)
        inner join parts using (breakdown_key)
        left join beside using (measure_number, statistic, period_type, period_end, breakdown_key)
        where
            periods.period_type = 'rolling_12m'
            or numbers.breakdown_key = 'all:all'
            or (periods.period_type = 'month' and periods.place >= {len(ends) - MONTHS_OF_A_YEAR})
    """).fetchnumpy()
    return as_arrays(statistics, ends, part_names, rows)


def as_arrays(
    statistics: pd.DataFrame, ends: list[date], part_names: list[tuple[str, str]], rows: dict
) -> Numbers:
    """Arrange rows, told by place, as arrays."""
    n_statistics = len(statistics)
    s, t, e, p = (np.asarray(rows[name], int) for name in ("statistic", "period_type", "period_end", "part"))
    numerator, denominator, missing, unknown, excluded = (
        np.ma.filled(np.ma.asarray(rows[name], float), np.nan)
        for name in ("numerator", "denominator", "missing", "unknown", "excluded")
    )
    unit = statistics["unit"].to_numpy()
    complement = np.where((unit == "pct")[s], denominator - numerator, np.nan)
    no_share = np.zeros(n_statistics, bool)  # of those in the denominator: a ratio of two counts
    no_share[s[complement < 0]] = True
    complement[no_share[s]] = np.nan
    amounts = np.isin(unit, ["mean", "days"])  # that are sums of cases only where they are whole numbers
    not_whole = np.zeros(n_statistics, bool)
    not_whole[s[(numerator < 0) | (np.nan_to_num(numerator) % 1 != 0)]] = True
    numerator[((amounts & not_whole) | (unit == "max"))[s]] = np.nan
    denominator[(unit == "rate_per_10k")[s]] = np.nan  # residents
    components = [denominator, numerator, complement, missing, complement - missing, unknown, excluded]
    whole = np.full((len(COMPONENTS), n_statistics, len(PERIOD_TYPES), len(ends)), np.nan)
    parts = np.full((len(COMPONENTS), n_statistics, len(ends), len(part_names)), np.nan)
    has_row = np.zeros((n_statistics, len(ends), len(part_names)), bool)
    first = max(len(ends) - MONTHS_OF_A_YEAR, 0)
    months = np.full((len(COMPONENTS), n_statistics, len(ends) - first, len(part_names)), np.nan)
    of_whole, of_year, of_month = p == 0, t == YEAR, (t == MONTH) & (e >= first)
    has_row[s[of_year], e[of_year], p[of_year]] = True
    for place, values in enumerate(components):
        whole[place, s[of_whole], t[of_whole], e[of_whole]] = values[of_whole]
        parts[place, s[of_year], e[of_year], p[of_year]] = values[of_year]
        months[place, s[of_month], e[of_month] - first, p[of_month]] = values[of_month]
    return Numbers(statistics, ends, part_names, whole, parts, months, has_row)


@dataclass(frozen=True)
class Layout:
    """Where counts stand in the tables: `columns` is component x statistic, -1 where there is none."""

    columns: Ints
    years: Ints  # places of the period ends for which parts are told, now or by releases before
    told: Bools  # statistic x such a period end: whether this release tells it
    told_as: Ints
    moved: int = 0  # so many months before those told now ended those told before; 0: none did


@dataclass(frozen=True)
class Shown:
    """
    What may be shown: each row, and what was counted beside it.

    `parts`: statistic x year x part; `whole`: component x statistic x period type x period end, a row being
    shown when its numerator is; `told` says which such rows there are, and `by_month` of which statistics
    every month is told.
    """

    parts: Bools
    whole: Bools
    told: Bools
    by_month: Bools


def years_told(ends: list[date], rules: frozenset[Rule] = EVERY_RULE) -> Ints:
    """Return the places of the ends of windows that are told of parts: the latest, and years before it."""
    last = len(ends) - 1
    years = [i for i in marches(ends).tolist() if i <= last - MONTHS_OF_A_YEAR]
    return np.array([*years, last] if Rule.YEARS in rules else range(last + 1), int)


def marches(ends: list[date]) -> Ints:
    """Return the places of the ends of years."""
    return np.array([place for place, end in enumerate(ends) if end.month == YEAR_ENDS_IN], int)


def adds_up_by_month(numbers: Numbers) -> Bools:
    """Say of which statistics a window is the sum of its months."""
    told_as = numbers.statistics["told_as"].to_numpy(int)
    return np.asarray((told_as == FLOW) & numbers.statistics["months_add_up"].to_numpy(bool))


def lay_out(numbers: Numbers, rules: frozenset[Rule] = EVERY_RULE, moved: int = 0) -> Layout:
    """
    Give each component of a statistic that is counted anywhere a column, denominators first.

    `moved` says how many months before those of this release the windows of the release before ended.
    """
    counted = ~np.isnan(numbers.whole).all(axis=(2, 3)) | ~np.isnan(numbers.parts).all(axis=(2, 3))
    columns = np.full(counted.shape, -1)
    columns[counted] = np.arange(counted.sum())
    ends, last = numbers.ends, len(numbers.ends) - 1
    moved = moved if Rule.MOVED in rules and moved <= last else 0
    windows, of_year = years_told(ends, rules), marches(ends)
    years = np.unique([*windows, *of_year, last - moved])
    told_as = numbers.statistics["told_as"].to_numpy(int)
    told = np.where(adds_up_by_month(numbers)[:, None], np.isin(years, windows), np.isin(years, of_year))
    told |= (told_as == POSITION)[:, None] & (years == last)
    return Layout(columns, years, told, told_as, moved)


def tables_to_protect(
    numbers: Numbers, layout: Layout, areas: list[Group], unlisted: Bools, before: Before | None = None
) -> Tables:
    """Arrange the counts of a release, and the equations between them, for their protection."""
    counted = layout.columns >= 0
    parts, whole = numbers.parts[counted], numbers.whole[counted]
    told_as = np.broadcast_to(layout.told_as, layout.columns.shape)[counted]
    adds_up = np.broadcast_to(numbers.statistics["months_add_up"].to_numpy(bool), layout.columns.shape)[
        counted
    ]
    told = np.broadcast_to(layout.told, (len(COMPONENTS), *layout.told.shape))[counted]
    months = np.where((told_as == POSITION)[:, None], whole[:, 0], np.nan)
    flows = np.concatenate([whole.reshape(len(whole), -1), months_before(whole, adds_up)], axis=1)
    flows = np.where((told_as == FLOW)[:, None], flows, np.nan)
    groups = breakdowns_of(numbers)
    return Tables(
        years=np.where(told[:, :, None], parts[:, layout.years], np.nan),
        months=months,
        flows=flows,
        month_of=layout.years,
        groups=[*groups, *areas],
        unlisted=unlisted,
        everywhere=[*sums_by_meaning(layout), *sums_in_parts(layout, parts, groups)],
        of_the_whole=sums_in_the_whole(layout, whole, told_as),
        same=series_that_are_one(layout, parts),
        before=before,
    )


def months_before(whole: Floats, adds_up: Bools) -> Floats:
    """Return the months before those reported, which follow from windows of 12 months that overlap."""
    months, windows = whole[:, 0], whole[:, 2]
    n = min(MONTHS_OF_A_YEAR, windows.shape[1])
    before = months[:, 1:n] - np.diff(windows[:, :n], axis=1)
    return np.where(adds_up[:, None], before, np.nan)


def breakdowns_of(numbers: Numbers) -> list[Group]:
    """Return the parts of each breakdown, which add up to the whole."""
    names = np.array([breakdown for breakdown, _ in numbers.part_names])
    return [
        Group(np.array([0]), np.flatnonzero(names == name))
        for name in dict.fromkeys(names.tolist())
        if name != "all"
    ]


def sums_by_meaning(layout: Layout) -> list[Sum]:
    """Return what adds up by what it is: a numerator and its complement, and those of it without evidence."""
    d, n, c, m, x, *_ = layout.columns
    sums = [Sum((int(n[i]), int(c[i])), int(d[i])) for i in np.flatnonzero((n >= 0) & (c >= 0) & (d >= 0))]
    sums += [Sum((int(m[i]), int(x[i])), int(c[i])) for i in np.flatnonzero((m >= 0) & (x >= 0) & (c >= 0))]
    return sums


def of_cases(layout: Layout) -> Ints:
    """Return the columns that equations are looked for between; complements follow from the others."""
    columns = layout.columns[[DENOMINATOR, NUMERATOR]].ravel()
    return np.sort(columns[columns >= 0])


def sums_in_parts(layout: Layout, parts: Floats, groups: list[Group]) -> list[Sum]:
    """Find what adds up in all parts, among columns that have the same breakdowns."""
    columns = of_cases(layout)
    has = np.stack(
        [~np.isnan(parts[columns][:, :, group.parts]).all(axis=(1, 2)) for group in groups], axis=1
    )
    kinds, which = np.unique(has, axis=0, return_inverse=True)
    found: list[Sum] = []
    for kind in range(len(kinds)):
        of_kind = columns[which.ravel() == kind]
        found += named(sums_of_many(parts[of_kind].reshape(len(of_kind), -1)), of_kind)
    return found


def sums_in_the_whole(layout: Layout, whole: Floats, told_as: Ints) -> list[Sum]:
    """Find what adds up in the whole, and flows that make the change of what is there."""
    columns = of_cases(layout)
    found = named(sums_of_two(whole[columns][:, [0, 2]].reshape(len(columns), -1)), columns)
    flows, stocks = columns[told_as[columns] == FLOW], columns[told_as[columns] == POSITION]
    return found + named(flows_of_stocks(whole[flows, 0], whole[stocks, 0]), flows)


def named(sums: list[Sum], columns: Ints) -> list[Sum]:
    """Return sums that are told by place with the columns at these places."""
    return [
        Sum(tuple(int(columns[part]) for part in parts), None if total is None else int(columns[total]))
        for parts, total in sums
    ]


def series_that_are_one(layout: Layout, parts: Floats) -> Same:
    """Find columns and parts whose 12 months are the same at every period end."""
    n_columns, n_ends, n_parts = parts.shape
    series = parts.transpose(0, 2, 1).reshape(-1, n_ends)
    cases = np.isin(np.arange(n_columns), layout.columns[: NOT_MISSING + 1])
    places = np.flatnonzero(np.repeat(cases, n_parts))
    return same_series(series[places], places // n_parts, places % n_parts)


def show(numbers: Numbers, layout: Layout, hidden: Hidden) -> Shown:
    """Say which rows of the measure tables may be shown; a row is shown whole or not at all."""
    of_row = [DENOMINATOR, NUMERATOR, COMPLEMENT]
    has = layout.columns >= 0
    years = np.where(has[:, :, None, None], hidden.years[layout.columns], False)
    months = np.where(has[:, :, None], hidden.months[layout.columns], False)
    series = np.where(has, hidden.series[layout.columns], False)
    whole = np.zeros((*has.shape, len(PERIOD_TYPES), len(numbers.ends)), bool)
    whole |= np.where((layout.told_as == POSITION)[None, :, None, None], months[:, :, None, :], False)
    whole |= np.where((layout.told_as == FLOW)[None, :, None, None], series[:, :, None, None], False)
    for year, end in enumerate(layout.years):
        yearly = layout.told[:, year] & (layout.told_as != POSITION)
        is_march = numbers.ends[end].month == YEAR_ENDS_IN
        longer = whole[:, :, YEAR_TO_DATE if is_march else YEAR :, end]  # then the year to date is the year
        longer[:, yearly] = years[:, yearly, year, 0][:, :, None]
    row = whole[of_row].any(axis=0)
    whole[NUMERATOR] = row
    whole[[MISSING, UNKNOWN, EXCLUDED]] |= row
    single = (numbers.statistics["unit"] == "max").to_numpy()  # the value of one case
    whole[NUMERATOR, single] = True
    parts = years[of_row].any(axis=0) | single[:, None, None]
    told = np.broadcast_to((layout.told_as != YEARLY)[:, None, None], row.shape).copy()
    for year, end in enumerate(layout.years):
        told[layout.told[:, year], YEAR, end] = True
    by_month = ~row.any(axis=(1, 2)) & (layout.told_as != YEARLY) & ~single
    return Shown(~parts, ~whole, told, by_month)
