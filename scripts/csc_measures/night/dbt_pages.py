"""
What dbt knows of a build as pages, each one file that opens anywhere and asks nobody.

dbt's own documentation is what `dbt docs generate --static` writes, from the artefacts that a generation
keeps and without dbt. The lineage of columns is dbt-colibri's; it takes longer than all other pages, so that
no night makes it: once asked for, it is kept, and nights that ran the same SQL take it along. `marts.lineage`
and the pages of the measures tell the same without it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from csc_measures import memory
from csc_measures.night import disk
from csc_measures.night.artefacts import CATALOG, MANIFEST, RESULTS
from csc_measures.stop import ExitCode, Stop

DOCUMENTATION, LINEAGE = "dbt_docs.html", "column_lineage.html"
KEPT = "column_lineage"
"""The folder of a warehouse where the lineage that was made last is kept."""
# What the page of dbt has in the place of its artefacts.
MANIFEST_HERE, CATALOG_HERE = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
# Links that dbt's page never fills in, or only later: a browser looks for files of such names.
NEVER_FILLED = re.compile(r"<link[^>]*\$\{require[^>]*>")
UNFILLED, FILLED_LATER = 'xlink:href="{{', 'ng-attr-xlink:href="{{'


def are_kept(dbt: Path) -> bool:
    """Say whether a folder holds the artefacts that the pages are made from."""
    return all((dbt / name).is_file() for name in (MANIFEST, RESULTS, CATALOG))


def write_documentation(dbt: Path, page: Path) -> None:
    """Write dbt's documentation of a build, with the SQL that ran, from the folder of its artefacts."""
    text = files("dbt.task.docs").joinpath("index.html").read_text(encoding="utf-8")
    text = NEVER_FILLED.sub("", text).replace(UNFILLED, FILLED_LATER)
    for place, told in ((MANIFEST_HERE, with_sql(dbt)), (CATALOG_HERE, read(dbt / CATALOG))):
        # Within a script, only `</` could end it.
        text = text.replace(place, json.dumps(told).replace("</", "<\\/"))
    page.write_text(text, encoding="utf-8")


def lineage_kept(warehouse: Path, dbt: Path) -> Path:
    """Return where the lineage of columns is kept, by the SQL that ran, from the folder of its artefacts."""
    ran = {result["unique_id"]: result["compiled_code"] for result in read(dbt / RESULTS)["results"]}
    told = json.dumps(ran, sort_keys=True).encode()
    return warehouse / KEPT / f"{hashlib.sha256(told).hexdigest()}.html"


def keep_lineage(page: Path, kept: Path) -> None:
    """Keep a page of the lineage for the nights to come, in the place of any other."""
    disk.remove(kept.parent)
    kept.parent.mkdir(mode=0o700)
    begun = kept.with_suffix(".new")
    shutil.copyfile(page, begun)
    begun.rename(kept)


def write_column_lineage(dbt: Path, page: Path) -> None:
    """
    Write from which column each column of a build comes, from the folder of its artefacts.

    Raises Stop (60) where dbt-colibri is not installed.
    """
    try:
        from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor
        from dbt_colibri.report.generator import DbtColibriReportGenerator
    except ImportError:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The lineage of columns is drawn by dbt-colibri, which is not installed here.",
            [],
            "Type: .uv/bin/uv sync --locked --extra lineage",
        ) from None
    memory.free_late()
    logging.getLogger("colibri").setLevel(logging.ERROR)  # it warns of each landed extract, which is no table
    with TemporaryDirectory() as folder:
        manifest = Path(folder, MANIFEST)
        manifest.write_text(json.dumps(with_sql(dbt)), encoding="utf-8")
        extractor = DbtColumnLineageExtractor(str(manifest), str(dbt / CATALOG))
        # Without telemetry: its page would call out whenever somebody opens it.
        DbtColibriReportGenerator(extractor, light_mode=True, disable_telemetry=True).generate_report(folder)
        page.write_bytes(Path(folder, "index.html").read_bytes())


def with_sql(dbt: Path) -> dict[str, Any]:
    """Return the manifest with the SQL that ran for each model, as the pages look for it."""
    manifest = read(dbt / MANIFEST)
    for result in read(dbt / RESULTS)["results"]:
        if node := manifest["nodes"].get(result["unique_id"]):
            node["compiled_code"] = result["compiled_code"]
    manifest["metadata"]["send_anonymous_usage_stats"] = False
    return manifest


def read(file: Path) -> dict[str, Any]:
    """Read an artefact."""
    return json.loads(file.read_text(encoding="utf-8"))
