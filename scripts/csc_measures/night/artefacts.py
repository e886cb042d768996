"""
What dbt says of a build, kept with its generation: `dbt/manifest.json` and `dbt/run_results.json`.

They have the shapes that dbt writes, so that its tools read them, and tell the project, never a row: the
results hold the SQL that ran for each model, and the manifest of one version of the project is the same
whoever reads it where and when, so that nothing is `state:modified` against it but what has changed. What
quotes a row (the messages of the results), or says where the project lies and when it was read, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_measures.project import PROJECT

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult
    from dbt.contracts.graph.manifest import Manifest

FOLDER = "dbt"
MANIFEST, RESULTS = "manifest.json", "run_results.json"
OF_A_READING = ("generated_at", "invocation_id", "invocation_started_at", "run_started_at", "user_id", "env")
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
