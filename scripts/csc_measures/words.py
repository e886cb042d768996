"""Numbers and days in words, by the macros of dbt that write them into the marts (`macros/words.sql`)."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import jinja2

from csc_measures.project import PROJECT

MACROS = "words.sql"
OF_DUCKDB = "default__"


def teach(connection: Any) -> None:
    """Make every macro of the file one of a connection to DuckDB: SQL asks for words by the same names."""
    for name, macro in _macros().items():
        arguments = ", ".join(macro.arguments)
        connection.execute(f"create or replace temp macro {name}({arguments}) as {macro(*macro.arguments)}")


def told(name: str, *arguments: str) -> str:
    """Return the SQL of a macro of the file for arguments that are SQL, as dbt compiles it for DuckDB."""
    return str(_macros()[name](*arguments)).strip()


@cache
def _macros() -> dict[str, Any]:
    """Return the macros that are for every dialect, by name."""
    macros: dict[str, Any] = {}
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(PROJECT / "macros"))
    # What dbt adds to Jinja, as far as the file uses it.
    environment.globals |= {
        "return": lambda text: text,
        "adapter": SimpleNamespace(dispatch=lambda name: macros[f"{OF_DUCKDB}{name}"]),
    }
    macros |= vars(environment.get_template(MACROS).module)
    return {
        name: macro
        for name, macro in macros.items()
        if isinstance(macro, jinja2.runtime.Macro) and "__" not in name  # which are of one dialect
    }
