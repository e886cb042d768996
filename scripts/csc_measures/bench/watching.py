"""
Run a command and watch it with all its processes: wall and processor time, memory, and what it prints.

Memory is the proportional set size (PSS) of all processes together, so that what they share counts once, as
seen many times a second. Processor time is what the system tells of the command when it has ended, and of
what it has waited for. Both need Linux's /proc.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PAUSE = 0.05  # seconds from one look to the next, at least
DISK_PAUSE = 2.0  # seconds from one look at the disk to the next
SHARE = 20  # so many times longer than a look works: it takes a twentieth of one processor at most
TICK = os.sysconf("SC_CLK_TCK")
USER, OF_CHILDREN = 11, 4  # utime, stime, cutime and cstime in /proc/<pid>/stat, after the name (proc(5))
KIB = 1 << 10


@dataclass(frozen=True)
class Moment:
    """What has been spent at a moment: seconds of wall and processor time, and bytes of memory taken."""

    wall: float
    processor: float
    memory: int


@dataclass(frozen=True)
class Spent:
    """What a command, or a part of one, has spent: seconds, and bytes of memory and disk at most."""

    wall: float
    processor: float
    memory: int
    disk: int | None = None

    def __add__(self, other: Spent) -> Spent:
        """Add one thing done after another."""
        disks = [each.disk for each in (self, other) if each.disk is not None]
        return Spent(
            self.wall + other.wall,
            self.processor + other.processor,
            max(self.memory, other.memory),
            max(disks, default=None),
        )


@dataclass
class Watched:
    """What was seen of a command: how it ended, what it spent, and when it said what."""

    exit_code: int
    spent: Spent
    moments: list[Moment]
    lines: list[tuple[float, str]] = field(default_factory=list)

    def between(self, first: float, last: float, disk: int | None = None) -> Spent:
        """Return what was spent from one second of it to another."""
        memory = [moment.memory for moment in self.moments if first <= moment.wall <= last]
        processor = self._processor_at(last) - self._processor_at(first)
        return Spent(last - first, processor, max(memory, default=0), disk)

    def _processor_at(self, wall: float) -> float:
        """Return the processor time spent by a second, as if it were spent evenly between two looks."""
        before, after = Moment(0.0, 0.0, 0), Moment(self.spent.wall, self.spent.processor, 0)
        for moment in self.moments:
            if moment.wall <= wall:
                before = moment
            else:
                after = moment
                break
        share = (wall - before.wall) / (after.wall - before.wall) if after.wall > before.wall else 0.0
        return before.processor + share * max(0.0, after.processor - before.processor)


def watch(
    command: Sequence[object],
    log: Path,
    environment: Mapping[str, str] | None = None,
    heard: Callable[[str], None] = lambda _: None,
    writes: Path | None = None,
) -> Watched:
    """
    Run a command to its end; what it prints as errors goes to the log, each other line to `heard`, too.

    Of the folder that it `writes` into the size is looked at, too. A command that is interrupted takes its
    processes with it.
    """
    moments: list[Moment] = []
    sizes: list[int] = []
    lines, over = [], threading.Event()
    began = time.perf_counter()
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=dict(environment) if environment is not None else None,
        )

    def look() -> None:
        size_due = 0.0
        while not over.is_set():
            at, before = time.perf_counter() - began, time.thread_time()
            moment = Moment(at, *taken_by(process.pid))
            if not moments or moment.processor >= moments[-1].processor:  # else it has ended meanwhile
                moments.append(moment)
            if writes and at >= size_due:
                sizes.append(size_of(writes))
                size_due = at + DISK_PAUSE
            over.wait(max(PAUSE, SHARE * (time.thread_time() - before)))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        for line in process.stdout or ():
            lines.append((time.perf_counter() - began, line.rstrip("\n")))
            heard(lines[-1][1])
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        over.set()
        looking.join()
        if process.returncode is None:
            process.terminate()
            process.wait()
    memory = max((moment.memory for moment in moments), default=0)
    if writes:
        sizes.append(size_of(writes))
    spent = Spent(wall, usage.ru_utime + usage.ru_stime, memory, max(sizes, default=None))
    return Watched(process.returncode, spent, moments, lines)


def taken_by(root: int) -> tuple[float, int]:
    """Return the seconds of processor time and the bytes of memory of a process and all that came of it."""
    children, ticks = defaultdict(list), {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):  # not a process, or one that has ended meanwhile
            number = int(folder.name)
            _, _, told = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            values = told.split()
            children[int(values[1])].append(number)
            ticks[number] = sum(map(int, values[USER : USER + OF_CHILDREN]))
    processes, to_come = [], [root]
    while to_come:
        each = to_come.pop()
        processes.append(each)
        to_come += children[each]
    return sum(ticks.get(each, 0) for each in processes) / TICK, sum(map(memory_of, processes))


def memory_of(process: int) -> int:
    """Return the bytes of a process's memory, those that it shares divided among who shares them."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KIB
    return 0


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder, which others may be changing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(Path(where) / name).st_size
    return total
