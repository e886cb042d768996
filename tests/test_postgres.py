"""What is published, served in PostgreSQL: all of it, to those who may read it, and never of two nights."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlalchemy
import typer
from rich.console import Console
from rich.progress import Progress

import postgres
import test_bi
from conftest import KEY, Place, run
from csc_measures import cli
from csc_measures.night import artefacts, disk, editions, generations, joining, nightly, publish, standing
from csc_measures.serving.postgres import (
    AUTHORITIES,
    CHOICES,
    EVIDENCE,
    SERVICE_AREAS,
    TELLS_OF_AREAS,
    VARIABLE,
    VIEWS,
    serve,
    serve_after,
)
from csc_measures.settings import Settings
from csc_measures.stop import ExitCode, Stop

pytestmark = pytest.mark.skipif(postgres.programs() is None, reason="there is no PostgreSQL on this machine")

FIRST, SECOND, THIRD, FOURTH = (f"2026010{day}T000000000001Z" for day in (1, 2, 3, 4))
TELL_THEIR_RUN = ("marts.dim_measure", "marts.measures", "shared.measures")
ROWS = {
    "safe_from_harm": "measure_number = 23 and period_type = 'month' and period_end = '2026-03-31'",
    "safe_from_harm_evidence": "measure_number = 68 and period_type = 'month' and period_end = '2026-03-31'",
    "scorecard": "measure_number = 23",
    "measures": "true",
    "dim_measure": "true",
    "fct_measure_value": "measure_key = 2301",
    "data_quality": "true",
    "restatements_evidence": "false",
    "signals": "measure_number = 23",
    "dim_period": "true",
}
SECRET = "a password of the tests"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Give the URI of a new database server."""
    with postgres.server() as uri:
        yield uri


