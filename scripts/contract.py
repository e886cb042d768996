"""
Read the contract, and write the dbt sources that follow from it.

`contract/extracts.csv` and `contract/codes.csv` are the one description of what comes in. Landing checks
the deliveries against it; `python -m scripts.contract` writes the sources of each folder of `models/staging`
from it, so that nothing in it is typed a second time. Run it whenever the contract changes.
"""

import csv
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent

LANDED_TYPES = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "yes_no": "BOOLEAN",
    "json": "VARCHAR[]",
}
ORIGINS = {"ssd": "Standard Safeguarding Dataset", "local": "what the Standard Safeguarding Dataset lacks"}
LANDED_FOLDER = '{{ env_var("CSC_WAREHOUSE_DIR", "warehouse") }}/landed'


@dataclass(frozen=True)
class Column:
    """One column of an extract, as the contract describes it; `refers_to` is (extract, column) or None."""

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
    is_record_id: bool
    description: str

    @property
    def is_postcode(self) -> bool:
        """Whether the column holds a postcode, which passes landing only as a hash and an outward part."""
        return self.sensitivity == "direct_identifier" and self.name.endswith("postcode")

    @property
    def is_flag_list(self) -> bool:
        """Whether the column is JSON that lands as a list of names (an address in JSON stays text)."""
        return self.type == "json" and self.sensitivity != "direct_identifier"

    @property
    def holds_ids(self) -> bool:
        """Whether the values are ids: a key, a reference to one, or the id of a record or person."""
        return self.is_key or self.refers_to is not None or self.is_record_id

    def landed_columns(self) -> "list[LandedColumn]":
        """List the columns it lands as: itself, a key's rank beside it, a postcode as its two parts."""
        if self.is_postcode:
            whole, outward = (
                f"Keyed hash of the {self.description}.",
                f"Outward part of the {self.description}.",
            )
            return [
                LandedColumn(f"{self.name}_hash", "VARCHAR", "quasi_identifier", whole),
                LandedColumn(f"{self.name}_outward", "VARCHAR", "quasi_identifier", outward),
            ]
        is_address = self.type == "json" and not self.is_flag_list
        data_type = "VARCHAR" if is_address else LANDED_TYPES[self.type]
        landed = [LandedColumn(self.name, data_type, self.sensitivity, _sentence(self.description))]
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


def write_sources(root: Path = PROJECT) -> list[Path]:
    """
    Write the sources yml of every dbt source, and of the landing's own tables, below `root`.

    The files are read by dbt 1.11 with dbt-duckdb 1.11: locations stand in `config.meta`, and
    `external_location` goes through `str.format`, which fills in the table's name.
    """
    written = []
    for name, document in _source_documents(read_contract()).items():
        path = root / "models" / "staging" / name / f"_{name}__sources.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")
        written.append(path)
    return written


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(row: dict[str, str]) -> Column:
    refers_to = tuple(row["key"].removeprefix("fk:").split(".", 1)) if row["key"].startswith("fk:") else None
    return Column(
        name=row["column"],
        type=row["type"],
        is_key=row["key"] == "pk",
        refers_to=refers_to,
        code_set=row["codes"] or None,
        is_optional=row["optional"] == "Y",
        sensitivity=row["sensitivity"],
        origin=row["origin"],
        not_before=row["not_before"] or None,
        may_lie_ahead=row["may_lie_ahead"] == "Y",
        is_record_id=row["is_record_id"] == "Y",
        description=row["description"],
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _source_documents(contract: Contract) -> dict[str, str]:
    tables: dict[str, list[dict]] = {}
    for extract in contract.extracts.values():
        tables.setdefault(extract.source, []).append(_extract_table(extract))
    documents = {
        source: _document(source, f"Extracts about {source.replace('_', ' ')}, as landed.", entries)
        for source, entries in sorted(tables.items())
    }
    documents["landing"] = _document(
        "landing", "What landing says of a run and its extracts, and the definitions.", LANDING_TABLES
    )
    return documents


def _document(source: str, description: str, tables: list[dict]) -> str:
    body = {
        "version": 2,
        "sources": [
            {
                "name": source,
                "description": description,
                "config": {
                    "meta": {"external_location": f"read_parquet('{LANDED_FOLDER}/{{name}}.parquet')"},
                    "loaded_at_query": f"select landed_at from read_parquet('{LANDED_FOLDER}/run.parquet')",
                    "freshness": {
                        "warn_after": {"count": 36, "period": "hour"},
                        "error_after": {"count": 7, "period": "day"},
                    },
                },
                "tables": tables,
            }
        ],
    }
    text = yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=1000, allow_unicode=True)
    return f"# Written by `python -m scripts.contract`: change the contract, not this file.\n{text}"


