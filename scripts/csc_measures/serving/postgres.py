"""
Serve what is published in a PostgreSQL database.

Each generation has a schema of its own (`csc_<run id>`), filled in one transaction; readers know only the
views of the schema `marts`, which another transaction turns to it, all at once. Whoever is reading is let
finish: the switch waits for a moment, gives way and tries again, so that no reader is ever ended by it.

The roles `bi_read` (numbers) and `evidence_read` (the cases behind them, and the numbers) may read the views
and nothing else. Which people have them is the database's affair.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console

from csc_measures import memory
from csc_measures.contract.extracts import read_contract
from csc_measures.night import artefacts, editions, generations
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

VARIABLE = "CSC_SERVE_POSTGRES"
WITH_VARIABLE = "CSC_SERVE_WITH"
EVIDENCE, SERVICE_AREAS = "evidence", "service_areas"
CHOICES = (EVIDENCE, SERVICE_AREAS)
VIEWS = "marts"
OURS = "Written by csc-measures: what it serves, and nothing else."
PREFIX = "csc_"
READERS = {editions.NUMBERS: "bi_read", editions.EVIDENCE: "evidence_read"}
ALL = "all"
AREAS = "area_roles"
# Of a column that may tell of a service area or a team: when it does, and of which.
TELLS_OF_AREAS = {
    "service_area": (f"service_area <> '{ALL}'", "service_area"),
    "breakdown_value": ("breakdown in ('service_area', 'team')", "breakdown_value"),
    "breakdown_key": (
        "split_part(breakdown_key, ':', 1) in ('service_area', 'team')",
        "split_part(breakdown_key, ':', 2)",
    ),
}
ROWS_AT_ONCE = 100_000
LOCK = 885_120  # any number that nobody else has: two copies at a time would be in each other's way
PATIENCE = 60.0  # seconds in which readers may let go of what is to be switched
A_MOMENT = "200ms"  # less than the second after which PostgreSQL ends one of two that wait for each other
TOLD = {
    "08": "It cannot be reached, or the connection was lost.",
    "28": "It does not let this user in: the name or the password is not right.",
    "3D": "There is no database of that name.",
    "42501": "This user may not do it: it needs the right to make schemas and roles in that database.",
    "2BP01": "Something of yours rests on a view whose columns have changed: drop it and make it again.",
    "53": "It is out of disk, memory or connections.",
    "55P03": f"Readers held the views for {PATIENCE:.0f} seconds: what was served there before still is.",
}
NOT_LOCKED = "55P03"


@dataclass(frozen=True)
class Table:
    """A mart to serve: its edition, its columns in order, what is said of it and of them, and its key."""

    name: str
    edition: editions.Edition
    columns: tuple[str, ...]
    comment: str
    comments: Mapping[str, str]
    key: tuple[str, ...]

    def condition(self, schema: str) -> str:
        """Return on what it depends, where areas are kept apart, that a row is seen; empty: on nothing."""
        seen = f"(select seen from {schema}.{AREAS} where pg_has_role(current_user, role_name, 'member'))"
        for column, (of_areas, area) in TELLS_OF_AREAS.items():
            if column in self.columns:
                return f"not ({of_areas}) or {area} in {seen} or '{ALL}' in {seen}"
        return ""


def serve(warehouse: Path, uri: str, choices: Sequence[str], console: Console) -> None:
    """
    Copy what is served to the database of a libpq URI and turn its views there, whole or not at all.

    `choices` are of CHOICES: `evidence` copies the cases too, `service_areas` shows the rows of a service
    area, and the cases behind them, to members of its role only. Raises Stop: 60 when nothing is published,
    the driver is not installed or a choice is none, 40 when another copy is on its way, 30 when the database
    refuses. What it served before stays served there.
    """
    check_choices(choices)
    warehouse = warehouse.absolute()
    generation = generations.served(warehouse)
    if generation is None:
        raise generations.nothing_published(warehouse)
    started = time.monotonic()
    schema = PREFIX + generation.name.lower()
    with connected(uri) as database, closing(duckdb.connect(config=memory.of_duckdb())) as marts:
        for edition in editions.EDITIONS:
            editions.attach(marts, generation, edition, "read_only")
        tables = [table for table in tables_of(marts, generation) if is_chosen(table, choices)]
        before = begin(database)
        n_rows = copy(marts, tables, schema, database)
        switch(tables, schema, SERVICE_AREAS in choices, database)
        prune({schema, before}, database)
    seconds = time.monotonic() - started
    console.print(
        f"{'postgres':<10}  {f'{len(tables)} tables, {n_rows:,} rows copied':<75}  {seconds:5.1f} s"
    )


def serve_after(
    code: ExitCode, warehouse: Path, environment: Mapping[str, str], console: Console
) -> ExitCode:
    """
    Serve what a night has published where CSC_SERVE_POSTGRES says; return the exit code of it all.

    A failure is told in lines of its own and makes it 10: what was published stays published.
    """
    if not (uri := environment.get(VARIABLE, "").strip()):
        return code
    choices = [word.strip() for word in environment.get(WITH_VARIABLE, "").split(",") if word.strip()]
    try:
        serve(warehouse, uri, choices, console)
    except Stop as stop:
        console.print("Published, and not served in PostgreSQL:", style="bold red")
        console.print(str(stop))
        return ExitCode.PUBLISHED_WITH_SET_ASIDE
    return code


def check_choices(choices: Sequence[str]) -> None:
    """Stop with 60 when a choice is none of those that there are."""
    if unknown := [choice for choice in choices if choice not in CHOICES]:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"There is nothing to serve with: {', '.join(unknown)}.",
            [],
            f"Choose of {', '.join(CHOICES)}.",
        )


def is_chosen(table: Table, choices: Sequence[str]) -> bool:
    """Say whether a table is served: the numbers always, the evidence when it is chosen."""
    return table.edition is editions.NUMBERS or EVIDENCE in choices


def tables_of(marts: duckdb.DuckDBPyConnection, generation: Path) -> list[Table]:
    """Return what a generation publishes, with the comments that it has and the keys that dbt knows."""
    manifest = json.loads((generation / artefacts.FOLDER / artefacts.MANIFEST).read_text(encoding="utf-8"))
    keys = {
        node["name"]: tuple(
            name for name, column in node["columns"].items() if column["config"]["meta"].get("key")
        )
        for node in manifest["nodes"].values()
    }
    tables = []
    for edition in editions.EDITIONS:
        rows = marts.execute(
            "select table_name, duckdb_tables.comment, list(column_name order by column_index), "
            "list(coalesce(duckdb_columns.comment, '') order by column_index) "
            "from duckdb_tables() join duckdb_columns() using (database_name, schema_name, table_name) "
            "where database_name = ? group by all order by table_name",
            [edition.catalog],
        ).fetchall()
        for name, comment, columns, comments in rows:
            told = dict(zip(columns, comments, strict=True))
            key = keys.get(name, ())
            tables.append(Table(name, edition, tuple(columns), comment or "", told, key))
    return tables


@contextmanager
def connected(uri: str) -> Iterator[Connection]:
    """Connect to a database; what it refuses becomes a Stop that quotes neither a value nor the URI."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The driver for PostgreSQL is not installed.",
            [],
            "Type in the project's folder: .uv/bin/uv sync --locked --extra postgresql",
        ) from None
    try:
        with closing(dbapi.connect(uri)) as database:
            yield database
    except dbapi.Error as error:
        state = error.sqlstate or "08000"
        told = next(
            (text for start, text in TOLD.items() if state.startswith(start)), "It refused a statement."
        )
        raise Stop(
            ExitCode.CHECK_FAILED,
            f"PostgreSQL does not serve this generation (SQLSTATE {state}).",
            [told],
            "What it served before stays served. Mend that, then type: measures serve postgres",
        ) from None


