"""
What a determined reader can work out of a release, by linear programming, and what is hidden besides for it.

The reader knows every number that is told, now or by the release before, all that adds up, that no count is
less than nothing, and, where something of a breakdown is told, which hidden counts are small. All counts that
fit to that are a polytope with the truth in it. A hidden count is safe when the truth can be moved along it
within the polytope, up and down together by as much as small numbers are wide. Such a move is a witness;
where none is found, more is hidden.

scipy comes with Great Expectations, too; it is loaded when an edition is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from csc_measures.night.shared.equations import Bools, Floats, Ints, Sum
from csc_measures.night.shared.moved import Moved, moved_windows, sums_of_moved
from csc_measures.night.shared.release import (
    COMPLEMENT,
    EARLIER,
    EXCLUDED,
    FLOW,
    MISSING,
    MONTH,
    NOT_MISSING,
    NUMERATOR,
    POSITION,
    UNKNOWN,
    YEAR,
    YEAR_ENDS_IN,
    YEAR_TO_DATE,
    Layout,
    Numbers,
    Shown,
    months_before,
    show,
)
from csc_measures.night.shared.small_numbers import (
    EVERY_RULE,
    MONTHS_OF_A_YEAR,
    PAIR,
    Hidden,
    Rule,
    Small,
    Tables,
    protect,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEAR = 1e-6
HOPS = 3
"""So many sums away counts may move with those that are asked for, as long as that helps; then all may."""
TIMES_JOINED = 3
"""So often are counts joined that move together; after that hardly any are left."""
IDLE, LITTLE = 2, 0.02
"""So many turns in a row that move no more than so small a share as far as is wanted are the last ones."""
SHARE = 0.7
FEW = 40
AT_ONCE = 300
"""Near so many counts that were not moved more is hidden before all are asked again: many are free then."""
HOPE_LASTS = 16
"""When so much is hidden at a time, those are given up that would follow if nothing were told any more."""
MOST_SIGNS = 8
"""So many columns may be 0 together by some signs; more are only so by chance, in few periods."""
SEED = 120


class Moves(NamedTuple):
    """How far each count was moved down and up."""

    down: Floats
    up: Floats


def unmoved(
    sums: csr_array, lower: Floats, upper: Floats, asked: Ints, width: float, exact: bool = False
) -> tuple[Ints, Moves]:
    """
    Return which of the counts asked for could not be moved by `width` in all, and how far each was.

    `sums` (sums x counts) of moves are 0; `lower` <= 0 <= `upper` are the ends of each move. Many are moved
    at once, as far as is wanted of each: at first all of them up, then some the way that they can still go,
    by chance where that is either; to be `exact`, those left at last one by one: then what is returned lies
    in a narrower range.
    """
    random = np.random.default_rng(SEED)
    counts = asked
    sums, lower, upper, place, turns = joined(sums, lower, upper)
    n = sums.shape[1]
    moves = Moves(np.zeros(n + 1), np.zeros(n + 1))  # the last for what no sum lets move
    asked = np.setdiff1d(place[counts], n)
    touches = abs(sums).sign().tocsr()

    def go(chosen: Ints, signs: Floats, hops: int | None) -> None:
        move(sums, touches, (lower, upper), chosen, signs, moves, width, hops)

    if len(asked):
        go(asked, np.ones(len(asked)), None)
    for hops in (HOPS, None):
        left, idle = still(moves, asked, width), 0
        while len(left) and idle < IDLE:
            chosen = left if len(left) < FEW else left[random.random(len(left)) < SHARE]
            signs = random.choice((-1.0, 1.0), len(chosen))
            signs[moves.down[chosen] >= -lower[chosen] - NEAR] = 1.0
            signs[moves.up[chosen] >= upper[chosen] - NEAR] = -1.0
            go(chosen, signs, hops)
            now_left = still(moves, asked, width)
            idle = idle + 1 if len(left) - len(now_left) <= LITTLE * len(left) else 0
            left = now_left
    for one, sign in product(left, (1.0, -1.0)) if exact else ():
        if moves.up[one] + moves.down[one] < width - NEAR:
            go(np.array([one]), np.array([sign]), None)
    down, up = moves.down[place], moves.up[place]
    moves = Moves(np.where(turns, up, down), np.where(turns, down, up))
    return still(moves, counts, width), moves


def joined(sums: csr_array, lower: Floats, upper: Floats) -> tuple[csr_array, Floats, Floats, Ints, Bools]:
    """
    Return the same puzzle, smaller: one move for all counts that go together, and no sum told twice.

    Two counts go together when one moves as the other does, or the other way by as much. The last arrays have
    the place of each count among the moves, and whether it turns its move round; those that no sum lets move
    have the place after the last.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place, turns = np.arange(sums.shape[1]), np.zeros(sums.shape[1], bool)
    for _ in range(TIMES_JOINED):
        n, sizes, first = len(lower), np.diff(sums.indptr), sums.indptr[:-1]
        alone, pairs = first[sizes == 1], first[sizes == PAIR]
        pairs = pairs[np.abs(sums.data[pairs]) == np.abs(sums.data[pairs + 1])]
        one, other = sums.indices[pairs], sums.indices[pairs + 1]
        turned = np.where(sums.data[pairs] == sums.data[pairs + 1], n, 0)
        # Every count twice: as it moves and, n places on, turned round.
        equal = np.append(one, one + n), np.append(other + turned, other + n - turned)
        twice = coo_array((np.ones(2 * len(pairs)), equal), shape=(2 * n, 2 * n))
        _, kind = connected_components(twice, directed=False)
        turn = kind[n:] < kind[:n]
        _, move_of = np.unique(np.minimum(kind[:n], kind[n:]), return_inverse=True)
        n_moves = move_of.max(initial=-1) + 1
        down, up = np.full(n_moves, -np.inf), np.full(n_moves, np.inf)
        np.maximum.at(down, move_of, np.where(turn, -upper, lower))
        np.minimum.at(up, move_of, np.where(turn, -lower, upper))
        goes = (down < 0) | (up > 0)
        goes[move_of[sums.indices[alone]]] = False
        n_moves = int(goes.sum())
        move_of = np.where(goes, np.cumsum(goes) - 1, n_moves)[move_of]
        signs = np.where(turn, -1.0, 1.0)
        to_moves = coo_array((signs, (np.arange(n), move_of)), shape=(n, n_moves + 1)).tocsr()
        sums = (sums @ to_moves[:, :-1]).tocsr()
        sums.eliminate_zeros()
        sums = told_once(sums[np.diff(sums.indptr) > 0])
        lower, upper = down[goes], up[goes]
        turns ^= np.append(turn, False)[place]
        place = np.append(move_of, n_moves)[place]
    return sums, lower, upper, place, turns


