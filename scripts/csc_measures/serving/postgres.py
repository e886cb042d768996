"""
Serve what is published in a PostgreSQL database.

Each generation has a schema of its own (`csc_<run id>`), and one for its shared edition (`..._shared`),
filled in one transaction; readers know only the views of the schemas `marts` and `shared`, which another
transaction turns to them, all at once. Whoever is reading is let finish: the switch waits for a moment, gives
way and tries again, so that no reader is ever ended by it.

The roles `shared_read` (the shared edition, for people outside), `bi_read` (the numbers, and that) and
`evidence_read` (the cases behind them, and all that) may read these views and nothing else. Which people have
them is the database's affair.

Service areas, and the authorities of a region, are kept apart by the views, not by policies of row level
security. A policy binds those who may read a table; nobody may read these, or two generations could be read
at once. Through a view a policy goes by the view's owner, who makes the copy, and it says nothing at all
where that is a superuser. The views ask for `current_user`, who is the reader in any case, and are security
barriers: a condition of the reader's own sees no row before theirs has let it pass. By `explain` a reader
learns how many rows PostgreSQL guesses, of other areas too, as with a policy. The shared edition is as it is
told outside, to all alike.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console

from csc_measures import memory
from csc_measures.contract.extracts import read_contract
from csc_measures.night import artefacts, editions, generations
from csc_measures.night.standing import AUTHORITY, MART
from csc_measures.night.tables import tables_of as names_of
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

VARIABLE = "CSC_SERVE_POSTGRES"
WITH_VARIABLE = "CSC_SERVE_WITH"
EVIDENCE, SERVICE_AREAS, AUTHORITIES = "evidence", "service_areas", "authorities"
CHOICES = (EVIDENCE, SERVICE_AREAS, AUTHORITIES)
VIEWS = {editions.NUMBERS: "marts", editions.EVIDENCE: "marts", editions.SHARED: "shared"}
SCHEMAS = tuple(dict.fromkeys(VIEWS.values()))
IN_SHARED = "_shared"
OURS = "Written by csc-measures: what it serves, and nothing else."
PREFIX = "csc_"
READERS = {editions.SHARED: "shared_read", editions.NUMBERS: "bi_read", editions.EVIDENCE: "evidence_read"}
"""The role that reads each edition; each also reads what those before it do."""
ALL = "all"
ROLES = "roles_that_see"
EVERY_AUTHORITY = "every authority"
# Of each column that may tell of a service area or a team: when it does, and of which.
TELLS_OF_AREAS = {
    "service_area": (f"service_area <> '{ALL}'", "service_area"),
    "service_area_then": ("true", "coalesce(service_area_then, service_area_now)"),
    "service_area_now": ("true", "coalesce(service_area_now, service_area_then)"),
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
    """A mart to serve: its schema and edition, its columns in order, what is said of each, and its key."""

    name: str
    schema: str
    edition: editions.Edition
    columns: tuple[str, ...]
    comment: str
    comments: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def place(self) -> str:
        """Its name in a statement."""
        return f"{self.schema}.{self.name}"

    @property
    def view(self) -> str:
        """The name of its view in a statement."""
        return f"{VIEWS[self.edition]}.{self.name}"

    @property
    def is_joined(self) -> bool:
        """Whether it has the rows of several authorities."""
        return self.columns[0] == AUTHORITY

    def condition(self, choices: Sequence[str]) -> str:
        """
        On what it depends that a row is seen, where areas or authorities are kept apart; empty: on nothing.

        Every area that a row tells of must be the reader's. A case of no known area is seen by those of all.
        """
        if self.edition is editions.SHARED:
            return ""
        conditions = []
        of_none = "is not true" if self.edition is editions.NUMBERS else "is false"
        seen = (
            f"(select seen from {self.schema}.{ROLES} where pg_has_role(current_user, role_name, 'member'))"
        )
        if SERVICE_AREAS in choices:
            conditions += [
                f"(({of_areas}) {of_none} or {area} in {seen} or '{ALL}' in {seen})"
                for column, (of_areas, area) in TELLS_OF_AREAS.items()
                if column in self.columns
            ]
        if AUTHORITIES in choices and self.is_joined:
            conditions.append(f"({AUTHORITY} in {seen} or '{EVERY_AUTHORITY}' in {seen})")
        return " and ".join(conditions)


def serve(warehouse: Path, uri: str, choices: Sequence[str], console: Console) -> None:
    """
    Copy what is served to the database of a libpq URI and turn its views there, whole or not at all.

    Numbers and the shared edition are copied always. `choices` are of CHOICES: `evidence` copies the cases
    too, `service_areas` and `authorities` show the rows of a service area, or of an authority of a region,
    and the cases behind them, to members of its role only. Raises Stop: 60 when nothing is published, the
    driver is not installed or a choice is none, 40 when another copy is on its way, 30 when the database
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
        for edition in editions.EVERY_EDITION:
            editions.attach(marts, generation, edition, "read_only")
        tables = [table for table in tables_of(marts, generation, schema) if is_chosen(table, choices)]
        roles = roles_of_areas() | roles_of_authorities(marts)
        before = begin(database, roles.values())
        n_rows = copy(marts, tables, schema, roles, database)
        switch(tables, schema, choices, database)
        prune((schema, before), database)
    seconds = time.monotonic() - started
    console.print(
        f"{'postgres':<10}  {f'{len(tables)} tables, {n_rows:,} rows copied':<75}  {seconds:5.1f} s"
    )


