"""
The edition for outside the service: `shared/measures.duckdb` and `shared/parquet/` of a generation.

It holds the measure tables, the scorecard, what months tell of the whole, the star, the register and the
published figures, and says of each row by DfE's symbols why a number is not there. Of cases, people, runs and
extracts it holds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from rich.progress import Progress

from csc_measures import words
from csc_measures.night.editions import OUTCOMES, SHARED, WRITTEN, attach
from csc_measures.night.shared.before import earlier, keep, keep_told, moved_since, were_told
from csc_measures.night.shared.equations import Bools
from csc_measures.night.shared.reader import protect_from_a_reader
from csc_measures.night.shared.release import (
    EXCLUDED,
    MISSING,
    NUMERATOR,
    PERIOD_TYPES,
    UNKNOWN,
    Layout,
    Numbers,
    Shown,
    lay_out,
    read_numbers,
    show,
    tables_to_protect,
)
from csc_measures.night.shared.small_numbers import Group, Small
from csc_measures.night.tables import comment, fingerprint, tables_of, write_parquet

BUILT = "measures.marts"
HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE, LOW = "c", "z", ":", "low"
SYMBOL = (
    "Why there is no number, in DfE's symbols: c it is small or would tell of one that is, z not applicable, "
    ": not available; low: rounds to 0 and is none; null: the number is there."
)
WITHOUT_DATA = "('not_computable', 'not_loaded')"
CONFIDENTIAL = "confidential"
A_YEAR = timedelta(days=365)
OF_MONTHS = ("direction_of_travel", "direction_on_year", "signal", "will_it_hit")
OF_NUMBERS = ("numerator", "denominator", "value", "lower", "upper", "rag", "rag_if_agreed")
IN_WORDS = ("value_text", "cases_text", "interval_text", "against_target")
MOVEMENT = (
    "; (in the latest month )?(movement is within normal variation|it has really "
    "(changed for the (better|worse)|risen|fallen)|there is too little to tell movement from chance)"
)
AS_THEY_ARE = ("measures", "comparators", "dim_measure", "dim_period")
RELEASE = {
    "as_at": "The date that the extracts describe.",
    "finished_at": "When this edition was made, UTC.",
    "small_number": "Counts from 1 to this are hidden.",
    "zeros_are_shown": "Whether a count of 0 is shown.",
}


@dataclass(frozen=True)
class Release:
    """What a release goes by: when it is of, which numbers are small, and the generation before it."""

    as_at: date
    finished_at: datetime
    small: Small
    before: Path | None


def write(
    connection: duckdb.DuckDBPyConnection, generation: Path, docs: dict, release: Release, progress: Progress
) -> dict[str, tuple[int, int]]:
    """
    Write the shared edition of a generation from the marts of the build, which is attached as `measures`.

    Returns of each table its rows and the sum of their hashes.
    """
    (generation / SHARED.folder).mkdir(parents=True)
    attach(connection, generation, SHARED, WRITTEN)
    connection.execute(f"create schema {SHARED.catalog}.marts")
    numbers = read_numbers(connection, BUILT)
    listed, areas = teams(connection, numbers, release.small)
    told = were_told(release.before)
    layout = lay_out(numbers, moved=moved_since(told, numbers))
    before = earlier(release.before, told, numbers, layout)
    tables = tables_to_protect(numbers, layout, areas, ~listed, before)
    hidden = protect_from_a_reader(numbers, layout, tables, release.small)
    keep(generation, numbers, layout, hidden, release.before)
    shown = show(numbers, layout, hidden)
    keep_told(generation, told, numbers, layout, shown)
    connection.register("release_rows", rows_told(numbers, layout, shown, listed))
    connection.execute("create or replace temp table release as select * from release_rows")
    for table, select in selects(release).items():
        connection.execute(f"create table {SHARED.table(table)} as select * from ({select}) order by all")
        doc = docs.get(table, {})
        has = {name for name, *_ in connection.execute(f"describe {SHARED.table(table)}").fetchall()}
        columns = {name: text for name, text in doc.get("columns", {}).items() if name in has}
        if {"symbol", "value_status"} <= has:  # the published figures have symbols of their own
            status = f"{columns.get('value_status', '')} {CONFIDENTIAL} where the symbol is {HIDDEN}."
            columns |= {"symbol": SYMBOL, "value_status": status.strip()}
        comment(connection, SHARED.table(table), doc.get("description", ""), columns)
    comment(connection, SHARED.table("release"), "This release. Grain: one row.", RELEASE)
    written = tables_of(connection, SHARED.catalog, "marts")
    expected = {table: fingerprint(connection, SHARED.table(table)) for table in written}
    for table in progress.track(written, description="writing the shared edition"):
        write_parquet(connection, SHARED.table(table), generation / SHARED.folder / f"{table}.parquet")
    connection.execute(f"detach {SHARED.catalog}")
    return expected


def teams(
    connection: duckdb.DuckDBPyConnection, numbers: Numbers, small: Small, schema: str = BUILT
) -> tuple[Bools, list[Group]]:
    """
    Say which parts are listed, and which teams add up to which service areas.

    A team is listed when there are more people behind its latest 12 months than a small number. Teams that
    were of several areas, or areas that shared a team, are one group.
    """
    cases = " union all ".join(
        "select team, service_area, coalesce(person_id, case_id) as who, period_end "
        f"from {schema}.{outcome}_evidence"
        for outcome in OUTCOMES
    )
    rows = connection.execute(
        f"""
        select team, service_area, count(distinct who) filter (period_end > ?)
        from ({cases})
        where team is not null
        group by team, service_area
        order by team, service_area
        """,
        [numbers.ends[-1] - A_YEAR],
    ).fetchall()
    place = {name: i for i, name in enumerate(numbers.part_names)}
    people: dict[str, int] = {}
    group_of = {value: {value} for breakdown, value in place if breakdown == "service_area"}
    areas_of: dict[str, set[str]] = {}
    for team, area, n_people in rows:
        people[team] = people.get(team, 0) + n_people
        areas_of.setdefault(team, set()).add(area)
    for areas in areas_of.values():
        joined = set().union(*(group_of.get(area, {area}) for area in areas))
        group_of |= dict.fromkeys(joined, joined)
    listed = np.array(
        [breakdown != "team" or people.get(value, 0) > small.most for breakdown, value in numbers.part_names]
    )
    groups = []
    for joined in {id(each): each for each in group_of.values()}.values():
        of = [place["service_area", area] for area in sorted(joined) if ("service_area", area) in place]
        members = [
            place["team", team]
            for team, areas in areas_of.items()
            if areas & joined and ("team", team) in place
        ]
        if of and members:
            groups.append(Group(np.array(of), np.array(sorted(members))))
    return listed, groups


def rows_told(numbers: Numbers, layout: Layout, shown: Shown, listed: Bools) -> pd.DataFrame:
    """Return the rows that a release has, with what may be shown of each."""
    keys = numbers.statistics[["measure_number", "statistic"]]
    ends = np.array(numbers.ends, "datetime64[s]")
    names = pd.DataFrame(numbers.part_names, columns=["breakdown", "breakdown_value"])
    told = numbers.has_row[:, layout.years] & layout.told[:, :, None] & listed
    told[:, :, 0] = False
    s, y, p = np.nonzero(told)
    parts = (
        keys.iloc[s]
        .reset_index(drop=True)
        .assign(
            period_type=PERIOD_TYPES[-1],
            period_end=ends[layout.years[y]],
            breakdown=names["breakdown"].to_numpy()[p],
            breakdown_value=names["breakdown_value"].to_numpy()[p],
            is_shown=shown.parts[s, y, p],
            shows_missing=False,
            shows_unknown=False,
            shows_excluded=False,
            is_told_by_month=False,
        )
    )
    s, t, e = np.nonzero(shown.told)
    whole = (
        keys.iloc[s]
        .reset_index(drop=True)
        .assign(
            period_type=np.array(PERIOD_TYPES)[t],
            period_end=ends[e],
            breakdown="all",
            breakdown_value="all",
            is_shown=shown.whole[NUMERATOR, s, t, e],
            shows_missing=shown.whole[MISSING, s, t, e],
            shows_unknown=shown.whole[UNKNOWN, s, t, e],
            shows_excluded=shown.whole[EXCLUDED, s, t, e],
            is_told_by_month=shown.by_month[s],
        )
    )
    return pd.concat([whole, parts], ignore_index=True)


def selects(release: Release) -> dict[str, str]:
    """Return what each table of the edition is made by."""
    key = "measure_number, statistic, period_type, period_end, breakdown, breakdown_value"
    symbol = f"""
        case
            when value_status = 'not_computable' then '{NOT_APPLICABLE}'
            when value_status = 'not_loaded' then '{NOT_AVAILABLE}'
            when not is_shown then '{HIDDEN}'
            when value_status = 'no_denominator' then '{NOT_APPLICABLE}'
            when value <> 0 and round(value, decimals) = 0 then '{LOW}'
        end
    """
    status = f"""
        case
            when is_shown or value_status in {WITHOUT_DATA} then value_status
            else '{CONFIDENTIAL}'
        end
    """
    no_columns = "is_shown, shows_missing, shows_unknown, shows_excluded, is_told_by_month"
    tables = {
        outcome: f"""
            select
                * exclude ({no_columns})
                replace (
                    {if_shown("numerator", "denominator", "value", "rag", "value_text", "cases_text")},
                    {status} as value_status,
                    {words.told("status_told", f"({status})")} as value_status_text,
                    case when shows_missing then n_missing_evidence end as n_missing_evidence,
                    case when shows_unknown then n_unknown end as n_unknown,
                    case when shows_excluded then n_excluded end as n_excluded,
                    case when is_told_by_month then direction_of_travel end as direction_of_travel
                ),
                {symbol} as symbol
            from {BUILT}.{outcome}
            inner join release using ({key})
        """
        for outcome in OUTCOMES
    }
    not_told = f"Not told, so that no count of 1 to {release.small.most} can be worked out."
    tables["scorecard"] = f"""
        select
            * exclude ({no_columns}, n_set_aside, breakdown, breakdown_value)
            replace (
                {if_shown(*OF_NUMBERS, *IN_WORDS)},
                {status} as value_status,
                {words.told("status_told", f"({status})")} as value_status_text,
                {if_shown(*OF_MONTHS, when="is_told_by_month")},
                {if_shown("share_unknown", "share_unknown_text", when="shows_unknown")},
                {if_shown("share_missing_evidence", "share_missing_evidence_text", when="shows_missing")},
                case
                    when not is_shown and value_status not in {WITHOUT_DATA} then '{not_told}'
                    when is_told_by_month then sentence
                    else regexp_replace(sentence, '{MOVEMENT}', '')
                end as sentence
            ),
            {symbol} as symbol
        from (
            select *, case service_area when 'all' then 'all' else 'service_area' end as breakdown,
                service_area as breakdown_value
            from {BUILT}.scorecard
        )
        inner join release using ({key})
    """
    tables["signals"] = f"""
        select *
        from {BUILT}.signals
        where breakdown = 'all'
            and (measure_number, statistic) in (
                select (measure_number, statistic) from release where is_told_by_month
            )
    """
    tables |= {table: f"select * from {BUILT}.{table}" for table in AS_THEY_ARE}
    numbers = " union all ".join(f"select * from {SHARED.table(outcome)}" for outcome in OUTCOMES)
    tables["dim_breakdown"] = f"""
        select *
        from {BUILT}.dim_breakdown
        where (breakdown, breakdown_value) in (select (breakdown, breakdown_value) from release)
    """
    tables["fct_measure_value"] = f"""
        select
            measure_key,
            period_key,
            breakdown || ':' || breakdown_value as breakdown_key,
            numerator,
            denominator,
            value,
            value_status,
            target,
            rag,
            direction_of_travel,
            symbol
        from ({numbers}) as numbers
        inner join {BUILT}.dim_measure using (measure_number, statistic)
        inner join {BUILT}.dim_period using (period_type, period_end)
    """
    tables["release"] = f"""
        select
            date '{release.as_at}' as as_at,
            timestamp '{release.finished_at}' as finished_at,
            {release.small.most} as small_number,
            {str(release.small.shows_zeros).lower()} as zeros_are_shown
    """
    return tables


def if_shown(*columns: str, when: str = "is_shown") -> str:
    """Return columns that are null unless something may be shown."""
    return ", ".join(f"case when {when} then {column} end as {column}" for column in columns)
