"""
Several authorities in one warehouse: each has a night of its own, and what they serve is joined.

Both authorities here serve the same published night, ids and all, so that what is told apart is told apart by
the authority alone. Their nights are played: what comes of them is what this is about.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from conftest import KEY, Place
from csc_measures import authorities, cli, doctor, status
from csc_measures.definitions import register
from csc_measures.landing.erased import add_erased
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.night import disk, editions, generations, joining, ledger, nightly, record, region, standing
from csc_measures.night.tables import fingerprint
from csc_measures.pages import site
from csc_measures.settings import Settings
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode, Stop

QUIET = Console(quiet=True)
GOES_WELL, IS_REFUSED = "885", "893"
BOTH = (GOES_WELL, IS_REFUSED)
ENDED = {GOES_WELL: ExitCode.PUBLISHED, IS_REFUSED: ExitCode.EXTRACTS_REFUSED}
REFUSED = "Two files were refused."


def link(source: str, to: str) -> None:
    """Link what is published, which nobody writes to any more, and copy what goes on from night to night."""
    (os.link if "generations" in Path(source).parts else shutil.copy2)(source, to)


def a_region(folder: Path, night: Place) -> Place:
    """Make a region whose authorities have both published the night that is given."""
    place = replace(night, landing=folder / "landing", warehouse=folder / "warehouse")
    place.warehouse.mkdir(mode=0o700)
    leave_out = shutil.ignore_patterns("runs", "logs", "target", "landed", "building")
    for code in BOTH:
        (place.landing / code).mkdir(parents=True)
        of_one = standing.folder_of(place.warehouse, code)
        shutil.copytree(night.warehouse, of_one, symlinks=True, copy_function=link, ignore=leave_out)
    return place


def play_nights(patch: pytest.MonkeyPatch, place: Place, ended: dict[str, int]) -> list[tuple[str, ...]]:
    """Let the nights of authorities end as is told, with a line in their ledgers; return what they get."""
    asked: list[tuple[str, ...]] = []

    def night_of(code: str, settings: Settings, _: object, arguments: Sequence[str]) -> int:
        asked.append((code, *arguments))
        if ended[code] != ExitCode.PUBLISHED:
            warehouse = standing.folder_of(place.warehouse, code)
            now = disk.utc_now()
            run_id = generations.new_run_id(warehouse)
            line = ledger.Entry(run_id, "nightly", now, settings.told(), exit_code=ended[code], ended_at=now)
            ledger.append(warehouse, replace(line, stopped=REFUSED))
        return ended[code]

    patch.setattr(region, "night_of", night_of)
    return asked


@pytest.fixture(scope="module")
def joined(night: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a region after a night in which the delivery of one authority was refused; to be read only."""
    place = a_region(tmp_path_factory.mktemp("region"), night)
    with pytest.MonkeyPatch.context() as patch:
        asked = play_nights(patch, place, ENDED)
        report = tmp_path_factory.mktemp("told") / "metrics.prom"
        code = region.nightly(place.environment | {"CSC_PROMETHEUS_FILE": str(report)}, QUIET)
        assert (code, asked) == (ExitCode.EXTRACTS_REFUSED, [(GOES_WELL,), (IS_REFUSED,)])
        assert f'csc_authority_exit_code{{authority="{IS_REFUSED}"}} 20' in report.read_text()
    yield place


@pytest.mark.parametrize("edition", editions.EVERY_EDITION, ids=lambda edition: edition.folder)
def test_the_region_serves_each_row_of_each_authority(
    edition: editions.Edition, joined: Place, night: Place
) -> None:
    """In both forms, with the authority first, and nothing else but the mart of the authorities."""
    with duckdb.connect(joined.warehouse / edition.database, read_only=True) as connection:
        connection.execute(f"attach '{quoted(night.warehouse / edition.database)}' as of_one (read_only)")
        here = Path(edition.database).stem
        marts = joining.tables_of(connection, here, "marts")
        own = joining.tables_of(connection, "of_one", "marts")
        assert set(marts) - set(own) == ({standing.MART} if edition is editions.NUMBERS else set())
        for mart in own:
            parquet = quoted(joined.warehouse / edition.folder / f"{mart}.parquet")
            [(first, *_), *_] = connection.execute(f"describe {here}.marts.{mart}").fetchall()
            assert first == "authority"
            leaves_out = "exclude (authority)"
            asked = f"(select * {leaves_out if mart == 'runs' else ''} from of_one.marts.{mart})"
            for code in BOTH:
                for rows in (f"{here}.marts.{mart}", f"read_parquet('{parquet}')"):
                    of_one = f"(select * {leaves_out} from {rows} where authority = '{code}')"
                    assert fingerprint(connection, of_one) == fingerprint(connection, asked), (mart, code)


