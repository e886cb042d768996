"""
Programs that run beside the night: dbt and Great Expectations, each in a process of its own.

Both take seconds to import, so each is started before it is needed; and what they use up or break stays
theirs. They talk in lines of JSON: orders come in, answers go out. A companion never outlives the night: the
kernel ends it with its parent (Linux), or it ends itself when its input closes.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from csc_measures import memory, signals
from csc_measures.night.discretion import end_discreetly
from csc_measures.project import PROJECT
from csc_measures.stop import NO_ROOM, ExitCode, Stop, explain

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1  # prctl(2)


class Companion:
    """A running companion; its orders and answers are JSON objects."""

    def __init__(self, process: subprocess.Popen[str], module: str, log: Path) -> None:
        """Take charge of a process that was started by `companion`, with its module and its log."""
        self._process, self._module, self._log = process, module, log
        if process.stdin is None or process.stdout is None:
            raise ValueError("A companion talks through its standard input and output.")
        self._orders, self._answers = process.stdin, process.stdout

    def order(self, **order: Any) -> None:
        """Send an order, to be worked on while the night goes on; one that has ended gives no answer."""
        with suppress(BrokenPipeError):
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()

    def answers(self) -> Iterator[dict]:
        """Yield the answers as they come, until the companion ends; raise the Stop that one of them says."""
        for line in self._answers:
            answer = json.loads(line)
            if "stop" in answer:
                raise Stop(**answer["stop"])
            yield answer

    def answer(self) -> dict:
        """Wait for one answer; stop with 30 when the companion ends without it, with 50 for want of room."""
        for answer in self.answers():
            return answer
        raise self.ended_early()

    def wait(self) -> None:
        """Wait for the end of the companion, with which what it has open is closed."""
        self._process.wait()

    def ended_early(self) -> Stop:
        """
        Say why a companion ended without an answer: most likely for want of room where a signal ended it.

        Raises OSError when the log cannot be written: then that is why.
        """
        code = self._process.wait()
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{self._module} ended without an answer: {code}\n")
        what = f"{self._module} ended early"
        if code < 0 or NO_ROOM.search(self._log.read_text(encoding="utf-8", errors="replace")):
            what = f"{what}, most likely for want of memory."
            next_step = "Free memory, then run the night again."
            return Stop(ExitCode.OUT_OF_RESOURCES, what, [str(self._log)], next_step)
        next_step = "Read the log, mend the cause and run the night again."
        return Stop(ExitCode.CHECK_FAILED, f"{what}.", [str(self._log)], next_step)


def environment_of(warehouse: Path) -> dict[str, str]:
    """
    Return the environment in which a warehouse is worked on: that of this process, with one setting.

    Neither the key of the pseudonyms is in it, nor what another project tells its dbt there.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CSC_", "DBT_"))}
    return {
        "LOGNAME": "measures",  # for a user that the system has no name for
        **inherited,
        "HOME": str(warehouse / "target"),  # neither lacking nor with settings of other programs
        "CSC_WAREHOUSE_DIR": str(warehouse),
        **{name: os.environ[name] for name in (memory.MEMORY,) if name in os.environ},
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }


@contextmanager
def companion(module: str, warehouse: Path, log: Path) -> Iterator[Companion]:
    """Start `python -m module` as a companion; what it prints besides answers goes to the log."""
    with log.open("a", encoding="utf-8") as noise, undisturbed() as begin:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            encoding="utf-8",
            cwd=PROJECT,
            env=environment_of(warehouse),
            preexec_fn=begin,
        )
    try:
        yield Companion(process, module, log)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def undisturbed(at_the_end: int = signal.SIGKILL) -> Iterator[Callable[[], None]]:
    """
    Let no signal come while a process is started: Python swallows what is raised while it forks.

    Yields what the new process does first: have the kernel send it a signal when its parent ends, and hear
    signals again.
    """
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)

    def begin() -> None:
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, at_the_end)
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)

    try:
        yield begin
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


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
    """
    In a companion: yield a function that sends an answer; what is printed otherwise goes to the log.

    An error that is no defect, such as want of room, is an answer too: it stops the night.
    """
    end_discreetly()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)

        def answer(**answer: Any) -> None:
            out.write(json.dumps(answer) + "\n")
            out.flush()

        try:
            yield answer
        except Exception as error:
            stop = explain(error)
            if stop.code == ExitCode.CHECK_FAILED:
                raise
            answer(stop=vars(stop))
