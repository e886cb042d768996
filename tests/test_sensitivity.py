"""
No identifier and no free text can reach a mart, by name or by lineage.

Only staging reads the extracts, and a column that tells who somebody is does not even land, so nothing
behind it can read one. The narrative register is published in its own words, as the contract says: its three
texts are the one exception.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from csc_measures.contract.extracts import read_contract

CLASSES = {"quasi_identifier", "person_key", "staff_key", "free_text"}
KEYS = {"person_id": "person_key", "sibling_id": "person_key", "worker_id": "staff_key"}
PUBLISHED_TEXTS = {"title", "summary", "what_changed"}
BESIDE_THE_ROW = {"source_file", "source_line"}
NARRATIVE = {"stg_participation__evidence_register", "narrative_evidence"}


def sensitive_columns() -> dict[str, set[str]]:
    """Columns of each extract that tell who somebody is, or hold free text."""
    return {
        extract.name: {
            column.name
            for column in extract.columns
            if column.sensitivity in ("direct_identifier", "staff_identifier", "free_text")
        }
        for extract in read_contract().extracts.values()
    }


def columns_read(sql: str) -> set[str]:
    """Names of the columns that a staging query reads."""
    query = sqlglot.parse_one(re.sub(r"\{\{.*?\}\}", "extract", sql), dialect="duckdb")
    return {column.name for column in query.find_all(exp.Column)}


def test_only_staging_reads_the_extracts(models: dict[str, dict]) -> None:
    readers = {
        name
        for name, node in models.items()
        if any(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
    }
    assert readers == {name for name in models if name.startswith("stg_")}


def test_what_identifies_does_not_land_and_neither_does_what_staging_drops(models: dict[str, dict]) -> None:
    sensitive = sensitive_columns()
    of_nobody = ("stg_landing__", "stg_agreement__")
    for name, node in models.items():
        if not name.startswith("stg_") or name.startswith(of_nobody):
            continue
        extract = read_contract().extracts[node["depends_on"]["nodes"][0].split(".")[-1]]
        landed = {column.name for column in extract.landed_columns()}
        allowed = PUBLISHED_TEXTS if name in NARRATIVE else set()
        assert landed & sensitive[extract.name] <= allowed, extract.name
        dropped = landed - columns_read(node["raw_code"]) - BESIDE_THE_ROW
        dropped = {column for column in dropped if not column.endswith("_rank")}
        assert not dropped, f"{name} drops {sorted(dropped)}: say in the contract that they do not land."


def class_of(column: dict) -> str:
    """Sensitivity of a described column; one that says nothing tells nothing of anybody."""
    return column["config"]["meta"].get("sensitivity", "none")


def test_only_known_classes_are_written_and_keys_say_theirs(models: dict[str, dict]) -> None:
    for name, node in models.items():
        for column in node["columns"].values():
            where = f"{name}.{column['name']}"
            written = class_of(column)
            assert written in {"none", *CLASSES}, f"{where}: sensitivity {written} is none of {CLASSES}."
            needed = next((key for end, key in KEYS.items() if column["name"].endswith(end)), written)
            assert written == needed, f"{where} is a key: write sensitivity: {needed} in its meta."


def test_marts_hold_keys_and_bands_only(models: dict[str, dict]) -> None:
    for name, node in models.items():
        if node["config"]["schema"] != "marts" or name in NARRATIVE:
            continue
        for column in node["columns"].values():
            assert class_of(column) in ("none", "person_key"), f"{name}.{column['name']}"
