"""What an engine is given to work out the measures, and what is asked of it."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from csc_measures.project import PROJECT

Counted = dict[date, tuple[int, int | None]]
"""What a measure comes to: numerator and denominator (None: it is a count) by month end."""

NUMBERS = {
    2: "earlier referral in 12 months",
    8: "within 45 working days",
    31: "looked after at month end",
    34: "latest visit in 42 days",
    66: "workers over 16 children",
}
SHORT_BREAKS = ("V3", "V4")
LEGAL_STATUSES = (*("C1", "C2", "D1", "E1", "V2", *SHORT_BREAKS), *("L1", "L2", "L3", "J1", "J2", "J3"))
PRIMARY_ROLES = ("CW", "PRIMARY", "ALLOCATED CASE WORKER")
SOCIAL_WORKERS = ("SOCIAL_WORKER", "SENIOR_SOCIAL_WORKER")
CASES = (
    ("ssd_cin_episodes", "cine_person_id", "cine_referral_date", "cine_close_date"),
    ("ssd_cin_assessments", "cina_person_id", "cina_assessment_start_date", "cina_assessment_auth_date"),
    ("ssd_s47_enquiry", "s47e_person_id", "s47e_s47_start_date", "s47e_s47_end_date"),
    ("ssd_cin_plans", "cinp_person_id", "cinp_cin_plan_start_date", "cinp_cin_plan_end_date"),
    ("ssd_cp_plans", "cppl_person_id", "cppl_cp_plan_start_date", "cppl_cp_plan_end_date"),
    ("local_care_leaver_spells", "person_id", "open_start_date", "open_end_date"),
)
"""What makes a child a case while it is current (C19), beside care: extract, person, start, end."""


@dataclass(frozen=True)
class Given:
    """
    The landed extracts, the month ends that are reported, the parameters in force and whose council it is.

    `landed` is a folder with `<extract>.parquet` for each extract, a typed and empty one for what was not
    delivered; ids are pseudonyms and their order is kept in `<key>_rank`. `generation` is what the night made
    of them, `headlines` has the statistic by which each measure is known.
    """

    landed: Path
    month_ends: tuple[date, ...]
    parameters: dict[str, Any]
    authority: str
    generation: Path
    headlines: dict[int, str]

    def file(self, extract: str) -> str:
        """Return the file of an extract."""
        return str(self.landed / f"{extract}.parquet")

    def write(self, file: Path) -> None:
        """Write it to a file, in JSON."""
        file.write_text(json.dumps(asdict(self), default=str), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Given:
        """Read it from a file that `write` has written."""
        told = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            landed=Path(told["landed"]),
            month_ends=tuple(map(date.fromisoformat, told["month_ends"])),
            parameters=told["parameters"],
            authority=told["authority"],
            generation=Path(told["generation"]),
            headlines={int(number): name for number, name in told["headlines"].items()},
        )


def bank_holidays() -> list[date]:
    """Return the bank holidays of England, in order."""
    with (PROJECT / "seeds" / "bank_holidays.csv").open(encoding="utf-8", newline="") as file:
        return sorted(date.fromisoformat(row["holiday_date"]) for row in csv.DictReader(file))
