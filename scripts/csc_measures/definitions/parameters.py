"""
Read the limits and choices that the council may change, and the values that hold in a run.

`definitions/parameters.yml` is the one place where a parameter is described. The definitions name those that
they depend on, and SQL reads them as `parameter('name')`: the value that dbt is given as a variable of that
name, else the default. dbt cannot read that file, so `python -m csc_measures.definitions.parameters` writes
the defaults to a macro.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from csc_measures.definitions.entries import faults_of_parameter
from csc_measures.definitions.files import load_entries, stop_at
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

Value = bool | int | float | str

FILE = "parameters.yml"
DEFAULTS = Path("macros/parameter_defaults.sql")
WRITE = "python -m csc_measures.definitions.parameters"
HEADING = f"""\
{{# The default of each parameter. Written by `{WRITE}`: change definitions/{FILE}, not this file. #}}
{{% macro parameter_defaults() %}}
    {{{{ return({{"""
ENDING = """\
    }) }}
{% endmacro %}
"""


@dataclass(frozen=True)
class Parameter:
    """A limit or a choice: a number in a range, both ends included, or one of its choices."""

    name: str
    default: Value
    meaning: str
    unit: str | None = None
    range: tuple[float, float] | None = None
    choices: tuple[Value, ...] = ()

    def read(self, given: Any) -> Value:
        """
        Return a value that was given for the parameter; a text is read as YAML reads it.

        Raises ValueError when it is not one of the choices or lies outside the range, saying what to write.
        """
        value = _as_yaml(given) if isinstance(given, str) else given
        if self.range is None:
            if not any(value == choice and type(value) is type(choice) for choice in self.choices):
                raise ValueError(f"is not one of {self.allowed}")
        elif isinstance(value, bool) or not isinstance(value, (int, type(self.default))):
            raise ValueError(f"is not a number as it takes; write {self.allowed}")
        elif not self.range[0] <= value <= self.range[1]:
            raise ValueError(f"is outside its range; write {self.allowed}")
        return value

    @property
    def allowed(self) -> str:
        """Say which values it takes."""
        if self.range is None:
            return ", ".join(map(as_text, self.choices))
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        return f"{kind} from {self.range[0]} to {self.range[1]} ({self.unit})"


def _as_yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def as_text(value: Value) -> str:
    """Write a value as the register shows it and as YAML reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_parameters(root: Path = PROJECT) -> dict[str, Parameter]:
    """
    Read and check `<root>/definitions/parameters.yml`; return the parameters by name.

    Raises Stop (60) that lists every fault by parameter and key.
    """
    entries = load_entries(root / "definitions" / FILE)
    faults = [
        f"definitions/{FILE}, parameter {entry.get('name', order)}, {fault}."
        for order, entry in enumerate(entries, start=1)
        for fault in faults_of_parameter(entry)
    ]
    stop_at(faults)
    parameters = [
        Parameter(
            name=entry["name"],
            default=entry["default"],
            meaning=entry["meaning"],
            unit=entry.get("unit"),
            range=tuple(entry["range"]) if "range" in entry else None,
            choices=tuple(entry.get("choices", ())),
        )
        for entry in entries
    ]
    stop_at(_faults_together(parameters))
    return {parameter.name: parameter for parameter in parameters}


def _faults_together(parameters: Iterable[Parameter]) -> Iterable[str]:
    seen = set()
    for parameter in parameters:
        if parameter.name in seen:
            yield f"definitions/{FILE}, parameter {parameter.name}: stands twice; describe it once."
        seen.add(parameter.name)
        try:
            parameter.read(parameter.default)
        except ValueError as fault:
            yield f"definitions/{FILE}, parameter {parameter.name}, key default: {fault}."


def read_value(parameters: Mapping[str, Parameter], name: str, given: Any) -> Value:
    """Return a value given for a parameter; raise ValueError for an unknown name or what it cannot take."""
    if name not in parameters:
        nearest = difflib.get_close_matches(name, parameters, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"see definitions/{FILE}"
        raise ValueError(f"is no parameter; {hint}")
    return parameters[name].read(given)


def values_in_force(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """
    Return the value of every parameter: the one given for it, else its default.

    Raises Stop (60) that lists every name that is no parameter and every value that one cannot take.
    """
    values = {name: parameter.default for name, parameter in parameters.items()}
    faults = []
    for name, value in given.items():
        try:
            values[name] = read_value(parameters, name, value)
        except ValueError as fault:
            faults.append(f"{name} {fault}")
    if faults:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"Parameters cannot be used as given: {len(faults)} fault(s).",
            where=faults,
            next_step=f"Mend what is named above; definitions/{FILE} describes every parameter.",
        )
    return values


def written_defaults(parameters: Mapping[str, Parameter]) -> str:
    """Return the macro that gives dbt the default of each parameter."""
    lines = [f"        {name!r}: {parameter.default!r}," for name, parameter in sorted(parameters.items())]
    return "\n".join([HEADING, *lines, ENDING])


def check_defaults(root: Path = PROJECT) -> None:
    """Stop with 60 when the defaults that dbt reads are not those of the definitions."""
    if (root / DEFAULTS).read_text(encoding="utf-8") != written_defaults(read_parameters(root)):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            f"definitions/{FILE} was changed, and dbt does not know it yet.",
            [str(DEFAULTS)],
            f"Type: {WRITE}",
        )


if __name__ == "__main__":
    (PROJECT / DEFAULTS).write_text(written_defaults(read_parameters()), encoding="utf-8")
    sys.stdout.write(f"{DEFAULTS}\n")
