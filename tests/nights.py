"""
Do nights in a row, each a day later, and hold `published` to what each said: `python -m tests.nights`.

A small council delivers the same extracts every day, and a few more rows that were recorded late; its open
cases grow older. The measure tables of each night are kept. After each night `marts.published` must say of
every night so far what its tables said, and must have grown by the cells that it said otherwise alone. What
has come of it, and what share of a night `published` costs, is in `tests/nights.txt`, written after every
night. Processor time is told, with that of all the night's processes, since other work does not draw it out.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import duckdb

from csc_measures.demo import write_council
from csc_measures.night import generations
from csc_measures.night.editions import NUMBERS, OUTCOMES
from csc_measures.night.said.published import CELL, LAST, MART, SAID, said_by, write_published
from csc_measures.project import PROJECT
from csc_measures.sql import quoted
from csc_measures.stop import ExitCode

sys.path.append(str(PROJECT / "tests"))  # where pytest finds them, too
from conftest import COUNCIL_AS_AT, Place, run_measures

REPORT = Path(__file__).with_name("nights.txt")
DELIVERED_LATE, ITS_DATE = "ssd_contacts.csv", "cont_contact_date"
PER_NIGHT = 3  # rows of it, of months that are reported, that come later each night
ENDED_WELL = (ExitCode.PUBLISHED, ExitCode.PUBLISHED_WITH_SET_ASIDE)


@dataclass
class Nights:
    """What came of the nights so far."""

    of: str
    n_cells: list[int] = field(default_factory=list)
    n_changed: list[int] = field(default_factory=list)
    n_rows: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Lay it out."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        grown = ", ".join(f"{n:,}" for n in self.n_changed[1:])
        lines = [
            "Nights in a row, each a day later, and what published says of them: python -m tests.nights",
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GiB of "
            f"memory, Python {platform.python_version()}, DuckDB {duckdb.__version__}",
            "",
            f"nights            {len(self.n_cells)}, {self.of}",
            f"said by a night   {median(self.n_cells):,.0f} cells of all, service areas and teams",
            f"rows              {self.n_rows[0]:,} after the first night, {self.n_rows[-1]:,} after the last",
            f"said otherwise    {grown or 'nothing yet'}",
            f"otherwise than the kept tables, or grown by more: {len(self.wrong)}",
            *self.wrong,
            f"share of a night  {median(self.shares):.1%} of its processor time, "
            f"at most {max(self.shares):.1%}",
        ]
        return "\n".join(lines) + "\n"


def main() -> int:
    """Do the nights, keeping the report; return 1 when `published` was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.nights", description=__doc__)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--children", type=int, default=600)
    parser.add_argument("--months", type=int, default=6)
    asked = parser.parse_args()
    os.umask(0o077)
    nights = Nights(f"{asked.children:,} children, {asked.months} months, {PER_NIGHT} late rows a night")
    with tempfile.TemporaryDirectory() as name:
        place = Place(Path(name) / "landing", Path(name) / "warehouse", COUNCIL_AS_AT, asked.months)
        write_council(place.landing, children=asked.children, as_at=place.as_at)
        late = hold_back(place.landing / DELIVERED_LATE, asked.nights * PER_NIGHT, place.as_at)
        kept = duckdb.connect(Path(name) / "kept.duckdb")
        kept.execute(f"create table said (night integer, run_id varchar, {cells_in_types()})")
        for night in range(asked.nights):
            deliver(place.landing / DELIVERED_LATE, late[: night * PER_NIGHT])
            one = replace(place, as_at=place.as_at + timedelta(days=night))
            last = generations.served(place.warehouse) if night else None
            seconds = do_night(one)
            look_at(nights, kept, night, generations.served(place.warehouse), last, one, seconds)
            REPORT.write_text(str(nights), encoding="utf-8")
            print(nights, flush=True)
    return int(bool(nights.wrong))


def hold_back(file: Path, n: int, as_at: date) -> list[list[str]]:
    """Take the last rows before the month of the as-at date out of an extract; return them, last first."""
    rows = list(csv.reader(file.open(encoding="utf-8", newline="")))
    on = rows[0].index(ITS_DATE)
    reported = [row for row in rows[1:] if row[on] < f"{as_at:%Y-%m}"]
    late = sorted(reported, key=lambda row: row[on], reverse=True)[:n]
    write(file, [row for row in rows if row not in late])
    return late


