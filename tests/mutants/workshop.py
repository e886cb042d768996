"""
Where mutants are tried: a copy of the project, beside nights and a build that were made without a mutant.

A mutant of SQL meets the truth tables that can see it, many at once where they do not see each other. One
that passes them is built on a small council with all that reads it, tested as in a night, and compared with
the recomputation. A mutant of Python meets the test files of its folder: on the nights made before and, if it
passes them, on nights of its own.
"""

from __future__ import annotations

import json
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import yaml

from csc_measures.project import PROJECT

from .mutant import Mutant, WrongMutant, within

sys.path.append(str(PROJECT / "tests"))  # where pytest finds them, too
from conftest import Place, copy_project, run
from recomputation import compare, counting
from recomputation.calendar import last_complete_months
from recomputation.extracts import Council

DATABASE = Path("dev", "measures.duckdb")
SLIPPED = "What the populations feed cannot be counted"
FAILED = re.compile(r"^(?:FAILED|ERROR) (?:tests/)?([^\s[]+)", re.MULTILINE)


class Nights:
    """Nights done without a mutant, where pytest keeps them, and what the council's comes to."""

    def __init__(self, folder: Path) -> None:
        """Name the folder: pytest's `--kept`."""
        self.folder = folder

    @property
    def council(self) -> Place:
        """The night on a small council."""
        return pickle.loads((self.folder / "a_council_night.pickle").read_bytes())

    @cached_property
    def recomputed(self) -> dict[int, dict[str, dict[counting.Key, counting.Cell]]]:
        """The cells of every measure, worked out from the council's extracts without any SQL."""
        extracts = Council(self.council.landing, self.council.as_at)
        ends = last_complete_months(self.council.as_at, self.council.months)
        return {
            number: counting.count(extracts, number, measure, ends)
            for number, measure in compare.written().items()
        }

    def differing(self, warehouse: Path) -> set[counting.Statistic]:
        """Return the statistics that a warehouse built from the council's extracts has otherwise."""
        published = compare.published(warehouse, self.recomputed)
        found = [
            compare.compare_cells(statistic, cells[statistic.name], published[number, statistic.name])
            for number, cells in self.recomputed.items()
            for statistic in counting.statistics()
            if statistic.number == number
        ]
        return {each.statistic for each in found if each.differ}


