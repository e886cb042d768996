"""Lay out what came of a benchmark, in Markdown, for people to read."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from textwrap import fill

from csc_measures.bench.engines.given import NUMBERS
from csc_measures.bench.watching import Spent

WIDTH = 130
TIMES, MEMORY = 1.5, 2560 << 20
"""What a night of one council takes at most: times the sum of the floors, in wall time; bytes of memory."""
PACKAGES = ("csc-measures", "dbt-core", "dbt-duckdb", "duckdb", "polars", "pandas", "pyspark")
FLOORS = {"landing": "landing", "building": "dbt", "publishing": "publish"}
"""Each floor, and the part of the night that it is the least of."""
IN_ALL, START = "in all", "start"

ABOUT = """
`measures bench --write docs/bench.md` wrote this page: one run on one machine, one thing after another.
Seconds are of this machine, so look at the ratios. Processor seconds are those of all cores together.
Memory is that of all processes together at its highest (PSS: what they share counts once), looked at up to
twenty times a second.
"""
OF_THE_NIGHT = """
`measures nightly` on a warehouse in which nothing is yet, so that dbt reads the whole project, by its
parts: `start` until its first line, then as it names them. The next night is another on the same extracts,
which are not read again. The disk is what the warehouse takes when a part is done. A floor is the least that
a large part could take, on two threads of one process, `python -m csc_measures.bench.floors PART FROM TO`:
"""
OF_FLOORS = (
    "`landing`: DuckDB's own reader parses every byte of the delivered files, all columns as text.",
    "`building`: the SQL that dbt compiled for all models, in dbt's order, on one connection, without tests. "
    "Its numbers are those of the night, or the benchmark fails.",
    "`publishing`: the published tables of numbers and evidence, read and written again, as one database and "
    "as Parquet.",
)
BEYOND = """
Beyond its floors the night checks and pseudonymises every value, starts dbt, runs its tests and
snapshots, holds extracts and marts to expectations, sorts what it publishes and reads it back, keeps the
history of what was published, makes the edition for outside the service and attacks it, writes the pages,
and waits for the disk.
"""
OF_ENGINES = """
The headline of each measure for everybody, in each reported month, from the landed extracts. All engines
come to the numbers that the night published, or the benchmark fails. DuckDB runs the project's own compiled
SQL of all that the measure is made from, which also places each case in seven breakdowns, says why it is
out and feeds other measures. The scripts in the other engines are written from the definitions and do none
of that. Each engine is a process of its own, `python -m csc_measures.bench.engines.run ENGINE GIVEN`. Wall
/ processor seconds:
"""


@dataclass
class Benchmark:
    """
    What has come of a benchmark, ready to be told.

    council, rows, delivered, months
        Whose extracts, how many rows and bytes of them, and how many months were reported.
    busy
        How many programs wanted a processor when it began.
    night, next_night, floors
        What each part of the night took, and `in all`; the same of another night on the same extracts; the
        least of the large parts.
    engines
        For each engine what each measure took, by its number, its `start`, and `in all`.
    left_out
        Why an engine was left out, in a line each.
    """

    council: str
    busy: float
    months: int
    delivered: int
    rows: int = 0
    night: dict[str, Spent] = field(default_factory=dict)
    next_night: dict[str, Spent] = field(default_factory=dict)
    floors: dict[str, Spent] = field(default_factory=dict)
    engines: dict[str, dict[int | str, Spent]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def render(done: Benchmark) -> str:
    """Return the page."""
    parts = [
        ["# How long a night takes, and how long it must"],
        [paragraph(ABOUT)],
        of_machine(done),
        ["## The night and its floors"],
        [paragraph(OF_THE_NIGHT)],
        [paragraph(f"- {floor}") for floor in OF_FLOORS],
        of_night(done),
        of_ratios(done),
        of_bounds(done),
        [paragraph(BEYOND)],
        ["## Five measures in other engines"],
        [paragraph(OF_ENGINES)],
        of_engines(done),
        against_the_first(done),
        [f"- {lack}" for lack in done.left_out],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def of_machine(done: Benchmark) -> list[str]:
    """Say on what it was run, and on which council."""
    rows = {
        "council": f"{done.council}; {done.rows:,} rows, {mib(done.delivered)} MiB; {done.months} months",
        "busy": f"{done.busy:.1f} programs wanted a processor when it began (load of the last minute)",
    }
    return table(["run on", ""], (rows | machine()).items(), "ll")


def machine() -> dict[str, str]:
    """Describe this machine, and the versions of what is run on it."""
    versions = [f"{name} {version}" for name in PACKAGES if (version := version_of(name))]
    cores, memory = len(os.sched_getaffinity(0)), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "machine": f"{cores} cores, {memory / (1 << 30):.1f} GiB of memory",
        "kernel": f"{platform.system()} {platform.release()}",
        "versions": ", ".join([f"Python {platform.python_version()}", *versions]),
    }


def of_night(done: Benchmark) -> list[str]:
    """Tell of each part of the night and of the next, and of each floor."""
    named = [(f"night: {part}", spent) for part, spent in done.night.items()]
    named += [(f"next night: {part}", spent) for part, spent in done.next_night.items()]
    named += [(f"floor: {part}", spent) for part, spent in done.floors.items()]
    rows = [
        [name, f"{spent.wall:.1f}", f"{spent.processor:.1f}", mib(spent.memory), mib(spent.disk)]
        for name, spent in named
    ]
    return table(["what", "wall s", "processor s", "memory MiB", "disk MiB"], rows, "lrrrr")


def sum_of_floors(done: Benchmark) -> Spent:
    """Return what the floors take together."""
    first, *others = done.floors.values()
    return sum(others, first)


def of_ratios(done: Benchmark) -> list[str]:
    """Hold the night against its floors."""
    rows = [
        [f"{part} / floor of {floor}", *ratios(done.night[part], done.floors[floor])]
        for floor, part in FLOORS.items()
    ]
    rows.append(["the night / sum of the floors", *ratios(done.night[IN_ALL], sum_of_floors(done))])
    rows.append(["the next night / the night", *ratios(done.next_night[IN_ALL], done.night[IN_ALL])])
    return table(["ratio", "of wall time", "of processor time"], rows, "lrr")


def of_bounds(done: Benchmark) -> list[str]:
    """Hold the night against its bounds."""
    night, bound = done.night[IN_ALL], TIMES * sum_of_floors(done).wall
    return [
        f"- Wall time of at most {TIMES} times the floors, {bound:.1f} s: {kept(night.wall, bound)}.",
        f"- Memory of at most {MEMORY / (1 << 30):.1f} GiB: {kept(night.memory, MEMORY)}.",
    ]


def of_engines(done: Benchmark) -> list[str]:
    """Tell of the measures in each engine."""
    names: dict[int | str, str] = {number: f"{number}: {name}" for number, name in NUMBERS.items()}
    rows = [
        [
            name,
            *(f"{spent[key].wall:.2f} / {spent[key].processor:.2f}" for spent in done.engines.values()),
        ]
        for key, name in ({START: START} | names | {IN_ALL: IN_ALL}).items()
        if all(key in spent for spent in done.engines.values())
    ]
    rows.append(["memory MiB", *(mib(spent[IN_ALL].memory) for spent in done.engines.values())])
    return table(["measure", *done.engines], rows, "l" + "r" * len(done.engines))


def against_the_first(done: Benchmark) -> list[str]:
    """Hold the other engines against the first."""
    first, *others = done.engines
    ours = done.engines[first][IN_ALL]
    rows = [[f"{other} / {first}", *ratios(done.engines[other][IN_ALL], ours)] for other in others]
    return table(["ratio", "of wall time", "of processor time"], rows, "lrr") if rows else []


def table(head: Sequence[str], rows: Iterable[Iterable[str]], aligned: str) -> list[str]:
    """Return the lines of a table; `aligned` has l or r for each column."""
    rules = {"l": "---", "r": "--:"}
    return [f"| {' | '.join(cells)} |" for cells in [head, [rules[each] for each in aligned], *rows]]


def paragraph(text: str) -> str:
    """Return a text in lines of the width of a page; what follows a point of a list is indented."""
    indent = "  " if text.startswith("- ") else ""
    text = " ".join(text.split())
    return fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def ratios(spent: Spent, floor: Spent) -> Iterator[str]:
    """Yield the ratios of wall and of processor time."""
    yield f"{spent.wall / floor.wall:.2f}"
    yield f"{spent.processor / floor.processor:.2f}"


def kept(seen: float, bound: float) -> str:
    """Say whether a bound is kept, and by how much."""
    return f"kept, {seen / bound:.2f} of it" if seen <= bound else f"missed, {seen / bound:.2f} times as much"


def mib(n_bytes: int | None) -> str:
    """Return bytes in MiB; nothing of what is not known."""
    return "" if n_bytes is None else f"{n_bytes / (1 << 20):,.0f}"


def version_of(package: str) -> str | None:
    """Return the version of a package, None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
