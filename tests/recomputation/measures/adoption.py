"""Adoption: measures 82 and 83."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .. import care
from ..calendar import DAY, day_of, plus_months, twelve_months_to
from ..care import CarePeriod, case
from ..counting import Case, Period
from ..extracts import Council, Row

ADOPTED = {"E11", "E12"}


def _adopted(council: Council, first: date, last: date) -> Iterator[tuple[CarePeriod, str | None]]:
    """Yield the children adopted from care in a window by the latest such period, and why any is out."""
    counted: dict[str, CarePeriod] = {}
    out: dict[str | CarePeriod, tuple[CarePeriod, str]] = {}
    for end, because in sorted(care.ends_of_care(council, first, last), key=lambda found: found[0].end):
        if end.end_reason not in ADOPTED:
            continue
        if because:
            out[end.person or end] = end, because
        else:
            counted[end.person] = end
    yield from ((end, None) for end in counted.values())
    yield from (found for whose, found in out.items() if whose not in counted)


def measure_82(council: Council, period: Period) -> Iterator[Case]:
    """Count children adopted since 1 April."""
    both = ("count", "in_month_count")
    for end, because in _adopted(council, period.start, period.end):
        claim = None if because else True
        yield from care.shared(both, council, end.person, end.end, claim=claim, because=because)
    for end, because in care.ends_of_care(council, period.start, period.end):
        claim = None if because else end.end_reason in ADOPTED
        yield case(council, end.person, end.end, claim, "pct_of_children_ceasing_care", because=because)


def _quarter_end(day: date) -> date:
    """Return the latest quarter end on or before a day."""
    tomorrow = day + DAY
    return date(tomorrow.year, 3 * ((tomorrow.month - 1) // 3) + 1, 1) - DAY


def _placed(council: Council, end: CarePeriod) -> Row | None:
    """Return the record of the latest placement for adoption on or before the order."""
    rows = [
        row
        for row in council.by("ssd_permanence", "perm_person_id").get(end.person, [])
        if row.perm_placed_for_adoption_date and day_of(row.perm_placed_for_adoption_date) <= end.end
    ]
    return care.latest(rows, "perm_placed_for_adoption_date", "perm_table_id")


def measure_83(council: Council, period: Period) -> Iterator[Case]:
    """Average the days from the start of care to the adoptive placement, over three years."""
    quarter = _quarter_end(period.end)
    one_year = twelve_months_to(quarter)
    statistics = ("days", "a10_adjusted_mean_days", "children_in_cohort", "a1_one_year_mean_days")
    for end, because in _adopted(council, plus_months(quarter + DAY, -36), quarter):
        asked = statistics if end.end >= one_year else statistics[:3]
        row = _placed(council, end)
        placed = day_of(row.perm_placed_for_adoption_date) if row else None
        if because or placed is None or placed < end.start:
            because = because or "excluded"
            yield from care.shared(asked, council, end.person, end.end, claim=None, because=because)
            continue
        fostered = day_of(row.perm_placed_foster_carer_date)
        days = (placed - end.start).days
        adjusted = days
        if row.perm_adopted_by_carer_flag and care.is_in(fostered, end.start, placed):
            adjusted = (fostered - end.start).days
        claims = (days, adjusted, True, days)
        for statistic, claim in zip(asked, claims, strict=False):
            yield case(council, end.person, end.end, claim, statistic)
