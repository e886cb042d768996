"""
Run `dbt build` beside the night, show its progress and tell what failed, without a data value.

In the companion (`python -m csc_measures.night.building`) dbt is imported at once, reads the project while
the night lands the extracts, and builds it when ordered. In the night, `prepare` and `build` give these
two orders.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from rich.progress import Progress

from csc_measures import memory
from csc_measures.definitions.feeds import label_populations, slipped, slips_in_feeds
from csc_measures.definitions.parameters import Value
from csc_measures.night import artefacts, spark
from csc_measures.night.companion import Companion, answering, orders
from csc_measures.night.spark import Workplace
from csc_measures.night.untold import tag_untold
from csc_measures.stop import NO_ROOM, ExitCode, Stop, explain

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult, TimingInfo
    from dbt.contracts.graph.nodes import ManifestNode
    from dbt_common.events.base_types import BaseEvent, EventMsg
    from dbt_common.events.event_manager import EventManager
    from jinja2 import Environment

# Errors in the text of a statement, found before it reads a row.
OF_THE_STATEMENT = ("Binder Error", "Catalog Error", "Parser Error", "Compilation Error", "Spark Error")
NIGHTLY = "nightly"  # the profile's target
SHOWN_FAILURES = 20
SHOWN_SENTENCES = 10


@dataclass(frozen=True)
class Build:
    """
    What a build did: its nodes by kind, the seconds during which any of them ran, and the marts described.

    Shape of `docs`: {mart: {"description": text, "columns": {column: text}}}.
    """

    nodes: dict[str, int]
    seconds_in_nodes: float
    docs: dict[str, dict]

    def __str__(self) -> str:
        """Say how many nodes of each kind were built."""
        return ", ".join(f"{n} {kind}s" for kind, n in self.nodes.items())


def prepare(
    dbt: Companion,
    values: Mapping[str, Value],
    target: Path,
    logs: Path,
    told: Path,
    workplace: Workplace | None = None,
) -> None:
    """
    Let dbt read the project while the night goes on; what is wrong with it, `build` will tell.

    `values` are those of the parameters; `target` is where dbt keeps what it has parsed, `logs` where it
    keeps its log, and `told` the folder for its artefacts. With a `workplace`, Spark is started meanwhile.
    """
    arguments = ["parse", *common_arguments(values, target, logs, workplace)]
    started = {"folder": str(workplace.folder), "master": workplace.master} if workplace else None
    dbt.order(parse=arguments, told=str(told), spark=started)


def build(
    dbt: Companion,
    landed: Path,
    values: Mapping[str, Value],
    target: Path,
    logs: Path,
    progress: Progress,
    workplace: Workplace | None = None,
) -> Build:
    """
    Build and test what the landed extracts can tell, in DuckDB, or in Spark where there is a `workplace`.

    `values`, `target`, `logs` and `workplace` are those of `prepare`. Raises Stop: 30 when a node failed or
    the project does not parse, 50 when there was no room.
    """
    arguments = [
        *("--exclude-resource-type", "unit_test"),
        *("--exclude-resource-type", "exposure"),  # nothing to build
        *("--indirect-selection", "cautious"),  # a test of several models is made when some are left out
        *common_arguments(values, target, logs, workplace),
    ]
    dbt.order(build=["build", *arguments], landed=str(landed))
    task = progress.add_task("dbt", total=None)
    for answer in dbt.answers():
        if "total" in answer:
            progress.update(task, total=answer["total"])
        elif "node" in answer:
            progress.update(task, advance=1, description=f"dbt {answer['node']}")
        else:
            progress.remove_task(task)
            dbt.wait()
            return judge(answer, logs / "dbt.log")
    progress.remove_task(task)
    raise dbt.ended_early()


def common_arguments(
    values: Mapping[str, Value], target: Path, logs: Path, workplace: Workplace | None = None
) -> list[str]:
    """Return the arguments that both of dbt's orders have: equal ones, or it would read the project twice."""
    return [
        *("--target", spark.TARGET if workplace else NIGHTLY),
        *("--vars", json.dumps(values)),
        *("--warn-error-options", '{"error": ["Deprecations"]}'),
        *("--target-path", str(target)),
        *("--log-path", str(logs)),
        "--no-write-json",  # what is kept of them is written while the night lands the extracts
        *("--log-level", "none"),
        *("--log-level-file", "info"),
        "--no-use-colors-file",
    ]


