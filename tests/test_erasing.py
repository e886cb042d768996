"""People who were erased: no row of theirs lands, and what is older goes with the next night published."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from conftest import run_measures
from csc_measures.landing.erased import add_erased, read_erased
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.night import generations
from landing_files import KEY, Landed, Night

SINCE = "20260414T000000000000Z"


def pseudonym(who: str) -> str:
    return Pseudonyms(KEY).of("person")(who)


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    """Land a council of two children, of whom the first was erased."""
    landing = Night(tmp_path)
    children = [{"pers_person_id": who, "pers_dob": "2015-06-30", "pers_sex": "?"} for who in ("P1", "P2")]
    landing.put_rows("ssd_person", children)
    landing.put_rows(
        "ssd_cin_episodes",
        [
            {"cine_referral_id": "R1", "cine_person_id": "P1", "cine_referral_date": "2026-01-05"},
            {"cine_referral_id": "R2", "cine_person_id": "P2", "cine_referral_date": "2026-01-05"},
        ],
    )
    landing.put_rows(
        "ssd_cin_assessments",
        [
            {
                "cina_assessment_id": f"A{n}",
                "cina_referral_id": f"R{n}",
                "cina_assessment_start_date": "2026-01-06",
            }
            for n in (1, 2)
        ],
    )
    warehouse = tmp_path / "warehouse"
    warehouse.mkdir()
    add_erased(warehouse, [pseudonym("P1")], SINCE)
    return landing.land()


def test_no_row_that_names_them_or_a_record_of_theirs_lands(landed: Landed) -> None:
    assert landed.column("ssd_person", "pers_person_id") == [pseudonym("P2")]
    assert landed.column("ssd_cin_episodes", "cine_person_id") == [pseudonym("P2")]
    assert landed.column("ssd_cin_assessments", "source_line") == [3]


def test_every_row_left_out_is_told_and_accounted_for(landed: Landed) -> None:
    told = [(file, line, rule) for file, line, _, rule, _ in landed.quality]
    extracts = ("ssd_cin_assessments", "ssd_cin_episodes", "ssd_person")
    erased = [(f"{extract}.csv", 2, "erased") for extract in extracts]
    assert told == [*erased, ("ssd_person.csv", 3, "unknown_code")]
    assert {(each.n_rows_in, each.n_rows_loaded) for each in landed.report.files} == {(2, 1)}


def test_the_files_that_hold_them_are_not_kept(landed: Landed) -> None:
    assert not (landed.run / "raw").exists()


@pytest.mark.parametrize(
    ("served", "kept"), [("20260413", ["20260412", "20260413"]), ("20260415", ["20260415"])]
)
def test_older_nights_go_once_one_is_served_without_them(
    tmp_path: Path, served: str, kept: list[str]
) -> None:
    add_erased(tmp_path, [pseudonym("P1")], SINCE)
    for run_id in {"20260412", "20260413", served}:
        for folder in ("generations", "runs", "logs"):
            (tmp_path / folder / run_id).mkdir(parents=True)
    (tmp_path / "current").symlink_to(f"generations/{served}")
    generations.prune(tmp_path, 9)
    for folder in ("generations", "runs", "logs"):
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == kept


def test_the_history_goes_on_without_them(tmp_path: Path) -> None:
    history = tmp_path / "generations" / "1" / "history"
    history.mkdir(parents=True)
    (tmp_path / "current").symlink_to("generations/1")
    people = ", ".join(f"('{pseudonym(who)}')" for who in ("P1", "P2"))
    duckdb.execute(f"copy (from (values {people}) as t (person_id)) to '{history / 'of_people.parquet'}'")
    duckdb.execute(f"copy (select 'W1' as worker_id) to '{history / 'of_workers.parquet'}'")
    add_erased(tmp_path, [pseudonym("P1")], SINCE)
    generations.bring_history(tmp_path, tmp_path / "build.duckdb")
    with duckdb.connect(str(tmp_path / "build.duckdb")) as build:
        assert build.execute("from history.of_people").fetchall() == [(pseudonym("P2"),)]
        assert build.execute("from history.of_workers").fetchall() == [("W1",)]


def test_the_command_keeps_pseudonyms_and_no_ids(tmp_path: Path) -> None:
    file, warehouse = tmp_path / "ids", tmp_path / "warehouse"
    environment = {"CSC_WAREHOUSE_DIR": str(warehouse), "CSC_PSEUDONYM_KEY": KEY.decode()}
    assert run_measures("erase", file, environment=environment).returncode == 60
    file.write_text("P1\n\n P2 \n")
    (warehouse / "dev").mkdir(parents=True)
    warehouse.chmod(0o700)
    erased = run_measures("erase", file, environment=environment)
    assert erased.returncode == 0, erased.stderr
    assert read_erased(warehouse).keys() == {pseudonym("P1"), pseudonym("P2")}
    assert oct((warehouse / "erased").stat().st_mode & 0o777) == "0o600"
    assert not (warehouse / "dev").exists()
    assert "P1" not in erased.stdout
