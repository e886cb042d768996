"""
Work out the measures in one engine: `python -m csc_measures.bench.engines.run ENGINE GIVEN`.

GIVEN is a file with what the engine is given, in JSON. What a measure comes to is printed as soon as it is
known, one JSON object a line.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

from csc_measures.bench.engines.given import Given

MODULES = {
    "DuckDB": "csc_measures.bench.compiled",
    "Polars": "csc_measures.bench.engines.polars",
    "pandas": "csc_measures.bench.engines.pandas",
    "PySpark": "csc_measures.bench.engines.spark",
}


def main() -> None:
    """Start the engine, then print what each measure comes to."""
    engine, file = sys.argv[1], Path(sys.argv[2])
    given = Given.read(file)
    module = import_module(MODULES[engine])
    begun = getattr(module, "begun", nullcontext)
    with begun(given):
        tell(started=engine)
        for number in given.headlines:
            counted = module.MEASURES[number](given)
            tell(measure=number, counted=[[str(end), *counts] for end, counts in sorted(counted.items())])


def tell(**what: object) -> None:
    """Print one answer."""
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
