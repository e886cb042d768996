"""
What an entry of the definitions may hold, and what a statistic has from its entry.

`definitions/README.md` explains the keys to people; here each has the check that its value must pass.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from csc_measures.contract.extracts import read_contract

UNITS = ("pct", "count", "mean", "median", "max", "days", "rate_per_10k")
CLOCKS = ("flow", "position", "carried", "year_to_date")
POPULATIONS = ("all", "looked_after", "care_leavers")
LOOK_BACKS = {"none": "none", "all": "all", "year_to_date": "ytd"}
LOOK_BACKS_IN_MONTHS = {"start": "start", "end": "end", "quarter_end": "quarter"}
PUBLISHED_FIGURE = {
    "value": "the figure",
    "unit": "its unit, where it is not the measure's",
    "year": "the year it describes",
    "source": "where it was published",
    "confidence": "how sure it is",
    "comparability": "how far it can be compared with ours",
    "worcestershire": "the council's own figure in the same source",
    "note": "what else to know of it",
}
LOCAL_FIGURE = ("value", "year", "source")
LONG_LIST = ("existing", "target", "direction_of_travel")
LONGEST_SHORT_TITLE = 60
NAMES = ("short_title", "search_words")
"""Keys that help to find and show a measure and change nothing of what it means."""


def needs_of(entry: dict[str, Any], statistic: dict[str, Any]) -> list[str]:
    """List the extracts without which a statistic of an entry is not_loaded."""
    return statistic.get("needs", entry["needs"]) + statistic.get("needs_also", [])


def refines_of(entry: dict[str, Any], statistic: dict[str, Any]) -> list[str]:
    """List the extracts that refine a statistic; one with needs of its own has none."""
    if "needs" in statistic:
        return []
    return [name for name in entry.get("refines", []) if name not in statistic.get("needs_also", [])]


def needed_column_of(entry: dict[str, Any], statistic: dict[str, Any], extract: str) -> str | None:
    """Return the column of an extract without which a statistic is not_loaded, if there is one."""
    column = statistic.get("needs_column", entry.get("needs_column"))
    known = read_contract().extracts[extract].columns
    return column if column in {each.name for each in known} else None


def look_back_of(entry: dict[str, Any], statistic: dict[str, Any]) -> tuple[str, int | None, str | None]:
    """Return the kind of look-back, as the register says it, its months, and a parameter that adds months."""
    value = statistic.get("look_back", entry["look_back"])
    if isinstance(value, str):
        return LOOK_BACKS[value], None, None
    months, parameter = _months_of(value["months"])
    return LOOK_BACKS_IN_MONTHS[value["from"]], months, parameter


def _months_of(value: int | str) -> tuple[int, str | None]:
    """Take the months of a look-back apart: 12, reentry_months, or 12 + sdq_baseline_max_months."""
    *fixed, last = str(value).split(" + ")
    return (sum(map(int, fixed)), last) if not last.isdecimal() else (int(last), None)


# A check returns what is wrong with a value and what to write instead, or None.
Check = Callable[[Any], str | None]


def _a_text(value: Any) -> str | None:
    return (
        None if isinstance(value, str) and value.strip() else "is not a text; write one, in quotes if need be"
    )


def _a_number(value: Any) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return None if good else "is not a whole number above 0"


def _months(value: Any) -> str | None:
    named = isinstance(value, str) and re.fullmatch(r"([0-9]+ \+ )?[a-z][a-z0-9_]*", value)
    return None if named else _a_number(value) and f"{_a_number(value)}, a parameter, or 12 + a parameter"


def _true(value: Any) -> str | None:
    return None if value is True else "can only be true; leave the key out otherwise"


def _one_of(*choices: str | int) -> Check:
    return lambda value: (
        None if value in choices else f"is not one of {', '.join(map(str, choices))}; write one of them"
    )


def _texts(value: Any) -> str | None:
    good = isinstance(value, list) and not any(map(_a_text, value))
    return None if good else "is not a list of texts; begin each with a dash"


def _extracts(value: Any) -> str | None:
    if not value or _texts(value):
        return "is not a list of extracts"
    known = read_contract().extracts
    for name in value:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; did you mean {nearest[0]}?" if nearest else "; see contract/extracts.csv"
            return f"names {name}, which is no extract of the contract{hint}"
    return None


def _keyed(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return f"is not a set of keys; it takes {', '.join(required)}"
        return next(
            (f"{key}: {fault}" for key, fault in _faults_of_keys(value, required, optional or {})), None
        )

    return check


def _or_null(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _anything(value: Any) -> str | None:  # noqa: ARG001 - every value is allowed
    return None


def _target(value: Any) -> str | None:
    if isinstance(value, dict):
        return _keyed({"value": _anything, "basis": _a_text})(value)
    return _or_null(_a_text)(value)


def _names(value: Any) -> str | None:
    return None if isinstance(value, dict) else "is not a set of names with a value each; write {} for none"


def _a_look_back(value: Any) -> str | None:
    if isinstance(value, dict):
        return _keyed({"months": _months, "from": _one_of(*LOOK_BACKS_IN_MONTHS)})(value)
    return (
        None
        if value in tuple(LOOK_BACKS)
        else f"is neither {', '.join(LOOK_BACKS)} nor {{months: 12, from: start}}"
    )


def _a_range(value: Any) -> str | None:
    numbers = isinstance(value, list) and all(
        isinstance(end, int | float) and not isinstance(end, bool) for end in value
    )
    good = numbers and len(value) == 2 and value[0] < value[1]
    return None if good else "is not a range; write the lowest and the highest value, [1, 60]"


def _choices(value: Any) -> str | None:
    good = isinstance(value, list) and len(value) > 1 and all(isinstance(each, bool | str) for each in value)
    return None if good else "is not a list of choices; write two or more texts, or [false, true]"


WORK_AREA_REQUIRED: dict[str, Check] = {"work_area": _a_text, "title": _a_text}
OUTCOME_REQUIRED: dict[str, Check] = {
    "outcome": _a_text,
    "mart": _a_text,
    "objectives": _names,
}
CASES = _keyed({"extract": lambda value: _extracts([value]), "population": _one_of(*POPULATIONS)})

_good = _one_of("high", "low", "context")
STATISTIC_REQUIRED: dict[str, Check] = {
    "name": _a_text,
    "unit": _one_of(*UNITS),
    "clock": _one_of(*CLOCKS),
}
STATISTIC_OPTIONAL: dict[str, Check] = {
    "headline": _true,
    "meaning": _a_text,
    "good": _good,
    "needs": _extracts,
    "needs_also": _extracts,
    "needs_column": _or_null(_a_text),
    "cases": CASES,
    "look_back": _a_look_back,
    "last_period_only": _true,
    "not_computable": _a_text,
    "decimals": _one_of(0, 1, 2),
}
ENTRY_REQUIRED: dict[str, Check] = {
    "n": _a_number,
    "id": _a_text,
    "title": _a_text,
    "outcome": _a_text,
    "objectives": _texts,
    "side": _one_of("activity", "impact"),
    "long_list": _or_null(_keyed(dict.fromkeys(LONG_LIST, _anything))),
    "work_area": _a_text,
    "why_it_matters": _a_text,
    "kind": _one_of("flow", "stock", "rolling", "narrative"),
    "window": _texts,
    "unit": _one_of(*UNITS),
    "statistics": lambda value: None if isinstance(value, list) and value else "is not a list of statistics",
    "counts_what": _a_text,
    "denominator": _a_text,
    "numerator": _a_text,
    "exclusions": _texts,
    "date_basis": _a_text,
    "good": _good,
    "breakdowns": _texts,
    "parameters": _texts,
    "definition_status": _one_of("agreed", "variant", "proposed"),
    "assumptions": _texts,
    "statutory_source": _a_text,
    "england_benchmark": _or_null(
        _keyed({"value": _anything, "year": _anything}, dict.fromkeys(PUBLISHED_FIGURE, _anything))
    ),
    "local_published": _or_null(_keyed(dict.fromkeys(LOCAL_FIGURE, _anything))),
    "target_assumed": _target,
    "edge_cases": _texts,
    "needs": _extracts,
    "cases": CASES,
    "look_back": _a_look_back,
    "search_words": _texts,
    "owner": _a_text,
    "next_review": _a_text,
}
ENTRY_OPTIONAL: dict[str, Check] = {
    "short_title": _a_text,
    "remark": _a_text,
    "notes": _a_text,
    "reading": _a_text,
    "refines": _extracts,
    "needs_column": _a_text,
}
PARAMETER_REQUIRED: dict[str, Check] = {"name": _a_text, "default": _anything, "meaning": _a_text}
PARAMETER_OPTIONAL: dict[str, Check] = {"range": _a_range, "unit": _a_text, "choices": _choices}


def faults_of_parameter(entry: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an entry of `parameters.yml`, naming the key."""
    for key, fault in _faults_of_keys(entry, PARAMETER_REQUIRED, PARAMETER_OPTIONAL):
        yield f"key {key}: {fault}"
    if {"range", "unit", "choices"} & set(entry) not in ({"range", "unit"}, {"choices"}):
        yield "key range: a number has a range and a unit, anything else has choices; write one or the other"


