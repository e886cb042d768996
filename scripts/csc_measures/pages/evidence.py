"""
Write the evidence pages: of each headline and recent month the cases behind it, which add up to the number.

They tell of single cases, by pseudonym, and are for those who may read the evidence: a folder of its own.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from pathlib import Path

from csc_measures.pages import cases, reading
from csc_measures.pages.reading import Row
from csc_measures.pages.site import INDEX, Site, begun, evidence_page, page_of
from csc_measures.settings import Council

MONTHS = 3
RESTRICTED = "evidence"
# What is shown of a case beside how it stands, where any case of the page has it.
COLUMNS = {
    "reason": "Why",
    "amount": "Amount",
    "decided_by": "Decided by",
    "counted_on": "Counted on",
    "started_on": "Started",
    "due_on": "Due",
    "done_on": "Done",
    "ended_on": "Ended",
    "previous_on": "Before",
    "service_area": "Service area",
    "team": "Team",
    "came_from": "Came from",
}


def build(
    database: Path, evidence: Path, folder: Path, council: Council, landed: Path | None, scorecard: str
) -> Path:
    """
    Write the evidence pages of the latest months into a folder, which is made; return the page to open.

    `database` and `evidence` hold the numbers and the cases of one generation, `landed` is the folder of the
    extracts that it was made of, for the file and line of each case, and `scorecard` leads from here to the
    pages of the measures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with cases.open_cases(database, evidence) as connection:
        run = reading.run(connection)
        site = begun(folder, council, RESTRICTED, run)
        months = reading.ask(
            connection,
            "select distinct period_end from marts.scorecard where period_type = 'month' "
            "order by period_end desc limit ?",
            MONTHS,
        )
        ends = [row["period_end"] for row in months]
        cases.take(connection, landed, "cases.period_end >= $1", min(ends))
        sums = cases.sums(connection, ends)
        behind: defaultdict[tuple[int, object], list[Row]] = defaultdict(list)
        for row in cases.told(connection):
            behind[row["measure_number"], row["period_end"]].append(row)
    for said in sums:
        write_page(site, said, scorecard, behind[said["measure_number"], said["period_end"]])
    by_measure = {
        number: list(of_it) for number, of_it in groupby(sums, key=lambda said: said["measure_number"])
    }
    site.write(INDEX, "evidence_index.html.j2", measures=by_measure, evidence_page=evidence_page)
    return folder / INDEX


def write_page(site: Site, said: Row, scorecard: str, rows: list[Row]) -> None:
    """Write the page of one headline and month."""
    site.write(
        evidence_page(said["measure_number"], said["month_id"]),
        "evidence.html.j2",
        said=said,
        measure_page=f"{scorecard}/{page_of(said['measure_number'])}",
        days=cases.DATES,
        columns={name: title for name, title in COLUMNS.items() if any(row[name] for row in rows)},
        groups={
            title: group
            for stands, title in cases.STANDS.items()
            if (group := [row for row in rows if row["stands"] == stands])
        },
    )
