"""
Measure how a night grows with the councils in it: `python -m tests.scale together turns --councils 1 4 15`.

So many invented councils of `--children` residents each have their nights, in one of these ways:

- `together`: one landing folder, with a council that has the children of all, and one night of DuckDB.
- `turns`: a region, whose councils have their nights one after another, and the join of what they serve.
- `spark`: as together, built by Spark in one process (`measures nightly --engine spark`).
- `cluster`: the same on a master and two workers on this machine (`tests/spark_cluster.py`); they count, too.

Each is a row of `tests/scale.jsonl`: processor time, wall time, memory and disk. A row that is there is not
measured again, so that a run which is broken off goes on where it was; take its line away to measure it anew.
From the rows comes `docs/scale.md`, with straight lines through them, where they cross, and what all of
England costs by them. Without a way only the page is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from csc_measures import authorities, memory
from csc_measures.bench.table import machine, mib, paragraph, table
from csc_measures.bench.watching import size_of, watch
from csc_measures.demo import write_agreement, write_council
from csc_measures.night.reports import REPORT
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode

ROWS = Path(__file__).with_name("scale.jsonl")
PAGE = PROJECT / "docs" / "scale.md"
TOGETHER, TURNS, SPARK, CLUSTER = WAYS = ("together", "turns", "spark", "cluster")
BY_SPARK = (SPARK, CLUSTER)
AS_AT = date(2026, 4, 14)
KEY = "the key of the measurement, which keeps nothing"
ALL_TOLD = "all authorities"
"""What a region's night says between the last of its councils and the join."""
ENDED_WELL = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


JOIN = "join"
MIB = 1 << 20
N_AUTHORITIES = len(authorities.in_england())
OF_PYTHON = 250 * MIB  # what a night has taken when it begins to land

ABOUT = """
`python -m tests.scale WAY... --councils N... --children N --months N` measured each row and wrote this page,
from `tests/scale.jsonl`. So many invented councils of one size have their first nights in an empty warehouse:
"""
OF_WAYS = (
    f"{TOGETHER}: one landing folder, with a council that has the children of all, and one night of DuckDB.",
    f"{TURNS}: a region. Its councils have their nights one after another, a process each, then what they "
    "serve is joined.",
    f"{SPARK}: as together, built by Spark in one process on this machine.",
    f"{CLUSTER}: the same, on a master and two workers of a core each on this machine, which count, too.",
)
NOT_THE_SAME = """
Only turns tells numbers of each council: the others have one authority, so they are the measure of an
engine, not another way to do a region. Seconds of processor time are those of all cores together. Other
programs were at work on this machine (busy: how many wanted a processor), which lengthens wall time much and
processor time a little: look at the latter, and at ratios. Memory is that of all processes together at its
highest (PSS), disk the warehouse at its highest, with what is spilled, and what is left after the night.
"""
OF_LINES = """
Each way's processor time, and the disk that is left, as a fixed part and a part for each row of extracts, by
least squares. together is a night of DuckDB, drawn through the average nights of regions, too; join is what
a region adds to its nights. Through two points a line says nothing of how straight they lie. A row costs
more once a night spills and copies marts in two steps, so that a line drawn on from there is low.
"""
OF_CROSSINGS = """
For councils of the size of England's on average; rows are those of all together.
"""
OF_ENGLAND = """
All authorities by these lines: the residents under 18 of `seeds/population_0_17.csv`, with as many rows for
each as the councils above have, in turns each of average size. Nobody has run this.
"""


