"""
Try one measure on the extracts that were landed last: build only what it needs, aside, and show it.

The definitions are read anew, so that a measure can be seen a moment after it was written; parameters have
the values that landed. What is published, and what was landed, stays as it is: all of it happens in `try/` of
the warehouse. dbt reads the project as the night does, so that what the night has parsed is not read again.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from csc_measures import memory
from csc_measures.definitions.agreement import landed_values
from csc_measures.definitions.explaining import measure_of
from csc_measures.definitions.feeds import slipped, slips_in_feeds
from csc_measures.definitions.parameters import Value, check_defaults, values_in_force
from csc_measures.definitions.register import REGISTER_FILES, Definitions, read_definitions, write_register
from csc_measures.night.building import common_arguments, how_failed, result_as_answer
from csc_measures.night.companion import environment_of
from csc_measures.night.editions import DATABASE, NUMBERS, attach
from csc_measures.night.generations import bring_history, served
from csc_measures.night.laid_out import as_text
from csc_measures.night.untold import tag_untold
from csc_measures.night.warehouse import check_folder
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

NO_COLUMN = re.compile(r'does not have a column named "(\w+)"|Referenced column "(\w+)" not found[^!]*!')
MONTHS_SHOWN = 3
DIFFERENCES_SHOWN = 10
CANDIDATES_SHOWN = 3
PARTS = ("service_area", "team")
BUILT = "building"
"""The folder in which the profile's target of the night builds."""
PARSED = "partial_parse.msgpack"
SAME_ROW = "measure_number, statistic, period_type, period_end, breakdown, breakdown_value"


def try_measure(number: int, warehouse: Path, console: Console) -> None:
    """
    Show what a measure gives: values, parts, cases, and where it differs from what is published.

    Raises Stop: 60 when nothing is landed, a definition is wrong, or no definition or no column has the
    number; 30 when its models do not build.
    """
    check_defaults()
    definitions = read_definitions()
    measure = measure_of(number, definitions)
    mart = measure.outcome.mart
    folder = prepare(warehouse.absolute(), definitions)
    values = values_in_force(definitions.parameters, landed_values(folder / "landed"))
    told = {(number, statistic["name"]) for statistic in measure.entry["statistics"]}
    build(mart, told, values, folder)
    console.print(f"{number}  {measure.entry['title']}", style="bold")
    generation = served(warehouse.absolute())
    with duckdb.connect(folder / BUILT / DATABASE, read_only=True) as connection:
        console.print(values_of(connection, number, mart))
        console.print(parts_of(connection, number, mart))
        console.print(cases_of(connection, number, mart))
        if generation:
            attach(connection, generation, NUMBERS, "read_only")
            for line in differences_of(connection, number, mart):
                console.print(line)
    console.print(f"Every row: {folder / BUILT / DATABASE}, marts.{mart} and marts.{mart}_evidence")


def prepare(warehouse: Path, definitions: Definitions) -> Path:
    """Make the folder of the trial: links to what was landed last, and the definitions as they stand now."""
    landed = (warehouse / "landed").resolve()
    if not (landed / "run.parquet").is_file():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "No extracts are landed in this warehouse.",
            [str(warehouse)],
            "Type: measures land, for those of CSC_LANDING_DIR, or: measures demo",
        )
    check_folder(warehouse)
    folder = warehouse / "try"
    for old in ("landed", BUILT):
        shutil.rmtree(folder / old, ignore_errors=True)
    for new in ("landed", BUILT, "target"):
        (folder / new).mkdir(parents=True, exist_ok=True)
    for file in landed.iterdir():
        if file.name not in REGISTER_FILES:
            (folder / "landed" / file.name).symlink_to(file)
    write_register(folder / "landed", definitions)
    bring_history(warehouse, folder / BUILT / DATABASE)
    if (parsed := warehouse / "target" / PARSED).is_file() and not (folder / "target" / PARSED).exists():
        shutil.copy(parsed, folder / "target")
    return folder


