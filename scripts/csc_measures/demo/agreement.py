"""
The agreement of the invented council: every case that an agreement can hold.

The targets that the project assumes stay, but where one is agreed or proposed in their place. Days follow the
as-at date, so that the agreement is as old whatever date is described.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from csc_measures.contract.agreement import read_tables
from csc_measures.definitions.agreement import PERIOD_TYPES
from csc_measures.definitions.parameters import values_in_force
from csc_measures.definitions.register import Definitions, definition_versions, read_definitions
from csc_measures.landing.own_folder import replace_files
from csc_measures.project import PROJECT

Row = Mapping[str, object]
Given = tuple[int, str, str, int, int]

# Measure, statistic (none: the headline), service area, target and tolerance, that both parties have agreed.
AGREED = (
    (1, "", "all", 95, 5),
    (3, "", "all", 0, 20),
    (8, "", "all", 90, 10),
    (8, "", "LOCALITY", 85, 5),
    (9, "", "all", 80, 10),
    (17, "", "all", 25, 5),
    (23, "", "all", 90, 5),
    (25, "", "all", 95, 5),
    (29, "", "all", 90, 3),
    (34, "", "all", 93, 2),
    (36, "", "all", 98, 2),
    (37, "", "all", 10, 2),
    (42, "", "all", 90, 5),
    (43, "pct", "all", 20, 1),
    (53, "", "all", 20, 0),  # neither high nor low is good: a target and no colour
    (54, "", "all", 80, 5),
    (68, "", "all", 15, 3),
    (76, "", "all", 90, 5),
)
BEFORE = (8, "", "all", 85, 10)  # what was agreed for the years before
PROPOSED = (
    (2, "", "all", 20, 2),
    (30, "", "all", 60, 10),
    (39, "", "all", 70, 5),
    (72, "", "all", 90, 10),
    (84, "", "all", 95, 5),
)
OWNERS = {
    1: "head of the family front door",
    3: "head of the family front door",
    8: "head of assessment",
    23: "head of safeguarding",
    25: "head of safeguarding",
    34: "head of children looked after",
    36: "head of children looked after",
    37: "head of children looked after",
    42: "head of children looked after",
    54: "head of safeguarding",
}
OWNER_PROPOSED, OWNER_ASSUMED = 39, 76
CHANGED, DUE = 25, 8
EARLIER_VERSION = "0" * 12


def write_agreement(folder: Path, as_at: date) -> None:
    """
    Write the agreement of the invented council, as it stands on a date, into a folder of its own.

    The same date and definitions give the same bytes. Raises Stop (60) when the folder holds files that this
    did not write.
    """
    definitions = read_definitions()
    tables = {
        "targets": targets(as_at),
        "parameters": parameters(as_at, definitions),
        "definitions": agreed_definitions(as_at, definitions),
        "steps": steps(as_at),
    }
    contents = {f"{table}.csv": as_csv(table, rows) for table, rows in tables.items()}
    replace_files(folder, contents, "CSC_AGREEMENT_DIR")


def targets(as_at: date) -> list[Row]:
    """Write what is agreed and proposed, and what is assumed of anything else."""
    now = april(as_at, 1)
    rows = [*target_rows(AGREED, now, None, agreed(now)), *target_rows(PROPOSED, now, None, proposed(now))]
    before = april(as_at, 3)
    rows += target_rows([BEFORE], before, now - timedelta(days=1), agreed(before))
    taken = {key_of(row) for row in rows}
    with (PROJECT / "agreement" / "targets.csv").open(encoding="utf-8", newline="") as file:
        rows += [row for row in csv.DictReader(file) if key_of(row) not in taken]
    return sorted(
        rows, key=lambda row: (int(str(row["measure_number"])), key_of(row), str(row["valid_from"]))
    )


def target_rows(
    given: Iterable[Given],
    first: date,
    last: date | None,
    ending: Row,
) -> list[Row]:
    """Write targets for every type of period."""
    return [
        {
            "measure_number": number,
            "statistic": statistic,
            "service_area": area,
            "period_type": period_type,
            "target": target,
            "amber_tolerance": tolerance,
            "valid_from": first,
            "valid_to": last,
            **ending,
        }
        for number, statistic, area, target, tolerance in given
        for period_type in PERIOD_TYPES
    ]


def key_of(row: Row) -> tuple[str, ...]:
    """Say what a target is for."""
    return tuple(str(row[name]) for name in ("measure_number", "statistic", "service_area", "period_type"))


def parameters(as_at: date, definitions: Definitions) -> list[Row]:
    """Write values as they are, so that the numbers stay; one was another before, and one will be another."""
    now = april(as_at, 1)
    default = {name: parameter.default for name, parameter in definitions.parameters.items()}

    def row(name: str, value: object, first: date | None, ending: Row) -> Row:
        return {"parameter": name, "value": value, "valid_from": first, **ending}

    return [
        row("assessment_working_days", 35, None, {"note": "the limit of the old guidance"}),
        row("assessment_working_days", default["assessment_working_days"], april(as_at, 3), agreed(now)),
        row("icpc_working_days", default["icpc_working_days"], now, agreed(now)),
        row("care_visit_days", default["care_visit_days"], now, proposed(now)),
        row("caseload_limit_front_door", default["caseload_limit_front_door"], now, agreed(now)),
        row("caseload_limit_front_door", 18, april(as_at, -1), proposed(now)),
    ]


def agreed_definitions(as_at: date, definitions: Definitions) -> list[Row]:
    """Write the versions that were agreed; one has changed since, and one is to be looked at again."""
    now = april(as_at, 1)
    versions = definition_versions(definitions, values_in_force(definitions.parameters, {}))

    def row(number: int, owner: str, review: date | None, ending: Row) -> Row:
        version = EARLIER_VERSION if number == CHANGED else versions[number]
        return {
            "measure_number": number,
            "definition_version": version,
            "owner": owner,
            "next_review": review,
            **ending,
        }

    return [
        *(
            row(number, owner, april(as_at, 0 if number == DUE else -1), agreed(now))
            for number, owner in OWNERS.items()
        ),
        row(OWNER_PROPOSED, "head of children looked after", None, proposed(now)),
        row(OWNER_ASSUMED, "head of care leavers", None, {}),
    ]


def steps(as_at: date) -> list[Row]:
    """Write one month from which limits are worked out anew."""
    first = april(as_at, 2)
    return [
        {"measure_number": 1, "step_from": first, "reason": "decisions moved to one team", **agreed(first)}
    ]


def april(as_at: date, years: int) -> date:
    """Return the first of April so many years before the latest one on or before a date."""
    latest = as_at.year if (as_at.month, as_at.day) >= (4, 1) else as_at.year - 1
    return date(latest - years, 4, 1)


def agreed(first: date) -> Row:
    """Date a row by both parties, in the weeks before it begins to hold."""
    return {
        "council_agreed_on": first - timedelta(days=40),
        "organisation_agreed_on": first - timedelta(days=28),
    }


def proposed(first: date) -> Row:
    """Date a row by the council alone."""
    return {"council_agreed_on": first - timedelta(days=40), "note": "proposed by the council"}


def as_csv(table: str, rows: Iterable[Row]) -> str:
    """Write rows of a table as its file has them; what a row does not say is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in read_tables()[table]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
