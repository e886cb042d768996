"""The facts of looked after children and care leavers that several measures share, by conventions.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from .calendar import DAY, day_of, has_time, real_hours, twelve_months_to
from .counting import AUTHORITY, Case
from .extracts import Council, Row
from .people import age_on, birth_day, death_day, parts_of_child_and_team, person_row
from .spells import has_held, is_current

SHORT_BREAKS = frozenset({"V3", "V4"})
LEGAL_STATUSES = frozenset({"C1", "C2", "D1", "E1", "V2", "V3", "V4", "L1", "L2", "L3", "J1", "J2", "J3"})
PLACED_FOR_ADOPTION = frozenset({"A3", "A4", "A5", "A6"})
WITH_CURRENT_CARER = frozenset({"A3", "A5"})
TEMPORARY = frozenset({"T0", "T1", "T2", "T3", "T4"})


# Small words of the conventions.


def code(value: str | None) -> str:
    """Return a code as it is compared: without regard to case and surrounding spaces."""
    return (value or "").strip().upper()


def is_in(day: date | datetime | None, first: date, last: date) -> bool:
    """Say whether a day is known and lies in a window, both ends in."""
    found = day_of(day)
    return found is not None and first <= found <= last


def is_before(one: date | datetime, other: date | datetime) -> bool:
    """Say whether one is before the other: by the time where both are known, else by the day."""
    if has_time(one) and has_time(other):
        return one < other
    return day_of(one) < day_of(other)


def latest(rows: Iterable[Row], start: str, identity: str) -> Row | None:
    """Return the row of the latest start, then id."""
    return max(rows, key=lambda row: (getattr(row, start), getattr(row, identity)), default=None)


# People.


def died_by(council: Council, person: str | None, day: date) -> bool:
    """Say whether a person had died on a day or before it."""
    died = death_day(council, person)
    return died is not None and died <= day


def age_is_unknown(council: Council, person: str | None) -> bool:
    """Say whether somebody has no date of birth and is not expected to be born."""
    row = person_row(council, person)
    return birth_day(council, person) is None and not (row and row.pers_expected_dob)


def is_ours(council: Council, person: str, day: date) -> bool:
    """Say whether the council is the responsible authority on a day (C18): where nothing says who, it is."""
    rows = council.by("local_responsible_authority", "person_id").get(person, [])
    held = [row for row in rows if has_held(row.start_date, row.end_date, day)]
    row = max(held, key=lambda row: (row.start_date or date.min, row.responsible_authority_id), default=None)
    return row is None or row.authority_code in {None, AUTHORITY}


def is_unaccompanied(council: Council, person: str, day: date, *, ever: bool = False) -> bool:
    """Say whether a child is recorded as unaccompanied on a day, or ever was by then."""
    for row in council.by("ssd_immigration_status", "immi_person_id").get(person, []):
        status = (row.immi_immigration_status or "").lower()
        start, end = row.immi_immigration_status_start_date, row.immi_immigration_status_end_date
        if ("uasc" in status or "unaccompanied" in status) and has_held(start, None if ever else end, day):
            return True
    return False


def case(
    council: Council, person: str | None, day: date, claim: object, statistic: str = "pct", **more: object
) -> Case:
    """Return a case of a child with its parts on a day."""
    return Case(claim, parts_of_child_and_team(council, person, day), statistic, **more)


def shared(
    statistics: Iterable[str], council: Council, person: str | None, day: date, **more
) -> Iterator[Case]:
    """Return one case for each of several statistics."""
    for statistic in statistics:
        yield case(council, person, day, statistic=statistic, **more)


# Legal status.


def legal_statuses(council: Council, person: str | None) -> list[Row]:
    """Return a person's legal statuses of the SSDA903's codes, without those that end before they start."""
    return [
        row
        for row in council.by("ssd_legal_status", "lega_person_id").get(person, [])
        if person
        and row.lega_legal_status_start_date
        and day_of(row.lega_legal_status_start_date) <= (day_of(row.lega_legal_status_end_date) or date.max)
        and code(row.lega_legal_status) in LEGAL_STATUSES
    ]


def legal_status(council: Council, person: str, day: date) -> str | None:
    """Return the legal status on a day: E1 if there is one, else the latest start, then id."""
    rows = [
        row
        for row in legal_statuses(council, person)
        if is_current(row.lega_legal_status_start_date, row.lega_legal_status_end_date, day)
    ]
    if any(code(row.lega_legal_status) == "E1" for row in rows):
        return "E1"
    row = latest(rows, "lega_legal_status_start_date", "lega_legal_status_id")
    return code(row.lega_legal_status) if row else None


def on_short_breaks(council: Council, person: str, day: date) -> bool:
    """Say whether the legal status on a day is V3 or V4."""
    return legal_status(council, person, day) in SHORT_BREAKS


# Periods of care.


@dataclass(frozen=True)
class Episode:
    """An episode of care with the day it ended: the adoption order's when it was left open after one."""

    row: Row
    start: datetime
    end: date | None


