"""The definitions as they stand, the register made of them, and what is said of one that cannot be used."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from csc_measures.contract.extracts import read_contract
from csc_measures.definitions.parameters import Value, read_parameters
from csc_measures.definitions.register import (
    NEEDS_COLUMNS,
    REGISTER_COLUMNS,
    REGISTER_FILES,
    needs_rows,
    read_definitions,
    register_rows,
    write_register,
)
from csc_measures.stop import Stop

Row = dict[str, Any]

LOOKED_AFTER = ["ssd_person", "ssd_cla_episodes", "ssd_legal_status"]
SOCIAL_CARE = [
    "ssd_person",
    "ssd_cin_episodes",
    "ssd_cin_assessments",
    "ssd_s47_enquiry",
    "ssd_cin_plans",
    "ssd_cp_plans",
    "ssd_cla_episodes",
    "ssd_legal_status",
]


@pytest.fixture(scope="module")
def register() -> dict[tuple[int, str], Row]:
    rows = register_rows(read_definitions())
    return {(row["measure_number"], row["statistic"]): row for row in rows}


@pytest.fixture(scope="module")
def headlines(register: dict[tuple[int, str], Row]) -> dict[int, Row]:
    return {row["measure_number"]: row for row in register.values() if row["is_headline"]}


SAMPLE = """
- n: 1
  id: decided_in_time_pct
  title: '% decided in time'
  outcome: Be safe
  objectives: [homes]
  side: activity
  long_list: null
  work_area: front_door
  why_it_matters: Waiting is dangerous.
  kind: flow
  window: [month]
  unit: pct
  statistics:
    - {name: pct, headline: true, unit: pct, clock: flow}
    - {name: pct_strict, unit: pct, clock: flow, meaning: by the hour}
  counts_what: referral
  denominator: Referrals received.
  numerator: Those decided in time.
  exclusions: []
  date_basis: received date
  good: high
  breakdowns: [team]
  parameters: [limit, weeks]
  definition_status: proposed
  assumptions: []
  statutory_source: none
  england_benchmark: null
  local_published: null
  target_assumed: null
  edge_cases: []
  needs: [ssd_cin_episodes, local_referral_decisions]
  cases: {extract: ssd_cin_episodes, population: all}
  look_back: none
  search_words: [timeliness]
  owner: not agreed
  next_review: not agreed
"""
SECOND = SAMPLE.replace("n: 1", "n: 2").replace("id: decided", "id: decided_again")
PARAMETERS = """
- {name: limit, default: 1, range: [1, 9], unit: days, meaning: How long is in time.}
- {name: weeks, default: 2, range: [1, 9], unit: weeks, meaning: How far back is looked.}
"""
OUTCOMES = """
- outcome: Be safe
  mart: safe_from_harm
  objectives: {homes: Safe homes}
