"""Cases, periods and cells: how the cases of a measure add up to the numbers that are published."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from statistics import median
from typing import Any

import yaml

from .calendar import financial_year_start, twelve_months_to
from .extracts import ROOT, Council, codes_of
from .people import NOT_RECORDED

AUTHORITY = "885"
PERIOD_TYPES = ("month", "ytd", "rolling_12m")
BREAKDOWNS = ("all", "service_area", "team", "age_band", "sex", "ethnicity", "disability", "locality")
Number = bool | int | float | Decimal | Fraction


@dataclass(frozen=True)
class Period:
    """A window of time, both days in: a month, the year to date or rolling 12 months."""

    type: str
    start: date
    end: date


@dataclass(frozen=True)
class Case:
    """
    One case of a statistic.

    `claim` is True or False where cases are counted, a number where they are averaged, None when it is
    left out. `out_of` makes a ratio of sums of it. `because` says why it is out (`unknown`, `excluded`),
    or that it fails for want of evidence (`missing`). `parts` holds the value of each breakdown that the
    case has. One provisional case makes its cell provisional.
    """

    claim: Number | None
    parts: Mapping[str, str]
    statistic: str = "pct"
    out_of: Number | None = None
    because: str | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Cell:
    """One published number: the place, the numbers, and the cases counted beside them."""

    numerator: Number | None = None
    denominator: Number | None = None
    value: Number | None = None
    status: str = "not_loaded"
    n_unknown: int = 0
    n_excluded: int = 0
    n_missing_evidence: int = 0

    @property
    def is_known(self) -> bool:
        """Say whether its extracts are there and can tell."""
        return self.status not in ("not_loaded", "not_computable")


@dataclass(frozen=True)
class Statistic:
    """A statistic of a definition, as far as counting needs it."""

    number: int
    name: str
    unit: str
    clock: str
    needs: tuple[str, ...]
    last_period_only: bool
    computable: bool
    narrative: bool


Key = tuple[str, date, str, str]  # period type, period end, breakdown, its value
Measure = Callable[[Council, Period], Iterable[Case]]


@cache
def statistics() -> list[Statistic]:
    """Return every statistic of every definition."""
    found = []
    for path in sorted((ROOT / "definitions").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            for each in entry.get("statistics", []):
                needs = [*each.get("needs", entry.get("needs", [])), *each.get("needs_also", [])]
                found.append(
                    Statistic(
                        entry["n"],
                        each["name"],
                        each["unit"],
                        each["clock"],
                        tuple(needs),
                        each.get("last_period_only", False),
                        "not_computable" not in each,
                        entry["kind"] == "narrative",
                    )
                )
    return found


def month(end: date) -> Period:
    """Return the month of a period end."""
    return Period("month", end.replace(day=1), end)


def year_to_date(end: date) -> Period:
    """Return the financial year up to a period end."""
    return Period("ytd", financial_year_start(end), end)


def rolling(end: date) -> Period:
    """Return the 12 months up to a period end (C15)."""
    return Period("rolling_12m", twelve_months_to(end), end)


def windows(clock: str, end: date) -> dict[str, Period]:
    """Return the window that the row of each period type holds, by the clock of the statistic."""
    if clock == "flow":
        return {"month": month(end), "ytd": year_to_date(end), "rolling_12m": rolling(end)}
    if clock == "year_to_date":
        return {"month": year_to_date(end), "ytd": year_to_date(end), "rolling_12m": rolling(end)}
    return dict.fromkeys(PERIOD_TYPES, month(end))


@cache
def residents(end: date) -> tuple[int, bool]:
    """Return the residents aged 0 to 17 in whose year a day lies, and whether they are provisional (C12)."""
    with (ROOT / "seeds" / "population_0_17.csv").open(encoding="utf-8", newline="") as file:
        by_year = {
            int(row["mid_year"]): int(row["population_0_17"])
            for row in csv.DictReader(file)
            if row["authority_code"] == AUTHORITY
        }
    year = max(year for year in by_year if year <= financial_year_start(end).year)
    return by_year[year], year < financial_year_start(end).year


def add_up(statistic: Statistic, cases: list[Case], end: date) -> Cell:
    """Add cases up to one cell, by the unit of the statistic."""
    unit = statistic.unit
    beside = Counter(case.because for case in cases)
    claims = [case for case in cases if case.claim is not None]
    numbers = [case.claim for case in claims]
    numerator, denominator = sum(numbers), sum(1 if case.out_of is None else case.out_of for case in claims)
    provisional = any(case.provisional for case in cases)
    if unit == "count":
        numerator, denominator, value = numerator, None, numerator
    elif unit == "rate_per_10k":
        denominator, provisional = residents(end)
        value = Fraction(numerator * 10_000, denominator)
    elif unit == "max":
        numerator, denominator = max(numbers, default=None), None
        value = numerator
    elif not denominator:
        numerator, value = (None if unit == "median" else numerator), None
    elif unit == "median":
        numerator, value = None, median(numbers)
    else:
        value = Fraction(numerator) / Fraction(denominator) * (100 if unit == "pct" else 1)
    if statistic.narrative:
        status = "narrative"
    else:
        status = "no_denominator" if value is None else "provisional" if provisional else "ok"
    return Cell(
        numerator,
        denominator,
        value,
        status,
        n_unknown=beside["unknown"],
        n_excluded=beside["excluded"],
        n_missing_evidence=beside["missing"],
    )


def known_values(council: Council) -> dict[str, set[str]]:
    """Return the values that a breakdown by a code or a team can have; any other is not recorded."""
    teams = {row.dept_team_id for row in council.rows("ssd_department")}
    teams |= {row.team_id for row in council.rows("local_team_service_areas")}
    code_sets = {"sex": "sex", "service_area": "service_area"}
    code_sets |= {"referral_source": "referral_source", "end_reason": "rec"}
    listed = {breakdown: set(codes_of(name).values()) for breakdown, name in code_sets.items()}
    return {"team": teams, **listed}


def cells_of(
    statistic: Statistic, cases: Iterable[Case], end: date, known: Mapping[str, set[str]]
) -> Iterator[tuple[tuple[str, str], Cell]]:
    """Add the cases of a statistic up for everybody and for each part of each breakdown."""
    by_part: dict[tuple[str, str], list[Case]] = defaultdict(list)
    by_part["all", "all"] = []
    for case in cases:
        by_part["all", "all"].append(case)
        if statistic.unit != "rate_per_10k":
            for breakdown, value in case.parts.items():
                is_known = value in known.get(breakdown, (value,))
                by_part[breakdown, value if is_known else NOT_RECORDED].append(case)
    for part, found in by_part.items():
        yield part, add_up(statistic, found, end)


def count(council: Council, number: int, measure: Measure, ends: list[date]) -> dict[str, dict[Key, Cell]]:
    """Return the cells of each statistic of a measure at each period end, by the name of the statistic."""
    cells: dict[str, dict[Key, Cell]] = {}
    wanted = [each for each in statistics() if each.number == number]
    cases: dict[Period, dict[str, list[Case]]] = {}
    known_parts = council.once("known values", known_values)

    def cases_of(period: Period) -> dict[str, list[Case]]:
        if period not in cases:
            cases[period] = defaultdict(list)
            for case in measure(council, period):
                cases[period][case.statistic].append(case)
        return cases[period]

    for statistic in wanted:
        found: dict[Key, Any] = {}
        loaded = statistic.computable and all(map(council.has, statistic.needs))
        untold = {("all", "all"): Cell(status="not_loaded" if statistic.computable else "not_computable")}
        for end in ends:
            known = loaded and (end == ends[-1] or not statistic.last_period_only)
            added: dict[Period, dict[tuple[str, str], Cell]] = {}  # once where period types share a window
            for period_type, period in windows(statistic.clock, end).items():
                if not known:
                    added[period] = untold
                elif period not in added:
                    added[period] = dict(
                        cells_of(statistic, cases_of(period)[statistic.name], end, known_parts)
                    )
                for part, cell in added[period].items():
                    found[period_type, end, *part] = cell
        cells[statistic.name] = found
    return cells