def execute(database: Connection, *statements: str) -> list[tuple]:
    """Execute statements; return the rows of the last."""
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def begin(database: Connection) -> str:
    """
    Make roles and the schema of the views, where they are not there; return the schema that they show.

    Raises Stop: 40 when another copy is on its way, 60 when the schema is somebody else's.
    """
    if execute(database, f"select pg_try_advisory_lock({LOCK})") != [(True,)]:
        raise Stop(
            ExitCode.WAREHOUSE_HELD,
            "Another copy to that database is on its way.",
            [],
            "Wait until it has ended, then type: measures serve postgres",
        )
    found = execute(
        database,
        "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace "
        f"where nspname = '{VIEWS}'",
    )
    if found and not found[0][0].startswith(OURS):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"That database has a schema `{VIEWS}` that is not ours.",
            [],
            "Name another database, or rename that schema.",
        )
    known = {name for (name,) in execute(database, "select rolname::text from pg_roles")}
    statements = [f"create role {role} nologin" for role in (*READERS.values(), *roles_of_areas().values())]
    statements = [statement for statement in statements if statement.split()[2] not in known]
    if not found:
        statements += [f"create schema {VIEWS}", f"comment on schema {VIEWS} is '{OURS}'"]
    numbers, evidence = READERS.values()
    execute(
        database,
        *statements,
        f"grant usage on schema {VIEWS} to {numbers}, {evidence}",
        f"grant {numbers} to {evidence}",
    )
    database.commit()
    return found[0][0].removeprefix(OURS).strip() if found else ""


