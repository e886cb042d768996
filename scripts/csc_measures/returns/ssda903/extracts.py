"""
Turn the kept rows of SSDA903 returns into the records of each extract, table by table.

What a return does not carry is set here, by these rules:

- a period of care chains a child's episodes (next start on or before the latest end so far). The date of
  entering care is known only when its first episode starts with S;
- legal status and placement are spells of consecutive episodes; a spell bears the id of its first episode.
  P, B and S start a placement even when type, URN and postcode stay the same;
- OC2 says what was done by 31 March, so its checks, immunisations and scores bear that date; the earlier of
  two health assessments of a child under 5 bears 30 September before it;
- unaccompanied asylum-seeking children are so from their first known episode until DUC, or until the end of
  the last year that lists them. A DUC after the last return lies ahead;
- a death is dated by the end of the episode (REC E2), or by the birthday at which it is told;
- a review in a return was held; children have social workers of a return as allocated case workers.

For adoptions and care leavers see `adoptions` and `care_leavers`.
"""

from collections import defaultdict
from datetime import date, timedelta

from csc_measures.returns.rows import Born, Reading, Record, Row, Tables, as_yes_no, numbered, year_end
from csc_measures.returns.ssda903.adoptions import permanence
from csc_measures.returns.ssda903.ages import age, birthday_in
from csc_measures.returns.ssda903.care import (
    Periods,
    Spell,
    episode_id,
    is_new_placement,
    period_id,
    period_on,
    spells,
)
from csc_measures.returns.ssda903.care_leavers import DIED, care_leaver_birthdays, care_leaver_spells

# The extracts, the table whose presence says that they are there, and whom they hold.
SOURCES = {
    "ssd_person": ("header", "looked_after"),
    "ssd_immigration_status": ("uasc", "looked_after"),
    "ssd_cla_episodes": ("episodes", "looked_after"),
    "ssd_legal_status": ("episodes", "looked_after"),
    "ssd_cla_placement": ("episodes", "looked_after"),
    "ssd_permanence": ("episodes", "looked_after"),
    "ssd_cla_reviews": ("reviews", "looked_after"),
    "ssd_missing": ("missing", "looked_after"),
    "ssd_cla_health": ("oc2", "looked_after"),
    "ssd_cla_immunisations": ("oc2", "looked_after"),
    "ssd_sdq_scores": ("oc2", "looked_after"),
    "local_care_leaver_spells": ("oc3", "care_leavers"),
    "local_care_leaver_birthdays": ("oc3", "care_leavers"),
    "ssd_involvements": ("sw_episodes", "looked_after"),
}
# Extracts that hold one row per person, so that only the last year's values are in them.
LATEST_VALUES = ("ssd_cla_immunisations",)
# The columns that an extract is about: in a year in which no row answers any, it covers nothing.
ANSWERS = {
    "ssd_cla_health": ("HEALTH_CHECK", "TEETH_CHECK", "HEALTH_ASSESSMENT"),
    "ssd_cla_immunisations": ("IMMUNISATIONS",),
    "ssd_sdq_scores": ("SDQ_SCORE", "SDQ_REASON"),
}
DIED_IN_CARE = "E2"


def extracts_of(tables: Tables, reading: Reading) -> dict[str, list[Record]]:
    """
    Make the records of every extract; those of an absent table are empty.

    What the tables say against each other is noted as findings of the reading.
    """
    children = persons(reading)
    born = {child["pers_person_id"]: child["pers_dob"] for child in children}
    died = deaths(tables, born)
    for child in children:
        child["pers_death_date"] = died.get(child["pers_person_id"])
    periods: Periods = defaultdict(list)
    for period in spells(tables["episodes"]):
        periods[period.child].append(period)
    return {
        "ssd_person": children,
        "ssd_immigration_status": immigration_statuses(tables, reading),
        **episode_extracts(tables["episodes"], periods),
        "ssd_permanence": permanence(tables, periods, reading),
        "ssd_cla_reviews": reviews(tables, periods),
        "ssd_missing": missing_episodes(tables),
        "ssd_cla_health": health_checks(tables, born),
        "ssd_cla_immunisations": immunisations(tables),
        "ssd_sdq_scores": sdq_scores(tables),
        "local_care_leaver_spells": care_leaver_spells(tables, born, reading),
        "local_care_leaver_birthdays": care_leaver_birthdays(tables, born, reading),
        "ssd_involvements": involvements(tables),
    }


