"""
Open what dbt builds in: a database file of the warehouse, in which the landed extracts can be read.

dbt-duckdb loads the class `Plugin` (profiles.yml, target `nightly`) before it opens the database. Where the
warehouse is, is read here and not in the profile or the models, so that what dbt has parsed for one warehouse
holds for every other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin

from csc_measures import memory
from csc_measures.night.editions import DATABASE
from csc_measures.night.tables import SCRATCH
from csc_measures.settings import warehouse_folder
from csc_measures.sql import pattern, quoted

if TYPE_CHECKING:
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from duckdb import DuckDBPyConnection

CATALOG = "measures"


class Plugin(BasePlugin):  # type: ignore[misc]
    """Attach the database in the folder of the warehouse that the plugin's configuration names."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Take the folder's name from the profile."""
        self.warehouse = warehouse_folder()
        self.folder = self.warehouse / plugin_config["folder"]

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:  # noqa: ARG002
        """Let what does not fit into memory be spilt beside the database."""
        config |= memory.of_duckdb(self.folder)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """
        Attach the database in place of the profile's, and make `landed(name)`, which reads a landed extract.

        The sources of `models/staging` are read by it (csc_measures.contract.sources).
        """
        conn.execute(f"attach '{quoted(self.folder / DATABASE)}' as {CATALOG} ({SCRATCH})")
        landed = quoted(f"{pattern(self.warehouse / 'landed')}/")
        conn.execute(
            f"create or replace macro {CATALOG}.main.landed(name) as table "
            f"select * from read_parquet('{landed}' || name || '.parquet')"
        )
