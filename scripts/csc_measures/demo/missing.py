"""Children who go missing, return interviews, and children at risk of sexual abuse or exploitation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, age_on
from csc_measures.demo.care import SHORT_BREAKS, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import Plot
from csc_measures.demo.world import World, repeated, rows_of
from csc_measures.demo.writing import codes, ids


def write_missing(world: World, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write missing and away episodes with their times and interviews."""
    dice = world.dice("missing")
    scribe = world.scribe
    in_care = going(world, dice, plot, care, kept)
    at_home = going_from_home(world, dice, plot, care, kept)
    rows = pd.concat([in_care, at_home]).sort_values(["day", "person"], kind="stable").reset_index(drop=True)
    rows = rows[rows["day"] <= world.as_at].reset_index(drop=True)
    n = len(rows)
    start = rows["day"].to_numpy() * 1440 + rows["minute"].to_numpy()
    hours = dice.spread(n, ((0, 2), (0.4, 9), (0.75, 22), (0.93, 60), (0.98, 160), (1, 900)))
    back = start + hours * 60 + dice.whole(n, 0, 59)
    back_minute = np.where((back % 1440 >= 60) & (back % 1440 < 120), 125, back % 1440)
    back_day = back // 1440
    away = dice.chance(n, 0.17)
    wrong = dice.chance(n, 0.012)
    returned = scribe.seen(back_day)
    offered = returned & ~wrong & ~away & dice.chance(n, 0.95)
    better = (rows["day"].to_numpy() - world.opened) / 365.25 * 0.012
    held = offered & dice.chance(n, 0.70 + better)
    outcome = np.where(held, 0, np.where(offered, np.where(dice.chance(n, 0.8), 1, 3), 2))
    wait = dice.spread(n, ((0, 3), (0.3, 24), (0.66, 68), (0.85, 120), (1, 500)))
    meeting = back_day * 1440 + back_minute + wait * 60
    meeting_minute = np.clip(meeting % 1440, 9 * 60, 19 * 60 + 30)
    meeting_day = meeting // 1440
    early = meeting_day * 1440 + meeting_minute < back_day * 1440 + back_minute
    meeting_minute = np.where(early, back_minute, meeting_minute)
    held &= scribe.seen(meeting_day)
    pending = (outcome == 0) & ~held
    scribe.write(
        "ssd_missing",
        {
            "miss_table_id": ids("MIS", np.arange(n)),
            "miss_person_id": ids("P", rows["person"].to_numpy()),
            "miss_missing_episode_start_date": scribe.moments(
                rows["day"].to_numpy(), rows["minute"].to_numpy()
            ),
            "miss_missing_episode_type": codes(away.astype(np.int64), ["M", "A"]),
            "miss_missing_episode_end_date": scribe.moments(back_day, back_minute),
            "miss_missing_rhi_offered": codes(
                np.select([~returned, away], [-1, 2], offered.astype(np.int64)), ["N", "Y", "NA"]
            ),
            "miss_missing_rhi_accepted": codes(
                np.select([~returned, ~offered], [-1, 2], (outcome == 0).astype(np.int64)), ["N", "Y", "NA"]
            ),
        },
    )
    scribe.write(
        "local_missing_details",
        {
            "missing_episode_id": ids("MIS", np.arange(n)),
            "started_at": scribe.moments(rows["day"].to_numpy(), rows["minute"].to_numpy()),
            "returned_at": scribe.moments(back_day, back_minute),
            "status": codes(wrong.astype(np.int64), ["CONFIRMED", "CANCELLED"]),
        },
    )
    asked = returned & ~away & ~wrong & ~pending
    offer_day = np.minimum(back_day, world.as_at)
    scribe.write(
        "local_return_interviews",
        {
            "return_interview_id": ids("RHI", np.arange(int(asked.sum()))),
            "missing_episode_id": ids("MIS", np.flatnonzero(asked)),
            "offered_at": scribe.moments(np.where(outcome == 2, NEVER, offer_day)[asked], back_minute[asked]),
            "outcome": codes(outcome[asked], ["HELD", "DECLINED", "NOT_OFFERED", "CARER_ONLY"]),
            "held_at": scribe.moments(np.where(held, meeting_day, NEVER)[asked], meeting_minute[asked]),
        },
    )


def going(world: World, dice: Dice, plot: Plot, care: Care, kept: np.ndarray) -> pd.DataFrame:
    """Let some looked-after children go missing, a few of them often."""
    periods = care.periods
    chosen = periods[
        kept[periods["person"].to_numpy()]
        & (periods["route"] != SHORT_BREAKS).to_numpy()
        & (periods["end"] > world.opened).to_numpy()
        & (periods["start"] <= world.as_at).to_numpy()
    ]
    start = np.maximum(
        np.maximum(chosen["start"], world.opened), plot.child("dob", chosen["person"].to_numpy()) + 12 * 365
    )
    end = np.minimum(chosen["end"], world.as_at)
    chosen, start, end = (part[(start < end).to_numpy()] for part in (chosen, start, end))
    n = len(chosen)
    rate = np.where(
        dice.chance(n, rates.GOES_MISSING), dice.spread(n, ((0, 1), (0.5, 3), (0.85, 9), (1, 26))), 0
    )
    years = (end - start).to_numpy() / 365.25
    count = np.floor(rate * np.minimum(years, 2.2) + dice.free(n)).astype(np.int64) * (rate > 0)
    row, _ = repeated(count)
    day = start.to_numpy()[row] + (dice.free(row.size) * (end - start).to_numpy()[row]).astype(np.int64)
    return rows_of(
        person=chosen["person"].to_numpy()[row], day=day, minute=dice.whole(row.size, 14 * 60, 23 * 60 + 50)
    )


