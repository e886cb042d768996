"""Single assessments: how many, how long, what for, and whether the child was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ..calendar import day_of, plus_months, working_days
from ..counting import Case, Period
from ..extracts import Council, Row, flags_of
from ..people import (
    allocations_of,
    is_primary,
    is_secondary,
    is_unborn,
    parts_of_child,
    parts_of_child_and_team,
    service_area,
    team_of_child,
    team_parts,
)
from ..spells import is_current
from ..visits import SOCIAL_WORK_VISITS, visits_of
from .front_door import referral

FRONT_DOOR, LOCALITY = "FAMILY_FRONT_DOOR", "LOCALITY"
LIMIT = 45
UNVISITED_DAYS = 5
NO_FURTHER_ACTION = frozenset({"NFA", "NFA_S47_END", "REFERRAL_TO_OTHER_AGENCY"})
MOVED_OR_DIED = frozenset({"RC5", "RC2"})
OUTCOMES = (
    "NFA",
    "NFA_S47_END",
    "STRATEGY_DISCUSSION",
    "CLA_REQUEST",
    "PRIVATE_FOSTERING",
    "LEGAL_ACTION",
    "PROV_OF_SERVICES",
    "PROV_OF_SB_CARE",
    "SPECIALIST_ASSESSMENT",
    "REFERRAL_TO_OTHER_AGENCY",
    "OTHER_ACTIONS",
    "OTHER_OUTCOMES_EXIST",
)


def started(assessment: Row) -> date | None:
    """Return the day on which an assessment started."""
    return day_of(assessment.cina_assessment_start_date)


def authorised(assessment: Row) -> date | None:
    """Return the day on which an assessment was authorised."""
    return day_of(assessment.cina_assessment_auth_date)


def outcomes_of(assessment: Row) -> frozenset[str]:
    """Return the outcomes of an assessment."""
    marked = {"NFA"} if assessment.cina_assessment_outcome_nfa else set()
    return flags_of(assessment.cina_assessment_outcome_json) | marked


def open_on(council: Council, day: date) -> list[Row]:
    """Return the assessments that are open at the end of a day."""
    rows = council.rows("ssd_cin_assessments")
    return [row for row in rows if is_current(started(row), authorised(row), day)]


def authorised_in(council: Council, period: Period, area: str | None = None) -> Iterator[Row]:
    """Give the assessments authorised in a period, all or those of the teams of a service area that day."""
    for row in council.rows("ssd_cin_assessments"):
        day = authorised(row)
        if (
            day
            and period.start <= day <= period.end
            and (area is None or service_area(council, row.cina_assessment_team, day) == area)
        ):
            yield row


def flow_parts(council: Council, assessment: Row, day: date) -> dict[str, str]:
    """Return the parts of a child on a day, with the team on the assessment."""
    return {
        **parts_of_child(council, assessment.cina_person_id, day),
        **team_parts(council, assessment.cina_assessment_team, day),
    }


def stock_parts(council: Council, assessment: Row, day: date) -> dict[str, str]:
    """Return the parts of a child on a day, with the team that holds the case."""
    return parts_of_child_and_team(council, assessment.cina_person_id, day, assessment.cina_assessment_team)


def counted(assessment: Row, parts: dict[str, str], statistic: str = "count") -> Case:
    """Return an assessment that counts, or is unknown for want of the child."""
    if assessment.cina_person_id is None:
        return Case(None, parts, statistic, because="unknown")
    return Case(True, parts, statistic)


def measure_3(council: Council, period: Period) -> Iterator[Case]:
    """Assessments overdue and outstanding."""
    for assessment in open_on(council, period.end):
        parts = stock_parts(council, assessment, period.end)
        if assessment.cina_person_id is None:
            yield Case(None, parts, "count", because="unknown")
        else:
            yield Case(working_days(started(assessment), period.end) > LIMIT, parts, "count")


def measure_5(council: Council, period: Period) -> Iterator[Case]:
    """Assessments overdue and outstanding that are with the front door."""
    return (case for case in measure_3(council, period) if case.parts["service_area"] == FRONT_DOOR)


def earlier_assessment(council: Council, assessment: Row) -> Row | None:
    """Return the child's latest other assessment authorised in the 12 months before this one started."""
    start = started(assessment)
    rows = [
        row
        for row in council.by("ssd_cin_assessments", "cina_person_id").get(assessment.cina_person_id, [])
        if row is not assessment and authorised(row) and plus_months(start, -12) <= authorised(row) < start
    ]
    return max(rows, key=lambda row: (authorised(row), row.cina_assessment_id), default=None)


