"""
The nightly job: check and land the extracts, build and test the marts aside, check them again, publish.

Every run has a folder of its own, `runs/<run id>/` in the warehouse, and the extracts that it lands there
are never written to again. Whatever fails and whenever, what was published last stays served; what a dead
run left behind is removed by the next one.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from csc_measures import memory
from csc_measures.authorities import is_region
from csc_measures.contract.rules import Measured, concerns_of
from csc_measures.definitions.agreement import Agreement, read_agreement, write_agreement
from csc_measures.definitions.parameters import Value, check_defaults, values_in_force
from csc_measures.definitions.register import Definitions, read_definitions, write_register
from csc_measures.landing.changes import FILLED, Before, read_kept
from csc_measures.landing.finding import tell_unread
from csc_measures.landing.land import LandingReport, land
from csc_measures.night import (
    artefacts,
    building,
    disk,
    editions,
    expectations,
    generations,
    guards,
    ledger,
    publish,
    reports,
    scorecard,
    spark,
)
from csc_measures.night.calendars import check_calendars
from csc_measures.night.companion import Companion, companion
from csc_measures.night.numbers import changes_of_numbers
from csc_measures.night.warehouse import opened
from csc_measures.project import LONDON, code_version
from csc_measures.settings import SPARK, Settings
from csc_measures.stop import ExitCode, Stop, ended

LEAST_ADDRESS_SPACE = 1 << 30  # bytes: with less, libraries end the process in place of an error
SPACE_NEEDED = 4  # what is published, the build it is copied from, and what is landed and spilled


@dataclass
class Night:
    """A run on its way: where it writes, what is recorded of it and the seconds that each part took."""

    settings: Settings
    console: Console
    warehouse: Path
    entry: ledger.Entry
    history: list[generations.Run]
    definitions: Definitions
    agreement: Agreement
    values: dict[str, Value]
    reasons: guards.Reasons

    @property
    def seconds(self) -> dict[str, float]:
        """The seconds that each part has taken."""
        return self.entry.seconds

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.entry.run_id

    @property
    def folder(self) -> Path:
        """The run's own folder: what it was given, what it landed, and what it builds."""
        return self.warehouse / "runs" / self.run_id

    @property
    def landed(self) -> Path:
        """The landed extracts."""
        return self.folder / "landed"

    @property
    def built(self) -> Path:
        """The database that dbt builds."""
        return self.folder / "build" / editions.DATABASE

    @property
    def workplace(self) -> spark.Workplace | None:
        """Where Spark builds, unless DuckDB does."""
        is_sparks = self.settings.engine == SPARK
        return spark.Workplace(self.built.parent / SPARK, self.settings.spark_master) if is_sparks else None

    @property
    def target(self) -> Path:
        """Where dbt keeps what it has read of the project, which it reads otherwise for another engine."""
        return self.warehouse / "target" / (SPARK if self.workplace else "")

    @property
    def told(self) -> Path:
        """What dbt says of the build."""
        return self.built.parent / artefacts.FOLDER

    @property
    def pages(self) -> Path:
        """The pages of what was expected, Data Docs: of a run that is stopped, they stay here."""
        return self.logs / expectations.PAGES

    @property
    def generation(self) -> Path:
        """The generation that it publishes, while it is being made."""
        return self.folder / "generation"

    @property
    def readers(self) -> editions.Readers:
        """Who may read what it publishes."""
        return editions.Readers(
            self.settings.readers_group, self.settings.evidence_group, self.settings.shared_group
        )

    @property
    def logs(self) -> Path:
        """The logs of the run; they outlive it."""
        return self.warehouse / "logs" / self.run_id

    @contextmanager
    def part(self, name: str) -> Iterator[Progress]:
        """Show the progress of a part of the run and count the time spent in it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        start = time.perf_counter()
        shown = self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=not shown) as progress:
            yield progress
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def beside(self, module: str) -> AbstractContextManager[Companion]:
        """Start a companion that works on this run's warehouse."""
        return companion(module, self.warehouse, self.logs / "companions.log")

    def tell(self, part: str, what: str) -> None:
        """Print what a part of the run has done, and how long it took."""
        self.console.print(f"{part:<10}  {what:<75}  {self.seconds[part]:5.1f} s")


