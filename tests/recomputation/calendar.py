"""Days, working days, months and ages: rules C1 to C6 of `definitions/conventions.md`."""

from __future__ import annotations

import csv
from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

from .extracts import LONDON, ROOT

if TYPE_CHECKING:
    from .counting import Period

FIRST_DAY, LAST_DAY = date(1985, 1, 1), date(2045, 12, 31)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Term:
    """A school term, both days in."""

    academic_year: str
    term_name: str
    term_start: date
    term_end: date


def day_of(value: date | datetime | None) -> date | None:
    """Return the day of a date or time."""
    return value.date() if isinstance(value, datetime) else value


def has_time(value: date | datetime | None) -> bool:
    """Say whether the time of day is known: midnight means that it is not."""
    return isinstance(value, datetime) and value.time() != time(0)


def real_hours(earlier: datetime, later: datetime) -> float:
    """Return the hours that really passed between two London times, changes of the clocks counted (C5)."""
    return (later.replace(tzinfo=LONDON).timestamp() - earlier.replace(tzinfo=LONDON).timestamp()) / 3600


def plus_hours(start: datetime, hours: int) -> datetime:
    """Return the London time so many real hours on; without a time, so many days of 24 hours on (C5)."""
    if not has_time(start):
        return start + timedelta(days=hours / 24)
    instant = start.replace(tzinfo=LONDON).timestamp() + hours * 3600
    return datetime.fromtimestamp(instant, LONDON).replace(tzinfo=None)


@cache
def holidays() -> frozenset[date]:
    """Return the bank holidays of England."""
    with (ROOT / "seeds" / "bank_holidays.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(date.fromisoformat(row["holiday_date"]) for row in csv.DictReader(file))


@cache
def school_terms() -> list[Term]:
    """Return the school terms in order."""
    with (ROOT / "seeds" / "school_terms.csv").open(encoding="utf-8", newline="") as file:
        return [
            Term(
                row["academic_year"],
                row["term_name"],
                date.fromisoformat(row["term_start"]),
                date.fromisoformat(row["term_end"]),
            )
            for row in csv.DictReader(file)
        ]


@cache
def _working() -> list[date]:
    """Return every working day of the calendar in order (C2)."""
    days = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in holidays()]


def working_days(a: date | datetime, b: date | datetime) -> int:
    """Return wd(a, b): the working days after the day a, up to and with the day b (C3)."""
    return bisect_right(_working(), day_of(b)) - bisect_right(_working(), day_of(a))


def due_after_working_days(day: date | datetime, n: int) -> date:
    """Return the last day in time of a limit of n working days: the day before the (n + 1)-th (C3)."""
    return _working()[bisect_right(_working(), day_of(day)) + n] - DAY


def next_working_day(day: date | datetime) -> date:
    """Return the first working day after a day."""
    return _working()[bisect_right(_working(), day_of(day))]


def end_of_month(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_ends(period: Period) -> list[date]:
    """Return the ends of the months of a period."""
    first, last = period.start, period.end
    months = (last.year - first.year) * 12 + last.month - first.month
    return [end_of_month(plus_months(first.replace(day=1), n)) for n in range(months + 1)]


def plus_months(day: date, n: int) -> date:
    """Return the day n calendar months on (or back), clamped to the end of a shorter month (C4)."""
    years, month = divmod(day.month - 1 + n, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age(born: date | None, day: date) -> int | None:
    """Return the completed years on a day; born on 29 February comes of age on 1 March (C6). Unborn: none."""
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, years: int) -> date:
    """Return the day on which an age is reached (C6)."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def financial_year_start(day: date) -> date:
    """Return the 1 April on or before a day."""
    return date(day.year - (day.month < 4), 4, 1)


def twelve_months_to(day: date) -> date:
    """Return the first day of the 12 months that end with a day (C15)."""
    return plus_months(day + DAY, -12)


def last_complete_months(as_at: date, months: int) -> list[date]:
    """Return the ends of the last complete months on or before the as-at date, in order."""
    last = as_at if as_at == end_of_month(as_at) else as_at.replace(day=1) - DAY
    first = last.replace(day=1)
    return [end_of_month(plus_months(first, -n)) for n in range(months - 1, -1, -1)]