@dataclass(frozen=True)
class Row:
    """
    What nights of so many councils took.

    children, months
        Residents under 18 of each council, and the months reported.
    allowed
        Bytes of memory that a night may take, by its setting.
    rows, delivered
        Rows of all extracts, and their bytes.
    wall, processor, memory
        Seconds of wall and processor time, and the most bytes of memory of all processes together.
    disk, left
        The most bytes that the warehouse had meanwhile, and what it has when all is done.
    join
        Seconds of processor time of these that the join of a region took.
    asked
        The most bytes that landing asks for before it reads an extract.
    busy
        How many programs wanted a processor, on average, before and after.
    """

    way: str
    councils: int
    children: int
    months: int
    allowed: int
    rows: int
    delivered: int
    wall: float
    processor: float
    memory: int
    disk: int
    left: int
    join: float
    asked: int
    busy: float

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What a row is of: its way, councils, children and months."""
        return self.way, self.councils, self.children, self.months


def main() -> None:
    """Measure what is asked for and not known yet, keep each row at once, then write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("ways", nargs="*", metavar="WAY", help=", ".join(WAYS))
    parser.add_argument("--councils", nargs="+", type=int, default=[1, 4, 15], help="so many, one by one")
    parser.add_argument("--children", type=int, default=5_000, help="residents under 18 of each")
    parser.add_argument("--months", type=int, default=12, help="months reported")
    asked = parser.parse_args()
    if strange := {*asked.ways} - {*WAYS}:
        parser.error(f"{min(strange)} is none of {', '.join(WAYS)}")
    os.umask(0o077)
    for councils in asked.councils:
        for way in asked.ways:
            if (way, councils, asked.children, asked.months) not in {row.key for row in read_rows()}:
                row = json.dumps(asdict(measure(way, councils, asked.children, asked.months)))
                print(row, flush=True)
                with ROWS.open("a", encoding="utf-8") as file:
                    file.write(row + "\n")
    PAGE.write_text(render(read_rows()), encoding="utf-8")


def read_rows() -> list[Row]:
    """Return the rows that are known."""
    lines = ROWS.read_text(encoding="utf-8").splitlines() if ROWS.exists() else []
    return [Row(**json.loads(line)) for line in lines]


def measure(way: str, councils: int, children: int, months: int) -> Row:
    """Invent the councils, have their nights in an empty warehouse, and return what these took."""
    with tempfile.TemporaryDirectory(prefix="scale_", ignore_cleanup_errors=True) as name:
        landing, warehouse, agreement = (Path(name) / each for each in ("landing", "warehouse", "agreement"))
        if way == TURNS:
            for number, code in enumerate(authorities.in_england()[:councils]):
                write_council(landing / code, children=children, as_at=AS_AT, seed=number)
        else:
            write_council(landing, children=councils * children, as_at=AS_AT)
        write_agreement(agreement, AS_AT)
        own = {
            "CSC_LANDING_DIR": str(landing),
            "CSC_WAREHOUSE_DIR": str(warehouse),
            "CSC_AGREEMENT_DIR": str(agreement),
            "CSC_AS_AT": str(AS_AT),
            "CSC_MONTHS": str(months),
            "CSC_PSEUDONYM_KEY": KEY,
        }
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CSC_", "DBT_"))}
        command = [Path(sys.executable).with_name("measures"), "nightly"]
        command += ["--engine", "spark"] if way in BY_SPARK else []
        if way == CLUSTER:
            command = [sys.executable, "-m", "tests.spark_cluster", Path(name) / "cluster", *command]
        log = Path(name) / "night.log"
        before = os.getloadavg()[0]
        night = watch(command, log, inherited | own, writes=warehouse)
        if night.exit_code not in ENDED_WELL:
            said = [*(line for _, line in night.lines[-20:]), log.read_text(encoding="utf-8")]
            raise SystemExit("\n".join(said))
        [report] = warehouse.glob(f"logs/*/{REPORT}")
        joined = [when for when, line in night.lines if ALL_TOLD in line]
        return Row(
            way=way,
            councils=councils,
            children=children,
            months=months,
            allowed=memory.allowed() or 0,
            rows=json.loads(report.read_text(encoding="utf-8"))["rows_loaded"],
            delivered=size_of(landing),
            wall=round(night.spent.wall, 1),
            processor=round(night.spent.processor, 1),
            memory=night.spent.memory,
            disk=night.spent.disk or 0,
            left=size_of(warehouse),
            join=round(night.between(joined[0], night.spent.wall).processor, 1) if joined else 0.0,
            asked=max(map(asked_for, landing.rglob("*.csv"))),
            busy=round((before + os.getloadavg()[0]) / 2, 1),
        )


