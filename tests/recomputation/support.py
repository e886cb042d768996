"""Targeted family support and early help: episodes, and the interventions that ended in a period."""

from collections import defaultdict
from collections.abc import Iterator

from .counting import Period
from .extracts import Council, Row
from .people import birth_day, death_day
from .spells import Spell, chain

LEVELS = ("TFS", "EARLY_HELP")


def episodes_of(council: Council, person: str | None, level: str) -> list[Spell]:
    """Return a person's episodes of a level; one that ends before it starts is set aside."""

    def read(council: Council) -> dict[tuple[str, str], list[Spell]]:
        episodes = defaultdict(list)
        for row in council.rows("local_support_episodes"):
            if row.person_id and row.start_date and (row.end_date is None or row.end_date >= row.start_date):
                episodes[row.person_id, row.service_level].append(Spell(row.start_date, row.end_date, (row,)))
        return episodes

    return council.once("support episodes", read).get((person, level), [])


def nobodys_episodes(council: Council, level: str) -> list[Spell]:
    """Return the episodes of a level that name no person."""
    return [
        Spell(row.start_date, row.end_date, (row,))
        for row in council.by("local_support_episodes", "person_id").get(None, [])
        if row.service_level == level
        and row.start_date
        and (row.end_date is None or row.end_date >= row.start_date)
    ]


def people_supported(council: Council) -> list[str]:
    """Return everybody with a support episode, once."""
    return list(
        dict.fromkeys(row.person_id for row in council.rows("local_support_episodes") if row.person_id)
    )


def joined_episodes(council: Council, person: str, level: str, gap_days: int = 1) -> list[Spell]:
    """Return a person's episodes of a level, joined when a day at most lies between them."""
    return chain(episodes_of(council, person, level), gap_days)


def ended_interventions(council: Council, period: Period) -> Iterator[tuple[Row, str | None]]:
    """Yield episodes that ended in the period (95, 99), and why one is out: moved away, dead, or unknown."""
    for row in council.rows("local_support_episodes"):
        if row.service_level not in LEVELS or not row.end_date:
            continue
        if not max(period.start, row.start_date or period.start) <= row.end_date <= period.end:
            continue
        died = death_day(council, row.person_id)
        if not row.person_id:
            yield row, "unknown"
        elif row.end_reason == "MOVED" or (died and died <= row.end_date):
            yield row, "excluded"
        else:
            is_known = row.start_date and birth_day(council, row.person_id)
            yield row, None if is_known else "unknown"
