"""Read a file of the definitions, a list of entries in YAML, and stop with every fault found; write rows."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from csc_measures.stop import ExitCode, Stop


class _Loader(yaml.CSafeLoader):
    """A YAML loader that refuses a key written twice, which YAML itself would settle in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
                )
        return super().construct_mapping(node, deep)


def load_entries(path: Path) -> list[dict[str, Any]]:
    """Read the entries of a file. Raises Stop (60), with the line, when it is not a list of entries."""
    try:
        with path.open(encoding="utf-8") as file:
            entries = yaml.load(file, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "unknown"
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The definitions cannot be read.",
            where=[f"definitions/{path.name}, line {line}: {error.problem}"],
            next_step="Mend that line: the file must be YAML, a list of entries.",
        ) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The definitions cannot be read.",
            where=[f"definitions/{path.name}: is not a list of entries"],
            next_step="Begin each entry of the file with a dash and indent its other keys below the first.",
        )
    return entries


def stop_at(faults: Iterable[str]) -> None:
    """Raise Stop (60) with the faults, when there are any."""
    faults = list(faults)
    if faults:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"The definitions cannot be used: {len(faults)} fault(s).",
            where=faults,
            next_step="Mend what is named above; definitions/README.md explains every key.",
        )


def write_rows(path: Path, rows: list[dict[str, Any]], columns: Mapping[str, pa.DataType]) -> None:
    """Write rows as Parquet, with these columns and their types, in this order."""
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items()))), path)
