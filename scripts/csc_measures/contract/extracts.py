"""
Read the contract.

`contract/extracts.csv` and `contract/codes.csv` are the one description of what comes in: landing checks the
deliveries against it, and the dbt sources are written from it (`csc_measures.contract.sources`).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from csc_measures.project import PROJECT

LANDED_TYPES = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "yes_no": "BOOLEAN",
    "json": "VARCHAR[]",
}
TELLS_WHO = frozenset({"direct_identifier", "staff_identifier", "free_text"})


@dataclass(frozen=True)
class Placing:
    """
    When a row needs a date, without which it stands in no period: `Y`, `when` or `unless` in the contract.

    Always where `column` is None; else when that column is filled, or has one of `codes`, or with `is_unless`
    has none of them.
    """

    column: str | None = None
    codes: tuple[str, ...] = ()
    is_unless: bool = False


@dataclass(frozen=True)
class Column:
    """
    One column of an extract, as the contract describes it.

    `refers_to` is (extract, column) or None; `id_of` names what the id of a record or person is of, such as
    `person` or `referral`: the same number of two of them is two ids. What tells who somebody is, and free
    text, does not land, unless `lands_as` says `hash` (its keyed hash lands), or `text` or `link`: words that
    are published, without what tells who somebody is.
    """

    name: str
    type: str
    is_key: bool
    refers_to: tuple[str, str] | None
    code_set: str | None
    is_optional: bool
    sensitivity: str
    origin: str
    not_before: str | None
    may_lie_ahead: bool
    id_of: str | None
    description: str
    places_row: Placing | None = None
    lands_as: str = ""

    @property
    def is_postcode(self) -> bool:
        """Whether the column holds a postcode, which passes landing only as a hash and an outward part."""
        return self.sensitivity == "direct_identifier" and self.name.endswith("postcode")

    @property
    def is_flag_list(self) -> bool:
        """Whether the column is JSON that lands as a list of names (an address in JSON is none)."""
        return self.type == "json" and self.sensitivity != "direct_identifier"

    @property
    def holds_ids(self) -> bool:
        """Whether the values are ids: a key, a reference to one, or the id of a record or person."""
        return self.is_key or self.refers_to is not None or self.id_of is not None

    @property
    def is_published(self) -> bool:
        """Whether the column holds words, or a link, that are published as they stand."""
        return self.lands_as in ("text", "link")

    @property
    def holds_names(self) -> bool:
        """Whether the column holds names of people."""
        return self.sensitivity in TELLS_WHO and self.name.endswith("name")

    @property
    def lands(self) -> bool:
        """Whether anything of it lands; what does not is read only to find what is wrong with it."""
        return self.sensitivity not in TELLS_WHO or self.is_postcode or bool(self.lands_as)

    def landed_columns(self) -> "list[LandedColumn]":
        """List the columns it lands as: none, itself, a key's rank beside it, a hash, a postcode's parts."""
        if not self.lands:
            return []
        if self.is_postcode:
            whole, outward = (
                f"Keyed hash of the {self.description}.",
                f"Outward part of the {self.description}.",
            )
            return [
                LandedColumn(f"{self.name}_hash", "VARCHAR", "quasi_identifier", whole),
                LandedColumn(f"{self.name}_outward", "VARCHAR", "quasi_identifier", outward),
            ]
        if self.lands_as == "hash":
            whole = f"Keyed hash of the {self.description}."
            return [LandedColumn(f"{self.name}_hash", "VARCHAR", "none", whole)]
        data_type = LANDED_TYPES[self.type]
        landed = [LandedColumn(self.name, data_type, self.sensitivity, sentence(self.description))]
        if self.is_key:
            rank = "Place of the id as delivered, in text order; decides ties."
            landed.append(LandedColumn(f"{self.name}_rank", "INTEGER", "none", rank))
        return landed


@dataclass(frozen=True)
class LandedColumn:
    """One column of a landed Parquet file, with its DuckDB type."""

    name: str
    data_type: str
    sensitivity: str
    description: str


@dataclass(frozen=True)
class Extract:
    """One extract: its name, the dbt source that holds it, and its columns in contract order."""

    name: str
    source: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> Column:
        """The primary key; every extract of the contract has exactly one."""
        return next(column for column in self.columns if column.is_key)

    @property
    def holds_names(self) -> bool:
        """Whether a column holds names of people."""
        return any(column.holds_names for column in self.columns)

    @property
    def is_published(self) -> bool:
        """Whether a column holds words, or a link, that are published as they stand."""
        return any(column.is_published for column in self.columns)

    def landed_columns(self) -> list[LandedColumn]:
        """List the columns of the landed file: the contract's in its order, then file and line."""
        return [
            *(landed for column in self.columns for landed in column.landed_columns()),
            LandedColumn("source_file", "VARCHAR", "none", "File the row came from."),
            LandedColumn(
                "source_line", "INTEGER", "none", "First line of the row in its file; the header is 1."
            ),
        ]


@dataclass(frozen=True)
class Code:
    """One code of a code set, with the ISO dates between which it is valid (None is open)."""

    code: str
    meaning: str
    valid_from: str | None
    valid_to: str | None


@dataclass(frozen=True)
class Contract:
    """What comes in: extracts by name and codes by code set, both in the order of the contract's files."""

    extracts: dict[str, Extract]
    codes: dict[str, tuple[Code, ...]]


@cache
def read_contract(folder: Path = PROJECT / "contract") -> Contract:
    """Read `extracts.csv` and `codes.csv` of the contract folder."""
    columns: dict[str, list[Column]] = {}
    sources: dict[str, str] = {}
    for row in _rows(folder / "extracts.csv"):
        sources[row["extract"]] = row["source"]
        columns.setdefault(row["extract"], []).append(_column(row))

    codes: dict[str, list[Code]] = {}
    for row in _rows(folder / "codes.csv"):
        code = Code(row["code"], row["meaning"], row["valid_from"] or None, row["valid_to"] or None)
        codes.setdefault(row["code_set"], []).append(code)

    return Contract(
        extracts={name: Extract(name, sources[name], tuple(parts)) for name, parts in columns.items()},
        codes={name: tuple(parts) for name, parts in codes.items()},
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(row: dict[str, str]) -> Column:
    is_reference = row["key"].startswith("fk:")
    other, _, column = row["key"].removeprefix("fk:").partition(".")
    return Column(
        name=row["column"],
        type=row["type"],
        is_key=row["key"] == "pk",
        refers_to=(other, column) if is_reference else None,
        code_set=row["codes"] or None,
        is_optional=row["optional"] == "Y",
        sensitivity=row["sensitivity"],
        origin=row["origin"],
        not_before=row["not_before"] or None,
        may_lie_ahead=row["may_lie_ahead"] == "Y",
        id_of=row["id_of"] or None,
        description=row["description"],
        places_row=_placing(row["places_row"]),
        lands_as=row["lands_as"],
    )


def _placing(text: str) -> Placing | None:
    """Read `Y`, `when <column>`, `when <column> <codes>` or `unless <column> <codes>`."""
    if not text:
        return None
    if text == "Y":
        return Placing()
    word, column, *codes = text.split()
    if word not in ("when", "unless"):
        raise ValueError(f"places_row is {text!r}: write Y, when or unless <column> <codes>")
    return Placing(column, tuple(codes), is_unless=word == "unless")


def sentence(text: str) -> str:
    """Make a description a sentence: a capital first, a full stop last."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
