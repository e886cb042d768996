"""An analyst's first steps: what a measure is explained by, and how a new one is begun."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from conftest import run_measures
from csc_measures import cli
from csc_measures.definitions import adding
from csc_measures.definitions.adding import (
    Draft,
    begin_measure,
    case_names,
    next_number,
    with_case_results,
    with_column,
    with_feed,
)
from csc_measures.definitions.explaining import explain_measure
from csc_measures.definitions.register import read_definitions
from csc_measures.definitions.written import columns_read, read_populations
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

POPULATION = "initial_conferences_held"
DRAFT = Draft(
    number=next_number(read_definitions()),
    title="% of conferences held within 10 days",
    population=POPULATION,
    column="was_held_within_10_days",
    rule="case when because_of_clock is null then working_days_taken <= 10 end",
    meaning='Held within 10 working days of "the" strategy discussion.',
    why="Earlier is safer.",
    good="high",
    like=23,
    cases={"on_working_day_15": "false", "on_the_day_of_the_discussion": "true"},
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy what the commands read and write: the definitions, and the populations of a subject."""
    for folder in ("definitions", "models/populations/child_protection"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def explained(number: int, root: Path = PROJECT) -> str:
    console = Console(record=True, width=400, file=io.StringIO())
    explain_measure(number, console, root)
    return console.export_text()


def test_a_new_measure_is_written_at_its_four_places(clone: Path) -> None:
    before = contents(clone)
    places = begin_measure(DRAFT, clone)
    changed = [
        file.relative_to(clone).as_posix() for file, text in contents(clone).items() if text != before[file]
    ]
    assert sorted(changed) == sorted(place.partition(",")[0] for place in places)
    for place in places:
        name, line = place.split(", line ")
        written = (clone / name).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert str(DRAFT.number) in written or DRAFT.column in written

    entry = next(each.entry for each in read_definitions(clone).measures if each.entry["n"] == DRAFT.number)
    assert entry["id"] == "was_held_within_10_days_pct"
    assert entry["definition_status"] == "proposed"
    assert entry["needs"] == ["ssd_initial_cp_conference", "ssd_s47_enquiry"]  # as of 23
    assert entry["edge_cases"] == ["on working day 15 -> false", "on the day of the discussion -> true"]

    population = read_populations(clone)[POPULATION]
    assert (DRAFT.column, {"measure": DRAFT.number, "statistic": "pct", "because": "because_of_clock"}) in [
        *population.feeds
    ]
    assert population.described[DRAFT.column]["description"] == DRAFT.meaning
    told = explained(DRAFT.number, clone)
    assert f"{POPULATION}.sql, line {population.line_of(DRAFT.column)}: {DRAFT.column}" in told


def test_the_truth_table_takes_what_is_said_of_its_cases(clone: Path) -> None:
    begin_measure(DRAFT, clone)
    file = clone / "models" / "populations" / "child_protection" / f"{POPULATION}.yml"
    [table, *_] = yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]
    header, *rows = (line.split(",") for line in table["expect"]["rows"].strip().split("\n"))
    assert header[-1] == DRAFT.column
    assert all(len(row) == len(header) for row in rows)
    assert {row[0]: row[-1] for row in rows if row[-1]} == DRAFT.cases


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"number": 23},
            "--number: is that of measure 23 in definitions/child_protection.yml; the next free",
        ),
        ({"number": 150}, "--number: further measures have the numbers 201 to 299"),
        (
            {"title": "% initial child protection conferences HELD within 15 days"},
            "--title: is that of measure 23",
        ),
        ({"title": "x" * 61}, "--title: has 61 characters"),
        ({"column": "was_held_in_time"}, f"--column: {POPULATION} has one of that name"),
        ({"column": "Held"}, "--column: is no name of a column"),
        (
            {"column": "icpc_within_15wd"},
            "--column: with the unit it makes icpc_within_15wd_pct, the id of measure 23",
        ),
        ({"population": "initial_conference_held"}, f"did you mean `{POPULATION}`?"),
        ({"like": 9}, f"--like: {POPULATION} feeds 23, 24, 210, 215; name one of these"),
        ({"unit": "percent"}, "--unit: is none"),
        ({"cases": {"transfer_inn": "true"}}, "did you mean `transfer_in`?"),
        ({"why": " "}, "--why: is empty"),
        ({"good": "more"}, "key good: is not one of high, low, context"),
    ],
)
def test_what_cannot_be_begun_is_told_and_nothing_is_written(change: dict, told: str, clone: Path) -> None:
    before = contents(clone)
    with pytest.raises(Stop) as refused:
        begin_measure(replace(DRAFT, **change), clone)
    assert refused.value.code == ExitCode.WRONG_SETTINGS
    assert told in str(refused.value)
    assert contents(clone) == before


