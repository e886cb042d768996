"""What the two parties agree: read, checked at the door, shipped, and refused with a place and a hint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from conftest import Place
from csc_measures import demo
from csc_measures.cli import commands
from csc_measures.contract.agreement import landed_columns, read_tables
from csc_measures.contract.rules import REFUSALS
from csc_measures.definitions.agreement import Agreement, read_agreement, write_agreement
from csc_measures.definitions.parameters import values_in_force
from csc_measures.definitions.register import Definitions, definition_versions, read_definitions
from csc_measures.definitions.telling import changed_since, due_for_review, show_agreement
from csc_measures.doctor import agreement_told
from csc_measures.night import generations, ledger
from csc_measures.night.nightly import nightly
from csc_measures.project import PROJECT
from csc_measures.settings import Settings
from csc_measures.stop import Stop

AS_AT = date(2026, 3, 31)
HEADERS = {table: ",".join(column.name for column in columns) for table, columns in read_tables().items()}
TARGET = "8,,all,month,90,5,2025-04-01,2026-03-31,2025-03-01,2025-03-02,as discussed"
GOOD = {
    "targets": TARGET,
    "parameters": "assessment_working_days,40,2025-04-01,2025-03-01,,",
    "definitions": "8,0123456789ab,head of service,2026-09-01,2025-03-01,2025-03-02,",
    "steps": "8,pct,2025-04-01,a new team,,,",
}

Put = Callable[..., Path]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return read_definitions()


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write tables of an agreement, rows below their headers; return the folder."""

    def write(**tables: str) -> Path:
        folder = tmp_path / "agreement"
        folder.mkdir(exist_ok=True)
        for table, rows in tables.items():
            (folder / f"{table}.csv").write_text(f"{HEADERS[table]}\n{rows}\n", encoding="utf-8")
        return folder

    return write


def read(folder: Path, definitions: Definitions) -> Agreement:
    return read_agreement(folder, AS_AT, definitions)


# --- Read


def test_an_agreement_is_read_with_the_headline_filled_in(put: Put, definitions: Definitions) -> None:
    agreement = read(put(**GOOD), definitions)
    [target] = agreement.tables["targets"]
    assert (target["statistic"], target["target"], target["amber_tolerance"]) == ("pct", 90, 5)
    assert (target["valid_from"], target["valid_to"]) == (date(2025, 4, 1), date(2026, 3, 31))
    assert agreement.tables["steps"][0]["step_from"] == date(2025, 4, 1)
    assert agreement.tables["definitions"][0]["owner"] == "head of service"


def test_a_row_is_agreed_by_both_proposed_by_one_or_assumed(put: Put, definitions: Definitions) -> None:
    dates = ("2025-03-01,2025-03-02", "2025-03-01,", ",2025-03-02", ",")
    rows = "\n".join(f"{number},,all,month,90,,,,{when}," for number, when in enumerate(dates, start=8))
    agreement = read(put(targets=rows), definitions)
    assert [row["basis"] for row in agreement.tables["targets"]] == [
        "agreed",
        "proposed",
        "proposed",
        "assumed",
    ]


def test_what_is_absent_is_empty_and_lands_with_its_columns(
    put: Put, definitions: Definitions, tmp_path: Path
) -> None:
    write_agreement(tmp_path, read(put(), definitions))
    for table in read_tables():
        landed = pq.read_table(tmp_path / f"agreement_{table}.parquet")
        assert landed.num_rows == 0
        assert landed.column_names == [column.name for column in landed_columns(table)]


def test_of_a_parameter_the_latest_value_that_has_begun_holds(put: Put, definitions: Definitions) -> None:
    values = {"2026-03-31": 42, "": 40, "2025-04-01": 41, "2026-04-01": 43}
    rows = [f"assessment_working_days,{value},{begun},,," for begun, value in values.items()]
    agreement = read(put(parameters="\n".join(rows)), definitions)
    assert agreement.values == {"assessment_working_days": 42}
    in_force = [row["value"] for row in agreement.tables["parameters"] if row["is_in_force"]]
    assert in_force == ["42"]


