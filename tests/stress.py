"""
Kill nights at random, and publish under readers: `python -m tests.stress --kills 500 --publishes 500`.

`--kills` counts nights without dbt and Great Expectations, which publish what is served already, `--whole`
whole ones, and `--publishes` nights during which others read. After each kill what is served must be one
whole generation with the numbers of before, and so after the next night. What came of it is in
`tests/stress.txt`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from csc_measures.night import generations
from csc_measures.project import PROJECT

sys.path.append(str(PROJECT / "tests"))  # where pytest finds them, too
from conftest import Place, a_night, build_what_is_served, do_night, work_alone

REPORT = Path(__file__).with_name("stress.txt")
READERS = 2
LONGEST_WHOLE = 40.0  # seconds within which a whole night is killed


def main() -> int:
    """Do what was asked for, tell of it and keep the report; return 1 when anything was otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--whole", type=int, default=3)
    parser.add_argument("--publishes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    os.umask(0o077)
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        place = a_night(Path(folder))
        before = place.contents()
        whole = kill_nights(place, asked.whole, LONGEST_WHOLE, dice, start_whole)
        patch.setattr(generations, "GRACE", timedelta(minutes=1))  # or a hundred generations were kept
        build_what_is_served(patch)
        work_alone(patch)
        started = time.monotonic()
        do_night(place)
        seconds = time.monotonic() - started
        kills = kill_nights(place, asked.kills, seconds, dice, start_alone)
        read = publish_under_readers(place, asked.publishes)
        kills["otherwise"] += place.contents() != before
    lines = [
        "Nights killed at random and read while they publish: python -m tests.stress",
        f"seed {asked.seed}, {platform.system()}, DuckDB {duckdb.__version__}",
        "",
        f"whole nights killed      {told(whole)}",
        f"nights without dbt killed {told(kills)}",
        f"published under {READERS} readers: {asked.publishes} nights, {told(read)}",
    ]
    text = "\n".join(lines) + "\n"
    REPORT.write_text(text, encoding="utf-8")
    print(text)
    return 1 if (whole + kills + read)["otherwise"] else 0


def told(counted: Counter[str]) -> str:
    """Say what was counted in one line."""
    return ", ".join(f"{n} {what}" for what, n in sorted(({"otherwise": 0} | counted).items()))


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

    Returns how many left the last generation and how many the next, and how many anything else.
    """
    counted: Counter[str] = Counter()
    before = place.contents()
    for _ in range(n):
        served = generations.served(place.warehouse)
        night = start(place)
        time.sleep(dice.uniform(0, seconds))
        os.kill(night, signal.SIGKILL)
        os.waitpid(night, 0)
        generations.check_served(place.warehouse)
        left = (
            "left the last generation" if generations.served(place.warehouse) == served else "left the next"
        )
        counted[left if place.contents() == before else "otherwise"] += 1
    return counted


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
    while not done.is_set():
        try:
            counted["reads of one generation" if is_one_generation(place) else "otherwise"] += 1
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