def judge(answer: dict, log: Path) -> Build:
    """Turn the last answer of dbt into a Build, or stop and name the nodes that failed."""
    if answer["slips"]:
        raise slipped(answer["slips"])
    if answer["error"]:
        raise Stop(
            ExitCode.CHECK_FAILED,
            f"dbt could not start building: {answer['error']}.",
            [str(log)],
            "Read the log, mend the project and run the night again.",
        )
    failed = [node for node in answer["results"] if node["status"] in ("error", "fail", "runtime error")]
    if failed:
        skipped = sum(node["status"] == "skipped" for node in answer["results"])
        places = [line for node in failed[:SHOWN_FAILURES] for line in failure_told(node)]
        if len(failed) > SHOWN_FAILURES:
            places.append(f"and {len(failed) - SHOWN_FAILURES} more")
        what = f"dbt: {len(failed)} failed, {skipped} skipped; the last published generation stays served."
        if any(node["no_room"] for node in failed):
            next_step = f"Free disk, or give it more memory ({memory.more()}), then run the night again."
            raise Stop(ExitCode.OUT_OF_RESOURCES, what, [*places, str(log)], next_step)
        next_step = "Read the log, mend the cause and run the night again."
        raise Stop(ExitCode.CHECK_FAILED, what, [*places, str(log)], next_step)
    kinds = [node["kind"] for node in answer["results"] if node["kind"] != "operation"]
    return Build(
        nodes={kind: kinds.count(kind) for kind in sorted(set(kinds))},
        seconds_in_nodes=covered(node["ran"] for node in answer["results"] if node["ran"]),
        docs={node["name"]: node["doc"] for node in answer["results"] if node["doc"]},
    )


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Return the length that spans of time cover together, overlaps once."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def failure_told(node: dict) -> list[str]:
    """Say how a node failed, in a line, with what a test found wrong in lines of their own below."""
    found = [f"  {sentence}" for sentence in node["what_is_wrong"]]
    return [
        f"{node['kind']} {node['name']}: {how_failed(node)}",
        *found[:SHOWN_SENTENCES],
        *(["  and so on: see the log"] if len(found) > SHOWN_SENTENCES else []),
    ]


def how_failed(node: dict) -> str:
    """Say how a node failed: the rows that a test found, or the error as far as it cannot quote a row."""
    if node["status"] == "fail":
        return f"{node['failures']} rows fail"
    return "no room" if node["no_room"] else node["error"]


def main() -> None:
    """In the companion: read the project, build when ordered, answer and end, which closes the database."""
    memory.free_late()
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager import EventManager
    from jinja2 import Environment

    with answering() as answer:
        found: dict[str, list[str]] = {}

        EventManager.fire_event = without_debugging(EventManager.fire_event)
        Environment.compile = compiling_once(Environment.compile)  # type: ignore[assignment, method-assign]

        def tell(event: EventMsg) -> None:
            if event.info.name == "ConcurrencyLine":
                answer(total=event.data.node_count)
            elif event.info.name == "NodeFinished":
                answer(node=event.data.node_info.node_name)
            elif event.info.name == "JinjaLogInfo":  # macros/telling.sql
                name, _, sentence = event.data.msg.partition(": ")
                found.setdefault(name, []).append(sentence)

        orders_to_come = orders()
        order = next(orders_to_come)
        workplace = None
        if started := order["spark"]:
            workplace = Workplace(Path(started["folder"]), started["master"])
            spark.open_session(workplace)
        project, told = dbtRunner().invoke(order["parse"]).result, Path(order["told"])
        if project:
            label_populations(project)
            artefacts.write_manifest(project, told)
        slips = slips_in_feeds(project, Path.cwd()) if project else []
        order = next(orders_to_come)
        if slips:
            answer(slips=slips)
            return
        without = tag_untold(project, Path(order["landed"])) if project else []
        gc.freeze()  # what dbt has read lasts until the end: a look for cycles in it held up all threads
        if workplace:
            spark.show_landed(Path(order["landed"]), workplace.before)
        outcome = dbtRunner(project, callbacks=[tell]).invoke([*order["build"], *without])
        if outcome.exception and explain(outcome.exception).code != ExitCode.CHECK_FAILED:
            raise outcome.exception
        results = outcome.result.results if outcome.result else []
        artefacts.write_results(results, metadata.version("dbt-core"), told)
        answer(
            slips=[],
            error=type(outcome.exception).__name__ if outcome.exception else None,
            results=[result_as_answer(result, found.get(result.node.name, ())) for result in results],
        )
        if workplace:
            spark.close_session()
    gc.freeze()  # nor is there to be a look for them at the end


