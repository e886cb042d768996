"""Chain the episodes of a return: periods of care, legal statuses, placements, and who the carer is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from csc_measures.returns.rows import Row

NEW_PLACEMENT = ("P", "B", "S")
SAME_CARER = ("L", "T", "U")


@dataclass(frozen=True)
class Spell:
    """Consecutive episodes without a gap that share something; known by the first one's id."""

    episodes: tuple[Row, ...]

    @property
    def id(self) -> str:
        """Give the id of the first episode."""
        return episode_id(self.episodes[0])

    @property
    def child(self) -> str:
        """Give the child."""
        return self.episodes[0]["CHILD"]

    @property
    def start(self) -> date:
        """Give the first day."""
        return self.episodes[0]["DECOM"]

    @property
    def end(self) -> date | None:
        """Give the latest end of its episodes, None when one of them is open."""
        ends = [episode["DEC"] for episode in self.episodes]
        return None if None in ends else max(ends)

    @property
    def last_day(self) -> date:
        """Give the end, the last of all days when open, the start when the end lies before it."""
        return max(self.start, self.end or date.max)


Periods = dict[str, list[Spell]]


def spells(episodes: Iterable[Row], is_new: Callable[[Row, Row], bool] | None = None) -> list[Spell]:
    """
    Chain a child's episodes (in order) while each starts on or before the latest end so far.

    `is_new` says when an episode starts a new spell although there is no gap. Without it the spells are
    the periods of care.
    """
    found: list[list[Row]] = []
    reached = date.min
    for row in episodes:
        before = found[-1][-1] if found else None
        follows = before is not None and row["CHILD"] == before["CHILD"] and row["DECOM"] <= reached
        if before and follows and not (is_new and is_new(before, row)):
            found[-1].append(row)
        else:
            found.append([row])
            reached = date.min
        reached = max(reached, row["DECOM"], row["DEC"] or date.max)
    return [Spell(tuple(rows)) for rows in found]


def episode_id(row: Row) -> str:
    """Give the id of an episode: child, start and reason for a new episode, which are its key."""
    return f"{row['CHILD']}-{row['DECOM']:%Y%m%d}-{row['RNE'] or ''}"


def period_id(period: Spell) -> str:
    """Give the id of a period of care: child and start."""
    return f"{period.child}-{period.start:%Y%m%d}"


def period_on(periods: Periods, child: str, day: date | None) -> str | None:
    """Give the id of the period of care current on a day, else of the one that ended that day."""
    if day is None:
        return None
    on = [period for period in periods.get(child, ()) if period.start <= day <= period.last_day]
    return period_id(on[-1]) if on else None


def is_new_placement(before: Row, row: Row) -> bool:
    """Say whether an episode begins a placement: by its reason, or by its type, URN or postcode."""
    return row["RNE"] in NEW_PLACEMENT or _placement_of(before) != _placement_of(row)


def _placement_of(row: Row) -> tuple[str | None, str | None, str]:
    return row["PLACE"], row["URN"], _postcode(row)


def _postcode(row: Row) -> str:
    return (row["PL_POST"] or "").replace(" ", "").upper()


def is_same_carer(before: Row, row: Row, after_days_away: bool = False) -> bool:
    """
    Say whether a placement is with the carer of the one before, by why it began or by where it is.

    After days away (T0 to T4) it is too when it is of the same type and nothing says that it is elsewhere.
    """
    homes = zip(*((other["URN"], _postcode(other)) for other in (before, row)), strict=True)
    known = [one == other for one, other in homes if one and other]
    is_back = after_days_away and not known and before["PLACE"] == row["PLACE"]
    return row["RNE"] in SAME_CARER or any(known) or is_back