class Workshop:
    """A copy of the project to mutate, and a warehouse built from it before."""

    def __init__(self, folder: Path, nights: Nights) -> None:
        """Copy the project; nights are shared between workshops."""
        self.nights = nights
        self.differing: set[counting.Statistic] = set()  # without a mutant, too
        self.manifest: dict[str, dict] = {}  # what dbt knows of the project without a mutant
        self.warehouse = folder / "warehouse"
        self.project = copy_project(folder / "project")
        for command in (
            ("init", "--quiet"),
            ("add", "--all"),
        ):  # the tests ask git for the files of the project
            subprocess.run(["git", *command], cwd=self.project, check=True)

    def copy(self, folder: Path) -> Workshop:
        """Set up another workshop like this one."""
        other = Workshop(folder, self.nights)
        other.differing, other.manifest = self.differing, self.manifest
        for part in ("warehouse", "project/target"):
            if (self.warehouse.parent / part).is_dir():
                shutil.copytree(self.warehouse.parent / part, folder / part, symlinks=True)
        return other

    # --- pytest

    def failing_test(self, tests: Iterable[str], *, processes: int = 0, anew: bool = False) -> str:
        """Run tests until one fails; return its name, or nothing. `anew`: on nights of their own."""
        kept = () if anew else ("--kept", self.nights.folder)
        options = ("-x", f"-n{processes}", "-p", "no:cacheprovider", *kept)
        done = run("pytest", *options, *tests, folder=self.project)
        if done.returncode == 0:
            return ""
        if found := FAILED.search(done.stdout):
            return found[1]
        raise WrongMutant(f"pytest {' '.join(tests)}\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")

    # --- dbt

    def build(self) -> None:
        """Build the warehouse of a small council; stop when the project as it is does not pass its tests."""
        self.warehouse.mkdir(parents=True)
        (self.warehouse / "landed").symlink_to((self.nights.council.warehouse / "landed").resolve())
        if failed := self.failing_node(self.warehouse, "build"):
            raise WrongMutant(f"Without a mutant, the {failed} fails.")
        self.differing = self.nights.differing(self.warehouse / "dev")
        self.manifest = json.loads((self.project / "target" / "manifest.json").read_text(encoding="utf-8"))

    def truth_tables(self, mutants: Sequence[Mutant]) -> dict[Mutant, str]:
        """Return the truth table that each mutant fails; of several mutants, none may see another's model."""
        models = {mutant: self.models_of(mutant) for mutant in mutants}
        selected = [f"{model},test_type:unit" for seen in models.values() for model in seen]
        failing: dict[Mutant, str] = {}
        if not selected:
            return failing
        with within(self.project, *mutants):
            one_is_enough = ["--fail-fast"] if len(mutants) == 1 else []
            results = self.dbt(self.warehouse, "test", *one_is_enough, "--select", *selected)
        for mutant, seen in models.items():
            tables = [
                (name.split(".")[3], status)
                for name, status in results
                if name.startswith("unit_test.") and name.split(".")[2] in seen
            ]
            if failed := [table for table, status in tables if status == "fail"]:
                failing[mutant] = failed[0]
            elif any(status == "error" for _, status in tables):
                raise WrongMutant(f"{mutant}\n  It does not run.")
        return failing

    def failing_build(self, mutant: Mutant) -> str:
        """Build a mutant and what reads it; return the node that fails, or the measures that differ."""
        trial = self.warehouse.with_name("trial")
        shutil.rmtree(trial, ignore_errors=True)
        (trial / "dev").mkdir(parents=True)
        (trial / "landed").symlink_to((self.warehouse / "landed").resolve())
        shutil.copy(self.warehouse / DATABASE, trial / DATABASE)
        read = [f"{model}+" for model in self.models_of(mutant)]
        with within(self.project, mutant):
            failed = self.failing_node(trial, "build", "--fail-fast", "--select", *read)
        differing = set() if failed else self.nights.differing(trial / "dev") - self.differing
        numbers = sorted({each.number for each in differing})
        return failed or (f"recomputation of {', '.join(map(str, numbers))}" if numbers else "")

    def failing_node(self, warehouse: Path, *command: str) -> str:
        """Run dbt without truth tables; return the node that fails, or nothing."""
        results = self.dbt(warehouse, *command, "--exclude-resource-type", "unit_test")
        failed = [name for name, status in results if status in ("error", "fail", "runtime error")]
        return f"build of {failed[0].split('.')[2]}" if failed else ""

    def models_of(self, mutant: Mutant) -> list[str]:
        """Return the models in which a mutant shows: those of its file, or those that call its macro."""
        file = self.project / mutant.file
        if file.suffix == ".yml":
            return [model["name"] for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]]
        if not mutant.file.startswith("macros/"):
            return [file.stem]
        known = self.manifest["macros"]
        macros = {
            key
            for key, macro in known.items()
            if macro["original_file_path"] == mutant.file and mutant.find in macro["macro_sql"]
        }
        while callers := {
            key for key in known.keys() - macros if macros & {*known[key]["depends_on"]["macros"]}
        }:
            macros |= callers
        return [
            node["name"]
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model" and macros & set(node["depends_on"]["macros"])
        ]

    def dbt(self, warehouse: Path, *command: str) -> list[tuple[str, str]]:
        """Run dbt in the copy; return the status of every node, or of the feeds when they have slipped."""
        told = self.project / "target" / "run_results.json"
        told.unlink(missing_ok=True)
        done = run(
            *("dbt", "--quiet", *command),
            *("--indirect-selection", "eager", "--log-level-file", "none"),
            environment={"CSC_WAREHOUSE_DIR": str(warehouse)},
            folder=self.project,
        )
        if not told.exists() and SLIPPED in done.stdout:
            return [("slip.csc_measures.feeds", "error")]
        if not told.exists():
            raise WrongMutant(f"dbt {' '.join(command)}\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
        return [(node["unique_id"], node["status"]) for node in json.loads(told.read_text())["results"]]
