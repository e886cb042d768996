"""Quality and voice: audits, complaints, compliments, questionnaires, participation, evidence, claims."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, age_on
from csc_measures.demo.care import SHORT_BREAKS, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.early_help import Support
from csc_measures.demo.families import Plot
from csc_measures.demo.workforce import FAMILY_WORKER, TFS, Workforce
from csc_measures.demo.world import World, repeated, rows_of
from csc_measures.demo.writing import codes, ids, swap, whole, yes_no

GRADES = ("OUTSTANDING", "GOOD", "REQUIRES_IMPROVEMENT", "INADEQUATE", "UNGRADED")


def open_cases(dice: Dice, plot: Plot, kept: np.ndarray, days: np.ndarray) -> pd.DataFrame:
    """Pick for each day a case that was open then (or the last one tried), with the team that held it."""
    cases = plot.cases[kept[plot.cases["person"].to_numpy()] & (plot.cases["start"] < NEVER)]
    pick = (dice.free(days.size) * len(cases)).astype(np.int64)
    for _ in range(40):
        chosen = cases.iloc[pick]
        wrong = (chosen["start"].to_numpy() > days) | (chosen["close"].to_numpy() <= days)
        if not wrong.any():
            break
        pick = np.where(wrong, (dice.free(days.size) * len(cases)).astype(np.int64), pick)
    chosen = cases.iloc[pick]
    right = (chosen["start"].to_numpy() <= days) & (chosen["close"].to_numpy() > days)
    team = np.where(chosen["transfer"].to_numpy() <= days, chosen["locality"], chosen["ffd"])
    return rows_of(person=chosen["person"].to_numpy(), day=days, team=team)[right].reset_index(drop=True)


def write_audits(world: World, workforce: Workforce, plot: Plot, kept: np.ndarray) -> None:
    """Write case audits: better year by year, worse in the team in trouble."""
    dice = world.dice("quality")
    scribe = world.scribe
    days = world.arrivals(dice, rates.AUDITS_A_YEAR, world.opened, world.as_at)
    rows = open_cases(dice, plot, kept, days)
    n = len(rows)
    years = (rows["day"].to_numpy() - world.opened) / 365.25
    bad = workforce.in_trouble(world, rows["team"].to_numpy(), rows["day"].to_numpy())
    good = np.clip(0.40 + 0.025 * years - np.where(bad, 0.25, 0), 0.1, 0.9)
    weights = np.stack(
        [np.full(n, 0.05), good, 0.86 - good, np.where(bad, 0.25, 0.06), np.full(n, 0.03)], axis=1
    )
    grade = dice.pick(n, weights)
    moderated = dice.chance(n, 0.22)
    new_grade = np.clip(grade + dice.pick(n, [0.15, 0.65, 0.2]) - 1, 0, 3)
    kind = dice.pick(n, [0.74, 0.17, 0.09])
    scribe.write(
        "local_case_audits",
        {
            "audit_id": ids("AU", np.arange(n)),
            "person_id": ids("P", rows["person"].to_numpy()),
            "completed_date": scribe.dates(world.calendar.after(rows["day"].to_numpy(), 0)),
            "team_id": ids("T", rows["team"].to_numpy()),
            "audit_type": codes(kind, ["CASE_FILE", "THEMATIC", "DIP_SAMPLE"]),
            "grade": codes(grade, GRADES),
            "moderated_grade": codes(np.where(moderated & (grade < 4), new_grade, -1), GRADES),
        },
    )


def write_feedback(world: World, workforce: Workforce, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write complaints by stage, and compliments."""
    dice = world.dice("feedback")
    write_complaints(world, dice, workforce, plot, care, kept)
    write_compliments(world, dice, plot, care, kept)