@dataclass(frozen=True)
class CarePeriod:
    """Episodes of a person without a day between them (C16), whatever the legal status; of nobody: one."""

    person: str | None
    episodes: tuple[Episode, ...]

    @property
    def began(self) -> datetime:
        """When care began, with its time when that is known."""
        return self.episodes[0].start

    @property
    def start(self) -> date:
        """The day on which care began."""
        return day_of(self.began)

    @property
    def end(self) -> date | None:
        """The day on which care ended."""
        ends = [episode.end for episode in self.episodes]
        return None if None in ends else max(ends)

    @property
    def end_reason(self) -> str:
        """Why the last episode ceased."""
        last = max(self.episodes, key=lambda e: (e.end or date.max, e.start, e.row.clae_cla_episode_id))
        return code(last.row.clae_cla_episode_ceased_reason)

    @property
    def ids(self) -> frozenset[str]:
        """The ids that records of this period bear."""
        return frozenset(episode.row.clae_cla_id for episode in self.episodes if episode.row.clae_cla_id)

    def current(self, day: date) -> bool:
        """Say whether the period is current on a day."""
        return is_current(self.start, self.end, day)


def _adoptions(council: Council) -> dict[str, list[date]]:
    """Return the dates of each person's adoption orders."""
    orders = defaultdict(list)
    for row in council.rows("ssd_permanence"):
        if row.perm_permanence_order_date and "adopt" in (row.perm_permanence_order_type or "").lower():
            orders[row.perm_person_id].append(day_of(row.perm_permanence_order_date))
    return orders


def _chain(council: Council) -> dict[str, list[CarePeriod]]:
    """Chain the episodes of every person."""
    adoptions = _adoptions(council)
    episodes = defaultdict(list)
    for row in council.rows("ssd_cla_episodes"):
        person, start = row.clae_person_id, row.clae_cla_episode_start_date
        if not person or not start:
            continue
        end = day_of(row.clae_cla_episode_ceased_date)
        if end is None:
            end = min((order for order in adoptions.get(person, []) if order >= day_of(start)), default=None)
        episodes[person].append(Episode(row, start, end))
    return {person: _periods(person, found) for person, found in episodes.items()}


def _periods(person: str, episodes: list[Episode]) -> list[CarePeriod]:
    """Chain one person's episodes: one that starts on or before the latest end so far goes on."""
    periods: list[list[Episode]] = []
    until = date.min
    for episode in sorted(episodes, key=lambda e: (e.start, e.end or date.max, e.row.clae_cla_episode_id)):
        if periods and day_of(episode.start) <= until:
            periods[-1].append(episode)
            until = max(until, episode.end or date.max)
        else:
            periods.append([episode])
            until = episode.end or date.max
    return [CarePeriod(person, tuple(found)) for found in periods]


def all_periods(council: Council) -> list[CarePeriod]:
    """Return every period of care of the council."""
    return [period for found in council.once("care", _chain).values() for period in found]


def periods_of_care(council: Council, person: str | None) -> list[CarePeriod]:
    """Return a person's periods of care in order."""
    return council.once("care", _chain).get(person, [])


def _nobodys(council: Council) -> list[CarePeriod]:
    """Make a period of care of every episode without a person."""
    return [
        CarePeriod(
            None, (Episode(row, row.clae_cla_episode_start_date, day_of(row.clae_cla_episode_ceased_date)),)
        )
        for row in council.rows("ssd_cla_episodes")
        if not row.clae_person_id and row.clae_cla_episode_start_date
    ]


