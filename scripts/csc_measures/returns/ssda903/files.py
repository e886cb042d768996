"""
Find and read the files of SSDA903 returns: every row checked, every wrong value listed by line.

A return is one CSV file for each table, `<table>.csv`, or `<YYYY>-<table>.csv` for several years in one
folder, or one XML file for each year (`csc_measures.returns.ssda903.xml`); YYYY is the year ending 31 March.
Other names that validators and vendors give the files are known too (`table_and_year`). A file is read, and a
value checked, by the rules of landing (`csc_measures.contract.rules`), so that both say the same of the same
mistake.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, Refusal, Refused, read_rules
from csc_measures.landing.reading import Records, read_records
from csc_measures.returns.report import FileCount, Finding
from csc_measures.returns.rows import Reading, Row
from csc_measures.returns.ssda903.tables import (
    ESSENTIAL,
    NOT_NEEDED,
    ROOT,
    TABLES,
    described,
    known_by,
    readers,
    say_that_it_is_empty,
)
from csc_measures.returns.ssda903.xml import read_xml
from csc_measures.returns.xml import root_of
from csc_measures.stop import ExitCode, Stop

# What a table is called besides its own name, and words in a file's name that say nothing about it.
OTHER_NAMES = {
    "placedadoption": "placed_for_adoption",
    "prevperm": "previous_permanence",
    "socialworker": "sw_episodes",
    "socialworkerepisodes": "sw_episodes",
    "deprivationofliberty": "dolo",
    "deprivationoflibertyorder": "dolo",
}
EMPTY_WORDS = {"ssda903", "ssda", "copy"}
WHOLE = "all"  # what an XML file holds: every table of its year
FIRST_YEAR, LAST_YEAR = 1992, 2099


@dataclass(frozen=True)
class ReturnFile:
    """One file of a return: the table it holds and the year ending 31 March it is for."""

    path: Path
    table: str
    year: int


def read_returns(folder: Path, year: int | None = None) -> Reading:
    """
    Find and read every table of every year in the folder.

    A table that is not needed and cannot be read is left out, and so told. Raises Stop: 60 when the folder is
    no return or its year is not known; 20 when a table that every return has is absent or has no row, or
    with every reason why a file cannot be read as its table.
    """
    files, strangers = find_files(folder, year)
    reading = Reading(years=tuple(sorted({file.year for file in files})))
    reading.findings.extend(Finding(name, 0, "", "unknown_file", FLAGGED) for name in strangers)
    refusals: list[Refusal] = []
    for file in files:
        try:
            if file.table == WHOLE:
                read_xml(file.path, file.year, reading)
            else:
                _read_file(file, reading)
        except Refused as refused:
            if file.table in NOT_NEEDED:
                reading.findings.append(Finding(file.path.name, 0, "", "not_needed_and_unreadable", FLAGGED))
            else:
                refusals.extend(replace(each, column=each.column.upper()) for each in refused.refusals)
    if refusals:
        raise Stop(
            ExitCode.EXTRACTS_REFUSED,
            f"The return is refused: {len({each.file for each in refusals})} of its files cannot be used.",
            [str(refusal) for refusal in sorted(refusals)],
            "Put this right in the folder of the return, then import again. Nothing was written.",
        )
    return reading


def find_files(folder: Path, year: int | None = None) -> tuple[list[ReturnFile], list[str]]:
    """
    List the files of the returns in order of year and table, and the names of other CSV files.

    The year of a file stands in its name, else in the folder's name, else it is `year`. Raises Stop.
    """
    if not folder.is_dir() and folder.suffix.lower() != ".xml":
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "There is no such folder, so no return to import.",
            [str(folder)],
            "Give the folder that holds header.csv and episodes.csv.",
        )
    found: dict[tuple[int, str], ReturnFile] = {}
    strangers = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
        if path.suffix.lower() not in (".csv", ".xml") or not path.is_file():
            continue
        table, named_year = table_and_year(path.stem)
        if path.suffix.lower() == ".xml":
            table = WHOLE if _is_return(path) else None
        if table is None:
            strangers.append(path.name)
            continue
        file = ReturnFile(path, table, named_year or _year_of(path.parent, year))
        same = [other for key, other in found.items() if _holds_the_same(key, (file.year, table))]
        if same:
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                f"The table {table} of {file.year} is there twice.",
                [str(same[0].path), str(path)],
                "Leave one of the two files in the folder.",
            )
        found[file.year, table] = file
    _check_whole(folder, found)
    order = [WHOLE, *TABLES]
    return sorted(found.values(), key=lambda file: (file.year, order.index(file.table))), strangers


def _is_return(path: Path) -> bool:
    """Say whether an XML file is a return; one that is no XML at all says so when it is read."""
    try:
        return root_of(path, path.name).upper() == ROOT
    except Refused:
        return True


def _holds_the_same(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Say whether two files, by year and table, hold a table of one year."""
    return one[0] == other[0] and (one[1] == other[1] or WHOLE in (one[1], other[1]))


