"""
The cases behind the headlines of months: in, out with reasons, without evidence, and whether they add up.

They are read from the evidence of one generation beside its numbers; where the extracts that it landed are at
hand, each case has the file and line of the row that it came from. Ids are pseudonyms.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from csc_measures.contract.extracts import read_contract
from csc_measures.pages.reading import OUTCOMES, Row, ask, has, open_marts
from csc_measures.sql import pattern, quoted

DECIDED_BY = "decided_by"
PERSON = "ssd_person"
SHOWN_ID = 12  # characters of a pseudonym: enough to tell a council's cases apart
DATES = ("counted_on", "started_on", "due_on", "done_on", "ended_on", "previous_on")
COLUMNS = (
    "measure_number, statistic, period_end, case_id, person_id, in_denominator, in_numerator, amount, "
    f"amount_out_of, exclusion_reason, missing_evidence, {', '.join(DATES)}, service_area, team"
)
# How a case stands in its number; what is looked for first comes first.
STANDS = {
    "fails": "In, and does not count",
    "missing": "In, and does not count for want of evidence",
    "unknown": "Out: unknown",
    "excluded": "Out: excluded",
    "counts": "In, and counts",
}


def open_cases(database: Path, evidence: Path) -> duckdb.DuckDBPyConnection:
    """Open the numbers and the evidence of a generation together, read-only."""
    connection = open_marts(database)
    connection.execute(f"attach '{quoted(evidence)}' as evidence (read_only)")
    return connection


def take(connection: duckdb.DuckDBPyConnection, landed: Path | None, condition: str, *given: object) -> None:
    """
    Take the cases of headlines that a condition names into the table `cases`, with the rows they came from.

    The condition is SQL over an evidence table, `cases`; its `$1` and so on are `given`.
    Without `landed` no case tells its row.
    """
    is_told = has(connection, f"{OUTCOMES[0]}_evidence", DECIDED_BY)  # an older generation has it not
    columns = f"{COLUMNS}, {DECIDED_BY}" if is_told else f"{COLUMNS}, null as {DECIDED_BY}"
    every = " union all ".join(
        f"select {columns} from evidence.marts.{mart}_evidence as cases "
        f"where period_type = 'month' and {condition}"
        for mart in OUTCOMES
    )
    connection.execute(
        f"""
        create or replace temp table cases as
        select
            cases.*,
            cases_extract,
            string_split(needs, '; ') as needs,
            regexp_extract(case_id, '[^ ]+$') as record_id,
            case
                when missing_evidence is not null then 'missing'
                when exclusion_reason like 'unknown:%' then 'unknown'
                when exclusion_reason is not null then 'excluded'
                when in_numerator then 'counts'
                else 'fails'
            end as stands
        from ({every}) as cases
        inner join marts.measures using (measure_number, statistic)
        where is_headline
        """,
        list(given),
    )
    of_cases, needed = (
        {name for (name,) in connection.execute(f"select distinct {names} from cases").fetchall()}
        for names in ("cases_extract", "unnest(needs)")
    )
    connection.execute(f"create or replace temp table came_from as {rows_behind(landed, of_cases, needed)}")


def rows_behind(landed: Path | None, of_cases: Collection[str], needed: Collection[str]) -> str:
    """
    Return a query for the row of an extract that each case came from.

    Of all rows of the extracts that a measure needs in which the case's id stands, it is the one whose own id
    it is, else the first that refers to it among the extracts that cases are of (`of_cases`). `needed` are
    those that any of the measures needs.
    """
    ids = [
        f"select '{extract.name}' as extract, {column.name} as id, {column.is_key} as is_key, "
        f"source_file, source_line from read_parquet('{quoted(pattern(file))}')"
        for extract in read_contract().extracts.values()
        if extract.name in {*of_cases, *needed, PERSON}
        and landed
        and (file := landed / f"{extract.name}.parquet").exists()
        for column in extract.columns
        if column.lands and (column.is_key or (column.holds_ids and extract.name in of_cases))
    ]
    if not ids:
        return (
            "select null::integer as measure_number, null::varchar as record_id, "
            "null::varchar as source_file, null::integer as source_line where false"
        )
    return f"""
        with asked as (select distinct measure_number, record_id, cases_extract, needs from cases),

        ids as (
            select * from ({" union all ".join(ids)}) as every
            where id in (select record_id from asked)
        )

        select measure_number, record_id, source_file, source_line
        from asked
        inner join ids
            on asked.record_id = ids.id
            and (list_contains(needs, ids.extract) or ids.extract in (cases_extract, '{PERSON}'))
        qualify row_number() over (
            partition by measure_number, record_id
            order by
                ids.extract = cases_extract and is_key desc,
                is_key and ids.extract <> '{PERSON}' desc,
                ids.extract = cases_extract desc,
                ids.extract,
                source_file,
                source_line
        ) = 1
    """


def told(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the cases that were taken, as they are shown: what fails first, what counts last."""
    order = " ".join(f"when '{name}' then {place}" for place, name in enumerate(STANDS))
    return ask(
        connection,
        f"""
        select
            cases.measure_number,
            cases.period_end,
            case_id[:{SHOWN_ID} + length(case_id) - length(cases.record_id)] as case_id,
            person_id[:{SHOWN_ID}] as person_id,
            stands,
            coalesce(missing_evidence, exclusion_reason) as reason,
            shown_short(amount, 2) as amount,
            {", ".join(f"cast({day} as varchar) as {day}" for day in DATES)},
            decided_by,
            coalesce(areas.breakdown_label, service_area) as service_area,
            coalesce(teams.breakdown_label, team) as team,
            source_file || ', line ' || source_line as came_from
        from cases
        left join came_from using (measure_number, record_id)
        left join marts.dim_breakdown as areas
            on areas.breakdown = 'service_area' and service_area = areas.breakdown_value
        left join marts.dim_breakdown as teams on teams.breakdown = 'team' and team = teams.breakdown_value
        order by
            cases.measure_number,
            cases.period_end desc,
            case stands {order} end,
            reason,
            cases.case_id
        """,
    )


