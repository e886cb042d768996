"""Early help and targeted family support: families stepping up and down, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.allocations import spans
from csc_measures.demo.calendar import NEVER, age_on
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import PATH, Plot
from csc_measures.demo.front_door import SOURCES
from csc_measures.demo.workforce import EARLY_HELP, FAMILY_WORKER, TFS, Workforce
from csc_measures.demo.world import World, repeated, rows_of, upto
from csc_measures.demo.writing import codes, either, ids, tenths, yes_no

SOURCE_NAMES = ("SOCIAL_CARE", "SELF", "SCHOOL", "HEALTH", "OTHER")
ENDS = ("COMPLETED", "DISENGAGED", "STEPPED_UP", "STEPPED_DOWN", "TRANSFERRED", "MOVED", "OTHER")
DESTINATIONS = ("SOCIAL_CARE", "TFS", "EARLY_HELP", "UNIVERSAL", "NONE")


@dataclass
class Support:
    """Families' episodes of support, and the people's rows in them."""

    spells: pd.DataFrame
    """A row per family and episode: level (0 TFS, 1 early help), start, end, source, reason, destination."""
    episodes: pd.DataFrame
    """One row per person and episode: spell, person."""


def invent_support(world: World, plot: Plot) -> Support:
    """Let families come to support: on their own, stepped down from social care, or on the way up."""
    dice = world.dice("early_help")
    down = stepping_down(dice, plot)
    up = stepping_up(dice, plot)
    own = on_their_own(dice, plot)
    again = once_more(world, dice, pd.concat([down, own]))
    spells = pd.concat([down, up, own, again], ignore_index=True)
    spells = spells[(spells["start"] <= world.as_at) & (spells["end"] >= world.opened)]
    spells = spells.sort_values(["start", "family", "level"], kind="stable").reset_index(drop=True)
    spells["spell"] = np.arange(len(spells))
    return Support(spells, people_in(dice, plot, spells))


def episode_rows(
    dice: Dice, family: np.ndarray, level: np.ndarray, start: np.ndarray, source: np.ndarray
) -> pd.DataFrame:
    """Decide how long each episode lasts and how it ends."""
    n = family.size
    length = np.where(
        level == 0, dice.spread(n, rates.SUPPORT_DAYS[0]), dice.spread(n, rates.SUPPORT_DAYS[1])
    )
    reason = dice.pick(n, [0.66, 0.16, 0.0, 0.06, 0.02, 0.04, 0.06])
    destination = np.select(
        [reason == 3, reason == 0], [np.where(level == 0, 2, 3), np.full(n, 3)], np.full(n, 4)
    )
    return rows_of(
        family=family,
        level=level,
        start=start,
        end=start + length,
        source=source,
        reason=reason,
        destination=destination,
        case=np.full(n, -1),
    )


def stepping_down(dice: Dice, plot: Plot) -> pd.DataFrame:
    """Start support when a family's case with social care closes."""
    down = (
        plot.cases[plot.cases["steps_down"]]
        .groupby("case")
        .agg(family=("family", "first"), close=("close", "max"))
    )
    n = len(down)
    start = down["close"].to_numpy() + dice.spread(n, ((0, -12), (0.3, 0), (0.8, 9), (1, 24)))
    source = np.where(dice.chance(n, 0.74), 0, 1 + dice.pick(n, [0.3, 0.3, 0.2, 0.2]))
    return episode_rows(dice, down["family"].to_numpy(), dice.pick(n, [0.46, 0.54]), start, source)


