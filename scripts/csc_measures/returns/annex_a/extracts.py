"""
Turn the kept rows of Annex A into the records of each extract, list by list.

What a list does not carry is set here, by these rules:

- a referral (List 3) and a case (List 6) that began on one day are one; a case that began later, still within
  the lists, is of the child's latest referral before it that no other case has; any other is one by itself;
- an assessment or enquiry refers to the child's latest referral on or before its start that had not closed;
- no support from social care (List 4) is no further action; a conference that was not necessary says no to
  the enquiry's outcome CP_CONFERENCE, one that was held says yes;
- a visit or review of Lists 7 and 8 is the latest one: a statutory visit sees the child, a review was held;
- a disability has no kind (DDA, as in the census, or NONE);
- a date of birth after the day of the workbook is the expected one of an unborn child.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from csc_measures.returns.annex_a.lists import CHILD, KNOWN_BY
from csc_measures.returns.rows import Reading, Record, Row, Tables, as_yes_no, numbered

# The extracts and the list whose presence says that they are there.
SOURCES = {
    "ssd_person": ("", "all"),
    "ssd_disability": ("", "all"),
    "ssd_contacts": ("List 1", "all"),
    "local_support_assessments": ("List 2", "all"),
    "ssd_cin_episodes": ("List 3", "all"),
    "ssd_cin_assessments": ("List 4", "all"),
    "ssd_s47_enquiry": ("List 5", "all"),
    "ssd_initial_cp_conference": ("List 5", "all"),
    "ssd_cp_plans": ("List 7", "all"),
    "ssd_cp_visits": ("List 7", "all"),
    "ssd_cp_reviews": ("List 7", "all"),
    "ssd_cla_episodes": ("List 8", "looked_after"),
    "ssd_legal_status": ("List 8", "looked_after"),
    "ssd_cla_placement": ("List 8", "looked_after"),
    "ssd_cla_reviews": ("List 8", "looked_after"),
    "ssd_cla_visits": ("List 8", "looked_after"),
    "ssd_cla_health": ("List 8", "looked_after"),
    "ssd_immigration_status": ("List 8", "looked_after"),
    "ssd_care_leavers": ("List 9", "care_leavers"),
    "ssd_permanence": ("List 10", "looked_after"),
}
ADOPTION = "Adoption"


def extracts_of(tables: Tables, reading: Reading, since: date, made: date) -> dict[str, list[Record]]:
    """
    Make the records of every extract; those of an absent list are empty.

    `since` is the first day that the lists reach back to, `made` the day of the workbook. What the lists say
    against each other is noted.
    """
    referrals = _referrals(tables, reading, since)
    of_child: dict[str, list[Record]] = defaultdict(list)
    for referral in referrals:
        of_child[referral["cine_person_id"]].append(referral)
    return {
        "ssd_person": _persons(tables, reading, made),
        "ssd_disability": _disabilities(tables),
        "ssd_contacts": [
            {
                "cont_contact_id": number,
                "cont_person_id": row[CHILD],
                "cont_contact_date": row["contact_date"],
                "cont_contact_source_code": row["contact_source"],
            }
            for number, row in _of(tables, "List 1")
        ],
        "local_support_assessments": [
            {
                "support_assessment_id": number,
                "person_id": row[CHILD],
                "service_level": "EARLY_HELP",
                "start_date": row["assessment_start"],
                "completed_date": row["assessment_end"],
                "status": "COMPLETED" if row["assessment_end"] else "OPEN",
            }
            for number, row in _of(tables, "List 2")
        ],
        "ssd_cin_episodes": referrals,
        "ssd_cin_assessments": [
            {
                "cina_assessment_id": number,
                "cina_person_id": row[CHILD],
                "cina_referral_id": _referral_on(of_child[row[CHILD]], row["assessment_start"]),
                "cina_assessment_start_date": row["assessment_start"],
                "cina_assessment_child_seen": as_yes_no(row["seen"]),
                "cina_assessment_auth_date": row["assessment_authorised"],
                "cina_assessment_outcome_nfa": as_yes_no(
                    None if row["needs_support"] is None else not row["needs_support"]
                ),
            }
            for number, row in _of(tables, "List 4")
        ],
        **_protection(tables, of_child),
        **_care(tables),
        "ssd_care_leavers": [_care_leaver(row) for row in tables["List 9"]],
        "ssd_permanence": [_permanence(row) for row in tables["List 10"]],
    }


def _of(tables: Tables, table: str) -> Iterator[tuple[str, Row]]:
    return numbered(tables[table], CHILD, KNOWN_BY[table])


def _persons(tables: Tables, reading: Reading, made: date) -> list[Record]:
    """List every child of any list once, with the first value that a list has."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for rows in tables.values():
        for row in rows:
            known = found[row[CHILD]]
            known.setdefault("first", row)
            for column in ("sex", "ethnicity", "dob"):
                if row[column] is not None:
                    known.setdefault(column, row)
            if row["dob"] and row["dob"] != known["dob"]["dob"]:
                reading.find(row, "dob", "date_of_birth_differs")
    for known in found.values():
        if "dob" not in known:
            reading.find(known["first"], "dob", "no_date_of_birth")
    return [
        {
            "pers_person_id": child,
            **{
                f"pers_{column}": known[column][column] if column in known else None
                for column in ("sex", "ethnicity")
            },
            **_birth(known["dob"]["dob"] if "dob" in known else None, made),
        }
        for child, known in sorted(found.items())
    ]


