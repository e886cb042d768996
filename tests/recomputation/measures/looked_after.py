"""Looked after children: measures 31, 33 to 48, 213 and 214."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from .. import care
from ..calendar import (
    DAY,
    day_of,
    due_after_working_days,
    financial_year_start,
    plus_months,
    twelve_months_to,
    working_days,
)
from ..care import CarePeriod, LookedAfter, case, code, shared
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import NOT_RECORDED, age_on, parts_of_child_and_team
from ..spells import is_current

ATTENDED = {"PN1", "PN2", "PN3", "PN4"}
PARTICIPATED = {"PN1", "PN2", "PN3", "PN5", "PN6"}
LONG_TERM_FOSTERING = {"U1", "U4"}
RESIDENTIAL = {"H5", "K2", "K3", "R1", "S1"}
SIBLINGS = {"SIBLING", "HALF_SIBLING", "STEP_SIBLING", "ADOPTIVE_SIBLING"}


def _position(council: Council, day: date, *statistics: str) -> Iterator[Case]:
    """Yield who would be looked after on a day if nothing were unknown: the age, or whose care it is."""
    for child in care.unknown_on(council, day):
        yield from shared(statistics, council, child.person, day, claim=None, because="unknown")


# 31, 33: how many, and on what footing.


def measure_31(council: Council, period: Period) -> Iterator[Case]:
    """Count children looked after."""
    day = period.end
    yield from _position(council, day, "count", "rate_per_10k", "count_excluding_uasc")
    for child in care.looked_after_on(council, day):
        yield from shared(("count", "rate_per_10k"), council, child.person, day, claim=True)
        if not care.is_unaccompanied(council, child.person, day):
            yield case(council, child.person, day, True, "count_excluding_uasc")


def measure_33(council: Council, period: Period) -> Iterator[Case]:
    """Share those accommodated by agreement (V2)."""
    day = period.end
    yield from _position(council, day, "pct", "count", "pct_excluding_uasc")
    for child in care.looked_after_on(council, day):
        status = care.legal_status(council, child.person, day)
        missing = None if status else "missing"
        yield from shared(("pct", "count"), council, child.person, day, claim=status == "V2", because=missing)
        if not care.is_unaccompanied(council, child.person, day):
            yield case(council, child.person, day, status == "V2", "pct_excluding_uasc", because=missing)


# 34: visits.


def measure_34(council: Council, period: Period) -> Iterator[Case]:
    """Share those visited in the last six weeks, or within the interval of regulation 28."""
    day, both = period.end, ("pct", "pct_own_reg28_timescale")
    yield from _position(council, day, *both)
    for child in care.looked_after_on(council, day):
        visits = sorted(
            day_of(row.clav_cla_visit_date)
            for row in council.by("ssd_cla_visits", "clav_person_id").get(child.person, [])
            if row.clav_cla_visit_seen and care.is_in(row.clav_cla_visit_date, child.period.start, day)
        )
        if not visits and (day - child.period.start).days <= 7:
            yield from shared(both, council, child.person, day, claim=None, because="excluded")
            continue
        missing = None if visits else "missing"
        in_time = bool(visits) and visits[-1] + timedelta(days=42) >= day
        yield case(council, child.person, day, in_time, "pct", because=missing)
        in_time = bool(visits) and _in_own_interval(council, child, day, visits)
        yield case(council, child.person, day, in_time, "pct_own_reg28_timescale", because=missing)


def _in_own_interval(council: Council, child: LookedAfter, day: date, visits: list[date]) -> bool:
    """Say whether a child was seen within the interval of regulation 28 that fits it."""
    stay = care.stay_on(council, child.person, day)
    place = stay.placement_on(day).type if stay else ""
    if place in {"P1", "U3"} and care.legal_status(council, child.person, day) == "C1":
        reviewed = any(held <= day for held, _ in _reviews_of(council, child.period))
        due = visits[-1] + timedelta(days=28 if reviewed else 7)
    elif (
        stay
        and stay.start < twelve_months_to(day)
        and (place in LONG_TERM_FOSTERING or _decisions(council, stay, day))
    ):
        due = plus_months(visits[-1], 3)
    else:
        due = visits[-1] + timedelta(days=42)
    is_new = stay is not None and 7 < (day - stay.start).days <= 42
    return due >= day and not (is_new and visits[-1] < stay.start)


# 35, 213, 214: starts and ends of care.


def measure_35(council: Council, period: Period) -> Iterator[Case]:
    """Count children who come back into care within 12 months."""
    again: dict[str, date] = {}
    for start, because in care.starts_of_care(council, period.start, period.end):
        if because:
            both = ("count", "pct_of_starts")
            yield from shared(both, council, start.person, start.start, claim=None, because=because)
            continue
        earlier = [
            other.end
            for other in care.periods_of_care(council, start.person)
            if other is not start and other.end and not care.is_short_break_period(council, other)
        ]
        is_again = any(plus_months(start.start, -12) <= end < start.start for end in earlier)
        yield case(council, start.person, start.start, is_again, "pct_of_starts")
        if is_again:
            yield case(council, start.person, start.start, True, "count")
            again[start.person] = max(start.start, again.get(start.person, start.start))
    for person, day in again.items():
        yield case(council, person, day, True, "count_distinct_children")


def measure_213(council: Council, period: Period) -> Iterator[Case]:
    """Count periods of care that start."""
    for start, because in care.starts_of_care(council, period.start, period.end):
        yield case(council, start.person, start.start, None if because else True, "count", because=because)


def measure_214(council: Council, period: Period) -> Iterator[Case]:
    """Count periods of care that end."""
    for end, because in care.ends_of_care(council, period.start, period.end):
        by_reason = {"end_reason": end.end_reason or NOT_RECORDED}
        parts = {**parts_of_child_and_team(council, end.person, end.end), **by_reason}
        yield Case(None if because else True, parts, "count", because=because)


# 36, 38, 40: care plans.


def _care_plans(council: Council, period: CarePeriod) -> list[Row]:
    """Return the care plans of a period of care: by its id, or by their dates when they bear none."""
    plans = []
    for row in council.by("local_care_plan_status", "person_id").get(period.person, []):
        first = min((day for day in (row.started_date, row.authorised_date) if day), default=None)
        begun = [
            other
            for other in care.periods_of_care(council, period.person)
            if not row.cla_id and first and other.start <= first
        ]
        if row.cla_id in period.ids or (begun and begun[-1] is period):
            plans.append(row)
    return plans


def _pathway_reviews(council: Council, plan: Row, day: date) -> list[date]:
    """Return the days on which a pathway plan was authorised or reviewed, by a day."""
    reviews = council.by("local_pathway_plan_reviews", "pathway_plan_id").get(plan.pathway_plan_id, [])
    days = [row.review_date for row in reviews if code(row.status) == "COMPLETED"]
    return [found for found in [plan.authorised_date, *days] if found and found <= day]


def _pathway_dates(council: Council, child: LookedAfter, day: date) -> list[date]:
    """Return when each pathway plan of a child of 16 or 17 was last looked at, in the period of care."""
    if age_on(council, child.person, day) < 16:
        return []
    dates = [
        max(_pathway_reviews(council, plan, day))
        for plan in council.by("local_pathway_plans", "person_id").get(child.person, [])
        if is_current(plan.authorised_date, plan.closed_date, day)
    ]
    return [dated for dated in dates if dated >= child.period.start]


def _has_current_plan(council: Council, child: LookedAfter, day: date) -> bool:
    """Say whether a child has an authorised plan that is not out of date."""
    dates = [
        max(found for found in (row.authorised_date, row.reviewed_date) if found and found <= day)
        for row in _care_plans(council, child.period)
        if code(row.status) == "AUTHORISED" and is_current(row.authorised_date, row.end_date, day)
    ]
    dates += _pathway_dates(council, child, day)
    return any(plus_months(dated, 6) >= day for dated in dates)


def measure_36(council: Council, period: Period) -> Iterator[Case]:
    """Share those with an up to date care plan."""
    day = period.end
    yield from _position(council, day, "pct")
    for child in care.looked_after_on(council, day):
        if _has_current_plan(council, child, day):
            yield case(council, child.person, day, True)
        elif working_days(child.period.start, day) <= 10 and not _has_any_plan(council, child, day):
            yield case(council, child.person, day, None, because="excluded")
        else:
            missing = None if _has_any_plan(council, child, day) else "missing"
            yield case(council, child.person, day, False, because=missing)


def _has_any_plan(council: Council, child: LookedAfter, day: date) -> bool:
    """Say whether a plan of the period was authorised by a day and has not ended."""
    of_care = any(
        code(row.status) == "AUTHORISED" and is_current(row.authorised_date, row.end_date, day)
        for row in _care_plans(council, child.period)
    )
    return of_care or any(_pathway_dates(council, child, day))


def _has_begun_plan(council: Council, child: LookedAfter, day: date) -> bool:
    """Say whether work on any plan of the period of care has begun."""
    for row in _care_plans(council, child.period):
        dates = [found for found in (row.started_date, row.authorised_date) if found]
        if min(dates) <= day if dates else code(row.status) in {"DRAFT", "AUTHORISED"}:
            return True
    return age_on(council, child.person, day) >= 16 and any(
        is_current(found, plan.closed_date, day)
        for plan in council.by("local_pathway_plans", "person_id").get(child.person, [])
        for found in (plan.started_date, plan.authorised_date)
    )


def measure_38(council: Council, period: Period) -> Iterator[Case]:
    """Count those whose plan has not been started."""
    day = period.end
    yield from _position(council, day, "count", "count_over_10wd")
    for child in care.looked_after_on(council, day):
        if not _has_begun_plan(council, child, day):
            yield case(council, child.person, day, True, "count")
            if working_days(child.period.start, day) > 10:
                yield case(council, child.person, day, True, "count_over_10wd")


def measure_40(council: Council, period: Period) -> Iterator[Case]:
    """Share starts of care with a care plan by the 28th day."""
    both = ("pct", "pct_within_10wd")
    for start in [*care.all_periods(council), *care.nobodys_periods(council)]:
        day = start.start + timedelta(days=28)
        if not (period.start <= day <= period.end and start.current(day)):
            continue
        if start.person is None:
            yield from shared(both, council, None, day, claim=None, because="unknown")
        elif care.looked_after(council, start.person, day):
            authorised = [
                row.authorised_date
                for row in _care_plans(council, start)
                if code(row.status) == "AUTHORISED" and row.authorised_date
            ]
            missing = None if authorised else "missing"
            by_28 = any(found <= day for found in authorised)
            by_10 = any(working_days(start.start, found) <= 10 for found in authorised)
            yield case(council, start.person, day, by_28, "pct", because=missing)
            yield case(council, start.person, day, by_10, "pct_within_10wd", because=missing)
        elif care.age_is_unknown(council, start.person) and care.in_our_care(council, start.person, day):
            yield from shared(both, council, start.person, day, claim=None, because="unknown")


# 37, 39, 41, 43, 45: placements.


def measure_37(council: Council, period: Period) -> Iterator[Case]:
    """Share those with three or more placements in 12 months."""
    day, both = period.end, ("pct", "count")
    first = twelve_months_to(day)
    yield from _position(council, day, *both)
    for child in care.looked_after_on(council, day):
        stays = [
            stay
            for stay in care.stays_of(council, child.person)
            if stay.start <= day and (stay.end is None or stay.end >= first)
        ]
        yield from shared(both, council, child.person, day, claim=len(stays) >= 3)


def measure_39(council: Council, period: Period) -> Iterator[Case]:
    """Share those in care for two and a half years who are settled."""
    day, both = period.end, ("pct", "count")
    since = plus_months(day + DAY, -30)
    for child in care.unknown_on(council, day):
        if child.period.start <= since:
            yield from shared(both, council, child.person, day, claim=None, because="unknown")
    for child in care.looked_after_on(council, day):
        if age_on(council, child.person, day) < 16 and child.period.start <= since:
            settled = _is_settled(council, child.person, day)
            yield from shared(both, council, child.person, day, claim=settled)


def _is_settled(council: Council, person: str, day: date) -> bool:
    """Say whether a child has been in one home for two years, or in two of which the second is adoptive."""
    since = plus_months(day + DAY, -24)
    stay = care.stay_on(council, person, day)
    if stay is None:
        return False
    placement = stay.placement_on(day)
    if placement.type in care.PLACED_FOR_ADOPTION:
        earlier = [other for other in care.stays_of(council, person) if other.start < stay.start]
        if earlier and (earlier[-1].end is None or earlier[-1].end >= placement.start):
            return earlier[-1].start <= since
    return stay.start <= since


def _decisions(council: Council, stay: care.Stay, day: date) -> set[str]:
    """Return the routes decided by a day for any placement of a stay."""
    return {
        code(row.route)
        for placement in stay.placements
        for row in council.by("local_permanence_decisions", "placement_id").get(
            placement.row.clap_cla_placement_id, []
        )
        if row.decision_date and row.decision_date <= day
    }


def _is_permanent(council: Council, person: str, day: date) -> tuple[bool, str | None]:
    """Say whether a child lives where it is to grow up, or that a long-term home lacks its decision."""
    stay = care.stay_on(council, person, day)
    if stay is None:
        return False, None
    place = stay.placement_on(day).type
    routes = _decisions(council, stay, day)
    permanent = (
        place in care.PLACED_FOR_ADOPTION
        or (place in LONG_TERM_FOSTERING and "LONG_TERM_FOSTERING" in routes)
        or (place == "P1" and "PARENTS" in routes and care.legal_status(council, person, day) == "C2")
        or (place in RESIDENTIAL and "RESIDENTIAL_TO_18" in routes)
    )
    return permanent, "missing" if place in LONG_TERM_FOSTERING and not permanent else None


def measure_41(council: Council, period: Period) -> Iterator[Case]:
    """Share those in permanent homes."""
    day, both = period.end, ("pct", "count")
    yield from _position(council, day, *both)
    for child in care.unknown_on(council, day):
        if child.period.start <= twelve_months_to(day):
            yield case(council, child.person, day, None, "pct_in_care_12m_plus", because="unknown")
    for child in care.looked_after_on(council, day):
        permanent, missing = _is_permanent(council, child.person, day)
        yield from shared(both, council, child.person, day, claim=permanent, because=missing)
        if child.period.start <= twelve_months_to(day):
            yield case(council, child.person, day, permanent, "pct_in_care_12m_plus", because=missing)


def measure_43(council: Council, period: Period) -> Iterator[Case]:
    """Count those placed far from home and outside the county."""
    day, both = period.end, ("count", "pct")
    yield from _position(council, day, *both)
    for child in care.looked_after_on(council, day):
        placement = care.placement_on(council, child.person, day)
        distance = placement.clap_cla_placement_distance if placement else None
        if care.is_unaccompanied(council, child.person, day, ever=True):
            yield from shared(both, council, child.person, day, claim=None, because="excluded")
        elif distance is None or distance >= 999:
            yield from shared(both, council, child.person, day, claim=None, because="unknown")
        else:
            details = council.by("local_placement_details", "placement_id").get(
                placement.clap_cla_placement_id, []
            )
            inside = details[0].inside_authority if details else None
            missing = "missing" if distance > 20 and inside is None else None
            outside = inside is False and distance > 20
            yield from shared(both, council, child.person, day, claim=outside, because=missing)


def _siblings(council: Council) -> dict[str, set[str]]:
    """Return the siblings of each person, recorded in either direction."""
    found: dict[str, set[str]] = {}
    for row in council.rows("local_relationships"):
        one, other = row.person_id, row.related_person_id
        if one and other and one != other and code(row.relationship) in SIBLINGS:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return found


def _are_together(council: Council, one: Row | None, other: Row | None) -> bool | None:
    """Say whether two placements are one: by carer, else by provider and postcode; None when unknown."""
    if one is None or other is None:
        return None
    carers = care.carer_of(council, one), care.carer_of(council, other)
    if all(carers):
        return carers[0] == carers[1]
    places = [
        (code(one.clap_cla_placement_urn), code(other.clap_cla_placement_urn)),
        (care.postcode(one.clap_cla_placement_postcode), care.postcode(other.clap_cla_placement_postcode)),
    ]
    if any(a and b and a != b for a, b in places):
        return False
    return True if all(a and b for a, b in places) else None


def measure_45(council: Council, period: Period) -> Iterator[Case]:
    """Count those apart from a sibling who is looked after too."""
    day, both = period.end, ("count", "pct_of_children_with_cla_siblings")
    siblings = council.once("siblings", _siblings)
    here = {child.person for child in care.looked_after_on(council, day)}
    for child in care.unknown_on(council, day):
        if siblings.get(child.person, set()) & here:
            yield from shared(both, council, child.person, day, claim=None, because="unknown")
    for person in sorted(here):
        placement = care.placement_on(council, person, day)
        together = [
            _are_together(council, placement, care.placement_on(council, other, day))
            for other in siblings.get(person, set()) & here
        ]
        if not together:
            continue
        if False not in together and None in together:
            yield from shared(both, council, person, day, claim=None, because="unknown")
        else:
            yield from shared(both, council, person, day, claim=False in together)


# 42, 44, 46 to 48: reviews.


def _held_reviews(council: Council) -> dict[str, list[tuple[date, Row]]]:
    """Return each child's reviews that were held, one a day, in order."""
    found: dict[str, list[tuple[date, Row]]] = {}
    rows = [
        row
        for row in council.rows("ssd_cla_reviews")
        if row.clar_cla_review_date and not row.clar_cla_review_cancelled
    ]
    for row in sorted(rows, key=lambda row: (row.clar_cla_review_date, row.clar_cla_review_id)):
        person = row.clar_cla_person_id or care.person_of_care(council, row.clar_cla_id)
        held = day_of(row.clar_cla_review_date)
        if person and (person not in found or found[person][-1][0] != held):
            found.setdefault(person, []).append((held, row))
    return found