def persons(reading: Reading) -> list[Record]:
    """List every child of any file once; header first, then the other tables fill what it lacks."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    rows = [row for table in reading.rows.values() for row in table]
    rows.sort(key=lambda row: (row.table == "header", row.year, row.table, -row.line))
    for row in rows:
        found[row["CHILD"]].setdefault("first", row)
        for column in ("DOB", "SEX", "ETHNIC", "UPN", "MOTHER"):
            if row[column] is not None:
                found[row["CHILD"]][column] = row
        if row.table == "header":
            found[row["CHILD"]]["header"] = row
    for row in rows:
        if row["DOB"] and row["DOB"] != found[row["CHILD"]]["DOB"]["DOB"]:
            reading.find(row, "DOB", "date_of_birth_differs")
    records = []
    for child, sources in sorted(found.items()):
        if "header" not in sources:
            reading.find(sources["first"], "CHILD", "child_not_in_header")
        if "DOB" not in sources:
            reading.find(sources["first"], "DOB", "no_date_of_birth")
        value = {column: row[column] for column, row in sources.items() if column in row}
        upn = value.get("UPN") or ""
        unknown = upn.upper().startswith("UN")
        records.append(
            {
                "pers_person_id": child,
                "pers_sex": value.get("SEX"),
                "pers_ethnicity": value.get("ETHNIC"),
                "pers_dob": value.get("DOB"),
                "pers_upn_unknown": upn.upper() if unknown else None,
                "pers_is_mother": as_yes_no(value.get("MOTHER")),
                "pers_upn": None if unknown else upn,
            }
        )
    return records


def deaths(tables: Tables, born: Born) -> dict[str, date]:
    """Date each death by the end of the last episode of care, else by the birthday at which it was told."""
    died = {
        row["CHILD"]: row["DEC"] for row in tables["episodes"] if row["REC"] == DIED_IN_CARE and row["DEC"]
    }
    for row in tables["oc3"]:
        dob = born[row["CHILD"]]
        if row["IN_TOUCH"] == DIED and dob:
            died.setdefault(row["CHILD"], birthday_in(row.year, dob))
    return died


def immigration_statuses(tables: Tables, reading: Reading) -> list[Record]:
    """Give each unaccompanied asylum-seeking child the status from the first known episode on."""
    first: dict[str, date] = {}
    for row in tables["episodes"]:
        first.setdefault(row["CHILD"], row["DECOM"])
    last_year = max(reading.years_of("uasc"), default=0)

    def end(row: Row) -> date | None:
        listed_until = date.max if row.year == last_year else year_end(row.year) + timedelta(days=1)
        until = min(row["DUC"] or date.max, listed_until)
        return until if until <= year_end(last_year) else None

    return [
        {
            "immi_immigration_status_id": row["CHILD"],
            "immi_person_id": row["CHILD"],
            "immi_immigration_status": "UASC",
            "immi_immigration_status_start_date": first.get(row["CHILD"], date(row.year - 1, 4, 1)),
            "immi_immigration_status_end_date": end(row),
        }
        for row in tables["uasc"]
    ]


def episode_extracts(episodes: list[Row], periods: Periods) -> dict[str, list[Record]]:
    """Turn the episodes into care episodes, legal statuses and placements."""
    placements = spells(episodes, is_new_placement)
    period_of = {id(row): period for chain in periods.values() for period in chain for row in period.episodes}
    placement_of = {id(row): placement for placement in placements for row in placement.episodes}
    return {
        "ssd_cla_episodes": [
            {
                "clae_cla_episode_id": episode_id(row),
                "clae_person_id": row["CHILD"],
                "clae_cla_episode_start_date": row["DECOM"],
                "clae_cla_episode_start_reason": row["RNE"],
                "clae_cla_primary_need_code": row["CIN"],
                "clae_cla_episode_ceased_date": row["DEC"],
                "clae_cla_episode_ceased_reason": row["REC"],
                "clae_cla_id": period_id(period_of[id(row)]),
                "clae_cla_placement_id": placement_of[id(row)].id,
                "clae_entered_care_date": _entered_care(period_of[id(row)]),
            }
            for row in episodes
        ],
        "ssd_legal_status": [
            {
                "lega_legal_status_id": spell.id,
                "lega_person_id": spell.child,
                "lega_legal_status": spell.episodes[0]["LS"],
                "lega_legal_status_start_date": spell.start,
                "lega_legal_status_end_date": spell.end,
            }
            for spell in spells(episodes, lambda before, row: before["LS"] != row["LS"])
        ],
        "ssd_cla_placement": [
            {
                "clap_cla_placement_id": placement.id,
                "clap_cla_placement_start_date": placement.start,
                "clap_cla_placement_type": placement.episodes[0]["PLACE"],
                "clap_cla_placement_urn": placement.episodes[0]["URN"],
                "clap_cla_placement_distance": placement.episodes[-1]["PL_DISTANCE"],
                "clap_cla_id": period_id(period_of[id(placement.episodes[0])]),
                "clap_cla_placement_provider": placement.episodes[-1]["PLACE_PROVIDER"],
                "clap_cla_placement_postcode": placement.episodes[0]["PL_POST"],
                "clap_cla_placement_end_date": placement.end,
                "clap_cla_placement_change_reason": placement.episodes[-1]["REASON_PLACE_CHANGE"],
                "clap_person_id": placement.child,
            }
            for placement in placements
        ],
    }


def reviews(tables: Tables, periods: Periods) -> list[Record]:
    """List the reviews held."""
    return [
        {
            "clar_cla_review_id": number,
            "clar_cla_id": period_on(periods, row["CHILD"], row["REVIEW"]),
            "clar_cla_review_date": row["REVIEW"],
            "clar_cla_review_cancelled": "N",
            "clar_cla_review_participation": row["REVIEW_CODE"],
            "clar_cla_person_id": row["CHILD"],
        }
        for number, row in numbered(tables["reviews"], "CHILD", "REVIEW")
    ]


def missing_episodes(tables: Tables) -> list[Record]:
    """List the episodes of going missing (M) and of being away without authorisation (A)."""
    return [
        {
            "miss_table_id": number,
            "miss_person_id": row["CHILD"],
            "miss_missing_episode_start_date": row["MIS_START"],
            "miss_missing_episode_type": row["MISSING"],
            "miss_missing_episode_end_date": row["MIS_END"],
        }
        for number, row in numbered(tables["missing"], "CHILD", "MIS_START")
    ]


def health_checks(tables: Tables, born: Born) -> list[Record]:
    """List the checks ticked in OC2; two health assessments for a child under 5 at 31 March."""
    done = []
    for row in tables["oc2"]:
        on = year_end(row.year)
        if row["HEALTH_ASSESSMENT"]:
            dob = born[row["CHILD"]]
            if dob and age(dob, on) < 5:
                done.append((row["CHILD"], "HEALTH_ASSESSMENT", date(row.year - 1, 9, 30)))
            done.append((row["CHILD"], "HEALTH_ASSESSMENT", on))
        if row["TEETH_CHECK"]:
            done.append((row["CHILD"], "DENTAL_CHECK", on))
        if row["HEALTH_CHECK"]:
            done.append((row["CHILD"], "DEVELOPMENT_CHECK", on))
    return [
        {
            "clah_health_check_id": f"{child}-{on:%Y%m%d}-{kind}",
            "clah_person_id": child,
            "clah_health_check_type": kind,
            "clah_health_check_date": on,
            "clah_health_check_status": "Completed",
        }
        for child, kind, on in done
    ]


def immunisations(tables: Tables) -> list[Record]:
    """Give each child the latest known answer to whether immunisations are up to date."""
    latest = {row["CHILD"]: row for row in tables["oc2"] if row["IMMUNISATIONS"] is not None}
    return [
        {
            "clai_person_id": child,
            "clai_immunisations_status": as_yes_no(row["IMMUNISATIONS"]),
            "clai_immunisations_status_date": year_end(row.year),
        }
        for child, row in latest.items()
    ]


def sdq_scores(tables: Tables) -> list[Record]:
    """List the scores of the strengths and difficulties questionnaire, where there is one."""
    return [
        {
            "csdq_table_id": f"{row['CHILD']}-{row.year}",
            "csdq_person_id": row["CHILD"],
            "csdq_sdq_completed_date": year_end(row.year),
            "csdq_sdq_reason": row["SDQ_REASON"],
            "csdq_sdq_score": row["SDQ_SCORE"],
        }
        for row in tables["oc2"]
        if row["SDQ_SCORE"] is not None
    ]


def involvements(tables: Tables) -> list[Record]:
    """List the children's social workers as their allocated case workers."""
    return [
        {
            "invo_involvements_id": number,
            "invo_professional_id": row["SW_ID"],
            "invo_professional_role_id": "CW",
            "invo_involvement_start_date": row["SW_DECOM"],
            "invo_involvement_end_date": row["SW_DEC"],
            "invo_worker_change_reason": row["SW_REASON"],
            "invo_person_id": row["CHILD"],
        }
        for number, row in numbered(tables["sw_episodes"], "CHILD", "SW_DECOM")
    ]


def _entered_care(period: Spell) -> date | None:
    return period.start if period.episodes[0]["RNE"] == "S" else None
