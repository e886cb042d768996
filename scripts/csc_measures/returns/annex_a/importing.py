"""
Import the workbook of Annex A as contract extracts of a landing folder.

Its lists say what happened in the months before the day it was made, or only how things were on that day. An
extract covers what its list says and no more:

- events (Lists 1 to 6) and child protection plans: from so many months before that day, six by default;
- initial conferences: from a month later, for a conference may follow an enquiry from before the list;
- children in care and their legal status, of whom only the latest period stands there: the month of that day,
  which is told where that day is its last;
- the latest visit, review, placement and check, care leavers and adoptions: that day alone.
"""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from csc_measures.contract.rules import FLAGGED
from csc_measures.landing.own_folder import check_own
from csc_measures.returns.annex_a.extracts import SOURCES, extracts_of
from csc_measures.returns.annex_a.files import Book, find_workbook, read_workbook
from csc_measures.returns.annex_a.lists import CHILD, KNOWN_BY, LISTS
from csc_measures.returns.report import Covered, Finding, ImportReport
from csc_measures.returns.rows import Reading, Record, Tables, latest_rows
from csc_measures.returns.writing import untold, write_extracts
from csc_measures.stop import ExitCode, Stop

MONTHS = 6
EVENTS = [f"List {number}" for number in range(1, 9)]
KEYS = {table: tuple(dict.fromkeys((CHILD, column))) for table, column in KNOWN_BY.items()}
ENDS = {
    "List 2": "assessment_end",
    "List 4": "assessment_authorised",
    "List 6": "cin_end",
    "List 7": "plan_end",
    "List 8": "care_end",
}
OF_EVENTS = {
    "ssd_person",
    "ssd_disability",
    "ssd_contacts",
    "local_support_assessments",
    "ssd_cin_episodes",
    "ssd_cin_assessments",
    "ssd_s47_enquiry",
    "ssd_cp_plans",
}
OF_THE_MONTH = {"ssd_cla_episodes", "ssd_legal_status"}
CONFERENCES = "ssd_initial_cp_conference"


def import_annex_a(
    path: Path, landing_dir: Path, *, as_at: date | None = None, months: int = MONTHS
) -> ImportReport:
    """
    Write the Annex A workbook at `path`, a file or a folder with one, as extracts into `landing_dir`.

    `as_at` is the day on which it was made, when the name of the file does not say it; `months` is how many
    its lists reach back. Nothing is written before everything has been read. Returns the report: how each
    row was used, and each defect by file, sheet, row, column and rule.

    Raises Stop: 60 for what is no workbook, a day that is not known or a landing folder with files of
    somebody else; 20 for a workbook that cannot be read or that has no list.
    """
    check_own(landing_dir)
    workbook = find_workbook(Path(path))
    made = as_at or _day_in(workbook.stem)
    if made is None:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The name of the workbook does not say on which day it was made.",
            [str(workbook)],
            "Give that day: --as-at YYYY-MM-DD.",
        )
    read = read_workbook(workbook, made.year)
    reading = read.reading
    since = months_before(made, months)
    tables = latest_rows(reading, KEYS, EVENTS)
    find_defects(tables, reading, made, since)
    extracts = extracts_of(tables, reading, since, made)
    coverage = covered(reading, made, since, extracts)
    there = {count.table for count in reading.counts.values()}
    reading.find_unusable()
    reading.findings.extend(
        Finding(f"{workbook.name}/{table}", 0, "", "list_missing", FLAGGED)
        for table in LISTS
        if table not in there
    )
    found = ImportReport(
        kind="Annex A",
        years=reading.years,
        as_at=made,
        files=list(reading.counts.values()),
        findings=sorted(_under_headings(read)),
        extracts={part.extract: len(extracts[part.extract]) for part in coverage},
        coverage=coverage,
        not_needed=_not_needed(read.not_needed),
    )
    write_extracts(landing_dir, extracts, found, SOURCES)
    return found


def _not_needed(counts: Counter[str]) -> list[str]:
    return [f"{what} ({n:,})" for what, n in sorted(counts.items())]


def _under_headings(read: Book) -> list[Finding]:
    """Call each column in a finding by its heading in the workbook, where it has one."""
    return [
        found._replace(column=read.headings.get((found.file, found.column), found.column))
        for found in read.reading.findings
    ]


def _day_in(name: str) -> date | None:
    """Give the day in the name of a file, if there is just one: 2021-03-16, 20210316 or 16-03-2021."""
    days = set()
    for year, month, day in re.findall(r"(?<!\d)(20\d\d)[-_. ]?([01]\d)[-_. ]?([0-3]\d)(?!\d)", name):
        days.add((int(year), int(month), int(day)))
    for day, month, year in re.findall(r"(?<!\d)([0-3]\d)[-_. ]([01]\d)[-_. ](20\d\d)(?!\d)", name):
        days.add((int(year), int(month), int(day)))
    try:
        return date(*days.pop()) if len(days) == 1 else None
    except ValueError:
        return None


def months_before(day: date, months: int) -> date:
    """Give the day as many months before, or the last of its month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def find_defects(tables: Tables, reading: Reading, made: date, since: date) -> None:
    """Report what is wrong with the dates of the kept rows; nothing is changed."""
    for table, rows in tables.items():
        begins, ends = KNOWN_BY[table], ENDS.get(table, "")
        kinds = {name: heading.kind for name, heading in LISTS[table].items()}
        for row in rows:
            for column, kind in kinds.items():
                if kind == "date" and column != "dob" and row[column] and row[column] > made:
                    reading.find(row, column, "after_as_at")
            if ends and row[ends] and row[ends] < row[begins]:
                reading.find(row, ends, "end_before_start")
        days = [row[begins] for row in rows if begins != CHILD and since <= row[begins] <= made]
        if table in EVENTS[:5] and days and min(days) > since + timedelta(days=31):
            reading.find(rows[0], begins, "list_begins_late")
    for row in tables["List 8"]:
        if row["again"]:
            reading.find(row, "again", "earlier_period_not_told")


def covered(reading: Reading, made: date, since: date, extracts: dict[str, list[Record]]) -> list[Covered]:
    """Say what the extract of each list that is there covers."""
    there = {table for table in LISTS if reading.years_of(table)}
    parts = []
    for extract, (table, population) in SOURCES.items():
        begins = made
        if extract in OF_EVENTS:
            begins = since
        elif extract == CONFERENCES:
            begins = min(made, months_before(since, -1))
        elif extract in OF_THE_MONTH:
            begins = made.replace(day=1)
        is_there = not table or table in there or (extract == "ssd_cin_episodes" and "List 6" in there)
        if is_there:
            parts.append(Covered(extract, population, begins, made, untold(extract, extracts[extract])))
    return parts