def _birth(born: date | None, made: date) -> Record:
    is_expected = born is not None and born > made
    return {
        "pers_dob": None if is_expected else born,
        "pers_expected_dob": born if is_expected else None,
    }


def _disabilities(tables: Tables) -> list[Record]:
    answers: dict[str, bool] = {}
    for rows in tables.values():
        for row in rows:
            if row["disability"] is not None:
                answers[row[CHILD]] = answers.get(row[CHILD], False) or row["disability"]
    return [
        {
            "disa_person_id": child,
            "disa_table_id": child,
            "disa_disability_code": "DDA" if is_disabled else "NONE",
        }
        for child, is_disabled in sorted(answers.items())
    ]


def _referrals(tables: Tables, reading: Reading, since: date) -> list[Record]:
    """Make one of a referral and the case that it began; a case without its referral is one by itself."""
    referred: list[Record] = [
        {
            "cine_referral_id": number,
            "cine_person_id": row[CHILD],
            "cine_referral_date": row["referral_date"],
            "cine_referral_source_code": row["referral_source"],
            "cine_referral_nfa": as_yes_no(row["referral_nfa"]),
        }
        for number, row in _of(tables, "List 3")
    ]
    free: dict[str, list[Record]] = defaultdict(list)
    for referral in sorted(referred, key=lambda each: each["cine_referral_date"]):
        free[referral["cine_person_id"]].append(referral)
    cases = sorted(_of(tables, "List 6"), key=lambda each: each[1]["cin_start"])
    on_the_day = {(row[CHILD], row["cin_start"]) for _, row in cases}
    for number, row in cases:
        began = row["cin_start"]
        same: Record | None = None
        for referral in free[row[CHILD]]:
            on = referral["cine_referral_date"]
            if on == began or (since <= on < began and (row[CHILD], on) not in on_the_day):
                same = referral
        if same is None:
            same = {
                "cine_referral_id": f"{number}-case",
                "cine_person_id": row[CHILD],
                "cine_referral_date": began,
            }
            referred.append(same)
            if "List 3" in reading.rows and began >= since:
                reading.find(row, "cin_start", "case_without_referral")
        else:
            free[row[CHILD]].remove(same)
            if same["cine_referral_date"] != began:
                reading.find(row, "cin_start", "case_begins_after_referral")
        same |= {
            "cine_cin_primary_need_code": row["need"],
            "cine_close_reason": row["cin_reason"],
            "cine_close_date": row["cin_end"],
        }
    return referred


