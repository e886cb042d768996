"""What is said otherwise than before is told with its cases and with why, worked out from what differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from csc_measures.contract.extracts import read_contract
from csc_measures.night.editions import OUTCOMES
from csc_measures.night.generations import Run
from csc_measures.night.said.published import write_published
from csc_measures.night.said.restated import Between, write_restatements

MONTHS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
RUN = Run(
    run_id="1",
    as_at=date(2026, 4, 1),
    started_at=datetime(2026, 4, 2),
    finished_at=datetime(2026, 4, 2),
    months=3,
    authority="885",
    landing_folder="landing",
    definition_version="one",
    input_fingerprints="{}",
    extract_rows="{}",
    row_counts="{}",
    n_rows_set_aside=0,
    n_values_set_aside=0,
    n_flagged=0,
    code_but_definitions="one",
    parameters=json.dumps({"assessment_working_days": 45, "reentry_months": 12}),
)
# Of each measure of this council: the extracts that it reads, the parameter that it names, its clock.
MEASURES = {
    8: (["ssd_cin_assessments", "ssd_cin_episodes"], "assessment_working_days", "flow"),
    3: (["ssd_cin_episodes"], "reentry_months", "flow"),
    39: (["ssd_cla_episodes"], "reentry_months", "position"),
}
COLUMNS = {
    "ssd_cin_episodes": ("cine_referral_id", "cine_person_id", "cine_referral_date", "cine_close_date"),
    "ssd_cin_assessments": (
        *("cina_assessment_id", "cina_person_id", "cina_referral_id"),
        *("cina_assessment_start_date", "cina_assessment_auth_date", "cina_assessment_outcome_nfa"),
    ),
    "ssd_cla_episodes": ("clae_cla_episode_id", "clae_person_id", "clae_cla_episode_start_date"),
    "local_team_service_areas": ("team_service_area_id", "team_id", "service_area"),
}
EVIDENCE = (
    "measure_number integer, statistic varchar, period_type varchar, period_end date, case_id varchar, "
    "person_id varchar, in_denominator boolean, in_numerator boolean, amount double, service_area varchar, "
    "team varchar"
)
NUMBERS = (
    "measure_number integer, statistic varchar, period_type varchar, period_end date, breakdown varchar, "
    "breakdown_value varchar, numerator double, denominator double, value double, value_status varchar"
)


@dataclass
class Council:
    """What a small council delivers in a night, and what makes its numbers."""

    run: Run = RUN
    rows: dict[str, dict[str, list]] = field(
        default_factory=lambda: {
            "ssd_cin_episodes": {f"r{n}": [f"p{n}", f"2026-0{n}-10", None] for n in (1, 2, 3)},
            "ssd_cin_assessments": {
                f"a{n}": [f"p{n}", f"r{n}", f"2026-0{n}-11", f"2026-0{n}-20", None] for n in (1, 2, 3)
            },
            "ssd_cla_episodes": {"e7": ["p7", "2025-01-01"]},
            "local_team_service_areas": {"s1": ["T1", "LOCALITY"]},
        }
    )
    team: dict[str, str] = field(default_factory=dict)  # of a person; the others are T1's
    fails: set[str] = field(default_factory=set)  # cases that do not meet their measure
    digests: dict[int, str] = field(default_factory=lambda: dict.fromkeys(MEASURES, "one"))
    covered_from: str = "2020-01-01"

    def evidence(self) -> list[tuple]:
        """Return the cases of each month."""
        referrals, assessments, in_care, _ = self.rows.values()
        assessed = [
            (8, c, p, ended) for c, (p, r, _, ended, _) in assessments.items() if ended and r in referrals
        ]
        referred = [(3, case, person, on) for case, (person, on, _) in referrals.items()]
        flows = [
            (number, month, case, person)
            for number, case, person, on in [*assessed, *referred]
            for month in MONTHS
            if on[:7] == f"{month:%Y-%m}"
        ]
        stocks = [(39, month, p, p) for p, on in in_care.values() for month in MONTHS if on <= f"{month}"]
        return [
            (
                number,
                "pct",
                "month",
                month,
                case,
                person,
                True,
                case not in self.fails,
                None,
                "LOCALITY",
                team,
            )
            for number, month, case, person in [*flows, *stocks]
            for team in [self.team.get(person, "T1")]
        ]

    def numbers(self) -> list[tuple]:
        """Return the cells of all and of each team."""
        counted = {
            (number, period_type, end, "all", "all"): [0, 0]
            for number in MEASURES
            for period_type in ("month", "rolling_12m")
            for end in MONTHS
        }
        for number, _, _, month, *_, counts, _, _, team in self.evidence():
            adds_up = MEASURES[number][2] == "flow"
            longer = [("rolling_12m", end) for end in MONTHS if (month <= end if adds_up else month == end)]
            for period in [("month", month), *longer]:
                for part in (("all", "all"), ("team", team)):
                    cell = counted.setdefault((number, *period, *part), [0, 0])
                    cell[0] += counts
                    cell[1] += 1
        return [
            (number, "pct", *cell, met, of, 100 * met / of if of else None, "ok" if of else "no_denominator")
            for (number, *cell), (met, of) in counted.items()
        ]

    def land(self, folder: Path) -> None:
        """Write the landed extracts, and what landing says of them and of the definitions."""
        folder.mkdir(parents=True)
        contract = read_contract().extracts
        with duckdb.connect() as connection:
            for name, rows in self.rows.items():
                landed = [each for column in contract[name].columns for each in column.landed_columns()]
                kinds = ", ".join(f"{column.name} {column.data_type}" for column in landed)
                fill(connection, name, kinds, [(key, *row) for key, row in rows.items()], COLUMNS[name])
                connection.execute(f"copy {name} to '{folder / name}.parquet'")
            number = "measure_number integer"
            needs = [(n, "pct", extract) for n, (extracts, _, _) in MEASURES.items() for extract in extracts]
            named = [(n, parameter) for n, (_, parameter, _) in MEASURES.items()]
            coverage = "covered_from date, covered_to date"
            loaded = [(extract, True, "all", self.covered_from, None) for extract in COLUMNS]
            for name, kinds, told in (
                ("measure_needs", f"{number}, statistic varchar, extract varchar", needs),
                ("measure_parameters", f"{number}, parameter varchar", named),
                ("measures_register", f"{number}, definition_digest varchar", [*self.digests.items()]),
                (
                    "loaded_extracts",
                    f"extract varchar, is_loaded boolean, population varchar, {coverage}",
                    loaded,
                ),
            ):
                fill(connection, name, kinds, told)
                connection.execute(f"copy {name} to '{folder / name}.parquet'")

    def publish(self, warehouse: Path, last: Run | None = None, erased: tuple[str, ...] = ()) -> None:
        """Write the generation of a night, which goes on from another."""
        generation, landed = (warehouse / part / self.run.run_id for part in ("generations", "landed"))
        generation.mkdir(parents=True)
        self.land(landed)
        register = [(n, "pct", self.digests[n], clock) for n, (_, _, clock) in MEASURES.items()]
        periods = [("month", end.replace(day=1), end) for end in MONTHS]
        periods += [("rolling_12m", date(2025, end.month + 1, 1), end) for end in MONTHS]
        with duckdb.connect() as connection:
            for catalog, file in (("published", "measures"), ("evidence", "evidence")):
                connection.execute(f"attach '{generation / file}.duckdb' as {catalog}")
                connection.execute(f"create schema {catalog}.marts")
            for outcome in OUTCOMES:
                is_first = outcome == OUTCOMES[0]
                fill(connection, f"published.marts.{outcome}", NUMBERS, self.numbers() if is_first else [])
                cases = self.evidence() if is_first else []
                fill(connection, f"evidence.marts.{outcome}_evidence", EVIDENCE, cases)
            kinds = "measure_number integer, statistic varchar, definition_version varchar, clock varchar"
            fill(connection, "published.marts.measures", kinds, register)
            kinds = "period_type varchar, period_start date, period_end date"
            fill(connection, "published.marts.dim_period", kinds, periods)
            if last:
                folder = warehouse / "generations" / last.run_id
                connection.execute(f"attach '{folder / 'measures.duckdb'}' as last (read_only)")
                connection.execute(f"attach '{folder / 'evidence.duckdb'}' as last_evidence (read_only)")
            write_published(connection, self.run.run_id, self.run.as_at)
            landed_then = warehouse / "landed" / (last or self.run).run_id
            write_restatements(connection, Between(last or self.run, self.run, landed_then, landed), erased)


def fill(
    connection: duckdb.DuckDBPyConnection, table: str, kinds: str, rows: list[tuple], names: tuple = ()
) -> None:
    """Make a table with rows, of which some columns are named."""
    connection.execute(f"create table {table} ({kinds})")
    if rows:
        into = f"({', '.join(names)})" if names else ""
        connection.executemany(f"insert into {table} {into} values ({', '.join('?' * len(rows[0]))})", rows)


def asked(warehouse: Path, run_id: str, sql: str, *, of: str = "measures") -> list[tuple]:
    with duckdb.connect(warehouse / "generations" / run_id / f"{of}.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


def told(warehouse: Path, run_id: str) -> dict[str, tuple]:
    """Return the restatements: measure, period and part, with cases in and out, and why."""
    rows = asked(
        warehouse,
        run_id,
        "select concat_ws(' ', measure_number, period_type, strftime(period_end, '%b'), breakdown_value), "
        f"cases_in, cases_out, reason from marts.restatements where now_run_id = '{run_id}'",
    )
    return {cell: tuple(row) for cell, *row in rows}


def cases(warehouse: Path, run_id: str) -> dict[str, str | None]:
    """Return the cases behind the restatements, with why."""
    return dict(
        asked(
            warehouse,
            run_id,
            f"select case_id, reason from marts.restatements_evidence where now_run_id = '{run_id}'",
            of="evidence",
        )
    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse with one night, on which others follow."""
    warehouse = tmp_path_factory.mktemp("warehouse")
    Council().publish(warehouse)
    return warehouse


