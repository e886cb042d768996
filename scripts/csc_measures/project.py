"""Where the project is, and the clock that it goes by."""

from pathlib import Path
from zoneinfo import ZoneInfo

from csc_measures.stop import ExitCode, Stop

PROJECT = Path(__file__).resolve().parents[2]
LONDON = ZoneInfo("Europe/London")


def check_project(folder: Path = PROJECT) -> None:
    """
    Stop with 60 unless the folder is a clone of the project.

    The package runs the models, seeds and definitions that stand beside it, so that an installed copy of the
    package alone can do nothing.
    """
    if not (folder / "dbt_project.yml").is_file():
        raise Stop(
            ExitCode.WRONG_SETTINGS,
            "The command `measures` was installed without its project: models and definitions are not here.",
            [str(folder)],
            "Run it from a clone of the project, as its README says.",
        )
