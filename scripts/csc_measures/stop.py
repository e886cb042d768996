"""How a command ends: the exit codes of the contract ("The run"), and a message for people."""

import errno
import os
import re
import traceback
from collections.abc import Iterator, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from csc_measures import signals

# Messages of DuckDB, Python and the system that mean: no room left.
NO_ROOM = re.compile(
    r"out of memory|no space left|could not allocate|failed to offload|disk quota|file too large"
    r"|memoryerror|bad_alloc|cannot allocate|unable to allocate|failed to map segment"
    r"|too many open files|can't start new thread|resource temporarily unavailable",
    re.IGNORECASE,
)
FULL = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM),
    *(errno.EMFILE, errno.ENFILE, errno.EAGAIN),
)
HELD = re.compile(r'Could not set lock on file "(.+?)": Conflicting lock is held in .*?(PID \d+)')
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class ExitCode(IntEnum):
    """Exit codes of the commands, as the contract lists them."""

    PUBLISHED = 0
    PUBLISHED_WITH_SET_ASIDE = 10
    EXTRACTS_REFUSED = 20
    CHECK_FAILED = 30
    WAREHOUSE_HELD = 40
    OUT_OF_RESOURCES = 50
    WRONG_SETTINGS = 60
    WAREHOUSE_DAMAGED = 70
    TOO_OLD = 80


class Stop(Exception):  # noqa: N818 - it ends a run in an orderly way, it is not a defect
    """
    End the run with an exit code and a message for people: what is wrong, where, and what to do next.

    Neither part may ever hold a data value or the key of the pseudonyms.
    """

    def __init__(self, code: int, what: str, where: Sequence[str] = (), next_step: str = "") -> None:
        """Keep the exit code and the three parts of the message; `where` is one line per place."""
        super().__init__(what)
        self.code = int(code)
        self.what = what
        self.where = tuple(where)
        self.next_step = next_step

    def __str__(self) -> str:
        """Lay the parts out one below the other, without a letter that would steer a terminal."""
        lines = [self.what, *(f"  {place}" for place in self.where), self.next_step]
        return printable_lines("\n".join(lines)).rstrip()


class InertConsole(Console):
    """A console on which no text, such as the name of a file, can steer the terminal; it may be closed."""

    def on_broken_pipe(self) -> None:
        """Go on in silence when nobody reads any more: whoever looks at a night does not decide over it."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())

    def render_str(self, text: str, **how: Any) -> Text:
        """Lay out a text with what does not print spelt out; the arguments are rich's."""
        return super().render_str(printable_lines(text), **how)


def printable_lines(text: str) -> str:
    """Spell out what does not print in each line of a text."""
    return "\n".join(printable(line) for line in text.split("\n"))


def printable(text: str) -> str:
    """Spell out what does not print, such as an escape code in the name of a file."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def explain(error: BaseException) -> Stop:
    """Turn an unexpected error into a Stop that tells its kind and place, and nothing of its words."""
    place = next(
        (
            f"{Path(frame.filename).name}, line {frame.lineno}"
            for frame in reversed(traceback.extract_tb(error.__traceback__))
            if Path(frame.filename).is_relative_to(Path(__file__).parent)
        ),
        "csc_measures",
    )
    for each in causes(error):
        named = str(each.filename) if isinstance(each, OSError) and each.filename else place
        number = getattr(each, "errno", None)
        if is_no_room(each):
            next_step = "Free disk or memory, or allow this user more open files, then run it again."
            return Stop(ExitCode.OUT_OF_RESOURCES, "Out of disk or memory.", [named], next_step)
        if number in FORBIDDEN:
            next_step = "Give this user the right to it, or name another folder."
            return Stop(ExitCode.WRONG_SETTINGS, "No permission.", [named], next_step)
        if held := HELD.search(str(each)):
            what = "Another program has a file of the warehouse open for writing."
            next_step = "Close it there, or open it read-only, then run it again."
            return Stop(ExitCode.WAREHOUSE_HELD, what, [*held.groups()], next_step)
    return Stop(
        ExitCode.CHECK_FAILED,
        f"An unexpected error: {type(error).__name__}.",
        [place],
        "What was published last stays published. This is a defect: please report it.",
    )


def ended(error: BaseException) -> tuple[int, str]:
    """Return the exit code of a run that an error or a signal ends, and what stopped it."""
    if signals.came:
        return 128 + signals.came[0], "Ended by a signal."
    if isinstance(error, Stop):
        return error.code, error.what
    explained = explain(error) if isinstance(error, Exception) else None
    return (explained.code, explained.what) if explained else (ExitCode.CHECK_FAILED, type(error).__name__)


def is_no_room(error: BaseException) -> bool:
    """Say whether an error means that disk, memory, open files or processes have run out."""
    is_full = isinstance(error, MemoryError) or getattr(error, "errno", None) in FULL
    return is_full or bool(NO_ROOM.search(str(error)))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what it came of, what that came of, and so on."""
    while error:
        yield error
        error = error.__cause__ or error.__context__
