"""
Hold what Spark builds against what DuckDB builds, cell by cell: `python -m tests.spark return small later`.

Each council gets a night with either engine, on the same extracts, and every mart and snapshot that the two
publish, but what goes on from night to night, must be the same: row for row, every text, date, whole number
and truth value; floating numbers may differ in their last digits (`LAST_DIGITS`). `later` is a small council
after a night of DuckDB four weeks before, on extracts that were untidy then: snapshots go on. A folder
in place of a name is an SSDA903 return as the Department takes it, of which `--as-at` says the day. `tiny` is
what CI can wait for. With `--cluster` Spark's nights build on a master and two workers on this machine.
`truth` in place of a council runs the truth tables, the tests of the SQL on rows of their own, on Spark. Ends
with 1 when anything differs. `--record` puts what came of each into `tests/spark.txt`, in place of what was
said of it there.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from csc_measures.contract.rules import CONCERNS
from csc_measures.demo import write_council
from csc_measures.night import building, editions, generations, spark
from csc_measures.night.tables import tables_of
from csc_measures.project import PROJECT
from csc_measures.sql import pattern, quoted
from csc_measures.stop import ExitCode

sys.path.append(str(PROJECT / "tests"))  # where pytest finds them, too
from conftest import (
    COUNCIL_AS_AT,
    COUNCIL_CHILDREN,
    COUNCIL_MONTHS,
    OF_THE_NIGHT,
    RETURN_AS_AT,
    RETURN_MONTHS,
    UNTIDY_CHILDREN,
    UNTIDY_MONTHS,
    UNTIDY_SEED,
    Place,
    misplace_names,
    run_measures,
)
from invented_return import write_invented_return
from recomputation.perturb import perturb
from spark_cluster import cluster

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult

REPORT = Path(__file__).with_name("spark.txt")
LAST_DIGITS = 1e-9
"""How far two numbers may be from each other, as a share of 1 and the number."""
MONTHS = 36
TINY_CHILDREN, TINY_MONTHS = 500, 2
BEFORE = timedelta(weeks=4)
ENGINES = ("duckdb", "spark")
ENDED_WELL = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


def main() -> int:
    """Hold the councils that were asked for; return 1 when one differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.spark", description=__doc__)
    parser.add_argument(
        "councils", nargs="+", help="truth, tiny, return, small, later, untidy, demo, mess, or a folder"
    )
    parser.add_argument("--as-at", type=date.fromisoformat, default=date(2018, 4, 14), help="of a folder")
    parser.add_argument("--cluster", action="store_true", help="Spark on a master and two workers")
    parser.add_argument("--record", action="store_true", help="put what came of it into the report")
    asked = parser.parse_args()
    spark.check_installed()
    os.umask(0o077)
    differ = False
    for council in asked.councils:
        with tempfile.TemporaryDirectory() as name:
            if council == "truth":
                what, times, lines, differs = hold_truth_tables(Path(name))
            else:
                what, times, lines, differs = hold_council(council, Path(name), asked.as_at, asked.cluster)
        told = "\n".join([f"{what}: {times}", *(f"    {each}" for each in lines)])
        print(told, flush=True)
        if asked.record:
            record(what, told)
        differ |= differs
    return int(differ)


def hold_council(
    council: str, folder: Path, as_at: date, on_cluster: bool
) -> tuple[str, str, list[str], bool]:
    """
    Do a council's night with either engine, in a folder, and compare what they publish.

    Returns what was held, the times that it took, what came of it in lines, and whether anything differs.
    """
    as_at, months = write_extracts(council, folder, as_at)
    if council == "later":
        do_night_before(folder, as_at, months)
    by_duckdb = do_night("duckdb", folder, as_at, months)
    with cluster(folder / "cluster") if on_cluster else nullcontext({}) as needed:
        by_spark = do_night("spark", folder, as_at, months, needed)
    lines, differs = compared(*(generations.served(folder / engine) for engine in ENGINES))
    what = f"{Path(council).name}{' on a cluster' if on_cluster else ''}, {months} months"
    times = f"{by_duckdb:.0f} s of processor time with DuckDB, {by_spark:.0f} s with Spark"
    return what, times, lines, differs


