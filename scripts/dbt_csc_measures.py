"""
Have dbt look at the feeds whenever it has read the project, and end there when one has slipped.

Each population is then labelled with the measures that it feeds, so that dbt finds a measure by its number.

dbt takes its plugins from the modules whose names begin with `dbt_`, and shows them what it has read before
it does anything with it. What a slip is, `csc_measures.definitions.feeds` says. From then on no error of
DuckDB quotes a row, whoever runs dbt, and a node that is done leaves nothing behind.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
from dbt.context.base import BaseContext
from dbt.flags import get_flags
from dbt.plugins.manager import dbt_hook, dbtPlugin
from dbt.task.base import BaseRunner

from csc_measures import memory
from csc_measures.definitions.feeds import label_populations, slipped, slips_in_feeds
from csc_measures.night import spark
from csc_measures.night.discretion import without_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbt.contracts.graph.manifest import Manifest
    from dbt.plugins.contracts import PluginArtifacts


PRIVATE = 0o077


class FeedsOfTheProject(dbtPlugin):
    """Look at the feeds of the project that dbt has read, and keep what dbt writes to its owner."""

    def initialize(self) -> None:
        """Let nobody else read what dbt writes, by hand too, nor the log that it has begun already."""
        os.umask(PRIVATE)
        flags = get_flags()
        for folder in (Path(flags.LOG_PATH), Path(flags.PROJECT_DIR, flags.TARGET_PATH or "target")):
            for path in (folder, *folder.glob("*")) if folder.is_dir() else ():
                path.chmod(path.stat().st_mode & ~PRIVATE)
        if flags.TARGET == spark.TARGET:
            spark.stay_in_session()

    @dbt_hook
    def get_manifest_artifacts(self, manifest: Manifest) -> PluginArtifacts:
        """Raise Stop that names every slip, else let measures be found; nothing else is to be written."""
        root = Path(get_flags().PROJECT_DIR)
        if slips := slips_in_feeds(manifest, root):
            raise slipped(slips)
        label_populations(manifest, root)
        return {}


class Contexts(threading.local):
    """
    What dbt has rendered the texts of this thread's node in, dictionaries of every macro, until it is done.

    Each refers to itself, so that Python could free it only by a look for cycles: half of what those freed,
    and a fifth of the processor time of the truth tables.
    """

    def __init__(self) -> None:
        """Begin without a node: what is made while the project is read belongs to none."""
        self.made: list[dict[str, Any]] | None = None

    def note(
        self, to_dict: Callable[[BaseContext], dict[str, Any]]
    ) -> Callable[[BaseContext], dict[str, Any]]:
        """Return a `BaseContext.to_dict` that keeps in mind what it makes."""

        def noted(context: BaseContext) -> dict[str, Any]:
            made = to_dict(context)
            if self.made is not None:
                self.made.append(made)
            return made

        return noted

    def forget_after(
        self, run: Callable[[BaseRunner, Manifest], Any]
    ) -> Callable[[BaseRunner, Manifest], Any]:
        """Return a `BaseRunner.safe_run` that empties them when its node is done."""

        def forgetting(runner: BaseRunner, manifest: Manifest) -> Any:
            self.made = made = []
            try:
                return run(runner, manifest)
            finally:
                self.made = None
                for context in made:
                    context.clear()

        return forgetting


contexts = Contexts()
BaseContext.to_dict = contexts.note(BaseContext.to_dict)
BaseRunner.safe_run = contexts.forget_after(BaseRunner.safe_run)
memory.free_late()
plugins = [FeedsOfTheProject]
DuckDBCursorWrapper.execute = without_values(DuckDBCursorWrapper.execute)
