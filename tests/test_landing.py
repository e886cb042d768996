"""
Landing: every fault that a delivery can have, and what must happen.

The numbers F01 to F64 are those of the list of faults that the project was built against.
"""

import codecs
import gzip
import hashlib
import hmac
import os
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import run
from csc_measures import memory
from csc_measures.contract.extracts import Column, read_contract
from csc_measures.contract.rules import REFUSALS, read_rules
from csc_measures.contract.sources import DELIVERED
from csc_measures.landing import deliveries
from csc_measures.landing.changes import Before, behind
from csc_measures.landing.finding import nearest_absent, tell_unread
from csc_measures.landing.land import land
from csc_measures.landing.losses import Kept, losses_of, refusals_of
from csc_measures.landing.values import date_reader
from csc_measures.stop import Stop
from landing_files import AS_AT, KEY, Landed, Night, csv_bytes

CANARY = "CANARY"
COVERED = "* exclude (delivered_at)"  # of loaded_extracts
MISSING_SINCE = "miss_missing_episode_start_date"
CONTACTS_COLUMNS = [column.name for column in read_contract().extracts["ssd_contacts"].columns]
PERSON_COLUMNS = [column.name for column in read_contract().extracts["ssd_person"].columns]


@pytest.fixture
def landing(tmp_path: Path) -> Night:
    return Night(tmp_path)


def person(number: int, **changes: str) -> dict[str, str]:
    return {
        "pers_person_id": f"P{number}",
        "pers_surname": f"{CANARY}-SURNAME-{number}",
        "pers_sex": "F",
        "pers_ethnicity": "WBRI",
        "pers_dob": "2015-06-30",
    } | changes


def people(n: int = 3) -> list[dict[str, str]]:
    return [person(number) for number in range(1, n + 1)]


def referral(number: int, **changes: str) -> dict[str, str]:
    return {
        "cine_referral_id": f"R{number}",
        "cine_person_id": "P1",
        "cine_referral_date": "2026-01-05",
        "cine_referral_outcome_json": '{"NFA": "N"}',
    } | changes


def pseudonym(text: str, what: str = "person") -> str:
    return hmac.new(KEY, f"{what}\0{text}".encode(), hashlib.sha256).hexdigest()


def refused(landing: Night, before: Before | None = None, **settings: object) -> Stop:
    with pytest.raises(Stop) as stopped:
        landing.land(before, **settings)
    assert CANARY not in str(stopped.value)
    return stopped.value


def balances(landed: Landed) -> bool:
    return all(
        report.n_rows_in == report.n_rows_loaded + report.n_rows_set_aside for report in landed.report.files
    )


# --- What landing writes


def test_all_extracts_land_typed_even_those_that_are_absent(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    landed = landing.land()
    for extract in read_contract().extracts.values():
        assert len(landed.rows(extract.name)) == (3 if extract.name == "ssd_person" else 0)
        assert landed.types(extract.name) == [
            (column.name, column.data_type) for column in extract.landed_columns()
        ]


def test_each_type_lands_as_what_it_means(landing: Night) -> None:
    landing.put_rows(
        "local_complaints",
        [
            {
                "complaint_stage_id": " C1 ",
                "stage": "2",
                "received_date": "05/01/2026",
                "via_advocate": "yes",
                "procedure": "statutory",
                "outcome": "Partly upheld",
            }
        ],
    )
    landing.put_rows("local_posts", [{"post_id": "1", "fte": "0.5", "established": "0"}])
    landing.put_rows("ssd_cin_episodes", [referral(1, cine_referral_date="2026-01-05 09:30:15.25")])
    landed = landing.land()
    assert landed.rows(
        "local_complaints", "complaint_stage_id, stage, received_date, via_advocate, procedure, outcome"
    ) == [(pseudonym("C1", "complaint_stage"), 2, date(2026, 1, 5), True, "STATUTORY", "PARTLY_UPHELD")]
    assert landed.rows("local_posts", "fte, established") == [(Decimal("0.5000"), False)]
    assert landed.column("ssd_cin_episodes", "cine_referral_date") == [
        datetime(2026, 1, 5, 9, 30, 15, 250000)
    ]


def test_roles_and_statuses_written_as_descriptions_are_the_codes_they_describe(landing: Night) -> None:
    roles = ["CW", "Case Worker", "SOCIAL WORKER", "Key worker ", "Allocated case worker", "Duty Worker"]
    statuses = [
        "UASC",
        "Unaccompanied Asylum Seeking Child",
        "Refugee Status",
        "Adult Asylum Seeker",
        "uasc (leave)",
    ]
    landing.put_rows(
        "ssd_involvements",
        [{"invo_involvements_id": f"{n}", "invo_professional_role_id": role} for n, role in enumerate(roles)],
    )
    landing.put_rows(
        "ssd_immigration_status",
        [
            {"immi_immigration_status_id": f"{n}", "immi_immigration_status": status}
            for n, status in enumerate(statuses)
        ],
    )
    landed = landing.land()
    assert landed.column("ssd_involvements", "invo_professional_role_id") == [*["CW"] * 5, "DUTY"]
    assert landed.column("ssd_immigration_status", "immi_immigration_status") == [
        *["UASC"] * 2,
        *["OTHER"] * 2,
        "uasc (leave)",
    ]
    assert [found for found in landed.quality if found[3] == "unknown_code"] == []


def test_ids_become_pseudonyms_and_keep_their_rank(landing: Night) -> None:
    landing.put_rows("ssd_person", [person(2), person(10), person(1)])
    landed = landing.land()
    assert landed.rows("ssd_person", "pers_person_id, pers_person_id_rank") == [
        (pseudonym("P2"), 3),
        (pseudonym("P10"), 2),
        (pseudonym("P1"), 1),
    ]


def test_an_id_has_one_pseudonym_wherever_it_stands(landing: Night) -> None:
    landing.put_rows("ssd_person", people(1))
    landing.put_rows("ssd_cin_episodes", [referral(1), referral(2, cine_person_id=" P1 ")])
    allocation = {"invo_involvement_start_date": "2026-01-05"}
    landing.put_rows("ssd_involvements", [{"invo_involvements_id": "1", "invo_person_id": "P1"} | allocation])
    landed = landing.land()
    expected = pseudonym("P1")
    assert landed.column("ssd_cin_episodes", "cine_person_id") == [expected, expected]
    assert landed.column("ssd_involvements", "invo_person_id") == [expected]
    assert landed.quality == []


def test_one_number_of_a_person_a_worker_and_a_referral_is_three_pseudonyms(landing: Night) -> None:
    """What refers to each has its own, whether or not the contract says which key it refers to."""
    landing.put_rows("ssd_person", [person(1, pers_person_id="12345")])
    landing.put_rows("ssd_professionals", [{"prof_professional_id": "12345"}])
    landing.put_rows("ssd_cin_episodes", [referral(1, cine_referral_id="12345", cine_person_id="12345")])
    involvement = {
        "invo_involvements_id": "12345",
        "invo_professional_id": "12345",
        "invo_person_id": "12345",
        "invo_referral_id": "12345",
        "invo_involvement_start_date": "2026-01-05",
    }
    landing.put_rows("ssd_involvements", [involvement])
    landed = landing.land()
    kinds = ("involvement", "worker", "person", "referral")
    columns = "invo_involvements_id, invo_professional_id, invo_person_id, invo_referral_id"
    assert landed.rows("ssd_involvements", columns) == [tuple(pseudonym("12345", kind) for kind in kinds)]
    assert landed.column("ssd_cin_episodes", "cine_referral_id") == [pseudonym("12345", "referral")]
    assert landed.column("ssd_professionals", "prof_professional_id") == [pseudonym("12345", "worker")]
    assert landed.quality == []


def test_team_ids_stay_as_delivered(landing: Night) -> None:
    landing.put_rows(
        "ssd_department", [{"dept_team_id": "T1"}, {"dept_team_id": "T2", "dept_team_parent_id": "T1"}]
    )
    landed = landing.land()
    assert landed.rows("ssd_department", "dept_team_id, dept_team_id_rank, dept_team_parent_id") == [
        ("T1", 1, None),
        ("T2", 2, "T1"),
    ]
    assert landed.quality == []


@pytest.mark.parametrize(
    ("postcode", "outward"),
    [
        ("WR5 2NP", "WR5"),
        ("wr52np", "WR5"),
        ("W1A 1AA", "W1A"),
        ("WR11 7ZZ", "WR11"),
        ("WR5", "WR5"),
        ("abroad", None),
    ],
)
def test_a_postcode_passes_as_a_hash_and_its_outward_part(
    landing: Night, postcode: str, outward: str
) -> None:
    landing.put_rows("ssd_address", [{"addr_table_id": "1", "addr_address_postcode": postcode}])
    landed = landing.land()
    compact = postcode.upper().replace(" ", "")
    assert landed.rows("ssd_address", "addr_address_postcode_hash, addr_address_postcode_outward") == [
        (pseudonym(compact, "postcode"), outward)
    ]


def test_rows_keep_their_file_and_first_line(landing: Night) -> None:
    notes = [referral(1, cine_referral_source_desc="one\ntwo\nthree"), referral(2)]
    landing.put("ssd_cin_episodes/a.csv", csv_bytes("ssd_cin_episodes", notes))
    landing.put("ssd_cin_episodes/b.csv", csv_bytes("ssd_cin_episodes", [referral(3)]))
    landed = landing.land()
    assert landed.rows("ssd_cin_episodes", "source_file, source_line") == [
        ("ssd_cin_episodes/a.csv", 2),
        ("ssd_cin_episodes/a.csv", 5),
        ("ssd_cin_episodes/b.csv", 2),
    ]


def test_parquet_lands_as_csv_does(landing: Night) -> None:
    landing.put_rows("ssd_person", people(1))
    table = pa.table(
        {
            "cinp_cin_plan_id": pa.array([1, 2], pa.int64()),
            "cinp_referral_id": pa.array(["R1", None]),
            "CINP_PERSON_ID": pa.array(["P1", "P1"]),
            "cinp_cin_plan_start_date": pa.array([datetime(2026, 1, 5, 9, 30), None], pa.timestamp("ns")),
            "cinp_cin_plan_end_date": pa.array([date(2026, 2, 1), None], pa.date32()),
            "cinp_cin_plan_team": pa.array([1.0, None], pa.float64()),
            "cinp_cin_plan_worker_id": pa.array(["W1", "W1"]).dictionary_encode(),
        }
    )
    pq.write_table(table, landing.landing / "ssd_cin_plans.parquet")
    landing.age(landing.landing / "ssd_cin_plans.parquet")
    flags = pa.table(
        {
            "cinf_table_id": ["1"],
            "cinf_assessment_id": ["A1"],
            "cinf_assessment_factors_json": pa.array([["1a", "2B"]], pa.list_(pa.string())),
        }
    )
    pq.write_table(flags, landing.landing / "ssd_assessment_factors.parquet")
    landing.age(landing.landing / "ssd_assessment_factors.parquet")
    landed = landing.land()
    assert landed.rows("ssd_cin_plans", "* exclude (cinp_cin_plan_id_rank)") == [
        (
            pseudonym("1", "cin_plan"),
            pseudonym("R1", "referral"),
            pseudonym("P1"),
            datetime(2026, 1, 5, 9, 30),
            datetime(2026, 2, 1),
            "1",
            pseudonym("W1", "worker"),
            "ssd_cin_plans.parquet",
            1,
        ),
        (
            pseudonym("2", "cin_plan"),
            None,
            pseudonym("P1"),
            None,
            None,
            None,
            pseudonym("W1", "worker"),
            "ssd_cin_plans.parquet",
            2,
        ),
    ]
    assert landed.column("ssd_assessment_factors", "cinf_assessment_factors_json") == [["1A", "2B"]]
    assert landed.quality == [
        ("ssd_cin_plans.parquet", 2, "cinp_cin_plan_start_date", "no_placing_date", "flagged")
    ]


@pytest.mark.fault("F44")
def test_instants_in_parquet_become_london_time(landing: Night) -> None:
    columns = {name: pa.array([""]) for name in PERSON_COLUMNS} | {
        "pers_person_id": pa.array(["P1"]),
        "pers_dob": pa.array([datetime(2015, 6, 29, 23, 0)], pa.timestamp("us", "UTC")),
    }
    pq.write_table(pa.table(columns), landing.landing / "ssd_person.parquet")
    landing.age(landing.landing / "ssd_person.parquet")
    assert landing.land().column("ssd_person", "pers_dob") == [datetime(2015, 6, 30)]


def test_run_and_codes_and_coverage_land_too(landing: Night) -> None:
    landing.put_rows("ssd_missing", [{"miss_table_id": "1"}])
    landing.put(
        "coverage.csv",
        b"extract,population,covered_from,covered_to\n"
        b"ssd_missing,looked_after,01/04/2025,\n"
        b"ssd_person,all,2026-03-31,2026-03-31\n",
    )
    landed = landing.land()
    assert landed.rows("run", "run_id, as_at, months, authority") == [("run_1", AS_AT, 36, "885")]
    assert landed.rows("codes", "count(*)") == [(sum(map(len, read_contract().codes.values())),)]
    loaded = {row[0]: row[1:] for row in landed.rows("loaded_extracts", COVERED)}
    assert len(loaded) == 78
    assert loaded["ssd_missing"] == (True, "looked_after", date(2025, 4, 1), None, None, 1)
    assert loaded["ssd_person"] == (False, "all", date(2026, 3, 31), date(2026, 3, 31), None, 0)


def test_an_extract_is_as_fresh_as_its_latest_file_when_it_was_delivered(landing: Night) -> None:
    """An absent one cannot be stale: for dbt it is as fresh as the landing."""
    from csc_measures.night.opening import Plugin  # it imports dbt, as no other test here does

    for month in (1, 3, 2):
        landing.put(f"ssd_person/part-{month}.csv", csv_bytes("ssd_person", [person(month)]))
        written = datetime(2026, month, 1, 6, 30, tzinfo=UTC).timestamp()
        os.utime(landing.landing / "ssd_person" / f"part-{month}.csv", (written, written))
    landed = landing.land()
    assert {file.written_at.month for file in landed.report.files} == {1, 2, 3}
    query = jinja2.Template(DELIVERED, undefined=jinja2.StrictUndefined)
    with duckdb.connect() as connection:
        place = SimpleNamespace(warehouse=landed.run, folder=landed.run)
        Plugin.configure_connection(place, connection)
        [[delivered]], [[absent]] = (
            connection.execute(query.render(model={"name": name})).fetchall()
            for name in ("ssd_person", "ssd_address")
        )
    assert delivered == datetime(2026, 3, 1, 6, 30)
    assert [(absent,)] == landed.rows("run", "landed_at")


def test_raw_files_are_kept_with_their_fingerprint(landing: Night) -> None:
    delivered = landing.put_rows("ssd_person", people())
    landed = landing.land()
    copy = landed.run / "raw" / "ssd_person.csv"
    assert copy.read_bytes() == delivered.read_bytes()
    assert landed.report.fingerprints == {"ssd_person.csv": hashlib.sha256(copy.read_bytes()).hexdigest()}
    for path in landed.run.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])
