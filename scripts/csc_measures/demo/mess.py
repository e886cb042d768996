"""
A known dose of every fault that data can have, put into extracts that are in order, and a list of it.

The list has the columns of `marts.data_quality` and the rules of the contract: what a landing must find, no
more and no less. What must be accepted (other date forms, other encodings, formulas in names) is put in too,
and is not in the list. Faults for which a whole file is refused are left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from csc_measures.contract.extracts import Contract, Extract, read_contract
from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, read_rules
from csc_measures.demo.calendar import EPOCH
from csc_measures.demo.world import World

DOSE = 3
"""Rows that each fault is put into."""
LATE = 20_480
"""Rows that a reader which guesses types looks at; faults after them come as a surprise."""

Row = dict[str, str]
Where = Callable[[Row], bool]
Chance = Callable[[int], Iterable[float]]

VALUES: tuple[tuple[str, str, str, str], ...] = (
    ("ssd_person", "pers_legacy_id", "ZQX-L\x01\x00", "control_character"),
    ("ssd_cla_placement", "clap_cla_placement_type", "Q7", "unknown_code"),
    ("local_case_audits", "audit_type", "DEEP_DIVE", "unknown_code"),
    ("ssd_assessment_factors", "cinf_assessment_factors_json", '["3B", "99Z"]', "unknown_code"),
    ("local_pathway_plan_reviews", "review_date", "2025.03.01", "unreadable_date"),
    ("local_pathway_plan_reviews", "review_date", "infinity", "unreadable_date"),
    ("local_pathway_plan_reviews", "review_date", "45321", "excel_date_number"),
    ("ssd_cla_reviews", "clar_cla_review_date", "01/02/24", "two_digit_year"),
    ("ssd_cla_reviews", "clar_cla_review_date", "0026-03-01", "year_out_of_range"),
    ("ssd_cla_reviews", "clar_cla_review_date", "31/02/2025", "impossible_date"),
    ("ssd_cla_reviews", "clar_cla_review_date", "2025-02-29", "impossible_date"),
    ("local_post_occupancy", "worker_id", "9.43E+09", "id_in_scientific_notation"),
    ("ssd_cp_plans", "cppl_referral_id", "4711.0", "id_written_as_decimal"),
    ("ssd_cla_health", "clah_person_id", "P999999999", "broken_reference"),
    ("local_questionnaires", "tool", "N/A", "null_spelling"),
    ("local_questionnaires", "respondent", "NULL", "null_spelling"),
    ("local_questionnaires", "completed_date", "#N/A", "null_spelling"),
    ("local_questionnaires", "tool", "-", "null_spelling"),
    ("ssd_sdq_scores", "csdq_sdq_score", "1e3", "unreadable_number"),
    ("ssd_sdq_scores", "csdq_sdq_score", "1_000", "unreadable_number"),
    ("ssd_sdq_scores", "csdq_sdq_score", "0x1F", "unreadable_number"),
    ("ssd_sdq_scores", "csdq_sdq_score", "7.9", "unreadable_number"),
    ("ssd_cla_reviews", "clar_cla_review_cancelled", "perhaps", "unreadable_yes_no"),
    ("ssd_s47_enquiry", "s47e_s47_outcome_json", '{"NFA": "Y"', "unreadable_json"),
    ("ssd_contacts", "cont_contact_date", "", "no_placing_date"),
    ("ssd_contacts", "cont_contact_date", "1900-01-01", "no_placing_date"),
    ("ssd_cla_visits", "clav_cla_visit_date", "", "no_placing_date"),
    ("ssd_cin_assessments", "cina_assessment_start_date", "", "no_placing_date"),
    ("ssd_cp_visits", "cppv_cp_visit_date", "", "no_placing_date"),
    ("local_support_episodes", "start_date", "", "no_placing_date"),
)
"""Extract, column, text, and the rule that it breaks; each goes into rows that have a value there."""
ACCEPTED: tuple[tuple[str, str, str], ...] = (
    ("ssd_cp_reviews", "cppr_cp_review_date", "03/02/2025"),
    ("ssd_cp_reviews", "cppr_cp_review_date", "2025-02-03T00:00:00"),
    ("ssd_cp_reviews", "cppr_cp_review_quorate", "TRUE"),
    ("ssd_person", "pers_forename", "=cmd|' /C calc'!A1 ZQX"),
    ("ssd_person", "pers_forename", "<script>alert('ZQX')</script>"),
    ("ssd_person", "pers_forename", "ZQX'; drop table ssd_person; --"),
    ("local_missing_education", "reason", "ZQX first line\r\nZQX second line, with a comma"),
)
"""Extract, column and text that a landing takes as it is."""


@dataclass(frozen=True, order=True)
class Fault:
    """One finding to be expected: its place, its rule and what becomes of it."""

    extract: str
    file: str
    line: int
    column_name: str
    rule: str
    effect: str


@dataclass
class Record:
    """One row of a file, or a raw line in its place, and what it breaks: column ("" is the row) and rule."""

    row: Row
    raw: bytes | None = None
    broken: list[tuple[str, str]] = field(default_factory=list)
    is_touched: bool = False


@dataclass
class Sheet:
    """One extract's file while it is messed up."""

    extract: Extract
    path: Path
    records: list[Record]
    headings: list[str]
    encoding: str = "utf-8"
    line_end: str = "\n"
    begins_with: bytes = b""

    @property
    def is_csv(self) -> bool:
        """Whether it is a CSV file, which can have faults of form too."""
        return self.path.suffix == ".csv"

    def some(self, chance: Chance, where: Where = bool, n: int = DOSE) -> list[Record]:
        """Pick rows, spread over the file, that meet a condition and have no fault yet."""
        fit = [record for record in self.records if not record.is_touched and where(record.row)]
        n = min(n, len(fit))
        chosen = [fit[int((place + luck) / n * len(fit))] for place, luck in enumerate(chance(n))]
        for record in chosen:
            record.is_touched = True
        return chosen


