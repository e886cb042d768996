"""
Say when a delivery is half a delivery: an extract of which nothing can be used, or that lost too much.

All of it is told from counts: the rows and values that landing set aside or flagged, and those that it kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from csc_measures.contract.extracts import Extract
from csc_measures.contract.rules import SET_ASIDE_ROW, SET_ASIDE_VALUE, Measured, Refusal

FEW = 50
"""Rows of a small extract: a share is taken of no fewer, so that one bad row of five stops no night."""
FEWEST = 10
"""Rows from which on it is no chance that all of them are bad, or have one key."""
LOSES_NOTHING = frozenset({"blank_line", "repeated_row", "totals_row", "erased"})
TOLD_AGAIN = "_later_return"
"""How the rules of returns end by which a row gives way to what a later return tells."""

Findings = Mapping[tuple[str | None, str, str], int]
"""Number of findings of an extract by column, rule and effect."""


@dataclass(frozen=True)
class Kept:
    """What was kept of one extract: rows, and by column how many of them have a value."""

    n_rows: int
    n_filled: Mapping[str, int]


def refusals_of(
    name: str, extract: Extract, kept: Kept, found: Findings, may_be_empty: bool
) -> list[Refusal]:
    """
    Say why nothing of an extract can be used; `name` is how messages call it.

    No row is left; or of `FEWEST` and more all have one key, or no date that places a row can be read. An
    extract that `may_be_empty` may have blank lines, and any may be left without the rows of those erased.
    """
    rules = _rows_by_rule(found)
    lost = _rows_lost(found)
    if not kept.n_rows:
        is_empty = not lost and (may_be_empty or rules["erased"] > 0)
        return [] if is_empty else [Refusal(name, 0, "", "no_usable_rows", _listed(rules))]
    n_alike = kept.n_rows + rules["conflicting_row"] + rules["repeated_row"]
    if kept.n_rows == 1 and rules["conflicting_row"] and n_alike >= FEWEST:
        return [Refusal(name, 0, extract.key.name, "one_key", f"{n_alike} rows")]
    return [
        Refusal(name, 0, column.name, "no_usable_dates", _listed(set_aside))
        for column in extract.columns
        if column.places_row and not kept.n_filled[column.name]
        if (set_aside := _values_by_rule(found, column.name)).total() >= FEWEST
    ]


def losses_of(extract: Extract, kept: Kept, found: Findings) -> Iterator[Measured]:
    """Measure what an extract has lost: the share of its rows, and of the values of each column."""

    def loss(rule: str, column: str, n_lost: int, n: int) -> Measured:
        share = 1.0 if n_lost == n >= FEWEST else n_lost / max(n, FEW)
        place = f"{extract.name}.{column}" if column else extract.name
        return Measured(place, rule, share, f"{n_lost:,} of {n:,}")

    lost = _rows_lost(found)
    yield loss("rows_lost", "", lost, kept.n_rows + lost)
    for column in extract.columns:
        if column.is_key:
            continue
        n_filled = kept.n_filled[column.name]
        n_set_aside = _values_by_rule(found, column.name).total()
        flagged = _by_rule(found, column.name)
        n_blank = flagged["no_placing_date"]
        yield loss("values_lost", column.name, n_set_aside, n_filled + n_set_aside)
        yield loss("dates_lost", column.name, n_blank, n_filled + n_blank)
        yield loss("references_lost", column.name, flagged["broken_reference"], n_filled)
        yield loss("codes_lost", column.name, flagged["unknown_code"], n_filled)


def _rows_lost(found: Findings) -> int:
    by_rule = _rows_by_rule(found)
    return sum(
        n for rule, n in by_rule.items() if rule not in LOSES_NOTHING and not rule.endswith(TOLD_AGAIN)
    )


def _rows_by_rule(found: Findings) -> Counter[str]:
    return _counted((rule, n) for (_, rule, effect), n in found.items() if effect == SET_ASIDE_ROW)


def _values_by_rule(found: Findings, column: str) -> Counter[str]:
    return _counted(
        (rule, n) for (name, rule, effect), n in found.items() if name == column and effect == SET_ASIDE_VALUE
    )


def _by_rule(found: Findings, column: str) -> Counter[str]:
    return _counted((rule, n) for (name, rule, _), n in found.items() if name == column)


def _counted(numbers: Iterator[tuple[str, int]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for rule, n in numbers:
        counted[rule] += n
    return counted


def _listed(rules: Counter[str]) -> str:
    return ", ".join(f"{rule} {n:,}" for rule, n in sorted(rules.items()))
