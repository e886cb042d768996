"""
Watch a program for connections: Python takes in this module, wherever it is told of its folder, as it starts.

The file that WATCHED names gets a line `watched` for each program and one for each attempt to reach somebody,
which fails. A socket whose address is a path reaches nobody but this machine.
"""

import errno
import os
import sys

REACHING = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")
log = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def watch(event: str, arguments: tuple) -> None:
    """Write an attempt down and let it fail."""
    is_a_path = event == "socket.connect" and isinstance(arguments[-1], str | bytes)
    if event in REACHING and not is_a_path:
        os.write(log, f"{event}\n".encode())
        raise OSError(errno.ENETUNREACH, "Nobody may be reached here.")


os.write(log, b"watched\n")
sys.addaudithook(watch)
