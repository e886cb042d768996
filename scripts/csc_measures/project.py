"""Where the project is, which version of it this is, and the clock that it goes by."""

import hashlib
import re
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo

from csc_measures.stop import ExitCode, Stop

PROJECT = Path(__file__).resolve().parents[2]
LONDON = ZoneInfo("Europe/London")
# What the numbers follow from, beside the locked packages.
DEFINITIONS = "definitions"
CODE = ("contract", DEFINITIONS, "macros", "models", "scripts", "seeds", "snapshots")
CONFIGURATION = ("dbt_project.yml", "profiles.yml")
LOCK = "uv.lock"


def check_project(folder: Path = PROJECT) -> None:
    """
    Stop with 60 unless the folder is a clone of the project.

    The package runs the models, seeds and definitions that stand beside it, so that an installed copy of the
    package alone can do nothing.
    """
    if not (folder / "dbt_project.yml").is_file():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The command `measures` was installed without its project: models and definitions are not here.",
            [str(folder)],
            "Run it from a clone of the project, as its README says.",
        )


@cache
def code_version(folder: Path = PROJECT) -> dict[str, str]:
    """
    Return what tells one version of the project from another.

    `version` is that of the package, `code` the SHA-256 over the names and contents of all files that the
    numbers follow from, `code_but_definitions` over those that are no definitions, `lock` that of the locked
    packages.
    """
    files = [file for part in CODE for file in (folder / part).rglob("*") if is_source(file)]
    code, but_definitions = hashlib.sha256(), hashlib.sha256()
    for file in sorted([*files, *(folder / name for name in CONFIGURATION)]):
        name, content = file.relative_to(folder), file.read_bytes()
        told = f"{name.as_posix()} {len(content)}\n".encode() + content
        code.update(told)
        if name.parts[0] != DEFINITIONS:
            but_definitions.update(told)
    return {
        "version": metadata.version("csc-measures"),
        "code": code.hexdigest(),
        "code_but_definitions": but_definitions.hexdigest(),
        "lock": hashlib.sha256((folder / LOCK).read_bytes()).hexdigest(),
    }


def is_source(file: Path) -> bool:
    """Say whether a file was written by people: Python keeps what it has compiled beside it."""
    return file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")


@cache
def check_versions(lock: Path = PROJECT / LOCK) -> None:
    """
    Stop with 60 unless every package of the lock file that is installed has a version that is written there.

    Another DuckDB may write files that readers cannot read, another dbt build otherwise than was tested.
    """
    locked: dict[str, set[str]] = {}
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        locked.setdefault(package["name"], set()).add(package.get("version", ""))
    told = [each.metadata for each in metadata.distributions()]  # which is parsed at each asking
    installed = {re.sub(r"[-_.]+", "-", each["Name"]).lower(): each["Version"] for each in told}
    others = [
        f"{name} {installed[name]}, where the lock file has {' or '.join(sorted(versions))}"
        for name, versions in sorted(locked.items())
        if name in installed and installed[name] not in versions
    ]
    if others:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The installed packages are not those of the lock file.",
            others,
            "Type in the project's folder: .uv/bin/uv sync --locked",
        )
