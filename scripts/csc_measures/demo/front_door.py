"""The front door: contacts, referrals, decisions, assessments, visits, strategy discussions, s47."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, age_on
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import PATH, Plot
from csc_measures.demo.workforce import Workforce
from csc_measures.demo.world import World, repeated, rows_of, upto
from csc_measures.demo.writing import NO_TEXT, codes, flags, ids, swap, yes_no

SOURCES = (
    "1A", "1B", "1C", "1D", "2A", "2B", "3A", "3B", "3C", "3D", "3E", "3F", "4", "5A", "5B", "5C", "5D",
    "6", "7", "8", "9", "10",
)  # fmt: skip
SOURCE_SHARES = (8, 1, 1, 2, 20, 2, 2, 2, 1.5, 2, 5, 3, 2, 5, 4, 3, 0, 29, 2, 4, 1.5, 1)
"""Who refers (DfE, children in need 2025: police 29%, schools 20%); early help (5D) has its own journeys."""
NEEDS = [f"N{k}" for k in range(10)]
OUTCOMES = (
    "NFA", "NFA_S47_END", "STRATEGY_DISCUSSION", "CLA_REQUEST", "PRIVATE_FOSTERING", "LEGAL_ACTION",
    "PROV_OF_SERVICES", "PROV_OF_SB_CARE", "SPECIALIST_ASSESSMENT", "REFERRAL_TO_OTHER_AGENCY",
    "OTHER_ACTIONS", "OTHER_OUTCOMES_EXIST",
)  # fmt: skip
FACTORS = (
    '["3B", "17A"]', '["3B", "4B", "17A"]', '["2B", "16A"]', '["1B", "3B", "16A"]', '["4A"]',
    '["4A", "15A"]', '["4B", "16A"]', '["14A"]', '["10A", "14A", "24A"]', '["18C"]', '["18C", "3B"]',
    '["19B"]', '["19C"]', '["11A"]', '["11A", "10A"]', '["6A"]', '["5A", "6A"]', '["7A"]', '["21"]', '["20"]',
    '["9A"]', '["2A", "13A", "24A"]', '["17A"]', '["16A"]', '["18B", "14A"]',
)  # fmt: skip
FACTOR_SHARES = (15, 9, 7, 6, 6, 3, 5, 4, 1.5, 8, 5, 0.9, 1.3, 0.8, 0.5, 3, 2, 3, 6, 4, 0.5, 1.5, 6, 7, 2)
"""Factors found at the end of an assessment (after DfE 2025: domestic abuse and mental health lead)."""
CONTACT_OUTCOMES = (
    "NEW_REFERRAL", "EXISTING_REFERRAL", "CP_ENQUIRY", "NFA", "NON_AGENCY_ADOPTION", "PRIVATE_FOSTERING",
    "ADVICE", "MISSING", "OLA_CP", "OTHER_OUTCOMES_EXIST",
)  # fmt: skip
RESULT_NOTHING, RESULT_ELSEWHERE, RESULT_SERVICES, RESULT_CARE = range(4)


def invent_sources(world: World, plot: Plot) -> None:
    """Give each case its referrer, the times of referral and decision, and where it goes when it closes."""
    dice = world.dice("front_door")
    cases = plot.cases
    family_case = cases["case"].to_numpy()
    n = upto(family_case)
    received = world.office_minutes(dice, n)
    decided = np.where(received < 0, -1, np.maximum(dice.whole(n, 9 * 60, 18 * 60), received + 20))
    cases["received_minute"] = received[family_case]
    cases["decided_minute"] = np.where(decided > 19 * 60, 19 * 60, decided)[family_case]
    source = dice.pick(n, SOURCE_SHARES)
    cases["source"] = np.where(cases["path"] == PATH["UASC"], SOURCES.index("6"), source[family_case])
    nothing = np.isin(cases["path"], [PATH["ASSESSED_CLOSED"], PATH["S47_CLOSED"]])
    elsewhere = dice.chance(n, 0.34)[family_case]
    planned = (cases["cin_start"] < NEVER) | (cases["cin2_start"] < NEVER) | (cases["cp_start"] < NEVER)
    result = np.select(
        [cases["path"].isin([PATH["CARE"], PATH["UASC"]]), planned | ~nothing],
        [RESULT_CARE, RESULT_SERVICES],
        RESULT_NOTHING,
    )
    result = np.where((result == RESULT_NOTHING) & elsewhere, RESULT_ELSEWHERE, result)
    cases["result"] = result
    cases["steps_down"] = np.where(
        result == RESULT_ELSEWHERE,
        True,
        (result == RESULT_SERVICES) & (cases["care"] == NEVER) & dice.chance(n, 0.33)[family_case],
    ) & (cases["path"] != PATH["REFERRAL_NFA"])
    cases["source_service"] = -1


def invent_assessments(world: World, workforce: Workforce, plot: Plot) -> pd.DataFrame:
    """List single assessments: the first of each case, and later ones of cases that stay open for long."""
    dice = world.dice("front_door")
    cases = plot.cases
    first = cases[cases["start"] < NEVER]
    team = np.where(
        (first["transfer"] < first["assessed"]) | (first["path"] == PATH["DISABILITY"]),
        first["locality"],
        first["ffd"],
    )
    first = rows_of(
        row=first.index.to_numpy(),
        person=first["person"].to_numpy(),
        start=first["start"].to_numpy(),
        end=first["assessed"].to_numpy(),
        team=team,
        result=first["result"].to_numpy(),
        again=np.zeros(len(first), dtype=bool),
    )
    life = np.where(cases["care"] < NEVER, np.minimum(cases["care"], cases["close"]), cases["close"])
    long = np.flatnonzero((cases["start"] < NEVER) & (life - cases["assessed"] > 150))
    lead = cases["case"].to_numpy()[long]
    span = (life - cases["assessed"].to_numpy())[long]
    disabled = (cases["path"].to_numpy() == PATH["DISABILITY"])[long]
    count = np.where(disabled, span // 365, dice.chance(upto(lead), 0.42)[lead].astype(np.int64))
    copy, turn = repeated(count)
    row = long[copy]
    offset = dice.whole(upto(lead), 60, 110)[lead[copy]]
    start = world.calendar.on_working_day(
        cases["assessed"].to_numpy()[row] + np.where(disabled[copy], 300 + 365 * turn, offset)
    )
    team = cases["locality"].to_numpy()[row]
    days = np.where(
        workforce.in_trouble(world, team, start + 45),
        dice.spread(row.size, rates.ASSESSMENT_WORKING_DAYS_TROUBLE),
        dice.spread(row.size, rates.ASSESSMENT_WORKING_DAYS),
    )
    end = world.calendar.after(np.minimum(start, world.calendar.last - 400), days)
    fits = (end < life[row]) & (start < cases["limit"].to_numpy()[row])
    later = rows_of(
        row=row,
        person=cases["person"].to_numpy()[row],
        start=start,
        end=end,
        team=team,
        result=np.full(row.size, RESULT_SERVICES),
        again=np.ones(row.size, dtype=bool),
    )[fits]
    assessments = pd.concat([first, later], ignore_index=True)
    held_up = workforce.in_trouble(world, assessments["team"], assessments["end"]) & ~assessments["again"]
    held_up &= assessments["end"].to_numpy() + 60 < life[assessments["row"].to_numpy()]
    delay = dice.spread_among(held_up.to_numpy(), rates.HELD_UP_WORKING_DAYS)
    assessments["end"] = world.calendar.after(
        np.minimum(assessments["end"], world.calendar.last - 400), delay
    )
    return assessments.sort_values(["start", "row"], kind="stable").reset_index(drop=True)


def write_front_door(
    world: World, workforce: Workforce, plot: Plot, assessments: pd.DataFrame, kept: np.ndarray
) -> None:
    """Write contacts, referrals, decisions, assessments, discussions, enquiries and visits."""
    dice = world.dice("front_door")
    cases = plot.cases[kept[plot.cases["person"].to_numpy()]]
    assessments = assessments[kept[assessments["person"].to_numpy()] & (assessments["start"] <= world.as_at)]
    write_referrals(world, dice, workforce, cases)
    write_contacts(world, dice, plot, cases, kept)
    write_assessments(world, dice, workforce, cases, assessments)
    enquiries = list_enquiries(world, dice, plot, cases)
    times = write_enquiries(world, dice, workforce, enquiries)
    write_discussions(world, dice, plot, cases, enquiries, times)
    write_practice_visits(world, dice, workforce, plot, assessments, enquiries, times)


def write_referrals(world: World, dice: Dice, workforce: Workforce, cases: pd.DataFrame) -> None:
    """Write referrals (which are periods of need) and the first decision on each."""
    scribe, n = world.scribe, len(cases)
    world.meet(cases["person"].to_numpy())
    path, row = cases["path"].to_numpy(), cases.index.to_numpy()
    refused = path == PATH["REFERRAL_NFA"]
    close = cases["close"].to_numpy()
    closed = scribe.seen(close)
    reason = cases["close_reason"].to_numpy()
    team = np.where((path == PATH["DISABILITY"]) & (row % 3 > 0), cases["locality"], cases["ffd"])
    team = np.where(dice.chance(n, 0.004), -1, team)
    scribe.write(
        "ssd_cin_episodes",
        {
            "cine_referral_id": ids("R", row),
            "cine_person_id": ids("P", cases["person"].to_numpy()),
            "cine_referral_date": scribe.dates(cases["ref"].to_numpy()),
            "cine_cin_primary_need_code": codes(cases["need"].to_numpy(), NEEDS),
            "cine_referral_source_code": codes(cases["source"].to_numpy(), SOURCES),
            "cine_referral_source_desc": codes(
                np.where(row % 3 == 0, row % 2, 2),
                ["ZQX duty line of an invented agency", "ZQX letter from an invented agency", NO_TEXT],
            ),
            "cine_referral_outcome_json": flags(
                (
                    "SINGLE_ASSESSMENT",
                    "NFA",
                    "STRATEGY_DISCUSSION",
                    "CLA_REQUEST",
                    "NON_AGENCY_ADOPTION",
                    "PRIVATE_FOSTERING",
                    "CP_TRANSFER_IN",
                    "CP_CONFERENCE",
                    "CARE_LEAVER",
                    "OTHER_OUTCOMES_EXIST",
                ),
                [~refused, refused, cases["strategy"] < cases["ref"] + 4, path == PATH["UASC"]]
                + [np.zeros(n, dtype=bool)] * 6,
            ),
            "cine_referral_nfa": yes_no(refused),
            "cine_close_reason": codes(np.where(closed, reason, -1), CLOSE_REASONS),
            "cine_close_date": scribe.dates(close),
            "cine_referral_team": ids("T", team),
            "cine_referral_worker_id": ids("W", workforce.signer(team, cases["ref"].to_numpy(), row)),
        },
    )
    undecided = dice.chance(n, 0.006) & refused
    decided = np.where(undecided, NEVER, cases["decided"])
    strategy = (cases["strategy"] <= cases["decided"] + 1).to_numpy()
    decision = np.select(
        [refused & (row % 3 == 0), refused & (row % 11 == 1), refused, strategy], [3, 4, 2, 1], 0
    )
    same_day = cases["decided"].to_numpy() == cases["ref"].to_numpy()
    minute = np.where(
        same_day & (cases["received_minute"] >= 0),
        np.maximum(cases["decided_minute"], cases["received_minute"] + 15),
        cases["decided_minute"],
    )
    scribe.write(
        "local_referral_decisions",
        {
            "referral_id": ids("R", row),
            "received_at": scribe.moments(cases["ref"].to_numpy(), cases["received_minute"].to_numpy()),
            "decision_at": scribe.moments(decided, minute),
            "decision": codes(
                np.where(scribe.seen(decided), decision, -1),
                ["ASSESSMENT", "STRATEGY", "NFA", "SIGNPOST", "STEP_ACROSS", "OTHER"],
            ),
            "source_service": codes(cases["source_service"].to_numpy(), ["TFS", "EARLY_HELP"]),
        },
    )


CLOSE_REASONS = ("RC1", "RC2", "RC3", "RC4", "RC5", "RC6", "RC7", "RC8", "RC9")


def write_contacts(world: World, dice: Dice, plot: Plot, cases: pd.DataFrame, kept: np.ndarray) -> None:
    """Write contacts since the extracts opened: those that became a referral, and those that did not."""
    scribe = world.scribe
    became = cases[cases["ref"] >= world.opened]
    extra_day = world.arrivals(dice, rates.CONTACTS_ONLY_A_YEAR, world.opened, world.as_at)
    people = np.flatnonzero(kept)
    strangers = plot.children.index[~kept].to_numpy()
    extra = np.where(
        dice.chance(extra_day.size, 0.72),
        people[(dice.free(extra_day.size) * people.size).astype(np.int64)],
        strangers[(dice.free(extra_day.size) * strangers.size).astype(np.int64)],
    )
    alive = (plot.child("dob", extra) <= extra_day) & (plot.child("adult_on", extra) > extra_day)
    extra, extra_day = extra[alive], extra_day[alive]
    world.meet(extra)
    person = np.concatenate([became["person"].to_numpy(), extra])
    day = np.concatenate([became["ref"].to_numpy(), extra_day])
    led_on = np.arange(person.size) < len(became)
    source = np.concatenate([became["source"].to_numpy(), dice.pick(extra.size, SOURCE_SHARES)])
    order = np.argsort(day, kind="stable")
    person, day, led_on, source = person[order], day[order], led_on[order], source[order]
    n = person.size
    ends = np.where(led_on, 0, 1 + dice.pick(n, rates.CONTACT_OUTCOME_SHARES))
    scribe.write(
        "ssd_contacts",
        {
            "cont_contact_id": ids("CON", np.arange(n)),
            "cont_person_id": ids("P", person),
            "cont_contact_date": scribe.dates(day),
            "cont_contact_source_code": codes(source, SOURCES),
            "cont_contact_source_desc": codes(
                np.where(np.arange(n) % 4 == 0, 0, 1), ["ZQX call from an invented agency", NO_TEXT]
            ),
            "cont_contact_outcome_json": flags(
                CONTACT_OUTCOMES, [ends == place for place in range(len(CONTACT_OUTCOMES))]
            ),
        },
    )


def write_assessments(
    world: World, dice: Dice, workforce: Workforce, cases: pd.DataFrame, assessments: pd.DataFrame
) -> None:
    """Write assessments with their outcomes, and the factors found at the end of each."""
    scribe, n = world.scribe, len(assessments)
    done = scribe.seen(assessments["end"])
    result = assessments["result"].to_numpy()
    row = assessments["row"].to_numpy()
    facts = cases.loc[row]
    again = assessments["again"].to_numpy()
    s47 = (facts["strategy"] < assessments["end"].to_numpy()).to_numpy() & ~again
    planned = (
        np.minimum(facts["cp_start"], np.minimum(facts["cin_start"], facts["cin2_start"])).to_numpy() < NEVER
    )
    nothing = np.isin(result, [RESULT_NOTHING, RESULT_ELSEWHERE]) & ~planned
    silent = nothing & dice.chance(n, 0.012)
    pure = nothing & (result == RESULT_NOTHING) & ~silent
    rare = np.where(planned | again, dice.pick(n, [0.006, 0.025, 0.015, 0.954]), 3)
    raised = [
        pure & ~s47,
        pure & s47,
        s47 & ~nothing,
        facts["care"].to_numpy() < assessments["end"].to_numpy() + 30,
        rare == 0,
        (facts["path"] == PATH["CP_CARE"]).to_numpy() & ~again,
        (planned | again) & ~silent & ~(dice.chance(n, 0.02)),
        (facts["path"] == PATH["DISABILITY"]).to_numpy() & (row % 2 == 0),
        ~nothing & dice.chance(n, 0.05),
        nothing & (result == RESULT_ELSEWHERE) & ~silent,
        rare == 1,
        rare == 2,
    ]
    raised = [flag & done for flag in raised]
    scribe.write(
        "ssd_cin_assessments",
        {
            "cina_assessment_id": ids("A", assessments.index.to_numpy()),
            "cina_person_id": ids("P", assessments["person"].to_numpy()),
            "cina_referral_id": ids("R", row),
            "cina_assessment_start_date": scribe.dates(assessments["start"].to_numpy()),
            "cina_assessment_child_seen": yes_no(np.where(done, dice.chance(n, 0.96), -1)),
            "cina_assessment_auth_date": scribe.dates(assessments["end"].to_numpy()),
            "cina_assessment_outcome_json": swap(flags(OUTCOMES, raised, comments=True), ~done, None),
            "cina_assessment_outcome_nfa": yes_no(np.where(done, pure, -1)),
            "cina_assessment_team": ids("T", assessments["team"].to_numpy()),
            "cina_assessment_worker_id": ids(
                "W", workforce.signer(assessments["team"].to_numpy(), assessments["start"].to_numpy(), row)
            ),
        },
    )
    found = assessments[done]
    facts = facts[done]
    factor = np.select(
        [facts["path"] == PATH["UASC"], facts["path"] == PATH["DISABILITY"]],
        [FACTORS.index('["9A"]'), FACTORS.index('["5A", "6A"]')],
        dice.pick(upto(facts["case"]), FACTOR_SHARES)[facts["case"].to_numpy()],
    )
    scribe.write(
        "ssd_assessment_factors",
        {
            "cinf_table_id": ids("AF", found.index.to_numpy()),
            "cinf_assessment_id": ids("A", found.index.to_numpy()),
            "cinf_assessment_factors_json": codes(factor, FACTORS),
        },
    )


def list_enquiries(world: World, dice: Dice, plot: Plot, cases: pd.DataFrame) -> pd.DataFrame:
    """List enquiries by number: the first of each case, and some more while a child is on a plan."""
    first = cases[(cases["strategy"] <= world.as_at) & ~cases["moved_in"]]
    first = first.assign(row=first.index, meeting=first["case"] * 4)
    span = np.where(cases["cp_start"] < NEVER, cases["cp_end"] - cases["cp_start"], 0)
    worried = dice.chance(upto(plot.cases["case"]), rates.ENQUIRY_DURING_PLAN)[cases["case"].to_numpy()]
    more = cases[worried & (span > 120)]
    begin = world.calendar.on_working_day(
        more["cp_start"].to_numpy() + span[worried & (span > 120)] * 45 // 100
    )
    more = more.assign(row=more.index, meeting=more["case"] * 4 + 3, strategy=begin, conference=NEVER)
    more = more.assign(s47_end=np.minimum(world.calendar.after(begin, 9), more["cp_end"]))
    more.index = more.index + len(plot.cases)
    listed = pd.concat([first, more[more["strategy"] <= world.as_at]])
    return listed.sort_values(["strategy", "meeting", "person"], kind="stable")


def write_enquiries(world: World, dice: Dice, workforce: Workforce, enquiries: pd.DataFrame) -> np.ndarray:
    """Write s47 enquiries; gives the minute of the strategy discussion that began each."""
    scribe, n = world.scribe, len(enquiries)
    minute = world.office_minutes(dice, upto(enquiries["meeting"]))[enquiries["meeting"].to_numpy()]
    row = enquiries.index.to_numpy()
    ended = scribe.seen(enquiries["s47_end"])
    to_conference = (enquiries["conference"] < NEVER).to_numpy()
    overruled = ~to_conference & dice.chance(n, 0.012)
    services = (
        np.minimum(enquiries["cin_start"], enquiries["cin2_start"]) < NEVER
    ).to_numpy() & ~to_conference
    legal = (enquiries["care"] < NEVER).to_numpy()
    rare = dice.pick(n, [0.006, 0.012, 0.982])
    nothing = ~to_conference & ~services & ~legal & ~overruled
    monitored = nothing & (row % 5 == 0)
    raised = [
        nothing & ~monitored & (row % 2 == 0),
        legal,
        services,
        services & (rare == 0),
        to_conference | overruled,
        nothing & ~monitored & (row % 2 == 1),
        monitored,
        services & (rare == 1),
    ]
    team = np.where(enquiries["transfer"] <= enquiries["strategy"], enquiries["locality"], enquiries["ffd"])
    scribe.write(
        "ssd_s47_enquiry",
        {
            "s47e_s47_enquiry_id": ids("S", row),
            "s47e_referral_id": ids("R", enquiries["row"].to_numpy()),
            "s47e_person_id": ids("P", enquiries["person"].to_numpy()),
            "s47e_s47_start_date": scribe.moments(enquiries["strategy"].to_numpy(), minute),
            "s47e_s47_end_date": scribe.dates(enquiries["s47_end"].to_numpy()),
            "s47e_s47_nfa": yes_no(np.where(ended, raised[0] | overruled, -1)),
            "s47e_s47_outcome_json": swap(
                flags(
                    (
                        "NFA",
                        "LEGAL_ACTION",
                        "PROV_OF_SERVICES",
                        "PROV_OF_SB_CARE",
                        "CP_CONFERENCE",
                        "NFA_CONTINUE_SINGLE",
                        "MONITOR",
                        "OTHER_OUTCOMES_EXIST",
                    ),
                    [flag & ended for flag in raised],
                    comments=True,
                ),
                ~ended,
                None,
            ),
            "s47e_s47_completed_by_worker_id": ids(
                "W", workforce.signer(team, enquiries["strategy"].to_numpy(), enquiries["family"].to_numpy())
            ),
            "s47e_s47_completed_by_team": ids("T", team),
        },
    )
    return minute


def write_discussions(
    world: World,
    dice: Dice,
    plot: Plot,
    cases: pd.DataFrame,
    enquiries: pd.DataFrame,
    minute: np.ndarray,
) -> None:
    """Write strategy discussions: some led to an enquiry, some did not, some are reviews."""
    scribe = world.scribe
    led = rows_of(
        row=enquiries["row"].to_numpy(),
        person=enquiries["person"].to_numpy(),
        group=enquiries["meeting"].to_numpy(),
        day=enquiries["strategy"].to_numpy(),
        minute=minute,
        team=np.where(
            enquiries["transfer"] <= enquiries["strategy"], enquiries["locality"], enquiries["ffd"]
        ),
        outcome=np.zeros(len(enquiries), dtype=np.int64),
        enquiry=enquiries.index.to_numpy(),
    )
    reviewed = enquiries[
        dice.chance(upto(enquiries["case"]), 0.12)[enquiries["case"].to_numpy()]
        & (enquiries["s47_end"] - enquiries["strategy"] > 5)
        & (enquiries["meeting"] % 4 == 0)
    ]
    review = rows_of(
        row=reviewed["row"].to_numpy(),
        person=reviewed["person"].to_numpy(),
        group=reviewed["meeting"].to_numpy() + 1,
        day=world.calendar.on_working_day(reviewed["strategy"].to_numpy() + 4),
        minute=np.full(len(reviewed), 600),
        team=reviewed["ffd"].to_numpy(),
        outcome=np.full(len(reviewed), 1),
        enquiry=reviewed.index.to_numpy(),
    )
    chosen = cases[
        (cases["start"] < NEVER)
        & (cases["strategy"] == NEVER)
        & (dice.chance(upto(plot.cases["case"]), 0.11)[cases["case"].to_numpy()])
    ]
    day = world.calendar.on_working_day(np.minimum(chosen["start"].to_numpy(), world.as_at) + 3)
    other = rows_of(
        row=chosen.index.to_numpy(),
        person=chosen["person"].to_numpy(),
        group=chosen["case"].to_numpy() * 4 + 2,
        day=day,
        minute=np.full(len(chosen), 660),
        team=chosen["ffd"].to_numpy(),
        outcome=2 + chosen["case"].to_numpy() % 2,
        enquiry=np.full(len(chosen), -1),
    )[day <= world.as_at]
    rows = pd.concat([led, review, other], ignore_index=True)
    rows = rows.sort_values(["day", "group", "person"], kind="stable").reset_index(drop=True)
    rows = rows[rows["day"] <= world.as_at].reset_index(drop=True)
    n, groups = len(rows), upto(rows["group"])
    group = rows["group"].to_numpy()
    unlinked = dice.chance(groups, 0.07)[group]
    cancelled = (rows["outcome"] >= 2).to_numpy() & dice.chance(groups, 0.12)[group]
    elsewhere = dice.chance(groups, 0.012)[group]
    scribe.write(
        "local_strategy_discussions",
        {
            "strategy_discussion_id": ids("SD", np.arange(n)),
            "group_id": ids("SDG", group),
            "person_id": ids("P", rows["person"].to_numpy()),
            "referral_id": ids("R", rows["row"].to_numpy()),
            "held_at": scribe.moments(rows["day"].to_numpy(), rows["minute"].to_numpy()),
            "team_id": ids("T", rows["team"].to_numpy()),
            "status": codes(cancelled.astype(np.int64), ["HELD", "CANCELLED"]),
            "other_authority_led": yes_no(elsewhere),
            "outcome": codes(
                np.where(cancelled, -1, np.where(unlinked & (rows["outcome"] == 0), 4, rows["outcome"])),
                ["S47", "S47_CONTINUES", "ASSESSMENT", "NFA", None],
            ),
            "s47_enquiry_id": ids("S", np.where(unlinked, -1, rows["enquiry"])),
        },
    )
    write_attendance(world, dice, plot, rows, cancelled)


def write_attendance(world: World, dice: Dice, plot: Plot, rows: pd.DataFrame, cancelled: np.ndarray) -> None:
    """Write which agencies took part in each discussion, or sent information, or did neither."""
    held = rows[~cancelled]
    group = held["group"].to_numpy()
    groups = upto(group)
    age = age_on(plot.child("dob", held["person"].to_numpy()), held["day"].to_numpy())
    unrecorded = dice.chance(groups, 0.012)[group]
    better = (held["day"].to_numpy() - world.opened) / 365.25 * 0.008
    pieces = []
    for place, (agency, share) in enumerate(rates.ATTENDED_STRATEGY.items()):
        asked = ~unrecorded if agency != "SCHOOL" else ~unrecorded & (age >= 4)
        luck = dice.even(groups)[group]
        there = luck < np.minimum(share + better - 0.03, 0.99) - 0.1
        sent = ~there & (luck < np.minimum(share + better - 0.03, 0.99))
        pieces.append(
            rows_of(
                discussion=held.index.to_numpy(), agency=np.full(len(held), place), there=there, sent=sent
            )[asked]
        )
    other = dice.chance(len(held), 0.2) & ~unrecorded
    pieces.append(
        rows_of(
            discussion=held.index.to_numpy(),
            agency=np.full(len(held), 3),
            there=np.ones(len(held), dtype=bool),
            sent=np.zeros(len(held), dtype=bool),
        )[other]
    )
    part = pd.concat(pieces).sort_values(["discussion", "agency"], kind="stable")
    world.scribe.write(
        "local_strategy_attendance",
        {
            "strategy_attendance_id": ids("SA", np.arange(len(part))),
            "strategy_discussion_id": ids("SD", part["discussion"].to_numpy()),
            "agency": codes(part["agency"].to_numpy(), ["POLICE", "HEALTH", "SCHOOL", "OTHER"]),
            "attended": yes_no(part["there"].to_numpy()),
            "contributed": yes_no(part["sent"].to_numpy()),
        },
    )


def write_practice_visits(
    world: World,
    dice: Dice,
    workforce: Workforce,
    plot: Plot,
    assessments: pd.DataFrame,
    enquiries: pd.DataFrame,
    minute: np.ndarray,
) -> None:
    """Write visits for assessments (first within days, then fortnightly) and for enquiries (72 hours)."""
    scribe, calendar = world.scribe, world.calendar
    assessments = assessments[assessments["end"] >= world.opened]
    n = len(assessments)
    team = assessments["team"].to_numpy()
    start, end = assessments["start"].to_numpy(), assessments["end"].to_numpy()
    slow = workforce.in_trouble(world, team, start) | workforce.before_turnaround(world, team, start)
    wait = np.where(
        slow,
        dice.spread(n, rates.FIRST_VISIT_WORKING_DAYS_TROUBLE),
        dice.spread(n, rates.FIRST_VISIT_WORKING_DAYS),
    )
    seen_at_all = dice.chance(n, 0.97)
    more = np.where(seen_at_all, 1 + dice.pick(n, [0.35, 0.35, 0.2, 0.1]), 0)
    row, turn = repeated(more)
    day = (
        calendar.after(start[row], wait[row]) + turn * 13 + np.where(turn > 0, dice.whole(row.size, 0, 5), 0)
    )
    fits = (day <= np.maximum(end[row], start[row] + 2)) & (day <= world.as_at) & (day >= start[row])
    row, day = row[fits], day[fits]
    first = rows_of(
        person=assessments["person"].to_numpy()[row],
        day=day,
        minute=world.office_minutes(dice, row.size),
        purpose=np.zeros(row.size, dtype=np.int64),
        assessment=assessments.index.to_numpy()[row],
        enquiry=np.full(row.size, -1),
        team=team[row],
        key=assessments["row"].to_numpy()[row],
    )
    recent = (enquiries["s47_end"] >= world.opened).to_numpy()
    enquiries, minute = enquiries[recent], minute[recent]
    m = len(enquiries)
    hours = dice.spread(m, rates.S47_VISIT_HOURS)
    from_minute = np.where(minute < 0, 720, minute)
    at = enquiries["strategy"].to_numpy() * 1440 + from_minute + hours * 60
    visit_day, visit_minute = at // 1440, at % 1440
    visit_minute = np.where(visit_minute < 480, 480 + visit_minute, np.minimum(visit_minute, 20 * 60))
    second = rows_of(
        person=enquiries["person"].to_numpy(),
        day=visit_day,
        minute=np.where(minute < 0, -1, visit_minute),
        purpose=np.ones(m, dtype=np.int64),
        assessment=np.full(m, -1),
        enquiry=enquiries.index.to_numpy(),
        team=enquiries["ffd"].to_numpy(),
        key=enquiries["family"].to_numpy(),
    )[dice.chance(m, 0.965) & (visit_day <= world.as_at)]
    visits = pd.concat([first, second]).sort_values(["day", "person", "purpose"], kind="stable")
    n = len(visits)
    seen = dice.chance(n, 0.955)
    day = visits["day"].to_numpy()
    scribe.write(
        "local_practice_visits",
        {
            "visit_id": ids("V", np.arange(n)),
            "person_id": ids("P", visits["person"].to_numpy()),
            "visit_at": scribe.moments(day, visits["minute"].to_numpy()),
            "purpose": codes(visits["purpose"].to_numpy(), ["ASSESSMENT", "S47"]),
            "assessment_id": ids("A", visits["assessment"].to_numpy()),
            "s47_enquiry_id": ids("S", visits["enquiry"].to_numpy()),
            "child_seen": yes_no(seen),
            "seen_alone": yes_no(
                seen & dice.chance(n, 0.6) & (plot.child("dob", visits["person"].to_numpy()) < day - 1500)
            ),
            "worker_id": ids("W", workforce.signer(visits["team"].to_numpy(), day, visits["key"].to_numpy())),
        },
    )
