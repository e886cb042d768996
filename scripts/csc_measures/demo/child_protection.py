"""Child protection: conferences, plans, reviews, visits and how children take part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, age_on, months_on
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import Plot
from csc_measures.demo.workforce import Workforce
from csc_measures.demo.world import World, held_or_next, rows_of, upto, visits_every
from csc_measures.demo.writing import codes, either, flags, ids, swap, yes_no

CATEGORIES = ("NEG", "PHY", "SAB", "EMO", "MUL")
CODES = tuple(f"PN{k}" for k in range(8))


def write_child_protection(world: World, workforce: Workforce, plot: Plot, kept: np.ndarray) -> None:
    """Write conferences, plans, reviews, participation and visits."""
    dice = world.dice("child_protection")
    cases = plot.cases[kept[plot.cases["person"].to_numpy()]]
    conferences = cases[cases["conference"] <= world.as_at]
    write_conferences(world, dice, workforce, conferences)
    plans = conferences[conferences["cp_start"] < NEVER]
    write_plans(world, dice, plot, plans)
    reviews = hold_reviews(world, dice, plans)
    write_reviews(world, dice, reviews)
    write_participation(world, dice, plot, conferences, reviews)
    write_visits(world, dice, workforce, plans)


def write_conferences(world: World, dice: Dice, workforce: Workforce, conferences: pd.DataFrame) -> None:
    """Write initial conferences; about one in fifty is of a family that moved here with a plan."""
    scribe, n = world.scribe, len(conferences)
    row = conferences.index.to_numpy()
    planned = (conferences["cp_start"] < NEVER).to_numpy()
    moved_in = conferences["moved_in"].to_numpy()
    none = np.zeros(n, dtype=bool)
    silent = ~planned & dice.chance(n, 0.03)
    team = conferences["locality"].to_numpy()
    scribe.write(
        "ssd_initial_cp_conference",
        {
            "icpc_icpc_id": ids("IC", row),
            "icpc_icpc_meeting_id": ids("ICM", conferences["case"].to_numpy()),
            "icpc_s47_enquiry_id": ids("S", np.where(moved_in, -1, row)),
            "icpc_person_id": ids("P", conferences["person"].to_numpy()),
            "icpc_cp_plan_id": ids("CPP", np.where(planned, row, -1)),
            "icpc_referral_id": ids("R", row),
            "icpc_icpc_transfer_in": yes_no(moved_in),
            "icpc_icpc_target_date": scribe.ahead(
                world.calendar.after(conferences["strategy"].to_numpy(), 15)
            ),
            "icpc_icpc_date": scribe.dates(conferences["conference"].to_numpy()),
            "icpc_icpc_outcome_cp_flag": yes_no(np.where(silent, -1, planned)),
            "icpc_icpc_outcome_json": swap(
                flags(
                    (
                        "NFA",
                        "REFERRAL_TO_OTHER_AGENCY",
                        "SINGLE_ASSESSMENT",
                        "PROV_OF_SERVICES",
                        "CP",
                        "OTHER_OUTCOMES_EXIST",
                    ),
                    [none, none, none, ~planned, planned, none],
                    comments=True,
                ),
                silent,
                None,
            ),
            "icpc_icpc_team": ids("T", team),
            "icpc_icpc_worker_id": ids(
                "W",
                workforce.signer(
                    team, conferences["conference"].to_numpy(), conferences["family"].to_numpy()
                ),
            ),
        },
    )


def write_plans(world: World, dice: Dice, plot: Plot, plans: pd.DataFrame) -> None:
    """Write plans, and a few that another authority holds for a child who stays here for a while."""
    scribe = world.scribe
    case = plans["case"].to_numpy()
    first = dice.pick(upto(case), rates.CP_CATEGORIES)[case]
    latest = np.where(dice.chance(len(plans), 0.09), dice.pick(len(plans), rates.CP_CATEGORIES), first)
    plot.cases["cp_category"] = -1
    plot.cases.loc[plans.index, "cp_category"] = latest
    guests = plans[dice.chance(len(plans), 0.012)]
    before = guests["cp_start"].to_numpy() - dice.whole(len(guests), 200, 900)
    rows = rows_of(
        plan=np.concatenate([plans.index.to_numpy(), len(plot.cases) + guests.index.to_numpy()]),
        case_row=np.concatenate([plans.index.to_numpy(), np.full(len(guests), -1)]),
        person=np.concatenate([plans["person"].to_numpy(), guests["person"].to_numpy()]),
        start=np.concatenate([plans["cp_start"].to_numpy(), before]),
        end=np.concatenate([plans["cp_end"].to_numpy(), before + 120]),
        first=np.concatenate([first, np.zeros(len(guests), dtype=np.int64)]),
        latest=np.concatenate([latest, np.zeros(len(guests), dtype=np.int64)]),
        other=np.arange(len(plans) + len(guests)) >= len(plans),
    )
    scribe.write(
        "ssd_cp_plans",
        {
            "cppl_cp_plan_id": ids("CPP", rows["plan"].to_numpy()),
            "cppl_referral_id": ids("R", rows["case_row"].to_numpy()),
            "cppl_icpc_id": ids("IC", rows["case_row"].to_numpy()),
            "cppl_person_id": ids("P", rows["person"].to_numpy()),
            "cppl_cp_plan_start_date": scribe.dates(rows["start"].to_numpy()),
            "cppl_cp_plan_end_date": scribe.dates(rows["end"].to_numpy()),
            "cppl_cp_plan_initial_category": codes(rows["first"].to_numpy(), CATEGORIES),
            "cppl_cp_plan_ola": yes_no(rows["other"].to_numpy()),
            "cppl_cp_plan_latest_category": codes(rows["latest"].to_numpy(), CATEGORIES),
        },
    )


def hold_reviews(world: World, dice: Dice, plans: pd.DataFrame) -> pd.DataFrame:
    """Hold reviews three months after the conference, then every six months; a family together."""
    calendar = world.calendar
    families = plans.groupby("case").agg(start=("conference", "min"), end=("cp_end", "max")).reset_index()
    last = families["start"].to_numpy()
    end = np.minimum(families["end"].to_numpy(), world.as_at + 400)
    waves = []
    turn, open_rows = 0, np.arange(len(families))
    while open_rows.size or not waves:
        n = open_rows.size
        due = months_on(last[open_rows], 3 if turn == 0 else 6)
        late = dice.chance(n, rates.CP_REVIEW_LATE)
        held = due - dice.spread(n, ((0, 0), (0.5, 4), (0.9, 14), (1, 25)))
        held = calendar.on_working_day(held)
        held = np.where(held > due, calendar.after(due, 0), held)
        held = np.where(late, due + dice.whole(n, 3, 40), held)
        happens = held <= end[open_rows] + 1
        open_rows, due, held = open_rows[happens], due[happens], held[happens]
        waves.append(rows_of(family=open_rows, due=due, held=held, turn=np.full(open_rows.size, turn)))
        last[open_rows] = held
        turn += 1
    meetings = pd.concat(waves, ignore_index=True)
    meetings["meeting"] = np.arange(len(meetings))
    child = plans.assign(plan=plans.index)[["plan", "person", "case", "cp_start", "cp_end"]]
    meetings["case"] = families["case"].to_numpy()[meetings["family"]]
    reviews = meetings.merge(child, on="case").sort_values(["held", "plan"], kind="stable")
    reviews = reviews[(reviews["held"] > reviews["cp_start"]) & (reviews["held"] <= reviews["cp_end"] + 1)]
    return held_or_next(world, reviews, "plan").reset_index(drop=True)


def write_reviews(world: World, dice: Dice, reviews: pd.DataFrame) -> None:
    """Write reviews, the next one too; a few meetings are not quorate and are held again a week later."""
    scribe = world.scribe
    meetings = upto(reviews["meeting"])
    again = reviews[
        dice.chance(meetings, 0.012)[reviews["meeting"].to_numpy()] & scribe.seen(reviews["held"])
    ]
    rows = pd.concat(
        [
            reviews.assign(review=reviews.index, quorate=True),
            again.assign(review=len(reviews) + again.index, quorate=False, held=again["held"] - 7),
        ]
    )
    rows = rows[(rows["held"] > rows["cp_start"]) & (rows["held"] >= world.opened - 1200)]
    held = scribe.seen(rows["held"])
    scribe.write(
        "ssd_cp_reviews",
        {
            "cppr_cp_review_id": ids("CPR", rows["review"].to_numpy()),
            "cppr_person_id": ids("P", rows["person"].to_numpy()),
            "cppr_cp_plan_id": ids("CPP", rows["plan"].to_numpy()),
            "cppr_cp_review_due": scribe.ahead(rows["due"].to_numpy()),
            "cppr_cp_review_date": scribe.dates(rows["held"].to_numpy()),
            "cppr_cp_review_meeting_id": ids("CPM", rows["meeting"].to_numpy()),
            "cppr_cp_review_outcome_continue_cp": yes_no(
                np.where(rows["quorate"] & held, rows["held"] < rows["cp_end"] - 2, -1)
            ),
            "cppr_cp_review_quorate": yes_no(np.where(held, rows["quorate"], -1)),
            "cppr_cp_review_participation": None,
        },
    )


def write_participation(
    world: World, dice: Dice, plot: Plot, conferences: pd.DataFrame, reviews: pd.DataFrame
) -> None:
    """Write how children took part in conferences; older children attend more, and more do year by year."""
    rows = pd.concat(
        [
            rows_of(
                kind=np.zeros(len(conferences), dtype=np.int64),
                conference=conferences.index.to_numpy(),
                person=conferences["person"].to_numpy(),
                day=conferences["conference"].to_numpy(),
            ),
            rows_of(
                kind=np.ones(len(reviews), dtype=np.int64),
                conference=reviews.index.to_numpy(),
                person=reviews["person"].to_numpy(),
                day=reviews["held"].to_numpy(),
            ),
        ]
    )
    rows = rows[rows["day"].between(world.opened, world.as_at)].sort_values(
        ["day", "kind", "conference"], kind="stable"
    )
    code = taking_part(world, dice, plot, rows["person"].to_numpy(), rows["day"].to_numpy(), keen=0.0)
    recorded = dice.chance(len(rows), 0.97)
    rows, code = rows[recorded], code[recorded]
    world.scribe.write(
        "local_cp_participation",
        {
            "cp_participation_id": ids("CPA", np.arange(len(rows))),
            "conference_type": codes(rows["kind"].to_numpy(), ["INITIAL", "REVIEW"]),
            "conference_id": either(
                rows["kind"].to_numpy() == 0,
                ids("IC", rows["conference"].to_numpy()),
                ids("CPR", rows["conference"].to_numpy()),
            ),
            "person_id": ids("P", rows["person"].to_numpy()),
            "participation_code": codes(code, CODES),
        },
    )


def taking_part(
    world: World, dice: Dice, plot: Plot, people: np.ndarray, days: np.ndarray, *, keen: float
) -> np.ndarray:
    """Give a participation code (PN0 to PN7) for each child and meeting, by age and year."""
    n = people.size
    age = age_on(plot.child("dob", people), days)
    years = (days - world.opened) / 365.25
    attends = np.clip(0.22 + keen + 0.018 * years + 0.02 * np.maximum(age - 10, 0), 0.02, 0.97)
    there = dice.chance(n, attends)
    code = np.where(there, 1 + dice.pick(n, [0.72, 0.12, 0.09, 0.07]), 5 + dice.pick(n, [0.22, 0.48, 0.30]))
    return np.where(age < 4, 0, code)


def write_visits(world: World, dice: Dice, workforce: Workforce, plans: pd.DataFrame) -> None:
    """Write visits to children on a plan: every eight working days or so, fewer in the team in trouble."""
    scribe = world.scribe
    start = np.maximum(plans["cp_start"].to_numpy(), world.opened)
    end = np.minimum(plans["cp_end"].to_numpy(), world.as_at + 1)
    team = plans["locality"].to_numpy()
    calm = np.where(team == workforce.trouble_team, np.minimum(end, world.trouble), end)
    interval = 10.5 + 3 * dice.even(len(plans))
    row, day = visits_every(dice, start, calm, interval, jitter=0.32)
    hard_row, hard_day = visits_every(dice, np.maximum(start, calm), end, interval * 1.7, jitter=0.4)
    row, day = np.concatenate([row, hard_row]), world.calendar.on_working_day(np.concatenate([day, hard_day]))
    kept = (day < end[row]) & dice.chance(row.size, 0.965)
    row, day = row[kept], day[kept]
    order = np.lexsort((row, day))
    row, day = row[order], day[order]
    n = row.size
    seen = dice.chance(n, 0.965)
    scribe.write(
        "ssd_cp_visits",
        {
            "cppv_cp_visit_id": ids("CPV", np.arange(n)),
            "cppv_person_id": ids("P", plans["person"].to_numpy()[row]),
            "cppv_cp_plan_id": ids("CPP", plans.index.to_numpy()[row]),
            "cppv_cp_visit_date": scribe.dates(day),
            "cppv_cp_visit_seen": yes_no(seen),
            "cppv_cp_visit_seen_alone": yes_no(seen & dice.chance(n, 0.55)),
            "cppv_cp_visit_bedroom": yes_no(seen & dice.chance(n, 0.4)),
        },
    )
