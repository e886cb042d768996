"""
Programs that run beside the night: dbt and Great Expectations, each in a process of its own.

Both take seconds to import, so each is started before it is needed; and what they use up or break stays
theirs. They talk in lines of JSON: orders come in, answers go out. A companion never outlives the night:
when its input closes, however the night ended, it ends at once.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from csc_measures.night.discretion import end_discreetly
from csc_measures.project import PROJECT


class Companion:
    """A running companion; its orders and answers are JSON objects."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take charge of a process that was started by `companion`."""
        self._process = process
        if process.stdin is None or process.stdout is None:
            raise ValueError("A companion talks through its standard input and output.")
        self._orders, self._answers = process.stdin, process.stdout

    def order(self, **order: Any) -> None:
        """Send an order, to be worked on while the night goes on; one that has ended gives no answer."""
        with suppress(BrokenPipeError):
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()

    def answers(self) -> Iterator[dict]:
        """Yield the answers as they come, until the companion ends."""
        for line in self._answers:
            yield json.loads(line)

    def answer(self) -> dict:
        """Wait for one answer; an empty one means that the companion has ended without it."""
        for answer in self.answers():
            return answer
        self._process.wait()
        return {}

    def exit_code(self) -> int:
        """Wait for the end of the companion and return its exit code, negative for a signal."""
        return self._process.wait()


def environment_of(warehouse: Path) -> dict[str, str]:
    """
    Return the environment in which a warehouse is worked on: that of this process, with one setting.

    Neither the key of the pseudonyms is in it, nor what another project tells its dbt there.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CSC_", "DBT_"))}
    return {
        **inherited,
        "CSC_WAREHOUSE_DIR": str(warehouse),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }


@contextmanager
def companion(module: str, warehouse: Path, log: Path) -> Iterator[Companion]:
    """Start `python -m module` as a companion; what it prints besides answers goes to the log."""
    with log.open("a", encoding="utf-8") as noise:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            encoding="utf-8",
            cwd=PROJECT,
            env=environment_of(warehouse),
        )
    try:
        yield Companion(process)
    finally:
        process.kill()
        process.communicate()


def orders() -> Iterator[dict]:
    """In a companion: yield the orders as they come; end this process as soon as the night has gone."""
    waiting: queue.SimpleQueue[dict] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            waiting.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield waiting.get()


@contextmanager
def answering() -> Iterator[Any]:
    """In a companion: yield a function that sends an answer; what is printed otherwise goes to the log."""
    end_discreetly()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)

        def answer(**answer: Any) -> None:
            out.write(json.dumps(answer) + "\n")
            out.flush()

        yield answer
