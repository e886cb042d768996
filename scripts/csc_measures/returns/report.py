"""
Report what became of a statutory return: how every row was used, and what is wrong with it, by line.

A finding names file, line, column and rule, never the value. `effect` says what was done: `set_aside_row`
and `set_aside_value` (the cell is delivered empty, or as the rule says) as in `data_quality`, `merged` (a
later return has the row), `flagged` (passed on as it is).
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from csc_measures.contract.rules import read_rules

MERGED = "merged"

# What a return can show besides the rules of landing; `repairs` says when a spell is mended by which rule.
RETURN_RULES = {
    "changed_by_later_return": "A later return tells the episode differently, and wins.",
    "told_otherwise_by_later_return": "A later return gives the spell of that day another reason, and wins.",
    "replaced_by_later_return": "A later return has a spell of the child in place of this one.",
    "start_corrected_by_later_return": "A later return has the same spell from a later day, and wins.",
    "ended_by_next_episode": "Left open, but the next return goes on with another: it ends when that starts.",
    "ended_before_return_to_care": "Left open, but by the next return care began anew: it ends before.",
    "missing_from_later_return": "Left open, but not in the next return: it ends the day after its year.",
    "cut_by_later_return": "A later return has a spell from before its end: it ends when that starts.",
    "drawn_to_later_return": "Care went on, in a later return from a later day: it ends then.",
    "unknown_file": "The file is no table of a return; it is ignored.",
    "not_needed_and_unreadable": "The table cannot be read, and nothing needs it; it is ignored.",
    "empty_table": "The table has no row: nothing happened, as far as it says.",
    "nothing_usable": "Of the table's rows none can be used; what it fills is not covered.",
    "no_answers": "No row answers this column; what it fills is not covered in this year.",
    "table_missing_in_a_year": "The table is absent in this year; what it fills is not covered then.",
    "after_the_year": "The date lies after 31 March of the return's year.",
    "after_as_at": "The date lies after the as-at date; landing will set it aside.",
    "overlapping_episode": "The episode starts before the child's previous one ends.",
    "gap_between_episodes": "The episode starts a day or more after the child's last one: care broke.",
    "open_episode_not_last": "The episode is open, and the child has a later one.",
    "open_episode_with_reason": "The episode is open and carries a reason for ceasing.",
    "ended_episode_without_reason": "The episode has ended without a reason for ceasing.",
    "care_began_before_the_returns": "The first known episode of a period of care does not start with S.",
    "same_child_and_day": "The child has another review on that day.",
    "child_not_in_header": "The child is in no header.",
    "no_date_of_birth": "No file has the child's date of birth.",
    "date_of_birth_differs": "It is another date of birth than the one kept for the child.",
    "adoption_details_without_order": "There is no adoption order (REC E11 or E12) to these details.",
    "adoption_order_without_placement": "There is no placement for adoption (A3 to A6) before this order.",
    "adoption_order_without_details": "There are no adoption details to this order (REC E11 or E12).",
    "unknown_element": "The element is in no census guide; it is not carried over.",
    "repeated_element": "The element stands twice where it may stand once; the first one counts.",
    "stray_text": "There is text between elements; it is not carried over.",
    "stands_in_nothing": "What the row stands in was set aside.",
    "year_differs": "The header names another year than its reference date, which counts.",
    "reference_date_differs": "The reference date of the header is not 31 March of the return's year.",
    "another_collection": "The header names another collection.",
    "unknown_sheet": "The sheet is no list of Annex A; it is ignored.",
    "column_missing": "The list has no such column, under any heading that is known.",
    "list_missing": "The workbook does not have the list; what it fills is not loaded.",
    "list_begins_late": "The first event lies more than a month after the list should begin (--months).",
    "case_without_referral": "The case began within the lists, and the child has no referral to it there.",
    "case_begins_after_referral": "The case began after the referral that it is taken to be of.",
    "earlier_period_not_told": "The child was in care before within the year; that period is not listed.",
    "age_outside_17_to_21": "The care leaver's birthday in the year is not the 17th to the 21st.",
}


def meaning_of(rule: str) -> str:
    """Say what a rule means, of the return or of landing."""
    return RETURN_RULES.get(rule) or read_rules()[rule].meaning


class Finding(NamedTuple):
    """One thing to know about one line of the return; line 1 is the header, line 0 the file as a whole."""

    file: str
    line: int
    column: str
    rule: str
    effect: str


@dataclass
class FileCount:
    """How the rows of one file were used: rows = loaded + merged + not_needed + set_aside."""

    file: str
    table: str
    year: int
    rows: int = 0
    loaded: int = 0
    merged: int = 0
    not_needed: int = 0
    set_aside: int = 0


@dataclass(frozen=True)
class Covered:
    """One row of coverage.csv; `not_told` are columns that the return never tells, separated by spaces."""

    extract: str
    population: str
    covered_from: date
    covered_to: date
    not_told: str = ""


@dataclass
class ImportReport:
    """
    What an import read, wrote and found. Holds no value of the return.

    `kind` is what the return is called, `as_at` the last day that it describes.
    """

    kind: str
    years: tuple[int, ...]
    as_at: date
    files: list[FileCount] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    extracts: dict[str, int] = field(default_factory=dict)
    coverage: list[Covered] = field(default_factory=list)
    not_needed: list[str] = field(default_factory=list)

    @property
    def episodes_changed(self) -> int:
        """How many episodes a later return tells differently."""
        return self.counts().get("changed_by_later_return", 0)

    @property
    def has_set_aside(self) -> bool:
        """Whether any row or value was set aside."""
        return any(finding.effect.startswith("set_aside") for finding in self.findings)

    def counts(self) -> dict[str, int]:
        """Count the findings by rule, in order of the rule's name."""
        return dict(sorted(Counter(finding.rule for finding in self.findings).items()))

    def as_dict(self) -> dict[str, object]:
        """Give the whole report as plain lists, texts and numbers, ready for JSON."""
        return {
            "kind": self.kind,
            "years": list(self.years),
            "as_at": self.as_at.isoformat(),
            "files": [asdict(count) for count in self.files],
            "extracts": dict(self.extracts),
            "coverage": [
                {
                    "extract": part.extract,
                    "population": part.population,
                    "covered_from": part.covered_from.isoformat(),
                    "covered_to": part.covered_to.isoformat(),
                    "not_told": part.not_told,
                }
                for part in self.coverage
            ],
            "episodes_changed": self.episodes_changed,
            "not_needed": list(self.not_needed),
            "counts": self.counts(),
            "findings": [finding._asdict() for finding in sorted(self.findings)],
        }

    def render(self) -> Group:
        """Lay the report out for a terminal: files, extracts, findings by rule with their first place."""
        parts: list[Table | Text] = [self._files_table(), self._extracts_table()]
        parts.append(self._findings_table() if self.findings else Text("Nothing to report on any line."))
        if self.not_needed:
            parts.append(Text("Read and not needed: " + ", ".join(self.not_needed)))
        return Group(*parts)

    def _files_table(self) -> Table:
        table = Table(title=f"{self.kind} {_years(self.years)}: rows read", title_justify="left")
        table.add_column("File")
        numbers = ("rows", "loaded", "merged", "not_needed", "set_aside")
        for name in numbers:
            table.add_column(name.replace("_", " ").capitalize(), justify="right")
        for count in self.files:
            table.add_row(count.file, *(f"{getattr(count, name):,}" for name in numbers))
        return table

    def _extracts_table(self) -> Table:
        table = Table("Extract", title="Extracts written", title_justify="left")
        table.add_column("Rows", justify="right")
        table.add_column("Population")
        table.add_column("Covered")
        for part in self.coverage:
            covered = f"{part.covered_from} to {part.covered_to}"
            table.add_row(part.extract, f"{self.extracts[part.extract]:,}", part.population, covered)
        return table

    def _findings_table(self) -> Table:
        table = Table("Rule", "Column", "What it means", title="To look at", title_justify="left")
        table.add_column("Count", justify="right")
        table.add_column("Done")
        table.add_column("First at")
        groups: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in sorted(self.findings):
            groups.setdefault((finding.rule, finding.column, finding.effect), []).append(finding)
        for (rule, column, effect), found in sorted(groups.items()):
            first = f"{found[0].file} line {found[0].line}" if found[0].line else found[0].file
            table.add_row(rule, column, meaning_of(rule), f"{len(found):,}", effect.replace("_", " "), first)
        return table


def _years(years: tuple[int, ...]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
