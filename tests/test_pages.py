"""
The scorecard's pages: they say what the marts say, are of one piece, and work in a real browser.

The browser is the Chromium of the system (Debian: apt-get install chromium), driven by Playwright.
"""

from __future__ import annotations

import base64
import csv
import html
import json
import re
import shutil
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from conftest import KEY, Place, run_measures
from csc_measures.night import artefacts, behind, dbt_pages, editions, generations, scorecard
from csc_measures.pages import cases, drawing, evidence, site
from csc_measures.project import PROJECT
from csc_measures.settings import Council, Settings
from csc_measures.stop import Stop

INDEX_BYTES, MEASURE_BYTES = 250_000, 80_000
SAMPLE = (
    "index.html",
    "outcome-healthy_lives.html",
    "measure-023.html",
    "measure-108.html",
    "measure-205.html",
    "agreement.html",
    "quality.html",
    "changes.html",
    "../evidence_pages/index.html",
    "../evidence_pages/evidence-023-2026-03.html",
)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "preload": False}
PHONE = {"width": 320, "height": 800}
MARKUP = "<img src=x onerror=alert(1)>"
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def folder(council_night: Place) -> Path:
    """Give the folder of the pages that a night on a small council published."""
    return council_night.warehouse / editions.NUMBERS.pages


@pytest.fixture(scope="module")
def evidence_folder(council_night: Place) -> Path:
    """Give the folder of the evidence pages of the same night."""
    return council_night.warehouse / editions.EVIDENCE.pages


