"""A PostgreSQL server for the tests, in a folder of its own, reached by a socket alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = "nobody"  # the server does not run as root


def programs() -> Path | None:
    """Return the folder of the server's programs; None where there is no server."""
    found = shutil.which("pg_ctl") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")), None)
    return Path(found).resolve().parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """Run a server until the test is done; yield the URI of its database."""
    binaries = programs()
    assert binaries
    user = NOBODY if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(
        prefix="pg"
    ) as folder:  # a short name: that of a socket may have 107 letters
        if user:
            shutil.chown(folder, user)
        data = Path(folder, "data")

        def do(*command: object) -> None:
            subprocess.run(
                [*map(str, command)], user=user, cwd=folder, check=True, capture_output=True, umask=0o077
            )

        do(
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "publisher",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        do(binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", Path(folder, "log"), "start")
        try:
            yield f"postgresql://publisher@/postgres?host={folder}"
        finally:
            do(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
