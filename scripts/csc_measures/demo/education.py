"""Education: plans, results, attendance, education and health plans, activity, missing school."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from csc_measures.demo.calendar import NEVER, academic_year, age_on, birthday, day, parts
from csc_measures.demo.care import SHORT_BREAKS, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.early_help import Support
from csc_measures.demo.families import PATH, Plot
from csc_measures.demo.world import World, repeated, rows_of
from csc_measures.demo.writing import codes, ids, swap, whole, yes_no

READING, WRITING, MATHS, LANGUAGE, LITERATURE, OTHER = range(6)


def write_education(world: World, plot: Plot, care: Care, support: Support, kept: np.ndarray) -> None:
    """Write everything about education."""
    dice = world.dice("education")
    known = kept[care.periods["person"].to_numpy()] & (care.periods["start"] <= world.as_at).to_numpy()
    periods = care.periods[known & (care.periods["route"] != SHORT_BREAKS).to_numpy()]
    write_plans(world, dice, plot, periods)
    write_results(world, dice, plot, periods, support, kept)
    write_health_care_plans(world, dice, plot, kept)
    write_activity(world, dice, plot, periods)
    write_missing_education(world, dice, plot, kept)
    write_attendance(world, dice, plot, support)


def write_plans(world: World, dice: Dice, plot: Plot, periods: pd.DataFrame) -> None:
    """Write a personal education plan for most children in care in each term."""
    scribe = world.scribe
    terms = world.calendar.terms
    terms = terms[(terms[:, 0] <= world.as_at) & (terms[:, 1] >= world.opened - 200)]
    start, end = periods["start"].to_numpy(), periods["end"].to_numpy()
    row, term = np.nonzero((start[:, None] <= terms[None, :, 1] - 15) & (end[:, None] > terms[None, :, 0]))
    first, last = terms[term, 0], terms[term, 1]
    dob = plot.child("dob", periods["person"].to_numpy()[row])
    year = academic_year(first)
    age = age_on(
        dob, np.array([day(int(y), 8, 31) for y in np.unique(year)])[np.searchsorted(np.unique(year), year)]
    )
    fits = (age >= 3) & (age <= 17)
    row, first, last, age = row[fits], first[fits], last[fits], age[fits]
    n = row.size
    begin = np.maximum(first + 5, start[row] + 8)
    meeting = begin + np.floor(dice.even(n) * np.maximum(last - begin, 1)).astype(np.int64)
    meeting = np.minimum(world.calendar.on_working_day(meeting), last)
    held = dice.chance(n, np.where(age >= 16, 0.86, np.where(age < 5, 0.90, 0.945)))
    fits = (meeting >= start[row]) & (meeting < end[row]) & (meeting <= world.as_at)
    row, meeting, held = row[fits], meeting[fits], held[fits]
    n = row.size
    status = np.where(held, 1, np.where(dice.chance(n, 0.6), 0, 2))
    order = np.lexsort((row, meeting))
    row, meeting, status = row[order], meeting[order], status[order]
    signed = np.where(status == 1, meeting + dice.whole(n, 1, 25), NEVER)
    scribe.write(
        "local_education_plans",
        {
            "education_plan_id": ids("PEP", np.arange(n)),
            "person_id": ids("P", periods["person"].to_numpy()[row]),
            "meeting_date": swap(scribe.dates(meeting), (status == 2) & (np.arange(n) % 2 == 0), None),
            "completed_date": scribe.dates(signed),
            "status": codes(status, ["DRAFT", "COMPLETED", "CANCELLED"]),
        },
    )


def write_results(
    world: World, dice: Dice, plot: Plot, periods: pd.DataFrame, support: Support, kept: np.ndarray
) -> None:
    """Write results at key stages 2 and 4 of children known around that year; first provisional."""
    scribe = world.scribe
    involved = involvement(plot, periods, support)
    parts_of = []
    for stage, leaving_age in ((2, 11), (4, 16)):
        dob = plot.children["dob"].to_numpy()
        finish = academic_year(birthday(dob, leaving_age)) + 1
        finish = np.where(parts(dob)[1] == 9, finish, finish)
        march = np.array([day(int(y), 3, 31) for y in range(1990, 2060)])
        at = march[np.clip(finish, 1990, 2059) - 1990]
        near = (involved["first"] <= at) & (involved["last"] >= at - 400)
        published = np.array(
            [day(int(y), 7 if stage == 2 else 8, 8 if stage == 2 else 21) for y in range(1990, 2060)]
        )
        out = published[np.clip(finish, 1990, 2059) - 1990]
        pupils = np.flatnonzero(
            kept
            & near
            & (out <= world.as_at)
            & (out >= world.opened - 500)
            & (plot.children["died"].to_numpy() > out)
            & ~((stage == 2) & np.isin(finish, [2020, 2021]))
        )
        parts_of.append(
            results_of(
                dice, stage, pupils, finish[pupils], out[pupils], in_care_at(periods, pupils, at[pupils])
            )
        )
    rows = pd.concat(parts_of, ignore_index=True)
    later = rows[rows["out"] + 120 <= world.as_at].assign(status=1)
    later["out"] = later["out"] + 120
    final = rows[rows["out"] + 240 <= world.as_at].assign(status=2)
    final["out"] = final["out"] + 240
    raised = (later["subject"] == READING) & (later["score"] == 99) & (later.index.to_numpy() % 3 == 0)
    later.loc[raised, "score"] = 101
    final.loc[raised[raised].index.intersection(final.index), "score"] = 101
    rows = pd.concat([rows.assign(status=0), later, final])
    rows = rows.sort_values(["out", "person", "stage", "subject", "status"], kind="stable").reset_index(
        drop=True
    )
    years = np.unique(rows["finish"])
    names = [f"{y - 1}/{str(y)[2:]}" for y in years]
    text = swap(whole(rows["score"].to_numpy()), (rows["score"] < 0).to_numpy(), None)
    text = pc.coalesce(codes(rows["grade"].to_numpy(), ["EXS", "GDS", "WTS", "U", "L"]), text)
    scribe.write(
        "local_attainment",
        {
            "attainment_id": ids("AT", np.arange(len(rows))),
            "person_id": ids("P", rows["person"].to_numpy()),
            "academic_year": codes(np.searchsorted(years, rows["finish"].to_numpy()), names),
            "key_stage": whole(rows["stage"].to_numpy()),
            "subject": codes(
                rows["subject"].to_numpy(),
                ["READING", "WRITING", "MATHS", "ENGLISH_LANGUAGE", "ENGLISH_LITERATURE", "OTHER"],
            ),
            "qualification": codes(
                rows["kind"].to_numpy(), ["KS2_TEST", "KS2_TEACHER", "GCSE", "EQUIVALENT"]
            ),
            "result": text,
            "result_status": codes(rows["status"].to_numpy(), ["PROVISIONAL", "REVISED", "FINAL"]),
            "results_available_date": scribe.dates(rows["out"].to_numpy()),
        },
    )


def involvement(plot: Plot, periods: pd.DataFrame, support: Support) -> dict[str, np.ndarray]:
    """Give the first and last day on which each child was known to any service."""
    first = np.full(len(plot.children), NEVER)
    last = np.full(len(plot.children), -NEVER)
    episodes = support.episodes[~support.episodes["parent"]].join(
        support.spells[["start", "end"]], on="spell"
    )
    for person, start, end in (
        (plot.cases["person"], plot.cases["ref"], plot.cases["close"]),
        (periods["person"], periods["start"], periods["end"]),
        (episodes["person"], episodes["start"], episodes["end"]),
    ):
        np.minimum.at(first, person.to_numpy(), start.to_numpy())
        np.maximum.at(last, person.to_numpy(), end.to_numpy())
    return {"first": first, "last": last}


def in_care_at(periods: pd.DataFrame, people: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Say which of these people are in care on these days."""
    latest = (
        periods.sort_values("start", kind="stable")
        .groupby("person")
        .agg(start=("start", "min"), end=("end", "max"))
    )
    found = latest.reindex(people)
    return ((found["start"] <= days) & (found["end"] > days)).to_numpy()


