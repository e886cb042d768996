"""Write what a measure's page shows as CSV and Parquet, to be taken into a spreadsheet or a program."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from csc_measures.inert import FORMULA
from csc_measures.pages import reading
from csc_measures.sql import quoted

COLUMNS = (
    "measure_number, measure_id, title, statistic, unit, period_type, period_end, breakdown, "
    "breakdown_value, breakdown_label, numerator, denominator, value, value_status, n_unknown, "
    "n_missing_evidence, n_excluded, target, rag, direction_of_travel, definition_status"
)
ORDER = "measure_number, statistic, period_type, period_end, breakdown, breakdown_value"


def download_of(number: int, form: str) -> str:
    """Return the name of a download of a measure, `csv` or `parquet`."""
    return f"measure-{number:03}.{form}"


def write_downloads(connection: duckdb.DuckDBPyConnection, folder: Path, period_end: object) -> None:
    """
    Write of each measure every period of the whole and, for the last period end, every part.

    In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    kept = reading.numbers(COLUMNS, f"breakdown = 'all' or period_end = date '{period_end}'")
    connection.execute(f"create temp table downloads as select {COLUMNS} from ({kept}) order by {ORDER}")
    # One pass over the rows in their order, with a file open for each measure.
    connection.execute("set threads = 1")
    connection.execute("set partitioned_write_max_open_files = 1000")
    forms = {"csv": ("format csv, header", inert(connection)), "parquet": ("format parquet", "*")}
    for form, (how, columns) in forms.items():
        aside = folder / f"{form}.part"
        connection.execute(
            f"copy (select {columns} from downloads) to '{quoted(aside)}' "
            f"({how}, partition_by (measure_number), write_partition_columns)"
        )
        for part in aside.iterdir():
            number = int(part.name.partition("=")[2])
            (part / f"data_0.{form}").rename(folder / download_of(number, form))
        shutil.rmtree(aside)


def inert(connection: duckdb.DuckDBPyConnection) -> str:
    """List the columns of the downloads, as SQL, with an apostrophe before what looks like a formula."""
    kinds = connection.execute("describe downloads").fetchall()
    return ", ".join(
        f"case when regexp_matches({name}, '{FORMULA}') then chr(39) || {name} else {name} end as {name}"
        if kind == "VARCHAR"
        else name
        for name, kind, *_ in kinds
    )
