"""
Kill nights at random, publish under readers and fill the disk: `python -m tests.stress --rounds 10`.

A round, with a seed of its own, begins from the same published night. It kills nights without dbt and Great
Expectations (`--kills`), which publish what is served already, and does such nights while others read
(`--publishes`). Before the rounds whole nights are killed (`--whole`), and others find that a disk which had
room when they began has only so many MiB left (`--left`). After each, what is served must be one whole
generation with the numbers of before, and so after the next night. What the guards cost, nights on an
invented council of so many children tell with and without them (`--guards`). What has come of it is in
`tests/stress.txt`, which is written after every part; with `--go-on` it is added to what stands there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from csc_measures.demo import write_council
from csc_measures.night import disk, expectations, generations, nightly, publish
from csc_measures.night.companion import Companion
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode

sys.path.append(str(PROJECT / "tests"))  # where pytest finds them, too
from conftest import (
    COUNCIL_AS_AT,
    Place,
    a_night,
    a_parsed_project,
    build_what_is_served,
    do_night,
    make_warehouse,
    small_disk,
    work_alone,
)

REPORT = Path(__file__).with_name("stress.txt")
READERS = 2
PAUSE = 0.4  # seconds between two reads: readers that never rest leave no processor to the night
LONGEST_WHOLE = 40.0  # seconds within which a whole night is killed
ROOM = 400 << 20  # bytes of the disk that becomes full, when a night begins on it
HEAD, WIDTH = 3, 27  # lines of the report above its parts, letters of their names
OF_PROCESSOR, BY_CLOCK = "seconds of the processor", "seconds by the clock"
NO_ROOM = "ended with 50 and left the last generation"


@dataclass
class Report:
    """What has come of each part so far: of what, how many."""

    parts: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Report:
        """Read the report that there is."""
        report = cls()
        for line in REPORT.read_text(encoding="utf-8").splitlines()[HEAD:]:
            part, counted = line[:WIDTH].strip(), line[WIDTH:].split(", ")
            numbers = (each.partition(" ") for each in counted)
            report.parts[part] = Counter({what: int(n.replace(",", "")) for n, _, what in numbers})
        return report

    def add(self, part: str, counted: Counter[str]) -> None:
        """Count what has come of a part, and write all of it."""
        self.parts[part] = self.parts.get(part, Counter()) + counted
        REPORT.write_text(str(self), encoding="utf-8")

    def __str__(self) -> str:
        """Lay it out, a line for each part."""
        lines = [
            "Nights killed at random, read while they publish, and without room: python -m tests.stress",
            f"{READERS} readers, {platform.system()}, DuckDB {duckdb.__version__}",
            "",
            *(f"{part:<{WIDTH}}{told(counted)}" for part, counted in self.parts.items()),
        ]
        return "\n".join(lines) + "\n"


def main() -> int:
    """Do what was asked for, keeping the report; return 1 when anything was otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kills", type=int, default=50, help="in each round")
    parser.add_argument("--publishes", type=int, default=50, help="in each round")
    parser.add_argument("--whole", type=int, default=3)
    parser.add_argument("--left", type=int, nargs="*", default=[1, 4, 8, 16, 24, 32, 64], metavar="MIB")
    parser.add_argument("--guards", type=int, default=0, metavar="CHILDREN")
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--go-on", action="store_true", help="add to the report that there is")
    asked = parser.parse_args()
    os.umask(0o077)
    report = Report.read() if asked.go_on else Report()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        parsed = folder / "parsed"
        parsed.mkdir()
        target = a_parsed_project(parsed)
        if asked.guards:
            for part, seconds in weigh_guards(folder / "guards", target, asked.guards).items():
                report.parts.pop(part, None)  # of other nights
                report.add(part, seconds)
        if not (asked.whole or asked.left or asked.rounds):
            print(report)
            return 0
        night = a_night(folder, target)
        if asked.whole:
            dice = random.Random(asked.seed)
            place = copied(night, folder / "whole")
            report.add(
                "whole nights killed", kill_nights(place, asked.whole, LONGEST_WHOLE, dice, start_whole)
            )
        if asked.left:
            report.add("whole nights without room", fill_disks(night, folder / "disk", asked.left))
        patch.setattr(generations, "GRACE", timedelta(0))  # or all generations of a round were kept
        build_what_is_served(patch)
        work_alone(patch)
        for seed in range(asked.seed, asked.seed + asked.rounds):
            place = copied(night, folder / f"round {seed}")
            do_round(place, asked.kills, asked.publishes, random.Random(seed), report)
            shutil.rmtree(place.warehouse.parent)
    print(report)
    return 1 if any(counted["otherwise"] for counted in report.parts.values()) else 0


