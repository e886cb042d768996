"""The workbook of what is published: inert, with numbers as numbers."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from rich.console import Console
from xlsxwriter import Workbook

from conftest import Place
from csc_measures.serving.workbook import INERT, SHEETS, export, write_sheet
from csc_measures.stop import ExitCode, Stop


def part(file: Path, name: str) -> str:
    with zipfile.ZipFile(file) as archive:
        return archive.read(f"xl/{name}.xml").decode()


def cells(sheet: str) -> dict[str, str]:
    """Return the cells of a sheet by their place, as they are written."""
    return {place: cell for cell, place in re.findall(r'(<c r="(\w+)".*?(?:</c>|/>))', sheet)}


def test_texts_stay_texts_and_numbers_are_numbers(tmp_path: Path) -> None:
    rows = duckdb.sql(
        "select '=1+1' as formula, '@SUM(A1)' as sign, 'https://elsewhere.example' as link, '007' as code, "
        "12.345::double as value, 1 as decimals, null::double as none, date '2026-03-31' as day, true as yes"
    )
    with Workbook(tmp_path / "a.xlsx", INERT) as workbook:
        assert write_sheet(workbook, "Some", rows) == 1
    written = cells(part(tmp_path / "a.xlsx", "worksheets/sheet1"))
    assert all('t="inlineStr"' in written[f"{column}2"] for column in "ABCD")
    assert not any("<f>" in cell for cell in written.values())
    assert "hyperlink" not in part(tmp_path / "a.xlsx", "worksheets/sheet1")
    assert "<v>12.345</v>" in written["E2"] and "inlineStr" not in written["E2"]
    assert "G2" not in written
    assert "<v>46112</v>" in written["H2"]  # 2026-03-31, as Excel counts days
    assert 't="b"' in written["I2"]
    assert 'formatCode="0.0"' in part(tmp_path / "a.xlsx", "styles")


def test_the_scorecard_and_the_register_are_written_whole(night: Place, tmp_path: Path) -> None:
    told: list[str] = []
    file = tmp_path / "measures.xlsx"
    export(night.warehouse, file, SimpleNamespace(print=told.append))
    for order, mart in enumerate(("scorecard", "measures"), start=2):
        [(n_rows,)] = night.query(f"select count(*) from marts.{mart}")
        assert part(file, f"worksheets/sheet{order}").count("<row ") == n_rows + 1
    assert [name for name in SHEETS if f'name="{name}"' in part(file, "workbook")] == [*SHEETS]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert told[-1] == f"Wrote {file}"


@pytest.mark.parametrize(
    ("name", "told"), [("a.csv", "no workbook"), ("a.xlsx", "Nothing has been published")]
)
def test_what_cannot_be_exported_is_told(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Stop, match=told) as refused:
        export(tmp_path, tmp_path / name, Console(quiet=True))
    assert refused.value.code == ExitCode.WRONG_SETTINGS
    assert not [*tmp_path.iterdir()]