def after(change: Callable[[Council], object], warehouse: Path) -> str:
    """Publish a night before which something changed; return its run."""
    council = Council(run=replace(RUN, run_id=f"2 {change.__name__}"))
    change(council)
    council.publish(warehouse, RUN)
    return council.run.run_id


def of_cells(number: int, cells: str, told: tuple) -> dict[str, tuple]:
    """Say the same of all and of team T1 in some cells."""
    return {f"{number} {cell} {part}": told for cell in cells.split(", ") for part in ("all", "T1")}


def record_an_assessment_late(council: Council) -> None:
    council.rows["ssd_cin_assessments"]["a4"] = ["p4", "r2", "2026-02-05", "2026-02-25", None]


def record_an_assessment_and_a_child_late(council: Council) -> None:
    """Let a position, too, of which longer periods repeat the month, hold another child."""
    record_an_assessment_late(council)
    council.rows["ssd_cla_episodes"]["e8"] = ["p8", "2026-02-03"]


def correct_a_date(council: Council) -> None:
    council.rows["ssd_cin_assessments"]["a2"][3] = "2026-03-05"


def remove_a_referral(council: Council) -> None:
    del council.rows["ssd_cin_episodes"]["r1"]


def change_a_definition(council: Council) -> None:
    council.digests[3], council.fails = "two", {"r2"}


