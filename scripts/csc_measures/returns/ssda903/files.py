"""
Find and read the files of SSDA903 returns: every row checked, every wrong value listed by line.

A return is one CSV file for each table, `<table>.csv`, or `<YYYY>-<table>.csv` for several years in one
folder; YYYY is the year ending 31 March. Other names that validators and vendors give the files are known
too (`name_and_year`). A file is read, and a value checked, by the rules of landing
(`csc_measures.contract.rules`), so that both say the same of the same mistake.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from csc_measures.contract.extracts import Column, Extract, read_contract
from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, Refusal, Refused, read_rules
from csc_measures.landing.reading import Records, read_records
from csc_measures.landing.values import Reader, reader_of
from csc_measures.returns.ssda903.report import FileCount, Finding
from csc_measures.stop import ExitCode, Stop

# The columns of each table, and for each the type or the code list of its values.
TABLES: dict[str, dict[str, str]] = {
    "header": {
        "CHILD": "id",
        "SEX": "sex",
        "DOB": "date",
        "ETHNIC": "ethnicity",
        "UPN": "id",
        "MOTHER": "yes_no",
        "MC_DOB": "date",
    },
    "episodes": {
        "CHILD": "id",
        "DECOM": "date",
        "RNE": "rne",
        "LS": "legal_status",
        "CIN": "primary_need",
        "PLACE": "placement_type",
        "PLACE_PROVIDER": "placement_provider",
        "DEC": "date",
        "REC": "rec",
        "REASON_PLACE_CHANGE": "placement_change_reason",
        "HOME_POST": "text",
        "PL_POST": "text",
        "URN": "id",
        "PL_DISTANCE": "decimal",
    },
    "reviews": {"CHILD": "id", "DOB": "date", "REVIEW": "date", "REVIEW_CODE": "review_participation"},
    "uasc": {"CHILD": "id", "SEX": "sex", "DOB": "date", "DUC": "date"},
    "oc2": {
        "CHILD": "id",
        "DOB": "date",
        "SDQ_SCORE": "integer",
        "SDQ_REASON": "sdq_reason",
        "CONVICTED": "yes_no",
        "HEALTH_CHECK": "yes_no",
        "IMMUNISATIONS": "yes_no",
        "TEETH_CHECK": "yes_no",
        "HEALTH_ASSESSMENT": "yes_no",
        "SUBSTANCE_MISUSE": "yes_no",
        "INTERVENTION_RECEIVED": "yes_no",
        "INTERVENTION_OFFERED": "yes_no",
    },
    "oc3": {"CHILD": "id", "DOB": "date", "IN_TOUCH": "oc3_in_touch", "ACTIV": "oc3_activ", "ACCOM": "text"},
    "ad1": {
        "CHILD": "id",
        "DOB": "date",
        "DATE_INT": "date",
        "DATE_MATCH": "date",
        "FOSTER_CARE": "yes_no",
        "NB_ADOPTR": "integer",
        "SEX_ADOPTR": "adopter_sex",
        "LS_ADOPTR": "adopter_legal_status",
    },
    "placed_for_adoption": {
        "CHILD": "id",
        "DOB": "date",
        "DATE_PLACED": "date",
        "DATE_PLACED_CEASED": "date",
        "REASON_PLACED_CEASED": "adoption_reversed_reason",
    },
    "missing": {
        "CHILD": "id",
        "DOB": "date",
        "MISSING": "missing_type",
        "MIS_START": "date",
        "MIS_END": "date",
    },
    "sw_episodes": {
        "CHILD": "id",
        "DOB": "date",
        "SW_ID": "id",
        "SW_DECOM": "date",
        "SW_DEC": "date",
        "SW_REASON": "sw_change_reason",
    },
    "previous_permanence": {
        "CHILD": "id",
        "DOB": "date",
        "PREV_PERM": "prev_perm",
        "LA_PERM": "text",
        "DATE_PERM": "text",
    },
    "dolo": {"CHILD": "id", "DOB": "date", "DOLO_START": "date", "DOLO_END": "date"},
}
ESSENTIAL = ("header", "episodes")
NOT_NEEDED = ("previous_permanence", "dolo")
OPTIONAL_COLUMNS = {("episodes", "PL_DISTANCE")}
# What a table is called besides its own name, and words in a file's name that say nothing about it.
OTHER_NAMES = {
    "placedadoption": "placed_for_adoption",
    "prevperm": "previous_permanence",
    "socialworkerepisodes": "sw_episodes",
    "deprivationofliberty": "dolo",
}
EMPTY_WORDS = {"ssda903", "ssda", "copy", "of"}
# What a row is known by besides the child: without it the row stands for nothing.
DATED_BY = {
    "episodes": "DECOM",
    "reviews": "REVIEW",
    "missing": "MIS_START",
    "placed_for_adoption": "DATE_PLACED",
    "sw_episodes": "SW_DECOM",
}
FIRST_YEAR, LAST_YEAR = 1992, 2099
SEX_OF_NUMBER = {"1": "M", "2": "F"}
WHOLE_NUMBER_WITH_POINT = re.compile(r"\d+\.0+", re.ASCII)  # what a spreadsheet makes of a whole number
UNKNOWN_ID = re.compile(r"X{7}", re.IGNORECASE)  # how a return says that there is no URN


@dataclass(frozen=True)
class ReturnFile:
    """One file of a return: the table it holds and the year ending 31 March it is for."""

    path: Path
    table: str
    year: int


class Row(dict[str, Any]):
    """One checked row: typed values by column (None where there is none) and where it stands."""

    __slots__ = ("file", "line", "table", "year")

    def __init__(self, table: str, year: int, file: str, line: int) -> None:
        """Start without values."""
        super().__init__()
        self.table, self.year, self.file, self.line = table, year, file, line

    def __missing__(self, column: str) -> None:
        """Have None for a cell that is empty."""


@dataclass
class Reading:
    """The rows of all files by table, in order of year and line, with the counts and findings so far."""

    years: tuple[int, ...]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    counts: dict[str, FileCount] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def years_of(self, table: str) -> set[int]:
        """Say in which years the table is there, be it empty."""
        return {count.year for count in self.counts.values() if count.table == table}

    def find(self, row: Row, column: str, rule: str, effect: str = FLAGGED) -> None:
        """Note a finding on a row."""
        self.findings.append(Finding(row.file, row.line, column, rule, effect))


Tables = dict[str, list[Row]]
Record = dict[str, Any]
Born = dict[str, date | None]


def year_end(year: int) -> date:
    """Give 31 March, the last day of a return's year."""
    return date(year, 3, 31)


