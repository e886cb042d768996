"""The limits and choices that the council may change: described once, named by definitions, read by SQL."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import sqlglot
import yaml
from rich.progress import Progress
from sqlglot import exp

from conftest import Place, copy_project, run
from csc_measures.definitions.agreement import read_agreement, write_agreement
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
from csc_measures.night import artefacts, generations
from csc_measures.night.building import build, prepare
from csc_measures.night.lineage import Relation, lineage
from csc_measures.pages.artefacts import read_told
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

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
    assert stop.value.next_step == f"Type: {WRITE}"
    assert "'assessment_working_days': 40," in written_defaults(read_parameters(tmp_path))
    assert (PROJECT / DEFAULTS).read_text(encoding="utf-8") == written_defaults(read_parameters())


JINJA = re.compile(r"(\{\{.*?\}\}|\{#.*?#\}|\{%.*?%\})", re.DOTALL)
PARAMETERS = "parameters"  # as if they were the columns of an extract
# Of a model with rows of several measures it decides those of another: the model, and rows of the measure.
UNREACHED = {
    (64, "cin_needs_social_worker"): ("children_needing_worker_at_month_end", "not is_plan"),
    (95, "parenting_rating_tolerance_days"): ("outcome_pairs", "domain = 'NEET'"),
    (101, "neet_status_tolerance_days"): ("outcome_pairs", "domain = 'PARENTING'"),
}


def parameters_read(sql: str) -> list[str]:
    """Names of the parameters that SQL reads, as a model's file has it."""
    return re.findall(r"\bparameter\(\s*'(\w+)'", sql)


def what_ran(raw: str, ran: str) -> tuple[list[str], tuple[str, ...]]:
    """Take a model's file apart into texts and, in between, Jinja; return them and what ran of the Jinja."""
    parts = JINJA.split(raw.strip())
    texts = [r"\s*".join(map(re.escape, re.split(r"\s+", text))) for text in parts[::2]]
    found = re.fullmatch("(.*?)".join(texts), ran.strip(), re.DOTALL)
    assert found, raw
    return parts, found.groups()


def with_parameters(raw: str, ran: str) -> str:
    """Return the SQL that ran for a model's file with the name of each parameter beside its value."""
    parts, values = what_ran(raw, ran)
    for place, value in enumerate(values):
        jinja, after = 2 * place + 1, 2 * place + 2
        names = [f"{PARAMETERS}.{name}" for name in parameters_read(parts[jinja])]
        parts[jinja] = value
        for name in names:
            if value.lstrip().startswith(("select", "with")):
                parts[jinja] = f"select part.* from ({parts[jinja]}) as part where {name}"
            elif parts[after].startswith("'"):
                parts[after] = f"' || {name} {parts[after][1:]}"
            else:
                parts[jinja] = f"({parts[jinja]} + {name})"
    return "".join(parts)


def test_changing_a_parameter_can_change_the_measures_that_name_it_and_no_other(
    council_night: Place,
) -> None:
    """What can reach it, by the SQL that ran; beside it what rules of quality read, and its entries."""
    named = {
        (measure.entry["n"], name)
        for measure in read_definitions().measures
        for name in measure.entry["parameters"]
    }
    told = read_told(generations.what_is_served(council_night.warehouse) / artefacts.FOLDER)
    read = {
        key: names
        for key, node in told.nodes.items()
        if node["resource_type"] == "model" and (names := parameters_read(node["raw_code"]))
    }
    shown = {
        key: {
            "compiled_code": with_parameters(told.nodes[key]["raw_code"], told.results[key]["compiled_code"])
        }
        for key in read
    }
    columns = {name: frozenset({(PARAMETERS, name)}) for name in read_parameters()}
    found = lineage(replace(told, results=told.results | shown), {PARAMETERS: Relation(columns)})
    reached = {(number, name) for number, _, _, _, extract, name, _ in found if extract == PARAMETERS}

    def read_in(folder: str) -> set[str]:
        return {name for key, names in read.items() if told.nodes[key]["fqn"][1] == folder for name in names}

    beside = {(number, name) for number in (108, 111) for name in read_in("marts")}
    beside |= {(number, name) for number, name in named if name in read_in("quality")}
    assert reached | beside == named | UNREACHED.keys()
    assert not named & UNREACHED.keys()
    assert (
        {name for _, name in named}
        == set(read_parameters())
        == {name for names in read.values() for name in names}
    )


def with_value(raw: str, ran: str, name: str, value: object) -> str:
    """Return the SQL that ran for a model's file with another value of a parameter."""
    parts, values = what_ran(raw, ran)
    parts[1::2] = [
        str(value) if parameters_read(jinja) == [name] else as_ran
        for jinja, as_ran in zip(parts[1::2], values, strict=True)
    ]
    query = sqlglot.parse_one("".join(parts), dialect="duckdb")
    for table in query.find_all(exp.Table):
        table.set("catalog", None)
        table.set("db", None)
    return query.sql(dialect="duckdb")


