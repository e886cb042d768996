"""Half a delivery stops a night, unless somebody accepts that: who says so and why is kept with the run."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from conftest import Place, do_night, run_measures
from csc_measures.contract.rules import Concern
from csc_measures.night import generations, guards, nightly
from csc_measures.project import LONDON
from csc_measures.settings import DEMO_LANDING, Settings
from csc_measures.stop import ExitCode, Stop
from test_nightly import last_run, stopped

REASON = "the feed of it's old system"


def change(place: Place, extract: str, column: str, written: Callable[[str], str]) -> None:
    """Write a column of an extract otherwise."""
    file = place.landing / f"{extract}.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(row | {column: written(row[column])} for row in rows)


@pytest.mark.usefixtures("without_dbt")
def test_half_a_delivery_is_published_only_when_it_is_accepted(copied_night: Place) -> None:
    change(copied_night, "ssd_cla_episodes", "clae_person_id", lambda text: f"0{text}")
    landed = (copied_night.warehouse / "landed").readlink()
    stop = stopped(copied_night)
    assert stop.code == ExitCode.CHECK_FAILED
    assert any(line.startswith("ssd_cla_episodes.clae_person_id: references_lost: ") for line in stop.where)
    assert (copied_night.warehouse / "landed").readlink() == landed
    with pytest.raises(Stop):
        do_night(copied_night, {"codes_lost": REASON})

    before = last_run(copied_night)
    do_night(copied_night, {"references_lost": REASON})
    *_, run = generations.published_runs(copied_night.warehouse)
    assert run.run_id > before
    [accepted] = json.loads(run.accepted)
    assert (accepted["rule"], accepted["because"]) == ("references_lost", REASON)
    assert accepted["found"][0].startswith("ssd_cla_episodes.clae_person_id: references_lost: ")
    told = run_measures("status", environment=copied_night.environment).stdout
    assert f"because: {REASON}" in told


@pytest.mark.usefixtures("without_dbt")
def test_the_same_files_for_a_later_date_are_named(
    copied_night: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    later = replace(copied_night, as_at=copied_night.as_at + timedelta(days=1))
    do_night(later)
    nightly.nightly(
        Settings.from_environment(
            copied_night.environment | {"CSC_AS_AT": f"{later.as_at + timedelta(days=1)}"}
        ),
        Console(width=10_000),
    )
    told = capsys.readouterr().out
    assert re.search(r"(\d+) extracts \(\1 not read again\)", told)
    assert re.search(r"The same as in the last published run, (\d+) of \d+ files: .*ssd_person.csv", told)


@pytest.mark.usefixtures("without_dbt")
@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("CSC_AS_AT", "2025-05-13", "as_at_before_published"),
        ("CSC_AUTHORITY", "301", "another_authority"),
    ],
)
def test_a_run_must_follow_on_the_last_published_one(
    setting: str, value: str, rule: str, copied_night: Place
) -> None:
    settings = Settings.from_environment(copied_night.environment | {setting: value})
    before = last_run(copied_night)
    with pytest.raises(Stop, match=rule) as stop:
        nightly.nightly(settings, Console(quiet=True))
    assert stop.value.code == ExitCode.WRONG_SETTINGS
    assert f"--accept {rule} --because" in stop.value.next_step
    assert last_run(copied_night) == before
    nightly.nightly(settings, Console(quiet=True), {rule: REASON})
    assert json.loads(generations.published_runs(copied_night.warehouse)[-1].accepted)[0]["rule"] == rule


def test_the_demo_and_a_council_never_follow_on_each_other(copied_night: Place) -> None:
    night = copied_night
    [real] = generations.published_runs(night.warehouse)
    invented = replace(real, landing_folder="/somewhere/demo/landing")
    for folder, last in ((DEMO_LANDING, real), (night.landing, invented)):
        with pytest.raises(Stop, match="demo") as stop:
            guards.check_kind(folder, [last])
        assert stop.value.code == ExitCode.WRONG_SETTINGS
    settings = replace(Settings.from_environment(night.environment), landing_dir=DEMO_LANDING)
    with pytest.raises(Stop, match="not made by the demo"):
        nightly.land_only(settings, Console(quiet=True))
    guards.check_kind(DEMO_LANDING, [invented])
    guards.check_kind(night.landing, [invented, real])


@pytest.mark.usefixtures("without_dbt")
def test_what_vanished_from_a_column_since_the_last_run_stops_the_night(copied_night: Place) -> None:
    do_night(copied_night)
    change(copied_night, "ssd_cla_episodes", "clae_cla_placement_id", lambda _: "")
    stop = stopped(copied_night)
    assert any(
        line.startswith("ssd_cla_episodes.clae_cla_placement_id: values_vanished") for line in stop.where
    )


def test_the_message_says_what_to_type_to_accept_every_rule() -> None:
    concerns = [
        Concern("ssd_b", "rows_lost"),
        Concern("ssd_a.x", "codes_lost"),
        Concern("ssd_b.y", "codes_lost"),
    ]
    with pytest.raises(Stop) as stopped_by:
        guards.judge(concerns, {})
    assert "--accept codes_lost --because 'the reason' --accept rows_lost" in stopped_by.value.next_step
    assert len(stopped_by.value.where) == 3
    assert [each.rule for each in guards.judge(concerns, {"rows_lost": "a", "codes_lost": "b"})] == [
        "codes_lost",
        "rows_lost",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--accept", "rows_lots", "--because", "x"], "--accept rows_lost --because"),
        (["--accept", "rows_lost"], "needs a --because"),
        (["--accept", "rows_lost", "--because", " "], "needs a --because"),
        (["--because", "x"], "needs a --because"),
    ],
)
def test_a_rule_is_accepted_by_name_and_with_a_reason(
    arguments: list[str], says: str, tmp_path: Path
) -> None:
    for command in ("nightly", "land"):
        result = run_measures(command, *arguments, environment={"CSC_WAREHOUSE_DIR": str(tmp_path)})
        assert result.returncode == ExitCode.WRONG_SETTINGS
        assert says in result.stderr


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (1, True)])
def test_a_date_that_lies_ahead_of_the_clock_is_told(
    copied_night: Place, capsys: pytest.CaptureFixture[str], days: int, is_told: bool
) -> None:
    """Which day it is somewhere has no say in what extracts describe: their latest events have."""
    as_at = datetime.now(LONDON).date() + timedelta(days=days)
    settings = Settings.from_environment(copied_night.environment | {"CSC_AS_AT": f"{as_at}"})
    with nightly.begun("land", settings, Console(width=10_000), {}):
        pass
    assert ("That date lies ahead" in capsys.readouterr().out) == is_told
