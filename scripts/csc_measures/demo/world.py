"""What every subject shares: the days of the story, its size, its chance, its calendar and its scribe."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from csc_measures.demo.calendar import Calendar, months_on, parts
from csc_measures.demo.dice import Dice
from csc_measures.demo.rates import SEASON, TREND_A_YEAR, WEEKDAY
from csc_measures.demo.writing import Scribe

SUBJECTS = (
    "families",
    "workforce",
    "front_door",
    "child_protection",
    "child_in_need",
    "court",
    "care",
    "placements",
    "plans",
    "health",
    "education",
    "missing",
    "exploitation",
    "care_leavers",
    "early_help",
    "allocations",
    "quality",
    "feedback",
    "participation",
    "troubled_families",
    "people",
    "mess",
)


@dataclass
class World:
    """The days of the story (as numbers), its size (1 is Worcestershire) and what all subjects use."""

    as_at: int
    opened: int
    """First day of the extracts; spells that were still open then are in them from their own start."""
    size: float
    scribe: Scribe
    seed: int
    calendar: Calendar = field(default_factory=Calendar)
    known: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Split the seed into one stream for each subject, so that one does not disturb another."""
        streams = np.random.SeedSequence(self.seed).spawn(len(SUBJECTS))
        self._dice = {subject: Dice(stream) for subject, stream in zip(SUBJECTS, streams, strict=True)}
        self.told_from = int(months_on(np.array([self.opened]), -48)[0])
        """First day of the front door's story: whoever is known after `opened` has a history before it."""
        self.deep = int(months_on(np.array([self.opened]), -144)[0])
        """First day of long stories: children in care or with a disability who stay for years."""
        self.trouble = int(months_on(np.array([self.as_at]), -10)[0])
        """One team gets into trouble from this day on."""
        self.turnaround = int(months_on(np.array([self.as_at]), -16)[0])
        """Another team gets better from this day on."""

    def dice(self, subject: str) -> Dice:
        """Give the subject's chance, which goes on from where the subject left it."""
        return self._dice[subject]

    def arrivals(
        self,
        dice: Dice,
        a_year: float,
        start: int,
        end: int,
        *,
        season: bool = True,
        trend: float = TREND_A_YEAR,
    ) -> np.ndarray:
        """Give the days, in order, of what happens `a_year` times a year at the end of the story."""
        days = np.arange(start, end + 1)
        year, month, _ = parts(days)
        weeks = (days - start) // 7
        luck = 0.8 + 0.4 * dice.free(int(weeks[-1]) + 1)[weeks]
        weight = luck * (1 + trend * (days - self.as_at) / 365.25)
        if season:
            lockdown = np.where((year == 2020) & (month >= 4) & (month <= 6), 0.75, 1.0)
            weight = weight * np.array(SEASON)[month - 1] * np.array(WEEKDAY)[(days + 3) % 7] * lockdown
        weight *= a_year * self.size / 365.25
        shares = np.cumsum(weight)
        n = int(np.floor(shares[-1] + dice.free(1)[0]))
        places = (np.arange(n) + dice.free(n)) / max(n, 1) * shares[-1]
        return days[np.minimum(np.searchsorted(shares, places, side="right"), days.size - 1)]

    def office_minutes(self, dice: Dice, n: int) -> np.ndarray:
        """Give times of a working day, in minutes; about one in six is not known."""
        minutes = dice.whole(n, 8 * 60 + 30, 18 * 60)
        return np.where(dice.chance(n, 1 / 6), -1, minutes)

    def meet(self, people: np.ndarray) -> None:
        """Remember that these people have rows."""
        self.known.update(np.unique(people).tolist())


def repeated(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Repeat rows by counts: gives the row that each copy comes from, and which copy it is (from 0)."""
    counts = np.maximum(np.asarray(counts, dtype=np.int64), 0)
    rows = np.repeat(np.arange(counts.size), counts)
    return rows, np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)


def upto(numbers: pd.Series | np.ndarray) -> int:
    """Give the number after the highest, so that there is a place for each."""
    return int(numbers.max()) + 1 if len(numbers) else 0


def rows_of(**columns: np.ndarray) -> pd.DataFrame:
    """Make a table of arrays."""
    return pd.DataFrame(columns)


def held_or_next(world: World, meetings: pd.DataFrame, series: str) -> pd.DataFrame:
    """Keep the meetings of each series held by the as-at date, and the next one, which is only due."""
    ahead = meetings["held"] > world.as_at
    return meetings[~ahead | ~meetings[series].where(ahead).duplicated()]


def visits_every(
    dice: Dice, start: np.ndarray, end: np.ndarray, interval: np.ndarray, *, jitter: float = 0.25
) -> tuple[np.ndarray, np.ndarray]:
    """Give visits at an interval (days) during spells: the row of each, and its day, within start and end."""
    interval = np.asarray(interval, dtype=float)
    counts = np.where(end >= start, np.ceil((end - start) / interval), 0)
    rows, turn = repeated(counts)
    days = start[rows] + (turn + 0.5 + jitter * 2 * (dice.even(rows.size) - 0.5)) * interval[rows]
    days = np.rint(days).astype(np.int64)
    keep = days < end[rows]
    return rows[keep], days[keep]
