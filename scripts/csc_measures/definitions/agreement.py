"""
Read and check what the council and the organisation agree: targets, parameters, definitions and steps.

The agreement is a folder of CSV files, outside the code (`CSC_AGREEMENT_DIR`); `contract/agreement.csv` says
what its tables hold. It is checked like an extract, but nothing in it is set aside: one wrong row refuses it,
after every row has been looked at. A table that is absent is empty.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from csc_measures.contract.agreement import (
    COUNCIL_AGREED_ON,
    ORGANISATION_AGREED_ON,
    AgreedColumn,
    landed_columns,
    read_tables,
)
from csc_measures.contract.extracts import read_contract
from csc_measures.contract.rules import Refusal, Refused
from csc_measures.definitions.files import write_rows
from csc_measures.definitions.parameters import Value, as_text, read_value
from csc_measures.definitions.register import Definitions, Measure
from csc_measures.stop import ExitCode, Stop

Row = dict[str, Any]
Fault = tuple[str, str, str]
"""What is wrong with a row: column, rule and hint."""

AGREED, PROPOSED, ASSUMED = "agreed", "proposed", "assumed"
PERIOD_TYPES = ("month", "ytd", "rolling_12m")
NO_TARGET = ("N", "n/a")  # words of the long list
DATE, NUMBER, INTEGER = r"\d{4}-\d{2}-\d{2}", r"[+-]?\d{1,12}(\.\d{1,9})?", r"\d{1,6}"
SHOWN_FAULTS = 50
VERSION = r"[0-9a-f]{12}"
ARROW_TYPES = {
    "integer": pa.int32(),
    "number": pa.float64(),
    "text": pa.string(),
    "date": pa.date32(),
    "flag": pa.bool_(),
}


@dataclass(frozen=True)
class Agreement:
    """
    What is agreed, as at a date: the rows of each table by its name, in the order of its file.

    A row has the columns that the table lands with (`contract.agreement.landed_columns`), typed, None where
    it says nothing, with the headline where it names no statistic. `digest` is the SHA-256 over the names and
    contents of the files, `values` those of the parameters that the agreement holds a value for.
    """

    tables: dict[str, list[Row]]
    digest: str
    values: dict[str, Value] = field(default_factory=dict)


def read_agreement(folder: Path, as_at: date, definitions: Definitions) -> Agreement:
    """
    Read and check the agreement in a folder.

    Raises Stop: 60 when there is no such folder, 20 with every reason for which the agreement is refused,
    each with file, line, column and rule.
    """
    files, refusals = _files_in(folder)
    tables: dict[str, list[Row]] = {}
    digest = hashlib.sha256()
    for table in read_tables():
        content = files.get(table, b"")
        digest.update(f"{table} {len(content)}\n".encode() + content)
        tables[table] = []
        if table in files:
            rows, found = _read_table(table, content, as_at, definitions)
            tables[table] = rows
            refusals += found or [*_overlaps(table, rows)]
    if refusals:
        places = [str(folder), *map(str, sorted(refusals)[:SHOWN_FAULTS])]
        raise Stop(
            ExitCode.EXTRACTS_REFUSED,
            f"The agreement is refused: {len(refusals)} fault(s). What was published last stays published.",
            places + (["and so on"] if len(refusals) > SHOWN_FAULTS else []),
            "Mend what is named above, then type: measures agreement check",
        )
    values = _put_in_force(tables["parameters"], as_at, definitions)
    return Agreement(tables, digest.hexdigest(), values)


def write_agreement(folder: Path, agreement: Agreement) -> None:
    """Write the tables of the agreement, `agreement_<table>.parquet`, into a folder of landed extracts."""
    for table, rows in agreement.tables.items():
        columns = {column.name: ARROW_TYPES[column.type] for column in landed_columns(table)}
        write_rows(folder / f"agreement_{table}.parquet", rows, columns)


def landed_values(folder: Path) -> dict[str, str]:
    """Return the values of parameters that landed with the agreement and are in force, as texts, by name."""
    table = pq.read_table(folder / "agreement_parameters.parquet")
    return {row["parameter"]: row["value"] for row in table.to_pylist() if row["is_in_force"]}


def basis_of(row: Row) -> str:
    """Say what a row rests on: agreed by both parties, proposed by one, or assumed."""
    parties = sum(row[party] is not None for party in (COUNCIL_AGREED_ON, ORGANISATION_AGREED_ON))
    return (ASSUMED, PROPOSED, AGREED)[parties]


def _files_in(folder: Path) -> tuple[dict[str, bytes], list[Refusal]]:
    """Return the content of each table's file; a CSV file that is no table's would be left out in silence."""
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        known = {f"{table}.csv": table for table in read_tables()}
        files = {known[name]: (folder / name).read_bytes() for name in names if name in known}
    except OSError as error:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The agreement cannot be read: {error.strerror}.",
            [str(error.filename)],
            "Name its folder in CSC_AGREEMENT_DIR, or unset that for the folder agreement of the project.",
        ) from None
    strangers = [name for name in names if name.lower().endswith(".csv") and name not in known]
    return files, [Refusal(name, 0, "", "unknown_table", _nearest(name, known)) for name in strangers]


def _read_table(
    table: str, content: bytes, as_at: date, definitions: Definitions
) -> tuple[list[Row], list[Refusal]]:
    """Read a table; return its rows as they land, and everything that is wrong with it."""
    file, columns = f"{table}.csv", {column.name: column for column in read_tables()[table]}
    try:
        records = _records(file, content)
        header = _header(file, records, columns)
    except Refused as refused:
        return [], refused.refusals
    rows, refusals = [], []
    about = _About(as_at, definitions)
    for line, fields in records[1:]:
        if len(fields) != len(header) or not all(text.isprintable() for text in fields):
            refusals.append(Refusal(file, line, "", "unreadable_row"))
            continue
        row, faults = _typed(dict(zip(header, fields, strict=True)), columns, as_at)
        faults = faults or [*CHECKS[table](row, about)]
        refusals += [Refusal(file, line, column, rule, hint) for column, rule, hint in faults]
        rows.append({**row, "line": line, "basis": basis_of(row)} if not faults else {})
    return rows, refusals


def _records(file: str, content: bytes) -> list[tuple[int, list[str]]]:
    """Split a file into records, each with the line it begins in; blank lines are none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Refused([Refusal(file, line, "", "not_utf_8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error:
            raise Refused([Refusal(file, line, "", "unreadable_row")]) from None
        if fields is None:
            return records
        if fields:
            records.append((line, [field.strip() for field in fields]))
        line = reader.line_num + 1


def _header(file: str, records: list[tuple[int, list[str]]], columns: Collection[str]) -> list[str]:
    """Return the columns as a file has them; raise Refused unless they are those of its table, once each."""
    if not records:
        raise Refused([Refusal(file, 1, "", "no_columns")])
    line, names = records[0][0], [name.lower() for name in records[0][1]]
    unknown = [name for name in names if name not in columns]
    missing = [name for name in columns if name not in names]
    repeated = sorted({name for name in names if names.count(name) > 1 and name in columns})
    if refusals := [
        *(Refusal(file, line, "", "column_not_known", _nearest(name, missing)) for name in unknown),
        *(Refusal(file, line, name, "missing_column") for name in missing),
        *(Refusal(file, line, name, "duplicate_column") for name in repeated),
    ]:
        raise Refused(refusals)
    return names


def _typed(texts: dict[str, str], columns: dict[str, AgreedColumn], as_at: date) -> tuple[Row, list[Fault]]:
    """Turn the texts of a row into values of the columns' types."""
    row: Row = dict.fromkeys(columns)
    faults: list[Fault] = []
    for name, column in columns.items():
        text = texts[name]
        if not text:
            faults += [(name, "no_value", "")] if column.needed else []
        elif column.type == "text":
            row[name] = text
        elif column.type == "date":
            row[name] = _as_date(text)
            faults += [(name, "no_date", "")] if row[name] is None else []
        elif re.fullmatch(INTEGER if column.type == "integer" else NUMBER, text):
            row[name] = int(text) if column.type == "integer" else float(text)
        else:
            faults.append((name, "no_number", ""))
    for name in (COUNCIL_AGREED_ON, ORGANISATION_AGREED_ON):
        if row[name] and row[name] > as_at:
            faults.append((name, "agreed_in_future", ""))
    return row, faults


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(DATE, text) else None
    except ValueError:
        return None


class _About:
    """What a row is held against: the as-at date, the definitions, and their measures by number."""

    def __init__(self, as_at: date, definitions: Definitions) -> None:
        self.as_at = as_at
        self.parameters = definitions.parameters
        self.measures = {measure.entry["n"]: measure for measure in definitions.measures}


def _faults_of_target(row: Row, about: _About) -> Iterator[Fault]:
    measure = about.measures.get(row["measure_number"])
    yield from _faults_of_statistic(row, measure)
    if measure and (measure.entry["long_list"] or {}).get("target") in NO_TARGET:
        yield "measure_number", "no_target_possible", ""
    areas = ("all", *(code.code for code in read_contract().codes["service_area"]))
    if row["service_area"] not in areas:
        yield "service_area", "unknown_service_area", _nearest(row["service_area"], areas)
    if row["period_type"] not in PERIOD_TYPES:
        yield "period_type", "unknown_period_type", _nearest(row["period_type"], PERIOD_TYPES)
    unit = _unit_of(row, measure)
    if row["target"] < 0 or (unit == "pct" and row["target"] > 100):
        yield "target", "impossible_target", ""
    row["amber_tolerance"] = row["amber_tolerance"] or 0.0
    if row["amber_tolerance"] < 0:
        yield "amber_tolerance", "negative_tolerance", ""
    if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
        yield "valid_to", "ends_before_it_begins", ""


def _faults_of_statistic(row: Row, measure: Measure | None) -> Iterator[Fault]:
    """Yield what is wrong with measure and statistic; fill the headline in where no statistic is named."""
    if measure is None:
        yield "measure_number", "unknown_measure", ""
        return
    statistics = measure.entry["statistics"]
    names = [statistic["name"] for statistic in statistics]
    if row["statistic"] is None:
        row["statistic"] = next(each["name"] for each in statistics if "headline" in each)
    elif row["statistic"] not in names:
        yield "statistic", "unknown_statistic", f"it has {', '.join(names)}"


def _unit_of(row: Row, measure: Measure | None) -> str | None:
    statistics = measure.entry["statistics"] if measure else []
    return next((each["unit"] for each in statistics if each["name"] == row["statistic"]), None)


def _faults_of_parameter(row: Row, about: _About) -> Iterator[Fault]:
    if row["parameter"] not in about.parameters:
        yield "parameter", "unknown_parameter", _nearest(row["parameter"], about.parameters)
        return
    try:
        row["value"] = as_text(read_value(about.parameters, row["parameter"], row["value"]))
    except ValueError as fault:
        yield "value", "value_not_allowed", str(fault)


def _faults_of_definition(row: Row, about: _About) -> Iterator[Fault]:
    if row["measure_number"] not in about.measures:
        yield "measure_number", "unknown_measure", ""
    if not re.fullmatch(VERSION, row["definition_version"]):
        yield "definition_version", "no_version", ""


def _faults_of_step(row: Row, about: _About) -> Iterator[Fault]:
    yield from _faults_of_statistic(row, about.measures.get(row["measure_number"]))


CHECKS: dict[str, Callable[[Row, _About], Iterator[Fault]]] = {
    "targets": _faults_of_target,
    "parameters": _faults_of_parameter,
    "definitions": _faults_of_definition,
    "steps": _faults_of_step,
}
ONE_AT_A_TIME = {
    "targets": ("measure_number", "statistic", "service_area", "period_type"),
    "parameters": ("parameter", "valid_from"),
    "definitions": ("measure_number",),
    "steps": ("measure_number", "statistic", "step_from"),
}
"""Columns of which a table has one row at a time."""


def _overlaps(table: str, rows: list[Row]) -> Iterator[Refusal]:
    """Yield a refusal for each row that holds for the same as an earlier one on some day."""
    column = "valid_from" if table == "targets" else ONE_AT_A_TIME[table][-1]
    before: dict[tuple, list[Row]] = {}
    for row in rows:
        same = before.setdefault(tuple(row[name] for name in ONE_AT_A_TIME[table]), [])
        for other in same:
            if table != "targets" or _meet(row, other):
                hint = f"the row of line {other['line']}"
                yield Refusal(f"{table}.csv", row["line"], column, "overlapping_rows", hint)
                break
        same.append(row)


def _meet(row: Row, other: Row) -> bool:
    """Say whether two rows hold on the same day."""
    return all(
        (one["valid_from"] or date.min) <= (another["valid_to"] or date.max)
        for one, another in ((row, other), (other, row))
    )


def _put_in_force(rows: list[Row], as_at: date, definitions: Definitions) -> dict[str, Value]:
    """Mark of each parameter the latest row that has begun at the as-at date; return the values of these."""
    begun = [row for row in rows if (row["valid_from"] or date.min) <= as_at]
    in_force = {row["parameter"]: row for row in sorted(begun, key=lambda row: row["valid_from"] or date.min)}
    for row in rows:
        row["is_in_force"] = row is in_force.get(row["parameter"])
    return {name: read_value(definitions.parameters, name, row["value"]) for name, row in in_force.items()}


def _nearest(name: str, names: Collection[str]) -> str:
    """Return a hint at the name that comes closest to one that is not known; nothing when none does."""
    cased = {each.lower(): each for each in names}
    nearest = difflib.get_close_matches(name.lower().replace(" ", "_"), cased, n=1, cutoff=0.5)
    return f"did you mean {cased[nearest[0]]}?" if nearest else ""