def test_the_digest_follows_the_content_of_the_files(put: Put, definitions: Definitions) -> None:
    first = read(put(**GOOD), definitions).digest
    assert read(put(**GOOD), definitions).digest == first
    assert read(put(targets=TARGET.replace("90", "91")), definitions).digest != first


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_are_taken(
    put: Put, definitions: Definitions
) -> None:
    folder = put()
    text = f"{HEADERS['targets']}\n\n{TARGET}\n\n".replace("\n", "\r\n")
    (folder / "targets.csv").write_text(text, encoding="utf-8-sig", newline="")
    assert len(read(folder, definitions).tables["targets"]) == 1


# --- Refused


def refused(folder: Path, definitions: Definitions) -> list[str]:
    """Return the reasons for which an agreement is refused."""
    with pytest.raises(Stop) as stop:
        read(folder, definitions)
    assert stop.value.code == 20
    return list(stop.value.where[1:])


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("targets", "8,,", "70,,", "column measure_number: no_target_possible"),
        ("targets", "8,,", "108,,", "column measure_number: no_target_possible"),
        ("targets", "8,,", "400,,", "column measure_number: unknown_measure"),
        ("targets", "8,,", "8,count,", "column statistic: unknown_statistic"),
        ("targets", "8,,", "8,count,", "(it has pct"),
        ("targets", "8,,", "eight,,", "column measure_number: no_number"),
        ("targets", "all", "locality", "column service_area: unknown_service_area"),
        ("targets", "all", "locality", "(did you mean LOCALITY?)"),
        ("targets", "all", "", "column service_area: no_value"),
        ("targets", "month", "quarter", "column period_type: unknown_period_type"),
        ("targets", "90", "", "column target: no_value"),
        ("targets", "90", "90%", "column target: no_number"),
        ("targets", "90", "100.5", "column target: impossible_target"),
        ("targets", "90", "-1", "column target: impossible_target"),
        ("targets", "90,5", "90,-5", "column amber_tolerance: negative_tolerance"),
        ("targets", "2026-03-31", "2025-03-31", "column valid_to: ends_before_it_begins"),
        ("targets", "2025-04-01", "01/04/2025", "column valid_from: no_date"),
        ("targets", "2025-03-02", "2026-04-01", "column organisation_agreed_on: agreed_in_future"),
        ("targets", "2025-03-01", "2025-02-30", "column council_agreed_on: no_date"),
        ("targets", ",as discussed", "", "unreadable_row"),
        ("targets", "as discussed", "as\tdiscussed", "unreadable_row"),
        ("targets", "as discussed", '"as discussed', "unreadable_row"),
        ("parameters", "assessment_working_days", "assessment_days", "column parameter: unknown_parameter"),
        ("parameters", "assessment_working_days", "assessment_days", "did you mean assessment_working_days"),
        ("parameters", "40", "251", "column value: value_not_allowed"),
        ("parameters", "40", "251", "write a whole number from 1 to 250"),
        ("parameters", "40", "forty", "column value: value_not_allowed"),
        ("definitions", "0123456789ab", "0123456789a", "column definition_version: no_version"),
        ("definitions", "8,", "119120,", "column measure_number: unknown_measure"),
        ("definitions", "2025-03-01", "2026-04-01", "column council_agreed_on: agreed_in_future"),
        ("steps", "pct", "pcts", "column statistic: unknown_statistic"),
        ("steps", "a new team", "", "column reason: no_value"),
        ("steps", "2025-04-01", "April", "column step_from: no_date"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_with_file_line_column_and_rule(
    put: Put, definitions: Definitions, table: str, old: str, new: str, told: str
) -> None:
    assert old in GOOD[table]
    [reason] = refused(put(**{**GOOD, table: GOOD[table].replace(old, new, 1)}), definitions)
    assert reason.startswith(f"{table}.csv, line 2")
    assert told in reason


@pytest.mark.parametrize(
    ("table", "other", "meets"),
    [
        ("targets", TARGET, True),
        ("targets", TARGET.replace("2025-04-01", "2026-03-31").replace(",2026-03-31,2025", ",,2025"), True),
        ("targets", TARGET.replace("2025-04-01,2026-03-31", "2026-04-01,"), False),
        ("targets", TARGET.replace("2025-04-01,2026-03-31", ",2025-03-31"), False),
        ("targets", TARGET.replace("2025-04-01,2026-03-31", ","), True),
        ("targets", TARGET.replace("8,,", "8,pct,"), True),
        ("targets", TARGET.replace("all", "LOCALITY"), False),
        ("targets", TARGET.replace("month", "ytd"), False),
        ("parameters", GOOD["parameters"].replace("40", "50"), True),
        ("parameters", GOOD["parameters"].replace("2025-04-01", "2025-05-01"), False),
        ("definitions", GOOD["definitions"], True),
        ("steps", GOOD["steps"].replace("pct", ""), True),
        ("steps", GOOD["steps"].replace("2025-04-01", "2025-05-01"), False),
    ],
)
def test_two_rows_may_not_hold_for_the_same_at_the_same_time(
    put: Put, definitions: Definitions, table: str, other: str, meets: bool
) -> None:
    folder = put(**{table: f"{GOOD[table]}\n{other}"})
    if meets:
        [reason] = refused(folder, definitions)
        column = {"definitions": "measure_number", "steps": "step_from"}.get(table, "valid_from")
        assert reason.startswith(f"{table}.csv, line 3, column {column}: overlapping_rows")
        assert "(the row of line 2)" in reason
    else:
        assert len(read(folder, definitions).tables[table]) == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("targets.csv", b"", "targets.csv, line 1: no_columns"),
        ("steps.csv", HEADERS["steps"].replace("reason", "reasons").encode(), "column_not_known"),
        ("steps.csv", HEADERS["steps"].replace("reason", "note").encode(), "column reason: missing_column"),
        ("steps.csv", f"{HEADERS['steps']},note".encode(), "column note: duplicate_column"),
        ("steps.csv", f"{HEADERS['steps']}\n8,,2025-04-01,\xe9,,,".encode("latin-1"), "line 2: not_utf_8"),
        ("target.csv", b"", "target.csv: unknown_table"),
    ],
)
def test_a_file_that_is_no_table_of_the_agreement_is_refused(
    put: Put, definitions: Definitions, name: str, content: bytes, told: str
) -> None:
    folder = put()
    (folder / name).write_bytes(content)
    assert any(told in reason for reason in refused(folder, definitions))


