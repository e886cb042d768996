"""
Write a set of files into a folder that is ours alone.

The folder bears a list of the files written, `.written-by-measures`. A folder that holds anything else is
refused, so that nothing is ever mixed with, or written over, files of somebody else.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from csc_measures.stop import ExitCode, Stop

MARKER = ".written-by-measures"


LANDING = "CSC_LANDING_DIR"


def check_own(folder: Path, setting: str = LANDING) -> None:
    """
    Raise Stop (60) unless the folder is absent, empty, or holds only files that its list names.

    `setting` is the variable that names the folder.
    """
    if folder.exists() and not folder.is_dir():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The folder of {setting} is a file.",
            [str(folder)],
            f"Name another folder in {setting}.",
        )
    strangers = sorted(_names(folder) - _written(folder) - {MARKER, f"{MARKER}.part"})
    if strangers:
        shown = [str(folder / name) for name in strangers[:5]]
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The folder of {setting} holds {len(strangers)} files that this command did not write.",
            shown + (["and more"] if len(strangers) > len(shown) else []),
            f"Name an empty folder in {setting}, or move these files away. "
            f"A folder of our own has a list of its files, {MARKER}.",
        )


def replace_files(folder: Path, contents: Mapping[str, str], setting: str = LANDING) -> None:
    """
    Make these texts, by file name, the whole contents of the folder (files 0600, folder 0700, UTF-8).

    Every file is written aside first, then all are renamed, then older ones of ours are removed; an
    interrupted call leaves a folder that is still known as ours. Raises Stop (60) as `check_own` does.
    """
    check_own(folder, setting)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    old = _written(folder)
    parts = {f".{name}.part": name for name in contents}
    list_as_ours(folder, {*old, *contents, *parts})
    for part, name in parts.items():
        write_private(folder / part, contents[name])
    for part, name in parts.items():
        (folder / part).replace(folder / name)
    for name in (old & _names(folder)) - set(contents):
        (folder / name).unlink()
    list_as_ours(folder, set(contents))


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def _written(folder: Path) -> set[str]:
    marker = folder / MARKER
    return set(marker.read_text(encoding="utf-8").splitlines()) if marker.is_file() else set()


def list_as_ours(folder: Path, names: set[str]) -> None:
    """Write the list of the files of a folder that are ours."""
    part = folder / f"{MARKER}.part"
    write_private(part, "".join(f"{name}\n" for name in sorted(names)))
    part.replace(folder / MARKER)


def write_private(path: Path, text: str) -> None:
    """Write a text through to the disk, readable by the owner alone."""
    with open(path, "w", encoding="utf-8", newline="", opener=_open_private) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
