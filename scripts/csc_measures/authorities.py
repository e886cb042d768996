"""
Several authorities in one warehouse, that of a region: which there are, and the settings of each.

A landing folder with folders named by DfE codes of three digits is a region's: each has the extracts of one
authority. Each authority has a warehouse of its own, `authorities/<code>/` in that of the region, which is
like any other, and the folder `<code>/` of the agreement, where there is one. The settings of the region hold
for each; `CSC_..._<code>`, such as `CSC_READERS_GROUP_893`, is the setting of one.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from csc_measures.project import PROJECT
from csc_measures.settings import (
    AGREEMENT,
    AUTHORITIES,
    AUTHORITY_CODE,
    Settings,
    authority_of,
    warehouse_folder,
)
from csc_measures.stop import ExitCode, Stop

LANDING, WAREHOUSE, NAME = "CSC_LANDING_DIR", "CSC_WAREHOUSE_DIR", "CSC_COUNCIL_NAME"
OF_ONE = re.compile(rf"(CSC_\w+)_({AUTHORITY_CODE.pattern})")
"""The name of a setting of one authority."""
POPULATIONS = PROJECT / "seeds" / "population_0_17.csv"


def codes_in(folder: Path) -> list[str]:
    """Return the codes by which folders in a folder are named, in order; none when it does not exist."""
    entries = folder.iterdir() if folder.is_dir() else ()
    return sorted(each.name for each in entries if AUTHORITY_CODE.fullmatch(each.name) and each.is_dir())


def is_region(warehouse: Path) -> bool:
    """Say whether a warehouse is that of a region."""
    return (warehouse / AUTHORITIES).is_dir()


def is_of_several(environment: Mapping[str, str]) -> bool:
    """Say whether a night with these settings is a region's: by its landing folder, or its warehouse."""
    warehouse = Path(environment.get(WAREHOUSE, "").strip() or "warehouse")
    return bool(codes_in(landing_folder(environment))) or is_region(warehouse)


def option() -> str:
    """Return what goes after a command to choose the authority of this warehouse; empty outside a region."""
    of = authority_of(warehouse_folder())
    return f" --authority {of}" if of else ""


def check_chosen(codes: Sequence[str], *, accepts: bool) -> None:
    """Stop with 60 when a code is none of the region, or something is accepted of more than one authority."""
    for code in codes:
        with chosen(code):
            pass
    if accepts and len(codes) != 1:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "What is accepted is accepted of one authority.",
            [],
            "Add --authority CODE, and run the night of each for which there is a reason.",
        )


def landing_folder(environment: Mapping[str, str]) -> Path:
    """Return the landing folder, for those who need no other setting."""
    return Path(environment.get(LANDING, "").strip() or "landing")


def known(environment: Mapping[str, str]) -> list[str]:
    """Return the authorities that a region has: those that deliver, and those that have a warehouse."""
    warehouse = Path(environment.get(WAREHOUSE, "").strip() or "warehouse")
    return sorted({*codes_in(landing_folder(environment)), *codes_in(warehouse / AUTHORITIES)})


@cache
def _residents() -> dict[str, tuple[str, int, int]]:
    """Return name and residents aged 0 to 17 of every authority in England, of its latest year, by code."""
    with POPULATIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["area_type"] == "authority"]
    in_order = sorted(rows, key=lambda row: int(row["mid_year"]))
    return {
        row["authority_code"]: (row["area_name"], int(row["population_0_17"]), int(row["mid_year"]))
        for row in in_order
    }


def in_england() -> list[str]:
    """Return the codes of the authorities that England has in the latest year, in order."""
    latest = max(year for *_, year in _residents().values())
    return sorted(code for code, (*_, year) in _residents().items() if year == latest)


def name_of(code: str) -> str:
    """Return the name of an authority."""
    name, *_ = _residents().get(code, (f"Authority {code}",))
    return name


def residents_of(code: str) -> int:
    """Return the residents of an authority aged 0 to 17; stop with 60 when there is none of that code."""
    if code not in _residents():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"There is no authority of code {code} in England.",
            [],
            f"{POPULATIONS.relative_to(PROJECT)} lists them. Type for example: 885,893,933",
        )
    return _residents()[code][1]


def environment_of(code: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of one authority: the region's, its own in their place, and its own folders."""
    given = {name: value for name, value in environment.items() if not OF_ONE.fullmatch(name)}
    agreement = Path(given.get(AGREEMENT, "").strip() or Settings.agreement_dir)
    given |= {
        LANDING: str(landing_folder(given) / code),
        AGREEMENT: str(agreement / code if (agreement / code).is_dir() else agreement),
        NAME: name_of(code),
    }
    for name, value in environment.items():
        if (own := OF_ONE.fullmatch(name)) and own[2] == code and value.strip():
            given[own[1]] = value
    warehouse = Path(environment.get(WAREHOUSE, "").strip() or "warehouse") / AUTHORITIES / code
    return given | {WAREHOUSE: str(warehouse), "CSC_AUTHORITY": code}


def check_settings(environment: Mapping[str, str], codes: Sequence[str]) -> None:
    """Stop with 60 when a setting is that of an authority which is not there: it would count for nobody."""
    strange = [name for name in environment if (own := OF_ONE.fullmatch(name)) and own[2] not in codes]
    if strange:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Settings are those of an authority that is not there.",
            sorted(strange),
            f"The authorities are {', '.join(codes)}. Type for example: unset {min(strange)}",
        )


@contextmanager
def chosen(code: str | None, *, or_all: bool = False, is_new: bool = False) -> Iterator[None]:
    """
    Let the environment be that of one authority of the region, as long as this lasts.

    Raises Stop (60) where there is no such authority, unless it may be new, and where none is chosen in a
    region though the command is not for all of them.
    """
    codes = known(os.environ)
    if code is None:
        if not or_all and is_region(warehouse_folder()):
            raise _which(f"{warehouse_folder()} has several authorities.", codes)
        yield
        return
    if not AUTHORITY_CODE.fullmatch(code) or (code not in codes and not is_new):
        raise _which(f"--authority {code}: there is no such authority here.", codes)
    before = dict(os.environ)
    os.environ.update(environment_of(code, before))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _which(what: str, codes: list[str]) -> Stop:
    """Say which authorities there are."""
    next_step = (
        f"Add for example: --authority {codes[0]}"
        if codes
        else f"Set {WAREHOUSE} if it is another folder, or deliver to {landing_folder(os.environ)}/<code>"
    )
    return Stop(ExitCode.WRONG_SETTINGS, what, [f"{each} {name_of(each)}" for each in codes], next_step)
