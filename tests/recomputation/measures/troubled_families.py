"""Measures 119 and 120: families on the programme and its employment claims."""

from collections.abc import Iterator

from ..counting import Case, Period
from ..extracts import Council, Row
from ..spells import is_current


def measure_119(council: Council, period: Period) -> Iterator[Case]:
    """Count families worked with in the year: eligible, with a whole-family plan and a lead worker."""
    first, last = period.start, period.end
    for family in council.rows("local_families"):
        start, end = family.programme_start_date, family.programme_end_date
        if start is None or start > last:
            continue
        eligible = (family.criteria_met or 0) >= 2
        plan = family.whole_family_plan_date
        planned = bool(plan and plan <= last and family.lead_worker_id)
        in_year = end is None or end >= first
        claims = {
            "count": eligible and planned and in_year,
            "attached_no_plan_count": eligible and not planned and in_year,
            "current_at_period_end_count": eligible and planned and is_current(start, end, last),
            "cumulative_since_programme_start_count": eligible and planned,
        }
        is_reversed = end is not None and end < start
        for statistic, claim in claims.items():
            yield Case(
                None if is_reversed else claim, {}, statistic, because="unknown" if is_reversed else None
            )


def is_first_result(council: Council, claim: Row) -> bool:
    """Say whether an accepted claim is its family's first: on one day the lower id."""
    claims = council.by("local_programme_claims", "family_id")[claim.family_id]
    accepted = [other for other in claims if other.status == "ACCEPTED" and other.submitted_date]
    return claim is min(accepted, key=lambda other: (other.submitted_date, other.claim_id))


def measure_120(council: Council, period: Period) -> Iterator[Case]:
    """Count families with an accepted and audited employment claim, the first result of the family."""
    families = set()
    for claim in council.rows("local_programme_claims"):
        submitted = claim.submitted_date
        if (
            claim.claim_type != "CONTINUOUS_EMPLOYMENT"
            or not submitted
            or not period.start <= submitted <= period.end
        ):
            continue
        if not claim.family_id:
            for statistic in ("count", "pending_claims_count", "rejected_claims_count"):
                yield Case(None, {}, statistic, because="unknown")
            continue
        yield Case(claim.status == "SUBMITTED", {}, "pending_claims_count")
        yield Case(claim.status == "REJECTED", {}, "rejected_claims_count")
        audited = claim.audit_passed_date is not None and claim.audit_passed_date <= submitted
        if claim.status == "ACCEPTED" and audited and is_first_result(council, claim):
            families.add(claim.family_id)
    for _ in families:
        yield Case(True, {}, "count")
