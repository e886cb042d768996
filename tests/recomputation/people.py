"""Who a child is on a day, and whose: the parts of a breakdown (C22), teams and service areas (C14)."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime
from functools import cache

from .calendar import age, day_of
from .extracts import ROOT, Council, Row
from .spells import is_current

NOT_RECORDED = "not recorded"
AGE_BANDS = ((0, "0"), (4, "1 to 4"), (9, "5 to 9"), (15, "10 to 15"), (17, "16 to 17"))
PRIMARY_ROLES = frozenset({"CW", "PRIMARY"})


@cache
def _ethnic_groups() -> dict[str, str]:
    """Return the group of each ethnicity."""
    with (ROOT / "seeds" / "ethnic_groups.csv").open(encoding="utf-8", newline="") as file:
        return {row["ethnicity"]: row["ethnic_group"] for row in csv.DictReader(file)}


def person_row(council: Council, person: str | None) -> Row | None:
    """Return the row of a person, if there is one."""
    return council.row("ssd_person", "pers_person_id", person)


def birth_day(council: Council, person: str | None) -> date | None:
    """Return a person's date of birth."""
    row = person_row(council, person)
    return day_of(row.pers_dob) if row else None


def death_day(council: Council, person: str | None) -> date | None:
    """Return the day on which a person died."""
    row = person_row(council, person)
    return day_of(row.pers_death_date) if row else None


def age_on(council: Council, person: str | None, day: date) -> int | None:
    """Return a person's age on a day: none when unborn or without a date of birth."""
    return age(birth_day(council, person), day)


def is_unborn(council: Council, person: str | None, day: date) -> bool:
    """Say whether a child is unborn on a day: a date of birth after it, or none and an expected one."""
    row = person_row(council, person)
    if row is None:
        return False
    return day_of(row.pers_dob) > day if row.pers_dob else row.pers_expected_dob is not None


def is_child(council: Council, person: str | None, day: date) -> bool | None:
    """Say whether somebody is under 18 or unborn on a day; None when nothing says how old."""
    if is_unborn(council, person, day):
        return True
    years = age_on(council, person, day)
    return None if years is None else years < 18


def age_band(council: Council, person: str | None, day: date) -> str:
    """Return the age band of a person on a day."""
    if is_unborn(council, person, day):
        return "unborn"
    years = age_on(council, person, day)
    if years is None:
        return NOT_RECORDED
    return next((band for oldest, band in AGE_BANDS if years <= oldest), "18 and over")


def _disability(council: Council, person: str | None) -> str:
    """Return yes for any code but NONE, no for NONE alone, else not recorded."""
    rows = council.by("ssd_disability", "disa_person_id").get(person, [])
    codes = {row.disa_disability_code for row in rows} - {None}
    if not codes:
        return NOT_RECORDED
    return "yes" if codes - {"NONE"} else "no"


def _locality(council: Council, person: str | None, day: date) -> str:
    """Return the outward part of the postcode of the home on a day; one without a start always was."""
    homes = [
        row
        for row in council.by("ssd_address", "addr_person_id").get(person, [])
        if person
        and is_current(row.addr_address_start_date or date.min, row.addr_address_end_date, day)
        and any(word in (row.addr_address_type or "").upper() for word in ("HOME", "PRIMARY"))
    ]
    home = max(
        homes,
        key=lambda row: (day_of(row.addr_address_start_date) or date.min, row.addr_table_id),
        default=None,
    )
    postcode = (home.addr_address_postcode or "").replace(" ", "").upper() if home else ""
    return postcode[:-3] or NOT_RECORDED


def parts_of_child(council: Council, person: str | None, day: date) -> dict[str, str]:
    """Return the age band, sex, ethnicity, disability and locality of a child on a day."""
    known = council.once("parts of a child", lambda _: {})
    if (person, day) not in known:
        row = person_row(council, person)
        known[person, day] = {
            "age_band": age_band(council, person, day),
            "sex": (row and row.pers_sex) or NOT_RECORDED,
            "ethnicity": _ethnic_groups().get((row and row.pers_ethnicity) or "", NOT_RECORDED),
            "disability": _disability(council, person) if row else NOT_RECORDED,
            "locality": _locality(council, person, day),
        }
    return known[person, day]