def nightly(settings: Settings, console: Console, reasons: guards.Reasons | None = None) -> ExitCode:
    """
    Do the nightly job; return 0, or 10 when rows or values were set aside. Anything else raises Stop.

    `reasons` says, by rule, why concerns are accepted that would stop the night.
    """
    with begun("nightly", settings, console, reasons or {}) as night:
        with night.beside("csc_measures.night.building") as dbt:
            building.prepare(dbt, night.values, night.target, night.logs, night.told, night.workplace)
            landing, version = land_extracts(night)
            with night.beside("csc_measures.night.expectations") as gx:
                docs = build_marts(night, dbt, gx, landing, version)
                publish_marts(night, gx, landing, version, docs)
        console.print(f"{'in all':<10}  {'':<75}  {sum(night.seconds.values()):5.1f} s")
        console.print(f"Published {night.warehouse / editions.DATABASE}")
        console.print(f"Open {night.warehouse / scorecard.FIRST_PAGE}")
    return outcome(landing, console)


def land_only(settings: Settings, console: Console, reasons: guards.Reasons | None = None) -> ExitCode:
    """Check and land the extracts, no more; return 0, or 10 when rows or values were set aside."""
    with begun("land", settings, console, reasons or {}) as night:
        landing, _ = land_extracts(night)
        night.entry.exit_code = code_of(landing)
    console.print("Next, by hand: dbt build")
    return outcome(landing, console)


@contextmanager
def begun(command: str, settings: Settings, console: Console, reasons: guards.Reasons) -> Iterator[Night]:
    """Hold the warehouse for a new run; however that ends, record it and leave only what is whole."""
    warehouse = settings.warehouse_dir.absolute()
    check_defaults()
    definitions = read_definitions()
    if settings.engine == SPARK:
        spark.check_installed()
    check_calendars(settings.as_at)
    check_memory()
    check_of_one(warehouse)
    with opened(settings) as history:
        entry = ledger.Entry(
            run_id=generations.new_run_id(warehouse),
            command=command,
            started_at=disk.utc_now(),
            settings=settings.told(),
            code=code_version(),
        )
        record_dead_runs(warehouse, history)
        try:
            agreement = read_agreement(settings.agreement_dir, settings.as_at, definitions)
            values = values_in_force(definitions.parameters, agreement.values)
            entry.agreement, entry.parameters = agreement.digest, values
            entry.accepted += guards.check_follows(settings, history, reasons)
            tell_left(generations.clean(warehouse), console)
            check_space(warehouse)
            night = Night(
                settings, console, warehouse, entry, history, definitions, agreement, values, reasons
            )
            night.logs.mkdir(parents=True)
            night.built.parent.mkdir(parents=True)
            console.print(f"Run {night.run_id}, as at {settings.as_at}")
            if settings.as_at > (today := datetime.now(LONDON).date()):
                console.print(f"That date lies ahead: by its clock, this machine has {today}.")
            yield night
        except BaseException as error:
            entry.exit_code, entry.stopped = ended(error)
            raise
        finally:
            left = generations.clean(warehouse) + generations.prune(warehouse, settings.keep_raw_runs)
            tell_left(left, console)
            entry.ended_at = disk.utc_now()
            with suppress(OSError):  # no room, most likely: the next run makes up for it
                ledger.append(warehouse, entry)
            reports.give(warehouse, entry, os.environ, console)


def check_of_one(warehouse: Path) -> None:
    """Stop with 60 when a warehouse is that of a region, where only the authorities in it have nights."""
    if is_region(warehouse):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The warehouse is that of a region.",
            [str(warehouse)],
            "Name another folder in CSC_WAREHOUSE_DIR, or choose an authority: --authority CODE",
        )


def record_dead_runs(warehouse: Path, history: list[generations.Run]) -> None:
    """Record the runs since the ledger was begun that could not do it themselves, as after a power cut."""
    lines = ledger.read(warehouse)
    told = {line["run_id"] for line in lines} | {run.run_id for run in history if not lines}
    generation = generations.served(warehouse)
    for folder in disk.subfolders(warehouse / "logs"):
        if folder.name in told or (lines and folder.name < lines[0]["run_id"]):
            continue
        entry = ledger.Entry(
            folder.name, "unknown", generations.started(folder.name), stopped="Nobody knows."
        )
        if generation and generation.name == folder.name:
            entry.command, entry.generation = "nightly", folder.name
            entry.sealed = disk.sha256(generation / editions.CHECKSUMS)
        ledger.append(warehouse, entry)


def tell_left(paths: Iterable[str], console: Console) -> None:
    """Name what could not be removed; it is in nobody's way but takes room, and may name people."""
    for path in paths:
        console.print(
            f"Could not be removed, please remove it by hand: {path}", highlight=False, markup=False
        )


