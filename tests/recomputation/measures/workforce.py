"""Measures 63 to 69, 103 to 106, 217 and 218: who has a worker, and what the workers carry."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ..calendar import DAY, day_of, end_of_month, plus_months, twelve_months_to, working_days
from ..care import looked_after, looked_after_on, nobodys_periods, on_short_breaks, period_on, unknown_on
from ..counting import Case, Period
from ..extracts import Council, Row, columns_of
from ..people import is_child, parts_of_child_and_team, team_on, team_parts
from ..social_care import (
    PLAN_STATUSES,
    SOURCES,
    case_status,
    has_current,
    nobodys_records,
    spells_of,
)
from ..spells import is_current

SOCIAL_WORKERS = {"SOCIAL_WORKER", "SENIOR_SOCIAL_WORKER"}
PRIMARY = {"CW", "PRIMARY", "ALLOCATED CASE WORKER"}
TEAMS = {"enquiry": "s47e_s47_completed_by_team", "assessment": "cina_assessment_team"}
LIMITS = {65: 20, 66: 16, 103: 16, 104: 16, 105: 22, 106: 15}


def post_of(council: Council, worker: str | None, day: date) -> Row | None:
    """Return the worker's current employment row: of several the latest start, then id."""
    rows = council.by("local_employment", "worker_id").get(worker, []) if worker else []
    current = [row for row in rows if is_current(row.start_date, row.end_date, day)]
    return max(current, key=lambda row: (row.start_date, row.employment_id), default=None)


def workers_in_post(council: Council, day: date) -> Iterator[Row]:
    """Yield everybody in post on a day, by the employment row that speaks for them."""
    for worker in council.by("local_employment", "worker_id"):
        post = post_of(council, worker, day)
        if post:
            yield post


def is_social_worker(post: Row) -> bool:
    """Say whether a post is a social worker's or a senior one's, and no student's."""
    return post.role in SOCIAL_WORKERS and post.employment_type != "STUDENT"


def child_of(council: Council, allocation: Row) -> str | None:
    """Return the child of an involvement: its own person, else the person of its referral."""
    if allocation.invo_person_id:
        return allocation.invo_person_id
    referrals = council.by("ssd_cin_episodes", "cine_referral_id").get(allocation.invo_referral_id, [])
    return referrals[0].cine_person_id if referrals and allocation.invo_referral_id else None


def allocations(council: Council, day: date, roles: set[str] = PRIMARY) -> list[tuple[str, str]]:
    """Return pairs of child and worker with an allocation of these roles current on a day."""

    def read(council: Council) -> list[tuple[str, str]]:
        return [
            (child, row.invo_professional_id)
            for row in council.rows("ssd_involvements")
            if row.invo_professional_id
            and (row.invo_professional_role_id or "").upper() in roles
            and is_current(
                day_of(row.invo_involvement_start_date), day_of(row.invo_involvement_end_date), day
            )
            and (child := child_of(council, row))
        ]

    return council.once(f"allocations {day} {sorted(roles)}", read)


def caseloads(
    council: Council, day: date, is_case: Callable[[str], bool] | None = None
) -> dict[str, set[str]]:
    """Return the children of each worker by primary allocations current on a day."""
    children = defaultdict(set)
    for child, worker in allocations(council, day):
        if is_case is None or is_case(child):
            children[worker].add(child)
    return children


def has_valid_worker(council: Council, child: str, day: date, *, qualified: bool) -> bool:
    """Say whether a child has a worker in post, no student, and qualified where that is asked."""

    def read(council: Council) -> dict[str, list[Row]]:
        posts = defaultdict(list)
        for person, worker in allocations(council, day):
            post = post_of(council, worker, day)
            if post and post.employment_type != "STUDENT":
                posts[person].append(post)
        return posts

    posts = council.once(f"valid workers {day}", read).get(child, [])
    return any(post.qualified_social_worker is True or not qualified for post in posts)


def open_record(council: Council, kind: str, child: str, day: date) -> Row | None:
    """Return the row of a kind of social care that is open on a day: the latest start, then id."""
    spells = [spell for spell in spells_of(council, kind, child) if spell.current(day)]
    identity = columns_of(SOURCES[kind][0])[0]["column"]
    latest = max(spells, key=lambda spell: (spell.start, getattr(spell.rows[0], identity)), default=None)
    return latest.rows[0] if latest else None


def people_with(council: Council, *kinds: str) -> list[str]:
    """Return everybody with a row of some kinds of social care, whether or not a person's record is there."""
    sources = [SOURCES[kind] for kind in kinds]
    people = (getattr(row, person) for extract, person, *_ in sources for row in council.rows(extract))
    return list(dict.fromkeys(person for person in people if person))