def test_every_grain_has_the_authority(joined: Place) -> None:
    with generations.reading(joined.warehouse) as connection:
        told = connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        described = connection.execute(
            "select distinct comment from duckdb_columns() where column_name = 'authority'"
        ).fetchall()
    assert len(told) > 20
    assert not [name for name, comment in told if "Grain: one row per authority" not in comment]
    assert described == [("Three-digit DfE code of the authority.",)]


@pytest.mark.parametrize(
    ("description", "with_it"),
    [
        ("A. Grain: one row.", "A. Grain: one row per authority."),
        ("A. Grain: one row per finding.", "A. Grain: one row per authority and finding."),
        ("A. Grain: one row per month and team.", "A. Grain: one row per authority, month and team."),
    ],
)
def test_the_grain_of_a_description(description: str, with_it: str) -> None:
    assert joining.with_authority(description) == with_it


def test_who_was_refused_keeps_the_last_numbers_and_that_is_told(
    joined: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    states = dict(joined.query("select authority, state from marts.authorities"))
    assert states == {GOES_WELL: standing.PUBLISHED, IS_REFUSED: standing.KEPT}
    status.status_of_region(joined.warehouse, Console(width=500))
    told = capsys.readouterr().out
    assert f"{GOES_WELL} Worcestershire: published, as at {joined.as_at}\n" in told
    kept = (
        f"{IS_REFUSED} Shropshire: keeps its earlier numbers, as at {joined.as_at}; its night ended with 20"
    )
    assert f"{kept}: {REFUSED}" in told
    kept_line = kept.replace(" Shropshire", "") + f": {REFUSED}"
    page = (joined.warehouse / editions.NUMBERS.pages / site.INDEX).read_text()
    assert "keeps its earlier numbers" in page
    [line] = ledger.read(joined.warehouse)
    assert line["authorities"] == ENDED and line["stopped"] == f"{IS_REFUSED} ended with 20"
    status.check_ages(joined.warehouse, disk.utc_now() - disk.utc_now().min)
    with pytest.raises(Stop, match="2 of 2 authorities is older") as stop:
        status.check_ages(joined.warehouse, disk.utc_now() - disk.utc_now())
    assert stop.value.code == ExitCode.TOO_OLD
    record.verify(joined.warehouse, QUIET)
    capsys.readouterr()
    looked = doctor.doctor_of_region(joined.environment | {"CSC_SETTLED_999": "1"}, Console(width=500))
    found = re.findall(r"^NOT WELL +(\w+) .*\n +(.*)", capsys.readouterr().out, re.MULTILINE)
    assert looked == ExitCode.WRONG_SETTINGS
    assert found[-2:] == [("settings", "CSC_SETTLED_999"), ("warehouse", kept_line)]


def test_the_first_page_leads_to_the_pages_of_each_authority(joined: Place) -> None:
    """Of the very generation whose numbers are joined, inside and outside the service."""
    for edition in (editions.NUMBERS, editions.SHARED):
        page = joined.warehouse / edition.pages / site.INDEX
        links = re.findall(r'href="(\.\./[^"]+)"', page.read_text())
        # as a browser goes: it knows nothing of links between folders
        found = [Path(os.path.normpath(page.parent / link)) for link in links]
        own = [generations.served(standing.folder_of(joined.warehouse, code)) for code in BOTH]
        assert found == [each / edition.pages / site.INDEX for each in own]
        assert all(each.is_file() for each in found)


def test_equal_ids_of_two_authorities_never_meet(
    night: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same key and the same extract give no pseudonym that both have."""
    monkeypatch.setattr(nightly, "read_definitions", cache(register.read_definitions))
    monkeypatch.setattr(register, "read_definitions", nightly.read_definitions)
    (tmp_path / "landing").mkdir()
    shutil.copy(night.landing / "ssd_person.csv", tmp_path / "landing")
    place = replace(night, landing=tmp_path / "landing")
    landed = []
    for warehouse in (standing.folder_of(tmp_path / "region", code) for code in BOTH):
        settings = Settings.from_environment(replace(place, warehouse=warehouse).environment)
        nightly.land_only(settings, QUIET)
        people = pq.read_table(warehouse / "landed" / "ssd_person.parquet")["pers_person_id"]
        landed.append(set(people.to_pylist()))
    first, second = landed
    assert len(first) == len(second) > 10 and not first & second


def test_a_key_is_that_of_the_region_and_the_authority(tmp_path: Path) -> None:
    """Whatever leads to the warehouse of an authority, and never another's."""

    def pseudonym(warehouse: Path, key: str = KEY) -> str:
        environment = {"CSC_WAREHOUSE_DIR": str(warehouse), "CSC_PSEUDONYM_KEY": key}
        return Pseudonyms(Settings.from_environment(environment).pseudonym_key).of("person")("1")

    of_one, other = (standing.folder_of(tmp_path, code) for code in BOTH)
    places = (of_one, other, tmp_path, tmp_path / GOES_WELL)
    assert pseudonym(of_one) == pseudonym(standing.folder_of(tmp_path / "elsewhere", GOES_WELL))
    assert len({pseudonym(each) for each in places}) == 3
    assert pseudonym(of_one) != pseudonym(of_one, KEY[::-1])
    wrong = {"CSC_WAREHOUSE_DIR": str(of_one), "CSC_AUTHORITY": IS_REFUSED, "CSC_PSEUDONYM_KEY": KEY}
    with pytest.raises(Stop, match="another than that of the warehouse"):
        Settings.from_environment(wrong)


def test_an_authority_has_the_settings_of_the_region_but_for_its_own(tmp_path: Path) -> None:
    (tmp_path / "agreement" / GOES_WELL).mkdir(parents=True)
    given = {
        "CSC_AGREEMENT_DIR": str(tmp_path / "agreement"),
        "CSC_MONTHS": "12",
        "CSC_COUNCIL_NAME": "The region",
        f"CSC_MONTHS_{IS_REFUSED}": "24",
        f"CSC_WAREHOUSE_DIR_{IS_REFUSED}": "elsewhere",
        "PATH": "/bin",
    }
    one, other = (authorities.environment_of(code, given) for code in BOTH)
    assert one == {
        "CSC_AGREEMENT_DIR": str(tmp_path / "agreement" / GOES_WELL),
        "CSC_AUTHORITY": GOES_WELL,
        "CSC_COUNCIL_NAME": "Worcestershire",
        "CSC_LANDING_DIR": f"landing/{GOES_WELL}",
        "CSC_MONTHS": "12",
        "CSC_WAREHOUSE_DIR": f"warehouse/authorities/{GOES_WELL}",
        "PATH": "/bin",
    }
    assert (other["CSC_MONTHS"], other["CSC_AGREEMENT_DIR"]) == ("24", given["CSC_AGREEMENT_DIR"])
    assert other["CSC_WAREHOUSE_DIR"] == f"warehouse/authorities/{IS_REFUSED}"
    with pytest.raises(Stop, match="not there"):
        authorities.check_settings(given, [GOES_WELL])


@pytest.mark.parametrize(
    ("night", "exit_code"), [("sys.exit(20)", 20), ("os.kill(os.getpid(), 9)", ExitCode.OUT_OF_RESOURCES)]
)
def test_a_night_is_a_process_of_its_own(
    night: str, exit_code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the authority's settings and the region's date; the region alone tells of its end."""
    told = tmp_path / "told"
    program = f"import os, sys; open({str(told)!r}, 'w').write(repr(dict(os.environ))); {night}"
    monkeypatch.setattr(region, "COMMAND", (sys.executable, "-c", program))
    given = {"CSC_WAREHOUSE_DIR": str(tmp_path), "CSC_PSEUDONYM_KEY": KEY, "CSC_WEBHOOK": "http://region"}
    settings = Settings.from_environment(given)
    ended = region.night_of(GOES_WELL, settings, given | {f"CSC_MAIL_TO_{GOES_WELL}": "a@b"}, [])
    assert ended == exit_code
    environment = ast.literal_eval(told.read_text())
    assert environment["CSC_WAREHOUSE_DIR"] == str(standing.folder_of(tmp_path, GOES_WELL))
    assert environment["CSC_AS_AT"] == str(settings.as_at)
    assert "CSC_WEBHOOK" not in environment and environment["CSC_MAIL_TO"] == "a@b"


def test_what_the_region_serves_is_whole_whatever_fails(
    joined: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without memory nothing is joined; of a damaged warehouse what is whole would be; who is erased goes."""
    place = replace(joined, warehouse=tmp_path / "warehouse")
    shutil.copytree(joined.warehouse, place.warehouse, symlinks=True, copy_function=link)
    well, damaged = (standing.folder_of(place.warehouse, code) for code in BOTH)
    served = generations.served(place.warehouse)
    (damaged / "current").unlink()
    play_nights(monkeypatch, place, ENDED | {IS_REFUSED: ExitCode.WAREHOUSE_DAMAGED})
    parts: list[dict[str, Path]] = []

    def no_room(of: dict[str, Path], *_: object) -> None:
        parts.append(of)
        raise MemoryError

    monkeypatch.setattr(joining, "join", no_room)
    with pytest.raises(MemoryError):
        region.nightly(place.environment, QUIET)
    assert generations.served(place.warehouse) == served
    assert ledger.read(place.warehouse)[-1]["exit_code"] == ExitCode.OUT_OF_RESOURCES
    whole = generations.served(well).name
    assert parts == [
        {code: standing.folder_of(place.warehouse, code) / "generations" / whole for code in BOTH}
    ]

    older = served.with_name("20200101T000000000000Z")
    shutil.copytree(served, older, copy_function=os.link)
    add_erased(well, ["somebody"], "9")
    assert region.forget_erased(place.warehouse) == [] and older.is_dir()  # still in what is served
    monkeypatch.setattr(region, "joined", lambda each: {GOES_WELL: "8" if each == older else "99"})
    assert region.forget_erased(place.warehouse) == [] and not older.exists()


def test_layouts_that_are_mixed_up_are_refused(night: Place, joined: Place, tmp_path: Path) -> None:
    def refused(place: Place, match: str) -> None:
        with pytest.raises(Stop, match=match) as stop:
            region.nightly(place.environment, QUIET)
        assert stop.value.code == ExitCode.WRONG_SETTINGS

    refused(replace(joined, landing=tmp_path), "has no folder of an authority")
    refused(replace(joined, warehouse=night.warehouse), "is that of one")
    (tmp_path / GOES_WELL).mkdir()
    (tmp_path / "ssd_person.csv").touch()
    refused(replace(joined, landing=tmp_path), "beside the folders")
    with pytest.raises(Stop, match="is that of a region"):
        nightly.land_only(Settings.from_environment(joined.environment), QUIET)


def test_commands_are_of_one_authority_in_a_region(joined: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is chosen, or they say which there are; what was set before is set again."""

    def ended(*words: str) -> Result:
        return CliRunner().invoke(cli.commands, words, env=joined.environment)

    assert f"authority {IS_REFUSED}" not in ended("status").output
    shown = ended("status", "--authority", IS_REFUSED)
    assert shown.exit_code == 0 and "the last of 1 published" in shown.output
    assert "CSC_AUTHORITY" not in os.environ
    for words in (["show", "23"], ["status", "--authority", "999"], ["nightly", "--authority", "12"]):
        stop = ended(*words).exception
        assert isinstance(stop, Stop) and stop.code == ExitCode.WRONG_SETTINGS
        assert stop.where == (f"{GOES_WELL} Worcestershire", f"{IS_REFUSED} Shropshire")
        assert stop.next_step == f"Add for example: --authority {GOES_WELL}"
    stop = ended("nightly", "--accept", "rows_lost", "--because", "x").exception
    assert isinstance(stop, Stop) and "of one authority" in stop.what
    passed_on: list[str] = []
    monkeypatch.setattr(region, "nightly", lambda *given, **_: passed_on.extend(given[-1]) or 0)
    assert ended("nightly", "--engine", "spark").exit_code == 0 and passed_on == ["--engine", "spark"]


def test_the_demo_invents_councils_of_the_size_of_their_authorities() -> None:
    [(folder, children, seed), (_, fewer, other_seed)] = cli.councils("885,893", 12_000, 885)
    assert (folder, children) == (cli.DEMO_AUTHORITIES / "885", 12_000)
    assert 0 < fewer < children and seed != other_seed
    with pytest.raises(Stop, match="code 999"):
        [*cli.councils("885,999", 12_000, 885)]
