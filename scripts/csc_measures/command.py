"""
The command `measures`: what must hold before the rest of it is imported, which takes a second or more.

A signal ends it in an orderly way from the start, and where the standard output or error was closed, no file
of a warehouse takes its place.
"""

import os
import sys
from typing import NoReturn

from csc_measures import signals


def main() -> NoReturn:
    """Run the command line; end with an exit code of the contract, or with that of a signal."""
    fill_streams()
    signals.listen()
    try:
        from csc_measures.cli import app
    except BaseException:
        if code := signals.ending():
            sys.exit(code)
        raise
    app()


def fill_streams() -> None:
    """Open what is closed of standard input, output and error, so that no other file gets its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
