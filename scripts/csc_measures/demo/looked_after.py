"""What is done for looked-after children: reviews, visits, care plans, permanence, adoption."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, months_on
from csc_measures.demo.care import ADOPTION, ADULT, GUARDIANSHIP, SHORT_BREAKS, TYPE, Care
from csc_measures.demo.child_protection import CODES, taking_part
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import Plot
from csc_measures.demo.names import postcodes
from csc_measures.demo.workforce import PERMANENCY, Workforce
from csc_measures.demo.world import World, held_or_next, rows_of, upto, visits_every
from csc_measures.demo.writing import (
    NO_DATE,
    NO_TEXT,
    codes,
    constant,
    either,
    filled,
    flags,
    ids,
    swap,
    whole,
    yes_no,
)


def write_looked_after(world: World, workforce: Workforce, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write reviews with venues, visits, care plans, permanence decisions and adoption."""
    dice = world.dice("plans")
    known = kept[care.periods["person"].to_numpy()] & (care.periods["start"] <= world.as_at).to_numpy()
    periods = care.periods[known & (care.periods["route"] != SHORT_BREAKS).to_numpy()]
    reviews = hold_reviews(world, dice, periods)
    write_reviews(world, dice, plot, care, reviews)
    write_care_plans(world, dice, periods, reviews)
    write_visits(world, dice, periods)
    write_permanence_decisions(world, dice, care, periods)
    write_adoption(world, dice, workforce, care, periods)


def hold_reviews(world: World, dice: Dice, periods: pd.DataFrame) -> pd.DataFrame:
    """Hold reviews within 20 working days, three months after that, then every six months."""
    calendar = world.calendar
    last = periods["start"].to_numpy().copy()
    end = np.minimum(periods["end"].to_numpy(), world.as_at + 200)
    waves, turn, rows = [], 0, np.arange(len(periods))
    while rows.size or not waves:
        n = rows.size
        due = calendar.after(last[rows], 20) if turn == 0 else months_on(last[rows], 3 if turn == 1 else 6)
        early = dice.spread(n, ((0, 0), (0.5, 3), (0.9, 10), (1, 18)))
        held = calendar.after(due - early, 0)
        late = dice.chance(n, rates.REVIEW_LATE)
        held = np.where(late, due + dice.whole(n, 2, 45), np.maximum(held, last[rows] + 1))
        happens = held <= end[rows]
        rows, due, held = rows[happens], due[happens], held[happens]
        waves.append(rows_of(row=rows, due=due, held=held, turn=np.full(rows.size, turn)))
        last[rows] = held
        turn += 1
    reviews = pd.concat(waves, ignore_index=True)
    reviews["period"] = periods["period"].to_numpy()[reviews["row"]]
    reviews["person"] = periods["person"].to_numpy()[reviews["row"]]
    reviews = reviews.sort_values(["held", "period"], kind="stable").reset_index(drop=True)
    reviews["review"] = np.arange(len(reviews))
    return reviews


