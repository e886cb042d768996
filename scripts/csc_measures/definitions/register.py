"""
Read what each measure means, and write it down as the register that dbt and the marts use.

`definitions/*.yml` are data that the council and the supplier own together; `definitions/README.md` explains
every key. Landing calls `write_register` once a night. A definition that cannot be used stops the run before
anything is landed, with the file, measure and key of every fault.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from csc_measures.definitions.entries import (
    LOCAL_FIGURE,
    LONG_LIST,
    NAMES,
    PUBLISHED_FIGURE,
    faults_of_entry,
    faults_of_outcome,
    faults_of_work_area,
    look_back_of,
    needed_column_of,
    needs_of,
    refines_of,
)
from csc_measures.definitions.files import load_entries, stop_at, write_rows
from csc_measures.definitions.parameters import FILE as PARAMETERS
from csc_measures.definitions.parameters import Parameter, Value, as_text, read_parameters
from csc_measures.project import PROJECT

REGISTER_FILES = ("measures_register.parquet", "measure_needs.parquet", "measure_parameters.parquet")
DECIMALS = {"count": 0, "max": 0, "days": 0}
"""Decimals to show of a unit, where a statistic does not say otherwise; one of any other (C21)."""
INTEGER, NUMBER, TEXT, BOOLEAN = pa.int32(), pa.float64(), pa.string(), pa.bool_()

REGISTER_COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "measure_number": (INTEGER, "Number on the long list; 201 on for further measures."),
    "measure_id": (TEXT, "Name of the measure that does not change."),
    "statistic": (TEXT, "Name of the statistic within its measure."),
    "statistic_order": (INTEGER, "Place of the statistic in its definition, from 1."),
    "is_headline": (BOOLEAN, "Whether it is the one headline of its measure."),
    "unit": (TEXT, "Unit of the statistic: pct, count, mean, median, max, days or rate_per_10k."),
    "decimals": (INTEGER, "Decimals to show; values themselves are not rounded."),
    "clock": (TEXT, "What ytd and rolling_12m rows hold: flow, position, carried or year_to_date."),
    "meaning": (TEXT, "What the statistic says, when it is not simply the headline; else null."),
    "title": (TEXT, "Title as the long list has it, bracketed remark apart."),
    "short_title": (TEXT, "Title of at most 60 characters, for where there is little room."),
    "remark": (TEXT, "Bracketed remark of the title; null: none."),
    "outcome": (TEXT, "Outcome of the Children and Young People's plan."),
    "mart": (TEXT, "Measure table that holds it: safe_from_harm, full_potential and so on."),
    "objectives": (TEXT, "Objectives of the outcome that it serves, one a line."),
    "side": (TEXT, "activity (activity and quality) or impact."),
    "long_list_existing": (TEXT, "The long list's word on existing collection; null beyond the list."),
    "long_list_target": (TEXT, "The long list's word on a target; null beyond the list."),
    "long_list_direction_of_travel": (
        TEXT,
        "The long list's word on direction of travel; null beyond the list.",
    ),
    "work_area": (TEXT, "Subject of the measure."),
    "work_area_title": (TEXT, "What the work area is called."),
    "search_words": (TEXT, "Other words that people look for it by, separated by semicolons."),
    "why_it_matters": (TEXT, "Why anybody should look at it."),
    "kind": (TEXT, "flow, stock, rolling or narrative."),
    "time_window": (TEXT, "Periods in the definition's words, separated by semicolons."),
    "measure_unit": (TEXT, "Unit of the measure's title."),
    "counts_what": (TEXT, "What one case is."),
    "denominator": (TEXT, "Who is in."),
    "numerator": (TEXT, "Who of them meets the test."),
    "exclusions": (TEXT, "Who is left out or stays in, one a line."),
    "date_basis": (TEXT, "Date that places a case in a period, or by which a position is judged."),
    "good": (TEXT, "high, low, or context when neither is better."),
    "breakdowns": (TEXT, "Breakdowns that the definition names, separated by semicolons."),
    "definition_status": (TEXT, "agreed, variant or proposed."),
    "assumptions": (TEXT, "Readings still to be agreed, one a line."),
    "statutory_source": (TEXT, "Law, guidance or national return behind it."),
    **{
        f"england_benchmark_{part}": (TEXT, f"Published figure for England: {what}; else null.")
        for part, what in PUBLISHED_FIGURE.items()
    },
    **{
        f"local_published_{part}": (
            TEXT,
            f"Published figure for the council: {PUBLISHED_FIGURE[part]}; else null.",
        )
        for part in LOCAL_FIGURE
    },
    "england_benchmark_number": (
        NUMBER,
        "Published figure for England as a number; null where there is none.",
    ),
    "local_published_number": (
        NUMBER,
        "Published figure for the council as a number; null where there is none.",
    ),
    "published_unit": (TEXT, "Unit of the published numbers; null where there are none."),
    "target_assumed": (TEXT, "Target for discussion, not agreed; null: none."),
    "target_assumed_basis": (TEXT, "What the assumed target rests on, where it stands apart."),
    "edge_cases": (TEXT, "Single cases and what becomes of each, one a line."),
    "notes": (TEXT, "Whatever else is worth knowing; null: nothing."),
    "reading": (TEXT, "From which columns it is read, and how open points were decided."),
    "owner": (TEXT, "Who answers for the definition."),
    "next_review": (TEXT, "When the definition is looked at again."),
    "needs": (TEXT, "Extracts without which the statistic is not_loaded, separated by semicolons."),
    "refines": (TEXT, "Extracts that only make it more exact, separated by semicolons; null: none."),
    "cases_extract": (TEXT, "Extract that holds the cases."),
    "cases_population": (
        TEXT,
        "Population which that extract must cover: all, looked_after or care_leavers.",
    ),
    "look_back_kind": (
        TEXT,
        "From where it reads before its period: none, start or end (of the period), quarter (the latest "
        "quarter end), ytd (1 April) or all.",
    ),
    "look_back_months": (
        INTEGER,
        "Months before that point without those of a parameter; null unless the kind is start, end or "
        "quarter.",
    ),
    "look_back_parameter": (TEXT, "Parameter whose months are added to them; null: none."),
    "last_period_only": (BOOLEAN, "Whether only the last period has a value; earlier ones are not_loaded."),
    "not_computable_reason": (TEXT, "Why the contract cannot hold it; null: it can be computed."),
    "definition_file": (TEXT, "File in definitions/ that holds the definition."),
    "definition_digest": (TEXT, "SHA-256 of what the definition says, values of its parameters apart."),
}

PARAMETERS_COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "measure_number": (INTEGER, "Number of the measure."),
    "parameter": (TEXT, "Parameter that its definition names."),
    "parameter_order": (INTEGER, "Place of the parameter in the definition, from 1."),
}

NEEDS_COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "measure_number": (INTEGER, "Number of the measure."),
    "statistic": (TEXT, "Name of the statistic within its measure."),
    "extract": (TEXT, "Extract of the contract."),
    "role": (TEXT, "needed (not_loaded without it) or refines (more exact with it)."),
    "needed_column": (TEXT, "Column of the extract that it cannot do without either; null: none."),
}


@dataclass(frozen=True)
class Outcome:
    """An outcome of the plan: its title, the mart of its measures and its objectives by key."""

    title: str
    mart: str
    objectives: dict[str, str]


@dataclass(frozen=True)
class Measure:
    """One definition as it was written, the outcome and the area it belongs to and the name of its file."""

    file: str
    outcome: Outcome
    work_area_title: str
    entry: dict[str, Any]

    @property
    def said(self) -> dict[str, Any]:
        """What the definition says: the entry without the names that it is found and shown by."""
        return {key: value for key, value in self.entry.items() if key not in NAMES}


@dataclass(frozen=True)
class Definitions:
    """All definitions, measures in the order of their numbers, and all parameters by name."""

    measures: tuple[Measure, ...]
    parameters: dict[str, Parameter]

    def version(self, values: Mapping[str, Value]) -> str:
        """
        Twelve hexadecimal digits that change with what the definitions say, not with their layout.

        `values` are those that differ from the parameters' defaults.
        """
        measures = [[measure.said, vars(measure.outcome)] for measure in self.measures]
        parameters = {name: vars(parameter) for name, parameter in self.parameters.items()}
        defaults = {name: parameter.default for name, parameter in self.parameters.items()}
        return _digest([measures, parameters, {**defaults, **values}])[:12]


def write_register(
    folder: Path, definitions: Definitions, values: Mapping[str, Value] = MappingProxyType({})
) -> str:
    """
    Write the definitions to the REGISTER_FILES, which dbt reads.

    Returns the definition version with those `values` of parameters that differ from their defaults. The same
    definitions give the same bytes.
    """
    contents = (
        (register_rows(definitions), REGISTER_COLUMNS),
        (needs_rows(definitions), NEEDS_COLUMNS),
        (parameters_rows(definitions), PARAMETERS_COLUMNS),
    )
    for name, (rows, columns) in zip(REGISTER_FILES, contents, strict=True):
        write_rows(folder / name, rows, {column: data_type for column, (data_type, _) in columns.items()})
    return definitions.version(values)


def read_definitions(root: Path = PROJECT) -> Definitions:
    """
    Read and check every definition in `<root>/definitions`.

    Raises Stop (60) that lists every fault by file, measure and key: a key that is not known or missing, a
    value that the key does not allow, an extract that is not in the contract, a parameter that is not
    described, a number or id used twice, or anything but one headline.
    """
    folder = root / "definitions"
    parameters = read_parameters(root)
    outcomes = _read_outcomes(folder / "outcomes.yml")
    work_areas = _read_work_areas(folder / "work_areas.yml")
    written = [
        (path.name, entry)
        for path in sorted(folder.glob("*.yml"))
        if path.name not in ("outcomes.yml", "work_areas.yml", PARAMETERS)
        for entry in load_entries(path)
    ]
    objectives = {outcome.title: outcome.objectives for outcome in outcomes.values()}
    faults = [
        f"definitions/{file}, measure {entry.get('n', 'without n')}, {fault}."
        for file, entry in written
        for fault in faults_of_entry(entry, objectives, parameters, work_areas)
    ]
    stop_at(faults or list(_repeated(written)))
    measures = [
        Measure(file, outcomes[entry["outcome"]], work_areas[entry["work_area"]], entry)
        for file, entry in written
    ]
    return Definitions(tuple(sorted(measures, key=lambda measure: measure.entry["n"])), parameters)


def _read_outcomes(path: Path) -> dict[str, Outcome]:
    entries = load_entries(path)
    stop_at(
        f"definitions/{path.name}, outcome {order}, {fault}."
        for order, entry in enumerate(entries, start=1)
        for fault in faults_of_outcome(entry)
    )
    return {
        entry["outcome"]: Outcome(entry["outcome"], entry["mart"], entry["objectives"]) for entry in entries
    }


def _read_work_areas(path: Path) -> dict[str, str]:
    entries = load_entries(path)
    stop_at(
        f"definitions/{path.name}, work area {order}, {fault}."
        for order, entry in enumerate(entries, start=1)
        for fault in faults_of_work_area(entry)
    )
    return {entry["work_area"]: entry["title"] for entry in entries}


def register_rows(definitions: Definitions) -> list[dict[str, Any]]:
    """Return one row per measure and statistic, in the definitions' order, with REGISTER_COLUMNS as keys."""
    return [
        _register_row(measure, order, statistic, digest)
        for measure in definitions.measures
        for digest in [_digest_of(measure, definitions.parameters)]
        for order, statistic in enumerate(measure.entry["statistics"], start=1)
    ]