def told_once(sums: csr_array) -> csr_array:
    """Return sums without those that say what an earlier one says, or its contrary."""
    random = np.random.default_rng(SEED)
    weights = random.integers(-(1 << 62), 1 << 62, sums.shape[1], dtype=np.int64)
    _, first = np.unique(np.abs(sums.astype(np.int64) @ weights), return_index=True)
    return sums[np.sort(first)]


def still(moves: Moves, asked: Ints, width: float) -> Ints:
    """Return which of the counts asked for have not moved by so much."""
    return asked[(moves.up + moves.down)[asked] < width - NEAR]


def move(
    sums: csr_array,
    touches: csr_array,
    ends: tuple[Floats, Floats],
    chosen: Ints,
    signs: Floats,
    moves: Moves,
    width: float,
    hops: int | None,
) -> None:
    """
    Move the chosen counts up (1) or down (-1), with what is near; write down how far all of them moved.

    What is farther than so many hops stays where it is. What a chosen one moves beyond what is wanted of it
    counts for nothing, so that the others have their turn.
    """
    from scipy.optimize import linprog
    from scipy.sparse import hstack

    near = np.zeros(sums.shape[1])
    near[chosen] = 1
    size = 0
    while size < near.sum() and hops != 0:
        size = near.sum()
        near = np.sign(touches.T @ (touches @ near) + near)
        hops = None if hops is None else hops - 1
    counts, rows = np.flatnonzero(near), np.flatnonzero(touches @ near)
    place = np.searchsorted(counts, chosen)
    lower, upper = (end[counts] for end in ends)
    wanted = np.where(signs > 0, width - moves.down[chosen], width - moves.up[chosen])
    rest_lower, rest_upper = np.zeros(len(chosen)), np.zeros(len(chosen))
    goes_up = signs > 0
    up, down = place[goes_up], place[~goes_up]
    rest_upper[goes_up] = np.maximum(upper[up] - wanted[goes_up], 0)
    rest_lower[~goes_up] = np.minimum(lower[down] + wanted[~goes_up], 0)
    upper[up] = np.minimum(upper[up], wanted[goes_up])
    lower[down] = np.maximum(lower[down], -wanted[~goes_up])
    aim = np.zeros(len(counts))
    aim[place] = -signs
    of_near = sums[rows][:, counts].tocsc()
    answer = linprog(
        np.concatenate([aim, np.zeros(len(chosen))]),
        A_eq=hstack([of_near, of_near[:, place]], format="csc"),
        b_eq=np.zeros(len(rows)),
        bounds=np.stack([np.concatenate([lower, rest_lower]), np.concatenate([upper, rest_upper])], axis=1),
        method="highs-ds",
    )
    if answer.status != 0:
        return  # it came to no end: nothing is moved, and what is not moved gets protected
    moved = answer.x[: len(counts)].copy()
    np.add.at(moved, place, answer.x[len(counts) :])
    moves.up[counts] = np.maximum(moves.up[counts], moved)
    moves.down[counts] = np.maximum(moves.down[counts], -moved)