def results_of(
    dice: Dice, stage: int, pupils: np.ndarray, finish: np.ndarray, out: np.ndarray, cared: np.ndarray
) -> pd.DataFrame:
    """Draw each pupil's results from one ability, so that subjects go together."""
    n = pupils.size
    ability = dice.even(n) + np.where(cared, -0.045, 0)
    rows = []

    def subject(which: int, kind: int, score: np.ndarray, grade: np.ndarray, taken: np.ndarray) -> None:
        rows.append(
            rows_of(
                person=pupils,
                finish=finish,
                out=out,
                stage=np.full(n, stage),
                subject=np.full(n, which),
                kind=np.full(n, kind),
                score=score,
                grade=grade,
            )[taken]
        )

    def near(spread: float) -> np.ndarray:
        return ability + (dice.even(n) - 0.5) * spread

    nobody = np.full(n, -1)
    if stage == 2:
        left = dice.chance(n, 0.02)
        for which, pass_mark in ((READING, 0.46), (MATHS, 0.50)):
            score = np.clip(np.rint(100 + (near(0.25) - pass_mark) * 30), 80, 120).astype(np.int64)
            subject(which, 0, score, np.where(left, 4, -1), dice.chance(n, 0.985))
        level = near(0.25)
        grade = np.select([left, level > 0.93, level > 0.53], [4, 1, 0], 2)
        subject(WRITING, 1, nobody, grade, dice.chance(n, 0.99))
    else:
        for which, pass_mark, share in (
            (LANGUAGE, 0.78, 0.9),
            (LITERATURE, 0.82, 0.82),
            (MATHS, 0.82, 0.93),
            (OTHER, 0.6, 0.7),
        ):
            level = np.floor(4 + (near(0.2) - pass_mark) * 11)
            score = np.clip(level, 0, 9).astype(np.int64)
            subject(
                which, 2, np.where(score == 0, -1, score), np.where(score == 0, 3, -1), dice.chance(n, share)
            )
        subject(LANGUAGE, 3, np.where(near(0.3) > 0.8, 4, 2), nobody, dice.chance(n, 0.06))
    return pd.concat(rows)


