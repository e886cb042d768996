"""Care leavers and young people aged 16 and over in care: measures 76, 80 and 84 to 89."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .. import care
from ..calendar import DAY, age, birthday, day_of, plus_months
from ..care import case, code, shared
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import age_on, birth_day
from ..spells import is_current

CONTACTS = {"VISIT", "PHONE", "VIDEO", "MESSAGE"}
NEET = {"NEET_ILLNESS", "NEET_PARENT", "NEET_OTHER"}
RELEVANT, FORMER_RELEVANT = "RELEVANT", "FORMER_RELEVANT"
NOT_WANTED = {"REFU", "NREQ"}
IN_ACTIVITY = {"F1", "P1", "F2", "P2", "F3", "P3", "F4", "P4", "F5", "P5"}


# 76, 80: aged 16 and over in care.


def _is_planned(council: Council, person: str, day: date) -> bool:
    """Say whether a pathway plan is in date on a day."""
    for plan in council.by("local_pathway_plans", "person_id").get(person, []):
        if not is_current(plan.authorised_date, plan.closed_date, day):
            continue
        reviews = council.by("local_pathway_plan_reviews", "pathway_plan_id").get(plan.pathway_plan_id, [])
        dates = [row.review_date for row in reviews if code(row.status) == "COMPLETED"]
        last = max([plan.authorised_date, *(found for found in dates if found and found <= day)])
        if plus_months(last, 6) >= day:
            return True
    return False


def _eligible_from(council: Council, person: str) -> date | None:
    """Return the day after the 91st day in care since the 14th birthday, without short breaks."""
    known = council.once("eligible from", lambda _: {})
    if person not in known:
        fourteen = birthday(birth_day(council, person), 14)
        days = 0
        for period in care.periods_of_care(council, person):
            day, end = (
                max(period.start, fourteen),
                min(period.end or council.as_at + DAY, council.as_at + DAY),
            )
            while day < end and days < 91:
                days += not care.on_short_breaks(council, person, day)
                day += DAY
            if days == 91:
                break
        known[person] = day if days == 91 else None
    return known[person]


def measure_76(council: Council, period: Period) -> Iterator[Case]:
    """Share those aged 16 and over in care with an up to date pathway plan."""
    day = period.end
    for child in care.unknown_on(council, day):
        yield from shared(("pct", "all_16plus"), council, child.person, day, claim=None, because="unknown")
    for child in care.looked_after_on(council, day):
        person = child.person
        if age_on(council, person, day) < 16:
            continue
        planned = _is_planned(council, person, day)
        yield case(council, person, day, planned, "all_16plus")
        eligible = _eligible_from(council, person)
        sixteen = birthday(birth_day(council, person), 16)
        if eligible and eligible <= day and plus_months(max(eligible, sixteen), 3) < day:
            yield case(council, person, day, planned)
        else:
            yield case(council, person, day, None, because="excluded")


def _leaves_school(born: date) -> date:
    """Return the last Friday in June of the school year of the 16th birthday."""
    sixteen = birthday(born, 16)
    last = date(sixteen.year + (sixteen.month >= 9), 6, 30)
    return last - timedelta(days=(last.weekday() - 4) % 7)


def measure_80(council: Council, period: Period) -> Iterator[Case]:
    """Count those past school age in care who are not in education, employment or training."""
    day = period.end
    for child in care.unknown_on(council, day):
        every = ("count", "neet_pct_of_cohort", "not_known_count")
        yield from shared(every, council, child.person, day, claim=None, because="unknown")
    for child in care.looked_after_on(council, day):
        person = child.person
        if age_on(council, person, day) < 16 or _leaves_school(birth_day(council, person)) > day:
            continue
        spells = [
            row
            for row in council.by("local_activity_spells", "person_id").get(person, [])
            if is_current(row.start_date, row.end_date, day)
        ]
        spell = care.latest(spells, "start_date", "activity_spell_id")
        activity = code(spell.activity_code) if spell else ""
        missing = "missing" if activity in {"", "NOT_KNOWN"} else None
        both = ("count", "neet_pct_of_cohort")
        yield from shared(both, council, person, day, claim=activity in NEET, because=missing)
        if activity in {"", "NOT_KNOWN"}:
            yield case(council, person, day, True, "not_known_count")


# 84, 87, 89: by the latest birthday.


@dataclass(frozen=True)
class Leaver:
    """A care leaver of the OC3 cohort on a day, with the record of the latest birthday."""

    person: str
    age: int
    birthday: date
    record: Row | None

    def recorded(self, column: str) -> str:
        """Return a code recorded for the birthday."""
        return code(getattr(self.record, column)) if self.record else ""


def _birthday_record(council: Council, person: str, years: int | None) -> Row | None:
    """Return the record of the birthday on which an age was reached: of several the greatest id."""
    rows = [
        row
        for row in council.by("local_care_leaver_birthdays", "person_id").get(person, [])
        if years is not None and row.age_reached == years
    ]
    return max(rows, key=lambda row: row.care_leaver_birthday_id, default=None)


def _has_status(council: Council, person: str, day: date, *statuses: str) -> bool:
    """Say whether somebody has one of some statuses on a day."""
    return any(
        code(row.eligibility) in statuses and is_current(row.start_date, row.end_date, day)
        for row in council.by("local_care_leaver_spells", "person_id").get(person, [])
    )


def _left_care(council: Council, person: str, day: date) -> bool:
    """Say whether somebody left care but for a transfer, and was in it otherwise than for short breaks."""
    begun = [period for period in care.periods_of_care(council, person) if period.start <= day]
    if begun and begun[-1].end and begun[-1].end <= day and begun[-1].end_reason == "E3":
        return False
    statuses = {
        code(row.lega_legal_status)
        for row in care.legal_statuses(council, person)
        if day_of(row.lega_legal_status_start_date) <= day
    }
    return not (statuses and statuses <= care.SHORT_BREAKS)


def _nobodys_spells(council: Council) -> list[Row]:
    """Return the spells of care leavers that name no person."""
    return council.by("local_care_leaver_spells", "person_id").get(None, [])


def _cohort(
    council: Council, day: date, youngest: int, *statuses: str
) -> Iterator[tuple[str | None, Leaver | None, str | None]]:
    """Yield the people of some statuses from an age to 21 (OC3): who, and why any is out."""
    for row in _nobodys_spells(council):
        if code(row.eligibility) in statuses and is_current(row.start_date, row.end_date, day):
            yield None, None, "unknown"
    for person in council.by("local_care_leaver_spells", "person_id"):
        if person is None or not _has_status(council, person, day, *statuses):
            continue
        years = age_on(council, person, day)
        if years is None and not care.age_is_unknown(council, person):
            continue
        if years is not None and not youngest <= years <= 21:
            continue
        if not care.is_ours(council, person, day):
            yield person, None, "excluded"
            continue
        if years is None:
            yield person, None, "unknown"
            continue
        latest = birthday(birth_day(council, person), years)
        leaver = Leaver(person, years, latest, _birthday_record(council, person, years))
        in_care = care.period_on(council, person, latest) and not care.on_short_breaks(
            council, person, latest
        )
        if (
            in_care
            or leaver.recorded("in_touch_code") in {"DIED", "RHOM"}
            or care.died_by(council, person, day)
            or not _left_care(council, person, day)
        ):
            yield person, leaver, "excluded"
        else:
            yield person, leaver, None


def _contacts(council: Council, person: str, *methods: str) -> list[date]:
    """Return the days of a young person's successful contacts by some methods."""
    return [
        row.contact_date
        for row in council.by("local_care_leaver_contacts", "person_id").get(person, [])
        if row.contact_date and row.successful and code(row.method) in methods
    ]


