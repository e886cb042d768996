"""
Turn the kept rows of SSDA903 returns into the records of each extract, table by table.

What a return does not carry is set here, by these rules:

- a period of care chains a child's episodes (next start on or before the latest end so far). The date of
  entering care is known only when its first episode starts with S;
- legal status and placement are spells of consecutive episodes; a spell bears the id of its first episode.
  P, B and S start a placement even when type, URN and postcode stay the same;
- OC2 says what was done by 31 March, so its checks, immunisations and scores bear that date; the earlier of
  two health assessments of a child under 5 bears 30 September before it;
- unaccompanied asylum-seeking children are so from their first known episode until DUC;
- a care leaver is former relevant, and open, from the 18th birthday, or from the birthday in the first year
  that names them when that is the earlier;
- a review in a return was held; children have social workers of a return as allocated case workers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from csc_measures.contract.extracts import read_contract
from csc_measures.returns.ssda903.files import Reading, Row, year_end

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
ADOPTED = ("E11", "E12")
NEW_PLACEMENT = ("P", "B", "S")

Tables = dict[str, list[Row]]
Record = dict[str, Any]
Born = dict[str, date | None]


@dataclass(frozen=True)
class Spell:
    """Consecutive episodes without a gap that share something; known by the first one's id."""

    episodes: tuple[Row, ...]

    @property
    def id(self) -> str:
        """Give the id of the first episode."""
        return episode_id(self.episodes[0])

    @property
    def child(self) -> str:
        """Give the child."""
        return self.episodes[0]["CHILD"]

    @property
    def start(self) -> date:
        """Give the first day."""
        return self.episodes[0]["DECOM"]

    @property
    def end(self) -> date | None:
        """Give the latest end of its episodes, None when one of them is open."""
        ends = [episode["DEC"] for episode in self.episodes]
        return None if None in ends else max(ends)

    @property
    def last_day(self) -> date:
        """Give the end, the last of all days when open, the start when the end lies before it."""
        return max(self.start, self.end or date.max)


Periods = dict[str, list[Spell]]


def extracts_of(tables: Tables, reading: Reading) -> dict[str, list[Record]]:
    """
    Make the records of every extract; those of an absent table are empty.

    What the tables say against each other is noted as findings of the reading.
    """
    children = persons(reading)
    born = {child["pers_person_id"]: child["pers_dob"] for child in children}
    periods: Periods = defaultdict(list)
    for period in spells(tables["episodes"]):
        periods[period.child].append(period)
    return {
        "ssd_person": children,
        "ssd_immigration_status": immigration_statuses(tables),
        **episode_extracts(tables["episodes"], periods),
        "ssd_permanence": permanence(tables, periods, reading),
        "ssd_cla_reviews": reviews(tables, periods),
        "ssd_missing": missing_episodes(tables),
        "ssd_cla_health": health_checks(tables, born),
        "ssd_cla_immunisations": immunisations(tables),
        "ssd_sdq_scores": sdq_scores(tables),
        "local_care_leaver_spells": care_leaver_spells(tables, born),
        "local_care_leaver_birthdays": care_leaver_birthdays(tables, born, reading),
        "ssd_involvements": involvements(tables),
    }


def spells(episodes: Iterable[Row], is_new: Callable[[Row, Row], bool] | None = None) -> list[Spell]:
    """
    Chain a child's episodes (in order) while each starts on or before the latest end so far.

    `is_new` says when an episode starts a new spell although there is no gap. Without it the spells are
    the periods of care.
    """
    found: list[list[Row]] = []
    reached = date.min
    for row in episodes:
        before = found[-1][-1] if found else None
        follows = before is not None and row["CHILD"] == before["CHILD"] and row["DECOM"] <= reached
        if follows and not (is_new and is_new(before, row)):
            found[-1].append(row)
        else:
            found.append([row])
            reached = date.min
        reached = max(reached, row["DECOM"], row["DEC"] or date.max)
    return [Spell(tuple(rows)) for rows in found]


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
        known = found[row["CHILD"]].get("DOB")
        if row["DOB"] and row["DOB"] != known["DOB"]:
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
                "pers_is_mother": _yes_no(value.get("MOTHER")),
                "pers_upn": None if unknown else upn,
            }
        )
    return records


def immigration_statuses(tables: Tables) -> list[Record]:
    """Give each unaccompanied asylum-seeking child the status from the first known episode until DUC."""
    first: dict[str, date] = {}
    for row in tables["episodes"]:
        first.setdefault(row["CHILD"], row["DECOM"])
    return [
        {
            "immi_immigration_status_id": row["CHILD"],
            "immi_person_id": row["CHILD"],
            "immi_immigration_status": "UASC",
            "immi_immigration_status_start_date": first.get(row["CHILD"], date(row.year - 1, 4, 1)),
            "immi_immigration_status_end_date": row["DUC"],
        }
        for row in tables["uasc"]
    ]