def _counts(council: Council, person: str, held: date) -> bool:
    """Say whether a review is ours and not one of a series of short breaks."""
    return not care.on_short_breaks(council, person, held) and care.is_ours(council, person, held)


def _period_of_review(council: Council, person: str, held: date) -> CarePeriod | None:
    """Return the period of care in which a review was held, or which ended that day."""
    return care.period_on(council, person, held) or next(
        (period for period in care.periods_of_care(council, person) if period.start <= held == period.end),
        None,
    )


def _reviews_of(council: Council, period: CarePeriod) -> list[tuple[date, Row]]:
    """Return the completed reviews of a period of care, in order."""
    return [
        (held, row)
        for held, row in council.once("reviews", _held_reviews).get(period.person, [])
        if _counts(council, period.person, held) and _period_of_review(council, period.person, held) is period
    ]


def _in_period(council: Council, period: Period) -> Iterator[tuple[str, date, Row]]:
    """Yield the reviews held in a period."""
    for person, reviews in council.once("reviews", _held_reviews).items():
        for held, row in reviews:
            if period.start <= held <= period.end:
                yield person, held, row


def _nobodys_reviews(council: Council, period: Period) -> Iterator[Case]:
    """Yield the reviews held in a period of which nothing says whose they were."""
    for row in council.rows("ssd_cla_reviews"):
        held = row.clar_cla_review_date
        if not care.is_in(held, period.start, period.end) or row.clar_cla_review_cancelled:
            continue
        if not (row.clar_cla_person_id or care.person_of_care(council, row.clar_cla_id)):
            yield case(council, None, day_of(held), None, because="unknown")