def weigh_guards(folder: Path, parsed: Path, n_children: int) -> dict[str, Counter[str]]:
    """
    Do a first night on an invented council with all guards, and one without those that take time.

    These are the expectations at both doors, dbt's tests of the data, and reading back what was published.
    Returns the seconds of the processor that each took, companions included, and those by the clock, which
    other work on the machine draws out.
    """
    write_council(folder / "landing", children=n_children, as_at=COUNCIL_AS_AT)
    seconds: dict[str, Counter[str]] = {OF_PROCESSOR: Counter(), BY_CLOCK: Counter()}
    for which in ("with guards", "without"):
        place = Place(folder / "landing", folder / which, COUNCIL_AS_AT, months=36)
        make_warehouse(place, parsed)
        with pytest.MonkeyPatch.context() as patch:
            if which == "without":
                take_guards_away(patch)
            before, started = sum(os.times()[:4]), time.monotonic()
            do_night(place)
            seconds[BY_CLOCK][which] = round(time.monotonic() - started)
            seconds[OF_PROCESSOR][which] = round(sum(os.times()[:4]) - before)
    return seconds


def take_guards_away(patch: pytest.MonkeyPatch) -> None:
    """Let nights judge nothing, build without the tests of the data, and not read back what they wrote."""
    beside, order = nightly.Night.beside, Companion.order
    deaf = SimpleNamespace(order=lambda docs, **_: Path(docs).mkdir(exist_ok=True))

    def order_without_tests(companion: Companion, **orders: Any) -> None:
        if isinstance(orders.get("build"), list):  # of dbt's words
            orders["build"] = [*orders["build"], "--exclude-resource-type", "test"]
        order(companion, **orders)

    patch.setattr(Companion, "order", order_without_tests)
    patch.setattr(expectations, "judge", lambda *_: 0)
    patch.setattr(publish, "prove", lambda *_: None)
    patch.setattr(
        nightly.Night,
        "beside",
        lambda night, module: nullcontext(deaf) if module == expectations.__name__ else beside(night, module),
    )


def told(counted: Counter[str]) -> str:
    """Say what was counted in one line."""
    return ", ".join(f"{n:,} {what}" for what, n in sorted(({"otherwise": 0} | counted).items()))


def copied(night: Place, folder: Path) -> Place:
    """Copy a night into a folder, to go on from it."""
    place = replace(night, warehouse=folder / "warehouse")
    folder.mkdir(exist_ok=True)
    shutil.copytree(night.warehouse, place.warehouse, symlinks=True, dirs_exist_ok=True)
    return place


def do_round(place: Place, n_kills: int, n_publishes: int, dice: random.Random, report: Report) -> None:
    """Kill nights without dbt, then publish under readers; the numbers must stay what they were."""
    before = place.contents()
    started = time.process_time()
    do_night(place)
    seconds = time.process_time() - started
    report.add("nights without dbt killed", kill_nights(place, n_kills, seconds, dice, start_alone))
    read = publish_under_readers(place, n_publishes)
    read["otherwise"] += place.contents() != before
    report.add("nights published meanwhile", Counter({"published": n_publishes}))
    report.add("reads of what is served", read)


def start_whole(place: Place) -> int:
    """Start a whole night; return its process."""
    command = [Path(sys.executable).with_name("measures"), "nightly"]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        command, env={**os.environ, **place.environment}, cwd=PROJECT, stdout=nowhere, stderr=nowhere
    ).pid


def start_alone(place: Place) -> int:
    """Start a night in a copy of this process; return it."""
    if child := os.fork():
        return child
    try:
        do_night(place)
    finally:
        os._exit(0)