def deliver(file: Path, late: list[list[str]]) -> None:
    """Deliver again what an extract has, with those of the rows held back that are not there yet."""
    rows = list(csv.reader(file.open(encoding="utf-8", newline="")))
    write(file, rows + [row for row in late if row not in rows])


def write(file: Path, rows: list[list[str]]) -> None:
    """Write an extract."""
    with file.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(rows)


def do_night(place: Place) -> float:
    """Do a night; return the seconds of processor time that it took."""
    before = of_children()
    result = run_measures("nightly", environment={**place.environment, "CSC_SETTLED": "0"})
    if result.returncode not in ENDED_WELL:
        raise SystemExit(result.stdout + result.stderr)
    return of_children() - before


def of_children() -> float:
    """Return the processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cells_in_types() -> str:
    """Return the columns of what a night said, with their types."""
    kinds = dict.fromkeys((*CELL, *SAID), "varchar")
    kinds |= {"measure_number": "integer", "period_end": "date"}
    kinds |= dict.fromkeys(("numerator", "denominator", "value"), "double")
    return ", ".join(f"{name} {kind}" for name, kind in kinds.items())


def look_at(
    nights: Nights,
    kept: duckdb.DuckDBPyConnection,
    night: int,
    served: Path,
    last: Path | None,
    place: Place,
    seconds: float,
) -> None:
    """Keep what a night said, hold `published` to all that was kept, and time how long it takes to write."""
    columns = ", ".join((*CELL, *SAID))
    kept.execute(f"attach '{quoted(served / NUMBERS.database)}' as now (read_only)")
    kept.execute(f"insert into said select {night}, '{served.name}', {columns} from ({said_by('now')})")
    [(n_cells,)] = kept.execute(f"select count(*) from said where night = {night}").fetchall()
    of = "select {0} from said where night = {1}"
    [(n_changed,)] = kept.execute(
        f"select count(*) from ({of.format(columns, night)} except {of.format(columns, night - 1)})"
    ).fetchall()
    [(n_rows,)] = kept.execute(f"select count(*) from now.marts.{MART}").fetchall()
    runs = kept.execute("select distinct night, run_id from said order by night").fetchall()
    for earlier, run_id in runs:
        told = (
            f"select {columns} from now.marts.{MART} "
            f"where from_run_id <= '{run_id}' and (to_run_id is null or to_run_id > '{run_id}')"
        )
        one, other = (
            f"(select count(*) from ({a} except all {b}))"
            for a, b in ((told, of.format(columns, earlier)), (of.format(columns, earlier), told))
        )
        [(n_more, n_fewer)] = kept.execute(f"select {one}, {other}").fetchall()
        if n_more or n_fewer:
            nights.wrong.append(
                f"  after night {night + 1}, of night {earlier + 1}: {n_more + n_fewer} cells"
            )
    kept.execute("detach now")
    before = nights.n_rows[-1] if nights.n_rows else 0
    if n_rows != before + n_changed:
        nights.wrong.append(f"  after night {night + 1}: {n_rows - before} rows more for {n_changed} cells")
    nights.n_cells.append(n_cells)
    nights.n_changed.append(n_changed)
    nights.n_rows.append(n_rows)
    nights.shares.append(seconds_of_published(served, last, place) / seconds)


def seconds_of_published(served: Path, last: Path | None, place: Place) -> float:
    """Write `published` of a night once more, in memory; return the processor time that it takes."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(served / NUMBERS.database)}' as night (read_only)")
        connection.execute(f"attach ':memory:' as {NUMBERS.catalog}")
        connection.execute(f"create schema {NUMBERS.catalog}.marts")
        for table in (*OUTCOMES, "measures"):
            connection.execute(f"create view {NUMBERS.table(table)} as from night.marts.{table}")
        if last:
            connection.execute(f"attach '{quoted(last / NUMBERS.database)}' as {LAST} (read_only)")
        started = time.process_time()
        write_published(connection, served.name, place.as_at)
        return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
