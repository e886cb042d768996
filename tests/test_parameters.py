"""The limits and choices that the council may change: described once, named by definitions, read by SQL."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from csc_measures.definitions.parameters import (
    DEFAULTS,
    WRITE,
    Parameter,
    check_defaults,
    read_parameters,
    values_in_force,
    written_defaults,
)
from csc_measures.definitions.register import read_definitions
from csc_measures.project import PROJECT
from csc_measures.stop import Stop

LIMIT = Parameter("limit", 5, "How long.", unit="days", range=(1, 9))
SHARE = Parameter("share", 1.5, "How much.", unit="points", range=(0.5, 9))
RULE = Parameter("rule", "open", "Which.", choices=("open", "closed"))
SWITCH = Parameter("switch", False, "Whether.", choices=(False, True))
SAMPLE = {parameter.name: parameter for parameter in (LIMIT, SHARE, RULE, SWITCH)}


# --- What a parameter takes


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("limit", 1, 1),
        ("limit", "9", 9),
        ("share", 2, 2),
        ("share", "0.5", 0.5),
        ("rule", "closed", "closed"),
        ("switch", "true", True),
        ("switch", False, False),
    ],
)
def test_a_value_is_taken_as_written(name: str, given: object, value: object) -> None:
    read = values_in_force(SAMPLE, {name: given})
    assert read == {"limit": 5, "share": 1.5, "rule": "open", "switch": False, name: value}
    assert type(read[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("limit", 0, "limit is outside its range; write a whole number from 1 to 9 (days)"),
        ("limit", "10", "limit is outside its range"),
        ("limit", 2.5, "limit is not a number as it takes; write a whole number from 1 to 9 (days)"),
        ("limit", True, "limit is not a number as it takes"),
        ("limit", "soon", "limit is not a number as it takes"),
        ("limit", "", "limit is not a number as it takes"),
        ("limit", "1: [", "limit is not a number as it takes"),
        ("share", "9.1", "share is outside its range; write a number from 0.5 to 9 (points)"),
        ("share", "nan", "share is not a number as it takes"),
        ("rule", "ajar", "rule is not one of open, closed"),
        ("switch", 1, "switch is not one of false, true"),
        ("limits", 3, "limits is no parameter; did you mean limit?"),
        ("zebra", 3, "zebra is no parameter; see definitions/parameters.yml"),
    ],
)
def test_a_value_that_a_parameter_cannot_take_is_refused_with_a_hint(
    name: str, given: object, told: str
) -> None:
    with pytest.raises(Stop) as stop:
        values_in_force(SAMPLE, {name: given})
    assert stop.value.code == 60
    assert told in stop.value.where[0]


def test_every_fault_of_the_values_is_told_at_once() -> None:
    with pytest.raises(Stop) as stop:
        values_in_force(SAMPLE, {"limit": 0, "rules": "open", "switch": True})
    assert len(stop.value.where) == 2


@pytest.fixture
def described(tmp_path: Path) -> Callable[[str], Path]:
    """Write a file of parameters below a folder that looks like the project."""

    def describe(text: str) -> Path:
        (tmp_path / "definitions").mkdir()
        (tmp_path / "definitions" / "parameters.yml").write_text(text, encoding="utf-8")
        return tmp_path

    return describe


GOOD = "- {name: limit, default: 5, range: [1, 9], unit: days, meaning: How long.}\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("default: 5", "default: 10", "parameter limit, key default: is outside its range"),
        ("default: 5, ", "", "parameter limit, key default: is missing; add it"),
        ("range: [1, 9]", "range: [9, 1]", "key range: is not a range; write the lowest and the highest"),
        ("range: [1, 9]", "ranges: [1, 9]", "key ranges: is not a known key; did you mean range?"),
        ("unit: days, ", "", "key range: a number has a range and a unit"),
        ("unit: days", "choices: [a, b]", "key range: a number has a range and a unit"),
        ("range: [1, 9], unit: days", "choices: [a]", "key choices: is not a list of choices"),
        ("range: [1, 9], unit: days", "choices: [a, b]", "key default: is not one of a, b"),
        (GOOD, GOOD + GOOD, "parameter limit: stands twice; describe it once"),
    ],
)
def test_a_parameter_that_is_not_rightly_described_says_where(
    described: Callable[[str], Path], old: str, new: str, told: str
) -> None:
    with pytest.raises(Stop) as stop:
        read_parameters(described(GOOD.replace(old, new)))
    assert stop.value.code == 60
    assert told in str(stop.value)


# --- Described once, named and read


def test_the_defaults_that_dbt_reads_are_those_of_the_definitions(tmp_path: Path) -> None:
    check_defaults()
    for folder in ("definitions", "macros"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    file = tmp_path / "definitions" / "parameters.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("default: 45", "default: 40"), encoding="utf-8")
    with pytest.raises(Stop) as stop:
        check_defaults(tmp_path)
    assert stop.value.next_step == f"Type: uv run {WRITE}"
    assert "'assessment_working_days': 40," in written_defaults(read_parameters(tmp_path))
    assert (PROJECT / DEFAULTS).read_text(encoding="utf-8") == written_defaults(read_parameters())


def parameters_read(model: dict) -> set[str]:
    """Names of the parameters that the SQL of a model reads."""
    return set(re.findall(r"\bparameter\(\s*'(\w+)'", model["raw_code"]))


def ancestors(model: dict, models: dict[str, dict]) -> set[str]:
    """Return a model and all that it reads, by way of others too."""
    parents = [key.split(".")[-1] for key in model["depends_on"]["nodes"] if key.startswith("model.")]
    return {model["name"]}.union(*(ancestors(models[parent], models) for parent in parents))


def test_definitions_and_sql_name_the_same_parameters(models: dict[str, dict]) -> None:
    """A measure names what a model before its population reads, and what a model reads, a measure names."""
    named = {measure.entry["n"]: set(measure.entry["parameters"]) for measure in read_definitions().measures}
    reach = {name: ancestors(model, models) for name, model in models.items()}
    lineage: dict[int, set[str]] = {}
    for name, model in models.items():
        for column in model["columns"].values():
            for feed in column["config"]["meta"].get("feeds", []):
                lineage.setdefault(feed["measure"], set()).update(reach[name])
    for number in (108, 111):
        lineage[number] |= reach["narrative_evidence"]  # shows their entries beside their numbers
    read = {name: parameters_read(model) for name, model in models.items()}

    named_in_vain = {
        (number, parameter)
        for number, parameters in named.items()
        for parameter in parameters
        if not any(parameter in read[model] for model in lineage[number])
    }
    read_unnamed = {
        (model, parameter)
        for model, parameters in read.items()
        for parameter in parameters
        if not any(parameter in named[number] for number, models_of in lineage.items() if model in models_of)
    }
    assert (named_in_vain, read_unnamed) == (set(), set())
    assert set(read_parameters()) == set().union(*named.values()) == set().union(*read.values())


def test_sql_has_no_other_way_to_read_a_parameter(models: dict[str, dict]) -> None:
    variable, parameter = r"(?<!env_)\bvar\(", r"\bparameter\('"
    macros = {file.name: file.read_text(encoding="utf-8") for file in (PROJECT / "macros").rglob("*.sql")}
    assert not [name for name, model in models.items() if re.search(variable, model["raw_code"])]
    assert [name for name, text in macros.items() if re.search(variable, text)] == ["parameters.sql"]
    assert not [name for name, text in macros.items() if re.search(parameter, text)]