def roles_of_areas() -> dict[str, str]:
    """Return the role of each service area, whose members see its rows; those of all see the teams' too."""
    codes = [code.code for code in read_contract().codes["service_area"]]
    return {area: f"area_{area.lower().replace(' ', '_')}" for area in (ALL, *codes, "not recorded")}


def copy(marts: duckdb.DuckDBPyConnection, tables: Sequence[Table], schema: str, database: Connection) -> int:
    """
    Copy the tables that a schema does not have yet, all of them or none; return how many rows.

    Each has its key as primary key; evidence, which has none, an index on the number that it is behind.
    """
    there = {
        name
        for (name,) in execute(
            database,
            f"select table_name::text from information_schema.tables where table_schema = '{schema}'",
        )
    }
    execute(database, f"create schema if not exists {schema}")
    if AREAS not in there:
        values = ", ".join(f"('{area}', '{role}')" for area, role in roles_of_areas().items())
        areas = f"{schema}.{AREAS}"
        execute(
            database,
            f"create table {areas} (seen text, role_name text)",
            f"insert into {areas} values {values}",
        )
    n_rows = 0
    for table in tables:
        if table.name not in there:
            reader = marts.execute(f"from {table.edition.table(table.name)}").to_arrow_reader(ROWS_AT_ONCE)
            with database.cursor() as cursor:
                n_rows += cursor.adbc_ingest(table.name, reader, mode="create", db_schema_name=schema)
            execute(database, *keyed(table, schema))
    database.commit()
    return n_rows


def keyed(table: Table, schema: str) -> Iterator[str]:
    """Yield the statements that give a table its key, or an index on the number that its rows are behind."""
    if table.key:
        yield f"alter table {schema}.{table.name} add primary key ({', '.join(table.key)})"
    elif "period_end" in table.columns:
        yield f"create index on {schema}.{table.name} (measure_number, statistic, period_end)"
    yield f"analyze {schema}.{table.name}"


def switch(tables: Sequence[Table], schema: str, by_area: bool, database: Connection) -> None:
    """Turn the views to a schema in one transaction, once their readers let go of them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            turn(tables, schema, by_area, database)
            return
        except Exception as error:
            database.rollback()
            if getattr(error, "sqlstate", None) != NOT_LOCKED or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def turn(tables: Sequence[Table], schema: str, by_area: bool, database: Connection) -> None:
    """Turn the views to a schema; raises the driver's error when a reader holds one of them for a moment."""
    old, new = shapes(VIEWS, database), shapes(schema, database)
    statements = [f"set local lock_timeout = '{A_MOMENT}'"]
    if old:
        statements.append(
            f"lock table {', '.join(f'{VIEWS}.{name}' for name in old)} in access exclusive mode"
        )
    names = {table.name for table in tables}
    for name, columns in old.items():
        if name not in names or columns != new[name]:
            statements.append(f"drop view {VIEWS}.{name}")
    for table in tables:
        statements += view_of(table, schema, by_area)
    execute(database, *statements, f"comment on schema {VIEWS} is '{OURS} {schema}'")
    database.commit()


def shapes(schema: str, database: Connection) -> dict[str, str]:
    """Return the columns of each table or view of a schema, with their types, in order."""
    rows = execute(
        database,
        "select table_name::text, "
        "string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) "
        f"from information_schema.columns where table_schema = '{schema}' group by 1 order by 1",
    )
    return dict(rows)


def view_of(table: Table, schema: str, by_area: bool) -> Iterator[str]:
    """Yield the statements that make the view of a table, with its comments, for its readers."""
    view = f"{VIEWS}.{table.name}"
    condition = table.condition(schema) if by_area else ""
    barrier = "true" if condition else "false"
    rows = f"select * from {schema}.{table.name}" + (f" where {condition}" if condition else "")
    yield f"create or replace view {view} with (security_barrier = {barrier}) as {rows}"
    yield f"grant select on {view} to {READERS[table.edition]}"
    yield f"comment on view {view} is '{quoted(table.comment)}'"
    for name, text in table.comments.items():
        yield f"comment on column {view}.\"{name}\" is '{quoted(text)}'"


def prune(keep: set[str], database: Connection) -> None:
    """Drop the schemas of generations but those to keep; one that a reader still holds goes the next time."""
    schemas = execute(
        database, f"select nspname::text from pg_namespace where nspname ~ '^{PREFIX}[0-9]{{8}}t' order by 1"
    )
    for (schema,) in schemas:
        if schema not in keep:
            try:
                execute(database, f"set local lock_timeout = '{A_MOMENT}'", f"drop schema {schema} cascade")
                database.commit()
            except Exception as error:
                database.rollback()
                if getattr(error, "sqlstate", None) != NOT_LOCKED:
                    raise
