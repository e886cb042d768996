"""What is pulled from a reporting database lands as the same files would, and nothing else leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

import postgres
from csc_measures import cli
from csc_measures.contract.extracts import LANDED_TYPES, Code, Extract, read_contract
from csc_measures.demo import write_council
from csc_measures.landing.land import land
from csc_measures.pulling import database, place
from csc_measures.pulling.pull import Pulled, decimal_text, pull, speller
from csc_measures.settings import Settings
from csc_measures.stop import ExitCode, Stop

AS_AT = date(2026, 4, 14)
SECRET = "a password of the tests"
SHOUTED, VIEWED = "ssd_disability", "ssd_person"  # a table in capitals, and one that is a view
LATE, ABSENT = "ssd_sdq_scores", "ssd_immigration_status"
N_LOCAL = sum(name.startswith("local_") for name in read_contract().extracts)
TYPES = {**LANDED_TYPES, "decimal": "numeric(18, 4)", "json": "json", "text": "text"}
needs_postgres = pytest.mark.skipif(postgres.programs() is None, reason="there is no PostgreSQL here")


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the extracts of a small invented council that belong to the dataset, but for one."""
    folder = tmp_path_factory.mktemp("council") / "landing"
    write_council(folder, children=600, years=2, as_at=AS_AT)
    for file in folder.glob("*.csv"):
        if file.stem.startswith("local_") or file.stem == ABSENT:
            file.unlink()
    return folder


@pytest.fixture(scope="module")
def reporting(council: Path) -> Iterator[str]:
    """Give the URI of a database whose schema `Reporting` has those extracts as tables, one as a view."""
    with postgres.server() as uri:
        with psycopg.connect(uri) as connection:
            connection.execute('create schema "Reporting"; set search_path to "Reporting"')
            for extract in read_contract().extracts.values():
                if (file := council / f"{extract.name}.csv").exists():
                    fill(extract, file, connection)
            connection.execute(f"create view {VIEWED} as select *, 'theirs' as secret from held")
        yield uri


def fill(extract: Extract, file: Path, connection: psycopg.Connection) -> None:
    """Make the table of an extract, its columns in another order, and fill it from the file."""
    table = {SHOUTED: SHOUTED.upper(), VIEWED: "held"}.get(extract.name, extract.name)
    spell = str.upper if extract.name == SHOUTED else str
    columns = ", ".join(f'"{spell(each.name)}" {TYPES[each.type]}' for each in reversed(extract.columns))
    connection.execute(f'create table "{table}" ({columns})')
    header, _, rows = file.read_text(encoding="utf-8").partition("\n")
    told = ", ".join(f'"{spell(name)}"' for name in header.replace('"', "").split(","))
    with connection.cursor().copy(f'copy "{table}" ({told}) from stdin (format csv)') as copied:
        copied.write(rows)


def pulled(url: str, landing: Path, schema: str | None = None, console: Console | None = None) -> Pulled:
    """Pull into a landing folder."""
    return pull(None, landing, schema, {database.URL: url}, console or Console(quiet=True))


def landed(landing: Path, place_of_run: Path) -> dict[str, list[tuple]]:
    """Land a folder; return the rows of each extract, without the place that they came from."""
    settings = Settings.from_environment(
        {"CSC_LANDING_DIR": str(landing), "CSC_AS_AT": f"{AS_AT}", "CSC_SETTLED": "0"}, is_demo=True
    )
    report = land(settings, place_of_run)
    with duckdb.connect() as connection:
        return {
            name: sorted(
                connection.execute(
                    "select * exclude (source_file, source_line) "
                    f"from read_parquet('{place_of_run / 'landed' / name}.parquet')"
                ).fetchall(),
                key=repr,
            )
            for name in report.loaded
        }


