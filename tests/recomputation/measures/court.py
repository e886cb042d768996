"""Care proceedings: how long they last, and whether the court made the order that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import parts_of_child_and_team, team_of_child, team_parts

LIMIT_DAYS = 182
PROCEEDINGS = frozenset({"CARE", "SUPERVISION"})


def is_transferred(council: Council, row: Row) -> bool:
    """Say whether any row of a row's case says that it went to another authority."""
    rows = council.by("local_court_proceedings", "case_number").get(row.case_number, [])
    return any(each.transferred_out for each in (rows if row.case_number else [row]))


def is_in(period: Period, day: date | None) -> bool:
    """Say whether a day is known and in a period."""
    return day is not None and period.start <= day <= period.end


def why_out(transferred: bool, issued: date | None, concluded: date) -> str | None:
    """Say why proceedings are out of the timeliness measures, if they are."""
    if transferred:
        return "excluded"
    return "unknown" if issued is None or concluded < issued else None


def parts_of(council: Council, row: Row) -> dict[str, str]:
    """Return the team of a child on the day on which its application concluded."""
    return team_parts(council, team_of_child(council, row.person_id, row.concluded_date), row.concluded_date)


def cases_without_number(council: Council, period: Period, rows: list[Row]) -> Iterator[Case]:
    """Give the applications that concluded in a period in nobody knows which case."""
    for row in rows:
        if is_in(period, row.concluded_date):
            for name in ("pct", "mean_weeks", "median_weeks"):
                yield Case(None, parts_of(council, row), name, because="unknown")


def cases_concluded(council: Council, period: Period) -> Iterator[Case]:
    """Give the court cases whose last care or supervision application concluded in a period."""
    for number, rows in council.by("local_court_proceedings", "case_number").items():
        rows = [row for row in rows if row.application_type in PROCEEDINGS]
        if number is None:
            yield from cases_without_number(council, period, rows)
            continue
        if not rows or any(row.concluded_date is None for row in rows):
            continue
        last = max(rows, key=lambda row: (row.concluded_date, row.proceedings_child_id))
        concluded = last.concluded_date
        if not is_in(period, concluded):
            continue
        parts = parts_of(council, last)
        issued = min((row.issued_date for row in rows if row.issued_date), default=None)
        because = why_out(is_transferred(council, rows[0]), issued, concluded)
        days = (concluded - issued).days if issued else None
        yield Case(None if because else days <= LIMIT_DAYS, parts, because=because)
        for name in ("mean_weeks", "median_weeks"):
            yield Case(None if because else Fraction(days, 7), parts, name, because=because)


def measure_30(council: Council, period: Period) -> Iterator[Case]:
    """Care proceedings completed within 26 weeks."""
    yield from cases_concluded(council, period)
    for row in council.rows("local_court_proceedings"):
        if row.application_type in PROCEEDINGS and is_in(period, row.concluded_date):
            parts = parts_of_child_and_team(council, row.person_id, row.concluded_date)
            because = why_out(is_transferred(council, row), row.issued_date, row.concluded_date)
            if row.person_id is None:
                because = "unknown"
            in_time = None if because else (row.concluded_date - row.issued_date).days <= LIMIT_DAYS
            yield Case(in_time, parts, "pct_children", because=because)


def measure_32(council: Council, period: Period) -> Iterator[Case]:
    """Applications for a care order in which one was made, and those that ended as finally sought."""
    for row in council.rows("local_court_proceedings"):
        if row.application_type != "CARE" or not is_in(period, row.concluded_date):
            continue
        parts = parts_of_child_and_team(council, row.person_id, row.concluded_date)
        because = "unknown" if row.final_order is None else None
        if is_transferred(council, row):
            because = "excluded"
        if row.person_id is None:
            because = "unknown"
        made = {"CARE_AND_PLACEMENT": "CARE", "WITHDRAWN": "NONE"}.get(row.final_order, row.final_order)
        sought = row.order_sought_final
        yield Case(None if because else made == "CARE", parts, because=because)
        yield Case(
            None if because else made == sought,
            parts,
            "pct_final_position_granted",
            because=because or ("missing" if sought is None else None),
        )