def write_reviews(world: World, dice: Dice, plot: Plot, care: Care, reviews: pd.DataFrame) -> None:
    """Write reviews held, the next one, a few cancelled ones, and where they were held."""
    scribe = world.scribe
    reviews = held_or_next(world, reviews[reviews["held"] >= world.opened - 900], "period")
    held = reviews[scribe.seen(reviews["held"])]
    off = held[dice.chance(len(held), 0.025) & (held["held"] > held["due"] - 30).to_numpy()]
    off = off.assign(held=off["held"] - 6, review=upto(reviews["review"]) + off["review"], off=True)
    rows = pd.concat([reviews.assign(off=False), off]).sort_values(["held", "review"], kind="stable")
    n = len(rows)
    person, day = rows["person"].to_numpy(), rows["held"].to_numpy()
    code = taking_part(world, dice, plot, person, day, keen=0.36)
    blank = rows["off"].to_numpy() | dice.chance(n, 0.012) | ~scribe.seen(day)
    scribe.write(
        "ssd_cla_reviews",
        {
            "clar_cla_review_id": ids("LR", rows["review"].to_numpy()),
            "clar_cla_id": ids("CLA", rows["period"].to_numpy()),
            "clar_cla_review_due_date": scribe.ahead(rows["due"].to_numpy()),
            "clar_cla_review_date": scribe.dates(day),
            "clar_cla_review_cancelled": yes_no(np.where(scribe.seen(day), rows["off"], -1)),
            "clar_cla_review_participation": codes(np.where(blank, -1, code), CODES),
            "clar_cla_person_id": ids("P", person),
        },
    )
    stays = care.placements[care.placements["start"] < care.placements["end"]]
    keys = stays["period"].to_numpy() * NEVER + stays["start"].to_numpy()
    at = np.searchsorted(keys, held["period"].to_numpy() * NEVER + held["held"].to_numpy(), side="right") - 1
    stay = stays.iloc[np.maximum(at, 0)]
    m = len(held)
    online = np.clip(0.34 - (held["held"].to_numpy() - world.opened) / 365.25 * 0.05, 0.06, 1)
    kind = dice.pick(
        m,
        np.stack([0.9 - online - 0.25, np.full(m, 0.14), np.full(m, 0.11), online, np.full(m, 0.1)], axis=1),
    )
    at_home = postcodes(stay["area"].to_numpy(), stay["carer"].to_numpy() * 37 + 1)
    elsewhere = postcodes(stay["area"].to_numpy(), stay["carer"].to_numpy() * 53 + 17)
    postcode = either((kind == 0) | ((kind == 4) & dice.chance(m, 0.15)), at_home, elsewhere)
    known = dice.chance(m, 0.97)
    scribe.write(
        "local_review_venues",
        {
            "review_id": ids("LR", held["review"].to_numpy()),
            "venue_type": codes(
                np.where(known, kind, -1), ["PLACEMENT", "SCHOOL", "OFFICE", "ONLINE", "OTHER"]
            ),
            "venue_postcode": swap(postcode, (kind == 3) | ~known, None),
        },
    )


def write_care_plans(world: World, dice: Dice, periods: pd.DataFrame, reviews: pd.DataFrame) -> None:
    """Write care plans: one within weeks of coming into care, a new one after most reviews."""
    scribe = world.scribe
    n = len(periods)
    first = rows_of(
        period=periods["period"].to_numpy(),
        person=periods["person"].to_numpy(),
        started=periods["start"].to_numpy() + dice.spread(n, ((0, 0), (0.6, 2), (0.9, 8), (1, 25))),
        authorised=periods["start"].to_numpy() + dice.spread(n, rates.CARE_PLAN_DAYS),
        until=periods["end"].to_numpy(),
    )[dice.chance(n, 0.985)]
    later = reviews[reviews["turn"] >= 1]
    m = len(later)
    renewed = rows_of(
        period=later["period"].to_numpy(),
        person=later["person"].to_numpy(),
        started=later["held"].to_numpy(),
        authorised=later["held"].to_numpy() + dice.spread(m, ((0, 0), (0.5, 5), (0.9, 16), (1, 40))),
        until=periods["end"].to_numpy()[later["row"].to_numpy()],
    )[dice.chance(m, 0.94)]
    plans = pd.concat([first, renewed]).sort_values(["period", "authorised", "started"], kind="stable")
    plans["started"] = np.minimum(plans["started"], plans["authorised"])
    plans = plans[plans["authorised"] < plans["until"]]
    following = plans.groupby("period")["authorised"].shift(-1).fillna(NEVER).to_numpy().astype(np.int64)
    plans["end"] = np.minimum(np.where(scribe.seen(following), following, NEVER), plans["until"])
    plans = plans[(plans["started"] <= world.as_at) & (plans["end"] >= world.opened)].reset_index(drop=True)
    authorised = scribe.seen(plans["authorised"])
    touched = plans["authorised"].to_numpy() + 95
    touched = np.where((touched < plans["end"]) & dice.chance(len(plans), 0.18), touched, NEVER)
    begun = authorised | dice.chance(len(plans), 0.7)
    scribe.write(
        "local_care_plan_status",
        {
            "care_plan_id": ids("CPL", plans.index.to_numpy()),
            "person_id": ids("P", plans["person"].to_numpy()),
            "cla_id": ids("CLA", plans["period"].to_numpy()),
            "status": codes(
                np.select([authorised, begun], [2, 1], 0), ["NOT_STARTED", "DRAFT", "AUTHORISED"]
            ),
            "started_date": scribe.dates(np.where(begun, plans["started"], NEVER)),
            "authorised_date": scribe.dates(plans["authorised"].to_numpy()),
            "reviewed_date": scribe.dates(touched),
            "end_date": scribe.dates(plans["end"].to_numpy()),
        },
    )
    period = periods.set_index("period").loc[plans["period"]]
    leaves = period["exit"].to_numpy()
    k = len(plans)
    none = np.zeros(k, dtype=bool)
    scribe.write(
        "ssd_cla_care_plan",
        {
            "lacp_table_id": ids("CPJ", plans.index.to_numpy()),
            "lacp_person_id": ids("P", plans["person"].to_numpy()),
            "lacp_cla_care_plan_start_date": scribe.dates(plans["started"].to_numpy()),
            "lacp_cla_care_plan_end_date": scribe.dates(plans["end"].to_numpy()),
            "lacp_cla_care_plan_json": flags(
                (
                    "REMAINSUP",
                    "RETURN1M",
                    "RETURN6M",
                    "RETURNEV",
                    "LTRELFR",
                    "LTFOST18",
                    "RESPLMT",
                    "SUPPLIV",
                    "ADOPTION",
                    "OTHERPLN",
                ),
                [
                    none,
                    none,
                    leaves == 2,
                    none,
                    leaves == GUARDIANSHIP,
                    leaves == ADULT,
                    none,
                    none,
                    leaves == ADOPTION,
                    leaves == 3,
                ],
            ),
        },
    )


