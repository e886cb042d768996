"""Care: periods, legal statuses, placements and episodes, and how each period ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, day
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import PATH, Plot
from csc_measures.demo.names import postcodes
from csc_measures.demo.world import World, repeated, upto
from csc_measures.demo.writing import NO_TEXT, codes, filled, ids, swap, tenths, yes_no

ADOPTION, GUARDIANSHIP, HOME, OTHER_EXIT, ADULT = range(5)
COURT, VOLUNTARY, ALONE, SHORT_BREAKS = range(4)
NEW_CODES = day(2024, 4, 1)
"""Supported accommodation (K3) replaces H5 and P2 from this day."""
LEGAL = ("C1", "C2", "E1", "V2", "V4", "L2", "L1")
TYPES = (*rates.PLACEMENTS, "U4", "U1", "K3", "A6", "A5", "T3", "T1", "U2")
TYPE = {name: place for place, name in enumerate(TYPES)}
REASONS = (
    "E11", "E12", "E45", "E46", "E47", "E4A", "E4B", "E13", "E8", "E3", "E9", "E41", "E5", "E6", "E17",
    "E7", "E2", "X1",
)  # fmt: skip
REASON = {name: place for place, name in enumerate(REASONS)}


@dataclass
class Care:
    """Periods of care (one row each), and the legal statuses, placements and episodes within them."""

    periods: pd.DataFrame
    legal: pd.DataFrame
    placements: pd.DataFrame
    episodes: pd.DataFrame


def invent_care(world: World, plot: Plot) -> Care:
    """Let children come into care, live somewhere under some legal status, and leave."""
    dice = world.dice("care")
    periods = periods_of_care(world, dice, plot)
    legal = legal_statuses(periods)
    placements = places_to_live(world, plot, periods)
    episodes = episodes_of(periods, legal, placements)
    return Care(periods, legal, placements, episodes)


def periods_of_care(world: World, dice: Dice, plot: Plot) -> pd.DataFrame:
    """Set how each period comes and goes; some who went home come back for a second one."""
    entered = plot.cases[plot.cases["care"] < NEVER].drop_duplicates("person", keep="first")
    n = len(entered)
    path = entered["path"].to_numpy()
    route = np.select(
        [path == PATH["UASC"], path == PATH["CP_CARE"], dice.chance(n, rates.COURT_SHARE)],
        [ALONE, COURT, COURT],
        VOLUNTARY,
    )
    start = entered["care"].to_numpy()
    entered = entered.assign(row=entered.index)
    first = period_rows(dice, plot, entered, start, route)
    home = first[(first["exit"] == HOME) & dice.chance(n, rates.BACK_IN_CARE)]
    again = home["end"].to_numpy() + dice.spread(len(home), rates.BACK_IN_CARE_DAYS)
    fits = again < plot.child("adult_on", home["person"].to_numpy()) - 20
    home, again = home[fits], again[fits]
    second = period_rows(dice, plot, home, again, home["route"].to_numpy())
    periods = pd.concat([first, second, short_breaks(dice, plot)], ignore_index=True)
    periods = periods[periods["start"] <= world.as_at]
    periods = periods.sort_values(["start", "person"], kind="stable").reset_index(drop=True)
    periods["period"] = np.arange(len(periods))
    return periods


def period_rows(
    dice: Dice, plot: Plot, entered: pd.DataFrame, start: np.ndarray, route: np.ndarray
) -> pd.DataFrame:
    """Decide how and when each period ends."""
    person = entered["person"].to_numpy()
    n = person.size
    dob, adult_on, died = (plot.child(name, person) for name in ("dob", "adult_on", "died"))
    band = np.searchsorted([550, 4 * 365, 9 * 365, 15 * 365], start - dob, side="right")
    leaves = dice.pick_by(band, rates.EXIT_SHARES)
    leaves = np.where((leaves == ADOPTION) & (route != COURT), HOME, leaves)
    leaves = np.where((route == ALONE) & (dice.even(n) > 0.06), ADULT, leaves)
    issued = np.where(
        route == COURT, start + dice.spread(n, ((0, -10), (0.3, 0), (0.7, 3), (0.8, 30), (1, 90))), NEVER
    )
    concluded = np.where(route == COURT, issued + dice.spread(n, rates.PROCEEDINGS_DAYS), NEVER)
    placed = np.where(
        leaves == ADOPTION,
        concluded + dice.spread_among(leaves == ADOPTION, rates.PLACED_AFTER_ORDER_DAYS),
        NEVER,
    )
    at_conclusion = (route == COURT) & ((leaves == GUARDIANSHIP) | ((leaves == HOME) & dice.chance(n, 0.6)))
    end = np.select(
        [
            leaves == ADOPTION,
            at_conclusion,
            leaves == GUARDIANSHIP,
            leaves == HOME,
            leaves == OTHER_EXIT,
        ],
        [
            placed + dice.spread(n, rates.ADOPTED_AFTER_PLACED_DAYS),
            concluded,
            start + dice.spread_among(leaves == GUARDIANSHIP, rates.GUARDIANSHIP_DAYS),
            start + dice.spread_among(leaves == HOME, rates.HOME_DAYS),
            start + dice.spread_among(leaves == OTHER_EXIT, rates.OTHER_DAYS),
        ],
        adult_on,
    )
    end = np.maximum(end, start + 1)
    leaves = np.where(end >= adult_on, ADULT, leaves)
    end = np.minimum(np.where(leaves == ADULT, adult_on, end), died)
    placed = np.where((leaves == ADOPTION) & (placed < end), placed, NEVER)
    reason = np.select(
        [died <= end, leaves == ADOPTION, leaves == GUARDIANSHIP, leaves == HOME, leaves == OTHER_EXIT],
        [
            np.full(n, REASON["E2"]),
            dice.pick(n, [0.42, 0.58]),
            REASON["E45"] + dice.pick(n, [0.75, 0.12, 0.13]),
            np.where(dice.chance(n, 0.66), REASON["E4A"], REASON["E4B"]),
            np.array([REASON[code] for code in ("E13", "E8", "E3", "E9", "E41")])[
                dice.pick(n, [0.3, 0.34, 0.12, 0.1, 0.14])
            ],
        ],
        np.array([REASON[code] for code in ("E5", "E6", "E17", "E8", "E7")])[
            dice.pick(n, [0.38, 0.13, 0.29, 0.14, 0.06])
        ],
    )
    return pd.DataFrame(
        {
            "person": person,
            "case": entered["case"].to_numpy(),
            "row": entered["row"].to_numpy(),
            "start": start,
            "end": end,
            "route": route,
            "exit": leaves,
            "reason": reason,
            "issued": issued,
            "concluded": np.minimum(concluded, np.maximum(end, issued + 30)),
            "placed": placed,
            "first_status": dice.pick(n, [0.55, 0.22, 0.15, 0.08]),
        }
    )


def short_breaks(dice: Dice, plot: Plot) -> pd.DataFrame:
    """Give some children with a disability short breaks under an agreement (V4): not looked after."""
    plans = plot.cases[(plot.cases["path"] == PATH["DISABILITY"]) & (plot.cases["cin_start"] < NEVER)]
    plans = plans[dice.chance(len(plans), rates.SHORT_BREAK_SHARE)]
    n = len(plans)
    start = plans["cin_start"].to_numpy() + 40
    end = np.minimum(np.maximum(plans["cin_end"].to_numpy() - 5, start + 30), plans["limit"].to_numpy())
    fits = start < end
    return pd.DataFrame(
        {
            "person": plans["person"],
            "case": plans["case"],
            "row": plans.index,
            "start": start,
            "end": end,
            "route": np.full(n, SHORT_BREAKS),
            "exit": np.full(n, OTHER_EXIT),
            "reason": np.full(n, REASON["E8"]),
            "issued": np.full(n, NEVER),
            "concluded": np.full(n, NEVER),
            "placed": np.full(n, NEVER),
            "first_status": np.zeros(n, dtype=np.int64),
        }
    )[fits]


def legal_statuses(periods: pd.DataFrame) -> pd.DataFrame:
    """Give each period its legal statuses in turn: before court, interim, after the final order."""
    start, end, issued, concluded, route, leaves, first = (
        periods[name].to_numpy()
        for name in ("start", "end", "issued", "concluded", "route", "exit", "first_status")
    )
    court = route == COURT
    before = np.select([route == SHORT_BREAKS, ~court, first == 1], [4, 3, 5], 3)
    after = np.where(leaves == ADOPTION, LEGAL.index("E1"), LEGAL.index("C2"))
    from_interim = np.where(court, np.clip(issued, start, end), end)
    from_final = np.where(court, np.clip(np.maximum(concluded, from_interim), start, end), end)
    pieces = [
        pd.DataFrame(
            {"period": periods["period"], "person": periods["person"], "status": status, "start": a, "end": b}
        )
        for status, a, b in (
            (before, start, from_interim),
            (np.zeros(len(periods), dtype=np.int64), from_interim, from_final),
            (after, from_final, end),
        )
    ]
    legal = pd.concat(pieces, ignore_index=True)
    legal = legal[legal["start"] < legal["end"]].sort_values(["period", "start"], kind="stable")
    return legal.reset_index(drop=True)


def places_to_live(world: World, plot: Plot, periods: pd.DataFrame) -> pd.DataFrame:
    """Let brothers and sisters (or a child alone) move from place to place; say who lived where."""
    dice = world.dice("placements")
    groups, member = groups_of(dice, plot, periods)
    chain = moves(dice, groups)
    chain = change_of_status(dice, chain)
    placements = members_in(periods, chain, member)
    placements = placed_with_adopters(dice, periods, placements)
    return describe(dice, plot, periods, placements)


def groups_of(dice: Dice, plot: Plot, periods: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Form the groups that live together: most children of a case who enter within ten days."""
    n = len(periods)
    dob = plot.child("dob", periods["person"].to_numpy())
    young = (periods["start"].to_numpy() - dob < 13 * 365) & (periods["route"].to_numpy() <= VOLUNTARY)
    together = young & dice.chance(n, 0.9)
    key = np.where(together, periods["case"].to_numpy(), -1 - np.arange(n))
    until = np.where(periods["placed"] < NEVER, periods["placed"], periods["end"])
    frame = periods.assign(key=key, dob=dob, until=until)
    gap = frame.groupby("key")["start"].transform("min")
    key = np.where(frame["start"] - gap <= 10, key, -1 - np.arange(n))
    frame["key"] = key
    member = np.unique(key, return_inverse=True)[1]
    groups = (
        frame.groupby("key", sort=True)
        .agg(
            start=("start", "min"),
            until=("until", "max"),
            dob=("dob", "min"),
            route=("route", "first"),
            size=("person", "size"),
            issued=("issued", "first"),
        )
        .reset_index(drop=True)
    )
    return groups, member


