"""Ask for what a new measure needs and was not given with the command."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console

from csc_measures.definitions.adding import Draft, case_names, next_number, refused
from csc_measures.definitions.register import read_definitions
from csc_measures.definitions.written import MEASURES, Population, read_populations

QUESTIONS = {
    "title": "Title, of at most 60 characters",
    "population": "Population, a model in models/populations",
    "column": "Name of the column, a claim such as was_held_in_time",
    "rule": "The claim about one case, in SQL",
    "meaning": "The same in words",
    "why": "Why anybody should look at it",
}


def ask_for(
    number: int | None,
    given: Mapping[str, str | None],
    cases: Sequence[str],
    *,
    console: Console,
    **said: Any,
) -> Draft:
    """
    Return the draft of a measure, asking at the terminal for what is None in `given`.

    `cases` are texts `case=value`, `said` the draft's other fields. Raises Stop (60) where something is
    missing and nobody can be asked.
    """
    missing = [name for name in QUESTIONS if given[name] is None]
    is_asked = sys.stdin.isatty()
    if missing and not is_asked:
        raise refused([f"--{name}: is missing: {QUESTIONS[name]}" for name in missing])
    if wrong := [case for case in cases if "=" not in case]:
        raise refused([f"--case {case}: write the case, =, and what comes of it" for case in wrong])
    values = dict(case.split("=", 1) for case in cases)
    number = number or next_number(read_definitions())
    answers: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
    populations = read_populations()
    for name in missing:
        population = populations.get(answers.get("population", ""))
        if name == "rule" and population:
            show_measures(population, console)
        answers[name] = typer.prompt(QUESTIONS[name])
    if missing and not cases and (population := populations.get(answers["population"])):
        console.print(
            "What comes of each case of the truth table: true, false, a number, nothing when it is out."
        )
        values = {
            name: typer.prompt(f"  {name}", default="", show_default=False) for name in case_names(population)
        }
    return Draft(number=number, cases=values, **answers, **said)


def show_measures(population: Population, console: Console) -> None:
    """Show the measures that a population has, to write another like them."""
    _, _, text = population.sql.read_text(encoding="utf-8").rpartition(MEASURES)
    console.print(f"{population.name} has:")
    console.print(text.partition("\n\n")[0])