def asked_for(extract: Path) -> int:
    """Return the bytes of memory that landing asks for beside its own, to read an extract."""
    with extract.open("rb") as file:
        n_rows = sum(1 for _ in file)
    return memory.AT_WORK + memory.OF_A_BYTE * extract.stat().st_size + memory.OF_A_ROW * n_rows


class Line(NamedTuple):
    """A straight line by the rows of all extracts: what is there without any, and what each row adds."""

    fixed: float
    of_a_row: float

    @classmethod
    def through(cls, points: Iterable[tuple[int, float]]) -> Line:
        """Return the line that is nearest to points, by the sum of squares of how far it is from each."""
        rows, values = zip(*points, strict=True)
        of_a_row, fixed = np.polyfit(rows, values, 1)
        return cls(float(fixed), float(of_a_row))

    def at(self, rows: float) -> float:
        """Return the height of the line at so many rows."""
        return self.fixed + self.of_a_row * rows

    def crosses(self, other: Line) -> float | None:
        """Return from how many rows on it lies below another line; None where it is the steeper one."""
        if self.of_a_row >= other.of_a_row:
            return None
        return max(0.0, (self.fixed - other.fixed) / (other.of_a_row - self.of_a_row))


class Series(NamedTuple):
    """The rows of nights that reported so many months, by way."""

    months: int
    by_way: Mapping[str, Sequence[Row]]

    @property
    def rows_of_a_child(self) -> float:
        """Return how many rows the extracts have for each resident under 18, of the most children."""
        most = max((row for rows in self.by_way.values() for row in rows), key=lambda row: row.rows)
        return most.rows / (most.councils * most.children)

    def points(self, line: str, of: str) -> list[tuple[float, float]]:
        """
        Return what a line is drawn through: the rows of extracts, and what these took.

        `of` is what of a row is asked for: `processor`, `left` or `asked`. A night of DuckDB is told by those
        of a region, too, on average.
        """
        if line == JOIN and of == "processor":
            return [(row.rows, row.join) for row in self.by_way.get(TURNS, ())]
        if line == JOIN:  # what is beyond the nights
            night = Line.through(self.points(TOGETHER, of))
            return [
                (row.rows, getattr(row, of) - row.councils * night.at(row.rows / row.councils))
                for row in self.by_way.get(TURNS, ())
            ]
        found = [(float(row.rows), float(getattr(row, of))) for row in self.by_way.get(line, ())]
        if (line, of) == (TOGETHER, "processor"):
            for row in self.by_way.get(TURNS, ()):
                found.append((row.rows / row.councils, (row.processor - row.join) / row.councils))
        return found

    def lines(self, of: str) -> dict[str, Line]:
        """
        Return the lines that have points enough: of one night by its engine, and of a region's join.

        One that does not rise is left out: what a row costs is less than what a night varies by.
        """
        lines = {}
        for name in (TOGETHER, *BY_SPARK):
            if len(points := self.points(name, of)) > 1:
                lines[name] = Line.through(points)
        if TOGETHER in lines and len(self.by_way.get(TURNS, ())) > 1:
            lines[JOIN] = Line.through(self.points(JOIN, of))
        return {name: line for name, line in lines.items() if line.of_a_row > 0}


def line_of(way: str, lines: Mapping[str, Line], of_a_council: float) -> Line | None:
    """Return the line of a way, in turns of councils with so many rows each; None where it is not known."""
    if way != TURNS:
        return lines.get(way)
    if JOIN not in lines:
        return None
    night, join = lines[TOGETHER], lines[JOIN]
    return Line(join.fixed, night.fixed / of_a_council + night.of_a_row + join.of_a_row)


