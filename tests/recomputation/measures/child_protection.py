"""Child protection: conferences held and overdue, plans and their length, visits to the children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TypeVar

from ..calendar import DAY, day_of, next_working_day, plus_months, twelve_months_to, working_days
from ..counting import Case, Period
from ..extracts import Council, Row, flags_of
from ..people import age_on, is_child, is_unborn, parts_of_child_and_team
from ..social_care import plans_of
from ..spells import Spell
from ..visits import visits_of
from .strategy_and_s47 import ended, linked_conferences, outcomes_of, parts_on, started

K = TypeVar("K")

LONG_DAYS = 730
RETURN_MONTHS = 24
INITIAL_WORKING_DAYS = 15
FIRST_REVIEW_MONTHS, NEXT_REVIEW_MONTHS = 3, 6
VISIT_WORKING_DAYS, OUTER_VISIT_WORKING_DAYS = 10, 20
ATTENDED = frozenset({"PN1", "PN2", "PN3", "PN4"})
PARTICIPATED = frozenset({"PN1", "PN2", "PN3", "PN5", "PN6"})


# Plans.


@dataclass(frozen=True)
class Child:
    """A child with a current plan on a day."""

    person: str
    plan: Spell
    parts: dict[str, str]


def people_with_plans(council: Council) -> list[str]:
    """Return everybody with a child protection plan of any kind, once."""
    return [person for person in council.by("ssd_cp_plans", "cppl_person_id") if person]


def own_plans(council: Council, person: str | None) -> list[Spell]:
    """Return the person's own plans, chained."""
    return plans_of(council, "cp_plan", person) if person else []


def all_plans(council: Council) -> Iterator[tuple[str, Spell]]:
    """Give every chained plan of the council's own with its person."""
    for person in people_with_plans(council):
        for plan in own_plans(council, person):
            yield person, plan


def plans_without_child(council: Council) -> list[Spell]:
    """Return the council's own plans that name no child."""
    return [
        Spell(day_of(row.cppl_cp_plan_start_date), day_of(row.cppl_cp_plan_end_date), (row,))
        for row in council.by("ssd_cp_plans", "cppl_person_id").get(None, [])
        if row.cppl_cp_plan_start_date and not row.cppl_cp_plan_ola
    ]


def children_on_plans(council: Council, day: date) -> list[Child]:
    """Return the children, under 18 or unborn, with a plan on a day."""

    def found(council: Council) -> list[Child]:
        return [
            Child(person, plan, parts_of_child_and_team(council, person, day))
            for person, plan in all_plans(council)
            if plan.current(day) and is_child(council, person, day)
        ]

    return council.once(("children on plans", day), found)


def out(council: Council, day: date, *statistics: str, started_by: date = date.max) -> Iterator[Case]:
    """Give a case of each statistic for every plan on a day that is not a child's, or nobody knows whose."""
    plans = [*all_plans(council), *((None, plan) for plan in plans_without_child(council))]
    for person, plan in plans:
        is_a_child = is_child(council, person, day)
        if plan.current(day) and plan.start <= started_by and not is_a_child:
            parts = parts_of_child_and_team(council, person, day)
            because = "unknown" if is_a_child is None else "excluded"
            for statistic in statistics:
                yield Case(None, parts, statistic, because=because)


def measure_13(council: Council, period: Period) -> Iterator[Case]:
    """Children with a plan."""
    yield from out(council, period.end, "count", "rate_per_10k")
    for child in children_on_plans(council, period.end):
        yield Case(True, child.parts, "count")
        yield Case(True, child.parts, "rate_per_10k")


def measure_15(council: Council, period: Period) -> Iterator[Case]:
    """Children with a plan of two years or longer, both end days counted."""
    yield from out(council, period.end, "count", "pct_of_current_plans")
    for child in children_on_plans(council, period.end):
        long = (period.end - child.plan.start).days + 1 >= LONG_DAYS
        yield Case(long, child.parts, "count")
        yield Case(long, child.parts, "pct_of_current_plans")


def starts(council: Council, period: Period) -> Iterator[tuple[str, Spell, dict[str, str]]]:
    """Give each plan that starts in a period, with its person and parts."""
    for person, plan in all_plans(council):
        if period.start <= plan.start <= period.end:
            yield person, plan, parts_of_child_and_team(council, person, plan.start)


