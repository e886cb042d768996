"""Find and read the XML of CIN census returns: each module a row, each wrong or unknown element told."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from csc_measures.contract.rules import FLAGGED, SET_ASIDE_VALUE, Refusal, Refused
from csc_measures.landing.values import date_reader
from csc_measures.returns.cin.tables import (
    CHILD,
    LENGTH_OF_A_DATE,
    NAMES,
    NOT_NEEDED,
    ROWS_OF_ONE,
    TABLES,
    WRAPPERS,
    known_by,
    readers,
)
from csc_measures.returns.report import Finding
from csc_measures.returns.rows import Reading, Row, year_end
from csc_measures.returns.xml import Element, read_elements, root_of
from csc_measures.stop import ExitCode, Stop

ROOT = "message"
COLLECTION = "CIN"


@dataclass(frozen=True)
class CensusFile:
    """One file of the census and the year ending 31 March it is for."""

    path: Path
    year: int


def is_census(path: Path) -> bool:
    """Say whether an XML file is a CIN census return. Raises Refused when it is no XML."""
    return root_of(path, path.name).lower() == ROOT


def read_census(path: Path, year: int | None = None) -> tuple[Reading, Counter[str]]:
    """
    Read the file, or every census file of the folder; count besides what is there and not needed.

    The year is that of the header's reference date, if it is 31 March, else its Year, else `year`. Raises
    Stop: 60 when there is no census file or its year is not known; 20 with every reason why a file cannot be
    read, or when it holds no child.
    """
    files, strangers = _find_files(path, year)
    reading = Reading(years=tuple(sorted(file.year for file in files)))
    reading.findings.extend(Finding(name, 0, "", "unknown_file", FLAGGED) for name in strangers)
    not_needed: Counter[str] = Counter()
    refusals: list[Refusal] = []
    for file in files:
        try:
            _FileReader(file, reading, not_needed).read()
        except Refused as refused:
            refusals.extend(refused.refusals)
    if refusals:
        raise _refused(refusals)
    return reading, not_needed


def _refused(refusals: list[Refusal]) -> Stop:
    return Stop(
        ExitCode.EXTRACTS_REFUSED,
        f"The return is refused: {len({each.file for each in refusals})} of its files cannot be used.",
        [str(refusal) for refusal in sorted(refusals)],
        "Put this right, then import again. Nothing was written.",
    )


def _find_files(path: Path, year: int | None) -> tuple[list[CensusFile], list[str]]:
    paths = sorted(path.glob("*.[xX][mM][lL]")) if path.is_dir() else [path]
    try:
        census = [each for each in paths if each.is_file() and is_census(each)]
        files = [CensusFile(each, _year_of(each, year)) for each in census]
    except Refused as refused:
        raise _refused(refused.refusals) from None
    if not files:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "There is no CIN census return.",
            [str(path)],
            "Give its XML file, or a folder with one for each year.",
        )
    years = [file.year for file in files]
    twice = sorted({each for each in years if years.count(each) > 1})
    skipped = sorted(set(range(min(years), max(years))) - set(years))
    if twice or skipped:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The years of the returns do not follow on each other.",
            [f"{file.path.name}: {file.year}" for file in sorted(files, key=lambda file: file.year)],
            f"Leave one file for each year; {_told(twice, 'there twice')}{_told(skipped, 'missing')}.",
        )
    strangers = sorted({each.name for each in paths} - {each.name for each in census})
    return sorted(files, key=lambda file: file.year), strangers


def _told(years: list[int], what: str) -> str:
    return f"{what}: {', '.join(map(str, years))} " if years else ""


def _year_of(path: Path, year: int | None) -> int:
    """Give the year by the reference date of the header, where it is 31 March, else its Year, else `year`."""
    header = next(read_elements(path, path.name, {"header", "children"}), None)
    told = {part.name.lower(): part.text for part in _leaves(header)} if header else {}
    reference, _ = date_reader(None, with_time=False)(told.get("referencedate", "")[:LENGTH_OF_A_DATE])
    if isinstance(reference, date) and reference == year_end(reference.year):
        return reference.year
    if told.get("year", "").isdecimal():
        return int(told["year"])
    if year is not None:
        return year
    raise Stop(
        ExitCode.WRONG_SETTINGS,
        "The header of the return does not say its year.",
        [path.name],
        "Give --year YYYY, the year ending 31 March.",
    )


def _leaves(element: Element) -> list[Element]:
    return [leaf for part in element.children for leaf in (_leaves(part) if part.children else [part])]


class _FileReader:
    """Read one file: a row for each module, with the row that it stands in as its parent."""

    def __init__(self, file: CensusFile, reading: Reading, not_needed: Counter[str]) -> None:
        self.file, self.name = file, file.path.name
        self.reading, self.not_needed = reading, not_needed

    def read(self) -> None:
        for element in read_elements(self.file.path, self.name, {"child", "header"}):
            if element.name.lower() == "header":
                self.header(element)
            else:
                number = next((leaf.text for leaf in _leaves(element) if _name(leaf) == CHILD), "")
                self.module("Child", element, number, None)
        if not any(row.file.startswith(f"{self.name}/") for row in self.reading.rows.get("Child", [])):
            raise Refused([Refusal(self.name, 1, "Child", "no_usable_rows")])

    def header(self, element: Element) -> None:
        """Note where the header contradicts itself."""
        told = {part.name.lower(): part for part in _leaves(element)}
        stated = told.get("year")
        if stated and stated.text.isdecimal() and int(stated.text) != self.file.year:
            self.find(stated, "year_differs")
        reference = told.get("referencedate")
        if reference and reference.text[:LENGTH_OF_A_DATE] != year_end(self.file.year).isoformat():
            self.find(reference, "reference_date_differs")
        collection = told.get("collection")
        if collection and collection.text.upper() != COLLECTION:
            self.find(collection, "another_collection")

    def module(self, table: str, element: Element, child: str, parent: Row | None) -> None:
        """Make the row of a module, then the rows of what stands in it."""
        row = Row(table, self.file.year, f"{self.name}/{table}", element.line, parent)
        self.reading.count_of(row).rows += 1
        texts = {CHILD: child}
        within: list[tuple[str, Element]] = []
        self.gather(element, table, texts, within)
        self.reading.fill(row, texts, readers(table))
        self.reading.keep(row, known_by(table))
        for name, part in within:
            if name in ROWS_OF_ONE:
                self.row_of_one(name, part, child, row)
            else:
                self.module(name, part, child, row)

    def row_of_one(self, table: str, element: Element, child: str, parent: Row) -> None:
        row = Row(table, self.file.year, f"{self.name}/{table}", element.line, parent)
        self.reading.count_of(row).rows += 1
        self.reading.fill(row, {CHILD: child, table: element.text}, readers(table))
        self.reading.keep(row, known_by(table))

    def gather(
        self, element: Element, table: str, texts: dict[str, str], within: list[tuple[str, Element]]
    ) -> None:
        """Sort what stands in a module into its own values and the modules in it; tell the rest."""
        if element.text and element.children:
            self.find(element, "stray_text", table=table)
        for part in element.children:
            name = _name(part)
            if name in WRAPPERS:
                self.gather(part, table, texts, within)
            elif name in ROWS_OF_ONE or (name in TABLES and part.children):
                if part.text or part.children:
                    within.append((name, part))
            elif name == CHILD or not (part.text or part.children):
                continue
            elif name in NOT_NEEDED:
                self.not_needed[f"{table} {name}"] += 1
            elif name not in TABLES[table] or part.children:
                self.find(part, "unknown_element", table=table)
            elif name in texts:
                self.find(part, "repeated_element", SET_ASIDE_VALUE, table)
            else:
                texts[name] = part.text

    def find(self, element: Element, rule: str, effect: str = FLAGGED, table: str = "") -> None:
        file = f"{self.name}/{table}" if table else self.name
        self.reading.findings.append(Finding(file, element.line, _name(element), rule, effect))


def _name(element: Element) -> str:
    """Give the name of an element as the census guide of today spells it; an unknown one as it stands."""
    return NAMES.get(element.name.lower(), element.name)