@pytest.mark.fault("F46")
def test_the_same_input_lands_as_the_same_bytes_wherever_it_runs(
    landing: Night, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    landing.put_rows("ssd_person", [*people(50), person(7), person(8, pers_dob="soon")])
    landing.put_rows(
        "ssd_cin_episodes", [referral(n, cine_referral_date="2026-01-05T00:30:00Z") for n in range(9)]
    )
    expected = landing.land()
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    again = landing.land()
    monkeypatch.undo()
    time.tzset()
    for path in sorted((expected.run / "landed").iterdir()):
        if path.stem != "run":
            assert path.read_bytes() == (again.run / "landed" / path.name).read_bytes(), path.name


def is_secret(column: Column) -> bool:
    """Say whether nobody may read what is delivered in a column: who somebody is, ids, and free text."""
    is_published = column.lands_as == "text" or column.name == "dept_team_id"
    return not is_published and (
        column.is_key or column.id_of or column.sensitivity not in ("none", "quasi_identifier")
    )


def test_no_identifying_value_lands_or_is_in_what_is_said_of_a_run(
    landing: Night, capfd: pytest.CaptureFixture[str]
) -> None:
    contract = read_contract()
    for extract in contract.extracts.values():
        row = {
            column.name: f"{CANARY}-{column.name}."
            for column in extract.columns
            if column.is_key
            or column.id_of
            or column.sensitivity not in ("none", "quasi_identifier")
            or column.type != "text"
            or column.code_set
        }
        sound = {column.name: "2026-01-05" for column in extract.columns if column.places_row}
        sound[extract.key.name] = "1"
        landing.put_rows(extract.name, [row, row, row | {extract.key.name: ""}, sound])
    landed = landing.land()
    assert balances(landed)
    assert landed.report.has_set_aside
    for name in ("data_quality", "loaded_extracts", "run"):
        assert CANARY not in str(landed.rows(name))
    assert CANARY not in repr(landed.report)
    assert CANARY not in "".join(capfd.readouterr())
    for extract in contract.extracts.values():
        secrets = [f"{CANARY}-{column.name}." for column in extract.columns if is_secret(column)]
        in_rows = str(landed.rows(extract.name))
        assert not [secret for secret in secrets if secret in in_rows]


def test_every_rule_that_is_found_is_listed_with_its_effect(landing: Night) -> None:
    landing.put_rows("ssd_person", [person(1), person(1), person(2, pers_dob="31/02/2015", pers_sex="Q")])
    for _, _, _, rule, effect in landing.land().quality:
        assert rule in read_rules()
        assert effect == read_rules()[rule].effect


# --- F01 to F06, F11, F13, F16: files that are refused


def cut(n: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:-n]


def with_header(change: Callable[[list[str]], list[str]]) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        header, rest = data.split(b"\n", 1)
        return ",".join(change(header.decode().split(","))).encode() + b"\n" + rest

    return changed


LAST_FIELD = [
    "pers_person_id",
    *[name for name in PERSON_COLUMNS if name not in ("pers_person_id", "pers_surname")],
]


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        pytest.param(lambda _: b"", "empty_file", "", id="F01 0-byte file"),
        pytest.param(lambda _: codecs.BOM_UTF8, "empty_file", "", id="F01 only a byte order mark"),
        pytest.param(lambda _: b"\n\n", "empty_file", "", id="F01 only blank lines"),
        pytest.param(lambda data: data.split(b"\n")[0] + b"\n", "no_rows", "", id="F02 header only"),
        pytest.param(lambda data: data.split(b"\n")[0], "no_rows", "", id="F02 header only, no line break"),
        pytest.param(cut(40), "cut_short", "line 4", id="F03 cut inside a row"),
        pytest.param(cut(5), "no_final_line_break", "line 4", id="F04 cut inside the last field"),
        pytest.param(cut(1), "no_final_line_break", "line 4", id="F04 cut before the last line break"),
        pytest.param(
            lambda data: data.replace(b",", b";"),
            "wrong_delimiter",
            "expected 16 columns, found 1: separated by semicolons",
            id="F11 semicolons",
        ),
        pytest.param(lambda data: data.replace(b",", b"\t"), "wrong_delimiter", "tabs", id="F11 tabs"),
        pytest.param(lambda data: data.split(b"\n", 1)[1], "no_header", "line 1", id="no header"),
        pytest.param(
            lambda data: data.replace(b"CANARY-SURNAME-2", b'"CANARY, 2').replace(
                b"CANARY-SURNAME-3", b'"CANARY, 3"'
            ),
            "unbalanced_quotes",
            "line 3",
            id="F13 a quote swallows the line after it",
        ),
        pytest.param(
            lambda data: data.replace(b"CANARY-SURNAME-2", b'"CANARY'),
            "unbalanced_quotes",
            "line 3",
            id="F13 a quote swallows the rest",
        ),
        pytest.param(
            with_header(lambda names: [name for name in names if name != "pers_dob"]),
            "missing_column",
            "column pers_dob",
            id="F19 column missing",
        ),
        pytest.param(
            with_header(lambda names: ["pers_sexx" if name == "pers_sex" else name for name in names]),
            "missing_column",
            "column pers_sex: missing_column: a column is missing (nearest delivered: pers_sexx)",
            id="F20 column renamed",
        ),
        pytest.param(
            with_header(lambda names: ["Pers Sex" if name == "pers_gender" else name for name in names]),
            "duplicate_column",
            "column pers_sex",
            id="F23 two headers that differ in case and spaces",
        ),
        pytest.param(
            lambda data: codecs.BOM_UTF16_LE + data.ljust(len(data) | 1),
            "unreadable_encoding",
            "",
            id="F08 UTF-16 cut inside a letter",
        ),
    ],
)
@pytest.mark.fault("F01", "F02", "F03", "F04", "F08", "F11", "F13", "F19", "F20", "F23")
def test_a_file_that_cannot_be_trusted_is_refused(
    landing: Night, change: Callable[[bytes], bytes], rule: str, says: str
) -> None:
    landing.put(
        "ssd_person.csv", change(csv_bytes("ssd_person", people(), columns=[*LAST_FIELD, "pers_surname"]))
    )
    stop = refused(landing)
    assert stop.code == 20
    assert f"{rule}: {REFUSALS[rule][0]}" in str(stop)
    assert "ssd_person.csv" in str(stop)
    assert says in str(stop)


