"""
Import CIN census returns, of one year or of several, as contract extracts of a landing folder.

A return tells every case that was open on some day of its year, from the day it began. So one that a return
leaves open stands in the next one too. Where it does not, the next one is right: a case or plan that it tells
from another day, and that was open at the end of the year, stands in its place, with all that stood in it, or
ends it, where it began later and is another; with none, it is taken to have ended on the day after the year.
An assessment, whose end would say that it was authorised, is set aside.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

from csc_measures.contract.rules import FLAGGED, SET_ASIDE_VALUE
from csc_measures.landing.own_folder import check_own
from csc_measures.returns.cin.extracts import SOURCES, extracts_of
from csc_measures.returns.cin.files import read_census
from csc_measures.returns.cin.tables import CHILD, ENDS, KNOWN_BY
from csc_measures.returns.report import ImportReport
from csc_measures.returns.rows import Reading, Row, Tables, latest_rows, year_end
from csc_measures.returns.writing import covered, write_extracts

# What tells rows of a module apart from one return to the next; within one every row of an event counts.
KEYS: dict[str, tuple[str, ...]] = {"Child": (CHILD,)}
KEYS |= {table: (CHILD, column) for table, column in KNOWN_BY.items()}
EVENTS = [table for table in KEYS if table not in ("Child", "Disability")]
KEYS["AssessmentFactors"] = (CHILD, "assessment", "AssessmentFactors")
# What two rows of a module tell alike that are one, although they begin on different days.
TELLS = {"CINdetails": ("ReferralSource", "PrimaryNeedCode")}


def import_cin(
    path: Path, landing_dir: Path, *, year: int | None = None, as_at: date | None = None
) -> ImportReport:
    """
    Write the CIN census returns at `path`, a file or a folder, as extracts into `landing_dir`.

    `year` is the year ending 31 March when the header does not say it. `as_at` only adds to the report the
    dates that landing will set aside as lying after it. Nothing is written before everything has been read.
    Returns the report: how each row was used, and each defect by file, module, line, element and rule.

    Raises Stop: 60 for what is no census, a year that is not known or a landing folder with files of somebody
    else; 20 for a file that cannot be read or that has no child.
    """
    check_own(landing_dir)
    reading, not_needed = read_census(Path(path), year)
    for row in reading.rows.get("AssessmentFactors", []):
        row["assessment"] = row.parent["AssessmentActualStartDate"] if row.parent else None
    tables = latest_rows(reading, KEYS, EVENTS, told_of=["CINdetails", "ChildProtectionPlans"])
    find_defects(tables, reading, as_at)
    find_parents(tables)
    tables = {table: mend_what_vanished(table, tables, reading) for table in tables}
    find_orphans(tables, reading)
    extracts = extracts_of(tables)
    sources = sources_of(tables)
    coverage = covered(reading, sources, {}, (), "{table} of {year}", extracts)
    found = report(reading, not_needed)
    found.coverage = coverage
    found.extracts = {part.extract: len(extracts[part.extract]) for part in coverage}
    found.findings = sorted(reading.findings)
    write_extracts(landing_dir, extracts, found, sources)
    return found


def sources_of(tables: Tables) -> dict[str, tuple[str, str]]:
    """Say what fills each extract: conferences, where no enquiry is told, are those in CINdetails itself."""
    if not tables["Section47"] and any(row["DateOfInitialCPC"] for row in tables["CINdetails"]):
        return SOURCES | {"ssd_initial_cp_conference": ("CINdetails", "all")}
    return SOURCES


def report(reading: Reading, not_needed: Counter[str]) -> ImportReport:
    """Put the report together, but for what is written."""
    targets = sum(
        row["InitialCPCtarget"] is not None and row["DateOfInitialCPC"] is None
        for row in reading.rows.get("Section47", [])
    )
    if targets:
        not_needed["Section47 InitialCPCtarget without a conference"] = targets
    return ImportReport(
        kind="CIN census",
        years=reading.years,
        as_at=year_end(max(reading.years)),
        files=list(reading.counts.values()),
        not_needed=[f"{what} ({n:,})" for what, n in sorted(not_needed.items())],
    )


def find_defects(tables: Tables, reading: Reading, as_at: date | None) -> None:
    """Report what is wrong with the dates of the kept rows; nothing is changed."""
    born = {row[CHILD]: row for row in tables["Child"]}
    for table, rows in tables.items():
        begins, ends = KNOWN_BY.get(table, ""), ENDS.get(table, "")
        for row in rows:
            for column in (begins, ends, "DateOfInitialCPC"):
                day = row[column]
                if isinstance(day, date) and day > year_end(row.year):
                    reading.find(row, column, "after_the_year")
                if isinstance(day, date) and as_at and day > as_at:
                    reading.find(row, column, "after_as_at")
            if ends and row[ends] and row[ends] < row[begins]:
                reading.find(row, ends, "end_before_start")
    for row in born.values():
        if row["PersonBirthDate"] is None and row["ExpectedPersonBirthDate"] is None:
            reading.find(row, "PersonBirthDate", "no_date_of_birth")
    for row in tables["CINdetails"]:
        if row["CINclosureDate"] is None and row["ReasonForClosure"]:
            reading.find(row, "ReasonForClosure", "open_episode_with_reason")
        if row["CINclosureDate"] and not row["ReasonForClosure"]:
            reading.find(row, "ReasonForClosure", "ended_episode_without_reason")


def find_parents(tables: Tables) -> None:
    """Let each row stand in what was kept, where a later return told again what it stands in."""
    kept = {id(row) for rows in tables.values() for row in rows}
    latest = {_key(row): row for rows in tables.values() for row in reversed(rows)}
    for rows in tables.values():
        for row in rows:
            if row.parent is not None and id(row.parent) not in kept:
                row.parent = latest.get(_key(row.parent), row.parent)


def _key(row: Row) -> tuple:
    return row.table, *(row[column] for column in KEYS[row.table])


def mend_what_vanished(table: str, tables: Tables, reading: Reading) -> list[Row]:
    """
    Let what a return leaves open and the next one does not have give way, or end.

    It ends where what the next one tells in its place begins, else on the day after its year. A referral of
    which nothing came is not left open: that it is told no more is no repair.
    """
    ends = ENDS.get(table)
    if ends is None:
        return tables[table]
    told = {(row.year, _key(row)) for row in reading.rows.get(table, [])}
    of_child: dict[str, list[Row]] = defaultdict(list)
    for row in tables[table]:
        of_child[row[CHILD]].append(row)
    kept = []
    for row in tables[table]:
        if row[ends] is not None or row.year == max(reading.years):
            kept.append(row)
            continue
        if table == "Assessments":
            reading.withdraw(row, ends, "missing_from_later_return")
            continue
        successor = None if row["ReferralNFA"] else _successor(row, of_child[row[CHILD]], told)
        if successor and _is_same(row, successor):
            reading.withdraw(row, KNOWN_BY[table], "replaced_by_later_return")
            _move(row, successor, tables)
            continue
        if successor:
            reading.find(row, ends, "ended_by_next_episode", SET_ASIDE_VALUE)
            row[ends] = successor[KNOWN_BY[table]]
        else:
            effect = FLAGGED if row["ReferralNFA"] else SET_ASIDE_VALUE
            reading.find(row, ends, "missing_from_later_return", effect)
            row[ends] = year_end(row.year) + timedelta(days=1)
        kept.append(row)
    return kept


def _successor(row: Row, rows: list[Row], told: set[tuple[int, tuple]]) -> Row | None:
    """Find, of a child's rows, the one that only a later return tells and that was open at the year's end."""
    day, begins, ends = year_end(row.year), KNOWN_BY[row.table], ENDS[row.table]
    later = (
        other
        for other in rows
        if other.year > row.year
        and other[begins] <= day < (other[ends] or date.max)
        and (row.year, _key(other)) not in told
    )
    return next(later, None)


def _is_same(row: Row, successor: Row) -> bool:
    """Say whether a successor is the row itself with another day: it had begun by then, or tells the same."""
    begins, tells = KNOWN_BY[row.table], TELLS.get(row.table, ())
    tells_the_same = bool(tells) and all(row[column] == successor[column] for column in tells)
    return successor[begins] <= row[begins] or tells_the_same


def _move(row: Row, successor: Row, tables: Tables) -> None:
    """Let what stands in a row stand in its successor."""
    for rows in tables.values():
        for other in rows:
            if other.parent is row:
                other.parent = successor


def find_orphans(tables: Tables, reading: Reading) -> None:
    """Report the rows whose referral, assessment or plan was set aside: they are kept without it."""
    kept = {id(row) for rows in tables.values() for row in rows}
    for table, rows in tables.items():
        for row in rows:
            lacks = row.parent is not None and row.parent.table != "Child" and id(row.parent) not in kept
            if lacks and table == "AssessmentFactors":
                reading.withdraw(row, table, "stands_in_nothing")
            elif lacks:
                reading.find(row, "", "stands_in_nothing", FLAGGED)
