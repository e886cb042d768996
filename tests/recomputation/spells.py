"""Spells of time: from a day to a day, or still running (C7), and chains of them that count as one (C16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .calendar import day_of
from .extracts import Row


def is_current(start: date | datetime | None, end: date | datetime | None, day: date) -> bool:
    """Say whether something is current at the end of a day (C7): what ends that day is closed."""
    start, end = day_of(start), day_of(end)
    return start is not None and start <= day and (end is None or end > day)


def has_held(start: date | datetime | None, end: date | datetime | None, day: date) -> bool:
    """Say whether a fact about a person holds on a day: one without a start has always held."""
    return is_current(start or date.min, end, day)


@dataclass(frozen=True)
class Spell:
    """From `start` until `end` (None: still running), and the rows that say so."""

    start: date
    end: date | None
    rows: tuple[Row, ...] = ()

    def current(self, day: date) -> bool:
        """Say whether the spell runs at the end of `day`."""
        return is_current(self.start, self.end, day)

    def touches(self, first: date, last: date) -> bool:
        """Say whether the spell was open at some point from `first` to `last` (C7)."""
        return self.start <= last and (self.end is None or self.end >= first)


def _joined(spells: list[tuple[int, Spell]]) -> Spell:
    """Make one spell of several: its rows in order of start, then as they were given."""
    in_order = [spell for _, spell in sorted(spells, key=lambda each: (each[1].start, each[0]))]
    ends = [spell.end for spell in in_order]
    end = None if None in ends else max(ends)
    return Spell(in_order[0].start, end, tuple(row for spell in in_order for row in spell.rows))


def chain(spells: Iterable[Spell], gap_days: int = 0) -> list[Spell]:
    """
    Join spells of which the next starts at most `gap_days` days after the end of the last (C16).

    They come in order of start, then of end; of those that start and end together, in the order given.
    """
    chains: list[list[tuple[int, Spell]]] = []
    reached = date.min
    for place, spell in sorted(enumerate(spells), key=lambda each: (each[1].start, each[1].end or date.max)):
        until = spell.end or date.max
        if chains and (reached == date.max or spell.start <= reached + timedelta(days=gap_days)):
            chains[-1].append((place, spell))
            reached = max(reached, until)
        else:
            chains.append([(place, spell)])
            reached = until
    return [_joined(found) for found in chains]
