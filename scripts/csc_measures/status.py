"""
Tell what was published last: as-at date, age, rows, what was set aside, what was not loaded.

It reads the served generation only, checks its files first, and never shows a value of a child's data.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from csc_measures.contract.extracts import read_contract
from csc_measures.landing.finding import tell_unread
from csc_measures.night import disk, editions, generations, guards, ledger, standing
from csc_measures.stop import ExitCode, Stop

OLD_AFTER = timedelta(hours=36)
JSON_COLUMNS = ("input_fingerprints", "extract_rows", "row_counts", "unread_files", "accepted", "parameters")


def status(warehouse: Path, console: Console, *, as_json: bool = False) -> None:
    """
    Show the served run.

    Raises Stop: 60 when there is none, or another version of this project published it otherwise, 70 when
    the warehouse is damaged.
    """
    warehouse = warehouse.absolute()
    run, runs = served(warehouse)
    try:
        with generations.reading(warehouse) as connection:
            show(run, runs, connection, console, as_json=as_json)
    except (duckdb.BinderException, duckdb.CatalogException):  # a table or column that it does not have
        raise generations.of_another_version(warehouse) from None


def status_of_region(warehouse: Path, console: Console, *, as_json: bool = False) -> None:
    """
    Show what a region serves of each of its authorities, and how the last night of each has ended.

    Raises Stop: 60 when nothing is served, 70 when the warehouse is damaged.
    """
    warehouse = warehouse.absolute()
    generation = generations.what_is_served(warehouse)
    every = standing.authorities_in(generation)
    latest = [line for line in ledger.read(warehouse) if line["command"] != "restore"][-1:]
    if as_json:
        told = {
            "run_id": generation.name,
            "latest_run_id": latest[0]["run_id"] if latest else None,
            "authorities": [asdict(each) for each in every],
        }
        console.print(json.dumps(told, default=str, indent=2, sort_keys=True), soft_wrap=True)
        return
    console.print(f"Run {generation.name} of the region serves {len(every)} authorities", highlight=False)
    for line in latest:
        if line["run_id"] != generation.name:
            ended = "without a word" if line["exit_code"] is None else f"with {line['exit_code']}"
            later = f"The last run, {line['run_id']}, ended {ended}; what is served is of an earlier one"
            console.print(later, style="bold red", highlight=False)
    for each in every:
        standing.tell(each, console)
    console.print("More of one: measures status --authority CODE")


def check_ages(warehouse: Path, oldest: timedelta) -> None:
    """Stop with 80 when what a region serves of an authority was published longer ago than `oldest`."""
    every = standing.authorities_in(generations.what_is_served(warehouse.absolute()))
    old = [
        f"{each.authority} {each.name}: {standing.words_of(each)}"
        for each in every
        if each.finished_at is None or disk.utc_now() - each.finished_at > oldest
    ]
    if old:
        raise Stop(
            ExitCode.TOO_OLD,
            f"What is served of {len(old)} of {len(every)} authorities is older than {as_hours(oldest)}.",
            old,
            "See how the nights of one have ended: measures runs --authority CODE",
        )


def show(
    run: generations.Run,
    runs: list[generations.Run],
    connection: duckdb.DuckDBPyConnection,
    console: Console,
    *,
    as_json: bool,
) -> None:
    """Show the served run, for people or for a program."""
    if as_json:
        told = json.dumps(as_object(run, runs, connection), default=str, indent=2, sort_keys=True)
        console.print(told, soft_wrap=True)
        return
    show_run(run, runs, console)
    show_marts(run, console)
    show_findings(connection, console)
    show_extracts(run, console)
    show_measures(connection, console)


def served(warehouse: Path) -> tuple[generations.Run, list[generations.Run]]:
    """Return the served run and all published ones; raises Stop as `status` does."""
    generations.check_served(warehouse)
    runs = generations.published_runs(warehouse)
    run = generations.served_run(warehouse, runs)
    if run is None:
        raise generations.nothing_published(warehouse)
    return run, runs


def as_age(text: str) -> timedelta:
    """Read a span of hours written `36h` or `36`; raises Stop (60) for anything else."""
    if not (hours := re.fullmatch(r"(\d{1,5})h?", text)):
        example = "Type for example: measures status --max-age 36h"
        raise Stop(ExitCode.WRONG_SETTINGS, "--max-age is not a number of hours.", next_step=example)
    return timedelta(hours=int(hours[1]))


def check_age(warehouse: Path, oldest: timedelta) -> None:
    """Stop with 80 when what is served was published longer ago than `oldest`."""
    run, _ = served(warehouse.absolute())
    if age_of(run) > oldest:
        raise Stop(
            ExitCode.TOO_OLD,
            f"What is served was published {as_hours(age_of(run))} ago, more than {as_hours(oldest)}.",
            [f"run {run.run_id}"],
            "See how the runs since have ended: measures runs",
        )


def age_of(run: generations.Run) -> timedelta:
    """Return how long ago a run was published."""
    return disk.utc_now() - run.finished_at


def as_object(
    run: generations.Run, runs: list[generations.Run], connection: duckdb.DuckDBPyConnection
) -> dict:
    """Return what is shown as one object, for a program."""
    texts = {name: value for name, value in asdict(run).items() if name not in JSON_COLUMNS}
    n_all, n_absent, n_measures, not_computable = without_value(connection)
    return {
        **texts,
        **{name: json.loads(getattr(run, name)) for name in JSON_COLUMNS},
        "n_runs": len(runs),
        "latest_run_id": runs[-1].run_id,
        "age_hours": round(age_of(run).total_seconds() / 3600, 2),
        "findings": [
            dict(zip(("extract", "rule", "effect", "n"), (e, r, f, n), strict=True))
            for e, r, f, _, n in findings_of(connection)
        ],
        "extracts_not_loaded": absent_extracts(run),
        "statistics": n_all,
        "statistics_not_loaded": n_absent,
        "measures_not_loaded": n_measures,
        "not_computable": not_computable.split(", ") if not_computable else [],
    }


def show_run(run: generations.Run, runs: list[generations.Run], console: Console) -> None:
    """Show when the run was, what date it describes and how old that is."""
    age = age_of(run)
    days = (disk.utc_now().date() - run.as_at).days
    is_old = age > OLD_AFTER
    told = f"Published {run.finished_at:%Y-%m-%d %H:%M} UTC, {as_hours(age)} ago"
    if run == runs[-1]:
        console.print(f"Run {run.run_id}, the last of {len(runs)} published", highlight=False)
    else:
        later = f"An earlier run was put back: {run.run_id}; the last published is {runs[-1].run_id}"
        console.print(later, style="bold red", highlight=False)
    console.print(f"As at {run.as_at}, {days:,} days ago; authority {run.authority}; {run.months} months")
    console.print(f"{told}  older than a night" if is_old else told, style="bold red" if is_old else None)
    console.print(f"Definitions {run.definition_version}", highlight=False)
    for line in guards.tell(guards.Accepted(**each) for each in json.loads(run.accepted)):
        console.print(line, style="bold red", highlight=False, markup=False)


def as_hours(age: timedelta) -> str:
    """Say a span of time in the unit that suits it: minutes, hours or days."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 60 * 48 else f"{minutes // 60 // 24} days"


def show_marts(run: generations.Run, console: Console) -> None:
    """Show the rows of each mart."""
    table = Table("mart", "rows", title="Marts", title_justify="left")
    table.columns[1].justify = "right"
    for mart, n_rows in json.loads(run.row_counts).items():
        table.add_row(mart, f"{n_rows:,}")
    console.print(table)


def show_findings(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Show what was set aside or flagged, by extract and rule; where each is stands in marts.data_quality."""
    findings = findings_of(connection)
    if not findings:
        console.print("Nothing was set aside or flagged.")
        return
    headings = ("extract", "rule", "what is wrong", "effect", "n")
    table = Table(*headings, title="Set aside and flagged", title_justify="left")
    table.columns[-1].justify = "right"
    for extract, rule, effect, meaning, n_findings in findings:
        table.add_row(extract, rule, meaning, effect.replace("_", " "), f"{n_findings:,}")
    console.print(table)


def findings_of(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Count what was set aside or flagged: extract, rule, effect, meaning and number."""
    return connection.execute(
        "select extract, rule, effect, any_value(meaning), sum(n_findings) "
        "from marts.data_quality group by all order by effect desc, extract, rule"
    ).fetchall()


def absent_extracts(run: generations.Run) -> list[str]:
    """Name the extracts of the contract that were not loaded."""
    return sorted(set(read_contract().extracts) - set(json.loads(run.extract_rows)))


def show_extracts(run: generations.Run, console: Console) -> None:
    """Name the extracts of the contract that were not loaded, and the files that were not read."""
    absent = absent_extracts(run)
    if absent:
        console.print(f"Extracts not loaded ({len(absent)}): {', '.join(absent)}", highlight=False)
    else:
        console.print("Every extract of the contract was loaded.")
    for line in tell_unread(json.loads(run.unread_files), absent):
        console.print(line, highlight=False, markup=False)


def without_value(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int, str | None]:
    """
    Count what had no value for the last month.

    Returns how many statistics there are, how many of them and of how many measures were not loaded, and
    the names of those that cannot be computed.
    """
    union = " union all ".join(
        f"select measure_number, statistic, value_status from marts.{outcome} "
        f"where period_type = 'month' and breakdown = 'all' "
        f"and period_end = (select max(period_end) from marts.{outcome})"
        for outcome in editions.OUTCOMES
    )
    [counted] = connection.execute(
        f"""
        select
            count(*),
            count(*) filter (where value_status = 'not_loaded'),
            count(distinct measure_number) filter (where value_status = 'not_loaded'),
            string_agg(measure_number || ' ' || statistic, ', ' order by measure_number, statistic)
                filter (where value_status = 'not_computable')
        from ({union})
        """
    ).fetchall()
    return counted


def show_measures(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Show what had no value for the last month: for want of an extract or of a column."""
    n_all, n_absent, n_measures, not_computable = without_value(connection)
    console.print(
        f"Not loaded in the last month: {n_absent} of {n_all} statistics, of {n_measures} measures",
        highlight=False,
    )
    if not_computable:
        console.print(
            f"Not computable, since no extract of the contract holds it: {not_computable}", highlight=False
        )
