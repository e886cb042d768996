"""What dbt told of the build behind the marts: the SQL that ran for a measure and the tests that guard it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

KINDS = {
    "populations": 0,
    "intermediate": 1,
    "staging": 2,
}  # the layers that are shown, the numbers' side first


@dataclass(frozen=True)
class Model:
    """A model that a measure rests on: its layer, file, description and the SQL that ran."""

    name: str
    layer: str
    file: str
    description: str
    sql: str


@dataclass(frozen=True)
class OfMeasure:
    """
    What was built for one measure: models from population to extract, columns that claim it, and tests.

    `columns` are (model, column, statistic), `tests` are (name, result).
    """

    models: list[Model] = field(default_factory=list)
    columns: list[tuple[str, str, str]] = field(default_factory=list)
    tests: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """dbt's manifest and results, by node, and the dialect of the SQL that ran."""

    nodes: dict[str, dict[str, Any]]
    parents: dict[str, list[str]]
    results: dict[str, dict[str, Any]]
    dialect: str = "duckdb"

    @cached_property
    def claims(self) -> defaultdict[int, list[tuple[str, str, dict[str, Any]]]]:
        """The columns that feed each measure: (model, column, feed)."""
        found = defaultdict(list)
        for node in self.nodes.values():
            for name, column in node["columns"].items():
                for feed in column["config"].get("meta", {}).get("feeds", []):
                    found[feed["measure"]].append((node["name"], name, feed))
        return found

    def of(self, number: int, mart: str) -> OfMeasure:
        """Tell what was built for a measure, whose numbers stand in a mart."""
        columns = sorted((model, column, feed["statistic"]) for model, column, feed in self.claims[number])
        behind = self.behind({f"model.csc_measures.{model}" for model, _, _ in columns})
        models = [self.model(name) for name in behind if self.nodes[name]["fqn"][1] in KINDS]
        guarded = {*behind, f"model.csc_measures.{mart}", f"model.csc_measures.{mart}_evidence"}
        tests = [
            (node["name"], self.results.get(name, {}).get("status", "not run"))
            for name, node in sorted(self.nodes.items())
            if node["resource_type"] == "test" and guarded & set(self.parents.get(name, []))
        ]
        return OfMeasure(sorted(models, key=lambda model: KINDS[model.layer]), columns, tests)

    def behind(self, names: set[str]) -> list[str]:
        """Return the models from which these are made, these among them, in order of name."""
        found: set[str] = set()
        while names:
            found |= names
            names = {
                parent
                for name in names
                for parent in self.parents.get(name, [])
                if self.nodes.get(parent, {}).get("resource_type") == "model"
            } - found
        return sorted(found & self.nodes.keys())

    def model(self, name: str) -> Model:
        """Return a model as it is shown."""
        node = self.nodes[name]
        sql = self.results.get(name, {}).get("compiled_code") or ""
        return Model(node["name"], node["fqn"][1], node["original_file_path"], node["description"], sql)


def read_told(folder: Path | None) -> Told:
    """Read dbt's `manifest.json` and `run_results.json` in a folder, or nothing where they are not."""
    if folder is None or not (folder / "manifest.json").exists():
        return Told({}, {}, {})
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((folder / "run_results.json").read_text(encoding="utf-8"))
    by_node: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    by_node.update({result["unique_id"]: result for result in results["results"]})
    return Told(manifest["nodes"], manifest["parent_map"], by_node, manifest["metadata"]["adapter_type"])
