"""The history of an extract that holds only the latest: its versions follow one another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from csc_measures.project import PROJECT

ROWS = "select * from read_json('night.json', columns = {id: 'integer', said: 'varchar', as_at: 'date'})"
SNAPSHOT = """
{% snapshot rows_history %}
{{ config(unique_key='id', strategy='check', check_cols=['said'], updated_at='as_at') }}
select rows.*, cast(run.as_at as timestamp) as as_at
from {{ ref('rows') }} as rows cross join {{ ref('stg_landing__run') }} as run
{% endsnapshot %}
"""
NIGHTS = [
    ("2026-04-01", {1: "a", 2: "b", 3: "c"}),
    ("2026-04-04", {1: "Z", 2: "b", 3: "c"}),
    ("2026-04-02", {1: "A", 2: "b"}),  # an earlier date, after a later one; a row changed, a row gone
    ("2026-04-02", {1: "Aa", 2: "B", 3: "c"}),  # the same date, delivered anew
    ("2026-04-03", {1: "Aa", 3: "c", 4: "d"}),
]
RUN_NIGHTS = """
import json, sys
from pathlib import Path
from dbt.cli.main import dbtRunner
for as_at, rows in json.loads(sys.argv[1]):
    told = [{"id": id, "said": said, "as_at": as_at} for id, said in rows.items()]
    Path("night.json").write_text(json.dumps(told))
    ended = dbtRunner().invoke(["--quiet", "build"])
    if not ended.success:
        sys.exit(f"{as_at}: {ended.exception or [node.message for node in ended.result]}")
"""


@pytest.mark.fault("F54")
def test_versions_follow_one_another_whatever_nights_came(tmp_path: Path) -> None:
    configured = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["snapshots"]
    project = {"name": "small", "profile": "small", "snapshots": {"small": configured["csc_measures"]}}
    output = {"type": "duckdb", "path": "history.duckdb", "threads": 1}
    profile = {"small": {"target": "dev", "outputs": {"dev": output}}}
    for folder in ("models", "snapshots", "macros"):
        (tmp_path / folder).mkdir()
    shutil.copy(PROJECT / "macros" / "history.sql", tmp_path / "macros")
    shutil.copy(PROJECT / "models" / "groups.yml", tmp_path / "models")
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profile))
    (tmp_path / "models" / "rows.sql").write_text(f"select id, said from ({ROWS})")
    (tmp_path / "models" / "stg_landing__run.sql").write_text(f"select distinct as_at from ({ROWS})")
    (tmp_path / "snapshots" / "rows_history.sql").write_text(SNAPSHOT)
    nights = subprocess.run(
        [sys.executable, "-c", RUN_NIGHTS, json.dumps(NIGHTS)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("DBT_")},
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
    )
    assert nights.returncode == 0, nights.stdout + nights.stderr
    written = [
        tmp_path / "history.duckdb",
        *(tmp_path / "logs").rglob("*"),
        *(tmp_path / "target").rglob("*"),
    ]
    assert [path for path in written if path.stat().st_mode & 0o077] == []
    with duckdb.connect(tmp_path / "history.duckdb", read_only=True) as connection:
        versions = connection.execute(
            "select id, said, strftime(dbt_valid_from, '%d'), strftime(dbt_valid_to, '%d') "
            "from main_history.rows_history order by id, dbt_valid_from"
        ).fetchall()
    assert versions == [
        (1, "a", "01", "02"),
        (1, "Aa", "02", None),
        (2, "b", "01", "02"),
        (2, "B", "02", "03"),
        (3, "c", "01", None),
        (4, "d", "03", None),
    ]