def had_locality_between(council: Council, person: str, after: date, before: date) -> bool:
    """Say whether the child was allocated to a locality team on a day strictly between two."""
    for allocation in allocations_of(council, person):
        if not (is_primary(allocation) or is_secondary(allocation)):
            continue
        start, end = (
            day_of(allocation.invo_involvement_start_date),
            day_of(allocation.invo_involvement_end_date),
        )
        if start is None:
            continue
        day, last = max(start, after + timedelta(1)), min(end or before, before) - timedelta(1)
        while day <= last:
            if service_area(council, allocation.invo_professional_team, day) == LOCALITY:
                return True
            day += timedelta(1)
    return False


def measure_4(council: Council, period: Period) -> Iterator[Case]:
    """Front door assessments of a child who had one in the 12 months before, by what lay between."""
    for assessment in authorised_in(council, period, FRONT_DOOR):
        parts = flow_parts(council, assessment, authorised(assessment))
        start = started(assessment)
        if assessment.cina_person_id is None or start is None:
            for kind in ("", "_with_locality", "_without_locality"):
                yield Case(None, parts, f"count{kind}", because="unknown")
                yield Case(None, parts, f"pct{kind}", because="unknown")
            continue
        earlier = earlier_assessment(council, assessment)
        with_locality = earlier is not None and had_locality_between(
            council, assessment.cina_person_id, authorised(earlier), start
        )
        for kind, claim in (
            ("", earlier is not None),
            ("_with_locality", with_locality),
            ("_without_locality", earlier is not None and not with_locality),
        ):
            yield Case(claim, parts, f"count{kind}")
            yield Case(claim, parts, f"pct{kind}")


def first_at_front_door(council: Council, assessment: Row, day: date) -> date | None:
    """Return the first day of an open assessment on which the child was allocated to the front door."""
    start = started(assessment)
    days = [
        max(day_of(row.invo_involvement_start_date), start)
        for row in allocations_of(council, assessment.cina_person_id)
        if is_primary(row)
        and row.invo_involvement_start_date
        and day_of(row.invo_involvement_start_date) <= day
        and (row.invo_involvement_end_date is None or day_of(row.invo_involvement_end_date) >= start)
        and service_area(council, row.invo_professional_team, day) == FRONT_DOOR
    ]
    return min(days, default=None)


def has_worker_at_front_door(council: Council, person: str, day: date) -> bool:
    """Say whether a child has a current primary allocation to a worker in a front door team on a day."""
    return any(
        is_primary(row)
        and row.invo_professional_id
        and is_current(row.invo_involvement_start_date, row.invo_involvement_end_date, day)
        and service_area(council, row.invo_professional_team, day) == FRONT_DOOR
        for row in allocations_of(council, person)
    )


def measure_6(council: Council, period: Period) -> Iterator[Case]:
    """Assessments for more than five working days at the front door in which nobody saw the child."""
    day = period.end
    for assessment in open_on(council, day):
        person = assessment.cina_person_id
        if service_area(
            council, team_of_child(council, person, day, assessment.cina_assessment_team), day
        ) != (FRONT_DOOR):
            continue
        parts = stock_parts(council, assessment, day)
        if person is None:
            yield Case(None, parts, because="unknown")
        elif (
            not has_worker_at_front_door(council, person, day)
            or working_days(first_at_front_door(council, assessment, day), day) <= UNVISITED_DAYS
        ):
            yield Case(None, parts, because="excluded")
        else:
            visits = [
                visit
                for visit in visits_of(council, person, SOCIAL_WORK_VISITS)
                if started(assessment) <= visit.day <= day
            ]
            unborn = is_unborn(council, person, day)
            if unborn and not any(visit.purpose == "ASSESSMENT" for visit in visits):
                yield Case(None, parts, because="excluded")
            else:
                yield Case(not visits, parts)


