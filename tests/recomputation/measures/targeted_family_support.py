"""Measures 90, 91, 93, 94, 101 and 102: steps between social care and support, and how support went."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..calendar import day_of, plus_months
from ..care import age_is_unknown, is_short_break_period, periods_of_care
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import age_on, death_day, parts_of_child, parts_of_child_and_team, team_parts
from ..social_care import SOURCES, led_somewhere, open_to_social_care, spells_of
from ..spells import Spell, chain
from ..support import LEVELS, episodes_of, joined_episodes, nobodys_episodes, people_supported

WINDOW_DAYS = 28
GONE = {"RC2", "RC5", "E2", "E3", "E16"}  # died, moved away, transferred


@dataclass(frozen=True)
class Step:
    """A move of one person from social care down to a level of support."""

    person: str
    level: str
    day: date
    is_recorded: bool
    is_out: bool


def involvement(council: Council, person: str) -> list[Spell]:
    """Return every spell of the person with social care; a series of short breaks is no care."""
    spells = [
        spell for kind in SOURCES for spell in spells_of(council, kind, person) if kind != "cin_episode"
    ]
    spells += [spell for spell in spells_of(council, "cin_episode", person) if led_somewhere(spell.rows[0])]
    periods = (
        period for period in periods_of_care(council, person) if not is_short_break_period(council, period)
    )
    spells += [Spell(period.start, period.end) for period in periods]
    return [spell for spell in spells if spell.end is None or spell.end >= spell.start]


def end_reasons(council: Council, person: str, day: date) -> set[str]:
    """Return why the person's child in need episodes and periods of care ended on a day."""
    episodes = council.by("ssd_cin_episodes", "cine_person_id").get(person, [])
    reasons = {row.cine_close_reason for row in episodes if day_of(row.cine_close_date) == day}
    return reasons | {period.end_reason for period in periods_of_care(council, person) if period.end == day}


def steps_of(council: Council, person: str) -> Iterator[Step]:
    """Yield a person's steps down: after each end of social care the first support within 28 days."""
    spells = involvement(council, person)
    offers = [(spell, level) for level in LEVELS for spell in joined_episodes(council, person, level)]
    for chained in chain(spells):
        if chained.end is None:
            continue
        near = [offer for offer in offers if abs((offer[0].start - chained.end).days) <= WINDOW_DAYS]
        recorded = [offer for offer in near if offer[0].rows[0].start_source == "SOCIAL_CARE"]
        chosen = min(
            recorded or near, key=lambda offer: (offer[0].start, LEVELS.index(offer[1])), default=None
        )
        if chosen is None:
            continue
        day = max(chained.end, chosen[0].start)
        died = death_day(council, person)
        is_gone = bool(end_reasons(council, person, chained.end) & GONE) or (died is not None and died <= day)
        is_back = any(chained.end < spell.start <= day for spell in spells)
        yield Step(person, chosen[1], day, bool(recorded), is_gone or is_back)


def all_steps(council: Council) -> list[Step]:
    """Return all steps down, in order of their day."""
    steps = (step for person in people_supported(council) for step in steps_of(council, person))
    return sorted(steps, key=lambda step: step.day)


def steps_down(council: Council, period: Period, level: str) -> Iterator[Case]:
    """Yield people with a step to a level in the period, each in the part of the latest (90, 92)."""
    steps = [
        s
        for s in council.once("steps down", all_steps)
        if s.level == level and period.start <= s.day <= period.end
    ]
    both, counted = ("count", "recorded_destination_only"), [s for s in steps if not s.is_out]
    latest = {step.person: step for step in counted}
    recorded = {step.person for step in counted if step.is_recorded}
    for person, step in latest.items():
        parts = parts_of_child_and_team(council, person, step.day)
        yield from (
            Case(claim, parts, statistic)
            for statistic, claim in zip(both, (True, person in recorded), strict=True)
        )
    for person, step in {s.person: s for s in steps if s.person not in latest}.items():
        parts = parts_of_child_and_team(council, person, step.day)
        yield from (Case(None, parts, statistic, because="excluded") for statistic in both)


def measure_90(council: Council, period: Period) -> Iterator[Case]:
    """Count people stepped down from social care to targeted family support."""
    yield from steps_down(council, period, "TFS")


