"""The contract as read, and the dbt sources and settings that follow from it."""

import grp
import os
import re
import tomllib
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from csc_measures.contract.extracts import LANDED_TYPES, read_contract
from csc_measures.contract.rules import (
    FLAGGED,
    LANDING,
    SET_ASIDE_ROW,
    SET_ASIDE_VALUE,
    WAREHOUSE,
    read_rules,
)
from csc_measures.contract.sources import write_sources
from csc_measures.project import LONDON, PROJECT
from csc_measures.settings import DEMO_KEY, Settings
from csc_measures.stop import Stop

KEY = {"CSC_PSEUDONYM_KEY": "a key for tests, long enough to be one"}


def test_the_contract_has_all_extracts_each_with_one_key() -> None:
    extracts = read_contract().extracts
    assert len(extracts) == 78
    assert all(sum(column.is_key for column in extract.columns) == 1 for extract in extracts.values())


def test_every_reference_of_the_contract_points_somewhere() -> None:
    contract = read_contract()
    for extract in contract.extracts.values():
        names = {column.name for column in extract.columns}
        for column in extract.columns:
            assert column.type in LANDED_TYPES
            assert column.code_set is None or column.code_set in contract.codes
            assert column.not_before is None or column.not_before in names
            if column.refers_to:
                other, key = column.refers_to
                assert contract.extracts[other].key.name == key
                assert contract.extracts[other].key.id_of == column.id_of


def test_every_id_of_a_person_or_worker_is_said_to_be_one() -> None:
    of_sensitivity = {"person_key": "person", "staff_key": "worker"}
    for extract in read_contract().extracts.values():
        for column in extract.columns:
            if column.sensitivity in of_sensitivity:
                assert column.id_of == of_sensitivity[column.sensitivity], column.name


UNPLACED = {
    "ssd_care_leavers": "holds the latest position alone",
    "ssd_permanence": "tells what was decided of a child, each date its own matter",
    "ssd_person": "holds people; a birth that is not known has a rule of its own",
    "local_missing_details": "tells the time of an episode that has its date already",
    "local_pathway_plans": "has dates that are blank until it is authorised",
    "local_questionnaires": "has dates that are blank until it is completed",
    "local_team_service_areas": "holds for ever where it has no start",
}
"""Extracts with dates of which none places a row, and why."""


def test_every_extract_with_dates_has_one_that_places_its_rows() -> None:
    contract = read_contract()
    for extract in contract.extracts.values():
        dates = [column for column in extract.columns if column.type in ("date", "timestamp")]
        placing = [column for column in extract.columns if column.places_row]
        assert set(placing) <= set(dates), extract.name
        assert bool(placing) == (bool(dates) and extract.name not in UNPLACED), extract.name


def test_a_date_places_a_row_by_columns_and_codes_that_there_are() -> None:
    contract = read_contract()
    for extract in contract.extracts.values():
        named = {column.name: column for column in extract.columns}
        for column in extract.columns:
            placing = column.places_row
            if placing and placing.column:
                codes = contract.codes.get(named[placing.column].code_set or "", ())
                assert set(placing.codes) <= {code.code for code in codes}, column.name


def test_every_rule_is_described_and_asks_for_extracts_that_there_are() -> None:
    rules = read_rules()
    effects = {SET_ASIDE_ROW, SET_ASIDE_VALUE, FLAGGED}
    assert {rule.effect for rule in rules.values()} == effects
    for name, rule in rules.items():
        assert rule.meaning.endswith("."), name
        assert rule.found_by in (LANDING, WAREHOUSE), name
        assert rule.found_by == LANDING or rule.effect == FLAGGED, name
        assert set(rule.needs) <= set(read_contract().extracts), name


def test_every_rule_that_takes_facts_has_a_model_of_its_name_and_the_other_way_round() -> None:
    models = {path.stem for path in (PROJECT / "models" / "quality").glob("*.sql")}
    assert models == {name for name, rule in read_rules().items() if rule.found_by == WAREHOUSE}


def test_every_model_of_quality_names_its_rule_and_columns_that_there_are() -> None:
    extracts = read_contract().extracts
    for path in (PROJECT / "models" / "quality").glob("*.sql"):
        written = path.read_text(encoding="utf-8")
        named = re.findall(r"finding\(\s*'(\w+)',\s*'(\w+)',\s*'(\w+)'", written)
        assert named, path.stem
        for rule, extract, column in named:
            assert rule == path.stem
            assert column in {each.name for each in extracts[extract].columns}, (rule, extract, column)


