"""
Read from the marts what the pages show: every number as it is, for its place in a drawing, and in words.

Scorecard, measure tables and signals have their words in columns; those of other marts are asked for with the
macros that wrote them (`csc_measures.words`), so that a page and its sentence never differ. A row is a
dictionary of the columns of its query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from csc_measures import words
from csc_measures.sql import quoted

Row = dict[str, Any]

OUTCOMES = ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
LATEST_RUNS = 6  # of which findings are shown side by side
FIRST_FURTHER = 201  # measures from here on are beside the list of 120
# The parts that a page shows, in its order, and what they are called there.
PARTS = {
    "service_area": "Service area",
    "team": "Team",
    "age_band": "Age",
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "disability": "Disability",
    "locality": "Locality",
}


def open_marts(database: Path) -> duckdb.DuckDBPyConnection:
    """Open a database of marts read-only, with the macros that put numbers into words."""
    connection = duckdb.connect(str(database), read_only=True)
    words.teach(connection)
    return connection


def ask(connection: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[Row]:
    """Return the rows of a query."""
    asked = connection.execute(sql, list(parameters))
    names = [name for name, *_ in asked.description or ()]
    return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def has(connection: duckdb.DuckDBPyConnection, mart: str, column: str = "") -> bool:
    """Say whether a mart is there, with a column of that name when one is named."""
    [(n_columns,)] = connection.execute(
        "select count(*) from duckdb_columns() "
        "where schema_name = 'marts' and table_name = ? and (? = '' or column_name = ?)",
        [mart, column, column],
    ).fetchall()
    return n_columns > 0


def numbers(columns: str, condition: str) -> str:
    """Return a query over the four measure tables."""
    return " union all ".join(
        f"select {columns}, '{mart}' as mart from marts.{mart} where {condition}" for mart in OUTCOMES
    )


def by_measure(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Sort rows by their measure, in the order that they have."""
    sorted_rows: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        sorted_rows[row["measure_number"]].append(row)
    return sorted_rows


def run(connection: duckdb.DuckDBPyConnection) -> Row:
    """Return the run that made the marts, and the last month that they report; a release tells of no run."""
    if has(connection, "runs"):
        made_by = "select * from marts.runs qualify row_number() over (order by run_id desc) = 1"
    else:
        made_by = (
            "select *, null::varchar as run_id, null::varchar as definition_version, "
            "null::varchar as code_version from marts.release"
        )
    [row] = ask(
        connection,
        f"""
        with last as (select max(period_end) as period_end from marts.scorecard where period_type = 'month'),

        runs as ({made_by})

        select
            last.period_end,
            last_day(last.period_end - interval 1 month - interval 5 day) as month_before,
            month_in_words(last.period_end) as month,
            strftime(last.period_end, '%Y-%m') as month_id,
            runs.run_id,
            day_in_words(runs.as_at) as as_at,
            day_in_words(cast(runs.finished_at as date)) as built_on,
            runs.definition_version[:12] as definition_version,
            runs.code_version[:12] as code_version
        from last cross join runs
        """,
    )
    return row


def register(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Row]]:
    """Return the statistics of each measure, its headline first, with all that its definition says."""
    return by_measure(
        ask(
            connection,
            "select *, day_in_words(council_agreed_on) as council_said, "
            "day_in_words(organisation_agreed_on) as organisation_said "
            "from marts.measures order by measure_number, not is_headline, statistic_order",
        )
    )


def headlines(connection: duckdb.DuckDBPyConnection, period_end: object) -> list[Row]:
    """Return each headline for each type of period to one end: the whole, in the order of the list."""
    set_aside = "n_set_aside" if has(connection, "scorecard", "n_set_aside") else "0"
    return ask(
        connection,
        f"""
        select
            scorecard.*,
            measures.mart,
            measures.objectives,
            measures.good,
            measures.kind,
            measures.not_computable_reason,
            coalesce({set_aside}, 0) as set_aside
        from marts.scorecard
        inner join marts.measures using (measure_number, statistic)
        where period_end = ? and service_area = 'all'
        order by measure_number, case period_type when 'month' then 1 when 'ytd' then 2 else 3 end
        """,
        period_end,
    )