@dataclass(frozen=True)
class Puzzle:
    """
    The counts of a release and the sums between them, whatever of them is told.

    `whole`: column x period type x month, the first ones before those reported; `parts`: column x year x
    part; `steps` and `stays`: of windows that have moved, as in `moved`. All have the place of the count in
    `truth`, or -1; a position is one count in every type of period, and a year to March in two.
    `sums` (sums x counts) are 0; `of_columns` says which are of several columns.
    """

    numbers: Numbers
    layout: Layout
    tables: Tables
    whole: Ints
    parts: Ints
    steps: Ints
    stays: Ints
    truth: Floats
    sums: csr_array
    of_columns: Bools
    moved: Moved


def puzzle_of(numbers: Numbers, layout: Layout, tables: Tables) -> Puzzle:
    """Set the puzzle of a release."""
    from scipy.sparse import coo_array

    has = layout.columns >= 0
    whole_counts, part_counts = numbers.whole[has], numbers.parts[has]
    statistic = np.nonzero(has)[1]
    told_as = layout.told_as[statistic]
    n_columns, n_types, n_ends = whole_counts.shape
    before = months_before(whole_counts, told_as == FLOW)
    values = np.full((n_columns, n_types, EARLIER + n_ends), np.nan)
    values[:, :, EARLIER:] = whole_counts
    values[:, MONTH, : before.shape[1]] = before
    whole = np.arange(values.size).reshape(values.shape)
    is_march = np.array([end.month == YEAR_ENDS_IN for end in numbers.ends])
    whole[:, YEAR_TO_DATE, EARLIER:][:, is_march] = whole[:, YEAR, EARLIER:][:, is_march]
    whole[told_as == POSITION] = whole[told_as == POSITION][:, [MONTH]]
    moved = moved_windows(numbers, layout)
    in_years = np.where(
        (layout.told[statistic] | moved.is_before)[:, :, None], part_counts[:, layout.years], np.nan
    )
    in_years[:, :, 0] = np.nan  # the whole has its own
    parts = values.size + np.arange(in_years.size).reshape(in_years.shape)
    parts[:, :, 0] = whole[:, YEAR, EARLIER + layout.years]
    steps = values.size + in_years.size + np.arange(moved.steps.size).reshape(moved.steps.shape)
    stays = values.size + in_years.size + moved.steps.size + np.arange(moved.stays.size)
    stays = stays.reshape(moved.stays.shape)
    all_values = np.concatenate([each.ravel() for each in (values, in_years, moved.steps, moved.stays)])
    of_one = np.full(len(all_values), np.nan)  # a count has a value where any of its names has
    names = np.concatenate([whole.ravel(), np.arange(values.size, len(all_values))])
    is_there = ~np.isnan(all_values)
    of_one[names[is_there]] = all_values[is_there]
    place = np.where(np.isnan(of_one), -1, np.cumsum(~np.isnan(of_one)) - 1)
    whole, parts, steps, stays = (place[names] for names in (whole, parts, steps, stays))
    truth = of_one[~np.isnan(of_one)]
    rows, counts, signs, of_columns = [], [], [], []
    n_sums = 0
    between = sums_between(numbers, layout, tables, whole, parts, steps, told_as)
    between += sums_of_moved(layout, moved, whole, parts, steps, stays)
    for block, factors, several in between:
        signed = np.where(block >= 0, factors, 0.0)
        holds = np.abs((signed * truth[block]).sum(axis=1)) < NEAR
        holds &= (signed > 0).any(axis=1) & (signed < 0).any(axis=1)
        block, signed = block[holds], signed[holds]
        row, column = np.nonzero(signed)
        rows.append(n_sums + row)
        counts.append(block[row, column])
        signs.append(signed[row, column])
        of_columns.append(np.full(len(block), several))
        n_sums += len(block)
    triplets = (np.concatenate(signs), (np.concatenate(rows), np.concatenate(counts)))
    sums = coo_array(triplets, shape=(n_sums, len(truth))).tocsr()
    return Puzzle(
        numbers, layout, tables, whole, parts, steps, stays, truth, sums, np.concatenate(of_columns), moved
    )


