"""Visits at which the child was seen (C24), by person and whatever plan, assessment or enquiry they name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from .extracts import Council

# Extract: its columns of person, time and child seen.
COLUMNS = {
    "local_practice_visits": ("person_id", "visit_at", "child_seen"),
    "ssd_cin_visits": ("cinv_person_id", "cinv_cin_visit_date", "cinv_cin_visit_seen"),
    "ssd_cp_visits": ("cppv_person_id", "cppv_cp_visit_date", "cppv_cp_visit_seen"),
    "ssd_cla_visits": ("clav_person_id", "clav_cla_visit_date", "clav_cla_visit_seen"),
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


def visits_of(council: Council, person: str | None, extracts: tuple[str, ...]) -> list[Visit]:
    """Return the visits of some extracts at which a child was seen."""

    def read(council: Council) -> dict[str, list[Visit]]:
        visits = defaultdict(list)
        for extract in extracts:
            person_column, time_column, seen_column = COLUMNS[extract]
            for row in council.rows(extract):
                at = getattr(row, time_column)
                if getattr(row, seen_column) and at and getattr(row, person_column):
                    visit = Visit(at, getattr(row, "purpose", None))
                    visits[getattr(row, person_column)].append(visit)
        return dict(visits)

    return council.once(("visits", extracts), read).get(person, [])
