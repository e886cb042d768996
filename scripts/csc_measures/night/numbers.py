"""
Hold the numbers of a build against those that are served, before they take their place.

A number of a past month changes when records come late or are put right; when many cases of it come or go in
one night, something is wrong with the extracts or with the night.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from csc_measures import memory
from csc_measures.contract.rules import Measured
from csc_measures.night.editions import DATABASE, OUTCOMES
from csc_measures.sql import quoted

FEW = 20
"""Cases of which a share is taken when there were fewer: small numbers change by chance."""
OF_CASES = "('count', 'pct', 'rate_per_10k')"  # units whose numerators are numbers of cases
OF_MONTHS = f"unit in {OF_CASES} and period_type = 'month' and breakdown = 'all' and numerator is not null"


def changes_of_numbers(built: Path, generation: Path) -> list[Measured]:
    """
    Measure how far each statistic is from what `generation` serves, in the months that both have.

    That is the sum of the differences of its numerators, as a share of their sum.
    """
    with duckdb.connect(config=memory.of_duckdb(built.parent)) as connection:
        connection.execute(f"attach '{quoted(built)}' as measures (read_only)")
        connection.execute(f"attach '{quoted(generation / DATABASE)}' as served (read_only)")
        rows = connection.execute(" union all ".join(_changes_of(outcome) for outcome in OUTCOMES)).fetchall()
    return [
        Measured(f"{mart}, measure {number} {statistic}", "numbers_changed", share, f"{now:g}, last {then:g}")
        for mart, number, statistic, share, now, then in sorted(rows)
    ]


def _changes_of(mart: str) -> str:
    """Return SQL that compares the numerators of a measure table by measure and statistic."""
    return f"""
        select
            '{mart}',
            measure_number,
            statistic,
            sum(abs(now.numerator - served.numerator)) / greatest(sum(abs(served.numerator)), {FEW}),
            sum(now.numerator),
            sum(served.numerator)
        from (select * from measures.marts.{mart} where {OF_MONTHS}) as now
        join (select * from served.marts.{mart} where {OF_MONTHS}) as served
            using (measure_number, statistic, period_end)
        group by measure_number, statistic
    """
