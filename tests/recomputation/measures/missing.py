"""Missing children and return interviews: measures 54, 56, 58 and 60 to 62."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .. import care
from ..calendar import day_of, has_time, real_hours
from ..care import case, code, shared
from ..counting import Case, Period
from ..extracts import LONDON, Council
from ..people import age_on

CLOCK = timedelta(hours=72)
NOT_ACCEPTED = {"DECLINED", "NOT_OFFERED"}


@dataclass(frozen=True)
class Missing:
    """A missing or away episode with the better known of its starts and returns."""

    id: str
    person: str
    type: str
    start: datetime | None
    back: datetime | None


def _read(council: Council) -> list[Missing]:
    """Read the episodes that were not cancelled."""
    found = []
    for row in council.rows("ssd_missing"):
        details = council.row("local_missing_details", "missing_episode_id", row.miss_table_id)
        if details and code(details.status) == "CANCELLED":
            continue
        found.append(
            Missing(
                row.miss_table_id,
                row.miss_person_id,
                code(row.miss_missing_episode_type),
                (details and details.started_at) or row.miss_missing_episode_start_date,
                (details and details.returned_at) or row.miss_missing_episode_end_date,
            )
        )
    return found


def _episodes(council: Council) -> list[Missing]:
    """Return the episodes that were not cancelled."""
    return council.once("missing", _read)


# 54, 56, 58, 60: return interviews.


def _clock_end(back: datetime) -> date:
    """Return the day on which the 72 hours after a return are over."""
    if not has_time(back):
        return day_of(back) + timedelta(days=3)
    instant = back.replace(tzinfo=LONDON).timestamp() + CLOCK.total_seconds()
    return datetime.fromtimestamp(instant, LONDON).date()


def _is_within_72_hours(back: datetime, held: datetime) -> bool:
    """Say whether an interview was held within 72 hours of a return (C5)."""
    if has_time(back) and has_time(held):
        return real_hours(back, held) <= 72
    return (day_of(held) - day_of(back)).days <= 3


def _was_in_care(council: Council, person: str, start: datetime) -> bool:
    """Say whether a child, or somebody of unknown age, was in our care when an episode began."""
    years = age_on(council, person, day_of(start))
    if years >= 18 if years is not None else not care.age_is_unknown(council, person):
        return False
    period = care.in_our_care(council, person, day_of(start))
    times = period is not None and has_time(period.began) and has_time(start)
    return period is not None and not (period.start == day_of(start) and times and period.began > start)


def _interviews(
    council: Council, period: Period, is_good: Callable[[datetime, datetime], bool], *, in_care: bool
) -> Iterator[Case]:
    """Yield the missing episodes whose 72 hours end in a period, by whether a good interview was held."""
    both = ("pct", "pct_of_accepted")
    for episode in _episodes(council):
        back, person = episode.back, episode.person
        if episode.type != "M" or back is None:
            continue
        day = _clock_end(back)
        if not period.start <= day <= period.end:
            continue
        came_back = day_of(back)
        years = age_on(council, person, came_back)
        if in_care and not (episode.start and _was_in_care(council, person, episode.start)):
            continue
        if person is None:
            yield from shared(both, council, person, day, claim=None, because="unknown")
            continue
        ends_before = episode.start and care.is_before(back, episode.start)
        if ends_before or (years is not None and years >= 18) or care.died_by(council, person, came_back):
            yield from shared(both, council, person, day, claim=None, because="excluded")
            continue
        if in_care and care.age_is_unknown(council, person):  # nobody can tell whether it was a child (C17)
            yield from shared(both, council, person, day, claim=None, because="unknown")
            continue
        interviews = council.by("local_return_interviews", "missing_episode_id").get(episode.id, [])
        held = any(
            code(row.outcome) == "HELD"
            and row.held_at
            and not care.is_before(row.held_at, back)
            and is_good(back, row.held_at)
            for row in interviews
        )
        missing = None if interviews else "missing"
        yield case(council, person, day, held, because=missing)
        outcomes = {code(row.outcome) for row in interviews} - {""}
        if not outcomes or not outcomes <= NOT_ACCEPTED:
            yield case(council, person, day, held, "pct_of_accepted", because=missing)


def measure_54(council: Council, period: Period) -> Iterator[Case]:
    """Share return interviews completed."""
    yield from _interviews(council, period, lambda _back, _held: True, in_care=False)


def measure_56(council: Council, period: Period) -> Iterator[Case]:
    """Share return interviews of looked after children completed."""
    yield from _interviews(council, period, lambda _back, _held: True, in_care=True)


def measure_58(council: Council, period: Period) -> Iterator[Case]:
    """Share return interviews completed in 72 hours."""
    yield from _interviews(council, period, _is_within_72_hours, in_care=False)


def measure_60(council: Council, period: Period) -> Iterator[Case]:
    """Share return interviews of looked after children completed in 72 hours."""
    yield from _interviews(council, period, _is_within_72_hours, in_care=True)


# 61, 62: children who go missing.


def _going_missing(
    council: Council, period: Period, is_in: Callable[[Missing], bool | None]
) -> Iterator[Case]:
    """Yield the children, and their episodes, that go missing in a period."""
    statistics = {"M": ("count", "count_children_2plus_episodes"), "A": ("count_children_away",)}
    starts: dict[tuple[str, str], list[date]] = {}
    unknown: dict[tuple[str, str], date] = {}
    for episode in _episodes(council):
        if episode.type not in statistics or not care.is_in(episode.start, period.start, period.end):
            continue
        day, person = day_of(episode.start), episode.person
        included = is_in(episode)
        if included is None:
            whose = episode.type, person or f"nobody, {episode.id}"
            unknown[whose] = max(day, unknown.get(whose, day))
            if episode.type == "M":
                yield case(council, person, day, None, "count_episodes", because="unknown")
        elif included:
            starts.setdefault((episode.type, person), []).append(day)
            if episode.type == "M":
                yield case(council, person, day, True, "count_episodes")
    for (kind, person), day in unknown.items():
        yield from shared(statistics[kind], council, person, day, claim=None, because="unknown")
    for (kind, person), days in starts.items():
        yield case(council, person, max(days), True, statistics[kind][0])
        if kind == "M" and len(days) >= 2:
            yield case(council, person, max(days), True, "count_children_2plus_episodes")


def _is_child(council: Council, episode: Missing) -> bool | None:
    """Say whether somebody was born and under 18 when an episode began; None when nothing says how old."""
    if care.age_is_unknown(council, episode.person):
        return None
    years = age_on(council, episode.person, day_of(episode.start))
    return years is not None and years < 18


def measure_61(council: Council, period: Period) -> Iterator[Case]:
    """Count children who go missing."""
    yield from _going_missing(council, period, lambda episode: _is_child(council, episode))


def measure_62(council: Council, period: Period) -> Iterator[Case]:
    """Count looked after children who go missing."""

    def is_looked_after(episode: Missing) -> bool | None:
        return _was_in_care(council, episode.person, episode.start) and _is_child(council, episode)

    yield from _going_missing(council, period, is_looked_after)