def team_on(council: Council, team: str | None, day: date) -> Row | None:
    """Return the row that maps a team on a day, its end date included; of two the later start."""
    if team is None:
        return None
    rows = [
        row
        for row in council.by("local_team_service_areas", "team_id").get(team, [])
        if (row.start_date is None or row.start_date <= day) and (row.end_date is None or row.end_date >= day)
    ]
    return max(rows, key=lambda row: (row.start_date or date.min, row.team_service_area_id), default=None)


def service_area(council: Council, team: str | None, day: date) -> str | None:
    """Return the service area of a team on a day."""
    row = team_on(council, team, day)
    return row.service_area if row else None


def team_parts(council: Council, team: str | None, day: date) -> dict[str, str]:
    """Return a team and its service area on a day."""
    return {"service_area": service_area(council, team, day) or NOT_RECORDED, "team": team or NOT_RECORDED}


def _allocations(council: Council) -> dict[str, list[Row]]:
    """Return the allocations of each child, without those that end before they start."""
    allocations = defaultdict(list)
    for row in council.rows("ssd_involvements"):
        start, end = day_of(row.invo_involvement_start_date), day_of(row.invo_involvement_end_date)
        if start and end and end < start:
            continue
        referral = council.row("ssd_cin_episodes", "cine_referral_id", row.invo_referral_id)
        person = row.invo_person_id or (referral and referral.cine_person_id)
        if person:
            allocations[person].append(row)
    return dict(allocations)


def allocations_of(council: Council, person: str | None) -> list[Row]:
    """Return every allocation of a child, in any role: the person named, else that of the referral."""
    return council.once("allocations", _allocations).get(person, [])


def is_primary(allocation: Row) -> bool:
    """Say whether an allocation is primary: the older label of a case worker is the role CW."""
    role = (allocation.invo_professional_role_id or "").upper()
    return role in PRIMARY_ROLES or role == "ALLOCATED CASE WORKER"


def is_secondary(allocation: Row) -> bool:
    """Say whether an allocation is secondary: any other recorded role but DUTY."""
    role = allocation.invo_professional_role_id
    return bool(role) and not is_primary(allocation) and role.upper() != "DUTY"


def _is_allocated(allocation: Row, day: date) -> bool:
    """Say whether an allocation is current on a day."""
    return is_current(allocation.invo_involvement_start_date, allocation.invo_involvement_end_date, day)


def allocation_on(council: Council, person: str | None, day: date) -> Row | None:
    """Return the child's primary allocation on a day: of several the latest start, then id."""
    rows = [row for row in allocations_of(council, person) if is_primary(row) and _is_allocated(row, day)]
    return max(
        rows, key=lambda row: (row.invo_involvement_start_date, row.invo_involvements_id), default=None
    )


def referral_on(council: Council, person: str | None, day: date | datetime) -> Row | None:
    """Return the referral that is open on a day: of several the latest, then id."""
    rows = [
        row
        for row in council.by("ssd_cin_episodes", "cine_person_id").get(person, [])
        if person and is_current(row.cine_referral_date, row.cine_close_date, day)
    ]
    return max(rows, key=lambda row: (row.cine_referral_date, row.cine_referral_id), default=None)


def team_of_child(
    council: Council, person: str | None, day: date, on_record: str | None = None
) -> str | None:
    """
    Return the stock team of a child on a day.

    That of the current primary allocation, else that of the open record, else that of the open referral.
    """
    allocation = allocation_on(council, person, day)
    team = (allocation and allocation.invo_professional_team) or on_record
    if team:
        return team
    referral = referral_on(council, person, day)
    return referral.cine_referral_team if referral else None


def parts_of_child_and_team(
    council: Council, person: str | None, day: date, on_record: str | None = None
) -> dict[str, str]:
    """Return the parts of a child on a day, with those of the stock team."""
    team = team_of_child(council, person, day, on_record)
    return {**parts_of_child(council, person, day), **team_parts(council, team, day)}