def personless(council: Council, period: Period, column: str, *statistics: str) -> Iterator[Case]:
    """Give a case of each statistic for an own plan without a child that starts or ends in a period."""
    for row in council.by("ssd_cp_plans", "cppl_person_id").get(None, []):
        day = day_of(getattr(row, column)) if row.cppl_cp_plan_start_date else None
        if day and not row.cppl_cp_plan_ola and period.start <= day <= period.end:
            for statistic in statistics:
                yield Case(None, parts_of_child_and_team(council, None, day), statistic, because="unknown")


def measure_17(council: Council, period: Period) -> Iterator[Case]:
    """Plans that start when an earlier one had ended within two years."""
    yield from personless(council, period, "cppl_cp_plan_start_date", "pct", "count", "pct_ever_dfe")
    for person, plan, parts in starts(council, period):
        earlier = [
            day_of(row.cppl_cp_plan_end_date)
            for row in council.by("ssd_cp_plans", "cppl_person_id").get(person, [])
            if row not in plan.rows and row.cppl_cp_plan_end_date
        ]
        first = plus_months(plan.start, -RETURN_MONTHS)
        soon = any(first <= end < plan.start for end in earlier)
        yield Case(soon, parts)
        yield Case(soon, parts, "count")
        yield Case(any(end < plan.start for end in earlier), parts, "pct_ever_dfe")


def measure_211(council: Council, period: Period) -> Iterator[Case]:
    """Plans started."""
    yield from personless(council, period, "cppl_cp_plan_start_date", "count")
    for _, _, parts in starts(council, period):
        yield Case(True, parts, "count")


def measure_212(council: Council, period: Period) -> Iterator[Case]:
    """Plans ended."""
    yield from personless(council, period, "cppl_cp_plan_end_date", "count")
    for person, plan in all_plans(council):
        if plan.end and period.start <= plan.end <= period.end:
            yield Case(True, parts_of_child_and_team(council, person, plan.end), "count")


# Conferences.


def one_a_day(rows: Iterable[Row], key: Callable[[Row], K], order: Callable[[Row], object]) -> list[Row]:
    """Keep one row of each child and day: that of the lowest time, then id."""
    kept: dict[K, Row] = {}
    for row in sorted(rows, key=order):
        kept.setdefault(key(row), row)
    return list(kept.values())


def _initial_conferences(council: Council) -> list[Row]:
    """Return the initial conferences held, one for each child and day; transfers in are another kind."""
    held = [row for row in council.rows("ssd_initial_cp_conference") if row.icpc_icpc_date]
    return one_a_day(
        held,
        lambda row: (
            row.icpc_person_id or row.icpc_icpc_id,
            day_of(row.icpc_icpc_date),
            bool(row.icpc_icpc_transfer_in),
        ),
        lambda row: (row.icpc_icpc_date, row.icpc_icpc_id),
    )


def initial_conferences(council: Council, period: Period) -> Iterator[tuple[Row, dict[str, str], str | None]]:
    """Give each initial conference held in a period, its parts, and why it is out if it is."""
    for row in council.once("initial conferences", _initial_conferences):
        day = day_of(row.icpc_icpc_date)
        if period.start <= day <= period.end:
            because = "excluded" if row.icpc_icpc_transfer_in else None
            if row.icpc_person_id is None:
                because = "unknown"
            yield row, parts_of_child_and_team(council, row.icpc_person_id, day, row.icpc_icpc_team), because


def measure_23(council: Council, period: Period) -> Iterator[Case]:
    """Hold initial conferences against 15 working days from the strategy discussion."""
    for row, parts, because in initial_conferences(council, period):
        days = days_from_strategy(council, row)
        if because or days is None:
            yield Case(None, parts, because=because or "unknown")
        else:
            yield Case(days <= INITIAL_WORKING_DAYS, parts)


def days_from_strategy(council: Council, conference: Row) -> int | None:
    """Return the working days from the strategy date to a conference; None when it is unknown or later."""
    enquiry = council.row("ssd_s47_enquiry", "s47e_s47_enquiry_id", conference.icpc_s47_enquiry_id)
    start, held = enquiry and started(enquiry), day_of(conference.icpc_icpc_date)
    return working_days(start, held) if start and start <= held else None


