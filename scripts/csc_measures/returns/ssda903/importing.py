"""
Import SSDA903 returns, of one year or of several, as contract extracts of a landing folder.

A council without nightly extracts can start from the return it sends each year. Every table of the return
becomes the extracts that its rows can fill, and `coverage.csv` says what they cover: looked-after children
(or care leavers) from 1 April of the first year to 31 March of the last. What a return does not carry is
set by the rules of `csc_measures.returns.ssda903.extracts`.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from csc_measures.contract.extracts import read_contract
from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW
from csc_measures.landing.deliveries import COVERAGE, FINDINGS
from csc_measures.landing.own_folder import check_own, replace_files
from csc_measures.returns.ssda903.care import spells
from csc_measures.returns.ssda903.extracts import ANSWERS, LATEST_VALUES, SOURCES, extracts_of
from csc_measures.returns.ssda903.files import (
    NOT_NEEDED,
    Reading,
    Record,
    Row,
    Tables,
    read_returns,
    year_end,
)
from csc_measures.returns.ssda903.repairs import SPELLS, one_history
from csc_measures.returns.ssda903.report import MERGED, Covered, Finding, ImportReport

# What tells rows of a table apart, within a return and from one return to the next.
KEYS = {
    "header": ("CHILD",),
    "episodes": ("CHILD", "DECOM", "RNE"),
    "reviews": ("CHILD", "REVIEW"),
    "uasc": ("CHILD",),
    "oc2": ("CHILD", "year"),
    "oc3": ("CHILD", "year"),
    "ad1": ("CHILD",),
    "placed_for_adoption": ("CHILD", "DATE_PLACED"),
    "missing": ("CHILD", "MIS_START", "MISSING"),
    "sw_episodes": ("CHILD", "SW_DECOM", "SW_ID"),
}
# Tables whose rows are events without a key of their own: every row of one return counts.
EVENTS = {"reviews", "missing"}
COLUMNS_NOT_NEEDED = {
    "header": ("MC_DOB",),
    "episodes": ("HOME_POST",),
    "oc2": ("SDQ_REASON without a score", "CONVICTED", "SUBSTANCE_MISUSE", "INTERVENTION_RECEIVED",
            "INTERVENTION_OFFERED"),
}  # fmt: skip
EVENT_DATES = {
    "episodes": ("DECOM", "DEC"),
    "reviews": ("REVIEW",),
    "missing": ("MIS_START", "MIS_END"),
    "ad1": ("DATE_INT", "DATE_MATCH"),
    "placed_for_adoption": ("DATE_PLACED", "DATE_PLACED_CEASED"),
    "sw_episodes": ("SW_DECOM", "SW_DEC"),
}


def import_ssda903(
    folder: Path, landing_dir: Path, *, year: int | None = None, as_at: date | None = None
) -> ImportReport:
    """
    Write the SSDA903 returns in `folder` as extracts into `landing_dir`, which becomes theirs alone.

    `year` is the year ending 31 March when neither file names nor the folder's name say it. `as_at` only
    adds to the report the dates that landing will set aside as lying after it. Nothing is written before
    everything has been read. Returns the report: how each row was used, and each defect by file, line,
    column and rule.

    Raises Stop: 60 for a folder that is no return, a year that is not known or a landing folder with files
    of somebody else; 20 for a return that lacks a table or column that it must have, or cannot be read.
    """
    folder, landing_dir = Path(folder), Path(landing_dir)
    check_own(landing_dir)
    reading = read_returns(folder, year)
    told = latest_rows(reading)
    find_defects(told, reading, as_at)
    tables = histories(told, reading)
    find_broken_histories(tables["episodes"], reading)

    extracts = extracts_of(tables, reading)
    coverage = covered(reading)
    found = report(reading, coverage, extracts)
    present = {part.extract for part in coverage}
    contents = {f"{name}.csv": as_csv(name, rows) for name, rows in extracts.items() if name in present}
    contents["coverage.csv"] = _csv([column.name for column in COVERAGE.columns], map(vars, coverage))
    contents["findings.csv"] = _csv([column.name for column in FINDINGS.columns], as_findings(found))
    replace_files(landing_dir, contents)
    return found


def latest_rows(reading: Reading) -> Tables:
    """
    Keep one row for each key of a table: the later return's wins, within a return the first.

    Counts for each file what became of its rows.
    """
    tables: Tables = {table: [] for table in KEYS}
    for table, rows in reading.rows.items():
        if table in NOT_NEEDED:
            for row in rows:
                reading.counts[row.file].not_needed += 1
            continue
        groups: dict[tuple, list[Row]] = defaultdict(list)
        for row in rows:
            groups[tuple(row.year if name == "year" else row[name] for name in KEYS[table])].append(row)
        for group in groups.values():
            latest = group[-1].year
            kept = [row for row in group if row.year == latest]
            changed = [row for row in group if row.year != latest and row != kept[0]]
            if table == "episodes" and changed:
                reading.find(changed[-1], "", "changed_by_later_return", MERGED)
            for row in group:
                count = reading.counts[row.file]
                if row.year != latest:
                    count.merged += 1
                elif row is not kept[0] and table not in EVENTS:
                    count.set_aside += 1
                    rule = "repeated_row" if row == kept[0] else "conflicting_row"
                    reading.find(row, "", rule, SET_ASIDE_ROW)
                else:
                    count.loaded += 1
                    tables[table].append(row)
        tables[table].sort(key=lambda row: (row.year, row.file, row.line))
    return tables


def histories(tables: Tables, reading: Reading) -> Tables:
    """Mend the tables of spells into one history of all returns; episodes are in order of child and start."""
    mended = {table: one_history(table, tables[table], reading) for table in SPELLS}
    mended["episodes"].sort(key=_in_order)
    return tables | mended


def find_defects(tables: Tables, reading: Reading, as_at: date | None) -> None:
    """Report what is wrong with the dates of the kept rows, as they were told; nothing is changed."""
    for table, columns in EVENT_DATES.items():
        for row in tables[table]:
            for column in columns:
                if row[column] and row[column] > year_end(row.year):
                    reading.find(row, column, "after_the_year")
                if row[column] and as_at and row[column] > as_at:
                    reading.find(row, column, "after_as_at")
    for table, spell in SPELLS.items():
        for row in tables[table]:
            if row[spell.end] and row[spell.end] < row[spell.start]:
                reading.find(row, spell.end, "end_before_start")
    for row in tables["episodes"]:
        if row["DEC"] is None and row["REC"]:
            reading.find(row, "REC", "open_episode_with_reason")
        if row["DEC"] and not row["REC"]:
            reading.find(row, "REC", "ended_episode_without_reason")
    for before, row in _pairs(sorted(tables["reviews"], key=lambda row: (row["CHILD"], row["REVIEW"]))):
        if before["REVIEW"] == row["REVIEW"]:
            reading.find(row, "REVIEW", "same_child_and_day")


def find_broken_histories(episodes: list[Row], reading: Reading) -> None:
    """Report where the episodes of a child, in order, do not follow on one another; nothing is changed."""
    for before, row in _pairs(episodes):
        if before["DEC"] is None:
            reading.find(before, "DEC", "open_episode_not_last")
        elif row["DECOM"] < before["DEC"]:
            reading.find(row, "DECOM", "overlapping_episode")
        elif row["DECOM"] > before["DEC"]:
            reading.find(row, "DECOM", "gap_between_episodes")
    for period in spells(episodes):
        if period.episodes[0]["RNE"] != "S":
            reading.find(period.episodes[0], "RNE", "care_began_before_the_returns")


def covered(reading: Reading) -> list[Covered]:
    """
    Say what each extract covers: the years in which its table is there, up to the last of them.

    An extract whose table is in no year is not written. A year without the table ends what earlier years
    cover, for coverage is one spell; so does a year in which no row of the table answers what the extract
    is about. An extract of latest values covers one year.
    """
    parts = []
    for extract, (table, population) in SOURCES.items():
        there = reading.years_of(table) - _unanswered(extract, reading)
        if there:
            first = last = max(there)
            while first - 1 in there and extract not in LATEST_VALUES:
                first -= 1
            parts.append(Covered(extract, population, date(first - 1, 4, 1), year_end(last)))
    for table in dict.fromkeys(table for table, _ in SOURCES.values()):
        there = reading.years_of(table)
        absent = [year for year in reading.years if there and year not in there]
        reading.findings.extend(
            Finding(f"{year}-{table}.csv", 0, "", "table_missing_in_a_year", FLAGGED) for year in absent
        )
    return parts


def _unanswered(extract: str, reading: Reading) -> set[int]:
    """Find the years in which no row of an extract's table answers any of its columns, and report them."""
    table, _ = SOURCES[extract]
    columns = ANSWERS.get(extract, ())
    empty = []
    for count in reading.counts.values():
        rows = [row for row in reading.rows.get(table, []) if columns and row.file == count.file]
        if rows and not any(row[column] is not None for row in rows for column in columns):
            empty.append(count)
    reading.findings.extend(
        Finding(count.file, 1, column, "no_answers", FLAGGED) for count in empty for column in columns
    )
    return {count.year for count in empty}