def test_no_address_lands_and_a_postcode_lands_in_parts() -> None:
    landed = [column.name for column in read_contract().extracts["ssd_address"].landed_columns()]
    assert landed == [
        "addr_table_id",
        "addr_table_id_rank",
        "addr_person_id",
        "addr_address_type",
        "addr_address_start_date",
        "addr_address_end_date",
        "addr_address_postcode_hash",
        "addr_address_postcode_outward",
        "source_file",
        "source_line",
    ]


def test_the_committed_sources_are_what_the_contract_says(tmp_path: Path) -> None:
    written = write_sources(tmp_path)
    assert len(written) == 23
    for path in written:
        committed = PROJECT / path.relative_to(tmp_path)
        assert committed.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), (
            "run: python -m csc_measures.contract.sources"
        )


def test_no_column_of_an_extract_stands_under_two_names_in_staging() -> None:
    for file in (PROJECT / "models" / "staging").rglob("*.sql"):
        names = re.findall(r"^ {4}(\S.*) as (\w+),?$", file.read_text(encoding="utf-8"), re.MULTILINE)
        twice = [read for read, n in Counter(read for read, _ in names).items() if n > 1]
        assert not twice, f"{file.name}: {twice}"


def test_settings_have_the_defaults_of_the_contract() -> None:
    settings = Settings.from_environment(KEY)
    assert settings.landing_dir == Path("landing")
    assert settings.warehouse_dir == Path("warehouse")
    assert settings.as_at in {datetime.now(LONDON).date() - timedelta(days=days) for days in (1, 2)}
    assert (settings.months, settings.authority, settings.allow_missing) == (36, "885", ())
    assert (settings.max_loss, settings.max_change, settings.max_lag) == (0.5, 0.4, 31)


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.from_environment(
        KEY
        | {
            "CSC_LANDING_DIR": "in",
            "CSC_WAREHOUSE_DIR": "out",
            "CSC_AS_AT": "2026-03-31",
            "CSC_MONTHS": "12",
            "CSC_AUTHORITY": "301",
            "CSC_ALLOW_MISSING": "local_posts, ssd_missing,local_posts",
            "CSC_KEEP_RAW_RUNS": "0",
            "CSC_EVIDENCE_DETAIL": "coarse",
            "CSC_MAX_LOSS": "0.1",
            "CSC_MAX_CHANGE": "1",
            "CSC_MAX_LAG": "365",
            "CSC_MEMORY": "2048",
        }
    )
    assert settings.as_at == date(2026, 3, 31)
    assert settings.months == 12
    assert settings.authority == "301"
    assert settings.allow_missing == ("local_posts", "ssd_missing")
    assert settings.keep_raw_runs == 0
    assert settings.evidence_detail == "coarse"
    assert (settings.max_loss, settings.max_change, settings.max_lag) == (0.1, 1, 365)
    assert settings.memory == 2048 << 20


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CSC_AS_AT", "31/03/2026", "YYYY-MM-DD"),
        ("CSC_AS_AT", "2026-02-30", "YYYY-MM-DD"),
        ("CSC_AS_AT", "infinity", "YYYY-MM-DD"),
        ("CSC_AS_AT", "2206-03-31", "1901 to 2099"),
        ("CSC_MONTHS", "0", "whole number"),
        ("CSC_MONTHS", "1e2", "whole number"),
        ("CSC_AUTHORITY", "Worcestershire", "three-digit"),
        ("CSC_KEEP_RAW_RUNS", "-1", "whole number"),
        ("CSC_EVIDENCE_DETAIL", "weeks", "full, coarse"),
        ("CSC_ALLOW_MISSING", "ssd_persons", "export CSC_ALLOW_MISSING=ssd_person"),
        ("CSC_WAREHOUSE_DIR", "{warehouse}", "brace"),
        ("CSC_MAX_LAG", "a month", "number of days"),
        ("CSC_SMALL_NUMBER", "1", "whole number from 2"),
        ("CSC_ZEROS", "no", "neither shown nor hidden"),
        ("CSC_SETTLED", "-1", "number of seconds"),
        ("CSC_ENCRYPTED_DISK", "yes", "CSC_ENCRYPTED_DISK=required"),
        ("CSC_MEMORY", "512", "number of MiB from 1536 on"),
        ("CSC_MAX_CHANGE", "40", "share from 0 to 1"),
        ("CSC_MAX_LOSS", "10%", "share from 0 to 1"),
        ("CSC_MAX_LOSS", "1.5", "share from 0 to 1"),
    ],
)
def test_a_wrong_setting_stops_the_run_and_says_what_to_type(name: str, value: str, says: str) -> None:
    with pytest.raises(Stop) as stopped:
        Settings.from_environment(KEY | {name: value})
    assert stopped.value.code == 60
    assert name in str(stopped.value)
    assert says in str(stopped.value)


