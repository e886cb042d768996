"""
The release before: what it told, as its readers know, and what it hid, which the generation keeps.

`hidden.parquet` of a generation says which counts were hidden, and no count; no group may read it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from csc_measures.night.editions import OUTCOMES, SHARED
from csc_measures.night.shared.release import (
    COMPLEMENT,
    COMPONENTS,
    DENOMINATOR,
    MONTHS_OF_A_YEAR,
    NUMERATOR,
    Layout,
    Numbers,
)
from csc_measures.night.shared.small_numbers import Before, Hidden

KEPT = "hidden.parquet"


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
            f"numerator, denominator from marts.{outcome} where value is not null "
            "and (period_type = 'rolling_12m' or period_type = 'month' and breakdown = 'all')"
            for outcome in OUTCOMES
        )
        rows = connection.execute(tables).df()
    shape = layout.columns.max() + 1, len(numbers.ends), len(numbers.part_names)
    hidden, told, has_month = np.zeros(shape, bool), np.full(shape, np.nan), np.zeros(shape[:2], bool)
    rows, statistic, end, part = placed(rows, numbers)
    numerator, denominator = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
    is_month = (rows["period_type"] == "month").to_numpy()
    for component, values in (
        (DENOMINATOR, denominator),
        (NUMERATOR, numerator),
        (COMPLEMENT, denominator - numerator),
    ):
        column = layout.columns[component, statistic]
        year, month = (column >= 0) & ~is_month, (column >= 0) & is_month
        told[column[year], end[year], part[year]] = values[year]
        has_month[column[month], end[month]] = True
    rows, statistic, end, part = placed(pd.read_parquet(generation / KEPT), numbers)
    component = rows["component"].map({name: place for place, name in enumerate(COMPONENTS)}).to_numpy(int)
    column = layout.columns[component, statistic]
    hidden[column[column >= 0], end[column >= 0], part[column >= 0]] = True
    since = np.maximum(0, layout.years - MONTHS_OF_A_YEAR + 1)
    spans = zip(since, layout.years, strict=True)
    n_months = [has_month[:, first : last + 1].sum(axis=1) for first, last in spans]
    partly = np.array([(n > 0) & (n < MONTHS_OF_A_YEAR) for n in n_months]).T
    return Before(hidden[:, layout.years], told[:, layout.years], partly, has_month, hidden[:, :, 0])


def placed(rows: pd.DataFrame, numbers: Numbers) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows that the numbers have, with the places of their statistic, period end and part."""
    statistics = zip(numbers.statistics["measure_number"], numbers.statistics["statistic"], strict=True)
    keys = (
        (zip(rows["measure_number"], rows["statistic"], strict=True), statistics),
        (rows["period_end"].dt.date, numbers.ends),
        (zip(rows["breakdown"], rows["breakdown_value"], strict=True), numbers.part_names),
    )
    found = []
    for column, names in keys:
        place = {name: place for place, name in enumerate(names)}
        found.append(np.array([place.get(name, -1) for name in column], int))
    known = np.all([places >= 0 for places in found], axis=0)
    statistic, end, part = (places[known] for places in found)
    return rows[known], statistic, end, part
