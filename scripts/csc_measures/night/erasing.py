"""
Erase people: no night lands a row of theirs again, and the next that is published takes older ones away.

Whom is said by the ids of the case system, which the key makes pseudonyms of; only these are kept.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from rich.console import Console

from csc_measures.landing.erased import add_erased
from csc_measures.landing.pseudonyms import Pseudonyms
from csc_measures.landing.values import read_id
from csc_measures.night.disk import utc_now
from csc_measures.night.generations import REBUILD
from csc_measures.night.warehouse import check_folder, check_key, hold
from csc_measures.settings import Settings
from csc_measures.stop import ExitCode, Stop

BUILT_BY_HAND = ("dev", "try", REBUILD)


def erase(file: Path, settings: Settings, console: Console) -> None:
    """
    Erase the people whose ids, as delivered, the lines of a file hold.

    Raises Stop: 60 when the file cannot be read or holds no id, or the key is another than the warehouse's.
    """
    try:
        texts = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        texts = []
    ids = {who for who, _ in map(read_id, texts) if who}
    if not ids:
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "No id can be read from the file.",
            [str(file)],
            "Write the ids of the people to erase into it, as ssd_person has them, one a line.",
        )
    warehouse = settings.warehouse_dir.absolute()
    check_folder(warehouse)
    with hold(warehouse):
        check_key(warehouse, settings.pseudonym_key, settings.is_demo)
        pseudonym = Pseudonyms(settings.pseudonym_key).of("person")
        add_erased(warehouse, map(pseudonym, ids), f"{utc_now():%Y%m%dT%H%M%S%fZ}")
        for folder in BUILT_BY_HAND:
            shutil.rmtree(warehouse / folder, ignore_errors=True)
    console.print(f"{len(ids)} people are erased from now on; remove {file}, which names them.")
    console.print("What older nights kept goes when the next one is published. Type: measures nightly")
