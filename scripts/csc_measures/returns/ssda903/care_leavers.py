"""
Find in SSDA903 returns who is a care leaver, from when to when, and what was known of them on each birthday.

Care leavers are former relevant, and open to the service, from the 18th birthday, or from the birthday in
the first year that names them when that is the earlier. They no longer are from the birthday at which they
had died or returned home, from the day after the last year that names them, or from the 22nd birthday,
since no return asks after anybody older.
"""

from collections import defaultdict
from datetime import date, timedelta

from csc_measures.contract.extracts import read_contract
from csc_measures.returns.rows import Born, Reading, Record, Row, Tables, year_end
from csc_measures.returns.ssda903.ages import age, birthday, birthday_in

DIED, RETURNED_HOME = "DIED", "RHOM"
OLDEST = 21

Days = tuple[date | None, date | None]


def care_leaver_spells(tables: Tables, born: Born, reading: Reading) -> list[Record]:
    """Give each care leaver spells as former relevant, open where the last return still names them."""
    told: dict[str, list[Row]] = defaultdict(list)
    for row in tables["oc3"]:
        told[row["CHILD"]].append(row)
    years = sorted(reading.years_of("oc3"))
    return [
        {
            "care_leaver_spell_id": child if number == 0 else f"{child}-{number + 1}",
            "person_id": child,
            "eligibility": "FORMER_RELEVANT",
            "start_date": start,
            "end_date": end,
            "open_start_date": start,
            "open_end_date": end,
        }
        for child, rows in told.items()
        for number, (start, end) in enumerate(_as_care_leaver(rows, born[child], years))
    ]


def _as_care_leaver(rows: list[Row], dob: date | None, years: list[int]) -> list[Days]:
    """Give the first and last day of each spell of one care leaver, whose rows are in order of year."""
    if dob is None:
        return [(None, None)]
    found: list[Days] = []
    for row in rows:
        on = birthday_in(row.year, dob)
        has_left = row["IN_TOUCH"] in (DIED, RETURNED_HOME)
        is_over = not found or found[-1][1] is not None
        if is_over and has_left and found:
            continue
        start = (on if found else min(birthday(dob, dob.year + 18), on)) if is_over else found.pop()[0]
        found.append((start, on if has_left else _named_until(row, rows, dob, years)))
    return found


def _named_until(row: Row, rows: list[Row], dob: date, years: list[int]) -> date | None:
    """Give the day from which returns no longer name a care leaver named in a year; None: they still do."""
    following = next((year for year in years if year > row.year), None)
    if following is None or any(other.year == following for other in rows):
        return None
    if age(dob, birthday_in(row.year, dob)) < OLDEST:
        return year_end(row.year) + timedelta(days=1)
    too_old = birthday(dob, dob.year + OLDEST + 1)
    return too_old if too_old <= year_end(years[-1]) else None


def care_leaver_birthdays(tables: Tables, born: Born, reading: Reading) -> list[Record]:
    """List what was known of each care leaver on or around the birthday in the year."""
    records = []
    for row in tables["oc3"]:
        dob = born[row["CHILD"]]
        reached = age(dob, birthday_in(row.year, dob)) if dob else None
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


def _accommodation(row: Row, reading: Reading) -> tuple[str, str]:
    """Split ACCOM into the code and, after it, 1 (suitable) or 2; not in touch is 0 alone."""
    text = (row["ACCOM"] or "").upper()
    place, suitability = (text[0], text[1]) if len(text) == 2 else (text, "")
    codes = read_contract().codes
    known = [{code.code for code in codes[name]} | {""} for name in ("oc3_accom", "oc3_accom_suitability")]
    if place not in known[0] or suitability not in known[1]:
        reading.find(row, "ACCOM", "unknown_code")
    return place, suitability
