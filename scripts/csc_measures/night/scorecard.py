"""The pages of a generation, made from its own marts, and the same made anew of what is served."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from csc_measures.landing.own_folder import MARKER, check_own, list_as_ours
from csc_measures.night import artefacts, dbt_pages, editions, generations
from csc_measures.pages import evidence, site
from csc_measures.settings import Council
from csc_measures.stop import ExitCode, Stop

FIRST_PAGE = f"{editions.NUMBERS.pages}/{site.INDEX}"
PACK, PRINTED = "pack.html", "board_pack.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST_PRINT = 120  # seconds


def write_pages(generation: Path, landed: Path, council: Council, warehouse: Path) -> None:
    """Write the pages of a generation, made of landed extracts, into it before it is sealed."""
    kept = dbt_pages.lineage_kept(warehouse, generation / artefacts.FOLDER)
    build(generation, generation / editions.NUMBERS.pages, council, f"../{editions.EVIDENCE.pages}", kept)
    evidence.build(
        generation / editions.NUMBERS.database,
        generation / editions.EVIDENCE.database,
        generation / editions.EVIDENCE.pages,
        council,
        landed,
        f"../{editions.NUMBERS.pages}",
    )
    build_shared(generation, generation / editions.SHARED.pages, council)


def build_shared(generation: Path, folder: Path, council: Council) -> Path:
    """Write the pages for outside the service, of a generation, into a folder; return the page to open."""
    return site.build(generation / editions.SHARED.database, folder, council, site.SHARED)


def build(
    generation: Path, folder: Path, council: Council, evidence_pages: str = "", lineage: Path | None = None
) -> Path:
    """
    Write the pages for the service's own use, of a generation, into a folder; return the page to open.

    `evidence_pages` leads to those of the evidence, if they stand beside. `lineage` is the page that says
    from which column each column comes; where it is not there, the pages say what to type for it.
    """
    dbt, made = generation / artefacts.FOLDER, {}
    folder.mkdir(parents=True, exist_ok=True)
    if dbt_pages.are_kept(dbt):
        dbt_pages.write_documentation(dbt, folder / dbt_pages.DOCUMENTATION)
        made["Documentation of dbt"] = dbt_pages.DOCUMENTATION
    if lineage and lineage.is_file():
        if lineage != folder / dbt_pages.LINEAGE:
            shutil.copyfile(lineage, folder / dbt_pages.LINEAGE)
        made[site.LINEAGE_OF_COLUMNS] = dbt_pages.LINEAGE
    return site.build(
        generation / editions.NUMBERS.database,
        folder,
        council,
        evidence=generation / editions.EVIDENCE.database,
        dbt=dbt,
        evidence_pages=evidence_pages,
        made=made,
    )


def n_pages(generation: Path) -> int:
    """Count the pages of a generation."""
    return sum(len(list((generation / each.pages).glob("*.html"))) for each in editions.EVERY_EDITION)


def scorecard(
    warehouse: Path,
    folder: Path,
    council: Council,
    console: Console,
    *,
    pdf: bool = False,
    shared: bool = False,
    lineage: bool = False,
) -> None:
    """
    Write the pages of what is served into a folder of their own, and with `pdf` the board pack for printing.

    With `shared` they are those for outside the service, made from the shared marts alone; with `lineage`
    those for inside have the lineage of columns beside them, which is made unless it is kept.
    Raises Stop (60) when nothing is served, the folder holds files of others, no browser can print, or
    nothing can draw the lineage.
    """
    generation = generations.what_is_served(warehouse)
    if lineage and (shared or not dbt_pages.are_kept(generation / artefacts.FOLDER)):
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The lineage of columns is for inside the service, and of a generation that keeps dbt's catalog.",
            [],
            "Leave --shared or --lineage away, or run a night first.",
        )
    browser = find_browser() if pdf else ""
    check_own(folder, "--to")
    if folder.exists():
        shutil.rmtree(folder)
    page = (
        build_shared(generation, folder, council)
        if shared
        else build(generation, folder, council, lineage=lineage_of(warehouse, generation, folder, lineage))
    )
    if browser:
        print_pack(browser, folder)
        console.print(f"Printed {folder / PRINTED}")
    list_as_ours(folder, {file.name for file in folder.iterdir()} - {MARKER})
    console.print(f"Open {page}")


def lineage_of(warehouse: Path, generation: Path, folder: Path, is_asked: bool) -> Path | None:
    """
    Return the page that says from which column each column comes, if there is one or it is asked for.

    One that is made is kept in the warehouse, where this user may, so that the nights to come have it, too.
    """
    dbt = generation / artefacts.FOLDER
    if not dbt_pages.are_kept(dbt):
        return None
    kept, page = dbt_pages.lineage_kept(warehouse, dbt), folder / dbt_pages.LINEAGE
    if kept.is_file() or not is_asked:
        return kept
    folder.mkdir(parents=True)
    dbt_pages.write_column_lineage(dbt, page)
    with suppress(PermissionError):
        dbt_pages.keep_lineage(page, kept)
    return page


def find_browser() -> str:
    """Return the browser that prints; stop with 60 when there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The board pack is printed by Chromium, which is not installed here.",
            [],
            "Install it (Debian: apt-get install chromium), or print pack.html from any browser.",
        )
    return found


def print_pack(browser: str, folder: Path) -> None:
    """Print the board pack as PDF; stop with 60 when the browser does not."""
    printed = folder / PRINTED
    # Nothing is loaded but the page's own files, which is what the sandbox would guard against.
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--print-to-pdf={printed.absolute()}", (folder / PACK).absolute().as_uri()]
    ended = subprocess.run(command, capture_output=True, timeout=LONGEST_PRINT, check=False)
    if ended.returncode or not printed.is_file():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The browser did not print the board pack.",
            [browser],
            f"Open {folder / PACK} in a browser and print it there.",
        )
