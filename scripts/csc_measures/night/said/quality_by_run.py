"""
How often each rule was broken in each published run: `marts.quality_by_run`, kept from night to night.

It counts what `marts.data_quality` of each run held, and names neither file nor line nor case.
"""

from __future__ import annotations

import duckdb

from csc_measures.night.editions import EVIDENCE, NUMBERS
from csc_measures.night.said.published import LAST, has_columns

MART = "quality_by_run"
RULE = ("extract", "column_name", "rule", "effect")


def write_quality_by_run(connection: duckdb.DuckDBPyConnection, run_id: str, as_at: object) -> None:
    """
    Write `marts.quality_by_run` of a new generation, whose data quality is written already.

    It goes on from the generation attached as `last`, where that has it. A run without findings has no row.
    """
    before = f"from {LAST}.marts.{MART} union all" if has_columns(connection, LAST, MART, RULE) else ""
    connection.execute(
        f"""
        create table {NUMBERS.table(MART)} as
        {before}
        select
            $run_id as run_id,
            cast($as_at as date) as as_at,
            {", ".join(RULE)},
            any_value(meaning order by meaning) as meaning,
            cast(sum(n_findings) as bigint) as n_findings
        from {EVIDENCE.table("data_quality")}
        group by {", ".join(RULE)}
        order by all
        """,
        {"run_id": run_id, "as_at": as_at},
    )