def change_a_parameter_and_a_definition(council: Council) -> None:
    change_a_definition(council)
    values = json.loads(RUN.parameters) | {"assessment_working_days": 40}
    council.run, council.fails = replace(council.run, parameters=json.dumps(values)), {"a3", "r2"}


def record_late_and_change_the_code(council: Council) -> None:
    council.run = replace(council.run, code_but_definitions="two")
    record_an_assessment_late(council)


def record_late_what_was_open_and_go_on_after_the_as_at_date(council: Council) -> None:
    """Say of an assessment what was left open, and close a referral on a day not known in the first night."""
    council.rows["ssd_cin_assessments"]["a3"][4] = True
    council.rows["ssd_cin_episodes"]["r3"][2] = "2026-04-02"
    council.run, council.fails = replace(council.run, as_at=date(2026, 4, 3)), {"a3", "r3"}


def move_the_window_on(council: Council) -> None:
    council.run, council.fails = replace(council.run, as_at=date(2026, 4, 2)), {"r3"}


def change_for_no_reason(council: Council) -> None:
    council.fails = {"r3"}


def correct_another_row(council: Council) -> None:
    """Let a case count otherwise of which no row has changed, but one of another person has."""
    council.rows["ssd_cin_episodes"]["r1"][1] = "2026-01-12"
    council.fails = {"r3"}


def cover_less(council: Council) -> None:
    council.covered_from, council.fails = "2026-03-15", {"r3"}