def _is_child(council: Council, person: str, day: date) -> bool:
    """Say whether a person is under 18 and born on a day."""
    years = age_on(council, person, day)
    return years is not None and years < 18


def measure_42(council: Council, period: Period) -> Iterator[Case]:
    """Share reviews held in time."""
    yield from _nobodys_reviews(council, period)
    for person, held, _ in _in_period(council, period):
        spell = _period_of_review(council, person, held)
        if not _counts(council, person, held):
            yield case(council, person, held, None, because="excluded")
        elif spell is None or care.age_is_unknown(council, person):
            yield case(council, person, held, None, because="unknown")
        elif _is_child(council, person, held):
            yield case(council, person, held, held <= dict(_held_and_due(council, spell))[held])
    yield from _all_reviews_in_time(council, period.end)


def _all_reviews_in_time(council: Council, day: date) -> Iterator[Case]:
    """Yield children with a review held or due since 1 April, by whether all were in time."""
    statistic, since = "pct_children_all_reviews_in_time_ytd", financial_year_start(day)
    unknown = care.unknown_on(council, day)
    for child in [*care.looked_after_on(council, day), *unknown]:
        in_time = [
            held <= due
            for period in care.periods_of_care(council, child.person)
            for held, due in _held_and_due(council, period)
            if since <= held <= day
        ]
        due = _next_due(council, child.period, day)
        if not in_time and not since <= due <= day:
            continue
        if child in unknown:
            yield case(council, child.person, day, None, statistic, because="unknown")
        else:
            yield case(council, child.person, day, all(in_time) and due >= day, statistic)