def episode_extracts(episodes: list[Row], periods: Periods) -> dict[str, list[Record]]:
    """Turn the episodes into care episodes, legal statuses and placements."""
    placements = spells(episodes, _is_new_placement)
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


def permanence(tables: Tables, periods: Periods, reading: Reading) -> list[Record]:
    """
    List adoption orders with the decision, match and placement that led to them, and those that did not.

    An order (REC E11 or E12 with a date) takes the child's AD1 row, and the latest placement for adoption
    that started by the order and had not ceased before it. An AD1 row without an order takes the first
    placement on or after the match. A placement that is left stands alone.
    """
    details = {row["CHILD"]: row for row in tables["ad1"]}
    placed: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(tables["placed_for_adoption"], key=lambda row: row["DATE_PLACED"]):
        placed[row["CHILD"]].append(row)
    orders = {
        (row["CHILD"], row["DEC"]): row for row in tables["episodes"] if row["REC"] in ADOPTED and row["DEC"]
    }
    records = []
    for (child, ordered), episode in sorted(orders.items(), key=lambda item: item[0], reverse=True):
        led = [row for row in placed[child] if row["DATE_PLACED"] <= ordered <= _ceased(row)]
        detail = details.pop(child, None)
        if detail is None and reading.years_of("ad1"):
            reading.find(episode, "REC", "adoption_order_without_details")
        records.append(_permanence(child, periods, ordered, detail, _taken(placed[child], led[-1:])))
    for child, detail in details.items():
        reading.find(detail, "CHILD", "adoption_details_without_order")
        since = detail["DATE_MATCH"] or detail["DATE_INT"] or date.min
        led = [row for row in placed[child] if row["DATE_PLACED"] >= since]
        records.append(_permanence(child, periods, None, detail, _taken(placed[child], led[:1])))
    for child, left in placed.items():
        records.extend(_permanence(child, periods, None, None, row) for row in left)
    return records


def _ceased(placed: Row) -> date:
    return placed["DATE_PLACED_CEASED"] or date.max


def _taken(rows: list[Row], chosen: list[Row]) -> Row | None:
    """Take the chosen row, if any, out of the rows."""
    if not chosen:
        return None
    rows.remove(chosen[0])
    return chosen[0]


def _permanence(
    child: str, periods: Periods, ordered: date | None, detail: Row | None, placed: Row | None
) -> Record:
    detail_of, placed_of = detail or {}, placed or {}
    dates = (ordered, placed_of.get("DATE_PLACED"), detail_of.get("DATE_MATCH"), detail_of.get("DATE_INT"))
    known_on = next(filter(None, dates), None)
    kind = "order" if ordered else "details" if detail else "placed"
    return {
        "perm_table_id": f"{child}-{known_on:%Y%m%d}-{kind}" if known_on else f"{child}-{kind}",
        "perm_person_id": child,
        "perm_cla_id": _period_on(periods, child, known_on),
        "perm_adm_decision_date": detail_of.get("DATE_INT"),
        "perm_placed_for_adoption_date": placed_of.get("DATE_PLACED"),
        "perm_matched_date": detail_of.get("DATE_MATCH"),
        "perm_adopted_by_carer_flag": _yes_no(detail_of.get("FOSTER_CARE")),
        "perm_decision_reversed_date": placed_of.get("DATE_PLACED_CEASED"),
        "perm_decision_reversed_reason": placed_of.get("REASON_PLACED_CEASED"),
        "perm_permanence_order_date": ordered,
        "perm_permanence_order_type": "Adoption" if ordered else None,
        "perm_adopter_sex": detail_of.get("SEX_ADOPTR"),
        "perm_adopter_legal_status": detail_of.get("LS_ADOPTR"),
        "perm_number_of_adopters": detail_of.get("NB_ADOPTR"),
    }


def reviews(tables: Tables, periods: Periods) -> list[Record]:
    """List the reviews held."""
    return [
        {
            "clar_cla_review_id": number,
            "clar_cla_id": _period_on(periods, row["CHILD"], row["REVIEW"]),
            "clar_cla_review_date": row["REVIEW"],
            "clar_cla_review_cancelled": "N",
            "clar_cla_review_participation": row["REVIEW_CODE"],
            "clar_cla_person_id": row["CHILD"],
        }
        for number, row in _numbered(tables["reviews"], "REVIEW")
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
        for number, row in _numbered(tables["missing"], "MIS_START")
    ]