def moves(dice: Dice, groups: pd.DataFrame) -> pd.DataFrame:
    """Let each group live in one place after another until it leaves."""
    start = groups["start"].to_numpy().copy()
    until, dob, route, issued = (groups[name].to_numpy() for name in ("until", "dob", "route", "issued"))
    unsettled = dice.chance(len(groups), rates.UNSETTLED)
    waves = []
    for turn in range(40):
        group = np.flatnonzero(start < until)
        if waves and not group.size:
            break
        n = group.size
        age = (start[group] - dob[group]) / 365.25
        band = np.searchsorted([1.5, 5, 10, 16], age, side="right")
        kind = dice.pick(n, np.array(rates.PLACEMENT_SHARES)[band])
        kind = np.where(route[group] == ALONE, np.where(dice.chance(n, 0.35), TYPE["U6"], TYPE["H5"]), kind)
        kind = np.where(route[group] == SHORT_BREAKS, TYPE["K2"], kind)
        no_parents = (kind == TYPE["P1"]) & (
            (route[group] != COURT) | (start[group] < issued[group]) | (turn == 0)
        )
        kind = np.where(no_parents, TYPE["U6"], kind)
        kind = np.where((kind == TYPE["H5"]) & (age < 15.9), TYPE["U6"], kind)
        length = np.where(
            turn == 0, dice.spread(n, rates.FIRST_PLACEMENT_DAYS), dice.spread(n, rates.NEXT_PLACEMENT_DAYS)
        )
        length = np.where((age >= 13) & (turn > 0), length * 6 // 10, length)
        length = np.where(unsettled[group], dice.spread(n, rates.UNSETTLED_PLACEMENT_DAYS), length)
        length = np.where((kind == TYPE["U3"]) & (length > 60) & ~unsettled[group], length * 3, length)
        length = np.where(route[group] >= ALONE, length * 4 + 60, length)
        length = np.where(dice.chance(n, 0.004), 0, np.maximum(length, 1))
        end = np.minimum(start[group] + length, until[group])
        end = np.where(until[group] - end < 25, until[group], end)
        waves.append(
            pd.DataFrame(
                {"group": group, "start": start[group], "end": end, "kind": kind, "carer": 0, "turn": turn}
            )
        )
        start[group] = end
    chain = pd.concat(waves).sort_values(["group", "turn"], kind="stable").reset_index(drop=True)
    chain["carer"] = np.arange(len(chain))
    return chain


def change_of_status(dice: Dice, chain: pd.DataFrame) -> pd.DataFrame:
    """Split stays without a move: matched for the long term, respite, H5 renamed in 2024."""
    chain = chain.assign(why=0)
    n = len(chain)
    length = (chain["end"] - chain["start"]).to_numpy()
    matched = (
        np.isin(chain["kind"], [TYPE["U6"], TYPE["U3"]])
        & (length > 420)
        & dice.chance(n, rates.MATCHED_LONG_TERM)
    )
    at = chain["start"].to_numpy() + dice.whole(n, 200, 400)
    to = np.where(chain["kind"] == TYPE["U6"], TYPE["U4"], TYPE["U1"])
    chain = split(chain, matched, at, to)
    respite = (
        (np.isin(chain["kind"], [TYPE["U6"], TYPE["U4"]]))
        & ((chain["end"] - chain["start"]).to_numpy() > 150)
        & dice.chance(len(chain), 0.07)
    )
    at = chain["start"].to_numpy() + dice.whole(len(chain), 60, 120)
    kind = chain["kind"].to_numpy()
    away = chain[respite].assign(
        start=at[respite],
        end=at[respite] + dice.whole(int(respite.sum()), 3, 7),
        kind=TYPE["T3"],
        why=2,
        carer=chain["carer"].max() + 1 + np.arange(int(respite.sum())),
    )
    back = chain[respite].assign(start=away["end"].to_numpy(), why=3, kind=kind[respite])
    chain.loc[respite, "end"] = at[respite]
    chain = (
        pd.concat([chain, away, back])
        .sort_values(["group", "start", "turn"], kind="stable")
        .reset_index(drop=True)
    )
    renamed = (chain["kind"] == TYPE["H5"]) & (chain["start"] < NEW_CODES) & (chain["end"] > NEW_CODES)
    chain = split(chain, renamed.to_numpy(), np.full(len(chain), NEW_CODES), np.full(len(chain), TYPE["K3"]))
    late = (chain["kind"] == TYPE["H5"]) & (chain["start"] >= NEW_CODES)
    chain.loc[late, "kind"] = TYPE["K3"]
    return chain.reset_index(drop=True)


def split(chain: pd.DataFrame, where: np.ndarray, at: np.ndarray, to: np.ndarray) -> pd.DataFrame:
    """Split stays in two, with the same carer, on a day; the second part is of another type."""
    where = where & (at > chain["start"].to_numpy()) & (at < chain["end"].to_numpy())
    second = chain[where].assign(start=at[where], kind=to[where], why=1)
    chain.loc[where, "end"] = at[where]
    return (
        pd.concat([chain, second])
        .sort_values(["group", "start", "turn"], kind="stable")
        .reset_index(drop=True)
    )


def members_in(periods: pd.DataFrame, chain: pd.DataFrame, member: np.ndarray) -> pd.DataFrame:
    """Give each child the group's stays, from the child's own start to its end (or adoptive placement)."""
    counts = chain.groupby("group").size().reindex(range(upto(member)), fill_value=0).to_numpy()
    offset = np.cumsum(counts) - counts
    row, turn = repeated(counts[member])
    stay = chain.iloc[offset[member[row]] + turn].reset_index(drop=True)
    start, until = (
        periods["start"].to_numpy()[row],
        np.where(periods["placed"] < NEVER, periods["placed"], periods["end"])[row],
    )
    first = turn == 0
    stay["start"] = np.where(first, start, np.maximum(stay["start"], start))
    stay["end"] = np.minimum(stay["end"].to_numpy(), until)
    stay["period"] = row
    same_day = (stay["end"] == stay["start"]) & (stay["end"] < until) & ~first
    return stay[(stay["start"] < stay["end"]) | same_day].reset_index(drop=True)


def placed_with_adopters(dice: Dice, periods: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Place children for adoption, one in eight with their present carer."""
    adopted = periods[periods["placed"] < NEVER]
    last = stays.groupby("period").tail(1).set_index("period")["carer"]
    n = len(adopted)
    same = dice.chance(n, 0.13)
    carer = np.where(
        same,
        last.reindex(adopted["period"]).fillna(-1).to_numpy().astype(np.int64),
        stays["carer"].max() + 1 + np.arange(n),
    )
    placed = pd.DataFrame(
        {
            "group": -1,
            "start": adopted["placed"].to_numpy(),
            "end": adopted["end"].to_numpy(),
            "kind": np.where(same, TYPE["A5"], TYPE["A6"]),
            "carer": carer,
            "turn": 99,
            "why": np.where(same, 1, 0),
            "period": adopted["period"].to_numpy(),
        }
    )
    stays = pd.concat([stays, placed[placed["carer"] >= 0]], ignore_index=True)
    return stays.sort_values(["period", "start", "end"], kind="stable").reset_index(drop=True)


def describe(dice: Dice, plot: Plot, periods: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Give each stay the facts of its carer: distance, whether in the county, provider, address."""
    carers = upto(stays["carer"])
    kind_of = np.zeros(carers, dtype=np.int64)
    kind_of[stays["carer"].to_numpy()[::-1]] = stays["kind"].to_numpy()[::-1]
    distance = dice.spread(carers, rates.DISTANCE_TENTHS)
    home = np.isin(kind_of, [TYPE["K2"], TYPE["R5"], TYPE["Z1"]])
    distance = np.where(home, distance * 14 // 10, np.where(kind_of == TYPE["P1"], distance // 6, distance))
    inside = np.where(distance > 200, dice.chance(carers, 0.04), dice.chance(carers, 0.9))
    provider = np.where(
        kind_of == TYPE["P1"],
        0,
        np.where(
            np.isin(kind_of, [TYPE["U3"], TYPE["U1"]]), 1, dice.pick(carers, [0, 0.47, 0.03, 0.0, 0.42, 0.08])
        ),
    )
    carer = stays["carer"].to_numpy()
    person = periods["person"].to_numpy()[stays["period"].to_numpy()]
    stays = stays.assign(
        person=person,
        placement=np.arange(len(stays)),
        distance=np.where(plot.child("uasc", person), -1, distance[carer]),
        inside=inside[carer],
        provider=provider[carer],
        area=(carer * 7 + 3) % 9,
    )
    stays.loc[dice.chance(len(stays), 0.012) & (stays["distance"] >= 0), "distance"] = 9999
    return stays


def episodes_of(periods: pd.DataFrame, legal: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Cut each period into episodes wherever the placement or the legal status changes."""
    whole = stays[stays["start"] < stays["end"]]
    cuts = pd.concat([whole[["period", "start"]], legal[["period", "start"]]]).drop_duplicates()
    cuts = cuts.sort_values(["period", "start"], kind="stable").reset_index(drop=True)
    period, start = cuts["period"].to_numpy(), cuts["start"].to_numpy()
    key = period * NEVER + start

    def current(table: pd.DataFrame) -> np.ndarray:
        return (
            np.searchsorted(table["period"].to_numpy() * NEVER + table["start"].to_numpy(), key, side="right")
            - 1
        )

    stay, status = whole.iloc[current(whole)], legal.iloc[current(legal)]
    last = np.append(period[1:] != period[:-1], True)
    first = np.append(True, period[1:] != period[:-1])
    end = np.where(last, periods["end"].to_numpy()[period], np.append(start[1:], 0))
    carer, placement, law = (
        stay["carer"].to_numpy(),
        stay["placement"].to_numpy(),
        status["status"].to_numpy(),
    )
    before = np.maximum(np.arange(len(cuts)) - 1, 0)
    moved, new_carer, new_law = placement != placement[before], carer != carer[before], law != law[before]
    reason = np.select([first, new_carer & new_law, moved & new_law, new_law, new_carer], [0, 4, 5, 1, 2], 3)
    return pd.DataFrame(
        {
            "period": period,
            "person": periods["person"].to_numpy()[period],
            "start": start,
            "end": end,
            "reason": reason,
            "placement": placement,
            "status": law,
            "ceased": np.where(last, periods["reason"].to_numpy()[period], REASON["X1"]),
        }
    )


def write_care(world: World, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write episodes, legal statuses, placements and their details."""
    dice = world.dice("care")
    scribe = world.scribe
    in_time = (care.periods["start"] <= world.as_at).to_numpy() & kept[care.periods["person"].to_numpy()]
    episodes = care.episodes[
        in_time[care.episodes["period"].to_numpy()] & (care.episodes["start"] <= world.as_at)
    ]
    period = care.periods.iloc[episodes["period"].to_numpy()]
    n = len(episodes)
    world.meet(episodes["person"].to_numpy())
    contact = episodes["start"].to_numpy() + dice.whole(n, 10, 120)
    ended = scribe.seen(episodes["end"])
    scribe.write(
        "ssd_cla_episodes",
        {
            "clae_cla_episode_id": ids("EPI", episodes.index.to_numpy()),
            "clae_person_id": ids("P", episodes["person"].to_numpy()),
            "clae_cla_episode_start_date": scribe.dates(episodes["start"].to_numpy()),
            "clae_cla_episode_start_reason": codes(episodes["reason"].to_numpy(), list("SLPTBU")),
            "clae_cla_primary_need_code": codes(
                plot.cases["need"].to_numpy()[period["row"].to_numpy()], NEEDS
            ),
            "clae_cla_episode_ceased_date": scribe.dates(episodes["end"].to_numpy()),
            "clae_cla_episode_ceased_reason": codes(np.where(ended, episodes["ceased"], -1), REASONS),
            "clae_cla_id": ids("CLA", episodes["period"].to_numpy()),
            "clae_referral_id": ids("R", period["row"].to_numpy()),
            "clae_cla_placement_id": ids("PL", episodes["placement"].to_numpy()),
            "clae_entered_care_date": scribe.dates(period["start"].to_numpy()),
            "clae_cla_last_iro_contact_date": filled(
                scribe.dates(np.where(contact < episodes["end"], contact, NEVER)), "1900-01-01"
            ),
        },
    )
    legal = care.legal[in_time[care.legal["period"].to_numpy()] & (care.legal["start"] <= world.as_at)]
    scribe.write(
        "ssd_legal_status",
        {
            "lega_legal_status_id": ids("LS", legal.index.to_numpy()),
            "lega_person_id": ids("P", legal["person"].to_numpy()),
            "lega_legal_status": codes(legal["status"].to_numpy(), LEGAL),
            "lega_legal_status_start_date": scribe.dates(legal["start"].to_numpy()),
            "lega_legal_status_end_date": scribe.dates(legal["end"].to_numpy()),
        },
    )
    stays = care.placements
    stays = stays[in_time[stays["period"].to_numpy()] & (stays["start"] <= world.as_at)]
    moved_on = scribe.seen(stays["end"]) & (
        stays["end"].to_numpy() < care.periods["end"].to_numpy()[stays["period"]]
    )
    next_why = stays.groupby("period")["why"].shift(-1).fillna(0).to_numpy()
    reason = np.where(
        next_why == 1,
        0,
        1 + dice.pick(len(stays), [0.36, 0.08, 0.02, 0.03, 0.01, 0.17, 0.17, 0.08, 0.04, 0.04]),
    )
    scribe.write(
        "ssd_cla_placement",
        {
            "clap_cla_placement_id": ids("PL", stays["placement"].to_numpy()),
            "clap_cla_placement_start_date": scribe.dates(stays["start"].to_numpy()),
            "clap_cla_placement_type": codes(stays["kind"].to_numpy(), TYPES),
            "clap_cla_placement_urn": swap(
                ids("SC", stays["carer"].to_numpy() % 97), ~np.isin(stays["provider"], [4, 5]), NO_TEXT
            ),
            "clap_cla_placement_distance": tenths(stays["distance"].to_numpy()),
            "clap_cla_id": ids("CLA", stays["period"].to_numpy()),
            "clap_cla_placement_provider": codes(stays["provider"].to_numpy(), [f"PR{k}" for k in range(6)]),
            "clap_cla_placement_postcode": postcodes(
                stays["area"].to_numpy(), stays["carer"].to_numpy() * 37 + 1
            ),
            "clap_cla_placement_end_date": scribe.dates(stays["end"].to_numpy()),
            "clap_cla_placement_change_reason": codes(
                np.where(moved_on, reason, -1),
                [
                    "PLACE",
                    "CARPL",
                    "CLOSE",
                    "ALLEG",
                    "STAND",
                    "APPRR",
                    "CREQB",
                    "CREQO",
                    "CHILD",
                    "LAREQ",
                    "OTHER",
                ],
            ),
            "clap_person_id": ids("P", stays["person"].to_numpy()),
        },
    )
    scribe.write(
        "local_placement_details",
        {
            "placement_id": ids("PL", stays["placement"].to_numpy()),
            "carer_id": ids("CAR", stays["carer"].to_numpy()),
            "inside_authority": swap(yes_no(stays["inside"].to_numpy()), dice.chance(len(stays), 0.01), None),
        },
    )


NEEDS = [f"N{k}" for k in range(10)]