def months(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Row]]:
    """Return the months of each headline, the whole: value, interval, expected limits, signal and target."""
    return by_measure(
        ask(
            connection,
            """
            select
                scorecard.measure_number,
                scorecard.period_end,
                scorecard.value,
                scorecard.value_status,
                scorecard.target,
                scorecard.target_basis,
                signals.signal,
                signals.direction_of_travel,
                signals.expected_mean,
                signals.lower_limit,
                signals.upper_limit,
                month_in_words(scorecard.period_end) as month,
                strftime(scorecard.period_end, '%b %y') as short_month,
                value_text,
                value_status_text,
                cases_text,
                interval_text,
                signals.expected_mean_text,
                signals.lower_limit_text,
                signals.upper_limit_text,
                target_text
            from marts.scorecard
            left join marts.signals
                on scorecard.measure_number = signals.measure_number
                and scorecard.statistic = signals.statistic
                and scorecard.period_end = signals.period_end
                and signals.breakdown = 'all'
            where period_type = 'month' and service_area = 'all'
            order by scorecard.measure_number, scorecard.period_end
            """,
        )
    )


def worse_teams(connection: duckdb.DuckDBPyConnection, period_end: object) -> dict[int, list[str]]:
    """Return of each headline the teams that got worse by more than chance explains, in order of name."""
    rows = ask(
        connection,
        """
        select measure_number, list(breakdown_label order by breakdown_label) as teams
        from marts.signals
        inner join marts.measures using (measure_number, statistic)
        where is_headline and breakdown = 'team' and direction_of_travel = 'worse' and period_end = ?
        group by measure_number
        """,
        period_end,
    )
    return {row["measure_number"]: row["teams"] for row in rows}


def parts(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Row]]:
    """
    Return the parts of each headline in the last period that has any, a month where months have them.

    Those of one breakdown stand together, with their signals.
    """
    columns = (
        "measure_number, statistic, unit, decimals, period_end, breakdown, breakdown_value, breakdown_label, "
        "breakdown_order, numerator, denominator, value, value_status, target, rag, value_text, cases_text"
    )
    where = "is_headline and breakdown <> 'all' and period_type = $1 and period_end = cast($2 as date)"
    with_parts = numbers("period_type, period_end", "is_headline and breakdown <> 'all'")
    last = ask(
        connection,
        f"select period_type, cast(max(period_end) as varchar) as period_end from ({with_parts}) "
        "group by period_type order by period_type",
    )
    if not last:
        return {}
    rows = ask(
        connection,
        f"""
        select
            parts.*,
            case $1 when 'month' then month_in_words(parts.period_end)
                else 'The 12 months to ' || month_in_words(parts.period_end)
            end as period,
            signals.direction_of_travel,
            signals.signal
        from ({numbers(columns, where)}) as parts
        left join marts.signals
            on parts.measure_number = signals.measure_number
            and parts.statistic = signals.statistic
            and parts.period_end = signals.period_end
            and parts.breakdown = signals.breakdown
            and parts.breakdown_value = signals.breakdown_value
            and $1 = 'month'
        order by
            parts.measure_number,
            parts.breakdown,
            breakdown_order,
            parts.breakdown_label,
            parts.breakdown_value
        """,
        last[0]["period_type"],
        last[0]["period_end"],
    )
    return by_measure(row for row in rows if row["breakdown"] in PARTS)


def statistics(connection: duckdb.DuckDBPyConnection, period_end: object) -> dict[int, list[Row]]:
    """Return every statistic of each measure in a month, the whole, and the cases left out of it."""
    columns = (
        "measure_number, statistic, unit, decimals, is_headline, numerator, denominator, value, "
        "value_status, n_unknown, n_missing_evidence, n_excluded, value_text, value_status_text, cases_text"
    )
    where = "period_type = 'month' and period_end = $1 and breakdown = 'all'"
    return by_measure(
        ask(
            connection,
            f"""
            select
                found.*,
                measures.meaning,
                measures.not_computable_reason,
                shown(n_unknown, 0) as unknown_text,
                shown(n_missing_evidence, 0) as missing_text,
                shown(n_excluded, 0) as excluded_text
            from ({numbers(columns, where)}) as found
            inner join marts.measures using (measure_number, statistic)
            order by measure_number, not found.is_headline, measures.statistic_order
            """,
            period_end,
        )
    )


