"""
Whether the disk of a warehouse is encrypted at rest, as the system tells of it.

Everything that a night writes lies in the warehouse: files as delivered, landed extracts, builds, what DuckDB
spills, logs and generations. So the disk is what is encrypted (docs/running.md), and a night can be told to
write to no other.
"""

from __future__ import annotations

import os
from pathlib import Path

from csc_measures.settings import ENCRYPTED_DISK
from csc_measures.stop import ExitCode, Stop

DEVICES = Path("/sys/dev/block")


def check_encrypted(warehouse: Path) -> None:
    """Stop with 60 unless a warehouse lies on a disk that dm-crypt encrypts, as LUKS does."""
    device = warehouse.stat().st_dev
    if not encrypts(DEVICES / f"{os.major(device)}:{os.minor(device)}"):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"{ENCRYPTED_DISK} asks for an encrypted disk, and that of the warehouse is not known to be one.",
            [str(warehouse)],
            f"Name a folder on a disk that LUKS encrypts. Where another encrypts it, unset {ENCRYPTED_DISK}.",
        )


def encrypts(device: Path) -> bool:
    """Say whether a device of the kernel's, or every one that it rests on, encrypts what is written to it."""
    kind, below = device / "dm" / "uuid", device / "slaves"
    if kind.is_file() and kind.read_text(encoding="ascii").startswith("CRYPT-"):
        return True
    devices = list(below.iterdir()) if below.is_dir() else []
    return bool(devices) and all(encrypts(each) for each in devices)