def sums_between(
    numbers: Numbers,
    layout: Layout,
    tables: Tables,
    whole: Ints,
    parts: Ints,
    steps: Ints,
    told_as: Ints,
) -> list[tuple[Ints, Floats, bool]]:
    """Return sums as blocks of places (sums x counts) with their factors, and whether they are of columns."""
    reported = whole[:, :, EARLIER:]
    of_whole = flat(reported)
    parts = np.concatenate([parts, steps], axis=1)  # all that adds up in windows does in their months
    everywhere = np.concatenate([of_whole, flat(parts[:, :, 1:])], axis=1)
    blocks = []
    for each, places in (
        *((each, everywhere) for each in tables.everywhere),
        *((each, of_whole) for each in tables.of_the_whole),
    ):
        columns = each.parts if each.total is None else (each.total, *each.parts)
        factors = factors_of(each, numbers.whole[layout.columns >= 0])
        blocks.append((places[[*columns]].T, factors, True))
    stocks = np.flatnonzero(told_as == POSITION)
    levels = np.nan_to_num(numbers.whole[layout.columns >= 0][:, MONTH])
    for come, gone in (each.parts for each in tables.of_the_whole if each.total is None):
        change = (levels[come] - levels[gone])[1:]
        for stock in stocks[(np.diff(levels[stocks], axis=1) == change).all(axis=1)]:
            months = reported[:, MONTH]
            of_stock = months[come, 1:], months[gone, 1:], months[stock, :-1], months[stock, 1:]
            blocks.append((np.stack(of_stock, axis=1), np.array([1.0, -1, 1, -1]), True))
    for group in tables.groups:
        places = parts[:, :, [*group.of, *group.parts]].reshape(-1, len(group.of) + len(group.parts))
        blocks.append((places, np.repeat([1.0, -1], [len(group.of), len(group.parts)]), False))
    flows = whole[told_as == FLOW]
    for end in range(reported.shape[2]):
        last = EARLIER + end
        year = np.column_stack([flows[:, YEAR, last], flows[:, MONTH, end : last + 1]])
        blocks.append((year, np.array([1.0] + [-1.0] * MONTHS_OF_A_YEAR), False))
        since = (numbers.ends[end].month - YEAR_ENDS_IN - 1) % MONTHS_OF_A_YEAR
        if end >= since:
            to_date = np.column_stack(
                [flows[:, YEAR_TO_DATE, last], flows[:, MONTH, last - since : last + 1]]
            )
            blocks.append((to_date, np.array([1.0] + [-1.0] * (since + 1)), False))
    same = tables.same
    next_is_same = np.setdiff1d(np.arange(1, len(same.columns)), same.starts)
    one, other = next_is_same - 1, next_is_same
    pair = np.stack([parts[same.columns[each], :, same.parts[each]] for each in (one, other)], axis=2)
    blocks.append((pair.reshape(-1, 2), np.array([1.0, -1]), True))
    are_whole = (same.parts[one] == 0) & (same.parts[other] == 0)
    pair = np.stack([of_whole[same.columns[each[are_whole]]] for each in (one, other)], axis=2)
    blocks.append((pair.reshape(-1, 2), np.array([1.0, -1]), True))
    return blocks


def factors_of(each: Sum, whole: Floats) -> Floats:
    """Return the factors of a sum, its total first; without a total, those by which it is 0 in the whole."""
    if each.total is not None:
        return np.array([1.0] + [-1.0] * len(each.parts))
    if len(each.parts) > MOST_SIGNS:
        return np.zeros(len(each.parts))
    values = np.nan_to_num(whole[[*each.parts]]).reshape(len(each.parts), -1)
    for signs in product((1.0, -1.0), repeat=len(each.parts)):
        if signs[0] == 1 and -1 in signs and not (np.array(signs) @ values).any():
            return np.array(signs)
    return np.zeros(len(each.parts))


