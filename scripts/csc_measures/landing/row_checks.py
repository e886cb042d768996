"""
Flag what rows say against themselves and each other: order of dates, codes of their time, episodes, births.

Nothing is removed. `check_columns` looks at one typed extract while it is landed; `check_across` looks at the
landed files once all are written.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures import memory
from csc_measures.contract.extracts import Code, Contract, Extract, Placing
from csc_measures.sql import pattern

FLAGGED_SCHEMA = pa.schema(
    {
        "extract": pa.string(),
        "file": pa.string(),
        "line": pa.int32(),
        "column_name": pa.string(),
        "rule": pa.string(),
    }
)


def check_columns(
    table: pa.Table, extract: Extract, contract: Contract, told: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, str, np.ndarray]]:
    """
    Check the typed rows of an extract column against column. Gives column, rule and places of rows.

    `told` gives, by column, the places of rows for which something has been found already: a date that was
    set aside is not also a blank one.
    """
    dates = [column.name for column in extract.columns if column.type in ("date", "timestamp")]
    for column in extract.columns:
        if column.places_row:
            is_blank = pc.and_(table[column.name].is_null(), _needs_date(table, column.places_row))
            blank = np.setdiff1d(_places(is_blank), told.get(column.name, []))
            yield column.name, "no_placing_date", blank
        if column.not_before:
            ends_early = _ends_before(table[column.name], table[column.not_before])
            yield column.name, "end_before_start", _places(ends_early)
        for code in contract.codes.get(column.code_set or "", ()) if dates else ():
            if code.valid_from or code.valid_to:
                is_out_of_date = _is_not_valid(table[column.name], table[dates[0]], code)
                yield column.name, "code_not_valid_on_date", _places(is_out_of_date)


def _needs_date(table: pa.Table, placing: Placing) -> pa.ChunkedArray:
    """Tell of each row whether it needs a date to be placed by, as the contract says."""
    if placing.column is None:
        return pa.chunked_array([pa.repeat(pa.scalar(True), table.num_rows)])
    values = table[placing.column]
    if not placing.codes:
        return values.is_valid()
    has_code = pc.fill_null(pc.is_in(values, value_set=pa.array(placing.codes)), False)
    return pc.invert(has_code) if placing.is_unless else has_code


def _ends_before(ended: pa.ChunkedArray, started: pa.ChunkedArray) -> pa.ChunkedArray:
    """Compare days where either time is not known (midnight), else moments."""
    end, start = (each.cast(pa.timestamp("us")) for each in (ended, started))
    end_day, start_day = (pc.floor_temporal(each, unit="day") for each in (end, start))
    both_times = pc.and_(pc.not_equal(end, end_day), pc.not_equal(start, start_day))
    return pc.or_(pc.less(end_day, start_day), pc.and_(both_times, pc.less(end, start)))


def _is_not_valid(codes: pa.ChunkedArray, dates: pa.ChunkedArray, code: Code) -> pa.ChunkedArray:
    days = dates.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    is_early = pc.less(days, date.fromisoformat(code.valid_from or "0001-01-01"))
    is_late = pc.greater(days, date.fromisoformat(code.valid_to or "9999-12-31"))
    return pc.and_(pc.equal(codes, code.code), pc.or_(is_early, is_late))


def _places(is_broken: pa.ChunkedArray) -> np.ndarray:
    return np.flatnonzero(pc.fill_null(is_broken, False).to_numpy())


def check_across(landed: Path, loaded: set[str], findings: pa.Table) -> pa.Table:
    """
    Check episodes of care and births in the landed files, in the `loaded` extracts only.

    Gives a table in `FLAGGED_SCHEMA`. A birth is not unknown when `findings` has set its date aside already.
    """
    queries = []
    if "ssd_cla_episodes" in loaded:
        queries += [OVERLAPPING_EPISODES, GAPS_AFTER_EPISODES]
    if "ssd_person" in loaded:
        queries += [BIRTHS_UNKNOWN]
    if {"ssd_person", "ssd_cin_episodes"} <= loaded:
        queries += [REFERRALS_BEFORE_BIRTH]
    with duckdb.connect(config=memory.of_duckdb(landed.parent)) as database:
        database.register("findings", findings)
        for extract in sorted(loaded & {"ssd_cla_episodes", "ssd_person", "ssd_cin_episodes"}):
            database.read_parquet(pattern(landed / f"{extract}.parquet")).create_view(extract)
        found = [database.execute(query).to_arrow_table().cast(FLAGGED_SCHEMA) for query in queries]
    return pa.concat_tables([FLAGGED_SCHEMA.empty_table(), *found])


EPISODES = """
    with episodes as (
        select
            source_file,
            source_line,
            clae_person_id as person_id,
            clae_cla_episode_id_rank as id_rank,
            cast(clae_cla_episode_start_date as date) as started_on,
            cast(clae_cla_episode_ceased_date as date) as ended_on,
            clae_cla_episode_ceased_reason as reason
        from ssd_cla_episodes
        where clae_person_id is not null and clae_cla_episode_start_date is not null
    )
"""

OVERLAPPING_EPISODES = f"""
    {EPISODES},
    with_earlier_end as (
        select
            *,
            max(coalesce(ended_on, date '9999-12-31')) over (
                partition by person_id
                order by started_on, ended_on nulls last, id_rank
                rows between unbounded preceding and 1 preceding
            ) as earlier_end
        from episodes
    )
    select
        'ssd_cla_episodes' as extract,
        source_file as file,
        source_line as line,
        'clae_cla_episode_start_date' as column_name,
        'overlapping_episode' as rule
    from with_earlier_end
    where started_on < earlier_end
"""

GAPS_AFTER_EPISODES = f"""
    {EPISODES}
    select
        'ssd_cla_episodes' as extract,
        source_file as file,
        source_line as line,
        'clae_cla_episode_ceased_date' as column_name,
        'gap_after_episode' as rule
    from episodes
    anti join episodes as following
        on episodes.person_id = following.person_id
        and episodes.ended_on = following.started_on
        and episodes.id_rank <> following.id_rank
    where episodes.reason = 'X1' and episodes.ended_on is not null
"""

BIRTHS_UNKNOWN = """
    select
        'ssd_person' as extract,
        source_file as file,
        source_line as line,
        'pers_dob' as column_name,
        'no_date_of_birth' as rule
    from ssd_person
    anti join findings
        on findings.extract = 'ssd_person'
        and findings.file = ssd_person.source_file
        and findings.line = ssd_person.source_line
        and findings.column_name in ('pers_dob', 'pers_expected_dob')
    where pers_dob is null and pers_expected_dob is null
"""

REFERRALS_BEFORE_BIRTH = """
    select
        'ssd_cin_episodes' as extract,
        ssd_cin_episodes.source_file as file,
        ssd_cin_episodes.source_line as line,
        'cine_referral_date' as column_name,
        'referred_before_birth' as rule
    from ssd_cin_episodes
    inner join ssd_person on ssd_cin_episodes.cine_person_id = ssd_person.pers_person_id
    where ssd_person.pers_expected_dob is null
        and cast(ssd_person.pers_dob as date) > cast(ssd_cin_episodes.cine_referral_date as date)
"""