@pytest.fixture(scope="module")
def warehouse(council_night: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse of three small generations; two tables say in each what they say in no other."""
    place, whole = tmp_path_factory.mktemp("served"), generations.served(council_night.warehouse)
    first = place / "generations" / FIRST
    (first / editions.SHARED_FOLDER).mkdir(parents=True)
    (first / artefacts.FOLDER).symlink_to(whole / artefacts.FOLDER)
    for edition in editions.EVERY_EDITION:
        copy_some(whole, first, edition)
    with duckdb.connect(first / editions.EVIDENCE.database) as connection:
        moves = (
            "('stayed', 'LOCALITY', 'LOCALITY'), ('moved', 'LOCALITY', 'OTHER'), ('came', null, 'LOCALITY')"
        )
        columns = "(case_id, service_area_then, service_area_now)"
        connection.execute(f"insert into marts.restatements_evidence {columns} values {moves}")
        # A case of no known area, which those of one area do not see.
        connection.execute("update marts.safe_from_harm_evidence set service_area = null where rowid = 0")
    for run_id in (SECOND, THIRD, FIRST):
        if run_id != FIRST:
            shutil.copytree(first, first.parent / run_id, symlinks=True)
        for table in TELL_THEIR_RUN:
            schema, _, name = table.partition(".")
            [edition] = {editions.NUMBERS, editions.SHARED} & {
                e for e, views in VIEWS.items() if views == schema
            }
            with duckdb.connect(first.parent / run_id / edition.database) as connection:
                connection.execute(f"update marts.{name} set definition_version = '{run_id}'")
    show(place, FIRST)
    return place


def copy_some(whole: Path, generation: Path, edition: editions.Edition) -> None:
    """Copy some rows of each table of an edition, with the comments."""
    with duckdb.connect() as connection:
        editions.attach(connection, whole, edition, "read_only")
        connection.execute(f"attach '{generation / edition.database}' as part")
        connection.execute("create schema part.marts")
        for mart in filter(edition.holds, ROWS):
            rows = f"from {edition.table(mart)} where {ROWS[mart]}"
            connection.execute(f"create table part.marts.{mart} as {rows}")
            said = connection.execute(
                "select column_name, comment from duckdb_columns() "
                "where database_name = ? and table_name = ? and comment is not null",
                [edition.catalog, mart],
            ).fetchall()
            publish.comment(connection, f"part.marts.{mart}", f"What {mart} is.", dict(said))


def show(warehouse: Path, run_id: str) -> None:
    disk.point(warehouse / "current", f"generations/{run_id}")


def serve_quietly(warehouse: Path, uri: str, *choices: str) -> str:
    console = Console(record=True, width=200, file=io.StringIO())
    serve(warehouse, uri, choices, console)
    return console.export_text()


def ask(uri: str, sql: str, role: str | None = None) -> list[tuple]:
    with psycopg.connect(uri) as connection:
        if role:
            connection.execute(f"set role {role}")
        return connection.execute(sql).fetchall()


def count_readable(uri: str, role: str) -> dict[str, bool]:
    """Say of each served table whether a role may read it."""
    tables = ask(
        uri,
        "select table_schema || '.' || table_name from information_schema.views "
        f"where table_schema in {tuple(set(VIEWS.values()))}",
    )
    may = "select has_schema_privilege('{0}', '{1}', 'usage') and has_table_privilege('{0}', '{2}', 'select')"
    return {name: ask(uri, may.format(role, name.split(".")[0], name))[0][0] for (name,) in tables}


def holds_evidence(view: str) -> bool:
    return editions.EVIDENCE.holds(view.split(".")[1])


def test_every_table_is_served_whole_with_its_comments_and_keys(warehouse: Path, database: str) -> None:
    show(warehouse, FIRST)
    told = serve_quietly(warehouse, database, EVIDENCE)
    assert "rows copied" in told
    for edition in editions.EVERY_EDITION:
        with duckdb.connect(generations.served(warehouse) / edition.database, read_only=True) as connection:
            for mart in publish.tables_of(connection, Path(edition.database).stem, "marts"):
                rows = connection.execute(f"from marts.{mart} order by all").fetchall()
                assert sorted(ask(database, f"select * from {VIEWS[edition]}.{mart}"), key=str) == sorted(
                    rows, key=str
                )
    comments = (
        "select obj_description('marts.scorecard'::regclass), col_description('marts.scorecard'::regclass, 3)"
    )
    [(of_table, of_column)] = ask(database, comments)
    assert of_table == "What scorecard is." and of_column.startswith("Title of at most 60")
    inspector = sqlalchemy.inspect(
        sqlalchemy.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    )
    schema = f"csc_{FIRST.lower()}"
    assert inspector.get_pk_constraint("fct_measure_value", schema)["constrained_columns"] == []
    assert inspector.get_pk_constraint("dim_measure", schema)["constrained_columns"] == ["measure_key"]
    assert len(inspector.get_pk_constraint("scorecard", schema)["constrained_columns"]) == 4


def test_sqlalchemy_reads_the_scorecard(warehouse: Path, database: str) -> None:
    serve_quietly(warehouse, database)
    engine = sqlalchemy.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    scorecard = sqlalchemy.Table("scorecard", sqlalchemy.MetaData(), schema="marts", autoload_with=engine)
    chosen = sqlalchemy.select(scorecard.c.sentence).where(scorecard.c.service_area == "all")
    with engine.connect() as connection:
        assert connection.execute(chosen).first()


def test_what_the_page_for_bi_says_runs_here(warehouse: Path, database: str) -> None:
    serve_quietly(warehouse, database)
    for query in test_bi.blocks("sql"):
        ask(database, query)
    [snippet] = test_bi.blocks("sqlalchemy")
    [uri] = set(re.findall(r'"(postgresql\+psycopg://[^"]+)"', snippet))
    names: dict = {}
    exec(snippet.replace(uri, database.replace("postgresql://", "postgresql+psycopg://")), names)
    assert names["rows"]


def test_the_commands_of_the_page_lead_to_a_query(warehouse: Path, database: str) -> None:
    [commands] = test_bi.blocks("sh")
    *_, serving, asking = commands.splitlines()
    environment = {"CSC_WAREHOUSE_DIR": str(warehouse)}
    for command in (serving, asking):
        driver, _, rest = database.partition("://")
        here = command.replace("postgresql+psycopg:///measures", f"{driver}+psycopg://{rest}")
        result = run(
            "bash",
            "-c",
            here.replace("postgresql:///measures", shlex.quote(database)),
            environment=environment,
        )
        assert result.returncode == ExitCode.PUBLISHED, result.stderr
    assert len(result.stdout.strip().splitlines()) == 3


def test_a_night_that_cannot_be_served_ends_with_10(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "nightly", lambda *_: ExitCode.PUBLISHED)
    given = Settings.from_environment({"CSC_WAREHOUSE_DIR": str(warehouse), "CSC_PSEUDONYM_KEY": KEY})
    monkeypatch.setattr(Settings, "from_environment", lambda: given)
    for uri, code in ((None, ExitCode.PUBLISHED), ("no URI", ExitCode.PUBLISHED_WITH_SET_ASIDE)):
        if uri:
            monkeypatch.setenv(VARIABLE, uri)
        with pytest.raises(typer.Exit) as ended:
            cli.nightly()
        assert ended.value.exit_code == code


def test_a_role_reads_its_views_and_nothing_else(warehouse: Path, database: str) -> None:
    serve_quietly(warehouse, database, EVIDENCE)
    outside, numbers, evidence = (
        {view for view, may in count_readable(database, role).items() if may}
        for role in ("shared_read", "bi_read", "evidence_read")
    )
    views = set(count_readable(database, "bi_read"))
    assert outside == {view for view in views if view.startswith("shared.")} != set()
    assert numbers == {view for view in views if not holds_evidence(view)}
    assert evidence == views
    for role, table in (
        ("evidence_read", f"csc_{FIRST.lower()}.scorecard"),
        ("shared_read", f"csc_{FIRST.lower()}_shared.scorecard"),
        ("shared_read", "marts.scorecard"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(database, f"select * from {table}", role)
    serve_quietly(warehouse, database)  # evidence is taken away again where it is not chosen
    assert not any(map(holds_evidence, count_readable(database, "bi_read")))


def test_service_areas_are_kept_apart_where_that_is_chosen(warehouse: Path, database: str) -> None:
    serve_quietly(warehouse, database, EVIDENCE, SERVICE_AREAS)
    areas = "select distinct service_area from marts.safe_from_harm_evidence"
    with psycopg.connect(database, autocommit=True) as connection:
        for role in ("of_no_area", "of_locality", "of_all"):
            connection.execute(f"create role {role} in role evidence_read")
        connection.execute("grant area_locality to of_locality")
        connection.execute("grant area_all to of_all")
    everything = {area for (area,) in ask(database, areas)}
    assert len(everything) > 2
    assert ask(database, areas, "of_no_area") == []
    assert ask(database, areas, "of_locality") == [("LOCALITY",)]
    assert {area for (area,) in ask(database, areas, "of_all")} == everything
    parts = "select distinct breakdown from marts.safe_from_harm where breakdown in ('all', 'service_area')"
    assert ask(database, parts, "of_no_area") == [("all",)]
    assert len(ask(database, parts, "of_all")) == 2
    scorecard = "select distinct service_area from marts.scorecard order by 1"
    assert {area for (area,) in ask(database, scorecard, "of_locality")} == {"LOCALITY", "all"}
    restated = "select case_id from marts.restatements_evidence order by 1"
    assert ask(database, restated, "of_locality") == [("came",), ("stayed",)]
    assert ask(database, restated, "of_all") == [("came",), ("moved",), ("stayed",)]
    outside = scorecard.replace("marts.", "shared.")
    assert ask(database, outside, "shared_read") == ask(database, outside)
    serve_quietly(warehouse, database)
    assert len(ask(database, scorecard, "of_no_area")) > 2


def test_authorities_are_kept_apart_where_that_is_chosen(
    warehouse: Path, database: str, tmp_path: Path
) -> None:
    """Both have the same rows here; the authority is the first part of the key."""
    generation = tmp_path / "generations" / "20260104T000000000001Z"
    parts = dict.fromkeys(("885", "893"), warehouse / "generations" / FIRST)
    every = [standing.Authority(code, code, "", None, None, None, None, None, "") for code in parts]
    with Progress(disable=True) as progress:
        joining.join(parts, every, generation, progress)
    (generation / artefacts.FOLDER).symlink_to(parts["885"] / artefacts.FOLDER)
    show(tmp_path, generation.name)
    serve_quietly(tmp_path, database, EVIDENCE, AUTHORITIES)
    with psycopg.connect(database, autocommit=True) as connection:
        for role, member in (("of_none", None), ("of_893", "authority_893"), ("of_both", "authority_all")):
            connection.execute(f"create role {role} in role evidence_read")
            if member:
                connection.execute(f"grant {member} to {role}")
    for table in ("scorecard", "safe_from_harm_evidence", "restatements_evidence", "authorities"):
        seen = f"select authority, count(*) from marts.{table} group by 1 order by 1"
        (_, n_rows), (_, as_many) = everything = ask(database, seen)
        assert n_rows == as_many > 0
        assert ask(database, seen, "of_both") == everything
        assert ask(database, seen, "of_893") == [("893", n_rows)]
        assert ask(database, seen, "of_none") == []
    outside = "select distinct authority from shared.scorecard order by 1"
    assert ask(database, outside, "shared_read") == [("885",), ("893",)]
    keys = (
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'marts_of.scorecard'::regclass"
    )
    [(key,)] = ask(database, keys.replace("marts_of", f"csc_{generation.name.lower()}"))
    assert key.startswith("PRIMARY KEY (authority, ")
    serve_quietly(warehouse, database)


def test_a_reader_cannot_get_round_the_views(warehouse: Path, database: str) -> None:
    """A function of his own, cheaper than any condition of the view, is shown the rows that are his alone."""
    serve_quietly(warehouse, database, EVIDENCE, SERVICE_AREAS)
    told: set[str] = set()
    with psycopg.connect(database) as connection:
        connection.add_notice_handler(lambda notice: told.add(notice.message_primary))
        connection.execute("create role curious in role evidence_read, area_locality")
        connection.execute("set role curious")
        connection.execute(
            "create function pg_temp.tell(area text) returns boolean language plpgsql cost 1e-9 "
            "as $$ begin raise notice '%', area; return true; end $$"
        )
        connection.execute(
            "select from marts.safe_from_harm_evidence where pg_temp.tell(service_area)"
        ).fetchall()
        known = "select count(*) from pg_stats where schemaname like 'csc%' or schemaname = 'marts'"
        assert connection.execute(known).fetchall() == [(0,)]
    assert told == {"LOCALITY"}


def test_every_column_that_may_tell_of_an_area_is_known(council_night: Place) -> None:
    found = set()
    for edition in editions.EDITIONS:
        database = generations.served(council_night.warehouse) / edition.database
        with duckdb.connect(database, read_only=True) as connection:
            found |= set(
                connection.execute("select column_name from duckdb_columns()").fetchnumpy()["column_name"]
            )
    telling = {name for name in found if re.fullmatch(r"(service_area|breakdown_(value|key)).*", name)}
    assert telling - {"service_area_label"} == TELLS_OF_AREAS.keys()


def test_readers_see_no_error_and_never_two_generations_at_once(warehouse: Path, database: str) -> None:
    """One reads two tables in one order, one in the other; at last two generations are kept."""
    serve_quietly(warehouse, database)
    seen: set[tuple[str, ...]] = set()
    errors: list[Exception] = []
    done = threading.Event()

    def read(tables: tuple[str, ...]) -> None:
        try:
            with psycopg.connect(database) as connection:
                while not done.wait(0.01):
                    with connection.transaction():
                        found = [
                            connection.execute(f"select distinct definition_version from {table}").fetchall()
                            for table in tables
                        ]
                    seen.add(tuple(version for rows in found for (version,) in rows))
        except Exception as error:  # whatever it is, it would be a reader's
            errors.append(error)

    readers = [
        threading.Thread(target=read, args=(tables,)) for tables in (TELL_THEIR_RUN, TELL_THEIR_RUN[::-1])
    ]
    for reader in readers:
        reader.start()
    for run_id in (SECOND, FIRST, THIRD):
        show(warehouse, run_id)
        serve_quietly(warehouse, database)
        deadline = time.monotonic() + 60  # of a machine that is busy elsewhere; the readers see it at once
        while run_id not in {versions[0] for versions in set(seen)} and time.monotonic() < deadline:
            time.sleep(0.01)
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert {len(set(versions)) for versions in seen} == {1}
    assert {SECOND, THIRD} <= {versions[0] for versions in seen}
    schemas = ask(database, "select nspname::text from pg_namespace where nspname like 'csc%' order by 1")
    assert [name for (name,) in schemas] == [
        f"csc_{run_id.lower()}{part}" for run_id in (FIRST, THIRD) for part in ("", "_shared")
    ]


def test_a_view_of_somebody_else_that_rests_on_ours_is_served_on(warehouse: Path, database: str) -> None:
    show(warehouse, FIRST)
    serve_quietly(warehouse, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create view public.theirs as select distinct definition_version from marts.measures"
        )
    show(warehouse, SECOND)
    serve_quietly(warehouse, database)
    assert ask(database, "select * from public.theirs") == [(SECOND,)]
    fourth = warehouse / "generations" / FOURTH  # of another version, which has one column more
    shutil.copytree(fourth.with_name(THIRD), fourth, symlinks=True)
    with duckdb.connect(fourth / editions.NUMBERS.database) as connection:
        connection.execute("alter table marts.measures add column further integer")
    show(warehouse, FOURTH)
    serve_quietly(warehouse, database)
    assert ask(database, "select * from public.theirs") == [(THIRD,)]
    assert ask(database, "select distinct further from marts.measures") == [(None,)]
    show(warehouse, THIRD)
    shutil.rmtree(fourth)


def test_a_schema_that_is_not_ours_is_left_alone(warehouse: Path, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create database theirs")
    other = database.replace("/postgres?", "/theirs?")
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute("create schema marts")
    with pytest.raises(Stop, match="that is not ours"):
        serve_quietly(warehouse, other)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        (f"postgresql://publisher:{SECRET.replace(' ', '%20')}@/postgres?host=/nowhere", "cannot be reached"),
        ("no URI at all", "cannot be reached"),
    ],
)
def test_what_is_not_served_is_told_and_the_publication_stands(uri: str, told: str, warehouse: Path) -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    code = serve_after(ExitCode.PUBLISHED, warehouse, {VARIABLE: uri}, console)
    said = console.export_text()
    assert code == ExitCode.PUBLISHED_WITH_SET_ASIDE
    assert told in said and "Published, and not served in PostgreSQL" in said
    assert SECRET not in said and "nowhere" not in said


def test_a_database_that_there_is_not_is_named_as_such(warehouse: Path, database: str) -> None:
    with pytest.raises(Stop, match="does not serve") as refused:
        serve_quietly(warehouse, database.replace("/postgres?", "/nothing?"))
    assert refused.value.code == ExitCode.CHECK_FAILED


def test_a_night_serves_nowhere_unless_it_is_told_to(warehouse: Path) -> None:
    assert serve_after(ExitCode.PUBLISHED, warehouse, {}, Console(quiet=True)) == ExitCode.PUBLISHED


def test_an_unknown_choice_is_refused_before_anything_is_done(warehouse: Path) -> None:
    with pytest.raises(Stop, match="nothing to serve with: areas"):
        serve(warehouse, "", ["areas"], Console(quiet=True))
    assert set(CHOICES) == {AUTHORITIES, EVIDENCE, SERVICE_AREAS}