@pytest.mark.parametrize("key", ["", " ", "...", "of thirty-one letters like this", "." * 64, "changeme" * 8])
def test_what_is_no_key_stops_the_run(key: str) -> None:
    with pytest.raises(Stop) as stopped:
        Settings.from_environment({"CSC_PSEUDONYM_KEY": key})
    assert stopped.value.code == 60
    assert "secrets.token_hex" in stopped.value.next_step


def test_the_key_is_in_no_printed_form_of_the_settings() -> None:
    assert KEY["CSC_PSEUDONYM_KEY"] not in repr(Settings.from_environment(KEY))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Give a file of mode 0600 that holds a key and, as an editor leaves it, a line break."""
    file = tmp_path / "pseudonym.key"
    file.write_text(f"{KEY['CSC_PSEUDONYM_KEY']}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def test_the_key_is_read_from_a_file(key_file: Path) -> None:
    of_file = Settings.from_environment({"CSC_PSEUDONYM_KEY_FILE": str(key_file)})
    assert of_file.pseudonym_key == Settings.from_environment(KEY).pseudonym_key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_or_write_is_refused(mode: int, key_file: Path) -> None:
    key_file.chmod(mode)
    with pytest.raises(Stop, match="others may read or write") as stopped:
        Settings.from_environment({"CSC_PSEUDONYM_KEY_FILE": str(key_file)})
    assert stopped.value.code == 60
    assert f"chmod 600 {key_file}" in stopped.value.next_step


def test_a_key_of_somebody_else_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: key_file.stat().st_uid + 1)
    with pytest.raises(Stop, match="belongs to somebody else"):
        Settings.from_environment({"CSC_PSEUDONYM_KEY_FILE": str(key_file)})


def test_a_key_file_that_is_not_there_or_a_second_key_is_refused(key_file: Path) -> None:
    for environment in (
        {"CSC_PSEUDONYM_KEY_FILE": f"{key_file}.old"},
        {"CSC_PSEUDONYM_KEY_FILE": str(key_file.parent)},
        {**KEY, "CSC_PSEUDONYM_KEY_FILE": str(key_file)},
    ):
        with pytest.raises(Stop, match="CSC_PSEUDONYM_KEY_FILE") as stopped:
            Settings.from_environment(environment)
        assert stopped.value.code == 60


def test_only_the_demo_needs_no_key() -> None:
    assert Settings.from_environment({}, is_demo=True).pseudonym_key == DEMO_KEY
    with pytest.raises(Stop):
        Settings.from_environment({})


@pytest.mark.parametrize("name", ["CSC_READERS_GROUP", "CSC_EVIDENCE_GROUP", "CSC_SHARED_GROUP"])
def test_a_group_of_readers_is_one_that_files_can_be_given_to(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = grp.getgrgid(os.getegid())
    settings = Settings.from_environment(KEY | {name: own.gr_name})
    assert own.gr_gid in (settings.readers_group, settings.evidence_group, settings.shared_group)
    with pytest.raises(Stop, match="no group of this machine"):
        Settings.from_environment(KEY | {name: "no such group"})
    monkeypatch.setattr(os, "geteuid", lambda: 1)
    monkeypatch.setattr(os, "getegid", lambda: own.gr_gid + 1)
    monkeypatch.setattr(os, "getgroups", list)
    with pytest.raises(Stop, match="no member"):
        Settings.from_environment(KEY | {name: own.gr_name})


def test_what_builds_the_package_is_locked_with_its_hash() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = tomllib.loads((PROJECT / "uv.lock").read_text(encoding="utf-8"))["package"]
    hashed = {
        f"{package['name']}=={package['version']}"
        for package in locked
        if any("hash" in wheel for wheel in package.get("wheels", []))
    }
    assert {*project["build-system"]["requires"], *project["dependency-groups"]["build"]} <= hashed
    assert project["tool"]["uv"]["no-build-isolation-package"] == [project["project"]["name"]]
