"""
The night of a region: that of each of its authorities in turn, then what they serve as one generation.

The night of an authority is `measures nightly` with its own settings (`csc_measures.authorities`), in a
process of its own: whatever comes of it, the others go on, and no night takes more memory than that of the
largest. An authority whose night is not published keeps its last numbers, and `marts.authorities` says so.
The region has a lock, a ledger, a key check and generations like any warehouse.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from csc_measures import authorities
from csc_measures.contract.extracts import read_contract
from csc_measures.landing.deliveries import BESIDE, FileReport
from csc_measures.landing.erased import latest, read_erased
from csc_measures.landing.finding import find_deliveries
from csc_measures.night import artefacts, disk, editions, generations, joining, ledger, reports
from csc_measures.night.companion import undisturbed
from csc_measures.night.nightly import record_dead_runs, tell_left
from csc_measures.night.standing import (
    GOOD,
    Authority,
    folder_of,
    joined,
    last_night,
    state_of,
    tell,
    words_of,
)
from csc_measures.night.warehouse import opened
from csc_measures.pages import region as pages
from csc_measures.pages import site
from csc_measures.project import code_version
from csc_measures.settings import AUTHORITIES, KEY, Council, Settings
from csc_measures.stop import ExitCode, Stop, ended

# Whom a night tells of its end is told once, of the region, unless the setting is an authority's own.
TOLD_ONCE = (reports.PROMETHEUS, reports.WEBHOOK, reports.MAIL_TO, "CSC_SERVE_POSTGRES")
COMMAND = (sys.executable, "-c", "from csc_measures.command import main; main()", "nightly")


def nightly(
    environment: Mapping[str, str],
    console: Console,
    only: Sequence[str] | None = None,
    arguments: Sequence[str] = (),
    *,
    is_demo: bool = False,
) -> int:
    """
    Do the night of each authority, or of `only` some or none, join what all of them serve and publish it.

    `arguments` are those of `measures nightly`. Returns the highest exit code of these nights; what has been
    published by others is joined all the same. Raises Stop when the region's own part cannot be done, and
    with that code when none of the authorities has ever published anything.
    """
    settings = Settings.from_environment(environment, is_demo=is_demo)
    warehouse = settings.warehouse_dir.absolute()
    every = authorities.known(environment)
    check_layout(settings, every)
    authorities.check_settings(environment, every)
    with begun("join" if only == [] else "nightly", settings, environment, console) as entry:
        before = {code: last_night(folder_of(warehouse, code)) for code in every}
        for code in every if only is None else only:
            console.rule(f"{code} {authorities.name_of(code)}", characters="-", align="left")
            started = time.perf_counter()
            entry.authorities[code] = night_of(code, settings, environment, arguments)
            entry.seconds[code] = time.perf_counter() - started
        console.rule("all authorities", characters="-", align="left")
        told = {
            code: state_of(code, environment, warehouse, before[code], entry.authorities.get(code))
            for code in every
        }
        for each, _ in told.values():
            tell(each, console)
        add_up(entry, warehouse, [code for code in entry.authorities if told[code][0].last_run_id])
        entry.exit_code = max(entry.authorities.values(), default=int(ExitCode.PUBLISHED))
        entry.stopped = "; ".join(
            f"{code} ended with {each}" for code, each in entry.authorities.items() if each not in GOOD
        )
        publish(settings, environment, console, entry, told)
    return entry.exit_code


def check_layout(settings: Settings, codes: Sequence[str]) -> None:
    """Stop with 60 unless the extracts lie in folders of authorities, and the warehouse is a region's."""
    landing, warehouse = settings.landing_dir, settings.warehouse_dir
    if not authorities.codes_in(landing):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The landing folder has no folder of an authority, as that of a region has.",
            [str(landing), str(warehouse)],
            f"Deliver the extracts of each to a folder of its code, such as {landing / '885'}, or name other "
            "folders in CSC_LANDING_DIR and CSC_WAREHOUSE_DIR.",
        )
    found = find_deliveries(landing, Path("raw"), read_contract().extracts, BESIDE)
    if found.by_extract:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Extracts lie beside the folders of authorities: nobody knows whose they are.",
            [delivery.name for delivery in found.deliveries()],
            f"Move them into the folder of their authority, such as {landing / codes[0]}.",
        )
    if generations.served(warehouse) and not authorities.is_region(warehouse):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The landing folder has several authorities, and the warehouse is that of one.",
            [str(landing), str(warehouse)],
            "Name another folder in CSC_WAREHOUSE_DIR: that of a region is begun anew.",
        )