def measure_24(council: Council, period: Period) -> Iterator[Case]:
    """Count initial conferences that led to a plan."""
    for row, parts, because in initial_conferences(council, period):
        outcomes, day = flags_of(row.icpc_icpc_outcome_json), day_of(row.icpc_icpc_date)
        if because:
            yield Case(None, parts, because=because)
        elif row.icpc_icpc_outcome_cp_flag is not None:
            yield Case(row.icpc_icpc_outcome_cp_flag, parts)
        elif outcomes:
            yield Case("CP" in outcomes, parts)
        else:
            plans = own_plans(council, row.icpc_person_id)
            begun = any(day <= plan.start <= next_working_day(day) for plan in plans)
            yield Case(begun, parts, because=None if begun else "missing")


def measure_210(council: Council, period: Period) -> Iterator[Case]:
    """Count the initial conferences held."""
    for _, parts, because in initial_conferences(council, period):
        yield Case(None if because else True, parts, "count", because=because)


# Reviews.


@dataclass(frozen=True)
class Review:
    """A completed review conference: whose, when, and of which plan if that is known."""

    row: Row
    person: str | None
    day: date
    plan: Spell | None
    of_another_authority: bool


def _plan_rows(council: Council) -> dict[str, Spell]:
    """Return the chained plan of each plan id of the council's own; one without a child is by itself."""
    plans = [plan for _, plan in all_plans(council)] + plans_without_child(council)
    return {row.cppl_cp_plan_id: plan for plan in plans for row in plan.rows}


def _read_review(council: Council, row: Row) -> Review:
    """Find the plan of a review: by plan id, and with no known plan id by person and date."""
    by_id = council.once("plans by id", _plan_rows)
    plan_row = council.row("ssd_cp_plans", "cppl_cp_plan_id", row.cppr_cp_plan_id)
    person, day = (
        row.cppr_person_id or (plan_row and plan_row.cppl_person_id),
        day_of(row.cppr_cp_review_date),
    )
    if plan_row:
        plan = by_id.get(row.cppr_cp_plan_id)
        return Review(row, person, day, plan, bool(plan_row.cppl_cp_plan_ola))
    plans = [plan for plan in own_plans(council, person) if plan.start <= day <= (plan.end or date.max)]
    return Review(row, person, day, plans[-1] if plans else None, False)


def _reviews(council: Council) -> list[Review]:
    """Return the completed reviews, one for each child and day, in order."""
    held = [
        _read_review(council, row)
        for row in council.rows("ssd_cp_reviews")
        if row.cppr_cp_review_date and row.cppr_cp_review_quorate is not False
    ]
    kept: dict[tuple[str, date, bool], Review] = {}
    for review in sorted(held, key=lambda each: (each.row.cppr_cp_review_date, each.row.cppr_cp_review_id)):
        whose = review.person or review.row.cppr_cp_review_id
        kept.setdefault((whose, review.day, review.of_another_authority), review)
    return list(kept.values())


def reviews_held(council: Council, period: Period) -> Iterator[Review]:
    """Give the completed reviews held in a period."""
    for review in council.once("reviews", _reviews):
        if period.start <= review.day <= period.end:
            yield review


def reviews_of(council: Council, plan: Spell, until: date = date.max) -> list[Review]:
    """Return the completed reviews of a chained plan up to a day, in order: those that the clock knows of."""

    def by_plan(council: Council) -> dict[str, list[Review]]:
        reviews = defaultdict(list)
        for review in council.once("reviews", _reviews):
            if review.plan and review.person and review.day >= counts_from(council, review.plan):
                reviews[review.plan.rows[0].cppl_cp_plan_id].append(review)
        return dict(reviews)

    reviews = council.once("reviews by plan", by_plan).get(plan.rows[0].cppl_cp_plan_id, [])
    return [review for review in reviews if review.day <= until]


def anchor_of(council: Council, plan: Spell) -> Row | None:
    """Return the initial conference from which the first review is due, None for the start of the plan."""
    first = plan.rows[0]
    conference = council.row("ssd_initial_cp_conference", "icpc_icpc_id", first.cppl_icpc_id)
    if conference is None:
        naming = council.by("ssd_initial_cp_conference", "icpc_cp_plan_id").get(first.cppl_cp_plan_id, [])
        conference = min(
            naming, key=lambda row: (row.icpc_icpc_date or datetime.max, row.icpc_icpc_id), default=None
        )
    if conference and conference.icpc_icpc_date and not conference.icpc_icpc_transfer_in:
        return conference
    return None


