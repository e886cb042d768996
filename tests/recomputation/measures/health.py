"""Health of looked after children: measures 113 to 118."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from .. import care
from ..calendar import DAY, age, birthday, day_of, plus_months, twelve_months_to, working_days
from ..care import LookedAfter, case, code, shared
from ..counting import Case, Period
from ..extracts import Council
from ..people import age_on, birth_day


def _checks(council: Council, person: str, *words: str) -> list[date]:
    """Return the days of a child's completed health checks of a type that contains one of some words."""
    found = []
    for row in council.by("ssd_cla_health", "clah_person_id").get(person, []):
        kind = (row.clah_health_check_type or "").lower().replace("_", " ").replace("-", " ")
        if (
            row.clah_health_check_date
            and code(row.clah_health_check_status) == "COMPLETED"
            and any(word in kind for word in words)
        ):
            found.append(day_of(row.clah_health_check_date))
    return found


def _twelve_months(council: Council, day: date) -> list[LookedAfter]:
    """Return the children looked after on a day who have been so for 12 months."""
    return [
        child
        for child in care.looked_after_on(council, day)
        if care.looked_after_12_months(council, child, day)
    ]


def _unknown_for_12_months(council: Council, day: date, *statistics: str) -> Iterator[Case]:
    """Yield who would have been looked after for 12 months if nothing were unknown."""
    for child in care.unknown_on(council, day):
        if care.looked_after_12_months(council, child, day):
            yield from shared(statistics, council, child.person, day, claim=None, because="unknown")


def _twentieth_working_day(start: date) -> date:
    """Return the 20th working day of care."""
    day = start
    while working_days(start, day) < 20:
        day += DAY
    return day


def measure_113(council: Council, period: Period) -> Iterator[Case]:
    """Share those with an up to date health assessment."""
    day = period.end
    for child in care.unknown_on(council, day):
        yield case(council, child.person, day, None, because="unknown")
    yield from _unknown_for_12_months(council, day, "oc2_basis_pct")
    for child in care.looked_after_on(council, day):
        is_under_5 = age_on(council, child.person, day) < 5
        both = ("pct", "under_5_pct" if is_under_5 else "aged_5_plus_pct")
        if working_days(child.period.start, day) <= 20:
            yield from shared(both, council, child.person, day, claim=None, because="excluded")
            continue
        checks = [
            found
            for found in _checks(council, child.person, "health assessment")
            if child.period.start <= found <= day
        ]
        in_date = bool(checks) and plus_months(max(checks), 6 if is_under_5 else 12) >= day
        yield from shared(both, council, child.person, day, claim=in_date)
    for child in _twelve_months(council, day):
        first = twelve_months_to(day)
        checks = [
            found for found in _checks(council, child.person, "health assessment") if first <= found <= day
        ]
        needed = 2 if age_on(council, child.person, day) < 5 else 1
        yield case(council, child.person, day, len(checks) >= needed, "oc2_basis_pct")
    yield from _initial_assessments(council, period)


def _initial_assessments(council: Council, period: Period) -> Iterator[Case]:
    """Yield the periods of care whose 20th working day falls in the period, assessed by then or not."""
    statistic = "initial_within_20_working_days_pct"
    for start in [*care.all_periods(council), *care.nobodys_periods(council)]:
        day = _twentieth_working_day(start.start)
        if not (period.start <= day <= period.end and start.current(day)):
            continue
        if start.person is None:
            yield case(council, None, day, None, statistic, because="unknown")
        elif care.looked_after(council, start.person, day):
            checks = _checks(council, start.person, "health assessment")
            done = any(start.start <= found <= day for found in checks)
            yield case(council, start.person, day, done, statistic)
        elif care.age_is_unknown(council, start.person) and care.in_our_care(council, start.person, day):
            yield case(council, start.person, day, None, statistic, because="unknown")


def measure_114(council: Council, period: Period) -> Iterator[Case]:
    """Share those who saw a dentist in 12 months."""
    day = period.end
    yield from _unknown_for_12_months(council, day, "pct")
    for child in _twelve_months(council, day):
        checks = _checks(council, child.person, "dent", "teeth")
        done = any(twelve_months_to(day) <= found <= day for found in checks)
        yield case(council, child.person, day, done)


