"""What has not changed is not landed again, and what lands is what a full landing would land."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from csc_measures.contract.extracts import read_contract
from csc_measures.demo import write_council
from csc_measures.landing import taken_over
from csc_measures.landing.changes import Before
from csc_measures.landing.deliveries import fingerprint_of
from csc_measures.landing.erased import add_erased
from csc_measures.landing.landed_columns import ColumnReader
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.landing.taken_over import RECORD
from landing_files import AS_AT, KEY, Landed, Night

LATER = AS_AT + timedelta(days=1)
PERSON, WORKERS, REFERRALS, ASSESSMENTS, REGISTER = (
    "ssd_person",
    "ssd_professionals",
    "ssd_cin_episodes",
    "ssd_cin_assessments",
    "local_evidence_register",
)
ALL = {PERSON, WORKERS, REFERRALS, ASSESSMENTS, REGISTER}
ANN = {"pers_person_id": "P1", "pers_forename": "Ann", "pers_dob": "2015-06-30", "pers_sex": "F"}
BO = {"pers_person_id": "P2", "pers_forename": "Bo", "pers_dob": "2016-06-30", "pers_sex": "M"}


def referral(number: int, **changes: str) -> dict[str, str]:
    return {
        "cine_referral_id": f"R{number}",
        "cine_person_id": f"P{number}",
        "cine_referral_date": "2026-01-05",
    } | changes


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """Land two children and a worker, the referrals of three children, their assessments, and words."""
    night = Night(tmp_path_factory.mktemp("last"))
    night.put_rows(PERSON, [ANN, BO])
    night.put_rows(WORKERS, [{"prof_professional_id": "W1", "prof_professional_name": "Cy Lee"}])
    night.put_rows(REFERRALS, [referral(number) for number in (1, 2, 3)])
    night.put_rows(ASSESSMENTS, [assessment(number) for number in (1, 2)])
    night.put_rows(REGISTER, [{"register_version_id": "V1", "title": "Ann was heard by Di, said Lee"}])
    return night.land()


@pytest.fixture
def before(last: Landed, tmp_path: Path) -> Before:
    """Give what landed last, to be changed at will."""
    landed = shutil.copytree(last.run / "landed", tmp_path / "landed_last")
    return replace(last.as_last(), landed=landed)


@pytest.fixture
def landing(last: Landed, tmp_path: Path) -> Night:
    """Deliver the same again."""
    night = Night(tmp_path)
    for file in (last.run / "raw").iterdir():
        night.put(file.name, file.read_bytes())
    (tmp_path / "warehouse").mkdir()
    return night


def assessment(number: int) -> dict[str, str]:
    dates = {"cina_assessment_start_date": "2026-01-06"}
    return {"cina_assessment_id": f"A{number}", "cina_referral_id": f"R{number}"} | dates


def without_its_time(landed: Landed) -> dict[str, object]:
    """Give the bytes of every landed file, and of the one that tells of the run what is no id or time."""
    files = {file.name: file.read_bytes() for file in (landed.run / "landed").iterdir()}
    run = pq.read_table(landed.run / "landed" / "run.parquet").drop_columns(["run_id", "landed_at"])
    return files | {"run.parquet": run.to_pylist()}


def next_night(
    night: Night, before: Before, as_at: date = AS_AT, **changes: object
) -> tuple[Landed, set[str]]:
    """Land again, hold what lands against a full landing; give it, and what was taken over."""
    again, full = (
        night.land(each, as_at=as_at, **changes) for each in (before, replace(before, landed=None))
    )
    assert full.report.taken_over == ()
    assert without_its_time(again) == without_its_time(full)
    other = {"taken_over": (), "landed": full.report.landed}
    assert replace(again.report, **other) == full.report
    assert {each.name for each in again.run.iterdir()} == {each.name for each in full.run.iterdir()}
    return again, set(again.report.taken_over)


def again(night: Night, before: Before, as_at: date = AS_AT, **changes: object) -> set[str]:
    """Land again, and give what was taken over."""
    return set(night.land(before, as_at=as_at, **changes).report.taken_over)


def test_a_messy_council_lands_as_it_did(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.landing.rmdir()
    described = date(2026, 4, 14)
    write_council(night.landing, children=1_000, as_at=described, mess=True)
    full = night.land(as_at=described, settled=0.0)
    anew = night.land(full.as_last(described), as_at=described, settled=0.0)
    assert {*anew.report.taken_over} == {*read_contract().extracts}
    assert len({rule for _, rule, _ in full.report.findings}) > 30
    assert without_its_time(anew) == without_its_time(full)
    same = ("files", "loaded", "findings", "fingerprints", "behind")
    assert [getattr(anew.report, name) for name in same] == [getattr(full.report, name) for name in same]
    assert {*full.report.measured} < {*anew.report.measured}  # which is held against the last, too


@pytest.mark.parametrize(
    ("extract", "rows", "not_again"),
    [
        (ASSESSMENTS, [assessment(1), assessment(1)], {ASSESSMENTS}),
        # R2 is gone, to which an assessment refers.
        (REFERRALS, [referral(1), referral(3)], {REFERRALS, ASSESSMENTS}),
        # One more: whatever held still holds.
        (REFERRALS, [referral(number) for number in (1, 2, 3, 4)], {REFERRALS}),
        # P3 comes, to whom a referral has referred all along. Words must not tell names or ids.
        (PERSON, [ANN, BO, BO | {"pers_person_id": "P3"}], {PERSON, WORKERS, REGISTER, REFERRALS}),
        (PERSON, [ANN, BO | {"pers_forename": "Di"}], {PERSON, WORKERS, REGISTER}),
    ],
)
def test_only_what_changed_and_what_rests_on_it_is_landed_again(
    landing: Night, before: Before, extract: str, rows: list[Mapping[str, str]], not_again: set[str]
) -> None:
    landing.put_rows(extract, rows)
    landed, taken = next_night(landing, before)
    assert taken == ALL - not_again
    [(title,)] = landed.rows(REGISTER, "title")
    assert not {"Ann", "Lee"} & {*title.replace(",", "").split()}
    assert ("Di" in title) == ("Di" not in str(rows))


def test_what_is_absent_or_comes_back_changes_what_rests_on_it(landing: Night, before: Before) -> None:
    for extract in (REFERRALS, WORKERS):
        (landing.landing / f"{extract}.csv").unlink()
    absent, taken = next_night(landing, before, allow_missing=(REFERRALS, WORKERS))
    assert taken == {ASSESSMENTS}
    assert absent.column(REGISTER, "title") == ["[withheld] was heard by Di, said Lee"]
    landing.put_rows(REFERRALS, [referral(1)])
    assert again(landing, absent.as_last()) == {PERSON, REGISTER}


def test_a_file_of_another_name_and_one_of_another_coverage_are_landed_again(
    landing: Night, before: Before
) -> None:
    dated = f"{REFERRALS}_2026-03-31.csv"
    (landing.landing / f"{REFERRALS}.csv").rename(landing.landing / dated)
    coverage = f"extract,population,covered_from,covered_to\n{ASSESSMENTS},all,,2026-01-31\n"
    landing.put("coverage.csv", coverage.encode())
    landed, taken = next_night(landing, before)
    assert taken == ALL - {REFERRALS, ASSESSMENTS}
    assert set(landed.column(REFERRALS, "source_file")) == {dated}
    assert again(landing, landed.as_last(), LATER) == ALL


def test_a_date_that_was_after_the_as_at_date_is_read_at_a_later_one(landing: Night) -> None:
    landing.put_rows(REFERRALS, [referral(1), referral(2, cine_referral_date=f"{LATER}")])
    before = landing.land().as_last()
    assert again(landing, before) == ALL
    landed, taken = next_night(landing, before, LATER)
    assert taken == ALL - {REFERRALS}
    assert landed.column(REFERRALS, "cine_referral_date")[1].date() == LATER
    assert again(landing, landed.as_last(LATER), AS_AT) == set()


def test_those_who_were_erased_are_gone(landing: Night, before: Before) -> None:
    add_erased(landing.folder / "warehouse", [Pseudonyms(KEY).of("person")("P1")], "20260401T000000000000Z")
    landed, taken = next_night(landing, before)
    assert taken == {WORKERS, REGISTER}
    lines = [landed.column(extract, "source_line") for extract in (PERSON, REFERRALS, ASSESSMENTS)]
    assert lines == [[3], [3, 4], [3]]
    assert again(landing, landed.as_last()) == set()


@pytest.mark.parametrize(
    ("name", "is_missing", "not_again"),
    [
        (f"{REFERRALS}.parquet", False, {REFERRALS}),
        (f"{PERSON}.parquet", True, {PERSON, WORKERS, REGISTER}),
        (RECORD, False, ALL),
    ],
)
def test_what_is_damaged_or_missing_is_landed_again(
    landing: Night, before: Before, name: str, is_missing: bool, not_again: set[str]
) -> None:
    file = before.landed / name
    whole = file.read_bytes()
    file.unlink()
    if not is_missing:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert again(landing, before) == ALL - not_again


def test_another_code_or_key_lands_everything_again(
    landing: Night, before: Before, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert again(landing, before, pseudonym_key=KEY + b"!") == set()
    monkeypatch.setattr(taken_over, "code_version", lambda: {"code": "another"})
    assert again(landing, before) == set()


def test_what_another_version_kept_is_not_looked_into(landing: Night, before: Before) -> None:
    record = before.landed / RECORD
    pq.write_table(pa.table({"another": [1]}), record)
    digests = {**before.digests, RECORD: fingerprint_of(record)}
    assert again(landing, replace(before, digests=digests)) == set()


def test_what_is_known_of_the_extracts_is_for_their_owner_and_has_no_value(last: Landed) -> None:
    record = last.run / "landed" / RECORD
    assert oct(record.stat().st_mode & 0o777) == "0o600"
    table = pq.read_table(record)
    told = f"{table.to_pylist()} {table.schema.metadata}"
    pseudonym = Pseudonyms(KEY).of("person")
    assert f"{PERSON}.csv" in told
    assert not [
        each for each in ("Ann", "Lee", "'P1'", "2015", pseudonym("P1"), pseudonym("P3")) if each in told
    ]


def test_the_time_of_a_file_is_that_of_now(landing: Night, before: Before) -> None:
    landing.age(landing.landing / f"{PERSON}.csv")
    landed = landing.land(before)
    written = {each.extract: each.written_at for each in landed.report.files}
    assert set(landed.report.taken_over) == ALL
    assert written[PERSON] < written[WORKERS] - timedelta(minutes=30)


@pytest.mark.parametrize("extract", [PERSON, WORKERS])
def test_words_are_not_published_unsearched(extract: str) -> None:
    contract = read_contract()
    reader = ColumnReader(contract, AS_AT, Pseudonyms(KEY))
    words = next(column for column in contract.extracts[REGISTER].columns if column.is_published)
    reader.take_over_keys(lambda: pa.chunked_array([], pa.string()), contract.extracts[REFERRALS])
    reader.read(pa.chunked_array([["Ann"]]), words)
    reader.take_over_keys(lambda: pa.chunked_array([], pa.string()), contract.extracts[extract])
    with pytest.raises(RuntimeError, match=words.name):
        reader.read(pa.chunked_array([["Ann"]]), words)


def test_no_extract_of_names_or_words_waits_for_what_it_refers_to() -> None:
    """They are taken over together, which is known before any has landed."""
    told = [each for each in read_contract().extracts.values() if each.holds_names or each.is_published]
    assert len(told) > 2
    assert not any(column.refers_to for each in told for column in each.columns)
