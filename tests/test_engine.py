"""
The macros that count, on a dbt project of their own (`tests/engine`): what each way of counting publishes.

Three small populations, of events, of positions and of people counted anew in each period, are counted in two
months, March and April 2026, with a financial year's end between them. What must come out was worked out by
hand and stands in `told.csv` and `cases.csv`.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from csc_measures.definitions.register import read_definitions, register_rows
from csc_measures.project import PROJECT

ENGINE = Path(__file__).parent / "engine"
FIRST_MONTH = date(2023, 4, 30)
SIGNALS = {
    ".": "normal variation",
    "o": "outside the limits",
    "r": "run on one side",
    "t": "trend",
    "n": "near a limit",
}
HEADINGS = {"+": 1, "-": -1, ".": 0}
# Numerator and denominator, unit, and by what method the interval is worked out.
COUNTED = [
    *((n, d, "pct", "Wilson") for n, d in ((0, 1), (0, 20), (1, 1), (3, 7), (20, 20), (179, 219), (0, 0))),
    *((n, None, "count", "Byar") for n in (*range(13), 100, 2_500, 2.5)),
    *((n, d, "rate_per_10k", "Byar") for n, d in ((0, 120_000), (9, 120_000), (900, 120_000), (9, None))),
    (9, 10, "mean", None),
]


def rows_of(file: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def write_rows(file: Path, rows: list[dict]) -> None:
    """Write a CSV file whose columns are the keys of its first row."""
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def dbt(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in a project, as by hand."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *command],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def write_project(folder: Path) -> Path:
    """Write the project: its own models and rows, the macros and tests of the real one, and its register."""
    shutil.copytree(ENGINE, folder)
    shutil.copytree(PROJECT / "macros", folder / "macros")
    shutil.copytree(PROJECT / "tests" / "generic", folder / "tests" / "generic")
    write_definitions(folder)
    register = register_rows(read_definitions(folder))
    kept = ("measure_number", "measure_id", "statistic", "unit", "clock", "kind", "good", "is_headline")
    kept += ("short_title", "decimals", "definition_status", "not_computable_reason")
    write_rows(folder / "seeds" / "measures.csv", [{key: row[key] for key in kept} for row in register])
    write_rows(
        folder / "seeds" / "statistic_coverage.csv",
        [
            {
                "measure_number": row["n"],
                "statistic": row["name"],
                "period_type": period["period_type"],
                "period_end": period["period_end"],
                "is_loaded": row["is_loaded"],
            }
            for row in rows_of(ENGINE / "statistics.csv")
            for period in rows_of(ENGINE / "seeds" / "periods.csv")
        ],
    )
    write_rows(
        folder / "seeds" / "points.csv",
        [
            {
                "series": row["series"],
                "period_end": FIRST_MONTH + timedelta(days=31 * place),
                "point": point,
                "denominator": row["denominator"],
            }
            for row in rows_of(ENGINE / "series.csv")
            for place, point in enumerate(row["points"].split())
        ],
    )
    keys = ("numerator", "denominator", "unit", "interval_method")
    write_rows(folder / "seeds" / "counted.csv", [dict(zip(keys, row, strict=True)) for row in COUNTED])
    return folder


def write_definitions(folder: Path) -> None:
    """Write a definition for each measure of `statistics.csv`, everything else as a real one has it."""
    real = read_definitions().measures[0]
    (folder / "definitions").mkdir()
    for name in ("parameters.yml", "work_areas.yml"):
        shutil.copy(PROJECT / "definitions" / name, folder / "definitions")
    outcome = {"outcome": real.outcome.title, "mart": "outcome", "objectives": real.outcome.objectives}
    entries: dict[str, dict] = {}
    for row in rows_of(ENGINE / "statistics.csv"):
        statistic = {"name": row["name"], "unit": row["unit"], "clock": row["clock"]}
        statistic |= {"not_computable": row["not_computable"]} if row["not_computable"] else {}
        first = {"n": int(row["n"]), "id": f"measure_{row['n']}", "kind": row["kind"], "good": row["good"]}
        entry = entries.setdefault(row["n"], {**real.entry, **first, "parameters": [], "statistics": []})
        entry["statistics"].append(statistic | ({} if entry["statistics"] else {"headline": True}))
    for name, content in (("outcomes", [outcome]), ("engine", list(entries.values()))):
        (folder / "definitions" / f"{name}.yml").write_text(json.dumps(content, default=str))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the project; to be read only."""
    project = write_project(tmp_path_factory.mktemp("engine") / "engine")
    built = dbt(project, "build")
    assert built.returncode == 0, built.stdout
    return project


