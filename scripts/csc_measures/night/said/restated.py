"""
Restatements: what was published and is said otherwise by the next run, the cases behind it, and why.

Why is worked out from what differs between the two runs, and never guessed. Of the definition, of the values
of parameters that it names and of the code, it is enough that they differ. Of landed rows (`landed_changes`)
those tell that bear the id of a case which came in, went out or counts otherwise, in each extract that the
statistic reads; where none does, those of its person, or of its team in the extracts about teams. Of a
number without any of that, all rows of its extracts that differ tell. That the window moved on is told where
such a row tells something of dates after the earlier run's, beside what else holds; and of a case without
any such row, where the date is all that is left: neither definition, parameters nor code differ, and all of
that is known of both runs. Where nothing that differs explains a number, there is no reason.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from csc_measures.night.editions import EVIDENCE, NUMBERS, OUTCOMES
from csc_measures.night.generations import Run
from csc_measures.night.said.landed_changes import CORRECTED, LATE, MOVED_ON, REMOVED, find_changed_rows
from csc_measures.night.said.published import CELL, LAST, has_columns
from csc_measures.sql import pattern, quoted

MART, CASES_MART = "restatements", "restatements_evidence"
LAST_EVIDENCE = "last_evidence"
"""The catalog of the evidence of the generation that was published last, while the next is written."""
OF_ROWS = {LATE: "is_late", CORRECTED: "is_corrected", REMOVED: "is_removed", MOVED_ON: "has_moved_on"}
OF_RUNS = {
    "definition changed": "definition_changed",
    "parameter changed": "parameter_changed",
    "code changed": "code_changed",
}
NUMBERS_SAID = ("value", "numerator", "denominator")
STATISTIC = ("measure_number", "statistic")
PERIOD = (*STATISTIC, "period_type", "period_end")
CASE = (*PERIOD, "case_id")
COUNTED = ("in_denominator", "in_numerator", "amount", "service_area", "team")
OF_TEAMS = ("local_team_service_areas", "ssd_department")
NEEDS, REGISTER, NAMED, LOADED = "measure_needs", "measures_register", "measure_parameters", "loaded_extracts"
TOLD_OF = {
    NEEDS: {*STATISTIC, "extract"},
    REGISTER: {"measure_number", "definition_digest"},
    NAMED: {"measure_number", "parameter"},
    LOADED: {"extract", "population", "covered_from", "covered_to"},
}


@dataclass(frozen=True)
class Between:
    """Two published runs of which one follows on the other, and the folders of the extracts they landed."""

    then: Run
    now: Run
    landed_then: Path
    landed_now: Path

    @property
    def changed_parameters(self) -> list[str]:
        """The parameters that both runs know and of which they had other values."""
        then, now = json.loads(self.then.parameters), json.loads(self.now.parameters)
        return sorted(name for name in then.keys() & now.keys() if then[name] != now[name])

    @property
    def code_changed(self) -> bool:
        """Whether they worked by other code, definitions apart; not known of a version that did not tell."""
        return self.then.code_but_definitions not in ("", self.now.code_but_definitions)

    @property
    def only_the_date_is_left(self) -> bool:
        """Whether the later date explains what nothing else does: all else is known of both runs."""
        return self.then.as_at < self.now.as_at and self.then.code_but_definitions != "" and self.is_kept

    def both(self, table: str) -> list[str]:
        """Return SQL for a table that each of them landed: then, now."""
        folders = (self.landed_then, self.landed_now)
        return [f"read_parquet('{quoted(pattern(folder / f'{table}.parquet'))}')" for folder in folders]

    @property
    def is_kept(self) -> bool:
        """Whether what both landed is still there, with what this version of the project looks at."""
        return all(
            (file := folder / f"{table}.parquet").is_file() and columns <= {*pq.read_schema(file).names}
            for folder in (self.landed_then, self.landed_now)
            for table, columns in TOLD_OF.items()
        )


def write_restatements(
    connection: duckdb.DuckDBPyConnection, between: Between, erased: Sequence[str]
) -> None:
    """
    Write `marts.restatements` and the cases behind it, of a new generation whose `published` is written.

    They go on from those of the generation attached as `last` and `last_evidence`, if there is one. Of
    those who were `erased` (pseudonyms) no case is kept.
    """
    connection.execute(f"create temp table restated as {_restated()}")
    find_cases(connection)
    _find_reasons(connection, between)
    for edition, last, mart, rows, key in (
        (NUMBERS, LAST, MART, _restatements(between), CELL),
        (EVIDENCE, LAST_EVIDENCE, CASES_MART, _restated_cases(between), CASE),
    ):
        runs = f"'{between.then.run_id}' as then_run_id, '{between.now.run_id}' as now_run_id"
        goes_on = has_columns(connection, last, mart, ("now_run_id", *key))
        before = f"union all by name from {last}.marts.{mart}" if goes_on else ""
        connection.execute(
            f"create table {edition.table(mart)} as select {runs}, * from ({rows}) {before} "
            f"order by now_run_id, {', '.join(key)}"
        )
    connection.execute(
        f"delete from {EVIDENCE.table(CASES_MART)} where list_contains(?, person_id)", [[*erased]]
    )


def _restated() -> str:
    """
    Return SQL for the cells that were said before and are said otherwise now.

    A part that nobody was counted in has no rows: where the period was reported all the same, it went from
    nothing to something, or back.
    """
    columns = (*NUMBERS_SAID, "value_status")
    differs = " or ".join(f"then_{name} is distinct from now_{name}" for name in columns)
    said_then = f"select {', '.join(PERIOD)} from before where to_run_id is null"
    return f"""
        select
            {", ".join(CELL)},
            {", ".join(f"then_{name} as {name}_then, now_{name} as {name}_now" for name in columns)}
        from changed
        where case
            when was_said and is_said then {differs}
            when was_said then
                (then_numerator <> 0 or then_denominator <> 0)
                and (period_type, period_end) in (select (period_type, period_end) from said)
            else
                (now_numerator <> 0 or now_denominator <> 0)
                and ({", ".join(PERIOD)}) in (select ({", ".join(PERIOD)}) from ({said_then}))
        end
    """


def find_cases(connection: duckdb.DuckDBPyConnection) -> None:
    """
    Find the cases behind the cells of the temporary table `restated`, in the months that both reported.

    Leaves the temporary tables `spans` (which rows of evidence are behind a period: own rows of its type,
    else those of its months, or of its last month, by the clock of the statistic), `cases` (those that are
    counted in one and not, or otherwise, in the other, with `_then` and `_now`) and `part_cases` (what that
    means for `all`, each service area and each team).
    """
    numbers = NUMBERS.catalog
    evidence = {catalog: _evidence(connection, catalog) for catalog in (LAST_EVIDENCE, EVIDENCE.catalog)}
    months = f"select period_end from {numbers}.marts.dim_period where period_type = 'month'"
    if has_columns(connection, LAST, "dim_period", ("period_type", "period_end")):
        months += f" intersect select period_end from {LAST}.marts.dim_period where period_type = 'month'"
    own = " union ".join(
        f"select {', '.join((*STATISTIC, 'period_type'))} from ({rows}) "
        f"where period_type <> 'month' and ({', '.join(STATISTIC)}) in "
        f"(select ({', '.join(STATISTIC)}) from restated)"
        for rows in evidence.values()
    )
    connection.execute(
        f"""
        create temp table spans as
        with asked as (select distinct {", ".join(PERIOD)} from restated),
        own as ({own})
        select distinct
            {", ".join(f"asked.{name}" for name in PERIOD)},
            case when own.period_type is null then 'month' else asked.period_type end as span_type,
            months.period_end as span_end
        from asked
        join {numbers}.marts.measures as register using ({", ".join(STATISTIC)})
        join {numbers}.marts.dim_period as period using (period_type, period_end)
        left join own using ({", ".join(STATISTIC)}, period_type)
        join ({months}) as months
            on months.period_end <= asked.period_end
            and months.period_end >= case
                when own.period_type is null and register.clock = 'flow' then period.period_start
                else asked.period_end
            end
        """
    )
    span = (
        f"select distinct {', '.join(STATISTIC)}, span_type as period_type, span_end as period_end from spans"
    )
    one, other = (
        f"(from ({rows}) semi join ({span}) using ({', '.join(PERIOD)}))" for rows in evidence.values()
    )
    connection.execute(
        f"""
        create temp table cases as
        select
            {", ".join(CASE)},
            coalesce(later.person_id, earlier.person_id) as person_id,
            {", ".join(f"earlier.{name} as {name}_then, later.{name} as {name}_now" for name in COUNTED)}
        from {one} as earlier
        full join {other} as later using ({", ".join(CASE)})
        where {" or ".join(f"earlier.{name} is distinct from later.{name}" for name in COUNTED)}
        """
    )
    parts = {
        "all": "['all']",
        "service_area": "list_distinct([service_area_then, service_area_now])",
        "team": "list_distinct([team_then, team_now])",
    }
    of_parts = " union all ".join(
        f"select *, '{breakdown}' as breakdown, unnest({values}) as breakdown_value from cases"
        for breakdown, values in parts.items()
    )
    part = "case breakdown when 'team' then team_{0} when 'service_area' then service_area_{0} else 'all' end"
    flags = ", ".join(
        f"coalesce(in_{counted}_{when} and {part.format(when)} = breakdown_value, false) as {counted}_{when}"
        for counted in ("denominator", "numerator")
        for when in ("then", "now")
    )
    connection.execute(
        f"""
        create temp table part_cases as
        select
            *,
            denominator_now > denominator_then or numerator_now > numerator_then as came_in,
            denominator_now < denominator_then or numerator_now < numerator_then as went_out
        from (select *, {flags} from ({of_parts}))
        where denominator_now <> denominator_then
            or numerator_now <> numerator_then
            or (denominator_now or numerator_now) and amount_now is distinct from amount_then
        """
    )


def _evidence(connection: duckdb.DuckDBPyConnection, catalog: str) -> str:
    """Return SQL for the cases counted in the evidence of a catalog; none where it cannot tell of them."""
    columns = (*CASE, "person_id", *COUNTED)
    tables = [f"{outcome}_evidence" for outcome in OUTCOMES]
    is_told = all(has_columns(connection, catalog, table, columns) for table in tables)
    return " union all ".join(
        f"select {', '.join(columns)} from {catalog if is_told else EVIDENCE.catalog}.marts.{table} "
        f"where {'in_denominator or in_numerator' if is_told else 'false'}"
        for table in tables
    )


def _find_reasons(connection: duckdb.DuckDBPyConnection, between: Between) -> None:
    """
    Find why: of each case by landed rows, of each measure by what its number rests on.

    Leaves the temporary tables `case_reasons` (statistic, case and the columns of `OF_ROWS`),
    `statistic_reasons` (the same of all rows that a statistic reads, and of what its extracts cover) and
    `measure_reasons` (measure and the columns of `OF_RUNS`).
    """
    statistic, restated = ", ".join(STATISTIC), "(select distinct measure_number, statistic from restated)"
    if not between.is_kept:
        between = replace(between, landed_then=between.landed_now)
    connection.execute(
        f"""
        create temp table needs as
        select distinct {statistic}, extract
        from ({" union all by name ".join(f"from {needs}" for needs in between.both(NEEDS))})
        semi join {restated} using ({statistic})
        """
    )
    asked = {extract for (extract,) in connection.execute("select distinct extract from needs").fetchall()}
    asked |= {*OF_TEAMS} if asked else set()
    find_changed_rows(connection, between.landed_then, between.landed_now, between.then.as_at, asked)
    flags = ", ".join(f"bool_or(became = '{what}') as {flag}" for what, flag in OF_ROWS.items())
    connection.execute(
        f"""
        create temp table case_reasons as
        with own as (
            select {statistic}, case_id, extract, became
            from (select distinct {statistic}, case_id, split_part(case_id, ' ', -1) as id from cases)
            join needs using ({statistic})
            join changed_rows using (extract, id)
        ),
        of_person as (
            select {statistic}, case_id, extract, became
            from (select distinct {statistic}, case_id, person_id as id from cases)
            join needs using ({statistic})
            join changed_rows using (extract, id)
            anti join own using ({statistic}, case_id, extract)
        ),
        of_team as (
            select {statistic}, case_id, extract, became
            from (select distinct {statistic}, case_id, unnest([team_then, team_now]) as id from cases)
            join changed_rows using (id)
            where extract in {OF_TEAMS}
        )
        select {statistic}, case_id, {flags}
        from (from own union all from of_person union all from of_team)
        group by {statistic}, case_id
        """
    )
    covered = " except ".join(
        f"select extract, population, covered_from, covered_to from {loaded}"
        for loaded in between.both(LOADED)
    )
    connection.execute(
        f"""
        create temp table statistic_reasons as
        select {statistic}, {flags}
        from needs
        join (
            select extract, became from changed_rows
            union
            select extract, '{CORRECTED}' from ({covered})
        ) using (extract)
        group by {statistic}
        """
    )
    digest = "select distinct measure_number, definition_digest from"
    then, now = between.both(REGISTER)
    named = " union ".join(f"select measure_number, parameter from {named}" for named in between.both(NAMED))
    connection.execute(
        f"""
        create temp table measure_reasons as
        select
            measure_number,
            earlier.definition_digest <> later.definition_digest as definition_changed,
            $authority_changed or measure_number in (
                select measure_number from ({named}) where list_contains($parameters, parameter)
            ) as parameter_changed,
            $code_changed as code_changed
        from ({digest} {then}) as earlier
        join ({digest} {now}) as later using (measure_number)
        """,
        {
            "authority_changed": between.then.authority != between.now.authority,
            "parameters": between.changed_parameters,
            "code_changed": between.code_changed,
        },
    )


def _restatements(between: Between) -> str:
    """Return SQL for the restatements, without their runs: one row per restated cell."""
    flags = ", ".join(f"bool_or({flag}) as {flag}" for flag in OF_ROWS.values())
    of_rows = " or ".join(f"coalesce(behind.{flag}, false)" for flag in OF_ROWS.values())
    of_runs = _of_runs("of_measure")
    is_explained = f"{of_rows} or {of_runs}"
    rows = [
        f"coalesce(case when {is_explained} then behind.{flag} else of_statistic.{flag} end, false) as {flag}"
        for flag in OF_ROWS.values()
    ]
    return f"""
        with counted as (
            select
                {", ".join(CELL)},
                count(*) filter (where came_in) as cases_in,
                count(*) filter (where went_out) as cases_out,
                bool_or({_case_date_is_left(between)}) as is_by_date_alone,
                {flags}
            from part_cases
            left join case_reasons using ({", ".join(STATISTIC)}, case_id)
            left join measure_reasons using (measure_number)
            group by all
        ),
        behind as (
            select
                {", ".join(f"spans.{name}" for name in PERIOD)},
                breakdown,
                breakdown_value,
                cast(sum(cases_in) as bigint) as cases_in,
                cast(sum(cases_out) as bigint) as cases_out,
                bool_or(is_by_date_alone) as is_by_date_alone,
                {flags}
            from spans
            join counted
                on spans.measure_number = counted.measure_number
                and spans.statistic = counted.statistic
                and spans.span_type = counted.period_type
                and spans.span_end = counted.period_end
            group by all
        ),
        explained as (
            select
                restated.*,
                coalesce(behind.cases_in, 0) as cases_in,
                coalesce(behind.cases_out, 0) as cases_out,
                {", ".join(rows)},
                {", ".join(f"of_measure.{flag}" for flag in OF_RUNS.values())},
                coalesce(behind.is_by_date_alone, {_date_is_left(between, "of_statistic", of_runs)})
                    as is_by_date_alone
            from restated
            left join behind using ({", ".join(CELL)})
            left join statistic_reasons as of_statistic using ({", ".join(STATISTIC)})
            left join measure_reasons as of_measure using (measure_number)
        )
        select
            * exclude (is_by_date_alone, {", ".join((*OF_ROWS.values(), *OF_RUNS.values()))}),
            {_in_words("has_moved_on or is_by_date_alone")} as reason
        from explained
    """


def _of_runs(reasons: str) -> str:
    """Return SQL for whether the runs differ in what a measure rests on."""
    return " or ".join(f"coalesce({reasons}.{flag}, false)" for flag in OF_RUNS.values())


def _date_is_left(between: Between, of_rows: str, of_runs: str) -> str:
    """Return SQL for whether nothing but the date explains something: none of its rows, and not the runs."""
    is_left = str(between.only_the_date_is_left).lower()
    return f"({is_left} and {of_rows}.is_late is null and not ({of_runs}))"


def _case_date_is_left(between: Between) -> str:
    """Return SQL for the same of a case and its measure."""
    return _date_is_left(between, "case_reasons", _of_runs("measure_reasons"))


def _restated_cases(between: Between) -> str:
    """Return SQL for the cases behind the restatements, without their runs: one row per case and period."""
    return f"""
        select
            {", ".join(f"cases.{name}" for name in CASE)},
            person_id,
            {", ".join(f"{name}_{when}" for name in COUNTED for when in ("then", "now"))},
            {_in_words(f"coalesce(has_moved_on, false) or {_case_date_is_left(between)}")} as reason
        from cases
        left join case_reasons using ({", ".join(STATISTIC)}, case_id)
        left join measure_reasons using (measure_number)
    """


def _in_words(has_moved_on: str) -> str:
    """Return SQL for the reasons that hold, joined; null where none does."""
    flags = {**OF_ROWS, **OF_RUNS}
    del flags[MOVED_ON]
    flags[MOVED_ON] = has_moved_on  # told last
    words = ", ".join(f"case when {flag} then '{what}' end" for what, flag in flags.items())
    return f"nullif(concat_ws('; ', {words}), '')"