@cache
def text_of(page: Path) -> str:
    """Return the words of a page, as a reader sees them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))).split())


def shown(value: float, decimals: int, unit: str) -> str:
    """Write a number as people do: rounded half up, commas between thousands, nothing without a sign."""
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0
    return f"{rounded:,}{'%' if unit == 'pct' else ''}"


def test_the_night_ends_with_the_page_to_open(council_night: Place, folder: Path) -> None:
    assert f"Open {council_night.warehouse / scorecard.FIRST_PAGE}" in council_night.result.stdout
    assert (folder / site.INDEX).is_file()


def test_every_number_of_a_headline_is_on_its_page(council_night: Place, folder: Path) -> None:
    headlines = council_night.query(
        "select measure_number, value, lower, upper, unit, decimals, sentence, share_unknown from scorecard "
        "where period_type = 'month' and service_area = 'all' "
        "and period_end = (select max(period_end) from scorecard)"
    )
    assert len(headlines) > 120
    index = text_of(folder / site.INDEX)
    for number, value, lower, upper, unit, decimals, sentence, unknown in headlines:
        page = text_of(folder / site.page_of(number))
        assert sentence in page, number
        if value is not None:
            said = shown(value, decimals, unit)
            assert said in page and said in index, (number, said)
        if lower is not None:
            assert f"{shown(lower, decimals, '')} to {shown(upper, decimals, unit)}" in page, number
        if unknown is not None:
            assert f"{shown(unknown, 1, 'pct')} of its cases are unknown" in page, number


def test_the_months_and_parts_of_a_page_are_those_of_the_marts(council_night: Place, folder: Path) -> None:
    page = text_of(folder / "measure-039.html")
    months = council_night.query(
        "select strftime(period_end, '%B %Y'), value from signals "
        "where measure_number = 39 and statistic = 'pct' and breakdown = 'all' and value is not null"
    )
    parts = council_night.query(
        "select breakdown_label, value from safe_from_harm where measure_number = 39 and is_headline "
        "and period_type = 'month' and period_end = (select max(period_end) from scorecard) "
        "and breakdown in ('team', 'sex', 'age_band') and value is not null"
    )
    assert months and parts
    for name, value in months + parts:
        assert re.search(
            rf"{re.escape(name)} (▲ Better |▼ Worse )?{re.escape(shown(value, 1, 'pct'))}", page
        ), name


def test_every_measure_has_a_page_and_the_list_has_its_order(council_night: Place, folder: Path) -> None:
    numbers = [number for (number,) in council_night.query("select distinct measure_number from measures")]
    assert {site.page_of(number) for number in numbers} <= {file.name for file in folder.iterdir()}
    text = (folder / site.INDEX).read_text(encoding="utf-8")
    of_the_list = re.findall(r'class="no">(\d+)</span>', text)
    assert sorted(map(int, of_the_list)) == sorted(numbers)
    first = {
        side: text.index(f'class="no">{number}</span>') for side, number in (("activity", 1), ("impact", 2))
    }
    assert first["activity"] < first["impact"]


def test_the_index_says_in_which_teams_a_measure_got_worse(council_night: Place, folder: Path) -> None:
    worse = council_night.query(
        "select list(breakdown_label order by breakdown_label) from signals "
        "join scorecard as said using (measure_number, statistic, period_end) "
        "where breakdown = 'team' and signals.direction_of_travel = 'worse' and period_type = 'month' "
        "and service_area = 'all' and (rag = 'red' or said.direction_of_travel = 'worse') "
        "and period_end = (select max(period_end) from scorecard) group by measure_number"
    )
    index = text_of(folder / site.INDEX)
    assert worse
    for (teams,) in worse:
        more = f" and {len(teams) - 3} more" if len(teams) > 3 else ""
        assert f"Worse in: {'; '.join(teams[:3])}{more}" in index


def test_the_agreement_is_told_line_by_line(council_night: Place, folder: Path) -> None:
    page = text_of(folder / "agreement.html")
    lines = council_night.query("select distinct says from agreement")
    assert len(lines) > 20
    assert all(says in page for (says,) in lines)


def test_the_board_pack_has_the_list_and_nothing_beside_it(folder: Path) -> None:
    numbers = re.findall(r'<th scope="row">(\d+) <a', (folder / scorecard.PACK).read_text(encoding="utf-8"))
    assert list(map(int, numbers)) == list(range(1, 121))


def test_pages_are_small_and_lead_only_to_each_other(folder: Path) -> None:
    for page in set(folder.glob("*.html")) - {folder / dbt_pages.DOCUMENTATION}:
        text = page.read_text(encoding="utf-8")
        size = len(text.encode())
        assert size < (MEASURE_BYTES if page.name.startswith("measure-") else INDEX_BYTES), page.name
        for link in re.findall(r'(?:href|src)="([^"#]+)"', text):
            assert (folder / link).resolve().exists(), (page.name, link)


def test_the_sql_that_ran_and_its_tests_are_told(folder: Path) -> None:
    page = text_of(folder / "measure-023.html")
    assert "initial_conferences_held.was_held_in_time" in page
    assert "working_days_taken <= 15" in page  # the parameter's value, as it ran
    assert "parts_of_safe_from_harm_make_the_whole : pass" in page


def test_downloads_hold_the_months_of_the_mart(council_night: Place, folder: Path) -> None:
    with (folder / "measure-023.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["breakdown"] == "all" and row["statistic"] == "pct"
        ]
    kept = duckdb.sql(f"from '{folder}/measure-023.parquet' where breakdown = 'all' and statistic = 'pct'")
    [(n_rows,)] = council_night.query(
        "select count(*) from safe_from_harm "
        "where measure_number = 23 and breakdown = 'all' and statistic = 'pct'"
    )
    assert len(rows) == len(kept) == n_rows > 0


@pytest.fixture(scope="module")
def with_markup(council_night: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the pages of marts in which a team bears markup and another a formula; return their folder."""
    folder = tmp_path_factory.mktemp("markup")
    generation = generations.served(council_night.warehouse)
    shutil.copy(generation / editions.DATABASE, folder / editions.DATABASE)
    (folder / editions.DATABASE).chmod(0o600)
    with duckdb.connect(folder / editions.DATABASE) as connection:
        for sign, label in (("=", MARKUP), (">", FORMULA)):
            connection.execute(
                f"update marts.safe_from_harm set breakdown_label = $1 where breakdown = 'team' and "
                f"breakdown_value {sign} (select min(breakdown_value) from marts.safe_from_harm "
                "where breakdown = 'team')",
                [label],
            )
    council = Council(f"Council {MARKUP}", "#123456")
    site.build(folder / editions.DATABASE, folder / "pages", council)
    return folder / "pages"


