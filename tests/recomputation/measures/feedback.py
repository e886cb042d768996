"""Measures 70 to 73, 110 and 112: complaints and compliments."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from ..calendar import working_days
from ..care import looked_after, unknown_on
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import age_on, parts_of_child, parts_of_child_and_team, team_parts


def complaints(council: Council) -> dict[str, list[Row]]:
    """Return the rows of each complaint by its id; a row that names none stands alone."""

    def read(council: Council) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in council.rows("local_complaints"):
            found[row.complaint_id or row.complaint_stage_id].append(row)
        return found

    return council.once("complaints", read)


def first_row(rows: list[Row]) -> Row:
    """Return the complaint as it came in: the lowest stage, then the earliest received, then id."""
    last = date.max
    return min(rows, key=lambda row: (row.stage or 9, row.received_date or last, row.complaint_stage_id))


def case_of(
    row: Row, claim: bool, parts: dict[str, str], statistic: str = "pct", because: str | None = None
) -> Case:
    """Return a case by a complaint's row; one that names no complaint is unknown."""
    if row.complaint_id:
        return Case(claim, parts, statistic, because=because)
    return Case(None, parts, statistic, because="unknown")


def is_in(day: date | None, period: Period) -> bool:
    """Say whether a date lies in the period."""
    return day is not None and period.start <= day <= period.end


def measure_70(council: Council, period: Period) -> Iterator[Case]:
    """Count complaints, once, when first received."""
    for rows in complaints(council).values():
        received = min((row.received_date for row in rows if row.received_date), default=None)
        if is_in(received, period):
            row = first_row(rows)
            yield case_of(row, True, team_parts(council, row.team_id, received), "count")


def measure_71(council: Council, period: Period) -> Iterator[Case]:
    """Count compliments received."""
    for row in council.rows("local_compliments"):
        if is_in(row.received_date, period):
            yield Case(True, team_parts(council, row.team_id, row.received_date), "count")


def clock_start(row: Row) -> date | None:
    """Return the later of received and consent or advocate in place; None without received."""
    return row.received_date and max(row.received_date, row.clock_start_date or row.received_date)


def measure_72(council: Council, period: Period) -> Iterator[Case]:
    """Count statutory stage 1 complaints answered in 20 and in 10 working days, and open for more."""
    day = period.end
    for rows in complaints(council).values():
        row = first_row(rows)
        if row.stage != 1 or row.procedure != "STATUTORY":
            continue
        answered, started = row.response_date, clock_start(row)
        is_out = row.outcome == "WITHDRAWN" or row.straight_to_stage_2 is True
        if is_in(answered, period):
            parts = team_parts(council, row.team_id, answered)
            for statistic, limit in (("pct", 20), ("pct_within_10wd", 10)):
                if is_out and row.complaint_id:
                    yield Case(None, parts, statistic, because="excluded")
                elif started is None or started > answered:
                    yield Case(None, parts, statistic, because="unknown")
                else:
                    yield case_of(row, working_days(started, answered) <= limit, parts, statistic)
        is_done = any(end and end <= day for end in (answered, row.closed_date))
        if not is_done and started and started <= day:
            parts = team_parts(council, row.team_id, day)
            if is_out and row.complaint_id:
                yield Case(None, parts, "count_open_over_20wd", because="excluded")
            else:
                yield case_of(row, working_days(started, day) > 20, parts, "count_open_over_20wd")


def measure_73(council: Council, period: Period) -> Iterator[Case]:
    """Count complaints closed at their last stage: learning found and shared."""
    for rows in complaints(council).values():
        last = max(
            rows, key=lambda row: (row.stage or 0, row.received_date or date.min, row.complaint_stage_id)
        )
        if not is_in(last.closed_date, period):
            continue
        parts = team_parts(council, last.team_id, last.closed_date)
        learned = any(row.learning_identified is True for row in rows)
        shared = learned and any(row.learning_disseminated_date for row in rows)
        said = [row.learning_identified for row in rows if row.learning_identified is not None]
        missing = None if said else "missing"
        if last.outcome == "WITHDRAWN" and last.complaint_id:
            yield Case(None, parts, because="excluded")
            yield Case(None, parts, "pct_of_upheld_or_partly", because="excluded")
            continue
        yield case_of(last, shared, parts, because=missing)
        if last.outcome in ("UPHELD", "PARTLY_UPHELD"):
            yield case_of(last, shared, parts, "pct_of_upheld_or_partly", because=missing)
        elif last.outcome is None or not last.complaint_id:
            yield Case(None, parts, "pct_of_upheld_or_partly", because="unknown")


def is_young(council: Council, person: str | None, day: date) -> bool | None:
    """Say whether a person is 25 or under; None without a person or a date of birth."""
    years = age_on(council, person, day)
    return None if years is None else years <= 25


def measure_110(council: Council, period: Period) -> Iterator[Case]:
    """Count complaints of children and young people; those of looked after children, per 100 of them."""
    for rows in complaints(council).values():
        row = first_row(rows)
        if not is_in(row.received_date, period) or row.complainant_type != "CHILD":
            continue
        person = row.complainant_person_id or row.child_person_id
        young = is_young(council, person, row.received_date)
        team = team_parts(council, row.team_id, row.received_date)
        parts = {**parts_of_child(council, person, row.received_date), **team}
        if young is None or not row.complaint_id:
            yield Case(None, parts, "count", because="unknown")
            yield Case(None, parts, "per_100_looked_after_children", because="unknown")
        elif young:
            yield Case(True, parts, "count")
            if looked_after(council, person, row.received_date):
                yield Case(1, parts, "per_100_looked_after_children", out_of=0)
    for child in council.by("ssd_person", "pers_person_id"):
        if looked_after(council, child, period.end):
            parts = parts_of_child_and_team(council, child, period.end)
            yield Case(0, parts, "per_100_looked_after_children", out_of=1)
    for child in unknown_on(council, period.end):
        parts = parts_of_child_and_team(council, child.person, period.end)
        yield Case(None, parts, "per_100_looked_after_children", because="unknown")


def measure_112(council: Council, period: Period) -> Iterator[Case]:
    """Count compliments of children and young people."""
    for row in council.rows("local_compliments"):
        if row.from_type != "CHILD" or not is_in(row.received_date, period):
            continue
        young = is_young(council, row.from_person_id, row.received_date)
        team = team_parts(council, row.team_id, row.received_date)
        parts = {**parts_of_child(council, row.from_person_id, row.received_date), **team}
        if young is None:
            yield Case(None, parts, "count", because="unknown")
        elif young:
            yield Case(True, parts, "count")
