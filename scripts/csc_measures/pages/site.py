"""
Write the scorecard: an index, a page for each outcome and measure, the agreement, data quality and changes.

`build` reads one database of marts, and for the pages inside the service the evidence beside it, and writes
one flat folder that nothing outside it is needed for. The templates (`templates/`) place what the marts say.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from markupsafe import Markup, escape

from csc_measures.pages import drawing, reading
from csc_measures.pages.artefacts import Told, read_told
from csc_measures.pages.downloads import write_downloads
from csc_measures.pages.reading import Row
from csc_measures.settings import Council

INDEX = "index.html"
TEMPLATES = Path(__file__).parent / "templates"
INTERNAL, SHARED = "internal", "shared"
SIDES = {"activity": "Activity and quality", "impact": "Impact"}
# The pages that each edition has, in the order of the bar at the top.
WAYS = {INDEX: "All measures", "pack.html": "Board pack", "changes.html": "What changed"}
INTERNAL_WAYS = WAYS | {"agreement.html": "Agreement", "quality.html": "Data quality"}
# The signs that say what a colour and a direction say without colour.
RAG_SIGNS = {"green": "✓", "amber": "▲", "red": "✕"}
DIRECTION_SIGNS = {"better": "▲ ", "worse": "▼ ", "up": "↑ ", "down": "↓ ", "no real change": "– "}  # noqa: RUF001


LINEAGE_OF_COLUMNS = "Lineage of columns"
MAKE_LINEAGE = "measures scorecard --lineage"


@dataclass(frozen=True)
class Site:
    """What all pages have in common: where they go, the templates, and whose and of which run they are."""

    folder: Path
    templates: jinja2.Environment
    common: dict[str, Any]

    def write(self, page: str, template: str, **content: object) -> None:
        """Write one page."""
        text = self.templates.get_template(template).render(**self.common, page=page, **content)
        (self.folder / page).write_text(text, encoding="utf-8")


def build(
    database: Path,
    folder: Path,
    council: Council,
    edition: str = INTERNAL,
    evidence: Path | None = None,
    dbt: Path | None = None,
    evidence_pages: str = "",
    made: Mapping[str, str] | None = None,
) -> Path:
    """
    Write the pages of an edition into a folder, which is made; return the page to open.

    `database` holds the marts that all numbers come from, and `evidence` those of single cases: without it
    the pages tell neither findings nor narrative entries. `dbt` is the folder of dbt's artefacts, for the SQL
    that ran and the tests that guard it. `evidence_pages` leads to those of the evidence, if they stand
    anywhere, from this folder, and `made` to what tells how the numbers are made: titles and files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with reading.open_marts(database) as connection:
        run = reading.run(connection)
        site = begun(folder, council, edition, run, made)
        register = reading.register(connection)
        every = reading.headlines(connection, run["period_end"])
        headlines = [row for row in every if row["period_type"] == "month"]
        months = reading.months(connection)
        findings = reading.findings(connection, evidence)
        write_index(site, headlines, months, reading.worse_teams(connection, run["period_end"]))
        write_outcomes(site, headlines, months)
        write_measures(
            site,
            headlines,
            months,
            register=register,
            periods=reading.by_measure(every),
            parts=reading.parts(connection),
            statistics=reading.statistics(connection, run["period_end"]),
            comparators=reading.comparators(connection),
            lines=reading.by_measure(reading.agreement(connection)),
            restated=reading.by_measure(reading.restatements(connection)),
            entries=reading.by_measure(reading.entries(connection, evidence, run["period_end"])),
            lineage=reading.by_measure(reading.lineage(connection)),
            evidence_pages=evidence_pages,
            findings=findings,
            told=read_told(dbt),
        )
        if edition != SHARED:
            write_inside(site, connection, headlines, register)
        site.write(
            "changes.html",
            "changes.html.j2",
            changes=reading.changed(connection, run["period_end"], run["month_before"]),
            restated=reading.restatements(connection),
            keeps_restatements=reading.has(connection, "restatements"),
        )
        write_downloads(connection, folder, run["period_end"])
    return folder / INDEX