@dataclass(frozen=True)
class Need:
    """Why somebody needs a worker (63), looked after or on a plan, and why it does not count, if so."""

    person: str | None
    status: str
    parts: dict[str, str]
    because: str | None


def needs_for_worker(council: Council, day: date) -> Iterator[Need]:
    """Yield the first need of everybody who is looked after or on a plan, and those of records of nobody."""
    unknown = {child.person for child in unknown_on(council, day) if child.person}
    in_care = dict.fromkeys([*(child.person for child in looked_after_on(council, day)), *unknown])
    for child in dict.fromkeys([*in_care, *people_with(council, "cp_plan", "cin_plan")]):
        young, team = is_child(council, child, day), None
        if child in in_care:
            status = "looked_after"
        elif has_current(council, "cp_plan", child, day):
            status = "child_protection"
        elif plan := open_record(council, "cin_plan", child, day):
            status, team = "child_in_need", plan.cinp_cin_plan_team
        else:
            continue
        because = {True: None, False: "excluded", None: "unknown"}[young]
        yield Need(child, status, parts_of_child_and_team(council, child, day, team), because)
    for period in nobodys_periods(council):
        if period.current(day):
            yield Need(None, "looked_after", parts_of_child_and_team(council, None, day), "unknown")
    for kind in ("cp_plan", "cin_plan"):
        for row in nobodys_records(council, kind, day):
            team = row.cinp_cin_plan_team if kind == "cin_plan" else None
            parts = parts_of_child_and_team(council, None, day, team)
            status = {"cp_plan": "child_protection", "cin_plan": "child_in_need"}[kind]
            yield Need(None, status, parts, "unknown")


def measure_63(council: Council, period: Period) -> Iterator[Case]:
    """Count children with a plan, or looked after, whom no valid worker holds."""
    day = period.end
    for need in needs_for_worker(council, day):
        child, qualified = need.person, need.status != "child_in_need"
        if child and has_valid_worker(council, child, day, qualified=qualified):
            continue
        if child and need.because and is_assessed(council, child, day):
            continue  # counted by the enquiry or assessment (64)
        for statistic in ("count", f"count_{need.status}"):
            yield Case(None if need.because else True, need.parts, statistic, because=need.because)


def is_assessed(council: Council, child: str, day: date) -> bool:
    """Say whether an enquiry or an assessment of a child is open."""
    return has_current(council, "enquiry", child, day) or has_current(council, "assessment", child, day)


def parts_of_first(council: Council, kind: str, child: str, day: date) -> dict[str, str] | None:
    """Return the parts of a child by its open record of a kind that began first; None without one."""
    records = [spell for spell in spells_of(council, kind, child) if spell.current(day)]
    placed = [
        (spell.start, parts_of_child_and_team(council, child, day, getattr(spell.rows[0], TEAMS[kind])))
        for spell in records
    ]
    first = min(placed, key=lambda record: (record[0], record[1]["team"]), default=None)
    return first[1] if first else None


def measure_64(council: Council, period: Period) -> Iterator[Case]:
    """Count people with an open assessment or enquiry, none of the children of 63, and no valid worker."""
    day = period.end
    for child in people_with(council, "enquiry", "assessment"):
        of_enquiry = parts_of_first(council, "enquiry", child, day)
        parts = of_enquiry or parts_of_first(council, "assessment", child, day)
        if parts is None or has_valid_worker(council, child, day, qualified=True):
            continue
        if not (case_status(council, child, day) in PLAN_STATUSES and is_child(council, child, day)):
            yield Case(True, parts, "count")
            yield Case(True, parts, "count_s47" if of_enquiry else "count_s17")
    for kind, column in TEAMS.items():
        for row in nobodys_records(council, kind, day):
            parts = parts_of_child_and_team(council, None, day, getattr(row, column))
            yield Case(None, parts, "count", because="unknown")
            yield Case(None, parts, "count_s47" if kind == "enquiry" else "count_s17", because="unknown")


def has_status(council: Council, day: date) -> Callable[[str], bool]:
    """Return a test of a child for any case status (C19) on a day."""
    statuses: dict[str, bool] = council.once(f"has a status {day}", lambda _: {})

    def is_case(child: str) -> bool:
        if child not in statuses:
            statuses[child] = case_status(council, child, day) is not None
        return statuses[child]

    return is_case


