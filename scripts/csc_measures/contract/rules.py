"""
The rules that a delivery may break: what is refused, set aside or flagged, and what it means.

A broken rule of `contract/rules.csv` appears in `marts.data_quality`: landing finds it or, where that takes
facts, the model of the same name in `models/quality`. A broken rule of `REFUSALS` ends the run (20); one of
`CONCERNS` ends it (30) unless it is accepted with a reason.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from csc_measures.project import PROJECT

SET_ASIDE_ROW = "set_aside_row"
SET_ASIDE_VALUE = "set_aside_value"
FLAGGED = "flagged"
LANDING, WAREHOUSE = "landing", "warehouse"


@dataclass(frozen=True)
class Rule:
    """
    A rule of `contract/rules.csv`: who finds it broken, what becomes of the row or value, and what it means.

    `needs` names the extracts without which it would be found broken for no reason. A value that is set aside
    in a primary key takes its row with it.
    """

    found_by: str
    effect: str
    needs: tuple[str, ...]
    meaning: str


@cache
def read_rules() -> dict[str, Rule]:
    """Read `rules.csv` of the contract folder, by the name of the rule."""
    with (PROJECT / "contract" / "rules.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["rule"]: Rule(row["found_by"], row["effect"], tuple(row["needs"].split()), row["meaning"])
            for row in csv.DictReader(file)
        }


# rule: (what is wrong, what to do).
REFUSALS: dict[str, tuple[str, str]] = {
    "absent": (
        "the extract was loaded by the last published run and is absent",
        "deliver it, or name it in CSC_ALLOW_MISSING",
    ),
    "delivered_twice": ("the extract is delivered more than once", "leave one file or one folder"),
    "unread_part": (
        "it lies in the folder of an extract and is no CSV (.csv, .csv.gz) or Parquet file",
        "deliver it as one, or take it out of the folder",
    ),
    "empty_folder": ("the folder has no CSV or Parquet file", "deliver the parts, or remove the folder"),
    "empty_file": ("the file has no content", "extract it again"),
    "no_rows": (
        "the extract has a header and no rows",
        "extract it again, or name it in coverage.csv if it truly holds none",
    ),
    "no_usable_rows": ("no row can be used", "extract it again"),
    "one_key": ("all rows have the same key", "extract it again, with the key of each row"),
    "no_usable_dates": (
        "no date of the column can be read, and it says when the rows count",
        "extract it again, with dates written YYYY-MM-DD that are not after CSC_AS_AT",
    ),
    "still_being_written": ("the file was still growing", "run again when the extraction has finished"),
    "changed_while_read": (
        "the file changed while it was read",
        "run again when the extraction has finished",
    ),
    "unreadable_gzip": ("the file is not whole, readable gzip", "extract it again"),
    "unreadable_parquet": ("the file is not whole, readable Parquet", "extract it again"),
    "unreadable_xml": ("the file is not whole, well-formed XML", "extract it again"),
    "document_type": (
        "it declares a document type, which may name entities and other files; no return has one",
        "take the DOCTYPE out",
    ),
    "unreadable_workbook": ("the file is not a whole, readable workbook (.xlsx)", "save it again as .xlsx"),
    "unreadable_encoding": ("the file starts as UTF-16 and is not", "extract it again, in UTF-8"),
    "wrong_delimiter": ("the columns are not separated by commas", "extract it again, separated by commas"),
    "no_header": ("the first line names no column of the contract", "extract it again, with a header row"),
    "too_many_columns": ("the first line has too many columns", "extract it again, one row to a line"),
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
    "unknown_untold_column": (
        "coverage says that a column is not told, and the extract has none of that name",
        "write columns of the extract, separated by spaces",
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
    # Of the agreement.
    "unknown_table": ("it is no table of the agreement", "give it the table's name, or take it out"),
    "not_utf_8": ("the line is not in UTF-8", "save the file as CSV UTF-8"),
    "no_columns": ("the first line names no columns", "write the columns of contract/agreement.csv there"),
    "column_not_known": ("the table has no such column", "give it the contract's name, or take it out"),
    "unreadable_row": (
        "the row has not one field for each column, on one line",
        "write one for each, in double quotes where it holds a comma or a quote",
    ),
    "no_value": ("there is no value", "write one, or take the row out"),
    "no_date": ("the value is no date", "write it YYYY-MM-DD"),
    "no_number": ("the value is no number", "write digits, with a point before decimals"),
    "agreed_in_future": (
        "the date lies after the one that the extracts describe, CSC_AS_AT",
        "write the day on which it was agreed, or leave it empty until then",
    ),
    "unknown_measure": ("no definition has the number", "write one of the register"),
    "unknown_statistic": (
        "the measure has no such statistic",
        "write one, or leave it empty for the headline",
    ),
    "unknown_service_area": ("it is neither all nor a service area", "write one of contract/codes.csv"),
    "unknown_period_type": ("it is no type of period", "write month, ytd or rolling_12m"),
    "no_target_possible": ("the long list gives the measure no target (N or n/a)", "take the row out"),
    "impossible_target": (
        "the statistic cannot come to that",
        "write a percentage from 0 to 100, anything else from 0 up",
    ),
    "negative_tolerance": ("the tolerance is below 0", "write how far off is still amber; 0 for nothing"),
    "ends_before_it_begins": ("it ends before it begins", "correct the dates"),
    "overlapping_rows": ("another row holds for the same at the same time", "end one, or take it out"),
    "unknown_parameter": ("there is no such parameter", "write one of definitions/parameters.yml"),
    "value_not_allowed": ("the parameter cannot take the value", "write another"),
    "no_version": ("it is no version of a definition", "write the twelve digits that the register shows"),
}


# rule: what is wrong.
CONCERNS: dict[str, str] = {
    "rows_lost": "too many rows are set aside",
    "values_lost": "too many values of the column are set aside",
    "dates_lost": "too many rows lack the date that says when they count",
    "references_lost": "too many references lead to no row that was delivered",
    "codes_lost": "too many codes are not in the code list",
    "row_count_changed": "the number of rows is too far from that of the last published run",
    "values_vanished": "too many values of the column are gone since the last published run",
    "numbers_changed": "numbers of past months are too far from those of the last published run",
    "events_lag": "the latest event lies too long before the as-at date",
    "as_at_before_published": "the as-at date lies before that of the last published run",
    "another_authority": "the last published run was of another authority",
}


@dataclass(frozen=True, order=True)
class Concern:
    """A reason not to publish unless somebody accepts it; `hint` never holds a data value."""

    place: str
    rule: str
    hint: str = ""

    def __str__(self) -> str:
        """Say it in one line: where, and what."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {self.rule}: {CONCERNS[self.rule]}{hint}"


@dataclass(frozen=True, order=True)
class Measured:
    """
    What was measured for a rule of `CONCERNS` at a place, to be held against the rule's limit.

    `amount` is a share (0 to 1, more for what has grown) or, of `events_lag`, days; `hint` never holds a
    data value.
    """

    place: str
    rule: str
    amount: float
    hint: str = ""


def concerns_of(measured: Iterable[Measured], limits: Mapping[str, float]) -> list[Concern]:
    """Give a concern for all that lies beyond the limit of its rule."""
    return [Concern(each.place, each.rule, each.hint) for each in measured if each.amount > limits[each.rule]]


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
