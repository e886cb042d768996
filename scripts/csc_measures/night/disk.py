"""What the warehouse asks of a disk: what is written is there for good, links change in one step, digests."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

AT_ONCE = 8
"""Files that are waited for at the same time until they are on disk."""


def utc_now() -> datetime:
    """Return the time now, in UTC, without a zone, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def remove(folder: Path) -> list[str]:
    """Remove a folder and what is in it; return the path where that ended, if it did, and why."""
    try:
        shutil.rmtree(folder)
    except OSError as error:
        return [f"{error.filename or folder} ({error.strerror})"]
    return []


def age(generation: Path) -> timedelta:
    """Return how long ago a generation was sealed."""
    return utc_now() - datetime.fromtimestamp(generation.stat().st_mtime, UTC).replace(tzinfo=None)


def subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder, in order of name; none when it does not exist."""
    return sorted(entry for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def point(link: Path, target: str) -> None:
    """Make a link point at a target relative to it, in one step: a reader sees the old or the new one."""
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync(link.parent)


def sync_all(folder: Path) -> None:
    """
    Wait until a folder, with all that is in it, is on disk.

    A file system writes its journal once for all that wait for it: many small files one by one take ten times
    as long.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(sync, (*folder.rglob("*"), folder)))


def sync(path: Path) -> None:
    """Wait until a file or a folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no fsync of folders
            raise
    finally:
        os.close(handle)


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder and its folders, by path within it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): sha256(file) for file in files}


def as_json(value: dict | Sequence) -> str:
    """Return a JSON text that is the same for the same content."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