def stepping_up(dice: Dice, plot: Plot) -> pd.DataFrame:
    """Let some referrals come from support that was going on; the referral says so, most of the time."""
    cases = plot.cases
    groups = upto(cases["case"])
    chosen = dice.chance(groups, rates.STEP_UP)
    level = dice.pick(groups, [0.55, 0.45])
    recorded = dice.chance(groups, 0.72)
    case = cases["case"].to_numpy()
    fits = chosen[case] & ~np.isin(cases["path"], [PATH["UASC"], PATH["DISABILITY"]])
    cases.loc[fits, "source"] = SOURCES.index("5D")
    cases["source_service"] = np.where(fits & recorded[case], level[case], -1)
    first = cases[fits].drop_duplicates("case")
    n = len(first)
    start = first["ref"].to_numpy() - dice.whole(n, 25, 320)
    rows = episode_rows(
        dice,
        first["family"].to_numpy(),
        level[first["case"].to_numpy()],
        start,
        1 + dice.pick(n, [0.25, 0.4, 0.2, 0.15]),
    )
    return rows.assign(end=first["ref"].to_numpy() + dice.whole(n, 0, 20), reason=2, destination=0)


def on_their_own(dice: Dice, plot: Plot) -> pd.DataFrame:
    """Let families who are known to nobody yet ask for help."""
    new = plot.support_families
    n = len(new)
    source = 1 + dice.pick(n, [0.24, 0.42, 0.2, 0.14])
    return episode_rows(
        dice, new["family"].to_numpy(), dice.pick(n, [0.4, 0.6]), new["ref"].to_numpy(), source
    )


def once_more(world: World, dice: Dice, before: pd.DataFrame) -> pd.DataFrame:
    """Let some families come back, and some move from one level to the other."""
    n = len(before)
    gap = np.where(dice.chance(n, 0.3), 0, dice.spread(n, ((0, 20), (0.5, 200), (1, 700))))
    back = dice.chance(n, rates.SUPPORT_AGAIN)
    start = (before["end"].to_numpy() + gap)[back]
    level = np.where(gap == 0, 1 - before["level"], before["level"])[back]
    rows = episode_rows(
        dice, before["family"].to_numpy()[back], level, start, 1 + dice.pick(int(back.sum()), [1, 1, 1, 1])
    )
    return rows[rows["start"] <= world.as_at]


def people_in(dice: Dice, plot: Plot, spells: pd.DataFrame) -> pd.DataFrame:
    """Say who is in each episode: the family's children under 18, and a parent."""
    family = spells["family"].to_numpy()
    row, turn = repeated(plot.families["children"].to_numpy()[family])
    person = plot.families["first"].to_numpy()[family[row]] + turn
    start = spells["start"].to_numpy()[row]
    fits = (
        (plot.child("dob", person) <= start)
        & (plot.child("adult_on", person) > start)
        & (plot.child("died", person) > start)
    )
    fits &= dice.chance(row.size, 0.9)
    with_child = np.zeros(len(spells), dtype=bool)
    with_child[row[fits]] = True
    parents = np.flatnonzero(with_child & dice.chance(len(spells), 0.85))
    rows = pd.concat(
        [
            rows_of(spell=row[fits], person=person[fits], parent=np.zeros(int(fits.sum()), dtype=bool)),
            rows_of(
                spell=parents,
                person=len(plot.children) + family[parents],
                parent=np.ones(parents.size, dtype=bool),
            ),
        ]
    )
    return rows.sort_values(["spell", "person"], kind="stable").reset_index(drop=True)


def write_early_help(world: World, workforce: Workforce, plot: Plot, support: Support) -> None:
    """Write episodes, assessments, plans, allocations, outcome scores and parenting interventions."""
    dice = world.dice("early_help")
    write_episodes(world, support)
    lead = support.episodes.drop_duplicates("spell").set_index("spell")["person"]
    spells = support.spells.loc[lead.index].assign(lead=lead)
    assessments = write_assessments(world, dice, spells)
    write_plans(world, dice, assessments)
    write_allocations(world, dice, workforce, spells, assessments)
    interventions = write_interventions(world, dice, support)
    write_scores(world, dice, plot, support, interventions)