@pytest.mark.fault("F02")
def test_f02_coverage_says_that_an_extract_holds_none(landing: Night) -> None:
    landing.put_rows("ssd_missing", [])
    landing.put("coverage.csv", b"extract,population,covered_from,covered_to\nssd_missing,all,,\n")
    landed = landing.land()
    assert landed.report.loaded == {"ssd_missing": 0}
    assert ("ssd_missing", True, "all", None, None, None, 0) in landed.rows("loaded_extracts", COVERED)


@pytest.mark.fault("F01")
def test_f01_an_empty_file_is_refused_whatever_coverage_says(landing: Night) -> None:
    landing.put("ssd_missing.csv", b"")
    landing.put("coverage.csv", b"extract,population,covered_from,covered_to\nssd_missing,all,,\n")
    assert "empty_file" in str(refused(landing))


def test_a_part_without_rows_is_no_fault_where_another_has_some(landing: Night) -> None:
    landing.put("ssd_person/1.csv", csv_bytes("ssd_person", []))
    landing.put("ssd_person/2.csv", csv_bytes("ssd_person", people()))
    assert landing.land().report.loaded == {"ssd_person": 3}


@pytest.mark.parametrize("share", [0.5, 0.95])
@pytest.mark.fault("F05")
def test_f05_a_truncated_parquet_file_is_refused(landing: Night, share: float) -> None:
    path = landing.landing / "ssd_person.parquet"
    pq.write_table(pa.table({name: [f"{CANARY}{n}" for n in range(500)] for name in PERSON_COLUMNS}), path)
    landing.put("ssd_person.parquet", path.read_bytes()[: int(path.stat().st_size * share)])
    assert "ssd_person.parquet: unreadable_parquet" in str(refused(landing))


@pytest.mark.fault("F06")
def test_f06_a_file_that_goes_on_growing_is_refused(landing: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "LONGEST_WAIT_SECONDS", 0.5)
    path = landing.put_rows("ssd_person", people())
    os.utime(path)
    is_over = threading.Event()

    def append() -> None:
        while not is_over.wait(0.05):
            with path.open("ab") as file:
                file.write(b"P9" + b"," * 15 + b"\n")

    writer = threading.Thread(target=append)
    writer.start()
    try:
        assert "ssd_person.csv: still_being_written" in str(refused(landing, settled=0.3))
    finally:
        is_over.set()
        writer.join()


@pytest.mark.fault("F06")
def test_f06_a_file_just_written_is_waited_for_as_long_as_is_set(
    landing: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LONGEST_WAIT_SECONDS", 0.3)
    os.utime(landing.put_rows("ssd_person", people()))
    before = time.monotonic()
    assert landing.land(settled=0.5).report.loaded == {"ssd_person": 3}
    assert time.monotonic() - before > 0.5


@pytest.mark.parametrize("marker", [".done", "ssd_person.csv.done"])
@pytest.mark.fault("F06")
def test_f06_a_file_that_is_marked_as_done_is_not_waited_for(
    landing: Night, monkeypatch: pytest.MonkeyPatch, marker: str
) -> None:
    monkeypatch.setattr(deliveries, "LONGEST_WAIT_SECONDS", -2.0)
    os.utime(landing.put_rows("ssd_person", people()))
    assert "still_being_written" in str(refused(landing))
    (landing.landing / marker).touch()
    assert landing.land().report.unknown_files == ()


@pytest.mark.fault("F64")
def test_f64_a_file_replaced_while_it_is_read_is_refused(
    landing: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = landing.put_rows("ssd_person", people())

    def keep_then_replace(*given: object) -> list:
        kept = deliveries.keep_raw_copies(*given)
        path.write_bytes(csv_bytes("ssd_person", people(4)))
        return kept

    monkeypatch.setattr("csc_measures.landing.land.keep_raw_copies", keep_then_replace)
    assert "ssd_person.csv: changed_while_read" in str(refused(landing))


@pytest.mark.fault("F16")
def test_f16_an_extract_never_loaded_is_just_not_loaded(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    landed = landing.land(Before(rows={"ssd_person": 3}))
    assert len(landed.report.absent) == 77
    assert ("ssd_missing", False, "all", None, None, None, 0) in landed.rows("loaded_extracts", COVERED)


@pytest.mark.fault("F16")
def test_f16_an_extract_that_was_loaded_and_is_absent_is_refused_unless_named(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    before = Before(rows={"ssd_person": 3, "ssd_missing": 5})
    stop = refused(landing, before)
    assert stop.code == 20
    assert "ssd_missing: absent" in str(stop)
    assert "CSC_ALLOW_MISSING" in str(stop)
    assert "ssd_missing" in landing.land(before, allow_missing=("ssd_missing",)).report.absent


def test_every_refused_file_is_named_with_every_reason(landing: Night) -> None:
    landing.put("ssd_person.csv", csv_bytes("ssd_person", people(), columns=["pers_person_id", "pers_sex"]))
    landing.put("ssd_missing.csv", b"")
    landing.put("ssd_cin_plans.parquet", b"PAR1")
    landing.put("coverage.csv", b"extract,population,covered_from,covered_to\nssd_mising,all,,\n")
    stop = refused(landing)
    assert [place.split(":")[0] for place in stop.where] == [
        "coverage.csv, line 2, column extract",
        "ssd_cin_plans.parquet",
        "ssd_missing.csv",
        *sorted(
            f"ssd_person.csv, line 1, column {column.name}"
            for column in read_contract().extracts["ssd_person"].columns
            if not column.is_optional and column.name not in ("pers_person_id", "pers_sex")
        ),
    ]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("ssd_persons,all,,", "unknown_extract"),
        ("ssd_person,everyone,,", "unknown_population"),
        ("ssd_person,all,April,", "unreadable_coverage"),
        ("ssd_person,all,2026-01-01,2025-01-01", "coverage_ends_before_start"),
        ("ssd_person,all,,\nssd_person,all,,", "repeated_coverage"),
        ("ssd_person,all", "unreadable_coverage"),
        ("ssd_person,all,,,pers_hair", "unknown_untold_column"),
    ],
)
def test_a_coverage_that_says_nothing_sure_is_refused(landing: Night, row: str, rule: str) -> None:
    landing.put_rows("ssd_person", people())
    not_told = ",not_told" * (row.count(",") > 3 and "\n" not in row)
    landing.put("coverage.csv", f"extract,population,covered_from,covered_to{not_told}\n{row}\n".encode())
    assert rule in str(refused(landing))


def test_columns_that_are_not_told_stand_with_what_landed(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    rows = (
        "extract,population,covered_from,covered_to,not_told\nssd_person,all,,,pers_gender pers_nationality\n"
    )
    landing.put("coverage.csv", rows.encode())
    landed = landing.land()
    told = {row[0]: row[5] for row in landed.rows("loaded_extracts", COVERED) if row[5]}
    assert told == {"ssd_person": "pers_gender pers_nationality"}


FOUND_BEFORE = "extract,file,line,column_name,rule,effect\n"


def test_findings_made_before_landing_stand_in_data_quality(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    rows = (
        "ssd_cla_episodes,2024-episodes.csv,3,DEC,missing_from_later_return,set_aside_value\n"
        "ssd_missing,2024-missing.csv,0,,no_answers,flagged\n"
    )
    landing.put("findings.csv", (FOUND_BEFORE + rows).encode())
    landed = landing.land()
    assert landed.quality == [
        ("2024-episodes.csv", 3, "DEC", "missing_from_later_return", "set_aside_value"),
        ("2024-missing.csv", None, None, "no_answers", "flagged"),
    ]
    assert landed.report.has_set_aside
    assert landed.report.unknown_files == ()
    assert "findings.csv" in landed.report.fingerprints


@pytest.mark.parametrize(
    "row",
    [
        "ssd_persons,a.csv,1,,no_answers,flagged",
        "ssd_person,,1,,no_answers,flagged",
        "ssd_person,a.csv,one,,no_answers,flagged",
        "ssd_person,a.csv,1,,,flagged",
        "ssd_person,a.csv,1,,no_answers,merged",
        "ssd_person,a.csv",
    ],
)
def test_findings_that_cannot_be_read_are_refused(landing: Night, row: str) -> None:
    landing.put_rows("ssd_person", people())
    landing.put("findings.csv", f"{FOUND_BEFORE}{row}\n".encode())
    assert "findings.csv, line 2: unreadable_findings" in str(refused(landing))


def test_an_extract_delivered_in_two_forms_is_refused(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    landing.put("ssd_person/1.csv", csv_bytes("ssd_person", people()))
    assert "delivered_twice" in str(refused(landing))


HALVES = [csv_bytes("ssd_person", people(2)), csv_bytes("ssd_person", [person(3)])]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["ssd_person_20260414.csv"], id="dated"),
        pytest.param(["SSD_Person-2026-04-14.CSV"], id="dated with dashes"),
        pytest.param(["ssd_person.csv.gz"], id="gzip"),
        pytest.param(["ssd_person/part-0001.csv", "ssd_person/part-0002.csv.gz"], id="a part in gzip"),
        pytest.param(["ssd_person/year=2025/a.csv", "ssd_person/year=2026/month=1/b.csv"], id="Hive"),
        pytest.param(
            [
                "ssd_person.csv/part-00000-c0de.csv",
                "ssd_person.csv/part-00001-c0de.csv",
                "ssd_person.csv/_SUCCESS",
                "ssd_person.csv/.part-00000-c0de.csv.crc",
                "ssd_person.csv/part-00001-c0de.csv.crc",
            ],
            id="Spark",
        ),
        pytest.param(["ssd_person_2026-04-14.parquet/part.csv"], id="a dated folder"),
    ],
)
def test_an_extract_is_read_in_every_form_in_which_it_is_written(landing: Night, names: list[str]) -> None:
    of_data = [name for name in names if "_SUCCESS" not in name and not name.endswith(".crc")]
    contents = HALVES if len(of_data) == 2 else [csv_bytes("ssd_person", people(3))]
    for name in names:
        data = contents[of_data.index(name)] if name in of_data else b""
        landing.put(name, gzip.compress(data) if name.endswith(".gz") else data)
    landed = landing.land()
    assert landed.column("ssd_person", "pers_person_id") == [pseudonym(f"P{number}") for number in (1, 2, 3)]
    assert landed.column("ssd_person", "source_file")[-1] == of_data[-1]
    assert landed.report.unknown_files == ()


@pytest.mark.parametrize(
    "name",
    ["ssd_person_20260331.csv", "ssd_person_2026-03-30.csv", "ssd_person.csv.gz", "ssd_person.parquet/1.csv"],
)
def test_two_files_for_one_extract_are_refused_and_both_named(landing: Night, name: str) -> None:
    landing.put("ssd_person_20260330.csv", csv_bytes("ssd_person", people()))
    landing.put(name, csv_bytes("ssd_person", people()))
    stop = refused(landing)
    assert stop.code == 20
    assert "delivered_twice" in str(stop)
    assert "ssd_person_20260330.csv" in str(stop)
    assert name.split("/")[0] in str(stop)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ssd_person/part-0002.csv.bz2", "unread_part"),
        ("ssd_person/part-0002.xlsx", "unread_part"),
        ("ssd_person/more/part-0002.csv", "unread_part"),
        ("ssd_person/year=2026/part-0002.txt", "unread_part"),
        ("ssd_person/_temporary/0/part-0002.csv", "still_being_written"),
    ],
)
def test_an_extract_with_a_part_that_is_not_read_is_refused(landing: Night, name: str, rule: str) -> None:
    landing.put("ssd_person/part-0001.csv", HALVES[0])
    landing.put(name, HALVES[1])
    stop = refused(landing)
    assert stop.code == 20
    unread = (
        name if "temporary" not in name and "more" not in name else name.rsplit("/", name.count("/") - 1)[0]
    )
    assert stop.where[0].startswith(f"{unread}: {rule}")


