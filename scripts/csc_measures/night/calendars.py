"""Refuse a night beyond the calendars by which it counts: working days and school terms would be wrong."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

SEEDS = PROJECT / "seeds"
CALENDARS = {"bank_holidays.csv": ("holiday_date", (12, 31)), "school_terms.csv": ("term_end", (8, 31))}
"""Of each calendar the column of its dates, and month and day on which a year of it ends."""


def check_calendars(as_at: date, seeds: Path = SEEDS) -> None:
    """Stop with 60 when bank holidays or school terms are not known until the as-at date."""
    for name, (column, end) in CALENDARS.items():
        known_to = last_of(seeds / name, column, end)
        if as_at > known_to:
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                f"A calendar ends on {known_to}, before the as-at date {as_at}.",
                [str(seeds / name)],
                "Add the rows of the years that are missing, from the source that seeds/seeds.yml names; or "
                "set CSC_AS_AT right.",
            )


def last_of(file: Path, column: str, end: tuple[int, int]) -> date:
    """Return the end, as month and day, of the year in which the last date of a calendar lies."""
    with file.open(encoding="utf-8", newline="") as rows:
        year = max(date.fromisoformat(row[column]) for row in csv.DictReader(rows)).year
    return date(year, *end)
