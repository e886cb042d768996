"""The order of the story: families first, then what every service does for them, then who everyone is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import Progress

from csc_measures.contract.extracts import read_contract
from csc_measures.demo import rates
from csc_measures.demo.allocations import write_involvements
from csc_measures.demo.calendar import NEVER, month_start, months_on, number
from csc_measures.demo.care import ADOPTION, ADULT, GUARDIANSHIP, HOME, Care, invent_care, write_care
from csc_measures.demo.care_leavers import invent_care_leavers, write_care_leavers
from csc_measures.demo.child_in_need import invent_plans, write_child_in_need, write_court
from csc_measures.demo.child_protection import write_child_protection
from csc_measures.demo.early_help import invent_support, write_early_help
from csc_measures.demo.education import write_education
from csc_measures.demo.families import PATH, Plot, invent_plot
from csc_measures.demo.feedback import (
    write_audits,
    write_feedback,
    write_participation,
    write_troubled_families,
)
from csc_measures.demo.front_door import invent_assessments, invent_sources, write_front_door
from csc_measures.demo.health import write_health
from csc_measures.demo.looked_after import write_looked_after
from csc_measures.demo.mess import list_faults, make_mess
from csc_measures.demo.missing import write_missing, write_risk
from csc_measures.demo.people import write_people
from csc_measures.demo.workforce import invent_workforce, write_workforce
from csc_measures.demo.world import World
from csc_measures.demo.writing import Scribe
from csc_measures.landing.own_folder import MARKER, check_own

PARTS = 12
"""Steps of the story, for the progress bar."""


@dataclass(frozen=True)
class CouncilReport:
    """What was written: the folder, the rows of each extract, and how many faults were put in on purpose."""

    folder: Path
    rows: dict[str, int]
    faults: int

    def __str__(self) -> str:
        """Say in one line what was written."""
        mess = f", with {self.faults} faults, listed in {self.folder}.mess.csv" if self.faults else ""
        return f"Wrote {len(self.rows)} extracts, {sum(self.rows.values()):,} rows, to {self.folder}{mess}."


def write_council(
    folder: Path,
    *,
    children: int = rates.RESIDENTS,
    years: int = 6,
    as_at: date = date(2026, 4, 14),
    seed: int = 885,
    fmt: str = "csv",
    mess: bool = False,
    progress: Progress | None = None,
) -> CouncilReport:
    """
    Write the 78 extracts of an invented council of `children` residents aged 0 to 17 into `folder`.

    Parameters
    ----------
    folder
        The landing folder; made if absent. What an earlier call wrote in it is replaced.
    children
        Residents aged 0 to 17; the number of families known to services is in proportion to it.
    years
        How many years back the extracts reach; spells that were open then have their own, earlier start.
    as_at
        The date that the extracts describe; nothing after it is in them but due and expected dates.
    seed
        The same seed and date give the same bytes, on every machine.
    fmt
        `csv` or `parquet` (all columns text, as a landing reads them).
    mess
        Put in a known dose of every fault that data can have, and list them in `<folder>.mess.csv`.
    progress
        Shows which part of the story is being told.

    Raises
    ------
    csc_measures.settings.Stop
        Code 60: the folder holds files that this did not write, or an argument makes no sense.
    """
    world = open_world(folder, children, years, as_at, seed, fmt)
    task = progress.add_task("Inventing", total=PARTS) if progress else None

    def tell(part: str) -> None:
        if progress and task is not None:
            progress.update(task, description=f"Inventing {part}", advance=1)

    tell("workforce")
    workforce = invent_workforce(world)
    tell("families")
    plot = invent_plot(world, workforce)
    invent_sources(world, plot)
    tell("care")
    care = invent_care(world, plot)
    leavers = invent_care_leavers(world, plot, care)
    close_cases(plot, care, leavers)
    kept = people_to_keep(world, plot)
    support = invent_support(world, plot)
    tell("front door")
    assessments = invent_assessments(world, workforce, plot)
    write_front_door(world, workforce, plot, assessments, kept)
    tell("plans and courts")
    write_child_protection(world, workforce, plot, kept)
    write_child_in_need(world, workforce, plot, invent_plans(world, plot, care), kept)
    write_court(world, plot, care, kept)
    tell("looked after")
    write_care(world, plot, care, kept)
    write_looked_after(world, workforce, plot, care, kept)
    write_health(world, plot, care, kept)
    write_care_leavers(world, workforce, plot, care, leavers, kept)
    tell("missing and at risk")
    write_missing(world, plot, care, kept)
    write_risk(world, plot, kept)
    tell("early help")
    write_early_help(world, workforce, plot, support)
    tell("education")
    write_education(world, plot, care, support, kept)
    tell("workers and cases")
    write_involvements(world, workforce, plot, care, leavers, kept)
    write_workforce(world, workforce)
    tell("quality and voice")
    write_audits(world, workforce, plot, kept)
    write_feedback(world, workforce, plot, care, kept)
    write_participation(world, plot, care, kept)
    write_troubled_families(world, workforce, support)
    tell("people")
    write_people(world, plot, care)
    name_empty_extracts(world)
    beside = folder.with_name(f"{folder.name}.mess.csv")
    beside.unlink(missing_ok=True)
    faults = make_mess(world) if mess else []
    if faults:
        list_faults(faults, beside)
    return CouncilReport(folder, world.scribe.rows, len(faults))


def open_world(folder: Path, children: int, years: int, as_at: date, seed: int, fmt: str) -> World:
    """Clear the folder of what an earlier call wrote, and set the days of the story."""
    columns = {
        name: [column.name for column in extract.columns]
        for name, extract in read_contract().extracts.items()
    }
    clear(folder, ["coverage.csv", *(f"{name}.{fmt}" for name in columns)])
    last = number(as_at)
    opened = int(month_start(months_on(np.array([last]), -12 * years))[0])
    return World(last, opened, children / rates.RESIDENTS, Scribe(folder, last, fmt, columns), seed)


def clear(folder: Path, names: list[str]) -> None:
    """Refuse a folder with files of others; else remove ours, and list the files to come as ours."""
    check_own(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name != MARKER:
            path.unlink()
    write_private(folder / MARKER, sorted(names))


def write_private(path: Path, lines: list[str]) -> None:
    """Write lines of text, readable by the owner alone."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def name_empty_extracts(world: World) -> None:
    """Name the extracts that a very small council has nothing for, so that a landing takes them for empty."""
    empty = sorted(name for name, rows in world.scribe.rows.items() if not rows)
    if empty:
        lines = ["extract,population,covered_from,covered_to", *(f"{name},all,," for name in empty)]
        write_private(world.scribe.folder / "coverage.csv", lines)


