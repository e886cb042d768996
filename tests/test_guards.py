"""Half a delivery stops a night, unless somebody accepts that: who says so and why is kept with the run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from conftest import Place, run_measures
from csc_measures.contract.rules import Concern
from csc_measures.night import guards, publish
from csc_measures.stop import ExitCode, Stop
from test_nightly import built_again, do_night, last_run, stopped, without_dbt

__all__ = ["built_again", "without_dbt"]

REASON = "the feed of it's old system"


def break_references(place: Place) -> None:
    """Write the children of the episodes otherwise than elsewhere."""
    file = place.landing / "ssd_cla_episodes.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(row | {"clae_person_id": f"0{row['clae_person_id']}"} for row in rows)


@pytest.mark.usefixtures("without_dbt")
def test_half_a_delivery_is_published_only_when_it_is_accepted(copied_night: Place) -> None:
    break_references(copied_night)
    landed = (copied_night.warehouse / "landed").readlink()
    stop = stopped(copied_night)
    assert stop.code == ExitCode.CHECK_FAILED
    assert any(line.startswith("ssd_cla_episodes.clae_person_id: references_lost: ") for line in stop.where)
    assert (copied_night.warehouse / "landed").readlink() == landed
    with pytest.raises(Stop):
        do_night(copied_night, {"codes_lost": REASON})

    before = last_run(copied_night)
    do_night(copied_night, {"references_lost": REASON})
    *_, run = publish.published_runs(copied_night.warehouse)
    assert run.run_id > before
    [accepted] = json.loads(run.accepted)
    assert (accepted["rule"], accepted["because"]) == ("references_lost", REASON)
    assert accepted["found"][0].startswith("ssd_cla_episodes.clae_person_id: references_lost: ")
    told = run_measures("status", environment=copied_night.environment).stdout
    assert f"because: {REASON}" in told


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
