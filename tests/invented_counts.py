"""Numbers of an invented service, made of single cases, so that all that adds up does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd

from csc_measures.night.shared.release import FLOW, POSITION, Numbers, as_arrays
from csc_measures.night.shared.small_numbers import Group

MONTHS = 26
BEFORE = 12
END = date(2026, 3, 31)
AREA_OF = {"T1": "X", "T2": "X", "T3": "Y", "T4": "Y", "T5": "Z", "T6": "Z"}
PARTS = {
    "ethnicity": (("A", "B", "C", "D", "E"), (0.7, 0.15, 0.09, 0.04, 0.02)),
    "sex": (("F", "M", "not recorded"), (0.55, 0.4, 0.05)),
    "team": (tuple(AREA_OF), (0.45, 0.2, 0.2, 0.1, 0.03, 0.02)),
}
STATISTICS = (
    (1, "pct", "pct", FLOW),
    (1, "late", "count", FLOW),
    (2, "count", "count", FLOW),
    (3, "first", "pct", FLOW),
    (3, "second", "pct", FLOW),
    (3, "third", "pct", FLOW),
    (4, "pct", "pct", FLOW),
    (5, "started", "count", FLOW),
    (5, "ended", "count", FLOW),
    (6, "there", "count", POSITION),
    (7, "pct", "pct", POSITION),
)


@cache
def month_ends(n: int) -> list[date]:
    """Return the last days of so many months, the last one first made."""
    ends = [END]
    while len(ends) < n:
        ends.insert(0, ends[0].replace(day=1) - timedelta(days=1))
    return ends


@cache
def invent(seed: int, cases_a_month: float = 30.0) -> tuple[Numbers, list[Group]]:
    """Invent cases and count them; return the numbers and which teams add up to which areas."""
    random = np.random.default_rng(seed)
    n_months = MONTHS + BEFORE
    cases = [sample(random, month, random.poisson(cases_a_month)) for month in range(n_months)]
    flow = pd.concat(cases, ignore_index=True)
    stock = pd.concat([sample(random, month, 60 + month) for month in range(n_months)], ignore_index=True)
    people = sample(random, 0, 400)
    people["started"] = random.integers(-30, n_months, len(people))
    people["ended"] = people["started"] + 1 + random.integers(1, 40, len(people))
    rows: list[tuple] = []
    part_names = [("all", "all")]
    part_names += [(name, value) for name, (values, _) in PARTS.items() for value in values]
    part_names += [("service_area", area) for area in sorted({*AREA_OF.values()})]
    for part, (breakdown, value) in enumerate(part_names):
        of_flow, of_stock, of_people = (
            table if breakdown == "all" else table[table[breakdown] == value]
            for table in (flow, stock, people)
        )
        in_time, of_x = of_flow["in_time"], of_flow["service_area"] == "X"
        started, ended = by_month(of_people["started"]), by_month(of_people["ended"])
        there_before = ((of_people["started"] < 0) & (of_people["ended"] >= 0)).sum()
        everybody = by_month(of_flow["month"])
        counted = [
            (by_month(of_flow["month"][in_time]), everybody),
            (by_month(of_flow["month"][~in_time]), None),
            (everybody, None),
            *((by_month(of_flow["month"][of_flow["kind"] == kind]), everybody) for kind in range(3)),
            (by_month(of_flow["month"][in_time & of_x]), by_month(of_flow["month"][of_x])),
            (started, None),
            (ended, None),
            (there_before + np.cumsum(started - ended), None),
            (by_month(of_stock["month"][of_stock["in_time"]]), by_month(of_stock["month"])),
        ]
        unknown = by_month(of_flow["month"][of_flow["kind"] == 2]) if part == 0 else None
        for place, (numerator, denominator) in enumerate(counted):
            adds_up = STATISTICS[place][3] == FLOW
            for column in windows(numerator, denominator, unknown if place == 0 else None, adds_up):
                rows.append((place, column[0], column[1], part, *column[2:4], np.nan, column[4], np.nan))
    names = ("statistic", "period_type", "period_end", "part", "numerator", "denominator")
    columns = dict(zip((*names, "missing", "unknown", "excluded"), np.array(rows).T, strict=True))
    statistics = pd.DataFrame(STATISTICS, columns=["measure_number", "statistic", "unit", "told_as"])
    numbers_of = as_arrays(statistics.assign(months_add_up=True), month_ends(MONTHS), part_names, columns)
    place = {name: i for i, name in enumerate(part_names)}
    areas = [
        Group(
            np.array([place["service_area", area]]),
            np.array([place["team", team] for team, of in AREA_OF.items() if of == area]),
        )
        for area in sorted({*AREA_OF.values()})
    ]
    return numbers_of, areas


def by_month(months: pd.Series) -> np.ndarray:
    """Count the cases of each month."""
    known = months[(months >= 0) & (months < MONTHS + BEFORE)]
    return np.bincount(known, minlength=MONTHS + BEFORE).astype(float)


def windows(
    numerator: np.ndarray, denominator: np.ndarray | None, unknown: np.ndarray | None, adds_up: bool
) -> Iterator[tuple]:
    """Return type and end of each period, with the three counts: of its months, or of its last one."""
    for e, end in enumerate(month_ends(MONTHS)):
        month = e + BEFORE
        for t, since in enumerate((month, month - (end.month - 4) % 12, month - 11)):
            span = slice(since if adds_up else month, month + 1)
            yield t, e, *(np.nan if x is None else x[span].sum() for x in (numerator, denominator, unknown))


def sample(random: np.random.Generator, month: int, n: int) -> pd.DataFrame:
    """Invent the cases of a month."""
    cases = pd.DataFrame(
        {name: random.choice(values, n, p=shares) for name, (values, shares) in PARTS.items()}
    )
    return cases.assign(
        month=month,
        service_area=cases["team"].map(AREA_OF),
        in_time=random.random(n) < 0.9,
        kind=random.choice(3, n, p=(0.6, 0.32, 0.08)),
    )
