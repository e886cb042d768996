"""Write the first page of a region: its authorities, what their numbers are of, the way to their pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from csc_measures.pages import reading
from csc_measures.pages.reading import Row
from csc_measures.pages.site import INDEX, SHARED, begun
from csc_measures.settings import Council


def build(database: Path, folder: Path, council: Council, edition: str, authorities: Sequence[Row]) -> Path:
    """
    Write the page of an edition into a folder, which is made; return it.

    `database` holds the marts of all authorities. Of each, a row has `authority`, `name`, `as_at`, `told`
    (what else its numbers are of, in words, or nothing) and `pages`, which leads to its own from this folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with reading.open_marts(database) as connection:
        [run] = reading.ask(connection, _run(edition))
        counted = {row["authority"]: row for row in reading.ask(connection, COUNTED)}
    site = begun(folder, council, edition, run)
    rows = [{**each, **counted.get(each["authority"], NOTHING)} for each in authorities]
    site.write(INDEX, "authorities.html.j2", authorities=rows)
    return folder / INDEX


NOTHING = {"month": None, "red": None, "amber": None, "green": None, "worse": None}
COUNTED = f"""
    select
        authority,
        month_in_words(period_end) as month,
        count(*) filter (where rag = 'red') as red,
        count(*) filter (where rag = 'amber') as amber,
        count(*) filter (where rag = 'green') as green,
        count(*) filter (where direction_of_travel = 'worse') as worse
    from (
        from marts.scorecard
        where period_type = 'month'
        qualify period_end = max(period_end) over (partition by authority)
    )
    where service_area = 'all' and measure_number < {reading.FIRST_FURTHER}
    group by all
"""


def _run(edition: str) -> str:
    """Return the query of what is said of all authorities at the head and foot of the page."""
    made_by = (
        "null as run_id, null as definition_version, null as code_version from marts.release"
        if edition == SHARED
        else "max(run_id) as run_id, arg_max(definition_version, run_id)[:12] as definition_version, "
        "arg_max(code_version, run_id)[:12] as code_version from marts.runs"
    )
    return f"""
        select
            (
                select month_in_words(max(period_end)) from marts.scorecard where period_type = 'month'
            ) as month,
            day_in_words(max(as_at)) as as_at,
            day_in_words(cast(max(finished_at) as date)) as built_on,
            {made_by}
    """
