"""A night on a small invented council: everything lands, and every mart fills."""

from __future__ import annotations

from conftest import Place, run_measures
from csc_measures.contract.extracts import read_contract
from csc_measures.project import PROJECT


def test_every_extract_lands_and_nothing_is_set_aside(council_night: Place) -> None:
    assert council_night.result.returncode == 0
    assert f"{len(read_contract().extracts)} extracts" in council_night.result.stdout
    assert council_night.query("select * from marts.data_quality where effect <> 'flagged'") == []


def test_only_what_no_extract_holds_is_without_a_value(council_night: Place) -> None:
    """Nothing says `not_loaded`, and what the contract has no column for is named."""
    without_value = council_night.query(
        """
        select distinct measure_number, statistic, value_status
        from (
            from marts.safe_from_harm
            union all by name from marts.full_potential
            union all by name from marts.positive_contribution
            union all by name from marts.healthy_lives
        )
        where value_status in ('not_loaded', 'not_computable') and period_end = date '2026-03-31'
        order by all
        """
    )
    assert without_value == [
        (45, "count_without_agreed_reason", "not_computable"),
        (79, "attainment8_mean", "not_computable"),
        (81, "on_roll_not_full_time_education", "not_computable"),
        (88, "new_accommodation_visit_7d", "not_computable"),
    ]
    told = run_measures("status", environment=council_night.environment).stdout
    for measure_number, statistic, _ in without_value:
        assert f"{measure_number} {statistic}" in " ".join(told.split())


def test_every_model_and_snapshot_is_built_when_every_extract_is_delivered(council_night: Place) -> None:
    n_models = len(list((PROJECT / "models").rglob("*.sql")))
    assert f"{n_models} models" in council_night.result.stdout
    n_snapshots = len(list((PROJECT / "snapshots").glob("*.sql")))
    assert f"{n_snapshots} snapshots" in council_night.result.stdout


def test_the_words_of_limits_are_those_of_their_numbers(council_night: Place) -> None:
    for column in ("expected_mean", "lower_limit", "upper_limit"):
        told = council_night.query(
            f"select {column}, {column}_text from marts.signals where {column} is not null"
        )
        assert told and all(
            abs(number - float(text.rstrip("%").replace(",", ""))) <= 0.5 + 1e-9 for number, text in told
        )