def counts_from(council: Council, plan: Spell) -> date:
    """Return the day from which the first review of a plan is due."""
    anchor = anchor_of(council, plan)
    return day_of(anchor.icpc_icpc_date) if anchor else plan.start


def due_after(council: Council, plan: Spell, reviews: list[Review]) -> date:
    """Return the day by which the next review is due after those held."""
    if reviews:
        return plus_months(reviews[-1].day, NEXT_REVIEW_MONTHS)
    return plus_months(counts_from(council, plan), FIRST_REVIEW_MONTHS)


def was_in_time(council: Council, review: Review) -> bool:
    """Say whether a review was held by the day on which it was due."""
    reviews = reviews_of(council, review.plan)
    return review.day <= due_after(council, review.plan, reviews[: reviews.index(review)])


def measure_25(council: Council, period: Period) -> Iterator[Case]:
    """Reviews held in time, and children of whom all were."""
    for review in reviews_held(council, period):
        parts = parts_of_child_and_team(council, review.person, review.day)
        if review.of_another_authority and review.person:
            yield Case(None, parts, because="excluded")
        elif review.plan is None or review not in reviews_of(council, review.plan):
            yield Case(None, parts, because="unknown")
        else:
            yield Case(was_in_time(council, review), parts)
    name, end = "pct_children_dfe_31march", period.end
    first = plus_months(end + DAY, -3)
    yield from out(council, end, name, started_by=first)
    for child in children_on_plans(council, end):
        if child.plan.start <= first:
            reviews = reviews_of(council, child.plan, end)
            in_time = all(was_in_time(council, each) for each in reviews if each.day >= twelve_months_to(end))
            yield Case(in_time and due_after(council, child.plan, reviews) >= end, child.parts, name)


def initials_to_be_held(council: Council, day: date) -> Iterator[Row]:
    """Give the enquiries that had ended by a day with a conference to be held that had not been by then."""
    for enquiry in council.rows("ssd_s47_enquiry"):
        start, end = started(enquiry), ended(enquiry)
        if (
            end
            and (start or end) <= end <= day
            and "CP_CONFERENCE" in outcomes_of(enquiry)
            and not linked_conferences(council, enquiry, day)
        ):
            yield enquiry


def meeting_of(council: Council, enquiry: Row) -> tuple[str, str]:
    """Return what children share whose enquiries came of one discussion: its group, else the enquiry."""
    discussions = council.by("local_strategy_discussions", "s47_enquiry_id")
    naming = [row for row in discussions.get(enquiry.s47e_s47_enquiry_id, []) if row.group_id]
    first = min(
        naming, key=lambda row: (row.held_at or datetime.max, row.strategy_discussion_id), default=None
    )
    return ("discussion", first.group_id) if first else ("enquiry", enquiry.s47e_s47_enquiry_id)


def overdue_reviews(council: Council, day: date) -> Iterator[tuple[Child, tuple[str, str]]]:
    """Give the children whose next review was overdue on a day, with the meeting that they share."""
    for child in children_on_plans(council, day):
        reviews = reviews_of(council, child.plan, day)
        if due_after(council, child.plan, reviews) < day:
            anchor = anchor_of(council, child.plan)
            meeting = reviews[-1].row.cppr_cp_review_meeting_id if reviews else None
            if not reviews and anchor:
                meeting = anchor.icpc_icpc_meeting_id
            plan = child.plan.rows[0].cppl_cp_plan_id
            yield child, ("meeting", meeting) if meeting else ("plan", plan)


def measure_26(council: Council, period: Period) -> Iterator[Case]:
    """Conferences overdue, by child and by meeting."""
    end = period.end
    overdue: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for enquiry in initials_to_be_held(council, end):
        parts, start = parts_on(council, enquiry, end), started(enquiry)
        if enquiry.s47e_person_id is None or start is None:
            for name in ("count", "count_initial", "count_meetings"):
                yield Case(None, parts, name, because="unknown")
        elif working_days(start, end) > INITIAL_WORKING_DAYS:
            for name in ("count", "count_initial"):
                yield Case(True, parts, name)
            overdue[meeting_of(council, enquiry)].append((enquiry.s47e_s47_enquiry_id, parts))
    yield from out(council, end, "count", "count_review", "count_meetings")
    for child, meeting in overdue_reviews(council, end):
        for name in ("count", "count_review"):
            yield Case(True, child.parts, name)
        overdue[meeting].append((child.person, child.parts))
    for children in overdue.values():
        _, parts = min(children, key=lambda each: each[0])
        yield Case(True, parts, "count_meetings")