def test_a_file_cut_in_its_gzip_is_refused(landing: Night) -> None:
    whole = gzip.compress(csv_bytes("ssd_person", people(50)))
    for cut_to in (len(whole) // 2, len(whole) - 4):
        landing.put("ssd_person.csv.gz", whole[:cut_to])
        assert "ssd_person.csv.gz: unreadable_gzip" in str(refused(landing))


def test_an_extract_that_is_absent_names_the_file_that_it_may_be(landing: Night) -> None:
    landing.put_rows("ssd_missing", [{"miss_table_id": "1"}])
    landing.put("ssd_person (1).csv", csv_bytes("ssd_person", people()))
    assert "ssd_person: absent" in str(refused(landing, Before(rows={"ssd_person": 3})))
    assert "is it ssd_person (1).csv" in str(refused(landing, Before(rows={"ssd_person": 3})))
    report = landing.land().report
    assert tell_unread(report.unknown_files, report.absent) == [
        "Not read: ssd_person (1).csv (is it ssd_person, which is absent?)"
    ]


@pytest.mark.parametrize(
    ("name", "extract"),
    [
        ("ssd_person.xlsx", "ssd_person"),
        ("ssd_person.txt", "ssd_person"),
        ("Ssd_Person_final.csv", "ssd_person"),
        ("ssd_cin_plan.csv", "ssd_cin_plans"),
        ("ssd_cin_plans_v2.csv", "ssd_cin_plans"),
        ("minutes.docx", None),
    ],
)
def test_a_file_that_is_not_read_is_like_an_absent_extract_or_none(name: str, extract: str | None) -> None:
    assert nearest_absent(name, read_contract().extracts) == extract


def test_no_file_name_steers_a_terminal(landing: Night) -> None:
    landing.put("ssd_person/\x1b[2Jpart.csv", b"")
    landing.put(os.fsdecode(b"ssd_missing/\xff.csv"), csv_bytes("ssd_missing", [{"miss_table_id": "1"}]))
    assert "ssd_person/\\x1b[2Jpart.csv: empty_file" in str(refused(landing))
    landing.put("ssd_person/\x1b[2Jpart.csv", HALVES[0])
    landing.put("\x1b]0;gone\x07.csv", b"")
    landed = landing.land()
    assert landed.report.unknown_files == ("\\x1b]0;gone\\x07.csv",)
    assert landed.column("ssd_person", "source_file")[0] == "ssd_person/\\x1b[2Jpart.csv"
    assert landed.column("ssd_missing", "source_file") == ["ssd_missing/\\udcff.csv"]


def test_an_empty_folder_is_refused(landing: Night) -> None:
    (landing.landing / "ssd_person").mkdir()
    assert "ssd_person: empty_folder" in str(refused(landing))


def test_a_folder_that_is_not_there_is_a_wrong_setting(landing: Night) -> None:
    assert refused(landing, landing_dir=landing.folder / "elsewhere").code == 60


def test_names_that_are_no_extract_are_reported(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    landing.put("ssd_persons.csv", b"x\n")
    landing.put("read me.txt", b"x\n")
    landing.put(".hidden", b"x\n")
    assert landing.land().report.unknown_files == ("read me.txt", "ssd_persons.csv")


def test_names_count_whatever_their_case(landing: Night) -> None:
    landing.put("SSD_Person.CSV", csv_bytes("ssd_person", people()))
    assert landing.land().column("ssd_person", "source_file") == ["SSD_Person.CSV"] * 3


# --- F07 to F10, F12, F14, F15, F22, F23: encodings, lines and headers


def accented(encoding: str) -> bytes:
    rows = [person(1, pers_nationality="Curaçao"), person(2, pers_nationality="Cuba")]
    return csv_bytes("ssd_person", rows).decode().encode(encoding)


@pytest.mark.parametrize(
    ("data", "encoding", "quality"),
    [
        pytest.param(accented("utf-8"), "utf-8", [], id="UTF-8"),
        pytest.param(accented("utf-8-sig"), "utf-8", [], id="F08 byte order mark"),
        pytest.param(accented("utf-16"), "utf-16", [], id="F08 UTF-16"),
        pytest.param(codecs.BOM_UTF16_BE + accented("utf-16-be"), "utf-16", [], id="F08 UTF-16 big-endian"),
        pytest.param(
            accented("cp1252"),
            "windows-1252",
            [("ssd_person.csv", 2, None, "windows_1252", "flagged")],
            id="F07 Windows-1252",
        ),
    ],
)
@pytest.mark.fault("F07", "F08")
def test_encodings_met_in_practice_are_read(
    landing: Night, data: bytes, encoding: str, quality: list
) -> None:
    landing.put("ssd_person.csv", data)
    landed = landing.land()
    assert landed.column("ssd_person", "pers_nationality") == ["Curaçao", "Cuba"]
    assert landed.report.files[0].encoding == encoding
    assert landed.quality == quality


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            csv_bytes("ssd_person", [person(1, pers_surname="Zoë"), person(2), person(3)]).replace(
                b"NAME-2", b"\xeb"
            ),
            id="F09 UTF-8 and Windows-1252 mixed",
        ),
        pytest.param(csv_bytes("ssd_person", people()).replace(b"NAME-2", b"\xff"), id="F09 FF in ASCII"),
        pytest.param(csv_bytes("ssd_person", people()).replace(b"NAME-2", b"\x81"), id="F09 undefined byte"),
    ],
)
@pytest.mark.fault("F09")
def test_f09_rows_in_no_encoding_are_set_aside_by_line(landing: Night, data: bytes) -> None:
    landing.put("ssd_person.csv", data)
    landed = landing.land()
    assert landed.column("ssd_person", "source_line") == [2, 4]
    assert landed.quality == [("ssd_person.csv", 3, None, "unreadable_characters", "set_aside_row")]
    assert balances(landed)


@pytest.mark.parametrize("byte", ["\x00", "\x07", "\x1b"])
@pytest.mark.fault("F10")
def test_f10_control_characters_are_set_aside_and_take_a_row_with_them_only_from_its_key(
    landing: Night, byte: str
) -> None:
    landing.put_rows(
        "ssd_person",
        [
            person(1, pers_nationality=f"A{byte}B", pers_surname=f"A{byte}B"),
            person(2, pers_person_id=f"P{byte}2"),
            person(3, pers_nationality="Cuba", pers_dob=f"2015{byte}"),
        ],
    )
    landed = landing.land()
    assert landed.quality == [
        ("ssd_person.csv", 2, "pers_nationality", "control_character", "set_aside_value"),
        ("ssd_person.csv", 2, "pers_surname", "control_character", "set_aside_value"),
        ("ssd_person.csv", 3, "pers_person_id", "control_character", "set_aside_row"),
        ("ssd_person.csv", 4, "pers_dob", "control_character", "set_aside_value"),
    ]
    assert landed.rows("ssd_person", "pers_nationality, pers_dob") == [
        (None, datetime(2015, 6, 30)),
        ("Cuba", None),
    ]


@pytest.mark.fault("F12")
def test_f12_a_row_with_an_unquoted_comma_is_set_aside(landing: Night) -> None:
    landing.put("ssd_person.csv", csv_bytes("ssd_person", people()).replace(b"SURNAME-2", b"SURNAME, 2"))
    landed = landing.land()
    assert landed.quality == [("ssd_person.csv", 3, None, "wrong_field_count", "set_aside_row")]
    assert landed.column("ssd_person", "source_line") == [2, 4]
    assert balances(landed)


@pytest.mark.fault("F13")
def test_f13_a_quote_that_harms_one_line_sets_that_line_aside(landing: Night) -> None:
    landing.put(
        "ssd_person.csv", csv_bytes("ssd_person", people()).replace(b"CANARY-SURNAME-2", b'"CANARY" 2')
    )
    landed = landing.land()
    assert landed.quality == [("ssd_person.csv", 3, None, "malformed_quotes", "set_aside_row")]
    assert landed.column("ssd_person", "source_line") == [2, 4]


@pytest.mark.fault("F13")
def test_f13_a_quote_inside_an_unquoted_field_is_a_letter_like_others(landing: Night) -> None:
    rows = [person(1, pers_nationality="Cuba")]
    landing.put("ssd_person.csv", csv_bytes("ssd_person", rows).replace(b"Cuba", b'Cu"ba'))
    assert landing.land().column("ssd_person", "pers_nationality") == ['Cu"ba']


def noted(first: str, then: str, n: int) -> bytes:
    """Write referrals of which one begins its note, and the `n`th after it ends its own, with a quote."""
    blank = {"cine_referral_outcome_json": "", "cine_referral_source_desc": "a note"}
    rows = [referral(number, **blank) for number in range(60)]
    data = csv_bytes("ssd_cin_episodes", rows).decode().split("\n")
    data[5] = data[5].replace("a note", first)
    data[5 + n] = data[5 + n].replace("a note", then)
    return "\n".join(data).encode()


@pytest.mark.parametrize("n", [1, 2, 40])
@pytest.mark.parametrize("first", ['"unclosed', '"unclosed, and more'])
@pytest.mark.fault("F13")
def test_f13_a_quote_that_closes_further_down_swallows_no_rows_in_silence(
    landing: Night, first: str, n: int
) -> None:
    landing.put("ssd_cin_episodes.csv", noted(first, 'he is 10"', n))
    stop = refused(landing)
    assert stop.code == 20
    assert "ssd_cin_episodes.csv, line 6: unbalanced_quotes" in str(stop)


