"""
Which landed rows differ between two runs, by key and content, and what became of each.

A row is known by the key of its extract; where it stands in its file is no part of what it tells.

recorded late
    It is new, with a date up to the earlier run's as-at date or without any; or it tells something that it
    was silent on, of a date up to then.
corrected
    It tells something else than it did, or nothing any more.
removed
    It is gone.
window moved on
    It is new, or tells something else, of dates after the earlier run's as-at date.
"""

from __future__ import annotations

import filecmp
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from csc_measures.contract.extracts import Extract, read_contract
from csc_measures.sql import pattern, quoted

LATE, CORRECTED, REMOVED, MOVED_ON = "recorded late", "corrected", "removed", "window moved on"


def find_changed_rows(
    connection: duckdb.DuckDBPyConnection, then: Path, now: Path, as_at_then: date, asked: Collection[str]
) -> None:
    """
    Write the temporary table `changed_rows`: what differs in two folders of landed extracts, those `asked`.

    One row for each row that differs, id that it bears and thing that became of it: extract, id, became.
    """
    columns = "extract varchar, id varchar, became varchar"
    connection.execute(f"create or replace temp table changed_rows ({columns})")
    for extract in read_contract().extracts.values():
        before, after = (folder / f"{extract.name}.parquet" for folder in (then, now))
        is_there = extract.name in asked and before.is_file() and after.is_file()
        if is_there and not filecmp.cmp(before, after, shallow=False):
            changed = _changed_rows(extract, before, after, as_at_then)
            connection.execute(f"insert into changed_rows {changed}")


def _changed_rows(extract: Extract, before: Path, after: Path, as_at_then: date) -> str:
    """Return SQL for what became of the rows of one extract that differ, once for each id that they bear."""
    key, in_both = extract.key.name, {*pq.read_schema(before).names} & {*pq.read_schema(after).names}
    told, dates, ids = [key], [], [key]
    for column in extract.columns:
        landed = [each.name for each in column.landed_columns() if each.name in in_both]
        names = [name for name in landed if not name.endswith("_rank")]
        told += [name for name in names if name != key]
        ids += [name for name in names if column.holds_ids and name != key]
        dates += [name for name in names if column.type in ("date", "timestamp") and not column.may_lie_ahead]
    rest = [name for name in told if name not in (key, *dates)]
    otherwise, filled = "before.{0} is distinct from after.{0}", "before.{0} is null"
    lies_ahead = f"cast(after.{{0}} as date) > date '{as_at_then}'"
    moved_on = _any(dates, f"{otherwise} and {lies_ahead}")
    as_of_then = f"{otherwise} and not coalesce({lies_ahead}, false)"
    is_new, is_gone = f"before.{key} is null", f"after.{key} is null"
    of_dates = _any(dates, f"after.{{0}} is not null and not {lies_ahead}")
    undated = f"not {_any(dates, 'after.{0} is not null')}"
    became = {
        LATE: f"case when {is_new} then {of_dates} or {undated} "
        f"else {_any(dates, f'{as_of_then} and {filled}')} "
        f"or {_any(rest, f'{otherwise} and {filled}')} and not {moved_on} end",
        CORRECTED: f"not {is_new} and ({_any(dates, f'{as_of_then} and not {filled}')} "
        f"or {_any(rest, f'{otherwise} and not {filled}')} and not {moved_on})",
        MOVED_ON: f"case when {is_new} then not ({of_dates} or {undated}) else {moved_on} end",
    }
    told_of_it = ", ".join(f"case when {condition} then '{what}' end" for what, condition in became.items())
    borne = ", ".join(f"{side}.{name}" for side in ("before", "after") for name in ids)
    return f"""
        select '{extract.name}', id, unnest(became)
        from (
            select unnest(ids) as id, became
            from (
                select
                    list_filter(list_distinct([{borne}]), lambda id: id is not null) as ids,
                    case when {is_gone} then ['{REMOVED}']
                        else list_filter([{told_of_it}], lambda what: what is not null) end as became
                from ({_only_in(before, after, told)}) as before
                full join ({_only_in(after, before, told)}) as after on before.{key} = after.{key}
            )
        )
    """


def _only_in(one: Path, other: Path, columns: Sequence[str]) -> str:
    """Return SQL for the rows of one file that are not in the other, word for word."""
    names = ", ".join(columns)
    content = f"hash({names}) as content"
    return f"""
        select {names}
        from (select {names}, {content} from read_parquet('{quoted(pattern(one))}'))
        anti join (select {content} from read_parquet('{quoted(pattern(other))}')) using (content)
    """


def _any(names: Sequence[str], condition: str) -> str:
    """Return SQL that says whether a condition, in which {0} is the column, holds for one of some columns."""
    return f"({' or '.join(f'({condition.format(name)})' for name in names) or 'false'})"