def close_cases(plot: Plot, care: Care, leavers: pd.DataFrame) -> None:
    """Set when and why the cases of children who were in care closed, and why all others did."""
    cases = plot.cases
    path = cases["path"].to_numpy()
    planned = (
        np.minimum(np.minimum(cases["cin_start"], cases["cin2_start"]), cases["cp_start"]).to_numpy() < NEVER
    )
    row = cases.index.to_numpy()
    reason = np.select(
        [
            path == PATH["REFERRAL_NFA"],
            planned & cases["steps_down"].to_numpy(),
            planned,
            cases["steps_down"].to_numpy(),
        ],
        [7, 8, np.where(row % 29 == 0, 4, 6), 8],
        7,
    )
    close = cases["close"].to_numpy().copy()
    last = (
        care.periods[care.periods["route"] < 3]
        .sort_values(["row", "start"], kind="stable")
        .groupby("row")
        .tail(1)
    )
    rows, leaves, end = last["row"].to_numpy(), last["exit"].to_numpy(), last["end"].to_numpy()
    adult = plot.child("adult_on", last["person"].to_numpy())
    served = leavers.set_index("row")["until"].reindex(rows).fillna(-1).to_numpy().astype(np.int64)
    home = np.minimum(end + 40 + rows % 90, adult)
    home = np.where(served > 0, np.maximum(served, home), home)
    close[rows] = np.select(
        [leaves == HOME, leaves == ADULT, leaves == GUARDIANSHIP],
        [home, np.maximum(served, end), end + rows % 30],
        end + rows % 8,
    )
    reason[rows] = np.select([leaves == ADOPTION, leaves == GUARDIANSHIP, leaves == ADULT], [0, 3, 6], 6)
    died = plot.child("died", cases["person"].to_numpy())
    cases["close"] = np.where((died < NEVER) & (close >= died), np.maximum(died, cases["ref"]), close)
    cases["close_reason"] = np.where(died <= cases["close"], 1, reason)


def people_to_keep(world: World, plot: Plot) -> np.ndarray:
    """Keep everyone whose case was open at some time since the extracts open, with their whole history."""
    kept = np.zeros(len(plot.children), dtype=bool)
    kept[plot.cases["person"].to_numpy()[plot.cases["close"].to_numpy() >= world.opened]] = True
    return kept
