"""What is expected of extracts and marts, and the pages that tell of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from conftest import KEY, Place, do_night
from csc_measures.contract.rules import Measured, concerns_of
from csc_measures.night import building, docs, editions, expectations, generations, nightly, numbers
from csc_measures.stop import ExitCode
from landing_files import AS_AT, Night
from test_nightly import last_run, stopped

REASON = "the old records were put right"


# --- At the door


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    """Give the landed rows of two persons, one of whom has a code of no list."""
    night = Night(tmp_path)
    sexes = {"P1": "F", "P2": "of no list"}
    rows = [
        {"pers_person_id": each, "pers_dob": "2015-01-01", "pers_sex": sex} for each, sex in sexes.items()
    ]
    night.put_rows("ssd_person", rows)
    return night.land().run / "landed"


def unlisted(landed: Path) -> dict[str, int]:
    rows = duckdb.execute(expectations.codes_profile(landed)).fetchall()
    return {column: n for column, n in rows if n}


def test_a_code_of_no_list_is_expected_to_be_flagged(landed: Path) -> None:
    assert unlisted(landed) == {}
    file = landed / "ssd_person.parquet"
    persons = pq.read_table(file)
    sexes = pc.replace_substring(persons["pers_sex"], "F", "of no list either")
    place = persons.schema.get_field_index("pers_sex")
    pq.write_table(persons.set_column(place, "pers_sex", sexes), file)
    assert unlisted(landed) == {"ssd_person.pers_sex": 1}


def test_columns_are_expected_as_the_contract_has_them(landed: Path) -> None:
    file = landed / "ssd_person.parquet"
    persons = pq.read_table(file).drop_columns(["pers_sex"])
    persons = persons.append_column("of_nobody", pa.nulls(2, pa.string()))
    place = persons.schema.get_field_index("pers_dob")
    pq.write_table(persons.set_column(place, "pers_dob", persons["pers_dob"].cast(pa.string())), file)
    counted = expectations.contract_profile(landed).set_index("extract")
    assert counted.loc["ssd_person"].to_list() == [1, 1, 1]
    assert counted.drop("ssd_person").to_numpy().sum() == 0


def of_persons(landed: Path, profile: str) -> tuple[int, ...]:
    """Return what a profile of the landed extracts counts of persons, and of the dates of birth."""
    [sql] = [sql for name, sql in expectations.door_profiles(landed) if name == profile]
    rows = {place: counts for place, *counts in duckdb.execute(sql).fetchall()}
    return tuple(rows["ssd_person" if profile == "extracts" else "ssd_person.pers_dob"])


NOT_LOADED = (
    "create or replace table loaded as select * replace (false as is_loaded, 0 as n_rows) from loaded"
)


DOOR_FAULTS = (
    ("extracts", "select 1", (0, 0, 0, 0, 0, 0)),
    ("extracts", "update persons set pers_person_id = null where source_line = 2", (1, 0, 0, 0, 0, 0)),
    ("extracts", "update persons set pers_person_id = 'P'", (0, 1, 0, 0, 0, 0)),
    ("extracts", "update persons set source_line = null", (0, 0, 2, 0, 0, 0)),
    ("extracts", "delete from persons where source_line = 2", (0, 0, 0, 1, 0, 0)),
    ("extracts", NOT_LOADED, (0, 0, 0, 2, 2, 0)),
    ("extracts", "delete from loaded", (0, 0, 0, None, 2, 1)),
    ("dates", "select 1", (0, 0)),
    ("dates", "update persons set pers_dob = date '1899-12-31'", (1, 0)),
    ("dates", f"update persons set pers_dob = date '{AS_AT}' + 1", (0, 1)),
)


def test_nothing_is_expected_to_be_wrong_with_a_landed_extract(landed: Path) -> None:
    """Each fault is counted where it belongs."""
    files = {"persons": landed / "ssd_person.parquet", "loaded": landed / "loaded_extracts.parquet"}
    sound = {table: pq.read_table(file) for table, file in files.items()}
    for profile, fault, counted in DOOR_FAULTS:
        with duckdb.connect() as connection:
            for table, rows in sound.items():
                connection.register("rows", rows)
                connection.execute(f"create table {table} as from rows")
            connection.execute(fault)
            for table, file in files.items():
                connection.execute(f"copy {table} to '{file}'")
        assert of_persons(landed, profile) == counted, fault


def test_what_was_measured_is_laid_out_by_place_and_rule() -> None:
    frame = expectations.limits_profile([("a", "rows_lost", 0.1), ("a.b", "codes_lost", 0.2)])
    assert frame.set_index("place")["rows_lost"].dropna().to_dict() == {"a": 0.1}
    assert frame.set_index("place")["codes_lost"].dropna().to_dict() == {"a.b": 0.2}


# --- On the marts


def marts(file: Path, numerator: str = "numerator") -> Path:
    """Write measure tables of two months, with a number in two statistics of the first."""
    none, some = (
        "(1, 'count', 'count', date '2026-01-31', 0)",
        """
        (31, 'count', 'count', date '2026-01-31', 40), (31, 'count', 'count', date '2026-02-28', 60),
        (31, 'mean', 'mean', date '2026-01-31', 90), (32, 'pct', 'pct', date '2026-02-28', 4)
        """,
    )
    with duckdb.connect(file) as connection:
        connection.execute("create schema marts")
        for outcome in editions.OUTCOMES:
            connection.execute(
                f"""
                create table marts.{outcome} as
                select measure_number, statistic, unit, period_end, {numerator} as numerator,
                    'month' as period_type, 'all' as breakdown, 'ok' as value_status
                from (values {some if outcome == "safe_from_harm" else none})
                    as rows (measure_number, statistic, unit, period_end, numerator)
                """
            )
    return file


VALUE = {
    "statistic": "pct",
    "unit": "pct",
    "period_type": "month",
    "period_end": "2026-01-31",
    "breakdown": "all",
    "breakdown_value": "all",
    "numerator": 1,
    "denominator": 2,
    "value": 50,
    "value_status": "ok",
    "target": None,
    "rag": None,
}
NO_VALUE = {"numerator": None, "denominator": None, "value": None, "value_status": "not_loaded"}
CASE = {
    "statistic": "pct",
    "period_type": "month",
    "period_end": "2026-01-31",
    "case_id": "C1",
    "in_numerator": True,
    "in_denominator": True,
    "exclusion_reason": None,
}
TWICE: dict = {}  # the same row again
FAULTS = {
    ("values", "safe_from_harm"): (
        VALUE,
        [
            {"unit": "metres"},
            {"period_type": "week"},
            {"value_status": "fine"},
            {"breakdown": None},
            TWICE,
            {"value": 101},
            {"numerator": 3},
            {"unit": "count"},
            {"value": None},
            {"value_status": "not_loaded"},
            {"value_status": "no_denominator"},
            NO_VALUE | {"target": 5},
            {"rag": "green"},
        ],
    ),
    ("evidence", "safe_from_harm_evidence"): (
        CASE,
        [
            {"period_type": "week"},
            {"case_id": None},
            TWICE,
            {"in_denominator": False},
            {"exclusion_reason": "unknown: age"},
        ],
    ),
    ("register", "measures"): ({"statistic": "pct", "measure_id": "M1_pct"}, [TWICE, {"measure_id": None}]),
    ("findings", "data_quality"): ({"rule": "no_key", "effect": "flagged"}, [{"effect": "removed"}]),
}
OF_ONE_OUTCOME = {"values": expectations.values_profile, "evidence": expectations.evidence_profile}


@pytest.mark.parametrize(("suite", "mart"), FAULTS)
def test_nothing_is_expected_to_be_wrong_with_a_mart(suite: str, mart: str) -> None:
    """Of each statistic but the first something is: one fault, in the order of the profile."""
    sound, faults = FAULTS[suite, mart]
    place = "extract" if suite == "findings" else "measure_number"
    rows = [{place: 0} | sound]
    for number, fault in enumerate(faults, start=1):
        rows += [{place: number} | sound | fault] * (2 if fault is TWICE else 1)
    of_one = OF_ONE_OUTCOME.get(suite)
    sql = of_one(editions.OUTCOMES[0]) if of_one else dict(expectations.mart_profiles())[suite]
    with duckdb.connect() as connection:
        connection.register("rows", pa.Table.from_pylist(rows))
        connection.execute(f"create schema marts; create table marts.{mart} as from rows")
        found = connection.execute(sql)
        names = [name for name, *_ in found.description]
        counted = {row[names.index(place)]: row[-len(faults) :] for row in found.fetchall()}
    wrong = [tuple(int(at == number) for at in range(len(faults))) for number in range(len(faults))]
    assert counted == dict(enumerate([(0,) * len(faults), *wrong]))


@pytest.mark.fault("F42")
def test_numbers_of_past_months_are_held_against_those_served(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    marts(tmp_path / "served" / editions.DATABASE)
    built = marts(tmp_path / "built.duckdb", "case when numerator = 40 then 90 else numerator * 2 end")
    found = {each.place: each for each in numbers.changes_of_numbers(built, tmp_path / "served")}
    assert found["safe_from_harm, measure 31 count"].amount == (50 + 60) / 100
    assert found["safe_from_harm, measure 32 pct"].amount == 4 / numbers.FEW
    assert found["full_potential, measure 1 count"].amount == 0
    assert "safe_from_harm, measure 31 mean" not in found
    assert found["safe_from_harm, measure 31 count"].hint == "210, last 100"


def test_an_outcome_that_is_told_is_expected_to_have_numbers(tmp_path: Path) -> None:
    [sql] = [sql for name, sql in expectations.mart_profiles() if name == "outcomes"]
    with duckdb.connect(marts(tmp_path / "built.duckdb")) as connection:
        told = dict(connection.execute(sql).fetchall())
    assert told == {outcome: int(outcome != "safe_from_harm") for outcome in editions.OUTCOMES}


@pytest.mark.usefixtures("without_dbt")
def test_numbers_far_from_those_served_stop_the_night_unless_accepted(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = building.build

    def build_twice_as_many(*arguments: object) -> building.Build:
        built = build(*arguments)
        with duckdb.connect(copied_night.warehouse / "building" / editions.DATABASE) as connection:
            connection.execute("update marts.safe_from_harm set numerator = numerator * 2")
        return built

    [run] = generations.published_runs(copied_night.warehouse)
    monkeypatch.setattr(nightly, "code_version", lambda: told_of(run.code_version))
    monkeypatch.setattr(building, "build", build_twice_as_many)
    stop = stopped(copied_night)
    assert stop.code == ExitCode.CHECK_FAILED
    assert "--accept numbers_changed" in stop.next_step
    assert any(line.startswith("safe_from_harm, measure 31 count: numbers_changed") for line in stop.where)

    do_night(copied_night, {"numbers_changed": REASON})
    *_, run = generations.published_runs(copied_night.warehouse)
    assert json.loads(run.accepted)[0]["because"] == REASON
    assert last_run(copied_night) == run.run_id


def told_of(code: str) -> dict[str, str]:
    """Return what is told of a version of the code."""
    return {"code": code, "code_but_definitions": ""}


@pytest.mark.usefixtures("without_dbt")
def test_numbers_worked_out_by_another_version_are_not_compared(
    copied_night: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    monkeypatch.setattr(nightly, "changes_of_numbers", lambda *_: compared.append("compared") or [])
    [run] = generations.published_runs(copied_night.warehouse)
    for code, n in ((run.code_version, 1), ("another", 1)):
        monkeypatch.setattr(nightly, "code_version", lambda code=code: told_of(code))
        do_night(copied_night)
        assert len(compared) == n


def test_an_accepted_rule_has_no_limit(copied_night: Place) -> None:
    night = replace(
        nightly.Night(*[None] * 9),
        settings=nightly.Settings.from_environment(copied_night.environment),
        reasons={"rows_lost": REASON},
    )
    limits = nightly.limits_in_force(night)
    assert "rows_lost" not in limits
    assert limits["codes_lost"] == night.settings.max_loss


# --- The pages


def test_what_was_expected_is_told_by_pages_that_open_offline(night: Place) -> None:
    """They stay with the generation that they tell of."""
    folder = generations.served(night.warehouse) / expectations.PAGES
    pages = {file.stem: file.read_text() for file in folder.iterdir()}
    suites = {"extracts", "dates", "codes", "contract", "limits_of_the_extracts", "values", "evidence"}
    assert suites | {"register", "findings", "outcomes", "scorecard", "index"} == pages.keys()
    for name, page in pages.items():
        assert "://" not in page, name
        assert name == "index" or f'href="{name}.html"' in pages["index"]
        assert KEY not in page
    assert "values must be" in pages["extracts"]


def test_a_page_fetches_nothing() -> None:
    page = """<head><link rel="a" href="https://a/a.css"><script src="https://a/a.js"></script></head>
    <script>
      b()
    </script><img src="https://a/a.png"><a class="c" href="https://a">a</a><td>kept</td>"""
    told = docs.offline(page)
    assert "://" not in told
    assert "b()" not in told
    assert "<td>kept</td>" in told
    assert docs.STYLE in told


def test_a_library_is_loaded_when_something_of_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wsgiref.headers", raising=False)
    expectations.put_off("wsgiref", "headers")
    from wsgiref import headers

    assert "Headers" not in object.__getattribute__(headers, "__dict__")
    assert headers.Headers and "Headers" in vars(headers)


def test_measured_is_beyond_its_limit_only_above_it() -> None:
    measured = [Measured("a", "rows_lost", 0.5), Measured("b", "rows_lost", 0.51)]
    assert [each.place for each in concerns_of(measured, {"rows_lost": 0.5})] == ["b"]


def test_nothing_is_expected_of_a_headline_that_cannot_be_judged() -> None:
    """Each row but the first has one fault, in the order of the profile."""
    columns = "measure_number, statistic, value, lower, upper, rag, target_basis, value_status, "
    columns += "direction_of_travel, england, comparator_year, sentence"
    rows = """
        (1, 'pct', 90, 85, 95, 'green', 'agreed', 'ok', 'better', 80, 'year', 'said'),
        (2, 'pct', 90, 91, 95, 'green', 'agreed', 'ok', 'better', 80, 'year', 'said'),
        (3, 'pct', 90, 85, 95, 'green', 'assumed', 'ok', 'better', 80, 'year', 'said'),
        (4, 'pct', null, null, null, null, null, 'not_loaded', 'better', 80, 'year', 'said'),
        (5, 'pct', 90, 85, 95, 'green', 'agreed', 'ok', 'better', 80, null, 'said'),
        (6, 'pct', 90, 85, 95, 'green', 'agreed', 'ok', 'better', 80, 'year', null)
    """
    unsaid = ", ".join(
        f"cast(null as varchar) as {name}"
        for name in ("rag_if_agreed", "direction_on_year", "signal", "will_it_hit")
    )
    [sql] = [sql for name, sql in expectations.mart_profiles() if name == "scorecard"]
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.scorecard as select *, {unsaid} from (values {rows}) as t ({columns})"
        )
        faults = [row[2:] for row in sorted(connection.execute(sql).fetchall())]
    assert faults == [(0,) * 5, *(tuple(int(i == fault) for i in range(5)) for fault in range(5))]