@pytest.mark.fault("F14")
def test_f14_notes_of_many_lines_and_commas_are_no_rows(landing: Night) -> None:
    note = (
        "2026-01-05, seen, at home, well\n1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14\nP1,P2,,,,,,,,,,,,,,,"
    )
    landing.put_rows("ssd_cin_episodes", [referral(n, cine_referral_source_desc=note) for n in range(3)])
    landed = landing.land()
    assert landed.report.loaded == {"ssd_cin_episodes": 3}
    assert landed.quality == []


def test_a_text_may_be_as_long_as_it_is(landing: Night) -> None:
    long = "x" * 200_000 + "\n"
    landing.put_rows("ssd_cin_episodes", [referral(1, cine_referral_source_desc=long), referral(2)])
    assert landing.land().report.loaded == {"ssd_cin_episodes": 2}


@pytest.mark.fault("F14")
def test_f14_mixed_line_ends_and_line_breaks_in_notes_are_read_and_both_counted(landing: Night) -> None:
    rows = [{"register_version_id": "R1", "summary": "one\r\ntwo\n\nfour"}, {"register_version_id": "R2"}]
    data = csv_bytes("local_evidence_register", rows).replace(b"\nR2", b"\r\nR2")
    landing.put("local_evidence_register.csv", data)
    landed = landing.land()
    (report,) = landed.report.files
    assert (report.n_physical_lines, report.n_rows_in, report.n_rows_loaded) == (5, 2, 2)
    assert landed.column("local_evidence_register", "summary") == ["one\r\ntwo\n\nfour", None]


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_read(landing: Night, ending: str) -> None:
    landing.put_rows("ssd_person", people(), ending=ending)
    assert landing.land().column("ssd_person", "source_line") == [2, 3, 4]


@pytest.mark.parametrize(
    ("tail", "rules"),
    [
        pytest.param(b"Total: 3 rows\n", ["wrong_field_count"], id="F15 footer"),
        pytest.param(b"\n   \n", ["blank_line", "blank_line"], id="F15 blank lines"),
        pytest.param(b"," * 15 + b"\n", ["no_key"], id="F15 a line of commas"),
        pytest.param(b"Total: 3" + b"," * 15 + b"\n", ["totals_row"], id="F15 a total with its commas"),
        pytest.param(b"grand total" + b"," * 15 + b"\n", ["totals_row"], id="F15 a bare total"),
        pytest.param(b"TOTAL 3 rows" + b"," * 15 + b"\n", ["totals_row"], id="F15 a total of rows"),
        pytest.param(b"Row count: 3" + b"," * 15 + b"\n", ["totals_row"], id="F15 a count"),
        pytest.param(b"Total: 3" + b"," * 16 + b"\n", ["wrong_field_count"], id="F15 too many fields"),
    ],
)
@pytest.mark.fault("F15")
def test_f15_footers_and_blank_lines_are_set_aside(landing: Night, tail: bytes, rules: list[str]) -> None:
    landing.put("ssd_person.csv", csv_bytes("ssd_person", people()) + tail)
    landed = landing.land()
    assert [(line, rule, effect) for _, line, _, rule, effect in landed.quality] == [
        (line, rule, "set_aside_row") for line, rule in enumerate(rules, 5)
    ]
    assert landed.report.loaded == {"ssd_person": 3}
    assert balances(landed)


@pytest.mark.fault("F21")
def test_f21_an_unknown_column_is_flagged_and_ignored(landing: Night) -> None:
    headings = ["Referral Date", "CANARY Smith", "Zoë?", "pers_upnn"]
    landing.put_rows("ssd_person", people(), columns=[*PERSON_COLUMNS, *headings])
    assert sorted(landing.land().quality) == [
        ("ssd_person.csv", 1, "column 18", "unknown_column", "flagged"),
        ("ssd_person.csv", 1, "column 19", "unknown_column", "flagged"),
        ("ssd_person.csv", 1, "pers_upnn", "unknown_column", "flagged"),
        ("ssd_person.csv", 1, "referral_date", "unknown_column", "flagged"),
    ]


@pytest.mark.fault("F20")
def test_f20_a_heading_that_may_be_a_name_is_called_by_its_place(landing: Night) -> None:
    names = ["canary_dobson" if name == "pers_dob" else name for name in PERSON_COLUMNS]
    landing.put("ssd_person.csv", with_header(lambda _: names)(csv_bytes("ssd_person", people())))
    place = f"column {PERSON_COLUMNS.index('pers_dob') + 1}"
    assert f"nearest delivered: {place}" in str(refused(landing))
    assert "canary" not in str(refused(landing))


def test_a_header_of_thousands_of_columns_is_refused_at_once(landing: Night) -> None:
    header = ",".join([*PERSON_COLUMNS, *(f"x{n}" for n in range(100_000))])
    landing.put("ssd_person.csv", f"{header}\n".encode())
    assert "ssd_person.csv, line 1: too_many_columns" in str(refused(landing))


@pytest.mark.fault("F22")
def test_f22_columns_are_matched_by_name_in_any_order(landing: Night) -> None:
    landing.put_rows("ssd_person", people())
    expected = landing.land()
    landing.put_rows("ssd_person", people(), columns=PERSON_COLUMNS[::-1])
    assert landing.land().rows("ssd_person") == expected.rows("ssd_person")


@pytest.mark.fault("F23")
def test_f23_case_spaces_and_kinds_of_space_in_a_header_do_not_count(landing: Night) -> None:
    def spoil(names: list[str]) -> list[str]:
        return [f"\u00a0{name.upper().replace('PERS_', 'Pers ')}  " for name in names]

    landing.put("ssd_person.csv", with_header(spoil)(csv_bytes("ssd_person", people())))
    landed = landing.land()
    assert landed.report.loaded == {"ssd_person": 3}
    assert landed.quality == []


def test_an_optional_column_may_be_missing(landing: Night) -> None:
    columns = [
        column.name for column in read_contract().extracts["ssd_person"].columns if not column.is_optional
    ]
    landing.put_rows("ssd_person", people(), columns=columns)
    landed = landing.land()
    assert landed.report.loaded == {"ssd_person": 3}
    assert landed.quality == []


# --- F24 to F41: values and rows


def test_values_that_break_a_rule_are_listed_and_their_rows_kept(landing: Night) -> None:
    landing.put_rows(
        "ssd_sdq_scores",
        [
            {"csdq_table_id": "1", "csdq_sdq_completed_date": "45321", "csdq_sdq_score": "7"},
            {"csdq_table_id": "2", "csdq_sdq_completed_date": "2026-01-05", "csdq_sdq_score": "1e3"},
            {"csdq_table_id": "3", "csdq_sdq_completed_date": "N/A", "csdq_sdq_reason": "SDQ9"},
        ],
    )
    landed = landing.land()
    assert landed.rows("ssd_sdq_scores", "csdq_sdq_completed_date, csdq_sdq_score, csdq_sdq_reason") == [
        (None, 7, None),
        (datetime(2026, 1, 5), None, None),
        (None, None, "SDQ9"),
    ]
    assert landed.quality == [
        ("ssd_sdq_scores.csv", 2, "csdq_sdq_completed_date", "excel_date_number", "set_aside_value"),
        ("ssd_sdq_scores.csv", 3, "csdq_sdq_score", "unreadable_number", "set_aside_value"),
        ("ssd_sdq_scores.csv", 4, "csdq_sdq_completed_date", "null_spelling", "flagged"),
        ("ssd_sdq_scores.csv", 4, "csdq_sdq_reason", "unknown_code", "flagged"),
    ]
    assert landed.report.findings == {
        ("ssd_sdq_scores", "excel_date_number", "set_aside_value"): 1,
        ("ssd_sdq_scores", "null_spelling", "flagged"): 1,
        ("ssd_sdq_scores", "unknown_code", "flagged"): 1,
        ("ssd_sdq_scores", "unreadable_number", "set_aside_value"): 1,
    }


@pytest.mark.fault("F24")
def test_f24_a_late_drift_of_type_sets_its_value_aside(landing: Night) -> None:
    row = {"csdq_sdq_score": "7", "csdq_sdq_completed_date": "2026-01-05"}
    rows = [row | {"csdq_table_id": str(number)} for number in range(20_500)]
    rows[-1]["csdq_sdq_score"] = "7.9"
    landing.put_rows("ssd_sdq_scores", rows)
    landed = landing.land()
    assert landed.quality == [
        ("ssd_sdq_scores.csv", 20_501, "csdq_sdq_score", "unreadable_number", "set_aside_value")
    ]
    assert landed.rows("ssd_sdq_scores", "count(*), count(csdq_sdq_score)") == [(20_500, 20_499)]


@pytest.mark.parametrize(
    ("code", "start", "is_valid"),
    [
        ("K3", "2024-04-01", True),
        ("K3", "2024-03-31", False),
        ("P2", "2024-03-31", True),
        ("P2", "2024-04-01", False),
        ("P2", "", True),
        ("U6", "2010-01-01", True),
    ],
)
def test_a_code_is_valid_when_it_was_valid_on_its_date(
    landing: Night, code: str, start: str, is_valid: bool
) -> None:
    row = {
        "clap_cla_placement_id": "1",
        "clap_cla_placement_type": code,
        "clap_cla_placement_start_date": start,
    }
    landing.put_rows("ssd_cla_placement", [row])
    landed = landing.land()
    assert landed.column("ssd_cla_placement", "clap_cla_placement_type") == [code]
    assert ("code_not_valid_on_date" in [rule for *_, rule, _ in landed.quality]) is not is_valid


@pytest.mark.parametrize(
    ("start", "end", "is_flagged"),
    [
        ("2026-01-05", "2026-01-04", True),
        ("2026-01-05", "2026-01-05", False),
        ("2026-01-05T10:00", "2026-01-05T09:59", True),
        ("2026-01-05T10:00", "2026-01-05", False),
        ("2026-01-05", "", False),
        ("", "2026-01-05", False),
    ],
)
@pytest.mark.fault("F31")
def test_f31_an_end_before_its_start_is_flagged(
    landing: Night, start: str, end: str, is_flagged: bool
) -> None:
    landing.put_rows("ssd_cin_episodes", [referral(1, cine_referral_date=start, cine_close_date=end)])
    landed = landing.land()
    flagged = [("ssd_cin_episodes.csv", 2, "cine_close_date", "end_before_start", "flagged")]
    assert [found for found in landed.quality if found[2] == "cine_close_date"] == (
        flagged if is_flagged else []
    )
    assert (landed.column("ssd_cin_episodes", "cine_close_date")[0] is not None) == bool(end)


