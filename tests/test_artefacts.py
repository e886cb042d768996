"""What dbt says of a build stays with its generation, and is the same wherever the project is read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import KEY, Place, run
from csc_measures.definitions.parameters import read_parameters, values_in_force
from csc_measures.night import artefacts, building, generations
from csc_measures.project import PROJECT


def told(place: Place, name: str) -> dict:
    """Return an artefact of the served generation."""
    return json.loads((generations.served(place.warehouse) / artefacts.FOLDER / name).read_text())


def test_a_generation_tells_what_was_built(night: Place) -> None:
    manifest, results = told(night, artefacts.MANIFEST), told(night, artefacts.RESULTS)
    ended = {result["unique_id"]: result["status"] for result in results["results"]}
    assert ended["model.csc_measures.safe_from_harm"] == "success"
    assert set(ended.values()) == {"success", "pass"}
    of_the_end = {name for name in ended if name.startswith("operation.")}
    assert ended.keys() - of_the_end <= manifest["nodes"].keys()
    assert "source.csc_measures.people.ssd_person" in manifest["sources"]


def test_the_longest_chain_goes_first(night: Place) -> None:
    """Level by level, as dbt would by itself, no fact begins before the last extract is staged."""
    began = {
        result["unique_id"]: min(phase["started_at"] for phase in result["timing"])
        for result in told(night, artefacts.RESULTS)["results"]
    }
    staged = [moment for name, moment in began.items() if ".stg_" in name]
    assert began["model.csc_measures.care_episodes"] < max(staged)


def test_a_generation_tells_no_key_and_no_place_of_what_was_built(night: Place) -> None:
    for name in (artefacts.MANIFEST, artefacts.RESULTS):
        text = json.dumps(told(night, name), ensure_ascii=False)
        for secret in (KEY, str(night.landing), night.warehouse.name.split("'")[1], str(PROJECT), "/tmp/"):
            assert secret not in text, secret


def test_dbt_finds_a_measure_by_its_number_and_nothing_that_changed_since(
    night: Place, parsed: Path, tmp_path: Path
) -> None:
    """Two selections in one: what feeds measure 23, and what differs from the kept manifest."""
    shutil.copytree(parsed, tmp_path / "target")
    arguments = building.common_arguments(
        values_in_force(read_parameters(), {}), tmp_path / "target", tmp_path
    )
    arguments.remove("--no-write-json")
    arguments[arguments.index("none")] = "info"  # or it lists nothing
    kept = generations.served(night.warehouse) / artefacts.FOLDER
    listed = run("dbt", "--quiet", "ls", "--select", "tag:23", "state:modified", "--state", kept, *arguments)
    assert listed.stdout.split() == ["csc_measures.populations.child_protection.initial_conferences_held"]
    described = json.loads((kept / artefacts.MANIFEST).read_text())["nodes"][
        "model.csc_measures.initial_conferences_held"
    ]["description"]
    assert "- measure 23: % Initial Child Protection Conferences held within 15 days" in described


def read_at(time: str, project: Path) -> SimpleNamespace:
    """Give a project as dbt has read it at a time, in a folder."""
    content = {
        "metadata": {"dbt_version": "1", "generated_at": time, "invocation_id": time},
        "nodes": {"a": {"created_at": time, "root_path": str(project)}},
        "sources": {"b": {"created_at": time}},
        "macros": {"c": {"created_at": time}},
        "unit_tests": {"d": {"created_at": time}},
        "exposures": {"e": {"created_at": time}},
    }
    writable = SimpleNamespace(to_dict=lambda omit_none: {} if omit_none else content)
    return SimpleNamespace(writable_manifest=lambda: writable)


def test_a_manifest_is_the_same_whoever_reads_the_project_where_and_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    for time, project in (("1", "/srv/project"), ("2", '/home/"a"/project')):
        monkeypatch.setattr(artefacts, "PROJECT", Path(project))
        artefacts.write_manifest(read_at(time, Path(project)), tmp_path)
        written.append((tmp_path / artefacts.MANIFEST).read_bytes())
    assert written[0] == written[1]
    assert b'"dbt_version": "1"' in written[0]


def test_the_results_quote_no_message(tmp_path: Path) -> None:
    node = SimpleNamespace(unique_id="model.a")
    result = SimpleNamespace(node=node, status=SimpleNamespace(value="error"), failures=None, timing=[])
    result.execution_time, result.thread_id, result.message = 1.0, "main", "Could not convert 'CANARY'"
    artefacts.write_results([result], "1.11.16", tmp_path)
    text = (tmp_path / artefacts.RESULTS).read_text()
    assert json.loads(text)["results"][0]["status"] == "error"
    assert "CANARY" not in text
