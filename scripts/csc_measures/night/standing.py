"""
What the numbers of each authority of a region are of: which run, and how its last night has ended.

It is read from the ledger and the generations of each, kept in the region's generation as
`marts.authorities`, and told in a line each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console

from csc_measures import authorities
from csc_measures.night import disk, editions, generations, ledger
from csc_measures.settings import AUTHORITIES
from csc_measures.stop import ExitCode

MART = "authorities"
AUTHORITY = "authority"
GOOD = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)
WITHOUT_A_LINE: dict[int, str] = {
    ExitCode.WAREHOUSE_HELD: "Another run held its warehouse.",
    ExitCode.OUT_OF_RESOURCES: "Out of disk or memory.",
    ExitCode.WRONG_SETTINGS: "Its settings were wrong.",
    ExitCode.WAREHOUSE_DAMAGED: "Its warehouse is damaged.",
}
"""What has stopped a night that could not record it, by exit code."""
PUBLISHED, KEPT, NONE = "published", "kept", "nothing published"
COLUMNS = {
    AUTHORITY: ("VARCHAR", "Three-digit DfE code of the authority."),
    "name": ("VARCHAR", "Its name."),
    "state": (
        "VARCHAR",
        "published: they are of its last night; kept: of an earlier run, since its last night has published "
        "nothing or that run was restored; nothing published: it has none here.",
    ),
    "run_id": ("VARCHAR", "The run that its numbers are of; it is in marts.runs."),
    "as_at": ("DATE", "The date that the extracts of that run describe."),
    "finished_at": ("TIMESTAMP", "When that run was published, UTC."),
    "last_run_id": ("VARCHAR", "Its last night; none where it ended before it had an id."),
    "exit_code": ("INTEGER", "How its last night has ended: the exit code."),
    "stopped": ("VARCHAR", "What stopped its last night; empty: nothing."),
}
DESCRIPTION = "What the numbers of each authority are of. Grain: one row per authority."


@dataclass(frozen=True)
class Authority:
    """One row of `marts.authorities`, its columns in order."""

    authority: str
    name: str
    state: str
    run_id: str | None
    as_at: date | None
    finished_at: datetime | None
    last_run_id: str | None
    exit_code: int | None
    stopped: str

    @property
    def is_published(self) -> bool:
        """Whether its numbers are of its last night."""
        return self.state == PUBLISHED


def folder_of(warehouse: Path, code: str) -> Path:
    """Return the folder of the warehouse of an authority."""
    return warehouse / AUTHORITIES / code


def last_night(warehouse: Path) -> dict:
    """Return the line of the last night in the ledger of an authority; an empty one when there was none."""
    nights = [line for line in ledger.read(warehouse) if line.get("command") == "nightly"]
    return nights[-1] if nights else {}


def state_of(
    code: str, environment: Mapping[str, str], warehouse: Path, before: Mapping, exit_code: int | None
) -> tuple[Authority, Path | None]:
    """
    Return what the numbers of an authority are of, and their generation, if there is any.

    `before` is the line of its last night before tonight, `exit_code` how tonight's has ended, where it had
    one.
    """
    folder = folder_of(warehouse, code)
    generation, last = whole_generation(folder), last_night(folder)
    if exit_code is not None and exit_code not in GOOD and last == before:  # it had no time for a line
        last = {"exit_code": exit_code, "stopped": WITHOUT_A_LINE.get(exit_code, "")}
    run_id, as_at, finished_at = run_of(generation) if generation else (None, None, None)
    is_last = last.get("run_id") == run_id and last.get("exit_code") in GOOD
    state = NONE if generation is None else PUBLISHED if is_last else KEPT
    name = authorities.environment_of(code, environment)[authorities.NAME]
    return Authority(
        code,
        name,
        state,
        run_id,
        as_at,
        finished_at,
        last.get("run_id"),
        last.get("exit_code"),
        last.get("stopped", ""),
    ), generation


def whole_generation(warehouse: Path) -> Path | None:
    """Return the generation that is served, or where it is damaged the last one published that is whole."""
    published = ledger.published(line for line in ledger.read(warehouse) if "sealed" in line)
    older = [each for each in disk.subfolders(warehouse / "generations") if each.name in published]
    for generation in (generations.served(warehouse), *reversed(older)):
        if generation and not generations.damages(generation):
            return generation
    return None


def run_of(generation: Path) -> tuple:
    """Return id, as-at date and time of publication of the run that a generation is of."""
    columns = ["run_id", "as_at", "finished_at"]
    rows = pq.ParquetFile(generation / "parquet" / "runs.parquet").read(columns).to_pylist()
    return next(tuple(row.values()) for row in rows if row["run_id"] == generation.name)


def tell(each: Authority, console: Console) -> None:
    """Say of an authority in one line what its numbers are of."""
    console.print(
        f"{each.authority} {each.name}: {words_of(each)}",
        style=None if each.is_published else "bold red",
    )


def words_of(each: Authority) -> str:
    """Say in words what the numbers of an authority are of."""
    failed = each.exit_code is not None and each.exit_code not in GOOD
    ended = f"; its night ended with {each.exit_code}" if failed else ""
    why = f": {each.stopped.split('. ')[0]}" if failed and each.stopped else ""
    kept = "published" if each.is_published else "keeps its earlier numbers"
    of = "nothing has been published yet" if each.state == NONE else f"{kept}, as at {each.as_at}"
    return f"{of}{ended}{why}"


def joined(generation: Path) -> dict[str, str]:
    """Return the run of each authority that has numbers in a generation of the region."""
    return {each.authority: each.run_id for each in authorities_in(generation) if each.run_id}


def authorities_in(generation: Path) -> list[Authority]:
    """Return what the numbers of each authority in a generation of the region are of."""
    file = generation / editions.NUMBERS.folder / f"{MART}.parquet"
    return [Authority(**row) for row in pq.ParquetFile(file).read().to_pylist()]
