"""
Take in the files that were found: wait until they are whole, keep immutable copies, read what is beside.

`coverage.csv` says what an extract covers, `findings.csv` what was set aside or flagged when the extracts
were made from something else. Everything is read from the copies, and at the end the files must still be
what was copied.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from csc_measures.contract.extracts import Column, Extract
from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, SET_ASIDE_VALUE, Refusal, Refused
from csc_measures.landing.finding import Delivery
from csc_measures.landing.reading import read_records
from csc_measures.landing.values import date_reader, read_integer, read_text
from csc_measures.stop import ExitCode, Stop

LONGEST_WAIT_SECONDS = 60.0
BLOCK_BYTES = 1 << 20
POPULATIONS = ("all", "looked_after", "care_leavers")
EFFECTS = (SET_ASIDE_ROW, SET_ASIDE_VALUE, FLAGGED)


SPOILS_THE_FILE = frozenset({"wrong_field_count", "malformed_quotes", "unreadable_characters"})


def _beside(name: str, optional: tuple[str, ...] = (), **columns: str) -> Extract:
    """Describe a file that lies beside the extracts by its columns and their types."""
    described = (
        Column(column, kind, False, None, None, column in optional, "none", "local", None, False, None, "")
        for column, kind in columns.items()
    )
    return Extract(name, "landing", tuple(described))


COVERAGE = _beside(
    "coverage",
    ("not_told",),
    extract="text",
    population="text",
    covered_from="date",
    covered_to="date",
    not_told="text",
)
FINDINGS = _beside(
    "findings", extract="text", file="text", line="integer", column_name="text", rule="text", effect="text"
)
BESIDE = (COVERAGE.name, FINDINGS.name)


@dataclass(frozen=True)
class Coverage:
    """Whom and when an extract covers, a missing date is open; columns that its source never tells."""

    population: str = "all"
    covered_from: date | None = None
    covered_to: date | None = None
    not_told: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileReport:
    """
    What became of one delivered file; `n_rows_in` is always loaded plus set aside.

    `n_physical_lines` leaves out the header; it exceeds `n_rows_in` where a note runs over several lines.
    `written_at` is the time of the file, in UTC.
    """

    extract: str
    file: str
    sha256: str
    n_bytes: int
    encoding: str
    n_physical_lines: int
    n_rows_in: int
    n_rows_loaded: int
    n_rows_set_aside: int
    written_at: datetime


def keep_raw_copies(deliveries: Iterable[Delivery], landing: Path, settled: float) -> list[Refusal]:
    """
    Copy the files, once they have stopped growing, and fingerprint the copies (SHA-256, mode 0600).

    A file is whole when its size and time have not changed for `settled` seconds, or when `<file>.done` or
    `.done` lies beside it; one that has not settled a minute after that is refused.
    """
    deliveries = list(deliveries)
    refusals = [
        Refusal(delivery.name, 0, "", "still_being_written")
        for delivery in _still_growing(deliveries, (landing / ".done").exists(), settled)
    ]
    for delivery in deliveries:
        delivery.raw.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _open(delivery) as source, delivery.raw.open("xb") as copy:
            delivery.raw.chmod(0o600)
            delivery.written_at = _when_written(source)
            digest = hashlib.sha256()
            while block := source.read(BLOCK_BYTES):
                digest.update(block)
                copy.write(block)
                delivery.n_bytes += len(block)
        delivery.sha256 = digest.hexdigest()
    return refusals


def changed_since_copied(deliveries: Iterable[Delivery]) -> list[Refusal]:
    """Refuse the files that are no longer what was copied."""
    return [
        Refusal(delivery.name, 0, "", "changed_while_read")
        for delivery in deliveries
        if fingerprint_of(delivery.source) != delivery.sha256
    ]


def fingerprint_of(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _when_written(file: BinaryIO) -> datetime:
    return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC).replace(tzinfo=None)


def _open(delivery: Delivery) -> BinaryIO:
    try:
        return delivery.source.open("rb")
    except OSError as error:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The file {delivery.name} of the landing folder cannot be read ({error.strerror}).",
            next_step="Let the user of this job read it, then run again.",
        ) from None


def _still_growing(deliveries: list[Delivery], all_done: bool, settled: float) -> list[Delivery]:
    """Wait until every file has been still for long enough, and give those that never were."""
    waiting = [
        delivery
        for delivery in deliveries
        if not all_done and not delivery.source.with_name(f"{delivery.source.name}.done").exists()
    ]
    seen: dict[str, tuple[tuple[int, int], float]] = {}
    started = time.monotonic()
    while True:
        waiting = [delivery for delivery in waiting if not _is_settled(delivery, seen, settled)]
        if not waiting or time.monotonic() - started > settled + LONGEST_WAIT_SECONDS:
            return waiting
        time.sleep(min(0.1, settled / 4))


def _is_settled(delivery: Delivery, seen: dict[str, tuple[tuple[int, int], float]], settled: float) -> bool:
    """Tell by its size and time whether a file has been still, since it was written or since first seen."""
    try:
        status = delivery.source.stat()
    except OSError:
        return False
    now = time.monotonic()
    state = (status.st_size, status.st_mtime_ns)
    if seen.get(delivery.name, (None, 0.0))[0] != state:
        seen[delivery.name] = (state, now)
    is_old = time.time() - status.st_mtime >= settled
    return is_old or now - seen[delivery.name][1] >= settled


# --- What lies beside the extracts


def read_coverage(
    deliveries: list[Delivery], extracts: Mapping[str, Extract]
) -> tuple[dict[str, Coverage], list[Refusal]]:
    """Read coverage.csv, if delivered: what each extract it names covers, and every reason to refuse it."""
    covered: dict[str, Coverage] = {}
    rows, refusals = _rows_beside(deliveries, COVERAGE, "unreadable_coverage")
    for file, line, row in rows:
        name, coverage, column, rule = _coverage(row, extracts)
        if rule is None and name in covered:
            column, rule = "extract", "repeated_coverage"
        if rule:
            refusals.append(Refusal(file, line, column, rule))
        else:
            covered[name] = coverage
    return covered, refusals


def read_findings(
    deliveries: list[Delivery], extracts: Mapping[str, Extract]
) -> tuple[list[dict[str, object]], list[Refusal]]:
    """Read findings.csv, if delivered: findings as `data_quality` has them, and every reason to refuse it."""
    findings: list[dict[str, object]] = []
    rows, refusals = _rows_beside(deliveries, FINDINGS, "unreadable_findings")
    for name, line, row in rows:
        extract, file, at, column, rule, effect = (read_text(text)[0] for text in row)
        number, is_no_number = read_integer(at or "")
        if extract not in extracts or not file or not rule or effect not in EFFECTS or is_no_number:
            refusals.append(Refusal(name, line, "", "unreadable_findings"))
            continue
        values = (extract, file, number or None, column, rule, effect)
        findings.append(dict(zip((column.name for column in FINDINGS.columns), values, strict=True)))
    return findings, refusals


def _rows_beside(
    deliveries: list[Delivery], described: Extract, unreadable: str
) -> tuple[list[tuple[str, int, tuple[str, ...]]], list[Refusal]]:
    """Read a file that lies beside the extracts: file, line and texts of each row, and why it is refused."""
    rows: list[tuple[str, int, tuple[str, ...]]] = []
    refusals: list[Refusal] = []
    for delivery in deliveries:
        try:
            records = read_records(delivery.raw, delivery.name, described)
        except Refused as refused:
            return [], refused.refusals
        refusals += [
            Refusal(delivery.name, finding.line, "", unreadable)
            for finding in records.findings
            if finding.rule in SPOILS_THE_FILE
        ]
        empty = [""] * len(records.lines)
        texts = zip(
            *(
                records.columns[column.name].to_pylist() if column.name in records.columns else empty
                for column in described.columns
            ),
            strict=True,
        )
        rows += [(delivery.name, line, row) for line, row in zip(records.lines.tolist(), texts, strict=True)]
    return rows, refusals


def _coverage(row: tuple[str, ...], extracts: Mapping[str, Extract]) -> tuple[str, Coverage, str, str | None]:
    """Read one row: its extract, its coverage, and the column and rule that are wrong, if any."""
    read_day = date_reader(None, with_time=False)
    name, population = ((read_text(text)[0] or "").lower() for text in row[:2])
    (start, start_rule), (end, end_rule) = read_day(row[2]), read_day(row[3])
    not_told = tuple((read_text(row[4])[0] or "").split())
    population = population or "all"
    coverage = Coverage(population, start, end, not_told)
    if name not in extracts:
        return name, coverage, "extract", "unknown_extract"
    if population not in POPULATIONS:
        return name, coverage, "population", "unknown_population"
    if not {column.name for column in extracts[name].columns}.issuperset(not_told):
        return name, coverage, "not_told", "unknown_untold_column"
    if start_rule or end_rule:
        return name, coverage, "covered_from" if start_rule else "covered_to", "unreadable_coverage"
    if start and end and end < start:
        return name, coverage, "covered_to", "coverage_ends_before_start"
    return name, coverage, "", None