def comparators(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Row]]:
    """Return the published figures of each headline: one row per area, its years from the latest back."""
    rows = ask(
        connection,
        """
        select
            comparators.measure_number,
            area_name,
            year_ending,
            year_label,
            coalesce(valued(value, comparators.unit, decimals), symbol) as value_text,
            comparability,
            comparators.note
        from marts.comparators
        inner join marts.measures using (measure_number, statistic)
        where is_headline
        order by
            comparators.measure_number,
            case area when 'council' then 1 when 'England' then 2 when 'region' then 3 else 4 end,
            area_name,
            year_ending
        """,
    )
    return by_measure(rows)


def parts_of(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the parts of one measure by the title of their breakdown, in the order of the page."""
    return {
        title: of_breakdown
        for name, title in PARTS.items()
        if (of_breakdown := [row for row in rows if row["breakdown"] == name])
    }


def changed(connection: duckdb.DuckDBPyConnection, period_end: object, before: object) -> list[Row]:
    """Return the headlines of which something is said otherwise than a month before, the whole of each."""
    said = "rag", "direction_of_travel", "will_it_hit", "value_status"
    differ = " or ".join(f"now.{name} is distinct from before.{name}" for name in said)
    return ask(
        connection,
        f"""
        select
            now.measure_number,
            now.title,
            coalesce(before.value_text, before.value_status_text) as value_before,
            coalesce(now.value_text, now.value_status_text) as value_now,
            case when before.rag is not null then before.against_target end as against_before,
            case when now.rag is not null then now.against_target end as against_now,
            {", ".join(f"before.{name} as {name}_before, now.{name} as {name}_now" for name in said)},
            now.sentence
        from marts.scorecard as now
        inner join marts.scorecard as before
            on now.measure_number = before.measure_number
            and now.period_type = before.period_type
            and now.service_area = before.service_area
        where
            now.period_end = ? and before.period_end = ?
            and now.period_type = 'month' and now.service_area = 'all'
            and ({differ})
        order by now.measure_number
        """,
        period_end,
        before,
    )


def restatements(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return what of the headlines was said otherwise in an earlier run, the latest run first."""
    if not has(connection, "restatements"):
        return []
    return ask(
        connection,
        """
        select
            restatements.*,
            coalesce(measures.short_title, measures.title) as title,
            month_in_words(period_end) as month,
            valued(value_then, measures.unit, decimals) as then_text,
            valued(value_now, measures.unit, decimals) as now_text,
            cases_told(numerator_then, denominator_then, measures.unit) as then_cases,
            cases_told(numerator_now, denominator_now, measures.unit) as now_cases
        from marts.restatements
        inner join marts.measures using (measure_number, statistic)
        where is_headline and period_type = 'month' and breakdown = 'all'
        order by now_run_id desc, restatements.measure_number, period_end desc
        """,
    )


def agreement(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the lines of the agreement, those that differ in the type of period alone as one."""
    if not has(connection, "agreement"):
        return []
    return ask(
        connection,
        """
        with lines as (
            select
                * exclude (period_type),
                string_agg(period_type, ', ' order by period_type) as period_types
            from marts.agreement
            group by all
        )

        select
            lines.*,
            coalesce(measures.short_title, measures.title) as title,
            day_in_words(lines.council_agreed_on) as council_said,
            day_in_words(lines.organisation_agreed_on) as organisation_said,
            day_in_words(lines.next_review) as review,
            day_in_words(lines.valid_from) as begins,
            day_in_words(lines.valid_to) as ends
        from lines
        left join marts.measures
            on lines.measure_number = measures.measure_number and measures.is_headline
        order by
            case lines.kind when 'target' then 1 when 'parameter' then 2 when 'definition' then 3 else 4 end,
            lines.measure_number,
            lines.parameter,
            lines.statistic,
            lines.service_area,
            lines.valid_from,
            lines.says
        """,
    )


def findings(connection: duckdb.DuckDBPyConnection, evidence: Path | None) -> list[Row]:
    """Return how often each rule was broken in each extract; nothing where the findings are not at hand."""
    if evidence is None:
        return []
    connection.execute(f"attach if not exists '{quoted(evidence)}' as evidence (read_only)")
    return ask(
        connection,
        """
        select
            extract,
            column_name,
            rule,
            effect,
            any_value(meaning order by meaning) as meaning,
            sum(n_findings) as n_findings,
            shown(sum(n_findings), 0) as findings_text
        from evidence.marts.data_quality
        group by extract, column_name, rule, effect
        order by extract, effect desc, rule, column_name
        """,
    )


def latest_runs(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the latest published runs whose findings are kept by rule, the latest first."""
    if not has(connection, "quality_by_run"):
        return []
    return ask(
        connection,
        f"""
        select run_id, day_in_words(as_at) as as_at
        from marts.runs
        where run_id >= (select min(run_id) from marts.quality_by_run)
        order by run_id desc
        limit {LATEST_RUNS}
        """,
    )


def quality_by_run(connection: duckdb.DuckDBPyConnection, runs: Sequence[Row]) -> list[Row]:
    """Return how often each rule was broken in each of some runs, in the order of the runs (`counts`)."""
    if not runs:
        return []
    return ask(
        connection,
        """
        with asked as (select unnest($1) as run_id),

        rules as (
            select extract, column_name, rule, effect, any_value(meaning order by meaning) as meaning
            from marts.quality_by_run
            inner join asked using (run_id)
            group by all
        )

        select
            rules.*,
            list(shown(coalesce(n_findings, 0), 0) order by asked.run_id desc) as counts
        from rules
        cross join asked
        left join marts.quality_by_run as found
            on rules.extract = found.extract
            and rules.column_name is not distinct from found.column_name
            and rules.rule = found.rule
            and rules.effect = found.effect
            and asked.run_id = found.run_id
        group by all
        order by extract, effect desc, rule, column_name
        """,
        [run["run_id"] for run in runs],
    )


def entries(connection: duckdb.DuckDBPyConnection, evidence: Path | None, period_end: object) -> list[Row]:
    """Return the latest entries of the narrative register; nothing where they are not at hand."""
    if evidence is None:
        return []
    connection.execute(f"attach if not exists '{quoted(evidence)}' as evidence (read_only)")
    return ask(
        connection,
        """
        select *, day_in_words(evidence_on) as seen_on, day_in_words(signed_off_on) as signed_off
        from evidence.marts.narrative_evidence
        where period_end = ?
        order by measure_number, place
        """,
        period_end,
    )


def runs(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """
    Return the published runs, of which a release has none, with what each set aside, the latest first.

    What rules that take facts have flagged is kept by run and rule; a run from before that has told only what
    was flagged at the door.
    """
    if not has(connection, "runs"):
        return []
    flagged = (
        "select run_id, sum(n_findings) as n from marts.quality_by_run where effect = 'flagged' group by 1"
    )
    if not has(connection, "quality_by_run"):
        flagged = "select cast(null as varchar) as run_id, 0 as n where false"
    return ask(
        connection,
        f"""
        with flagged as ({flagged})

        select
            run_id,
            day_in_words(as_at) as as_at,
            n_rows_set_aside,
            coalesce(flagged.n, n_flagged) as n_flagged,
            shown(n_rows_set_aside, 0) as rows_text,
            shown(n_values_set_aside, 0) as values_text,
            shown(coalesce(flagged.n, n_flagged), 0) as flagged_text
        from marts.runs
        left join flagged using (run_id)
        order by run_id desc
        limit 36
        """,
    )


def lineage(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the columns of extracts that can reach each headline, a row for each extract."""
    if not has(connection, "lineage"):
        return []
    return ask(
        connection,
        """
        select
            measure_number,
            statistic,
            extract,
            string_agg(distinct extract_column, ', ' order by extract_column)
                filter (reaches = 'value') as of_value,
            string_agg(distinct extract_column, ', ' order by extract_column)
                filter (reaches = 'cases') as of_cases
        from marts.lineage
        inner join marts.measures using (measure_number, statistic)
        where is_headline
        group by measure_number, statistic, extract
        order by all
        """,
    )