def health_checks(tables: Tables, born: Born) -> list[Record]:
    """List the checks ticked in OC2; two health assessments for a child under 5 at 31 March."""
    done = []
    for row in tables["oc2"]:
        on = year_end(row.year)
        if row["HEALTH_ASSESSMENT"]:
            if born[row["CHILD"]] and age(born[row["CHILD"]], on) < 5:
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
            "clai_immunisations_status": _yes_no(row["IMMUNISATIONS"]),
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


def care_leaver_spells(tables: Tables, born: Born) -> list[Record]:
    """Give each care leaver one open spell as former relevant."""
    first: dict[str, Row] = {}
    for row in tables["oc3"]:
        first.setdefault(row["CHILD"], row)
    records = []
    for child, row in first.items():
        dob = born[child]
        start = min(birthday(dob, dob.year + 18), birthday_in(row.year, dob)) if dob else None
        records.append(
            {
                "care_leaver_spell_id": child,
                "person_id": child,
                "eligibility": "FORMER_RELEVANT",
                "start_date": start,
                "open_start_date": start,
            }
        )
    return records


def care_leaver_birthdays(tables: Tables, born: Born, reading: Reading) -> list[Record]:
    """List what was known of each care leaver on or around the birthday in the year."""
    records = []
    for row in tables["oc3"]:
        on = birthday_in(row.year, born[row["CHILD"]]) if born[row["CHILD"]] else None
        reached = age(born[row["CHILD"]], on) if on else None
        if reached is not None and not 17 <= reached <= 21:
            reading.find(row, "DOB", "age_outside_17_to_21")
        place, suitability = _accommodation(row, reading)
        records.append(
            {
                "care_leaver_birthday_id": f"{row['CHILD']}-{row.year}",
                "person_id": row["CHILD"],
                "age_reached": reached,
                "in_touch_code": row["IN_TOUCH"],
                "accommodation_code": place,
                "accommodation_suitable": suitability,
                "activity_code": row["ACTIV"],
            }
        )
    return records


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
        for number, row in _numbered(tables["sw_episodes"], "SW_DECOM")
    ]


def age(born: date, on: date) -> int:
    """Give the completed years; someone born on 29 February reaches an age on 1 March in a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def birthday(born: date, year: int) -> date:
    """Give the birthday in a calendar year: 1 March for 29 February in a common year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def birthday_in(year: int, born: date) -> date:
    """Give the one birthday from 1 April to 31 March of a return's year."""
    early = birthday(born, year - 1)
    return early if early >= date(year - 1, 4, 1) else birthday(born, year)


def episode_id(row: Row) -> str:
    """Give the id of an episode: child, start and reason for a new episode, which are its key."""
    return f"{row['CHILD']}-{row['DECOM']:%Y%m%d}-{row['RNE'] or ''}"


def period_id(period: Spell) -> str:
    """Give the id of a period of care: child and start."""
    return f"{period.child}-{period.start:%Y%m%d}"


def _entered_care(period: Spell) -> date | None:
    return period.start if period.episodes[0]["RNE"] == "S" else None


def _is_new_placement(before: Row, row: Row) -> bool:
    return row["RNE"] in NEW_PLACEMENT or _placement_of(before) != _placement_of(row)


def _placement_of(row: Row) -> tuple[str | None, str | None, str]:
    return row["PLACE"], row["URN"], (row["PL_POST"] or "").replace(" ", "").upper()


def _period_on(periods: Periods, child: str, day: date | None) -> str | None:
    """Give the id of the period of care current on a day, else of the one that ended that day."""
    if day is None:
        return None
    on = [period for period in periods.get(child, ()) if period.start <= day <= period.last_day]
    return period_id(on[-1]) if on else None


def _numbered(rows: list[Row], column: str) -> Iterator[tuple[str, Row]]:
    """Give each row an id: child and date, and from the second of a child and day on, a number."""
    seen: dict[tuple, int] = defaultdict(int)
    for row in rows:
        seen[row["CHILD"], row[column]] += 1
        count = seen[row["CHILD"], row[column]]
        yield f"{row['CHILD']}-{row[column]:%Y%m%d}" + (f"-{count}" if count > 1 else ""), row


def _accommodation(row: Row, reading: Reading) -> tuple[str, str]:
    """Split ACCOM into the code and, after it, 1 (suitable) or 2; not in touch is 0 alone."""
    text = (row["ACCOM"] or "").upper()
    place, suitability = (text[0], text[1]) if len(text) == 2 else (text, "")
    codes = read_contract().codes
    known = [{code.code for code in codes[name]} | {""} for name in ("oc3_accom", "oc3_accom_suitability")]
    if place not in known[0] or suitability not in known[1]:
        reading.find(row, "ACCOM", "unknown_code")
    return place, suitability


def _yes_no(tick: bool | None) -> str | None:
    return None if tick is None else "Y" if tick else "N"
