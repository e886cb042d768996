"""Keep what landing sets aside and flags: extract, file, line, column, rule and effect, never a value."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures import memory
from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, read_rules

QUALITY_SCHEMA = pa.schema(
    {
        "extract": pa.string(),
        "file": pa.string(),
        "line": pa.int32(),
        "column_name": pa.string(),
        "rule": pa.string(),
        "effect": pa.string(),
        "n_findings": pa.int32(),
    }
)
LISTED = 1_000
"""Findings of one rule in one column of a file that are listed; of the others only the number is told."""
LIST = f"""
    with placed as (
        select
            *,
            row_number() over (
                partition by extract, file, column_name, rule, effect
                order by n_findings, line nulls last
            ) as place
        from findings
    )
    select * exclude (place)
    from placed
    where place <= {LISTED}
    union all by name
    select extract, file, column_name, rule, effect, null as line, sum(n_findings) as n_findings
    from placed
    where place > {LISTED}
    group by all
"""


class Quality:
    """Collects the findings of one run."""

    def __init__(self) -> None:
        """Begin with no findings."""
        self._tables: list[pa.Table] = [QUALITY_SCHEMA.empty_table()]

    def add(
        self,
        extract: str,
        files: pa.Array,
        lines: np.ndarray | Iterable[int],
        column: str | None,
        rule: str,
        effect: str | None = None,
    ) -> None:
        """Add a finding per file and line; line 0 means the whole file, and no effect the rule's own."""
        at = pa.array(lines, pa.int32())
        n = len(at)
        self._tables.append(
            pa.table(
                [
                    pa.repeat(pa.scalar(extract), n),
                    files,
                    pc.if_else(pc.equal(at, 0), pa.scalar(None, pa.int32()), at),
                    pa.repeat(pa.scalar(column, pa.string()), n),
                    pa.repeat(pa.scalar(rule), n),
                    pa.repeat(pa.scalar(effect or read_rules()[rule].effect), n),
                    pa.repeat(pa.scalar(1, pa.int32()), n),
                ],
                schema=QUALITY_SCHEMA,
            )
        )

    def forget(self, extract: str, files: pa.Array, lines: np.ndarray) -> None:
        """Leave out what was found so far in certain rows of an extract."""
        rows = pa.table({"file": files, "line": pa.array(lines, pa.int32())})
        self._tables = [
            table.join(rows, ["file", "line"], join_type="left anti", use_threads=False)
            if extract in table["extract"].unique().to_pylist()
            else table
            for table in self._tables
        ]

    def add_more(self, extract: str, file: str, rule: str, n: int) -> None:
        """Add findings on rows of a file of which only the number is known."""
        effect = read_rules()[rule].effect
        row = dict(zip(QUALITY_SCHEMA.names, (extract, file, None, None, rule, effect, n), strict=True))
        self._tables.append(pa.Table.from_pylist([row], schema=QUALITY_SCHEMA))

    def add_table(self, findings: pa.Table) -> None:
        """Add findings as they stand."""
        self._tables.append(findings)

    def add_found_before(self, findings: list[dict[str, object]]) -> None:
        """Add findings made before landing, on what the extracts were made from."""
        counted = [finding | {"n_findings": 1} for finding in findings]
        self._tables.append(pa.Table.from_pylist(counted, schema=QUALITY_SCHEMA))

    def add_flagged(self, flagged: pa.Table) -> None:
        """Add a table of findings, without effect, that remove nothing."""
        effect, one = (pa.repeat(pa.scalar(each), flagged.num_rows) for each in (FLAGGED, 1))
        found = flagged.append_column("effect", effect).append_column("n_findings", one)
        self._tables.append(found.cast(QUALITY_SCHEMA))

    def table(self) -> pa.Table:
        """Give all findings."""
        return pa.concat_tables(self._tables)

    def listed(self) -> pa.Table:
        """
        Give the findings, ordered by extract, file, line, column and rule.

        Of those of one rule in one column of a file the first `LISTED` have a row each. The others have one
        without a line, whose `n_findings` tells how many it stands for.
        """
        keys = [(name, "ascending") for name in ("extract", "file", "line", "column_name", "rule")]
        with duckdb.connect(config=memory.of_duckdb()) as database:
            database.register("findings", self.table())
            listed = database.execute(LIST).to_arrow_table()
        return listed.select(QUALITY_SCHEMA.names).cast(QUALITY_SCHEMA).sort_by(keys)

    def counts(self) -> defaultdict[str, Counter[tuple[str | None, str, str]]]:
        """Count the findings so far, by extract, and of each by column, rule and effect."""
        counts: defaultdict[str, Counter[tuple[str | None, str, str]]] = defaultdict(Counter)
        by = ["extract", "column_name", "rule", "effect"]
        for row in _summed(self.table(), by):
            counts[row["extract"]][row["column_name"], row["rule"], row["effect"]] = row["n_findings_sum"]
        return counts


def count_findings(quality: pa.Table) -> dict[tuple[str, str, str], int]:
    """Count the findings by extract, rule and effect."""
    counted = _summed(quality, ["extract", "rule", "effect"])
    return dict(
        sorted(((row["extract"], row["rule"], row["effect"]), row["n_findings_sum"]) for row in counted)
    )


def count_rows_set_aside(quality: pa.Table) -> Counter[str]:
    """Count the rows listed as set aside, by file."""
    of_rows = quality.filter(pc.equal(quality["effect"], SET_ASIDE_ROW))
    return Counter({row["file"]: row["n_findings_sum"] for row in _summed(of_rows, ["file"])})


def _summed(quality: pa.Table, by: list[str]) -> list[dict]:
    return quality.group_by(by).aggregate([("n_findings", "sum")]).to_pylist()
