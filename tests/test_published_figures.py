"""The published figures and the areas that they are of, in `seeds/`."""

from __future__ import annotations

import csv
from collections import Counter

from csc_measures.definitions.register import read_definitions
from csc_measures.project import PROJECT


def rows_of(seed: str) -> list[dict[str, str]]:
    """Read a seed."""
    with (PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_published_series_belongs_to_a_statistic_and_every_figure_to_a_series() -> None:
    statistics = {
        (str(measure.entry["n"]), statistic["name"])
        for measure in read_definitions().measures
        for statistic in measure.entry["statistics"]
    }
    series = {(row["measure_number"], row["statistic"]) for row in rows_of("published_series")}
    assert series <= statistics
    assert {(row["measure_number"], row["statistic"]) for row in rows_of("published_figures")} == series
    assert {row["comparability"] for row in rows_of("published_series")} == {
        "like_for_like",
        "near",
        "context",
    }


def test_every_figure_has_a_value_or_says_why_not_and_is_of_a_known_area() -> None:
    areas = {row["area_code"] for row in rows_of("areas")}
    for row in rows_of("published_figures"):
        assert row["area_code"] in areas
        assert bool(row["value"]) != bool(row["symbol"])


def test_the_authorities_of_a_region_have_its_residents() -> None:
    latest = max(row["mid_year"] for row in rows_of("population_0_17"))
    residents = {
        row["authority_code"] or row["ons_code"]: int(row["population_0_17"])
        for row in rows_of("population_0_17")
        if row["mid_year"] == latest
    }
    added: Counter[str] = Counter()
    for area in rows_of("areas"):
        added[area["region_code"]] += residents.get(area["area_code"], 0)
    regions = [area["area_code"] for area in rows_of("areas") if area["area_type"] != "authority"]
    assert {region: added[region] for region in regions} == {region: residents[region] for region in regions}


def test_every_authority_of_the_model_has_ten_neighbours_none_of_them_itself() -> None:
    neighbours = rows_of("statistical_neighbours")
    assert set(Counter(row["authority_code"] for row in neighbours).values()) == {10}
    assert all(row["neighbour_code"] != row["authority_code"] for row in neighbours)
    areas = {row["area_code"] for row in rows_of("areas")}
    assert {row[key] for row in neighbours for key in ("authority_code", "neighbour_code")} <= areas