def check_memory() -> None:
    """Stop with 50 when this user may have so little memory that a night would end without a word."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESS_SPACE:
        needed = f"a night needs {LEAST_ADDRESS_SPACE >> 20:,} MiB at the least"
        raise Stop(
            ExitCode.OUT_OF_RESOURCES,
            f"Too little memory: this user may have {limit >> 20:,} MiB, and {needed}.",
            next_step="Allow it more, for example: ulimit -v unlimited",
        )


def check_space(warehouse: Path) -> None:
    """Stop with 50 unless there is room for four times what was published last."""
    generation = generations.served(warehouse)
    files = generation.rglob("*") if generation else []
    needed = SPACE_NEEDED * sum(file.stat().st_size for file in files if file.is_file())
    free = shutil.disk_usage(warehouse).free
    if free < needed:
        raise Stop(
            ExitCode.OUT_OF_RESOURCES,
            f"Too little disk space: {free >> 20:,} MiB are free, {needed >> 20:,} MiB are needed.",
            [str(warehouse)],
            "Free disk space, then run the night again.",
        )


def land_extracts(night: Night) -> tuple[LandingReport, str]:
    """Land the extracts and the definitions and show them to dbt; return the report and their version."""
    with night.part("landing") as progress:
        report = land(night.settings, night.folder, landed_before(night), progress)
        night.entry.accepted += guards.judge(report.concerns, night.reasons)
        version = write_register(night.landed, night.definitions, night.values)
        write_agreement(night.landed, night.agreement)
        disk.sync_all(night.folder)
        disk.point(night.warehouse / "landed", f"runs/{night.run_id}/landed")
        memory.give_back()
    night.entry.definition_version = version
    night.entry.files += report.files
    night.entry.landed = report.landed
    night.entry.findings = dict(count_effects(report))
    rows = sum(report.loaded.values())
    again = f" ({len(report.taken_over)} not read again)" if report.taken_over else ""
    night.tell("landing", f"{len(report.loaded)} extracts{again}, {rows:,} rows; {as_words(report)}")
    for line in tell_unread(report.unknown_files, report.absent):
        night.console.print(line, highlight=False, markup=False)
    for line in guards.tell(night.entry.accepted):
        night.console.print(line, highlight=False, markup=False)
    if report.same_again:
        names = ", ".join(report.same_again)
        n_of = f"{len(report.same_again)} of {len(report.fingerprints)} files"
        night.console.print(f"The same as in the last published run, {n_of}: {names}", highlight=False)
    if report.behind:
        names = ", ".join(f"{name} by {days:,} days" for name, days in report.behind.items())
        night.console.print(f"Events end before those of the other extracts: {names}", highlight=False)
    return report, version


def landed_before(night: Night) -> Before:
    """Return what the last published run had landed."""
    generation = generations.served(night.warehouse)
    last = generations.served_run(night.warehouse, night.history)
    if not last or not generation:
        return Before()
    lines = ledger.read(night.warehouse)
    return Before(
        last.as_at,
        json.loads(last.extract_rows),
        json.loads(last.input_fingerprints),
        read_kept(generation / FILLED),
        night.warehouse / "runs" / generation.name / "landed",
        next(
            (line["landed"] for line in lines if line["run_id"] == generation.name and "landed" in line), {}
        ),
    )


def as_words(report: LandingReport) -> str:
    """Say how much was set aside and flagged."""
    n = count_effects(report)
    return (
        f"{n['set_aside_row']:,} rows and {n['set_aside_value']:,} values set aside, {n['flagged']:,} flagged"
    )


def count_effects(report: LandingReport) -> Counter[str]:
    """Count the findings of a landing by effect."""
    effects: Counter[str] = Counter()
    for (_, _, effect), n in report.findings.items():
        effects[effect] += n
    return effects


def build_marts(
    night: Night, dbt: Companion, gx: Companion, landing: LandingReport, version: str
) -> dict[str, dict]:
    """Build and test the marts, the extracts being checked beside; return the marts' descriptions."""
    expectations.expect(gx, landing.measured, limits_in_force(night), night.pages, landed=str(night.landed))
    disk.point(night.warehouse / "building", f"runs/{night.run_id}/build")
    generations.bring_history(night.warehouse, night.built)
    if night.workplace:
        spark.keep_before(night.built, night.workplace.before)
    with night.part("dbt") as progress:
        try:
            build = building.build(
                dbt, night.landed, night.values, night.target, night.logs, progress, night.workplace
            )
        except Stop:
            expectations.judge(gx, "at the door")  # what failed there is the likelier cause
            raise
    if night.workplace:
        spark.show_built(night.workplace.folder, night.built)
    night.entry.built = dict(build.nodes)
    own = night.seconds["dbt"] - build.seconds_in_nodes
    night.tell("dbt", f"{build}; {own:.1f} s of it dbt's own")
    with night.part("door"):
        held = expectations.judge(gx, "at the door")
    night.entry.built["expectations at the door"] = held
    night.tell("door", f"{held} expectations held on the extracts, checked beside dbt")
    measured = measured_numbers(night, version)
    night.entry.accepted += guards.judge(concerns_of(measured, night.settings.limits()), night.reasons)
    expectations.expect(gx, measured, limits_in_force(night), night.pages, database=str(night.built))
    return build.docs