def told_of(puzzle: Puzzle, shown: Shown) -> tuple[Bools, Bools]:
    """Say of each count whether a release tells it, and whether it has a row for it, told or hidden."""
    layout = puzzle.layout
    component, statistic = np.nonzero(layout.columns >= 0)
    beside = np.isin(component, [MISSING, UNKNOWN, EXCLUDED])
    flag = np.where(beside, component, NUMERATOR)
    is_derived = (component == NOT_MISSING)[:, None, None]
    known, in_a_row = np.zeros((2, len(puzzle.truth) + 1), bool)  # the last for what is not there
    whole = puzzle.whole[:, :, EARLIER:]
    has_row = shown.told[statistic]
    in_a_row[whole[has_row]] = True
    known[whole[has_row & shown.whole[flag, statistic] & ~is_derived]] = True
    parts = puzzle.parts[:, :, 1:]
    in_a_row[parts] = True
    in_a_row[puzzle.steps[:, :, 1:]] = True  # no row tells them, and none may
    is_told = layout.told[statistic][:, :, None] & shown.parts[statistic][:, :, 1:]
    known[parts[is_told & ~is_derived]] = True
    return known[:-1], in_a_row[:-1]


def told_before(puzzle: Puzzle) -> Bools:
    """Say of each count whether the release before told it; what it was then is taken for what it is."""
    known = np.zeros(len(puzzle.truth) + 1, bool)
    if before := puzzle.tables.before:
        known[puzzle.parts[~np.isnan(before.told)]] = True
        known[puzzle.whole[before.whole]] = True
    return known[:-1]


def ends_of_moves(puzzle: Puzzle, known: Bools, small: Small) -> tuple[Floats, Floats]:
    """
    Return how far down and up each count could be moved, for all that the reader knows of it alone.

    Which hidden counts are small is known where something else of the breakdown is told; not of several that
    make up one sum of columns, since to know that all are small would be to know nearly all of them.
    """
    is_small = small(puzzle.truth)
    open_ = np.zeros(len(puzzle.truth) + 1, bool)
    padded = np.append(known, False)
    for group in sorted(puzzle.tables.groups, key=lambda group: -len(group.parts)):
        places = puzzle.parts[:, :, group.parts]  # of the groups that have a part the smallest comes last
        open_[places] = padded[places].any(axis=2, keepdims=True)
    lonely = open_[:-1] & ~known & is_small
    columns = abs(puzzle.sums[puzzle.of_columns]).sign()
    several = (columns @ is_small.astype(float)) > 1
    lonely &= ~((columns.T @ several.astype(float) > 0) & is_small)
    least = 1.0 if small.shows_zeros else 0.0
    lower = np.minimum(np.where(lonely, least, 0.0), puzzle.truth) - puzzle.truth
    upper = np.where(lonely, small.most, np.inf) - puzzle.truth
    there, (now, before) = puzzle.stays >= 0, puzzle.moved.windows
    both = padded[puzzle.parts[:, now]] & padded[puzzle.parts[:, before]]
    stays = puzzle.stays[there]
    lower[stays] = -np.inf
    upper[stays] = np.minimum(np.where(both, puzzle.moved.room, np.inf)[there], -puzzle.truth[stays])
    return lower, upper


