"""
The folder of a warehouse, before anything is done with it: of one owner, held by one run, and of one key.

A folder that others may write to is not used: whoever can replace a link there decides what readers see, and
what is removed.

The key of its pseudonyms is known by a value made with it, `key_check`: with another key everybody would have
a second history.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import shlex
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from csc_measures.landing.erased import ERASED
from csc_measures.landing.own_folder import write_private
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.night.dbt_pages import KEPT
from csc_measures.night.encryption import check_encrypted
from csc_measures.night.generations import REBUILD, Run, check_served, published_runs
from csc_measures.night.guards import check_kind
from csc_measures.night.ledger import LEDGER
from csc_measures.project import check_versions
from csc_measures.settings import AUTHORITIES, DEMO_KEY, MAKE_A_KEY, Settings
from csc_measures.stop import FULL, ExitCode, Stop

KEY_CHECK = "key_check"
OWN = (
    "generations",
    "runs",
    "logs",
    "target",
    "dev",
    "try",
    KEPT,
    REBUILD,
    "lock",
    KEY_CHECK,
    LEDGER,
    ERASED,
    AUTHORITIES,
)  # never links
OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def opened(settings: Settings) -> Iterator[list[Run]]:
    """
    Hold the warehouse of the settings for a new run, and yield the runs that it has published.

    Raises Stop: 60 when another version of a package, the folder, its disk or its file system, the key, or
    the demo where a council is (or the reverse) forbid one, 70 when what is served is not whole, and 40 when
    another run holds it. Only the folder, the lock and the check of the key are made.
    """
    warehouse = settings.warehouse_dir.absolute()
    check_versions()
    check_folder(warehouse)
    if settings.needs_encryption:
        check_encrypted(warehouse)
    with hold(warehouse):
        check_links(warehouse)
        check_served(warehouse)
        check_key(warehouse, settings.pseudonym_key, settings.is_demo)
        history = published_runs(warehouse)
        check_kind(settings.landing_dir, history)
        yield history


def check_folder(warehouse: Path) -> None:
    """Make the folder of a warehouse, or stop with 60 when it or what is in it may be somebody else's."""
    make_folder(warehouse)
    check_owner(warehouse)


def make_folder(warehouse: Path) -> None:
    """Make the folder of a warehouse, unless it is there; stop with 60 when it cannot be made."""
    try:
        warehouse.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The folder of the warehouse cannot be made: {error.strerror}.",
            [str(warehouse)],
            "Name another folder in CSC_WAREHOUSE_DIR, or let this user make it.",
        ) from None


def check_owner(warehouse: Path) -> None:
    """Stop with 60 when the folder of a warehouse, or what is in it, may be somebody else's."""
    present = [path for path in (warehouse / name for name in OWN) if os.path.lexists(path)]
    if links := [str(path) for path in present if path.is_symlink()]:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "A link stands where the warehouse keeps what is its own. Nothing was touched.",
            links,
            "Remove the link. To keep a warehouse elsewhere, name that folder in CSC_WAREHOUSE_DIR.",
        )
    if strange := [str(path) for path in (warehouse, *present) if is_open(path)]:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The warehouse belongs to somebody else, or others may write to it. Nothing was touched.",
            strange,
            f"Name another folder, or make it this user's alone: chmod -R go-w {shlex.quote(str(warehouse))}",
        )
    if shut := [str(path) for path in (warehouse, *present) if not can_use(path)]:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The warehouse holds what its own user may not read or write. Nothing was touched.",
            shut,
            f"Type: chmod -R u+rwX {shlex.quote(str(warehouse))}",
        )


def check_links(warehouse: Path) -> None:
    """Stop with 60 when the file system has no symbolic links, by which a generation is shown to readers."""
    probe = warehouse / "probe.new"
    try:
        probe.unlink(missing_ok=True)
        probe.symlink_to("nowhere")
        probe.unlink()
    except OSError as error:
        raise cannot_hold(warehouse, "symbolic links", error) from None


def cannot_hold(warehouse: Path, what: str, error: OSError) -> Exception:
    """Say that a file system lacks what a warehouse needs, unless there was no room to try it."""
    if error.errno in FULL:
        return error
    return Stop(
        ExitCode.WRONG_SETTINGS,
        f"The file system of the warehouse gives no {what}: {error.strerror}.",
        [str(warehouse)],
        "Name a folder on a local disk, or on a file system that has them, in CSC_WAREHOUSE_DIR.",
    )


def is_open(path: Path) -> bool:
    """Say whether a file or folder belongs to another user than this one, or others may write to it."""
    about = path.stat()
    return about.st_uid != os.geteuid() or bool(about.st_mode & OF_OTHERS)


@contextmanager
def hold(warehouse: Path) -> Iterator[None]:
    """
    Hold the warehouse for this process; stop with 40 at once when another run holds it.

    The lock is the kernel's (flock), so that it ends with its holder however that ends; what the file says
    about the holder is for people only.
    """
    with (warehouse / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "a run that has just started"
            raise Stop(
                ExitCode.WAREHOUSE_HELD,
                "Another run holds the warehouse.",
                [holder, str(warehouse)],
                "Wait until it has ended, or end it, and start again.",
            ) from None
        except OSError as error:
            raise cannot_hold(warehouse, "locks (flock)", error) from None
        started = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        lock.truncate(0)
        lock.write(f"pid {os.getpid()} on {socket.gethostname()}, started {started}")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def can_use(path: Path) -> bool:
    """Say whether this user may read and write a file, and pass a folder."""
    return os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0))


def check_key(warehouse: Path, key: bytes, is_demo: bool) -> None:
    """Stop with 60 unless the key is that of the nights before; keep its check when there were none."""
    if not is_key_known(warehouse, key, is_demo):
        write_private(warehouse / KEY_CHECK, check_of(key))


def check_of(key: bytes) -> str:
    """Return the value by which a warehouse knows its key."""
    return Pseudonyms(key).of("key check")("")


def is_key_known(warehouse: Path, key: bytes, is_demo: bool) -> bool:
    """
    Say whether the key is that of the nights before, False when there were none; stop with 60 for another.

    The key that the demo publishes is for warehouses that the demo has begun.
    """
    file = warehouse / KEY_CHECK
    known = file.read_text(encoding="ascii", errors="replace") if file.is_file() else ""
    is_same = hmac.compare_digest(known.encode(), check_of(key).encode())
    is_begun = any(os.path.lexists(warehouse / name) for name in ("current", "landed"))
    if key == DEMO_KEY and not is_demo and not is_same:
        what = "The key of the pseudonyms is the one that the demo publishes: it keeps nobody's secret."
        raise Stop(ExitCode.WRONG_SETTINGS, what, [], MAKE_A_KEY)
    if is_begun and not known:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "Which key the pseudonyms of this warehouse were made with is not known.",
            [str(file)],
            "Get that file back. If it was never there, an older version made other pseudonyms: name another "
            "folder in CSC_WAREHOUSE_DIR.",
        )
    if is_begun and not is_same:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The key is another than the one that the pseudonyms of this warehouse were made with.",
            [str(warehouse)],
            "Set the key of the nights before, or name another folder in CSC_WAREHOUSE_DIR to begin anew.",
        )
    return is_same
