"""
The invented council: whole, the same every time, in order, marked, and like the county it is modelled on.

Most tests share one small council; the published figures are held against one of full size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from csc_measures.contract.extracts import Column, read_contract
from csc_measures.contract.rules import LANDING, read_rules
from csc_measures.demo import CouncilReport, write_council
from csc_measures.demo.calendar import Calendar, birthday, months_on, number
from csc_measures.demo.dice import Dice
from csc_measures.landing.land import LandingReport, land
from csc_measures.settings import Settings
from csc_measures.stop import Stop

AS_AT = date(2026, 4, 14)
SMALL = 3_000
MARK = "ZQX"
CONTRACT = read_contract()
MARKED = {"direct_identifier", "staff_identifier", "free_text"}
REGISTER = "local_evidence_register"


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> CouncilReport:
    return write_council(tmp_path_factory.mktemp("small") / "landing", children=SMALL)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_council(tmp_path_factory.mktemp("county") / "landing").folder


def landed(folder: Path, run: Path, as_at: date = AS_AT) -> tuple[LandingReport, pd.DataFrame]:
    """Land a folder; gives the report and what was found."""
    settings = Settings.from_environment(
        {
            "CSC_LANDING_DIR": str(folder),
            "CSC_WAREHOUSE_DIR": str(run),
            "CSC_AS_AT": as_at.isoformat(),
            "CSC_PSEUDONYM_KEY": "a key for tests, long enough to be one",
        }
    )
    report = land(settings, run)
    return report, pq.read_table(run / "landed" / "data_quality.parquet").to_pandas()


def read(folder: Path, extract: str) -> pd.DataFrame:
    """Read an extract as text; nothing is None."""
    kinds = {column.name: pa.string() for column in CONTRACT.extracts[extract].columns}
    options = pyarrow.csv.ConvertOptions(column_types=kinds, strings_can_be_null=True)
    return pyarrow.csv.read_csv(folder / f"{extract}.csv", convert_options=options).to_pandas()


def digests(folder: Path) -> dict[str, str]:
    """Hash every file of a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def texts(folder: Path) -> Iterator[tuple[str, Column, set[str]]]:
    """Give each column's distinct texts."""
    for extract in CONTRACT.extracts.values():
        table = read(folder, extract.name)
        for column in extract.columns:
            yield extract.name, column, set(table[column.name].dropna())


# --- Whole, and the same every time


def test_all_extracts_are_there_with_rows_and_every_column(council: CouncilReport) -> None:
    assert set(council.rows) == set(CONTRACT.extracts)
    assert min(council.rows.values()) > 0
    for extract in CONTRACT.extracts.values():
        table = read(council.folder, extract.name)
        assert list(table.columns) == [column.name for column in extract.columns]
        assert len(table) == council.rows[extract.name]


def test_same_seed_and_date_give_the_same_bytes(council: CouncilReport, tmp_path: Path) -> None:
    again = write_council(tmp_path / "again", children=SMALL)
    assert digests(again.folder) == digests(council.folder)
    other = write_council(tmp_path / "other", children=SMALL, seed=886)
    assert digests(other.folder)["ssd_person.csv"] != digests(council.folder)["ssd_person.csv"]


def test_chance_gives_the_same_numbers_on_every_machine() -> None:
    dice = Dice(np.random.SeedSequence(885).spawn(3)[1])
    assert dice.whole(6, 0, 999).tolist() == [345, 267, 597, 948, 100, 718]
    assert dice.spread(5, ((0, 0), (0.5, 10), (1, 1000))).tolist() == [2, 549, 2, 256, 618]


def test_parquet_holds_the_same_texts(council: CouncilReport, tmp_path: Path) -> None:
    parquet = write_council(tmp_path / "parquet", children=SMALL, fmt="parquet")
    for extract in ("ssd_person", "ssd_s47_enquiry", "ssd_permanence", "local_attendance"):
        table = pq.read_table(parquet.folder / f"{extract}.parquet")
        assert set(table.schema.types) == {pa.string()}
        pd.testing.assert_frame_equal(table.to_pandas(), read(council.folder, extract))


def test_what_an_earlier_call_wrote_is_replaced(tmp_path: Path) -> None:
    write_council(tmp_path / "landing", children=300, fmt="parquet", mess=True)
    write_council(tmp_path / "landing", children=300, seed=2)
    assert not list((tmp_path / "landing").glob("*.parquet"))
    assert not (tmp_path / "landing.mess.csv").exists()