def test_free_text_is_inert(with_markup: Path) -> None:
    page = (with_markup / "measure-023.html").read_text(encoding="utf-8")
    assert html.escape(MARKUP) in page
    assert "<img" not in page
    assert "#123456" in (with_markup / "style.css").read_text(encoding="utf-8")
    with (with_markup / "measure-023.csv").open(encoding="utf-8", newline="") as file:
        labels = {row["breakdown_label"] for row in csv.DictReader(file)}
    assert f"'{FORMULA}" in labels
    assert FORMULA not in labels


def test_without_evidence_pages_tell_no_finding_and_no_entry(with_markup: Path, folder: Path) -> None:
    assert "Entries of the narrative register" in text_of(folder / "measure-108.html")
    assert "Entries of the narrative register" not in text_of(with_markup / "measure-108.html")


def test_the_command_writes_the_pages_anew_into_a_folder_of_its_own(
    council_night: Place, tmp_path: Path
) -> None:
    environment = {"CSC_WAREHOUSE_DIR": str(council_night.warehouse), "CSC_COUNCIL_NAME": "Ambridge"}
    to = tmp_path / "scorecard"
    result = run_measures("scorecard", "--to", to, environment=environment)
    assert result.returncode == 0, result.stderr
    assert "Ambridge scorecard" in text_of(to / site.INDEX)
    (to / "somebody's.txt").write_text("else")
    result = run_measures("scorecard", "--to", to, environment=environment)
    assert result.returncode == 60
    assert "somebody's.txt" in result.stderr


def test_a_colour_that_is_none_is_refused() -> None:
    given = {"CSC_COUNCIL_COLOUR": "red", "CSC_PSEUDONYM_KEY": KEY}
    with pytest.raises(Stop, match="CSC_COUNCIL_COLOUR"):
        Settings.from_environment(given)


def test_the_pages_for_outside_say_what_the_shared_marts_say_and_no_more(council_night: Place) -> None:
    generation = generations.served(council_night.warehouse)
    pages = generation / editions.SHARED.pages
    with duckdb.connect(generation / editions.SHARED.database, read_only=True) as connection:
        headlines = connection.execute(
            "select measure_number, sentence, value_status from marts.scorecard where period_type = 'month' "
            "and service_area = 'all' and period_end = (select max(period_end) from marts.scorecard)"
        ).fetchall()
    assert {status for _, _, status in headlines} >= {"ok", "confidential"}
    for number, sentence, status in headlines:
        page = text_of(pages / site.page_of(number))
        assert sentence in page, number
        assert status != "confidential" or "Suppressed" in page, number
    names = {file.name for file in pages.iterdir()}
    assert not names & {"agreement.html", "quality.html"}
    assert "Entries of the narrative register" not in text_of(pages / "measure-108.html")


