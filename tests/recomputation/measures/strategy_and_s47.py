"""Strategy discussions and section 47 enquiries: who took part, what came of them, who was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ..calendar import birthday, day_of, has_time, next_working_day, plus_hours, real_hours
from ..counting import Case, Period
from ..extracts import Council, Row, flags_of
from ..people import birth_day, is_unborn, parts_of_child, parts_of_child_and_team, team_parts
from ..spells import is_current
from ..visits import ANY_VISITS, Visit, visits_of

VISIT_HOURS = 72
FRONT_DOOR = "FAMILY_FRONT_DOOR"
PRESCRIBED_DAYS = ((3, 31), (8, 31), (12, 31))
OUTCOMES = (
    "NFA",
    "LEGAL_ACTION",
    "PROV_OF_SERVICES",
    "PROV_OF_SB_CARE",
    "CP_CONFERENCE",
    "NFA_CONTINUE_SINGLE",
    "MONITOR",
    "OTHER_OUTCOMES_EXIST",
)


def enquiries_of(council: Council, person: str | None) -> list[Row]:
    """Return the enquiries of a child."""
    return council.by("ssd_s47_enquiry", "s47e_person_id").get(person, []) if person else []


def started(enquiry: Row) -> date | None:
    """Return the strategy date of an enquiry."""
    return day_of(enquiry.s47e_s47_start_date)


def ended(enquiry: Row) -> date | None:
    """Return the day on which an enquiry ended."""
    return day_of(enquiry.s47e_s47_end_date)


def parts_on(council: Council, enquiry: Row, day: date) -> dict[str, str]:
    """Return the parts of an enquiry's child on a day, with the stock team."""
    return parts_of_child_and_team(council, enquiry.s47e_person_id, day, enquiry.s47e_s47_completed_by_team)


# Enquiries and visits.


def was_seen_in_time(start: datetime, visit: Visit) -> bool:
    """Say whether a visit was on the day of the start or after it, within 72 hours (C5)."""
    if visit.day < start.date():
        return False
    if has_time(start) and has_time(visit.at):
        return real_hours(start, visit.at) <= VISIT_HOURS
    return (visit.day - start.date()).days <= VISIT_HOURS / 24


def measure_7(council: Council, period: Period) -> Iterator[Case]:
    """Open enquiries, 72 hours old, without a visit within 72 hours."""
    for enquiry in council.rows("ssd_s47_enquiry"):
        if not is_current(started(enquiry), ended(enquiry), period.end):
            continue
        start, person = enquiry.s47e_s47_start_date, enquiry.s47e_person_id
        parts = parts_on(council, enquiry, period.end)
        expires = plus_hours(start, VISIT_HOURS).date()
        discussions = council.by("local_strategy_discussions", "s47_enquiry_id")
        if person is None:
            yield Case(None, parts, because="unknown")
        elif expires > period.end or any(
            discussion.other_authority_led for discussion in discussions.get(enquiry.s47e_s47_enquiry_id, [])
        ):
            yield Case(None, parts, because="excluded")
        else:
            seen = any(was_seen_in_time(start, visit) for visit in visits_of(council, person, ANY_VISITS))
            if not seen and is_unborn(council, person, period.end):
                yield Case(None, parts, because="excluded")
            else:
                yield Case(not seen, parts)


# Strategy discussions.


def is_review(council: Council, discussion: Row) -> bool:
    """Say whether a discussion was held while an enquiry was already open for the child."""
    day = day_of(discussion.held_at)
    return discussion.outcome == "S47_CONTINUES" or any(
        started(enquiry) and started(enquiry) < day and (ended(enquiry) is None or ended(enquiry) > day)
        for enquiry in enquiries_of(council, discussion.person_id)
    )


def discussions_held(council: Council, period: Period) -> Iterator[tuple[Row, dict[str, str], str | None]]:
    """Give each discussion of a child held in a period, its parts, and why it is out if it is."""
    for discussion in council.rows("local_strategy_discussions"):
        day = day_of(discussion.held_at)
        if day is None or not period.start <= day <= period.end or discussion.status == "CANCELLED":
            continue
        parts = {
            **parts_of_child(council, discussion.person_id, day),
            **team_parts(council, discussion.team_id, day),
        }
        because = None
        if discussion.person_id is None:
            because = "unknown"
        elif discussion.other_authority_led or is_review(council, discussion):
            because = "excluded"
        yield discussion, parts, because


def is_of_school_age(council: Council, person: str, day: date) -> bool | None:
    """Say whether a child is of compulsory school age on a day; None without a date of birth."""
    born = birth_day(council, person)
    if born is None:
        return None
    five, sixteen = birthday(born, 5), birthday(born, 16)
    begins = min(
        prescribed
        for year in (five.year, five.year + 1)
        for prescribed in (date(year, *day) for day in PRESCRIBED_DAYS)
        if prescribed >= five
    )
    june = date(sixteen.year + (sixteen.month > 8), 6, 30)
    leaves = june - timedelta(days=(june.weekday() - 4) % 7)
    return begins <= day <= leaves


def involvement(
    council: Council, period: Period, agency: str, *, area: str | None = None, of_school_age: bool = False
) -> Iterator[Case]:
    """Give the discussions held in a period, and whether an agency attended or contributed."""
    for discussion, parts, because in discussions_held(council, period):
        if area and parts["service_area"] != area:
            continue
        if of_school_age:
            day = day_of(discussion.held_at)
            is_pupil = is_of_school_age(council, discussion.person_id, day)
            if is_pupil is False or is_unborn(council, discussion.person_id, day):
                continue
            because = because or ("unknown" if is_pupil is None else None)
        if because:
            yield Case(None, parts, because=because)
            continue
        attendance = council.by("local_strategy_attendance", "strategy_discussion_id").get(
            discussion.strategy_discussion_id, []
        )
        involved = any(row.agency == agency and (row.attended or row.contributed) for row in attendance)
        yield Case(involved, parts, because=None if attendance else "missing")