def test_a_folder_with_files_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ssd_person.csv").write_text("pers_person_id\n1\n", encoding="utf-8")
    with pytest.raises(Stop) as stopped:
        write_council(tmp_path, children=300)
    assert stopped.value.code == 60
    assert [path.name for path in tmp_path.iterdir()] == ["ssd_person.csv"]


def test_files_are_readable_by_the_owner_alone(council: CouncilReport) -> None:
    assert council.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in council.folder.iterdir()} == {0o600}


# --- In order


@pytest.mark.parametrize(
    ("children", "years", "as_at"), [(SMALL, 6, AS_AT), (100, 1, AS_AT), (1_000, 3, date(2024, 2, 29))]
)
def test_landing_sets_nothing_aside_and_flags_nothing(
    tmp_path: Path, children: int, years: int, as_at: date
) -> None:
    written = write_council(tmp_path / "landing", children=children, years=years, as_at=as_at)
    report, found = landed(written.folder, tmp_path / "run", as_at)
    assert found.empty, found.groupby(["extract", "column_name", "rule"]).size()
    assert report.loaded == dict(sorted(written.rows.items()))


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_landing_finds_the_listed_faults_and_no_others(tmp_path: Path, fmt: str) -> None:
    written = write_council(tmp_path / "landing", children=SMALL, fmt=fmt, mess=True)
    report, found = landed(written.folder, tmp_path / "run")
    listed = pd.read_csv(f"{written.folder}.mess.csv", dtype=str)
    assert len(listed) == written.faults
    places = list(listed.columns)
    assert places == ["extract", "file", "line", "column_name", "rule", "effect"]
    found["line"] = found["line"].map(lambda line: None if pd.isna(line) else str(int(line)))
    expected, actual = (
        sorted(table[places].fillna("").itertuples(index=False, name=None)) for table in (listed, found)
    )
    assert actual == expected
    of_form = {"blank_line", "wrong_field_count", "malformed_quotes", "unreadable_characters", "windows_1252"}
    of_every_row = {"header_wider_than_rows", "tells_who_somebody_is"}
    of_the_past = {"same_file_again", "fewer_rows", "erased", "events_behind_others"}
    of_landing = {name for name, rule in read_rules().items() if rule.found_by == LANDING}
    assert of_landing - set(listed["rule"]) == of_every_row | of_the_past | (
        set() if fmt == "csv" else of_form
    )
    assert all(file.n_rows_in == file.n_rows_loaded + file.n_rows_set_aside for file in report.files)


def test_nothing_lies_after_the_date_but_due_and_expected_dates(council: CouncilReport) -> None:
    ahead = set()
    for extract, column, values in texts(council.folder):
        if column.type in ("date", "timestamp"):
            latest = max((text[:10] for text in values), default="")
            if latest > AS_AT.isoformat():
                ahead.add((extract, column.may_lie_ahead))
    assert {may for _, may in ahead} == {True}


def test_habits_of_the_standard_dataset_are_kept(council: CouncilReport) -> None:
    permanence, referrals = read(council.folder, "ssd_permanence"), read(council.folder, "ssd_cin_episodes")
    assert (permanence["perm_ffa_cp_decision_date"] == "1900-01-01").all()
    assert (referrals["cine_referral_source_desc"] == "SSD_PH").any()
    assert referrals["cine_referral_outcome_json"].str.startswith('{"SINGLE_ASSESSMENT": ').all()
    assert not read(council.folder, "ssd_cla_immunisations")["clai_person_id"].duplicated().any()


# --- Marked


def test_every_identifying_text_bears_the_mark_and_no_other_text_does(council: CouncilReport) -> None:
    for extract, column, values in texts(council.folder):
        values -= {"SSD_PH"}
        is_marked = column.sensitivity in MARKED and not column.is_postcode and extract != REGISTER
        wrong = {text for text in values if (MARK in text) != is_marked}
        assert not wrong, f"{extract}.{column.name}"


def test_postcodes_are_of_an_area_that_does_not_exist(council: CouncilReport) -> None:
    for extract, column, values in texts(council.folder):
        if column.is_postcode:
            assert values, extract
            assert all(pd.Series(sorted(values)).str.fullmatch(r"QX[1-9][0-9][A-Z]{2}")), extract


# --- Journeys