@contextmanager
def begun(
    command: str, settings: Settings, environment: Mapping[str, str], console: Console
) -> Iterator[ledger.Entry]:
    """Hold the region's warehouse for a run; however that ends, record it and leave only what is whole."""
    warehouse = settings.warehouse_dir.absolute()
    with opened(settings):
        (warehouse / AUTHORITIES).mkdir(mode=0o700, exist_ok=True)
        entry = ledger.Entry(
            run_id=generations.new_run_id(warehouse),
            command=command,
            started_at=disk.utc_now(),
            settings=settings.told() | {"authority": ""},
            code=code_version(),
        )
        record_dead_runs(warehouse, [])
        tell_left(generations.clean(warehouse), console)
        (warehouse / "logs" / entry.run_id).mkdir(parents=True)
        console.print(f"Run {entry.run_id} of the region, as at {settings.as_at}")
        try:
            yield entry
        except BaseException as error:
            entry.exit_code, entry.stopped = ended(error)
            raise
        finally:
            left = generations.clean(warehouse) + generations.prune(warehouse, 0) + forget_erased(warehouse)
            tell_left(left, console)
            entry.ended_at = disk.utc_now()
            with suppress(OSError):  # no room, most likely: the next run makes up for it
                ledger.append(warehouse, entry)
            reports.give(warehouse, entry, environment, console)