def days_since_referral(council: Council, assessment: Row) -> int | None:
    """Return the working days from a referral to the authorisation; None when it is unknown or later."""
    received, day = referral(council, assessment.cina_referral_id), authorised(assessment)
    return working_days(received.day, day) if received and received.day <= day else None


def is_first_of_referral(council: Council, assessment: Row) -> bool | None:
    """Say whether an assessment is the first, by start and then id, of its referral; None when unknown."""
    if assessment.cina_referral_id is None or started(assessment) is None:
        return None
    rows = [
        row
        for row in council.by("ssd_cin_assessments", "cina_referral_id").get(assessment.cina_referral_id, [])
        if row.cina_assessment_start_date
    ]
    return assessment is min(rows, key=lambda row: (row.cina_assessment_start_date, row.cina_assessment_id))


def in_45_working_days(council: Council, period: Period, area: str | None) -> Iterator[Case]:
    """Give the assessments authorised in a period: whether within 45 working days, and after how many."""
    for assessment in authorised_in(council, period, area):
        start, day = started(assessment), authorised(assessment)
        parts = flow_parts(council, assessment, day)
        known = assessment.cina_person_id is not None and start is not None and start <= day
        days = working_days(start, day) if known else None
        because = None if known else "unknown"
        yield Case(days <= LIMIT if known else None, parts, because=because)
        yield Case(days, parts, "median_working_days", because=because)
        if is_first_of_referral(council, assessment) is not False:
            since = days_since_referral(council, assessment) if known else None
            in_time, because = (None, "unknown") if since is None else (since <= LIMIT, None)
            yield Case(in_time, parts, "pct_from_referral_date", because=because)


def measure_8(council: Council, period: Period) -> Iterator[Case]:
    """Assessments completed within 45 working days."""
    return in_45_working_days(council, period, None)


def measure_9(council: Council, period: Period) -> Iterator[Case]:
    """Assessments that the front door completed within 45 working days."""
    return in_45_working_days(council, period, FRONT_DOOR)


def measure_10(council: Council, period: Period) -> Iterator[Case]:
    """Assessments that locality teams completed within 45 working days."""
    return in_45_working_days(council, period, LOCALITY)


def measure_11(council: Council, period: Period) -> Iterator[Case]:
    """Front door assessments that ended in no further action for social care."""
    for assessment in authorised_in(council, period, FRONT_DOOR):
        parts = flow_parts(council, assessment, authorised(assessment))
        outcomes = outcomes_of(assessment)
        if assessment.cina_person_id is None or not outcomes:
            yield Case(None, parts, because="unknown")
            continue
        episode = council.row("ssd_cin_episodes", "cine_referral_id", assessment.cina_referral_id)
        moved_or_died = episode is not None and episode.cine_close_reason in MOVED_OR_DIED
        yield Case(outcomes <= NO_FURTHER_ACTION and not moved_or_died, parts)


def measure_204(council: Council, period: Period) -> Iterator[Case]:
    """Assessments started."""
    for assessment in council.rows("ssd_cin_assessments"):
        day = started(assessment)
        if day and period.start <= day <= period.end:
            yield counted(assessment, flow_parts(council, assessment, day))


def measure_205(council: Council, period: Period) -> Iterator[Case]:
    """Assessments completed, and those with each outcome."""
    for assessment in authorised_in(council, period):
        parts = flow_parts(council, assessment, authorised(assessment))
        yield counted(assessment, parts)
        for code in outcomes_of(assessment).intersection(OUTCOMES):
            yield counted(assessment, parts, f"count_{code.lower()}")


def measure_206(council: Council, period: Period) -> Iterator[Case]:
    """Assessments open."""
    for assessment in open_on(council, period.end):
        yield counted(assessment, stock_parts(council, assessment, period.end))
