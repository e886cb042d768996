"""
The release before: what it told, as its readers know, and what it hid, which the generation keeps.

`hidden.parquet` of a generation says which counts were hidden, and no count; no group may read it.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from csc_measures.night.editions import OUTCOMES, SHARED
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
)
from csc_measures.night.shared.small_numbers import Before, Hidden

KEPT = "hidden.parquet"
TOLD = (DENOMINATOR, NUMERATOR, COMPLEMENT, MISSING, UNKNOWN, EXCLUDED)
COMPONENT_OF = {"n_missing_evidence": "missing", "n_unknown": "unknown", "n_excluded": "excluded"}
A_DAY = timedelta(days=1)


def keep(generation: Path, numbers: Numbers, layout: Layout, hidden: Hidden) -> None:
    """Write down which counts of parts, years and months a release hides."""
    component, statistic = np.nonzero(layout.columns >= 0)
    hides = np.zeros((len(component), len(numbers.ends), len(numbers.part_names)), bool)
    hides[:, :, 0] = hidden.months
    hides[:, layout.years] = hidden.years
    column, end, part = np.nonzero(hides)
    of_statistic = numbers.statistics.iloc[statistic[column]]
    parts = pd.DataFrame(numbers.part_names, columns=["breakdown", "breakdown_value"]).iloc[part]
    kept = pd.DataFrame(
        {
            "measure_number": of_statistic["measure_number"].to_numpy(),
            "statistic": of_statistic["statistic"].to_numpy(),
            "component": np.array(COMPONENTS)[component[column]],
            "period_end": np.array(numbers.ends, "datetime64[D]")[end],
            "breakdown": parts["breakdown"].to_numpy(),
            "breakdown_value": parts["breakdown_value"].to_numpy(),
        }
    )
    kept.to_parquet(generation / KEPT, index=False)


def earlier(generation: Path | None, numbers: Numbers, layout: Layout) -> Before | None:
    """Return what the generation before told outside the service and hid, if it has a shared edition."""
    if generation is None or not (generation / KEPT).exists():
        return None
    with duckdb.connect(generation / SHARED.database, read_only=True) as connection:
        tables = " union all ".join(
            "select measure_number, statistic, period_type, period_end, breakdown, breakdown_value, "
            f"numerator, denominator, n_missing_evidence, n_unknown, n_excluded from marts.{outcome}"
            for outcome in OUTCOMES
        )
        rows = connection.execute(tables).df()
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
    rows, statistic, end, part = placed(pd.read_parquet(generation / KEPT), numbers, numbers.ends)
    component = rows["component"].map({name: place for place, name in enumerate(COMPONENTS)}).to_numpy(int)
    column = layout.columns[component, statistic]
    hidden = np.zeros((n_columns, len(numbers.ends), len(numbers.part_names)), bool)
    hidden[column[column >= 0], end[column >= 0], part[column >= 0]] = True
    return Before(hidden[:, layout.years], told[:, EARLIER + layout.years], whole, hidden[:, :, 0])


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