def night_of(code: str, settings: Settings, environment: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Do the night of an authority in a process of its own, for the region's date; return its exit code."""
    of_all = {name: value for name, value in environment.items() if name not in TOLD_ONCE}
    of_all["CSC_AS_AT"] = f"{settings.as_at}"
    if settings.is_demo:
        of_all.setdefault(KEY, settings.pseudonym_key.decode())
    own = authorities.environment_of(code, of_all)
    try:
        with undisturbed(at_the_end=signal.SIGTERM) as begin:
            process = subprocess.Popen([*COMMAND, *arguments], env=own, preexec_fn=begin)
    except OSError:  # no process to be had, or no memory for it
        return ExitCode.OUT_OF_RESOURCES
    try:
        exit_code = process.wait()
    finally:
        process.terminate()
        process.wait()
    # What is killed without a word is most likely killed for want of memory.
    return exit_code if exit_code >= 0 else ExitCode.OUT_OF_RESOURCES


def add_up(entry: ledger.Entry, warehouse: Path, codes: Sequence[str]) -> None:
    """Add to what is recorded of the region's run what tonight's nights of authorities have recorded."""
    findings: Counter[str] = Counter()
    for code in codes:
        last = last_night(folder_of(warehouse, code))
        findings.update(last["findings"])
        entry.files += [FileReport(**{**file, "file": f"{code}/{file['file']}"}) for file in last["files"]]
    entry.findings = dict(findings)


def publish(
    settings: Settings,
    environment: Mapping[str, str],
    console: Console,
    entry: ledger.Entry,
    told: Mapping[str, tuple[Authority, Path | None]],
) -> None:
    """Join what the authorities serve into a new generation and, once it is checked, show it to readers."""
    parts = {code: generation for code, (_, generation) in told.items() if generation}
    every = [each for each, _ in told.values()]
    if not parts:
        raise Stop(
            entry.exit_code or ExitCode.CHECK_FAILED,
            "Nothing of any authority has been published yet.",
            [f"{each.authority} {each.name}: {words_of(each)}" for each in every],
            "Each night has said above what to do; then run it again.",
        )
    started = time.perf_counter()
    warehouse = settings.warehouse_dir.absolute()
    generation = warehouse / "runs" / entry.run_id / "generation"
    generation.mkdir(parents=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        marts = joining.join(parts, every, generation, progress)
    keep_manifest(generation, parts.values())
    write_pages(generation, parts, every, settings.council)
    who = readers(settings, environment, list(told))
    editions.seal(generation, who)
    sealed = disk.sha256(generation / editions.CHECKSUMS)
    editions.let_pass(warehouse / AUTHORITIES, who)
    generations.swap(warehouse, generation, entry.run_id, who)
    entry.generation, entry.sealed = entry.run_id, sealed
    entry.marts = {mart: list(sums) for mart, sums in marts.items()}
    entry.seconds["join"] = time.perf_counter() - started
    n_rows = sum(n for n, _ in marts.values())
    what = f"{len(parts)} of {len(told)} authorities, {len(marts)} marts, {n_rows:,} rows"
    console.print(f"{'join':<10}  {what:<75}  {entry.seconds['join']:5.1f} s")
    console.print(f"Published {warehouse / editions.DATABASE}")
    console.print(f"Open {warehouse / editions.NUMBERS.pages / site.INDEX}")


def keep_manifest(generation: Path, parts: Iterable[Path]) -> None:
    """Keep what dbt says of the marts, as the latest generation that was joined has it: their keys."""
    folder = generation / artefacts.FOLDER
    folder.mkdir()
    latest_of = max(parts, key=lambda part: part.name)
    shutil.copy(latest_of / artefacts.FOLDER / artefacts.MANIFEST, folder)


def write_pages(
    generation: Path, parts: Mapping[str, Path], every: Sequence[Authority], region: Council
) -> None:
    """Write the first page, for inside and outside the service, which leads to those of each authority."""
    for edition, of_pages in ((editions.NUMBERS, site.INTERNAL), (editions.SHARED, site.SHARED)):
        up = "/".join(".." for _ in Path(edition.pages).parts)
        of_one = f"{up}/{AUTHORITIES}/{{}}/generations/{{}}/{edition.pages}/{site.INDEX}"
        rows = [
            {
                "authority": each.authority,
                "name": each.name,
                "as_at": each.as_at,
                "told": "" if each.is_published or edition is editions.SHARED else words_of(each),
                "pages": each.authority in parts and of_one.format(each.authority, each.run_id),
            }
            for each in every
        ]
        pages.build(generation / edition.database, generation / edition.pages, region, of_pages, rows)


def readers(settings: Settings, environment: Mapping[str, str], codes: Sequence[str]) -> editions.Readers:
    """Return who may read the region's numbers, and who passes on the way to those of one authority."""
    passing: list[int] = []
    for code in codes:
        with suppress(Stop):  # its own night says what is wrong with its settings
            own = Settings.from_environment(authorities.environment_of(code, environment), is_demo=True)
            passing += editions.Readers(own.readers_group, own.evidence_group, own.shared_group).groups
    return editions.Readers(
        settings.readers_group, settings.evidence_group, settings.shared_group, tuple(passing)
    )


def forget_erased(warehouse: Path) -> list[str]:
    """
    Remove the generations with people who were erased since, once one is served without them.

    Returns what could not be removed, which stops no night.
    """
    served = generations.served(warehouse)
    if served is None:
        return []
    since = {code: latest(read_erased(folder_of(warehouse, code))) for code in joined(served)}
    still_there = {code for code, run_id in joined(served).items() if run_id < since[code]}

    def has_erased(generation: Path) -> bool:
        runs = {code: run_id for code, run_id in joined(generation).items() if code not in still_there}
        return any(run_id < since.get(code, "") for code, run_id in runs.items())

    older = [each for each in disk.subfolders(warehouse / "generations") if each != served]
    return [path for generation in older if has_erased(generation) for path in disk.remove(generation)]
