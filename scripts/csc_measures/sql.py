"""Write texts and paths into SQL, so that DuckDB takes them for what they are."""

import re
from pathlib import Path


def quoted(text: object) -> str:
    """Return a text as it stands inside single quotes in SQL."""
    return str(text).replace("'", "''")


def pattern(path: Path) -> str:
    """Return the pattern that matches a path alone, since DuckDB reads the files that match one."""
    return re.sub(r"[\[*?]", r"[\g<0>]", str(path))