def _last_day_in_time(start: date, held: list[date]) -> date:
    """Return the last day in time of the review after those held."""
    if not held:
        return due_after_working_days(start, 20)
    return plus_months(held[-1], 3 if len(held) == 1 else 6)


def _held_and_due(council: Council, period: CarePeriod) -> list[tuple[date, date]]:
    """Return when each review of a period of care was held and the last day on which it was in time."""
    held = [found for found, _ in _reviews_of(council, period)]
    return [(found, _last_day_in_time(period.start, held[:n])) for n, found in enumerate(held)]


def _next_due(council: Council, period: CarePeriod, day: date) -> date:
    """Return the last day in time of the review that a day is waiting for."""
    held = [found for found, _ in _reviews_of(council, period) if found <= day]
    return _last_day_in_time(period.start, held)


def measure_44(council: Council, period: Period) -> Iterator[Case]:
    """Count reviews that are overdue."""
    day = period.end
    yield from _position(council, day, "count")
    for child in care.looked_after_on(council, day):
        yield case(council, child.person, day, _next_due(council, child.period, day) < day, "count")


def _by_participation(council: Council, period: Period, good: set[str]) -> Iterator[Case]:
    """Yield the reviews of children aged 4 or over by how they took part."""
    yield from _nobodys_reviews(council, period)
    for person, held, row in _in_period(council, period):
        years, answer = age_on(council, person, held), code(row.clar_cla_review_participation)
        if not _counts(council, person, held):
            yield case(council, person, held, None, because="excluded")
        elif care.age_is_unknown(council, person):
            yield case(council, person, held, None, because="unknown")
        elif years is not None and 4 <= years < 18:
            yield case(council, person, held, answer in good, because=None if answer else "missing")


