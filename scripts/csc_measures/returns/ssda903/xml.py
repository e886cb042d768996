"""
Take an SSDA903 return in XML apart into the tables that its CSV files have.

The root is EXPSSDA903; each CHILD has a HEADER and its EPISODEs. What a child has several of stands in groups
of the HEADER (AREVIEW, AMISSING, OC2, AD_PLACED, PERMANENCE), what it has once beside them (UASC and DUC,
care leavers, adoption). A group is known by what stands in it, for its name has changed from year to year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from csc_measures.contract.rules import FLAGGED, Refusal, Refused
from csc_measures.returns.report import Finding
from csc_measures.returns.rows import Reading, Row
from csc_measures.returns.ssda903.tables import (
    ESSENTIAL,
    TABLES,
    known_by,
    readers,
    say_that_it_is_empty,
)
from csc_measures.returns.xml import Element, read_elements

OTHER_NAMES = {"CHILDID": "CHILD", "PL": "PLACE", "GENDER": "SEX"}
OF_THE_CHILD = ("CHILD", "SEX", "DOB")
LISTS_UASC = "UASC"  # a tick; the table of CSV files has only those who have it
TICKED = ("1", "Y", "YES", "TRUE")
TABLE_OF = {
    column: table for table, columns in TABLES.items() for column in columns if column not in OF_THE_CHILD
}


@dataclass
class Group:
    """What stands in an element by itself: its line, and each column with line and text."""

    line: int
    told: list[tuple[str, int, str]]


def read_xml(path: Path, year: int, reading: Reading) -> None:
    """
    Add the rows of every table in one file to the reading; a table that has none is not there.

    Raises Refused when the file cannot be read, or has no child or no episode.
    """
    name = path.name
    unknown: set[str] = set()
    for child in read_elements(path, name, {"child"}):
        groups = list(_groups(child))
        numbers = [text for group in groups for column, _, text in group.told if column == "CHILD"]
        for group in groups:
            _take_group((name, year), group, "".join(numbers[:1]), reading, unknown)
    counts = {count.table: count for count in reading.counts.values() if count.file.startswith(f"{name}/")}
    absent = [table for table in ESSENTIAL if table not in counts]
    if absent:
        raise Refused([Refusal(f"{name}/{table}", 1, "", "no_usable_rows") for table in absent])
    for count in counts.values():
        if count.set_aside == count.rows:
            say_that_it_is_empty(count, reading)


def _groups(element: Element) -> Iterator[Group]:
    """Give what stands in an element by itself, then what stands in each group in it, at any depth."""
    own = [
        (OTHER_NAMES.get(part.name.upper(), part.name.upper()), part.line, part.text)
        for part in element.children
        if not part.children
    ]
    if own:
        yield Group(element.line, own)
    for part in element.children:
        if part.children:
            yield from _groups(part)


def _take_group(file: tuple[str, int], group: Group, child: str, reading: Reading, unknown: set[str]) -> None:
    """Make a row for each table that has something in the group; sex and birth stand in the header alone."""
    told: dict[str, dict[str, str]] = {}
    for column, line, text in group.told:
        table = TABLE_OF.get(column, "header" if column in OF_THE_CHILD else None)
        if table and text:
            told.setdefault(table, {"CHILD": child})[column] = text
        elif column == LISTS_UASC and text.upper() in TICKED:
            told.setdefault("uasc", {"CHILD": child})
        elif not table and column != LISTS_UASC and text and column not in unknown:
            unknown.add(column)
            reading.findings.append(Finding(file[0], line, column, "unknown_column", FLAGGED))
    for table, texts in told.items():
        row = Row(table, file[1], f"{file[0]}/{table}", group.line)
        reading.count_of(row).rows += 1
        reading.fill(row, texts, readers(table))
        reading.keep(row, known_by(table))
