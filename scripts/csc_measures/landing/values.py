"""
What a delivered text means, by the type of its column: each reader tests the form, then casts.

A reader takes one text and gives `(value, rule)`: the typed value or None, and the rule of the contract
that it breaks or None. Empty text, the sentinels of the Standard Safeguarding Dataset and the spellings of
"missing" give None.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from csc_measures.contract.extracts import Code, Column, Contract
from csc_measures.project import LONDON, PROJECT

Reader = Callable[[str], tuple[Any, str | None]]

SPACES = " \t\r\n\u00a0\ufeff"
SENTINEL_TEXT = "SSD_PH"
SENTINEL_DATE = date(1900, 1, 1)
MIDNIGHT = time()
NULL_SPELLINGS = frozenset({"N/A", "NULL", "#N/A", "-"})
YES_NO = {
    "Y": True,
    "YES": True,
    "1": True,
    "TRUE": True,
    "N": False,
    "NO": False,
    "0": False,
    "FALSE": False,
}
UNACCOMPANIED = ("uasc", "unaccompanied")  # what every status of an unaccompanied child contains
NOT_FLAGS = frozenset({"TOTAL_NO_OF_OUTCOMES", "COMMENTS"})
FIRST_YEAR, LAST_YEAR = 1900, 2100
FOUR_PLACES = Decimal("0.0001")

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]\d+|[+-]?\d+\.\d+[eE]\d+", re.ASCII)
DECIMAL_ID = re.compile(r"\d+\.0+", re.ASCII)
PLAIN_ID = r"^\w*[0-9]\w*$"
TOTAL = re.compile(
    r"(grand |sub-?)?totals?(\s*[:=-].*|\s+[0-9].*|\s+(of )?(rows|records|count)\b.*)?"
    r"|(row|record)s?( count)?\s*[:=].*",
    re.ASCII | re.IGNORECASE,
)
PLAIN_DATE = (
    r"^(19[1-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])?$"
)
INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
DECIMAL = re.compile(r"[+-]?(\d{1,14}(\.\d*)?|\.\d+)", re.ASCII)
DATE = re.compile(
    r"(?P<iso_year>\d{4})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)|(?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})",
    re.ASCII,
)
TIME = re.compile(
    r"[T ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d{1,9}))?)?"
    r" ?(?P<zone>Z|[+-]\d\d(:?\d\d)?)?",
    re.ASCII,
)
EXCEL_DATE = re.compile(r"\d{4,6}(\.\d+)?", re.ASCII)
TWO_DIGIT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(\s.*)?", re.ASCII)


def reader_of(column: Column, contract: Contract, as_at: date) -> Reader:
    """Choose the reader of a column. An event date after `as_at` is set aside unless it may lie ahead."""
    codes = contract.codes[column.code_set] if column.code_set else None
    if column.is_flag_list:
        return flags_reader(codes if column.code_set != "json_flags" else None)
    if codes is not None:
        return code_reader(codes, known_by_a_part(column.code_set))
    if column.holds_ids:
        return read_id
    if column.type in ("date", "timestamp"):
        return date_reader(None if column.may_lie_ahead else as_at, with_time=column.type == "timestamp")
    return {
        "text": read_text,
        "integer": read_integer,
        "decimal": read_decimal,
        "yes_no": read_yes_no,
        "json": read_any_json,
    }[column.type]


def read_text(text: str) -> tuple[str | None, str | None]:
    """Trim a text; a control character (line breaks and tabs are none) makes it unreadable."""
    text = text.strip(SPACES)
    if not text or text == SENTINEL_TEXT:
        return None, None
    if text.upper() in NULL_SPELLINGS:
        return None, "null_spelling"
    if not text.isprintable() and CONTROL.search(text):
        return None, "control_character"
    return text, None


def read_id(text: str) -> tuple[str | None, str | None]:
    """
    Read an id; one that a spreadsheet turned into a number like 9.43E+09 has lost its digits.

    One that was turned into a decimal, like 123.0, is the whole number, so that references to it hold.
    An id of ASCII letters, digits and underscores with a digit among them (`PLAIN_ID`) is read as it stands.
    """
    value, rule = read_text(text)
    if value and SCIENTIFIC.fullmatch(value):
        return None, "id_in_scientific_notation"
    if value and DECIMAL_ID.fullmatch(value):
        return value.partition(".")[0], "id_written_as_decimal"
    return value, rule


def read_key(text: str) -> tuple[str | None, str | None]:
    """Read the id of a row; a row may be a total instead, which no id of the form `PLAIN_ID` is."""
    value, rule = read_id(text)
    if value and TOTAL.fullmatch(value):
        return None, "totals_row"
    return value, rule


def read_integer(text: str) -> tuple[int | None, str | None]:
    """Read a whole number in plain digits."""
    value, rule = read_text(text)
    if value is None:
        return None, rule
    if INTEGER.fullmatch(value):
        return int(value), rule
    return None, "unreadable_number"


def read_decimal(text: str) -> tuple[Decimal | None, str | None]:
    """Read a number in plain digits, rounded to four places, half up."""
    value, rule = read_text(text)
    if value is None:
        return None, rule
    if DECIMAL.fullmatch(value):
        return Decimal(value).quantize(FOUR_PLACES, ROUND_HALF_UP), rule
    return None, "unreadable_number"


def read_yes_no(text: str) -> tuple[bool | None, str | None]:
    """Read Y or N, or one of the other spellings that the contract accepts, in any case."""
    value, rule = read_text(text)
    if value is None:
        return None, rule
    answer = YES_NO.get(value.upper())
    return answer, None if answer is not None else "unreadable_yes_no"


def read_any_json(text: str) -> tuple[str | None, str | None]:
    """Check that a text is JSON, and keep it as text."""
    value, rule = read_text(text)
    if value is not None and _parsed(value) is None:
        return None, "unreadable_json"
    return value, rule


def date_reader(last: date | None, with_time: bool) -> Reader:
    """
    Make a reader of dates up to `last` (None: any), to datetimes in London's local time or to dates.

    ISO dates and DD/MM/YYYY are read, each with an optional time; an offset is converted to London. Never is
    a month guessed first. Dates of the form `PLAIN_DATE` exist in every month and are read as they stand.
    """

    def read_date(text: str) -> tuple[datetime | date | None, str | None]:
        value, rule = read_text(text)
        if value is None:
            return None, rule
        moment, rule = _moment(value)
        if moment is None or moment.date() == SENTINEL_DATE:
            return None, rule
        if last and moment.date() > last:
            return None, "after_as_at"
        return moment if with_time else moment.date(), None

    return read_date


def _moment(value: str) -> tuple[datetime | None, str | None]:
    day, rule = _day(value[:10])
    if day is None:
        return None, _why_no_date(value) if rule == "unreadable_date" else rule
    if len(value) == 10:
        return datetime.combine(day, MIDNIGHT), None
    clock = _clock(value[10:])
    if clock is None:
        return None, "impossible_date" if TIME.fullmatch(value[10:]) else _why_no_date(value)
    moment = datetime.combine(day, clock)
    if clock.tzinfo and day != SENTINEL_DATE:
        moment = moment.astimezone(LONDON)
    return moment.replace(tzinfo=None), None


@lru_cache(maxsize=100_000)
def _day(text: str) -> tuple[date | None, str | None]:
    match = DATE.fullmatch(text)
    if not match:
        return None, "unreadable_date"
    part = match.groupdict()
    year, month, day = (int(part[f"iso_{name}"] or part[name]) for name in ("year", "month", "day"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None, "year_out_of_range"
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "impossible_date"


@lru_cache(maxsize=100_000)
def _clock(text: str) -> time | None:
    match = TIME.fullmatch(text)
    if not match:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        return time(hour, minute, second, microsecond, tzinfo=_offset(match["zone"]))
    except ValueError:
        return None


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    digits = "+0000" if zone == "Z" else zone.replace(":", "").ljust(5, "0")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return timezone(-offset if digits[0] == "-" else offset)


def _why_no_date(value: str) -> str:
    if EXCEL_DATE.fullmatch(value):
        return "excel_date_number"
    return "two_digit_year" if TWO_DIGIT_YEAR.fullmatch(value) else "unreadable_date"


# --- Codes


def known_by_a_part(code_set: str | None) -> Iterable[str]:
    """Give the words by which models know a free text of a code list, so that it is no unknown code."""
    if code_set == "health_check_type":
        return read_health_check_types()
    return UNACCOMPANIED if code_set == "immigration_status" else ()


def code_reader(codes: Iterable[Code], patterns: Iterable[str]) -> Reader:
    """
    Make a reader of one code list: a code or its label gives the code as the contract spells it.

    An unknown code stays as delivered and is flagged, unless it contains one of the `patterns`, which are
    of free text that is mapped to the list later.
    """
    patterns = tuple(patterns)
    known = _spellings(codes)
    prefixes = {label.removesuffix("..."): code for label, code in known.items() if label.endswith("...")}

    def read_code(text: str) -> tuple[str | None, str | None]:
        value, rule = read_text(text)
        if value is None:
            return None, rule
        label = _plain(value)
        code = known.get(value.casefold()) or known.get(label)
        code = code or next((code for start, code in prefixes.items() if label.startswith(start)), None)
        if code:
            return code, None
        return value, None if any(pattern in label for pattern in patterns) else "unknown_code"

    return read_code


def _spellings(codes: Iterable[Code]) -> dict[str, str]:
    """
    Give every way to write a code: itself, and the label that its meaning begins with or quotes.

    A label that two codes share is left out. `Multiple: ...` stands for all labels that begin with its word.
    """
    codes = tuple(codes)
    labels: dict[str, set[str]] = {}
    for code in codes:
        for label in _labels(code.meaning):
            labels.setdefault(label, set()).add(code.code)
    spelt = {label: owners.pop() for label, owners in labels.items() if len(owners) == 1}
    return spelt | {code.code.casefold(): code.code for code in codes}


def _labels(meaning: str) -> set[str]:
    quoted = re.findall(r"SSD label \"?([^\")]+)", meaning)
    begins = re.split(r" \(| \[|: | +->", meaning)[0]
    return {_plain(label) for label in (meaning, begins, *quoted)} - {""}


def _plain(label: str) -> str:
    """Write a label in small letters with single spaces; a trailing `...` is kept."""
    words = " ".join(re.findall(r"[^\W_]+", label.casefold()))
    return f"{words}..." if label.endswith("...") else words


def read_health_check_types() -> dict[str, str]:
    """Read the seed that maps free-text health check types: a part of the text, and its code."""
    with (PROJECT / "seeds" / "health_check_types.csv").open(encoding="utf-8", newline="") as file:
        return {row["pattern"]: row["health_check_type"] for row in csv.DictReader(file)}


# --- JSON


def flags_reader(codes: Iterable[Code] | None) -> Reader:
    """
    Make a reader of JSON flags `{"NAME": "Y"}` or of an array of codes, to a sorted list of names.

    Names are those whose value is yes, or the members of the array, in capitals. With `codes`, a name that is
    not among them is kept and flagged; so is a flag whose value is neither yes nor no (it counts as no).
    """
    known = {code.code.upper() for code in codes} if codes else None

    def read_flags(text: str) -> tuple[list[str] | None, str | None]:
        value, rule = read_text(text)
        if value is None:
            return None, rule
        parsed = _parsed(value)
        flags = _flags(parsed) if isinstance(parsed, dict) else _members(parsed)
        if flags is None:
            return None, "unreadable_json"
        names = sorted({name for name, is_set in flags if is_set and name not in NOT_FLAGS})
        is_unknown = any(is_set is None for _, is_set in flags) or (
            known is not None and not known.issuperset(names)
        )
        return names, "unknown_code" if is_unknown else None

    return read_flags


def _parsed(text: str) -> dict | list | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict | list) else None


def _flags(parsed: dict) -> list[tuple[str, bool | None]] | None:
    """Give each flag with yes, no, or None for neither; None when the object is no object of flags."""
    flags: list[tuple[str, bool | None]] = []
    for name, value in parsed.items():
        name = name.strip(SPACES).upper()
        if name in NOT_FLAGS:
            continue
        if isinstance(value, dict | list):
            return None
        text = "" if value is None else str(value).strip(SPACES).upper()
        flags.append((name, YES_NO.get(text) if text else False))
    return flags


def _members(parsed: list | None) -> list[tuple[str, bool]] | None:
    if parsed is None or any(isinstance(member, dict | list | bool) for member in parsed):
        return None
    names = (str(member).strip(SPACES).upper() for member in parsed if member is not None)
    return [(name, True) for name in names if name]