def fill_from_the_truth_table(
    connection: duckdb.DuckDBPyConnection, node: dict, nodes: dict[str, dict], folder: Path
) -> None:
    """Make the tables that a model reads of what its truth table gives; a column not given is null."""
    described = yaml.safe_load((PROJECT / node["patch_path"].partition("://")[2]).read_text(encoding="utf-8"))
    for given in described["unit_tests"][0]["given"]:
        [name] = re.findall(r"ref\('(\w+)'\)", given["input"])
        (folder / "given.csv").write_text(given["rows"], encoding="utf-8")
        missing = nodes[f"model.csc_measures.{name}"]["columns"].keys() - set(
            given["rows"].splitlines()[0].split(",")
        )
        nulls = "".join(f", null::varchar as {column}" for column in sorted(missing))
        connection.execute(f"create table {name} as select *{nulls} from '{folder / 'given.csv'}'")


@pytest.mark.parametrize(("pair", "apart"), UNREACHED.items(), ids=str)
def test_a_parameter_decides_in_a_model_the_rows_of_other_measures_alone(
    pair: tuple[int, str], apart: tuple[str, str], council_night: Place, tmp_path: Path
) -> None:
    """By the SQL that ran, with either value of the parameter, over the edge cases of its truth table."""
    (_, name), (model, of_measure) = pair, apart
    told = read_told(generations.what_is_served(council_night.warehouse) / artefacts.FOLDER)
    node = told.nodes[f"model.csc_measures.{model}"]
    ran = told.results[node["unique_id"]]["compiled_code"]
    parameter = read_parameters()[name]
    rows: dict[bool, list[list[tuple]]] = {True: [], False: []}
    with duckdb.connect() as connection:
        fill_from_the_truth_table(connection, node, told.nodes, tmp_path)
        for value in parameter.choices or parameter.range:
            sql = with_value(node["raw_code"], ran, name, value)
            for is_of_measure, found in rows.items():
                these = f"from ({sql}) where ({of_measure}) = {is_of_measure} order by all"
                found.append(connection.sql(these).fetchall())
    (low, high), (low_of_others, high_of_others) = rows[True], rows[False]
    assert low == high != []
    assert low_of_others != high_of_others


def test_sql_has_no_other_way_to_read_a_parameter(models: dict[str, dict]) -> None:
    variable, parameter = r"(?<!env_)\bvar\(", r"\bparameter\('"
    macros = {file.name: file.read_text(encoding="utf-8") for file in (PROJECT / "macros").rglob("*.sql")}
    assert not [name for name, model in models.items() if re.search(variable, model["raw_code"])]
    assert [name for name, text in macros.items() if re.search(variable, text)] == ["parameters.sql"]
    assert not [name for name, text in macros.items() if re.search(parameter, text)]


# --- Changed, and told


def test_a_night_gives_dbt_the_values_in_force(tmp_path: Path) -> None:
    """Reading and building are given the same: dbt would read the project twice otherwise."""
    orders = []
    dbt = SimpleNamespace(
        order=lambda **order: orders.append(order),
        answers=lambda: [],
        ended_early=lambda: Stop(ExitCode.CHECK_FAILED, "ended early"),
    )
    prepare(dbt, {"limit": 3}, tmp_path, tmp_path, tmp_path)
    with pytest.raises(Stop), Progress(disable=True) as progress:
        build(dbt, tmp_path, {"limit": 3}, tmp_path, tmp_path, progress)
    for arguments in (orders[0]["parse"], orders[1]["build"]):
        assert json.loads(arguments[arguments.index("--vars") + 1]) == {"limit": 3}


def test_a_night_shows_the_values_it_used_in_the_register(council_night: Place) -> None:
    shown = dict(council_night.query("select distinct measure_number, parameters from marts.measures"))
    assert shown[8] == "assessment_working_days: 45"
    assert shown[6] == "unvisited_days: 5\nunvisited_day_type: working"
    assert shown[2] is None