def measure_115(council: Council, period: Period) -> Iterator[Case]:
    """Share those with up to date immunisations."""
    day = period.end
    provisional = (day.month, day.day) != (3, 31)
    for unknown in _unknown_for_12_months(council, day, "pct", "status_unknown_count"):
        yield replace(unknown, provisional=provisional)
    for child in _twelve_months(council, day):
        rows = council.by("ssd_cla_immunisations", "clai_person_id").get(child.person, [])
        known = [
            row.clai_immunisations_status
            for row in rows
            if row.clai_immunisations_status is not None
            and row.clai_immunisations_status_date
            and day_of(row.clai_immunisations_status_date) <= day
        ]
        missing = None if known else "missing"
        yield case(council, child.person, day, any(known), because=missing, provisional=provisional)
        yield case(council, child.person, day, not known, "status_unknown_count", provisional=provisional)


# 116 to 118: strengths and difficulties.


def _scores(council: Council, person: str) -> list[tuple[date, int]]:
    """Return a child's valid scores with their days, in order of both."""
    dob, found = birth_day(council, person), []
    for row in council.by("ssd_sdq_scores", "csdq_person_id").get(person, []):
        day, score = day_of(row.csdq_sdq_completed_date), row.csdq_sdq_score
        years = age(dob, day) if day else None
        if years is not None and 4 <= years <= 16 and score is not None and 0 <= score <= 40:
            found.append((day, score))
    return sorted(found)


def _of_age(council: Council, day: date) -> list[tuple[str, list[tuple[date, int]]]]:
    """Return the children of the questionnaire's age with their scores in the 12 months to a day."""
    first, found = twelve_months_to(day), []
    for child in _twelve_months(council, day):
        dob = birth_day(council, child.person)
        if birthday(dob, 4) <= first and age(dob, day) <= 16:
            scores = [score for score in _scores(council, child.person) if first <= score[0] <= day]
            found.append((child.person, scores))
    return found


def measure_116(council: Council, period: Period) -> Iterator[Case]:
    """Share those with a questionnaire in 12 months."""
    day = period.end
    yield from _unknown_for_12_months(council, day, "pct", "count_not_completed")
    for person, scores in _of_age(council, day):
        yield case(council, person, day, bool(scores))
        if not scores:
            yield case(council, person, day, True, "count_not_completed")


def _band(score: int) -> str:
    """Return the band of a score."""
    return "normal" if score <= 13 else "borderline" if score <= 16 else "cause_for_concern"


def measure_117(council: Council, period: Period) -> Iterator[Case]:
    """Average the latest scores."""
    day, bands = period.end, ("normal", "borderline", "cause_for_concern")
    every = ("mean", "children_with_score_count", *(f"{band}_pct" for band in bands))
    yield from _unknown_for_12_months(council, day, *every)
    for person, scores in _of_age(council, day):
        if not scores:
            continue
        score = scores[-1][1]
        yield case(council, person, day, score, "mean")
        yield case(council, person, day, True, "children_with_score_count")
        for band in bands:
            yield case(council, person, day, _band(score) == band, f"{band}_pct")


def _earlier_score(council: Council, person: str, latest: date) -> int | None:
    """Return the score closest to 12 months before the latest one, made while in care."""
    near = plus_months(latest, -12)
    pairs = [
        (-abs((day - near).days), day, score)
        for day, score in _scores(council, person)
        if plus_months(latest, -15) <= day <= plus_months(latest, -9)
        and care.period_on(council, person, day)
        and not care.on_short_breaks(council, person, day)
    ]
    return max(pairs)[2] if pairs else None


def measure_118(council: Council, period: Period) -> Iterator[Case]:
    """Share those whose score improved or stayed normal."""
    day, bands = period.end, ("normal", "borderline", "cause_for_concern")
    of_pair = ("pct", "improved_excluding_maintained_pct", "mean_change_points")
    yield from _unknown_for_12_months(council, day, *of_pair, "no_pair_count")
    for person, scores in _of_age(council, day):
        if not scores:
            continue
        latest, score = scores[-1]
        earlier = _earlier_score(council, person, latest)
        if earlier is None:
            yield from shared(of_pair, council, person, day, claim=None, because="excluded")
            yield case(council, person, day, True, "no_pair_count")
            continue
        was, now = bands.index(_band(earlier)), bands.index(_band(score))
        improved = earlier - score >= 3 or now < was
        maintained = was == now == 0
        yield case(council, person, day, improved or maintained)
        if not maintained:
            yield case(council, person, day, improved, "improved_excluding_maintained_pct")
        yield case(council, person, day, score - earlier, "mean_change_points")