def test_every_fault_is_told_at_once_and_no_value_is(put: Put, definitions: Definitions) -> None:
    rows = "\n".join(TARGET.replace("90", wrong) for wrong in ("4711%", "-4711"))
    reasons = refused(put(targets=rows, definitions="8,4711,,,,,"), definitions)
    assert len(reasons) == 3
    assert "4711" not in "".join(reasons)


def test_no_folder_is_a_wrong_setting(tmp_path: Path, definitions: Definitions) -> None:
    with pytest.raises(Stop) as stop:
        read(tmp_path / "nowhere", definitions)
    assert stop.value.code == 60
    assert "CSC_AGREEMENT_DIR" in stop.value.next_step


def test_each_rule_says_what_to_do() -> None:
    assert all(what and advice for what, advice in REFUSALS.values())


# --- Shipped


def test_the_shipped_folder_is_the_default_and_holds_nothing_agreed(definitions: Definitions) -> None:
    settings = Settings.from_environment({"CSC_PSEUDONYM_KEY": "the key of the tests, kept nowhere else"})
    assert settings.agreement_dir == PROJECT / "agreement"
    agreement = read(settings.agreement_dir, definitions)
    assert {row["basis"] for rows in agreement.tables.values() for row in rows} == {"assumed"}
    assert {table: len(rows) for table, rows in agreement.tables.items() if table != "targets"} == {
        "parameters": 0,
        "definitions": 0,
        "steps": 0,
    }


def test_assumed_targets_that_are_numbers_are_rows_of_the_shipped_file(definitions: Definitions) -> None:
    """Every number that stands in the words of a target that can be is one, for every type of period."""
    targets = read(PROJECT / "agreement", definitions).tables["targets"]
    for measure in definitions.measures:
        target = measure.entry["target_assumed"]
        words = str(target["value"] if isinstance(target, dict) else target)
        rows = [row for row in targets if row["measure_number"] == measure.entry["n"]]
        assert all(f"{row['target']:g}" in words for row in rows), words
        assert len(rows) % 3 == 0
        if (measure.entry["long_list"] or {}).get("target") == "Y" and words[0].isdigit():
            assert rows, measure.entry["n"]