def test_what_is_hidden_outside_is_in_no_page_for_outside_no_log_and_no_docs(council_night: Place) -> None:
    """Neither by its sentence nor by its unrounded value, where nothing that is told has the same."""
    generation = generations.served(council_night.warehouse)
    pages = generation / editions.SHARED.pages
    key = "measure_number, statistic, period_type, period_end, service_area"
    with duckdb.connect(generation / editions.NUMBERS.database, read_only=True) as connection:
        connection.execute(f"attach '{generation / editions.SHARED.database}' as shared (read_only)")
        rows = connection.execute(
            "select measure_number, said.sentence, said.value, told.value_status = 'confidential' "
            f"from marts.scorecard as said join shared.marts.scorecard as told using ({key}) "
            "where said.numerator is not null"
        ).fetchall()
        told = connection.execute("select distinct value from shared.marts.fct_measure_value").fetchall()
    hidden = {(number, sentence) for number, sentence, _, is_hidden in rows if is_hidden}
    values = {repr(value) for *_, value, is_hidden in rows if is_hidden}
    values -= {repr(value) for (value,) in told}
    of_council = [*council_night.warehouse.glob("logs/*/*"), *generation.glob("dbt/*")]
    of_project = [PROJECT / "README.md", *PROJECT.glob("docs/*.md")]
    unrounded = re.compile(r"\d+\.\d{9,}")
    assert len(values & {*unrounded.findall(" ".join(values))}) > 20
    for file in (*of_council, *of_project, *pages.glob("*.csv"), *pages.glob("*.html")):
        said = {*unrounded.findall(file.read_text(encoding="utf-8"))} if file.is_file() else set()
        assert not said & values, file.name
    for number, sentence in hidden:
        assert sentence not in text_of(pages / site.page_of(number)), number
    inside = generation / editions.NUMBERS.pages
    assert any(sentence in text_of(inside / site.page_of(number)) for number, sentence in hidden)


def test_evidence_pages_hold_every_case_and_add_up(council_night: Place, evidence_folder: Path) -> None:
    pages = {page.name for page in evidence_folder.glob("evidence-*.html")}
    n_headlines = council_night.query("select count(*) from measures where is_headline")[0][0]
    assert len(pages) == n_headlines * evidence.MONTHS
    for page in evidence_folder.glob("evidence-*.html"):
        text = page.read_text(encoding="utf-8")
        assert "✓ They agree" in text, page.name
    [(n_cases,)] = council_night.query(
        "select count(*) from safe_from_harm_evidence where measure_number = 23 and statistic = 'pct' "
        "and period_type = 'month' and period_end = '2026-03-31'"
    )
    rows = re.findall(
        r"^<tr><td>.*", (evidence_folder / "evidence-023-2026-03.html").read_text(), re.MULTILINE
    )
    assert len(rows) == n_cases > 0
    assert all("ssd_initial_cp_conference.csv, line " in row for row in rows)
    assert all("<td>working days taken: " in row for row in rows)
    assert any("<td>Family front door<td>" in row for row in rows)


def test_evidence_pages_are_for_those_who_may_read_the_evidence() -> None:
    readers = editions.Readers(numbers=1, evidence=2)
    assert readers.of("scorecard/index.html") == 1
    assert readers.of("evidence_pages/index.html") == 2