def as_yes_no(tick: bool | None) -> str | None:
    """Write a tick as extracts do."""
    return None if tick is None else "Y" if tick else "N"


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
    if not folder.is_dir():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "There is no such folder, so no return to import.",
            [str(folder)],
            "Give the folder that holds header.csv and episodes.csv.",
        )
    found: dict[tuple[int, str], ReturnFile] = {}
    strangers = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv" or not path.is_file():
            continue
        table, named_year = table_and_year(path.stem)
        if table is None:
            strangers.append(path.name)
            continue
        file = ReturnFile(path, table, named_year or _year_of(folder, year))
        if (file.year, table) in found:
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                f"The table {table} of {file.year} is there twice.",
                [str(found[file.year, table].path), str(path)],
                "Leave one of the two files in the folder.",
            )
        found[file.year, table] = file
    _check_whole(folder, found)
    order = list(TABLES)
    return sorted(found.values(), key=lambda file: (file.year, order.index(file.table))), strangers


def table_and_year(stem: str) -> tuple[str | None, int | None]:
    """
    Tell by a file's name, without its suffix, which table it holds and for which year, as far as it says so.

    Case, spaces, signs, `SSDA903`, an authority's number and a copy's `(1)` do not count: `2020-episodes`,
    `SSDA903_2020_Episodes (1)`, `935_2019-20_SWEpisodes`. The year ends on 31 March; 2019-20 is 2020.
    """
    text = re.sub(r"[^a-z0-9]+", " ", stem.lower())
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
    absent = [f"{table} of {year}" for year in years for table in ESSENTIAL if (year, table) not in found]
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
    records = read_records(file.path, name, _as_extract(file.table), rows_may_be_narrow=True)
    count = reading.counts[name] = FileCount(name, file.table, file.year, rows=records.n_records)
    for found in records.findings:
        effect = read_rules()[found.rule].effect
        count.set_aside += effect == SET_ASIDE_ROW
        reading.findings.append(Finding(name, found.line, (found.column or "").upper(), found.rule, effect))
    for of_rows, n in records.more.items():
        count.set_aside += n
        reading.findings += [Finding(name, 0, "", of_rows, SET_ASIDE_ROW)] * n

    readers = _readers(file.table)
    for row, texts in _rows_of(file, records):
        for column, text in texts.items():
            if text:
                value, rule = readers[column](text)
                if value is not None:
                    row[column] = value
                if rule:
                    reading.find(row, column, rule, read_rules()[rule].effect)
        lacks = next((c for c in ("CHILD", DATED_BY.get(file.table, "CHILD")) if row[c] is None), None)
        if lacks:
            count.set_aside += 1
            reading.find(row, lacks, "no_key", SET_ASIDE_ROW)
        else:
            reading.rows.setdefault(file.table, []).append(row)
    if count.set_aside == count.rows:
        _say_that_it_is_empty(file, count, reading)


