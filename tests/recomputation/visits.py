"""Visits at which the child was seen (C24): the person named, else the person of the plan that they name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from .extracts import Council, Row

# Extract: its columns of person, time and child seen.
COLUMNS = {
    "local_practice_visits": ("person_id", "visit_at", "child_seen"),
    "ssd_cin_visits": ("cinv_person_id", "cinv_cin_visit_date", "cinv_cin_visit_seen"),
    "ssd_cp_visits": ("cppv_person_id", "cppv_cp_visit_date", "cppv_cp_visit_seen"),
    "ssd_cla_visits": ("clav_person_id", "clav_cla_visit_date", "clav_cla_visit_seen"),
}
# Extract whose person may not be recorded: its column of the plan, and the plan's extract, id and person.
PLANS = {
    "ssd_cin_visits": ("cinv_cin_plan_id", "ssd_cin_plans", "cinp_cin_plan_id", "cinp_person_id"),
    "ssd_cp_visits": ("cppv_cp_plan_id", "ssd_cp_plans", "cppl_cp_plan_id", "cppl_person_id"),
}
SOCIAL_WORK_VISITS = ("local_practice_visits", "ssd_cin_visits", "ssd_cp_visits")
ANY_VISITS = (*SOCIAL_WORK_VISITS, "ssd_cla_visits")


@dataclass(frozen=True)
class Visit:
    """A visit that counts: when, and what for where that is recorded."""

    at: datetime
    purpose: str | None

    @property
    def day(self) -> date:
        """The day of the visit."""
        return self.at.date()


def person_of_plan(council: Council, extract: str, visit: Row) -> str | None:
    """Return the person of the plan that a visit names."""
    if extract not in PLANS:
        return None
    named, plans, identity, person = PLANS[extract]
    plan = council.row(plans, identity, getattr(visit, named))
    return getattr(plan, person) if plan else None


def visits_of(council: Council, person: str | None, extracts: tuple[str, ...]) -> list[Visit]:
    """Return the visits of some extracts at which a child was seen."""

    def read(council: Council) -> dict[str, list[Visit]]:
        visits = defaultdict(list)
        for extract in extracts:
            person_column, time_column, seen_column = COLUMNS[extract]
            for row in council.rows(extract):
                at = getattr(row, time_column)
                whose = getattr(row, person_column) or person_of_plan(council, extract, row)
                if getattr(row, seen_column) and at and whose:
                    visits[whose].append(Visit(at, getattr(row, "purpose", None)))
        return dict(visits)

    return council.once(("visits", extracts), read).get(person, [])
