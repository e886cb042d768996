"""Slips in what the populations feed: each is told where it was made, with what to type."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from csc_measures.definitions import feeds
from csc_measures.night.building import error_told, failure_told
from csc_measures.night.editions import OUTCOMES

UNITS = {(1, "pct"): "pct", (1, "median_days"): "median", (2, "days"): "days", (3, "count"): "count"}
STATISTICS = {
    statistic: {
        "unit": unit,
        "mart": "outcome",
        "definition_file": "some.yml",
        "not_computable_reason": "no column" if statistic == (3, "count") else None,
    }
    for statistic, unit in UNITS.items()
}
PLACE = "models/populations/some/cases.yml, column was_in_time, feed of 1 pct"


def population(
    *said: object, yml: str | None = "csc://models/populations/some/cases.yml", **values: object
) -> SimpleNamespace:
    """Make a population as dbt has read it, whose column `was_in_time` feeds what is said."""
    metas: dict[str, dict] = {name: {} for name in ("because", "service_area", "is_new", "amount")}
    metas |= {
        "was_in_time": {"feeds": list(said)},
        **{name: {"values": held} for name, held in values.items()},
    }
    return node("cases", "populations", yml=yml, metas=metas)


def node(
    name: str, folder: str, *reads: str, yml: str | None = None, metas: dict[str, dict] | None = None
) -> SimpleNamespace:
    """Make a model as dbt has read it."""
    return SimpleNamespace(
        name=name,
        unique_id=name,
        resource_type="model",
        fqn=["csc", folder, name],
        patch_path=yml,
        original_file_path=f"models/{folder}/{name}.sql",
        depends_on=SimpleNamespace(nodes=reads),
        columns={
            column: SimpleNamespace(config=SimpleNamespace(meta=meta))
            for column, meta in (metas or {}).items()
        },
    )


def feeds_of(*said: object, **values: object) -> list[feeds.Feed]:
    return list(feeds.read_feeds([population(*said, **values)]))


@pytest.mark.parametrize(
    ("said", "slip"),
    [
        ({"onyl": {"is_new": True}}, "`onyl` is no key of a feed; did you mean `only`?"),
        ({"as": "cuont"}, "`as: cuont` is no way to count; did you mean `count`?"),
        ({"as": "mean"}, "is counted as mean, but the unit of its definition is pct; leave `as` out"),
        ({"statistic": "median_days"}, "the unit of its definition is median; write `as: median`"),
        ({"measure": 2, "statistic": "days"}, "the unit of its definition is days; write `as: mean`"),
        ({"because": "becuase"}, "`because: becuase` is no column of its yml; did you mean `because`?"),
        ({"out_of": "amuont"}, "`out_of: amuont` is no column of its yml; did you mean `amount`?"),
        ({"label": "year"}, "`label: year` is no column of its yml"),
        ({"provisional": "is_nwe"}, "`provisional: is_nwe` is no column of its yml; did you mean `is_new`?"),
        ({"as": "count", "out_of": "amount"}, "`out_of` goes with a percentage or a mean"),
        ({"adds_up": True}, "`adds_up` goes with `as: count`, not with `as: pct`"),
        ({"only": {"servcie_area": "LOCALITY"}}, "servcie_area is no column of its yml; did you mean"),
        ({"only": {"service_area": "LOCALTY"}}, "no row has that service_area; did you mean `LOCALITY`?"),
        ({"only": {"service_area": True}}, "no row has that service_area; there are FAMILY_FRONT_DOOR"),
        (
            {"only": {"is_new": "yes"}},
            "does not say what is_new can be; write `config: {meta: {values:",
        ),
        ({"only": {"key_stage": 3}}, "no row has that key_stage; there are 2, 4"),
        ({"only": {"theme": "FEDBACK"}}, "no row has that theme; did you mean `FEEDBACK`?"),
    ],
)
def test_a_slip_in_a_feed_is_told_with_what_to_type(said: dict, slip: str) -> None:
    (feed,) = feeds_of({"measure": 1, "statistic": "pct"} | said, key_stage=[2, 4], theme="evidence_theme")
    assert any(slip in told for told in feeds.slips_of_feed(feed, STATISTICS))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"only": {"is_new": True}, "because": "because", "out_of": "amount"},
        {"only": {"service_area": "LOCALITY", "key_stage": 4}, "provisional": "is_new", "label": "amount"},
        {"statistic": "median_days", "as": "median"},
        {"measure": 2, "statistic": "days", "as": "mean"},
    ],
)
def test_a_feed_that_fits_is_no_slip(said: dict) -> None:
    (feed,) = feeds_of({"measure": 1, "statistic": "pct"} | said, key_stage=[2, 4])
    assert list(feeds.slips_of_feed(feed, STATISTICS)) == []


@pytest.mark.parametrize("said", [{"as": "pct"}, "pct"])
def test_a_feed_of_nothing_is_told(said: object) -> None:
    (feed,) = feeds_of(said)
    assert [slip.split(";")[0] for slip in feeds.slips_of_feed(feed, STATISTICS)] == [
        "`measure` is missing",
        "`statistic` is missing",
    ]


def test_every_statistic_is_fed_once_and_every_feed_has_a_definition() -> None:
    pct = {"measure": 1, "statistic": "pct"}
    fed = feeds_of(
        pct, pct, {"measure": 1, "statistic": "pc"}, {"measure": 3, "statistic": "count"}, {"measure": 4}
    )
    slips = list(feeds.slips_of_statistics(STATISTICS, fed))
    told = "\n".join(slips) + "\n"
    assert f"{PLACE}: is fed already by {PLACE}; take one of them out" in slips
    assert "feed of 1 pc: no definition has it; did you mean `pct`?\n" in told
    assert "feed of 4 None: no definition has it; write the definition of 4 first\n" in told
    assert "feed of 3 count: take it out, or `not_computable` of definitions/some.yml" in told
    unfed = [slip.split(":")[0] for slip in slips if "nothing feeds it" in slip]
    assert unfed == [
        "definitions/some.yml, measure 1, statistic median_days",
        "definitions/some.yml, measure 2, statistic days",
    ]


def test_a_population_without_a_yml_or_in_no_counts_is_told() -> None:
    without_yml = population(yml=None)
    assert [slip.split(";")[0] for slip in feeds.slips_of_populations([without_yml])] == [
        "models/populations/cases.sql: has no yml, so that it feeds nothing",
        "models/populations/cases.sql: is in no counts, so that nobody of it is counted",
    ]
    assert list(feeds.slips_of_populations([population(), node("counts_of_it", "counts", "cases")])) == []


def test_counts_that_do_not_reach_the_mart_or_its_evidence_are_told() -> None:
    fed = feeds_of({"measure": 1, "statistic": "pct"})
    counts = node("counts_of_it", "counts", "cases")
    mart, evidence = node("outcome", "marts", "counts_of_it"), node("outcome_evidence", "marts")
    assert list(feeds.slips_of_marts(STATISTICS, fed, [fed[0].population, counts, mart, evidence])) == [
        f"{PLACE}: does not reach outcome_evidence; "
        "add ref('counts_of_it') to the counts of models/marts/outcome_evidence.sql"
    ]


def test_populations_have_a_group_and_marts_are_for_everybody(models: dict[str, dict]) -> None:
    """What is public has a contract; what is private can be read within its group only."""
    for node in models.values():
        if node["resource_type"] == "model":
            is_mart = node["fqn"][1] == "marts"
            assert node["access"] == ("public" if is_mart else "private"), node["name"]
            assert node["config"]["contract"]["enforced"] is is_mart
        assert node["group"] == "measures"


def test_the_night_tells_what_a_test_found_and_no_more_of_an_error_than_its_statement() -> None:
    failed = {"kind": "test", "name": "it_adds_up", "status": "fail", "failures": 12, "no_room": False}
    sentences = [f"measure {number} is wrong" for number in range(12)]
    told = failure_told({**failed, "what_is_wrong": sentences})
    assert told[:2] == ["test it_adds_up: 12 rows fail", "  measure 0 is wrong"]
    assert told[-1] == "  and so on: see the log"
    binder = (
        "Runtime Error in model counts_of_it (models/counts/counts_of_it.sql)\n"
        '  Binder Error: Table "cases" does not have a column named "becuase"\n\n'
        '  Candidate bindings: : "because"\n\n  LINE 3: cases.becuase\n'
    )
    assert error_told(binder) == (
        'Binder Error: Table "cases" does not have a column named "becuase" Candidate bindings: : "because"'
    )
    assert (
        error_told("Runtime Error in model x\n  Conversion Error: Could not convert 'Jo'")
        == "Conversion Error"
    )
    assert error_told(None) == "error"


def test_months_are_told_of_all_that_the_measure_tables_count(models: dict[str, dict]) -> None:
    """What is missing there would have no limits, no signal and no direction, and nobody would be told."""
    counts = {
        name: {parent for parent in node["depends_on"]["nodes"] if ".counts_of_" in parent}
        for name, node in models.items()
    }
    assert counts["months_told"] == set().union(*(counts[outcome] for outcome in OUTCOMES))
