"""
Say what the agreement costs a night: `python -m tests.agreement_cost WAREHOUSE --times 2`.

What a warehouse has landed is built as a night builds it, first whole, then in turn with and without the
models that came with the agreement: targets, signals, comparators, scorecard and star. Those left out stay as
they were built first, so that what reads them runs. Processor time is taken, which other work hardly changes.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from csc_measures.project import PROJECT

OF_THE_AGREEMENT = (
    *("path:models/staging/agreement", "path:models/months", "path:models/marts/star"),
    *("signals", "comparators", "scorecard", "agreement"),
    *("areas", "published_figures", "published_series", "statistical_neighbours"),
)
BUILD = ("dbt", "build", "--quiet", "--exclude-resource-type", "unit_test")


def seconds(warehouse: Path, *left_out: str) -> float:
    """Build what is landed, but for what is left out; return the processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*BUILD, *(["--exclude", *left_out] if left_out else [])],
        cwd=PROJECT,
        env={**os.environ, "CSC_WAREHOUSE_DIR": str(warehouse)},
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Build in turn; print each time, and how much longer the builds with the agreement took in all."""
    parser = argparse.ArgumentParser(prog="python -m tests.agreement_cost", description=__doc__)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--times", type=int, default=2, help="builds of either kind")
    asked = parser.parse_args()
    whole = without = 0.0
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder, "warehouse")
        warehouse.mkdir(mode=0o700)
        shutil.copytree(asked.warehouse / "landed", warehouse / "landed")
        print(f"first, read anew    {seconds(warehouse):6.1f} s", flush=True)
        for _ in range(asked.times):
            without += seconds(warehouse, *OF_THE_AGREEMENT)
            print(f"without, so far     {without:6.1f} s", flush=True)
            whole += seconds(warehouse)
            print(f"with, so far        {whole:6.1f} s", flush=True)
    print(f"with / without      {whole / without:6.3f}")


if __name__ == "__main__":
    main()