def measure_84(council: Council, period: Period) -> Iterator[Case]:
    """Share those in touch around their latest birthday."""
    day = period.end
    for person, leaver, because in _cohort(council, day, 17, RELEVANT, FORMER_RELEVANT):
        of_age = ("aged_17_18_pct" if leaver.age <= 18 else "aged_19_21_pct",) if leaver else ()
        if because:
            every = ("pct", "oc3_final_pct", "refused_or_no_longer_required_pct", *of_age)
            yield from shared(every, council, person, day, claim=None, because=because)
            continue
        recorded = leaver.recorded("in_touch_code")
        first, last = plus_months(leaver.birthday, -3), plus_months(leaver.birthday, 1)
        contacts = [found for found in _contacts(council, person, *CONTACTS) if first <= found <= last]
        wanted = leaver.record is not None and recorded in {"", "YES"}
        by_now = any(found <= day for found in contacts)
        missing = "missing" if leaver.record is None or (wanted and not by_now) else None
        in_touch = wanted and by_now
        yield from shared(("pct", *of_age), council, person, day, claim=in_touch, because=missing)
        yield case(council, person, day, wanted and bool(contacts), "oc3_final_pct")
        yield case(council, person, day, recorded in NOT_WANTED, "refused_or_no_longer_required_pct")
    for person, _, because in _open(council, day):
        years = age_on(council, person, day)
        if years is not None and not 17 <= years <= 21:
            continue
        if because or years is None:
            because = because or "unknown"
            yield case(council, person, day, None, "contact_in_last_8_weeks", because=because)
            continue
        contacts = [found for found in _contacts(council, person, *CONTACTS) if found <= day]
        recent = bool(contacts) and max(contacts) + timedelta(days=56) >= day
        missing = None if contacts else "missing"
        yield case(council, person, day, recent, "contact_in_last_8_weeks", because=missing)