def render(known: Iterable[Row]) -> str:
    """Return the page."""
    series = list(every_series(known))
    parts = [
        ["# How a night grows with the councils in it"],
        [paragraph(ABOUT)],
        [paragraph(f"- {way}") for way in OF_WAYS],
        [paragraph(NOT_THE_SAME)],
        table(["run on", ""], machine().items(), "ll"),
        *(part for each in series for part in [[f"## Seen: {each.months} months"], seen(each)]),
        not_seen(series),
        ["## Memory"],
        of_memory(series),
        ["## Straight lines"],
        [paragraph(OF_LINES)],
        fitted(series),
        ["## Where they cross"],
        [paragraph(OF_CROSSINGS)],
        list(crossings(series)),
        ["## England, on paper"],
        [paragraph(OF_ENGLAND)],
        *(part for each in series for part in england(each)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def every_series(known: Iterable[Row]) -> Iterator[Series]:
    """Yield the rows by months, fewer ones first."""
    by_months: dict[int, dict[str, list[Row]]] = {}
    for row in sorted(known, key=lambda row: (row.months, WAYS.index(row.way), row.children, row.councils)):
        by_months.setdefault(row.months, {}).setdefault(row.way, []).append(row)
    for months, by_way in by_months.items():
        yield Series(months, by_way)


def seen(series: Series) -> list[str]:
    """Tell of each row, and how many times the processor time of one such council's night it took."""
    alone = {row.children: row.processor for row in series.by_way.get(TOGETHER, ()) if row.councils == 1}
    cells = [
        [
            row.way,
            f"{row.councils}",
            f"{row.children:,}",
            f"{row.rows:,}",
            f"{row.processor:,.0f}",
            f"{row.processor / alone[row.children]:.2f}" if row.children in alone else "",
            f"{row.join:.0f}" if row.join else "",
            f"{row.wall:,.0f}",
            f"{row.busy:.1f}",
            mib(row.memory),
            mib(row.disk),
            mib(row.left),
        ]
        for rows in series.by_way.values()
        for row in rows
    ]
    head = ["way", "councils", "children of each", "rows", "processor s", "times one", "of it join", "wall s"]
    head += ["busy", "memory MiB", "disk MiB at most", "left"]
    return table(head, cells, "l" + "r" * (len(head) - 1))


def not_seen(series: Iterable[Series]) -> list[str]:
    """Name what has no row."""
    seen_ways = {way for each in series for way in each.by_way}
    lacking = [way for way in WAYS if way not in seen_ways]
    return [f"Without a row yet: {', '.join(lacking)}."] if lacking else []


def of_memory(series: Iterable[Series]) -> list[str]:
    """Hold what DuckDB's nights took against what they may take, and say where landing would stop."""
    lines = []
    for each in series:
        rows = [row for way, rows in each.by_way.items() if way not in BY_SPARK for row in rows]
        if not rows:
            continue
        most = max(rows, key=lambda row: row.memory / row.allowed)
        kept = "kept" if most.memory <= most.allowed else "missed"
        lines.append(
            f"- {each.months} months: at most {mib(most.memory)} MiB ({most.way}, {most.councils} of "
            f"{most.children:,}) of the {mib(most.allowed)} allowed: {kept}, "
            f"{most.memory / most.allowed:.2f} of it."
        )
        if line := each.lines("asked").get(TOGETHER):
            n_rows = (most.allowed - OF_PYTHON - line.fixed) / line.of_a_row
            of_england = mib(round(line.at(rows_of_england(each))))
            lines.append(
                f"- {each.months} months: landing, which cannot spill, asks for all of {mib(most.allowed)} "
                f"MiB at {n_rows:,.0f} rows in one folder, {n_rows / each.rows_of_a_child:,.0f} children. "
                f"For England in one folder it would ask for {of_england} MiB."
            )
    return [paragraph(line) for line in lines]


def fitted(series: Iterable[Series]) -> list[str]:
    """Tell the lines, and how far the point that is farthest from its line is."""
    cells = []
    for each in series:
        left = each.lines("left")
        for name, line in each.lines("processor").items():
            points = each.points(name, "processor")
            apart = max(abs(line.at(rows) / value - 1) for rows, value in points)
            cells.append(
                [
                    f"{name}, {each.months} months",
                    f"{line.fixed:.1f}",
                    f"{1000 * line.of_a_row:.4f}",
                    f"{len(points)}",
                    f"{apart:.0%}",
                    f"{left[name].fixed / MIB:,.0f}" if name in left else "",
                    f"{1000 * left[name].of_a_row / MIB:.3f}" if name in left else "",
                ]
            )
    head = ["line", "processor s", "for 1,000 rows", "points", "farthest", "disk MiB", "for 1,000 rows"]
    return table(head, cells, "lrrrrrr")


def crossings(series: Iterable[Series]) -> Iterator[str]:
    """Say from where on a way takes less processor time than another, and what of it there is for England."""
    for each in series:
        rows = rows_of_england(each)
        found = {way: line_of(way, each.lines("processor"), rows / N_AUTHORITIES) for way in WAYS}
        known = {way: line for way, line in found.items() if line}
        for way, other in combinations(reversed(known), 2):
            at, times = known[way].crosses(known[other]), known[way].at(rows) / known[other].at(rows)
            words = f"- {each.months} months: {way} never takes less than {other}: each row costs it more."
            if at is not None:
                words = (
                    f"- {each.months} months: {way} takes less than {other} from {at:,.0f} rows on, "
                    f"{at / each.rows_of_a_child:,.0f} children."
                )
            yield paragraph(f"{words} For England it takes {times:.2f} times the processor time.")
        for way in BY_SPARK:
            if len(each.by_way.get(way, ())) > 1 and way not in known:
                yield paragraph(
                    f"- {each.months} months: {way} took no more time for more rows. Where it crosses "
                    "another way, and what it takes for England, nights of this size do not tell."
                )


def england(series: Series) -> Iterator[list[str]]:
    """Say what all authorities of England cost by the lines, with the arithmetic."""
    rows = rows_of_england(series)
    yield [
        paragraph(
            f"By the lines of {series.months} months: {children_of_england():,} children x "
            f"{series.rows_of_a_child:.2f} rows = {rows:,.0f} rows, {rows / N_AUTHORITIES:,.0f} for each of "
            f"{N_AUTHORITIES} authorities."
        )
    ]
    of_each = {of: series.lines(of) for of in ("processor", "left")}
    cells = []
    for way in WAYS:
        seconds, n_bytes = (line_of(way, lines, rows / N_AUTHORITIES) for lines in of_each.values())
        if seconds and n_bytes:
            cells.append(
                [
                    way,
                    words_of(way, of_each["processor"], rows),
                    f"{seconds.at(rows) / 3600:.1f}",
                    f"{n_bytes.at(rows) / (1 << 30):,.0f}",
                ]
            )
    yield table(["way", "seconds of processor time", "hours", "disk GiB"], cells, "llrr")


def words_of(way: str, lines: Mapping[str, Line], rows: float) -> str:
    """Write down the arithmetic of a way for England."""
    if way != TURNS:
        return f"{lines[way].fixed:.1f} + {rows:,.0f} x {lines[way].of_a_row:.7f}"
    night = words_of(TOGETHER, lines, rows / N_AUTHORITIES)
    return f"{N_AUTHORITIES} x ({night}) + {words_of(JOIN, lines, rows)}"


def children_of_england() -> int:
    """Return the residents of England under 18."""
    return sum(map(authorities.residents_of, authorities.in_england()))


def rows_of_england(series: Series) -> float:
    """Return how many rows the extracts of all authorities would have, at the rows of a child in a series."""
    return children_of_england() * series.rows_of_a_child


if __name__ == "__main__":
    main()