# --- Told


def test_all_that_an_agreement_says_is_told_by_what_it_rests_on(
    put: Put, definitions: Definitions, told: Callable[[Path], dict[str, list[str]]]
) -> None:
    versions = definition_versions(definitions, values_in_force(definitions.parameters, {}))
    targets = [TARGET, TARGET.replace("month", "ytd"), TARGET.replace("8,,", "1,,")]
    targets += [
        TARGET.replace("8,,", "9,,").replace("month", kind) for kind in ("month", "ytd", "rolling_12m")
    ]
    folder = put(
        targets="\n".join(targets),
        parameters="assessment_working_days,40,2025-04-01,,2025-03-01,\nicpc_working_days,20,2026-04-01,,,",
        definitions=f"8,{versions[8]},head,2026-03-31,2025-03-01,2025-03-02,\n1,{versions[1]},,2026-04-01,,2025-03-01,",
        steps=GOOD["steps"],
    )
    assert told(folder) == {
        "Agreed by both parties": [
            "target of 8 pct, all: 90, amber within 5, from 2025-04-01, to 2026-03-31; month, ytd",
            "target of 1 pct, all: 90, amber within 5, from 2025-04-01, to 2026-03-31; month",
            "target of 9 pct, all: 90, amber within 5, from 2025-04-01, to 2026-03-31",
            f"definition of 8: version {versions[8]}, owner head, next review 2026-03-31",
        ],
        "Proposed by one": [
            "parameter assessment_working_days: 40, from 2025-04-01; by the organisation",
            f"definition of 1: version {versions[1]}, next review 2026-04-01; by the organisation",
        ],
        "Assumed": [
            "parameter icpc_working_days: 20, from 2026-04-01; not in force",
            "step of 8 pct, from 2025-04-01: a new team",
        ],
        "Changed since it was agreed": [f"definition of 8: agreed as {versions[8]}, now {version_with(40)}"],
        "Due for review": ["definition of 8: 2026-03-31, head"],
    }


def version_with(limit: int) -> str:
    """Return the version of the definition of 8 with another limit."""
    definitions = read_definitions()
    values = values_in_force(definitions.parameters, {"assessment_working_days": limit})
    return definition_versions(definitions, values)[8]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[Path], dict[str, list[str]]]:
    """Return what `measures agreement` tells, its lines by heading."""

    def tell(folder: Path) -> dict[str, list[str]]:
        show_agreement(folder, AS_AT, Console(width=200))
        lines: dict[str, list[str]] = {}
        heading = ""
        for line in capsys.readouterr().out.split("\n\n", 1)[1].splitlines():
            if line.startswith("  "):
                lines[heading].append(line.strip())
            elif line:
                heading = line
                lines[heading] = []
        return lines

    return tell


