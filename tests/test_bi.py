"""What docs/bi.md tells people of BI to type: it runs on a published night, and names what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas
import pyarrow.parquet as pq
import pytest

import shapes
from conftest import Place
from csc_measures.night import editions, generations
from csc_measures.project import PROJECT

PAGE = (PROJECT / "docs" / "bi.md").read_text(encoding="utf-8")
PLAIN_TYPES = {"string", "int32", "int64", "double", "bool", "date32[day]", "timestamp[us]"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("query", blocks("sql"))
def test_each_query_for_a_dashboard_gives_rows(council_night: Place, query: str) -> None:
    with duckdb.connect(council_night.warehouse / editions.DATABASE, read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    assert rows
    assert all(row[0] is not None for row in rows)


def test_there_are_five_queries_and_a_line_against_averages() -> None:
    assert len(blocks("sql")) == 5
    assert len([line for line in PAGE.splitlines() if line.startswith("**Never average a value**")]) == 1
    assert "avg(" not in PAGE.lower() and "AVERAGE(" not in PAGE


def test_the_service_areas_of_the_query_make_the_whole(council_night: Place) -> None:
    """What the page says of numerators and denominators."""
    with duckdb.connect(council_night.warehouse / editions.DATABASE, read_only=True) as connection:
        (_, *whole), *parts = connection.execute(blocks("sql")[2]).fetchall()
    assert [sum(part[of] for part in parts) for of in (1, 2)] == whole[:2]
    assert 100 * whole[0] / whole[1] == pytest.approx(whole[2])


@pytest.mark.parametrize("snippet", blocks("python"))
def test_each_python_snippet_reads_what_is_published(
    council_night: Place, snippet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(council_night.warehouse.parent)
    names: dict = {}
    exec(snippet, names)
    frames = [value for value in names.values() if isinstance(value, pandas.DataFrame)]
    assert frames and all(len(frame) for frame in frames)


def test_what_is_published_has_the_columns_that_were_promised(council_night: Place) -> None:
    assert list(shapes.faults(shapes.promised(), shapes.published(council_night.warehouse))) == []


def test_a_column_that_goes_makes_a_version_and_one_that_comes_does_not() -> None:
    mart = ("measures.duckdb", "scorecard")
    before = {mart: shapes.Shape({"value": "DOUBLE", "rag": "VARCHAR"}, 2)}
    for columns, version, told in (
        ({"value": "DOUBLE", "rag": "VARCHAR"}, 2, []),
        ({"value": "DOUBLE", "rag": "VARCHAR", "sign": "VARCHAR"}, 2, ["sign is new"]),
        ({"value": "FLOAT", "rag": "VARCHAR"}, 3, ["value is gone or of another type"]),
        ({"value": "DOUBLE"}, 3, ["rag is gone or of another type"]),
    ):
        now = {mart: shapes.Shape(columns)}
        found = list(shapes.faults(before, now))
        assert len(found) == len(told) and all(text in fault for text, fault in zip(told, found, strict=True))
        assert shapes.renewed(before, now)[mart] == shapes.Shape(columns, version)
    assert len(list(shapes.faults(before, {}))) == 1


def named_columns() -> Iterator[tuple[str, str]]:
    """Yield the tables and columns that the snippets of other tools name."""
    for table, column in re.findall(r"(\w+)\[(\w+)\]", "".join(blocks("dax"))):
        yield table, column
    for column in re.findall(r"\[(\w+)\]", "".join(blocks("tableau"))):
        yield "fct_measure_value", column
    for snippet in blocks("m"):
        [table] = re.findall(r"\\(\w+)\.parquet", snippet)
        yield from ((table, column) for column in re.findall(r"\[(\w+)\]", snippet))


def test_what_the_snippets_of_other_tools_name_is_there(council_night: Place) -> None:
    folder = generations.served(council_night.warehouse) / editions.NUMBERS.folder
    named = set(named_columns())
    assert len(named) > 3
    for table, column in named:
        assert column in pq.read_schema(folder / f"{table}.parquet").names, (table, column)
    for path in re.findall(r"warehouse[/\\](\w+[./\\][\w.]*\w)", PAGE):
        assert Path(council_night.warehouse, path.replace("\\", "/")).exists(), path


def test_the_columns_of_the_parquet_files_have_types_that_every_tool_reads(council_night: Place) -> None:
    generation = generations.served(council_night.warehouse)
    for edition in editions.EDITIONS:
        for file in sorted((generation / edition.folder).glob("*.parquet")):
            assert {str(field.type) for field in pq.read_schema(file)} <= PLAIN_TYPES, file.name
