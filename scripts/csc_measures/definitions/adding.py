"""
Begin a measure of a population that there is: its definition, its column, what that feeds, its truth table.

What the population's measures have in common is taken from one of them; what only people can say is asked.
The definition begins as `proposed`, with its owner not agreed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from csc_measures.definitions.entries import LONGEST_SHORT_TITLE, UNITS, needs_of, refines_of
from csc_measures.definitions.feeds import did_you_mean
from csc_measures.definitions.register import Definitions, Measure, read_definitions
from csc_measures.definitions.written import MEASURES, Population, read_populations
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

FURTHER = "further_activity.yml"
FIRST, LAST = 201, 299  # the further measures (models/marts)
NOT_AGREED = "not agreed"
SHORTEST_LIST = 90  # letters: what is longer stands one text a line
TABLE = re.compile(r"    expect:\n      format: csv\n      rows: \|\n((?: {8}.*\n)+)")


@dataclass(frozen=True)
class Draft:
    """
    What is asked of a new measure.

    `rule` is SQL, the claim about one case, `meaning` the same in words; `cases` what comes of cases of the
    truth table, by their names: true, false, a number, or nothing where a case is out. `like` is the number
    of the measure to take the rest from; without it the first of the population.
    """

    number: int
    title: str
    population: str
    column: str
    rule: str
    meaning: str
    why: str
    unit: str = "pct"
    good: str = "context"
    like: int | None = None
    cases: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The name of the measure that does not change."""
        return f"{self.column}_{self.unit}"


def next_number(definitions: Definitions) -> int:
    """Return the next free number of a further measure."""
    return max([FIRST - 1, *(measure.entry["n"] for measure in definitions.measures)]) + 1


def begin_measure(draft: Draft, root: Path = PROJECT) -> list[str]:
    """
    Write a new measure below `root`; return where, a line for each place.

    Raises Stop (60), and leaves every file as it was, when the number, the title or a name is in use, there
    is no such population or case, or the definition made of it cannot be used.
    """
    definitions, populations = read_definitions(root), read_populations(root)
    if slips := list(slips_of(draft, definitions, populations)):
        raise refused(slips)
    population = populations[draft.population]
    like, feed = sibling_of(draft, definitions, population)
    further = root / "definitions" / FURTHER
    new = {
        further: further.read_text(encoding="utf-8") + as_entry(entry_of(draft, like, feed, definitions)),
        population.sql: with_column(population.sql.read_text(encoding="utf-8"), draft),
        population.yml: with_case_results(
            with_feed(population.yml.read_text(encoding="utf-8"), draft, feed), draft
        ),
    }
    old = {file: file.read_bytes() for file in new}
    try:
        for file, text in new.items():
            file.write_text(text, encoding="utf-8")
        read_definitions(root)
    except BaseException:
        for file, content in old.items():
            file.write_bytes(content)
        raise
    places = {further: f"- n: {draft.number}\n", population.yml: f"- name: {draft.column}\n"}
    told = [(file, new[file][: new[file].index(mark)].count("\n") + 1) for file, mark in places.items()]
    told.insert(1, (population.sql, population.line_of(draft.column)))
    return [f"{file.relative_to(root).as_posix()}, line {line}" for file, line in told]


def refused(slips: list[str]) -> Stop:
    """Return what ends the command (60) when a measure cannot be begun as it was asked for."""
    return Stop(
        ExitCode.WRONG_SETTINGS,
        "The measure cannot be begun: nothing was written.",
        slips,
        "Mend that, type it again.",
    )


def slips_of(draft: Draft, definitions: Definitions, populations: Mapping[str, Population]) -> Iterator[str]:
    """Yield what is in use already, or is not there, with what to type instead."""
    free = f"the next free number is {next_number(definitions)}"
    if not FIRST <= draft.number <= LAST:
        yield f"--number: further measures have the numbers {FIRST} to {LAST}; {free}"
    for measure in definitions.measures:
        entry, place = measure.entry, f"measure {measure.entry['n']} in definitions/{measure.file}"
        if entry["n"] == draft.number:
            yield f"--number: is that of {place}; {free}"
        if entry["id"] == draft.id:
            yield f"--column: with the unit it makes {draft.id}, the id of {place}; choose another"
        if entry["title"].casefold() == draft.title.casefold():
            yield f"--title: is that of {place}; choose another"
    if len(draft.title) > LONGEST_SHORT_TITLE:
        yield f"--title: has {len(draft.title)} characters; write at most {LONGEST_SHORT_TITLE}"
    for name in ("title", "rule", "meaning", "why"):
        if not getattr(draft, name).strip():
            yield f"--{name}: is empty"
    if draft.unit not in UNITS:
        yield f"--unit: is none; {did_you_mean(draft.unit, UNITS)}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", draft.column):
        yield "--column: is no name of a column; write small letters, digits and _, such as was_held_in_time"
    if draft.population not in populations:
        yield f"--population: there is none of that name; {did_you_mean(draft.population, populations)}"
        return
    population = populations[draft.population]
    if draft.column in population.described:
        yield f"--column: {draft.population} has one of that name; choose another"
    named = case_names(population)
    for case in draft.cases:
        if case not in named:
            yield f"--case: {case} is no case of the truth table; {did_you_mean(case, named)}"


