"""
What dbt needs when somebody runs it by hand: a folder to build in, and landed extracts to build from.

dbt-duckdb loads the class `Plugin` (profiles.yml, target `dev`) before it opens the database. Without landed
extracts it ends there with one line that says what to type, where each model would fail for itself.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):  # type: ignore[misc]
    """Prepare the warehouse folder that the profile names in the plugin's configuration."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder `dev`, readable by its owner alone; raise RuntimeError when nothing is landed."""
        warehouse = Path(plugin_config["warehouse"])
        if not (warehouse / "landed" / "run.parquet").is_file():
            raise RuntimeError(
                f"No extracts are landed in {warehouse}. Type `measures land` for those of CSC_LANDING_DIR, "
                "or `measures demo` for those of an invented council."
            )
        (warehouse / "dev").mkdir(mode=0o700, exist_ok=True)
