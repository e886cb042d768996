"""
Keep a night within the memory that `CSC_MEMORY` gives it, all its processes together.

What a night takes whatever the size of the council is `FIXED`: Python and the libraries, in the night and
beside it. DuckDB has the rest, and spills what does not fit. Landing, which has no such limit, asks for room
before it reads an extract. Publishing asks whether all that it copies fits at once.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from csc_measures.stop import ExitCode, Stop

MEMORY = "CSC_MEMORY"
FIXED = 1_350 << 20  # bytes; seen: 1,300 MiB on a council of 120,000 children
LEAST, DEFAULT = 1_536, 4_096  # MiB
MORE = 512 << 20  # bytes that are worth another try
OF_A_BUILD = 4  # what DuckDB takes for publishing, all at once, for a byte of the build; seen: 3.7
# What landing takes for an extract at most: for libraries at work, for a byte of its text, and for a row.
AT_WORK, OF_A_BYTE, OF_A_ROW = 100 << 20, 4, 600
# Python looks for cycles only after so many new objects. With its own 700 importing dbt or Great Expectations
# takes a fifth more processor time and a build a twentieth, for what ends with the command all the same; this
# costs 50 MB of memory (a build of every model on a small return took 587 MB at most, with 700 it took 534).
OBJECTS_BEFORE_A_LOOK = 1_000_000


def given() -> int | None:
    """Return the bytes that the environment gives a night, once its settings have been read."""
    text = os.environ.get(MEMORY, "").strip()
    return int(text) << 20 if text else None


def allowed() -> int:
    """Return the bytes that a night may take."""
    return given() or DEFAULT << 20


def more() -> str:
    """Say what to type so that a night may take more."""
    return f"export {MEMORY}={(allowed() + MORE) >> 20}"


def of_duckdb(folder: Path | None = None) -> dict[str, Any]:
    """
    Return the configuration of a database: how much memory it may take, and where it spills.

    That is a folder of this process's own in one that is removed with the run. Without one it spills nothing:
    of itself it would spill what is read, which tells of children, into whatever folder one happens to be in.
    """
    return {
        "temp_directory": str(folder / f"spill_{os.getpid()}") if folder else "",
        "memory_limit": f"{(allowed() - FIXED) >> 20}MiB",
    }


def is_ample(build: Path) -> bool:
    """Say whether a build can be published in the memory allowed without care: in one step, all at once."""
    n_bytes = sum(file.stat().st_size for file in build.parent.rglob("*") if file.is_file())
    return OF_A_BUILD * n_bytes <= allowed() - FIXED


def free_late() -> None:
    """Let Python seldom look for cycles: for programs whose many objects last until they end."""
    gc.set_threshold(OBJECTS_BEFORE_A_LOOK)


def take_from_system() -> None:
    """
    Have Arrow take memory as Python does, and not by an allocator of its own.

    That one gives pages back only to ask for them again: landing took an eighth more processor time with it,
    and an eighth more memory at its highest.
    """
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())


def give_back() -> None:
    """Give the system back what Arrow keeps of memory that is free again: after landing, a third of it."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def check_landing(extract: str, sizes: Iterable[tuple[int, int]], memory: int) -> None:
    """Stop with 50 unless files of so many bytes and rows can be landed in the memory that is allowed."""
    needed = taken() + AT_WORK + sum(OF_A_BYTE * n_bytes + OF_A_ROW * n_rows for n_bytes, n_rows in sizes)
    if needed > memory:
        mib = -(-needed >> 20)
        raise Stop(
            ExitCode.OUT_OF_RESOURCES,
            f"Too little memory to land {extract}: it may take {mib:,} MiB, {MEMORY} gives {memory >> 20:,}.",
            next_step=f"Allow more, for example: export {MEMORY}={mib}",
        )


def taken() -> int:
    """Return the bytes of memory that this process takes; where the system does not tell, has ever taken."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10
