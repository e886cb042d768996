"""
Hold what the populations feed, the `meta.feeds` of their yml, against what the definitions ask for.

dbt has this done whenever it has read the project (`dbt_csc_measures`), and so has the night: a slip is told
where it was made, before anything is built. What only the rows can tell is for the data tests.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_measures.contract.extracts import read_contract
from csc_measures.definitions.entries import UNITS
from csc_measures.definitions.register import read_definitions, register_rows
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import ModelNode

NAMES_A_COLUMN = ("out_of", "because", "provisional", "label")
KEYS = ("measure", "statistic", "as", "only", "adds_up", *NAMES_A_COLUMN)
UNLESS_SAID = {"as": "pct", "because": "because"}
COUNTED_AS = tuple(unit for unit in UNITS if unit != "days")  # days are counted as their mean

# The register's rows, by measure number and name of the statistic.
Statistics = dict[tuple[int, str], dict[str, Any]]


@dataclass(frozen=True)
class Feed:
    """What the yml of a population says that one of its columns feeds."""

    population: ModelNode
    column: str
    said: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        """Return what is said of a key, or what holds when nothing is."""
        return self.said.get(key, UNLESS_SAID.get(key))

    @property
    def statistic(self) -> tuple[int, str]:
        """Measure number and name of the statistic that is fed."""
        return self["measure"], self["statistic"]

    @property
    def place(self) -> str:
        """Where it is written, for a message."""
        _, yml = self.population.patch_path.split("://")
        number, name = self.statistic
        return f"{yml}, column {self.column}, feed of {number} {name}"


def slips_in_feeds(project: Manifest, root: Path = PROJECT) -> list[str]:
    """
    Return a line for every slip: where it is, what is wrong, and what to type instead.

    `project` is what dbt has read below `root`; one without definitions feeds none of them. Raises Stop (60)
    as `read_definitions` does.
    """
    if not (root / "definitions").is_dir():
        return []
    rows = register_rows(read_definitions(root))
    statistics = {(row["measure_number"], row["statistic"]): row for row in rows}
    models = [node for node in project.nodes.values() if node.resource_type == "model"]
    feeds = list(read_feeds(of_folder("populations", models)))
    return [
        *slips_of_populations(models),
        *(f"{feed.place}: {slip}" for feed in feeds for slip in slips_of_feed(feed, statistics)),
        *slips_of_statistics(statistics, feeds),
        *slips_of_marts(statistics, feeds, models),
    ]


def label_populations(project: Manifest, root: Path = PROJECT) -> None:
    """
    Tag each population with the numbers of the measures that it feeds, and name them below its description.

    So a measure is found by `tag:23`, and by its number, title or id in the search of dbt's site. Only what
    dbt has in memory changes, after it has been kept for the next reading.
    """
    if not (root / "definitions").is_dir():
        return
    measures = {measure.entry["n"]: measure.entry for measure in read_definitions(root).measures}
    models = [node for node in project.nodes.values() if node.resource_type == "model"]
    for population in of_folder("populations", models):
        numbers = sorted({feed["measure"] for feed in read_feeds([population])})
        population.tags += map(str, numbers)
        named = [f"- measure {n}: {measures[n]['title']} (`{measures[n]['id']}`)" for n in numbers]
        population.description = "\n".join([population.description, "", *named])


def slipped(slips: Sequence[str]) -> Stop:
    """Return what ends a command (30) when feeds have slipped."""
    return Stop(
        ExitCode.CHECK_FAILED,
        f"What the populations feed cannot be counted: {len(slips)} slip(s).",
        slips,
        "Mend what is named above; README.md, 'Adding a measure', says how a measure is fed.",
    )


def read_feeds(populations: Iterable[ModelNode]) -> Iterator[Feed]:
    """Yield every feed of these populations, in the order of their yml."""
    for population in populations:
        for name, column in population.columns.items():
            for said in column.config.meta.get("feeds", []):
                yield Feed(population, name, said if isinstance(said, dict) else {})


def slips_of_populations(models: list[ModelNode]) -> Iterator[str]:
    """Yield the populations that nobody would miss: without a yml, or read by no counts."""
    for population in of_folder("populations", models):
        sql = population.original_file_path
        if not population.patch_path:
            yield f"{sql}: has no yml, so that it feeds nothing; write {Path(sql).with_suffix('.yml')}"
        if not any(reads(counts, population) for counts in of_folder("counts", models)):
            add = f"add ref('{population.name}') to those of its subject in models/counts"
            yield f"{sql}: is in no counts, so that nobody of it is counted; {add}"


def slips_of_feed(feed: Feed, statistics: Statistics) -> Iterator[str]:
    """Yield what is wrong with one feed by itself, and what to type."""
    for key in feed.said:
        if key not in KEYS:
            yield f"`{key}` is no key of a feed; {did_you_mean(key, KEYS)}"
    for key in ("measure", "statistic"):
        if key not in feed.said:
            yield f"`{key}` is missing; begin the feed with {{measure: 8, statistic: pct}}"
    yield from slips_of_counting(feed, statistics)

    columns = feed.population.columns
    for key in NAMES_A_COLUMN:
        if feed[key] and feed[key] not in columns:
            meant = "" if key in feed.said else ", which holds where nothing else is said,"
            yield f"`{key}: {feed[key]}`{meant} is no column of its yml; {did_you_mean(feed[key], columns)}"
    for name, value in (feed["only"] or {}).items():
        if slip := slip_of_only(feed.population, name, value):
            yield f"`only: {{{name}: {value}}}`: {slip}"


def slips_of_counting(feed: Feed, statistics: Statistics) -> Iterator[str]:
    """Yield where the way to count does not fit the unit of the statistic, or the other keys."""
    counted_as = feed["as"]
    if counted_as not in COUNTED_AS:
        yield f"`as: {counted_as}` is no way to count; {did_you_mean(counted_as, COUNTED_AS)}"
        return
    unit = statistics.get(feed.statistic, {}).get("unit", counted_as)
    due = "mean" if unit == "days" else unit
    if counted_as != due:
        instead = "leave `as` out" if due == UNLESS_SAID["as"] else f"write `as: {due}`"
        yield f"is counted as {counted_as}, but the unit of its definition is {unit}; {instead}"
    if feed["out_of"] and counted_as not in ("pct", "mean"):
        yield f"`out_of` goes with a percentage or a mean, not with `as: {counted_as}`; take it out"
    if feed["adds_up"] and counted_as != "count":
        yield f"`adds_up` goes with `as: count`, not with `as: {counted_as}`; take it out"


def slip_of_only(population: ModelNode, name: str, value: Any) -> str | None:
    """Return what is wrong with one restriction of a feed, and what to type, if anything is."""
    if name not in population.columns:
        return f"{name} is no column of its yml; {did_you_mean(name, population.columns)}"
    values = values_of(population, name)
    if not values and isinstance(value, bool):
        return None
    if not values:
        return f"its yml does not say what {name} can be; write `config: {{meta: {{values: [...]}}}}` there"
    if value not in values or isinstance(value, bool):
        return f"no row has that {name}; {did_you_mean(value, values)}"
    return None


def values_of(population: ModelNode, name: str) -> list[Any]:
    """
    Return the values that a column of a population can have; none where nobody says.

    They are those that its yml lists as `values`, which a data test holds, or the codes of the contract: of
    the code set that is named there, or else of the one that has the name of the column.
    """
    said = population.columns[name].config.meta.get("values", name)
    return said if isinstance(said, list) else [code.code for code in read_contract().codes.get(said, [])]


def slips_of_statistics(statistics: Statistics, feeds: list[Feed]) -> Iterator[str]:
    """Yield the statistics that are not fed exactly once, and the feeds that no definition asks for."""
    fed: dict[tuple[int, str], list[Feed]] = {}
    for feed in feeds:
        fed.setdefault(feed.statistic, []).append(feed)
    for (number, name), row in statistics.items():
        by = fed.pop((number, name), [])
        where = f"definitions/{row['definition_file']}, measure {number}, statistic {name}"
        if row["not_computable_reason"]:
            yield from (f"{feed.place}: take it out, or `not_computable` of {where}" for feed in by)
        elif not by:
            line = f"{{measure: {number}, statistic: {name}}}"
            yield (
                f"{where}: nothing feeds it; write {line} under `meta.feeds` of the column that makes its "
                "claim, or say here why it is `not_computable`"
            )
        for feed in by[1:]:
            yield f"{feed.place}: is fed already by {by[0].place}; take one of them out"
    for (number, name), by in fed.items():
        names = [other for measure, other in statistics if measure == number]
        hint = did_you_mean(name, names) if names else f"write the definition of {number} first"
        yield from (f"{feed.place}: no definition has it; {hint}" for feed in by if "measure" in feed.said)


def slips_of_marts(statistics: Statistics, feeds: list[Feed], models: list[ModelNode]) -> Iterator[str]:
    """Yield the feeds that do not reach the measure table, or the evidence, of their outcome."""
    by_name = {node.name: node for node in models}
    for feed in feeds:
        counts = [node for node in of_folder("counts", models) if reads(node, feed.population)]
        if feed.statistic in statistics and counts:
            mart = statistics[feed.statistic]["mart"]
            for table in (by_name[mart], by_name[f"{mart}_evidence"]):
                if not any(reads(table, node) for node in counts):
                    add = f"add ref('{counts[0].name}') to the counts of {table.original_file_path}"
                    yield f"{feed.place}: does not reach {table.name}; {add}"


def of_folder(folder: str, models: Iterable[ModelNode]) -> list[ModelNode]:
    """Return the models of a folder of `models/`."""
    return [node for node in models if node.fqn[1] == folder]


def reads(node: ModelNode, other: ModelNode) -> bool:
    """Say whether a model reads another itself."""
    return other.unique_id in node.depends_on.nodes


def did_you_mean(said: Any, known: Iterable[Any]) -> str:
    """Say which of the known words is nearest to the one said, or else which there are."""
    words = [str(word) for word in known]
    nearest = difflib.get_close_matches(str(said), words, n=1, cutoff=0.5)
    return f"did you mean `{nearest[0]}`?" if nearest else f"there are {', '.join(words)}"
