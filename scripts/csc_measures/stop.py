"""How a command ends: the exit codes of the contract ("The run"), and a message for people."""

from collections.abc import Sequence
from enum import IntEnum


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
        return "\n".join(printable(part) for line in lines for part in line.split("\n")).rstrip()


def printable(text: str) -> str:
    """Spell out what does not print, such as an escape code in the name of a file."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