def serve_after(code: int, warehouse: Path, environment: Mapping[str, str], console: Console) -> int:
    """
    Serve what a night has published where CSC_SERVE_POSTGRES says; return the exit code of it all.

    A failure is told in lines of its own and makes it 10, or what is higher: what was published stays so.
    """
    if not (uri := environment.get(VARIABLE, "").strip()):
        return code
    choices = [word.strip() for word in environment.get(WITH_VARIABLE, "").split(",") if word.strip()]
    try:
        serve(warehouse, uri, choices, console)
    except Stop as stop:
        console.print("Published, and not served in PostgreSQL:", style="bold red")
        console.print(str(stop))
        return max(code, ExitCode.PUBLISHED_WITH_SET_ASIDE)
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
    """Say whether a table is served: the evidence when it is chosen, all others always."""
    return table.edition is not editions.EVIDENCE or EVIDENCE in choices


def tables_of(marts: duckdb.DuckDBPyConnection, generation: Path, schema: str) -> list[Table]:
    """Return what a generation publishes, with the comments that it has and the keys that dbt knows."""
    schemas = dict.fromkeys(editions.EDITIONS, schema) | {editions.SHARED: schema + IN_SHARED}
    manifest = json.loads((generation / artefacts.FOLDER / artefacts.MANIFEST).read_text(encoding="utf-8"))
    keys = {
        node["name"]: tuple(
            name for name, column in node["columns"].items() if column["config"]["meta"].get("key")
        )
        for node in manifest["nodes"].values()
    }
    tables = []
    for edition in editions.EVERY_EDITION:
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
            table = Table(name, schemas[edition], edition, tuple(columns), comment or "", told, key)
            tables.append(replace(table, key=(AUTHORITY, *key)) if key and table.is_joined else table)
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


def begin(database: Connection, of_rows: Iterable[str]) -> str:
    """
    Make roles and the schemas of the views, where they are not there; return the generation that they show.

    `of_rows` are the roles by which single rows are seen.

    Raises Stop: 40 when another copy is on its way, 60 when a schema is somebody else's.
    """
    if execute(database, f"select pg_try_advisory_lock({LOCK})") != [(True,)]:
        raise Stop(
            ExitCode.WAREHOUSE_HELD,
            "Another copy to that database is on its way.",
            [],
            "Wait until it has ended, then type: measures serve postgres",
        )
    found = dict(
        execute(
            database,
            "select nspname::text, coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace "
            f"where nspname in {SCHEMAS}",
        )
    )
    for schema, comment in found.items():
        if not comment.startswith(OURS):
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                f"That database has a schema `{schema}` that is not ours.",
                [],
                "Name another database, or rename that schema.",
            )
    known = {name for (name,) in execute(database, "select rolname::text from pg_roles")}
    roles = [role for role in (*READERS.values(), *of_rows) if role not in known]
    statements = [f"create role {role} nologin" for role in roles]
    for schema in SCHEMAS:
        if schema not in found:
            statements += [f"create schema {schema}", f"comment on schema {schema} is '{OURS}'"]
    statements += [f"grant {less} to {more}" for less, more in pairwise(READERS.values())]
    statements += [f"grant usage on schema {VIEWS[edition]} to {role}" for edition, role in READERS.items()]
    execute(database, *statements)
    database.commit()
    return found.get(VIEWS[editions.NUMBERS], "").removeprefix(OURS).strip()


def roles_of_areas() -> dict[str, str]:
    """Return the role of each service area, whose members see its rows; those of all see the teams' too."""
    codes = [code.code for code in read_contract().codes["service_area"]]
    return {area: f"area_{area.lower().replace(' ', '_')}" for area in (ALL, *codes, "not recorded")}


