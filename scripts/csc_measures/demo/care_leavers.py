"""Young people who leave care at 16 or later: status, birthdays, contacts, pathway plans."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo import rates
from csc_measures.demo.calendar import NEVER, birthday
from csc_measures.demo.care import HOME, REASON, SHORT_BREAKS, Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import Plot
from csc_measures.demo.workforce import ADVISER, CARE_LEAVERS, Workforce, staff_names
from csc_measures.demo.world import World, repeated, rows_of, visits_every
from csc_measures.demo.writing import NO_DATE, codes, filled, ids, swap, yes_no

METHODS = ("VISIT", "PHONE", "VIDEO", "MESSAGE", "LETTER")


def invent_care_leavers(world: World, plot: Plot, care: Care) -> pd.DataFrame:
    """List those who were looked after at 16 or later: when they left, and until when they are served."""
    dice = world.dice("care_leavers")
    periods = care.periods[care.periods["route"] != SHORT_BREAKS]
    person = periods["person"].to_numpy()
    dob = plot.child("dob", person)
    since = np.maximum(periods["start"].to_numpy(), birthday(dob, 14))
    days = np.maximum(periods["end"].to_numpy() - since, 0)
    total = pd.Series(days).groupby(person).sum()
    last = periods.sort_values(["person", "start"], kind="stable").groupby("person").tail(1)
    person = last["person"].to_numpy()
    dob = plot.child("dob", person)
    left = last["end"].to_numpy()
    over_16 = (left > birthday(dob, 16)) & ~np.isin(last["reason"], [REASON["E2"], REASON["E3"]])
    n = len(last)
    stays_in_service = dice.chance(n, 0.28)
    until = np.where(
        stays_in_service,
        birthday(dob, 22) + dice.whole(n, 0, 1000),
        birthday(dob, 21) + dice.whole(n, 35, 120),
    )
    leavers = rows_of(
        person=person,
        row=last["row"].to_numpy(),
        left=left,
        dob=dob,
        eligible=total.reindex(person).to_numpy() >= 91,
        went_home=(last["exit"] == HOME).to_numpy(),
        adult=birthday(dob, 18),
        until=np.minimum(until, birthday(dob, 25)),
    )[over_16]
    return leavers.reset_index(drop=True)


def write_care_leavers(
    world: World, workforce: Workforce, plot: Plot, care: Care, leavers: pd.DataFrame, kept: np.ndarray
) -> None:
    """Write status spells, birthdays, contacts, pathway plans with reviews, and the latest position."""
    dice = world.dice("care_leavers")
    leavers = leavers[kept[leavers["person"].to_numpy()] & (leavers["until"] >= world.opened)].reset_index(
        drop=True
    )
    team = workforce.team_for(CARE_LEAVERS, leavers["person"].to_numpy())
    leavers["team"] = team
    leavers["post"] = workforce.posts_for(
        team, ADVISER, np.arange(len(leavers)) // max(1, len(np.unique(team)))
    )
    out = leavers[leavers["left"] <= world.as_at].reset_index(drop=True)
    write_spells(world, workforce, out)
    birthdays = write_birthdays(world, dice, out)
    contacts = write_contacts(world, dice, workforce, out, birthdays)
    plans = write_pathway_plans(world, dice, plot, care, leavers, kept)
    write_latest(world, workforce, out, birthdays, contacts, plans)


def write_spells(world: World, workforce: Workforce, out: pd.DataFrame) -> None:
    """Write relevant until 18, former relevant until 25; qualifying for those in care too short."""
    scribe = world.scribe
    young = (out["left"] < out["adult"]).to_numpy() & out["eligible"].to_numpy()
    first = out[young]
    first = first.assign(
        kind=0, start=first["left"], end=first["adult"], opens=first["left"], closes=first["adult"]
    )
    grown = out[out["eligible"]]
    begin = np.maximum(grown["left"], grown["adult"])
    second = grown.assign(
        kind=1, start=begin, end=birthday(grown["dob"].to_numpy(), 25), opens=begin, closes=grown["until"]
    )
    short = out[~out["eligible"]]
    third = short.assign(
        kind=2,
        start=short["left"],
        end=birthday(short["dob"].to_numpy(), 21),
        opens=short["left"],
        closes=np.minimum(short["left"] + 300, birthday(short["dob"].to_numpy(), 21)),
    )
    rows = pd.concat([first, second, third])
    rows = rows[(rows["start"] <= world.as_at) & (rows["start"] < rows["end"])]
    rows["closes"] = np.maximum(rows["closes"], rows["opens"] + 1)
    rows = rows.sort_values(["start", "person"], kind="stable")
    at = np.minimum(rows["closes"].to_numpy() - 1, world.as_at)
    scribe.write(
        "local_care_leaver_spells",
        {
            "care_leaver_spell_id": ids("CLS", np.arange(len(rows))),
            "person_id": ids("P", rows["person"].to_numpy()),
            "eligibility": codes(rows["kind"].to_numpy(), ["RELEVANT", "FORMER_RELEVANT", "QUALIFYING"]),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
            "open_start_date": scribe.dates(rows["opens"].to_numpy()),
            "open_end_date": scribe.dates(rows["closes"].to_numpy()),
            "personal_adviser_id": ids("W", workforce.worker_at(rows["post"].to_numpy(), at)),
        },
    )


def write_birthdays(world: World, dice: Dice, out: pd.DataFrame) -> pd.DataFrame:
    """Write each 17th to 21st birthday out of care: in touch, accommodation, activity."""
    scribe = world.scribe
    row, turn = repeated(np.full(len(out), 5))
    age = 17 + turn
    day = birthday(out["dob"].to_numpy()[row], age)
    keep = (day >= out["left"].to_numpy()[row]) & (day <= world.as_at) & (day >= world.opened - 400)
    keep &= out["eligible"].to_numpy()[row]
    rows = rows_of(row=row[keep], age=age[keep], day=day[keep]).sort_values(["day", "row"], kind="stable")
    rows = rows.reset_index(drop=True)
    n = len(rows)
    person = out["person"].to_numpy()[rows["row"].to_numpy()]
    years = rows["age"].to_numpy() - 17
    lost_touch = dice.pick_by(years, (rates.IN_TOUCH_SHARES,) * 5)
    lost_touch = np.where(
        out["went_home"].to_numpy()[rows["row"]] & (rows["age"] < 19) & dice.chance(n, 0.6), 4, lost_touch
    )
    better = (rows["day"].to_numpy() - world.opened) / 365.25 * 0.004
    where = dice.pick_by(years, (rates.ACCOMMODATION_SHARES,) * 5)
    where = np.where((lost_touch > 0) & dice.chance(n, 0.25), len(rates.ACCOMMODATION) - 1, where)
    does = dice.pick_by(years, (rates.ACTIVITY_SHARES,) * 5)
    does = np.where((lost_touch > 0) & dice.chance(n, 0.6), len(rates.ACTIVITY) - 1, does)
    unknown = where == len(rates.ACCOMMODATION) - 1
    street = np.isin(where, [9, 10, 11])
    unsuitable = street | dice.chance(n, rates.UNSUITABLE + 0.02 - better * 0.8)
    rows["touch"] = lost_touch
    rows["where"] = where
    rows["suits"] = np.where(unknown, -1, unsuitable.astype(np.int64))
    rows["does"] = does
    rows["written"] = dice.chance(n, 0.995)
    shown = rows[rows["written"]]
    scribe.write(
        "local_care_leaver_birthdays",
        {
            "care_leaver_birthday_id": ids("CLB", shown.index.to_numpy()),
            "person_id": ids("P", person[shown.index.to_numpy()]),
            "age_reached": codes(shown["age"].to_numpy() - 17, ["17", "18", "19", "20", "21"]),
            "in_touch_code": codes(
                np.where(shown["day"] > world.as_at - 25, -1, shown["touch"]), rates.IN_TOUCH
            ),
            "accommodation_code": codes(shown["where"].to_numpy(), rates.ACCOMMODATION),
            "accommodation_suitable": codes(shown["suits"].to_numpy(), ["1", "2"]),
            "activity_code": codes(shown["does"].to_numpy(), rates.ACTIVITY),
        },
    )
    return rows


def write_contacts(
    world: World, dice: Dice, workforce: Workforce, out: pd.DataFrame, birthdays: pd.DataFrame
) -> pd.DataFrame:
    """Write contacts: about one a month; those who have lost touch do not answer around that birthday."""
    scribe = world.scribe
    start = np.maximum(out["left"].to_numpy(), world.opened)
    end = np.minimum(out["until"].to_numpy(), world.as_at + 1)
    row, day = visits_every(dice, start, end, 24 + 12 * dice.even(len(out)), jitter=0.35)
    day = world.calendar.on_working_day(day)
    order = np.lexsort((row, day))
    row, day = row[order], day[order]
    keep = day <= world.as_at
    row, day = row[keep], day[keep]
    lost = birthdays[(birthdays["touch"] > 0) & (birthdays["touch"] != 4)]
    gone = np.zeros(row.size, dtype=bool)
    keys, edges = row * NEVER + day, np.sort(row * NEVER + day)
    position = np.argsort(keys, kind="stable")
    low = np.searchsorted(edges, lost["row"].to_numpy() * NEVER + lost["day"].to_numpy() - 95)
    high = np.searchsorted(edges, lost["row"].to_numpy() * NEVER + lost["day"].to_numpy() + 40)
    copy, turn = repeated(high - low)
    gone[position[low[copy] + turn]] = True
    n = row.size
    method = dice.pick(n, [0.50, 0.27, 0.05, 0.15, 0.03])
    answered = dice.chance(n, 0.90) & ~gone
    person = out["person"].to_numpy()[row]
    scribe.write(
        "local_care_leaver_contacts",
        {
            "care_leaver_contact_id": ids("CLC", np.arange(n)),
            "person_id": ids("P", person),
            "contact_date": scribe.dates(day),
            "method": codes(method, METHODS),
            "successful": yes_no(answered),
            "worker_id": ids("W", workforce.worker_at(out["post"].to_numpy()[row], day)),
        },
    )
    return rows_of(row=row, day=day)[answered]


def write_pathway_plans(
    world: World, dice: Dice, plot: Plot, care: Care, leavers: pd.DataFrame, kept: np.ndarray
) -> pd.DataFrame:
    """Write pathway plans from 16, and their reviews about every five months."""
    scribe = world.scribe
    periods = care.periods
    periods = periods[
        kept[periods["person"].to_numpy()] & (periods["route"] != SHORT_BREAKS).to_numpy()
    ].drop_duplicates("person", keep="last")
    dob = plot.child("dob", periods["person"].to_numpy())
    sixteen = birthday(dob, 16)
    begin = np.maximum(sixteen, periods["start"].to_numpy() + 60)
    until = (
        leavers.set_index("person")["until"].reindex(periods["person"]).fillna(-1).to_numpy().astype(np.int64)
    )
    until = np.where(until < 0, periods["end"].to_numpy(), until)
    n = len(periods)
    started = begin + dice.spread(n, ((0, -60), (0.6, 15), (0.9, 60), (1, 150)))
    authorised = started + dice.spread(n, ((0, 3), (0.7, 25), (0.95, 60), (1, 110)))
    fits = (
        (periods["end"].to_numpy() > sixteen)
        & (authorised < until)
        & (started <= world.as_at)
        & (until >= world.opened)
        & dice.chance(n, 0.975)
    )
    person, started, authorised, until = (
        part[fits] for part in (periods["person"].to_numpy(), started, authorised, until)
    )
    n = person.size
    scribe.write(
        "local_pathway_plans",
        {
            "pathway_plan_id": ids("PP", np.arange(n)),
            "person_id": ids("P", person),
            "started_date": scribe.dates(started),
            "authorised_date": scribe.dates(authorised),
            "closed_date": scribe.dates(until),
        },
    )
    interval = 150 + 42 * dice.even(n)
    row, day = visits_every(dice, authorised, np.minimum(until, world.as_at + 1), interval, jitter=0.12)
    day = world.calendar.on_working_day(day)
    status = np.where(dice.chance(row.size, 0.95), 0, 1)
    keep = (day <= world.as_at) & (day >= world.opened - 700)
    row, day, status = row[keep], day[keep], status[keep]
    scribe.write(
        "local_pathway_plan_reviews",
        {
            "pathway_plan_review_id": ids("PPR", np.arange(row.size)),
            "pathway_plan_id": ids("PP", row),
            "review_date": scribe.dates(day),
            "status": codes(status, ["COMPLETED", "CANCELLED", "PLANNED"]),
        },
    )
    latest = pd.Series(authorised)
    reviewed = rows_of(row=row, day=day)[status == 0].groupby("row")["day"].max()
    latest.loc[reviewed.index] = reviewed
    return pd.DataFrame({"person": person, "latest": latest.to_numpy()})


def write_latest(
    world: World,
    workforce: Workforce,
    out: pd.DataFrame,
    birthdays: pd.DataFrame,
    contacts: pd.DataFrame,
    plans: pd.DataFrame,
) -> None:
    """Write the latest position of each care leaver, as the Standard Safeguarding Dataset keeps it."""
    scribe = world.scribe
    latest = birthdays.groupby("row").tail(1).set_index("row").reindex(np.arange(len(out)))
    contact = (
        contacts.groupby("row")["day"]
        .max()
        .reindex(np.arange(len(out)))
        .fillna(NEVER)
        .to_numpy()
        .astype(np.int64)
    )
    plan = (
        plans.set_index("person")["latest"].reindex(out["person"]).fillna(NEVER).to_numpy().astype(np.int64)
    )
    grown = (out["adult"] <= world.as_at).to_numpy()
    kind = np.where(out["eligible"], np.where(grown, 1, 0), 3)
    code = {
        name: latest[name].fillna(-1).to_numpy().astype(np.int64)
        for name in ("touch", "where", "suits", "does")
    }
    worker = workforce.worker_at(out["post"].to_numpy(), np.full(len(out), world.as_at))
    worker = np.where(out["until"] > world.as_at, worker, -1)
    scribe.write(
        "ssd_care_leavers",
        {
            "clea_table_id": ids("CL", out["person"].to_numpy()),
            "clea_person_id": ids("P", out["person"].to_numpy()),
            "clea_care_leaver_eligibility": codes(
                kind, ["Relevant", "Former Relevant", "Eligible", "Qualifying"]
            ),
            "clea_care_leaver_in_touch": codes(code["touch"], rates.IN_TOUCH),
            "clea_care_leaver_latest_contact": filled(scribe.dates(contact), NO_DATE),
            "clea_care_leaver_accommodation": codes(code["where"], rates.ACCOMMODATION),
            "clea_care_leaver_accom_suitable": codes(code["suits"], ["1", "2"]),
            "clea_care_leaver_activity": codes(code["does"], rates.ACTIVITY),
            "clea_pathway_plan_review_date": filled(scribe.dates(plan), NO_DATE),
            "clea_care_leaver_personal_advisor": swap(staff_names(worker), worker < 0, None),
            "clea_care_leaver_allocated_team": ids("T", out["team"].to_numpy()),
            "clea_care_leaver_worker_id": ids("W", worker),
        },
    )
