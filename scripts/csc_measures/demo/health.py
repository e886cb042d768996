"""Health of looked-after children: assessments, dentists, immunisations, strengths and difficulties."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import age_on, birthday
from csc_measures.demo.care import SHORT_BREAKS, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import Plot
from csc_measures.demo.world import World, rows_of
from csc_measures.demo.writing import NO_TEXT, codes, either, ids, whole, yes_no

TYPES = (
    "Initial Health Assessment",
    "Review Health Assessment",
    "Dental check",
    "OPTICAL_CHECK",
    "DEVELOPMENT_CHECK",
)
STATUSES = ("Completed", "Refused", "Cancelled", "Planned")


def write_health(world: World, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write health checks, immunisation status (the latest only) and SDQ scores."""
    dice = world.dice("health")
    known = kept[care.periods["person"].to_numpy()] & (care.periods["start"] <= world.as_at).to_numpy()
    periods = care.periods[known & (care.periods["route"] != SHORT_BREAKS).to_numpy()]
    write_checks(world, dice, plot, periods)
    write_immunisations(world, dice, periods)
    write_scores(world, dice, plot, periods)


def again_and_again(
    world: World, dice: Dice, start: np.ndarray, end: np.ndarray, points: tuple, first: tuple
) -> pd.DataFrame:
    """Repeat something in each period with intervals of the given distribution."""
    last = start + dice.spread(start.size, first)
    rows, waves, turn = np.arange(start.size), [], 0
    end = np.minimum(end, world.as_at)
    while rows.size or not waves:
        inside = last[rows] < end[rows]
        rows = rows[inside]
        waves.append(rows_of(row=rows, day=last[rows], turn=np.full(rows.size, turn)))
        last[rows] = last[rows] + dice.spread(rows.size, points)
        turn += 1
    return pd.concat(waves, ignore_index=True)


def write_checks(world: World, dice: Dice, plot: Plot, periods: pd.DataFrame) -> None:
    """Write health assessments (six-monthly under five, then yearly), dental and other checks."""
    scribe = world.scribe
    person, start, end = (periods[name].to_numpy() for name in ("person", "start", "end"))
    fifth = birthday(plot.child("dob", person), 5)
    begin = ((0, 8), (0.68, 28), (0.9, 50), (1, 110))
    young = again_and_again(
        world, dice, start, np.minimum(end, fifth), rates.HEALTH_INTERVAL_YOUNG_DAYS, begin
    )
    from_five = np.maximum(start, fifth)
    begin_five = np.where(from_five > start, 90, 0)
    old = again_and_again(world, dice, from_five + begin_five, end, rates.HEALTH_INTERVAL_DAYS, begin)
    teeth = again_and_again(
        world,
        dice,
        np.maximum(start, birthday(plot.child("dob", person), 1)),
        end,
        rates.DENTAL_INTERVAL_DAYS,
        ((0, 20), (0.5, 120), (1, 330)),
    )
    eyes = again_and_again(world, dice, start + 200, end, ((0, 500), (1, 900)), ((0, 0), (1, 300)))
    development = again_and_again(
        world, dice, start + 60, np.minimum(end, fifth), ((0, 300), (1, 500)), ((0, 0), (1, 200))
    )
    young["kind"] = np.where(young["turn"] == 0, 0, 1)
    old["kind"] = np.where((old["turn"] == 0) & (from_five == start)[old["row"]], 0, 1)
    checks = pd.concat(
        [young, old, teeth.assign(kind=2), eyes.assign(kind=3), development.assign(kind=4)], ignore_index=True
    )
    checks = checks[checks["day"] >= world.opened - 900]
    n = len(checks)
    missed = dice.chance(n, 0.07)
    booked = checks[missed].assign(
        day=checks["day"][missed] - dice.whole(int(missed.sum()), 20, 60),
        status=1 + dice.pick(int(missed.sum()), [0.5, 0.4, 0.1]),
    )
    checks = pd.concat([checks.assign(status=0), booked[booked["day"] >= start[booked["row"]]]])
    checks = checks.sort_values(["day", "row", "kind"], kind="stable")
    scribe.write(
        "ssd_cla_health",
        {
            "clah_health_check_id": ids("HC", np.arange(len(checks))),
            "clah_person_id": ids("P", person[checks["row"].to_numpy()]),
            "clah_health_check_type": codes(checks["kind"].to_numpy(), TYPES),
            "clah_health_check_date": scribe.dates(world.calendar.on_working_day(checks["day"].to_numpy())),
            "clah_health_check_status": codes(checks["status"].to_numpy(), STATUSES),
        },
    )


