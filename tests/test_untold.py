"""What a night leaves unbuilt: what only statistics read that its extracts cannot tell."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from csc_measures.night.untold import TAG, tag_untold

READS = {
    "stg_told": ["source.csc.people.delivered"],
    "stg_untold": ["source.csc.people.absent"],
    "stg_unread": ["source.csc.people.delivered"],
    "fact_of_both": ["stg_told", "stg_untold"],
    "fact_of_idle": ["stg_untold"],
    "told_population": ["fact_of_both", "read_population"],
    "read_population": ["stg_told"],
    "idle_population": ["fact_of_idle"],
    "counts_of_both": ["told_population", "read_population", "stg_told"],
    "counts_of_idle": ["idle_population", "stg_told"],
    "fact_of_unasked": ["stg_untold"],
    "rule_asked": ["stg_told"],
    "rule_unasked": ["fact_of_unasked", "stg_told"],
    "history_of_told": ["stg_told", "stg_run", "fact_of_both"],
    "history_of_untold": ["stg_untold", "stg_run"],
    "stg_run": ["source.csc.landing.run"],
    "months_told": ["counts_of_both", "counts_of_idle"],
    "mart": ["months_told", "counts_of_both", "counts_of_idle", "rule_asked", "rule_unasked"],
}
FOLDERS = {"counts": "counts", "months": "months", "mart": "marts", "rule": "quality"}
FEEDS = {"told_population": 1, "read_population": 2, "idle_population": 2}


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    """Land two extracts, one of them absent: measure 1 can be told, measure 2 cannot."""
    duckdb.execute(
        f"copy (from (values ('delivered', true), ('absent', false)) as t (extract, is_loaded)) "
        f"to '{tmp_path}/loaded_extracts.parquet'"
    )
    duckdb.execute(
        f"copy (from (values (1, 'pct', 'delivered', 'needed'), (1, 'pct', 'absent', 'refines'), "
        f"(2, 'pct', 'delivered', 'needed'), (2, 'pct', 'absent', 'needed')) "
        f"as t (measure_number, statistic, extract, role)) to '{tmp_path}/measure_needs.parquet'"
    )
    duckdb.execute(
        f"copy (from (values ('rule_asked', true), ('rule_unasked', false)) as t (rule, is_asked)) "
        f"to '{tmp_path}/rules.parquet'"
    )
    return tmp_path


def project() -> SimpleNamespace:
    """Make a project as dbt has read it, as far as `tag_untold` looks."""

    def node(name: str, reads: list[str]) -> SimpleNamespace:
        folder = FOLDERS.get(name.split("_")[0], "populations" if name in FEEDS else "intermediate")
        feeds = [{"measure": FEEDS[name], "statistic": "pct"}] if name in FEEDS else []
        column = SimpleNamespace(config=SimpleNamespace(meta={"feeds": feeds}))
        return SimpleNamespace(
            name=name,
            resource_type="snapshot" if name.startswith("history") else "model",
            fqn=["csc", folder, name],
            columns={"claim": column},
            depends_on=SimpleNamespace(nodes=reads),
            tags=[],
        )

    nodes = {name: node(name, reads) for name, reads in READS.items()}
    return SimpleNamespace(nodes=nodes, build_flat_graph=lambda: None)


def test_only_what_untold_statistics_read_is_left_out(landed: Path) -> None:
    read = project()
    assert tag_untold(read, landed) == ["--exclude", f"tag:{TAG}"]
    assert {name for name, node in read.nodes.items() if TAG in node.tags} == {
        "idle_population",
        "fact_of_idle",
        "counts_of_idle",
        "fact_of_unasked",
        "rule_unasked",
        "history_of_untold",  # kept as it was
    }


def test_nothing_is_left_out_when_everything_is_delivered(landed: Path) -> None:
    duckdb.execute(
        f"copy (from (values ('delivered', true), ('absent', true)) as t (extract, is_loaded)) "
        f"to '{landed}/loaded_extracts.parquet'"
    )
    duckdb.execute(
        f"copy (from (values ('rule_asked', true), ('rule_unasked', true)) as t (rule, is_asked)) "
        f"to '{landed}/rules.parquet'"
    )
    assert tag_untold(project(), landed) == []


def test_one_measure_leaves_out_what_it_does_not_read_even_the_staged_extracts(landed: Path) -> None:
    read = project()
    tag_untold(read, landed, told={(1, "pct")})
    built = {name for name, node in read.nodes.items() if TAG not in node.tags}
    assert {"told_population", "fact_of_both", "stg_told", "stg_untold", "counts_of_both", "mart"} <= built
    assert not built & {"stg_unread", "history_of_told", "history_of_untold", "rule_asked", "idle_population"}