def write_visits(world: World, dice: Dice, periods: pd.DataFrame) -> None:
    """Write visits: in the first week, then about every five weeks."""
    scribe = world.scribe
    start = np.maximum(periods["start"].to_numpy(), world.opened)
    end = np.minimum(periods["end"].to_numpy(), world.as_at + 1)
    interval = 30 + 8 * dice.even(len(periods))
    row, day = visits_every(dice, start, end, interval, jitter=0.32)
    first = np.flatnonzero(dice.chance(len(periods), 0.9) & (periods["start"] >= world.opened))
    row = np.concatenate([first, row])
    day = np.concatenate([start[first] + dice.whole(first.size, 1, 6), day])
    day = world.calendar.on_working_day(day)
    fits = (day < end[row]) & dice.chance(row.size, 0.965)
    row, day = row[fits], day[fits]
    order = np.lexsort((row, day))
    row, day = row[order], day[order]
    n = row.size
    seen = dice.chance(n, 0.97)
    scribe.write(
        "ssd_cla_visits",
        {
            "clav_cla_visit_id": ids("CLV", np.arange(n)),
            "clav_cla_id": ids("CLA", periods["period"].to_numpy()[row]),
            "clav_person_id": ids("P", periods["person"].to_numpy()[row]),
            "clav_cla_visit_date": scribe.dates(day),
            "clav_cla_visit_seen": yes_no(seen),
            "clav_cla_visit_seen_alone": yes_no(seen & dice.chance(n, 0.62)),
        },
    )


def write_permanence_decisions(world: World, dice: Dice, care: Care, periods: pd.DataFrame) -> None:
    """Write decisions that a placement is to last: with foster carers, parents, adopters or in a home."""
    stays = care.placements[care.placements["period"].isin(periods["period"]).to_numpy()]
    stays = stays[(stays["start"] <= world.as_at) & (stays["end"] - stays["start"] > 90)]
    n = len(stays)
    kind = stays["kind"].to_numpy()
    matched = np.isin(kind, [TYPE["U4"], TYPE["U1"]])
    lasting = np.isin(kind, [TYPE["K2"], TYPE["K3"], TYPE["H5"]]) & (stays["end"] - stays["start"] > 300)
    parents = kind == TYPE["P1"]
    adopters = np.isin(kind, [TYPE["A5"], TYPE["A6"]])
    decided = np.select(
        [matched, lasting, parents, adopters],
        [dice.chance(n, 0.9), dice.chance(n, 0.45), dice.chance(n, 0.7), dice.chance(n, 0.8)],
        False,
    )
    day = world.calendar.on_working_day(
        np.where(
            matched | adopters,
            stays["start"].to_numpy() + dice.spread(n, ((0, -40), (0.7, 0), (1, 90))),
            stays["start"].to_numpy() + dice.whole(n, 30, 240),
        )
    )
    day = np.where(matched | adopters, np.maximum(day, stays["start"].to_numpy() - 40), day)
    keep = decided & (day <= world.as_at) & (day < stays["end"].to_numpy())
    route = np.select([matched, parents, lasting], [0, 1, 2], 3)
    scribe = world.scribe
    scribe.write(
        "local_permanence_decisions",
        {
            "permanence_decision_id": ids("PD", np.arange(int(keep.sum()))),
            "person_id": ids("P", stays["person"].to_numpy()[keep]),
            "decision_date": scribe.dates(day[keep]),
            "route": codes(route[keep], ["LONG_TERM_FOSTERING", "PARENTS", "RESIDENTIAL_TO_18", "ADOPTION"]),
            "placement_id": ids("PL", stays["placement"].to_numpy()[keep]),
        },
    )