def begun(
    folder: Path, council: Council, edition: str, run: Row, made: Mapping[str, str] | None = None
) -> Site:
    """Write the style sheet and return what all pages have in common; `made` as in `build`."""
    templates = environment()
    style = templates.get_template("style.css.j2").render(colour=council.colour)
    (folder / "style.css").write_text(style, encoding="utf-8")
    script = (TEMPLATES / "filters.js").read_text(encoding="utf-8")
    common = {
        "council": council,
        "edition": edition,
        "run": run,
        "made": made or {},
        "to_make": {LINEAGE_OF_COLUMNS: MAKE_LINEAGE} if made and LINEAGE_OF_COLUMNS not in made else {},
        "ways": WAYS if edition == SHARED else INTERNAL_WAYS,
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }
    return Site(folder, templates, common)


@cache
def environment() -> jinja2.Environment:
    """Return the templates; what they are given is escaped, and a name they are not given is an error."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        "RAG_SIGNS": RAG_SIGNS,
        "DIRECTION_SIGNS": DIRECTION_SIGNS,
        "SIDES": SIDES,
        "FIRST_FURTHER": reading.FIRST_FURTHER,
        "bar": drawing.bar,
        "largest": drawing.largest,
        "page_of": page_of,
        "outcome_page": outcome_page,
    }
    templates.filters |= {"items": items, "is_worse": is_worse, "in_cells": in_cells}
    return templates


def page_of(number: int) -> str:
    """Return the name of a measure's page."""
    return f"measure-{number:03}.html"


def outcome_page(mart: str) -> str:
    """Return the name of an outcome's page."""
    return f"outcome-{mart}.html"


def evidence_page(number: int, month: str) -> str:
    """Return the name of the page with the cases behind a measure in a month written YYYY-MM."""
    return f"evidence-{number:03}-{month}.html"


def items(text: str | None, sign: str = "\n") -> list[str]:
    """Return the items of a text of the register, which are separated by a sign."""
    return [item.strip() for item in (text or "").split(sign) if item.strip()]


def in_cells(rows: Sequence[Row], names: Sequence[str], days: Collection[str]) -> Markup:
    """
    Return the texts of rows by these names as lines of a table, those of days in narrow cells.

    All are escaped in one go, which is several times faster than cell by cell where there are a hundred
    thousand cases. Control characters stand for the tags until then: no text that has landed holds any.
    """
    tags = {"\x1c": "<tr>", "\x1d": "<td>", "\x1e": "<td class=day>"}
    line, cell, day = tags
    form = line + "".join(f"{day if name in days else cell}%s" for name in names) + "\n"
    texts = itemgetter(*names)
    told = str(escape("".join(form % tuple([text or "" for text in texts(row)]) for row in rows)))
    for sign, tag in tags.items():
        told = told.replace(sign, tag)
    return Markup(told)


def is_worse(row: Row) -> bool:
    """Say whether the latest months of a headline are worse than chance explains."""
    return row["direction_of_travel"] == "worse"


def is_of_the_list(row: Row) -> bool:
    """Say whether a headline is one of the 120, and no further measure."""
    return row["measure_number"] < reading.FIRST_FURTHER


def by_agreement(row: Row) -> tuple[bool, bool]:
    """Put first what is held against an agreed target, then what is held against another."""
    return row["rag"] is None, row["rag_if_agreed"] is None


