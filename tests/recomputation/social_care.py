"""Whether a child is open to social care, and by which status: rule C19 and "Reading the extracts"."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from operator import attrgetter

from .calendar import day_of
from .care import looked_after
from .extracts import Council, Row, key_of
from .spells import Spell, chain, is_current

PLANS = ("cin_plan", "cp_plan")  # what is chained
PLAN_STATUSES = ("looked_after", "child_protection_plan", "child_in_need_plan")

# Extract, then its columns of person, start and end.
SOURCES = {
    "cin_episode": ("ssd_cin_episodes", "cine_person_id", "cine_referral_date", "cine_close_date"),
    "assessment": (
        "ssd_cin_assessments",
        "cina_person_id",
        "cina_assessment_start_date",
        "cina_assessment_auth_date",
    ),
    "enquiry": ("ssd_s47_enquiry", "s47e_person_id", "s47e_s47_start_date", "s47e_s47_end_date"),
    "cin_plan": ("ssd_cin_plans", "cinp_person_id", "cinp_cin_plan_start_date", "cinp_cin_plan_end_date"),
    "cp_plan": ("ssd_cp_plans", "cppl_person_id", "cppl_cp_plan_start_date", "cppl_cp_plan_end_date"),
}


def spells_of(council: Council, kind: str, person: str) -> list[Spell]:
    """Return a person's spells of a kind of `SOURCES`; of child protection plans our own alone (C18)."""

    def read(council: Council) -> dict[str, list[Spell]]:
        extract, person_column, start_column, end_column = SOURCES[kind]
        spells = defaultdict(list)
        for row in sorted(council.rows(extract), key=attrgetter(key_of(extract))):
            start, end = day_of(getattr(row, start_column)), day_of(getattr(row, end_column))
            ours = kind != "cp_plan" or row.cppl_cp_plan_ola is not True
            if start and ours and getattr(row, person_column):
                spells[getattr(row, person_column)].append(Spell(start, end, (row,)))
        return spells

    return council.once(f"spells of {kind}", read).get(person, [])


def nobodys_records(council: Council, kind: str, day: date) -> list[Row]:
    """Return the rows of a kind of `SOURCES` that name no person and are current on a day."""
    extract, person, start, end = SOURCES[kind]
    return [
        row
        for row in council.by(extract, person).get(None, [])
        if is_current(getattr(row, start), getattr(row, end), day)
        and (kind != "cp_plan" or row.cppl_cp_plan_ola is not True)
    ]


def plans_of(council: Council, kind: str, person: str) -> list[Spell]:
    """Return a person's chained plans (C16): `cp_plan` or `cin_plan`."""
    return chain(spells_of(council, kind, person))


def has_current(council: Council, kind: str, person: str, day: date) -> bool:
    """Say whether the person has a spell of that kind at the end of the day."""
    return any(spell.current(day) for spell in spells_of(council, kind, person))


def case_status(council: Council, person: str, day: date) -> str | None:
    """Return the first status that applies (C19), None for a person who is not open."""
    if looked_after(council, person, day):
        return "looked_after"
    for kind, status in (
        ("cp_plan", "child_protection_plan"),
        ("cin_plan", "child_in_need_plan"),
        ("enquiry", "s47_open"),
        ("assessment", "s17_assessment_open"),
    ):
        if has_current(council, kind, person, day):
            return status
    spells = council.by("local_care_leaver_spells", "person_id").get(person, [])
    if any(is_current(spell.open_start_date, spell.open_end_date, day) for spell in spells):
        return "care_leaver"
    return "other_open" if has_current(council, "cin_episode", person, day) else None


def led_somewhere(episode: Row) -> bool:
    """Say whether a child in need episode is social care: one marked no further action is not."""
    return episode.cine_referral_nfa is not True


def open_to_social_care(
    council: Council, person: str, day: date, counts: Callable[[Spell], bool] | None = None
) -> bool:
    """
    Open to social care on a day: one of `SOURCES` current, or looked after (C17).

    `counts` says of a spell, a period of care among them, whether it is asked at all.
    """
    current = (
        spell
        for kind in SOURCES
        for spell in (plans_of if kind in PLANS else spells_of)(council, kind, person)
        if spell.current(day) and (kind != "cin_episode" or led_somewhere(spell.rows[0]))
    )
    if any(counts is None or counts(spell) for spell in current):
        return True
    period = looked_after(council, person, day)
    return period is not None and (counts is None or counts(Spell(period.start, period.end)))
