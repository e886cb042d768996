"""
Great Expectations at the door and before publication: small suites over profiles of the data.

A profile is a data frame with one row per extract, column or statistic and a count of offenders in each
column, made by DuckDB. So the suites cost little whatever the size of the council, a failure says where it
is, and no value of a child's data can get into a result or its page (`docs`). The suites of the extracts are
made from the contract, those of the limits from the settings: what landing has measured is held against them
once more, where its guards have let it pass. (Great Expectations reads DuckDB through frames only: through
its SQL engine every expectation errors.)

In the companion (`python -m csc_measures.night.expectations`) the library is imported at once, which takes
seconds, and each order is one suite on one place. In the night, `expect` gives the order and `judge` waits
for it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from csc_measures import memory
from csc_measures.contract.extracts import read_contract
from csc_measures.contract.rules import CONCERNS, Measured
from csc_measures.landing.landed_columns import ARROW_TYPES
from csc_measures.landing.values import known_by_a_part
from csc_measures.night import docs
from csc_measures.night.companion import Companion, answering, orders
from csc_measures.night.editions import OUTCOMES
from csc_measures.sql import pattern, quoted
from csc_measures.stop import NO_ROOM, ExitCode, Stop

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.datasource.fluent import PandasDatasource
    from pandas import DataFrame

FIRST_DAY, LAST_DAY = "1900-01-01", "2100-12-31"
PERIOD_TYPES = ("month", "ytd", "rolling_12m")
UNITS = ("pct", "count", "mean", "median", "max", "days", "rate_per_10k")
# Leavers over the average in post, and complaints over children looked after.
RATIOS = ((68, "pct"), (68, "pct_dfe_fte"), (110, "per_100_looked_after_children"))
IS_RATIO = f"(measure_number, statistic) in {RATIOS}"
VALUE_STATUSES = ("ok", "no_denominator", "not_loaded", "not_computable", "provisional", "narrative")
EFFECTS = ("set_aside_row", "set_aside_value", "flagged")
KEYS = ("extract", "extract_column", "place", "mart", "measure_number", "statistic", "rule")
SHOWN = 5
PAGES = "expectations"  # the folder of the pages


def expect(
    companion: Companion,
    measured: Iterable[Measured],
    limits: Mapping[str, float],
    docs: Path,
    **where: str,
) -> None:
    """
    Order what is expected `landed` (a folder) or in a `database`, and of what was measured of it.

    `limits` are those of the rules that were not accepted, and `docs` is the folder for the pages.
    """
    told = [(each.place, each.rule, each.amount) for each in measured]
    companion.order(measured=told, limits=dict(limits), docs=str(docs), **where)


def judge(companion: Companion, suite: str) -> int:
    """Wait for the answer to some suites; return the number of expectations that held, or stop with 30."""
    answer = companion.answer()
    if answer["failures"]:
        raise Stop(
            ExitCode.CHECK_FAILED,
            f"{len(answer['failures'])} expectations {suite} failed; what was published last stays served.",
            answer["failures"],
            "Mend the cause, in the extracts or in the models named, and run the night again.",
        )
    return answer["held"]


def door_profiles(landed: Path) -> Iterator[tuple[str, str]]:
    """Yield the profiles of the landed extracts, as name and SQL."""
    rows, dates = [], []
    folder = quoted(pattern(landed))
    for extract in read_contract().extracts.values():
        source, key = f"'{folder}/{extract.name}.parquet'", extract.key.name
        rows.append(
            f"""
            select
                '{extract.name}' as extract,
                count(*) as n_rows,
                count(*) - count({key}) as without_key,
                count({key}) - count(distinct {key}) as repeated_key,
                count(*) filter (where source_file is null or source_line is null) as without_line
            from {source}
            """
        )
        dates += [
            f"""
            select
                '{extract.name}.{column.name}' as extract_column,
                {column.may_lie_ahead} as may_lie_ahead,
                cast(min({column.name}) as date) as earliest,
                cast(max({column.name}) as date) as latest
            from {source}
            """
            for column in extract.columns
            if column.type in ("date", "timestamp")
        ]
    yield (
        "extracts",
        f"""
        select
            extract,
            without_key,
            repeated_key,
            without_line,
            abs(rows.n_rows - loaded.n_rows) as rows_not_accounted_for,
            case when is_loaded then 0 else rows.n_rows end as rows_of_an_absent_extract,
            (loaded.extract is null)::int as not_in_loaded_extracts
        from ({" union all ".join(rows)}) as rows
        left join '{folder}/loaded_extracts.parquet' as loaded using (extract)
        """,
    )
    yield (
        "dates",
        f"""
        select
            extract_column,
            (earliest < date '{FIRST_DAY}')::int as too_early,
            (latest > case when may_lie_ahead then date '{LAST_DAY}' else as_at end)::int as too_late
        from ({" union all ".join(dates)}) as dates
        cross join '{folder}/run.parquet' as run
        """,
    )
    yield "codes", codes_profile(landed)


def codes_profile(landed: Path) -> str:
    """Return SQL that counts, by column, the codes that are in no list and were not flagged as such."""
    folder, contract = quoted(pattern(landed)), read_contract()
    columns = []
    for extract in contract.extracts.values():
        for column in extract.columns:
            is_list = column.code_set and not known_by_a_part(column.code_set) and not column.is_flag_list
            if column.code_set and is_list and column.lands:
                codes = ", ".join(f"'{quoted(code.code)}'" for code in contract.codes[column.code_set])
                columns.append(
                    f"""
                    select
                        '{extract.name}' as extract,
                        '{column.name}' as column_name,
                        count(*) filter (where {column.name} not in ({codes})) as n
                    from '{folder}/{extract.name}.parquet'
                    """
                )
    return f"""
        select
            extract || '.' || column_name as extract_column,
            greatest(any_value(columns.n) - coalesce(sum(found.n_findings), 0), 0) as unlisted_and_not_flagged
        from ({" union all ".join(columns)}) as columns
        left join (from '{folder}/data_quality.parquet' where rule = 'unknown_code') as found
            using (extract, column_name)
        group by all
    """


def mart_profiles() -> Iterator[tuple[str, str]]:
    """Yield the profiles of the marts, as name and SQL."""
    yield "values", " union all ".join(values_profile(outcome) for outcome in OUTCOMES)
    yield "evidence", " union all ".join(evidence_profile(outcome) for outcome in OUTCOMES)
    yield (
        "register",
        """
        select
            measure_number,
            statistic,
            count(*) - 1 as repeated_key,
            count(*) - count(measure_id) as without_id
        from marts.measures
        group by all
        """,
    )
    yield (
        "scorecard",
        """
        select
            measure_number,
            statistic,
            count(*) filter (
                where lower > value + 1e-9 or upper < value - 1e-9
            ) as value_outside_its_interval,
            count(*) filter (
                where rag is not null and target_basis is distinct from 'agreed'
            ) as colour_not_agreed,
            count(*) filter (
                where value_status not in ('ok', 'provisional')
                    and coalesce(
                        rag, rag_if_agreed, direction_of_travel, direction_on_year, signal, will_it_hit
                    ) is not null
            ) as judged_without_a_value,
            count(*) filter (
                where england is not null and comparator_year is null
            ) as figure_without_its_year,
            count(*) - count(sentence) as without_sentence
        from marts.scorecard
        group by all
        """,
    )
    yield (
        "findings",
        f"""
        select
            extract,
            rule,
            count(*) filter (where {is_not_in("effect", EFFECTS)}) as unknown_effect
        from marts.data_quality
        group by all
        """,
    )
    yield (
        "outcomes",
        " union all ".join(
            f"""
            select
                '{outcome}' as mart,
                (count(*) filter (where value_status = 'ok') > 0
                and count(*) filter (where numerator > 0) = 0)::int as told_and_all_zero
            from marts.{outcome}
            """
            for outcome in OUTCOMES
        ),
    )


def values_profile(mart: str) -> str:
    """Return SQL that counts the offenders of each statistic in a measure table."""
    return f"""
        select
            '{mart}' as mart,
            measure_number,
            statistic,
            count(*) filter (where {is_not_in("unit", UNITS)}) as unknown_unit,
            count(*) filter (where {is_not_in("period_type", PERIOD_TYPES)}) as unknown_period_type,
            count(*) filter (where {is_not_in("value_status", VALUE_STATUSES)}) as unknown_status,
            count(*) filter (
                where period_end is null or breakdown is null or breakdown_value is null
            ) as incomplete_key,
            count(*)
            - count(distinct hash(period_type, period_end, breakdown, breakdown_value)) as repeated_key,
            count(*) filter (
                where unit = 'pct' and (value < 0 or value > 100 and not {IS_RATIO})
            ) as not_0_to_100,
            count(*) filter (
                where unit = 'pct' and numerator > denominator and not {IS_RATIO}
            ) as numerator_over_denominator,
            count(*) filter (where unit = 'count' and denominator is not null) as count_with_denominator,
            count(*) filter (where value_status = 'ok' and value is null) as ok_without_value,
            count(*) filter (
                where value_status in ('not_loaded', 'not_computable')
                    and coalesce(numerator, denominator, value) is not null
            ) as value_though_not_loaded,
            count(*) filter (
                where value_status = 'no_denominator' and value is not null
            ) as value_without_denominator,
            count(*) filter (where target is not null and value is null) as target_without_value,
            count(*) filter (where rag is not null and target is null) as rag_without_target
        from marts.{mart}
        group by all
    """


def evidence_profile(mart: str) -> str:
    """Return SQL that counts the offenders of each statistic in an evidence table."""
    return f"""
        select
            '{mart}_evidence' as mart,
            measure_number,
            statistic,
            count(*) filter (where {is_not_in("period_type", PERIOD_TYPES)}) as unknown_period_type,
            count(*) filter (where case_id is null or period_end is null) as incomplete_key,
            count(*) - count(distinct hash(period_type, period_end, case_id)) as repeated_key,
            count(*) filter (
                where in_numerator and not in_denominator and not {IS_RATIO}
            ) as in_numerator_alone,
            count(*) filter (where in_denominator and exclusion_reason is not null) as excluded_but_in
        from marts.{mart}_evidence
        group by all
    """


def is_not_in(column: str, words: Iterable[str]) -> str:
    """Return a condition that holds for values of a column outside a set of words, null included."""
    return f"{column} is null or {column} not in {tuple(words)}"


def main() -> None:
    """In the companion: import Great Expectations, then check suite after suite as they are ordered."""
    memory.free_late()
    put_off("scipy", "stats")  # a quarter of the import, for expectations of distributions
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    frames = context.data_sources.add_pandas("profiles")
    with answering() as answer:
        counted: dict[str, tuple[int, int]] = {}
        for order in orders():
            limits, folder = order.pop("limits"), Path(order.pop("docs"))
            folder.mkdir(mode=0o700, exist_ok=True)
            held, failures = 0, []
            for name, profile in read_profiles(**order):
                found = validate(frames, name, profile, limits)
                failed = [describe(name, result) for result in found.results if not result.success]
                docs.write_page(name, found, folder)
                counted[name] = len(found.results) - len(failed), len(failed)
                held += len(found.results) - len(failed)
                failures += failed
            docs.write_index(folder, counted)
            answer(held=held, failures=failures)
            if "database" in order:  # the last: what the library takes is free while the marts are copied
                return


def put_off(package: str, name: str) -> None:
    """Let a module of a package be loaded only when something of it is used, not where it is imported."""
    spec = importlib.util.find_spec(f"{package}.{name}")
    if spec and spec.loader:
        loader = spec.loader = importlib.util.LazyLoader(spec.loader)
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        setattr(sys.modules[package], name, module)


def read_profiles(
    *, measured: list[tuple[str, str, float]], landed: str = "", database: str = ""
) -> Iterator[tuple[str, DataFrame]]:
    """Yield the profiles, as name and data frame, of a landed folder or of the marts in a database."""
    profiles = door_profiles(Path(landed)) if landed else mart_profiles()
    config = memory.of_duckdb(Path(landed or database).parent)
    with duckdb.connect(database or ":memory:", read_only=bool(database), config=config) as connection:
        for name, sql in profiles:
            yield name, connection.execute(sql).df()
    if landed:
        yield "contract", contract_profile(Path(landed))
    if measured:
        yield "limits_of_the_extracts" if landed else "limits_of_the_marts", limits_profile(measured)


def contract_profile(landed: Path) -> DataFrame:
    """Count, by extract, the columns that did not land as the contract has them."""
    from pandas import DataFrame

    rows = []
    for extract in read_contract().extracts.values():
        schema = pq.read_schema(landed / f"{extract.name}.parquet")
        types = dict(zip(schema.names, schema.types, strict=True))
        expected = {column.name: ARROW_TYPES[column.data_type] for column in extract.landed_columns()}
        rows.append(
            {
                "extract": extract.name,
                "missing_column": len(expected.keys() - types.keys()),
                "unknown_column": len(types.keys() - expected.keys()),
                "another_type": sum(types[name] != expected[name] for name in types.keys() & expected.keys()),
            }
        )
    return DataFrame(rows)


def limits_profile(measured: list[tuple[str, str, float]]) -> DataFrame:
    """Lay out what was measured: a row for each place, a column for each rule."""
    from pandas import DataFrame

    frame = DataFrame(measured, columns=["place", "rule", "amount"])
    return frame.pivot(index="place", columns="rule", values="amount").reset_index()


def validate(
    frames: PandasDatasource, name: str, profile: DataFrame, limits: Mapping[str, float]
) -> ExpectationSuiteValidationResult:
    """
    Expect every count of offenders in a profile to be 0, or what was measured to be within its limit.

    The columns in KEYS say where a row belongs; a rule without a limit was accepted.
    """
    import great_expectations as gx
    from great_expectations.expectations import ExpectColumnValuesToBeBetween

    batch = frames.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
    suite = gx.ExpectationSuite(
        name,
        expectations=[
            ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=limits.get(str(column), 0))
            for column in profile
            if column not in KEYS and (column in limits or column not in CONCERNS)
        ],
    )
    places = [column for column in profile if column in KEYS]
    return batch.get_batch({"dataframe": profile}).validate(
        suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": places}
    )


def describe(name: str, result: ExpectationValidationResult) -> str:
    """Say in one line what a failed expectation found, and where."""
    column = result.expectation_config.kwargs["column"]
    found = result.result.get("unexpected_index_list")
    if not found and NO_ROOM.search(str(result.exception_info)):
        raise MemoryError
    if not found:
        return f"{name}: {column} could not be checked"
    places = [
        f"{' '.join(str(place[key]) for key in place if key in KEYS)}: {place[column]:g}"
        for place in found[:SHOWN]
    ]
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{name}: {column.replace('_', ' ')} ({'; '.join(places)}{more})"


if __name__ == "__main__":
    main()