def sibling_of(
    draft: Draft, definitions: Definitions, population: Population
) -> tuple[Measure, dict[str, Any]]:
    """Return the measure to take the rest from, and how the population feeds it; stop with 60 without one."""
    measures = {measure.entry["n"]: measure for measure in definitions.measures}
    for _, feed in population.feeds:
        if draft.like in (None, feed["measure"]) and feed["measure"] in measures:
            return measures[feed["measure"]], feed
    numbers = ", ".join(map(str, sorted({feed["measure"] for _, feed in population.feeds})))
    raise refused([f"--like: {draft.population} feeds {numbers}; name one of these"])


def entry_of(draft: Draft, like: Measure, feed: dict[str, Any], definitions: Definitions) -> dict[str, Any]:
    """Return the entry of a new measure, its keys in the order of the others."""
    of = like.entry
    [statistic] = [each for each in of["statistics"] if each["name"] == feed["statistic"]]
    further = [measure for measure in definitions.measures if measure.file == FURTHER]
    belongs = like if like.outcome in [measure.outcome for measure in further] else further[-1]
    named = re.findall(r"\bparameter\('(\w+)'\)", draft.rule)
    refines = refines_of(of, statistic)
    return {
        "n": draft.number,
        "id": draft.id,
        "title": draft.title,
        "outcome": belongs.entry["outcome"],
        "objectives": belongs.entry["objectives"],
        "side": of["side"],
        "long_list": None,
        "work_area": of["work_area"],
        "search_words": [],
        "why_it_matters": draft.why,
        "kind": of["kind"],
        "window": of["window"],
        "unit": draft.unit,
        "statistics": [
            {"name": draft.unit, "headline": True, "unit": draft.unit, "clock": statistic["clock"]}
        ],
        "counts_what": of["counts_what"],
        "denominator": of["denominator"],
        "numerator": draft.meaning,
        "exclusions": of["exclusions"],
        "date_basis": of["date_basis"],
        "good": draft.good,
        "breakdowns": of["breakdowns"],
        "parameters": list(dict.fromkeys([*of["parameters"], *named])),
        "definition_status": "proposed",
        "assumptions": [],
        "statutory_source": "None named.",
        "england_benchmark": None,
        "local_published": None,
        "target_assumed": None,
        "edge_cases": [
            f"{case.replace('_', ' ')} -> {value or 'out'}" for case, value in draft.cases.items()
        ],
        "needs": needs_of(of, statistic),
        **({"refines": refines} if refines else {}),
        "cases": statistic.get("cases", of["cases"]),
        "look_back": statistic.get("look_back", of["look_back"]),
        "owner": NOT_AGREED,
        "next_review": NOT_AGREED,
    }


def as_entry(entry: dict[str, Any]) -> str:
    """Write an entry as the files of definitions have them."""

    class Dumper(yaml.SafeDumper):
        """Keep short lists on one line, and indent the others."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, False)

        def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:  # noqa: ARG002
            return super().represent_sequence(tag, sequence, len(str(sequence)) < SHORTEST_LIST)

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    text = yaml.dump(entry, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    first, *rest = text.splitlines()
    return "\n".join(["", f"- {first}", *(f"  {line}" for line in rest), ""])


def with_column(sql: str, draft: Draft) -> str:
    """Add the column below the measures that a population has."""
    end = sql.index("\n\n", sql.rindex(MEASURES))
    return f"{sql[:end]},\n    {draft.rule} as {draft.column}{sql[end:]}"


def with_feed(yml: str, draft: Draft, like: dict[str, Any]) -> str:
    """Add what the column is and feeds below the columns of a population; its reasons are its sibling's."""
    counted_as = {"pct": "", "days": ", as: mean"}.get(draft.unit, f", as: {draft.unit}")
    because = f", because: {like['because']}" if "because" in like else ""
    column = (
        f"      - name: {draft.column}\n"
        f"        description: {json.dumps(draft.meaning, ensure_ascii=False)}\n"
        "        config:\n"
        "          meta:\n"
        "            feeds:\n"
        f"              - {{measure: {draft.number}, statistic: {draft.unit}{counted_as}{because}}}\n"
    )
    columns, mark, tests = yml.partition("\nunit_tests:\n")
    return columns + column + mark + tests


def with_case_results(yml: str, draft: Draft) -> str:
    """Add the column to the first truth table of a population: nothing where nothing is said of a case."""

    def widen(table: re.Match[str]) -> str:
        header, *rows = table[1].splitlines()
        lines = [f"{header},{draft.column}"]
        lines += [
            f"{row},{draft.cases.get(name, '')}" for row, name in zip(rows, names_in(table), strict=True)
        ]
        return table[0].replace(table[1], "\n".join([*lines, ""]))

    return TABLE.sub(widen, yml, count=1)


def case_names(population: Population) -> list[str]:
    """Return the names of the cases of a population's first truth table."""
    table = TABLE.search(population.yml.read_text(encoding="utf-8"))
    return list(dict.fromkeys(names_in(table))) if table else []


def names_in(table: re.Match[str]) -> list[str]:
    """Return the name of the case in each row of a truth table."""
    header, *rows = (line.strip().split(",") for line in table[1].splitlines())
    return [row[header.index("case_id")] for row in rows]
