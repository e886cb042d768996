"""
Tell what was published last: as-at date, age, rows, what was set aside, what was not loaded.

It reads the served generation only, checks its files first, and never shows a value of a child's data.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from csc_measures.contract.extracts import read_contract
from csc_measures.landing.finding import tell_unread
from csc_measures.night import guards, publish
from csc_measures.stop import ExitCode, Stop

OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
OLD_AFTER = timedelta(hours=36)


def status(warehouse: Path, console: Console) -> None:
    """Show the last published run; raises Stop: 60 when there is none, 70 when the warehouse is damaged."""
    warehouse = warehouse.absolute()
    publish.check_served(warehouse)
    runs = publish.published_runs(warehouse)
    if not runs:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Nothing has been published in this warehouse yet.",
            [str(warehouse)],
            "Set CSC_WAREHOUSE_DIR if it is another folder, or run: measures nightly",
        )
    with duckdb.connect(warehouse / publish.DATABASE, read_only=True) as connection:
        show_run(runs[-1], len(runs), console)
        show_marts(runs[-1], console)
        show_findings(connection, console)
        show_extracts(runs[-1], console)
        show_measures(connection, console)


def show_run(run: publish.Run, n_runs: int, console: Console) -> None:
    """Show when the run was, what date it describes and how old that is."""
    age = publish.utc_now() - run.finished_at
    days = (publish.utc_now().date() - run.as_at).days
    is_old = age > OLD_AFTER
    told = f"Published {run.finished_at:%Y-%m-%d %H:%M} UTC, {as_hours(age)} ago"
    console.print(f"Run {run.run_id}, the last of {n_runs} published", highlight=False)
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


def show_marts(run: publish.Run, console: Console) -> None:
    """Show the rows of each mart."""
    table = Table("mart", "rows", title="Marts", title_justify="left")
    table.columns[1].justify = "right"
    for mart, n_rows in json.loads(run.row_counts).items():
        table.add_row(mart, f"{n_rows:,}")
    console.print(table)


def show_findings(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Show what was set aside or flagged, by extract and rule; where each is stands in marts.data_quality."""
    findings = connection.execute(
        "select extract, rule, effect, any_value(meaning), count(*) from marts.data_quality group by all "
        "order by effect desc, extract, rule"
    ).fetchall()
    if not findings:
        console.print("Nothing was set aside or flagged.")
        return
    headings = ("extract", "rule", "what is wrong", "effect", "n")
    table = Table(*headings, title="Set aside and flagged", title_justify="left")
    table.columns[-1].justify = "right"
    for extract, rule, effect, meaning, n_findings in findings:
        table.add_row(extract, rule, meaning, effect.replace("_", " "), f"{n_findings:,}")
    console.print(table)


def show_extracts(run: publish.Run, console: Console) -> None:
    """Name the extracts of the contract that were not loaded, and the files that were not read."""
    absent = sorted(set(read_contract().extracts) - set(json.loads(run.extract_rows)))
    if absent:
        console.print(f"Extracts not loaded ({len(absent)}): {', '.join(absent)}", highlight=False)
    else:
        console.print("Every extract of the contract was loaded.")
    for line in tell_unread(json.loads(run.unread_files), absent):
        console.print(line, highlight=False, markup=False)


def show_measures(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Show what had no value for the last month: for want of an extract or of a column."""
    union = " union all ".join(
        f"select measure_number, statistic, value_status from marts.{outcome} "
        f"where period_type = 'month' and breakdown = 'all' "
        f"and period_end = (select max(period_end) from marts.{outcome})"
        for outcome in OUTCOMES
    )
    [(n_all, n_absent, n_measures, not_computable)] = connection.execute(
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
    console.print(
        f"Not loaded in the last month: {n_absent} of {n_all} statistics, of {n_measures} measures",
        highlight=False,
    )
    if not_computable:
        console.print(
            f"Not computable, since no extract of the contract holds it: {not_computable}", highlight=False
        )