def for_full_time(cases: int, post: Row, limit: int, parts: dict[str, str], statistic: str) -> Case:
    """Return whether the cases exceed the limit for a full-time equivalent; one not recorded is unknown."""
    if cases and not post.fte:
        return Case(None, parts, statistic, because="unknown")
    return Case(bool(post.fte) and cases > limit * post.fte, parts, statistic)


def over_limit(council: Council, period: Period, area: str, limit: int) -> Iterator[Case]:
    """Yield social workers of an area: over the limit, and their cases (65, 66)."""
    load = caseloads(council, period.end, has_status(council, period.end))
    for post in workers_in_post(council, period.end):
        parts = team_parts(council, post.team_id, period.end)
        if not is_social_worker(post) or parts["service_area"] != area:
            continue
        cases = len(load[post.worker_id])
        yield Case(cases > limit, parts, "count")
        yield for_full_time(cases, post, limit, parts, "count_fte_adjusted")
        if cases:
            yield Case(cases > limit, parts, "pct_of_case_holders")
            yield Case(cases, parts, "mean_caseload")


def measure_65(council: Council, period: Period) -> Iterator[Case]:
    """Count Family Front Door social workers with more than 20 cases."""
    yield from over_limit(council, period, "FAMILY_FRONT_DOOR", LIMITS[65])


def measure_66(council: Council, period: Period) -> Iterator[Case]:
    """Count locality social workers with more than 16 cases."""
    yield from over_limit(council, period, "LOCALITY", LIMITS[66])


def number(value: Decimal | int | None) -> Fraction:
    """Return an exact number; nothing recorded is nothing."""
    return Fraction(value or 0)


def in_full_time(statistic: str, parts: dict[str, str], some: Fraction, fte: Decimal | None) -> Case:
    """Return so many full-time equivalents out of those of a post, unknown when they are not recorded."""
    if fte is None:
        return Case(None, parts, statistic, because="unknown")
    return Case(min(some, number(fte)), parts, statistic, out_of=number(fte))


def measure_67(council: Council, period: Period) -> Iterator[Case]:
    """Count full-time equivalents of established posts, and what agency or interim workers fill."""
    day = period.end
    holders: dict[str, list[tuple[date, str, dict[str, str]]]] = defaultdict(list)
    for post in council.rows("local_posts"):
        is_post = is_current(post.start_date, post.end_date, day)
        if not is_post or post.established is not True or post.role not in SOCIAL_WORKERS:
            continue
        parts = team_parts(council, post.team_id, day)
        filled = Fraction(0)
        for seat in council.by("local_post_occupancy", "post_id").get(post.post_id, []):
            temporary = seat.occupant_type in ("AGENCY", "INTERIM")
            if temporary and is_current(seat.start_date, seat.end_date, day):
                filled += number(post.fte if seat.fte is None else seat.fte)
                if seat.worker_id:
                    holders[seat.worker_id].append((seat.start_date, seat.post_occupancy_id, parts))
                else:
                    yield Case(None, parts, "headcount", because="unknown")
        yield in_full_time("pct", parts, filled, post.fte)
    for seats in holders.values():
        yield Case(True, max(seats, key=lambda seat: seat[:2])[2], "headcount")
    for row in council.rows("local_employment"):
        if is_social_worker(row) and is_current(row.start_date, row.end_date, day):
            agency = row.employment_type in ("AGENCY", "INTERIM")
            parts = team_parts(council, row.team_id, day)
            yield in_full_time("pct_dfe_agency_rate", parts, number(row.fte if agency else 0), row.fte)


def is_staff(row: Row) -> bool:
    """Say whether a post is permanent or fixed-term."""
    return row.employment_type in ("PERMANENT", "FIXED_TERM")


def is_frontline(council: Council, team: str | None, day: date) -> bool:
    """Say whether the team is marked as frontline on the day."""
    row = team_on(council, team, day)
    return row is not None and row.frontline is True


def frontline_staff(council: Council, day: date) -> list[Row]:
    """Return permanent and fixed-term workers in post in frontline teams on a day."""
    return [
        post
        for post in workers_in_post(council, day)
        if is_staff(post) and is_frontline(council, post.team_id, day)
    ]


def left(council: Council, row: Row) -> bool:
    """Say whether a worker left with this row: by its reason, else by no other row the next day."""
    if row.leave_reason:
        return row.leave_reason == "LEFT_ORGANISATION"
    others = council.by("local_employment", "worker_id")[row.worker_id]
    next_day = row.end_date + DAY
    return not any(
        is_current(other.start_date, other.end_date, next_day) for other in others if other is not row
    )


