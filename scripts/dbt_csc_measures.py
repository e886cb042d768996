"""
Have dbt look at the feeds whenever it has read the project, and end there when one has slipped.

Each population is then labelled with the measures that it feeds, so that dbt finds a measure by its number.

dbt takes its plugins from the modules whose names begin with `dbt_`, and shows them what it has read before
it does anything with it. What a slip is, `csc_measures.definitions.feeds` says. From then on no error of
DuckDB quotes a row, whoever runs dbt, a node that is done leaves nothing behind, and of the nodes that can
be built that one goes first for which the longest chain of others waits.
"""

from __future__ import annotations

import os
import threading
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
from dbt.context.base import BaseContext
from dbt.flags import get_flags
from dbt.graph.queue import GraphQueue
from dbt.plugins.manager import dbt_hook, dbtPlugin
from dbt.task.base import BaseRunner
from dbt.task.runnable import GraphRunnableTask

from csc_measures import memory
from csc_measures.definitions.feeds import label_populations, slipped, slips_in_feeds
from csc_measures.night import spark
from csc_measures.night.discretion import without_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbt.contracts.graph.manifest import Manifest
    from dbt.plugins.contracts import PluginArtifacts
    from networkx import DiGraph


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


def longest_chain_first(_: GraphQueue, graph: DiGraph) -> dict[str, tuple[int, int]]:
    """
    Return the rank of each node in dbt's queue, of which the least goes first.

    It is the length of the longest chain of nodes that wait for this one, and the number of nodes that it is
    made from, both negated. By itself dbt goes through the graph level by level, so that the longest chain,
    which ends in the largest mart, is left to the end, where all threads but one are idle.
    """
    order = list(TopologicalSorter({node: graph.predecessors(node) for node in graph}).static_order())
    made_from: dict[str, set[str]] = {}
    for node in order:
        made_from[node] = set().union(*({each, *made_from[each]} for each in graph.predecessors(node)))
    chains: dict[str, int] = {}
    for node in reversed(order):
        chains[node] = 1 + max((chains[each] for each in graph.successors(node)), default=0)
    return {node: (-chains[node], -len(made_from[node])) for node in order}


def one_ahead(submit: Callable[..., None]) -> Callable[..., None]:
    """
    Return a `GraphRunnableTask._submit` that comes back when no more than one node waits for a free thread.

    dbt by itself hands over all that can be built at once, and what comes later waits behind it, whatever its
    rank.
    """

    def submitting(task: GraphRunnableTask, *what: Any) -> None:
        submit(task, *what)
        queue, threads = task.job_queue, task.config.threads
        with queue.some_task_done:
            queue.some_task_done.wait_for(lambda: len(queue.in_progress) <= threads)

    return submitting


contexts = Contexts()
BaseContext.to_dict = contexts.note(BaseContext.to_dict)
BaseRunner.safe_run = contexts.forget_after(BaseRunner.safe_run)
GraphQueue._get_scores = longest_chain_first
GraphRunnableTask._submit = one_ahead(GraphRunnableTask._submit)
memory.free_late()
plugins = [FeedsOfTheProject]
DuckDBCursorWrapper.execute = without_values(DuckDBCursorWrapper.execute)
