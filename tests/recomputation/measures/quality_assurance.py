"""Measures 52 and 53: audits of case files."""

from collections.abc import Iterator

from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import team_parts


def completed_audits(council: Council, period: Period) -> Iterator[tuple[Row, dict[str, str]]]:
    """Return audits completed in the period, dip samples apart, and their teams."""
    for row in council.rows("local_case_audits"):
        done = row.completed_date
        if done and period.start <= done <= period.end and row.audit_type != "DIP_SAMPLE":
            yield row, team_parts(council, row.team_id, done)


GRADES = ("OUTSTANDING", "GOOD", "REQUIRES_IMPROVEMENT", "INADEQUATE")


def grade_of(row: Row) -> str | None:
    """Return the moderated grade, else the auditor's; ungraded is no grade."""
    grades = [grade for grade in (row.moderated_grade, row.grade) if grade in GRADES]
    return grades[0] if grades else None


def measure_52(council: Council, period: Period) -> Iterator[Case]:
    """Count graded audits: requires improvement or better, and good or better."""
    for row, parts in completed_audits(council, period):
        grade = grade_of(row)
        better = ("OUTSTANDING", "GOOD")
        if row.audit_type is None or grade is None:
            because = "excluded" if row.audit_type else "unknown"
            yield Case(None, parts, because=because)
            yield Case(None, parts, "pct_good_or_better", because=because)
            continue
        yield Case(grade in (*better, "REQUIRES_IMPROVEMENT"), parts)
        yield Case(grade in better, parts, "pct_good_or_better")


def measure_53(council: Council, period: Period) -> Iterator[Case]:
    """Count audits completed, graded or not."""
    for _, parts in completed_audits(council, period):
        yield Case(True, parts, "count")
