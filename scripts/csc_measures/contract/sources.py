"""
Write the dbt sources that follow from the contract: `python -m csc_measures.contract.sources`.

Run it whenever the contract changes, so that nothing in it is typed a second time.
"""

import sys
from pathlib import Path

import yaml

from csc_measures.contract import agreement
from csc_measures.contract.extracts import Contract, Extract, read_contract, sentence
from csc_measures.project import PROJECT

ORIGINS = {"ssd": "Standard Safeguarding Dataset", "local": "what the Standard Safeguarding Dataset lacks"}
HEADING = "# Written by `python -m csc_measures.contract.sources`: change the contract, not this file."
# Made with the connection (csc_measures.night.opening), which knows the warehouse folder.
IN_WAREHOUSE = "measures.main.landed('{name}')"
RUN = IN_WAREHOUSE.format(name="run")
LANDED = f"select landed_at from {RUN}"
# An extract is as fresh as its files were when they were landed; one that is absent cannot be stale.
DELIVERED = (
    f"select coalesce(delivered_at, landed_at) from {IN_WAREHOUSE.format(name='loaded_extracts')} "
    f"cross join {RUN} where extract = '{{{{ model.name }}}}'"
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


def _source_documents(contract: Contract) -> dict[str, str]:
    tables: dict[str, list[dict]] = {}
    for extract in contract.extracts.values():
        tables.setdefault(extract.source, []).append(_extract_table(extract))
    documents = {
        source: _document(
            source, f"Extracts about {source.replace('_', ' ')}, as landed.", entries, DELIVERED
        )
        for source, entries in sorted(tables.items())
    }
    documents["landing"] = _document(
        "landing", "What landing says of a run and its extracts, and the definitions.", LANDING_TABLES
    )
    documents["agreement"] = _document(
        "agreement",
        "What the two parties agree, as landed.",
        [*map(_agreement_table, agreement.read_tables())],
    )
    return documents


def _document(source: str, description: str, tables: list[dict], loaded_at: str = LANDED) -> str:
    body = {
        "version": 2,
        "sources": [
            {
                "name": source,
                "description": description,
                "config": {
                    "meta": {"external_location": IN_WAREHOUSE},
                    "loaded_at_query": loaded_at,
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
    return f"{HEADING}\n{text}"


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


def _agreement_table(table: str) -> dict:
    return {
        "name": f"agreement_{table}",
        "description": agreement.GRAINS[table],
        "columns": [
            _source_column(column.name, agreement.LANDED_TYPES[column.type], sentence(column.description))
            for column in agreement.landed_columns(table)
        ],
    }


def _source_column(name: str, data_type: str, description: str, sensitivity: str = "none") -> dict:
    column: dict = {"name": name, "description": description, "data_type": data_type}
    if sensitivity != "none":
        column["config"] = {"meta": {"sensitivity": sensitivity}}
    return column


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
        not_told=("VARCHAR", "Columns that its source never tells, separated by spaces; null: none."),
        n_rows=("BIGINT", "Rows loaded."),
        delivered_at=(
            "TIMESTAMP",
            "When its latest file was written, UTC; null when absent.",
        ),
    ),
    _landing_table(
        "data_quality",
        "Every row or value set aside or flagged, never the value. Grain: one row per finding, and one for "
        "those of a rule in a column of a file that are beyond a thousand.",
        extract=("VARCHAR", "Extract."),
        file=("VARCHAR", "File in the landing folder."),
        line=(
            "INTEGER",
            "First line of the record; the header is 1, and so is a Parquet file's first row.",
        ),
        column_name=("VARCHAR", "Column; null: the whole row."),
        rule=("VARCHAR", "Rule that was broken."),
        effect=("VARCHAR", "set_aside_row, set_aside_value or flagged."),
        n_findings=("INTEGER", "How many findings the row stands for; more than one have no line."),
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
    _landing_table(
        "rules",
        "What may be wrong with a row, and what it means. Grain: one row per rule.",
        rule=("VARCHAR", "Rule."),
        effect=("VARCHAR", "set_aside_row, set_aside_value or flagged."),
        is_asked=("BOOLEAN", "Whether the extracts it compares were all delivered."),
        meaning=("VARCHAR", "What is wrong with a row that breaks it."),
    ),
    _landing_table("measures_register", "The definitions, read. Grain: one row per measure and statistic."),
    _landing_table("measure_needs", "Extracts each measure needs. Grain: one row per measure and extract."),
    _landing_table(
        "measure_parameters", "Parameters each measure names. Grain: one row per measure and parameter."
    ),
]


if __name__ == "__main__":
    for written_path in write_sources():
        sys.stdout.write(f"{written_path.relative_to(PROJECT)}\n")