def _by_child(
    council: Council,
    since: date,
    day: date,
    statistic: str,
    judge: Callable[[list[str]], tuple[bool, bool]],
) -> Iterator[Case]:
    """Yield the children reviewed in a window; `judge` says of their answers whether good and known."""
    answers: dict[str, list[tuple[date, str]]] = {}
    unknown: dict[str, date] = {}
    for person, held, row in _in_period(council, Period("", since, day)):
        years = age_on(council, person, held)
        if not _counts(council, person, held):
            continue
        if care.age_is_unknown(council, person):
            unknown[person] = max(held, unknown.get(person, held))
        elif years is not None and 4 <= years < 18:
            answers.setdefault(person, []).append((held, code(row.clar_cla_review_participation)))
    for person, held in unknown.items():
        yield case(council, person, held, None, statistic, because="unknown")
    for person, found in answers.items():
        is_good, is_known = judge([answer for _, answer in sorted(found)])
        missing = None if is_known else "missing"
        yield case(council, person, max(found)[0], is_good, statistic, because=missing)


def measure_46(council: Council, period: Period) -> Iterator[Case]:
    """Share reviews attended by children aged 4 or over."""
    yield from _by_participation(council, period, ATTENDED)
    since, statistic = twelve_months_to(period.end), "pct_children_latest_review"
    yield from _by_child(
        council, since, period.end, statistic, lambda answers: (answers[-1] in ATTENDED, bool(answers[-1]))
    )