def hold_truth_tables(folder: Path) -> tuple[str, str, list[str], bool]:
    """
    Run the truth tables in a session of Spark in this process, with models built in a folder of no rows.

    Returns what `hold_council` returns. What a table that fails has found is printed: its rows are invented.
    """
    before = seconds_taken()
    place = Place(folder / "landing", folder / "warehouse", COUNCIL_AS_AT, TINY_MONTHS)
    write_council(place.landing, children=TINY_CHILDREN, as_at=place.as_at)
    landed = run_measures("land", environment=place.environment)
    if landed.returncode not in ENDED_WELL:
        raise SystemExit(landed.stdout + landed.stderr)
    workplace = spark.Workplace(folder / "spark", "local[2]")
    spark.open_session(workplace)
    spark.show_landed(place.warehouse / "landed", workplace.before)
    arguments = building.common_arguments({}, folder / "target", folder / "logs", workplace)
    left_out = ("test", "unit_test", "exposure")
    excluded = [word for kind in left_out for word in ("--exclude-resource-type", kind)]
    built = run_dbt("build", "--empty", *excluded, *arguments)
    tested = run_dbt("test", "--select", "test_type:unit", *arguments)
    spark.close_session()
    tables = [result for result in tested if result.node.resource_type == "unit_test"]
    failed = [result for result in (*built, *tested) if result.status not in ("success", "pass")]
    for result in failed:
        print(f"{result.node.name}: {result.message}", flush=True)
    lines = [f"{result.node.name}: {result.status}" for result in failed]
    n_passed = sum(result.status == "pass" for result in tables)
    lines.append(f"{n_passed} of {len(tables)} pass")
    times = f"{seconds_taken() - before:.0f} s of processor time with Spark"
    return "truth tables", times, lines, bool(failed) or not tables


def run_dbt(*arguments: str) -> list[NodeResult]:
    """Run dbt in this process; return what came of each node."""
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke([*arguments])
    if outcome.exception:
        raise outcome.exception
    return list(outcome.result.results)


def seconds_taken() -> float:
    """Return the seconds of processor time of this process and of those that it has seen end."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def record(what: str, told: str) -> None:
    """Put what came of a council into the report, in place of what was said of it there."""
    _, *others = REPORT.read_text(encoding="utf-8").strip().split("\n\n")
    kept = [other for other in others if not other.startswith(f"{what}:")]
    REPORT.write_text("\n\n".join([heading(), *kept, told]) + "\n", encoding="utf-8")


def heading() -> str:
    """Say what was run on what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("duckdb", "pyspark", "dbt-spark"))
    return (
        f"What Spark builds against what DuckDB builds: python -m tests.spark\n"
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GiB of memory, "
        f"Python {platform.python_version()}, {versions}"
    )


def write_extracts(council: str, folder: Path, as_at: date) -> tuple[date, int]:
    """Write the extracts of a council into `landing`; return the date they describe, and the months told."""
    landing = folder / "landing"
    if council == "tiny":
        write_council(landing, children=TINY_CHILDREN, as_at=COUNCIL_AS_AT)
        return COUNCIL_AS_AT, TINY_MONTHS
    if council == "small":
        write_council(landing, children=COUNCIL_CHILDREN, as_at=COUNCIL_AS_AT)
        return COUNCIL_AS_AT, COUNCIL_MONTHS
    if council == "later":
        write_council(landing, children=UNTIDY_CHILDREN, as_at=COUNCIL_AS_AT)
        return COUNCIL_AS_AT, UNTIDY_MONTHS
    if council == "untidy":
        write_council(folder / "tidy", children=UNTIDY_CHILDREN, as_at=COUNCIL_AS_AT)
        perturb(folder / "tidy", landing, UNTIDY_SEED, "strong")
        misplace_names(landing)
        return COUNCIL_AS_AT, UNTIDY_MONTHS
    if council in ("demo", "mess"):
        write_council(landing, as_at=COUNCIL_AS_AT, mess=council == "mess")
        return COUNCIL_AS_AT, MONTHS
    is_invented = council == "return"
    given = write_invented_return(folder / f"{RETURN_AS_AT.year}") if is_invented else Path(council)
    imported = run_measures("import", "ssda903", given, "--to", landing)
    if imported.returncode not in ENDED_WELL:
        raise SystemExit(imported.stdout + imported.stderr)
    return (RETURN_AS_AT, RETURN_MONTHS) if is_invented else (as_at, MONTHS)


def do_night_before(folder: Path, as_at: date, months: int) -> None:
    """Do a night of DuckDB on untidy extracts, some weeks before, in the warehouses of both engines."""
    now, then = folder / "landing", folder / "tidy"
    now.rename(then)
    perturb(then, now, UNTIDY_SEED, "strong")
    do_night("duckdb", folder, as_at - BEFORE, months)
    shutil.rmtree(now)
    then.rename(now)
    shutil.copytree(folder / "duckdb", folder / "spark", symlinks=True)


def do_night(
    engine: str, folder: Path, as_at: date, months: int, needed: Mapping[str, str] | None = None
) -> float:
    """
    Do a night with an engine, in a warehouse of its name; return the seconds of processor time.

    `needed` is added to its environment. What the workers of a cluster take is not among the seconds.
    """
    before = seconds_taken()
    place = Place(folder / "landing", folder / engine, as_at, months)
    accepted = [word for rule in CONCERNS for word in ("--accept", rule, "--because", "they are invented")]
    environment = {**place.environment, **(needed or {})}
    result = run_measures("nightly", "--engine", engine, *accepted, environment=environment)
    if result.returncode not in ENDED_WELL:
        raise SystemExit(result.stdout + result.stderr)
    return seconds_taken() - before