def leave_a_team(council: Council) -> None:
    council.rows["local_team_service_areas"]["s1"][1] = "FAMILY_FRONT_DOOR"
    council.team["p7"] = "T2"


@pytest.mark.fault("F42")
@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("change", "restated", "behind"),
    [
        (
            record_an_assessment_and_a_child_late,
            of_cells(8, "month Feb, rolling_12m Feb, rolling_12m Mar", (1, 0, "recorded late"))
            | of_cells(39, "month Feb, month Mar, rolling_12m Feb, rolling_12m Mar", (1, 0, "recorded late")),
            {"a4": "recorded late", "p8": "recorded late"},
        ),
        (
            correct_a_date,
            of_cells(8, "month Feb, rolling_12m Feb", (0, 1, "corrected"))
            | of_cells(8, "month Mar", (1, 0, "corrected")),
            {"a2": "corrected"},
        ),
        (
            remove_a_referral,
            of_cells(3, "month Jan, rolling_12m Jan, rolling_12m Feb, rolling_12m Mar", (0, 1, "removed"))
            | of_cells(8, "month Jan, rolling_12m Jan, rolling_12m Feb, rolling_12m Mar", (0, 1, "removed")),
            {"r1": "removed", "a1": "removed"},
        ),
        (
            change_a_parameter_and_a_definition,
            of_cells(8, "month Mar, rolling_12m Mar", (0, 1, "parameter changed"))
            | of_cells(3, "month Feb, rolling_12m Feb, rolling_12m Mar", (0, 1, "definition changed")),
            {"a3": "parameter changed", "r2": "definition changed"},
        ),
        (
            record_late_and_change_the_code,
            of_cells(8, "month Feb, rolling_12m Feb, rolling_12m Mar", (1, 0, "recorded late; code changed")),
            {"a4": "recorded late; code changed"},
        ),
        (
            record_late_what_was_open_and_go_on_after_the_as_at_date,
            of_cells(8, "month Mar, rolling_12m Mar", (0, 1, "recorded late; window moved on"))
            | of_cells(3, "month Mar, rolling_12m Mar", (0, 1, "window moved on")),
            {"a3": "recorded late; window moved on", "r3": "window moved on"},
        ),
        (
            move_the_window_on,
            of_cells(3, "month Mar, rolling_12m Mar", (0, 1, "window moved on")),
            {"r3": "window moved on"},
        ),
        (change_for_no_reason, of_cells(3, "month Mar, rolling_12m Mar", (0, 1, None)), {"r3": None}),
        (correct_another_row, of_cells(3, "month Mar, rolling_12m Mar", (0, 1, "corrected")), {"r3": None}),
        (cover_less, of_cells(3, "month Mar, rolling_12m Mar", (0, 1, "corrected")), {"r3": None}),
        (
            leave_a_team,
            {
                f"39 {period_type} {month} {team}": (*moved, "corrected")
                for period_type in ("month", "rolling_12m")
                for month in ("Jan", "Feb", "Mar")
                for team, moved in (("T1", (0, 1)), ("T2", (1, 0)))
            },
            {"p7": "corrected"},
        ),
    ],
)
def test_a_restatement_is_told_with_its_cases_and_why(
    change: Callable[[Council], None],
    restated: dict[str, tuple],
    behind: dict[str, str | None],
    warehouse: Path,
) -> None:
    run_id = after(change, warehouse)
    assert told(warehouse, run_id) == restated
    assert cases(warehouse, run_id) == behind


LATER = "later date"
WITH_ROWS = {
    "own row after": lambda council: council.rows["ssd_cin_episodes"]["r3"].__setitem__(2, "2026-04-02"),
    "own row corrected": lambda council: council.rows["ssd_cin_episodes"]["r3"].__setitem__(1, "2026-03-12"),
    "another corrected": lambda council: council.rows["ssd_cin_episodes"]["r1"].__setitem__(1, "2026-01-12"),
    "another removed": remove_a_referral,
    "definition": lambda council: council.digests.__setitem__(3, "two"),
    LATER: lambda council: setattr(council, "run", replace(council.run, as_at=date(2026, 4, 3))),
}