def _accommodation(accommodation: str, suitability: str) -> tuple[str, str]:
    """Return the letter of an accommodation and its suitability, which may stand behind the letter."""
    return accommodation[:1], suitability or accommodation[1:2]


def _suitable(place: tuple[str, str]) -> bool:
    """Say whether an accommodation is suitable."""
    return place[1] == "1" and place[0] not in {"", "0"}


def _latest_position(council: Council, person: str) -> Row | None:
    """Return a young person's row of the latest position."""
    rows = council.by("ssd_care_leavers", "clea_person_id").get(person, [])
    return max(rows, key=lambda row: row.clea_table_id, default=None)


def measure_87(council: Council, period: Period) -> Iterator[Case]:
    """Share those in suitable accommodation."""
    day = period.end
    for person, leaver, because in _cohort(council, day, 19, FORMER_RELEVANT):
        if because:
            every = ("pct", "staying_put_pct", "current_accommodation_suitable_pct")
            yield from shared(every, council, person, day, claim=None, because=because)
            continue
        place = _accommodation(
            leaver.recorded("accommodation_code"), leaver.recorded("accommodation_suitable")
        )
        both = ("pct", "staying_put_pct")
        if place[0] in {"G", "H", "R"}:
            yield from shared(both, council, person, day, claim=None, because="excluded")
        else:
            missing = None if place[0] else "missing"
            yield case(council, person, day, _suitable(place), because=missing)
            yield case(council, person, day, place[0] == "Z", "staying_put_pct", because=missing)
        row = _latest_position(council, person)
        place = (
            _accommodation(
                code(row.clea_care_leaver_accommodation), code(row.clea_care_leaver_accom_suitable)
            )
            if row
            else ("", "")
        )
        if place[0] in {"G", "H", "R"}:
            yield case(council, person, day, None, "current_accommodation_suitable_pct", because="excluded")
        else:
            missing = None if place[0] else "missing"
            yield case(
                council, person, day, _suitable(place), "current_accommodation_suitable_pct", because=missing
            )