def as_findings(found: ImportReport) -> Iterator[dict[str, object]]:
    """Give the findings on tables that fill an extract, as landing takes them in; a merged row is none."""
    table_of = {count.file: count.table for count in found.files}
    extract_of = {table: extract for extract, (table, _) in reversed(SOURCES.items())}
    for finding in found.findings:
        extract = extract_of.get(table_of.get(finding.file, ""))
        if extract and finding.effect != MERGED:
            yield {**finding._asdict(), "extract": extract, "column_name": finding.column}


def as_csv(extract: str, records: list[Record]) -> str:
    """Lay records out as the extract's file, in order of its key; optional columns only when filled here."""
    contract = read_contract().extracts[extract]
    filled = {column for record in records[:1] for column in record}
    columns = [column.name for column in contract.columns if not column.is_optional or column.name in filled]
    return _csv(columns, sorted(records, key=lambda record: record[contract.key.name]))


def _csv(columns: list[str], records: Iterable[Record]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def report(reading: Reading, coverage: list[Covered], extracts: dict[str, list[Record]]) -> ImportReport:
    """Put the report together."""
    tables = {count.table for count in reading.counts.values()}
    not_needed = [table for table in NOT_NEEDED if table in tables]
    for table, columns in COLUMNS_NOT_NEEDED.items():
        if table in tables:
            not_needed.extend(f"{table} {column}" for column in columns)
    return ImportReport(
        years=reading.years,
        files=list(reading.counts.values()),
        findings=sorted(reading.findings),
        extracts={part.extract: len(extracts[part.extract]) for part in coverage},
        coverage=coverage,
        not_needed=not_needed,
    )


def _in_order(row: Row) -> tuple:
    return row["CHILD"], row["DECOM"], row["DEC"] or date.max, row["RNE"] or ""


def _pairs(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Give each row of a child with the one before it."""
    return [(before, row) for before, row in pairwise(rows) if before["CHILD"] == row["CHILD"]]