def write_health_care_plans(world: World, dice: Dice, plot: Plot, kept: np.ndarray) -> None:
    """Write requests for education, health and care assessments, more of them while a case is open."""
    scribe = world.scribe
    cases = plot.cases[kept[plot.cases["person"].to_numpy()] & (plot.cases["close"] - plot.cases["ref"] > 60)]
    disabled = (plot.child("disability", cases["person"].to_numpy()) > 0) | (
        cases["path"] == PATH["DISABILITY"]
    ).to_numpy()
    chosen = cases[dice.chance(len(cases), np.where(disabled, 0.5, 0.075))].drop_duplicates("person")
    span = np.minimum((chosen["close"] - chosen["ref"]).to_numpy(), 900)
    n = len(chosen)
    inside = chosen["ref"].to_numpy() + 10 + (span * dice.even(n)).astype(np.int64)
    before = chosen["ref"].to_numpy() - dice.whole(n, 30, 500)
    asked = np.where(dice.chance(n, 0.8), inside, before)
    age = age_on(plot.child("dob", chosen["person"].to_numpy()), asked)
    rows = rows_of(person=chosen["person"].to_numpy(), asked=world.calendar.on_working_day(asked))
    rows = rows[
        (age >= 2) & (age <= 18) & (rows["asked"] <= world.as_at) & (rows["asked"] >= world.opened - 500)
    ]
    rows = rows.sort_values(["asked", "person"], kind="stable").reset_index(drop=True)
    n = len(rows)
    refused = dice.chance(n, 0.22)
    no_plan = ~refused & dice.chance(n, 0.05)
    slow = np.clip(1.15 - (rows["asked"].to_numpy() - world.opened) / 365.25 * 0.03, 0.9, 1.3)
    days = dice.spread(n, ((0, 95), (0.2, 128), (0.39, 139), (0.5, 158), (0.8, 230), (1, 420)))
    final = np.where(
        refused | no_plan, NEVER, rows["asked"] + np.where(days > 140, days * slow, days).astype(np.int64)
    )
    decided = rows["asked"].to_numpy() + 40
    assessed = np.where(no_plan, rows["asked"] + 110, final)
    moved_in = dice.chance(n, 0.03)
    scribe.write(
        "local_ehc_assessments",
        {
            "ehc_assessment_id": ids("EHC", rows.index.to_numpy()),
            "person_id": ids("P", rows["person"].to_numpy()),
            "request_received_date": scribe.dates(rows["asked"].to_numpy()),
            "request_decision": codes(
                np.where(scribe.seen(np.minimum(decided, final)), refused.astype(np.int64), -1),
                ["ASSESS", "REFUSED"],
            ),
            "assessment_outcome": codes(
                np.where(scribe.seen(assessed) & ~refused, no_plan.astype(np.int64), -1), ["PLAN", "NO_PLAN"]
            ),
            "exception": yes_no(dice.chance(n, 0.07)),
            "final_plan_date": scribe.dates(final),
            "transferred_in": yes_no(moved_in),
        },
    )
    plot.children["plan_day"] = NEVER
    plot.children.loc[rows["person"], "plan_day"] = final