def episode(number: int, start: str, end: str = "", reason: str = "", child: str = "P1") -> dict[str, str]:
    return {
        "clae_cla_episode_id": f"E{number}",
        "clae_person_id": child,
        "clae_cla_episode_start_date": start,
        "clae_cla_episode_ceased_date": end,
        "clae_cla_episode_ceased_reason": reason,
    }


@pytest.mark.parametrize(
    ("episodes", "found"),
    [
        pytest.param(
            [episode(1, "2025-01-01", "2025-02-01", "X1"), episode(2, "2025-02-01")], [], id="chained"
        ),
        pytest.param(
            [
                episode(1, "2025-01-01", "2025-02-02", "X1"),
                episode(2, "2025-02-01"),
                episode(3, "2025-02-02", child="P2"),
            ],
            [(2, "gap_after_episode"), (3, "overlapping_episode")],
            id="F32 overlap",
        ),
        pytest.param(
            [episode(1, "2025-01-01"), episode(2, "2025-02-01")],
            [(3, "overlapping_episode")],
            id="F32 open, and not the last",
        ),
        pytest.param(
            [episode(1, "2025-01-01", "2025-02-01", "X1"), episode(2, "2025-02-03")],
            [(2, "gap_after_episode")],
            id="F32 gap",
        ),
        pytest.param(
            [episode(1, "2025-01-01", "2025-02-01", "E4A"), episode(2, "2025-02-03")],
            [],
            id="left care, came back",
        ),
    ],
)
@pytest.mark.fault("F32")
def test_f32_overlapping_and_gapped_episodes_are_flagged(landing: Night, episodes: list, found: list) -> None:
    landing.put_rows("ssd_cla_episodes", episodes)
    landed = landing.land()
    assert [(line, rule) for _, line, _, rule, _ in landed.quality] == found
    assert not landed.report.has_set_aside


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({}, [], id="born before"),
        pytest.param({"pers_dob": ""}, [("ssd_person.csv", "pers_dob", "no_date_of_birth")], id="F33 no dob"),
        pytest.param({"pers_dob": "", "pers_expected_dob": "2026-06-01"}, [], id="F33 unborn"),
        pytest.param(
            {"pers_dob": "2026-02-01"},
            [("ssd_cin_episodes.csv", "cine_referral_date", "referred_before_birth")],
            id="F33 born after referral",
        ),
        pytest.param({"pers_dob": "2026-02-01", "pers_expected_dob": "2026-02-10"}, [], id="F33 born since"),
        pytest.param(
            {"pers_dob": "45321"}, [("ssd_person.csv", "pers_dob", "excel_date_number")], id="set aside"
        ),
    ],
)
@pytest.mark.fault("F33")
def test_f33_births_that_cannot_be_are_flagged(landing: Night, changes: dict, found: list) -> None:
    landing.put_rows("ssd_person", [person(1, **changes)])
    landing.put_rows("ssd_cin_episodes", [referral(1)])
    assert [(file, column, rule) for file, _, column, rule, _ in landing.land().quality] == found


@pytest.mark.parametrize(
    ("extract", "column", "values", "found"),
    [
        pytest.param("ssd_contacts", "cont_contact_date", {}, ["no_placing_date"], id="always asked for"),
        pytest.param(
            "ssd_contacts",
            "cont_contact_date",
            {"cont_contact_date": "1900-01-01"},
            ["no_placing_date"],
            id="a stand-in for none",
        ),
        pytest.param(
            "ssd_contacts", "cont_contact_date", {"cont_contact_date": "2026-01-05"}, [], id="there"
        ),
        pytest.param(
            "ssd_contacts",
            "cont_contact_date",
            {"cont_contact_date": "soon"},
            ["unreadable_date"],
            id="told already, set aside",
        ),
        pytest.param(
            "ssd_contacts",
            "cont_contact_date",
            {"cont_contact_date": "N/A"},
            ["null_spelling"],
            id="told already, spelt out",
        ),
        pytest.param(
            "local_supervision",
            "supervision_date",
            {"status": "completed"},
            ["no_placing_date"],
            id="when it took place",
        ),
        pytest.param("local_supervision", "supervision_date", {"status": "PLANNED"}, [], id="not yet"),
        pytest.param("local_supervision", "supervision_date", {}, [], id="not known to have taken place"),
        pytest.param(
            "local_strategy_discussions", "held_at", {}, ["no_placing_date"], id="unless another status"
        ),
        pytest.param("local_strategy_discussions", "held_at", {"status": "CANCELLED"}, [], id="cancelled"),
        pytest.param(
            "local_case_audits", "completed_date", {"grade": "GOOD"}, ["no_placing_date"], id="when graded"
        ),
        pytest.param("local_case_audits", "completed_date", {}, [], id="under way"),
    ],
)
def test_a_row_without_the_date_that_places_it_is_flagged(
    landing: Night, extract: str, column: str, values: dict, found: list
) -> None:
    key = read_contract().extracts[extract].key.name
    landing.put_rows(extract, [{key: "1"} | values, {key: "2", column: "2026-01-05"}])
    landed = landing.land()
    assert [(column, rule) for _, _, column, rule, _ in landed.quality] == [(column, rule) for rule in found]
    assert landed.rows(extract, "count(*)") == [(2,)]


@pytest.mark.parametrize("text", ["9.43E+09", "9.43e9", "1E+10", "1.0E-5"])
@pytest.mark.fault("F34")
def test_f34_ids_in_scientific_notation_are_set_aside_and_keys_take_their_rows(
    landing: Night, text: str
) -> None:
    landing.put_rows("ssd_person", [person(1), person(2, pers_person_id=text)])
    landing.put_rows("ssd_cin_episodes", [referral(1, cine_person_id=text)])
    landed = landing.land()
    assert landed.quality == [
        ("ssd_cin_episodes.csv", 2, "cine_person_id", "id_in_scientific_notation", "set_aside_value"),
        ("ssd_person.csv", 3, "pers_person_id", "id_in_scientific_notation", "set_aside_row"),
    ]
    assert landed.column("ssd_cin_episodes", "cine_person_id") == [None]
    assert balances(landed)


@pytest.mark.parametrize("text", ["0012", "12E5", "a3e7-4b", "5.1"])
@pytest.mark.fault("F34")
def test_f34_other_ids_stay_as_delivered(landing: Night, text: str) -> None:
    landing.put_rows("ssd_person", [person(1, pers_person_id=text)])
    assert landing.land().column("ssd_person", "pers_person_id") == [pseudonym(text)]


@pytest.mark.parametrize("key", ["", "  ", "N/A", "SSD_PH"])
def test_a_row_without_its_key_is_set_aside(landing: Night, key: str) -> None:
    landing.put_rows("ssd_person", [person(1), person(2, pers_person_id=key)])
    landed = landing.land()
    assert landed.quality == [("ssd_person.csv", 3, "pers_person_id", "no_key", "set_aside_row")]
    assert balances(landed)


@pytest.mark.fault("F34")
def test_f34_an_id_written_as_a_decimal_is_the_whole_number_wherever_it_stands(landing: Night) -> None:
    landing.put_rows("ssd_person", [person(1, pers_person_id="123.0"), person(2, pers_person_id="0045")])
    references = ["123", "123.00", "0045.0", "123.5"]
    landing.put_rows("ssd_cin_episodes", [referral(n, cine_person_id=i) for n, i in enumerate(references)])
    landed = landing.land()
    assert landed.column("ssd_person", "pers_person_id") == [pseudonym("123"), pseudonym("0045")]
    assert landed.column("ssd_cin_episodes", "cine_person_id") == [
        pseudonym("123"),
        pseudonym("123"),
        pseudonym("0045"),
        pseudonym("123.5"),
    ]
    assert landed.quality == [
        ("ssd_cin_episodes.csv", 3, "cine_person_id", "id_written_as_decimal", "flagged"),
        ("ssd_cin_episodes.csv", 4, "cine_person_id", "id_written_as_decimal", "flagged"),
        ("ssd_cin_episodes.csv", 5, "cine_person_id", "broken_reference", "flagged"),
        ("ssd_person.csv", 2, "pers_person_id", "id_written_as_decimal", "flagged"),
    ]


@pytest.mark.fault("F35", "F36")
def test_f35_f36_the_first_row_of_a_key_stays_and_the_others_are_set_aside(landing: Night) -> None:
    rows = [person(1), person(2), person(1, pers_sex="M"), person(1, pers_person_id=" P1 ")]
    landing.put("ssd_person/b.csv", csv_bytes("ssd_person", [person(2), person(3)]))
    landing.put("ssd_person/a.csv", csv_bytes("ssd_person", rows))
    landed = landing.land()
    assert landed.rows("ssd_person", "pers_sex, source_file, source_line") == [
        ("F", "ssd_person/a.csv", 2),
        ("F", "ssd_person/a.csv", 3),
        ("F", "ssd_person/b.csv", 3),
    ]
    assert landed.quality == [
        ("ssd_person/a.csv", 4, "pers_person_id", "conflicting_row", "set_aside_row"),
        ("ssd_person/a.csv", 5, "pers_person_id", "repeated_row", "set_aside_row"),
        ("ssd_person/b.csv", 2, "pers_person_id", "repeated_row", "set_aside_row"),
    ]
    reports = {report.file: report for report in landed.report.files}
    assert (reports["ssd_person/a.csv"].n_rows_in, reports["ssd_person/a.csv"].n_rows_loaded) == (4, 2)
    assert (reports["ssd_person/b.csv"].n_rows_in, reports["ssd_person/b.csv"].n_rows_loaded) == (2, 1)


def test_rows_that_no_finding_accounts_for_end_the_run(
    landing: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.put_rows("ssd_person", [*people(), person(1)])
    monkeypatch.setattr("csc_measures.landing.land.count_rows_set_aside", lambda _: Counter())
    with pytest.raises(RuntimeError, match=r"ssd_person\.csv"):
        landing.land()


@pytest.mark.fault("F37")
def test_f37_a_reference_to_a_row_not_loaded_is_flagged_when_its_extract_is_loaded(landing: Night) -> None:
    landing.put_rows(
        "ssd_cin_episodes", [referral(1), referral(2, cine_person_id="P9"), referral(3, cine_person_id="")]
    )
    assert landing.land().quality == []
    landing.put_rows("ssd_person", [person(1), person(2, pers_person_id="9.43E+09")])
    landed = landing.land()
    assert ("ssd_cin_episodes.csv", 3, "cine_person_id", "broken_reference", "flagged") in landed.quality
    assert len(landed.quality) == 2
    assert landed.column("ssd_cin_episodes", "cine_person_id")[1] == pseudonym("P9")


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; drop table marts.measures; --", 'say "so", then'],
)
@pytest.mark.fault("F41")
def test_f41_hostile_text_is_stored_inert(landing: Night, text: str) -> None:
    landing.put_rows("ssd_person", [person(1, pers_nationality=text, pers_person_id=text)])
    landing.put_rows("local_evidence_register", [{"register_version_id": "R1", "summary": text}])
    landed = landing.land()
    assert landed.column("ssd_person", "pers_nationality") == [text]
    assert landed.column("ssd_person", "pers_person_id") == [pseudonym(text)]
    assert landed.column("local_evidence_register", "summary") == [text]
    assert landed.quality == []


