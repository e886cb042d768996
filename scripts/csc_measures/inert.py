"""Texts that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

FORMULA = r"^[=+\-@\t\r]"
"""How a formula begins (OWASP, CSV injection), for DuckDB as for Python."""


def write_inert(file: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a CSV file with a header, in which no text is a formula; numbers and dates stay as they are."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([_inert(value) for value in row] for row in rows)


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and re.match(FORMULA, value) else value
