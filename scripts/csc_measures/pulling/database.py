"""
Open a reporting database, and read tables of it as they all stood at one moment.

PostgreSQL and SQL Server are known, by SQLAlchemy. What a driver says never reaches a message: it may quote a
value, or the password.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_measures.settings import read_private
from csc_measures.stop import ExitCode, Stop

if TYPE_CHECKING:
    import sqlalchemy

URL, URL_FILE = "CSC_PULL_URL", "CSC_PULL_URL_FILE"
SECRETS = (
    "password",
    "passwd",
    "pwd",
    "odbc_connect",
)  # what a URL may carry a password in, beside its place
EXAMPLE = "postgresql://USER@HOST/DATABASE or mssql://USER@HOST/DATABASE"
ROWS_AT_ONCE = 10_000
ASK_SNAPSHOT = "select snapshot_isolation_state from sys.databases where database_id = db_id()"
NO_SNAPSHOT = (
    "This database allows no snapshot: what is written to it while it is read may be in one table and not in "
    "another. Its owner may type: ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON"
)


@dataclass(frozen=True)
class Kind:
    """A kind of database: the driver, the extra that installs it, how to read it as at one moment."""

    driver: str
    extra: str
    snapshot: Mapping[str, Any]
    allows_snapshot: Callable[[sqlalchemy.Connection], bool]


def asked_snapshot(connection: sqlalchemy.Connection) -> bool:
    """Ask SQL Server whether this database allows the isolation level SNAPSHOT."""
    return bool(connection.exec_driver_sql(ASK_SNAPSHOT).scalar() == 1)


POSTGRESQL = Kind(
    "postgresql+psycopg",
    "postgresql",
    {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    lambda _: True,
)
SQL_SERVER = Kind("mssql+mssqlpython", "sqlserver", {"isolation_level": "SNAPSHOT"}, asked_snapshot)
KINDS = {"postgresql": POSTGRESQL, "postgres": POSTGRESQL, "mssql": SQL_SERVER, "sqlserver": SQL_SERVER}


@dataclass(frozen=True)
class Column:
    """A column of a table, as the database spells its name, and whether it is read as text (JSON is)."""

    name: str
    is_json: bool


@dataclass(frozen=True)
class Table:
    """A table or view, as the database spells its name, and its columns by name in lower case."""

    name: str
    schema: str
    columns: Mapping[str, Column]

    def selected(self, names: Sequence[str], key: str) -> sqlalchemy.Select:
        """Return what reads some columns, in order of one of them; nothing else is asked for."""
        from sqlalchemy import Unicode, cast, column, select, table

        columns = {name: column(self.columns[name].name) for name in names}
        read = [
            cast(columns[name], Unicode) if self.columns[name].is_json else columns[name] for name in names
        ]
        source = table(self.name, *columns.values(), schema=self.schema)
        return select(*read).select_from(source).order_by(columns[key])

    def rows(
        self, names: Sequence[str], key: str, connection: sqlalchemy.Connection
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield the rows of some columns, in order of one of them, in pieces of at most ROWS_AT_ONCE."""
        result = connection.execute(self.selected(names, key), execution_options={"yield_per": ROWS_AT_ONCE})
        yield from result.partitions()


def url_given(argument: str | None, environment: Mapping[str, str]) -> str:
    """
    Return the URL: the argument, or that of CSC_PULL_URL, or of the file of CSC_PULL_URL_FILE.

    Raises Stop (60) when there is none or two, or when the file may be read by others.
    """
    text, file = (environment.get(name, "").strip() for name in (URL, URL_FILE))
    if argument is None and bool(text) == bool(file):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"{URL} and {URL_FILE} are both set." if text else "No database is named.",
            next_step=f"Give one, {EXAMPLE}, as an argument, in {URL} or in the file that {URL_FILE} names.",
        )
    if argument is not None:
        return argument
    return text or read_private(Path(file), URL_FILE).decode("utf-8", "replace")


def engine_of(text: str, is_argument: bool) -> sqlalchemy.Engine:
    """
    Make what connects to the database of a URL; nothing is reached yet.

    Raises Stop (60) when it is no URL of a kind that is known, when its driver is not installed, and when an
    argument, which everybody on the machine can read, has a password in it.
    """
    try:
        import sqlalchemy
    except ImportError:
        raise not_installed("pull") from None
    try:
        url = sqlalchemy.make_url(text)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise no_url() from None
    backend, _, driver = url.drivername.partition("+")
    if not (kind := KINDS.get(backend)):
        raise no_url()
    if is_argument and (url.password or any(name.lower() in SECRETS for name in url.query)):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "There is a password in the argument, which everybody on this machine can read while it runs.",
            next_step=f"Change it if others could. Put the URL into {URL}, or into a file of mode 0600 that "
            f"{URL_FILE} names.",
        )
    try:
        return sqlalchemy.create_engine(
            url.set(drivername=url.drivername if driver else kind.driver), poolclass=sqlalchemy.NullPool
        )
    except ImportError:
        raise not_installed(kind.extra) from None
    except (sqlalchemy.exc.SQLAlchemyError, ValueError):
        raise no_url() from None


