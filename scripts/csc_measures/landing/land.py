"""
Land the extracts: read each delivered file, type its values and write one Parquet file per extract.

Called by the nightly job before dbt. What cannot be used is set aside or flagged by file, line, column and
rule (`contract.rules`), never by value; a file that cannot be trusted as a whole refuses the run, after every
file has been looked at.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from graphlib import TopologicalSorter
from itertools import chain
from operator import attrgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.progress import Progress

from csc_measures.contract.extracts import Contract, Extract, read_contract
from csc_measures.contract.rules import (
    FLAGGED,
    SET_ASIDE_ROW,
    Concern,
    Measured,
    Refusal,
    Refused,
    concerns_of,
    read_rules,
)
from csc_measures.landing.changes import (
    FILLED,
    Before,
    as_table,
    behind,
    changes_of,
    lag_of,
    lags,
    same_again,
)
from csc_measures.landing.deliveries import (
    BESIDE,
    Coverage,
    FileReport,
    changed_since_copied,
    fingerprint_of,
    keep_raw_copies,
    read_coverage,
    read_findings,
)
from csc_measures.landing.erased import Erasure, read_erased
from csc_measures.landing.finding import Delivery, Found, find_deliveries, nearest_absent
from csc_measures.landing.landed_columns import ARROW_TYPES, ColumnReader, rank, read_outward_parts
from csc_measures.landing.losses import Kept, losses_of, refusals_of
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.landing.quality import Quality, count_findings, count_rows_set_aside
from csc_measures.landing.reading import Records, read_records, size_of
from csc_measures.landing.row_checks import check_across, check_columns
from csc_measures.landing.taken_over import LastRun, Record, made_by
from csc_measures.memory import check_landing, take_from_system
from csc_measures.settings import Settings
from csc_measures.stop import ExitCode, Stop


@dataclass(frozen=True)
class LandingReport:
    """
    What landing did: a report per file, rows per extract, and findings by (extract, rule, effect).

    `fingerprints` holds the SHA-256 of every file that was read, by its name in the landing folder.
    `same_again` are the files that the last published run had too, though it described an earlier date,
    `behind` the extracts whose events end long before those of all, with the days between, `measured` what
    each limit was held against, and `concerns` reasons not to publish it unless somebody accepts them.
    `taken_over` are the extracts that were not read, since the last published run had landed them, and
    `landed` has the SHA-256 of every file that was written, by its name.
    """

    files: tuple[FileReport, ...]
    loaded: dict[str, int]
    absent: tuple[str, ...]
    findings: dict[tuple[str, str, str], int]
    unknown_files: tuple[str, ...]
    fingerprints: dict[str, str]
    same_again: tuple[str, ...]
    behind: Mapping[str, int]
    measured: tuple[Measured, ...]
    concerns: tuple[Concern, ...]
    taken_over: tuple[str, ...]
    landed: dict[str, str]

    @property
    def has_set_aside(self) -> bool:
        """Whether any row or value was set aside, which makes the run end with 10."""
        return any(effect != FLAGGED for _, _, effect in self.findings)


def land(
    settings: Settings,
    run_dir: Path,
    before: Before | None = None,
    progress: Progress | None = None,
) -> LandingReport:
    """
    Land the extracts of `settings.landing_dir` in `<run_dir>/landed`, with raw copies in `<run_dir>/raw`.

    `before` is what the last published run had landed. Raises Stop: 20 with every reason why a file is
    refused, 50 when an extract may take more memory than is allowed, 60 when the landing folder or a file
    in it cannot be read.
    """
    take_from_system()
    before = before or Before()
    contract = read_contract()
    landed = run_dir / "landed"
    landed.mkdir(parents=True, mode=0o700)

    found = find_deliveries(settings.landing_dir, run_dir / "raw", contract.extracts, BESIDE)
    if not found.by_extract.keys() & contract.extracts.keys():
        raise Stop(
            ExitCode.EXTRACTS_REFUSED,
            "The landing folder holds no extract. What was published last stays published.",
            [str(settings.landing_dir)],
            "Deliver the extracts there, named as contract/extracts.csv has them, or set CSC_LANDING_DIR.",
        )
    refusals = found.refusals
    refusals += _absent_though_expected(found, before.rows, settings.allow_missing)
    refusals += keep_raw_copies(found.deliveries(), settings.landing_dir, settings.settled)
    covered, reasons = read_coverage(found.by_extract.get("coverage", []), contract.extracts)
    refusals += reasons
    found_before, reasons = read_findings(found.by_extract.get("findings", []), contract.extracts)
    refusals += reasons

    reader = ColumnReader(contract, settings.as_at, Pseudonyms(settings.pseudonym_key))
    now = made_by(settings.pseudonym_key)
    last = LastRun(before, now)
    last.compare(found.by_extract, covered, settings.as_at, contract)
    night = _Night(contract, reader, landed, Erasure(read_erased(settings.warehouse_dir)), last)
    for extract in _followed(_referred_first(contract), progress):
        deliveries = found.by_extract.get(extract.name, [])
        last_day = min(covered.get(extract.name, Coverage()).covered_to or settings.as_at, settings.as_at)
        if not refusals and _take_over(deliveries, extract, last_day, night):
            continue
        check_landing(extract.name, [size_of(each.raw) for each in deliveries], settings.memory)
        parts, reasons = _read_parts(deliveries, extract, may_be_empty=extract.name in covered)
        refusals += reasons
        if not refusals:
            _land_extract(parts, extract, last_day, night)
    refusals += changed_since_copied(found.deliveries())
    refusals += _unusable(night, found, covered)
    if refusals:
        raise _stop(refusals)
    Record(now, sorted(covered), night.files, night.kept, night.quality.table()).write(landed)
    measured = _measured(night, found_before, before, settings)
    same = _flag_what_is_as_before(night, found, before, settings)
    late = _flag_what_is_behind(night, found, settings)

    night.quality.add_flagged(check_across(landed, set(night.loaded), night.quality.table()))
    night.quality.add_found_before(found_before)
    quality = night.quality.listed()
    _balance(night.files, quality)
    _write_run(settings, run_dir.name, covered, quality, night)
    findings = count_findings(quality)
    if any(rule == "erased" for _, rule, _ in findings):
        shutil.rmtree(run_dir / "raw")  # the files as delivered still hold those who were erased
    return LandingReport(
        files=tuple(sorted(night.files, key=lambda report: report.file)),
        loaded=dict(sorted(night.loaded.items())),
        absent=tuple(name for name in contract.extracts if name not in night.loaded),
        findings=findings,
        unknown_files=tuple(found.unknown),
        fingerprints={delivery.name: delivery.sha256 for delivery in found.deliveries()},
        same_again=tuple(same),
        behind=late,
        measured=tuple(measured),
        concerns=tuple(concerns_of(measured, settings.limits())),
        taken_over=tuple(last.taken_over),
        landed={file.name: fingerprint_of(file) or "" for file in sorted(landed.iterdir())},
    )


# --- What is refused


def _absent_though_expected(
    found: Found, previous: Mapping[str, int], allowed: Iterable[str]
) -> list[Refusal]:
    absent = sorted(set(previous) - set(found.by_extract) - set(allowed))
    strays = {nearest_absent(stray, absent): stray for stray in found.unknown}
    return [
        Refusal(name, 0, "", "absent", f"is it {strays[name]}, which was not read?" if name in strays else "")
        for name in absent
    ]


def _unusable(night: "_Night", found: Found, covered: Mapping[str, Coverage]) -> list[Refusal]:
    """Refuse each landed extract of which nothing can be used."""
    counts = night.quality.counts()
    refusals: list[Refusal] = []
    for name, kept in night.kept.items():
        deliveries = found.by_extract[name]
        called = deliveries[0].name if len(deliveries) == 1 else name
        extract = night.contract.extracts[name]
        refusals += refusals_of(called, extract, kept, counts[name], may_be_empty=name in covered)
    return refusals


def _measured(
    night: "_Night", found_before: list[dict[str, object]], before: Before, settings: Settings
) -> list[Measured]:
    """Measure what may be a reason not to publish the landed extracts, rows lost before landing among it."""
    counts = night.quality.counts()
    for found in found_before:
        if found["effect"] == SET_ASIDE_ROW:
            counts[str(found["extract"])][None, str(found["rule"]), SET_ASIDE_ROW] += 1
    lost = (losses_of(night.contract.extracts[name], kept, counts[name]) for name, kept in night.kept.items())
    changed = changes_of(night.kept, before)
    late = lag_of(night.lags.values(), settings.as_at)
    return [*chain.from_iterable(lost), *changed, *late]


def _flag_what_is_as_before(night: "_Night", found: Found, before: Before, settings: Settings) -> list[str]:
    """Flag and name the files that are the same again, and flag the extracts that have lost rows."""
    same = []
    for name, kept in night.kept.items():
        files = {delivery.name: delivery.sha256 for delivery in found.by_extract[name]}
        repeated = same_again(files, before, settings.as_at)
        night.quality.add(name, pa.array(repeated, pa.string()), [0] * len(repeated), None, "same_file_again")
        same += repeated
        if kept.n_rows < before.rows.get(name, 0):
            night.quality.add(name, pa.array(list(files)[:1]), [0], None, "fewer_rows")
    return same


def _flag_what_is_behind(night: "_Night", found: Found, settings: Settings) -> dict[str, int]:
    """Flag and give the extracts whose events end long before those of all."""
    late = behind(night.lags, settings.max_lag)
    for name in late:
        files = pa.array([found.by_extract[name][0].name], pa.string())
        night.quality.add(name, files, [0], None, "events_behind_others")
    return late


def _stop(refusals: list[Refusal]) -> Stop:
    files = {refusal.file for refusal in refusals}
    return Stop(
        ExitCode.EXTRACTS_REFUSED,
        f"The extracts are refused, {len(files)} of them. What was published last stays published.",
        [str(refusal) for refusal in sorted(refusals)],
        "Put this right in the landing folder, then run again.",
    )


def _read_parts(
    deliveries: list[Delivery], extract: Extract, may_be_empty: bool
) -> tuple[list[tuple[Delivery, Records]], list[Refusal]]:
    """Read every file of an extract; none having a row is refused unless coverage names the extract."""
    parts: list[tuple[Delivery, Records]] = []
    refusals: list[Refusal] = []
    for delivery in deliveries:
        try:
            parts.append((delivery, read_records(delivery.raw, delivery.name, extract)))
        except Refused as refused:
            refusals += refused.refusals
    if not refusals and not may_be_empty and not any(records.n_records for _, records in parts):
        refusals += [Refusal(delivery.name, 0, "", "no_rows") for delivery, _ in parts]
    return parts, refusals


# --- From records to typed rows


@dataclass
class _Rows:
    """Rows of one extract: text by contract column, and of each row its line and the number of its file."""

    columns: dict[str, pa.ChunkedArray]
    names: pa.Array
    file: np.ndarray
    line: np.ndarray

    def take(self, places: np.ndarray) -> "_Rows":
        columns = {name: texts.take(pa.array(places)) for name, texts in self.columns.items()}
        return _Rows(columns, self.names, self.file[places], self.line[places])

    def files_at(self, places: np.ndarray | slice) -> pa.Array:
        return self.names.take(pa.array(self.file[places]))


@dataclass
class _Night:
    """What one landing works with, and what it has done so far."""

    contract: Contract
    reader: ColumnReader
    landed: Path
    erasure: Erasure
    last: LastRun
    quality: Quality = field(default_factory=Quality)
    files: list[FileReport] = field(default_factory=list)
    kept: dict[str, Kept] = field(default_factory=dict)
    lags: dict[str, Counter[int]] = field(default_factory=dict)

    @property
    def loaded(self) -> dict[str, int]:
        """Rows loaded from each extract that was delivered."""
        return {name: kept.n_rows for name, kept in self.kept.items()}


def _referred_first(contract: Contract) -> list[Extract]:
    """Put the extracts in an order: references after what they point to, published words after names."""
    extracts = contract.extracts.values()
    with_names = {extract.name for extract in extracts if extract.holds_names}
    references = {
        extract.name: {column.refers_to[0] for column in extract.columns if column.refers_to} - {extract.name}
        for extract in extracts
    }
    for extract in extracts:
        if extract.is_published:
            references[extract.name] |= with_names
    in_order = TopologicalSorter({name: sorted(others) for name, others in references.items()})
    return [contract.extracts[name] for name in in_order.static_order()]


def _take_over(deliveries: list[Delivery], extract: Extract, last_day: date, night: _Night) -> bool:
    """Take an extract over from the last published run, where it would land the same; say whether."""
    columns = night.last.take_over(extract, night.reader, night.erasure, night.landed)
    if columns is None:
        return False
    night.quality.add_table(night.last.record.findings_of(extract.name))
    night.files += night.last.reports(deliveries)
    night.kept[extract.name] = night.last.record.kept[extract.name]
    night.lags[extract.name] = lags(columns, extract, last_day)
    return True


def _land_extract(
    parts: list[tuple[Delivery, Records]], extract: Extract, last_day: date, night: _Night
) -> None:
    """
    Set unsound rows aside, type the others, write them, and account for every row.

    An extract that is not delivered lands typed and empty, and counts as not loaded. `last_day` is the
    last one that it describes.
    """
    path = night.landed / f"{extract.name}.parquet"
    if not parts:
        _write(_schema(extract).empty_table(), path)
        return
    for delivery, records in parts:
        lines: dict[tuple[str | None, str], list[int]] = {}
        for finding in records.findings:
            lines.setdefault((finding.column, finding.rule), []).append(finding.line)
        for (column, rule), at in lines.items():
            night.quality.add(extract.name, pa.repeat(delivery.name, len(at)), at, column, rule)
        for rule, n in records.more.items():
            night.quality.add_more(extract.name, delivery.name, rule, n)
    rows, keys = _sound_rows(_joined(parts, extract), extract, night)
    table, told, n_filled = _typed(rows, keys, extract, night)
    for column, rule, places in check_columns(table, extract, night.contract, told):
        night.quality.add(extract.name, rows.files_at(places), rows.line[places], column, rule)
    rows, table = _without_erased(rows, table, extract, night)
    _write(table, path, (extract.key.name, f"{extract.key.name}_rank", "source_line"))
    _account(parts, rows, extract, night)
    night.kept[extract.name] = Kept(len(rows.line), n_filled)
    night.lags[extract.name] = lags(table, extract, last_day)


def _without_erased(rows: _Rows, table: pa.Table, extract: Extract, night: _Night) -> tuple[_Rows, pa.Table]:
    """
    Set aside the rows of people who were erased, and forget what was found in them.

    Gives the others, as delivered and as they land.
    """
    theirs = night.erasure.rows_of(table, extract)
    if not len(theirs):
        return rows, table
    lines, files = rows.line[theirs], rows.files_at(theirs)
    night.quality.forget(extract.name, files, lines)
    night.quality.add(extract.name, files, lines, extract.key.name, "erased")
    others = np.setdiff1d(np.arange(table.num_rows), theirs)
    return rows.take(others), table.take(pa.array(others))


def _joined(parts: list[tuple[Delivery, Records]], extract: Extract) -> _Rows:
    """Put the files of an extract below each other, in name order; an absent optional column is empty."""
    columns = {}
    for column in extract.columns:
        chunks: list[pa.Array] = []
        for _, records in parts:
            absent = pa.chunked_array([pa.nulls(len(records.lines), pa.string())])
            chunks += records.columns.get(column.name, absent).chunks
        columns[column.name] = pa.chunked_array(chunks, pa.string())
    sizes = [len(records.lines) for _, records in parts]
    lines = [np.empty(0, dtype=np.int32), *(records.lines for _, records in parts)]
    names = pa.array([delivery.name for delivery, _ in parts], pa.string())
    return _Rows(columns, names, np.repeat(np.arange(len(parts)), sizes), np.concatenate(lines))


def _sound_rows(rows: _Rows, extract: Extract, night: _Night) -> tuple[_Rows, pa.Array]:
    """Set aside the rows without a sound key, and all but the first of each key. Gives rows and keys."""

    def set_aside(places: np.ndarray, rule: str) -> None:
        files, lines = rows.files_at(places), rows.line[places]
        night.quality.add(extract.name, files, lines, extract.key.name, rule, SET_ASIDE_ROW)

    reading, numbers = night.reader.read_keys(rows.columns[extract.key.name])
    has_key = reading.values.is_valid().to_numpy(zero_copy_only=False)
    is_told = np.zeros(len(rows.line), dtype=bool)
    for rule, places in reading.broken.items():
        if read_rules()[rule].effect != FLAGGED:
            set_aside(places, rule)
            is_told[places] = True
        elif len(readable := places[has_key[places]]):
            night.quality.add(
                extract.name, rows.files_at(readable), rows.line[readable], extract.key.name, rule
            )
    set_aside(np.flatnonzero(~has_key & ~is_told), "no_key")

    with_key = np.flatnonzero(has_key)
    _, first_of_number, numbers = np.unique(numbers[with_key], return_index=True, return_inverse=True)
    kept = np.sort(with_key[first_of_number])
    if len(kept) == len(rows.line):
        return rows, reading.values

    is_repeat = np.ones(len(with_key), dtype=bool)
    is_repeat[first_of_number] = False
    repeats, originals = with_key[is_repeat], with_key[first_of_number[numbers[is_repeat]]]
    is_copy = _are_copies(rows, repeats, originals)
    set_aside(repeats[is_copy], "repeated_row")
    set_aside(repeats[~is_copy], "conflicting_row")
    return rows.take(kept), reading.values.take(pa.array(kept))


def _are_copies(rows: _Rows, repeats: np.ndarray, originals: np.ndarray) -> np.ndarray:
    """Tell for each repeated row whether it says the same as its original, spaces at the ends apart."""
    same = np.ones(len(repeats), dtype=bool)
    for texts in rows.columns.values():
        one, other = (
            pc.fill_null(pc.utf8_trim_whitespace(texts.take(pa.array(places))), "")
            for places in (repeats, originals)
        )
        same &= pc.equal(one, other).to_numpy()
    return same


def _typed(
    rows: _Rows, keys: pa.Array, extract: Extract, night: _Night
) -> tuple[pa.Table, dict[str, np.ndarray], dict[str, int]]:
    """
    Type every column that lands, make the pseudonyms, and put rank, file and line beside them.

    Gives the table, and by column the places of rows for which something was found and how many rows have a
    value.
    """
    told: dict[str, np.ndarray] = {}
    n_filled = {extract.key.name: len(keys)}
    landed: list[pa.Array] = []
    landed_keys = night.reader.land_keys(keys, extract)
    for column in extract.columns:
        if column.is_key:
            landed += [landed_keys, rank(keys)]
            continue
        reading = night.reader.read(rows.columns[column.name], column)
        for rule, places in reading.broken.items():
            night.quality.add(extract.name, rows.files_at(places), rows.line[places], column.name, rule)
        told[column.name] = np.concatenate([[], *reading.broken.values()])
        n_filled[column.name] = len(reading.values) - reading.values.null_count
        if not column.lands:
            continue
        landed.append(reading.values)
        if column.is_postcode:
            landed.append(read_outward_parts(rows.columns[column.name]))
    landed += [rows.files_at(slice(None)), pa.array(rows.line, pa.int32())]
    return pa.table(landed, schema=_schema(extract)), told, n_filled


def _schema(extract: Extract) -> pa.Schema:
    return pa.schema([(column.name, ARROW_TYPES[column.data_type]) for column in extract.landed_columns()])


def _account(parts: list[tuple[Delivery, Records]], rows: _Rows, extract: Extract, night: _Night) -> None:
    """Say of every file how many rows came in, were loaded and were set aside."""
    n_loaded = np.bincount(rows.file, minlength=len(parts)).tolist()
    for (delivery, records), n in zip(parts, n_loaded, strict=True):
        night.files.append(
            FileReport(
                extract=extract.name,
                file=delivery.name,
                sha256=delivery.sha256,
                n_bytes=delivery.n_bytes,
                encoding=records.encoding,
                n_physical_lines=records.n_physical_lines,
                n_rows_in=records.n_records,
                n_rows_loaded=n,
                n_rows_set_aside=records.n_records - n,
                written_at=delivery.written_at,
            )
        )


# --- What is written beside the extracts


def _write_run(
    settings: Settings, run_id: str, covered: Mapping[str, Coverage], quality: pa.Table, night: _Night
) -> None:
    """Write the tables that say what this run landed."""
    extracts = list(night.contract.extracts)
    coverage = [covered.get(name, Coverage()) for name in extracts]
    codes = [(name, code) for name, listed in night.contract.codes.items() for code in listed]
    rules = read_rules()
    written_at = {file.extract: file.written_at for file in sorted(night.files, key=attrgetter("written_at"))}
    tables = {
        Path(FILLED).stem: as_table(night.kept),
        "data_quality": quality,
        "loaded_extracts": pa.table(
            {
                "extract": extracts,
                "is_loaded": [name in night.loaded for name in extracts],
                "population": [each.population for each in coverage],
                "covered_from": pa.array([each.covered_from for each in coverage], pa.date32()),
                "covered_to": pa.array([each.covered_to for each in coverage], pa.date32()),
                "not_told": pa.array([" ".join(each.not_told) or None for each in coverage], pa.string()),
                "n_rows": pa.array([night.loaded.get(name, 0) for name in extracts], pa.int64()),
                "delivered_at": pa.array([written_at.get(name) for name in extracts], pa.timestamp("us")),
            }
        ),
        "codes": pa.table(
            {
                "code_set": [name for name, _ in codes],
                "code": [code.code for _, code in codes],
                "meaning": [code.meaning for _, code in codes],
                "valid_from": pa.array([code.valid_from for _, code in codes], pa.string()),
                "valid_to": pa.array([code.valid_to for _, code in codes], pa.string()),
            }
        ),
        "rules": pa.table(
            {
                "rule": list(rules),
                "effect": [rule.effect for rule in rules.values()],
                "is_asked": [set(rule.needs) <= set(night.loaded) for rule in rules.values()],
                "meaning": [rule.meaning for rule in rules.values()],
            }
        ),
        "run": pa.table(
            {
                "run_id": [run_id],
                "as_at": pa.array([settings.as_at], pa.date32()),
                "months": pa.array([settings.months], pa.int32()),
                "authority": [settings.authority],
                "landed_at": pa.array([datetime.now(UTC).replace(tzinfo=None)], pa.timestamp("us")),
            }
        ),
    }
    for name, table in tables.items():
        _write(table, night.landed / f"{name}.parquet")


def _write(table: pa.Table, path: Path, distinct: Iterable[str] = ()) -> None:
    """Write a table; columns all of whose values differ without a dictionary of them."""
    with_dictionary = [name for name in table.column_names if name not in distinct]
    pq.write_table(table, path, compression="zstd", use_dictionary=with_dictionary)
    path.chmod(0o600)


def _balance(files: list[FileReport], quality: pa.Table) -> None:
    """Hold the report of every file against the rows listed as set aside: rows in = loaded + set aside."""
    listed = count_rows_set_aside(quality)
    unbalanced = [report.file for report in files if listed[report.file] != report.n_rows_set_aside]
    if unbalanced:
        raise RuntimeError(f"Rows in are not rows loaded plus rows set aside: {', '.join(unbalanced)}")


def _followed(extracts: Iterable[Extract], progress: Progress | None) -> Iterator[Extract]:
    """Go through the extracts, and show how far landing has come."""
    extracts = list(extracts)
    task = progress.add_task("Landing the extracts", total=len(extracts)) if progress else None
    for extract in extracts:
        yield extract
        if progress and task is not None:
            progress.advance(task)
