"""What is asked of the record: which runs there were, is all as it was left, serve an older one again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from csc_measures.authorities import codes_in, is_region
from csc_measures.night import disk, editions, generations, ledger
from csc_measures.night.warehouse import check_folder, hold
from csc_measures.project import code_version
from csc_measures.settings import AUTHORITIES
from csc_measures.stop import ExitCode, Stop


def show_runs(warehouse: Path, console: Console) -> None:
    """Show every run of the ledger, how it ended and which is served; stop with 60 when there was none."""
    warehouse = warehouse.absolute()
    lines = ledger.read(warehouse)
    if not lines:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "No run is recorded in this warehouse.",
            [str(warehouse)],
            "Set CSC_WAREHOUSE_DIR if it is another folder, or run: measures nightly",
        )
    generation = generations.served(warehouse)
    kept = {folder.name for folder in disk.subfolders(warehouse / "generations")}
    table = Table("run", "command", "as at", "code", "ended", "rows", "what became of it")
    table.columns[5].justify = "right"
    for line in lines:
        rows = sum(n_rows for n_rows, _ in line["marts"].values())
        table.add_row(
            line["run_id"],
            line["command"],
            line["settings"].get("as_at", ""),
            line["code"].get("code", "")[:8],
            "without a word" if line["exit_code"] is None else str(line["exit_code"]),
            f"{rows:,}" if rows else "",
            "; ".join(_became(line, kept, generation.name if generation else "")),
        )
    console.print(table)


def _became(line: dict, kept: set[str], served: str) -> Iterator[str]:
    """Say what became of a run: what stopped it, or whether its generation is served or kept."""
    if line["stopped"]:
        yield line["stopped"]
    if line["command"] == "restore":
        yield f"{line['generation']} served again"
    elif line["sealed"]:
        run = line["run_id"]
        yield "served" if run == served else "kept" if run in kept else "published, no longer kept"
    for accepted in line["accepted"]:
        yield f"accepted {accepted['rule']}: {accepted['because']}"


def verify(warehouse: Path, console: Console) -> None:
    """
    Check the ledger's chain, the files of every generation and the extracts kept with it, of a region all.

    Raises Stop (70) that names every line and file which is not as it was left.
    """
    warehouse = warehouse.absolute()
    every = [warehouse / AUTHORITIES / code for code in codes_in(warehouse / AUTHORITIES)] + [warehouse]
    if found := [
        damage if each == warehouse else f"{each.name}: {damage}"
        for each in every
        for damage in _damages(each)
    ]:
        raise Stop(
            ExitCode.WAREHOUSE_DAMAGED,
            "The warehouse is not as it was left.",
            found,
            "Keep a copy of it. `measures restore RUN` serves a generation that is named here nowhere.",
        )
    for each in every:
        of = f"{each.name}: " if each != warehouse else ""
        n_runs, n_kept = len(ledger.read(each)), len(disk.subfolders(each / "generations"))
        console.print(f"{of}Runs in the ledger: {n_runs}; its chain is whole.")
        console.print(f"{of}Generations kept: {n_kept}; every file is as it was published.")


def _damages(warehouse: Path) -> Iterator[str]:
    """Name what of a warehouse, but for those of authorities in it, is not as it was left."""
    lines = ledger.read(warehouse)
    yield from ledger.damages(warehouse)
    yield from _left_out(warehouse, lines)
    for generation in disk.subfolders(warehouse / "generations"):
        yield from _changed(generation, lines)
    for line in lines:
        yield from _changed_extracts(warehouse, line)


def _left_out(warehouse: Path, lines: list[dict]) -> Iterator[str]:
    """Name the published runs since the ledger was begun that it does not tell of."""
    told = {line["run_id"] for line in lines}
    runs = [] if is_region(warehouse) else generations.published_runs(warehouse)  # those of its authorities
    for run_id in (run.run_id for run in runs):
        if not lines or (run_id > lines[0]["run_id"] and run_id not in told):
            yield f"{ledger.LEDGER} does not tell of run {run_id}, which was published"


def _changed(generation: Path, lines: list[dict]) -> Iterator[str]:
    """Name what differs in a generation from what was sealed."""
    yield from (f"{generation.name}: {damage}" for damage in generations.damages(generation))
    sums = generation / editions.CHECKSUMS
    sealed = {line["sealed"] for line in lines if line["generation"] == generation.name}
    if sealed and sums.is_file() and disk.sha256(sums) not in sealed:
        yield f"{generation.name}: {editions.CHECKSUMS} is not the one that the ledger tells of"


def _changed_extracts(warehouse: Path, line: dict) -> Iterator[str]:
    """Name the files that a run was given, and those that it landed, that are kept and have changed."""
    run = Path("runs") / line["run_id"]
    left = {run / "raw" / delivered["file"]: delivered["sha256"] for delivered in line["files"]}
    left |= {run / "landed" / name: digest for name, digest in line.get("landed", {}).items()}
    for file, digest in left.items():
        if (warehouse / file).is_file() and disk.sha256(warehouse / file) != digest:
            yield f"{file.as_posix()} has changed since it was landed"


def restore(warehouse: Path, run_id: str, console: Console) -> None:
    """
    Serve an older generation again, or a later one after that; the ledger and `measures status` tell of it.

    Raises Stop: 60 when no generation of that run is kept, 70 when it is damaged.
    """
    warehouse = warehouse.absolute()
    generation = warehouse / "generations" / run_id
    kept = [folder.name for folder in disk.subfolders(warehouse / "generations")]
    if run_id not in kept:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"No generation of run {run_id} is kept.",
            kept,
            "Type one of the runs above; `measures runs` lists what became of each.",
        )
    check_folder(warehouse)
    with hold(warehouse):
        if damage := generations.damages(generation):
            raise Stop(
                ExitCode.WAREHOUSE_DAMAGED,
                f"That generation is damaged: {generation}",
                damage,
                "Take another.",
            )
        started_at = disk.utc_now()
        generations.show(warehouse, run_id)
        entry = ledger.Entry(
            run_id=generations.new_run_id(warehouse),
            command="restore",
            started_at=started_at,
            code=code_version(),
            generation=run_id,
            sealed=disk.sha256(generation / editions.CHECKSUMS),
            exit_code=ExitCode.PUBLISHED,
            ended_at=disk.utc_now(),
        )
        ledger.append(warehouse, entry)
    console.print(f"Serving run {run_id}. The next night publishes after the latest run, as ever.")
