"""Targeted family support and early help: episodes, and the interventions that ended in a period."""

from collections import defaultdict
from collections.abc import Iterator

from .counting import Period
from .extracts import Council, Row
from .people import death_day
from .spells import Spell, chain

LEVELS = ("TFS", "EARLY_HELP")


def episodes_of(council: Council, person: str, level: str) -> list[Spell]:
    """Return a person's episodes of a level; one that ends before it starts is set aside."""

    def read(council: Council) -> dict[tuple[str, str], list[Spell]]:
        episodes = defaultdict(list)
        for row in council.rows("local_support_episodes"):
            if row.person_id and row.start_date and (row.end_date is None or row.end_date >= row.start_date):
                episodes[row.person_id, row.service_level].append(Spell(row.start_date, row.end_date, (row,)))
        return episodes

    return council.once("support episodes", read).get((person, level), [])


def people_supported(council: Council) -> list[str]:
    """Return everybody with a support episode, once."""
    return list(
        dict.fromkeys(row.person_id for row in council.rows("local_support_episodes") if row.person_id)
    )


def joined_episodes(council: Council, person: str, level: str, gap_days: int = 1) -> list[Spell]:
    """Return a person's episodes of a level, joined when a day at most lies between them."""
    return chain(episodes_of(council, person, level), gap_days)


def ended_interventions(council: Council, period: Period) -> Iterator[Row]:
    """Yield episodes that ended in the period, without who moved away or had died by then (95, 99)."""
    for person in people_supported(council):
        for level in LEVELS:
            for episode in episodes_of(council, person, level):
                row = episode.rows[0]
                if (
                    row.end_date is None
                    or not period.start <= row.end_date <= period.end
                    or row.end_reason == "MOVED"
                ):
                    continue
                died = death_day(council, person)
                if died is None or died > row.end_date:
                    yield row