def faults_of_outcome(entry: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an entry of `outcomes.yml`, naming the key."""
    for key, fault in _faults_of_keys(entry, OUTCOME_REQUIRED, {}):
        yield f"key {key}: {fault}"


def faults_of_work_area(entry: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an entry of `work_areas.yml`, naming the key."""
    for key, fault in _faults_of_keys(entry, WORK_AREA_REQUIRED, {}):
        yield f"key {key}: {fault}"


def faults_of_entry(
    entry: dict[str, Any],
    objectives: dict[str, dict[str, str]],
    parameters: Collection[str],
    work_areas: Collection[str],
) -> list[str]:
    """
    List what is wrong with the entry of a measure, naming the statistic and the key.

    `objectives` holds those of each outcome by its title, `parameters` and `work_areas` the names there are.
    How the keys go together is looked at only when every key is right by itself.
    """
    faults = [f"key {key}: {fault}" for key, fault in _faults_of_keys(entry, ENTRY_REQUIRED, ENTRY_OPTIONAL)]
    faults += _faults_of_statistics(entry.get("statistics"))
    return faults or [
        *_disagreements(entry, objectives),
        *_faults_of_parameters(entry, parameters),
        *_faults_of_names(entry, work_areas),
    ]


def _faults_of_statistics(statistics: Any) -> Iterator[str]:
    for order, statistic in enumerate(statistics if isinstance(statistics, list) else [], start=1):
        if not isinstance(statistic, dict):
            yield f"statistic {order}: is not a set of keys; write {{name: pct, unit: pct, clock: flow}}"
            continue
        for key, fault in _faults_of_keys(statistic, STATISTIC_REQUIRED, STATISTIC_OPTIONAL):
            yield f"statistic {statistic.get('name', order)}, key {key}: {fault}"


def _faults_of_keys(
    entry: dict[str, Any], required: dict[str, Check], optional: dict[str, Check]
) -> Iterator[tuple[str, str]]:
    checks = {**optional, **required}
    for key, value in entry.items():
        if key not in checks:
            nearest = difflib.get_close_matches(str(key), checks, n=1)
            yield (
                str(key),
                f"is not a known key; {f'did you mean {nearest[0]}?' if nearest else 'take it out'}",
            )
        elif fault := checks[key](value):
            yield key, fault
    for key in required:
        if key not in entry:
            yield key, "is missing; add it"


def _faults_of_parameters(entry: dict[str, Any], parameters: Collection[str]) -> Iterator[str]:
    for name in entry["parameters"]:
        if name not in parameters:
            nearest = difflib.get_close_matches(name, parameters, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else "describe it in definitions/parameters.yml"
            yield f"key parameters: names {name}, which is no parameter; {hint}"
    for statistic in entry["statistics"]:
        _, _, parameter = look_back_of(entry, statistic)
        if parameter and parameter not in entry["parameters"]:
            place = f"statistic {statistic['name']}, key look_back"
            yield f"{place}: {parameter} is not among the measure's parameters; add it"


def _faults_of_names(entry: dict[str, Any], work_areas: Collection[str]) -> Iterator[str]:
    if entry["work_area"] not in work_areas:
        yield "key work_area: is not one of work_areas.yml; write one of those, or give it a title there"
    key = "short_title" if "short_title" in entry else "title"
    if (length := len(entry[key])) > LONGEST_SHORT_TITLE:
        yield (
            f"key {key}: has {length} characters; write a short_title of at most {LONGEST_SHORT_TITLE}, "
            "which stands where there is little room"
        )


def _disagreements(entry: dict[str, Any], objectives: dict[str, dict[str, str]]) -> Iterator[str]:
    if entry["outcome"] not in objectives:
        yield "key outcome: is not one of outcomes.yml; write its title as it stands there"
    else:
        known = objectives[entry["outcome"]]
        if not entry["objectives"] or not set(entry["objectives"]) <= set(known):
            yield f"key objectives: name one or more of {', '.join(known)}"

    names = [statistic["name"] for statistic in entry["statistics"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"statistic {name}: stands twice; give each a name of its own"
    headlines = sum("headline" in statistic for statistic in entry["statistics"])
    if headlines != 1:
        yield f"key statistics: {headlines} of them are the headline; mark exactly one with headline: true"

    for statistic in entry["statistics"]:
        place, needs = f"statistic {statistic['name']}", needs_of(entry, statistic)
        if len(set(needs)) < len(needs):
            yield f"{place}: needs an extract twice; name it once"
        named = statistic.get("needs_column", entry.get("needs_column"))
        if named and not any(needed_column_of(entry, statistic, extract) for extract in needs):
            yield f"{place}, key needs_column: is no column of an extract that it needs; write one"
        if set(needs) & set(refines_of(entry, statistic)):
            yield f"{place}: an extract cannot be both needed and refining; keep it in needs"
        if statistic.get("cases", entry["cases"])["extract"] not in needs:
            yield f"{place}: the extract that holds its cases is not among its needs; add it"
