"""Measures 92, 96, 98 and 100: early help assessments, plans and steps down to it."""

from collections.abc import Iterator
from datetime import date

from ..calendar import working_days
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import parts_of_child_and_team
from ..spells import is_current
from .targeted_family_support import steps_down


def measure_92(council: Council, period: Period) -> Iterator[Case]:
    """Count people stepped down from social care to early help."""
    yield from steps_down(council, period, "EARLY_HELP")


def early_help_rows(council: Council, extract: str) -> Iterator[Row]:
    """Return early help assessments or plans that were not cancelled."""
    for row in council.rows(extract):
        if row.service_level == "EARLY_HELP" and row.status != "CANCELLED":
            yield row


def case_of(council: Council, row: Row, day: date, statistic: str, claim: bool = True) -> Case:
    """Return a case by its person; one that names none is unknown, whatever the family."""
    parts = parts_of_child_and_team(council, row.person_id, day)
    return Case(claim, parts, statistic) if row.person_id else Case(None, parts, statistic, because="unknown")


def measure_96(council: Council, period: Period) -> Iterator[Case]:
    """Count assessments open for more than 9 working days that no worker holds at period end."""
    day = period.end
    allocations = council.by("local_support_allocations", "support_assessment_id")
    for row in early_help_rows(council, "local_support_assessments"):
        if not row.start_date or row.start_date > day or (row.completed_date and row.completed_date <= day):
            continue
        if not row.person_id:
            yield case_of(council, row, day, "count")
            yield case_of(council, row, day, "ever_allocated_flag")
            continue
        named = allocations.get(row.support_assessment_id, [])
        if working_days(row.start_date, day) <= 9:
            continue
        if any(is_current(held.start_date, held.end_date, day) for held in named):
            continue
        yield case_of(council, row, day, "count")
        ended = (held for held in named if held.start_date and held.end_date)
        if any(held.start_date <= held.end_date <= day for held in ended):
            yield case_of(council, row, day, "ever_allocated_flag")


def measure_98(council: Council, period: Period) -> Iterator[Case]:
    """Count assessments not completed within 20 working days."""
    day = period.end
    for row in early_help_rows(council, "local_support_assessments"):
        start, done = row.start_date, row.completed_date
        if start and start <= day and (done is None or done > day):
            yield case_of(council, row, day, "count", working_days(start, day) > 20)
        if not done or not period.start <= done <= day:
            continue
        is_timed = start is not None and start <= done
        in_time = is_timed and working_days(start, done) <= 20
        claims = {"completed_late_in_period_count": not in_time, "completed_within_20_days_pct": in_time}
        for statistic, claim in claims.items():
            if not is_timed:
                parts = parts_of_child_and_team(council, row.person_id, done)
                yield Case(None, parts, statistic, because="unknown")
            else:
                yield case_of(council, row, done, statistic, claim)


def measure_100(council: Council, period: Period) -> Iterator[Case]:
    """Count plans not agreed within 5 working days, and not ended."""
    day = period.end
    for row in early_help_rows(council, "local_support_plans"):
        if not row.start_date:
            continue
        agreed = row.authorised_date and row.authorised_date <= day
        ended = row.end_date and row.end_date <= day
        if row.start_date <= day and not agreed and not ended:
            yield case_of(council, row, day, "count", working_days(row.start_date, day) > 5)