@pytest.fixture
def by_hand(council_night: Place, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give dbt in a copy of the project, on what a night landed, in a warehouse of its own."""
    project = copy_project(tmp_path / "project")
    warehouse = tmp_path / "warehouse"
    shutil.copytree(council_night.warehouse / "landed", warehouse / "landed")

    def dbt(*arguments: str, program: str = "dbt") -> subprocess.CompletedProcess[str]:
        return run(program, *arguments, environment={"CSC_WAREHOUSE_DIR": str(warehouse)}, folder=project)

    return dbt


def test_dbt_by_hand_refuses_a_variable_that_is_no_parameter_and_a_default_that_was_not_written(
    night: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csc_measures.night import by_hand as by_hand_module  # it imports dbt, as no other test here does

    (tmp_path / "landed").symlink_to(night.warehouse / "landed")
    tmp_path.chmod(0o700)
    monkeypatch.setenv("CSC_WAREHOUSE_DIR", str(tmp_path))
    given = SimpleNamespace(VARS={"unvisited_day": 15, "measure": 3})  # the second is asked of an analysis
    monkeypatch.setattr(by_hand_module, "get_flags", lambda: given)
    with pytest.raises(RuntimeError) as refused:
        by_hand_module.Plugin("by_hand", {"folder": "dev"})
    assert "unvisited_day is no parameter; did you mean unvisited_days?" in str(refused.value)
    assert "1 fault(s)" in str(refused.value)

    shutil.copytree(PROJECT / "definitions", tmp_path / "definitions")
    (tmp_path / "macros").mkdir()
    shutil.copy(PROJECT / DEFAULTS, tmp_path / "macros")
    replace_text(tmp_path / "definitions" / "parameters.yml", "default: 45", "default: 20")
    monkeypatch.setattr(by_hand_module, "check_defaults", lambda: check_defaults(tmp_path))
    with pytest.raises(RuntimeError, match=re.escape(f"Type: {WRITE}")):
        by_hand_module.Plugin("by_hand", {"folder": "dev"})


def replace_text(file: Path, old: str, new: str) -> None:
    """Put a text in the place of another, which the file must hold."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def land_agreement(night: Place, parameters: str, landed: Path) -> None:
    """Land what a night agreed with other parameters, as `measures land` does."""
    folder = shutil.copytree(night.landing.with_name("agreement"), landed.parent / "agreement")
    header = (folder / "parameters.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "parameters.csv").write_text(f"{header}\n{parameters}\n", encoding="utf-8")
    write_agreement(landed, read_agreement(folder, night.as_at, read_definitions()))


def test_what_is_changed_after_landing_is_landed_anew_and_counts(
    by_hand: Callable[..., subprocess.CompletedProcess[str]], council_night: Place, tmp_path: Path
) -> None:
    """Another default, another value that is agreed and another word of a definition, in one build."""
    definitions = tmp_path / "project" / "definitions"
    what = ["build", "--exclude-resource-type", "test", "--select", "+counts_of_assessments", "+measures"]
    what += ["--vars", "{unvisited_day_type: working}"]
    replace_text(definitions / "parameters.yml", "default: 45", "default: 20")
    assert by_hand("-m", WRITE.split()[-1], program=sys.executable).returncode == 0
    replace_text(definitions / "looked_after.yml", "title: Number/Rate of looked", "title: Number of looked")
    agreed = "unvisited_days,15,,2026-03-01,2026-03-02,\nunvisited_day_type,calendar,,,,"
    land_agreement(council_night, agreed, tmp_path / "warehouse" / "landed")
    built = by_hand(*what)
    assert built.returncode == 0, built.stdout[-2_000:]
    assert "The definitions have changed: they were landed anew." in built.stdout

    with duckdb.connect(tmp_path / "warehouse" / "dev" / "measures.duckdb", read_only=True) as connection:
        connection.execute(f"attach '{council_night.warehouse / 'measures.duckdb'}' as published (read_only)")
        changed = connection.execute(
            "select distinct now.measure_number, now.parameters, now.title <> before.title "
            "from marts.measures as now join published.marts.measures as before "
            "using (measure_number, statistic) where now.definition_version <> before.definition_version"
        ).fetchall()
        counts = connection.execute(
            "select distinct measure_number, now.denominator = before.denominator "
            "from counts.counts_of_assessments as now join published.marts.safe_from_harm as before "
            "using (measure_number, statistic, period_type, period_end, breakdown, breakdown_value) "
            "where breakdown = 'all' and now.numerator <> before.numerator"
        ).fetchall()
        states = connection.execute(
            "select distinct measure_number, parameters_basis, agreed_state from marts.measures "
            "where measure_number in (6, 8, 9)"
        ).fetchall()
    limited = {number: parameters for number, parameters, is_retitled in changed if not is_retitled}
    assert limited == {
        **dict.fromkeys((3, 5, 8, 9, 10), "assessment_working_days: 20"),
        6: "unvisited_days: 15\nunvisited_day_type: working",
    }
    assert any(is_retitled for _, _, is_retitled in changed)
    assert {number for number, _ in counts} == set(limited)
    assert sorted(states) == [
        (6, "unvisited_days: agreed\nunvisited_day_type: assumed", "assumed"),
        (8, "assessment_working_days: assumed", "changed since agreed"),
        (9, "assessment_working_days: assumed", "assumed"),
    ]
