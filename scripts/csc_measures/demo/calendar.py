"""Days as whole numbers (days since 1 January 1970), working days, anniversaries and school terms."""

from __future__ import annotations

import csv
from datetime import date
from functools import cached_property

import numpy as np

from csc_measures.project import PROJECT

SEEDS = PROJECT / "seeds"
EPOCH = date(1970, 1, 1)
NEVER = 1_000_000
"""A day beyond every calendar: an event that does not happen, or a spell that does not end."""


def day(year: int, month: int = 1, day_of_month: int = 1) -> int:
    """Give the number of a day."""
    return (date(year, month, day_of_month) - EPOCH).days


def number(of: date | str) -> int:
    """Give the number of a date or of a text in the form 2026-03-31."""
    return ((date.fromisoformat(of) if isinstance(of, str) else of) - EPOCH).days


def parts(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give year, month and day of month of day numbers."""
    stamps = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    return year, month, (stamps - months.astype("datetime64[D]")).astype(np.int64) + 1


def month_start(days: np.ndarray) -> np.ndarray:
    """Give the first day of the month of each day."""
    return np.asarray(days, dtype=np.int64) - parts(days)[2] + 1


def months_on(days: np.ndarray, months: int | np.ndarray) -> np.ndarray:
    """Add calendar months; a day that the month lacks becomes its last day (conventions C4)."""
    stamps = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    start = stamps.astype("datetime64[M]")
    offset = (stamps - start.astype("datetime64[D]")).astype(np.int64)
    target = start + np.asarray(months, dtype=np.int64)
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    return target.astype("datetime64[D]").astype(np.int64) + np.minimum(offset, last)


def birthday(born: np.ndarray, age: int | np.ndarray) -> np.ndarray:
    """Give the day on which an age is reached; 29 February falls on 1 March in common years (C6)."""
    reached = months_on(born, 12 * np.asarray(age))
    _, month, born_day = parts(born)
    _, _, reached_day = parts(reached)
    return reached + ((month == 2) & (born_day == 29) & (reached_day == 28))


def age_on(born: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Give completed years, -1 before birth."""
    born_year, born_month, born_day = parts(born)
    year, month, of_month = parts(np.minimum(days, day(2200)))
    before = (month < born_month) | ((month == born_month) & (of_month < born_day))
    return np.maximum(year - born_year - before, -1)


def academic_year(days: np.ndarray) -> np.ndarray:
    """Give the year in which the academic year (1 September to 31 August) began."""
    year, month, _ = parts(days)
    return year - (month < 9)


class Calendar:
    """Working days (Monday to Friday, no England bank holiday) from 1985 to 2045, and school terms."""

    first = day(1985)
    last = day(2045, 12, 31)

    @cached_property
    def working(self) -> np.ndarray:
        """Whether each day from `first` is a working day."""
        days = np.arange(self.first, self.last + 1)
        with (SEEDS / "bank_holidays.csv").open(encoding="utf-8") as file:
            holidays = [number(row["holiday_date"]) for row in csv.DictReader(file)]
        return ((days + 3) % 7 < 5) & ~np.isin(days, holidays)

    @cached_property
    def sequence(self) -> np.ndarray:
        """Number of working days up to and including each day from `first`."""
        return np.cumsum(self.working)

    @cached_property
    def day_of(self) -> np.ndarray:
        """The day that has each working-day number, counted from 1 (position 0 is unused)."""
        return np.concatenate([[self.first], self.first + np.flatnonzero(self.working)])

    def working_days(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Count working days elapsed from start to end (C3)."""
        return self.sequence[end - self.first] - self.sequence[start - self.first]

    def after(self, start: np.ndarray, working_days: int | np.ndarray) -> np.ndarray:
        """Give the n-th working day after start; n = 0 is start itself, or the working day before it."""
        return self.day_of[self.sequence[np.asarray(start) - self.first] + working_days]

    def on_working_day(self, days: np.ndarray) -> np.ndarray:
        """Move a day that is none to the next working day."""
        days = np.asarray(days)
        inside = np.clip(days, self.first, self.last - 14) - self.first
        moved = self.day_of[np.minimum(self.sequence[inside] + 1, self.day_of.size - 1)]
        return np.where((days > self.last - 14) | self.working[inside], days, moved)

    @cached_property
    def terms(self) -> np.ndarray:
        """Start and end of each school term, in order (n x 2)."""
        with (SEEDS / "school_terms.csv").open(encoding="utf-8") as file:
            return np.array(
                [[number(row["term_start"]), number(row["term_end"])] for row in csv.DictReader(file)],
                dtype=np.int64,
            )