def _referral_on(referrals: list[Record], day: date) -> str | None:
    """Give the latest referral on or before a day that had not closed by then."""
    open_then = [
        referral
        for referral in referrals
        if referral["cine_referral_date"] <= day and (referral.get("cine_close_date") or date.max) >= day
    ]
    latest = max(open_then, key=lambda each: each["cine_referral_date"], default=None)
    return latest["cine_referral_id"] if latest else None


def _protection(tables: Tables, of_child: dict[str, list[Record]]) -> dict[str, list[Record]]:
    """Turn enquiries and plans into records, and link a plan to the conference of the day it began."""
    enquiries: list[Record] = []
    conferences: list[Record] = []
    enquiry_of = {id(row): number for number, row in _of(tables, "List 5")}
    for row in tables["List 5"]:
        led = "Y" if row["conference_date"] else "N" if row["conference_unnecessary"] else None
        enquiries.append(
            {
                "s47e_s47_enquiry_id": enquiry_of[id(row)],
                "s47e_referral_id": _referral_on(of_child[row[CHILD]], row["s47_start"]),
                "s47e_person_id": row[CHILD],
                "s47e_s47_start_date": row["s47_start"],
                "s47e_s47_outcome_json": json.dumps({"CP_CONFERENCE": led}) if led else None,
            }
        )
    held = [row for row in tables["List 5"] if row["conference_date"]]
    for number, row in numbered(held, CHILD, "conference_date"):
        conferences.append(
            {
                "icpc_icpc_id": number,
                "icpc_s47_enquiry_id": enquiry_of[id(row)],
                "icpc_person_id": row[CHILD],
                "icpc_icpc_transfer_in": "N",
                "icpc_icpc_date": row["conference_date"],
                "icpc_icpc_outcome_cp_flag": as_yes_no(row["conference_plan"]),
            }
        )
    on_the_day = {
        (each["icpc_person_id"], each["icpc_icpc_date"]): each["icpc_icpc_id"]
        for each in reversed(conferences)
    }
    plans = list(_of(tables, "List 7"))
    return {
        "ssd_s47_enquiry": enquiries,
        "ssd_initial_cp_conference": conferences,
        "ssd_cp_plans": [
            {
                "cppl_cp_plan_id": number,
                "cppl_icpc_id": on_the_day.get((row[CHILD], row["plan_start"])),
                "cppl_person_id": row[CHILD],
                "cppl_cp_plan_start_date": row["plan_start"],
                "cppl_cp_plan_end_date": row["plan_end"],
                "cppl_cp_plan_initial_category": row["first_category"],
                "cppl_cp_plan_latest_category": row["category"],
            }
            for number, row in plans
        ],
        "ssd_cp_visits": [
            {
                "cppv_cp_visit_id": number,
                "cppv_person_id": row[CHILD],
                "cppv_cp_plan_id": number,
                "cppv_cp_visit_date": row["visit"],
                "cppv_cp_visit_seen": "Y",
                "cppv_cp_visit_seen_alone": as_yes_no(row["visit_alone"]),
            }
            for number, row in plans
            if row["visit"]
        ],
        "ssd_cp_reviews": [
            {
                "cppr_cp_review_id": f"{number}-review",
                "cppr_person_id": row[CHILD],
                "cppr_cp_plan_id": number,
                "cppr_cp_review_date": row["review"],
            }
            for number, row in plans
            if row["review"]
        ],
    }