def test_dates_land_as_they_are_read_one_by_one(landing: Night) -> None:
    texts = [
        f"{day}{clock}"
        for day in (
            "2024-02-28",
            "2024-02-29",
            "2023-02-29",
            "1909-12-31",
            "2026-03-31",
            "2026-04-01",
            "31/12/2025",
        )
        for clock in ("", "T00:00:00", " 23:59:59", "T10:30", "T10:30:59.5", "T24:00:00", "T10:30:00Z")
    ]
    read_moment, read_day = (date_reader(AS_AT, with_time=with_time) for with_time in (True, False))
    landing.put_rows("ssd_missing", [{"miss_table_id": text, MISSING_SINCE: text} for text in texts])
    landing.put_rows("local_absences", [{"absence_id": text, "start_date": text} for text in texts])
    landed = landing.land()
    assert landed.column("ssd_missing", MISSING_SINCE) == [read_moment(text)[0] for text in texts]
    assert landed.column("local_absences", "start_date") == [read_day(text)[0] for text in texts]


def test_progress_reaches_its_end(landing: Night) -> None:
    from rich.progress import Progress

    landing.put_rows("ssd_person", people())
    with Progress(disable=True) as progress:
        land(landing.settings(), landing.folder / "run", None, progress)
        assert progress.finished


# --- Half a delivery is no delivery


def contacts(n: int, **changes: str) -> list[dict[str, str]]:
    return [
        {"cont_contact_id": f"C{n}", "cont_person_id": "P1", "cont_contact_date": "2026-01-05"} | changes
        for n in range(n)
    ]


def without_a_field_too_many(n: int) -> bytes:
    return csv_bytes("ssd_contacts", contacts(n)).replace(b"2026-01-05", b"2026-01-05,")


@pytest.mark.parametrize("n", [10, 40])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(without_a_field_too_many, "no_usable_rows", id="a field too many in every row"),
        pytest.param(
            lambda n: csv_bytes("ssd_contacts", contacts(n, cont_contact_id="")),
            "no_usable_rows",
            id="every key empty",
        ),
        pytest.param(
            lambda n: csv_bytes("ssd_contacts", contacts(n)).replace(b"\nC", b"\n\x00C"),
            "no_usable_rows",
            id="a control byte in each key",
        ),
        pytest.param(
            lambda n: csv_bytes(
                "ssd_contacts",
                [
                    row | {"cont_contact_id": "1", "cont_contact_source_desc": f"{i}"}
                    for i, row in enumerate(contacts(n))
                ],
            ),
            "column cont_contact_id: one_key",
            id="every key the same",
        ),
        pytest.param(
            lambda n: csv_bytes("ssd_contacts", contacts(n, cont_contact_date="03-Feb-2026")),
            "column cont_contact_date: no_usable_dates",
            id="every date in another form",
        ),
        pytest.param(
            lambda n: b"\n".join([*[csv_bytes("ssd_contacts", []).strip()], *[b""] * n]) + b"\n",
            "no_usable_rows",
            id="blank lines",
        ),
    ],
)
def test_an_extract_of_which_nothing_can_be_used_is_refused(
    landing: Night, data: Callable[[int], bytes], says: str, n: int
) -> None:
    landing.put("ssd_contacts.csv", data(n))
    stop = refused(landing)
    assert stop.code == 20
    assert "ssd_contacts.csv" in str(stop)
    assert says in str(stop)


def test_an_extract_of_erased_people_alone_holds_none_and_has_lost_none() -> None:
    extract, kept = read_contract().extracts["ssd_missing"], Kept(0, {})
    erased = {("miss_table_id", "erased", "set_aside_row"): 30}
    assert refusals_of("ssd_missing.csv", extract, kept, erased, may_be_empty=False) == []
    unsound = erased | {(None, "wrong_field_count", "set_aside_row"): 1}
    assert refusals_of("ssd_missing.csv", extract, kept, unsound, may_be_empty=False) != []
    full = Kept(30, {column.name: 30 for column in extract.columns})
    assert {each.amount for each in losses_of(extract, full, {(None, "erased", "set_aside_row"): 99})} == {0}


def test_blank_lines_are_none_of_an_extract_that_holds_none(landing: Night) -> None:
    landing.put("ssd_missing.csv", csv_bytes("ssd_missing", []) + b"\n\n")
    landing.put("coverage.csv", b"extract,population,covered_from,covered_to\nssd_missing,all,,\n")
    assert landing.land().report.loaded == {"ssd_missing": 0}


def lost(landing: Night, before: Before | None = None, **settings: object) -> list[str]:
    """Land, and give what would stop the night, its lag apart."""
    concerns = landing.land(before, **{"max_lag": 9999, **settings}).report.concerns
    return [f"{each.place} {each.rule} {each.hint}" for each in concerns]


def spoil(rows: list[dict[str, str]], n: int, **changes: str) -> list[dict[str, str]]:
    return [row | (changes if place < n else {}) for place, row in enumerate(rows)]


def test_rows_that_a_return_lost_are_lost_but_not_those_told_again(landing: Night) -> None:
    landing.put_rows("ssd_contacts", contacts(24))
    row = "ssd_contacts,2025-contacts.csv,{},DATE,{},set_aside_row\n"
    rows = [row.format(line, "no_key") for line in range(26)]
    again = [row.format(line, "replaced_by_later_return") for line in range(26)]
    landing.put("findings.csv", (FOUND_BEFORE + "".join(again)).encode())
    assert lost(landing) == []
    landing.put("findings.csv", (FOUND_BEFORE + "".join(rows)).encode())
    assert lost(landing) == ["ssd_contacts rows_lost 26 of 50"]


PLACEMENT = {"clap_cla_placement_type": "K3", "clap_cla_placement_start_date": "2026-01-05"}
PLACEMENTS = [PLACEMENT | {"clap_cla_placement_id": f"{n}"} for n in range(50)]


@pytest.mark.parametrize(
    ("extract", "rows", "changes", "concern"),
    [
        pytest.param(
            "ssd_contacts",
            contacts(50),
            {"cont_contact_id": ""},
            "ssd_contacts rows_lost 26 of 50",
            id="rows",
        ),
        pytest.param(
            "ssd_contacts",
            contacts(50),
            {"cont_contact_date": "02/13/2026"},
            "ssd_contacts.cont_contact_date values_lost 26 of 50",
            id="dates month first",
        ),
        pytest.param(
            "ssd_contacts",
            contacts(50),
            {"cont_contact_date": ""},
            "ssd_contacts.cont_contact_date dates_lost 26 of 50",
            id="blank dates",
        ),
        pytest.param(
            "ssd_contacts",
            contacts(50),
            {"cont_person_id": "001"},
            "ssd_contacts.cont_person_id references_lost 26 of 50",
            id="references",
        ),
        pytest.param(
            "ssd_cla_placement",
            PLACEMENTS,
            {"clap_cla_placement_type": "FOSTER"},
            "ssd_cla_placement.clap_cla_placement_type codes_lost 26 of 50",
            id="F25 codes",
        ),
    ],
)
@pytest.mark.fault("F25")
def test_an_extract_that_lost_more_than_a_share_is_told(
    landing: Night, extract: str, rows: list, changes: dict, concern: str
) -> None:
    landing.put_rows("ssd_person", people(1))
    landing.put_rows(extract, spoil(rows, 25, **changes))
    assert lost(landing) == []
    landing.put_rows(extract, spoil(rows, 26, **changes))
    assert lost(landing) == [concern]
    assert lost(landing, max_loss=0.52) == []


def test_a_small_extract_may_have_some_bad_rows_but_not_only_such(landing: Night) -> None:
    landing.put_rows("ssd_person", people(1))
    landing.put_rows("ssd_contacts", spoil(contacts(26), 25, cont_person_id="P9"))
    assert lost(landing) == []
    landing.put_rows("ssd_contacts", contacts(9, cont_person_id="P9"))
    assert lost(landing) == []
    landing.put_rows("ssd_contacts", contacts(10, cont_person_id="P9"))
    assert lost(landing) == ["ssd_contacts.cont_person_id references_lost 10 of 10"]


def test_rows_that_say_nothing_new_are_not_lost(landing: Night) -> None:
    landing.put("ssd_contacts.csv", csv_bytes("ssd_contacts", contacts(9) * 3) + b"\n" * 9)
    assert lost(landing) == []


# --- F17, F18, F39: against the last published run, and the date that is described


def landed_as(landing: Night, as_at: date = AS_AT) -> Before:
    """Land, and give what a run that published it would tell the next one."""
    return landing.land(as_at=as_at).as_last(as_at)


@pytest.mark.parametrize(("n", "is_told"), [(59, True), (60, False), (140, False), (141, True)])
@pytest.mark.fault("F18")
def test_f18_rows_far_from_those_of_the_last_run_are_told(landing: Night, n: int, is_told: bool) -> None:
    landing.put_rows("ssd_contacts", contacts(100))
    before = landed_as(landing)
    landing.put_rows("ssd_contacts", contacts(n))
    told = [f"ssd_contacts row_count_changed {n}, last 100"] if is_told else []
    assert lost(landing, before) == told
    assert lost(landing, before, max_change=0.5) == []


@pytest.mark.fault("F18")
def test_f18_a_small_extract_changes_by_chance(landing: Night) -> None:
    landing.put_rows("ssd_contacts", contacts(12))
    before = landed_as(landing)
    landing.put_rows("ssd_contacts", contacts(4))
    assert lost(landing, before) == []
    landing.put_rows("ssd_contacts", contacts(3))
    assert lost(landing, before) == ["ssd_contacts row_count_changed 3, last 12"]


