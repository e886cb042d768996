"""
Let errors tell their kind and place, and nothing of a row.

DuckDB quotes the value that it could not convert, and dbt writes that to its console, its log and its
results; a program that ends of an error prints the error's words.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any

import duckdb

# Errors that are found before a row is read, or that are of the machine: their words are of no row.
OF_NO_ROW = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
)


def without_values(execute: Callable[..., Any]) -> Callable[..., Any]:
    """
    Make a function that executes SQL raise the kind alone of an error whose words may quote a row.

    `Conversion Error: Could not convert string 'Ann' to INT32` becomes `Conversion Error`, of the same class.
    """

    @wraps(execute)
    def execute_discreetly(*arguments: Any, **named: Any) -> Any:
        try:
            return execute(*arguments, **named)
        except OF_NO_ROW:
            raise
        except duckdb.Error as error:
            kind, *_ = str(error).split(":")
            raise type(error)(kind) from None

    return execute_discreetly


def end_discreetly() -> None:
    """Let this program, should it end of an error, print its class and places; no library logs by itself."""

    def tell(kind: type[BaseException], _: BaseException | None, place: TracebackType | None) -> None:
        traceback.print_tb(place)
        sys.stderr.write(f"{kind.__name__}\n")

    sys.excepthook = tell
    threading.excepthook = lambda told: tell(told.exc_type, told.exc_value, told.exc_traceback)
    logging.lastResort = None
