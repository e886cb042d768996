"""
Write what is published as a workbook for Excel: the scorecard, the register beside it, and how to read them.

Every cell is inert: a text is written as a text, whatever it begins with, so that none is ever a formula or a
link. Numbers are numbers, dates are dates, and what has no value is empty.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console

from csc_measures.night import generations
from csc_measures.stop import ExitCode, Stop

if TYPE_CHECKING:
    from xlsxwriter import Workbook

INERT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": True,  # a row at a time: three years of a council are two million cells
}
SHEETS = {
    "Scorecard": "from marts.scorecard order by measure_number, service_area, period_type, period_end",
    "Register": "from marts.measures order by measure_number, statistic_order",
    "Published": "select run_id, as_at, months, definition_version from marts.runs order by run_id",
}
IN_DECIMALS = ("value", "lower", "upper", "target", "england", "neighbours_median")
HOW_TO_READ = (
    "A row of Scorecard is a headline in a period, for the whole or a service area; read its sentence.",
    "What ends with _text is as the pages show it, rounded; numbers beside it are not.",
    "Never add or average values: add numerators and denominators, then divide.",
    "Where there is no value, value_status says why; it is not 0.",
    "Register says what each measure means, word for word as it is agreed. Published lists the runs.",
)
WIDEST = 60  # letters


def export(warehouse: Path, file: Path, console: Console) -> None:
    """
    Write a workbook of what is served; the same generation gives the same cells.

    Raises Stop (60) when nothing is published, when the library is not installed, or when the file's name
    does not end with .xlsx.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "What writes workbooks is not installed.",
            [],
            "Type in the project's folder: .uv/bin/uv sync --locked --extra xlsx",
        ) from None
    if file.suffix != ".xlsx":
        raise Stop(
            ExitCode.WRONG_SETTINGS, "The file is no workbook.", [str(file)], "Let its name end with .xlsx"
        )
    warehouse = warehouse.absolute()
    if generations.served(warehouse) is None:
        raise generations.nothing_published(warehouse)
    begun = file.with_name(f"{file.name}.new")
    with generations.reading(warehouse) as marts, Workbook(begun, INERT) as workbook:
        sheet = workbook.add_worksheet("How to read")
        for line, text in enumerate(HOW_TO_READ):
            sheet.write_string(line, 0, text)
        for name, query in SHEETS.items():
            n_rows = write_sheet(workbook, name, marts.sql(query))
            console.print(f"{name:<10}  {n_rows:,} rows")
    begun.replace(file)
    console.print(f"Wrote {file}")


def write_sheet(workbook: Workbook, name: str, rows: duckdb.DuckDBPyRelation) -> int:
    """Write a sheet with a heading that stays and filters; return the number of rows below it."""
    sheet = workbook.add_worksheet(name)
    heading = workbook.add_format({"bold": True})
    formats = {decimals: workbook.add_format({"num_format": as_format(decimals)}) for decimals in range(3)}
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    columns, found = rows.columns, rows.fetchall()
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, heading)
        letters = [len(column), *(len(str(row[place])) for row in found[:100])]
        sheet.set_column(place, place, min(max(letters) + 2, WIDEST))
    shown = columns.index("decimals") if "decimals" in columns else None
    for line, row in enumerate(found, start=1):
        decimals = formats[row[shown]] if shown is not None else None
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            if isinstance(value, date):
                sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), day)
            elif isinstance(value, bool):
                sheet.write_boolean(line, place, value)
            elif isinstance(value, int | float):
                sheet.write_number(line, place, value, decimals if column in IN_DECIMALS else None)
            elif value is not None:
                sheet.write_string(line, place, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(found), 1), len(columns) - 1)
    return len(found)


def as_format(decimals: int) -> str:
    """Return Excel's format for a number of decimals."""
    return "0" + ("." + "0" * decimals if decimals else "")