def measure_47(council: Council, period: Period) -> Iterator[Case]:
    """Share reviews in which children aged 4 or over participated."""
    yield from _by_participation(council, period, PARTICIPATED)
    since, statistic = financial_year_start(period.end), "pct_children_all_reviews_ytd"

    def judge(answers: list[str]) -> tuple[bool, bool]:
        return PARTICIPATED.issuperset(answers), all(answers)

    yield from _by_child(council, since, period.end, statistic, judge)


def measure_48(council: Council, period: Period) -> Iterator[Case]:
    """Share reviews held where the child lives."""
    yield from _nobodys_reviews(council, period)
    for person, held, row in _in_period(council, period):
        if not _counts(council, person, held):
            yield case(council, person, held, None, because="excluded")
        elif _period_of_review(council, person, held) is None or care.age_is_unknown(council, person):
            yield case(council, person, held, None, because="unknown")
        elif _is_child(council, person, held):
            venues = council.by("local_review_venues", "review_id").get(row.clar_cla_review_id, [])
            venue = code(venues[0].venue_type) if venues else ""
            placement = care.placement_on(council, person, held)
            there = care.postcode(venues[0].venue_postcode) if venues else ""
            home = care.postcode(placement.clap_cla_placement_postcode) if placement else ""
            if venue == "PLACEMENT":
                in_placement = not (there and home and there != home)
            else:
                in_placement = venue != "ONLINE" and there == home != ""
            missing = None if venue or there else "missing"
            yield case(council, person, held, in_placement, because=missing)
