"""Tell people what is agreed, proposed by one side and assumed, what has changed since, and what is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rich.console import Console

from csc_measures.contract.agreement import COUNCIL_AGREED_ON
from csc_measures.definitions.agreement import (
    AGREED,
    ASSUMED,
    PERIOD_TYPES,
    PROPOSED,
    Agreement,
    Row,
    read_agreement,
)
from csc_measures.definitions.parameters import values_in_force
from csc_measures.definitions.register import Definitions, definition_versions, read_definitions

HEADINGS = {
    AGREED: "Agreed by both parties",
    PROPOSED: "Proposed by one",
    ASSUMED: "Assumed",
    "changed": "Changed since it was agreed",
    "due": "Due for review",
}


def check_agreement(folder: Path, as_at: date, console: Console) -> None:
    """Validate an agreement alone, and say how many rows it has; raises Stop as `read_agreement` does."""
    agreement = read_agreement(folder, as_at, read_definitions())
    show_counts(folder, as_at, agreement, console)
    console.print("It can be used as it is.")


def show_agreement(folder: Path, as_at: date, console: Console) -> None:
    """Show all that an agreement says, by what it rests on; raises Stop as `read_agreement` does."""
    definitions = read_definitions()
    agreement = read_agreement(folder, as_at, definitions)
    show_counts(folder, as_at, agreement, console)
    lines = {
        **{basis: list(lines_of(agreement, basis)) for basis in (AGREED, PROPOSED, ASSUMED)},
        "changed": list(changed_since(agreement, definitions)),
        "due": list(due_for_review(agreement, as_at)),
    }
    for kind, heading in HEADINGS.items():
        console.print(f"\n{heading}", style="bold")
        for line in lines[kind] or ["nothing"]:
            console.print(f"  {line}")


def show_counts(folder: Path, as_at: date, agreement: Agreement, console: Console) -> None:
    """Show how many rows of each table are agreed, proposed and assumed."""
    console.print(f"The agreement in {folder}, as at {as_at}, {agreement.digest[:12]}")
    console.print(f"{'':<12}{AGREED:>9}{PROPOSED:>10}{ASSUMED:>9}")
    for table, rows in agreement.tables.items():
        bases = [row["basis"] for row in rows]
        agreed, proposed, assumed = (bases.count(basis) for basis in (AGREED, PROPOSED, ASSUMED))
        console.print(f"{table:<12}{agreed:>9,}{proposed:>10,}{assumed:>9,}")


def lines_of(agreement: Agreement, basis: str) -> Iterator[str]:
    """Yield a line for each row that rests on this, types of period together."""
    lines: dict[str, list[str]] = {}
    for table, rows in agreement.tables.items():
        for row in rows:
            if row["basis"] == basis:
                lines.setdefault(f"{told(table, row)}{by_whom(row)}", []).append(row.get("period_type", ""))
    for line, types in lines.items():
        yield line if set(types) in ({""}, set(PERIOD_TYPES)) else f"{line}; {', '.join(types)}"


def told(table: str, row: Row) -> str:
    """Say what a row of a table says."""
    if table == "targets":
        amber = f", amber within {row['amber_tolerance']:g}" if row["amber_tolerance"] else ""
        place = f"{row['measure_number']} {row['statistic']}, {row['service_area']}"
        return f"target of {place}: {row['target']:g}{amber}{held(row)}"
    if table == "parameters":
        state = "" if row["is_in_force"] else "; not in force"
        return f"parameter {row['parameter']}: {row['value']}{held(row)}{state}"
    if table == "definitions":
        owner = f", owner {row['owner']}" if row["owner"] else ""
        review = f", next review {row['next_review']}" if row["next_review"] else ""
        return f"definition of {row['measure_number']}: version {row['definition_version']}{owner}{review}"
    return f"step of {row['measure_number']} {row['statistic']}, from {row['step_from']}: {row['reason']}"


def held(row: Row) -> str:
    """Say from when to when a row holds."""
    first = f", from {row['valid_from']}" if row["valid_from"] else ""
    last = f", to {row['valid_to']}" if row.get("valid_to") else ""
    return first + last


def by_whom(row: Row) -> str:
    """Say which party has proposed a row."""
    if row["basis"] != PROPOSED:
        return ""
    return "; by the council" if row[COUNCIL_AGREED_ON] else "; by the organisation"


def changed_since(agreement: Agreement, definitions: Definitions) -> Iterator[str]:
    """Yield the definitions that have changed since, in their words or the values of their parameters."""
    now = definition_versions(definitions, values_in_force(definitions.parameters, agreement.values))
    for row in agreement.tables["definitions"]:
        version, number = row["definition_version"], row["measure_number"]
        if row["basis"] != ASSUMED and version != now[number]:
            yield f"definition of {number}: {row['basis']} as {version}, now {now[number]}"


def due_for_review(agreement: Agreement, as_at: date) -> Iterator[str]:
    """Yield the definitions whose next review is on the as-at date or before it."""
    for row in agreement.tables["definitions"]:
        if row["next_review"] and row["next_review"] <= as_at:
            yield f"definition of {row['measure_number']}: {row['next_review']}, {row['owner'] or 'no owner'}"
