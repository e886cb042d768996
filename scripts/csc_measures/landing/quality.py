"""Keep what landing sets aside and flags: extract, file, line, column, rule and effect, never a value."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures.contract.rules import FLAGGED, SET_ASIDE_ROW, read_rules

QUALITY_SCHEMA = pa.schema(
    {
        "extract": pa.string(),
        "file": pa.string(),
        "line": pa.int32(),
        "column_name": pa.string(),
        "rule": pa.string(),
        "effect": pa.string(),
    }
)


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
                ],
                schema=QUALITY_SCHEMA,
            )
        )

    def add_found_before(self, findings: list[dict[str, object]]) -> None:
        """Add findings made before landing, on what the extracts were made from."""
        self._tables.append(pa.Table.from_pylist(findings, schema=QUALITY_SCHEMA))

    def add_flagged(self, flagged: pa.Table) -> None:
        """Add a table of findings, without effect, that remove nothing."""
        effect = pa.repeat(pa.scalar(FLAGGED), flagged.num_rows)
        self._tables.append(flagged.append_column("effect", effect).cast(QUALITY_SCHEMA))

    def table(self) -> pa.Table:
        """Give all findings, ordered by extract, file, line, column and rule."""
        keys = [(name, "ascending") for name in ("extract", "file", "line", "column_name", "rule")]
        return pa.concat_tables(self._tables).sort_by(keys)

    def counts(self) -> defaultdict[str, Counter[tuple[str | None, str, str]]]:
        """Count the findings so far, by extract, and of each by column, rule and effect."""
        counts: defaultdict[str, Counter[tuple[str | None, str, str]]] = defaultdict(Counter)
        by = ["extract", "column_name", "rule", "effect"]
        counted = pa.concat_tables(self._tables).group_by(by).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            counts[row["extract"]][row["column_name"], row["rule"], row["effect"]] = row["count_all"]
        return counts


def count_findings(quality: pa.Table) -> dict[tuple[str, str, str], int]:
    """Count the findings by extract, rule and effect."""
    counted = quality.group_by(["extract", "rule", "effect"]).aggregate([([], "count_all")]).to_pylist()
    return dict(sorted(((row["extract"], row["rule"], row["effect"]), row["count_all"]) for row in counted))


def count_rows_set_aside(quality: pa.Table) -> Counter[str]:
    """Count the rows listed as set aside, by file."""
    return Counter(quality.filter(pc.equal(quality["effect"], SET_ASIDE_ROW))["file"].to_pylist())
