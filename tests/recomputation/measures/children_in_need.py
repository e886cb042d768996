"""Children in need: plans and visits, who has no plan, the days between steps, and case status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..calendar import day_of, working_days
from ..care import looked_after, nobodys_periods
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import is_child, is_unborn, parts_of_child_and_team, referral_on
from ..social_care import SOURCES, case_status, has_current, nobodys_records, plans_of
from ..spells import Spell, is_current
from ..visits import visits_of
from . import child_protection
from .assessments import (
    authorised,
    authorised_in,
    days_since_referral,
    flow_parts,
    is_first_of_referral,
    outcomes_of,
    started,
)

VISIT_WORKING_DAYS = 20
NEW_PLAN_WORKING_DAYS = 10
CHILD_IN_NEED = frozenset({"PROV_OF_SERVICES", "PROV_OF_SB_CARE"})
BEGUN = frozenset({"DRAFT", "AUTHORISED"})


@dataclass(frozen=True)
class Child:
    """Somebody with a child in need plan on a day, and why it does not count, if it does not."""

    person: str | None
    plan: Spell
    latest: Row
    parts: dict[str, str]
    because: str | None


def is_in_care_or_protected(council: Council, person: str, day: date) -> bool:
    """Say whether somebody is looked after or has a protection plan on a day."""
    return looked_after(council, person, day) is not None or has_current(council, "cp_plan", person, day)


def plans(council: Council) -> Iterator[tuple[str | None, Spell]]:
    """Give every chained child in need plan with its person; one without a person is by itself."""
    for person, rows in council.by("ssd_cin_plans", "cinp_person_id").items():
        if person:
            yield from ((person, plan) for plan in plans_of(council, "cin_plan", person))
            continue
        for row in rows:
            if start := day_of(row.cinp_cin_plan_start_date):
                yield None, Spell(start, day_of(row.cinp_cin_plan_end_date), (row,))


def why_not_on_a_plan(council: Council, person: str | None, day: date) -> str | None:
    """Say why somebody with a child in need plan does not count as a child on one, or that nobody knows."""
    if person is None:
        return "unknown"
    if is_in_care_or_protected(council, person, day):
        return "excluded"
    return {True: None, False: "excluded", None: "unknown"}[is_child(council, person, day)]


def on_plans(council: Council, day: date) -> list[Child]:
    """Return everybody with a child in need plan on a day."""

    def found(council: Council) -> list[Child]:
        children = []
        for person, plan in plans(council):
            if plan.current(day):
                latest = max(
                    (
                        row
                        for row in plan.rows
                        if is_current(row.cinp_cin_plan_start_date, row.cinp_cin_plan_end_date, day)
                    ),
                    key=lambda row: (day_of(row.cinp_cin_plan_start_date), row.cinp_cin_plan_id),
                )
                parts = parts_of_child_and_team(council, person, day, latest.cinp_cin_plan_team)
                children.append(Child(person, plan, latest, parts, why_not_on_a_plan(council, person, day)))
        return children

    return council.once(("on child in need plans", day), found)


def measure_49(council: Council, period: Period) -> Iterator[Case]:
    """Children on a plan who were visited within its interval."""
    end = period.end
    for child in on_plans(council, end):
        if child.because:
            yield Case(None, child.parts, because=child.because)
            continue
        days = [
            visit.day
            for visit in visits_of(council, child.person, ("ssd_cin_visits",))
            if child.plan.start <= visit.day <= end
        ]
        new = working_days(child.plan.start, end) <= NEW_PLAN_WORKING_DAYS
        if is_unborn(council, child.person, end) or (new and not days):
            yield Case(None, child.parts, because="excluded")
            continue
        status = council.row("local_cin_plan_status", "cin_plan_id", child.latest.cinp_cin_plan_id)
        interval = status.visit_interval_working_days if status else None
        if interval is None:
            interval = VISIT_WORKING_DAYS
        in_time = bool(days) and working_days(max(days), end) <= interval
        yield Case(in_time, child.parts, because=None if days else "missing")


def measure_50(council: Council, period: Period) -> Iterator[Case]:
    """Children on a child in need plan."""
    for child in on_plans(council, period.end):
        for name in ("count", "rate_per_10k"):
            yield Case(None if child.because else True, child.parts, name, because=child.because)


def assessment_in_need(council: Council, person: str, first: date, last: date) -> Row | None:
    """Return the latest assessment authorised in a window when it found a child in need."""
    rows = [
        row
        for row in council.by("ssd_cin_assessments", "cina_person_id").get(person, [])
        if authorised(row) and first <= authorised(row) <= last
    ]
    latest = max(rows, key=lambda row: (row.cina_assessment_auth_date, row.cina_assessment_id), default=None)
    return latest if latest and outcomes_of(latest) & CHILD_IN_NEED else None


def has_begun(council: Council, plan: Row, assessed: date, day: date) -> bool:
    """Say whether a plan had begun by a day, and had not ended before the assessment was authorised."""
    status = council.row("local_cin_plan_status", "cin_plan_id", plan.cinp_cin_plan_id)
    start, end = day_of(plan.cinp_cin_plan_start_date), day_of(plan.cinp_cin_plan_end_date)
    begun = status.status in BEGUN if status and status.status else start is not None
    return begun and (start is None or start <= day) and (end is None or end >= assessed)


def why_without_duty(council: Council, person: str, day: date) -> str | None:
    """Say why a child in need does not have to have a plan on a day, or that nobody knows."""
    if has_current(council, "enquiry", person, day) or has_current(council, "assessment", person, day):
        return "excluded"
    return {True: None, False: "excluded", None: "unknown"}[is_child(council, person, day)]


def measure_51(council: Council, period: Period) -> Iterator[Case]:
    """Children in need without a plan that has begun."""
    end = period.end
    for _ in nobodys_records(council, "cin_episode", end):
        parts = parts_of_child_and_team(council, None, end)
        yield Case(None, parts, "count", because="unknown")
        yield Case(None, parts, "count_over_10wd", because="unknown")
    for person in filter(None, council.by("ssd_cin_episodes", "cine_person_id")):
        episode = referral_on(council, person, end)
        if episode is None or is_in_care_or_protected(council, person, end):
            continue
        assessment = assessment_in_need(council, person, day_of(episode.cine_referral_date), end)
        if assessment is None:
            continue
        because, parts = why_without_duty(council, person, end), parts_of_child_and_team(council, person, end)
        plans = council.by("ssd_cin_plans", "cinp_person_id").get(person, [])
        waits = not any(has_begun(council, plan, authorised(assessment), end) for plan in plans)
        long = waits and working_days(authorised(assessment), end) > NEW_PLAN_WORKING_DAYS
        yield Case(None if because else waits, parts, "count", because=because)
        yield Case(None if because else long, parts, "count_over_10wd", because=because)


def measure_215(council: Council, period: Period) -> Iterator[Case]:
    """Median working days between one step and the next."""
    yield from referral_to_assessment(council, period)
    for row, parts, because in child_protection.initial_conferences(council, period):
        days = None if because else child_protection.days_from_strategy(council, row)
        yield step(days, parts, "median_strategy_to_conference", because)
    yield from assessment_to_plan(council, period)


def step(days: int | None, parts: dict[str, str], statistic: str, because: str | None = None) -> Case:
    """Return a step of so many working days, unknown when it has no earlier step."""
    return Case(days, parts, statistic, because=because or ("unknown" if days is None else None))


def referral_to_assessment(council: Council, period: Period) -> Iterator[Case]:
    """Give the first assessment of each referral, authorised in a period, with the days since."""
    for assessment in authorised_in(council, period):
        if is_first_of_referral(council, assessment) is not False:
            start, day = started(assessment), authorised(assessment)
            known = assessment.cina_person_id and start and start <= day
            days = days_since_referral(council, assessment) if known else None
            yield step(days, flow_parts(council, assessment, day), "median_referral_to_assessment")


def assessment_to_plan(council: Council, period: Period) -> Iterator[Case]:
    """Give each child in need plan that starts in a period, with the days since the assessment behind it."""
    for person, plan in plans(council):
        if not period.start <= plan.start <= period.end:
            continue
        episode = referral_on(council, person, plan.start)
        since = day_of(episode.cine_referral_date) if episode else date.max
        assessments = council.by("ssd_cin_assessments", "cina_person_id").get(person, [])
        assessed = [
            authorised(row)
            for row in assessments
            if authorised(row) and outcomes_of(row) & CHILD_IN_NEED and since <= authorised(row) <= plan.start
        ]
        days = working_days(max(assessed), plan.start) if assessed else None
        parts = parts_of_child_and_team(council, person, plan.start, plan.rows[0].cinp_cin_plan_team)
        yield step(days, parts, "median_assessment_to_plan")


def measure_216(council: Council, period: Period) -> Iterator[Case]:
    """Open cases, of any status."""
    people = {
        person
        for extract, column in (
            *((extract, column) for extract, column, _, _ in SOURCES.values()),
            ("ssd_cla_episodes", "clae_person_id"),
            ("local_care_leaver_spells", "person_id"),
        )
        for person in council.by(extract, column)
        if person
    }
    for person in people:
        if case_status(council, person, period.end):
            yield Case(True, parts_of_child_and_team(council, person, period.end), "count")
    day, nobody = period.end, parts_of_child_and_team(council, None, period.end)
    records = [
        *(spell for spell in nobodys_periods(council) if spell.current(day)),
        *(row for kind in SOURCES for row in nobodys_records(council, kind, day)),
        *(
            row
            for row in council.by("local_care_leaver_spells", "person_id").get(None, [])
            if is_current(row.open_start_date, row.open_end_date, day)
        ),
    ]
    yield from (Case(None, nobody, "count", because="unknown") for _ in records)