def write_adoption(world: World, dice: Dice, workforce: Workforce, care: Care, periods: pd.DataFrame) -> None:
    """Write permanence rows: adoptions from decision to order, and special guardianship orders."""
    scribe = world.scribe
    rows = periods[periods["exit"].isin([ADOPTION, GUARDIANSHIP])]
    adopted = (rows["exit"] == ADOPTION).to_numpy()
    n = len(rows)
    order, placed = rows["end"].to_numpy(), rows["placed"].to_numpy()
    placement_order = np.where(adopted, rows["concluded"].to_numpy(), NEVER)
    matched = np.where(placed < NEVER, np.maximum(placed - dice.whole(n, 10, 45), placement_order), NEVER)
    told = scribe.seen(np.minimum(order, placement_order))
    rows, adopted, order, placed, placement_order, matched = (
        part[told] for part in (rows, adopted, order, placed, placement_order, matched)
    )
    n = len(rows)
    period = rows["period"].to_numpy()
    stays = care.placements[care.placements["kind"] == TYPE["A5"]]
    by_carer = np.isin(period, stays["period"].to_numpy())
    last = (
        care.placements[~np.isin(care.placements["kind"], [TYPE["A5"], TYPE["A6"]])]
        .groupby("period")["start"]
        .max()
    )
    fostered = np.where(by_carer, last.reindex(period).fillna(NEVER).to_numpy().astype(np.int64), NEVER)
    team = workforce.team_for(PERMANENCY, rows["person"].to_numpy())
    kind = np.where(adopted, 0, 1)
    ordered = scribe.seen(order)

    def date_or_sentinel(days: np.ndarray) -> pa.Array:
        return filled(scribe.dates(days), NO_DATE)

    couple = dice.pick(n, [0.04, 0.10, 0.10, 0.06, 0.70])
    pair = adopted & scribe.seen(placed)
    scribe.write(
        "ssd_permanence",
        {
            "perm_table_id": ids("PM", period),
            "perm_person_id": ids("P", rows["person"].to_numpy()),
            "perm_cla_id": ids("CLA", period),
            "perm_adm_decision_date": date_or_sentinel(np.where(adopted, placement_order - 20, NEVER)),
            "perm_ffa_cp_decision_date": constant(n, NO_DATE),
            "perm_placement_order_date": date_or_sentinel(placement_order),
            "perm_placed_for_adoption_date": date_or_sentinel(placed),
            "perm_matched_date": date_or_sentinel(matched),
            "perm_adopted_by_carer_flag": yes_no(np.where(pair, by_carer, -1)),
            "perm_placed_ffa_cp_date": constant(n, NO_DATE),
            "perm_decision_reversed_date": constant(n, NO_DATE),
            "perm_placed_foster_carer_date": date_or_sentinel(fostered),
            "perm_part_of_sibling_group": codes(np.where(pair, period % 5 == 0, -1), ["0", "1"]),
            "perm_siblings_placed_together": whole(np.where(pair, 1 + (period % 5 == 0), -1)),
            "perm_siblings_placed_apart": whole(np.where(pair, period % 11 == 0, -1)),
            "perm_placement_provider_urn": constant(n, NO_TEXT),
            "perm_decision_reversed_reason": constant(n, None),
            "perm_permanence_order_date": scribe.dates(order),
            "perm_permanence_order_type": codes(np.where(ordered, kind, -1), ["Adoption", "SGO"]),
            "perm_adoption_worker_id": ids(
                "W", workforce.signer(team, np.minimum(order, world.as_at), period)
            ),
            "perm_adopter_sex": codes(np.where(pair, couple, -1), ["M1", "F1", "MM", "FF", "MF"]),
            "perm_adopter_legal_status": codes(
                np.where(pair, np.where(couple < 2, 0, 1 + couple % 2), -1), ["L0", "L11", "L12"]
            ),
            "perm_number_of_adopters": whole(np.where(pair, np.where(couple < 2, 1, 2), -1)),
        },
    )
