"""
Families, their children, and how their cases go: the plot that every subject tells a part of.

A case is a family's; its rows are the children's. Waves of cases follow one another: families new to social
care, then those who return, and so on. Days are numbers; `NEVER` is a thing that does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, birthday, months_on
from csc_measures.demo.dice import Dice
from csc_measures.demo.workforce import DISABILITY, FFD, LOCALITY, Workforce, scattered
from csc_measures.demo.world import World, repeated, upto

PATH = {name: place for place, name in enumerate(rates.PATHS)}
ETHNICITIES = (
    ("WBRI", 77.0), ("WIRI", 0.4), ("WIRT", 0.3), ("WROM", 0.8), ("WOTH", 5.5), ("MWBC", 2.2), ("MWBA",
    0.8), ("MWAS", 1.6), ("MOTH", 1.8), ("AIND", 0.9), ("APKN", 2.8), ("ABAN", 0.9), ("CHNE", 0.2),
    ("AOTH", 0.8), ("BCRB", 0.5), ("BAFR", 1.0), ("BOTH", 0.4), ("OOTH", 0.8), ("REFU", 0.3), ("NOBT",
    1.0),
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
    """Let families come for the first time; long ago only those whose story may still go on."""
    shares = np.array(rates.PATH_SHARES)
    shares = shares / shares.sum()
    long_ago = np.where(
        np.isin(np.arange(shares.size), [PATH["CP_CARE"], PATH["CARE"], PATH["DISABILITY"]]), shares, 0
    )
    recent = world.arrivals(dice, rates.NEW_FAMILIES_A_YEAR, world.told_from, world.as_at)
    before = world.arrivals(
        dice,
        rates.NEW_FAMILIES_A_YEAR * long_ago.sum(),
        world.deep,
        world.told_from - 1,
        season=False,
        trend=0.0,
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
    """Give the families their children, born a few years apart, some after the family is known."""
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
    """Set the days of each family's case: decision, assessment, enquiry, conference, plans, care, close."""
    cases = cases.pipe(decide, world, dice, workforce)
    cases = cases.pipe(assess, world, dice, workforce)
    cases = cases.pipe(plan_for_need, dice)
    cases = cases.pipe(enquire, world, dice)
    cases = cases.pipe(protect, world, dice)
    cases = cases.pipe(take_into_care, dice)
    cases = cases.pipe(step_down, dice)
    return cases.pipe(close, dice)


def goes(cases: pd.DataFrame, *paths: str) -> np.ndarray:
    """Say which cases go one of these ways."""
    return np.isin(cases["path"], [PATH[path] for path in paths])


def decide(cases: pd.DataFrame, world: World, dice: Dice, workforce: Workforce) -> pd.DataFrame:
    """Give each case its teams and first decision; the team in trouble takes more than its own."""
    n, family = len(cases), cases["family"].to_numpy()
    disabled = goes(cases, "DISABILITY")
    locality = workforce.team_for(LOCALITY, family)
    extra = (cases["ref"] >= world.trouble) & (scattered(family) % rates.TAKEN_OVER_BY_TEAM_IN_TROUBLE == 0)
    locality = np.where(extra, workforce.trouble_team, locality)
    days = dice.spread(n, rates.DECISION_WORKING_DAYS)
    return cases.assign(
        ffd=workforce.team_for(FFD, family),
        locality=np.where(disabled, workforce.team_for(DISABILITY, family), locality),
        decided=np.maximum(world.calendar.after(cases["ref"].to_numpy(), days), cases["ref"]),
    )


def assess(cases: pd.DataFrame, world: World, dice: Dice, workforce: Workforce) -> pd.DataFrame:
    """Start an assessment unless the referral ends there, and authorise it by the team's way of working."""
    begins = ~goes(cases, "REFERRAL_NFA")
    wait = dice.spread(len(cases), rates.ASSESSMENT_START)
    start = np.where(begins, world.calendar.after(cases["decided"].to_numpy(), wait), NEVER)
    start = np.where(begins, np.maximum(start, cases["ref"]), NEVER)
    passes = goes(cases, "ASSESSED_CLOSED", "S47_CLOSED")
    passes &= dice.chance(len(cases), rates.PASSED_WHILE_ASSESSED)
    team = np.where(passes | goes(cases, "DISABILITY"), cases["locality"], cases["ffd"])
    done = assessment_end(world, dice, workforce, team, start)
    return cases.assign(start=start, assessed=np.where(begins, done, NEVER), passes=passes)