def nobodys_periods(council: Council) -> list[CarePeriod]:
    """Return the episodes that name no person, each a period of care by itself."""
    return council.once("nobody's care", _nobodys)


def period_on(council: Council, person: str | None, day: date) -> CarePeriod | None:
    """Return the period of care that is current on a day."""
    return next((period for period in periods_of_care(council, person) if period.current(day)), None)


def person_of_care(council: Council, identity: str | None) -> str | None:
    """Return whose the period of care is that bears an id: of several people, whose episode began first."""
    episodes = [
        row
        for row in council.by("ssd_cla_episodes", "clae_cla_id").get(identity, [])
        if identity and row.clae_person_id and row.clae_cla_episode_start_date
    ]
    first = min(episodes, key=lambda e: (e.clae_cla_episode_start_date, e.clae_cla_episode_id), default=None)
    return first.clae_person_id if first else None


def is_short_break_period(council: Council, period: CarePeriod) -> bool:
    """Say whether all legal statuses recorded during a period of care are V3 or V4."""
    known = council.once("short break periods", lambda _: {})
    key = (period.person, period.episodes[0].row.clae_cla_episode_id)
    if key not in known:
        end = period.end or date.max
        last, until = max(period.start, end - DAY), min(period.start + DAY, end)
        during = [
            code(row.lega_legal_status)
            for row in legal_statuses(council, period.person)
            if day_of(row.lega_legal_status_start_date) <= last
            and (day_of(row.lega_legal_status_end_date) or date.max) >= until
        ]
        known[key] = bool(during) and SHORT_BREAKS.issuperset(during)
    return known[key]


# Looked after (C17).


@dataclass(frozen=True)
class LookedAfter:
    """A child looked after on a day, in its period of care; no person when nothing says whose it is."""

    person: str | None
    period: CarePeriod


def in_our_care(council: Council, person: str | None, day: date) -> CarePeriod | None:
    """Return the period of care current on a day if it is ours and not under V3 or V4, at any age."""
    period = period_on(council, person, day)
    if period and is_ours(council, person, day) and not on_short_breaks(council, person, day):
        return period
    return None


def looked_after(council: Council, person: str | None, day: date) -> CarePeriod | None:
    """Return the period of care of a child who is looked after on a day (C17)."""
    years = age_on(council, person, day)
    return in_our_care(council, person, day) if years is not None and years < 18 else None


def looked_after_on(council: Council, day: date) -> list[LookedAfter]:
    """Return every child looked after on a day."""
    known = council.once("looked after", lambda _: {})
    if day not in known:
        found = ((person, looked_after(council, person, day)) for person in council.once("care", _chain))
        known[day] = [LookedAfter(person, period) for person, period in found if period]
    return known[day]


def unknown_on(council: Council, day: date) -> list[LookedAfter]:
    """Return who would be looked after on a day but for having no date of birth, or no person."""
    known = council.once("unknown", lambda _: {})
    if day not in known:
        found = (
            LookedAfter(person, period)
            for person in council.once("care", _chain)
            if age_is_unknown(council, person) and (period := in_our_care(council, person, day))
        )
        nobodys = (LookedAfter(None, period) for period in nobodys_periods(council) if period.current(day))
        known[day] = [*found, *nobodys]
    return known[day]


def looked_after_12_months(council: Council, child: LookedAfter, day: date) -> bool:
    """Say whether a child looked after on a day has been so for 12 months, without V3 or V4."""
    first = twelve_months_to(day)
    return child.period.start <= first and not any(
        code(row.lega_legal_status) in SHORT_BREAKS
        and day_of(row.lega_legal_status_start_date) <= day
        and (row.lega_legal_status_end_date is None or day_of(row.lega_legal_status_end_date) > first)
        for row in legal_statuses(council, child.person)
    )


def _judged(council: Council, period: CarePeriod, day: date) -> tuple[CarePeriod, str | None]:
    """Return a period of care, and why it is out: nothing says whose it is, or it is not ours on a day."""
    if period.person is None:
        return period, "unknown"
    return period, None if is_ours(council, period.person, day) else "excluded"


