"""Children in need: plans, their status and visits; and what the courts are asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER
from csc_measures.demo.care import ADOPTION, COURT, GUARDIANSHIP, HOME, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import PATH, Plot
from csc_measures.demo.workforce import Workforce
from csc_measures.demo.world import World, rows_of, upto, visits_every
from csc_measures.demo.writing import codes, ids, whole, yes_no


def invent_plans(world: World, plot: Plot, care: Care) -> pd.DataFrame:
    """List plans: of the case, after child protection, and for children who went home from care."""
    dice = world.dice("child_in_need")
    cases = plot.cases
    pieces = [
        rows_of(
            row=cases.index.to_numpy(),
            person=cases["person"].to_numpy(),
            start=cases[start].to_numpy(),
            end=cases[end].to_numpy(),
            team=cases["locality"].to_numpy(),
            kind=np.full(len(cases), kind),
        )
        for kind, (start, end) in enumerate((("cin_start", "cin_end"), ("cin2_start", "cin2_end")))
    ]
    home = care.periods[care.periods["exit"] == HOME]
    row = home["row"].to_numpy()
    start = home["end"].to_numpy() + dice.whole(len(home), 0, 8)
    end = np.minimum(
        start + dice.spread(len(home), ((0, 20), (0.5, 75), (1, 150))), cases["limit"].to_numpy()[row]
    )
    following = care.periods.groupby("person")["start"].shift(-1).reindex(home.index).fillna(NEVER).to_numpy()
    end = np.minimum(end, following.astype(np.int64))
    pieces.append(
        rows_of(
            row=row,
            person=home["person"].to_numpy(),
            start=start,
            end=end,
            team=cases["locality"].to_numpy()[row],
            kind=np.full(len(home), 2),
        )[start < end]
    )
    plans = pd.concat(pieces, ignore_index=True)
    plans = plans[plans["start"] < NEVER]
    taken = cases["care"].to_numpy()[plans["row"].to_numpy()]
    plans["end"] = np.where((plans["start"] < taken) & (taken < plans["end"]), taken, plans["end"])
    plans = plans[plans["start"] < plans["end"]]
    return plans.sort_values(["start", "row"], kind="stable").reset_index(drop=True)


def write_child_in_need(
    world: World, workforce: Workforce, plot: Plot, plans: pd.DataFrame, kept: np.ndarray
) -> None:
    """Write plans, their status as it stands today, and visits."""
    dice = world.dice("child_in_need")
    scribe, cases = world.scribe, plot.cases
    plans = plans[kept[plans["person"].to_numpy()] & (plans["start"] <= world.as_at)]
    n = len(plans)
    row, team = plans["row"].to_numpy(), plans["team"].to_numpy()
    start = plans["start"].to_numpy()
    begun_late = (start > world.as_at - 60) & dice.chance(n, 0.22)
    drafted = begun_late & dice.chance(n, 0.55)
    scribe.write(
        "ssd_cin_plans",
        {
            "cinp_cin_plan_id": ids("CNP", plans.index.to_numpy()),
            "cinp_referral_id": ids("R", row),
            "cinp_person_id": ids("P", plans["person"].to_numpy()),
            "cinp_cin_plan_start_date": scribe.dates(start),
            "cinp_cin_plan_end_date": scribe.dates(plans["end"].to_numpy()),
            "cinp_cin_plan_team": ids("T", team),
            "cinp_cin_plan_worker_id": ids("W", workforce.signer(team, start, row)),
        },
    )
    disabled = (cases["path"].to_numpy() == PATH["DISABILITY"])[row]
    breaks = disabled & dice.chance(n, 0.32)
    interval = np.where(disabled, np.where(breaks, 60, 30), np.where(dice.chance(n, 0.25), 20, -1))
    scribe.write(
        "local_cin_plan_status",
        {
            "cin_plan_id": ids("CNP", plans.index.to_numpy()),
            "person_id": ids("P", plans["person"].to_numpy()),
            "status": codes(
                np.select([begun_late & ~drafted, drafted], [0, 1], 2), ["NOT_STARTED", "DRAFT", "AUTHORISED"]
            ),
            "visit_interval_working_days": whole(interval),
            "short_break_only": yes_no(breaks),
        },
    )
    write_visits(world, dice, workforce, plans, np.where(interval < 0, 20, interval))


def write_visits(
    world: World, dice: Dice, workforce: Workforce, plans: pd.DataFrame, interval: np.ndarray
) -> None:
    """Write visits at the agreed interval; less often in the team in trouble."""
    scribe = world.scribe
    start = np.maximum(plans["start"].to_numpy(), world.opened)
    end = np.minimum(plans["end"].to_numpy(), world.as_at + 1)
    team = plans["team"].to_numpy()
    calm = np.where(team == workforce.trouble_team, np.minimum(end, world.trouble), end)
    days = interval * 1.4 * (0.75 + 0.35 * dice.even(len(plans)))
    row, day = visits_every(dice, start, calm, days, jitter=0.35)
    hard_row, hard_day = visits_every(dice, np.maximum(start, calm), end, days * 1.6, jitter=0.4)
    row = np.concatenate([row, hard_row])
    day = world.calendar.on_working_day(np.concatenate([day, hard_day]))
    fits = (day < end[row]) & dice.chance(row.size, 0.95)
    row, day = row[fits], day[fits]
    order = np.lexsort((row, day))
    row, day = row[order], day[order]
    n = row.size
    seen = dice.chance(n, 0.94)
    scribe.write(
        "ssd_cin_visits",
        {
            "cinv_cin_visit_id": ids("CNV", np.arange(n)),
            "cinv_person_id": ids("P", plans["person"].to_numpy()[row]),
            "cinv_cin_visit_date": scribe.dates(day),
            "cinv_cin_visit_seen": yes_no(seen),
            "cinv_cin_visit_seen_alone": yes_no(seen & dice.chance(n, 0.5)),
            "cinv_cin_visit_bedroom": yes_no(seen & dice.chance(n, 0.25)),
            "cinv_cin_plan_id": ids("CNP", plans.index.to_numpy()[row]),
        },
    )


def write_court(world: World, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write care and supervision proceedings (brothers and sisters in one case), and other applications."""
    dice = world.dice("court")
    scribe = world.scribe
    known = kept[care.periods["person"].to_numpy()]
    held = care.periods[(care.periods["route"] == COURT).to_numpy() & known]
    held = held.drop_duplicates("person")
    group = held["case"].to_numpy()
    groups = upto(group)
    leaves = held["exit"].to_numpy()
    n = len(held)
    at_end = (held["end"] == held["concluded"]).to_numpy()
    order = np.select(
        [
            leaves == ADOPTION,
            at_end & (leaves == GUARDIANSHIP),
            at_end & (leaves == HOME),
            held["end"] < held["concluded"],
        ],
        [1, 3, np.where(dice.chance(n, 0.7), 2, 5), 6],
        0,
    )
    sought = np.select(
        [order == 1, order == 0, order == 3, order == 2],
        [0, 0, np.where(dice.chance(n, 0.35), 0, 2), np.where(dice.chance(n, 0.4), 0, 1)],
        np.where(dice.chance(n, 0.4), 0, 4),
    )
    court = rows_of(
        case=group,
        person=held["person"].to_numpy(),
        kind=np.zeros(n, dtype=np.int64),
        issued=held["issued"].to_numpy(),
        concluded=held["concluded"].to_numpy(),
        sought=sought,
        order=order,
        out=dice.chance(groups, 0.015)[group],
    )
    protected = plot.cases[
        (plot.cases["cp_start"] < NEVER)
        & (plot.cases["care"] == NEVER)
        & kept[plot.cases["person"].to_numpy()]
    ]
    chosen = protected[dice.chance(upto(plot.cases["case"]), 0.05)[protected["case"].to_numpy()]]
    span = dice.spread(upto(plot.cases["case"]), rates.PROCEEDINGS_DAYS)[chosen["case"].to_numpy()]
    m = len(chosen)
    supervised = rows_of(
        case=chosen["case"].to_numpy(),
        person=chosen["person"].to_numpy(),
        kind=np.full(m, 1),
        issued=chosen["cp_start"].to_numpy() + 60,
        concluded=chosen["cp_start"].to_numpy() + 60 + span,
        sought=np.full(m, 1),
        order=np.where(dice.chance(m, 0.8), 2, 5),
        out=np.zeros(m, dtype=bool),
    )
    later = held[(leaves > GUARDIANSHIP) & dice.chance(n, 0.06)]
    k = len(later)
    discharged = rows_of(
        case=later["case"].to_numpy() + 5_000_000,
        person=later["person"].to_numpy(),
        kind=np.full(k, 3),
        issued=later["concluded"].to_numpy() + 400,
        concluded=later["concluded"].to_numpy() + 520,
        sought=np.full(k, 4),
        order=np.full(k, 5),
        out=np.zeros(k, dtype=bool),
    )
    adoption = court[leaves == ADOPTION]
    placement = adoption.assign(kind=2, issued=np.maximum(adoption["issued"], adoption["concluded"] - 50))
    rows = pd.concat([court, placement, supervised, discharged], ignore_index=True)
    rows = rows[rows["issued"] <= world.as_at].sort_values(["issued", "case", "person"], kind="stable")
    done = scribe.seen(rows["concluded"])
    silent = dice.chance(len(rows), 0.01)
    scribe.write(
        "local_court_proceedings",
        {
            "proceedings_child_id": ids("CT", np.arange(len(rows))),
            "case_number": ids("CASE", rows["case"].to_numpy()),
            "person_id": ids("P", rows["person"].to_numpy()),
            "application_type": codes(
                rows["kind"].to_numpy(), ["CARE", "SUPERVISION", "PLACEMENT", "DISCHARGE", "SGO"]
            ),
            "issued_date": scribe.dates(rows["issued"].to_numpy()),
            "concluded_date": scribe.dates(rows["concluded"].to_numpy()),
            "order_sought_final": codes(
                np.where(done, rows["sought"], -1), ["CARE", "SUPERVISION", "SGO", "CAO", "NONE"]
            ),
            "final_order": codes(
                np.where(done & ~silent, rows["order"], -1),
                ["CARE", "CARE_AND_PLACEMENT", "SUPERVISION", "SGO", "CAO", "NONE", "WITHDRAWN"],
            ),
            "transferred_out": yes_no(rows["out"].to_numpy()),
        },
    )
