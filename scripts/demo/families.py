"""
Families, their children, and how their cases with social care go: the plot that every subject tells a part of.

A case is a family's; its rows are the children's. Waves of cases follow one another: families new to social care,
then those who return, and so on. Days are numbers; `NEVER` is a thing that does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scripts.demo import rates
from scripts.demo.calendar import NEVER, birthday, months_on
from scripts.demo.dice import Dice
from scripts.demo.workforce import DISABILITY, FFD, LOCALITY, Workforce
from scripts.demo.world import World, repeated

PATH = {name: place for place, name in enumerate(rates.PATHS)}
ETHNICITIES = (
    ("WBRI", 77.0), ("WIRI", 0.4), ("WIRT", 0.3), ("WROM", 0.8), ("WOTH", 5.5), ("MWBC", 2.2), ("MWBA", 0.8),
    ("MWAS", 1.6), ("MOTH", 1.8), ("AIND", 0.9), ("APKN", 2.8), ("ABAN", 0.9), ("CHNE", 0.2), ("AOTH", 0.8),
    ("BCRB", 0.5), ("BAFR", 1.0), ("BOTH", 0.4), ("OOTH", 0.8), ("REFU", 0.3), ("NOBT", 1.0),
)  # fmt: skip
"""Ethnicity of children in need (after DfE 2025 and the county's census)."""
DISABILITIES = ("NONE", "MOB", "HAND", "PC", "INC", "COMM", "LD", "HEAR", "VIS", "BEH", "CON", "AUT", "DDA")


@dataclass
class Plot:
    """The families (by number), the children (by number) and the cases, one row per child and case."""

    families: pd.DataFrame
    children: pd.DataFrame
    cases: pd.DataFrame
    support_families: pd.DataFrame
    """Families known to early help or targeted support only: family, ref (the day they asked for help)."""

    def child(self, column: str, people: np.ndarray) -> np.ndarray:
        """Give a fact of each of these children."""
        return self.children[column].to_numpy()[people]


def invent_plot(world: World, workforce: Workforce) -> Plot:
    """Let families come, return and go; then say which children each case is about."""
    dice = world.dice("families")
    cases = new_families(world, dice)
    families = people_of(dice, cases)
    support_families = cases[cases["path"] < 0]
    cases = cases[cases["path"] >= 0].reset_index(drop=True)
    children = born_to(dice, families)
    waves = []
    while len(cases):
        cases = how_it_goes(world, dice, workforce, cases)
        waves.append(cases)
        cases = those_who_return(world, dice, cases)
    told = pd.concat(waves, ignore_index=True).sort_values(["ref", "family"], kind="stable")
    told = told.reset_index(drop=True)
    told["case"] = np.arange(len(told))
    return Plot(families, children, whose_case(dice, told, families, children), support_families)


def new_families(world: World, dice: Dice) -> pd.DataFrame:
    """Let families come to social care for the first time; long ago only those whose story is still going on."""
    shares = np.array(rates.PATH_SHARES)
    shares = shares / shares.sum()
    long_ago = np.where(
        np.isin(np.arange(shares.size), [PATH["CP_CARE"], PATH["CARE"], PATH["DISABILITY"]]), shares, 0
    )
    recent = world.arrivals(dice, rates.NEW_FAMILIES_A_YEAR, world.told_from, world.as_at)
    before = world.arrivals(
        dice, rates.NEW_FAMILIES_A_YEAR * long_ago.sum(), world.deep, world.told_from - 1, season=False
    )
    alone = world.arrivals(dice, rates.UASC_A_YEAR, world.deep + 1500, world.as_at, season=False, trend=0.03)
    helped = world.arrivals(dice, rates.SUPPORT_FAMILIES_A_YEAR, world.opened - 500, world.as_at)
    return pd.DataFrame(
        {
            "ref": np.concatenate([before, recent, alone, helped]),
            "path": np.concatenate(
                [
                    dice.pick(before.size, long_ago),
                    dice.pick(recent.size, shares),
                    np.full(alone.size, PATH["UASC"]),
                    np.full(helped.size, -1),
                ]
            ),
        }
    ).assign(family=lambda new: np.arange(len(new)), turn=0)


def people_of(dice: Dice, cases: pd.DataFrame) -> pd.DataFrame:
    """Give each new family its children's number and spacing, its ethnicity and where it lives."""
    n, path = len(cases), cases["path"].to_numpy()
    single = np.isin(path, [PATH["UASC"], PATH["DISABILITY"]]) | (
        (path == PATH["CARE"]) & dice.chance(n, 0.55)
    )
    count = np.where(single, 1, 1 + dice.pick(n, rates.CHILDREN_IN_FAMILY))
    age = dice.spread(n, rates.AGES["any"])
    for name, points in rates.AGES.items():
        if name != "any":
            age = np.where(path == PATH[name], dice.spread(n, points), age)
    names, weights = zip(*ETHNICITIES, strict=True)
    abroad = [3.0 if name in ("AOTH", "OOTH", "BAFR") else 0.0 for name in names]
    ethnicity = np.where(path == PATH["UASC"], dice.pick(n, abroad), dice.pick(n, weights))
    return pd.DataFrame(
        {
            "area": dice.pick(n, [14, 13, 12, 12, 11, 11, 10, 9, 8]),
            "ethnicity": ethnicity,
            "children": count,
            "first": np.cumsum(count) - count,
            "index_dob": cases["ref"].to_numpy() - age,
            "index_rank": np.floor(dice.free(n) * count).astype(np.int64),
            "disability": path == PATH["DISABILITY"],
            "uasc": path == PATH["UASC"],
            "moved": cases["ref"].to_numpy() + dice.spread(n, ((0, -900), (0.5, 500), (1, 3500))),
            "has_moved": dice.chance(n, 0.35),
        }
    )


def born_to(dice: Dice, families: pd.DataFrame) -> pd.DataFrame:
    """Give the families their children, born a few years apart; some are born after the family is first known."""
    family, turn = repeated(families["children"].to_numpy())
    n = family.size
    spacing = dice.spread(n, ((0, 0), (0.02, 330), (0.5, 900), (0.85, 1600), (1, 2600)))
    behind = turn - families["index_rank"].to_numpy()[family]
    reach = pd.Series(spacing).groupby(family).cumsum().to_numpy()
    index_row = families["first"].to_numpy()[family] + families["index_rank"].to_numpy()[family]
    dob = families["index_dob"].to_numpy()[family] + reach - reach[index_row]
    uasc = families["uasc"].to_numpy()[family]
    disabled = np.where(
        families["disability"].to_numpy()[family],
        dice.pick(n, [0, 3, 0.5, 1, 1, 2, 6, 1, 1, 2, 0.5, 8, 1]),
        np.where(dice.chance(n, 0.075), dice.pick(n, [0, 1, 0.3, 0.5, 0.5, 2, 3, 1, 1, 3, 0.3, 4, 1]), 0),
    )
    return pd.DataFrame(
        {
            "family": family,
            "dob": dob,
            "is_index": behind == 0,
            "sex": np.where(uasc, dice.pick(n, [0.94, 0.06]), dice.pick(n, [0.525, 0.475])),
            "ethnicity": families["ethnicity"].to_numpy()[family],
            "disability": np.where(dice.chance(n, 0.06) & (disabled == 0), -1, disabled),
            "uasc": uasc,
            "died": np.where(dice.chance(n, 0.0004), dob + dice.whole(n, 30, 6000), NEVER),
            "adult_on": birthday(dob, 18),
        }
    )


def how_it_goes(world: World, dice: Dice, workforce: Workforce, cases: pd.DataFrame) -> pd.DataFrame:
    """Set the days of a family's case: decision, assessment, strategy, conference, plans, transfer, close."""
    calendar, n = world.calendar, len(cases)
    path, ref, family = (cases[name].to_numpy() for name in ("path", "ref", "family"))

    def goes(*names: str) -> np.ndarray:
        return np.isin(path, [PATH[name] for name in names])

    ffd = workforce.team_for(FFD, family * 7 + family // 5)
    locality = workforce.team_for(LOCALITY, family * 5 + family // 3)
    disability = workforce.team_for(DISABILITY, family)
    decided = calendar.after(ref, dice.spread(n, rates.DECISION_WORKING_DAYS))
    decided = np.maximum(decided, ref)

    start = np.where(
        goes("REFERRAL_NFA"),
        NEVER,
        np.maximum(calendar.after(decided, dice.spread(n, rates.ASSESSMENT_START)), ref),
    )
    s47 = goes("S47_CLOSED", "S47_CIN", "S47_CP", "CP_CARE") | (goes("CARE") & dice.chance(n, 0.45))
    strategy_early = calendar.on_working_day(start + dice.spread(n, rates.STRATEGY_AFTER_ASSESSMENT_START))
    strategy = np.where(s47, strategy_early, NEVER)
    assessed = assessment_end(world, dice, workforce, np.where(goes("DISABILITY"), disability, ffd), start)
    assessed = np.where(start < NEVER, assessed, NEVER)

    close_gap = dice.spread(n, ((0, 0), (0.6, 3), (1, 18)))
    cin_start = np.where(
        goes("CIN", "S47_CIN", "CIN_S47_CP", "DISABILITY"),
        assessed + dice.spread(n, ((0, 0), (0.5, 4), (0.9, 12), (1, 40))),
        NEVER,
    )
    cin_days = np.where(
        goes("DISABILITY"), dice.spread(n, rates.DISABILITY_DAYS), dice.spread(n, rates.CIN_PLAN_DAYS)
    )
    cin_end = np.where(cin_start < NEVER, cin_start + cin_days, NEVER)

    late = goes("CIN_S47_CP")
    strategy = np.where(
        late, calendar.on_working_day(cin_start + 20 + (cin_days * 0.6).astype(np.int64)), strategy
    )
    s47_end = np.where(
        strategy < NEVER,
        calendar.after(np.minimum(strategy, calendar.last - 400), dice.spread(n, rates.S47_WORKING_DAYS)),
        NEVER,
    )
    conference = np.where(
        goes("S47_CP", "CIN_S47_CP", "CP_CARE"),
        calendar.after(np.minimum(strategy, calendar.last - 400), dice.spread(n, rates.ICPC_WORKING_DAYS)),
        NEVER,
    )
    s47_end = np.where(conference < NEVER, np.minimum(s47_end, conference - 1), s47_end)
    s47_end = np.where(strategy < NEVER, np.maximum(s47_end, strategy), NEVER)
    planned = (conference < NEVER) & (dice.chance(n, rates.PLAN_AFTER_CONFERENCE + 0.02) | goes("CP_CARE"))
    cin_end = np.where(late, conference, cin_end)
    cp_start = np.where(planned, conference, NEVER)
    care_after_plan = cp_start + dice.spread(n, rates.CARE_AFTER_PLAN)
    care_directly = ref + dice.spread(n, rates.CARE_AFTER_REFERRAL)
    care = np.select(
        [goes("CP_CARE"), goes("CARE"), goes("UASC")],
        [care_after_plan, care_directly, ref + dice.whole(n, 0, 2)],
        NEVER,
    )
    cp_days = dice.spread(n, rates.CP_PLAN_DAYS)
    cp_end = np.where(
        planned, np.where(care < NEVER, care + dice.whole(n, 15, 75), cp_start + cp_days), NEVER
    )
    assessed = np.where(
        conference < NEVER, np.where(late, assessed, np.minimum(assessed, conference + 9)), assessed
    )

    steps_down = planned & (care == NEVER) & dice.chance(n, rates.CP_TO_CIN)
    unplanned = (conference < NEVER) & ~planned
    cin2_start = np.select([steps_down, unplanned], [cp_end, conference], NEVER)
    cin2_end = np.where(cin2_start < NEVER, cin2_start + dice.spread(n, rates.CIN_AFTER_CP_DAYS), NEVER)

    ends = np.stack(
        [np.where(day < NEVER, day, -1) for day in (decided, assessed, s47_end, cin_end, cp_end, cin2_end)]
    )
    close = np.maximum(ends.max(axis=0), ref) + np.where(goes("REFERRAL_NFA"), 0, close_gap)
    close = np.where(care < NEVER, np.maximum(close, care + 60), close)
    transfer = np.select(
        [goes("DISABILITY"), goes("UASC", "CARE"), cin_start < NEVER, conference < NEVER],
        [assessed, care + 20, cin_start + 3, conference + 3],
        NEVER,
    )
    passes = goes("ASSESSED_CLOSED", "S47_CLOSED") & dice.chance(n, 0.05)
    transfer = np.where(passes, start + 25, transfer)
    return cases.assign(
        ffd=ffd,
        locality=np.where(goes("DISABILITY"), disability, locality),
        decided=decided,
        start=start,
        assessed=assessed,
        strategy=strategy,
        s47_end=s47_end,
        conference=conference,
        cp_start=cp_start,
        cp_end=cp_end,
        cin_start=cin_start,
        cin_end=cin_end,
        cin2_start=cin2_start,
        cin2_end=cin2_end,
        care=care,
        transfer=np.where(transfer < close, transfer, NEVER),
        close=close,
    )


def assessment_end(
    world: World, dice: Dice, workforce: Workforce, teams: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Give the day each assessment is authorised, by the team's way of working at the time."""
    n = start.size
    inside = np.minimum(start, world.calendar.last - 400)
    days = np.select(
        [
            workforce.in_trouble(world, teams, start + 45),
            workforce.before_turnaround(world, teams, start + 45),
        ],
        [
            dice.spread(n, rates.ASSESSMENT_WORKING_DAYS_TROUBLE),
            dice.spread(n, rates.ASSESSMENT_WORKING_DAYS_BEFORE_TURNAROUND),
        ],
        dice.spread(n, rates.ASSESSMENT_WORKING_DAYS),
    )
    return world.calendar.after(inside, days)


def those_who_return(world: World, dice: Dice, cases: pd.DataFrame) -> pd.DataFrame:
    """Let some families come back after their case has closed."""
    path = cases["path"].to_numpy()
    n = path.size
    turn = cases["turn"].to_numpy()
    back = dice.chance(n, np.array(rates.RETURN_SHARE)[path]) & (turn < 8)
    ref = cases["close"].to_numpy() + dice.spread(n, rates.RETURN_GAP)
    protected = (cases["cp_start"].to_numpy() < NEVER) | cases.get(
        "protected", pd.Series(False, cases.index)
    ).to_numpy()
    shares, after = np.array(rates.PATH_SHARES), np.array(rates.PATH_SHARES_AFTER_CP)
    shares = np.where(np.arange(shares.size) == PATH["DISABILITY"], 0, shares)
    path = np.where(protected, dice.pick(n, after), dice.pick(n, shares))
    return pd.DataFrame(
        {
            "ref": ref,
            "path": path,
            "family": cases["family"].to_numpy(),
            "turn": turn + 1,
            "protected": protected,
        }
    )[back & (ref <= world.as_at)].reset_index(drop=True)


def whose_case(
    dice: Dice, told: pd.DataFrame, families: pd.DataFrame, children: pd.DataFrame
) -> pd.DataFrame:
    """Give each case its children: born or expected soon, under 18, alive, and most of them concerned."""
    family = told["family"].to_numpy()
    row, turn = repeated(families["children"].to_numpy()[family])
    person = families["first"].to_numpy()[family[row]] + turn
    ref = told["ref"].to_numpy()[row]
    facts = children.iloc[person]
    dob, index = facts["dob"].to_numpy(), facts["is_index"].to_numpy()
    eligible = (
        (dob - ref <= 140)
        & (months_on(facts["adult_on"].to_numpy(), -1) > ref)
        & (facts["died"].to_numpy() > ref)
    )
    concerned = index | dice.chance(row.size, rates.INCLUDED_IN_CASE)
    keep = eligible & concerned
    cases = told.iloc[row[keep]].reset_index(drop=True)
    cases["person"] = person[keep]
    n = len(cases)
    index, dob = index[keep], dob[keep]
    protected = index | dice.chance(n, 0.93)
    cases.loc[
        ~(index | dice.chance(n, 0.87)), ["strategy", "s47_end", "conference", "cp_start", "cp_end"]
    ] = NEVER
    cases.loc[~protected, ["conference", "cp_start", "cp_end"]] = NEVER
    taken = index | (dice.chance(n, 0.8) & (cases["ref"].to_numpy() - dob < 14.5 * 365))
    taken &= (cases["path"].to_numpy() != PATH["CP_CARE"]) | (cases["cp_start"].to_numpy() < NEVER)
    cases.loc[~taken, "care"] = NEVER
    unborn_at_care = cases["care"].to_numpy() < dob
    cases.loc[unborn_at_care, "care"] = dob[unborn_at_care] + 2
    cases.loc[unborn_at_care & (cases["cp_end"].to_numpy() < NEVER), "cp_end"] = (
        dob[unborn_at_care & (cases["cp_end"].to_numpy() < NEVER)] + 40
    )
    limit = np.minimum(
        children["adult_on"].to_numpy()[cases["person"]], children["died"].to_numpy()[cases["person"]]
    )
    cases["limit"] = limit
    for begin, end in (
        ("start", "assessed"),
        ("strategy", "s47_end"),
        ("cp_start", "cp_end"),
        ("cin_start", "cin_end"),
        ("cin2_start", "cin2_end"),
    ):
        gone = cases[begin].to_numpy() >= limit
        cases.loc[gone, [begin, end]] = NEVER
        cases[end] = np.where(cases[end] < NEVER, np.minimum(cases[end].to_numpy(), limit), NEVER)
    for event in ("conference", "care"):
        cases.loc[cases[event].to_numpy() >= limit, event] = NEVER
    gone = cases["conference"].to_numpy() == NEVER
    cases.loc[gone, ["cp_start", "cp_end"]] = NEVER
    own = np.stack(
        [
            np.where(cases[c] < NEVER, cases[c], -1)
            for c in ("decided", "assessed", "s47_end", "cin_end", "cp_end", "cin2_end")
        ]
    ).max(axis=0)
    slack = (
        cases["close"].to_numpy()
        - cases[["decided", "assessed", "s47_end", "cin_end", "cp_end", "cin2_end"]]
        .where(lambda d: d < NEVER, -1)
        .max(axis=1)
        .to_numpy()
    )
    path = cases["path"].to_numpy()
    cases["need"] = np.select(
        [path == PATH["DISABILITY"], path == PATH["UASC"]],
        [2, 8],
        dice.pick(n, [0.02, 0.60, 0.02, 0.03, 0.09, 0.15, 0.06, 0.01, 0.02]),
    )
    cases["close"] = np.minimum(own + np.clip(slack, 0, 18), limit)
    return cases