def _care(tables: Tables) -> dict[str, list[Record]]:
    """Turn children in care into their latest period, legal status, placement, review, visit and checks."""
    periods = list(_of(tables, "List 8"))
    return {
        "ssd_cla_episodes": [
            {
                "clae_cla_episode_id": number,
                "clae_person_id": row[CHILD],
                "clae_cla_episode_start_date": row["care_start"],
                "clae_cla_episode_start_reason": "S",
                "clae_cla_primary_need_code": row["need"],
                "clae_cla_episode_ceased_date": row["care_end"],
                "clae_cla_episode_ceased_reason": row["care_reason"],
                "clae_cla_id": number,
                "clae_cla_placement_id": number if row["placement_start"] else None,
                "clae_entered_care_date": row["care_start"],
                "clae_cla_last_iro_contact_date": row["iro_visit"],
            }
            for number, row in periods
        ],
        "ssd_legal_status": [
            {
                "lega_legal_status_id": number,
                "lega_person_id": row[CHILD],
                "lega_legal_status": row["status"],
                "lega_legal_status_start_date": row["status_start"] or row["care_start"],
                "lega_legal_status_end_date": row["care_end"],
            }
            for number, row in periods
            if row["status"]
        ],
        "ssd_cla_placement": [
            {
                "clap_cla_placement_id": number,
                "clap_cla_placement_start_date": row["placement_start"],
                "clap_cla_placement_type": row["placement"],
                "clap_cla_placement_urn": row["urn"],
                "clap_cla_id": number,
                "clap_cla_placement_provider": row["provider"],
                "clap_cla_placement_postcode": row["postcode"],
                "clap_cla_placement_end_date": row["care_end"],
                "clap_person_id": row[CHILD],
            }
            for number, row in periods
            if row["placement_start"]
        ],
        "ssd_cla_reviews": [
            {
                "clar_cla_review_id": number,
                "clar_cla_id": number,
                "clar_cla_review_date": row["review"],
                "clar_cla_review_cancelled": "N",
                "clar_cla_person_id": row[CHILD],
            }
            for number, row in periods
            if row["review"]
        ],
        "ssd_cla_visits": [
            {
                "clav_cla_visit_id": number,
                "clav_cla_id": number,
                "clav_person_id": row[CHILD],
                "clav_cla_visit_date": row["visit"],
                "clav_cla_visit_seen": "Y",
            }
            for number, row in periods
            if row["visit"]
        ],
        "ssd_cla_health": [
            {
                "clah_health_check_id": f"{number}-{kind}",
                "clah_person_id": row[CHILD],
                "clah_health_check_type": kind,
                "clah_health_check_date": row[column],
                "clah_health_check_status": "Completed",
            }
            for number, row in periods
            for column, kind in (("health", "HEALTH_ASSESSMENT"), ("dental", "DENTAL_CHECK"))
            if row[column]
        ],
        "ssd_immigration_status": [
            {
                "immi_immigration_status_id": number,
                "immi_person_id": row[CHILD],
                "immi_immigration_status": "UASC",
                "immi_immigration_status_start_date": row["care_start"],
                "immi_immigration_status_end_date": row["care_end"],
            }
            for number, row in periods
            if row["unaccompanied"]
        ],
    }


def _care_leaver(row: Row) -> Record:
    return {
        "clea_table_id": row[CHILD],
        "clea_person_id": row[CHILD],
        "clea_care_leaver_eligibility": row["eligibility"],
        "clea_care_leaver_in_touch": row["in_touch"],
        "clea_care_leaver_latest_contact": row["contact"],
        "clea_care_leaver_accommodation": row["accommodation"],
        "clea_care_leaver_accom_suitable": row["suitable"],
        "clea_care_leaver_activity": row["activity"],
        "clea_pathway_plan_review_date": row["pathway_review"],
    }


def _permanence(row: Row) -> Record:
    return {
        "perm_table_id": row[CHILD],
        "perm_person_id": row[CHILD],
        "perm_adm_decision_date": row["decision"],
        "perm_placement_order_date": row["placement_order"],
        "perm_placed_for_adoption_date": row["placed"],
        "perm_matched_date": row["matched"],
        "perm_placed_ffa_cp_date": row["fostered"],
        "perm_decision_reversed_date": row["reversed"],
        "perm_decision_reversed_reason": row["reversed_reason"],
        "perm_permanence_order_date": row["order"],
        "perm_permanence_order_type": ADOPTION if row["order"] else None,
    }