def leavers(council: Council, first: date, last: date) -> list[Row]:
    """Return the last row in the window of each worker who left staff of a frontline team."""
    latest: dict[str, Row] = {}
    for row in council.rows("local_employment"):
        ended = row.end_date is not None and first <= row.end_date <= last
        if (
            not ended
            or not row.worker_id
            or not is_staff(row)
            or not is_frontline(council, row.team_id, row.end_date)
        ):
            continue
        before = latest.get(row.worker_id)
        if left(council, row) and (
            not before or (before.end_date, before.employment_id) < (row.end_date, row.employment_id)
        ):
            latest[row.worker_id] = row
    return list(latest.values())


def measure_68(council: Council, period: Period) -> Iterator[Case]:
    """Count leavers of 12 months over the mean of the 13 headcounts that open and close its months."""
    first = twelve_months_to(period.end)
    gone = leavers(council, first, period.end)
    for row in gone:
        parts = team_parts(council, row.team_id, row.end_date)
        yield Case(Fraction(1), parts, "pct", out_of=Fraction(0))
        yield Case(True, parts, "leavers")
        because = "unknown" if row.fte is None else None
        claim = None if because else number(row.fte)
        yield Case(claim, parts, "pct_dfe_fte", out_of=Fraction(0), because=because)
    ends = [plus_months(first, months) - DAY for months in range(13)]
    for end in ends:
        for post in frontline_staff(council, end):
            # a team that moved to another service area stands whole in the one of today
            mapped = min(period.end, post.end_date or period.end)
            yield Case(Fraction(0), team_parts(council, post.team_id, mapped), "pct", out_of=Fraction(1, 13))
    for post in frontline_staff(council, period.end):
        parts = team_parts(council, post.team_id, period.end)
        yield in_full_time("pct_dfe_fte", parts, Fraction(0), post.fte)


def absent_days(council: Council, worker: str, first: date, last: date) -> set[date]:
    """Return every day of a month on which the worker was absent, the last day of an absence in."""
    days = set()
    for absence in council.by("local_absences", "worker_id").get(worker, []):
        if absence.start_date:
            day, end = max(absence.start_date, first), min(absence.end_date or last, last)
            while day <= end:
                days.add(day)
                day += DAY
    return days


def was_away(council: Council, worker: str, first: date, last: date) -> bool:
    """Say whether a worker was absent on 20 working days of a month, or on all where it has fewer."""
    days = absent_days(council, worker, first, last)
    return sum(working_days(day - DAY, day) for day in days) >= min(20, working_days(first - DAY, last))


def month_ends(period: Period) -> Iterator[date]:
    """Yield the end of each month of a period."""
    day = period.start
    while day <= period.end:
        yield end_of_month(day)
        day = end_of_month(day) + DAY


def measure_69(council: Council, period: Period) -> Iterator[Case]:
    """Count workers of safeguarding teams, month by month: one-to-one supervision in it."""
    for last in month_ends(period):
        first = last.replace(day=1)
        holders = {worker for _, worker in allocations(council, last)}
        spanning: dict[str, Row] = {}
        for row in council.rows("local_employment"):
            if (
                row.worker_id
                and row.start_date
                and row.start_date <= first
                and (not row.end_date or row.end_date > last)
            ):
                known = spanning.get(row.worker_id)
                if not known or (known.start_date, known.employment_id) < (row.start_date, row.employment_id):
                    spanning[row.worker_id] = row
        for worker, row in spanning.items():
            team = team_on(council, row.team_id, last)
            practises = row.role in SOCIAL_WORKERS or worker in holders
            if not team or team.safeguarding is not True or not practises or row.employment_type == "STUDENT":
                continue
            parts = team_parts(council, row.team_id, last)
            if was_away(council, worker, first, last):
                yield Case(None, parts, because="excluded")
                continue
            sessions = [
                session
                for session in council.by("local_supervision", "worker_id").get(worker, [])
                if session.supervision_date and first <= session.supervision_date <= last
            ]
            received = any(
                session.supervision_type == "ONE_TO_ONE" and session.status == "COMPLETED"
                for session in sessions
            )
            yield Case(received, parts, because=None if sessions else "missing")


def workers_over(
    posts: Iterable[Row],
    council: Council,
    day: date,
    limit: int,
    cases_of: Callable[[str], int],
) -> Iterator[Case]:
    """Yield workers: over the limit, and their cases, those without any included (103 to 106)."""
    for post in posts:
        parts = team_parts(council, post.team_id, day)
        cases = cases_of(post.worker_id)
        yield Case(cases > limit, parts, "count")
        yield Case(cases > limit, parts, "over_threshold_pct_of_workers")
        yield Case(cases, parts, "mean_cases_per_worker")
        yield for_full_time(cases, post, limit, parts, "fte_adjusted_count")


