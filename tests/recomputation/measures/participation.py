"""Measures 107 to 109 and 111: what children say, what they take part in, and what came of it."""

from collections.abc import Iterator
from datetime import date

from ..care import looked_after, unknown_on
from ..counting import Case, Period
from ..extracts import Council, Row
from ..people import age_on, birth_day, parts_of_child_and_team


def measure_107(council: Council, period: Period) -> Iterator[Case]:
    """Count children who completed a questionnaire or statement, each in the part of the latest."""
    latest: dict[str, Row] = {}
    for row in council.rows("local_questionnaires"):
        done = row.completed_date
        if row.tool not in ("VIEWPOINT", "MOMO") or row.respondent != "CHILD" or not done:
            continue
        if not period.start <= done <= period.end:
            continue
        if not row.person_id:
            parts = parts_of_child_and_team(council, None, done)
            yield Case(None, parts, "count", because="unknown")
            yield Case(None, parts, "responses_count", because="unknown")
            continue
        yield Case(True, parts_of_child_and_team(council, row.person_id, done), "responses_count")
        known = latest.get(row.person_id)
        if not known or (known.completed_date, known.questionnaire_id) < (done, row.questionnaire_id):
            latest[row.person_id] = row
    for person, row in latest.items():
        yield Case(True, parts_of_child_and_team(council, person, row.completed_date), "count")
    for child in council.by("ssd_person", "pers_person_id"):
        if looked_after(council, child, period.end):
            parts = parts_of_child_and_team(council, child, period.end)
            yield Case(child in latest, parts, "pct_of_looked_after_cohort")
    for child in unknown_on(council, period.end):
        parts = parts_of_child_and_team(council, child.person, period.end)
        yield Case(None, parts, "pct_of_looked_after_cohort", because="unknown")


def latest_versions(council: Council) -> list[Row]:
    """Return the row of the greatest version of each entry of the register, whatever its status."""
    latest: dict[str, Row] = {}
    for row in council.rows("local_evidence_register"):
        known = latest.get(row.register_id)
        rank = (row.version or 0, row.register_version_id)
        if row.register_id and (not known or (known.version or 0, known.register_version_id) < rank):
            latest[row.register_id] = row
    return list(latest.values())


def is_published(row: Row) -> bool:
    """Say whether an entry is signed off, dated, linked, and by another role than the owner's."""
    if row.sign_off_status != "SIGNED_OFF" or not row.sign_off_date or not row.evidence_link:
        return False
    return bool(row.sign_off_role) and row.sign_off_role.lower() != (row.owner_role or "").lower()


def register(council: Council, period: Period, theme: str) -> Iterator[Case]:
    """Yield the entries of a theme with evidence dated in the period (108, 111)."""
    for row in latest_versions(council):
        if row.theme != theme or not row.evidence_date or not period.start <= row.evidence_date <= period.end:
            continue
        parts = {"service_area": row.service_area or "not recorded"}
        yield Case(is_published(row), parts, "count")
        yield Case(
            row.sign_off_status in ("DRAFT", "SUBMITTED", "REJECTED"), parts, "awaiting_sign_off_count"
        )
        is_bare = row.sign_off_status == "SIGNED_OFF" and not row.evidence_link
        yield Case(is_bare, parts, "entries_without_evidence_link_count")
        if is_published(row) and row.submitted_date and row.submitted_date <= row.sign_off_date:
            yield Case((row.sign_off_date - row.submitted_date).days, parts, "days_to_sign_off_median")


def measure_108(council: Council, period: Period) -> Iterator[Case]:
    """Count evidence of the involvement of children and young people."""
    yield from register(council, period, "INVOLVEMENT")


def measure_111(council: Council, period: Period) -> Iterator[Case]:
    """Count evidence of change from the feedback of children and young people."""
    yield from register(council, period, "FEEDBACK")


def measure_109(council: Council, period: Period) -> Iterator[Case]:
    """Count young people at activities that shape policy, services or who works in them."""
    attendances = council.by("local_participation_attendance", "activity_id")
    latest: dict[str, tuple[date, str]] = {}
    unknown: dict[str, tuple[date, str | None]] = {}
    for activity in council.rows("local_participation_activities"):
        day = activity.activity_date
        if activity.purpose not in ("POLICY", "SERVICE_DESIGN", "RECRUITMENT") or not day:
            continue
        if not period.start <= day <= period.end:
            continue
        yield Case(True, {}, "activity_count")
        yield Case(activity.anonymous_headcount or 0, {}, "anonymous_headcount")
        for attendance in attendances.get(activity.activity_id, []):
            person = attendance.person_id
            years = age_on(council, person, day)
            if not person:
                unknown[f"nobody, {attendance.participation_attendance_id}"] = day, None
            elif birth_day(council, person) is None:
                unknown[person] = max(unknown.get(person, (day, person)), (day, person))
            elif years is not None and years < 26:
                known = latest.get(person, (date.min, ""))
                latest[person] = max(known, (day, attendance.participation_attendance_id))
    for day, person in unknown.values():
        yield Case(None, parts_of_child_and_team(council, person, day), "count", because="unknown")
    for person, (day, _) in latest.items():
        yield Case(True, parts_of_child_and_team(council, person, day), "count")
