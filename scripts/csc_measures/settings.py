"""
Read the settings of a run from the environment, and stop with an exit code when something is wrong.

The settings and the exit codes are those of the contract ("The run").
"""

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from csc_measures.contract.extracts import read_contract
from csc_measures.project import LONDON
from csc_measures.stop import ExitCode, Stop

MOST_MONTHS = 240


@dataclass(frozen=True)
class Settings:
    """The settings of one run. The key is kept out of every printed form."""

    landing_dir: Path
    warehouse_dir: Path
    as_at: date
    months: int
    authority: str
    allow_missing: tuple[str, ...]
    pseudonym_key: str = field(repr=False)
    keep_raw_runs: int = 1

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """
        Read the CSC_ variables, with the contract's defaults.

        Raises Stop (60) for the first value that cannot be used, saying what to type instead. An empty
        variable counts as not set.
        """
        environment = os.environ if environment is None else environment
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        return cls(
            landing_dir=Path(given.get("CSC_LANDING_DIR", "landing")),
            warehouse_dir=_warehouse(given.get("CSC_WAREHOUSE_DIR", "warehouse")),
            as_at=_as_at(given.get("CSC_AS_AT")),
            months=_months(given.get("CSC_MONTHS", "36")),
            authority=_authority(given.get("CSC_AUTHORITY", "885")),
            allow_missing=_extracts(given.get("CSC_ALLOW_MISSING", "")),
            pseudonym_key=_key(environment.get("CSC_PSEUDONYM_KEY", "")),
            keep_raw_runs=_raw_runs(given.get("CSC_KEEP_RAW_RUNS", str(cls.keep_raw_runs))),
        )


def _wrong(name: str, what: str, example: str) -> Stop:
    next_step = f"Type for example: export {name}={example}"
    return Stop(ExitCode.WRONG_SETTINGS, f"{name} {what}.", next_step=next_step)


def _warehouse(text: str) -> Path:
    if re.search(r"[{}\\?\x00-\x1f\x7f]", text):
        what = "may hold no brace, backslash, question mark or line break, since dbt or DuckDB fails there"
        raise _wrong("CSC_WAREHOUSE_DIR", what, "warehouse")
    return Path(text)


def _as_at(text: str | None) -> date:
    if text is None:
        return datetime.now(LONDON).date() - timedelta(days=1)
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        as_at = date.fromisoformat(text)
    except ValueError:
        raise _wrong("CSC_AS_AT", "is not a date written YYYY-MM-DD", "2026-03-31") from None
    if not 1900 < as_at.year < 2100:
        raise _wrong("CSC_AS_AT", "lies outside 1901 to 2099", "2026-03-31")
    return as_at


def _months(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_MONTHS:
        raise _wrong("CSC_MONTHS", f"is not a whole number from 1 to {MOST_MONTHS}", "36")
    return int(text)


def _raw_runs(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise _wrong("CSC_KEEP_RAW_RUNS", "is not a whole number from 0 to 999", "1")
    return int(text)


def _authority(text: str) -> str:
    if not re.fullmatch(r"[0-9]{3}", text):
        raise _wrong("CSC_AUTHORITY", "is not a three-digit DfE authority code", "885")
    return text


def _extracts(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    known = read_contract().extracts
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            example = nearest[0] if nearest else "local_posts,local_absences"
            raise _wrong("CSC_ALLOW_MISSING", f"names {name}, which is no extract of the contract", example)
    return names


def _key(text: str) -> str:
    if not text.strip():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "CSC_PSEUDONYM_KEY is not set: without it no pseudonym can be made.",
            next_step="Set it to the secret this council uses every night; another changes every pseudonym.",
        )
    return text
