"""Measures 92, 96, 98 and 100: early help assessments, plans and steps down to it."""

from collections.abc import Iterator

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
        if (
            row.service_level == "EARLY_HELP"
            and row.status != "CANCELLED"
            and row.start_date
            and row.person_id
        ):
            yield row


def measure_96(council: Council, period: Period) -> Iterator[Case]:
    """Count assessments open for more than 9 working days that no worker holds at period end."""
    day = period.end
    for row in early_help_rows(council, "local_support_assessments"):
        if row.start_date > day or (row.completed_date and row.completed_date <= day):
            continue
        named = council.by("local_support_allocations", "support_assessment_id").get(
            row.support_assessment_id, []
        )
        if working_days(row.start_date, day) <= 9 or any(
            is_current(a.start_date, a.end_date, day) for a in named
        ):
            continue
        parts = parts_of_child_and_team(council, row.person_id, day)
        yield Case(True, parts, "count")
        if any(a.start_date and a.end_date and a.start_date <= a.end_date <= day for a in named):
            yield Case(True, parts, "ever_allocated_flag")


def measure_98(council: Council, period: Period) -> Iterator[Case]:
    """Count assessments not completed within 20 working days."""
    day = period.end
    for row in early_help_rows(council, "local_support_assessments"):
        start, done = row.start_date, row.completed_date
        if start <= day and (done is None or done > day) and working_days(start, day) > 20:
            yield Case(True, parts_of_child_and_team(council, row.person_id, day), "count")
        if done and start <= done and period.start <= done <= day:
            parts = parts_of_child_and_team(council, row.person_id, done)
            in_time = working_days(start, done) <= 20
            yield Case(not in_time, parts, "completed_late_in_period_count")
            yield Case(in_time, parts, "completed_within_20_days_pct")


def measure_100(council: Council, period: Period) -> Iterator[Case]:
    """Count plans not agreed within 5 working days, and not ended."""
    day = period.end
    for row in early_help_rows(council, "local_support_plans"):
        agreed = row.authorised_date and row.authorised_date <= day
        ended = row.end_date and row.end_date <= day
        if row.start_date <= day and not agreed and not ended and working_days(row.start_date, day) > 5:
            yield Case(True, parts_of_child_and_team(council, row.person_id, day), "count")