def protect_from_a_reader(
    numbers: Numbers, layout: Layout, tables: Tables, small: Small, rules: frozenset[Rule] = EVERY_RULE
) -> Hidden:
    """
    Return what is to be hidden of a release, so that no small count and no hidden numerator is recovered.

    Of what could not be moved the smallest told counts that it adds up with are hidden as well, four times as
    many each time, parts before wholes. Whatever is hidden gives way to more moves, so that the others need
    not be asked again. What follows without anything that can still be hidden, from the definitions or from
    what was told before, is left; many zeros do, which are not asked for, and so is in the end what would
    follow if this release told nothing.
    """
    hidden = protect(tables, small, rules)
    if Rule.READER not in rules:
        return hidden
    puzzle = puzzle_of(numbers, layout, tables)
    places = np.concatenate([flat(puzzle.whole), flat(puzzle.parts)], axis=1)
    is_numerator, is_part = np.zeros((2, len(puzzle.truth) + 1), bool)  # the last for what is not there
    is_numerator[places[np.isin(np.nonzero(layout.columns >= 0)[0], [NUMERATOR, COMPLEMENT])]] = True
    is_part[puzzle.parts[:, :, 1:]] = True
    safe, before = np.zeros(len(puzzle.truth), bool), told_before(puzzle)
    n_hidden, more = -1, 1
    while hidden.count() != n_hidden:
        n_hidden = hidden.count()
        told, in_a_row = told_of(puzzle, show(numbers, layout, hidden))
        known = told | before
        lower, upper = ends_of_moves(puzzle, known, small)
        asked = in_a_row & ~known & (small(puzzle.truth) | is_numerator[:-1]) & (puzzle.truth > 0)
        unknown = np.flatnonzero(~known)
        left, _ = unmoved(
            puzzle.sums[:, unknown],
            lower[unknown],
            upper[unknown],
            np.flatnonzero((asked & ~safe)[unknown]),
            small.most - 1.0,
        )
        doubtful = unknown[left]
        safe |= asked
        if more == HOPE_LASTS:  # what releases before have given away cannot be taken back
            free = np.flatnonzero(~before)
            lower, upper = (ends[free] for ends in ends_of_moves(puzzle, before, small))
            lost, _ = unmoved(
                puzzle.sums[:, free],
                lower,
                upper,
                np.searchsorted(free, doubtful),
                small.most - 1.0,
                exact=len(doubtful) <= FEW,
            )
            doubtful = np.setdiff1d(doubtful, free[lost])
        safe[doubtful] = False
        hide_near(puzzle, hidden, doubtful, told & ~before, is_part[:-1], more)
        hidden = protect(tables, small, rules, hidden)
        more *= 4
    return hidden


def flat(table: Ints) -> Ints:
    """Return a table with one axis beside the first."""
    return table.reshape(len(table), -1)


def breakdowns_of(puzzle: Puzzle) -> csr_array:
    """Return the breakdowns of all columns and years, breakdowns x counts, with 1 for the parts of each."""
    from scipy.sparse import coo_array

    rows, counts = [], []
    n_rows = 0
    for group in puzzle.tables.groups:
        places = puzzle.parts[:, :, group.parts].reshape(-1, len(group.parts))
        row, part = np.nonzero(places >= 0)
        rows.append(n_rows + row)
        counts.append(places[row, part])
        n_rows += len(places)
    ones = np.ones(sum(map(len, rows))), (np.concatenate(rows), np.concatenate(counts))
    return coo_array(ones, shape=(n_rows, len(puzzle.truth))).tocsr()


def hide_near(puzzle: Puzzle, hidden: Hidden, doubtful: Ints, told: Bools, is_part: Bools, more: int) -> None:
    """
    Hide of the told counts that each doubtful one adds up with the smallest ones, parts before wholes.

    They are those nearest to it, however far that is, and in the end all: where nothing is told that it hangs
    together with, not even another part of the breakdown, so that it is not known to be small either, it can
    be any number. `told` are those that were not told before: to hide what is known would not help.
    """
    from scipy.sparse import vstack

    touches = vstack([abs(puzzle.sums).sign(), breakdowns_of(puzzle)], format="csr")
    of_count = touches.T.tocsr()
    chosen = np.zeros(len(told) + 1, bool)
    n_helped = 0
    for one in doubtful:
        near, size = np.array([one]), 0
        while size < len(near) and not told[near].any():
            size = len(near)
            near = np.union1d(near, touches[np.unique(of_count[near].indices)].indices)
        if len(choice := near[told[near]]):
            order = np.lexsort((puzzle.truth[choice], puzzle.truth[choice] == 0, ~is_part[choice]))
            n_parts = int(is_part[choice].sum())
            chosen[choice[order[: min(more, n_parts) or more]]] = True
            n_helped += 1
        if n_helped == AT_ONCE:
            break
    told_as = puzzle.layout.told_as[np.nonzero(puzzle.layout.columns >= 0)[1]]
    months = chosen[puzzle.whole[:, :, EARLIER:]].any(axis=1)
    hidden.years[:] |= chosen[puzzle.parts] & ~np.isnan(puzzle.tables.years)
    hidden.months[:] |= months & ~np.isnan(puzzle.tables.months)
    hidden.series[:] |= months.any(axis=1) & (told_as == FLOW)
