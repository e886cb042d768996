"""
The rules of landing, each listed once: what is refused, set aside or flagged, and what it means.

A broken rule of `RULES` appears in `marts.data_quality`; a broken rule of `REFUSALS` ends the run (20).
Both follow the contract ("In: extracts").
"""

from dataclasses import dataclass

SET_ASIDE_ROW = "set_aside_row"
SET_ASIDE_VALUE = "set_aside_value"
FLAGGED = "flagged"

# rule: (effect, what it means). A value that is set aside in a primary key takes its row with it.
RULES: dict[str, tuple[str, str]] = {
    "blank_line": (SET_ASIDE_ROW, "The line is blank."),
    "wrong_field_count": (SET_ASIDE_ROW, "The row has more or fewer fields than the header."),
    "malformed_quotes": (SET_ASIDE_ROW, "The quotes of the row do not pair as RFC 4180 says."),
    "unreadable_characters": (SET_ASIDE_ROW, "The row holds bytes that are not in the file's encoding."),
    "no_key": (SET_ASIDE_ROW, "The row has no primary key."),
    "repeated_row": (SET_ASIDE_ROW, "The row is an exact copy of an earlier row; the earlier one stays."),
    "conflicting_row": (
        SET_ASIDE_ROW,
        "The row has the key of an earlier row that differs; the earlier stays.",
    ),
    "control_character": (SET_ASIDE_VALUE, "The value holds a control character."),
    "id_in_scientific_notation": (SET_ASIDE_VALUE, "The id was turned into a number by a spreadsheet."),
    "unreadable_date": (SET_ASIDE_VALUE, "The value is not a date written YYYY-MM-DD or DD/MM/YYYY."),
    "excel_date_number": (SET_ASIDE_VALUE, "The date is a spreadsheet's day number."),
    "two_digit_year": (SET_ASIDE_VALUE, "The date has a year of two digits."),
    "impossible_date": (SET_ASIDE_VALUE, "The calendar has no such day, or the clock no such time."),
    "year_out_of_range": (SET_ASIDE_VALUE, "The year is before 1900 or after 2100."),
    "after_as_at": (SET_ASIDE_VALUE, "The date of an event lies after the as-at date."),
    "unreadable_number": (
        SET_ASIDE_VALUE,
        "The value is not a plain number, or not a whole one where it must be.",
    ),
    "unreadable_yes_no": (SET_ASIDE_VALUE, "The value is no spelling of yes or no."),
    "unreadable_json": (SET_ASIDE_VALUE, "The value is not a JSON object of flags or array of codes."),
    "null_spelling": (FLAGGED, "The value spells out that it is missing (N/A, NULL, #N/A, -)."),
    "unknown_code": (FLAGGED, "The code is not in the code list."),
    "code_not_valid_on_date": (FLAGGED, "The code was not valid on the first date of the row."),
    "broken_reference": (FLAGGED, "The row referred to was not delivered, or was set aside."),
    "end_before_start": (FLAGGED, "The end lies before the start."),
    "overlapping_episode": (
        FLAGGED,
        "The episode of care starts before an earlier one of the child has ended.",
    ),
    "gap_after_episode": (FLAGGED, "The episode of care says the next starts the same day, and none does."),
    "no_date_of_birth": (FLAGGED, "The person has neither a date of birth nor an expected one."),
    "referred_before_birth": (
        FLAGGED,
        "The child was referred before birth and has no expected date of birth.",
    ),
    "unknown_column": (FLAGGED, "The column is not in the contract; it is ignored."),
    "header_wider_than_rows": (FLAGGED, "The header has more columns than any row; the last ones are empty."),
    "windows_1252": (FLAGGED, "The file is in Windows-1252, not in UTF-8; it was read as such."),
}

# rule: (what is wrong, what to do).
REFUSALS: dict[str, tuple[str, str]] = {
    "absent": (
        "the extract was loaded by the last published run and is absent",
        "deliver it, or name it in CSC_ALLOW_MISSING",
    ),
    "delivered_twice": ("the extract is delivered in more than one form", "leave one file or one folder"),
    "empty_folder": ("the folder has no CSV or Parquet file", "deliver the parts, or remove the folder"),
    "empty_file": ("the file has no content", "extract it again"),
    "no_rows": (
        "the extract has a header and no rows",
        "extract it again, or name it in coverage.csv if it truly holds none",
    ),
    "no_usable_rows": ("the table has no row that can be used", "export it again"),
    "still_being_written": ("the file was still growing", "run again when the extraction has finished"),
    "changed_while_read": (
        "the file changed while it was read",
        "run again when the extraction has finished",
    ),
    "unreadable_parquet": ("the file is not whole, readable Parquet", "extract it again"),
    "unreadable_encoding": ("the file starts as UTF-16 and is not", "extract it again, in UTF-8"),
    "wrong_delimiter": ("the columns are not separated by commas", "extract it again, separated by commas"),
    "no_header": ("the first line names no column of the contract", "extract it again, with a header row"),
    "missing_column": ("a column is missing", "add the column, or give it the contract's name"),
    "duplicate_column": ("two columns have the same name", "remove or rename one of them"),
    "cut_short": ("the last row is cut short", "extract it again"),
    "no_final_line_break": (
        "the last row has no line break after it, so it may be cut short",
        "extract it again; if it is whole, end its last line with a line break",
    ),
    "unbalanced_quotes": ("a quote is not closed and swallows the lines after it", "extract it again"),
    "unknown_extract": ("coverage names what is no extract of the contract", "correct the name"),
    "unknown_population": (
        "coverage names an unknown population",
        "write all, looked_after or care_leavers",
    ),
    "unreadable_coverage": (
        "a row of coverage cannot be read",
        "write extract,population,covered_from,covered_to",
    ),
    "unreadable_findings": (
        "a row of findings cannot be read",
        "write extract,file,line,column_name,rule,effect",
    ),
    "repeated_coverage": ("coverage names an extract twice", "remove one of the rows"),
    "coverage_ends_before_start": ("coverage ends before it starts", "correct the dates"),
}


@dataclass(frozen=True, order=True)
class Refusal:
    """One reason why a file is refused; `hint` never holds a data value."""

    file: str
    line: int
    column: str
    rule: str
    hint: str = ""

    def __str__(self) -> str:
        """Say it in one line: where, what, and what to do."""
        what, advice = REFUSALS[self.rule]
        place = [self.file]
        if self.line:
            place.append(f"line {self.line}")
        if self.column:
            place.append(f"column {self.column}")
        hint = f" ({self.hint})" if self.hint else ""
        return f"{', '.join(place)}: {self.rule}: {what}{hint}; {advice}"


class Refused(Exception):  # noqa: N818 - a delivery that is turned away, not a defect
    """A file that cannot be taken in, with every reason found."""

    def __init__(self, refusals: list[Refusal]) -> None:
        """Keep the reasons."""
        super().__init__("refused")
        self.refusals = refusals
