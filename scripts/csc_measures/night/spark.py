"""
Build with Spark in place of DuckDB: a session whose tables are Parquet files in the folder of the build.

dbt-spark runs its statements in the session of its process, which is opened here, in the companion that
builds. Its catalog is kept in memory, and all that it writes, what it spills too, lies in one folder that is
removed with the run. No model knows of it: landed extracts stand where the sources say, and what differs from
DuckDB is said in macros. Once built, the marts are shown to the rest of the night as views of a DuckDB file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

from csc_measures import memory
from csc_measures.project import PROJECT
from csc_measures.sql import pattern, quoted
from csc_measures.stop import NO_ROOM, ExitCode, Stop

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TARGET = "spark"
"""The profile's target."""
BEFORE = "history_before"
"""The schema with the snapshots that were published last; a snapshot writes what follows on them."""
SHOWN = ("marts", "history")
"""The schemas that the rest of a night reads."""
LEAST_MEMORY = 1_536  # MiB of Java's heap
PER_TASK = 32 << 20
"""Bytes of landed files for each of the tasks that a step is divided into; a task costs milliseconds."""
SMALL = 4 << 20
"""Bytes of landed files up to which Spark's planning takes longer than its work: some thousand children."""
PLANNED_QUICKLY = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.constraintPropagation.enabled": "false",
}
"""What is left out for small extracts: Java classes made of each query, and filters concluded from others."""

session: SparkSession | None = None  # that of this process, once it is opened


@dataclass(frozen=True)
class Workplace:
    """
    Where Spark builds: the folder that it writes into, and its master.

    That is `local[2]` for two cores of this machine, or `spark://host:7077` for a cluster that has the
    folder, too.
    """

    folder: Path
    master: str

    @property
    def before(self) -> Path:
        """The folder with the snapshots that were published last."""
        return self.folder / BEFORE


def check_installed() -> None:
    """Stop with 60 where Spark is not installed, or Java is not."""
    if not find_spec("pyspark") or not find_spec("dbt.adapters.spark"):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Spark is not installed.",
            next_step="Type in the project's folder: .uv/bin/uv sync --locked --extra spark",
        )
    if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Spark needs Java 17 or later, which is not installed.",
            next_step="On Debian type: apt-get install openjdk-17-jre-headless",
        )


def open_session(workplace: Workplace) -> None:
    """
    Open the session of this process, which writes into a folder; `stay_in_session` has dbt-spark work in it.

    The folder gets one for each schema, and there one for each table: `marts.db/signals`.
    """
    global session
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in configuration(workplace).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()


def close_session() -> None:
    """Close the session of this process, and wait for the end of Java, with which all is written."""
    from pyspark import SparkContext

    gateway: Any = SparkContext._gateway
    opened().stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def configuration(workplace: Workplace) -> dict[str, str]:
    """
    Return the configuration of a session that keeps to a folder and, but for a cluster, to this machine.

    How a cluster is reached, and its secret, are told where Spark looks for it: in `SPARK_CONF_DIR`.
    """
    scratch = workplace.folder.absolute() / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    given = memory.given()
    heap = max((given - memory.FIXED) >> 20, LEAST_MEMORY) if given else 4_096
    # Most of a night is the planning of short statements: what is compiled best is not worth its time. Room
    # for what is compiled is a fifth then unless told; once it is full, Java compiles no more, and crawls.
    # Its usual collector would search all memory for classes to unload, over and over, a sixth of the time.
    compiled = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
    compiled += " -XX:+UseParallelGC -XX:MetaspaceSize=512m"
    java = f'{compiled} "-Djava.io.tmpdir={scratch}" -XX:-UsePerfData'
    is_here = workplace.master.startswith("local")
    keeping_here = dict.fromkeys(("spark.driver.host", "spark.driver.bindAddress"), "127.0.0.1")
    return {
        **(keeping_here if is_here else {}),
        "spark.master": workplace.master,
        "spark.app.name": "csc-measures",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",  # what goes wrong is told by dbt; a log would quote rows
        "spark.driver.memory": f"{heap}m",
        "spark.driver.extraJavaOptions": java,
        "spark.executor.extraJavaOptions": compiled,
        "spark.authenticate": "true",  # or any user of this machine could ask its ports for blocks of a table
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": workplace.folder.absolute().as_uri(),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",  # without a zone, as DuckDB's are
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.lightweightPlanChangeValidation": "false",  # of each step of planning
        "spark.sql.maxPlanStringLength": "100",  # of the text of each plan, which nobody reads
        "spark.sql.ui.explainMode": "simple",
    }