def support_allocations(council: Council) -> dict[str, list[Spell]]:
    """Return allocations to support teams by person: the one named, else all of the family."""
    found: dict[str, list[Spell]] = {}
    for row in council.rows("local_support_allocations"):
        if not row.start_date or (row.end_date and row.end_date < row.start_date):
            continue
        if team_parts(council, row.team_id, row.start_date)["service_area"] != "TARGETED_FAMILY_SUPPORT":
            continue
        family = (
            council.by("local_support_episodes", "family_id").get(row.family_id, []) if row.family_id else []
        )
        people = (
            {row.person_id} if row.person_id else {member.person_id for member in family if member.person_id}
        )
        for person in people:
            found.setdefault(person, []).append(Spell(row.start_date, row.end_date, (row,)))
    return found


def had_worker(council: Council, person: str, day: date) -> bool:
    """Say whether a person had such a worker in the 6 months before a day."""
    allocations = council.once("support allocations", support_allocations).get(person, [])
    since = plus_months(day, -6)
    return any(spell.start < day and (spell.end is None or spell.end > since) for spell in allocations)


def measure_91(council: Council, period: Period) -> Iterator[Case]:
    """Count people with a front door assessment who had a support worker in the 6 months before."""
    people: dict[str, list[tuple[date, str, Row]]] = {}
    for row in council.rows("ssd_cin_assessments"):
        start = day_of(row.cina_assessment_start_date)
        if not start or not period.start <= start <= period.end:
            continue
        team = team_parts(council, row.cina_assessment_team, start)
        if team["service_area"] != "FAMILY_FRONT_DOOR":
            continue
        if row.cina_person_id:
            people.setdefault(row.cina_person_id, []).append((start, row.cina_assessment_id, row))
        else:
            parts = {**parts_of_child(council, None, start), **team}
            yield Case(None, parts, "count", because="unknown")
            yield Case(None, parts, "pct_of_front_door_assessments", because="unknown")
    for person, started in people.items():
        met = any(had_worker(council, person, day) for day, _, _ in started)
        day, _, latest = max(started, key=lambda item: item[:2])
        team = team_parts(council, latest.cina_assessment_team, day)
        parts = {**parts_of_child(council, person, day), **team}
        yield Case(met, parts, "count")
        yield Case(met, parts, "pct_of_front_door_assessments")


def measure_93(council: Council, period: Period) -> Iterator[Case]:
    """Count new starters in targeted family support whose last support ended within 12 months before."""
    for episode in nobodys_episodes(council, "TFS"):
        if period.start <= episode.start <= period.end:
            yield Case(None, parts_of_child_and_team(council, None, episode.start), because="unknown")
    for person in people_supported(council):
        episodes = sorted(
            episodes_of(council, person, "TFS"), key=lambda e: (e.start, e.rows[0].support_episode_id)
        )
        starts = []
        for episode in episodes:
            earlier = [other for other in episodes if other.start < episode.start]
            ended = [other.end for other in earlier if other.end]
            is_transfer = any(end >= episode.start - timedelta(days=1) for end in ended)
            if period.start <= episode.start <= period.end and not is_transfer:
                is_open = len(ended) < len(earlier)
                repeat = bool(ended) and not is_open and max(ended) >= plus_months(episode.start, -12)
                starts.append((episode.start, repeat))
        if starts:
            day, repeat = starts[-1]
            yield Case(repeat, parts_of_child_and_team(council, person, day))


def source_of(council: Council, decision: Row, person: str | None, received: date) -> tuple[str, bool] | None:
    """Return the support that a referral came from, TFS first, and whether that is recorded."""
    if decision.source_service in LEVELS:
        return decision.source_service, True
    for level in LEVELS:
        for episode in episodes_of(council, person, level):
            recent = episode.end is None or episode.end >= received - timedelta(days=WINDOW_DAYS)
            if episode.start <= received and recent:
                return level, False
    return None


@dataclass(frozen=True)
class StepUp:
    """An accepted referral of somebody who was in support, or had been until shortly before."""

    person: str | None
    level: str
    day: date
    referral: Row
    is_recorded: bool