def measure_89(council: Council, period: Period) -> Iterator[Case]:
    """Share those in employment, education or training."""
    day = period.end
    for person, leaver, because in _cohort(council, day, 19, FORMER_RELEVANT):
        if because:
            every = ("pct", "in_higher_education_pct", "neet_pct", "current_activity_eet_pct")
            yield from shared(every, council, person, day, claim=None, because=because)
            continue
        activity = leaver.recorded("activity_code")
        missing = None if activity else "missing"
        yield case(council, person, day, activity in IN_ACTIVITY, because=missing)
        yield case(council, person, day, activity in {"F1", "P1"}, "in_higher_education_pct", because=missing)
        yield case(council, person, day, activity in {"G4", "G5", "G6"}, "neet_pct", because=missing)
        row = _latest_position(council, person)
        activity = code(row.clea_care_leaver_activity) if row else ""
        missing = None if activity else "missing"
        yield case(council, person, day, activity in IN_ACTIVITY, "current_activity_eet_pct", because=missing)


# 85, 86, 88: open to the service.


def _open(council: Council, day: date) -> Iterator[tuple[str | None, date, str | None]]:
    """Yield who is open to the leaving care service and not looked after: since when, and why any is out."""
    found: dict[str, date] = {}
    for row in council.rows("local_care_leaver_spells"):
        person = row.person_id
        if not is_current(row.open_start_date, row.open_end_date, day):
            continue
        if not person:
            yield None, row.open_start_date, "unknown"
        elif not care.looked_after(council, person, day):
            found[person] = min(row.open_start_date, found.get(person, row.open_start_date))
    for person, since in found.items():
        yield person, since, None if care.is_ours(council, person, day) else "excluded"


def measure_85(council: Council, period: Period) -> Iterator[Case]:
    """Count those open for services."""
    for person, _, because in _open(council, period.end):
        yield case(council, person, period.end, None if because else True, "count", because=because)


def _owed_a_plan(council: Council, person: str, day: date) -> bool:
    """Say whether somebody is relevant or former relevant, and living."""
    relevant = _has_status(council, person, day, RELEVANT, FORMER_RELEVANT)
    return relevant and not care.died_by(council, person, day)


def measure_86(council: Council, period: Period) -> Iterator[Case]:
    """Share those open for services with an up to date pathway plan."""
    day = period.end
    for person, _, because in _open(council, day):
        if because or not _owed_a_plan(council, person, day):
            yield case(council, person, day, None, because=because or "excluded")
        else:
            yield case(council, person, day, _is_planned(council, person, day))


def measure_88(council: Council, period: Period) -> Iterator[Case]:
    """Share those under 21 visited in the last eight weeks."""
    day, eight_weeks = period.end, timedelta(days=56)
    every = ("pct", "two_calendar_months_rule", "incl_refusing")
    for person, since, because in _open(council, day):
        if because or not _owed_a_plan(council, person, day):
            continue
        dob = birth_day(council, person)
        if dob is None:
            yield from shared(every, council, person, day, claim=None, because="unknown")
            continue
        years = age(dob, day)
        record = _birthday_record(council, person, years)
        if years >= 21:
            continue
        abroad = record is not None and code(record.accommodation_code)[:1] in {"G", "H"}
        if since + eight_weeks >= day or abroad:
            yield from shared(every, council, person, day, claim=None, because="excluded")
            continue
        visits = [found for found in _contacts(council, person, "VISIT") if found <= day]
        in_time = bool(visits) and max(visits) + eight_weeks >= day
        missing = None if visits else "missing"
        yield case(council, person, day, in_time, "incl_refusing", because=missing)
        if record is not None and code(record.in_touch_code) in NOT_WANTED:
            yield from shared(every[:2], council, person, day, claim=None, because="excluded")
            continue
        yield case(council, person, day, in_time, because=missing)
        within = bool(visits) and plus_months(max(visits), 2) >= day
        yield case(council, person, day, within, "two_calendar_months_rule", because=missing)