def show_landed(landed: Path, before: Path) -> None:
    """Let the session read the landed extracts as the tables of the sources, and the snapshots before."""
    size = sum(file.stat().st_size for file in landed.glob("*.parquet"))
    opened().conf.set("spark.sql.shuffle.partitions", 1 + size // PER_TASK)
    for name, value in PLANNED_QUICKLY.items() if size <= SMALL else ():
        opened().conf.set(name, value)
    for source, table in sources():
        show(source, table, landed / f"{table}.parquet")
    for file in sorted(before.glob("*.parquet")):
        show(BEFORE, file.stem, file)


def show(schema: str, table: str, file: Path) -> None:
    """Let the session read a Parquet file as a table."""
    opened().sql(f"create schema if not exists {schema}")
    opened().catalog.createTable(f"{schema}.{table}", path=file.absolute().as_uri(), source="parquet")


def sources() -> list[tuple[str, str]]:
    """Return the sources of the project, each as source and table: the name of a landed file."""
    return [
        (source["name"], table["name"])
        for file in sorted((PROJECT / "models" / "staging").glob("*/*__sources.yml"))
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
        for table in source["tables"]
    ]


def keep_before(build: Path, before: Path) -> None:
    """Write the snapshots that a build goes on from, those of its database, where Spark reads them."""
    before.mkdir(parents=True)
    with duckdb.connect(str(build), config=memory.of_duckdb(build.parent)) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'history'"
        ).fetchall()
        for (table,) in tables:
            file = quoted(before / f"{table}.parquet")
            connection.execute(f"copy history.{table} to '{file}' (format parquet)")
        connection.execute("drop schema history cascade")


def show_built(folder: Path, build: Path) -> None:
    """Show what Spark has built to the rest of the night: as views of the build's database."""
    with duckdb.connect(str(build)) as connection:
        for schema in SHOWN:
            connection.execute(f"create schema {schema}")
            for table in sorted((folder / f"{schema}.db").glob("*")):
                files = f"{quoted(pattern(table))}/*.parquet"
                connection.execute(f"create view {schema}.{table.name} as from read_parquet('{files}')")


def opened() -> SparkSession:
    """Return the session of this process; raises RuntimeError where a night has opened none."""
    if session is None:
        raise RuntimeError("Spark builds in a night only. Type: measures nightly --engine spark")
    return session


def stay_in_session() -> None:
    """Have dbt-spark run its statements in the session of this process, and tell no value of a row."""
    from dbt.adapters.spark.session import Cursor

    def execute(cursor: Cursor, sql: str, *parameters: Any) -> None:
        cursor._rows = None
        cursor._df = opened().sql(sql % parameters if parameters else sql)

    Cursor.execute = without_values(execute)
    for name in ("fetchall", "fetchone"):
        setattr(Cursor, name, without_values(getattr(Cursor, name)))


def without_values(run: Callable[..., Any]) -> Callable[..., Any]:
    """
    Make a function that runs SQL in Spark raise an error that tells its kind and nothing of a row.

    Of an error in the text of a statement the first line comes with it.
    """

    @wraps(run)
    def run_discreetly(*arguments: Any, **named: Any) -> Any:
        from dbt_common.exceptions import DbtRuntimeError
        from pyspark.errors import AnalysisException, PySparkException

        try:
            return run(*arguments, **named)
        except Exception as error:
            said, *_ = str(error).strip().splitlines() or [""]
            if type(error).__module__ == "py4j.protocol" and "network" in type(error).__name__.lower():
                told = "Spark Error: Spark has ended, most likely out of memory"
            elif NO_ROOM.search(str(error)):
                told = "Spark Error: out of memory or disk: no space left"
            elif isinstance(error, AnalysisException | RuntimeError):
                told = f"Spark Error: {said}"
            elif isinstance(error, PySparkException):
                told = f"Spark Error: {error.getCondition() or type(error).__name__}"
            else:
                told = f"Spark Error: {type(error).__name__}"
            raise DbtRuntimeError(told) from None

    return run_discreetly
