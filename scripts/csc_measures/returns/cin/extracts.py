"""
Turn the kept rows of CIN census returns into the records of each extract, module by module.

- A referral is known by child and date; the assessments, enquiries and plans in its CINdetails refer to it.
- A conference stands in its enquiry (Section47). One that stands in CINdetails itself is of a child who moved
  in from another authority, with no enquiry here: a transfer in.
- A plan is linked to the conference of the child that was held on the day it began.
- ICPCnotRequired says no to the enquiry's outcome CP_CONFERENCE; a conference that was held says yes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator

from csc_measures.returns.cin.tables import CHILD, ENDS
from csc_measures.returns.rows import Record, Row, Tables, as_yes_no, numbered

# The extracts, the module whose presence says that they are there, and whom they hold.
SOURCES = {
    "ssd_person": ("Child", "all"),
    "ssd_disability": ("Disability", "all"),
    "ssd_cin_episodes": ("CINdetails", "all"),
    "ssd_cin_assessments": ("Assessments", "all"),
    "ssd_assessment_factors": ("AssessmentFactors", "all"),
    "ssd_cin_plans": ("CINPlanDates", "all"),
    "ssd_s47_enquiry": ("Section47", "all"),
    "ssd_initial_cp_conference": ("Section47", "all"),
    "ssd_cp_plans": ("ChildProtectionPlans", "all"),
    "ssd_cp_reviews": ("CPPreviewDate", "all"),
}
Ids = dict[int, str]
"""The id of a row, by the row itself."""


def extracts_of(tables: Tables) -> dict[str, list[Record]]:
    """Make the records of every extract; those of an absent module are empty."""
    ids: Ids = {
        id(row): number
        for table, column in (
            ("CINdetails", "CINreferralDate"),
            ("Assessments", "AssessmentActualStartDate"),
            ("CINPlanDates", "CINPlanStartDate"),
            ("Section47", "S47ActualStartDate"),
            ("ChildProtectionPlans", "CPPstartDate"),
        )
        for number, row in numbered(tables[table], CHILD, column)
    }
    conferences = list(_conferences(tables, ids))
    held = {(each["icpc_person_id"], each["icpc_icpc_date"]): each for each in reversed(conferences)}
    plans = [_plan(row, ids, held) for row in tables["ChildProtectionPlans"]]
    plan_of = {plan["cppl_icpc_id"]: plan["cppl_cp_plan_id"] for plan in reversed(plans)}
    for conference in conferences:
        conference["icpc_cp_plan_id"] = plan_of.get(conference["icpc_icpc_id"])
    return {
        "ssd_person": [_person(row) for row in tables["Child"]],
        "ssd_disability": [
            {
                "disa_person_id": row[CHILD],
                "disa_table_id": f"{row[CHILD]}-{row['Disability']}",
                "disa_disability_code": row["Disability"],
            }
            for row in tables["Disability"]
        ],
        "ssd_cin_episodes": [_referral(row, ids) for row in tables["CINdetails"]],
        "ssd_cin_assessments": [
            {
                "cina_assessment_id": ids[id(row)],
                "cina_person_id": row[CHILD],
                "cina_referral_id": _parent(row, ids),
                "cina_assessment_start_date": row["AssessmentActualStartDate"],
                "cina_assessment_auth_date": row["AssessmentAuthorisationDate"],
            }
            for row in tables["Assessments"]
        ],
        "ssd_assessment_factors": list(_factors(tables["AssessmentFactors"], ids)),
        "ssd_cin_plans": [
            {
                "cinp_cin_plan_id": ids[id(row)],
                "cinp_referral_id": _parent(row, ids),
                "cinp_person_id": row[CHILD],
                "cinp_cin_plan_start_date": row["CINPlanStartDate"],
                "cinp_cin_plan_end_date": row[ENDS["CINPlanDates"]],
            }
            for row in tables["CINPlanDates"]
        ],
        "ssd_s47_enquiry": [_enquiry(row, ids) for row in tables["Section47"]],
        "ssd_initial_cp_conference": conferences,
        "ssd_cp_plans": plans,
        "ssd_cp_reviews": [
            {
                "cppr_cp_review_id": f"{number}-review",
                "cppr_person_id": row[CHILD],
                "cppr_cp_plan_id": _parent(row, ids),
                "cppr_cp_review_date": row["CPPreviewDate"],
            }
            for number, row in numbered(tables["CPPreviewDate"], CHILD, "CPPreviewDate")
        ],
    }


def _parent(row: Row, ids: Ids) -> str | None:
    return ids.get(id(row.parent))


def _person(row: Row) -> Record:
    return {
        "pers_person_id": row[CHILD],
        "pers_sex": row["Sex"],
        "pers_ethnicity": row["Ethnicity"],
        "pers_dob": row["PersonBirthDate"],
        "pers_upn_unknown": row["UPNunknown"],
        "pers_expected_dob": row["ExpectedPersonBirthDate"],
        "pers_death_date": row["PersonDeathDate"],
        "pers_upn": row["UPN"],
    }


def _referral(row: Row, ids: Ids) -> Record:
    return {
        "cine_referral_id": ids[id(row)],
        "cine_person_id": row[CHILD],
        "cine_referral_date": row["CINreferralDate"],
        "cine_cin_primary_need_code": row["PrimaryNeedCode"],
        "cine_referral_source_code": row["ReferralSource"],
        "cine_referral_nfa": as_yes_no(row["ReferralNFA"]),
        "cine_close_reason": row["ReasonForClosure"],
        "cine_close_date": row[ENDS["CINdetails"]],
    }


def _factors(rows: list[Row], ids: Ids) -> Iterator[Record]:
    """Give each assessment that has factors one row with all of them."""
    of_assessment: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        assessment = _parent(row, ids)
        if assessment:
            of_assessment[assessment].append(row["AssessmentFactors"])
    for assessment, factors in of_assessment.items():
        yield {
            "cinf_table_id": assessment,
            "cinf_assessment_id": assessment,
            "cinf_assessment_factors_json": json.dumps(sorted(set(factors))),
        }


def _enquiry(row: Row, ids: Ids) -> Record:
    led = "Y" if row["DateOfInitialCPC"] else "N" if row["ICPCnotRequired"] else None
    return {
        "s47e_s47_enquiry_id": ids[id(row)],
        "s47e_referral_id": _parent(row, ids),
        "s47e_person_id": row[CHILD],
        "s47e_s47_start_date": row["S47ActualStartDate"],
        "s47e_s47_outcome_json": json.dumps({"CP_CONFERENCE": led}) if led else None,
    }


def _conferences(tables: Tables, ids: Ids) -> Iterator[Record]:
    """List the conferences held: of each enquiry, then those of children who moved in."""
    held = [row for table in ("Section47", "CINdetails") for row in tables[table] if row["DateOfInitialCPC"]]
    for number, row in numbered(held, CHILD, "DateOfInitialCPC"):
        is_transfer = row.table == "CINdetails"
        yield {
            "icpc_icpc_id": number,
            "icpc_s47_enquiry_id": None if is_transfer else ids[id(row)],
            "icpc_person_id": row[CHILD],
            "icpc_referral_id": ids[id(row)] if is_transfer else _parent(row, ids),
            "icpc_icpc_transfer_in": as_yes_no(is_transfer),
            "icpc_icpc_target_date": row["InitialCPCtarget"],
            "icpc_icpc_date": row["DateOfInitialCPC"],
        }


def _plan(row: Row, ids: Ids, held: dict[tuple, Record]) -> Record:
    conference = held.get((row[CHILD], row["CPPstartDate"]), {})
    return {
        "cppl_cp_plan_id": ids[id(row)],
        "cppl_referral_id": _parent(row, ids),
        "cppl_icpc_id": conference.get("icpc_icpc_id"),
        "cppl_person_id": row[CHILD],
        "cppl_cp_plan_start_date": row["CPPstartDate"],
        "cppl_cp_plan_end_date": row[ENDS["ChildProtectionPlans"]],
        "cppl_cp_plan_initial_category": row["InitialCategoryOfAbuse"],
        "cppl_cp_plan_latest_category": row["LatestCategoryOfAbuse"],
    }
