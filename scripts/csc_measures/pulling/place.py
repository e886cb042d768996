"""
Put a set of files into a landing folder all at once, beside what others deliver there.

The files lie in a hidden folder of their own, `.pulled-<name>`, which the link `.pulled` shows; each has a
link in the landing folder that leads through it. Turning that one link replaces all of them in one step, so
that an interruption never leaves files of two pulls.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from csc_measures.landing.finding import extract_named
from csc_measures.stop import ExitCode, Stop

SHOWN = ".pulled"


@contextmanager
def filled_at_once(landing: Path) -> Iterator[Path]:
    """
    Give a new folder; when it has been filled, its files are those that the landing folder has of ours.

    An error leaves the landing folder as it was. Raises Stop: 40 when another pull is filling it, 60 when
    somebody else has delivered one of the files.
    """
    landing.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(landing):
        sweep(landing)
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{SHOWN}-", dir=landing))
            yield folder
            check_free([file.stem for file in folder.iterdir()], landing)
            show(folder, landing)
        finally:
            sweep(landing)


@contextmanager
def held(landing: Path) -> Iterator[None]:
    """Keep other pulls out of a landing folder."""
    number = os.open(landing, os.O_RDONLY)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(
                ExitCode.WAREHOUSE_HELD,
                "Another pull into that folder is on its way.",
                [str(landing)],
                "Wait until it has ended, then pull again.",
            ) from None
        yield
    finally:
        os.close(number)


def check_free(extracts: Iterable[str], landing: Path) -> None:
    """Stop with 60 when an extract lies in the landing folder that no pull has put there."""
    wanted = set(extracts)
    entries = sorted(landing.iterdir()) if landing.exists() else []
    if others := [
        entry.name for entry in entries if extract_named(entry.name.lower()) in wanted and not is_ours(entry)
    ]:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The landing folder has extracts already that the database has too.",
            [str(landing / name) for name in others],
            "Move those files away, or name another folder with --to.",
        )


def show(folder: Path, landing: Path) -> None:
    """Turn the landing folder to the files of a folder in it."""
    for file in folder.iterdir():
        if not is_ours(link := landing / file.name):
            link.symlink_to(Path(SHOWN, file.name))
    part = landing / f"{SHOWN}.part"
    part.unlink(missing_ok=True)
    part.symlink_to(folder.name)
    part.replace(landing / SHOWN)


def sweep(landing: Path) -> None:
    """Remove what pulls that have ended left behind: folders that are not shown, links that lead nowhere."""
    shown = landing / SHOWN
    for folder in landing.glob(f"{SHOWN}-*"):
        if not shown.exists() or not folder.samefile(shown):
            shutil.rmtree(folder)
    for entry in landing.iterdir():
        if is_ours(entry) and not entry.exists():
            entry.unlink()


def is_ours(entry: Path) -> bool:
    """Say whether an entry of a landing folder is a link that a pull has made."""
    return entry.is_symlink() and entry.readlink().parent == Path(SHOWN)
