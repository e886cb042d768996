"""
Nobody's name, number, address or free text is in any byte that is written, the files as delivered apart.

The invented council bears a mark in every such column, and the untidy one in columns of codes and teams too;
everything below the warehouse is looked through, Parquet and DuckDB column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import duckdb

from conftest import COUNCIL_AS_AT, MISPLACED, Place, run_measures
from csc_measures.contract.extracts import read_contract
from csc_measures.demo import write_council
from csc_measures.demo.writing import MARK
from csc_measures.landing.pseudonyms import compact_postcode
from csc_measures.sql import pattern, quoted


def texts_in(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return the texts in the columns of a relation, each once."""
    described = connection.execute(f"describe from {relation}").fetchall()
    columns = [name for name, kind, *_ in described if kind.startswith("VARCHAR")]
    texts = ", ".join(f'cast("{name}" as varchar)' for name in columns)
    found = f"select distinct unnest([{texts}]) as text from {relation}"
    return [text for (text,) in connection.execute(found).fetchall() if text] if texts else []


def texts_of(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Return the texts that a Parquet file or a database holds; none for another file."""
    if file.suffix == ".parquet":
        return texts_in(connection, f"read_parquet('{quoted(pattern(file))}', hive_partitioning = false)")
    if file.suffix != ".duckdb":
        return []
    connection.execute(f"attach '{quoted(file)}' as d (read_only)")
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'd'"
    ).fetchall()
    texts = [text for schema, table in tables for text in texts_in(connection, f'd."{schema}"."{table}"')]
    connection.execute("detach d")
    return texts


def written(place: Place, *, but: Iterable[str]) -> Iterator[Path]:
    """Yield every file below the warehouse, those in folders of certain names apart."""
    for file in place.warehouse.rglob("*"):
        inside = file.relative_to(place.warehouse).parts[:-1]
        if file.is_file() and not file.is_symlink() and not set(inside) & set(but):
            yield file


def never(_text: str) -> bool:
    """Take nothing for a mark."""
    return False


def seen_in(files: Iterable[Path], mark: str, is_mark: Callable[[str], bool] = never) -> list[str]:
    """Name the files that hold a mark in their bytes, or say it or another mark as a text of their own."""
    with duckdb.connect() as connection:
        return [
            str(file)
            for file in files
            if mark.encode() in file.read_bytes()
            or any(mark in text or is_mark(text) for text in texts_of(connection, file))
        ]


def said(place: Place) -> str:
    """Return what the night printed."""
    return place.result.stdout + place.result.stderr


def test_no_mark_is_written_and_none_is_said_nor_is_a_postcode(council_night: Place) -> None:
    raw = list(council_night.warehouse.glob("runs/*/raw/*"))
    assert any(MARK.encode() in file.read_bytes() for file in raw)
    assert MARK not in said(council_night)
    postcodes = postcodes_in(council_night.landing)
    assert len(postcodes) > 100
    files = list(written(council_night, but=["raw"]))
    assert {".parquet", ".duckdb", ".log"} <= {file.suffix for file in files}
    assert seen_in(files, MARK, lambda text: compact_postcode(text) in postcodes) == []


def postcodes_in(landing: Path) -> set[str]:
    """Return the postcodes of an invented council, written as a pseudonym of one is worked out."""
    return {
        compact_postcode(text)
        for extract in read_contract().extracts.values()
        for column in extract.columns
        if column.is_postcode
        for (text,) in duckdb.execute(
            f"select distinct {column.name} from read_csv(?, all_varchar = true) where {column.name} <> ''",
            [str(landing / f"{extract.name}.csv")],
        ).fetchall()
    }


def test_a_name_in_the_column_of_a_code_or_a_team_is_published_nowhere(untidy_night: Place) -> None:
    landed = list(untidy_night.warehouse.glob("runs/*/landed/*"))
    assert seen_in(landed, MISPLACED), "An unknown code is kept where it lands."
    assert MISPLACED not in said(untidy_night)
    assert seen_in(written(untidy_night, but=["raw", "landed"]), MISPLACED) == []


def test_a_refused_delivery_leaves_no_mark(tmp_path: Path) -> None:
    """A file that is cut, and one whose heading is a name."""
    place = Place(tmp_path / "landing", tmp_path / "warehouse", COUNCIL_AS_AT)
    write_council(place.landing, children=100, as_at=place.as_at)
    persons, workers = (place.landing / f"{name}.csv" for name in ("ssd_person", "ssd_professionals"))
    persons.write_bytes(persons.read_bytes()[:-16])
    workers.write_text(workers.read_text().replace("prof_professional_id", f"{MARK} Ann", 1))
    refused = run_measures("land", environment=place.environment)
    assert refused.returncode == 20
    assert {"ssd_person.csv", "ssd_professionals.csv"} <= set(refused.stderr.replace(",", " ").split())
    assert MARK not in refused.stdout + refused.stderr
    assert seen_in(written(place, but=[]), MARK) == []