def no_url() -> Stop:
    """Say what a URL is, without quoting what was given."""
    what = "That is no URL of a PostgreSQL or SQL Server database."
    return Stop(ExitCode.WRONG_SETTINGS, what, next_step=f"Write it like this: {EXAMPLE}")


def not_installed(extra: str) -> Stop:
    """Say which extra is missing."""
    return Stop(
        ExitCode.WRONG_SETTINGS,
        "The driver for that database is not installed.",
        next_step=f"Type in the project's folder: .uv/bin/uv sync --locked --extra {extra}",
    )


@contextmanager
def snapshot(engine: sqlalchemy.Engine) -> Iterator[tuple[sqlalchemy.Connection, bool]]:
    """
    Give a connection that reads all as it stood at one moment, and whether it does: not every one allows it.

    Raises Stop (30) when the database cannot be reached.
    """
    kind = KINDS[engine.dialect.name]
    with refusals_told("It cannot be reached, or does not let this user in."):
        connection = engine.connect()
    with connection:
        with refusals_told("It does not say whether it allows a snapshot."):
            if is_allowed := kind.allows_snapshot(connection):
                connection.rollback()
                connection.execution_options(**kind.snapshot)
        yield connection, is_allowed


def tables_of(schema: str | None, names: set[str], connection: sqlalchemy.Connection) -> dict[str, Table]:
    """
    Find tables and views by their names in lower case, in a schema or that of the user, with their columns.

    Raises Stop (60) when there is no such schema, or two names differ in their case alone.
    """
    import sqlalchemy
    from sqlalchemy.engine.reflection import ObjectKind

    with refusals_told("It does not say which tables it has."), warnings.catch_warnings():
        warnings.simplefilter("ignore", sqlalchemy.exc.SAWarning)  # a type that it does not know is no matter
        inspector = sqlalchemy.inspect(connection)
        asked = schema or inspector.default_schema_name or ""
        spelled = by_lower_case(inspector.get_schema_names(), "schemas").get(asked.lower())
        if spelled is None:
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                "The database has no schema of that name, or this user may not see it.",
                [asked],
                "Name the schema of the Standard Safeguarding Dataset with --schema.",
            )
        listed = [*inspector.get_table_names(spelled), *inspector.get_view_names(spelled)]
        with suppress(NotImplementedError):
            listed += inspector.get_materialized_view_names(spelled)
        found = by_lower_case([name for name in listed if name.lower() in names], "tables")
        columns = (
            inspector.get_multi_columns(spelled, filter_names=[*found.values()], kind=ObjectKind.ANY)
            if found
            else {}
        )
    of_table = {
        name: [Column(each["name"], isinstance(each["type"], sqlalchemy.JSON)) for each in listed_columns]
        for (_, name), listed_columns in columns.items()
    }
    tables = {}
    for lower, name in found.items():
        known = {column.name: column for column in of_table.get(name, [])}
        spellings = by_lower_case(known, f"columns of {name}")
        tables[lower] = Table(name, spelled, {each: known[spelling] for each, spelling in spellings.items()})
    return tables


def by_lower_case(names: Any, what: str) -> dict[str, str]:
    """Give names by their lower case. Raises Stop (60) when two are one then."""
    spelled: dict[str, str] = {}
    for name in names:
        if name.lower() in spelled:
            raise Stop(
                ExitCode.WRONG_SETTINGS,
                f"The database has {what} whose names differ in their case alone.",
                [f"{spelled[name.lower()]} and {name}"],
                "Rename one of them, or make a schema of views and name it with --schema.",
            )
        spelled[name.lower()] = name
    return spelled


@contextmanager
def refusals_told(what: str) -> Iterator[None]:
    """Turn what a database or its driver refuses into a Stop (30), which quotes nothing of its words."""
    try:
        yield
    except (Stop, MemoryError):
        raise
    except Exception as error:
        state = getattr(getattr(error, "orig", error), "sqlstate", None)
        raise Stop(
            ExitCode.CHECK_FAILED,
            "The database could not be read" + (f" (SQLSTATE {state})." if state else "."),
            [what],
            "The landing folder is as it was. Mend that, then pull again.",
        ) from None