def roles_of_authorities(marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the role of each authority, whose members see its rows; none where what is served is of one."""
    if MART not in names_of(marts, editions.NUMBERS.catalog, "marts"):
        return {}
    codes = marts.execute(f"select {AUTHORITY} from {editions.NUMBERS.table(MART)}").fetchall()
    return {EVERY_AUTHORITY: "authority_all", **{code: f"authority_{code}" for (code,) in codes}}


def copy(
    marts: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    schema: str,
    roles: Mapping[str, str],
    database: Connection,
) -> int:
    """
    Copy the tables that a schema does not have yet, all of them or none; return how many rows.

    Each has its key as primary key; evidence, which has none, an index on the number that it is behind.
    """
    for name in (schema, schema + IN_SHARED):
        execute(database, f"create schema if not exists {name}")
    there = shapes((schema, schema + IN_SHARED), database)
    who_sees = f"{schema}.{ROLES}"
    if who_sees not in there:
        values = ", ".join(f"('{seen}', '{role}')" for seen, role in roles.items())
        execute(
            database,
            f"create table {who_sees} (seen text, role_name text)",
            f"insert into {who_sees} values {values}",
        )
    n_rows = 0
    for table in tables:
        if table.place not in there:
            reader = marts.execute(f"from {table.edition.table(table.name)}").to_arrow_reader(ROWS_AT_ONCE)
            with database.cursor() as cursor:
                n_rows += cursor.adbc_ingest(table.name, reader, mode="create", db_schema_name=table.schema)
            execute(database, *keyed(table))
    database.commit()
    return n_rows


def keyed(table: Table) -> Iterator[str]:
    """Yield the statements that give a table its key, or an index on the number that its rows are behind."""
    if table.key:
        yield f"alter table {table.place} add primary key ({', '.join(table.key)})"
    elif "period_end" in table.columns:
        yield f"create index on {table.place} (measure_number, statistic, period_end)"
    yield f"analyze {table.place}"


def switch(tables: Sequence[Table], schema: str, choices: Sequence[str], database: Connection) -> None:
    """Turn the views to a schema in one transaction, once their readers let go of them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            turn(tables, schema, choices, database)
            return
        except Exception as error:
            database.rollback()
            if getattr(error, "sqlstate", None) != NOT_LOCKED or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def turn(tables: Sequence[Table], schema: str, choices: Sequence[str], database: Connection) -> None:
    """Turn the views to a schema; raises the driver's error when a reader holds one of them for a moment."""
    old, new = shapes(SCHEMAS, database), shapes((schema, schema + IN_SHARED), database)
    statements = [f"set local lock_timeout = '{A_MOMENT}'"]
    if old:
        statements.append(f"lock table {', '.join(old)} in access exclusive mode")
    places = {table.view: table.place for table in tables}
    for view, columns in old.items():
        # A view takes further columns as it is, and keeps what rests on it.
        if view not in places or not f"{new[places[view]]}, ".startswith(f"{columns}, "):
            statements.append(f"drop view {view}")
    for table in tables:
        statements += view_of(table, choices)
    statements.append(f"comment on schema {VIEWS[editions.NUMBERS]} is '{OURS} {schema}'")
    execute(database, *statements)
    database.commit()


def shapes(schemas: tuple[str, ...], database: Connection) -> dict[str, str]:
    """Return the columns of each table or view of some schemas, with their types, in order."""
    rows = execute(
        database,
        "select table_schema || '.' || table_name, "
        "string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) "
        f"from information_schema.columns where table_schema in {schemas} group by 1 order by 1",
    )
    return dict(rows)


def view_of(table: Table, choices: Sequence[str]) -> Iterator[str]:
    """Yield the statements that make the view of a table, with its comments, for its readers."""
    view = table.view
    condition = table.condition(choices)
    barrier = "true" if condition else "false"
    rows = f"select * from {table.place}" + (f" where {condition}" if condition else "")
    yield f"create or replace view {view} with (security_barrier = {barrier}) as {rows}"
    yield f"grant select on {view} to {READERS[table.edition]}"
    yield f"comment on view {view} is '{quoted(table.comment)}'"
    for name, text in table.comments.items():
        yield f"comment on column {view}.\"{name}\" is '{quoted(text)}'"


def prune(keep: Sequence[str], database: Connection) -> None:
    """Drop the schemas of generations but those to keep; one that a reader still holds goes the next time."""
    schemas = execute(
        database, f"select nspname::text from pg_namespace where nspname ~ '^{PREFIX}[0-9]{{8}}t' order by 1"
    )
    for (schema,) in schemas:
        if schema.removesuffix(IN_SHARED) not in keep:
            try:
                execute(database, f"set local lock_timeout = '{A_MOMENT}'", f"drop schema {schema} cascade")
                database.commit()
            except Exception as error:
                database.rollback()
                if getattr(error, "sqlstate", None) != NOT_LOCKED:
                    raise