@pytest.fixture
def copied_engine(engine: Path, tmp_path: Path) -> Path:
    """Copy the project as it was built, to be changed at will."""
    return Path(shutil.copytree(engine, tmp_path / "engine"))


def query(project: Path, sql: str) -> list[tuple]:
    """Ask what was built."""
    with duckdb.connect(project / "engine.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


def short(number: float | None) -> str:
    """Write a number with no more than two decimals; a dash for none."""
    return "-" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")


def told(project: Path) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (measure, statistic, part, period) and what is told of it, in the words of `told.csv`."""
    for *key, numerator, denominator, value, status, unknown, missing, excluded, label in query(
        project,
        "select measure_number, statistic, breakdown_value, period_type || ' ' || period_end, numerator, "
        "denominator, value, value_status, n_unknown, n_missing_evidence, n_excluded, carried_from "
        "from main.outcome",
    ):
        yield (
            tuple(map(str, key)),
            ", ".join(
                [
                    f"{short(numerator)} / {short(denominator)} = {short(value)}",
                    *([status] if status != "ok" else []),
                    *([f"{unknown} unknown"] if unknown else []),
                    *([f"{missing} missing"] if missing else []),
                    *([f"{excluded} excluded"] if excluded else []),
                    *([f"of {label}"] if label else []),
                ]
            ),
        )


def test_every_way_of_counting_tells_what_was_worked_out_by_hand(engine: Path) -> None:
    expected = {
        (row["measure"], row["statistic"], row["part"], period): told_then
        for row in rows_of(ENGINE / "told.csv")
        for period, told_then in row.items()
        if period not in ("measure", "statistic", "part")
    }
    assert dict(told(engine)) == expected


def test_the_cases_behind_the_numbers_are_those_counted_out_by_hand(engine: Path) -> None:
    shown = query(
        engine,
        "select measure_number, statistic, period_type, period_end, case_id, in_denominator, in_numerator, "
        "amount, amount_out_of, exclusion_reason, missing_evidence, decided_by from main.outcome_evidence",
    )
    expected = [tuple(row.values()) for row in rows_of(ENGINE / "cases.csv")]
    assert sorted(tuple(map(in_csv, row)) for row in shown) == sorted(expected)


def in_csv(value: object) -> str:
    """Write a value as `cases.csv` does."""
    if isinstance(value, float):
        return short(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_numbers_have_the_targets_and_colours_that_were_worked_out_by_hand(engine: Path) -> None:
    """To the last digit of the value, for part and period of an agreed target, and nowhere else."""
    shown = query(
        engine,
        "select measure_number, statistic, breakdown_value, period_type || ' ' || period_end, target, rag "
        "from main.outcome where target is not null or rag is not null",
    )
    expected = [tuple(row.values()) for row in rows_of(ENGINE / "coloured.csv")]
    assert sorted((*map(str, key), f"{target:g}", rag or "") for *key, target, rag in shown) == sorted(
        expected
    )


def test_a_number_stands_in_words_beside_it(engine: Path) -> None:
    shown = query(
        engine,
        "select breakdown_value, value_text, value_status_text, cases_text from main.outcome "
        "where measure_number = 1 and statistic = 'pct' and period_type = 'month' "
        "and period_end = '2026-04-30'",
    )
    assert sorted(shown) == [
        ("FAMILY_FRONT_DOOR", "100.0%", None, "1 of 1"),
        ("LOCALITY", "100.0%", None, "1 of 1"),
        ("all", "100.0%", None, "2 of 2"),
        ("not recorded", None, "No case", "0 of 0"),
    ]


def test_what_is_not_agreed_gives_a_colour_apart(engine: Path) -> None:
    shown = query(engine, "select * from main.outcome_if_agreed where rag_if_agreed is not null")
    assert sorted((*key, str(day), rag) for *key, day, rag in shown) == [
        (1, "pct", "all", "rolling_12m", "2026-03-31", "red"),
        (1, "pct", "all", "rolling_12m", "2026-04-30", "amber"),
        (1, "pct", "all", "ytd", "2026-04-30", "red"),
    ]


def test_a_label_of_a_part_is_shown(engine: Path) -> None:
    assert query(engine, "select distinct breakdown_label from main.outcome order by all") == [
        ("All",),
        ("FAMILY_FRONT_DOOR",),
        ("Locality teams",),
        ("Not recorded",),
    ]


def test_no_text_in_the_column_of_a_code_is_published(engine: Path) -> None:
    assert ("Ann Other",) in query(engine, "select service_area from main.events")
    for mart, column in (("outcome", "breakdown_value"), ("outcome_evidence", "service_area")):
        assert (
            {"not recorded", "LOCALITY"}
            <= {value for (value,) in query(engine, f"select distinct {column} from main.{mart}")}
            <= {"not recorded", "LOCALITY", "FAMILY_FRONT_DOOR", "all"}
        )


SPOILT = {
    # what is done to the measure table, or to a population, and the sentence that tells of it
    "update outcome set value = 2 * value where statistic = 'median' and breakdown = 'all' "
    "and period_type = 'ytd' and period_end = '2026-04-30'": (
        "evidence_adds_up: measure 2 median, ytd to 2026-04-30: the evidence gives another value"
    ),
    "update outcome set value = numerator where statistic = 'mean' and breakdown = 'all' "
    "and period_type = 'ytd' and period_end = '2026-04-30'": (
        "evidence_adds_up: measure 2 mean, ytd to 2026-04-30: the evidence gives another value"
    ),
    "update outcome set value = value / 10 where statistic = 'rate' and period_type = 'month' "
    "and period_end = '2026-04-30'": (
        "evidence_adds_up: measure 4 rate, month to 2026-04-30: the evidence gives another value"
    ),
    "update outcome set numerator = 3, value = 3 where measure_number = 1 and statistic = 'count' "
    "and breakdown = 'all' and period_type = 'ytd' and period_end = '2026-04-30'": (
        "evidence_adds_up: measure 1 count, ytd to 2026-04-30: the evidence gives another numerator, value"
    ),
    "update outcome set n_unknown = 0 where measure_number = 4 and statistic = 'count' "
    "and breakdown = 'all' and period_type = 'rolling_12m' and period_end = '2026-04-30'": (
        "evidence_adds_up: measure 4 count, rolling_12m to 2026-04-30: the evidence gives another n_unknown"
    ),
    "insert into people from people where case_id = 'twice' and period_type = 'ytd' "
    "and period_end = '2026-04-30'": (
        "evidence_adds_up: measure 6 count, ytd to 2026-04-30: the evidence gives another numerator, value"
    ),
    "delete from outcome where statistic = 'max' and breakdown <> 'all'": (
        "parts_make_the_whole: measure 2 max, month to 2026-03-31: "
        "the parts by service_area do not make the whole"
    ),
    "delete from outcome where statistic = 'front_door' and breakdown <> 'all'": (
        "parts_make_the_whole: measure 1 front_door, month to 2026-03-31: "
        "the parts by service_area do not make the whole"
    ),
    "update outcome set numerator = 5 where statistic = 'attendance' and breakdown_value = 'LOCALITY' "
    "and period_type = 'month' and period_end = '2026-04-30'": (
        "parts_make_the_whole: measure 3 attendance, month to 2026-04-30: "
        "the parts by service_area do not make the whole"
    ),
}


def test_what_does_not_add_up_is_told_in_words(copied_engine: Path) -> None:
    with duckdb.connect(copied_engine / "engine.duckdb") as connection:
        for spoil in SPOILT:
            connection.execute(spoil)
    tested = dbt(copied_engine, "test")
    assert tested.returncode == 1
    for sentence in SPOILT.values():
        assert sentence in tested.stdout


def test_an_unknown_key_in_a_feed_stops_the_parse(copied_engine: Path) -> None:
    yml = copied_engine / "models" / "populations" / "populations.yml"
    yml.write_text(yml.read_text().replace("only: {key_stage: 2}", "onyl: {key_stage: 2}"))
    parsed = dbt(copied_engine, "parse")
    assert parsed.returncode != 0
    assert (
        "models/populations/populations.yml, column passed, feed of 5 key_stage_2: "
        "`onyl` is no key of a feed; did you mean `only`?"
    ) in parsed.stdout


# --- Intervals and signals


def interval_of(numerator: float, denominator: float | None, unit: str, method: str | None) -> tuple | None:
    """Work out a 95% interval with scipy, and Byar's, which it lacks, by its formula."""
    from scipy.stats import binomtest, chi2, norm  # a second to import, which no other test needs

    if method is None or numerator % 1 or denominator == 0:
        return None
    if method == "Wilson":
        interval = binomtest(int(numerator), int(denominator or 0)).proportion_ci(method="wilson")
        return 100 * interval.low, 100 * interval.high
    per = 1.0 if unit == "count" else 10_000 / denominator if denominator else None
    z, n = norm.ppf(0.975), numerator
    if n < 10:
        limits = chi2.ppf(0.025, 2 * n) / 2 if n else 0.0, chi2.ppf(0.975, 2 * n + 2) / 2
    else:
        lower = n * (1 - 1 / (9 * n) - z / (3 * n**0.5)) ** 3
        limits = lower, (n + 1) * (1 - 1 / (9 * (n + 1)) + z / (3 * (n + 1) ** 0.5)) ** 3
    return per and tuple(per * limit for limit in limits)


def test_intervals_are_those_of_scipy(engine: Path) -> None:
    rows = query(
        engine, "select numerator, denominator, unit, interval_method, lower, upper from main.intervals"
    )
    assert len(rows) == len(COUNTED)
    for *row, lower, upper in rows:
        expected = interval_of(*row)
        assert (lower, upper) == (pytest.approx(expected, abs=1e-9) if expected else (None, None)), row


def test_limits_are_those_of_a_published_example(engine: Path) -> None:
    """
    Of the vignette "Deviations from Excel defaults" of NHSRplotthedots: mean 1.94, limits 4.6 and -0.72.

    The ranges of 8 and 9 around the outlier are wider than 3.267 mean ranges; the others are 1.
    """
    [(n_points, mean, mean_range)] = query(
        engine,
        "select distinct n_points, mean, mean_range from main.expected_of_points where series = 'published'",
    )
    assert (n_points, mean_range) == (18, 1)
    assert [round(limit, 2) for limit in (mean, mean + 2.66, mean - 2.66)] == [1.94, 4.6, -0.72]


def test_each_month_signals_what_was_worked_out_by_hand(engine: Path) -> None:
    signals: dict[str, list[tuple[str, int]]] = {row["series"]: [] for row in rows_of(ENGINE / "series.csv")}
    for series, signal, heading in query(
        engine, "select series, signal, heading from main.expected_of_points order by series, period_end"
    ):
        signals[series].append((signal, heading))
    assert signals == {
        row["series"]: [
            (SIGNALS[sign], HEADINGS[heading])
            for sign, heading in zip(row["signals"], row["headings"], strict=True)
        ]
        for row in rows_of(ENGINE / "series.csv")
    }


def test_a_number_has_the_direction_of_the_month_that_it_ends_with(engine: Path) -> None:
    """And none without a value."""
    rows = query(
        engine,
        "select measure_number, period_type, period_end, direction_of_travel from main.outcome "
        "where measure_number = 1 and breakdown = 'all' and direction_of_travel is not null",
    )
    assert sorted(rows) == [
        (1, period, date(2026, 4, 30), "better") for period in ("month", "rolling_12m", "ytd")
    ]