def starts_of_care(council: Council, first: date, last: date) -> list[tuple[CarePeriod, str | None]]:
    """Return the periods of care, not of short breaks, that start in a window, and why any is out."""
    return [
        _judged(council, period, period.start)
        for period in [*all_periods(council), *nobodys_periods(council)]
        if first <= period.start <= last and not is_short_break_period(council, period)
    ]


def ends_of_care(council: Council, first: date, last: date) -> list[tuple[CarePeriod, str | None]]:
    """Return the periods of care, not of short breaks, that end in a window, and why any is out."""
    return [
        _judged(council, period, period.end - DAY)
        for period in [*all_periods(council), *nobodys_periods(council)]
        if period.end and first <= period.end <= last and not is_short_break_period(council, period)
    ]


# Placements.


@dataclass(frozen=True)
class Placement:
    """A placement that counts, with the end to which placements left out after it reach."""

    row: Row
    start: date
    end: date | None
    is_return: bool = False  # to the carer before a temporary placement

    @property
    def type(self) -> str:
        """The code of its type."""
        return code(self.row.clap_cla_placement_type)

    def meets(self, start: date) -> bool:
        """Say whether something that starts then follows without a gap."""
        return self.end is None or start <= self.end

    def lasting_to(self, other: Placement) -> Placement:
        """Return the placement with the gap filled in which another one stood."""
        if not self.meets(other.start):
            return self
        end = None if self.end is None or other.end is None else max(self.end, other.end)
        return replace(self, end=end)


@dataclass(frozen=True)
class Stay:
    """Placements with the same carer without a gap."""

    placements: tuple[Placement, ...]

    @property
    def start(self) -> date:
        """The day on which it began."""
        return self.placements[0].start

    @property
    def end(self) -> date | None:
        """The day on which it ended."""
        ends = [placement.end for placement in self.placements]
        return None if None in ends else max(ends)

    def placement_on(self, day: date) -> Placement:
        """Return the latest of its placements that had begun by a day."""
        return [placement for placement in self.placements if placement.start <= day][-1]


def _person_of_placement(council: Council, placement: Row) -> str | None:
    """Return whose the episodes with a placement are: of several people, whose episode began first."""
    named = council.by("ssd_cla_episodes", "clae_cla_placement_id").get(placement.clap_cla_placement_id, [])
    first = min(
        (row for row in named if row.clae_person_id and row.clae_cla_episode_start_date),
        key=lambda row: (row.clae_cla_episode_start_date, row.clae_cla_episode_id),
        default=None,
    )
    return first.clae_person_id if first else None


def _placement_people(council: Council) -> dict[str, list[Row]]:
    """Return the placements of each person, the person of the episode where the placement names none."""
    found = defaultdict(list)
    for row in council.rows("ssd_cla_placement"):
        person = row.clap_person_id or _person_of_placement(council, row)
        start, end = row.clap_cla_placement_start_date, row.clap_cla_placement_end_date
        if person and start and not (end and day_of(end) < day_of(start)):
            found[person].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.clap_cla_placement_start_date, row.clap_cla_placement_id))
    return found


def placements_of(council: Council, person: str) -> list[Row]:
    """Return a person's placements in order, without those that end before they start."""
    return council.once("placements", _placement_people).get(person, [])


def placement_on(council: Council, person: str, day: date) -> Row | None:
    """Return the placement that is current on a day: of several the latest start, then id."""
    rows = [
        row
        for row in placements_of(council, person)
        if is_current(row.clap_cla_placement_start_date, row.clap_cla_placement_end_date, day)
    ]
    return rows[-1] if rows else None


def carer_of(council: Council, placement: Row) -> str | None:
    """Return the carer or home of a placement, where it is recorded."""
    details = council.by("local_placement_details", "placement_id").get(placement.clap_cla_placement_id, [])
    return details[0].carer_id if details else None


def _is_brief(row: Row) -> bool:
    """Say whether a placement lasted under 24 hours."""
    start, end = row.clap_cla_placement_start_date, row.clap_cla_placement_end_date
    if end is None:
        return False
    if has_time(start) and has_time(end):
        return real_hours(start, end) < 24
    return day_of(start) == day_of(end)


