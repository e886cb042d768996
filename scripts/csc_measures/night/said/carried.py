"""
What the night itself writes into a generation, going on from the one that was published last.

dbt makes the marts of one night; what was said before, and what is said otherwise since, follows from two.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import yaml

from csc_measures.landing.erased import read_erased
from csc_measures.night import editions
from csc_measures.night.generations import Run
from csc_measures.night.said.published import LAST, write_published
from csc_measures.night.said.quality_by_run import write_quality_by_run
from csc_measures.night.said.restated import LAST_EVIDENCE, Between, write_restatements
from csc_measures.pages.artefacts import read_told
from csc_measures.project import PROJECT
from csc_measures.sql import quoted

DESCRIBED = PROJECT / "models" / "marts" / "_night__sources.yml"


def write(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Path,
    last: Path | None,
    history: list[Run],
    run: Run,
    dbt: Path,
) -> dict[str, dict]:
    """
    Write the tables of a new generation that go on from the last one, or tell of the build.

    The editions of the new generation are attached by their catalogs, with all marts that dbt made; `last`
    is the generation that was published last, if any, `history` are the runs published before this one, and
    `dbt` is the folder of dbt's artefacts. Returns the descriptions of the tables, by mart.
    """
    attached = []
    for name, edition in ((LAST, editions.NUMBERS), (LAST_EVIDENCE, editions.EVIDENCE)):
        if last and (database := last / edition.database).is_file():
            connection.execute(f"attach '{quoted(database)}' as {name} (read_only)")
            attached.append(name)
    write_published(connection, run.run_id, run.as_at)
    then = next((each for each in history if last and each.run_id == last.name), run)
    landed = [warehouse / "runs" / each.run_id / "landed" for each in (then, run)]
    write_restatements(connection, Between(then, run, *landed), [*read_erased(warehouse)])
    write_quality_by_run(connection, run.run_id, run.as_at)
    for name in attached:
        connection.execute(f"detach {name}")
    # Not before: a run that only lands is to do with little memory, and this takes sqlglot.
    from csc_measures.night.lineage import write_lineage

    write_lineage(connection, read_told(dbt))
    return descriptions()


@cache
def descriptions() -> dict[str, dict]:
    """Return what dbt is told of these tables, in the shape of `building.Build.docs`."""
    [source] = yaml.safe_load(DESCRIBED.read_text(encoding="utf-8"))["sources"]
    return {
        table["name"]: {
            "description": table["description"],
            "columns": {column["name"]: column["description"] for column in table["columns"]},
        }
        for table in source["tables"]
    }