"""
WORK_AREAS = "- {work_area: front_door, title: Front door}"


@pytest.fixture
def altered(tmp_path: Path) -> Callable[..., Path]:
    """Write two definitions and an outcome below a folder, with one piece of text replaced."""

    def alter(old: str = "", new: str = "") -> Path:
        (tmp_path / "definitions").mkdir(exist_ok=True)
        files = {"outcomes.yml": OUTCOMES, "parameters.yml": PARAMETERS, "sample.yml": SAMPLE + SECOND}
        files |= {"work_areas.yml": WORK_AREAS}
        assert any(old in text for text in files.values())
        for name, text in files.items():
            (tmp_path / "definitions" / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return alter


def test_the_long_list_and_the_further_measures_are_all_defined(headlines: dict[int, Row]) -> None:
    further = sorted(number for number in headlines if number > 120)
    assert sorted(headlines) == [*range(1, 121), *further]
    assert further == [*range(201, 201 + len(further))]


def test_each_measure_has_one_headline(register: dict[tuple[int, str], Row]) -> None:
    headlines = [number for (number, _), row in register.items() if row["is_headline"]]
    assert sorted(headlines) == sorted({number for number, _ in register})


def test_rows_have_the_columns_they_promise_in_their_order(register: dict[tuple[int, str], Row]) -> None:
    assert all(list(row) == list(REGISTER_COLUMNS) for row in register.values())
    assert all(list(row) == list(NEEDS_COLUMNS) for row in needs_rows(read_definitions()))


def test_outcomes_hold_the_ranges_of_the_long_list(headlines: dict[int, Row]) -> None:
    marts = {number: row["mart"] for number, row in headlines.items()}
    assert {marts[number] for number in range(1, 74)} == {"safe_from_harm"}
    assert {marts[number] for number in range(74, 107)} == {"full_potential"}
    assert {marts[number] for number in range(107, 113)} == {"positive_contribution"}
    assert {marts[number] for number in range(113, 121)} == {"healthy_lives"}


def test_titles_keep_their_words_and_give_up_their_remarks(headlines: dict[int, Row]) -> None:
    assert headlines[13]["title"].startswith("[Number]/Rate of children")
    assert headlines[13]["remark"] is None
    assert headlines[40]["title"].endswith("by 28th day")
    assert headlines[41]["remark"] == "REQUIRES DEFINITION"
    assert not [row["title"] for number, row in headlines.items() if "[" in row["title"] and number != 13]


def test_each_measure_says_for_itself_why_it_matters(headlines: dict[int, Row]) -> None:
    assert len({row["why_it_matters"] for row in headlines.values()}) == len(headlines)


def test_every_statistic_but_the_headline_says_what_it_means(register: dict[tuple[int, str], Row]) -> None:
    assert not [key for key, row in register.items() if not row["is_headline"] and not row["meaning"]]


def test_a_statistic_points_the_way_of_its_measure_unless_it_says_another(
    register: dict[tuple[int, str], Row],
) -> None:
    """More assessments in time are better, longer assessments are not; a headline is what its measure is."""
    assert [register[8, name]["good"] for name in ("pct", "median_working_days")] == ["high", "low"]
    for measure in read_definitions().measures:
        assert not [each for each in measure.entry["statistics"] if "headline" in each and "good" in each]


def test_units_follow_the_names_of_statistics(register: dict[tuple[int, str], Row]) -> None:
    for (number, name), row in register.items():
        if re.search(r"(^|_)pct(_|$)", name) and name != "attendance_mean_pct":
            assert row["unit"] == "pct", (number, name)
        if re.search(r"(^|_)count(_|$)", name):
            assert row["unit"] == "count", (number, name)
    units = {name: register[83, name]["unit"] for number, name in register if number == 83}
    assert list(units.values()) == ["days", "days", "days", "count"]


def test_clocks_are_those_of_the_conventions(register: dict[tuple[int, str], Row]) -> None:
    clocks: dict[str, set] = {}
    for key, row in register.items():
        clocks.setdefault(row["clock"], set()).add(key)
    assert {number for number, _ in clocks["carried"]} == {75, 77, 79, 83, 97}
    assert clocks["year_to_date"] == {
        (82, "count"),
        (82, "pct_of_children_ceasing_care"),
        (119, "count"),
        (119, "attached_no_plan_count"),
    }
    kinds = {key: row["kind"] for key, row in register.items()}
    assert {key for key in clocks["position"] if kinds[key] in ("flow", "narrative")} == {
        (25, "pct_children_dfe_31march"),
        (42, "pct_children_all_reviews_in_time_ytd"),
        (46, "pct_children_latest_review"),
        (47, "pct_children_all_reviews_ytd"),
        (72, "count_open_over_20wd"),
        (78, "open_over_20_weeks"),
        (119, "current_at_period_end_count"),
        (119, "cumulative_since_programme_start_count"),
    }
    assert {key for key in clocks["flow"] if kinds[key] in ("stock", "rolling")} == {
        (98, "completed_late_in_period_count"),
        (98, "completed_within_20_days_pct"),
        (113, "initial_within_20_working_days_pct"),
    }


@pytest.mark.parametrize(
    ("numbers", "look_back"),
    [
        ([31, 33, 62, 82], ("none", None)),
        ([35], ("start", 12)),
        ([37, 87, 89, 114, 115, 116, 117], ("end", 12)),
        ([39], ("end", 30)),
        ([83], ("quarter", 36)),
        ([118], ("end", 27)),
    ],
)
def test_look_backs_are_those_of_the_contract(
    register: dict[tuple[int, str], Row], numbers: list[int], look_back: tuple[str, int | None]
) -> None:
    parameters = read_parameters()
    found = set()
    for (number, _), row in register.items():
        if number in numbers:
            named = parameters.get(row["look_back_parameter"])
            months = row["look_back_months"] + named.default if named else row["look_back_months"]
            found.add((row["look_back_kind"], months))
    assert found == {look_back}


def test_of_113_only_the_basis_of_the_return_does_without_the_whole_past(
    register: dict[tuple[int, str], Row],
) -> None:
    kinds = {name: row["look_back_kind"] for (number, name), row in register.items() if number == 113}
    assert {name for name, kind in kinds.items() if kind != "all"} == {"oc2_basis_pct"}
    assert register[113, "oc2_basis_pct"]["look_back_months"] == 12


@pytest.mark.parametrize(
    ("number", "cases"),
    [
        (1, ("ssd_cin_episodes", "all")),
        (31, ("ssd_cla_episodes", "looked_after")),
        (46, ("ssd_cla_reviews", "looked_after")),
        (61, ("ssd_missing", "all")),
        (62, ("ssd_missing", "looked_after")),
        (87, ("local_care_leaver_spells", "care_leavers")),
        (89, ("local_care_leaver_spells", "care_leavers")),
    ],
)
def test_population_is_asked_of_the_extract_that_holds_the_cases(
    headlines: dict[int, Row], number: int, cases: tuple[str, str]
) -> None:
    assert (headlines[number]["cases_extract"], headlines[number]["cases_population"]) == cases


@pytest.mark.parametrize(
    ("key", "needs"),
    [
        ((8, "pct"), ["ssd_cin_assessments"]),
        ((37, "pct"), [*LOOKED_AFTER, "ssd_cla_placement"]),
        ((67, "pct_dfe_agency_rate"), ["local_posts", "local_post_occupancy", "local_employment"]),
        ((81, "count"), [*SOCIAL_CARE, "local_missing_education"]),
        ((83, "days"), ["ssd_cla_episodes", "ssd_legal_status", "ssd_permanence"]),
        ((98, "count"), ["local_support_assessments"]),
    ],
)
def test_needs_are_written_out(
    register: dict[tuple[int, str], Row], key: tuple[int, str], needs: list[str]
) -> None:
    assert register[key]["needs"].split("; ") == needs


def test_extracts_that_refine_are_told_from_those_needed() -> None:
    rows = [row for row in needs_rows(read_definitions()) if row["measure_number"] == 31]
    roles = {row["extract"]: row["role"] for row in rows if row["statistic"] == "count"}
    assert roles == {
        **dict.fromkeys(LOOKED_AFTER, "needed"),
        "local_responsible_authority": "refines",
        "ssd_permanence": "refines",
        "ssd_immigration_status": "refines",
    }


def test_what_cannot_be_computed_says_why(register: dict[tuple[int, str], Row]) -> None:
    assert {key for key, row in register.items() if row["not_computable_reason"]} == {
        (45, "count_without_agreed_reason"),
        (79, "attainment8_mean"),
        (81, "on_roll_not_full_time_education"),
        (88, "new_accommodation_visit_7d"),
    }
    assert {key for key, row in register.items() if row["last_period_only"]} == {
        (87, "current_accommodation_suitable_pct"),
        (89, "current_activity_eet_pct"),
    }


@pytest.mark.parametrize(
    ("number", "extract", "column"),
    [
        (201, "ssd_contacts", "cont_contact_outcome_json"),
        (205, "ssd_cin_assessments", "cina_assessment_outcome_json"),
        (209, "ssd_s47_enquiry", "s47e_s47_outcome_json"),
    ],
)
def test_each_outcome_flag_of_the_contract_has_its_statistic(
    register: dict[tuple[int, str], Row], number: int, extract: str, column: str
) -> None:
    columns = {each.name: each for each in read_contract().extracts[extract].columns}
    listed = columns[column].description.removeprefix("JSON flags: ").split(", ")
    flags = [flag for flag in listed if flag not in ("TOTAL_NO_OF_OUTCOMES", "COMMENTS")]
    names = [name for of, name in register if of == number]
    assert names == ["count", *(f"count_{flag.lower()}" for flag in flags)]


def test_a_statistic_may_have_cases_and_needs_of_its_own(register: dict[tuple[int, str], Row]) -> None:
    row = register[215, "median_strategy_to_conference"]
    assert row["cases_extract"] == "ssd_initial_cp_conference"
    assert row["needs"] == "ssd_initial_cp_conference; ssd_s47_enquiry"
    assert row["refines"] is None
    assert row["look_back_kind"] == "none"


def test_the_register_is_written_the_same_every_time(tmp_path: Path) -> None:
    versions = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        versions.append(write_register(tmp_path / name, read_definitions()))
    assert versions[0] == versions[1]
    assert re.fullmatch("[0-9a-f]{12}", versions[0])
    for file in REGISTER_FILES:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    table = pq.read_table(tmp_path / "first" / "measures_register.parquet")
    assert {field.name: field.type for field in table.schema} == {
        name: data_type for name, (data_type, _) in REGISTER_COLUMNS.items()
    }


def test_the_version_follows_what_is_said_and_not_how_it_is_laid_out(altered: Callable[..., Path]) -> None:
    def version(root: Path, **values: Value) -> str:
        return read_definitions(root).version(values)

    first = version(altered())
    laid_out = altered("  side: activity\n", "  # a comment\n  side:   activity\n")
    assert version(laid_out) == first == version(laid_out, limit=1)
    assert version(laid_out, limit=2) != first
    assert version(altered("limit, default: 1", "limit, default: 2")) != first
    assert version(altered("[limit, weeks]", "[limit]")) != first
    assert version(altered("Safe homes", "Safer homes")) != first


def test_the_digest_of_a_definition_is_of_its_own_words_and_parameters(altered: Callable[..., Path]) -> None:
    def digests(root: Path) -> list[str]:
        return list(dict.fromkeys(row["definition_digest"] for row in register_rows(read_definitions(root))))

    first, second = digests(altered())
    assert first != second
    assert digests(altered("limit, default: 1", "limit, default: 2")) == [first, second]
    assert digests(altered("title: '% decided", "title: '% really decided"))[1] == second
    assert not set(digests(altered("How long is in time", "How long is late"))) & {first, second}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  side: activity\n", "  sides: activity\n", "key sides: is not a known key; did you mean side?"),
        ("  good: high\n", "", "measure 1, key good: is missing; add it"),
        (
            "title: '% decided",
            "title: '% of all referrals, of whatever source, that were decided",
            "write a short_title",
        ),
        ("work_area: front_door", "work_area: back_door", "key work_area: is not one of work_areas.yml"),
        ("clock: flow}", "clock: flow, decimals: 9}", "key decimals: is not one of 0, 1, 2"),
        ("good: high", "good: up", "measure 1, key good: is not one of high, low, context"),
        ("  unit: pct\n", "  unit: percent\n", "measure 1, key unit: is not one of pct, count"),
        ("clock: flow}", "clock: monthly}", "statistic pct, key clock: is not one of flow, position"),
        ("headline: true, ", "", "measure 1, key statistics: 0 of them are the headline"),
        ("name: pct_strict,", "name: x, headline: true,", "key statistics: 2 of them are the headline"),
        ("name: pct_strict", "name: pct", "measure 1, statistic pct: stands twice"),
        ("exclusions: []", "exclusions: none", "key exclusions: is not a list of texts"),
        ("next_review: not agreed", "next_review: 2027-03-31", "key next_review: is not a text"),
        (
            "needs: [ssd_cin_episodes,",
            "needs: [ssd_cin_episode,",
            "names ssd_cin_episode, which is no extract of the contract; did you mean ssd_cin_episodes?",
        ),
        ("[ssd_cin_episodes,", "[ssd_cin_episodes, ssd_cin_episodes,", "pct: needs an extract twice"),
        ("extract: ssd_cin_episodes", "extract: ssd_person", "holds its cases is not among its needs; add"),
        ("population: all", "population: everybody", "key cases: population: is not one of all"),
        ("look_back: none", "look_back: {months: 0, from: start}", "look_back: months: is not a whole"),
        (
            "look_back: none",
            "look_back: {months: 0, from: start}",
            "0, a parameter, or 12 + a parameter",
        ),
        ("look_back: none", "look_back: some", "key look_back: is neither none, all, year_to_date"),
        (
            "look_back: none",
            "look_back: {months: 1 + limits, from: end}",
            "look_back: limits is not among",
        ),
        ("[limit, weeks]", "{limit: 1}", "key parameters: is not a list of texts"),
        ("[limit, weeks]", "[limits]", "names limits, which is no parameter; did you mean limit?"),
        ("[limit, weeks]", "[zebra]", "names zebra, which is no parameter; describe it in definitions/"),
        ("  outcome: Be safe", "  outcome: Be well", "key outcome: is not one of outcomes.yml"),
        ("objectives: [homes]", "objectives: [voice]", "key objectives: name one or more of homes"),
        ("n: 2", "n: 1", "measure 1, key n: is used already in definitions/sample.yml"),
        ("id: decided_again", "id: decided", "measure 2, key id: is used already"),
        ("  good: high\n", "  good: high\n  good: low\n", "the key good stands twice"),
        ("good: high", "good: [high", "definitions/sample.yml, line "),
    ],
)
def test_a_definition_that_cannot_be_used_says_where_and_what_to_do(
    altered: Callable[..., Path], old: str, new: str, told: str
) -> None:
    with pytest.raises(Stop) as stop:
        read_definitions(altered(old, new))
    assert stop.value.code == 60
    assert told in str(stop.value)
    assert "definitions/sample.yml" in str(stop.value)


def test_every_fault_is_told_at_once(altered: Callable[..., Path]) -> None:
    root = altered("good: high", "good: up")
    path = root / "definitions" / "sample.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: flow", "kind: river"), encoding="utf-8")
    with pytest.raises(Stop) as stop:
        read_definitions(root)
    assert len(stop.value.where) == 3


def test_an_outcome_that_lacks_its_mart_is_told(altered: Callable[..., Path]) -> None:
    with pytest.raises(Stop) as stop:
        read_definitions(altered("  mart: safe_from_harm\n", ""))
    assert stop.value.where == ("definitions/outcomes.yml, outcome 1, key mart: is missing; add it.",)


def test_a_measure_is_called_and_found_without_another_meaning(altered: Callable[..., Path]) -> None:
    def row(root: Path) -> Row:
        return register_rows(read_definitions(root))[0]

    first = row(altered())
    assert (first["short_title"], first["work_area_title"], first["decimals"]) == (
        first["title"],
        "Front door",
        1,
    )
    renamed = row(altered("  kind: flow", "  short_title: In time\n  kind: flow"))
    assert (renamed["short_title"], renamed["definition_digest"]) == ("In time", first["definition_digest"])
    assert row(altered("[timeliness]", "[timeliness, waiting]"))["search_words"] == "timeliness; waiting"
    assert row(altered("clock: flow}", "clock: flow, decimals: 2}"))["decimals"] == 2


def test_every_short_title_is_short_and_one_measure_s_own(headlines: dict[int, Row]) -> None:
    titles = [row["short_title"] for row in headlines.values()]
    assert max(map(len, titles)) <= 60
    assert len(set(titles)) == len(titles)


def test_published_figures_are_numbers_with_a_unit_too(headlines: dict[int, Row]) -> None:
    def published(number: int) -> tuple[float | None, float | None, str | None]:
        row = headlines[number]
        return row["england_benchmark_number"], row["local_published_number"], row["published_unit"]

    assert published(15) == (2.3, None, "pct")  # 2.3% of plans at 31 March (1,130)
    assert published(31) == (67, None, "rate_per_10k")  # 67 (81,770 children)
    assert published(82) == (3040, 40, "count")
    assert published(1) == (None, None, None)