def _extract_table(extract: Extract) -> dict:
    origin = ORIGINS[extract.key.origin]
    return {
        "name": extract.name,
        "description": f"Extract {extract.name} ({origin}). Grain: one row per {extract.key.name}.",
        "columns": [
            _source_column(column.name, column.data_type, column.description, column.sensitivity)
            for column in extract.landed_columns()
        ],
    }


def _source_column(name: str, data_type: str, description: str, sensitivity: str = "none") -> dict:
    return {
        "name": name,
        "description": description,
        "data_type": data_type,
        "config": {"meta": {"sensitivity": sensitivity}},
    }


def _landing_table(name: str, description: str, **columns: tuple[str, str]) -> dict:
    table: dict = {"name": name, "description": description}
    if columns:
        table["columns"] = [
            _source_column(column, data_type, text) for column, (data_type, text) in columns.items()
        ]
    return table


LANDING_TABLES = [
    _landing_table(
        "run",
        "The run that landed the extracts. Grain: one row.",
        run_id=("VARCHAR", "Run id."),
        as_at=("DATE", "Date the extracts describe."),
        months=("INTEGER", "Months of history reported."),
        authority=("VARCHAR", "Three-digit DfE code of the authority."),
        landed_at=("TIMESTAMP", "When landing finished, in UTC."),
    ),
    _landing_table(
        "loaded_extracts",
        "What each extract of the contract held. Grain: one row per extract.",
        extract=("VARCHAR", "Extract."),
        is_loaded=("BOOLEAN", "Whether it was delivered."),
        population=("VARCHAR", "Whom it covers: all, looked_after or care_leavers."),
        covered_from=("DATE", "First day it covers; null is open."),
        covered_to=("DATE", "Last day it covers; null is open."),
        n_rows=("BIGINT", "Rows loaded."),
    ),
    _landing_table(
        "data_quality",
        "Every row or value set aside or flagged, never the value. Grain: one row per finding.",
        extract=("VARCHAR", "Extract."),
        file=("VARCHAR", "File in the landing folder."),
        line=(
            "INTEGER",
            "First line of the record; the header is 1, and so is a Parquet file's first row.",
        ),
        column_name=("VARCHAR", "Column; null: the whole row."),
        rule=("VARCHAR", "Rule that was broken."),
        effect=("VARCHAR", "set_aside_row, set_aside_value or flagged."),
    ),
    _landing_table(
        "codes",
        "Code lists of the contract. Grain: one row per code_set and code.",
        code_set=("VARCHAR", "Code list."),
        code=("VARCHAR", "Code."),
        meaning=("VARCHAR", "What it means."),
        valid_from=("VARCHAR", "First day it is valid; null is open."),
        valid_to=("VARCHAR", "Last day it is valid; null is open."),
    ),
    _landing_table("measures_register", "The definitions, read. Grain: one row per measure and statistic."),
    _landing_table("measure_needs", "Extracts each measure needs. Grain: one row per measure and extract."),
]


if __name__ == "__main__":
    for written_path in write_sources():
        sys.stdout.write(f"{written_path.relative_to(PROJECT)}\n")