def write_activity(world: World, dice: Dice, plot: Plot, periods: pd.DataFrame) -> None:
    """Write what children in care do from 16 on: education, training, work, or none of them."""
    scribe = world.scribe
    latest = periods.sort_values(["person", "start"], kind="stable").groupby("person").tail(1)
    dob = plot.child("dob", latest["person"].to_numpy())
    year, month, _ = parts(birthday(dob, 16))
    leaving = np.array([day(int(y), 7, 1) for y in range(1990, 2060)])[
        np.clip(year - (month < 9) + 1, 1990, 2059) - 1990
    ]
    begin = np.maximum(leaving, latest["start"].to_numpy())
    end = np.minimum(birthday(dob, 19), world.as_at + 1)
    fits = (begin < end) & (latest["end"].to_numpy() > begin) & (begin >= world.opened - 800)
    person, begin, end = latest["person"].to_numpy()[fits], begin[fits], end[fits]
    waves, rows, at = [], np.arange(person.size), begin.copy()
    while rows.size or not waves:
        n = rows.size
        length = dice.spread(n, ((0, 30), (0.3, 110), (0.7, 260), (1, 420)))
        what = dice.pick(n, [0.62, 0.09, 0.08, 0.035, 0.02, 0.125, 0.03])
        stop = at[rows] + length
        waves.append(rows_of(person=person[rows], what=what, start=at[rows], end=stop))
        at[rows] = stop
        rows = rows[stop < end[rows]]
    spells = pd.concat(waves)
    spells = spells[spells["start"] <= world.as_at].sort_values(["start", "person"], kind="stable")
    scribe.write(
        "local_activity_spells",
        {
            "activity_spell_id": ids("ACT", np.arange(len(spells))),
            "person_id": ids("P", spells["person"].to_numpy()),
            "activity_code": codes(
                spells["what"].to_numpy(),
                [
                    "EDUCATION",
                    "TRAINING",
                    "EMPLOYMENT",
                    "NEET_ILLNESS",
                    "NEET_PARENT",
                    "NEET_OTHER",
                    "NOT_KNOWN",
                ],
            ),
            "start_date": scribe.dates(spells["start"].to_numpy()),
            "end_date": scribe.dates(spells["end"].to_numpy()),
        },
    )


