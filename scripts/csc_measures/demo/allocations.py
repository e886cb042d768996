"""Who holds a case: workers of the posts to which families are given, and what happens when they leave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo.calendar import NEVER, birthday
from csc_measures.demo.care import SHORT_BREAKS, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import PATH, Plot
from csc_measures.demo.workforce import (
    ADVISER,
    CARE_LEAVERS,
    MANAGER,
    PERMANENCY,
    SOCIAL_WORKER,
    Workforce,
    scattered,
)
from csc_measures.demo.world import World, repeated, rows_of, upto
from csc_measures.demo.writing import codes, ids

ROLES = ("CW", "SECONDARY", "DUTY", "PA")
CASE_WORKER, SECONDARY, DUTY, PERSONAL_ADVISER = range(4)
REASONS = ("FCONTA", "TSPROC", "LEFTRL", "MANAGE", "OTHERS")


def spans(workforce: Workforce, post: np.ndarray, start: np.ndarray, end: np.ndarray) -> pd.DataFrame:
    """Cut work in a post at each change of worker: row, worker, start, end; vacant days are left out."""
    spells = workforce.spells
    first = np.searchsorted(spells["post"].to_numpy(), np.arange(len(workforce.posts) + 1))
    here = np.where((post >= 0) & (start < end), post, -1)
    count = np.where(here >= 0, first[here + 1] - first[np.maximum(here, 0)], 0)
    row, turn = repeated(count)
    spell = spells.iloc[first[here[row]] + turn]
    begin = np.maximum(start[row], spell["start"].to_numpy())
    finish = np.minimum(end[row], spell["end"].to_numpy())
    cut = rows_of(row=row, worker=spell["worker"].to_numpy(), start=begin, end=finish)
    return cut[begin < finish].reset_index(drop=True)


def write_involvements(
    world: World, workforce: Workforce, plot: Plot, care: Care, leavers: pd.DataFrame, kept: np.ndarray
) -> None:
    """Write involvements: the front door, then a locality, permanency or disability team, then an adviser."""
    dice = world.dice("allocations")
    stages = stages_of(world, dice, workforce, plot, care, leavers, kept)
    held = spans(workforce, stages["post"].to_numpy(), stages["start"].to_numpy(), stages["end"].to_numpy())
    held["role"] = stages["role"].to_numpy()[held["row"].to_numpy()]
    covered = cover(dice, workforce, stages, held)
    second = seconds(dice, workforce, stages, held)
    rows = pd.concat([held, covered, second], ignore_index=True)
    rows = rows[(rows["start"] <= world.as_at) & (rows["end"] >= world.opened - 30)]
    rows = rows.sort_values(["start", "row", "role", "worker"], kind="stable").reset_index(drop=True)
    row = rows["row"].to_numpy()
    scribe = world.scribe
    n = len(rows)
    first = rows.assign(n=np.arange(n)).groupby("row")["n"].transform("min").to_numpy() == np.arange(n)
    reason = np.where(
        first, np.where(stages["turn"].to_numpy()[row] == 0, 0, 1), np.where(dice.chance(n, 0.7), 2, 3)
    )
    scribe.write(
        "ssd_involvements",
        {
            "invo_involvements_id": ids("INV", np.arange(n)),
            "invo_professional_id": ids("W", rows["worker"].to_numpy()),
            "invo_professional_role_id": codes(rows["role"].to_numpy(), ROLES),
            "invo_professional_team": ids("T", stages["team"].to_numpy()[row]),
            "invo_involvement_start_date": scribe.dates(rows["start"].to_numpy()),
            "invo_involvement_end_date": scribe.dates(rows["end"].to_numpy()),
            "invo_worker_change_reason": codes(reason, REASONS),
            "invo_person_id": ids("P", stages["person"].to_numpy()[row]),
            "invo_referral_id": ids("R", stages["case_row"].to_numpy()[row]),
        },
    )


def stages_of(
    world: World,
    dice: Dice,
    workforce: Workforce,
    plot: Plot,
    care: Care,
    leavers: pd.DataFrame,
    kept: np.ndarray,
) -> pd.DataFrame:
    """List which team and post hold each child from when to when; families stay together."""
    cases = plot.cases[kept[plot.cases["person"].to_numpy()]]
    groups = upto(plot.cases["case"])
    case = cases["case"].to_numpy()
    wait = dice.spread(groups, ((0, 0), (0.7, 1), (0.93, 3), (1, 9)))[case]
    disabled = (cases["path"] == PATH["DISABILITY"]).to_numpy()
    start = cases["start"].to_numpy() + wait
    end = cases["close"].to_numpy()
    transfer = np.minimum(cases["transfer"].to_numpy(), end)
    began = cases["start"].to_numpy() < NEVER

    periods = care.periods[
        kept[care.periods["person"].to_numpy()] & (care.periods["route"] != SHORT_BREAKS).to_numpy()
    ]
    spell = periods.groupby("row").agg(start=("start", "min"))
    entered = spell["start"].reindex(cases.index).fillna(NEVER).to_numpy().astype(np.int64)
    to_permanency = np.where(entered < NEVER, entered + dice.whole(groups, 60, 200)[case], NEVER)
    to_permanency = np.where(disabled, NEVER, to_permanency)
    adult = plot.child("adult_on", cases["person"].to_numpy())
    end_social_work = np.minimum(end, adult)
    lead = np.where(disabled, cases["locality"], cases["ffd"])
    none_at_all = dice.chance(len(cases), 0.004)
    base = {
        "case_row": cases.index.to_numpy(),
        "person": cases["person"].to_numpy(),
        "case": case,
        "family": cases["family"].to_numpy(),
    }
    front = rows_of(
        **base, team=lead, start=start, end=np.minimum(np.minimum(transfer, to_permanency), end_social_work)
    )
    front["end"] = np.where(disabled, end_social_work, front["end"])
    locality = rows_of(
        **base,
        team=cases["locality"].to_numpy(),
        start=np.where(disabled, NEVER, np.maximum(transfer, start)),
        end=np.minimum(to_permanency, end_social_work),
    )
    permanency = rows_of(
        **base,
        team=workforce.team_for(PERMANENCY, cases["family"].to_numpy()),
        start=to_permanency,
        end=end_social_work,
    )
    front = front[began & ~none_at_all]
    stages = pd.concat([front.assign(turn=0), locality[began].assign(turn=1), permanency.assign(turn=2)])
    stages = stages[
        (stages["start"] < stages["end"])
        & (stages["start"] <= world.as_at)
        & (stages["end"] >= world.opened - 30)
    ]
    stages = stages.sort_values(["start", "case", "person"], kind="stable").reset_index(drop=True)
    key = stages["case"].to_numpy() * 4 + stages["turn"].to_numpy()
    firsts = stages[~pd.Series(key).duplicated()]
    turn = firsts.groupby("team").cumcount()
    turns = pd.Series(turn.to_numpy(), index=key[firsts.index]).reindex(key).to_numpy()
    stages["post"] = workforce.posts_for(stages["team"].to_numpy(), SOCIAL_WORKER, turns)
    stages["role"] = CASE_WORKER
    return pd.concat(
        [stages, duty(dice, stages), advisers(world, workforce, plot, leavers, kept)],
        ignore_index=True,
    )


def duty(dice: Dice, stages: pd.DataFrame) -> pd.DataFrame:
    """Let the duty desk hold some cases for the first days."""
    chosen = stages[(stages["turn"] == 0) & dice.chance(len(stages), 0.1)]
    return chosen.assign(role=DUTY, end=chosen["start"] + 2, start=chosen["start"] - 1)


def advisers(
    world: World, workforce: Workforce, plot: Plot, leavers: pd.DataFrame, kept: np.ndarray
) -> pd.DataFrame:
    """Give care leavers, and children in care from about sixteen and a half, a personal adviser."""
    known = leavers[kept[leavers["person"].to_numpy()] & (leavers["until"] >= world.opened)].reset_index(
        drop=True
    )
    start = np.maximum(birthday(known["dob"].to_numpy(), 16) + 400, known["left"].to_numpy() - 600)
    start = np.where(known["eligible"], start, known["left"])
    team = workforce.team_for(CARE_LEAVERS, known["person"].to_numpy())
    return rows_of(
        case_row=known["row"].to_numpy(),
        person=known["person"].to_numpy(),
        case=known["row"].to_numpy(),
        family=known["row"].to_numpy(),
        team=team,
        start=start,
        end=known["until"].to_numpy(),
        turn=np.full(len(known), 3),
        post=workforce.posts_for(team, ADVISER, np.arange(len(known)) // max(1, len(np.unique(team)))),
        role=np.full(len(known), PERSONAL_ADVISER),
    )[start < known["until"].to_numpy()].pipe(
        lambda rows: rows[plot.child("died", rows["person"].to_numpy()) == NEVER]
    )


def cover(dice: Dice, workforce: Workforce, stages: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Let colleagues or the manager hold cases while a post is vacant; a few are held by nobody."""
    begin = stages["start"].to_numpy()
    first = held.groupby("row")["start"].min().reindex(stages.index).to_numpy()
    order = held.sort_values(["row", "start"], kind="stable")
    following = order.groupby("row")["start"].shift(-1)
    close = stages["end"].to_numpy()[order["row"].to_numpy()]
    gap_end = np.where(following.isna(), close, following.fillna(0)).astype(np.int64)
    gaps = pd.concat(
        [
            rows_of(
                row=np.arange(len(stages)),
                start=begin,
                end=np.where(np.isnan(first), stages["end"].to_numpy(), np.nan_to_num(first)).astype(
                    np.int64
                ),
            ),
            rows_of(row=order["row"].to_numpy(), start=order["end"].to_numpy(), end=gap_end),
        ]
    )
    gaps = gaps[(gaps["start"] < gaps["end"])].sort_values(["start", "row"], kind="stable")
    role = stages["role"].to_numpy()[gaps["row"].to_numpy()]
    gaps = gaps[np.isin(role, [CASE_WORKER, PERSONAL_ADVISER]) & dice.chance(len(gaps), 0.95)]
    late = dice.spread(len(gaps), ((0, 0), (0.6, 1), (0.9, 8), (1, 25)))
    gaps["start"] = gaps["start"] + late
    gaps = gaps[gaps["start"] < gaps["end"]]
    row = gaps["row"].to_numpy()
    held_by = stages.iloc[row]
    team, turn = held_by["team"].to_numpy(), scattered(held_by["case"].to_numpy() + 17)
    colleague = np.where(
        held_by["role"] == PERSONAL_ADVISER,
        workforce.posts_for(team, ADVISER, turn),
        workforce.posts_for(team, SOCIAL_WORKER, turn),
    )
    post = np.where(turn % 3 == 0, workforce.posts_for(team, MANAGER, turn), colleague)
    pieces = spans(workforce, post, gaps["start"].to_numpy(), gaps["end"].to_numpy())
    back = row[pieces["row"].to_numpy()]
    return pieces.assign(row=back, role=stages["role"].to_numpy()[back])


def seconds(dice: Dice, workforce: Workforce, stages: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Give some cases a second worker."""
    chosen = held[(held["role"] == CASE_WORKER) & dice.chance(len(held), 0.06)]
    row = chosen["row"].to_numpy()
    post = workforce.posts_for(stages["team"].to_numpy()[row], SOCIAL_WORKER, row + 5)
    worker = workforce.worker_at(post, chosen["start"].to_numpy())
    return chosen.assign(worker=worker, role=SECONDARY, end=np.minimum(chosen["end"], chosen["start"] + 120))[
        worker >= 0
    ]