def write_episodes(world: World, support: Support) -> None:
    """Write one row per person and episode."""
    scribe = world.scribe
    rows = support.episodes.join(support.spells.drop(columns="spell"), on="spell")
    world.meet(rows["person"].to_numpy())
    ended = scribe.seen(rows["end"])
    scribe.write(
        "local_support_episodes",
        {
            "support_episode_id": ids("SE", rows.index.to_numpy()),
            "person_id": ids("P", rows["person"].to_numpy()),
            "family_id": ids("F", rows["family"].to_numpy()),
            "service_level": codes(rows["level"].to_numpy(), ["TFS", "EARLY_HELP"]),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
            "start_source": codes(rows["source"].to_numpy(), SOURCE_NAMES),
            "end_reason": codes(np.where(ended, rows["reason"], -1), ENDS),
            "end_destination": codes(np.where(ended, rows["destination"], -1), DESTINATIONS),
            "short_breaks": yes_no(np.zeros(len(rows), dtype=bool)),
        },
    )


def write_assessments(world: World, dice: Dice, spells: pd.DataFrame) -> pd.DataFrame:
    """Write assessments, one per family and episode: most within 20 working days."""
    scribe, calendar = world.scribe, world.calendar
    n = len(spells)
    start = calendar.on_working_day(spells["start"].to_numpy() + dice.whole(n, 0, 6))
    days = dice.spread(n, ((0, 2), (0.3, 11), (0.6, 17), (0.8, 20), (0.93, 32), (1, 60)))
    slower = np.where(start > world.as_at - 300, days * 11 // 10, days)
    done = calendar.after(np.minimum(start, calendar.last - 400), slower)
    cancelled = dice.chance(n, 0.03)
    rows = spells.assign(asked=start, done=np.where(cancelled, NEVER, done), cancelled=cancelled)
    rows = rows[(rows["asked"] <= world.as_at) & (rows["asked"] >= world.opened - 120)]
    status = np.select([rows["cancelled"], scribe.seen(rows["done"])], [2, 1], 0)
    scribe.write(
        "local_support_assessments",
        {
            "support_assessment_id": ids("SAS", rows["spell"].to_numpy()),
            "person_id": ids("P", rows["lead"].to_numpy()),
            "family_id": ids("F", rows["family"].to_numpy()),
            "service_level": codes(rows["level"].to_numpy(), ["TFS", "EARLY_HELP"]),
            "start_date": scribe.dates(rows["asked"].to_numpy()),
            "completed_date": scribe.dates(rows["done"].to_numpy()),
            "status": codes(status, ["OPEN", "COMPLETED", "CANCELLED"]),
        },
    )
    return rows


def write_plans(world: World, dice: Dice, assessments: pd.DataFrame) -> None:
    """Write plans that follow the assessment; most are agreed within a week."""
    scribe, calendar = world.scribe, world.calendar
    rows = assessments[(assessments["done"] < NEVER) & (assessments["done"] < assessments["end"] - 10)]
    n = len(rows)
    start = calendar.on_working_day(rows["done"].to_numpy() + dice.whole(n, 0, 5))
    agreed = calendar.after(start, dice.spread(n, ((0, 0), (0.4, 2), (0.75, 5), (0.92, 9), (1, 25))))
    cancelled = dice.chance(n, 0.02)
    end = np.maximum(rows["end"].to_numpy(), agreed + 1)
    told = start <= world.as_at
    rows, start, agreed, cancelled, end = (part[told] for part in (rows, start, agreed, cancelled, end))
    scribe.write(
        "local_support_plans",
        {
            "support_plan_id": ids("SPL", rows["spell"].to_numpy()),
            "person_id": ids("P", rows["lead"].to_numpy()),
            "family_id": ids("F", rows["family"].to_numpy()),
            "service_level": codes(rows["level"].to_numpy(), ["TFS", "EARLY_HELP"]),
            "start_date": scribe.dates(start),
            "authorised_date": scribe.dates(np.where(cancelled, NEVER, agreed)),
            "end_date": scribe.dates(end),
            "status": codes(
                np.select([cancelled, scribe.seen(agreed)], [2, 1], 0), ["DRAFT", "AUTHORISED", "CANCELLED"]
            ),
        },
    )


def write_allocations(
    world: World, dice: Dice, workforce: Workforce, spells: pd.DataFrame, assessments: pd.DataFrame
) -> None:
    """Write allocations of families to family workers; some early help assessments wait for one."""
    scribe = world.scribe
    n = len(spells)
    family = spells["family"].to_numpy()
    team = np.where(
        spells["level"] == 0,
        workforce.team_for(TFS, family),
        workforce.team_for(EARLY_HELP, family),
    )
    turns = pd.Series(team).groupby(team).cumcount().to_numpy()
    post = workforce.posts_for(team, FAMILY_WORKER, turns)
    wait = dice.spread(n, ((0, 0), (0.6, 2), (0.88, 8), (0.95, 20), (1, 45)))
    start = spells["start"].to_numpy() + wait
    pieces = spans(workforce, post, start, spells["end"].to_numpy())
    pieces = pieces[(pieces["start"] <= world.as_at) & (pieces["end"] >= world.opened - 60)]
    row = pieces["row"].to_numpy()
    asked = np.isin(spells["spell"].to_numpy(), assessments["spell"].to_numpy())[row] & (
        spells["level"].to_numpy()[row] == 1
    )
    second = np.flatnonzero(dice.chance(len(pieces), 0.06))
    at = np.concatenate([np.arange(len(pieces)), second])
    role = (np.arange(at.size) >= len(pieces)).astype(np.int64)
    row = row[at]
    worker = pieces["worker"].to_numpy()[at]
    helper = workforce.worker_at(
        workforce.posts_for(team[row], FAMILY_WORKER, turns[row] + 3),
        np.minimum(pieces["start"].to_numpy()[at], world.as_at),
    )
    worker = np.where((role == 1) & (helper >= 0), helper, worker)
    scribe.write(
        "local_support_allocations",
        {
            "support_allocation_id": ids("SAL", np.arange(at.size)),
            "worker_id": ids("W", worker),
            "team_id": ids("T", team[row]),
            "person_id": ids(
                "P", np.where(spells["level"].to_numpy()[row] == 1, spells["lead"].to_numpy()[row], -1)
            ),
            "family_id": ids("F", family[row]),
            "support_assessment_id": ids("SAS", np.where(asked[at], spells["spell"].to_numpy()[row], -1)),
            "role": codes(role, ["PRIMARY", "SECONDARY"]),
            "start_date": scribe.dates(pieces["start"].to_numpy()[at]),
            "end_date": scribe.dates(pieces["end"].to_numpy()[at]),
        },
    )


def write_interventions(world: World, dice: Dice, support: Support) -> pd.DataFrame:
    """Write parenting interventions of parents in support."""
    scribe = world.scribe
    parents = support.episodes[support.episodes["parent"]].join(support.spells[["start", "end"]], on="spell")
    chosen = parents[dice.chance(len(parents), 0.19)]
    n = len(chosen)
    start = chosen["start"].to_numpy() + dice.whole(n, 20, 80)
    end = start + dice.spread(n, ((0, 14), (0.3, 60), (0.8, 100), (1, 160)))
    rows = rows_of(
        person=chosen["person"].to_numpy(),
        start=start,
        end=end,
        reason=dice.pick(n, [0.74, 0.2, 0.06]),
        programme=dice.pick(n, [0.5, 0.3, 0.2]),
    )
    rows = (
        rows[(rows["start"] <= world.as_at)]
        .sort_values(["start", "person"], kind="stable")
        .reset_index(drop=True)
    )
    scribe.write(
        "local_parenting_interventions",
        {
            "parenting_intervention_id": ids("PI", rows.index.to_numpy()),
            "person_id": ids("P", rows["person"].to_numpy()),
            "programme": codes(
                rows["programme"].to_numpy(),
                ["ZQX Calm Kitchens", "ZQX Pebble Steps", "ZQX Lantern Families"],
            ),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
            "end_reason": codes(
                np.where(scribe.seen(rows["end"]), rows["reason"], -1), ["COMPLETED", "DISENGAGED", "OTHER"]
            ),
        },
    )
    return rows


def write_scores(world: World, dice: Dice, plot: Plot, support: Support, interventions: pd.DataFrame) -> None:
    """Write scores at the start and the end: NEET for the young, parental skills for parents."""
    scribe = world.scribe
    children = support.episodes[~support.episodes["parent"]].join(
        support.spells[["start", "end"]], on="spell"
    )
    age = age_on(plot.child("dob", children["person"].to_numpy()), children["start"].to_numpy())
    young = children[(age >= 13) & dice.chance(len(children), 0.55)]
    n = len(young)
    before = dice.pick(n, [0.16, 0.40, 0.44])
    neet_after = np.where(before == 0, 0.52, np.where(before == 1, 0.14, 0.03))
    after = np.where(
        dice.chance(n, neet_after), 0, np.where(dice.chance(n, 0.07), 3, np.where(dice.chance(n, 0.2), 1, 2))
    )
    parts = [
        rows_of(
            subject=young.index.to_numpy(),
            person=young["person"].to_numpy(),
            domain=np.zeros(n, dtype=np.int64),
            phase=np.zeros(n, dtype=np.int64),
            day=young["start"].to_numpy() + dice.whole(n, 0, 20),
            code=before,
            score=np.full(n, -1),
        ),
        rows_of(
            subject=young.index.to_numpy(),
            person=young["person"].to_numpy(),
            domain=np.zeros(n, dtype=np.int64),
            phase=np.ones(n, dtype=np.int64),
            day=young["end"].to_numpy() - dice.whole(n, -8, 14),
            code=after,
            score=np.full(n, -1),
        )[dice.chance(n, 0.87) & (young["end"].to_numpy() < NEVER)],
    ]
    m = len(interventions)
    skill = dice.spread(m, ((0, 60), (0.5, 210), (1, 380)))
    gain = dice.spread(m, ((0, -60), (0.27, 0), (0.6, 45), (1, 150)))
    for phase, day, score in (
        (0, interventions["start"].to_numpy() + dice.whole(m, 0, 7), skill),
        (1, interventions["end"].to_numpy() - dice.whole(m, -6, 10), np.clip(skill + gain, 0, 500)),
    ):
        given = dice.chance(m, 0.95 if phase == 0 else 0.86)
        parts.append(
            rows_of(
                subject=interventions.index.to_numpy(),
                person=interventions["person"].to_numpy(),
                domain=np.ones(m, dtype=np.int64),
                phase=np.full(m, phase),
                day=day,
                code=np.full(m, -1),
                score=score,
            )[given]
        )
    rows = pd.concat(parts)
    rows = rows[rows["day"] <= world.as_at].sort_values(["day", "domain", "subject", "phase"], kind="stable")
    scribe.write(
        "local_outcome_scores",
        {
            "outcome_score_id": ids("OS", np.arange(len(rows))),
            "support_episode_id": either(
                rows["domain"] == 0,
                ids("SE", rows["subject"].to_numpy()),
                ids("PI", rows["subject"].to_numpy()),
            ),
            "person_id": ids("P", rows["person"].to_numpy()),
            "domain": codes(rows["domain"].to_numpy(), ["NEET", "PARENTING"]),
            "tool": codes(rows["domain"].to_numpy(), ["ZQX participation check", "ZQX skills scale"]),
            "phase": codes(rows["phase"].to_numpy(), ["BASELINE", "END"]),
            "recorded_date": scribe.dates(rows["day"].to_numpy()),
            "value_code": codes(rows["code"].to_numpy(), ["NEET", "AT_RISK", "EET", "NOT_KNOWN"]),
            "value_score": tenths(rows["score"].to_numpy()),
        },
    )
