"""
What dbt needs when somebody runs it by hand: a folder to build in, and landed extracts to build from.

dbt-duckdb loads the class `Plugin` (profiles.yml, target `dev`) before it opens the database. What is wrong
ends dbt there with a message that says what to type, where each model would fail for itself.
"""

from __future__ import annotations

import filecmp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from dbt.adapters.events.logging import AdapterLogger
from dbt.flags import get_flags

from csc_measures.definitions.agreement import landed_values
from csc_measures.definitions.parameters import check_defaults, read_parameters, values_in_force
from csc_measures.definitions.register import REGISTER_FILES, read_definitions, write_register
from csc_measures.night import opening
from csc_measures.night.warehouse import check_folder
from csc_measures.project import PROJECT
from csc_measures.stop import Stop

AGREED = "agreed_parameters"
"""The variable by which `parameter` (macros/parameters.sql) knows the values of the agreement."""


class Plugin(opening.Plugin):
    """Prepare the folder of the warehouse that the plugin's configuration names."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """
        Make the folder, readable by its owner alone, and land the definitions anew if they changed.

        The values of parameters that landed with the agreement are handed to dbt, those that it was given by
        hand going first. Raises RuntimeError when nothing is landed, when others may write to the warehouse,
        or when parameters or definitions cannot be used.
        """
        super().initialize(plugin_config)
        landed = self.warehouse / "landed"
        if not all((landed / name).is_file() for name in ("run.parquet", "agreement_parameters.parquet")):
            raise RuntimeError(
                f"No extracts are landed in {self.warehouse}. Type `measures land` for those of "
                "CSC_LANDING_DIR, or `measures demo` for those of an invented council."
            )
        try:
            check_folder(self.warehouse)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            check_defaults()
            parameters, agreed = read_parameters(), landed_values(landed)
            values_in_force(parameters, variables_given())
            values = values_in_force(parameters, agreed)
            get_flags().VARS[AGREED] = {name: values[name] for name in agreed}
            if land_definitions(landed, self.folder):
                AdapterLogger("csc_measures").info("The definitions have changed: they were landed anew.")
        except Stop as stop:
            raise RuntimeError(str(stop)) from None


def variables_given() -> dict[str, Any]:
    """Return the variables that dbt was given, those apart that the project itself asks of an analysis."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    own = {*project["vars"], AGREED}
    return {name: value for name, value in get_flags().VARS.items() if name not in own}


def land_definitions(landed: Path, scratch: Path) -> bool:
    """Write the definitions beside the landed extracts where what is there differs; say whether it did."""
    with TemporaryDirectory(dir=scratch) as folder:
        write_register(Path(folder), read_definitions())
        changed = [
            name
            for name in REGISTER_FILES
            if not (landed / name).is_file()
            or not filecmp.cmp(Path(folder) / name, landed / name, shallow=False)
        ]
        for name in changed:
            (Path(folder) / name).replace(landed / name)
    return bool(changed)
