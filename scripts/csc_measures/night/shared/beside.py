"""
Make the shared edition beside the night: it keeps one core busy while the marts are copied.

In the companion (`python -m csc_measures.night.shared.beside`) it is made from the same build, when ordered.
In the night, `begin` gives that order and `wait` takes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.progress import Progress

from csc_measures import memory
from csc_measures.night import disk
from csc_measures.night.companion import Companion, answering, orders
from csc_measures.settings import Settings
from csc_measures.sql import quoted


def begin(
    companion: Companion,
    build: Path,
    generation: Path,
    docs: Mapping[str, dict],
    settings: Settings,
    before: Path | None,
) -> None:
    """
    Order the shared edition of a generation, whose folder is there, from a tested build.

    `docs` describes the marts, as `building.Build` has it, and `before` is the generation whose release the
    readers know.
    """
    companion.order(
        build=str(build),
        generation=str(generation),
        docs=dict(docs),
        as_at=settings.as_at.isoformat(),
        finished_at=disk.utc_now().isoformat(),
        small_number=settings.small_number,
        shows_zeros=settings.shows_zeros,
        before=str(before) if before else None,
    )


def wait(companion: Companion) -> dict[str, tuple[int, int]]:
    """Wait for the edition; return of each table its rows and the sum of their hashes."""
    tables = companion.answer()["tables"]
    return {table: (n_rows, hashes) for table, (n_rows, hashes) in tables.items()}


def make(order: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Make the edition that is ordered; return of each table its rows and the sum of their hashes."""
    from csc_measures.night.shared import edition
    from csc_measures.night.shared.small_numbers import Small

    build = Path(order["build"])
    release = edition.Release(
        as_at=date.fromisoformat(order["as_at"]),
        finished_at=datetime.fromisoformat(order["finished_at"]),
        small=Small(order["small_number"], order["shows_zeros"]),
        before=Path(order["before"]) if order["before"] else None,
    )
    with (
        duckdb.connect(config=memory.of_duckdb(build.parent)) as connection,
        Progress(disable=True) as progress,
    ):
        connection.execute(f"attach '{quoted(build)}' as measures (read_only)")
        return edition.write(connection, Path(order["generation"]), order["docs"], release, progress)


def main() -> None:
    """In the companion: make the edition that is ordered, and answer with what was written."""
    with answering() as answer:
        # The order first: it is longer than a pipe holds, and whoever gives it would wait for the imports.
        answer(tables=make(next(orders())))


if __name__ == "__main__":
    main()
