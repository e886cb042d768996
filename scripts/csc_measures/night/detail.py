"""
How much the published evidence tells of a case: all that its models show, or less.

Pseudonyms hide nobody from those who know them: whoever knows a person's sex, age, ethnicity and team, or the
day of a referral, finds their rows. A council that has no use for as much publishes coarse evidence.
"""

from __future__ import annotations

import duckdb

LEFT_OUT = ("sex", "ethnicity", "disability", "locality", "decided_by")
PERIOD = "period_end"


def columns_shown(connection: duckdb.DuckDBPyConnection, relation: str, detail: str) -> str:
    """
    Return the list of columns, as SQL, with which a table of evidence is published.

    In `coarse` evidence each day is the Monday of its week, and what describes a person, or tells more than a
    week (`LEFT_OUT`), is null; the columns stay. A table without cases is shown as it is.
    """
    kinds = {name: kind for name, kind, *_ in connection.execute(f"describe {relation}").fetchall()}
    if detail == "full" or "case_id" not in kinds:
        return "*"
    days = [name for name, kind in kinds.items() if kind == "DATE" and name != PERIOD]
    coarse = [f"cast(date_trunc('week', {day}) as date) as {day}" for day in days]
    coarse += [f"cast(null as {kinds[name]}) as {name}" for name in LEFT_OUT if name in kinds]
    return f"* replace ({', '.join(coarse)})"