def without_debugging(fire: Callable[..., None]) -> Callable[..., None]:
    """
    Return an `EventManager.fire_event` that passes over what dbt says for debugging, but that a node is done.

    That is six of seven events, the text of every statement among them, which no log of a night keeps.
    """
    from dbt.events.types import NodeFinished
    from dbt_common.events.base_types import EventLevel

    def firing(manager: EventManager, event: BaseEvent, level: EventLevel | None = None, **how: Any) -> None:
        if (level or event.level_tag()) != EventLevel.DEBUG or isinstance(event, NodeFinished):
            fire(manager, event, level, **how)

    return firing


def compiling_once(compile_anew: Callable[..., CodeType]) -> Callable[..., CodeType]:
    """
    Return an `Environment.compile` of Jinja that compiles each text once, however often dbt comes by it.

    Hundreds of columns are described by the same doc blocks, and hundreds of tests have the same text.
    Reading the project, for which a first night waits, takes a tenth less processor time.
    """
    compiled: dict[tuple[object, ...], CodeType] = {}

    def compile_once(environment: Environment, *source: object) -> CodeType:
        what = (type(environment), *source)
        if what not in compiled:
            compiled[what] = compile_anew(environment, *source)
        return compiled[what]

    return compile_once


def result_as_answer(result: NodeResult, what_is_wrong: Sequence[str] = ()) -> dict:
    """Tell of a node what the night needs to know: never its message, which may quote a row."""
    return {
        "name": result.node.name,
        "kind": result.node.resource_type.value,
        "status": result.status.value,
        "ran": span(result.timing),
        "failures": result.failures,
        "error": error_told(result.message),
        "what_is_wrong": list(what_is_wrong),
        "no_room": bool(NO_ROOM.search(result.message or "")),
        "doc": describe(result.node) if result.node.schema == "marts" else None,
    }


def describe(mart: ManifestNode) -> dict:
    """Return the descriptions of a mart and of its columns."""
    columns = {name: column.description for name, column in getattr(mart, "columns", {}).items()}
    return {"description": mart.description, "columns": columns}


def span(timing: list[TimingInfo]) -> tuple[float, float] | None:
    """Return when a node started and ended, in seconds, from dbt's timing of its phases."""
    moments = [
        moment.timestamp() for phase in timing for moment in (phase.started_at, phase.completed_at) if moment
    ]
    return (min(moments), max(moments)) if moments else None


def error_told(message: str | None) -> str:
    """
    Return the kind of the innermost error in a message of dbt, such as `Conversion Error`.

    What it says comes with it when it is of the text of a statement: later errors may quote a row.
    """
    kinds = list(re.finditer(r"^\s*((?:[A-Z][a-z]+ ){1,2}Error)\b", message or "", re.MULTILINE))
    if not message or not kinds:
        return "error"
    kind = kinds[-1][1]
    if kind not in OF_THE_STATEMENT:
        return kind
    said, *_ = re.split(r"\n\s*(?:LINE \d+:|compiled code at)", message[kinds[-1].end() :])
    return " ".join(f"{kind}{said}".split())


if __name__ == "__main__":
    main()