def sums(connection: duckdb.DuckDBPyConnection, period_ends: Sequence[object]) -> list[Row]:
    """
    Return what the scorecard says of each headline and month, what its cases come to, and whether both agree.

    The residents of a rate are in no evidence, nor is the numerator that a median has.
    """
    return ask(
        connection,
        """
        with added as (
            select
                measure_number,
                period_end,
                coalesce(sum(amount), count_if(in_numerator)) as numerator,
                coalesce(sum(amount_out_of), count_if(in_denominator)) as denominator,
                median(amount) as middle,
                max(amount) as greatest,
                count(*) as n_cases
            from cases
            group by measure_number, period_end
        ),

        said as (
            select
                scorecard.*,
                coalesce(added.numerator, 0) as added_numerator,
                coalesce(added.denominator, 0) as added_denominator,
                case scorecard.unit
                    when 'pct' then 100 * added.numerator / nullif(added.denominator, 0)
                    when 'rate_per_10k' then 10000 * added.numerator / nullif(scorecard.denominator, 0)
                    when 'median' then middle
                    when 'max' then greatest
                    when 'count' then coalesce(added.numerator, 0)
                    else added.numerator / nullif(added.denominator, 0)
                end as added_value,
                coalesce(n_cases, 0) as n_cases
            from marts.scorecard
            left join added using (measure_number, period_end)
            where period_type = 'month' and service_area = 'all' and list_contains(?, period_end)
        )

        select
            measure_number,
            title,
            period_end,
            month_in_words(period_end) as month,
            strftime(period_end, '%Y-%m') as month_id,
            coalesce(valued(value, unit, decimals), 'no number') as said_value,
            cases_told(numerator, denominator, unit) as said_cases,
            coalesce(valued(added_value, unit, decimals), 'no number') as added_value,
            cases_told(
                case unit when 'median' then numerator else added_numerator end,
                case unit when 'rate_per_10k' then denominator else added_denominator end,
                unit
            ) as added_cases,
            shown(n_cases, 0) as n_cases,
            coalesce(
                abs(value - added_value) <= 1e-9 * (1 + abs(value)),
                (value is null) = (added_value is null)
            )
            and (
                unit not in ('pct', 'mean', 'days')
                or (abs(numerator - added_numerator) < 1e-6 and abs(denominator - added_denominator) < 1e-6)
            ) as agrees,
            value_status
        from said
        order by measure_number, period_end desc
        """,
        period_ends,
    )
