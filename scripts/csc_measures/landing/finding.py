"""
Find the files of each extract in the landing folder, and name every file that is not read.

An extract is one file, `<extract>.csv`, `<extract>.csv.gz` or `<extract>.parquet`, or one folder of such
files, its name with or without an ending. Each may bear a date (`ssd_person_2026-04-14.csv`). In a folder
the parts may stand in folders `year=2026`, as Hive and Spark write them. What is half delivered is not taken
as whole: a part that is not read, or two files for one extract, refuses the run.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from csc_measures.contract.extracts import Extract
from csc_measures.contract.rules import Refusal
from csc_measures.stop import ExitCode, Stop, printable

SUFFIXES = (".csv", ".csv.gz", ".parquet")
MARKERS = (".done", ".crc")
DATED = re.compile(r"[_-](\d{4})-?(\d{2})-?(\d{2})$")
UNFINISHED = "_temporary"  # a folder in which Spark writes what it has not yet finished


@dataclass
class Delivery:
    """
    One delivered file: its name in the landing folder, where it lies, and its copy with fingerprint.

    `written_at` is the time of the file, in UTC.
    """

    extract: str
    name: str
    source: Path
    raw: Path
    sha256: str = ""
    n_bytes: int = 0
    written_at: datetime = datetime.min


@dataclass
class Found:
    """What the landing folder holds: files by extract in name order, names not known, and what is refused."""

    by_extract: dict[str, list[Delivery]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def deliveries(self) -> list[Delivery]:
        """List all files, in extract and name order."""
        return [delivery for name in sorted(self.by_extract) for delivery in self.by_extract[name]]


def find_deliveries(
    landing: Path, raw: Path, extracts: Mapping[str, Extract], beside: Iterable[str]
) -> Found:
    """
    Find the files of every extract, and those `beside` them (`<name>.csv`), in the landing folder.

    Names count whatever their case. Hidden files, markers (`.done`, `_SUCCESS`, `.crc`) and the like are
    passed over; other names are listed as unknown. Raises Stop (60) when the folder cannot be read.
    """
    found = Found()
    candidates: dict[str, list[Path]] = {}
    for entry in _entries(landing):
        name = entry.name.lower()
        if entry.is_file() and name in {f"{each}.csv" for each in beside}:
            candidates.setdefault(name.removesuffix(".csv"), []).append(entry)
        elif (extract := extract_named(name)) in extracts and (entry.is_dir() or _is_data(entry)):
            candidates.setdefault(extract, []).append(entry)
        else:
            found.unknown.append(printable(entry.name))
    for extract, entries in candidates.items():
        names = [printable(entry.name) for entry in entries]
        if len(entries) > 1:
            found.refusals.append(
                Refusal(names[0], 0, "", "delivered_twice", f"beside {', '.join(names[1:])}")
            )
        parts, refusals = _parts_of(entries[0])
        found.refusals += refusals
        parts = sorted(parts, key=lambda part: part.relative_to(landing).as_posix())
        found.by_extract[extract] = [_delivery(extract, part, landing, raw) for part in parts]
    return found


def nearest_absent(name: str, absent: Iterable[str]) -> str | None:
    """Name the absent extract that a file which was not read most likely is; None when it is like none."""
    stem = name.lower().split(".")[0]
    begun = [extract for extract in absent if stem.startswith(extract)]
    nearest = begun or difflib.get_close_matches(stem, absent, n=1, cutoff=0.8)
    return max(nearest, key=len) if nearest else None


def tell_unread(names: Iterable[str], absent: Iterable[str]) -> list[str]:
    """Say of each file that was not read what it is called, and which absent extract it may be."""
    absent = list(absent)
    likely = {name: nearest_absent(name, absent) for name in names}
    return [
        f"Not read: {name}" + (f" (is it {extract}, which is absent?)" if extract else "")
        for name, extract in likely.items()
    ]


def _delivery(extract: str, path: Path, landing: Path, raw: Path) -> Delivery:
    name = printable(path.relative_to(landing).as_posix())
    return Delivery(extract, name, path, raw / name)


def _parts_of(entry: Path) -> tuple[list[Path], list[Refusal]]:
    """List the files of one delivered file or folder, and why the folder cannot be taken as whole."""
    if entry.is_file():
        return [entry], []
    name = printable(entry.name)
    parts, unread = _parts_in(entry)
    refusals = [
        Refusal(
            printable(part.relative_to(entry.parent).as_posix()),
            0,
            "",
            "still_being_written" if part.name == UNFINISHED else "unread_part",
        )
        for part in unread
    ]
    return parts, refusals or ([] if parts else [Refusal(name, 0, "", "empty_folder")])


def _parts_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """List the data files in a folder and its folders `column=value`, and what else lies there."""
    parts, unread = [], []
    for entry in _entries(folder):
        if _is_data(entry):
            parts.append(entry)
        elif entry.is_dir() and "=" in entry.name:
            further, unread_there = _parts_in(entry)
            parts += further
            unread += unread_there
        else:
            unread.append(entry)
    return parts, unread


def extract_named(name: str) -> str:
    """Cut the ending and the date from the name of a file or folder."""
    stem = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
    return DATED.sub("", stem)


def _is_data(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def _entries(folder: Path) -> list[Path]:
    """List what lies in a folder by name, without what is hidden and without markers."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The folder {folder} cannot be read ({error.strerror}).",
            next_step="Check the path in CSC_LANDING_DIR and who may read it.",
        ) from None
    return [entry for entry in entries if not _is_hidden(entry)]


def _is_hidden(entry: Path) -> bool:
    if entry.name.lower().endswith(MARKERS) or entry.name.startswith("."):
        return True
    return entry.name.startswith("_") and entry.name != UNFINISHED and not _is_data(entry)
