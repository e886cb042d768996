"""Write what was made of a return: extracts, `coverage.csv` and `findings.csv`, in a folder of its own."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from csc_measures.contract.extracts import read_contract
from csc_measures.contract.rules import FLAGGED
from csc_measures.landing.deliveries import COVERAGE, FINDINGS
from csc_measures.landing.own_folder import replace_files
from csc_measures.returns.report import MERGED, Covered, Finding, ImportReport
from csc_measures.returns.rows import Reading, Record, year_end

Sources = Mapping[str, tuple[str, str]]
"""By extract, the table whose presence says that it is there, and whom it holds."""


def write_extracts(
    landing_dir: Path, extracts: Mapping[str, list[Record]], found: ImportReport, sources: Sources
) -> None:
    """Write the extracts that the report's coverage names into `landing_dir`, which becomes theirs alone."""
    contents = {
        f"{part.extract}.csv": as_csv(part.extract, extracts[part.extract]) for part in found.coverage
    }
    contents["coverage.csv"] = _csv([column.name for column in COVERAGE.columns], map(vars, found.coverage))
    contents["findings.csv"] = _csv([column.name for column in FINDINGS.columns], as_findings(found, sources))
    replace_files(landing_dir, contents)


def covered(
    reading: Reading,
    sources: Sources,
    answers: Mapping[str, tuple[str, ...]],
    latest_values: Iterable[str],
    absent: str,
    extracts: Mapping[str, list[Record]],
) -> list[Covered]:
    """
    Say what each extract covers: the years in which its table is there, up to the last of them.

    An extract whose table is in no year is not written. A year without the table ends what earlier years
    cover, for coverage is one spell; so does a year in which no row of the table can be used, or none answers
    what the extract is about (`answers`). An extract of latest values covers one year. `absent` is how a
    finding calls the file of a `year` without a `table`, `extracts` has the records of each extract.
    """
    parts = []
    for extract, (table, population) in sources.items():
        there = reading.years_of(table) - _unanswered(table, answers.get(extract, ()), reading)
        if there:
            first = last = max(there)
            while first - 1 in there and extract not in latest_values:
                first -= 1
            not_told = untold(extract, extracts[extract])
            parts.append(Covered(extract, population, date(first - 1, 4, 1), year_end(last), not_told))
    reading.find_unusable()
    for table in dict.fromkeys(table for table, _ in sources.values()):
        there = {count.year for count in reading.counts.values() if count.table == table}
        missing = [year for year in reading.years if there and year not in there]
        reading.findings.extend(
            Finding(absent.format(year=year, table=table), 0, "", "table_missing_in_a_year", FLAGGED)
            for year in missing
        )
    return parts


def untold(extract: str, records: list[Record]) -> str:
    """List the columns of an extract that no record tells, separated by spaces."""
    told = {column for record in records for column, value in record.items() if value is not None}
    columns = read_contract().extracts[extract].columns
    return " ".join(column.name for column in columns if column.name not in told and not column.is_optional)


def _unanswered(table: str, columns: tuple[str, ...], reading: Reading) -> set[int]:
    """Find the years in which no row of a table answers any of the columns, and report them."""
    answered = {
        row.file for row in reading.rows.get(table, []) if any(row[column] is not None for column in columns)
    }
    empty = [
        count
        for count in reading.counts.values()
        if columns and count.table == table and count.file not in answered
    ]
    reading.findings.extend(
        Finding(count.file, 1, column, "no_answers", FLAGGED) for count in empty for column in columns
    )
    return {count.year for count in empty}


def as_findings(found: ImportReport, sources: Sources) -> Iterator[dict[str, object]]:
    """Give the findings on tables that fill an extract, as landing takes them in; a merged row is none."""
    table_of = {count.file: count.table for count in found.files}
    extract_of = {table: extract for extract, (table, _) in reversed(list(sources.items()))}
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