def test_the_commands_read_the_folder_of_the_setting(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(targets=TARGET)
    monkeypatch.setenv("CSC_AGREEMENT_DIR", str(folder))
    monkeypatch.setenv("CSC_AS_AT", f"{AS_AT}")
    runner = CliRunner()
    assert runner.invoke(commands, ["agreement"]).exit_code == 0
    assert runner.invoke(commands, ["agreement", "check"]).exit_code == 0
    put(targets=TARGET.replace("90", "ninety"))
    refused = runner.invoke(commands, ["agreement", "check"])
    assert isinstance(refused.exception, Stop)
    assert refused.exception.code == 20


def test_the_doctor_looks_at_the_agreement_as_a_night_would(put: Put) -> None:
    key = {"CSC_PSEUDONYM_KEY": "the key of the tests, kept nowhere else", "CSC_AS_AT": f"{AS_AT}"}
    settings = Settings.from_environment({**key, "CSC_AGREEMENT_DIR": str(put(targets=TARGET))})
    assert agreement_told(settings) == "1 rows, 1 of them agreed"
    put(targets=TARGET.replace("90", ""))
    with pytest.raises(Stop, match="refused"):
        agreement_told(settings)


# --- Invented


@pytest.mark.parametrize("as_at", [date(2026, 4, 14), date(2024, 2, 29), date(2026, 4, 1)])
def test_the_invented_agreement_holds_every_case_and_is_the_same_every_time(
    as_at: date, definitions: Definitions, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        demo.write_agreement(tmp_path / name, as_at)
    agreement, again = (read_agreement(tmp_path / name, as_at, definitions) for name in ("first", "second"))
    assert agreement.digest == again.digest
    bases = {table: {row["basis"] for row in rows} for table, rows in agreement.tables.items()}
    assert bases.pop("steps") == {"agreed"}
    assert all(of_table == {"agreed", "proposed", "assumed"} for of_table in bases.values())
    measures = {row["measure_number"] for row in agreement.tables["targets"] if row["basis"] == "agreed"}
    assert len(measures) >= 10
    assert len(list(changed_since(agreement, definitions))) == 1
    assert len(list(due_for_review(agreement, as_at))) == 1
    assert {row["is_in_force"] for row in agreement.tables["parameters"]} == {True, False}
    defaults = {name: parameter.default for name, parameter in definitions.parameters.items()}
    assert values_in_force(definitions.parameters, agreement.values) == defaults


def test_the_invented_agreement_sets_a_target_for_whatever_has_one_assumed(
    definitions: Definitions, tmp_path: Path
) -> None:
    demo.write_agreement(tmp_path / "agreement", AS_AT)
    invented, shipped = (
        {row["measure_number"] for row in read(folder, definitions).tables["targets"]}
        for folder in (tmp_path / "agreement", PROJECT / "agreement")
    )
    assert invented >= shipped


# --- At night


def test_a_night_with_a_wrong_agreement_publishes_nothing_and_is_recorded(put: Put, tmp_path: Path) -> None:
    place = Place(tmp_path / "landing", tmp_path / "warehouse", AS_AT)
    folder = put(targets=TARGET.replace("8,,", "70,,"))
    settings = Settings.from_environment({**place.environment, "CSC_AGREEMENT_DIR": str(folder)})
    with pytest.raises(Stop) as stop:
        nightly(settings, Console(quiet=True))
    assert stop.value.code == 20
    assert [line["exit_code"] for line in ledger.read(place.warehouse)] == [20]
    assert generations.served(place.warehouse) is None


def test_the_night_publishes_what_is_agreed(council_night: Place, definitions: Definitions) -> None:
    """Colours of all kinds, the state of each definition, and a target or why there is none."""
    coloured = " union all ".join(
        f"select target, rag, value_status from marts.{mart}"
        for mart in ("safe_from_harm", "full_potential", "positive_contribution", "healthy_lives")
    )
    told = council_night.query(
        f"select distinct rag, target is null from ({coloured}) where value_status = 'ok'"
    )
    assert {(rag, without) for rag, without in told if rag} == {
        ("green", False),
        ("amber", False),
        ("red", False),
    }
    others = (
        f"select count(target), count(rag) from ({coloured}) where value_status not in ('ok', 'provisional')"
    )
    assert council_night.query(others) == [(0, 0)]

    states = council_night.query("select distinct measure_number, agreed_state from marts.measures")
    assert {
        25: "changed since agreed",
        8: "agreed",
        39: "proposed",
        76: "assumed",
        2: "assumed",
    }.items() <= dict(states).items()
    versions = definition_versions(definitions, values_in_force(definitions.parameters, {}))
    assert dict(
        council_night.query("select distinct measure_number, definition_version from marts.measures")
    ) == (versions)
    assert council_night.query(
        "select distinct parameters_basis, owner, next_review from marts.measures where measure_number = 8"
    ) == [("assessment_working_days: agreed", "head of assessment", "2026-04-01")]
    [(digest,)] = council_night.query("select agreement_digest from marts.runs")
    folder = council_night.landing.with_name("agreement")
    assert digest == read_agreement(folder, council_night.as_at, definitions).digest
    assert [line["agreement"] for line in ledger.read(council_night.warehouse)][:1] == [digest]

    without = dict(
        council_night.query(
            "select distinct measure_number, why_no_target from marts.measures where long_list_target = 'Y' "
            "and why_no_target is not null"
        )
    )
    assert set(without) == {75, 77, 80, 107, 119}
    assert all("in words: " in why for why in without.values())