def needing_attention(headlines: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the headlines to look at first: agreed target missed and getting worse, then either of them."""
    missed = [row for row in headlines if row["rag"] == "red"]
    return {
        "Agreed target missed, and getting worse": [row for row in missed if is_worse(row)],
        "Agreed target missed": [row for row in missed if not is_worse(row)],
        "Getting worse": sorted(
            (row for row in headlines if is_worse(row) and row["rag"] != "red"), key=by_agreement
        ),
    }


def sparks(months: dict[int, list[Row]]) -> Callable[[int], drawing.Plot | None]:
    """Return what draws the small line of a measure."""
    return partial(_spark, months)


def _spark(months: dict[int, list[Row]], number: int) -> drawing.Plot | None:
    return drawing.plot(months.get(number, []), 300, 60, 6, digits=None)


def grouped(headlines: Sequence[Row], name: str) -> dict[str, list[Row]]:
    """Group headlines by a column, in the order of the list."""
    groups: dict[str, list[Row]] = {}
    for row in headlines:
        groups.setdefault(row[name], []).append(row)
    return groups


def counts(headlines: Sequence[Row]) -> Counter[str]:
    """Count headlines by what a reader asks first: how many meet an agreed target, and how many got worse."""
    counted = Counter(row["rag"] for row in headlines if row["rag"])
    counted["worse"] = sum(map(is_worse, headlines))
    counted["all"] = len(headlines)
    return counted


def write_index(
    site: Site, headlines: Sequence[Row], months: dict[int, list[Row]], worse_teams: dict[int, list[str]]
) -> None:
    """Write the index: what needs attention first and in which teams, then all in the order of the list."""
    of_the_list = [row for row in headlines if is_of_the_list(row)]
    further = [row for row in headlines if not is_of_the_list(row)]
    site.write(
        INDEX,
        "index.html.j2",
        attention=needing_attention(headlines),
        worse_teams=worse_teams,
        outcomes=grouped(of_the_list, "outcome"),
        further=further,
        counted=counts(of_the_list),
        grouped=grouped,
        counts=counts,
        items=items,
        spark=sparks(months),
    )


def write_outcomes(site: Site, headlines: Sequence[Row], months: dict[int, list[Row]]) -> None:
    """Write a page for each outcome, and the board pack: the 120, an outcome to a page or two of A4."""
    outcomes = grouped(headlines, "outcome")
    for outcome, rows in outcomes.items():
        site.write(
            outcome_page(rows[0]["mart"]),
            "outcome.html.j2",
            title=outcome,
            outcomes={outcome: rows},
            counts=counts,
            spark=sparks(months),
        )
    site.write(
        "pack.html",
        "outcome.html.j2",
        title="Board pack",
        outcomes=grouped([row for row in headlines if is_of_the_list(row)], "outcome"),
        counts=counts,
        spark=sparks(months),
    )


def write_inside(
    site: Site,
    connection: duckdb.DuckDBPyConnection,
    headlines: Sequence[Row],
    register: dict[int, list[Row]],
) -> None:
    """Write the pages that are for inside the service alone: the agreement and data quality."""
    latest = reading.latest_runs(connection)
    site.write("agreement.html", "agreement.html.j2", lines=reading.agreement(connection), register=register)
    site.write(
        "quality.html",
        "quality.html.j2",
        keeps_rules=reading.has(connection, "quality_by_run"),
        latest=latest,
        rules=reading.quality_by_run(connection, latest),
        runs=reading.runs(connection),
        headlines=headlines,
    )


def write_measures(
    site: Site,
    headlines: Sequence[Row],
    months: dict[int, list[Row]],
    register: dict[int, list[Row]],
    parts: dict[int, list[Row]],
    findings: Sequence[Row],
    told: Told,
    evidence_pages: str,
    **of_measures: dict[int, list[Row]],
) -> None:
    """Write the page of each measure; what else is told of measures is a list each, by number."""
    by_number = {row["measure_number"]: row for row in headlines}
    for number, statistics in register.items():
        definition = statistics[0]
        needs = items(definition["needs"], ";")
        site.write(
            page_of(number),
            "measure.html.j2",
            number=number,
            definition=definition,
            row=by_number.get(number),
            plot=drawing.plot(months.get(number, []), 900, 300, 14),
            months=months.get(number, []),
            parts=reading.parts_of(parts.get(number, [])),
            findings=[finding for finding in findings if finding["extract"] in needs],
            told=told.of(number, definition["mart"]),
            behind=evidence_pages
            and f"{evidence_pages}/{evidence_page(number, site.common['run']['month_id'])}",
            items=items,
            **{name: rows.get(number, []) for name, rows in of_measures.items()},
        )
