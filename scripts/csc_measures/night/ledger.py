"""
The record of every run, published or not: a line of JSON each in `ledger.jsonl` of the warehouse.

It lies outside the generations, so that no run is forgotten when an older generation is served again. Lines
are only ever added. Each holds the digest of the line before it and its own, so that a line which was
changed, taken out or put in between is seen. It tells names, counts and digests, never a value.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csc_measures.landing.deliveries import FileReport
    from csc_measures.night.guards import Accepted

LEDGER = "ledger.jsonl"
BEFORE_THE_FIRST = "0" * 64


@dataclass
class Entry:
    """
    What a run was told, what it found and how it ended.

    command
        `nightly`, `land` or `restore`, `join` of a region.
    code
        Version of the project, SHA-256 of what the numbers follow from, and of the locked packages.
    agreement
        SHA-256 over the files of the agreement.
    files
        Of each delivered file: name, SHA-256, rows in, loaded and set aside.
    landed
        SHA-256 of every file that landing wrote, by its name in the folder of what landed.
    findings
        How many rows and values were set aside, and how many findings flagged.
    accepted
        Rules that would have stopped the run, each with the reason for which it was accepted.
    built
        How many nodes of each kind dbt built or passed, and how many expectations held at each door.
    marts
        Rows of each mart and a sum over the hashes of its rows, whatever their order.
    sealed
        SHA-256 of the `SHA256SUMS` of the generation that was published, or served again.
    seconds
        Seconds that each part took.
    authorities
        In a region, how the night of each authority has ended: the exit code by its code.
    exit_code
        That of the contract; none when the run was ended without a word, as by a power cut.
    stopped
        What stopped it.
    """

    run_id: str
    command: str
    started_at: datetime
    settings: dict[str, Any] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    agreement: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    definition_version: str = ""
    files: list[FileReport] = field(default_factory=list)
    landed: dict[str, str] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    built: dict[str, int] = field(default_factory=dict)
    marts: dict[str, list[int]] = field(default_factory=dict)
    generation: str = ""
    sealed: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    authorities: dict[str, int] = field(default_factory=dict)
    exit_code: int | None = None
    stopped: str = ""
    ended_at: datetime | None = None


def append(warehouse: Path, entry: Entry) -> None:
    """Add the line of a run, and wait until it is on disk."""
    file = warehouse / LEDGER
    _cut_torn_line(file)
    *_, last = [{"digest": BEFORE_THE_FIRST}, *read(warehouse)]
    line = {**_as_texts(entry), "before": last["digest"]}
    line["digest"] = digest_of(line)
    with open(file, "a", encoding="utf-8", opener=_for_its_owner) as lines:
        lines.write(_as_json(line) + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def read(warehouse: Path) -> list[dict[str, Any]]:
    """Return the lines, the oldest first, those that cannot be read left out (`damages` names them)."""
    return [line for line in _lines(warehouse / LEDGER) if line is not None]


def damages(warehouse: Path) -> list[str]:
    """Name the lines that were changed, taken out or put in between."""
    before: str | None = BEFORE_THE_FIRST
    found = []
    for number, line in enumerate(_lines(warehouse / LEDGER), start=1):
        if line is None or line.get("digest") != digest_of(line):
            found.append(f"{LEDGER}, line {number} has changed since it was written")
            before = None
            continue
        if before is not None and line["before"] != before:
            found.append(f"{LEDGER}, line {number} does not follow the line before it")
        before = line["digest"]
    return found


def published(lines: Iterable[dict[str, Any]]) -> set[str]:
    """Return the ids of the runs that were published."""
    return {line["run_id"] for line in lines if line["command"] == "nightly" and line["sealed"]}


def _for_its_owner(file: str, flags: int) -> int:
    """Open a file that, when it is new, nobody else may read."""
    return os.open(file, flags, mode=0o600)


def _lines(file: Path) -> Iterator[dict[str, Any] | None]:
    """Yield the whole lines of a ledger; None for one that cannot be read."""
    if not file.exists():
        return
    whole, _, _ = file.read_bytes().rpartition(b"\n")
    for text in whole.split(b"\n") if whole else ():
        line = None
        with suppress(ValueError):
            line = json.loads(text)
        yield line if isinstance(line, dict) and {"run_id", "before", "digest"} <= line.keys() else None


def _cut_torn_line(file: Path) -> None:
    """Remove what stands after the last whole line: a power cut in the middle of writing leaves such."""
    if file.exists():
        with file.open("rb+") as lines:
            whole, newline, torn = lines.read().rpartition(b"\n")
            if torn:
                lines.truncate(len(whole) + len(newline))


def _as_texts(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON has it."""
    return json.loads(json.dumps(asdict(entry), default=str))


def _as_json(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True, ensure_ascii=False)


def digest_of(line: dict[str, Any]) -> str:
    """Return the SHA-256 of a line without its own digest."""
    told = {name: value for name, value in line.items() if name != "digest"}
    return hashlib.sha256(_as_json(told).encode()).hexdigest()