def kill_nights(
    place: Place, n: int, seconds: float, dice: random.Random, start: Callable[[Place], int]
) -> Counter[str]:
    """
    Kill `n` nights, each at a moment within some seconds, and look at what is served after each.

    Of a night alone they are those of its processor, which other work does not draw out. Returns how many
    left the last generation and how many the next, and how many anything else.
    """
    counted: Counter[str] = Counter()
    before = place.contents()
    for _ in range(n):
        served = generations.served(place.warehouse)
        night = start(place)
        clock = time.monotonic if start is start_whole else partial(processor_time, night)
        until = clock() + dice.uniform(0, seconds)
        while clock() < until and not has_ended(night):
            time.sleep(0.005)
        os.kill(night, signal.SIGKILL)
        os.waitpid(night, 0)
        generations.check_served(place.warehouse)
        left = (
            "left the last generation" if generations.served(place.warehouse) == served else "left the next"
        )
        counted[left if place.contents() == before else "otherwise"] += 1
    return counted


def processor_time(process: int) -> float:
    """Return the seconds of the processor that a process has had (clock_getcpuclockid(3))."""
    return time.clock_gettime(~process << 3 | 2)


def has_ended(process: int) -> bool:
    """Say whether a child has ended that has not been waited for yet."""
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def fill_disks(night: Place, folder: Path, left: list[int]) -> Counter[str]:
    """
    Do a whole night on a disk that has only some MiB left once it has begun, for each number of them.

    The last is done again, with room. Returns how many ended with 50, published, or anything else.
    """
    counted: Counter[str] = Counter()
    for mib in left:
        folder.mkdir()
        try:
            with small_disk(folder, f"size={ROOM}"):
                place = copied(night, folder)
                ended = end_without_room(place, mib << 20)
                counted[ended] += 1
                if mib == left[-1]:
                    (folder / "full").unlink()
                    counted[
                        "published afterwards" if ends_well(wait_for(start_whole(place))) else "otherwise"
                    ] += 1
        except pytest.skip.Exception as skipped:
            counted[str(skipped)] += 1
        folder.rmdir()
    return counted


def end_without_room(place: Place, n_bytes: int) -> str:
    """Fill the disk of a warehouse as soon as a night has begun there; say how the night ended."""
    before, served, logs = place.contents(), generations.served(place.warehouse), place.warehouse / "logs"
    n_begun = len(disk.subfolders(logs))
    night = start_whole(place)
    while len(disk.subfolders(logs)) == n_begun:
        time.sleep(0.01)
    with (place.warehouse.parent / "full").open("wb") as full:
        os.posix_fallocate(full.fileno(), 0, shutil.disk_usage(place.warehouse).free - n_bytes)
    code = wait_for(night)
    generations.check_served(place.warehouse)
    if place.contents() != before:
        return "otherwise"
    if generations.served(place.warehouse) == served:
        return NO_ROOM if code == ExitCode.OUT_OF_RESOURCES else "otherwise"
    return "published" if ends_well(code) else "otherwise"


def wait_for(process: int) -> int:
    """Wait for the end of a process; return its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def ends_well(code: int) -> bool:
    """Say whether an exit code is that of a night that has published."""
    return code in (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


def publish_under_readers(place: Place, n: int) -> Counter[str]:
    """Publish `n` times while others read; return how many reads saw one generation, and how many did not."""
    context = multiprocessing.get_context("fork")
    done, results = context.Event(), context.SimpleQueue()
    readers = [context.Process(target=read, args=(place, done, results)) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(n):
            do_night(place)
    finally:
        done.set()
    counted = sum((results.get() for _ in readers), Counter())
    for reader in readers:
        reader.join()
    return counted


def read(place: Place, done: Event, results: multiprocessing.SimpleQueue) -> None:
    """Read what is served again and again, as a reader does, until all is done."""
    counted: Counter[str] = Counter()
    while not done.wait(PAUSE):
        try:
            counted["of one generation" if is_one_generation(place) else "otherwise"] += 1
        except (OSError, duckdb.Error):
            counted["otherwise"] += 1
    results.put(counted)


def is_one_generation(place: Place) -> bool:
    """Open numbers and evidence of what is served; say whether both have the rows that their run tells."""
    with generations.reading(place.warehouse) as connection:
        [(measures, findings)] = connection.execute(
            "select row_counts::json ->> 'measures', row_counts::json ->> 'data_quality' "
            "from marts.runs order by run_id desc limit 1"
        ).fetchall()
        counted = connection.execute(
            "select (select count(*) from marts.measures), (select count(*) from marts.data_quality)"
        ).fetchall()
    return counted == [(int(measures), int(findings))]


if __name__ == "__main__":
    sys.exit(main())