@pytest.mark.fault("F39")
def test_f39_a_column_that_lost_its_values_is_told(landing: Night) -> None:
    described = contacts(100, cont_contact_source_desc="a school")
    landing.put_rows("ssd_contacts", described)
    before = landed_as(landing)
    landing.put_rows("ssd_contacts", spoil(described, 40, cont_contact_source_desc=""))
    assert lost(landing, before) == []
    landing.put_rows("ssd_contacts", spoil(described, 41, cont_contact_source_desc="SSD_PH"))
    assert lost(landing, before) == [
        "ssd_contacts.cont_contact_source_desc values_vanished 59 filled, 100 expected from the last"
    ]


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (1, True), (-1, False)])
@pytest.mark.fault("F17")
def test_f17_the_same_file_again_is_told_where_it_is_to_describe_a_later_date(
    landing: Night, days: int, is_told: bool
) -> None:
    data = csv_bytes("ssd_contacts", contacts(3))
    landing.put("ssd_contacts_2026-03-30.csv", data).rename(landing.landing / "ssd_contacts_2026-03-31.csv")
    landing.put_rows("ssd_person", people(1))
    before = landed_as(landing, AS_AT - timedelta(days=days))
    landing.put_rows("ssd_person", people(2))
    landed = landing.land(before)
    name = "ssd_contacts_2026-03-31.csv"
    assert landed.report.same_again == ((name,) if is_told else ())
    assert landed.quality == ([(name, None, None, "same_file_again", "flagged")] if is_told else [])
    assert not landed.report.has_set_aside


@pytest.mark.fault("F04")
def test_f04_an_extract_that_has_fewer_rows_than_last_is_flagged(landing: Night) -> None:
    landing.put_rows("ssd_person", people(3))
    before = landed_as(landing)
    assert landing.land(before).quality == []
    landing.put_rows("ssd_person", people(2))
    assert landing.land(before).quality == [("ssd_person.csv", None, None, "fewer_rows", "flagged")]


def dated(n: int, day: date) -> list[dict[str, str]]:
    return contacts(n, cont_contact_date=day.isoformat())


@pytest.mark.parametrize(
    ("rows", "lag"),
    [
        pytest.param(dated(200, AS_AT - timedelta(days=31)), None, id="a month ago"),
        pytest.param(dated(200, AS_AT - timedelta(days=32)), 32, id="longer ago"),
        pytest.param(dated(199, AS_AT - timedelta(days=32)), None, id="of few events"),
        pytest.param([*dated(999, AS_AT - timedelta(days=32)), *dated(1, AS_AT)][::-1], 32, id="and a slip"),
        pytest.param([*dated(998, AS_AT - timedelta(days=32)), *dated(2, AS_AT)], None, id="and two events"),
        pytest.param(dated(3, AS_AT + timedelta(days=2)) + dated(200, AS_AT), None, id="set aside"),
    ],
)
@pytest.mark.fault("F17")
def test_events_that_end_long_before_the_as_at_date_are_told(
    landing: Night, rows: list, lag: int | None
) -> None:
    landing.put_rows("ssd_contacts", [row | {"cont_contact_id": f"{n}"} for n, row in enumerate(rows)])
    told = [f"all extracts events_lag {lag} days before {AS_AT}"] if lag else []
    assert lost(landing, max_lag=31) == told


def test_an_extract_that_is_said_to_end_earlier_does_not_lag(landing: Night) -> None:
    landing.put_rows("ssd_contacts", dated(200, date(2025, 3, 20)))
    landing.put("coverage.csv", b"extract,population,covered_from,covered_to\nssd_contacts,all,,2025-03-31\n")
    assert lost(landing, max_lag=31) == []
    assert lost(landing, max_lag=10) == [f"all extracts events_lag 11 days before {AS_AT}"]


def weekly(extract: str, column: str, last: date, weeks: int = 60) -> list[dict[str, str]]:
    """Give a row a week up to a day, with the date that places it."""
    key = read_contract().extracts[extract].key.name
    days = (last - timedelta(weeks=week) for week in range(weeks))
    return [{key: f"{day}", column: day.isoformat()} for day in days]


@pytest.mark.parametrize(
    ("last", "weeks", "days"),
    [
        pytest.param(AS_AT - timedelta(days=31), 60, None, id="a month ago"),
        pytest.param(AS_AT - timedelta(days=32), 60, 32, id="longer ago"),
        pytest.param(AS_AT - timedelta(days=32), 19, None, id="of few events"),
    ],
)
def test_an_extract_whose_events_end_before_those_of_the_others_is_flagged(
    landing: Night, last: date, weeks: int, days: int | None
) -> None:
    landing.put_rows("ssd_contacts", dated(200, AS_AT))
    landing.put_rows("local_absences", weekly("local_absences", "start_date", last, weeks))
    landed = landing.land()
    assert landed.report.behind == ({"local_absences": days} if days else {})
    told = ("local_absences.csv", None, None, "events_behind_others", "flagged")
    assert (told in landed.quality) == bool(days)
    assert landed.report.concerns == ()


@pytest.mark.parametrize(("lag", "is_due"), [(300, False), (301, True)])
def test_an_extract_of_rare_events_is_not_behind_before_one_is_due(lag: int, is_due: bool) -> None:
    """It has one every hundred days; how often it had some longer ago does not count."""
    rare = Counter({lag + 100 * n: 10 for n in range(4)}) | Counter({5_000: 10, 9_000: 10})
    told = {"local_absences": lag} if is_due else {}
    of_one_day = Counter({3_000: 50})  # as posts that were all made when the service was
    counted = {"local_absences": rare, "ssd_contacts": Counter({0: 1_000}), "local_posts": of_one_day}
    assert behind(counted, 31) == told


def test_an_event_that_may_be_a_slip_is_waited_for_like_any_other() -> None:
    """Of 2,002 events, twelve days apart, the latest two are passed over: the next is a month old."""
    events = Counter({16: 1, 28: 1} | {40 + 12 * n: 20 for n in range(100)})
    assert behind({"local_absences": events, "ssd_contacts": Counter({0: 1_000})}, 31) == {}


# --- Damage without end


def test_findings_beyond_a_thousand_of_one_rule_are_counted(landing: Night) -> None:
    late = contacts(1_500, cont_contact_date="2026-13-01") + [
        row | {"cont_contact_id": f"D{n}"} for n, row in enumerate(contacts(10))
    ]
    data = csv_bytes("ssd_contacts", late)
    landing.put("ssd_contacts.csv", data + b"\n" * 3_000 + b"one field\n")
    landed = landing.land()
    rows = landed.rows("data_quality", "line, column_name, rule, n_findings")
    dates = [row for row in rows if row[2] == "impossible_date"]
    assert [line for line, *_ in dates] == [*range(2, 1_002), None]
    assert [n for *_, n in dates] == [1] * 1_000 + [500]
    blank = [row for row in rows if row[2] == "blank_line"]
    assert [line for line, *_ in blank] == [*range(1_512, 2_512), None]
    assert sum(n for *_, n in blank) == 3_000
    assert landed.report.findings == {
        ("ssd_contacts", "blank_line", "set_aside_row"): 3_000,
        ("ssd_contacts", "impossible_date", "set_aside_value"): 1_500,
        ("ssd_contacts", "wrong_field_count", "set_aside_row"): 1,
    }
    assert balances(landed)


def test_damage_is_cheap_to_tell(landing: Night) -> None:
    """A bad row cost 0.13 ms and 8 KiB: 100,000 of them 13 seconds and 800 MB."""
    data = csv_bytes("ssd_contacts", contacts(1))
    landing.put("ssd_contacts.csv", data + b"C,1\n" * 100_000 + b"\n" * 500_000)
    began = time.process_time()
    landed = landing.land()
    assert time.process_time() - began < 6
    assert landed.report.loaded == {"ssd_contacts": 1}
    assert len(landed.quality) == 2_002


@pytest.mark.fault("F68")
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_an_extract_that_may_not_fit_into_the_memory_allowed_is_not_read(
    landing: Night, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked is for what its text, unpacked, and its rows may take, and for what has been taken until then."""
    rows = [dict.fromkeys(CONTACTS_COLUMNS, "") | row for row in contacts(2_000)]
    data = csv_bytes("ssd_contacts", rows)
    file = landing.put(f"ssd_contacts{suffix}", gzip.compress(data) if suffix == ".csv.gz" else data)
    n_bytes, n_rows = len(data), 2_001
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
        landing.age(file)
        n_bytes, n_rows = 2_000 * len(CONTACTS_COLUMNS) * 32, 2_000
    monkeypatch.setattr(memory, "taken", lambda: 7)
    needed = 7 + memory.AT_WORK + memory.OF_A_BYTE * n_bytes + memory.OF_A_ROW * n_rows
    with pytest.raises(Stop) as stop:
        landing.land(memory=needed - 1)
    assert stop.value.code == 50
    assert "ssd_contacts" in stop.value.what
    assert f"export CSC_MEMORY={-(-needed >> 20)}" in stop.value.next_step
    landing.land(memory=needed)


PEAK_OF_LANDING = """
from pathlib import Path
from csc_measures.landing.land import land
from csc_measures.memory import taken
from csc_measures.settings import Settings
settings, before = Settings.from_environment(is_demo=True), taken()
land(settings, settings.warehouse_dir / "run")
[peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print((int(peak) << 10) - before)
"""


@pytest.mark.fault("F68")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is told in other units")
def test_landing_takes_no_more_memory_than_it_asks_for(landing: Night, tmp_path: Path) -> None:
    """Of short rows, which take most for their length; nor much less, or it would ask for too much."""
    rows = [{"attendance_id": f"{n:06}", "week_start": "2026-03-02"} for n in range(150_000)]
    data = csv_bytes("local_attendance", rows)
    landing.put("local_attendance.csv", data)
    environment = {"CSC_LANDING_DIR": str(landing.landing), "CSC_WAREHOUSE_DIR": str(tmp_path)}
    result = run(sys.executable, "-c", PEAK_OF_LANDING, environment=environment | {"CSC_SETTLED": "0"})
    assert result.returncode == 0, result.stderr
    needed = memory.AT_WORK + memory.OF_A_BYTE * len(data) + memory.OF_A_ROW * len(rows)
    assert needed / 2 < int(result.stdout) < needed


PEAK_OF_READING = """
import sys, tracemalloc
from pathlib import Path
from csc_measures.contract.extracts import read_contract
from csc_measures.landing import reading
reading.BLOCK_BYTES = 1 << 16
path, extract = Path(sys.argv[1]), read_contract().extracts["ssd_contacts"]
tracemalloc.start()
records = reading.read_records(path, path.name, extract)
print(records.n_records, tracemalloc.get_traced_memory()[1])
"""


def test_reading_takes_no_multiple_of_a_file(tmp_path: Path) -> None:
    """
    Beside the file itself, and what Arrow makes of it in memory of its own, there are blocks only.

    Asked in a process of its own: where other threads are at work, an end of tracing can crash Python 3.11.
    """
    path = tmp_path / "ssd_contacts.csv"
    path.write_bytes(csv_bytes("ssd_contacts", contacts(20_000, cont_contact_source_desc='a "note"')))
    result = run(sys.executable, "-c", PEAK_OF_READING, path)
    assert result.returncode == 0, result.stderr
    n_records, peak = map(int, result.stdout.split())
    assert n_records == 20_000
    assert peak < 3 * path.stat().st_size