def _digest_of(measure: Measure, parameters: Mapping[str, Parameter]) -> str:
    """Digest what a definition says and what its parameters mean; which values these have is apart."""
    named = [parameters[name] for name in measure.entry["parameters"]]
    meanings = [(parameter.name, parameter.unit, parameter.meaning) for parameter in named]
    return _digest([measure.said, vars(measure.outcome), meanings])


def definition_versions(definitions: Definitions, values: Mapping[str, Value]) -> dict[int, str]:
    """
    Return the version of each definition by measure number, as the register shows it with these values.

    `values` are those of all parameters. The model `statistics_in_force` works it out with the values of a
    build, which may be others by hand.
    """
    versions = {}
    for measure in definitions.measures:
        used = "\n".join(f"{name}: {as_text(values[name])}" for name in measure.entry["parameters"])
        content = _digest_of(measure, definitions.parameters) + used
        versions[measure.entry["n"]] = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()[:12]
    return versions


def _digest(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def needs_rows(definitions: Definitions) -> list[dict[str, Any]]:
    """Return one row per measure, statistic and extract, with NEEDS_COLUMNS as keys."""
    return [
        {
            "measure_number": measure.entry["n"],
            "statistic": statistic["name"],
            "extract": extract,
            "role": role,
            "needed_column": needed_column_of(measure.entry, statistic, extract),
        }
        for measure in definitions.measures
        for statistic in measure.entry["statistics"]
        for role, extracts in (
            ("needed", needs_of(measure.entry, statistic)),
            ("refines", refines_of(measure.entry, statistic)),
        )
        for extract in extracts
    ]


def parameters_rows(definitions: Definitions) -> list[dict[str, Any]]:
    """Return one row per measure and parameter that it names, with PARAMETERS_COLUMNS as keys."""
    return [
        {"measure_number": measure.entry["n"], "parameter": name, "parameter_order": order}
        for measure in definitions.measures
        for order, name in enumerate(measure.entry["parameters"], start=1)
    ]


def _register_row(measure: Measure, order: int, statistic: dict[str, Any], digest: str) -> dict[str, Any]:
    entry = measure.entry
    long_list = entry["long_list"] or {}
    england, local = entry["england_benchmark"] or {}, entry["local_published"] or {}
    target = entry["target_assumed"]
    target = target if isinstance(target, dict) else {"value": target}
    cases = statistic.get("cases", entry["cases"])
    look_back_kind, look_back_months, look_back_parameter = look_back_of(entry, statistic)
    return {
        "measure_number": entry["n"],
        "measure_id": entry["id"],
        "statistic": statistic["name"],
        "statistic_order": order,
        "is_headline": statistic.get("headline", False),
        "unit": statistic["unit"],
        "decimals": statistic.get("decimals", DECIMALS.get(statistic["unit"], 1)),
        "clock": statistic["clock"],
        "meaning": statistic.get("meaning"),
        "title": entry["title"],
        "short_title": entry.get("short_title", entry["title"]),
        "remark": entry.get("remark"),
        "outcome": measure.outcome.title,
        "mart": measure.outcome.mart,
        "objectives": _lines(measure.outcome.objectives[key] for key in entry["objectives"]),
        "side": entry["side"],
        **{f"long_list_{part}": _text(long_list.get(part)) for part in LONG_LIST},
        "work_area": entry["work_area"],
        "work_area_title": measure.work_area_title,
        "search_words": "; ".join(entry["search_words"]),
        "why_it_matters": entry["why_it_matters"],
        "kind": entry["kind"],
        "time_window": "; ".join(entry["window"]),
        "measure_unit": entry["unit"],
        "counts_what": entry["counts_what"],
        "denominator": entry["denominator"],
        "numerator": entry["numerator"],
        "exclusions": _lines(entry["exclusions"]),
        "date_basis": entry["date_basis"],
        "good": statistic.get("good", entry["good"]),
        "breakdowns": "; ".join(entry["breakdowns"]),
        "definition_status": entry["definition_status"],
        "assumptions": _lines(entry["assumptions"]),
        "statutory_source": entry["statutory_source"],
        **{f"england_benchmark_{part}": _text(england.get(part)) for part in PUBLISHED_FIGURE},
        **{f"local_published_{part}": _text(local.get(part)) for part in LOCAL_FIGURE},
        "england_benchmark_number": _number(england.get("value")),
        "local_published_number": _number(local.get("value")),
        "published_unit": _published_unit(entry),
        "target_assumed": _text(target["value"]),
        "target_assumed_basis": target.get("basis"),
        "edge_cases": _lines(entry["edge_cases"]),
        "notes": entry.get("notes"),
        "reading": entry.get("reading"),
        "owner": entry["owner"],
        "next_review": entry["next_review"],
        "needs": "; ".join(needs_of(entry, statistic)),
        "refines": "; ".join(refines_of(entry, statistic)) or None,
        "cases_extract": cases["extract"],
        "cases_population": cases["population"],
        "look_back_kind": look_back_kind,
        "look_back_months": look_back_months,
        "look_back_parameter": look_back_parameter,
        "last_period_only": statistic.get("last_period_only", False),
        "not_computable_reason": statistic.get("not_computable"),
        "definition_file": measure.file,
        "definition_digest": digest,
    }


def _number(value: Any) -> float | None:
    """Return the number that a published figure begins with, such as 67 of `67 (81,770 children)`."""
    found = re.match(r"\d[\d,]*(\.\d+)?", str(value))
    return float(found[0].replace(",", "")) if found else None


def _published_unit(entry: dict[str, Any]) -> str | None:
    """Return the unit of the published numbers: that named, percent by its sign, or the title's."""
    england = entry["england_benchmark"] or {}
    figures = [(entry[key] or {}).get("value") for key in ("england_benchmark", "local_published")]
    if all(_number(figure) is None for figure in figures):
        return None
    return england.get("unit") or ("pct" if any("%" in str(figure) for figure in figures) else entry["unit"])


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else str(value)


def _lines(texts: Iterable[str]) -> str | None:
    return "\n".join(texts) or None


def _repeated(written: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    for key in ("n", "id"):
        first: dict[Any, str] = {}
        for file, entry in written:
            if entry[key] in first:
                yield (
                    f"definitions/{file}, measure {entry['n']}, key {key}: is used already in "
                    f"definitions/{first[entry[key]]}; each needs its own."
                )
            first.setdefault(entry[key], file)
