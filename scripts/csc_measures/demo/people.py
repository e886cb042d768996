"""People: who they are, where they live, how they are related. Only those who have other rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csc_measures.demo.calendar import NEVER, age_on
from csc_measures.demo.care import Care
from csc_measures.demo.dice import Dice
from csc_measures.demo.families import DISABILITIES, ETHNICITIES, Plot
from csc_measures.demo.names import addresses, forenames, postcodes, surnames
from csc_measures.demo.world import World, repeated, rows_of, upto
from csc_measures.demo.writing import NO_DATE, codes, filled, ids, marked, swap, yes_no

NATIONS = ("GB", "PL", "RO", "AF", "SD", "ER", "IQ", "SY", "IR", "PK")


def write_people(world: World, plot: Plot, care: Care) -> None:
    """Write persons, addresses, disability, immigration, relationships and responsible authorities."""
    dice = world.dice("people")
    everyone = np.array(sorted(world.known), dtype=np.int64)
    children = everyone[everyone < len(plot.children)]
    parents = everyone[everyone >= len(plot.children)]
    write_persons(world, dice, plot, children, parents)
    write_addresses(world, dice, plot, care, children, parents)
    write_disability(world, plot, children)
    write_immigration(world, dice, plot, children)
    write_relationships(world, dice, plot, children, parents)
    write_authorities(world, dice, care, children)


def write_persons(world: World, dice: Dice, plot: Plot, children: np.ndarray, parents: np.ndarray) -> None:
    """Write everyone once; those referred before birth have an expected date of birth."""
    scribe = world.scribe
    n, k = children.size, parents.size
    person = np.concatenate([children, parents])
    family = np.concatenate([plot.child("family", children), parents - len(plot.children)])
    eldest = plot.children.groupby("family")["dob"].min().to_numpy()
    dob = np.concatenate(
        [plot.child("dob", children), eldest[family[n:]] - dice.whole(k, 19 * 365, 36 * 365)]
    )
    unborn = dob > world.as_at
    sex = np.concatenate([plot.child("sex", children), np.where(dice.chance(k, 0.8), 1, 0)])
    uasc = np.concatenate([plot.child("uasc", children), np.zeros(k, dtype=bool)])
    died = np.concatenate([plot.child("died", children), np.full(k, NEVER)])
    plan_day = np.concatenate([plot.child("plan_day", children), np.full(k, NEVER)])
    age = age_on(np.minimum(dob, world.as_at), np.full(n + k, world.as_at))
    school = (age >= 4) & ~unborn & (dice.free(n + k) < 0.93) & ~uasc
    school &= np.arange(n + k) < n
    first = plot.cases.groupby("person")["ref"].min().reindex(person).fillna(NEVER).to_numpy()
    due = np.where(first < dob, dob + dice.whole(n + k, -9, 9), NEVER)
    due = np.where(unborn, np.maximum(due, world.as_at - 10), due)
    abroad = np.where(dice.chance(n + k, 0.05), dice.pick(n + k, [0, 3, 3, 0, 0, 0, 0, 1, 0, 2]), 0)
    nation = np.where(uasc, 3 + person % 6, abroad)
    ethnic = plot.families["ethnicity"].to_numpy()[family]
    scribe.write(
        "ssd_person",
        {
            "pers_person_id": ids("P", person),
            "pers_forename": swap(forenames(person * 7 + 1), unborn, "ZQX Unborn"),
            "pers_surname": surnames(family * 5 + 2),
            "pers_sex": codes(np.where(unborn, 2, sex), ["M", "F", "U"]),
            "pers_gender": codes(
                np.where(unborn, 0, np.where(dice.chance(n + k, 0.004), 3, 1 + sex)), ["00", "01", "02", "09"]
            ),
            "pers_ethnicity": codes(
                np.where(unborn, len(ETHNICITIES) - 1, ethnic), [code for code, _ in ETHNICITIES]
            ),
            "pers_dob": scribe.dates(dob),
            "pers_legacy_id": swap(marked("-L", person), person % 3 > 0, None),
            "pers_upn_unknown": codes(
                np.where(school, -1, np.where(uasc, 2, np.where(age < 4, 0, 4))),
                ["UN1", "UN2", "UN3", "UN4", "UN5"],
            ),
            "pers_send_flag": yes_no(scribe.seen(plan_day)),
            "pers_expected_dob": filled(scribe.ahead(due), NO_DATE),
            "pers_death_date": scribe.dates(died),
            "pers_is_mother": yes_no(
                ((np.arange(n + k) >= n) & (sex == 1)) | ((sex == 1) & (age >= 16) & (person % 31 == 0))
            ),
            "pers_nationality": codes(nation, NATIONS),
            "pers_upn": swap(marked("A", person * 17 + 3), ~school, None),
            "pers_single_unique_id": swap(marked("-NHS", person * 3 + 7), person % 5 == 0, None),
        },
    )


def write_addresses(
    world: World, dice: Dice, plot: Plot, care: Care, children: np.ndarray, parents: np.ndarray
) -> None:
    """Write homes (a family that moved has two) and, for those in care, where they are placed now."""
    scribe = world.scribe
    person = np.concatenate([children, parents])
    family = np.concatenate([plot.child("family", children), parents - len(plot.children)])
    born = np.concatenate([plot.child("dob", children), np.full(parents.size, world.opened - 2500)])
    area = plot.families["area"].to_numpy()[family]
    moved = plot.families["moved"].to_numpy()[family]
    moves = plot.families["has_moved"].to_numpy()[family] & (moved > born) & (moved <= world.as_at)
    start = np.minimum(born, world.as_at - 20)
    homes = rows_of(
        person=person, key=family * 11 + 5, area=area, start=start, end=np.where(moves, moved, NEVER)
    )
    again = rows_of(
        person=person,
        key=family * 13 + 8,
        area=area * 5 + 2 + family % 3,
        start=moved,
        end=np.full(person.size, NEVER),
    )[moves]
    kind = np.concatenate([np.zeros(len(homes)), np.zeros(len(again))])
    stays = care.placements[
        (care.placements["start"] <= world.as_at) & (care.placements["end"] > world.as_at)
    ]
    stays = stays[np.isin(stays["person"], children)]
    placed = rows_of(
        person=stays["person"].to_numpy(),
        key=stays["carer"].to_numpy() * 37 + 1,
        area=stays["area"].to_numpy(),
        start=stays["start"].to_numpy(),
        end=np.full(len(stays), NEVER),
    )
    rows = pd.concat([homes, again, placed], ignore_index=True)
    rows["kind"] = np.concatenate([kind, np.ones(len(placed))]).astype(np.int64)
    rows = rows[(rows["start"] < rows["end"]) & ~((rows["kind"] == 0) & dice.chance(len(rows), 0.006))]
    rows = rows.sort_values(["person", "start"], kind="stable")
    scribe.write(
        "ssd_address",
        {
            "addr_table_id": ids("AD", np.arange(len(rows))),
            "addr_address_json": addresses(rows["area"].to_numpy(), rows["key"].to_numpy()),
            "addr_person_id": ids("P", rows["person"].to_numpy()),
            "addr_address_type": codes(rows["kind"].to_numpy(), ["HOME", "PLACEMENT"]),
            "addr_address_start_date": scribe.dates(rows["start"].to_numpy()),
            "addr_address_end_date": scribe.dates(rows["end"].to_numpy()),
            "addr_address_postcode": postcodes(rows["area"].to_numpy(), rows["key"].to_numpy()),
        },
    )


def write_disability(world: World, plot: Plot, children: np.ndarray) -> None:
    """Write disability; not asked yet is no row, none is a row that says so."""
    code = plot.child("disability", children)
    told = children[code >= 0]
    code = code[code >= 0]
    second = (code > 0) & (told % 4 == 0)
    person = np.concatenate([told, told[second]])
    codes_of = np.concatenate([code, 1 + code[second] % 12])
    order = np.argsort(person, kind="stable")
    world.scribe.write(
        "ssd_disability",
        {
            "disa_person_id": ids("P", person[order]),
            "disa_table_id": ids("DI", np.arange(person.size)),
            "disa_disability_code": codes(codes_of[order], DISABILITIES),
        },
    )


def write_immigration(world: World, dice: Dice, plot: Plot, children: np.ndarray) -> None:
    """Write unaccompanied children until they are 18 or have leave to remain, and a few other statuses."""
    scribe = world.scribe
    alone = children[plot.child("uasc", children)]
    first = plot.cases[plot.cases["path"] >= 0].groupby("person")["ref"].min()
    start = first.reindex(alone).fillna(NEVER).to_numpy().astype(np.int64)
    end = plot.child("adult_on", alone)
    settled = dice.chance(alone.size, 0.25)
    end = np.where(settled, np.minimum(end, start + 420), end)
    others = children[dice.chance(children.size, 0.012) & ~plot.child("uasc", children)]
    rows = rows_of(
        person=np.concatenate([alone, others]),
        kind=np.concatenate([np.zeros(alone.size, dtype=np.int64), np.ones(others.size, dtype=np.int64)]),
        start=np.concatenate([start, np.maximum(plot.child("dob", others) + 400, world.opened)]),
        end=np.concatenate([end, np.full(others.size, NEVER)]),
    )
    rows = rows[(rows["start"] <= world.as_at) & (rows["start"] <= rows["end"])].sort_values(
        "person", kind="stable"
    )
    scribe.write(
        "ssd_immigration_status",
        {
            "immi_person_id": ids("P", rows["person"].to_numpy()),
            "immi_immigration_status_id": ids("IM", np.arange(len(rows))),
            "immi_immigration_status": codes(rows["kind"].to_numpy(), ["UASC", "OTHER"]),
            "immi_immigration_status_start_date": scribe.dates(rows["start"].to_numpy()),
            "immi_immigration_status_end_date": scribe.dates(rows["end"].to_numpy()),
        },
    )


def write_relationships(
    world: World, dice: Dice, plot: Plot, children: np.ndarray, parents: np.ndarray
) -> None:
    """Write brothers and sisters (one row a pair) and parents."""
    family = plot.child("family", children)
    order = np.lexsort((children, family))
    person, family = children[order], family[order]
    place = np.arange(person.size)
    first = np.searchsorted(family, family, side="left")
    row, turn = repeated(place - first)
    pair_a, pair_b = person[first[row] + turn], person[row]
    half = dice.pick(upto(plot.children["family"]), [0.74, 0.22, 0.04])[family[row]]
    flip = dice.chance(row.size, 0.5)
    households = parents - len(plot.children)
    low = np.searchsorted(family, households, side="left")
    high = np.searchsorted(family, households, side="right")
    which, turn = repeated(high - low)
    rows = rows_of(
        a=np.concatenate([np.where(flip, pair_a, pair_b), parents[which]]),
        b=np.concatenate([np.where(flip, pair_b, pair_a), person[low[which] + turn]]),
        kind=np.concatenate([half, np.full(which.size, 3)]),
    )
    world.scribe.write(
        "local_relationships",
        {
            "relationship_id": ids("REL", np.arange(len(rows))),
            "person_id": ids("P", rows["a"].to_numpy()),
            "related_person_id": ids("P", rows["b"].to_numpy()),
            "relationship": codes(
                rows["kind"].to_numpy(), ["SIBLING", "HALF_SIBLING", "STEP_SIBLING", "PARENT"]
            ),
        },
    )


def write_authorities(world: World, dice: Dice, care: Care, children: np.ndarray) -> None:
    """Write the responsible authority of those in care: ours, for a few another's after a while."""
    scribe = world.scribe
    first = care.periods.groupby("person").agg(start=("start", "min")).reset_index()
    first = first[np.isin(first["person"], children) & (first["start"] <= world.as_at)]
    n = len(first)
    passed = dice.chance(n, 0.01)
    change = first["start"].to_numpy() + 500
    passed &= change < world.as_at
    ours = rows_of(
        person=first["person"].to_numpy(),
        code=np.zeros(n, dtype=np.int64),
        start=first["start"].to_numpy() - 30,
        end=np.where(passed, change - 1, NEVER),
    )
    theirs = rows_of(
        person=first["person"].to_numpy()[passed],
        code=np.ones(int(passed.sum()), dtype=np.int64),
        start=change[passed],
        end=np.full(int(passed.sum()), NEVER),
    )
    rows = pd.concat([ours, theirs]).sort_values(["person", "start"], kind="stable")
    scribe.write(
        "local_responsible_authority",
        {
            "responsible_authority_id": ids("RA", np.arange(len(rows))),
            "person_id": ids("P", rows["person"].to_numpy()),
            "authority_code": codes(rows["code"].to_numpy(), ["885", "884"]),
            "start_date": scribe.dates(rows["start"].to_numpy()),
            "end_date": scribe.dates(rows["end"].to_numpy()),
        },
    )