def write_missing_education(world: World, dice: Dice, plot: Plot, kept: np.ndarray) -> None:
    """Write spells without a school for some children with an open case."""
    scribe = world.scribe
    cases = plot.cases[
        kept[plot.cases["person"].to_numpy()]
        & (plot.cases["close"] > world.opened)
        & (plot.cases["ref"] <= world.as_at)
    ]
    chosen = cases[dice.chance(len(cases), 0.035)]
    n = len(chosen)
    span = np.minimum((chosen["close"] - chosen["ref"]).to_numpy(), 500)
    start = chosen["ref"].to_numpy() - 15 + (span * dice.even(n)).astype(np.int64)
    age = age_on(plot.child("dob", chosen["person"].to_numpy()), start)
    rows = rows_of(
        person=chosen["person"].to_numpy(),
        start=start,
        end=start + dice.spread(n, ((0, 8), (0.5, 60), (0.9, 190), (1, 400))),
        why=dice.pick(n, [3, 2, 2, 1]),
    )[(age >= 5) & (age <= 15) & (start <= world.as_at)]
    rows = rows.sort_values(["start", "person"], kind="stable")
    scribe.write(
        "local_missing_education",
        {
            "missing_education_id": ids("ME", np.arange(len(rows))),
            "person_id": ids("P", rows["person"].to_numpy()),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
            "reason": codes(
                rows["why"].to_numpy(),
                ["ZQX waiting for a school place", "ZQX moved here", "ZQX excluded", "ZQX reason not given"],
            ),
        },
    )


def write_attendance(world: World, dice: Dice, plot: Plot, support: Support) -> None:
    """Write weekly attendance of pupils from a term before support until it ends; most get better."""
    scribe = world.scribe
    rows = support.episodes[~support.episodes["parent"]].join(support.spells[["start", "end"]], on="spell")
    spans = (
        rows.groupby("person")
        .agg(start=("start", "min"), end=("end", "max"), first=("start", "min"))
        .reset_index()
    )
    dob = plot.child("dob", spans["person"].to_numpy())
    five, sixteen = birthday(dob, 5), birthday(dob, 16)
    start = np.maximum(np.maximum(spans["start"].to_numpy() - 150, five), world.opened - 150)
    end = np.minimum(np.minimum(spans["end"].to_numpy() + 14, sixteen + 60), world.as_at - 5)
    monday = start - (start + 3) % 7
    row, week = repeated(np.where(end > start, (end - monday) // 7, 0))
    day_of = monday[row] + 7 * week
    terms = world.calendar.terms
    term = np.searchsorted(terms[:, 0], day_of + 4, side="right") - 1
    in_term = (term >= 0) & (day_of <= terms[np.maximum(term, 0), 1])
    middle = (terms[:, 0] + terms[:, 1]) // 2
    half = day_of == middle[np.maximum(term, 0)] - (middle[np.maximum(term, 0)] + 3) % 7
    row, day_of = row[in_term & ~half], day_of[in_term & ~half]
    n = len(spans)
    concern = dice.chance(n, 0.47)
    before = np.where(concern, 0.42 + 0.46 * dice.even(n), 0.90 + 0.09 * dice.even(n))
    better = np.where(dice.chance(n, 0.64), dice.even(n) * 0.16, -dice.even(n) * 0.10)
    duration = np.maximum(spans["end"].to_numpy() - spans["first"].to_numpy(), 60)
    through = np.clip((day_of - spans["first"].to_numpy()[row]) / duration[row], 0, 1)
    share = np.clip(before[row] + better[row] * through, 0.05, 1)
    possible = np.where(dice.free(row.size) < 0.08, 8, 10)
    attended = np.clip(np.floor(possible * share + dice.free(row.size) * 1.6 - 0.3), 0, possible).astype(
        np.int64
    )
    scribe.write(
        "local_attendance",
        {
            "attendance_id": ids("ATT", np.arange(row.size)),
            "person_id": ids("P", spans["person"].to_numpy()[row]),
            "week_start": scribe.dates(day_of),
            "sessions_possible": whole(possible),
            "sessions_attended": whole(attended),
        },
    )