Sheets = Callable[[str], Sheet]


def make_mess(world: World) -> list[Fault]:
    """Put the faults into the written extracts; gives what a landing must find, in order."""
    contract = read_contract()
    chance = world.dice("mess").free
    sheets: dict[str, Sheet] = {}

    def sheet(name: str) -> Sheet:
        if name not in sheets:
            sheets[name] = open_sheet(world, contract, name)
        return sheets[name]

    spoil_values(sheet, chance)
    spoil_dates(world, sheet, chance)
    spoil_episodes(sheet, chance)
    spoil_births(sheet, chance)
    spoil_keys(sheet, chance)
    if world.scribe.form == "csv":
        spoil_lines(sheet, chance)
        spoil_files(sheet, chance)
    faults = add_a_column(sheet("local_compliments")) + spoil_late_rows(world, contract)
    for messed in sheets.values():
        faults += write_sheet(messed)
    return sorted(faults)


def list_faults(faults: list[Fault], path: Path) -> None:
    """Write the list of faults beside the extracts."""
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["extract", "file", "line", "column_name", "rule", "effect"])
        for fault in faults:
            writer.writerow(
                [fault.extract, fault.file, fault.line or "", fault.column_name, fault.rule, fault.effect]
            )


# --- Faults in values


def spoil_values(sheet: Sheets, chance: Chance) -> None:
    """Put in values that cannot be read, or mean nothing here, and odd ones that are right."""
    for extract, column, text, rule in VALUES:
        for record in sheet(extract).some(chance, lambda row, column=column: bool(row[column])):
            record.row[column] = text
            record.broken.append((column, rule))
    for extract, column, text in ACCEPTED:
        for record in sheet(extract).some(chance, lambda row, column=column: bool(row[column])):
            record.row[column] = text


