"""
Import SSDA903 returns, of one year or of several, as contract extracts of a landing folder.

A council without nightly extracts can start from the return it sends each year. Every table of the return
becomes the extracts that its rows can fill, and `coverage.csv` says what they cover: looked-after children
(or care leavers) from 1 April of the first year to 31 March of the last. What a return does not carry is
set by the rules of `csc_measures.returns.ssda903.extracts`.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from csc_measures.landing.own_folder import check_own
from csc_measures.returns.report import Covered, ImportReport
from csc_measures.returns.rows import Reading, Record, Row, Tables, latest_rows, year_end
from csc_measures.returns.ssda903.care import spells
from csc_measures.returns.ssda903.extracts import ANSWERS, LATEST_VALUES, SOURCES, extracts_of
from csc_measures.returns.ssda903.files import read_returns
from csc_measures.returns.ssda903.repairs import SPELLS, one_history
from csc_measures.returns.ssda903.tables import NOT_NEEDED
from csc_measures.returns.writing import covered, write_extracts

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
    told = latest_rows(reading, KEYS, EVENTS, NOT_NEEDED, told_of=["episodes"])
    find_defects(told, reading, as_at)
    tables = histories(told, reading)
    find_broken_histories(tables["episodes"], reading)

    extracts = extracts_of(tables, reading)
    coverage = covered(reading, SOURCES, ANSWERS, LATEST_VALUES, "{year}-{table}.csv", extracts)
    found = report(reading, coverage, extracts)
    write_extracts(landing_dir, extracts, found, SOURCES)
    return found


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


def report(reading: Reading, coverage: list[Covered], extracts: dict[str, list[Record]]) -> ImportReport:
    """Put the report together."""
    tables = {count.table for count in reading.counts.values()}
    not_needed = [table for table in NOT_NEEDED if table in tables]
    for table, columns in COLUMNS_NOT_NEEDED.items():
        if table in tables:
            not_needed.extend(f"{table} {column}" for column in columns)
    return ImportReport(
        kind="SSDA903",
        years=reading.years,
        as_at=year_end(max(reading.years)),
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
