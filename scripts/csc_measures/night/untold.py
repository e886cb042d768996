"""
Find the models that tonight's extracts give nothing to tell, so that the night need not build them.

A population whose columns feed no statistic that can be told, a fact that only such populations read, the
counts of a subject that has no other, and a rule of data quality whose extracts did not all come, would be
built for nobody: of a return of looked-after children that is more than half of the project. They are tagged,
so that the macros know of them too. With every extract delivered, nothing is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from csc_measures.sql import pattern

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import ModelNode


TAG = "untold"


def tag_untold(project: Manifest, landed: Path, told: set[tuple[int, str]] | None = None) -> list[str]:
    """
    Tag the models that no mart, snapshot or delivered extract needs; return how to build without them.

    `project` is what dbt has read, `landed` the folder of the landed extracts, `told` the statistics to tell,
    by measure number and name: all that the extracts can tell when none are named, and then the rules too,
    with every extract that was delivered.
    """
    asked = set() if told else asked_rules(landed)
    delivered = set() if told else delivered_extracts(landed)
    told = told or told_statistics(landed)
    built = {key: node for key, node in project.nodes.items() if node.resource_type in ("model", "snapshot")}
    reached = [
        key
        for key, node in built.items()
        if node.fqn[1] == "marts" or stages(node, delivered) or remembers(node, built, delivered)
    ]
    needed: set[str] = set()
    while reached:
        key = reached.pop()
        if key not in needed:
            needed.add(key)
            reached += [parent for parent in read_by(built[key], built, told, asked) if parent in built]
    untold = [node for key, node in built.items() if key not in needed]
    for node in untold:
        node.tags.append(TAG)
    project.build_flat_graph()  # what macros see of the project
    return ["--exclude", f"tag:{TAG}"] if untold else []


def read_by(
    node: ModelNode, built: dict[str, ModelNode], told: set[tuple[int, str]], asked: set[str]
) -> list[str]:
    """Return what a model reads: of populations, counts and rules only those that something told needs."""
    parents = node.depends_on.nodes
    if node.fqn[1] not in ("counts", "months", "marts"):
        return parents
    return [
        parent for parent in parents if not (parent in built and is_idle(built[parent], built, told, asked))
    ]


def told_statistics(landed: Path) -> set[tuple[int, str]]:
    """Return the statistics, by measure number and name, whose needed extracts were all delivered."""
    rows = duckdb.execute(
        "select measure_number, statistic from read_parquet(?) join read_parquet(?) using (extract) "
        "where role = 'needed' group by all having bool_and(is_loaded)",
        [pattern(landed / "measure_needs.parquet"), pattern(landed / "loaded_extracts.parquet")],
    ).fetchall()
    return set(rows)


def asked_rules(landed: Path) -> set[str]:
    """Return the names of the rules whose extracts were all delivered."""
    rows = duckdb.execute(
        "select rule from read_parquet(?) where is_asked", [pattern(landed / "rules.parquet")]
    ).fetchall()
    return {rule for (rule,) in rows}


def delivered_extracts(landed: Path) -> set[str]:
    """Return the names of the extracts that were delivered."""
    rows = duckdb.execute(
        "select extract from read_parquet(?) where is_loaded", [pattern(landed / "loaded_extracts.parquet")]
    ).fetchall()
    return {extract for (extract,) in rows}


def stages(node: ModelNode, delivered: set[str]) -> bool:
    """Say whether a model stages an extract that was delivered, or what the night itself lands."""
    return any(
        source in ("landing", "agreement") or extract in delivered for source, extract in sources_of(node)
    )


def sources_of(node: ModelNode) -> list[list[str]]:
    """Return source and extract of what a model stages; nothing when it is no staging model."""
    return [parent.split(".")[2:] for parent in node.depends_on.nodes if parent.startswith("source.")]


def remembers(node: ModelNode, built: dict[str, ModelNode], delivered: set[str]) -> bool:
    """Say whether a snapshot is of a delivered extract: an absent one does not say that its rows are gone."""
    staged = [
        built[parent] for parent in node.depends_on.nodes if parent in built and sources_of(built[parent])
    ]
    return node.resource_type == "snapshot" and all(stages(parent, delivered) for parent in staged)


def is_idle(
    model: ModelNode, built: dict[str, ModelNode], told: set[tuple[int, str]], asked: set[str]
) -> bool:
    """Say whether a model is a rule not asked, a population that feeds nothing told, or counts of such."""
    if model.fqn[1] == "quality":
        return model.name not in asked
    if model.fqn[1] == "counts":
        parents = [built[parent] for parent in model.depends_on.nodes]
        return all(
            is_idle(parent, built, told, asked) for parent in parents if parent.fqn[1] == "populations"
        )
    fed = {
        (feed["measure"], feed["statistic"])
        for column in model.columns.values()
        for feed in column.config.meta.get("feeds", [])
    }
    return model.fqn[1] == "populations" and not fed & told