def write_immunisations(world: World, dice: Dice, periods: pd.DataFrame) -> None:
    """Write whether immunisations are up to date: the latest status, mostly set early in care."""
    scribe = world.scribe
    latest = periods.sort_values(["person", "start"], kind="stable").groupby("person").tail(1)
    n = len(latest)
    end = np.minimum(latest["end"].to_numpy(), world.as_at)
    asked = latest["start"].to_numpy() + dice.spread(n, ((0, 20), (0.6, 90), (0.9, 240), (1, 420)))
    lately = dice.chance(n, 0.06)
    asked = np.where(lately, end - dice.whole(n, 5, 300), asked)
    asked = np.maximum(asked, latest["start"].to_numpy())
    told = asked < end
    scribe.write(
        "ssd_cla_immunisations",
        {
            "clai_person_id": ids("P", latest["person"].to_numpy()[told]),
            "clai_immunisations_status": yes_no(dice.chance(n, rates.IMMUNISED)[told]),
            "clai_immunisations_status_date": scribe.dates(asked[told]),
        },
    )


def write_scores(world: World, dice: Dice, plot: Plot, periods: pd.DataFrame) -> None:
    """Write strengths and difficulties: about once a year from four to sixteen, easing a little over time."""
    scribe = world.scribe
    person, start = periods["person"].to_numpy(), periods["start"].to_numpy()
    dob = plot.child("dob", person)
    asked = again_and_again(
        world,
        dice,
        np.maximum(start, birthday(dob, 4)),
        np.minimum(periods["end"].to_numpy(), birthday(dob, 17)),
        rates.SDQ_INTERVAL_DAYS,
        ((0, 40), (0.6, 130), (1, 330)),
    )
    row = asked["row"].to_numpy()
    level = dice.spread(len(periods), rates.SDQ_SCORE)[row]
    drift = -0.25 * asked["turn"].to_numpy()
    score = np.rint(level + drift + (dice.even(row.size) + dice.even(row.size) - 1) * 7).astype(np.int64)
    score = np.clip(score, 0, 40)
    day = world.calendar.on_working_day(asked["day"].to_numpy())
    age = age_on(dob[row], day)
    keep = (day <= world.as_at) & (age >= 4) & (age <= 16) & (day >= world.opened - 900)
    asked, row, score, day = asked[keep], row[keep], score[keep], day[keep]
    order = np.lexsort((row, day))
    row, score, day = row[order], score[order], day[order]
    n = row.size
    refused = dice.chance(n, 0.03)
    scribe.write(
        "ssd_sdq_scores",
        {
            "csdq_table_id": ids("SDQ", np.arange(n)),
            "csdq_person_id": ids("P", person[row]),
            "csdq_sdq_completed_date": scribe.dates(day),
            "csdq_sdq_reason": either(
                refused,
                codes(dice.pick(n, [0, 0.3, 0.2, 0.2, 0.3]), [f"SDQ{k}" for k in range(1, 6)]),
                codes(np.zeros(n, dtype=np.int64), [NO_TEXT]),
            ),
            "csdq_sdq_score": whole(np.where(refused, -1, score)),
        },
    )
