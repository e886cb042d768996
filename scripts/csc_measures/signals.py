"""
End in an orderly way when a signal says so, and with its code, whatever the signal interrupts.

The code is the shell's: 128 and the number of the signal, 130 for Ctrl-C and 143 for SIGTERM.
"""

import os
import signal
import sys
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 0.2  # seconds
came: list[int] = []  # the signal that came: what it interrupts may raise an error of its own


def listen() -> None:
    """Raise SystemExit at the first of these signals from now on; one that is ignored stays so."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def end(number: int, _: FrameType | None) -> None:
    """Raise SystemExit, and let nothing disturb what is then put in order."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    came.append(number)
    signal.signal(signal.SIGALRM, insist)
    signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    sys.exit(128 + number)


def insist(*_: object) -> None:
    """Raise SystemExit again where the one before was swallowed, as in a callback of a library."""
    error = sys.exc_info()[1]
    while error and not isinstance(error, SystemExit):
        error = error.__context__
    if not error:
        sys.exit(128 + came[0])


def ending() -> int:
    """Say what ended this command, if it was a signal; return the exit code, 0 when it was none."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    if not came:
        return 0
    os.write(2, b"Ended by a signal. What was published last stays published, whole.\n")
    return 128 + came[0]