def compared(built: Path | None, by_spark: Path | None) -> tuple[list[str], bool]:
    """Compare two generations; return a line for each table that differs and one for all, and whether any."""
    if not built or not by_spark:
        return ["one of the engines has published nothing"], True
    lines, n_tables, n_rows, n_close, where, differs = [], 0, 0, 0, [], False
    with duckdb.connect() as connection:
        for catalog, generation in (("one", built), ("other", by_spark)):
            connection.execute(f"create schema {catalog}")
            for edition in editions.EDITIONS:
                name = f"{catalog}_{edition.catalog}"
                connection.execute(f"attach '{quoted(generation / edition.database)}' as {name} (read_only)")
                for mart in tables_of(connection, name, "marts"):
                    if mart not in OF_THE_NIGHT:
                        connection.execute(f"create view {catalog}.{mart} as from {name}.marts.{mart}")
            for file in (generation / editions.HISTORY).glob("*.parquet"):
                parquet = quoted(pattern(file))
                connection.execute(f"create view {catalog}.{file.stem} as from read_parquet('{parquet}')")
        tables = [tables_of(connection, "memory", catalog) for catalog in ("one", "other")]
        if tables[0] != tables[1]:
            return [f"not of one set of tables: {sorted({*tables[0]} ^ {*tables[1]})}"], True
        for table in tables[0]:
            n, apart, close, numbers = differences(connection, table)
            n_tables, n_rows, n_close = n_tables + 1, n_rows + n, n_close + close
            where += [f"{table}.{number}" for number in numbers]
            if apart:
                differs = True
                lines.append(f"{table}: {apart}")
    equal = f"{n_tables} tables, {n_rows:,} rows; {n_close:,} rows differ in the last digits of a number"
    equal += f": {', '.join(where)}" if where else ""
    return [*lines, equal if differs else f"the same: {equal}"], differs


def differences(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, str, int, list[str]]:
    """
    Compare a table.

    Returns its rows, what is different, if anything, and the rows and columns of which but last digits are.
    """
    kinds = [connection.execute(f"describe {side}.{table}").fetchall() for side in ("one", "other")]
    columns = [[(name, kind) for name, kind, *_ in side] for side in kinds]
    [(n_rows,)] = connection.execute(f"select count(*) from one.{table}").fetchall()
    if columns[0] != columns[1]:
        return n_rows, f"columns or types: {sorted({*columns[0]} ^ {*columns[1]})}", 0, []
    numbers = [name for name, kind in columns[0] if kind == "DOUBLE"]
    key = ", ".join(f'"{name}"' for name, kind in columns[0] if kind != "DOUBLE")
    by_number = f"order by {', '.join(numbers)}" if numbers else ""
    for side, other in (("one", "other"), ("other", "one")):
        connection.execute(
            f"create or replace temp table only_{side} as select *, row_number() over (partition by {key} "
            f"{by_number}) as place from (from {side}.{table} except all from {other}.{table})"
        )
    close = " and ".join(
        f"coalesce(abs(a.{name} - b.{name}) <= {LAST_DIGITS} * (1 + abs(a.{name})), "
        f"a.{name} is null and b.{name} is null)"
        for name in numbers
    )
    same = " and ".join(
        f'a."{name}" is not distinct from b."{name}"' for name in [*key_names(columns[0]), "place"]
    )
    [(n_one,)] = connection.execute("select count(*) from only_one").fetchall()
    [(n_other,)] = connection.execute("select count(*) from only_other").fetchall()
    by_column = "".join(f", count(*) filter (a.{name} is distinct from b.{name})" for name in numbers)
    [(n_close, *n_by_column)] = connection.execute(
        f"select count(*){by_column} from only_one as a join only_other as b on {same} and {close or 'true'}"
    ).fetchall()
    only_close = [name for name, n in zip(numbers, n_by_column, strict=True) if n]
    apart = max(n_one, n_other) - n_close
    if not apart:
        return n_rows, "", n_close, only_close
    words = f"{n_one - n_close:,} rows of DuckDB and {n_other - n_close:,} of Spark have no like in the other"
    return (
        n_rows,
        f"{words}; {', '.join(columns_apart(connection, table, columns[0])) or 'a number'}",
        n_close,
        only_close,
    )


def key_names(columns: list[tuple[str, str]]) -> list[str]:
    """Return the names of the columns that are no numbers with decimals."""
    return [name for name, kind in columns if kind != "DOUBLE"]


def columns_apart(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]
) -> list[str]:
    """Return the columns whose values are not the same, whatever their order."""
    return [
        name
        for name, kind in columns
        if kind != "DOUBLE"
        and connection.execute(
            f'select 1 from (select "{name}" from one.{table} except all select "{name}" from other.{table})'
        ).fetchone()
    ]


if __name__ == "__main__":
    sys.exit(main())