def _say_that_it_is_empty(file: ReturnFile, count: FileCount, reading: Reading) -> None:
    """Note that a table has no row; raise Refused when it is one that every return fills."""
    if file.table in ESSENTIAL:
        hint = f"{count.rows} rows, all set aside" if count.rows else ""
        raise Refused([Refusal(count.file, 1, "", "no_usable_rows", hint)])
    reading.findings.append(Finding(count.file, 1, "", "empty_table", FLAGGED))


def _rows_of(file: ReturnFile, records: Records) -> Iterator[tuple[Row, dict[str, str]]]:
    """Give each sound record as a row that is still empty, with its texts by column."""
    columns = [name.upper() for name in records.columns]
    cells = zip(*(column.to_pylist() for column in records.columns.values()), strict=True)
    for line, texts in zip(records.lines.tolist(), cells, strict=True):
        yield Row(file.table, file.year, file.path.name, line), dict(zip(columns, texts, strict=True))


@cache
def _as_extract(table: str) -> Extract:
    """Describe a table of the return as the contract describes an extract."""
    columns = (_as_column(table, name, kind) for name, kind in TABLES[table].items())
    return Extract(table, "ssda903", tuple(columns))


def _as_column(table: str, name: str, kind: str) -> Column:
    return Column(
        name=name.lower(),
        type=kind if kind in ("date", "integer", "decimal", "yes_no") else "text",
        is_key=False,
        refers_to=None,
        code_set=kind if kind in read_contract().codes else None,
        is_optional=(table, name) in OPTIONAL_COLUMNS,
        sensitivity="none",
        origin="ssda903",
        not_before=None,
        may_lie_ahead=True,
        id_of="record" if kind == "id" else None,
        description="",
    )


@cache
def _readers(table: str) -> dict[str, Reader]:
    """Give landing's reader of each column; each text is read once."""
    return {column.name.upper(): cache(_reader_of(column)) for column in _as_extract(table).columns}


def _reader_of(column: Column) -> Reader:
    """Give landing's reader, for the spellings of a return: sex as 1 or 2, URN as X's, anything as 1.0."""
    read = reader_of(column, read_contract(), date.max)
    if column.type in ("date", "decimal"):
        return read
    spelt = SEX_OF_NUMBER if column.code_set == "sex" else {}

    def read_as_spelt(text: str) -> tuple[object | None, str | None]:
        text = text.strip()
        if WHOLE_NUMBER_WITH_POINT.fullmatch(text):
            text = text.split(".")[0]
        if column.id_of and UNKNOWN_ID.fullmatch(text):
            return None, None
        return read(spelt.get(text, text))

    return read_as_spelt
