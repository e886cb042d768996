"""
Write what Great Expectations found as its Data Docs: pages that open offline, in any browser.

A page tells of one suite what was expected, how many values were looked at, and how many were otherwise and
where. The values are counts and shares of offenders (`expectations`), so that a page holds nothing of a row.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.render.view import DefaultJinjaPageView

# What the library's pages fetch from the web, and what only works with it.
FROM_ELSEWHERE = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|<p>[^<]*<a href=.*?</p>"
    r"|^\s*background:\s*url\([^)]*\)[^;]*;",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"<a\b[^>]*\bhref=[\"']https?:.*?</a>", re.DOTALL)
STYLE = """<style>
body { font-family: sans-serif; margin: 2em }
table { border-collapse: collapse }
td, th { border: 1px solid #bbb; padding: 0.3em 0.6em; text-align: left; vertical-align: top }
</style>"""


def write_page(name: str, found: ExpectationSuiteValidationResult, folder: Path) -> None:
    """Write the page of one suite, `<name>.html`."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    page = _view().render(ValidationResultsPageRenderer().render(found))
    (folder / f"{name}.html").write_text(offline(page), encoding="utf-8")


@cache
def _view() -> DefaultJinjaPageView:
    """Return what lays out pages: it reads its templates anew whenever it is made."""
    from great_expectations.render.view import DefaultJinjaPageView

    return DefaultJinjaPageView()


def offline(page: str) -> str:
    """Return a page of the library without what it would fetch from the web."""
    page = LINK.sub("", FROM_ELSEWHERE.sub("", page))
    return page.replace("</head>", f"{STYLE}</head>", 1)


def write_index(folder: Path, held: Mapping[str, tuple[int, int]]) -> None:
    """Write `index.html`, which leads to the pages: of each suite the expectations that held and failed."""
    rows = "".join(
        f'<tr><td><a href="{html.escape(name)}.html">{html.escape(name)}</a></td>'
        f"<td>{n_held}</td><td>{n_failed}</td></tr>"
        for name, (n_held, n_failed) in sorted(held.items())
    )
    heading = "<tr><th>suite</th><th>held</th><th>failed</th></tr>"
    (folder / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Expectations</title>{STYLE}'
        f"</head><body><h1>Expectations of the night</h1><table>{heading}{rows}</table></body></html>",
        encoding="utf-8",
    )