@needs_postgres
def test_what_is_pulled_lands_as_the_files_do(
    reporting: str, council: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is written to the database meanwhile; and what others deliver into the folder stays."""
    monkeypatch.setattr(database, "ROWS_AT_ONCE", 40)
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "local_posts.csv").touch()
    pulled(reporting, landing, "reporting", DeletesMeanwhile(reporting))
    (landing / "local_posts.csv").unlink()
    ours = landed(landing, tmp_path / "ours")
    assert ours == landed(council, tmp_path / "theirs")
    assert LATE in ours and len(ours) > 20 and all(ours.values())

    file = pq.ParquetFile(landing / f"{VIEWED}.parquet")
    names = [column.name for column in read_contract().extracts[VIEWED].columns]
    assert file.schema.names == names and file.num_row_groups > 1
    assert modes(landing) == {0o600}

    again = pulled(reporting, landing, "REPORTING")
    assert again.empty == (LATE,) and again.absent == (ABSENT,) and again.n_further == N_LOCAL
    assert {path.stem for path in landing.glob("*.parquet")} == ours.keys() - {LATE}
    assert len(list(landing.glob(".pulled-*"))) == 1  # what the first pull wrote has gone


class DeletesMeanwhile(Console):
    """A console that deletes the rows of a table as soon as it is told of another."""

    def __init__(self, uri: str) -> None:
        """Keep where the database is."""
        super().__init__(quiet=True)
        self.uri = uri

    def print(self, *_: object, **__: object) -> None:
        """Delete the rows, in a transaction of its own."""
        with psycopg.connect(self.uri) as connection:
            connection.execute(f'delete from "Reporting".{LATE}')


def modes(landing: Path) -> set[int]:
    """Return the modes of all files below a folder."""
    return {path.stat().st_mode & 0o777 for path in landing.rglob("*") if path.is_file()}


@needs_postgres
@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ("drop column csdq_sdq_score", ExitCode.EXTRACTS_REFUSED, "ssd_sdq_scores: no column csdq_sdq_score"),
        (
            "alter column csdq_sdq_score type bytea using 'ZQX'",
            ExitCode.EXTRACTS_REFUSED,
            "ssd_sdq_scores: csdq_sdq_score (bytes)",
        ),
        ('add column "CSDQ_Table_Id" text', ExitCode.WRONG_SETTINGS, "differ in their case alone"),
        (
            "alter column csdq_sdq_completed_date type date using 'infinity'",
            ExitCode.CHECK_FAILED,
            "a value cannot be read",
        ),
        ("rename to elsewhere", ExitCode.WRONG_SETTINGS, "has no table"),
    ],
)
def test_a_pull_that_fails_names_the_place_and_leaves_the_folder(
    change: str, code: ExitCode, told: str, reporting: str, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    with psycopg.connect(reporting) as connection:
        connection.execute("create schema if not exists small; set search_path to small")
        connection.execute("drop table if exists ssd_sdq_scores, elsewhere")
        names = [column.name for column in read_contract().extracts["ssd_sdq_scores"].columns]
        connection.execute(f"create table ssd_sdq_scores ({', '.join(f'{name} text' for name in names)})")
        connection.execute("insert into ssd_sdq_scores values ('ZQX1', 'ZQX2')")
        connection.commit()
        pulled(reporting, landing, "small")
        before = sorted(landing.rglob("*")), (landing / ".pulled").resolve()
        connection.execute("set search_path to small")
        connection.execute(f"alter table ssd_sdq_scores {change}")
    with pytest.raises(Stop) as refused:
        pulled(reporting, landing, "small")
    assert refused.value.code == code and told in str(refused.value)
    assert "ZQX" not in str(refused.value)
    assert (sorted(landing.rglob("*")), (landing / ".pulled").resolve()) == before


@needs_postgres
def test_one_moment_is_read_and_nothing_can_be_written(reporting: str) -> None:
    with database.snapshot(database.engine_of(reporting, is_argument=True)) as (connection, is_snapshot):
        asked = ("transaction_isolation", "transaction_read_only")
        assert [connection.exec_driver_sql(f"show {each}").scalar() for each in asked] == [
            "repeatable read",
            "on",
        ]
    assert is_snapshot


@needs_postgres
def test_a_file_tells_the_database_and_the_command_what_was_pulled(reporting: str, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(f"{reporting}\n", encoding="utf-8")
    file.chmod(0o600)
    environment = {database.URL_FILE: str(file)}
    given = ["pull", "--to", str(tmp_path / "landing"), "--schema", "reporting"]
    ended = CliRunner().invoke(cli.commands, given, env=environment, catch_exceptions=False)
    assert ended.exit_code == 0 and f"No table, left out: {ABSENT}\n" in ended.stdout
    file.chmod(0o640)
    with pytest.raises(Stop, match="others may read"):
        database.url_given(None, environment)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@host/db",
        f"mssql://host/db?PWD={SECRET}",
        f"mysql://me:{SECRET}@host/db",
        SECRET,
    ],
)
def test_a_password_is_never_told_and_no_argument_may_have_one(url: str, tmp_path: Path) -> None:
    with pytest.raises(Stop) as refused:
        pull(url, tmp_path, None, {}, Console(quiet=True))
    assert refused.value.code == ExitCode.WRONG_SETTINGS and SECRET not in str(refused.value)


def test_a_database_that_cannot_be_reached_is_told_without_its_url(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="cannot be reached") as refused:
        pulled(f"postgres://me:{SECRET}@/db?host=/nowhere", tmp_path)
    assert SECRET not in str(refused.value) and "nowhere" not in str(refused.value)
    for environment in ({}, {database.URL: "a", database.URL_FILE: "b"}):
        with pytest.raises(Stop, match="Give one"):
            database.url_given(None, environment)


def test_an_extract_of_somebody_else_and_a_pull_on_its_way_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "SSD_Person_2026-04-14.csv").touch()
    with pytest.raises(Stop, match="has extracts already"):
        place.check_free(["ssd_person"], tmp_path)
    place.check_free(["ssd_contacts"], tmp_path)
    with place.held(tmp_path), pytest.raises(Stop, match="Another pull"), place.filled_at_once(tmp_path):
        pass


@pytest.mark.parametrize("allowed", [0, 1])
def test_sql_server_is_read_in_a_snapshot_where_the_database_allows_one(allowed: int) -> None:
    """As far as that can be seen without a server: its driver is there, the SQL is its own."""
    engine = database.engine_of("mssql://me@host/db", is_argument=True)
    assert engine.driver == "mssqlpython"
    with database.snapshot(
        SimpleNamespace(dialect=engine.dialect, connect=lambda: Answers(allowed))
    ) as given:
        connection, is_snapshot = given
    assert is_snapshot == bool(allowed)
    assert connection.options == ({"isolation_level": "SNAPSHOT"} if allowed else {})
    columns = {"id": database.Column("ID", False), "told": database.Column("Told", True)}
    selected = database.Table("SSD_Person", "Reporting", columns).selected(["id", "told"], "id")
    sql = str(selected.compile(dialect=engine.dialect))
    read = "SELECT {0}.[ID], CAST({0}.[Told] AS NVARCHAR(max)) AS [Told] FROM {0} ORDER BY {0}.[ID]"
    assert " ".join(sql.split()) == read.format("[Reporting].[SSD_Person]")


class Answers(nullcontext):
    """A connection that says whether it allows a snapshot, and keeps the options that it is given."""

    def __init__(self, allowed: int) -> None:
        """Keep what is to be answered."""
        super().__init__(self)
        self.allowed, self.options = allowed, {}
        self.rollback = lambda: None

    def exec_driver_sql(self, sql: str) -> SimpleNamespace:
        """Answer the one question that is asked."""
        assert "snapshot_isolation_state" in sql
        return SimpleNamespace(scalar=lambda: self.allowed)

    def execution_options(self, **options: object) -> None:
        """Keep the options."""
        self.options |= options


@pytest.mark.parametrize(
    ("value", "text"),
    [("12.00", "12"), ("1E+3", "1000"), ("0.50", "0.5"), ("12345678901234567890123456789012345678", None)],
)
def test_decimals_are_spelled_in_plain_digits(value: str, text: str | None) -> None:
    assert decimal_text(Decimal(value)) == (text or value)


def test_what_is_true_is_told_as_the_column_takes_it() -> None:
    codes = {"yn": (Code("Y", "", None, None),), "oc2_flag": (Code("1", "", None, None),)}
    table = database.Table("t", "s", {})
    column = read_contract().extracts[VIEWED].key
    told = {}
    for kind, code_set in (("yes_no", None), ("text", "yn"), ("text", "oc2_flag")):
        spell = speller(replace(column, type=kind, code_set=code_set), table, codes)
        told[kind, code_set] = [spell(True), spell(False), spell(None)]
    assert list(told.values()) == [["Y", "N", None], ["Y", "N", None], ["1", "0", None]]
