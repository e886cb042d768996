"""
The shared edition: what is told outside the service gives no small number away.

Tables of invented cases (`invented_counts`) are protected and attacked (`attack`); each rule, taken away,
lets the attacker in.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from rich.progress import Progress
from scipy.optimize import linprog
from scipy.sparse import csr_array

from attack import Puzzle, asked, months_fewer, of_two_releases, puzzle_by, release_of
from conftest import Place
from csc_measures.night.editions import EDITIONS, OUTCOMES, SHARED, attach
from csc_measures.night.publish import marts_of
from csc_measures.night.shared import edition, reader
from csc_measures.night.shared.before import (
    KEPT,
    KEPT_TOLD,
    earlier,
    keep,
    keep_told,
    moved_since,
    placed,
    were_told,
)
from csc_measures.night.shared.equations import (
    NOTHING_SAME,
    Sum,
    flows_of_stocks,
    same_series,
    sums_of_many,
    sums_of_two,
)
from csc_measures.night.shared.release import (
    DENOMINATOR,
    EARLIER,
    FLOW,
    NUMERATOR,
    PERIOD_TYPES,
    UNKNOWN,
    Layout,
    lay_out,
    read_numbers,
    show,
    years_told,
)
from csc_measures.night.shared.small_numbers import (
    EVERY_RULE,
    Before,
    Group,
    Hidden,
    Rule,
    Small,
    Tables,
    protect,
)
from csc_measures.sql import quoted
from invented_counts import MONTHS, invent, month_ends

SMALL = Small()
NO_MONTHS = np.zeros((1, 1), bool)
NO_SERIES = np.zeros(1, bool)
OF_NO_WHOLE = np.zeros((1, 3, 0), bool)
WIDTH = SMALL.most - 1


# --- What adds up is found


def test_what_adds_up_is_found_and_nothing_else() -> None:
    random = np.random.default_rng(0)
    one, other, third = random.integers(0, 9, (3, 60)).astype(float)
    table = np.array([one, other, third, one + other, one + other + third])
    assert sums_of_two(table) == [Sum((0, 1), 3), Sum((2, 3), 4)]
    assert {(frozenset(parts), total) for parts, total in sums_of_many(table)} == {
        (frozenset({0, 1}), 3),
        (frozenset({0, 1, 2}), 4),
    }
    stock = 100 + np.cumsum(one - other)
    assert flows_of_stocks(np.array([one, other, third]), stock[None]) == [Sum((0, 1), None)]
    assert flows_of_stocks(np.array([one, third]), stock[None]) == []


def test_series_that_are_one_are_found_by_place() -> None:
    often, seldom, nothing = np.arange(1.0, 9), np.array([0.0, 0, 3, 3, 3, 1, 1, 0]), np.zeros(8)
    series = np.array([often, nothing, often, often + (np.arange(8) > 6), nothing, seldom, seldom, seldom])
    same = same_series(series, np.arange(8), np.array([0, 1, 2, 3, 4, 5, 5, 6]))
    places = {*zip(same.columns.tolist(), same.parts.tolist(), strict=True)}
    assert places == {(0, 0), (2, 2), (5, 5), (6, 5)} and same.starts.tolist() == [0, 2]


# --- The attacker


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.MOVED}])
def test_of_two_releases_the_attacker_recovers_nothing_nor_months_of_windows_that_moved(
    rules: frozenset[Rule],
) -> None:
    numbers, areas = invent(1, cases_a_month=200.0)
    then, hidden, tables_then = release_of(months_fewer(numbers), areas, SMALL)
    now, _, tables = release_of(numbers, areas, SMALL, rules, last=(then, hidden))
    puzzle = of_two_releases(then, tables_then, now, tables, SMALL)
    wanted = asked(puzzle, now, SMALL)
    assert len(wanted) > 100 and len(puzzle.known) > 100
    assert bool(puzzle.recovered(wanted, WIDTH)) == (Rule.MOVED not in rules)


@pytest.mark.parametrize("rule", [Rule.SMALL, Rule.SUMS, Rule.SAME, Rule.AREA, Rule.COVER, Rule.MONTHS])
def test_without_a_rule_the_attacker_comes_in(rule: Rule) -> None:
    numbers, areas = invent(1)
    _, _, tables = release_of(numbers, areas, SMALL)  # what adds up is known to the reader all the same
    told, _, _ = release_of(numbers, areas, SMALL, EVERY_RULE - {rule, Rule.READER})
    puzzle = puzzle_by(told, tables, SMALL)
    assert puzzle.recovered(asked(puzzle, told, SMALL), WIDTH)


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.READER}])
def test_what_several_columns_tell_together_is_hidden_by_reading_as_a_reader(rules: frozenset[Rule]) -> None:
    numbers, areas = invent(7)
    told, _, tables = release_of(numbers, areas, SMALL, rules)
    puzzle = puzzle_by(told, tables, SMALL)
    assert bool(puzzle.recovered(asked(puzzle, told, SMALL), WIDTH)) == (Rule.READER not in rules)


@pytest.mark.parametrize("seed", [0, 1, 44, 56])
def test_what_cannot_be_moved_is_what_has_too_narrow_a_range(seed: int) -> None:
    """Small sums by dice, some told twice or turned round, are asked of the solver count by count."""
    random = np.random.default_rng(seed)
    n = 30
    sums = np.zeros((24, n))
    for i, size in enumerate(random.integers(1, 4, 20) + (random.random(20) < 0.9)):
        sums[i, random.choice(n, size, replace=False)] = random.choice((-1, 1), size)
    sums[20:] = [[1], [-1], [1], [-1]] * sums[random.integers(0, 20, 4)]
    lower, upper = -random.integers(0, 6, n).astype(float), random.choice((0, 2, np.inf), n)
    left, moves = reader.unmoved(csr_array(sums), lower, upper, np.arange(n), WIDTH, exact=True)
    ends = [
        linprog(aim, A_eq=sums, b_eq=np.zeros(24), bounds=np.stack([lower, upper], axis=1))
        for aim in (*np.eye(n), *-np.eye(n))
    ]
    reach = np.array([np.inf if end.status else -end.fun for end in ends]).reshape(2, n)
    assert left.tolist() == np.flatnonzero(reach.sum(axis=0) < WIDTH - reader.NEAR).tolist()
    assert 0 < len(left) < n
    assert (np.stack(moves) <= reach + reader.NEAR).all()


def test_far_from_all_that_is_told_the_breakdown_of_which_something_is_told_is_hidden() -> None:
    """Equal counts in seven columns: one is doubtful, and only beside the last something is told."""
    n, shape = 7, (7, 1, 3)
    parts = np.full(shape, -1)
    parts[:, 0, 1], parts[-1, 0, 2] = np.arange(n), n
    equal = np.eye(n - 1, n + 1) - np.eye(n - 1, n + 1, k=1)
    puzzle = reader.Puzzle(
        None,
        Layout(np.arange(n)[None], np.zeros(1, int), np.ones((n, 1), bool), np.zeros(n, int)),
        tables(np.ones((n, 3)).tolist(), 2),
        np.full((n, 3, reader.EARLIER + 1), -1),
        parts,
        np.full((n, 2, 3), -1),
        np.full((n, 3), -1),
        np.ones(n + 1),
        csr_array(equal),
        np.ones(n - 1, bool),
        None,
    )
    hidden = Hidden(np.zeros(shape, bool), np.zeros((n, 1), bool), np.zeros(n, bool))
    reader.hide_near(puzzle, hidden, np.array([0]), np.arange(n + 1) == n, np.ones(n + 1, bool), 1)
    assert np.argwhere(hidden.years).tolist() == [[n - 1, 0, 2]]


def test_zeros_can_be_hidden_too() -> None:
    numbers, areas = invent(3)
    small = Small(shows_zeros=False)
    told, _, tables = release_of(numbers, areas, small)
    puzzle = puzzle_by(told, tables, small)
    assert not [name for name in puzzle.known if puzzle.truth[name] == 0 and name[3]]


def tables(
    years: list, parts: int, of_the_whole: list[Sum] | None = None, before: Before | None = None
) -> Tables:
    """Return tables of one year: columns x parts, the whole first, with one breakdown of so many parts."""
    counts = np.array(years, float)[:, None]
    nothing = np.full((len(years), 1), np.nan)
    groups = [Group(np.array([0]), np.arange(1, parts + 1))]
    return Tables(
        counts, nothing, nothing, np.zeros(1, int), groups, np.zeros(parts + 1, bool), [], of_the_whole or [],
        NOTHING_SAME, before,
    )  # fmt: skip


def puzzle_of(asked_of: Tables, hidden: Hidden, also_known: set[tuple[int, int]] = frozenset()) -> Puzzle:
    """Set the puzzle of such tables; counts are named by column and part."""
    counts = asked_of.years[:, 0]
    puzzle = Puzzle({tuple(cell): counts[tuple(cell)] for cell in np.argwhere(~np.isnan(counts)).tolist()})
    puzzle.known = {cell for cell in puzzle.truth if not hidden.years[cell[0], 0, cell[1]]} | also_known
    for column in range(len(counts)):
        for group in asked_of.groups:
            puzzle.balance([(column, 0)], [(column, int(part)) for part in group.parts])
    for parts, total in asked_of.of_the_whole:
        puzzle.balance([(total, 0)], [(part, 0) for part in parts])
    return puzzle


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.WHOLE}])
def test_the_parts_of_a_hidden_whole_would_make_it_up(rules: frozenset[Rule]) -> None:
    of = tables([[40, 20, 20], [3, np.nan, np.nan], [43, np.nan, np.nan]], 2, [Sum((0, 1), 2)])
    puzzle = puzzle_of(of, protect(of, SMALL, rules))
    assert puzzle.recovered([(1, 0)], WIDTH) == ([] if Rule.WHOLE in rules else [(1, 0)])


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.STAYS}])
def test_what_was_hidden_is_not_told_when_a_late_record_makes_it_large_enough(rules: frozenset[Rule]) -> None:
    then = tables([[63, 3, 20, 40]], 3)
    hidden = protect(then, SMALL)
    told = np.where(hidden.years, np.nan, then.years)
    now = tables([[66, 6, 20, 40]], 3, before=Before(hidden.years, told, OF_NO_WHOLE, NO_MONTHS, NO_SERIES))
    still = protect(now, SMALL, rules).years[0, 0]
    puzzle = puzzle_of(then, hidden, {(0, part) for part in (2, 3) if not still[part]})
    assert puzzle.recovered([(0, 1)], WIDTH) == ([] if Rule.STAYS in rules else [(0, 1)])


def test_what_was_hidden_is_told_once_the_whole_has_changed_by_more() -> None:
    then = tables([[63, 3, 20, 40]], 3)
    hidden = protect(then, SMALL)
    told = np.where(hidden.years, np.nan, then.years)
    now = tables([[80, 14, 24, 42]], 3, before=Before(hidden.years, told, OF_NO_WHOLE, NO_MONTHS, NO_SERIES))
    assert not protect(now, SMALL).years.any()


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.TOLD}])
def test_what_was_told_last_time_covers_nothing(rules: frozenset[Rule]) -> None:
    then = tables([[66, 6, 20, 40]], 3)
    told = then.years.copy()
    now = tables(
        [[65, 5, 20, 40]],
        3,
        before=Before(np.zeros(told.shape, bool), told, OF_NO_WHOLE, NO_MONTHS, NO_SERIES),
    )
    hidden = protect(now, SMALL, rules)
    puzzle = puzzle_of(now, hidden, {(0, 2), (0, 3)})  # the reader takes them to be what they were
    assert puzzle.recovered([(0, 1)], WIDTH) == ([] if Rule.TOLD in rules else [(0, 1)])


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.YEARS}])
def test_months_of_a_part_do_not_follow_from_years_that_overlap(rules: frozenset[Rule]) -> None:
    months = np.zeros(MONTHS)
    months[10:12] = 7, 2
    puzzle = Puzzle({("month", i): n for i, n in enumerate(months)})
    for end in years_told(month_ends(MONTHS), rules):
        window = [("month", i) for i in range(max(0, end - 11), end + 1)]
        puzzle.truth["year", end] = sum(puzzle.truth[name] for name in window)
        puzzle.balance([("year", end)], window)
        if not SMALL(np.array(puzzle.truth["year", end])):
            puzzle.known.add(("year", end))
    small = [name for name, n in puzzle.truth.items() if 0 < n <= SMALL.most]
    recovered = puzzle.recovered(small, WIDTH)
    assert bool(recovered) == (Rule.YEARS not in rules)


def test_parts_of_flows_are_told_to_the_latest_month_in_windows_that_do_not_overlap() -> None:
    numbers, _ = invent(1)
    for each, ends in ((numbers, [1, 13, 25]), (months_fewer(numbers), [1, 24])):
        layout = lay_out(each, moved=1)
        for told in layout.told[: len(layout.told) - 2]:  # the last two are positions
            assert layout.years[told].tolist() == ends
            assert all(b - a >= 12 for a, b in pairwise(ends))


def test_of_a_year_told_by_month_before_the_rest_is_not_told() -> None:
    counts = np.array([[[70.0]]])
    flows = np.array([[9.0, 9, 3]])
    some_months = np.zeros((1, 3, 12), bool)
    some_months[:, 0, :5] = True
    before = Before(np.zeros((1, 1, 1), bool), np.full((1, 1, 1), np.nan), some_months, NO_MONTHS, NO_SERIES)
    of = Tables(counts, np.full((1, 1), np.nan), flows, np.zeros(1, int), [], np.zeros(1, bool))
    assert not protect(of, SMALL).years.any()
    assert protect(replace(of, before=before), SMALL).years.all()


@pytest.mark.parametrize("rules", [EVERY_RULE, EVERY_RULE - {Rule.STAYS}])
def test_a_flow_that_was_hidden_by_month_is_not_told_by_month_again(rules: frozenset[Rule]) -> None:
    no_years, no_months = np.full((1, 1, 1), np.nan), np.zeros((1, 3, 12), bool)
    was_hidden = np.ones(1, bool)
    before = Before(np.zeros((1, 1, 1), bool), no_years, no_months, NO_MONTHS, was_hidden)
    of = Tables(
        np.array([[[70.0]]]), np.full((1, 1), np.nan), np.array([[9.0, 9, 9]]), np.zeros(1, int), [],
        np.zeros(1, bool), before=before,
    )  # fmt: skip
    assert protect(of, SMALL, rules).series.all() == (Rule.STAYS in rules)


# --- The edition

NUMBERS_OF = ("numerator", "denominator", "value")
# What a hidden row of the scorecard has beside what it is of (its first columns).
TOLD_OF_HIDDEN = {"value_status", "target", "target_basis", "england", "neighbours_median"} | {
    "comparator_year",
    "comparability",
    "direction_of_travel",
    "direction_on_year",
    "signal",
    "will_it_hit",
    "share_unknown",
    "share_missing_evidence",
    "definition_status",
    "definition_version",
    "sentence",
    "value_status_text",
    "target_text",
    "england_text",
    "neighbours_text",
    "share_unknown_text",
    "share_missing_evidence_text",
    "symbol",
}
TABLES = {*OUTCOMES, "scorecard", "signals", "measures", "comparators", "fct_measure_value", "release"} | {
    "dim_measure",
    "dim_period",
    "dim_breakdown",
}


def write_edition(place: Place, generation: Path, last: Path | None) -> dict[str, tuple[int, int]]:
    """Write the shared edition of what is served, as the release after another; return its fingerprints."""
    with duckdb.connect() as connection, Progress(disable=True) as progress:
        connection.execute("attach ':memory:' as measures")
        connection.execute("create schema measures.marts")
        for each in EDITIONS:
            attach(connection, place.warehouse / "current", each, "read_only")
            for mart in marts_of(connection, each.catalog):
                connection.execute(f"create view measures.marts.{mart} as from {each.table(mart)}")
        release = edition.Release(place.as_at, datetime(2026, 4, 15), SMALL, last)
        return edition.write(connection, generation, {}, release, progress)


def test_the_next_release_of_the_same_numbers_tells_nothing_new(council_night: Place, tmp_path: Path) -> None:
    """It may hide a little more, since a release that was read counts as known, and covers nothing."""
    served, following = council_night.warehouse / "current", tmp_path / "following"
    write_edition(council_night, following, served)
    with duckdb.connect() as connection:
        for release, generation in enumerate((served, following), start=1):
            file = quoted(generation / SHARED.database)
            connection.execute(f"attach '{file}' as release_{release} (read_only)")
        for outcome in OUTCOMES:
            first, second = (f"from release_{release}.marts.{outcome}" for release in ("1", "2"))
            [(n_rows, n_other, n_told)] = connection.execute(
                f"select (select count(*) {first}), count(*), "
                f"count(*) filter (value_status <> 'confidential') from ({second} except all {first})"
            ).fetchall()
            assert n_told == 0
            assert n_other < n_rows / 500


def test_all_that_the_release_before_told_is_known(council_night: Place) -> None:
    """Of rows without a value and of what was counted beside, too, and of a month not reported any more."""
    served = council_night.warehouse / "current"
    with duckdb.connect(served / "measures.duckdb", read_only=True) as connection:
        numbers = read_numbers(connection, "marts")
    with duckdb.connect(served / SHARED.database, read_only=True) as connection:
        rows = connection.execute(
            " union all by name ".join(
                f"from marts.{outcome} where breakdown = 'all'" for outcome in OUTCOMES
            )
        ).df()
    assert (rows["value"].isna() & rows["denominator"].notna()).any()
    a_month_later = replace(
        numbers,
        ends=numbers.ends[1:],
        whole=numbers.whole[..., 1:],
        parts=numbers.parts[:, :, 1:],
        has_row=numbers.has_row[:, 1:],
    )
    for now in (numbers, a_month_later):
        layout = lay_out(now)
        known = earlier(served, were_told(served), now, layout).whole
        told, statistic, end, _ = placed(rows, now, [*numbers.ends])
        end += EARLIER - len(numbers.ends) + len(now.ends)
        period_type = told["period_type"].map(PERIOD_TYPES.index).to_numpy()
        for component, name in ((DENOMINATOR, "denominator"), (UNKNOWN, "n_unknown")):
            column = layout.columns[component, statistic]
            asked = told[name].notna().to_numpy() & (column >= 0)
            assert asked.any() and known[column[asked], period_type[asked], end[asked]].all(), name


def test_flows_hidden_by_month_are_kept(council_night: Place) -> None:
    served = council_night.warehouse / "current"
    with duckdb.connect(served / "measures.duckdb", read_only=True) as connection:
        numbers = read_numbers(connection, "marts")
    layout = lay_out(numbers)
    hidden = earlier(served, were_told(served), numbers, layout).hidden_series
    with duckdb.connect(served / SHARED.database, read_only=True) as connection:
        rows = connection.execute(
            " union all by name ".join(
                f"from marts.{outcome} where period_type = 'month'" for outcome in OUTCOMES
            )
        ).df()
    rows, statistic, *_ = placed(rows, numbers, numbers.ends)
    is_flow = layout.told_as[statistic] == FLOW
    columns = layout.columns[NUMERATOR, statistic]
    assert not hidden[columns[rows["numerator"].notna() & is_flow & (columns >= 0)]].any()
    assert hidden.sum() > 100


def test_what_was_said_of_windows_that_are_not_told_now_is_carried_on(
    council_night: Place, tmp_path: Path
) -> None:
    """A month later: the window told last overlaps with the one told now, and is told again in a year."""
    served = council_night.warehouse / "current"
    with duckdb.connect(served / "measures.duckdb", read_only=True) as connection:
        numbers = read_numbers(connection, "marts")
    last = numbers.ends[-1]
    later = replace(numbers, ends=[*numbers.ends[1:], date(last.year, last.month + 1, 30)])
    told = were_told(served)
    assert moved_since(told, numbers) == 0 and moved_since(told, later) == 1
    layout = lay_out(later, moved=1)
    hidden = Hidden(
        np.zeros((layout.columns.max() + 1, *layout.told.shape[1:], len(later.part_names)), bool),
        np.zeros((layout.columns.max() + 1, len(later.ends)), bool),
        np.zeros(layout.columns.max() + 1, bool),
    )
    keep(tmp_path, later, layout, hidden, served)
    keep_told(tmp_path, told, later, layout, show(later, layout, hidden))
    for file in (KEPT, KEPT_TOLD):
        rows = pd.read_parquet(tmp_path / file)
        of_parts = rows[(rows["breakdown"] != "all") & (rows["period_end"].dt.date == last)]
        assert len(of_parts) > 100, file


def test_the_shared_edition_has_no_small_number_and_no_case(council_night: Place) -> None:
    shared = council_night.warehouse / "shared"
    with duckdb.connect(shared / "measures.duckdb", read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
        rows = connection.execute(
            " union all by name ".join(f"from marts.{outcome}" for outcome in OUTCOMES)
        ).df()
        headlines = connection.execute("from marts.scorecard").df()
        of_whole = connection.execute("select distinct breakdown from marts.signals").fetchall()
    assert {table for table, _, _ in columns} == TABLES
    assert {file.stem for file in (shared / "parquet").iterdir()} == TABLES
    assert not [
        column for _, column, _ in columns if column in ("case_id", "person_id", "run_id", "file", "line")
    ]
    assert not [column for _, column, comment in columns if not comment]
    cases = rows[rows["unit"].isin(["count", "pct"])]
    for counts in (cases["numerator"], cases["denominator"], cases["denominator"] - cases["numerator"]):
        assert not counts.between(0.5, SMALL.most + 0.5).any()
    for counts in (rows["n_unknown"], rows["n_missing_evidence"], rows["n_excluded"]):
        assert not counts.between(1, SMALL.most).any() and counts.notna().any()
    hidden = rows[rows["symbol"] == "c"]
    assert 100 < len(hidden) < len(rows)
    assert hidden[[*NUMBERS_OF, "rag", "value_text", "cases_text"]].isna().all(axis=None)
    assert set(hidden["value_status"]) == {"confidential"}
    assert set(hidden["value_status_text"]) == {"Suppressed"}
    hidden = headlines[headlines["symbol"] == "c"]
    assert set(hidden.columns[hidden.notna().any()]) - {*headlines.columns[:15]} <= TOLD_OF_HIDDEN
    assert set(hidden["value_status_text"]) == {"Suppressed"}
    assert hidden["sentence"].str.startswith("Not told").all()
    assert of_whole == [("all",)]
    parts = rows[rows["breakdown"] != "all"]
    assert set(parts["period_type"]) == {"rolling_12m"} and len(parts[parts["symbol"].isna()]) > 100
    assert not parts["direction_of_travel"].notna().any()


def test_a_sentence_says_of_movement_only_where_every_month_is_told(council_night: Place) -> None:
    with duckdb.connect(council_night.warehouse / "shared" / "measures.duckdb", read_only=True) as connection:
        rows = connection.execute("from marts.scorecard").df()
    moves = rows["sentence"].str.contains("movement|really|too little to tell")
    assert moves.any() and not (moves & rows["direction_of_travel"].isna()).any()


def test_a_team_with_few_people_behind_it_is_not_listed(council_night: Place) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{council_night.warehouse}/current/measures.duckdb' as measures (read_only)"
        )
        connection.execute(f"attach '{council_night.warehouse}/current/evidence.duckdb' as cases (read_only)")
        numbers = read_numbers(connection, "measures.marts")
        listed, areas = edition.teams(connection, numbers, SMALL, "cases.marts")
        fewer, _ = edition.teams(connection, numbers, Small(100_000), "cases.marts")
    names = np.array([breakdown for breakdown, _ in numbers.part_names])
    assert listed[names != "team"].all() and listed[names == "team"].any()
    assert not fewer[names == "team"].any() and fewer[names != "team"].all()
    assert {int(part) for group in areas for part in group.of} <= {*np.flatnonzero(names == "service_area")}
