"""
Hold the rows of a return as they were read: every value checked, every wrong one listed by its place.

A value is checked by the rules of landing (`csc_measures.contract.rules`), so that both say the same of the
same mistake. A place is a file, with the table in it where a file holds several (`return.xml/episodes`), and
a line or row.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from csc_measures.contract.extracts import Column, Extract, read_contract
from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, read_rules
from csc_measures.landing.values import Reader, reader_of
from csc_measures.returns.report import MERGED, FileCount, Finding


class Row(dict[str, Any]):
    """
    One checked row: typed values by column (None where there is none) and where it stands.

    `parent` is the row that it stands in, where a return nests them.
    """

    __slots__ = ("file", "line", "parent", "table", "year")

    def __init__(self, table: str, year: int, file: str, line: int, parent: "Row | None" = None) -> None:
        """Start without values."""
        super().__init__()
        self.table, self.year, self.file, self.line, self.parent = table, year, file, line, parent

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
        """Say in which years the table is there, be it empty; rows of which none can be used tell nothing."""
        told = {row.year for row in self.rows.get(table, [])}
        empty = {count.year for count in self.counts.values() if count.table == table and not count.rows}
        return told | empty

    def find_unusable(self) -> None:
        """Note the tables that have rows of which none can be used."""
        told = {row.file for rows in self.rows.values() for row in rows}
        self.findings.extend(
            Finding(count.file, 1, "", "nothing_usable", FLAGGED)
            for count in self.counts.values()
            if count.rows > count.not_needed and count.file not in told
        )

    def count_of(self, row: Row) -> FileCount:
        """Give the count of the file, or of the table in it, that a row stands in."""
        return self.counts.setdefault(row.file, FileCount(row.file, row.table, row.year))

    def find(self, row: Row, column: str, rule: str, effect: str = FLAGGED) -> None:
        """Note a finding on a row."""
        self.findings.append(Finding(row.file, row.line, column, rule, effect))

    def withdraw(self, row: Row, column: str, rule: str) -> None:
        """Set a row aside that counts as loaded, and note why."""
        count = self.count_of(row)
        count.loaded, count.set_aside = count.loaded - 1, count.set_aside + 1
        self.find(row, column, rule, SET_ASIDE_ROW)

    def fill(self, row: Row, texts: Mapping[str, str], readers: Mapping[str, Reader]) -> None:
        """Read the texts of a row by column, and note what is wrong with them."""
        for column, text in texts.items():
            if text:
                value, rule = readers[column](text)
                if value is not None:
                    row[column] = value
                if rule:
                    self.find(row, column, rule, read_rules()[rule].effect)

    def keep(self, row: Row, known_by: Iterable[str]) -> None:
        """Keep a row that has all it is known by; without one of them it stands for nothing."""
        lacks = next((column for column in known_by if row[column] is None), None)
        if lacks:
            self.count_of(row).set_aside += 1
            self.find(row, lacks, "no_key", SET_ASIDE_ROW)
        else:
            self.rows.setdefault(row.table, []).append(row)


Tables = dict[str, list[Row]]
Record = dict[str, Any]
Born = dict[str, date | None]


def year_end(year: int) -> date:
    """Give 31 March, the last day of a return's year."""
    return date(year, 3, 31)


def as_yes_no(tick: bool | None) -> str | None:
    """Write a tick as extracts do."""
    return None if tick is None else "Y" if tick else "N"


def as_extract(table: str, columns: Mapping[str, str], source: str, optional: Iterable[str] = ()) -> Extract:
    """Describe a table of a return as the contract describes an extract, by each column's kind of value."""
    return Extract(
        table, source, tuple(_as_column(name, kind, source, optional) for name, kind in columns.items())
    )


def _as_column(name: str, kind: str, source: str, optional: Iterable[str]) -> Column:
    """`kind` is `id`, a type of the contract or one of its code lists; anything else is text."""
    return Column(
        name=name.lower(),
        type=kind if kind in ("date", "integer", "decimal", "yes_no") else "text",
        is_key=False,
        refers_to=None,
        code_set=kind if kind in read_contract().codes else None,
        is_optional=name in optional,
        sensitivity="none",
        origin=source,
        not_before=None,
        may_lie_ahead=True,
        id_of="record" if kind == "id" else None,
        description="",
    )


def readers_of(
    columns: Mapping[str, str], source: str, spelt: Callable[[Column, Reader], Reader]
) -> dict[str, Reader]:
    """Give landing's reader of each column, with the return's own spellings; each text is read once."""
    return {
        name: cache(spelt(column, reader_of(column, read_contract(), date.max)))
        for name, column in zip(columns, as_extract("", columns, source).columns, strict=True)
    }


def latest_rows(
    reading: Reading,
    keys: Mapping[str, tuple[str, ...]],
    events: Iterable[str],
    not_needed: Iterable[str] = (),
    told_of: Iterable[str] = (),
) -> Tables:
    """
    Keep one row for each key of a table: the later return's wins, within a return the first.

    A key `year` is the year of the return. Of `events` every row of one return counts; where a later return
    changes a row of `told_of`, that is a finding. Counts for each file what became of its rows.
    """
    tables: Tables = {table: [] for table in keys}
    for table, rows in reading.rows.items():
        if table in not_needed:
            for row in rows:
                reading.count_of(row).not_needed += 1
            continue
        groups: dict[tuple, list[Row]] = defaultdict(list)
        for row in rows:
            groups[tuple(row.year if name == "year" else row[name] for name in keys[table])].append(row)
        for group in groups.values():
            latest = group[-1].year
            kept = [row for row in group if row.year == latest]
            changed = [row for row in group if row.year != latest and row != kept[0]]
            if table in told_of and changed:
                reading.find(changed[-1], "", "changed_by_later_return", MERGED)
            for row in group:
                count = reading.count_of(row)
                if row.year != latest:
                    count.merged += 1
                elif row is not kept[0] and table not in events:
                    count.set_aside += 1
                    rule = "repeated_row" if row == kept[0] else "conflicting_row"
                    reading.find(row, "", rule, SET_ASIDE_ROW)
                else:
                    count.loaded += 1
                    tables[table].append(row)
        tables[table].sort(key=lambda row: (row.year, row.file, row.line))
    return tables


def numbered(rows: Iterable[Row], child: str, column: str) -> Iterator[tuple[str, Row]]:
    """Give each row an id: child and date, and from the second of a child and day on, a number."""
    seen: dict[tuple, int] = defaultdict(int)
    for row in rows:
        seen[row[child], row[column]] += 1
        count = seen[row[child], row[column]]
        yield f"{row[child]}-{row[column]:%Y%m%d}" + (f"-{count}" if count > 1 else ""), row
