"""
Read the workbook of Annex A: find each list among its sheets, and its headings among the first rows.

Sheets are known by their headings before their names, for these differ: `List 1`, `List_1`, a title. Cells
are read as they are shown: what a formula last came to, dates as dates, whatever else as text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from csc_measures.contract.rules import FLAGGED, Refusal
from csc_measures.returns.annex_a.lists import (
    ADOPTERS,
    CHILD,
    COMMON,
    DISABILITY,
    EVERYWHERE,
    LISTS,
    columns_of,
    known_by,
    readers,
)
from csc_measures.returns.report import FileCount, Finding
from csc_measures.returns.rows import Reading, Row
from csc_measures.stop import ExitCode, Stop

HEADINGS_WITHIN = 30
FEWEST_OWN = 2
SUFFIXES = (".xlsx", ".xlsm")
SHARED = {*COMMON, *DISABILITY, *EVERYWHERE}
FIRST_SERIAL, LAST_SERIAL = 3_653, 73_415  # 1 January 1910 to 31 December 2100 as a spreadsheet counts days
SPOKEN_DATE = re.compile(r"(\d{1,2})[ ./-]+([A-Za-z]{3})[A-Za-z]*[ ./,-]+(\d{4})", re.ASCII)
WRITTEN_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(\s.*)?", re.ASCII)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Sheet = list[tuple[int, tuple[Any, ...]]]


def find_workbook(path: Path) -> Path:
    """Give the workbook: the file itself, or the only one of a folder. Raises Stop (60)."""
    found = (
        sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES and each.name[:2] != "~$")
        if path.is_dir()
        else [path]
        if path.is_file() and path.suffix.lower() in SUFFIXES
        else []
    )
    if len(found) == 1:
        return found[0]
    raise Stop(
        ExitCode.WRONG_SETTINGS,
        "There is no workbook of Annex A." if not found else "There are several workbooks.",
        [str(each) for each in found] or [str(path)],
        "Give one workbook, saved as .xlsx.",
    )


@dataclass
class Book:
    """What was read of a workbook: rows, how often what is not needed stood, headings by sheet and column."""

    reading: Reading
    not_needed: Counter[str] = field(default_factory=Counter)
    headings: dict[tuple[str, str], str] = field(default_factory=dict)


def read_workbook(path: Path, year: int) -> Book:
    """
    Read every list of a workbook.

    `year` is that of the as-at date, for the counts. Raises Stop: 60 when openpyxl is not installed; 20 when
    the file is no workbook, no sheet of it is a list, or two are the same list.
    """
    reading = Reading(years=(year,))
    book = Book(reading)
    places: dict[str, str] = {}
    for title, rows in _sheets(path):
        found = _list_of(title, rows)
        if not found:
            if rows:
                reading.findings.append(Finding(f"{path.name}/{title}", 0, "", "unknown_sheet", FLAGGED))
            continue
        table, line, columns = found
        if table in places:
            raise _refused([Refusal(f"{path.name}/{title}", line, "", "delivered_twice", table)])
        places[table] = title
        _read_list(f"{path.name}/{title}", table, (line, columns), rows, book)
    if not places.keys() - {ADOPTERS}:
        raise _refused([Refusal(path.name, 0, "", "no_header")])
    return book


def _refused(refusals: list[Refusal]) -> Stop:
    return Stop(
        ExitCode.EXTRACTS_REFUSED,
        "The workbook is refused.",
        [str(refusal) for refusal in refusals],
        "Put this right in the workbook, then import again. Nothing was written.",
    )


def _sheets(path: Path) -> Iterator[tuple[str, Sheet]]:
    """Give the title of each sheet, and its rows that are not blank, with their numbers."""
    try:
        import openpyxl
    except ImportError:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "A workbook can only be read with openpyxl, which is not installed.",
            next_step="Install it: .uv/bin/uv sync --locked --extra xlsx",
        ) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = enumerate(sheet.iter_rows(values_only=True), start=1)
            yield sheet.title, [(line, row) for line, row in rows if any(map(_is_there, row))]
    except Stop:
        raise
    except Exception:
        raise _refused([Refusal(path.name, 0, "", "unreadable_workbook")]) from None


def _is_there(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _list_of(title: str, rows: Sheet) -> tuple[str, int, dict[int, str]] | None:
    """Say which list a sheet holds, the line of its headings and what stands in which column."""
    named = re.search(r"\blist\s*0*(\d+)\b", title.lower().replace("_", " "))
    best: tuple[tuple, str, int, dict[int, str]] | None = None
    for line, row in rows[:HEADINGS_WITHIN]:
        headings = ["" if cell is None else str(cell) for cell in row]
        for table in LISTS:
            columns = columns_of(table, headings)
            own = [name for name in columns.values() if name not in SHARED]
            is_named = bool(named and table == f"List {int(named[1])}")
            if len(own) >= FEWEST_OWN and (CHILD in columns.values() or table == ADOPTERS):
                score = (len(own), is_named, len(columns))
                if best is None or score > best[0]:
                    best = score, table, line, columns
    return best[1:] if best else None


def _read_list(
    file: str,
    table: str,
    headed: tuple[int, dict[int, str]],
    rows: Sheet,
    book: Book,
) -> None:
    """Add the rows of one list; a column that is not known is told once."""
    reading = book.reading
    heading_line, columns = headed
    count = reading.counts[file] = FileCount(file, table, reading.years[0])
    kinds = {name: described.kind for name, described in (LISTS[table] | EVERYWHERE).items()}
    headings = next(row for line, row in rows if line == heading_line)
    told = {name: " ".join(str(headings[place]).split()) for place, name in columns.items()}
    book.headings |= {(file, name): heading for name, heading in told.items()}
    unknown = [place for place, cell in enumerate(headings) if _is_there(cell) and place not in columns]
    if table != ADOPTERS:
        for place in unknown:
            reading.findings.append(
                Finding(file, heading_line, f"column {place + 1}", "unknown_column", FLAGGED)
            )
        for name in LISTS[table].keys() - set(columns.values()):
            reading.findings.append(Finding(file, heading_line, name, "column_missing", FLAGGED))
    for line, cells in rows:
        if line <= heading_line:
            continue
        count.rows += 1
        if table == ADOPTERS:
            count.not_needed += 1
            continue
        for place in unknown:
            if place < len(cells) and _is_there(cells[place]):
                book.not_needed[f"{table} column {place + 1}, not known"] += 1
        row = Row(table, count.year, file, line)
        texts = {}
        for place, name in columns.items():
            cell = cells[place] if place < len(cells) else None
            if not _is_there(cell):
                continue
            if kinds[name] == "not_needed":
                book.not_needed[f"{table} {told[name]}"] += 1
            else:
                texts[name] = _as_text(cell, kinds[name])
        if not texts:  # a formula that a template has in every row, an age for one
            count.not_needed += 1
            continue
        reading.fill(row, texts, readers(table))
        reading.keep(row, known_by(table))


def _as_text(cell: Any, kind: str) -> str:
    """Write a cell as landing reads it: dates as ISO dates, also those that are numbers or words."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == datetime.min.time() else f"{cell:%Y-%m-%dT%H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "Y" if cell else "N"
    if isinstance(cell, int | float):
        if kind == "date" and FIRST_SERIAL <= cell <= LAST_SERIAL:
            from openpyxl.utils.datetime import from_excel

            return f"{from_excel(int(cell)):%Y-%m-%d}"
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    text = str(cell).replace("\u00a0", " ").strip()
    return _as_date(text) if kind == "date" else text


def _as_date(text: str) -> str:
    """Write a date in words or without leading zeros as DD/MM/YYYY; anything else stays as it is."""
    if spoken := SPOKEN_DATE.fullmatch(text):
        month = spoken[2].lower()
        if month in MONTHS:
            return f"{int(spoken[1]):02d}/{MONTHS.index(month) + 1:02d}/{spoken[3]}"
    if written := WRITTEN_DATE.fullmatch(text):
        return f"{int(written[1]):02d}/{int(written[2]):02d}/{written[3]}{written[4] or ''}"
    return text