def young_people(dice: Dice, plot: Plot, care: Care, kept: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Pick for each day someone who is or was in care and is 10 to 24 then; -1 where none is found."""
    known = care.periods[
        kept[care.periods["person"].to_numpy()] & (care.periods["route"] != SHORT_BREAKS).to_numpy()
    ]
    person, start, end = (known[name].to_numpy() for name in ("person", "start", "end"))
    found = np.full(days.size, -1)
    for _ in range(25):
        pick = (dice.free(days.size) * person.size).astype(np.int64)
        age = age_on(plot.child("dob", person[pick]), days)
        right = (found < 0) & (start[pick] <= days) & (end[pick] + 900 > days) & (age >= 9) & (age <= 24)
        found = np.where(right, person[pick], found)
    return found


def write_complaints(
    world: World, dice: Dice, workforce: Workforce, plot: Plot, care: Care, kept: np.ndarray
) -> None:
    """Write complaints: most end at stage 1; some go on to stages 2 and 3; some are withdrawn."""
    scribe, calendar = world.scribe, world.calendar
    days = world.arrivals(dice, rates.COMPLAINTS_A_YEAR, world.opened, world.as_at)
    about = open_cases(dice, plot, kept, days)
    days = calendar.on_working_day(about["day"].to_numpy())
    n = len(about)
    who = dice.pick(n, [0.16, 0.62, 0.12, 0.10])
    youth = young_people(dice, plot, care, kept, days)
    child = (who == 0) & (youth >= 0)
    who = np.where((who == 0) & ~child, 1, who)
    corporate = dice.chance(n, 0.22)
    skip = dice.chance(n, 0.025)
    outcome = dice.pick(n, [0.17, 0.30, 0.47, 0.06])
    trouble = workforce.in_trouble(world, about["team"].to_numpy(), days)
    taken = dice.spread(n, ((0, 2), (0.32, 10), (0.73, 20), (0.9, 32), (1, 70))) + np.where(trouble, 8, 0)
    consent = dice.chance(n, 0.12)
    clock = np.where(consent, days + 6, NEVER)
    answered = calendar.after(np.where(consent, clock, days), taken)
    learns = dice.chance(n, np.where(outcome <= 1, 0.78, 0.3))
    shared = np.where(
        learns & dice.chance(n, 0.74), answered + dice.spread(n, ((0, -5), (0.5, 30), (1, 180))), NEVER
    )
    shared = np.maximum(shared, days + 1)
    goes_on = dice.chance(n, 0.10) & (outcome != 3)
    first = rows_of(
        complaint=np.arange(n),
        stage=np.ones(n, dtype=np.int64),
        received=days,
        clock=clock,
        answered=answered,
        outcome=outcome,
        learns=learns,
        shared=shared,
        skip=skip,
        closed=np.where(goes_on, NEVER, answered + 2),
    )
    waves, last = [first], first[goes_on | skip]
    for stage in (2, 3):
        m = len(last)
        received = calendar.on_working_day(last["answered"].to_numpy() + dice.whole(m, 4, 25))
        answered = calendar.after(received, dice.whole(m, 25, 75))
        onward = dice.chance(m, 0.15) if stage == 2 else np.zeros(m, dtype=bool)
        step = rows_of(
            complaint=last["complaint"].to_numpy(),
            stage=np.full(m, stage),
            received=received,
            clock=np.full(m, NEVER),
            answered=answered,
            outcome=dice.pick(m, [0.2, 0.45, 0.35, 0]),
            learns=dice.chance(m, 0.8),
            shared=answered + 40,
            skip=np.zeros(m, dtype=bool),
            closed=np.where(onward, NEVER, answered + 3),
        )
        waves.append(step)
        last = step[onward]
    rows = pd.concat(waves)
    rows = rows[rows["received"] <= world.as_at].sort_values(
        ["received", "complaint", "stage"], kind="stable"
    )
    c = rows["complaint"].to_numpy()
    done = scribe.seen(rows["answered"])
    person = about["person"].to_numpy()
    world.meet(youth[child])
    scribe.write(
        "local_complaints",
        {
            "complaint_stage_id": ids("CS", np.arange(len(rows))),
            "complaint_id": ids("CO", c),
            "stage": whole(rows["stage"].to_numpy()),
            "procedure": codes(corporate[c].astype(np.int64), ["STATUTORY", "CORPORATE"]),
            "received_date": scribe.dates(rows["received"].to_numpy()),
            "clock_start_date": scribe.dates(rows["clock"].to_numpy()),
            "complainant_type": codes(who[c], ["CHILD", "PARENT", "CARER", "OTHER"]),
            "complainant_person_id": ids("P", np.where(child, youth, -1)[c]),
            "child_person_id": ids("P", np.where(child, youth, person)[c]),
            "via_advocate": yes_no((child & dice.chance(n, 0.55))[c]),
            "team_id": ids("T", about["team"].to_numpy()[c]),
            "response_date": scribe.dates(
                np.where((rows["outcome"] == 3) & (c % 2 == 0), NEVER, rows["answered"])
            ),
            "closed_date": scribe.dates(rows["closed"].to_numpy()),
            "outcome": codes(
                np.where(done, rows["outcome"], -1), ["UPHELD", "PARTLY_UPHELD", "NOT_UPHELD", "WITHDRAWN"]
            ),
            "straight_to_stage_2": yes_no(rows["skip"].to_numpy()),
            "learning_identified": yes_no(np.where(done, rows["learns"], -1)),
            "learning_disseminated_date": scribe.dates(np.where(rows["learns"], rows["shared"], NEVER)),
        },
    )


def write_compliments(world: World, dice: Dice, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write compliments from families, professionals and young people."""
    scribe = world.scribe
    days = world.arrivals(dice, rates.COMPLIMENTS_A_YEAR, world.opened, world.as_at)
    about = open_cases(dice, plot, kept, days)
    n = len(about)
    who = dice.pick(n, [0.15, 0.38, 0.15, 0.27, 0.05])
    youth = young_people(dice, plot, care, kept, about["day"].to_numpy())
    child = (who == 0) & (youth >= 0)
    who = np.where((who == 0) & ~child, 1, who)
    world.meet(youth[child])
    scribe.write(
        "local_compliments",
        {
            "compliment_id": ids("CM", np.arange(n)),
            "received_date": scribe.dates(about["day"].to_numpy()),
            "from_type": codes(who, ["CHILD", "PARENT", "CARER", "PROFESSIONAL", "OTHER"]),
            "from_person_id": ids("P", np.where(child, youth, -1)),
            "via_advocate": yes_no(child & dice.chance(n, 0.2)),
            "team_id": ids("T", about["team"].to_numpy()),
        },
    )


def write_participation(world: World, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write questionnaires, activities with those who came, and the evidence register."""
    dice = world.dice("participation")
    write_questionnaires(world, dice, plot, care, kept)
    write_activities(world, dice, plot, care, kept)
    write_evidence(world, dice)


def write_questionnaires(world: World, dice: Dice, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write Viewpoint and MOMO questionnaires; more are completed year by year."""
    scribe = world.scribe
    days = world.arrivals(dice, rates.QUESTIONNAIRES_A_YEAR, world.opened, world.as_at, trend=0.07)
    person = young_people(dice, plot, care, kept, days)
    days, person = days[person >= 0], person[person >= 0]
    world.meet(person)
    n = days.size
    done = np.where(dice.chance(n, 0.86), days + dice.whole(n, 0, 9), NEVER)
    scribe.write(
        "local_questionnaires",
        {
            "questionnaire_id": ids("Q", np.arange(n)),
            "person_id": ids("P", person),
            "tool": codes(dice.pick(n, [0.45, 0.55]), ["VIEWPOINT", "MOMO"]),
            "respondent": codes(dice.pick(n, [0.84, 0.07, 0.09]), ["CHILD", "CARER", "WORKER"]),
            "started_date": scribe.dates(days),
            "completed_date": scribe.dates(done),
        },
    )


def write_activities(world: World, dice: Dice, plot: Plot, care: Care, kept: np.ndarray) -> None:
    """Write participation activities: the council of children in care, interviews of staff, days out."""
    scribe = world.scribe
    days = world.arrivals(dice, rates.ACTIVITIES_A_YEAR, world.opened, world.as_at)
    n = days.size
    scribe.write(
        "local_participation_activities",
        {
            "activity_id": ids("PAC", np.arange(n)),
            "activity_date": scribe.dates(days),
            "purpose": codes(
                dice.pick(n, [0.22, 0.24, 0.2, 0.24, 0.1]),
                ["POLICY", "SERVICE_DESIGN", "RECRUITMENT", "SOCIAL", "OTHER"],
            ),
            "anonymous_headcount": whole(np.where(dice.chance(n, 0.4), dice.whole(n, 1, 9), 0)),
        },
    )
    row, _ = repeated(dice.whole(n, 2, 8))
    person = young_people(dice, plot, care, kept, days[row])
    part = rows_of(activity=row, person=person)[person >= 0].drop_duplicates()
    part = part.sort_values(["activity", "person"], kind="stable")
    world.meet(part["person"].to_numpy())
    scribe.write(
        "local_participation_attendance",
        {
            "participation_attendance_id": ids("PAA", np.arange(len(part))),
            "activity_id": ids("PAC", part["activity"].to_numpy()),
            "person_id": ids("P", part["person"].to_numpy()),
        },
    )


HEARD = (
    "Young people said that meetings felt long and formal.",
    "Children told us that they wanted fewer changes of worker.",
    "Care leavers asked for clearer letters about money.",
    "The children in care council asked to choose the venue of their reviews.",
    "Children asked for photographs of the people they would meet.",
)
CHANGED = (
    "Meetings are shorter and start with what the young person wants to say.",
    "A handover visit with both workers is now the rule.",
    "Letters were rewritten together with young people.",
    "Invitations now offer three venues.",
    "Every team has one-page profiles with a photograph.",
)
TITLES = ("Shorter meetings", "Fewer changes", "Plain letters", "Choice of venue", "Faces before places")


def write_evidence(world: World, dice: Dice) -> None:
    """Write the register of what children's voices changed: submitted, signed off, at times replaced."""
    scribe = world.scribe
    days = world.arrivals(dice, rates.EVIDENCE_A_YEAR, world.opened, world.as_at)
    n = days.size
    theme = np.arange(n) % 2
    submitted = days + dice.spread(n, ((0, 1), (0.6, 12), (1, 40)))
    signed = submitted + dice.spread(n, ((0, 1), (0.5, 9), (0.9, 24), (1, 45)))
    fate = dice.pick(n, [0.86, 0.07, 0.07])
    status = np.select([~scribe.seen(submitted), ~scribe.seen(signed), fate == 1, fate == 2], [0, 1, 3, 5], 2)
    first = rows_of(
        entry=np.arange(n),
        version=np.ones(n, dtype=np.int64),
        submitted=submitted,
        signed=signed,
        status=status,
    )
    replaced = (status == 2) & dice.chance(n, 0.1) & scribe.seen(signed + 60)
    first.loc[replaced, "status"] = 4
    second = first[replaced].assign(
        version=2, submitted=signed[replaced] + 30, signed=signed[replaced] + 45, status=2
    )
    rows = pd.concat([first, second]).sort_values(["submitted", "entry"], kind="stable")
    entry = rows["entry"].to_numpy()
    final = rows["status"].isin([2, 4]).to_numpy()
    unlinked = dice.chance(len(rows), 0.08)
    link = ids("https://evidence.invented.example/entry/", entry)
    scribe.write(
        "local_evidence_register",
        {
            "register_version_id": ids("ERV", np.arange(len(rows))),
            "register_id": ids("ER", entry),
            "version": whole(rows["version"].to_numpy()),
            "theme": codes(theme[entry], ["INVOLVEMENT", "FEEDBACK"]),
            "title": codes(entry // 2 % 5, TITLES),
            "summary": codes(entry // 2 % 5, HEARD),
            "what_changed": codes(entry // 2 % 5, CHANGED),
            "service_area": codes(entry % 8, rates.AREAS),
            "evidence_date": scribe.dates(days[entry]),
            "evidence_link": swap(link, unlinked, None),
            "children_involved": whole(3 + entry % 14),
            "owner_role": codes(
                entry % 3, ["Participation Worker", "Team Manager", "Virtual School Officer"]
            ),
            "submitted_date": scribe.dates(rows["submitted"].to_numpy()),
            "sign_off_status": codes(
                rows["status"].to_numpy(),
                ["DRAFT", "SUBMITTED", "SIGNED_OFF", "REJECTED", "SUPERSEDED", "WITHDRAWN"],
            ),
            "sign_off_role": codes(
                np.where(final, entry % 2, -1), ["Participation Lead", "Assistant Director"]
            ),
            "sign_off_date": scribe.dates(np.where(final, rows["signed"], NEVER)),
        },
    )


def write_troubled_families(world: World, workforce: Workforce, support: Support) -> None:
    """Write families on the programme, who come from targeted support, and the claims made for them."""
    dice = world.dice("troubled_families")
    scribe = world.scribe
    spells = support.spells[support.spells["level"] == 0]
    chosen = spells[dice.chance(len(spells), 0.62)].drop_duplicates("family")
    n = len(chosen)
    family, start = chosen["family"].to_numpy(), chosen["start"].to_numpy() + dice.whole(n, 0, 30)
    end = np.maximum(chosen["end"].to_numpy(), start + 30) + dice.whole(n, 0, 60)
    plan = np.where(dice.chance(n, 0.93), start + dice.spread(n, ((0, 2), (0.7, 30), (1, 90))), NEVER)
    team = workforce.team_for(TFS, family)
    lead = workforce.worker_at(
        workforce.posts_for(team, FAMILY_WORKER, family // 3), np.minimum(start, world.as_at)
    )
    told = start <= world.as_at
    scribe.write(
        "local_families",
        {
            "family_id": ids("F", family[told]),
            "programme_start_date": scribe.dates(start[told]),
            "programme_end_date": scribe.dates(end[told]),
            "criteria_met": whole(dice.pick(n, [0, 0.07, 0.48, 0.3, 0.15])[told]),
            "whole_family_plan_date": scribe.dates(plan[told]),
            "lead_worker_id": ids("W", lead[told]),
        },
    )
    kinds = dice.pick(n, [0.34, 0.17, 0.49])
    reached = end + dice.whole(n, 10, 60)
    submitted = reached + dice.whole(n, 15, 110)
    state = dice.pick(n, [0.03, 0.0, 0.85, 0.09, 0.03])
    state = np.where(~scribe.seen(submitted), 0, np.where(submitted > world.as_at - 50, 1, state))
    rows = rows_of(family=family, kind=kinds, reached=reached, submitted=submitted, state=state)
    rows = rows[told & (kinds < 2) & (reached <= world.as_at)]
    again = rows[dice.chance(len(rows), 0.08)].assign(
        kind=lambda r: 1 - r["kind"], submitted=lambda r: r["submitted"] + 120
    )
    again = again.assign(state=np.where(again["submitted"] > world.as_at, 0, 2))
    rows = pd.concat([rows, again]).sort_values(["reached", "family", "kind"], kind="stable")
    audited = np.where(
        dice.chance(len(rows), 0.94) & (rows["state"] > 0),
        rows["submitted"] - dice.whole(len(rows), 0, 12),
        NEVER,
    )
    scribe.write(
        "local_programme_claims",
        {
            "claim_id": ids("PC", np.arange(len(rows))),
            "family_id": ids("F", rows["family"].to_numpy()),
            "claim_type": codes(rows["kind"].to_numpy(), ["SUSTAINED_PROGRESS", "CONTINUOUS_EMPLOYMENT"]),
            "outcome_achieved_date": scribe.dates(rows["reached"].to_numpy()),
            "submitted_date": scribe.dates(np.where(rows["state"] > 0, rows["submitted"], NEVER)),
            "status": codes(
                rows["state"].to_numpy(), ["DRAFT", "SUBMITTED", "ACCEPTED", "REJECTED", "WITHDRAWN"]
            ),
            "audit_passed_date": scribe.dates(audited),
        },
    )