def test_the_terminal_shows_the_same_cases(
    council_night: Place, evidence_folder: Path, tmp_path: Path
) -> None:
    console = Console(record=True, width=300, quiet=True)
    behind.show_number(council_night.warehouse, 23, "2026-03", tmp_path / "cases.csv", console)
    with (tmp_path / "cases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    page = (evidence_folder / "evidence-023-2026-03.html").read_text(encoding="utf-8")
    assert [row["case_id"] for row in rows] == re.findall(r"^<tr><td>([^<]+)", page, re.MULTILINE)
    behind.show_case(council_night.warehouse, rows[0]["person_id"], tmp_path / "person.csv", console)
    with (tmp_path / "person.csv").open(encoding="utf-8", newline="") as file:
        touched = list(csv.DictReader(file))
    assert {row["person_id"] for row in touched} == {rows[0]["person_id"]}
    assert {"23", "24"} <= {row["measure_number"] for row in touched}
    for nobody in ("0" * 20, "'; drop table"):
        with pytest.raises(Stop):
            behind.show_case(council_night.warehouse, nobody, None, console)
    with pytest.raises(Stop, match="no number of measure 23 in 1999-01"):
        behind.show_number(council_night.warehouse, 23, "1999-01", None, console)


def test_a_generation_from_before_amounts_decided_shows_its_cases(
    council_night: Place, tmp_path: Path
) -> None:
    generation = generations.what_is_served(council_night.warehouse)
    older = tmp_path / editions.EVIDENCE.database
    shutil.copy(generation / older.name, older)
    older.chmod(0o600)
    with duckdb.connect(older) as connection:
        for outcome in editions.OUTCOMES:
            connection.execute(f"alter table marts.{outcome}_evidence drop column decided_by")
    with cases.open_cases(generation / editions.NUMBERS.database, older) as connection:
        cases.take(connection, None, "measure_number = 23")
        rows = cases.told(connection)
    assert rows and not any(row["decided_by"] for row in rows)


def month(value: float | None, **of_it: object) -> dict:
    """Give a month as the marts have it."""
    empty = dict.fromkeys(("lower_limit", "upper_limit", "expected_mean", "target", "direction_of_travel"))
    words = dict.fromkeys(("lower_limit_text", "upper_limit_text", "expected_mean_text", "target_text"), "")
    return {**empty, **words, "value": value, **of_it}


def test_a_plot_lies_within_its_margins_and_breaks_where_nothing_is_known() -> None:
    limits = {"lower_limit": 0.0, "upper_limit": 4.0, "lower_limit_text": "0", "upper_limit_text": "4"}
    months = [month(1.0, **limits), month(4.0, **limits), month(None, **limits), month(0.0, target=2.0)]
    plot = drawing.plot(months, 100, 50, 5)
    assert plot.lines == ["5,35 35,5", "95,45"]
    [band] = plot.bands
    assert (band.left, band.right, band.top, band.height) == (0, 80, 5, 40)
    [aim] = plot.targets
    assert (aim.left, aim.right, aim.top) == (80, 100, 25)
    assert drawing.plot([month(None)], 100, 50, 5) is None


# --- In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give the system's Chromium; without one these tests are skipped."""
    path = next(filter(None, map(shutil.which, scorecard.BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


def watched(page: Page) -> list[str]:
    """Return a list to which a page adds what it complains of and every request beyond its own folder."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url.startswith("file:") or complaints.append(request.url))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    return complaints


@pytest.mark.parametrize("name", SAMPLE)
def test_a_page_opens_from_a_file_reaches_nobody_and_is_accessible(
    browser: Browser, folder: Path, name: str
) -> None:
    page = browser.new_page()
    complaints = watched(page)
    page.goto((folder / name).resolve().as_uri())
    assert not complaints
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()


def test_without_script_everything_is_readable(browser: Browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / site.INDEX).resolve().as_uri())
    assert page.locator("[data-words]").count() > 120
    assert all(row.is_visible() for row in page.locator("[data-words]").all()[::20])
    assert page.locator("#filters").is_hidden()
    context.close()


def test_the_keyboard_alone_reaches_and_works_every_filter(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / site.INDEX).resolve().as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    reached = []
    while "show" not in reached and len(reached) < 60:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        if reached[-1] == "find":
            page.keyboard.type("conference within 15 days")
    assert page.locator("#shown").inner_text() == "1 measure shown"
    assert page.locator("[data-words]:visible a").inner_text().startswith("% Initial Child Protection")
    page.keyboard.type("Without")  # a number: the option of the list
    assert page.locator("#shown").inner_text() == "0 measures shown"
    page.close()


def test_the_board_pack_of_the_edition_for_outside_is_printed(
    browser: Browser,  # noqa: ARG001 - skipped without one
    council_night: Place,
    tmp_path: Path,
) -> None:
    to, console = tmp_path / "shared", Console(record=True, width=300, quiet=True)
    scorecard.scorecard(council_night.warehouse, to, Council(), console, pdf=True, shared=True)
    printed = (to / scorecard.PRINTED).read_bytes()
    assert printed.startswith(b"%PDF-")
    n_pages = len(re.findall(rb"/Type */Page\b(?!s)", printed))
    assert len(editions.OUTCOMES) <= n_pages <= 2 * len(editions.OUTCOMES)
    assert "shared edition" in text_of(to / site.INDEX)
    assert not (to / "agreement.html").exists()


def test_without_a_browser_nothing_is_printed_and_nothing_written(
    council_night: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorecard, "BROWSERS", ())
    with pytest.raises(Stop, match="Chromium, which is not installed here") as stop:
        scorecard.scorecard(
            council_night.warehouse,
            tmp_path / "pages",
            Council(),
            Console(quiet=True),
            pdf=True,
            shared=False,
        )
    assert stop.value.code == 60
    assert not (tmp_path / "pages").exists()


def test_the_documentation_of_dbt_opens_from_a_file_and_reaches_nobody(
    browser: Browser, folder: Path
) -> None:
    assert f'href="{dbt_pages.DOCUMENTATION}"' in (folder / "measure-023.html").read_text(encoding="utf-8")
    page = browser.new_page()
    complaints = watched(page)
    model = "#!/model/model.csc_measures.initial_conferences_held"
    page.goto((folder / dbt_pages.DOCUMENTATION).resolve().as_uri() + model)
    page.get_by_text("measure 23: % Initial Child Protection Conferences").wait_for()
    assert page.get_by_text("working_days_taken").count() > 0
    assert not complaints
    page.close()


def test_the_lineage_of_columns_that_was_made_once_is_taken_along_and_else_named(
    council_night: Place, folder: Path, tmp_path: Path
) -> None:
    warehouse, page = council_night.warehouse, tmp_path / "page.html"
    page.write_text("from where each column comes")
    assert "Lineage of columns: type measures scorecard --lineage , once" in text_of(folder / site.INDEX)
    kept = dbt_pages.lineage_kept(warehouse, warehouse / "current" / artefacts.FOLDER)
    dbt_pages.keep_lineage(page, kept)
    try:
        scorecard.scorecard(warehouse, tmp_path / "pages", Council(), Console(quiet=True), lineage=True)
    finally:
        shutil.rmtree(kept.parent)
    for name in (site.INDEX, "measure-023.html"):
        assert f'href="{dbt_pages.LINEAGE}"' in (tmp_path / "pages" / name).read_text(encoding="utf-8")
    assert (tmp_path / "pages" / dbt_pages.LINEAGE).read_text() == "from where each column comes"


def test_the_lineage_of_columns_opens_from_a_file_and_reaches_nobody(
    browser: Browser, council_night: Place, tmp_path: Path
) -> None:
    """Of two models, since that of all takes long."""
    kept = generations.what_is_served(council_night.warehouse) / artefacts.FOLDER
    shown = {f"model.csc_measures.{name}" for name in ("initial_conferences", "initial_conferences_held")}
    for name in (artefacts.MANIFEST, artefacts.CATALOG):
        told = dbt_pages.read(kept / name)
        told["nodes"] = {node: what for node, what in told["nodes"].items() if node in shown}
        (tmp_path / name).write_text(json.dumps(told), encoding="utf-8")
    shutil.copy(kept / artefacts.RESULTS, tmp_path)
    dbt_pages.write_column_lineage(tmp_path, tmp_path / dbt_pages.LINEAGE)
    text = (tmp_path / dbt_pages.LINEAGE).read_text(encoding="utf-8")
    [told] = re.findall(r'window\.colibriData = JSON\.parse\(atob\("([^"]+)"', text)
    edges = json.loads(base64.b64decode(told))["lineage"]["edges"]
    assert ("strategy_on", "started_on") in {(edge["sourceColumn"], edge["targetColumn"]) for edge in edges}
    page = browser.new_page()
    reached: list[str] = []
    page.on(
        "request", lambda request: request.url.startswith(("file:", "data:")) or reached.append(request.url)
    )
    page.goto((tmp_path / dbt_pages.LINEAGE).as_uri())
    page.get_by_text("csc_measures").first.wait_for()
    assert reached == []
    page.close()


def test_markup_in_a_free_text_does_nothing_in_a_browser(browser: Browser, with_markup: Path) -> None:
    page = browser.new_page()
    complaints = watched(page)
    page.goto((with_markup / "measure-023.html").resolve().as_uri())
    assert page.locator("img").count() == 0
    assert page.get_by_text(MARKUP).count() > 0
    assert not complaints
    page.close()