def table_and_year(stem: str) -> tuple[str | None, int | None]:
    """
    Tell by a file's name, without its suffix, which table it holds and for which year, as far as it says so.

    Case, spaces, signs, `SSDA903`, an authority's number and a copy's `(1)` do not count: `2020-episodes`,
    `SSDA903_2020_Episodes (1)`, `935_2019-20_SWEpisodes`, `Episodes2020`. The year ends on 31 March; 2019-20
    is 2020.
    """
    text = re.sub(r"(?<!\d)((?:19|20)\d\d)(?!\d)|ssda903", r" \1 ", stem.lower())
    text = re.sub(r"\bcopy of\b", "", re.sub(r"[^a-z0-9]+", " ", text))
    spans = re.findall(r"\b(\d{4}) (\d{2}|\d{4})\b", text)
    years = {int(first) + 1 for first, last in spans if int(last[-2:]) == (int(first) + 1) % 100}
    years = years or {int(year) for year in re.findall(r"\b\d{4}\b", text)}
    words = [word for word in text.split() if not word.isdigit() and word not in EMPTY_WORDS]
    known = {table.replace("_", ""): table for table in TABLES} | OTHER_NAMES
    return known.get("".join(words)), years.pop() if len(years) == 1 else None


def _year_of(folder: Path, year: int | None) -> int:
    """Give the year in the folder's name, else the one given. A label such as 2017-18 names no year."""
    name = re.sub(r"20\d\d[-_ ]\d\d(?!\d)", "", folder.resolve().name)
    named = set(map(int, re.findall(r"(?<!\d)20\d\d(?!\d)", name)))
    if len(named) != 1 and year is not None:
        return year
    if len(named) != 1:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Neither the names of the files nor the folder's name say the year of the return.",
            [str(folder)],
            "Give --year YYYY, the year ending 31 March.",
        )
    if year not in (None, *named):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The folder's name says {named.pop()}, --year says {year}.",
            [str(folder)],
            "Leave --year out, or name the folder after the year ending 31 March.",
        )
    return named.pop()


def _check_whole(folder: Path, found: dict[tuple[int, str], ReturnFile]) -> None:
    """Raise Stop unless there are returns of years that follow on each other, each with what it must have."""
    if not found:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The folder holds no SSDA903 return: none of its files has the name of a table.",
            [str(folder)],
            f"A return has the files {', '.join(f'{table}.csv' for table in TABLES)}, of which "
            "header.csv and episodes.csv must be there. Several years in one folder: 2024-header.csv, ...",
        )
    years = sorted({year for year, _ in found})
    if years[0] < FIRST_YEAR or years[-1] > LAST_YEAR:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"There are returns of {FIRST_YEAR} to {LAST_YEAR} only.",
            [str(folder)],
            "The year is the one ending 31 March, with four digits.",
        )
    skipped = sorted(set(range(years[0], years[-1])) - set(years))
    if skipped:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The years of the returns do not follow on each other.",
            [f"{folder}: no return of {', '.join(map(str, skipped))}"],
            "Add the missing return, or import only years that follow on each other.",
        )
    absent = [
        f"{table} of {year}"
        for year in years
        for table in ESSENTIAL
        if (year, table) not in found and (year, WHOLE) not in found
    ]
    if absent:
        raise Stop(
            ExitCode.EXTRACTS_REFUSED,
            "The return is refused: a table that every return has is missing.",
            [f"{folder}: no {name}" for name in absent],
            f"Each year needs {' and '.join(f'{table}.csv' for table in ESSENTIAL)}: add it, import again.",
        )


def _read_file(file: ReturnFile, reading: Reading) -> None:
    """Add the rows of one file to the reading. Raises Refused."""
    name = file.path.name
    records = read_records(file.path, name, described(file.table, file.year), rows_may_be_narrow=True)
    count = reading.counts[name] = FileCount(name, file.table, file.year, rows=records.n_records)
    for found in records.findings:
        effect = read_rules()[found.rule].effect
        count.set_aside += effect == SET_ASIDE_ROW
        reading.findings.append(Finding(name, found.line, (found.column or "").upper(), found.rule, effect))
    for of_rows, n in records.more.items():
        count.set_aside += n
        reading.findings += [Finding(name, 0, "", of_rows, SET_ASIDE_ROW)] * n
    for row, texts in _rows_of(file, records):
        reading.fill(row, texts, readers(file.table))
        reading.keep(row, known_by(file.table))
    if count.set_aside == count.rows:
        say_that_it_is_empty(count, reading)


def _rows_of(file: ReturnFile, records: Records) -> Iterator[tuple[Row, dict[str, str]]]:
    """Give each sound record as a row that is still empty, with its texts by column."""
    columns = [name.upper() for name in records.columns]
    cells = zip(*(column.to_pylist() for column in records.columns.values()), strict=True)
    for line, texts in zip(records.lines.tolist(), cells, strict=True):
        yield Row(file.table, file.year, file.path.name, line), dict(zip(columns, texts, strict=True))
