"""The folder of a warehouse, before a night does anything with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from csc_measures.night import nightly
from csc_measures.night.warehouse import KEY_CHECK, check_key
from csc_measures.settings import DEMO_KEY
from csc_measures.stop import ExitCode, Stop
from landing_files import Night

OTHER_KEY = b"another key of the tests, no less long"
QUIET = Console(quiet=True)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Give a landing folder with one extract, and a warehouse beside it that does not exist yet."""
    night = Night(tmp_path)
    night.put_rows("ssd_person", [{"pers_person_id": "P1", "pers_dob": "2015-01-01"}])
    return night


@contextmanager
def refused(code: ExitCode = ExitCode.WRONG_SETTINGS) -> Iterator[pytest.ExceptionInfo[Stop]]:
    with pytest.raises(Stop) as stop:
        yield stop
    assert stop.value.code == code


# --- The key


def test_another_key_is_refused_before_anything_is_landed(night: Night) -> None:
    nightly.land_only(night.settings(), QUIET)
    warehouse = night.folder / "warehouse"
    landed = (warehouse / "landed").resolve()
    with refused() as stop:
        nightly.land_only(night.settings(pseudonym_key=OTHER_KEY), QUIET)
    assert "Set the key of the nights before" in stop.value.next_step
    assert OTHER_KEY.decode() not in str(stop.value)
    assert (warehouse / "landed").resolve() == landed
    assert [folder.name for folder in (warehouse / "runs").iterdir()] == [landed.parent.name]
    assert nightly.land_only(night.settings(), QUIET) == ExitCode.PUBLISHED


def test_a_first_run_that_landed_nothing_binds_no_key(night: Night) -> None:
    night.put("ssd_person.csv", b"")
    with refused(ExitCode.EXTRACTS_REFUSED):
        nightly.land_only(night.settings(), QUIET)
    night.put_rows("ssd_person", [{"pers_person_id": "P1", "pers_dob": "2015-01-01"}])
    assert nightly.land_only(night.settings(pseudonym_key=OTHER_KEY), QUIET) == ExitCode.PUBLISHED


def test_a_warehouse_of_an_unknown_key_is_refused(night: Night) -> None:
    nightly.land_only(night.settings(), QUIET)
    (night.folder / "warehouse" / KEY_CHECK).unlink()
    with refused() as stop:
        nightly.land_only(night.settings(), QUIET)
    assert KEY_CHECK in stop.value.where[0]


def test_the_key_of_the_demo_is_for_what_the_demo_has_begun(night: Night) -> None:
    with refused() as stop:
        nightly.land_only(night.settings(pseudonym_key=DEMO_KEY), QUIET)
    assert "secrets.token_hex" in stop.value.next_step
    nightly.land_only(night.settings(pseudonym_key=DEMO_KEY, is_demo=True), QUIET)
    assert nightly.land_only(night.settings(pseudonym_key=DEMO_KEY), QUIET) == ExitCode.PUBLISHED


def test_the_check_of_a_key_is_private_and_no_pseudonym(night: Night) -> None:
    warehouse = night.folder / "warehouse"
    warehouse.mkdir()
    check_key(warehouse, OTHER_KEY, is_demo=False)
    assert (warehouse / KEY_CHECK).stat().st_mode & 0o777 == 0o600
    assert len((warehouse / KEY_CHECK).read_text()) == 64