@pytest.mark.parametrize(
    ("differs", "of_number", "of_case"),
    [
        ([LATER], "window moved on", "window moved on"),
        ([LATER, "definition"], "definition changed", "definition changed"),
        ([LATER, "own row after"], "window moved on", "window moved on"),
        ([LATER, "own row after", "definition"], *["definition changed; window moved on"] * 2),
        ([LATER, "own row corrected", "own row after"], *["corrected; window moved on"] * 2),
        ([LATER, "another corrected"], "corrected; window moved on", "window moved on"),
        ([LATER, "another removed"], "removed; window moved on", "window moved on"),
        ([LATER, "another removed", "definition"], "removed; definition changed", "definition changed"),
    ],
)
def test_the_window_moved_on_where_rows_say_so_or_the_date_alone_is_left(
    differs: list[str], of_number: str | None, of_case: str | None, warehouse: Path
) -> None:
    def change(council: Council) -> None:
        council.fails = {"r3"}
        for each in differs:
            WITH_ROWS[each](council)

    change.__name__ = " ".join(["differs", *differs])
    run_id = after(change, warehouse)
    assert told(warehouse, run_id)["3 rolling_12m Mar all"][2] == of_number
    assert cases(warehouse, run_id)["r3"] == of_case


def test_what_is_not_known_of_the_run_before_leaves_more_than_the_date(
    warehouse: Path, tmp_path: Path
) -> None:
    council = Council(run=replace(RUN, run_id="2 of another version"))
    move_the_window_on(council)
    (tmp_path / "generations").symlink_to(warehouse / "generations")
    council.publish(tmp_path, replace(RUN, code_but_definitions=""))
    assert cases(tmp_path, council.run.run_id) == {"r3": None}


def test_all_at_once_each_have_their_own_reason_and_the_first_night_can_still_be_read(
    warehouse: Path,
) -> None:
    def change_all(council: Council) -> None:
        record_an_assessment_late(council)
        correct_a_date(council)
        remove_a_referral(council)
        change_a_definition(council)

    run_id = after(change_all, warehouse)
    assert cases(warehouse, run_id) == {
        "a4": "recorded late",
        "a2": "corrected",
        "r1": "removed; definition changed",
        "a1": "removed",
        "r2": "definition changed",
    }
    assert told(warehouse, run_id)["8 rolling_12m Feb all"] == (1, 2, "recorded late; corrected; removed")
    assert sorted(
        asked(
            warehouse,
            run_id,
            f"select {', '.join(column.split()[0] for column in NUMBERS.split(', '))} "
            "from marts.published where from_run_id <= '1' and (to_run_id is null or to_run_id > '1')",
        ),
        key=str,
    ) == sorted(Council().numbers(), key=str)


def test_restatements_go_on_from_night_to_night_without_those_who_were_erased(warehouse: Path) -> None:
    council = Council()
    for run_id, change, erased in (
        ("2", record_an_assessment_late, ()),
        ("3", remove_a_referral, ("p4",)),
        ("4", lambda _: None, ("p4",)),
    ):
        last, council.run = council.run, replace(RUN, run_id=run_id)
        change(council)
        council.publish(warehouse, last, erased)
    counted = "select then_run_id, now_run_id, count(*) from marts.restatements group by all"
    rows = asked(warehouse, "4", counted)
    assert sorted(rows) == [("1", "2", 6), ("2", "3", 16)]
    behind = "select now_run_id, case_id from marts.restatements_evidence"
    assert asked(warehouse, "2", behind, of="evidence") == [("2", "a4")]
    assert sorted(asked(warehouse, "4", behind, of="evidence")) == [("3", "a1"), ("3", "r1")]


def test_without_what_was_landed_then_the_rows_tell_nothing_and_the_runs_still_do(
    warehouse: Path, tmp_path: Path
) -> None:
    (tmp_path / "generations").symlink_to(warehouse / "generations")
    council = Council(run=replace(RUN, run_id="2 without"))
    record_late_and_change_the_code(council)
    council.publish(tmp_path, RUN)
    assert cases(tmp_path, "2 without") == {"a4": "code changed"}


def test_an_authority_that_changed_is_a_parameter_that_changed(warehouse: Path) -> None:
    def change_authority(council: Council) -> None:
        change_for_no_reason(council)
        council.run = replace(council.run, authority="886")

    assert cases(warehouse, after(change_authority, warehouse)) == {"r3": "parameter changed"}
