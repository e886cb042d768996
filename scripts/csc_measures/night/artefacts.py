"""
What dbt says of a build, kept with its generation: `manifest.json`, `run_results.json` and `catalog.json`.

They have the shapes that dbt writes, so that its tools read them, and tell the project, never a row: the
results hold the SQL that ran for each model, and the manifest of one version of the project is the same
whoever reads it where and when, so that nothing is `state:modified` against it but what has changed. What
quotes a row (the messages of the results), or says where the project lies and when it was read, is left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from csc_measures.project import PROJECT

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult
    from dbt.contracts.graph.manifest import Manifest

FOLDER = "dbt"
MANIFEST, RESULTS, CATALOG = "manifest.json", "run_results.json", "catalog.json"
OF_A_READING = ("generated_at", "invocation_id", "invocation_started_at", "run_started_at", "user_id", "env")
CATALOG_SCHEMA = "https://schemas.getdbt.com/dbt/catalog/v1.json"
RESULTS_SCHEMA = "https://schemas.getdbt.com/dbt/run-results/v6.json"


def write_manifest(project: Manifest, folder: Path) -> None:
    """Write what dbt has read of the project."""
    told = project.writable_manifest().to_dict(omit_none=False)
    for name in OF_A_READING:
        told["metadata"].pop(name, None)
    for kind in ("nodes", "sources", "macros", "exposures", "unit_tests"):
        for each in told[kind].values():
            each["created_at"] = 0.0
    text = json.dumps(told, sort_keys=True).replace(json.dumps(str(PROJECT))[1:-1], ".")
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def write_results(results: Iterable[NodeResult], version: str, folder: Path) -> None:
    """Write how the nodes of a build ended, and when each ran, by a version of dbt."""
    told = [_result(result) for result in results]
    text = {
        "metadata": {"dbt_schema_version": RESULTS_SCHEMA, "dbt_version": version},
        "results": sorted(told, key=lambda result: result["unique_id"]),
        "elapsed_time": sum(result["execution_time"] for result in told),
        "args": {},
    }
    (folder / RESULTS).write_text(json.dumps(text, sort_keys=True), encoding="utf-8")


def write_catalog(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the columns of each relation of a build, attached as `measures`, beside its manifest."""
    if not (folder / MANIFEST).is_file():
        return
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    columns: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for schema, relation, name, index, kind in connection.execute(
        "select schema_name, table_name, column_name, column_index, data_type from duckdb_columns() "
        "where database_name = 'measures' order by all"
    ).fetchall():
        columns[schema, relation][name] = {"name": name, "type": kind, "index": index, "comment": None}
    told = {
        "metadata": {
            "dbt_schema_version": CATALOG_SCHEMA,
            "dbt_version": manifest["metadata"]["dbt_version"],
        },
        "nodes": {
            unique_id: {
                "unique_id": unique_id,
                "metadata": {
                    "type": "VIEW" if node["config"]["materialized"] == "view" else "BASE TABLE",
                    **{name: node[name] for name in ("database", "schema")},
                    "name": node["alias"],
                    "comment": None,
                    "owner": None,
                },
                "columns": found,
                "stats": {},
            }
            for unique_id, node in manifest["nodes"].items()
            if (found := columns.get((node["schema"], node.get("alias"))))
        },
        "sources": {},
        "errors": None,
    }
    (folder / CATALOG).write_text(json.dumps(told, sort_keys=True), encoding="utf-8")


def _result(result: NodeResult) -> dict[str, Any]:
    return {
        "unique_id": result.node.unique_id,
        "status": result.status.value,
        "failures": result.failures,
        "execution_time": result.execution_time,
        "timing": [phase.to_dict() for phase in result.timing],
        "thread_id": result.thread_id,
        "adapter_response": {},
        "message": None,
        "compiled": None,
        "compiled_code": _sql(result.node),
        "relation_name": getattr(result.node, "relation_name", None),
    }


def _sql(node: Any) -> str | None:
    """Return the SQL of a model as it ran; that of tests, seeds and snapshots is not kept."""
    return getattr(node, "compiled_code", None) if getattr(node, "resource_type", None) == "model" else None