def spoil_late_rows(world: World, contract: Contract) -> list[Fault]:
    """Put a decimal into a column of whole numbers, after more rows than a guessing reader looks at."""
    messed = Sheet(contract.extracts["local_attendance"], path_of(world, "local_attendance"), [], [])
    table = read_table(world, "local_attendance")
    places = np.arange(min(LATE, table.num_rows - DOSE), table.num_rows)
    places = places[:: -(-places.size // DOSE)]
    is_late = np.isin(np.arange(table.num_rows), places)
    column = table.column_names.index("sessions_attended")
    spoilt = pc.if_else(pa.array(is_late), "7.9", table.column(column))
    world.scribe.save("local_attendance", table.set_column(column, "sessions_attended", spoilt))
    first = 2 if messed.is_csv else 1
    return [fault(messed, int(place) + first, "sessions_attended", "unreadable_number") for place in places]


def spoil_dates(world: World, sheet: Sheets, chance: Chance) -> None:
    """Put in dates in the future, blank ones, ends before starts, and a code of another time."""
    future = written(world.as_at + 400)
    sessions = sheet("local_supervision")
    for record in sessions.some(chance, lambda row: bool(row["supervision_date"])):
        record.row["supervision_date"] = future
        record.broken.append(("supervision_date", "after_as_at"))
    for record in sessions.some(chance, lambda row: row["status"] == "COMPLETED"):
        record.row["supervision_date"] = ""
        record.broken.append(("supervision_date", "no_placing_date"))
    for record in sessions.some(chance, lambda row: row["status"] != "COMPLETED"):
        record.row["supervision_date"] = ""  # as it may be: it did not take place
    plans = sheet("ssd_cin_plans")
    start, end = "cinp_cin_plan_start_date", "cinp_cin_plan_end_date"
    for record in plans.some(chance, lambda row: bool(row[end]) and row[start] > "2001"):
        record.row[end] = f"{int(record.row[start][:4]) - 1}{record.row[start][4:]}".replace(
            "-02-29", "-02-28"
        )
        record.broken.append((end, "end_before_start"))
    kind, begun = "clap_cla_placement_type", "clap_cla_placement_start_date"
    for record in sheet("ssd_cla_placement").some(
        chance, lambda row: row[begun] >= "2024-05" and row[kind] == "K3"
    ):
        record.row[kind] = "H5"
        record.broken.append((kind, "code_not_valid_on_date"))


def spoil_episodes(sheet: Sheets, chance: Chance) -> None:
    """Let episodes of care end too early (a gap) or too late (the next one overlaps)."""
    episodes = sheet("ssd_cla_episodes")
    person, start, end = "clae_person_id", "clae_cla_episode_start_date", "clae_cla_episode_ceased_date"
    by_start = {(record.row[person], record.row[start]): record for record in episodes.records}

    def long(record: Record) -> bool:
        row = record.row
        return days(row[end] or "2100-01-01") - days(row[start]) > 30

    def has_next(row: Row) -> bool:
        following = by_start.get((row[person], row[end]))
        return (
            row["clae_cla_episode_ceased_reason"] == "X1"
            and following is not None
            and not following.is_touched
            and long(following)
            and long(by_start[row[person], row[start]])
        )

    for turn, record in enumerate(episodes.some(chance, has_next, 2 * DOSE)):
        following = by_start[record.row[person], record.row[end]]
        following.is_touched = True
        shift = 5 if turn % 2 else -5
        record.row[end] = written(days(record.row[end]) + shift)
        record.broken.append((end, "gap_after_episode"))
        if shift > 0:
            following.broken.append((start, "overlapping_episode"))


def days(text: str) -> int:
    """Count the days of an ISO date since 1 January 1970."""
    return (EPOCH.fromisoformat(text[:10]) - EPOCH).days


def written(day: int) -> str:
    """Write the ISO date of a day counted since 1 January 1970."""
    return str(EPOCH + timedelta(days=day))


def spoil_births(sheet: Sheets, chance: Chance) -> None:
    """Take away dates of birth, and the expected ones of children who were referred before they were born."""
    people, referrals = sheet("ssd_person"), sheet("ssd_cin_episodes")
    born, expected = "pers_dob", "pers_expected_dob"
    for record in people.some(chance, lambda row: bool(row[born]) and row[expected] == "1900-01-01"):
        record.row[born] = ""
        record.broken.append((born, "no_date_of_birth"))
    early: dict[str, list[Record]] = {}
    for record in referrals.records:
        early.setdefault(record.row["cine_person_id"], []).append(record)

    def referred_early(row: Row) -> bool:
        known = early.get(row["pers_person_id"], [])
        return bool(row[born]) and any(record.row["cine_referral_date"] < row[born] for record in known)

    for record in people.some(chance, referred_early):
        record.row[expected] = "1900-01-01"
        for referral in early[record.row["pers_person_id"]]:
            if referral.row["cine_referral_date"] < record.row[born]:
                referral.is_touched = True
                referral.broken.append(("cine_referral_date", "referred_before_birth"))


# --- Faults in rows


def spoil_keys(sheet: Sheets, chance: Chance) -> None:
    """Take away keys, let a spreadsheet ruin them, and repeat rows, alike and changed."""
    for extract, change in (
        ("ssd_cp_reviews", "cppr_cp_plan_id"),
        ("local_education_plans", "meeting_date"),
    ):
        messed = sheet(extract)
        key = messed.extract.key.name
        for record in messed.some(chance):
            record.row[key] = ""
            record.broken.append((key, "no_key"))
        for record in messed.some(chance):
            record.row[key] = "9.43E+09"
            record.broken.append((key, "id_in_scientific_notation"))
        for record in messed.some(chance):
            messed.records.append(Record(dict(record.row), broken=[(key, "repeated_row")], is_touched=True))
        for record in messed.some(chance, lambda row, change=change: bool(row[change])):
            changed = {**record.row, change: ""}
            messed.records.append(Record(changed, broken=[(key, "conflicting_row")], is_touched=True))
        total = dict.fromkeys(messed.records[0].row, "") | {key: f"Total: {len(messed.records)}"}
        messed.records.append(Record(total, broken=[(key, "totals_row")], is_touched=True))


def spoil_lines(sheet: Sheets, chance: Chance) -> None:
    """Put in lines that are no rows: commas and quotes out of place, unreadable bytes, blanks, a footer."""
    decisions = sheet("local_permanence_decisions")
    for record in decisions.some(chance):
        record.raw = b"PD1,P1,2024-01-01,LONG, TERM FOSTERING,PL1"
        record.broken.append(("", "wrong_field_count"))
    for record in decisions.some(chance):
        record.raw = b'PD2,P1,2024-01-01,"LONG "TERM" FOSTERING",PL1'
        record.broken.append(("", "malformed_quotes"))
    for record in sheet("local_participation_attendance").some(chance):
        record.raw = b"PAA\xff1,PAC1,P1"
        record.broken.append(("", "unreadable_characters"))
    activity = sheet("local_activity_spells")
    for place in (len(activity.records) // 3, 2 * len(activity.records) // 3):
        activity.records.insert(place, Record({}, b"", [("", "blank_line")], is_touched=True))
    total = f"Total: {len(activity.records)} rows".encode()
    activity.records.append(Record({}, total, [("", "wrong_field_count")], is_touched=True))


# --- Faults in files


def spoil_files(sheet: Sheets, chance: Chance) -> None:
    """Write files in other encodings, with other line ends, headings and orders of columns."""
    workers = sheet("ssd_professionals")
    workers.encoding = "cp1252"
    accented = workers.some(chance, lambda row: bool(row["prof_professional_name"]))
    for record in accented:
        record.row["prof_professional_name"] = "ZQX Zo\u00eb ZQX Caf\u00e9"
    first = min(
        accented, key=lambda record: next(n for n, each in enumerate(workers.records) if each is record)
    )
    first.broken.append(("", "windows_1252"))
    sheet("ssd_disability").begins_with = b"\xef\xbb\xbf"
    sheet("local_families").encoding = "utf-16"
    sheet("ssd_immigration_status").line_end = "\r\n"
    posts = sheet("local_posts")
    posts.headings = [f" {name.upper()} ".replace("_", "\u00a0") for name in posts.headings]
    absences = sheet("local_absences")
    absences.extract = Extract(absences.extract.name, absences.extract.source, absences.extract.columns[::-1])
    absences.headings = absences.headings[::-1]


def add_a_column(messed: Sheet) -> list[Fault]:
    """Add a column that the contract does not have."""
    messed.headings.append("weather")
    shown = f"column {len(messed.headings)}"  # a heading that is none of the contract's is not shown
    for record in messed.records:
        record.row["weather"] = "rain"
    return [fault(messed, 1 if messed.is_csv else 0, shown, "unknown_column")]


def fault(messed: Sheet, line: int, column: str, rule: str) -> Fault:
    """Say what is to be found; a key that cannot be read takes its row with it."""
    effect = read_rules()[rule].effect
    if column == messed.extract.key.name and effect != FLAGGED:
        effect = SET_ASIDE_ROW
    return Fault(messed.extract.name, messed.path.name, line, column, rule, effect)


# --- Reading and writing


def path_of(world: World, name: str) -> Path:
    """Give the path of a written extract."""
    return world.scribe.folder / f"{name}.{world.scribe.form}"


def read_table(world: World, name: str) -> pa.Table:
    """Read a written extract as text."""
    if world.scribe.form == "parquet":
        return pyarrow.parquet.read_table(path_of(world, name))
    kinds = dict.fromkeys(world.scribe.columns[name], pa.string())
    return pyarrow.csv.read_csv(
        path_of(world, name), convert_options=pyarrow.csv.ConvertOptions(column_types=kinds)
    )


def open_sheet(world: World, contract: Contract, name: str) -> Sheet:
    """Open a written extract to put faults into its rows."""
    table = read_table(world, name)
    records = [
        Record(dict(zip(table.column_names, values, strict=True)))
        for values in zip(*(column.fill_null("").to_pylist() for column in table.columns), strict=True)
    ]
    return Sheet(contract.extracts[name], path_of(world, name), records, list(table.column_names))


def write_sheet(messed: Sheet) -> list[Fault]:
    """Write a file again with its faults; gives the findings by line."""
    return write_csv(messed) if messed.is_csv else write_parquet(messed)


def write_csv(messed: Sheet) -> list[Fault]:
    """Write rows and raw lines, and count the physical lines on the way."""
    names = [column.name for column in messed.extract.columns] + messed.headings[
        len(messed.extract.columns) :
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=messed.line_end)
    faults, line = [], 2
    pieces: list[bytes] = []

    def flush() -> bytes:
        piece = text.getvalue()
        text.seek(0)
        text.truncate()
        return piece.encode(messed.encoding if messed.encoding != "utf-16" else "utf-8")

    writer.writerow(messed.headings)
    pieces.append(flush())
    for record in messed.records:
        faults += [fault(messed, line, column, rule) for column, rule in record.broken]
        if record.raw is None:
            writer.writerow([record.row[name] for name in names])
            pieces.append(flush())
        else:
            pieces.append(record.raw + messed.line_end.encode())
        line += pieces[-1].count(b"\n")
    whole = messed.begins_with + b"".join(pieces)
    messed.path.write_bytes(whole.decode().encode("utf-16") if messed.encoding == "utf-16" else whole)
    return faults


def write_parquet(messed: Sheet) -> list[Fault]:
    """Write rows as text; a row counts from 1."""
    columns = {name: [record.row[name] or None for record in messed.records] for name in messed.headings}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    pyarrow.parquet.write_table(table, messed.path, compression="zstd")
    return [
        fault(messed, line, column, rule)
        for line, record in enumerate(messed.records, 1)
        for column, rule in record.broken
    ]