@pytest.mark.parametrize("name", sorted(read_populations()))
def test_a_measure_can_be_begun_in_every_population(name: str) -> None:
    population = read_populations()[name]
    draft = replace(DRAFT, cases=dict.fromkeys(case_names(population), "true"))
    sql, yml = population.sql.read_text(encoding="utf-8"), population.yml.read_text(encoding="utf-8")
    described = yaml.safe_load(with_case_results(with_feed(yml, draft, {}), draft))
    assert described["models"][0]["columns"][-1]["name"] == DRAFT.column
    [table, *_] = described["unit_tests"]
    rows = table["expect"]["rows"].strip().split("\n")
    assert len(rows) > 1 and all(row.endswith((DRAFT.column, ",true")) for row in rows)
    head, added, tail = with_column(sql, draft).partition(f",\n    {DRAFT.rule} as {DRAFT.column}")
    assert added and head + tail == sql
    assert tail.startswith("\n\nfrom ")


def test_who_began_a_measure_is_told_what_is_left_to_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "begin_measure", lambda draft: [f"a file of {draft.number}, line 1"])
    said = ("title", "population", "column", "rule", "meaning", "why")
    options = [word for name in said for word in (f"--{name}", getattr(DRAFT, name))]
    options += [f"--case={name}={value}" for name, value in DRAFT.cases.items()]
    ended = CliRunner().invoke(cli.commands, ["new", "--number", str(DRAFT.number), *options])
    assert ended.exit_code == 0, ended.output
    assert f"measure_{DRAFT.number} in {cli.RECOMPUTATION}" in " ".join(ended.output.split())
    assert (PROJECT / cli.RECOMPUTATION).is_dir()


def test_what_is_not_said_and_cannot_be_asked_is_named() -> None:
    result = run_measures("new", "--title", "Something new")
    assert result.returncode == ExitCode.WRONG_SETTINGS
    assert "--rule: is missing" in result.stderr and "--title" not in result.stderr


def test_a_measure_is_explained_by_all_that_it_comes_from() -> None:
    told = explained(9)
    assert "definitions/assessments.yml; agreed" in told
    population = read_populations()["assessments_completed"]
    line = population.line_of("was_completed_in_time")
    assert (
        f"{population.name}.sql, line {line}: was_completed_in_time (only service_area FAMILY_FRONT_DOOR, "
        in told
    )
    assert "cina_assessment_auth_date" in told
    assert "assessment_working_days: 45 unless agreed" in told


def test_a_number_without_a_definition_cannot_be_explained() -> None:
    with pytest.raises(Stop, match=r"No definition has the number 999\."):
        explained(999)


def test_every_measure_is_explained_and_its_needed_extracts_have_columns() -> None:
    """What a definition needs is read by the populations that feed it, and the explanation finds where."""
    feeding: dict[int, set[str]] = {}
    for name, population in read_populations().items():
        for _, feed in population.feeds:
            feeding.setdefault(feed["measure"], set()).add(name)
    for measure in read_definitions().measures:
        found = {
            extract
            for name in feeding[measure.entry["n"]]
            for extract, read in columns_read(name).items()
            if read
        }
        assert measure.entry["cases"]["extract"] in found, measure.entry["n"]