def test_plans_follow_conferences_and_conferences_follow_enquiries(council: CouncilReport) -> None:
    plans = read(council.folder, "ssd_cp_plans").query("cppl_cp_plan_ola == 'N'")
    conferences = read(council.folder, "ssd_initial_cp_conference").set_index("icpc_icpc_id")
    enquiries = read(council.folder, "ssd_s47_enquiry").set_index("s47e_s47_enquiry_id")
    held = plans["cppl_icpc_id"].map(conferences["icpc_icpc_date"])
    assert (plans["cppl_cp_plan_start_date"] == held).all()
    begun = conferences["icpc_s47_enquiry_id"].dropna().map(enquiries["s47e_s47_start_date"])
    assert (conferences.loc[begun.index, "icpc_icpc_date"] >= begun.str[:10]).all()


def test_children_in_care_live_somewhere_under_some_status(council: CouncilReport) -> None:
    episodes = read(council.folder, "ssd_cla_episodes").fillna("9999")
    placements = read(council.folder, "ssd_cla_placement").fillna("9999").set_index("clap_cla_placement_id")
    stay = placements.loc[episodes["clae_cla_placement_id"]].reset_index()
    start, end = episodes["clae_cla_episode_start_date"], episodes["clae_cla_episode_ceased_date"]
    assert (stay["clap_cla_placement_start_date"] <= start).all()
    assert (stay["clap_cla_placement_end_date"] >= end).all()
    assert (stay["clap_person_id"] == episodes["clae_person_id"]).all()
    legal = read(council.folder, "ssd_legal_status").fillna("9999")
    together = episodes.merge(legal, left_on="clae_person_id", right_on="lega_person_id")
    current = together[
        (together["lega_legal_status_start_date"] <= together["clae_cla_episode_start_date"])
        & (together["lega_legal_status_end_date"] > together["clae_cla_episode_start_date"])
    ]
    assert set(current["clae_cla_episode_id"]) == set(episodes["clae_cla_episode_id"])


def test_codes_of_supported_accommodation_change_in_2024(council: CouncilReport) -> None:
    placements = read(council.folder, "ssd_cla_placement")
    start = placements["clap_cla_placement_start_date"]
    kind = placements["clap_cla_placement_type"]
    assert (start[kind == "K3"] >= "2024-04-01").all()
    assert (placements["clap_cla_placement_end_date"][kind == "H5"] <= "2024-04-01").all()


def test_steps_up_and_down_are_told_on_both_sides(council: CouncilReport) -> None:
    support = read(council.folder, "local_support_episodes")
    decisions = read(council.folder, "local_referral_decisions")
    referrals = read(council.folder, "ssd_cin_episodes").merge(
        decisions, left_on="cine_referral_id", right_on="referral_id"
    )
    risen = referrals[referrals["source_service"].notna()]
    assert (risen["cine_referral_source_code"] == "5D").all()
    assert risen["cine_person_id"].isin(support["person_id"]).mean() > 0.5
    eased = support[support["start_source"] == "SOCIAL_CARE"]
    children = eased[eased["person_id"].isin(referrals["cine_person_id"])]
    assert len(children) > 0.5 * len(eased)


# --- Like the county


