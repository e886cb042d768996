"""Front door: contacts, referrals and the decisions on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ..calendar import day_of, has_time, next_working_day, plus_months, real_hours, working_days
from ..counting import Case, Period
from ..extracts import Council, flags_of
from ..people import parts_of_child, parts_of_child_and_team, service_area, team_parts

CONTACT_OUTCOMES = (
    "NEW_REFERRAL",
    "EXISTING_REFERRAL",
    "CP_ENQUIRY",
    "NFA",
    "NON_AGENCY_ADOPTION",
    "PRIVATE_FOSTERING",
    "ADVICE",
    "MISSING",
    "OLA_CP",
    "OTHER_OUTCOMES_EXIST",
)


@dataclass(frozen=True)
class Referral:
    """A referral of a child, when it was received, and when it was first decided."""

    id: str
    person: str | None
    received: datetime
    decided: datetime | None
    team: str | None
    no_further_action: bool | None

    @property
    def day(self) -> date:
        """The day on which it was received."""
        return self.received.date()


def _referrals(council: Council) -> dict[str, Referral]:
    """Read every referral that has a date, by its id."""
    referrals = {}
    for row in council.rows("ssd_cin_episodes"):
        decision = council.row("local_referral_decisions", "referral_id", row.cine_referral_id)
        received = (decision and decision.received_at) or row.cine_referral_date
        if received:
            referrals[row.cine_referral_id] = Referral(
                row.cine_referral_id,
                row.cine_person_id,
                received,
                decision.decision_at if decision else None,
                row.cine_referral_team,
                row.cine_referral_nfa,
            )
    return referrals


def referral(council: Council, referral_id: str | None) -> Referral | None:
    """Return a referral by its id, when it has a date."""
    return council.once("referrals", _referrals).get(referral_id)


def _joined(council: Council) -> list[Referral]:
    """Join the referrals of a child on one day: the lowest time, then id (C11)."""
    events: dict[object, Referral] = {}
    for each in sorted(council.once("referrals", _referrals).values(), key=lambda r: (r.received, r.id)):
        events.setdefault((each.person, each.day) if each.person else each.id, each)
    return list(events.values())


def referrals_received(council: Council, period: Period) -> list[Referral]:
    """Return the referrals received in a period, one for each child and day."""
    referrals = council.once("joined referrals", _joined)
    return [referral for referral in referrals if period.start <= referral.day <= period.end]


def days_of_referrals(council: Council, person: str | None) -> list[date]:
    """Return the days on which a child was referred."""

    def by_person(council: Council) -> dict[str | None, list[date]]:
        days = defaultdict(list)
        for referral in council.once("joined referrals", _joined):
            days[referral.person].append(referral.day)
        return dict(days)

    return council.once("days of referrals", by_person).get(person, [])


def parts_of(council: Council, referral: Referral) -> dict[str, str]:
    """Return the parts of a referral: of the child on the day, and of the team that received it."""
    return {
        **parts_of_child(council, referral.person, referral.day),
        **team_parts(council, referral.team, referral.day),
    }


def measure_1(council: Council, period: Period) -> Iterator[Case]:
    """Referrals decided by the end of the next working day, or within 24 hours."""
    for referral in referrals_received(council, period):
        parts, because = parts_of(council, referral), None
        in_time = in_hours = False
        if referral.person is None:
            because = "unknown"
        elif referral.decided is None:
            running = next_working_day(referral.day) > council.as_at
            because = "excluded" if running else "missing"
        elif referral.decided.date() < referral.day:
            because = "unknown"
        else:
            in_time = working_days(referral.day, referral.decided) <= 1
            if has_time(referral.received) and has_time(referral.decided):
                in_hours = real_hours(referral.received, referral.decided) <= 24
            else:
                in_hours = (referral.decided.date() - referral.day).days <= 1
        out = because in ("unknown", "excluded")
        yield Case(None if out else in_time, parts, because=because)
        yield Case(None if out else in_hours, parts, "pct_strict_24_hours", because=because)


def measure_2(council: Council, period: Period) -> Iterator[Case]:
    """Referrals to the front door of a child who was referred, to anybody, in the 12 months before."""
    for referral in referrals_received(council, period):
        if service_area(council, referral.team, referral.day) != "FAMILY_FRONT_DOOR":
            continue
        if referral.person is None:
            yield Case(None, parts_of(council, referral), because="unknown")
            continue
        first = plus_months(referral.day, -12)
        earlier = any(first <= day < referral.day for day in days_of_referrals(council, referral.person))
        yield Case(earlier, parts_of(council, referral))


def measure_201(council: Council, period: Period) -> Iterator[Case]:
    """Contacts received, and those with each outcome."""
    for contact in council.rows("ssd_contacts"):
        day = day_of(contact.cont_contact_date)
        if day is None or not period.start <= day <= period.end:
            continue
        known = contact.cont_person_id is not None
        parts = parts_of_child_and_team(council, contact.cont_person_id, day)
        outcomes = flags_of(contact.cont_contact_outcome_json)
        for name in ("count", *(f"count_{code.lower()}" for code in CONTACT_OUTCOMES if code in outcomes)):
            yield Case(known or None, parts, name, because=None if known else "unknown")


def measure_202(council: Council, period: Period) -> Iterator[Case]:
    """Referrals received."""
    for referral in referrals_received(council, period):
        known = referral.person is not None
        yield Case(known or None, parts_of(council, referral), "count", because=None if known else "unknown")


def measure_203(council: Council, period: Period) -> Iterator[Case]:
    """Referrals that are marked as having led to no further action."""
    for referral in referrals_received(council, period):
        parts = parts_of(council, referral)
        if referral.person is None:
            yield Case(None, parts, because="unknown")
        elif referral.no_further_action is None:
            yield Case(False, parts, because="missing")
        else:
            yield Case(referral.no_further_action, parts)
