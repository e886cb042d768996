"""
What the tables of an SSDA903 return hold, and how the values of their columns are written.

The same tables come as CSV files (`files`) and in XML (`xml`).
"""

import re
from functools import cache

from csc_measures.contract.extracts import Column, Extract
from csc_measures.contract.rules import FLAGGED, Refusal, Refused
from csc_measures.landing.values import Reader
from csc_measures.returns.report import FileCount, Finding
from csc_measures.returns.rows import Reading, as_extract, readers_of

# The columns of each table, and for each the type or the code list of its values.
TABLES: dict[str, dict[str, str]] = {
    "header": {
        "CHILD": "id",
        "SEX": "sex",
        "DOB": "date",
        "ETHNIC": "ethnicity",
        "UPN": "id",
        "MOTHER": "yes_no",
        "MC_DOB": "date",
    },
    "episodes": {
        "CHILD": "id",
        "DECOM": "date",
        "RNE": "rne",
        "LS": "legal_status",
        "CIN": "primary_need",
        "PLACE": "placement_type",
        "PLACE_PROVIDER": "placement_provider",
        "DEC": "date",
        "REC": "rec",
        "REASON_PLACE_CHANGE": "placement_change_reason",
        "HOME_POST": "text",
        "PL_POST": "text",
        "URN": "id",
        "PL_DISTANCE": "decimal",
    },
    "reviews": {"CHILD": "id", "DOB": "date", "REVIEW": "date", "REVIEW_CODE": "review_participation"},
    "uasc": {"CHILD": "id", "SEX": "sex", "DOB": "date", "DUC": "date"},
    "oc2": {
        "CHILD": "id",
        "DOB": "date",
        "SDQ_SCORE": "integer",
        "SDQ_REASON": "sdq_reason",
        "CONVICTED": "yes_no",
        "HEALTH_CHECK": "yes_no",
        "IMMUNISATIONS": "yes_no",
        "TEETH_CHECK": "yes_no",
        "HEALTH_ASSESSMENT": "yes_no",
        "SUBSTANCE_MISUSE": "yes_no",
        "INTERVENTION_RECEIVED": "yes_no",
        "INTERVENTION_OFFERED": "yes_no",
    },
    "oc3": {"CHILD": "id", "DOB": "date", "IN_TOUCH": "oc3_in_touch", "ACTIV": "oc3_activ", "ACCOM": "text"},
    "ad1": {
        "CHILD": "id",
        "DOB": "date",
        "DATE_INT": "date",
        "DATE_MATCH": "date",
        "FOSTER_CARE": "yes_no",
        "NB_ADOPTR": "integer",
        "SEX_ADOPTR": "adopter_sex",
        "LS_ADOPTR": "adopter_legal_status",
    },
    "placed_for_adoption": {
        "CHILD": "id",
        "DOB": "date",
        "DATE_PLACED": "date",
        "DATE_PLACED_CEASED": "date",
        "REASON_PLACED_CEASED": "adoption_reversed_reason",
    },
    "missing": {
        "CHILD": "id",
        "DOB": "date",
        "MISSING": "missing_type",
        "MIS_START": "date",
        "MIS_END": "date",
    },
    "sw_episodes": {
        "CHILD": "id",
        "DOB": "date",
        "SW_ID": "id",
        "SW_DECOM": "date",
        "SW_DEC": "date",
        "SW_REASON": "sw_change_reason",
    },
    "previous_permanence": {
        "CHILD": "id",
        "DOB": "date",
        "PREV_PERM": "prev_perm",
        "LA_PERM": "text",
        "DATE_PERM": "text",
    },
    "dolo": {"CHILD": "id", "DOB": "date", "DOLO_START": "date", "DOLO_END": "date"},
}
ESSENTIAL = ("header", "episodes")
NOT_NEEDED = ("previous_permanence", "dolo")
OPTIONAL_COLUMNS = {("episodes", "PL_DISTANCE")}
# The first year whose guide asks for a column; a return of an earlier year is whole without it.
ASKED_SINCE = {("episodes", "PLACE_PROVIDER"): 2016, ("episodes", "REASON_PLACE_CHANGE"): 2016}
# What a row is known by besides the child: without it the row stands for nothing.
DATED_BY = {
    "episodes": "DECOM",
    "reviews": "REVIEW",
    "missing": "MIS_START",
    "placed_for_adoption": "DATE_PLACED",
    "sw_episodes": "SW_DECOM",
}
ROOT = "EXPSSDA903"  # the outermost element of a return in XML
SEX_OF_NUMBER = {"1": "M", "2": "F"}
WHOLE_NUMBER_WITH_POINT = re.compile(r"\d+\.0+", re.ASCII)  # what a spreadsheet makes of a whole number
UNKNOWN_ID = re.compile(r"X{7}", re.IGNORECASE)  # how a return says that there is no URN


@cache
def described(table: str, year: int) -> Extract:
    """Describe a table of a year's return as the contract describes an extract."""
    not_asked_yet = {of for of, since in ASKED_SINCE.items() if year < since}
    optional = [column for name, column in OPTIONAL_COLUMNS | not_asked_yet if name == table]
    return as_extract(table, TABLES[table], "ssda903", optional)


def known_by(table: str) -> tuple[str, str]:
    """Give the columns that a row is known by: the child, and the date of what has one."""
    return "CHILD", DATED_BY.get(table, "CHILD")


@cache
def readers(table: str) -> dict[str, Reader]:
    """Give the reader of each column of a table."""
    return readers_of(TABLES[table], "ssda903", _spelt)


def _spelt(column: Column, read: Reader) -> Reader:
    """Let landing's reader know the spellings of a return: sex as 1 or 2, URN as X's, anything as 1.0."""
    if column.type in ("date", "decimal"):
        return read
    spelt = SEX_OF_NUMBER if column.code_set == "sex" else {}

    def read_as_spelt(text: str) -> tuple[object | None, str | None]:
        text = text.strip()
        if WHOLE_NUMBER_WITH_POINT.fullmatch(text):
            text = text.split(".")[0]
        if column.id_of and UNKNOWN_ID.fullmatch(text):
            return None, None
        return read(spelt.get(text, text))

    return read_as_spelt


def say_that_it_is_empty(count: FileCount, reading: Reading) -> None:
    """Note that a table has no row; raise Refused when it is one that every return fills."""
    if count.table in ESSENTIAL:
        hint = f"{count.rows} rows, all set aside" if count.rows else ""
        raise Refused([Refusal(count.file, 1, "", "no_usable_rows", hint)])
    if not count.rows:
        reading.findings.append(Finding(count.file, 1, "", "empty_table", FLAGGED))