def measure_12(council: Council, period: Period) -> Iterator[Case]:
    """Discussions in which the police were involved."""
    return involvement(council, period, "POLICE")


def measure_14(council: Council, period: Period) -> Iterator[Case]:
    """Discussions in which health was involved."""
    return involvement(council, period, "HEALTH")


def measure_16(council: Council, period: Period) -> Iterator[Case]:
    """Discussions of children of school age in which the school was involved."""
    return involvement(council, period, "SCHOOL", of_school_age=True)


def measure_18(council: Council, period: Period) -> Iterator[Case]:
    """Front door discussions in which the police were involved."""
    return involvement(council, period, "POLICE", area=FRONT_DOOR)


def measure_19(council: Council, period: Period) -> Iterator[Case]:
    """Front door discussions in which health was involved."""
    return involvement(council, period, "HEALTH", area=FRONT_DOOR)


def measure_20(council: Council, period: Period) -> Iterator[Case]:
    """Front door discussions of children of school age in which the school was involved."""
    return involvement(council, period, "SCHOOL", area=FRONT_DOOR, of_school_age=True)


def led_to_enquiry(council: Council, discussion: Row) -> bool:
    """Say whether a discussion led to an enquiry: by outcome, by link, or by the next working day."""
    day = day_of(discussion.held_at)
    enquiries = enquiries_of(council, discussion.person_id)
    return discussion.outcome == "S47" or any(
        discussion.s47_enquiry_id == enquiry.s47e_s47_enquiry_id
        or (started(enquiry) and day <= started(enquiry) <= next_working_day(day))
        for enquiry in enquiries
    )


def measure_21(council: Council, period: Period) -> Iterator[Case]:
    """Discussions that led to an enquiry."""
    for discussion, parts, because in discussions_held(council, period):
        if because:
            yield Case(None, parts, because=because)
        else:
            led = led_to_enquiry(council, discussion)
            yield Case(led, parts, because="missing" if not led and discussion.outcome is None else None)


def measure_207(council: Council, period: Period) -> Iterator[Case]:
    """Discussions held."""
    for _, parts, because in discussions_held(council, period):
        yield Case(None if because else True, parts, "count", because=because)


# Enquiries and what came of them.


def outcomes_of(enquiry: Row) -> frozenset[str]:
    """Return the outcomes of an enquiry: one marked no further action had its conference stood down."""
    outcomes = flags_of(enquiry.s47e_s47_outcome_json)
    return (outcomes | {"NFA"}) - {"CP_CONFERENCE"} if enquiry.s47e_s47_nfa else outcomes


def linked_conferences(council: Council, enquiry: Row, until: date | None = None) -> list[Row]:
    """Return the conferences linked to an enquiry that were held, perhaps by a day; no transfers in."""
    conferences = council.by("ssd_initial_cp_conference", "icpc_s47_enquiry_id")
    return [
        conference
        for conference in conferences.get(enquiry.s47e_s47_enquiry_id, [])
        if conference.icpc_icpc_date
        and not conference.icpc_icpc_transfer_in
        and (until is None or day_of(conference.icpc_icpc_date) <= until)
    ]


def ended_in(council: Council, period: Period) -> Iterator[Row]:
    """Give the enquiries that ended in a period."""
    for enquiry in council.rows("ssd_s47_enquiry"):
        if ended(enquiry) and period.start <= ended(enquiry) <= period.end:
            yield enquiry


def measure_22(council: Council, period: Period) -> Iterator[Case]:
    """Enquiries that led to an initial conference."""
    others = "pct_excluding_children_already_on_plan"
    for enquiry in ended_in(council, period):
        parts, start = parts_on(council, enquiry, ended(enquiry)), started(enquiry)
        if enquiry.s47e_person_id is None:
            yield Case(None, parts, because="unknown")
            yield Case(None, parts, others, because="unknown")
            continue
        outcomes = outcomes_of(enquiry)
        led = "CP_CONFERENCE" in outcomes or bool(linked_conferences(council, enquiry))
        because = None if led or flags_of(enquiry.s47e_s47_outcome_json) | outcomes else "missing"
        yield Case(led, parts, because=because)
        plans = council.by("ssd_cp_plans", "cppl_person_id").get(enquiry.s47e_person_id, [])
        if start and any(
            is_current(plan.cppl_cp_plan_start_date, plan.cppl_cp_plan_end_date, start) for plan in plans
        ):
            yield Case(None, parts, others, because="excluded")
        else:
            yield Case(led, parts, others, because=because)


def measure_208(council: Council, period: Period) -> Iterator[Case]:
    """Enquiries started."""
    for enquiry in council.rows("ssd_s47_enquiry"):
        day = started(enquiry)
        if day and period.start <= day <= period.end:
            known = enquiry.s47e_person_id is not None
            parts = parts_on(council, enquiry, day)
            yield Case(known or None, parts, "count", because=None if known else "unknown")


def measure_209(council: Council, period: Period) -> Iterator[Case]:
    """Enquiries ended, and those with each outcome."""
    for enquiry in ended_in(council, period):
        known = enquiry.s47e_person_id is not None
        parts = parts_on(council, enquiry, ended(enquiry))
        names = (f"count_{code.lower()}" for code in OUTCOMES if code in outcomes_of(enquiry))
        for name in ("count", *names):
            yield Case(known or None, parts, name, because=None if known else "unknown")