def limits_in_force(night: Night) -> dict[str, float]:
    """Return the limits of the rules that are not accepted to be broken."""
    return {rule: limit for rule, limit in night.settings.limits().items() if rule not in night.reasons}


def measured_numbers(night: Night, version: str) -> list[Measured]:
    """Hold the numbers of the build against those served; not where both were worked out otherwise."""
    generation = generations.served(night.warehouse)
    last = generations.served_run(night.warehouse, night.history)
    if not generation or not last:
        return []
    then = (last.definition_version, last.code_version, last.parameters, last.agreement_digest)
    now = (version, night.entry.code["code"], disk.as_json(night.values), night.agreement.digest)
    return changes_of_numbers(night.built, generation) if then == now else []


def check_marts(night: Night, gx: Companion) -> None:
    """Wait for the last check of the marts, made while they were copied; stop with 30 when it fails."""
    with night.part("marts"):
        held = expectations.judge(gx, "on the marts")
    night.entry.built["expectations on the marts"] = held
    night.tell("marts", f"{held} expectations held on the marts, checked while they were copied")


def publish_marts(
    night: Night, gx: Companion, landing: LandingReport, version: str, docs: dict[str, dict]
) -> None:
    """Copy the tested marts to a new generation and, once they are checked, show it to the readers."""
    effects = count_effects(landing)
    run = generations.Run(
        run_id=night.run_id,
        as_at=night.settings.as_at,
        started_at=night.entry.started_at,
        finished_at=disk.utc_now(),
        months=night.settings.months,
        authority=night.settings.authority,
        landing_folder=str(night.settings.landing_dir.absolute()),
        definition_version=version,
        input_fingerprints=disk.as_json(landing.fingerprints),
        extract_rows=disk.as_json(landing.loaded),
        row_counts="",
        n_rows_set_aside=effects["set_aside_row"],
        n_values_set_aside=effects["set_aside_value"],
        n_flagged=effects["flagged"],
        unread_files=disk.as_json(landing.unknown_files),
        accepted=disk.as_json([asdict(each) for each in night.entry.accepted]),
        code_version=night.entry.code["code"],
        code_but_definitions=night.entry.code["code_but_definitions"],
        parameters=disk.as_json(night.values),
        agreement_digest=night.agreement.digest,
    )
    night.generation.mkdir()
    shutil.copy(night.landed / FILLED, night.generation)
    night.told.rename(night.generation / artefacts.FOLDER)
    with night.part("publish") as progress, night.beside("csc_measures.night.shared.beside") as shared:
        run, marts = publish.write_generation(
            night.built,
            night.generation,
            docs,
            night.history,
            run,
            progress,
            night.settings,
            night.warehouse,
            shared,
        )
    with night.part("pages"):
        scorecard.write_pages(night.generation, night.landed, night.settings.council, night.warehouse)
    night.tell("pages", f"{scorecard.n_pages(night.generation):,} pages")
    check_marts(night, gx)
    night.pages.rename(night.generation / expectations.PAGES)
    with night.part("publish"):
        editions.seal(night.generation, night.readers)
        sealed = disk.sha256(night.generation / editions.CHECKSUMS)
        generations.swap(night.warehouse, night.generation, night.run_id, night.readers)
    night.entry.marts = {mart: list(fingerprint) for mart, fingerprint in marts.items()}
    night.entry.generation, night.entry.sealed = night.run_id, sealed
    night.entry.exit_code = code_of(landing)
    counts = json.loads(run.row_counts)
    night.tell("publish", f"{len(counts)} marts, {sum(counts.values()):,} rows")


def code_of(report: LandingReport) -> ExitCode:
    """Return the exit code of a good run."""
    return ExitCode.PUBLISHED_WITH_SET_ASIDE if report.has_set_aside else ExitCode.PUBLISHED


def outcome(report: LandingReport, console: Console) -> ExitCode:
    """Return the exit code of a good run and, when something was set aside, say where to read what."""
    if report.has_set_aside:
        console.print(
            "Rows or values were set aside: see `measures status`, and marts.data_quality for each."
        )
    return code_of(report)
