"""Explain one measure: what it means, which column of which population says so, what that is read from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from csc_measures.definitions.entries import needs_of, refines_of
from csc_measures.definitions.parameters import as_text
from csc_measures.definitions.register import Definitions, Measure, read_definitions
from csc_measures.definitions.written import Population, columns_read, read_populations
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

IN_WORDS = {
    "why_it_matters": "why it matters",
    "counts_what": "one case",
    "denominator": "who is in",
    "numerator": "who meets it",
    "exclusions": "left out",
    "date_basis": "dated by",
    "reading": "read from",
}


def measure_of(number: int, definitions: Definitions) -> Measure:
    """Return the definition of a measure; stop with 60 when there is none of that number."""
    for measure in definitions.measures:
        if measure.entry["n"] == number:
            return measure
    raise Stop(
        ExitCode.WRONG_SETTINGS,
        f"No definition has the number {number}.",
        [str(PROJECT / "definitions")],
        "Write its entry in the file of its work area, as definitions/README.md says, or type: measures new",
    )


def explain_measure(number: int, console: Console, root: Path = PROJECT) -> None:
    """
    Show what a measure means and where it comes from: words, statistics, SQL, extracts, parameters.

    Nothing is built and no warehouse is needed. Raises Stop (60) when no definition has the number, or as
    `read_definitions` does.
    """
    definitions = read_definitions(root)
    measure = measure_of(number, definitions)
    populations = read_populations(root)
    fed_by = {
        (feed["statistic"], name): (population, column, feed)
        for name, population in populations.items()
        for column, feed in population.feeds
        if feed["measure"] == number
    }
    console.print(f"{number}  {measure.entry['title']}", style="bold")
    told = Table.grid(padding=(0, 2))
    for heading, text in in_words(measure):
        told.add_row(heading, text)
    for statistic in measure.entry["statistics"]:
        told.add_row("", "")
        told.add_row(statistic["name"], said_of(statistic))
        for (name, _), (population, column, feed) in fed_by.items():
            if name == statistic["name"]:
                told.add_row("", claim_of(population, column, feed, root))
    told.add_row("", "")
    for extract, text in extracts_of(measure, {name for _, name in fed_by}, root):
        told.add_row(extract, text)
    for name in measure.entry["parameters"]:
        parameter = definitions.parameters[name]
        told.add_row("parameter", f"{name}: {as_text(parameter.default)} unless agreed. {parameter.meaning}")
    console.print(told, soft_wrap=False)
    console.print(f"What it gives: measures try {number}")


def in_words(measure: Measure) -> Iterator[tuple[str, str]]:
    """Yield headings with what the definition says under each."""
    entry = measure.entry
    yield "id", entry["id"]
    yield "definition", f"definitions/{measure.file}; {entry['definition_status']}, owner {entry['owner']}"
    yield "table", f"marts.{measure.outcome.mart} ({measure.outcome.title}, {measure.work_area_title})"
    for key, heading in IN_WORDS.items():
        if text := entry.get(key):
            yield heading, "\n".join(text) if isinstance(text, list) else text


def said_of(statistic: dict[str, Any]) -> str:
    """Say what a statistic is."""
    parts = [
        f"{statistic['unit']}, {statistic['clock'].replace('_', ' ')}",
        "the headline" if "headline" in statistic else "",
        statistic.get("meaning", ""),
        f"not computable: {statistic['not_computable']}" if "not_computable" in statistic else "",
    ]
    return "; ".join(part for part in parts if part)


def claim_of(population: Population, column: str, feed: dict[str, Any], root: Path) -> str:
    """Say which column of which population feeds a statistic, where that is, how it is counted, its claim."""
    sql = population.sql.relative_to(root).as_posix()
    how = ", ".join(how_counted(feed))
    described = population.described[column]["description"]
    place = f"{sql}, line {population.line_of(column)}: {column}"
    return f"{place} ({how})\n{described}" if how else f"{place}\n{described}"


def how_counted(feed: dict[str, Any]) -> Iterator[str]:
    """Yield, in words, what a feed says besides the statistic."""
    if "as" in feed:
        yield f"as {feed['as']}"
    for name, value in feed.get("only", {}).items():
        yield f"only {name} {value}"
    if "out_of" in feed:
        yield f"out of {feed['out_of']}"
    if "because" in feed:
        yield f"the reasons in {feed['because']}"


def extracts_of(measure: Measure, populations: set[str], root: Path) -> Iterator[tuple[str, str]]:
    """Yield the extracts that a definition names, with why, and the columns that it can rest on."""
    columns: dict[str, list[str]] = {}
    for population in sorted(populations):
        for extract, names in columns_read(population, root).items():
            columns[extract] = list(dict.fromkeys([*columns.get(extract, []), *names]))
    statistics = measure.entry["statistics"]
    for role, listed in (("needed", needs_of), ("more exact with it", refines_of)):
        for extract in dict.fromkeys(each for one in statistics for each in listed(measure.entry, one)):
            names = columns.get(extract, [])
            yield extract, f"{role}: {', '.join(names)}" if names else role