def on(day: str, table: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """Give the rows that are current on a day."""
    return table[(table[start].str[:10] <= day) & ~(table[end].str[:10] <= day)]


def looked_after(folder: Path, day: str) -> pd.DataFrame:
    """Give the children looked after on a day: their period's start and what they are."""
    episodes = on(
        day, read(folder, "ssd_cla_episodes"), "clae_cla_episode_start_date", "clae_cla_episode_ceased_date"
    )
    legal = on(
        day, read(folder, "ssd_legal_status"), "lega_legal_status_start_date", "lega_legal_status_end_date"
    ).set_index("lega_person_id")["lega_legal_status"]
    people = read(folder, "ssd_person").set_index("pers_person_id")
    return pd.DataFrame(
        {
            "person": episodes["clae_person_id"],
            "since": episodes["clae_entered_care_date"],
            "status": episodes["clae_person_id"].map(legal),
            "born": episodes["clae_person_id"].map(people["pers_dob"]),
        }
    ).query("status not in ['V3', 'V4']")


def test_the_county_has_its_published_rates(county: Path) -> None:
    """Hold rates and shares of the last year against the latest published ones, within 15%."""
    residents, end, year = 120_119, "2026-03-31", "2025-04-01"
    care = looked_after(county, end)
    plans = read(county, "ssd_cp_plans").query("cppl_cp_plan_ola == 'N'")
    protected = on(end, plans, "cppl_cp_plan_start_date", "cppl_cp_plan_end_date")
    assessed = read(county, "ssd_cin_assessments").dropna(subset=["cina_assessment_auth_date"])
    assessed = assessed[assessed["cina_assessment_auth_date"].between(year, end)]
    elapsed = working_days(assessed["cina_assessment_start_date"], assessed["cina_assessment_auth_date"])
    conferences = read(county, "ssd_initial_cp_conference").merge(
        read(county, "ssd_s47_enquiry"), left_on="icpc_s47_enquiry_id", right_on="s47e_s47_enquiry_id"
    )
    conferences = conferences[conferences["icpc_icpc_date"].between(year, end)]
    to_conference = working_days(conferences["s47e_s47_start_date"], conferences["icpc_icpc_date"])
    referrals = read(county, "ssd_cin_episodes").sort_values("cine_referral_date", kind="stable")
    before = referrals.groupby("cine_person_id")["cine_referral_date"].shift(1)
    recent = referrals["cine_referral_date"].between(year, end)
    again = year_before(referrals["cine_referral_date"]) <= before.fillna("")
    all_year = care[care["since"] <= year]
    teeth = read(county, "ssd_cla_health").query(
        "clah_health_check_type == 'Dental check' and clah_health_check_status == 'Completed'"
    )
    seen = teeth[teeth["clah_health_check_date"].between(year, end)]["clah_person_id"]
    figures = {
        "31 looked after per 10,000": (len(care) / residents * 10_000, 86.0),
        "13 child protection plans per 10,000": (len(protected) / residents * 10_000, 43.5),
        "8 assessments within 45 working days": (100 * (elapsed <= 45).mean(), 88.6),
        "23 conferences within 15 working days": (100 * (to_conference <= 15).mean(), 93.7),
        "2 referred again within 12 months": (100 * again[recent].mean(), 17.8),
        "114 dental checks": (100 * all_year["person"].isin(seen).mean(), 74.0),
    }
    far = {name: pair for name, pair in figures.items() if abs(pair[0] / pair[1] - 1) > 0.15}
    assert not far


def working_days(start: pd.Series, end: pd.Series) -> np.ndarray:
    """Count working days elapsed between texts of dates."""
    first, last = (
        column.str[:10].to_numpy().astype("datetime64[D]").astype(np.int64) for column in (start, end)
    )
    return Calendar().working_days(first, last)


def year_before(column: pd.Series) -> pd.Series:
    """Give the text of the day twelve months before."""
    days = column.str[:10].to_numpy().astype("datetime64[D]").astype(np.int64)
    return pd.Series(months_on(days, -12).astype("datetime64[D]").astype(str), index=column.index)


def test_one_team_is_in_trouble_since_ten_months(county: Path) -> None:
    """Its assessments are late more often than before, and than those of other locality teams."""
    done = read(county, "ssd_cin_assessments").dropna(subset=["cina_assessment_auth_date"])
    late = working_days(done["cina_assessment_start_date"], done["cina_assessment_auth_date"]) > 45
    areas = read(county, "local_team_service_areas").query("service_area == 'LOCALITY'")["team_id"]
    lately = done["cina_assessment_auth_date"] >= "2025-08-01"
    before = done["cina_assessment_auth_date"].between("2024-04-01", "2025-03-31")
    shares = pd.DataFrame({"team": done["cina_assessment_team"], "late": late, "lately": lately})
    now = shares[lately & shares["team"].isin(areas)].groupby("team")["late"].mean().sort_values()
    worst = now.index[-1]
    assert now.iloc[-1] > 2 * now.iloc[-2]
    assert now.iloc[-1] > 2 * shares[before & (shares["team"] == worst)]["late"].mean()


# --- The calendar


def test_days_and_birthdays_follow_the_conventions() -> None:
    born = np.array([number("2008-02-29")])
    assert birthday(born, 17).tolist() == [number("2025-03-01")]
    assert months_on(np.array([number("2025-08-31")]), 6).tolist() == [number("2026-02-28")]
    calendar = Calendar()
    friday, tuesday = np.array([number("2026-04-02")]), np.array([number("2026-04-07")])
    assert calendar.working_days(friday, tuesday).tolist() == [1]
    assert calendar.on_working_day(np.array([number("2026-04-03")])).tolist() == tuesday.tolist()
    saturday = number(date(2026, 5, 9))
    assert calendar.after(np.array([saturday]), 1).tolist() == [number(date(2026, 5, 9) + timedelta(days=2))]