def going_from_home(world: World, dice: Dice, plot: Plot, care: Care, kept: np.ndarray) -> pd.DataFrame:
    """Let some older children go missing from home."""
    day = world.arrivals(dice, rates.MISSING_FROM_HOME_A_YEAR, world.opened, world.as_at)
    cared_for = np.zeros(len(plot.children), dtype=bool)
    cared_for[care.periods["person"].to_numpy()] = True
    people = np.flatnonzero(kept & ~cared_for)
    person = people[(dice.free(day.size) * people.size).astype(np.int64)]
    for _ in range(6):
        age = age_on(plot.child("dob", person), day)
        wrong = (age < 10) | (age > 17)
        person = np.where(wrong, people[(dice.free(day.size) * people.size).astype(np.int64)], person)
    age = age_on(plot.child("dob", person), day)
    fits = (age >= 10) & (age <= 17)
    person, day = person[fits], day[fits]
    copy, turn = repeated(1 + dice.pick(person.size, [0.72, 0.16, 0.08, 0.04]))
    day = day[copy] + turn * dice.whole(copy.size, 3, 20)
    still = age_on(plot.child("dob", person[copy]), day) <= 17
    return rows_of(person=person[copy], day=day, minute=dice.whole(copy.size, 14 * 60, 23 * 60 + 50))[still]


def write_risk(world: World, plot: Plot, kept: np.ndarray) -> None:
    """Write risk of sexual abuse and exploitation for some children with an open case."""
    dice = world.dice("exploitation")
    scribe = world.scribe
    cases = plot.cases
    open_long = cases[
        kept[cases["person"].to_numpy()]
        & (cases["close"] > world.opened - 300)
        & (cases["close"] - cases["ref"] > 40)
        & (cases["ref"] <= world.as_at)
    ]
    age = age_on(plot.child("dob", open_long["person"].to_numpy()), open_long["ref"].to_numpy())
    chosen = open_long[dice.chance(len(open_long), np.where(age >= 11, 0.055, 0.018))]
    n = len(chosen)
    span = np.minimum((chosen["close"] - chosen["ref"]).to_numpy(), 700)
    start = chosen["ref"].to_numpy() + 5 + (span * 0.3 * dice.even(n)).astype(np.int64)
    experiencing = dice.chance(n, 0.3)
    length = dice.spread(n, ((0, 20), (0.5, 120), (0.9, 330), (1, 600)))
    changes = dice.chance(n, 0.25)
    limit = np.minimum(chosen["close"].to_numpy(), plot.child("adult_on", chosen["person"].to_numpy()))
    middle = np.where(changes, start + length // 2 + 1, NEVER)
    natural = start + length + 2
    end = np.minimum(natural, limit)
    stays_open = natural > limit
    exploited = (age_on(plot.child("dob", chosen["person"].to_numpy()), start) >= 11) & dice.chance(n, 0.75)
    turned = limit == plot.child("adult_on", chosen["person"].to_numpy())
    last = np.select([~stays_open, turned], [dice.pick(n, [0.55, 0.45]), np.full(n, 4)], 7)
    split = changes & (middle < end)
    person = chosen["person"].to_numpy()
    first = rows_of(
        person=person,
        kind=exploited,
        experiencing=experiencing,
        start=start,
        end=np.where(split, middle, end),
        reason=np.where(split, np.where(experiencing, 3, 2), last),
    )
    second = rows_of(
        person=person, kind=exploited, experiencing=~experiencing, start=middle, end=end, reason=last
    )[split]
    rows = pd.concat([first, second])
    rows = rows[(rows["start"] <= world.as_at) & (rows["start"] <= rows["end"])]
    rows = rows.sort_values(["start", "person"], kind="stable")
    scribe.write(
        "local_risk_episodes",
        {
            "risk_episode_id": ids("RE", np.arange(len(rows))),
            "person_id": ids("P", rows["person"].to_numpy()),
            "risk_type": codes(
                rows["kind"].to_numpy().astype(np.int64), ["SEXUAL_ABUSE", "SEXUAL_EXPLOITATION"]
            ),
            "level": codes(rows["experiencing"].to_numpy().astype(np.int64), ["VULNERABLE", "EXPERIENCING"]),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
            "end_reason": codes(
                np.where(scribe.seen(rows["end"]), rows["reason"], -1),
                [
                    "RISK_REMOVED",
                    "RISK_REDUCED_TO_NONE",
                    "RAISED",
                    "LOWERED",
                    "TURNED_18",
                    "MOVED",
                    "TRANSFERRED",
                    "CASE_CLOSED",
                    "DIED",
                    "DATA_CORRECTION",
                ],
            ),
        },
    )