def build(mart: str, statistics: set[tuple[int, str]], values: Mapping[str, Value], folder: Path) -> None:
    """Build a mart and its evidence with nothing but what feeds these statistics."""
    memory.free_late()
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    environment = environment_of(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    common = common_arguments(values, folder / "target", folder / "logs")
    parsed = dbtRunner().invoke(["parse", *common])
    project = parsed.result
    if project is None:
        if isinstance(parsed.exception, Stop):
            raise parsed.exception
        said = str(parsed.exception).splitlines()
        raise Stop(ExitCode.CHECK_FAILED, "dbt cannot read the project.", said, "Mend what is named above.")
    if slips := slips_in_feeds(project):
        raise slipped(slips)
    without = tag_untold(project, folder / "landed", told=statistics)
    kinds = [word for kind in ("unit_test", "test", "exposure") for word in ("--exclude-resource-type", kind)]
    selected = ["--select", f"+{mart}", f"+{mart}_evidence"]
    outcome = dbtRunner(project).invoke(["build", *common, *kinds, *selected, *without])
    DuckDBConnectionManager.close_all_connections()  # while dbt has the database open, nobody else can
    if not outcome.success:
        results = [result_as_answer(result) for result in (outcome.result.results if outcome.result else [])]
        failed = [node for node in results if node["status"] == "error"]
        places = [f"{node['kind']} {node['name']}: {in_words(how_failed(node))}" for node in failed]
        next_step = f"Mend what is named above; dbt's log has the whole of it: {folder / 'logs' / 'dbt.log'}"
        raise Stop(ExitCode.CHECK_FAILED, "The measure does not build.", places, next_step)


def in_words(error: str) -> str:
    """Say of an error of the SQL what it means, where that is a name that there is not."""
    if not (missing := NO_COLUMN.search(error)):
        return error
    candidates = re.findall(r'"([^"]+)"', error[missing.end() :])[:CANDIDATES_SHOWN]
    hint = f"did you mean {', '.join(candidates)}?" if candidates else "see the columns of what it reads"
    return f"there is no column {missing[1] or missing[2]}; {hint}"


def values_of(connection: duckdb.DuckDBPyConnection, number: int, mart: str) -> Table:
    """Lay out value, numerator and denominator of each statistic and period, of `all`."""
    rows = connection.execute(
        f"""
        select statistic, unit, period_type, period_end, value_text, numerator, denominator, value_status
        from marts.{mart}
        where measure_number = ? and breakdown = 'all'
        qualify dense_rank() over (partition by period_type order by period_end desc)
            <= case period_type when 'month' then {MONTHS_SHOWN} else 1 end
        order by is_headline desc, statistic, period_type, period_end
        """,
        [number],
    ).fetchall()
    table = Table("statistic", "unit", "period", "to", "value", "numerator", "denominator", "status")
    for column in table.columns[4:7]:
        column.justify = "right"
    for statistic, unit, period_type, period_end, value, numerator, denominator, status in rows:
        counts = map(as_text, (numerator, denominator))
        table.add_row(statistic, unit, period_type, str(period_end), value, *counts, status)
    return table


def parts_of(connection: duckdb.DuckDBPyConnection, number: int, mart: str) -> Table:
    """Lay out the headline of the last month by service area and team, the parts without cases left out."""
    rows = connection.execute(
        f"""
        select statistic, breakdown, breakdown_label, value_text, numerator, denominator
        from marts.{mart}
        where measure_number = ? and is_headline and period_type = 'month' and breakdown in {PARTS}
            and period_end = (select max(period_end) from marts.{mart} where period_type = 'month')
            and coalesce(denominator, numerator) > 0
        order by breakdown, breakdown_order, breakdown_value
        """,
        [number],
    ).fetchall()
    table = Table("statistic", "part of the last month", "", "value", "numerator", "denominator")
    for column in table.columns[3:]:
        column.justify = "right"
    for statistic, breakdown, label, value, *counts in rows:
        table.add_row(statistic, breakdown.replace("_", " "), label, value, *map(as_text, counts))
    return table


def differences_of(connection: duckdb.DuckDBPyConnection, number: int, mart: str) -> Iterator[str]:
    """Yield what differs from the published numbers, which are attached: how many, and the first of them."""
    rows = connection.execute(
        f"""
        with tried as (from marts.{mart} where measure_number = $number),
        published as (from {NUMBERS.table(mart)} where measure_number = $number)

        select
            statistic, period_type, period_end, breakdown, breakdown_value,
            published.value, tried.value, published.numerator, published.denominator, tried.numerator,
            tried.denominator
        from published
        full join tried using ({SAME_ROW})
        where (published.value, published.numerator, published.denominator, published.value_status)
            is distinct from (tried.value, tried.numerator, tried.denominator, tried.value_status)
        order by breakdown <> 'all', period_end desc, statistic, period_type, breakdown, breakdown_value
        """,
        {"number": number},
    ).fetchall()
    [(n_published,)] = connection.execute(
        f"select count(*) from {NUMBERS.table(mart)} where measure_number = ?", [number]
    ).fetchall()
    if not n_published:
        yield "Nothing of it is published yet."
    elif not rows:
        yield f"The same as what is published, in all of {n_published:,} numbers."
    else:
        yield f"Other than what is published, of {n_published:,} numbers: {len(rows):,}"
        for statistic, period, to, breakdown, part, then, now, *counted in rows[:DIFFERENCES_SHOWN]:
            place = f"{statistic}, {period} to {to}" + (f", {breakdown} {part}" if breakdown != "all" else "")
            n_then, of_then, n_now, of_now = (as_text(each) or "-" for each in counted)
            was, is_now = (as_text(value) or "none" for value in (then, now))
            yield f"  {place}: {was} ({n_then}/{of_then}), now {is_now} ({n_now}/{of_now})"


def cases_of(connection: duckdb.DuckDBPyConnection, number: int, mart: str) -> Table:
    """Lay out, for the last month, how many cases are in, and why the others are out."""
    rows = connection.execute(
        f"""
        select
            statistic,
            coalesce(exclusion_reason, missing_evidence, case when in_numerator then 'counts' end, 'fails'),
            count(*)
        from marts.{mart}_evidence
        where measure_number = ? and period_type = 'month'
            and period_end = (select max(period_end) from marts.{mart} where period_type = 'month')
        group by all
        order by all
        """,
        [number],
    ).fetchall()
    table = Table("statistic", "cases of the last month", "n")
    table.columns[2].justify = "right"
    for statistic, which, n_cases in rows:
        table.add_row(statistic, which, f"{n_cases:,}")
    return table
