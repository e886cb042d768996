"""Who holds the key finds pseudonyms and records, and the ledger records it."""

from __future__ import annotations

import csv
import os
import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from conftest import Place
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.night import identity, ledger
from csc_measures.settings import Settings
from csc_measures.stop import Stop


@pytest.fixture
def place(council_night: Place, tmp_path: Path) -> Place:
    """Give the night on a small council with a ledger of its own; all other files are shared."""
    warehouse = tmp_path / "warehouse"
    shutil.copytree(council_night.warehouse, warehouse, symlinks=True, copy_function=os.link)
    for name in (ledger.LEDGER, "lock"):
        (warehouse / name).unlink()
        shutil.copy(council_night.warehouse / name, warehouse / name)
    return replace(council_night, warehouse=warehouse)


def test_an_id_and_its_pseudonym_are_found_from_each_other(
    place: Place, capsys: pytest.CaptureFixture
) -> None:
    settings, console = Settings.from_environment(place.environment), Console(width=200)
    with (place.landing / "ssd_person.csv").open(encoding="utf-8", newline="") as file:
        *_, person = (row["pers_person_id"] for row in islice(csv.DictReader(file), 9))
    pseudonym = Pseudonyms(settings.pseudonym_key).of("person")(person)
    identity.find_pseudonym(person, settings, console)
    assert f"person: {pseudonym}" in capsys.readouterr().out
    identity.find_record(pseudonym[:12], settings, console)
    assert f"ssd_person: ssd_person.csv, line 10, pers_person_id {person}" in capsys.readouterr().out
    asked = [line for line in ledger.read(place.warehouse) if line["command"] == "case"]
    assert {line["settings"]["pseudonym"] for line in asked} == {pseudonym}
    assert len(asked) == 2
    assert ledger.damages(place.warehouse) == []
    assert person not in (place.warehouse / ledger.LEDGER).read_text(encoding="utf-8")


@pytest.mark.parametrize("nobody", ["f" * 12, "abc"])
def test_what_is_nobodys_is_not_found_and_not_recorded(place: Place, nobody: str) -> None:
    settings = Settings.from_environment(place.environment)
    for find in (identity.find_record, identity.find_pseudonym):
        with pytest.raises(Stop):
            find(nobody, settings, Console(quiet=True))
    assert not [line for line in ledger.read(place.warehouse) if line["command"] == "case"]


def test_who_has_another_key_finds_nothing(place: Place) -> None:
    another = replace(
        Settings.from_environment(place.environment), pseudonym_key=b"another key, as long as keys are"
    )
    for find in (identity.find_record, identity.find_pseudonym):
        with pytest.raises(Stop, match="key"):
            find("f" * 12, another, Console(quiet=True))
