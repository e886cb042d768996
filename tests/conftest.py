"""
What the tests share: the command line, a night on the invented return and one on a small invented council.

A night takes most of a minute, so each is done once for all tests; a test that changes a warehouse copies it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from csc_measures.returns.ssda903.importing import import_ssda903
from invented_return import write_invented_return

KEY = "the key of the tests"
RETURN_AS_AT = date(2025, 4, 14)
COUNCIL_AS_AT = date(2026, 4, 14)
COUNCIL_CHILDREN = 6_000


@dataclass(frozen=True)
class Place:
    """A landing folder and a warehouse, the date described, and how the last command there ended."""

    landing: Path
    warehouse: Path
    as_at: date
    result: subprocess.CompletedProcess[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a run here."""
        return {
            "CSC_LANDING_DIR": str(self.landing),
            "CSC_WAREHOUSE_DIR": str(self.warehouse),
            "CSC_AS_AT": self.as_at.isoformat(),
            "CSC_PSEUDONYM_KEY": KEY,
        }

    def query(self, sql: str) -> list[tuple]:
        """Ask the published warehouse, as a reader does."""
        with duckdb.connect(self.warehouse / "measures.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def contents(self, *, of: str = "%") -> dict[str, tuple[int, int]]:
        """Return the number of rows and a sum of row hashes of each published mart but the list of runs."""
        names = self.query(
            "select table_name from duckdb_tables() "
            f"where schema_name = 'marts' and table_name <> 'runs' and table_name like '{of}'"
        )
        return {
            name: self.query(f"select count(*), coalesce(sum(hash(t)), 0) from marts.{name} as t")[0]
            for (name,) in names
        }


def run_measures(
    *arguments: object,
    environment: dict[str, str] | None = None,
    processors: int | None = None,
    folder: Path = Path(__file__).parent.parent,
) -> subprocess.CompletedProcess[str]:
    """Run the command line as an operator does, in a folder; with `processors`, on so many of them."""
    command = [str(Path(sys.executable).with_name("measures")), *map(str, arguments)]
    if processors:
        command = ["taskset", "--cpu-list", f"0-{processors - 1}", *command]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CSC_")}
    return subprocess.run(
        command,
        env={**inherited, **(environment or {})},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Import the invented return of one year and do the nightly job on it; to be read only."""
    folder = tmp_path_factory.mktemp("night")
    place = Place(folder / "landing", folder / "warehouse", RETURN_AS_AT)
    import_ssda903(write_invented_return(folder / "2025"), place.landing)
    result = run_measures("nightly", environment=place.environment)
    assert result.returncode in (0, 10), result.stdout + result.stderr
    return Place(place.landing, place.warehouse, place.as_at, result)


@pytest.fixture(scope="session")
def council_night(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Invent a small council and do the nightly job on it; to be read only."""
    from csc_measures.demo import write_council

    folder = tmp_path_factory.mktemp("council")
    place = Place(folder / "landing", folder / "warehouse", COUNCIL_AS_AT)
    write_council(place.landing, children=COUNCIL_CHILDREN, as_at=place.as_at)
    result = run_measures("nightly", environment=place.environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return Place(place.landing, place.warehouse, place.as_at, result)


@pytest.fixture
def copied_night(night: Place, tmp_path: Path) -> Place:
    """Copy the night on the invented return, to be changed at will."""
    shutil.copytree(night.warehouse, tmp_path / "warehouse", symlinks=True)
    shutil.copytree(night.landing, tmp_path / "landing")
    return Place(tmp_path / "landing", tmp_path / "warehouse", night.as_at)