def steps_up(council: Council, period: Period) -> Iterator[StepUp]:
    """Yield the accepted referrals of the period from support, of people not open already."""
    referrals = council.by("ssd_cin_episodes", "cine_referral_id")
    for decision in council.rows("local_referral_decisions"):
        decided = day_of(decision.decision_at)
        if decision.decision not in ("ASSESSMENT", "STRATEGY") or not decided:
            continue
        for referral in referrals.get(decision.referral_id, []):
            person = referral.cine_person_id
            received = day_of(decision.received_at) or day_of(referral.cine_referral_date)
            if not received or not period.start <= decided <= period.end:
                continue

            def counts(spell: Spell, own: Row = referral, before: date = received) -> bool:
                return spell.start < before and own not in spell.rows

            source = source_of(council, decision, person, received)
            if source and not (person and open_to_social_care(council, person, received, counts)):
                yield StepUp(person, source[0], decided, referral, source[1])


def measure_94(council: Council, period: Period) -> Iterator[Case]:
    """Count people stepped up to social care: from the higher level, and recorded, where both are found."""
    people: dict[str, list[StepUp]] = {}
    for step in steps_up(council, period):
        if step.person:
            people.setdefault(step.person, []).append(step)
            continue
        team = team_parts(council, step.referral.cine_referral_team, step.day)
        parts = {**parts_of_child(council, None, step.day), **team}
        for statistic in ("count", "from_tfs", "from_early_help", "inferred_count"):
            yield Case(None, parts, statistic, because="unknown")
    for person, steps in people.items():
        step = min(steps, key=lambda step: (LEVELS.index(step.level), not step.is_recorded))
        latest = max(steps, key=lambda step: (step.day, step.referral.cine_referral_id))
        team = team_parts(council, latest.referral.cine_referral_team, latest.day)
        parts = {**parts_of_child(council, person, latest.day), **team}
        yield Case(True, parts, "count")
        yield Case(True, parts, "from_tfs" if step.level == "TFS" else "from_early_help")
        if not step.is_recorded:
            yield Case(True, parts, "inferred_count")


def ratings_of(council: Council, intervention: Row) -> tuple[Decimal, Decimal] | None:
    """Return the last end rating, by 28 days after, that has a baseline on its tool, with that."""
    scores = council.by("local_outcome_scores", "support_episode_id")
    rows = [
        row
        for row in scores.get(intervention.parenting_intervention_id, [])
        if row.domain == "PARENTING" and row.tool and row.value_score is not None
    ]
    rows.sort(key=lambda row: (row.recorded_date or date.min, row.outcome_score_id))
    limit = intervention.end_date + timedelta(days=28)
    ends = [row for row in rows if row.phase == "END" and row.recorded_date and row.recorded_date <= limit]
    for end in reversed(ends):
        baselines = [row for row in rows if row.phase == "BASELINE" and row.tool == end.tool]
        if baselines:
            return baselines[-1].value_score, end.value_score
    return None


def measure_101(council: Council, period: Period) -> Iterator[Case]:
    """Count parenting interventions completed in the period: a better rating at the end."""
    for row in council.rows("local_parenting_interventions"):
        if not row.end_date or not period.start <= row.end_date <= period.end:
            continue
        if not row.person_id or not row.end_reason:
            for statistic in ("pct", "mean_change", "not_completed_count"):
                yield Case(None, {}, statistic, because="unknown")
            continue
        ratings = ratings_of(council, row) if row.end_reason == "COMPLETED" else None
        yield Case(row.end_reason != "COMPLETED", {}, "not_completed_count")
        if ratings is None:
            yield Case(None, {}, because="excluded")
            yield Case(None, {}, "mean_change", because="excluded")
            continue
        yield Case(ratings[1] - ratings[0] >= 1, {})
        yield Case(ratings[1] - ratings[0], {}, "mean_change")


def measure_102(council: Council, period: Period) -> Iterator[Case]:
    """Count children in targeted family support for more than 12 months, transfers joined."""
    day = period.end
    for episode in nobodys_episodes(council, "TFS"):
        if episode.current(day):
            yield Case(None, parts_of_child_and_team(council, None, day), "count", because="unknown")
    for person in people_supported(council):
        spells = [spell for spell in joined_episodes(council, person, "TFS") if spell.current(day)]
        years = age_on(council, person, day)
        parts = parts_of_child_and_team(council, person, day)
        if spells and age_is_unknown(council, person):
            yield Case(None, parts, "count", because="unknown")
        elif years is not None and years < 18:
            yield from (Case(plus_months(spell.start, 12) < day, parts, "count") for spell in spells)
