"""
The releases before: what they told, as their readers know, and what they hid.

A generation keeps two files, which no group may read. `hidden.parquet` says which counts are hidden, and no
count; a flow that is hidden by month has no period end there. `told_before.parquet` has what releases before
told of windows of 12 months that are reported, but which it does not tell. Both have the years to 31 March
that overlap with the latest window, too: they are told again when they do not.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from csc_measures.night.editions import OUTCOMES, SHARED
from csc_measures.night.shared.equations import Bools, Ints
from csc_measures.night.shared.release import (
    COMPLEMENT,
    COMPONENTS,
    DENOMINATOR,
    EARLIER,
    EXCLUDED,
    MISSING,
    NUMERATOR,
    PERIOD_TYPES,
    UNKNOWN,
    YEAR,
    Layout,
    Numbers,
    Shown,
    adds_up_by_month,
)
from csc_measures.night.shared.small_numbers import MONTHS_OF_A_YEAR, Before, Hidden

KEPT, KEPT_TOLD = "hidden.parquet", "told_before.parquet"
TOLD = (DENOMINATOR, NUMERATOR, COMPLEMENT, MISSING, UNKNOWN, EXCLUDED)
COMPONENT_OF = {"n_missing_evidence": "missing", "n_unknown": "unknown", "n_excluded": "excluded"}
KEY = ("measure_number", "statistic", "period_type", "period_end", "breakdown", "breakdown_value")
NUMBERS = ("numerator", "denominator", "n_missing_evidence", "n_unknown", "n_excluded")
PLACE = {name: place for place, name in enumerate(COMPONENTS)}
NO_END = np.datetime64("NaT", "D")
A_DAY = timedelta(days=1)


def keep(
    generation: Path, numbers: Numbers, layout: Layout, hidden: Hidden, before: Path | None = None
) -> None:
    """
    Write down which counts of parts, years and months a release hides, and which flows by month.

    Of windows that it does not tell, what the generation before has hidden is carried on.
    """
    component, statistic = np.nonzero(layout.columns >= 0)
    hides = np.zeros((len(component), len(numbers.ends), len(numbers.part_names)), bool)
    hides[:, :, 0] = hidden.months
    hides[:, layout.years] = hidden.years
    column, end, part = np.nonzero(hides)
    by_month = np.flatnonzero(hidden.series)
    ends = np.append(np.array(numbers.ends, "datetime64[D]")[end], np.full(len(by_month), NO_END))
    column, part = np.append(column, by_month), np.append(part, np.zeros_like(by_month))
    of_statistic = numbers.statistics.iloc[statistic[column]]
    parts = pd.DataFrame(numbers.part_names, columns=["breakdown", "breakdown_value"]).iloc[part]
    kept = pd.DataFrame(
        {
            "measure_number": of_statistic["measure_number"].to_numpy(),
            "statistic": of_statistic["statistic"].to_numpy(),
            "component": np.array(COMPONENTS)[component[column]],
            "period_end": ends,
            "breakdown": parts["breakdown"].to_numpy(),
            "breakdown_value": parts["breakdown_value"].to_numpy(),
        }
    )
    if before and (before / KEPT).exists():
        rows, statistic, end, _ = placed(pd.read_parquet(before / KEPT), numbers, numbers.ends)
        carried = rows[is_untold(layout, statistic, end)]
        kept = pd.concat([each for each in (kept, carried) if len(each)] or [kept], ignore_index=True)
    kept.drop_duplicates().to_parquet(generation / KEPT, index=False)


def is_untold(layout: Layout, statistic: Ints, end: Ints) -> Bools:
    """Say of windows of parts whether they are among the years, but not told now."""
    year = np.searchsorted(layout.years, end).clip(max=len(layout.years) - 1)
    return np.asarray((layout.years[year] == end) & ~layout.told[statistic, year])


def keep_told(
    generation: Path, told: pd.DataFrame | None, numbers: Numbers, layout: Layout, shown: Shown
) -> None:
    """Write down the windows that were told before (`told` as of `were_told`) and are not any more."""
    if told is None:
        return
    rows, statistic, end, part = placed(told, numbers, numbers.ends)
    untold = ~shown.whole[NUMERATOR, statistic, YEAR, end]
    of_year = (rows["period_type"] == PERIOD_TYPES[YEAR]).to_numpy()
    kept = rows[of_year & np.where(part > 0, is_untold(layout, statistic, end), untold)].drop_duplicates(
        [*KEY]
    )
    kept.to_parquet(generation / KEPT_TOLD, index=False)


def were_told(generation: Path | None) -> pd.DataFrame | None:
    """
    Return the rows that the generation before told outside the service, if it has a shared edition.

    First those of its own tables, then what it knew to be told before. Rows without any number are not told.
    """
    if generation is None or not (generation / KEPT).exists():
        return None
    with duckdb.connect(generation / SHARED.database, read_only=True) as connection:
        tables = " union all ".join(
            f"select {', '.join((*KEY, *NUMBERS))} from marts.{outcome}" for outcome in OUTCOMES
        )
        rows = [connection.execute(tables).df()]
    if (generation / KEPT_TOLD).exists():
        rows.append(pd.read_parquet(generation / KEPT_TOLD))
    told = pd.concat([each.astype(dict.fromkeys(NUMBERS, float)) for each in rows], ignore_index=True)
    return told[told[[*NUMBERS]].notna().any(axis=1)]


def moved_since(told: pd.DataFrame | None, numbers: Numbers) -> int:
    """
    Return how many months ago the window ended that was told of parts last and overlaps with the latest one.

    0 when none does.
    """
    if told is None:
        return 0
    _, statistic, end, part = placed(told, numbers, numbers.ends)
    gaps = len(numbers.ends) - 1 - end[(part > 0) & adds_up_by_month(numbers)[statistic]]
    overlapping = gaps[(gaps > 0) & (gaps < MONTHS_OF_A_YEAR)]
    return int(overlapping.min(initial=MONTHS_OF_A_YEAR)) % MONTHS_OF_A_YEAR


def earlier(
    generation: Path | None, rows: pd.DataFrame | None, numbers: Numbers, layout: Layout
) -> Before | None:
    """Return what the generation before hid, and what was told (rows as `were_told` returns them), if any."""
    if generation is None or rows is None:
        return None
    ends = [*ends_before(numbers.ends[0]), *numbers.ends]
    n_columns = layout.columns.max() + 1
    told = np.full((n_columns, len(ends), len(numbers.part_names)), np.nan)
    whole = np.zeros((n_columns, len(PERIOD_TYPES), len(ends)), bool)
    rows, statistic, end, part = placed(rows, numbers, ends)
    period_type = rows["period_type"].map({name: i for i, name in enumerate(PERIOD_TYPES)}).to_numpy(int)
    counts = rows.rename(columns=COMPONENT_OF).assign(complement=rows["denominator"] - rows["numerator"])
    for component in TOLD:  # what is not missing follows
        values = counts[COMPONENTS[component]].to_numpy(float)
        column = layout.columns[component, statistic]
        is_told = (column >= 0) & ~np.isnan(values)
        year, of_whole = is_told & (period_type == YEAR), is_told & (part == 0)
        told[column[year], end[year], part[year]] = values[year]
        whole[column[of_whole], period_type[of_whole], end[of_whole]] = True
    was_hidden = pd.read_parquet(generation / KEPT)
    by_month = was_hidden["period_end"].isna()
    rows = was_hidden[by_month].assign(period_end=np.datetime64(numbers.ends[-1]))
    rows, statistic, *_ = placed(rows, numbers, numbers.ends)
    column = layout.columns[rows["component"].map(PLACE).to_numpy(int), statistic]
    hidden_series = np.isin(np.arange(n_columns), column)
    rows, statistic, end, part = placed(was_hidden[~by_month], numbers, numbers.ends)
    column = layout.columns[rows["component"].map(PLACE).to_numpy(int), statistic]
    hidden = np.zeros((n_columns, len(numbers.ends), len(numbers.part_names)), bool)
    hidden[column[column >= 0], end[column >= 0], part[column >= 0]] = True
    return Before(
        hidden[:, layout.years], told[:, EARLIER + layout.years], whole, hidden[:, :, 0], hidden_series
    )


def ends_before(first: date) -> list[date]:
    """Return the ends of the months before the first one reported, which may have been told before."""
    ends = [first.replace(day=1) - A_DAY]
    while len(ends) < EARLIER:
        ends.insert(0, ends[0].replace(day=1) - A_DAY)
    return ends


def placed(
    rows: pd.DataFrame, numbers: Numbers, ends: list[date]
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows that the numbers and the ends have, with the places of statistic, end and part."""
    statistics = zip(numbers.statistics["measure_number"], numbers.statistics["statistic"], strict=True)
    keys = (
        (zip(rows["measure_number"], rows["statistic"], strict=True), statistics),
        (rows["period_end"].dt.date, ends),
        (zip(rows["breakdown"], rows["breakdown_value"], strict=True), numbers.part_names),
    )
    found = []
    for column, names in keys:
        place = {name: place for place, name in enumerate(names)}
        found.append(np.array([place.get(name, -1) for name in column], int))
    known = np.all([places >= 0 for places in found], axis=0)
    statistic, end, part = (places[known] for places in found)
    return rows[known], statistic, end, part
