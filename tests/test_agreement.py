"""What the two parties agree: read, checked at the door, shipped, and refused with a place and a hint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from csc_measures.contract.agreement import landed_columns, read_tables
from csc_measures.contract.rules import REFUSALS
from csc_measures.definitions.agreement import Agreement, read_agreement, write_agreement
from csc_measures.definitions.register import Definitions, read_definitions
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
        assert reason.startswith(f"{table}.csv, line 3: overlapping_rows")
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
