"""
Make the marts of an earlier run again, from the extracts, definitions and agreement that it landed.

It is built aside, by the code as it is now, and thrown away when it has been compared: what is served stays
as it is. That the marts come out the same is told by the sums over the hashes of their rows, which the ledger
kept of the run. What the night itself writes (`carried`) follows from generations, not from extracts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import Progress

from csc_measures import memory
from csc_measures.night import artefacts, building, editions, generations, ledger
from csc_measures.night.companion import companion
from csc_measures.night.detail import columns_shown
from csc_measures.night.publish import marts_of
from csc_measures.night.said import carried
from csc_measures.night.said.difference import kept_generation
from csc_measures.night.tables import fingerprint
from csc_measures.night.warehouse import check_folder, hold
from csc_measures.project import code_version
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop


def rebuild(warehouse: Path, run_id: str, console: Console) -> None:
    """
    Build the marts of a run again and say that they are the same.

    Raises Stop: 60 when the run, its generation or what it landed is not kept, 30 when a mart comes out
    otherwise, with how many rows differ, or does not build.
    """
    warehouse = warehouse.absolute()
    check_folder(warehouse)
    with hold(warehouse):
        generation = kept_generation(warehouse, run_id)
        line, landed = _kept(warehouse, run_id)
        folder = warehouse / generations.REBUILD
        shutil.rmtree(folder, ignore_errors=True)
        try:
            built = _build(warehouse, folder, generation, landed, line["parameters"])
            n_marts, otherwise = _compare(built, generation, line)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    now = code_version()
    changed = [
        f"{what} changed since that run."
        for part, what in (("code", "The code has"), ("lock", "The locked packages have"))
        if line["code"].get(part) != now[part]
    ]
    if otherwise:
        raise Stop(
            ExitCode.CHECK_FAILED,
            f"Of {n_marts} marts of run {run_id}, {len(otherwise)} come out otherwise.",
            [*otherwise, *changed],
            "Type it again in the version of the project that made the run; `measures runs` tells its code."
            if changed
            else "Nothing that the run followed from has changed but what it landed: look who wrote to it.",
        )
    for what in changed:
        console.print(what)
    console.print(f"All {n_marts} marts that dbt made in run {run_id} come out the same, row by row.")


def _kept(warehouse: Path, run_id: str) -> tuple[dict, Path]:
    """Return what the ledger tells of a published run, and what it landed; stop with 60 when that is gone."""
    lines = [line for line in ledger.read(warehouse) if line["run_id"] == run_id and line["sealed"]]
    landed = warehouse / "runs" / run_id / "landed"
    if not lines or not landed.is_dir():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"What run {run_id} landed, or the ledger's line of it, is not kept.",
            [str(landed)],
            "Type another run; `measures runs` lists them.",
        )
    return lines[-1], landed


def _build(warehouse: Path, folder: Path, generation: Path, landed: Path, values: dict) -> Path:
    """Build what a run landed in a folder aside; return the database."""
    built, logs = folder / "building" / editions.DATABASE, folder / "logs"
    for new in (built.parent, logs):
        new.mkdir(parents=True)
    (folder / "landed").symlink_to(landed)
    # A snapshot that has a night in it already takes it in anew: that run's own history is where it began.
    generations.start_build(built, generation)
    with companion("csc_measures.night.building", folder, logs / "companions.log") as dbt:
        target = warehouse / "target"
        building.prepare(dbt, values, target, logs, built.parent / artefacts.FOLDER)
        with Progress(disable=True) as progress:
            building.build(dbt, landed, values, target, logs, progress)
    return built


def _compare(built: Path, generation: Path, line: dict) -> tuple[int, list[str]]:
    """Return how many marts of a run were built, and which come out otherwise than the ledger tells."""
    with duckdb.connect(config=memory.of_duckdb(built.parent)) as connection:
        connection.execute(f"attach '{quoted(built)}' as measures (read_only)")
        for edition in editions.EDITIONS:
            editions.attach(connection, generation, edition, "read_only")
        marts = [mart for mart in marts_of(connection, "measures") if mart in line["marts"]]
        return len(marts), [*_otherwise(connection, marts, line)]


def _otherwise(connection: duckdb.DuckDBPyConnection, marts: list[str], line: dict) -> Iterator[str]:
    """Name the marts that come out otherwise than they were published, with their rows on either side."""
    for mart in marts:
        relation, published = f"measures.marts.{mart}", f"(from {editions.edition_of(mart).table(mart)})"
        shown = columns_shown(connection, relation, line["settings"]["evidence_detail"])
        again = f"(select {shown} from {relation})"
        columns = [connection.execute(f"describe {side}").fetchall() for side in (published, again)]
        if columns[0] != columns[1]:
            yield f"{mart}: its columns are others"
        elif [*fingerprint(connection, again)] != line["marts"][mart]:
            [(gone, new)] = connection.execute(
                f"select (select count(*) from ({published} except all {again})), "
                f"(select count(*) from ({again} except all {published}))"
            ).fetchall()
            yield f"{mart}: {gone:,} rows that were published do not come out, {new:,} others do"
    for mart in sorted(line["marts"].keys() - {*marts, *carried.descriptions()}):
        yield f"{mart}: it was published, and is not built"