def plan_for_need(cases: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Begin a child in need plan after the assessment."""
    disabled = goes(cases, "DISABILITY")
    others = goes(cases, "CIN", "S47_CIN", "CIN_S47_CP")
    planned = disabled | others
    start = cases["assessed"].to_numpy() + dice.spread_among(planned, rates.PLAN_AFTER_ASSESSMENT)
    days = dice.spread_among(disabled, rates.DISABILITY_DAYS) + dice.spread_among(others, rates.CIN_PLAN_DAYS)
    return cases.assign(
        cin_start=np.where(planned, start, NEVER), cin_end=np.where(planned, start + days, NEVER)
    )


def enquire(cases: pd.DataFrame, world: World, dice: Dice) -> pd.DataFrame:
    """Hold a strategy discussion and an enquiry, early in the assessment or during a plan."""
    calendar, n = world.calendar, len(cases)
    early = goes(cases, "S47_CLOSED", "S47_CIN", "S47_CP", "CP_CARE")
    early |= goes(cases, "CARE") & dice.chance(n, 0.45)
    late = goes(cases, "CIN_S47_CP")
    soon = cases["start"].to_numpy() + dice.spread_among(early, rates.STRATEGY_AFTER_ASSESSMENT_START)
    span = (cases["cin_end"] - cases["cin_start"]).to_numpy()
    during = cases["cin_start"].to_numpy() + 20 + (span * 0.6).astype(np.int64)
    strategy = calendar.on_working_day(np.select([early, late], [soon, during], NEVER))
    days = dice.spread_among(early | late, rates.S47_WORKING_DAYS)
    end = calendar.after(np.minimum(strategy, calendar.last - 400), days)
    return cases.assign(strategy=strategy, s47_end=np.where(early | late, np.maximum(end, strategy), NEVER))


def protect(cases: pd.DataFrame, world: World, dice: Dice) -> pd.DataFrame:
    """Hold a conference within 15 working days, mostly; most conferences make a protection plan."""
    calendar = world.calendar
    meets = goes(cases, "S47_CP", "CIN_S47_CP", "CP_CARE")
    days = dice.spread_among(meets, rates.ICPC_WORKING_DAYS)
    strategy = cases["strategy"].to_numpy()
    held = np.where(meets, calendar.after(np.minimum(strategy, calendar.last - 400), days), NEVER)
    agreed = np.zeros(len(cases), dtype=bool)
    agreed[meets] = dice.chance(int(meets.sum()), rates.PLAN_AFTER_CONFERENCE)
    agreed |= goes(cases, "CP_CARE")
    late = goes(cases, "CIN_S47_CP")
    start = np.where(agreed, held, NEVER)
    done = np.where(meets & ~late, np.minimum(cases["assessed"], held + 9), cases["assessed"])
    enquired = np.where(meets, np.maximum(np.minimum(cases["s47_end"], held - 1), strategy), cases["s47_end"])
    return cases.assign(
        conference=held,
        cp_start=start,
        cp_end=np.where(agreed, start + dice.spread_among(agreed, rates.CP_PLAN_DAYS), NEVER),
        cin_end=np.where(late, held, cases["cin_end"]),
        assessed=done,
        s47_end=enquired,
    )


def take_into_care(cases: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Bring children into care: during a protection plan, soon after the referral, or on arrival alone."""
    after_plan, direct, alone = goes(cases, "CP_CARE"), goes(cases, "CARE"), goes(cases, "UASC")
    care = np.select(
        [after_plan, direct, alone],
        [
            cases["cp_start"] + dice.spread_among(after_plan, rates.CARE_AFTER_PLAN),
            cases["ref"] + dice.spread_among(direct, rates.CARE_AFTER_REFERRAL),
            cases["ref"] + dice.whole(len(cases), 0, 2),
        ],
        NEVER,
    )
    plan_end = np.where(after_plan, care + dice.whole(len(cases), 15, 75), cases["cp_end"])
    return cases.assign(care=care, cp_end=plan_end)


def step_down(cases: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Begin a child in need plan when a protection plan ends, or when a conference made none."""
    protected = ((cases["cp_start"] < NEVER) & (cases["care"] == NEVER)).to_numpy()
    eased = np.zeros(len(cases), dtype=bool)
    eased[protected] = dice.chance(int(protected.sum()), rates.CP_TO_CIN)
    unplanned = ((cases["conference"] < NEVER) & (cases["cp_start"] == NEVER)).to_numpy()
    start = np.select([eased, unplanned], [cases["cp_end"], cases["conference"]], NEVER)
    days = dice.spread_among(eased | unplanned, rates.CIN_AFTER_CP_DAYS)
    return cases.assign(cin2_start=start, cin2_end=np.where(eased | unplanned, start + days, NEVER))


def close(cases: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Close each case soon after its last part has ended; say when it passes from the front door."""
    n = len(cases)
    delay = np.where(goes(cases, "REFERRAL_NFA"), 0, dice.spread(n, rates.CLOSE_AFTER))
    end = np.maximum(last_part(cases), cases["ref"]) + delay
    end = np.where(cases["care"] < NEVER, np.maximum(end, cases["care"] + 60), end)
    transfer = np.select(
        [
            cases["passes"],
            goes(cases, "DISABILITY"),
            goes(cases, "UASC", "CARE"),
            cases["cin_start"] < NEVER,
            cases["conference"] < NEVER,
        ],
        [
            cases["start"] + 25,
            cases["assessed"],
            cases["care"] + 20,
            cases["cin_start"] + 3,
            cases["conference"] + 3,
        ],
        NEVER,
    )
    return cases.assign(close=end, transfer=np.where(transfer < end, transfer, NEVER))


def last_part(cases: pd.DataFrame) -> np.ndarray:
    """Give the last day on which a part of each case ends."""
    parts = cases[["decided", "assessed", "s47_end", "cin_end", "cp_end", "cin2_end"]].to_numpy()
    return np.where(parts < NEVER, parts, -1).max(axis=1)


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
    facts = children.iloc[person].reset_index(drop=True)
    ref = told["ref"].to_numpy()[row]
    eligible = (facts["dob"] - ref <= 140) & (months_on(facts["adult_on"], -1) > ref) & (facts["died"] > ref)
    concerned = facts["is_index"] | dice.chance(row.size, rates.INCLUDED_IN_CASE)
    keep = (eligible & concerned).to_numpy()
    cases = told.iloc[row[keep]].reset_index(drop=True).assign(person=person[keep])
    delay = np.clip(cases["close"].to_numpy() - last_part(cases), 0, 18)
    facts = facts[keep].reset_index(drop=True)
    cases = leave_some_out(dice, cases, facts)
    cases = end_at_the_limit(cases, facts)
    path = cases["path"].to_numpy()
    need = dice.pick(len(cases), [0.02, 0.60, 0.02, 0.03, 0.09, 0.15, 0.06, 0.01, 0.02])
    return cases.assign(
        close=np.minimum(last_part(cases) + delay, cases["limit"]),
        need=np.select([path == PATH["DISABILITY"], path == PATH["UASC"]], [2, 8], need),
    )


def leave_some_out(dice: Dice, cases: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Leave some brothers and sisters out of the enquiry, of the conference, or at home."""
    n, index = len(cases), facts["is_index"].to_numpy()
    by_case = upto(cases["case"])
    spared = ~(index | dice.chance(n, 0.87))
    cases.loc[spared, ["strategy", "s47_end", "conference", "cp_start", "cp_end"]] = NEVER
    cases.loc[~(index | dice.chance(n, 0.93)), ["conference", "cp_start", "cp_end"]] = NEVER
    taken = index | (dice.chance(n, 0.8) & (cases["ref"] - facts["dob"] < 14.5 * 365).to_numpy())
    taken &= (cases["path"] != PATH["CP_CARE"]).to_numpy() | (cases["cp_start"] < NEVER).to_numpy()
    cases.loc[~taken, "care"] = NEVER
    unborn = (cases["care"] < facts["dob"]).to_numpy()
    cases.loc[unborn, "care"] = facts["dob"][unborn] + 2
    cases.loc[unborn & (cases["cp_end"] < NEVER), "cp_end"] = facts["dob"] + 40
    moved = dice.chance(by_case, 0.02)[cases["case"]]
    return cases.assign(moved_in=(cases["path"] == PATH["S47_CP"]) & moved)


def end_at_the_limit(cases: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """End everything when the child turns 18 or dies; what would begin after that never happens."""
    limit = np.minimum(facts["adult_on"], facts["died"]).to_numpy()
    for begin, end in (
        ("start", "assessed"),
        ("strategy", "s47_end"),
        ("cp_start", "cp_end"),
        ("cin_start", "cin_end"),
        ("cin2_start", "cin2_end"),
    ):
        cases.loc[cases[begin].to_numpy() >= limit, [begin, end]] = NEVER
        cases[end] = np.where(cases[end] < NEVER, np.minimum(cases[end], limit), NEVER)
    for event in ("conference", "care"):
        cases.loc[cases[event].to_numpy() >= limit, event] = NEVER
    cases.loc[cases["conference"] == NEVER, ["cp_start", "cp_end"]] = NEVER
    return cases.assign(limit=limit)