def posts_in(council: Council, day: date, area: str, roles: set[str] | None = None) -> list[Row]:
    """Return workers in post in teams of a service area, in these roles (None: any)."""
    return [
        post
        for post in workers_in_post(council, day)
        if (roles is None or post.role in roles)
        and team_parts(council, post.team_id, day)["service_area"] == area
    ]


def measure_103(council: Council, period: Period) -> Iterator[Case]:
    """Count permanency social workers with more than 16 cases."""
    load = caseloads(council, period.end)
    posts = posts_in(council, period.end, "PERMANENCY", SOCIAL_WORKERS)
    yield from workers_over(posts, council, period.end, LIMITS[103], lambda worker: len(load[worker]))


def has_short_breaks_only(council: Council, child: str, day: date) -> bool:
    """Say whether a child has short breaks alone: not looked after, no other plan."""
    status = council.by("local_cin_plan_status", "cin_plan_id")

    def is_flagged(plan: Row) -> bool:
        return any(row.short_break_only is True for row in status.get(plan.cinp_cin_plan_id, []))

    plans = [
        is_flagged(spell.rows[0]) for spell in spells_of(council, "cin_plan", child) if spell.current(day)
    ]
    on_breaks = period_on(council, child, day) is not None and on_short_breaks(council, child, day)
    other = looked_after(council, child, day) or has_current(council, "cp_plan", child, day) or not all(plans)
    return (any(plans) or on_breaks) and not other


def measure_104(council: Council, period: Period) -> Iterator[Case]:
    """Count social workers for disabled children with more than 16 cases, short breaks apart."""
    day = period.end
    every = caseloads(council, day)
    load = caseloads(council, day, lambda child: not has_short_breaks_only(council, child, day))
    posts = posts_in(council, day, "CHILDREN_WITH_DISABILITIES", SOCIAL_WORKERS)
    for case in workers_over(posts, council, day, LIMITS[104], lambda worker: len(load[worker])):
        if case.statistic != "fte_adjusted_count":
            yield case
    for post in posts:
        parts = team_parts(council, post.team_id, day)
        yield Case(len(every[post.worker_id]) > LIMITS[104], parts, "incl_short_breaks_count")


def measure_105(council: Council, period: Period) -> Iterator[Case]:
    """Count personal advisers with more than 22 people, allocated to them or naming them."""
    day = period.end
    people = defaultdict(set)
    for child, worker in allocations(council, day, PRIMARY | {"PA"}):
        people[worker].add(child)
    for spell in council.rows("local_care_leaver_spells"):
        if spell.person_id and is_current(spell.open_start_date, spell.open_end_date, day):
            people[spell.personal_adviser_id].add(spell.person_id)
    posts = posts_in(council, day, "CARE_LEAVERS", {"PERSONAL_ADVISER"})
    yield from workers_over(posts, council, day, LIMITS[105], lambda worker: len(people[worker]))


def measure_106(council: Council, period: Period) -> Iterator[Case]:
    """Count support workers with more than 15 families; a person without one is a family."""
    day = period.end
    families = defaultdict(set)
    for row in council.rows("local_support_allocations"):
        is_held = row.role == "PRIMARY" and is_current(row.start_date, row.end_date, day)
        if is_held and (row.family_id or row.person_id):
            families[row.worker_id].add(
                ("family", row.family_id) if row.family_id else ("person", row.person_id)
            )
    posts = posts_in(council, day, "TARGETED_FAMILY_SUPPORT")
    yield from workers_over(posts, council, day, LIMITS[106], lambda worker: len(families[worker]))


def loads(council: Council, day: date) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield cases and team of every social worker who holds any."""
    load = caseloads(council, day, has_status(council, day))
    for post in workers_in_post(council, day):
        if is_social_worker(post) and load[post.worker_id]:
            yield len(load[post.worker_id]), team_parts(council, post.team_id, day)


def measure_217(council: Council, period: Period) -> Iterator[Case]:
    """Count mean number of cases of a social worker who holds any."""
    for cases, parts in loads(council, period.end):
        yield Case(cases, parts, "mean")


def measure_218(council: Council, period: Period) -> Iterator[Case]:
    """Count highest number of cases of a social worker."""
    for cases, parts in loads(council, period.end):
        yield Case(cases, parts, "max")