# Who took part.


@dataclass(frozen=True)
class Attendance:
    """A child's conference: its kind and id, whose and when, the code on the review, and why it is out."""

    kind: str
    conference: str
    person: str | None
    day: date
    code: str | None
    because: str | None
    parts: dict[str, str]


def attendances(council: Council, period: Period) -> Iterator[Attendance]:
    """Give each child's conferences in a period, initial ones and reviews."""
    for row, parts, because in initial_conferences(council, period):
        day = day_of(row.icpc_icpc_date)
        yield Attendance("INITIAL", row.icpc_icpc_id, row.icpc_person_id, day, None, because, parts)
    for review in reviews_held(council, period):
        because = "excluded" if review.of_another_authority else None
        if review.person is None:
            because = "unknown"
        parts = parts_of_child_and_team(council, review.person, review.day)
        row = review.row
        code = row.cppr_cp_review_participation
        yield Attendance("REVIEW", row.cppr_cp_review_id, review.person, review.day, code, because, parts)


def participation_of(council: Council, attendance: Attendance) -> str | None:
    """Return how a child took part: the local code, of several that of the first id, else the review's."""
    said = [
        (row.cp_participation_id, row.participation_code)
        for row in council.by("local_cp_participation", "conference_id").get(attendance.conference, [])
        if row.conference_type == attendance.kind
        and row.person_id == attendance.person
        and row.participation_code
    ]
    return min(said)[1] if said else attendance.code


def of_12_and_over(council: Council, period: Period, codes: frozenset[str]) -> Iterator[Case]:
    """Give the conferences of children aged 12 or over, and whether the code is one of some."""
    for each in attendances(council, period):
        years = age_on(council, each.person, each.day)
        if years is None and not is_unborn(council, each.person, each.day):
            yield Case(None, each.parts, because=each.because or "unknown")
        elif years is not None and years >= 12:
            code = participation_of(council, each)
            if each.because:
                yield Case(None, each.parts, because=each.because)
            else:
                yield Case(code in codes, each.parts, because=None if code else "missing")


def measure_27(council: Council, period: Period) -> Iterator[Case]:
    """Conferences that a child of 12 or over attended."""
    return of_12_and_over(council, period, ATTENDED)


def measure_28(council: Council, period: Period) -> Iterator[Case]:
    """Conferences in which a child of 12 or over participated."""
    return of_12_and_over(council, period, PARTICIPATED)


# Visits.


def measure_29(council: Council, period: Period) -> Iterator[Case]:
    """Children with a plan who were visited within 10 working days, now and throughout the month."""
    end = period.end
    statistics = ("pct", "pct_all_gaps_in_period_within_10wd", "pct_within_20wd")
    yield from out(council, end, *statistics)
    for child in children_on_plans(council, end):
        start = child.plan.start
        visits = visits_of(council, child.person, ("ssd_cp_visits",))
        days = sorted(visit.day for visit in visits if start <= visit.day <= end)
        if is_unborn(council, child.person, end) or (
            not days and working_days(start, end) <= VISIT_WORKING_DAYS
        ):
            for statistic in statistics:
                yield Case(None, child.parts, statistic, because="excluded")
            continue
        before = [day for day in days if day < period.start]
        dates = [max(before, default=start), *(day for day in days if day >= period.start), end]
        no_gap = all(working_days(one, next_) <= VISIT_WORKING_DAYS for one, next_ in pairwise(dates))
        because = None if days else "missing"
        within = working_days(days[-1], end) if days else None
        yield Case(bool(days) and within <= VISIT_WORKING_DAYS, child.parts, because=because)
        yield Case(no_gap, child.parts, statistics[1], because=because)
        yield Case(
            bool(days) and within <= OUTER_VISIT_WORKING_DAYS, child.parts, statistics[2], because=because
        )