def _first_reason(council: Council, placement: Row) -> str:
    """Return the reason for which the episode that begins a placement began."""
    episodes = [
        row
        for row in council.by("ssd_cla_episodes", "clae_cla_placement_id").get(
            placement.clap_cla_placement_id, []
        )
        if row.clae_cla_episode_start_date
    ]
    first = min(episodes, key=lambda e: (e.clae_cla_episode_start_date, e.clae_cla_episode_id), default=None)
    return code(first.clae_cla_episode_start_reason) if first else ""


def postcode(value: str | None) -> str:
    """Return a postcode as it is compared: without regard to case and spaces."""
    return (value or "").replace(" ", "").upper()


def _same_place(one: Row, other: Row) -> bool:
    """Say whether two placements are of one type and of one URN or postcode, as far as both are known."""
    places = [
        (code(one.clap_cla_placement_urn), code(other.clap_cla_placement_urn)),
        (postcode(one.clap_cla_placement_postcode), postcode(other.clap_cla_placement_postcode)),
    ]
    known = [pair for pair in places if all(pair)]
    same_type = code(one.clap_cla_placement_type) == code(other.clap_cla_placement_type) != ""
    return same_type and (not known or any(a == b for a, b in known))


def is_same_carer(council: Council, earlier: Row, later: Row, *, after_temporary: bool = False) -> bool:
    """Say whether a placement is with the carer of an earlier one, perhaps after temporary ones."""
    if code(later.clap_cla_placement_type) in WITH_CURRENT_CARER:
        return True
    carers = carer_of(council, earlier), carer_of(council, later)
    if all(carers):
        return carers[0] == carers[1]
    if after_temporary and _same_place(earlier, later):
        return True
    return (
        _first_reason(council, later) in {"L", "T", "U"}
        or code(earlier.clap_cla_placement_change_reason) == "PLACE"
    )


def _kept(council: Council, person: str) -> list[Placement]:
    """Return the placements that count, with the gaps filled in which others stood."""
    lasting: list[Placement] = []
    for row in placements_of(council, person):
        start, end = day_of(row.clap_cla_placement_start_date), day_of(row.clap_cla_placement_end_date)
        if on_short_breaks(council, person, start):
            continue
        placement = Placement(row, start, end)
        if not _is_brief(row):
            lasting.append(placement)
        elif lasting:
            lasting[-1] = lasting[-1].lasting_to(placement)
    kept: list[Placement] = []
    while lasting:
        run = 0
        if kept and kept[-1].type not in TEMPORARY:
            before = kept[-1]
            while run < len(lasting) and lasting[run].type in TEMPORARY and before.meets(lasting[run].start):
                before = before.lasting_to(lasting[run])
                run += 1
            following = lasting[run].row if run < len(lasting) else None
            if run and (
                following is None or is_same_carer(council, before.row, following, after_temporary=True)
            ):
                kept[-1], lasting = before, lasting[run:]
                if lasting:
                    kept.append(replace(lasting.pop(0), is_return=True))
                continue
        kept.extend(lasting[: run + 1])
        lasting = lasting[run + 1 :]
    return kept


def _stays(council: Council, person: str) -> list[Stay]:
    """Join the placements that count into stays."""
    stays: list[list[Placement]] = []
    for placement in _kept(council, person):
        if (
            stays
            and any(earlier.meets(placement.start) for earlier in stays[-1])
            and (placement.is_return or is_same_carer(council, stays[-1][-1].row, placement.row))
        ):
            stays[-1].append(placement)
        else:
            stays.append([placement])
    return [Stay(tuple(placements)) for placements in stays]


def stays_of(council: Council, person: str) -> list[Stay]:
    """Return a person's carer-continuous placements (conventions.md), in order."""
    known = council.once("stays", lambda _: {})
    if person not in known:
        known[person] = _stays(council, person)
    return known[person]


def stay_on(council: Council, person: str, day: date) -> Stay | None:
    """Return the stay that is current on a day, the latest to begin."""
    stays = [stay for stay in stays_of(council, person) if is_current(stay.start, stay.end, day)]
    return max(stays, key=lambda stay: stay.start, default=None)
