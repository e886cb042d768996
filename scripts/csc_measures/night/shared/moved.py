"""
The windows of 12 months that have moved since the release before: what they lost and gained stays hidden.

Of two windows that end some months apart the reader knows by how much they differ, which is what came in less
what went out. That tells neither, but together with the months of the whole it may tell them nearly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csc_measures.night.shared.equations import Bools, Floats, Ints
from csc_measures.night.shared.release import EARLIER, MONTH, Layout, Numbers, adds_up_by_month
from csc_measures.night.shared.small_numbers import MONTHS_OF_A_YEAR

OUT, IN = 0, 1


class Moved(NamedTuple):
    """
    What the latest windows have lost and gained, nan where none has moved; none of it is told.

    `steps`: column x what went out and what came in x part, the whole first. `stays`: column x part, what
    is in both windows, told below nothing, so that it moves with the steps; `room`: so much less it can be.
    `is_before`: column x year, the windows before. `windows`: the places of both among the years.
    """

    steps: Floats
    stays: Floats
    room: Floats
    is_before: Bools
    windows: tuple[int, int]


def moved_windows(numbers: Numbers, layout: Layout) -> Moved:
    """
    Work out what each latest window has lost and gained since the release before.

    Who has kept the release of every month and is told the windows knows by how much each month differs from
    the same one of the years before. Then no month of what stays can be less than makes the least of those
    nothing; so much room there is.
    """
    component, statistic = np.nonzero(layout.columns >= 0)
    last, moved = len(numbers.ends) - 1, layout.moved
    window, before = np.searchsorted(layout.years, [last, last - moved]).tolist()
    moves = np.flatnonzero(adds_up_by_month(numbers)[statistic] & (moved > 0))
    is_before = np.zeros((len(statistic), len(layout.years)), bool)
    is_before[moves, before] = True
    counts, months = (table[component[moves], statistic[moves]] for table in (numbers.parts, numbers.months))
    came_in = months[:, months.shape[1] - moved :].sum(axis=1)
    of_moves = np.stack([came_in - (counts[:, last] - counts[:, last - moved]), came_in], axis=1)
    of_moves[np.broadcast_to((of_moves < 0).any(axis=1, keepdims=True), of_moves.shape)] = np.nan  # no sums
    steps = np.full((len(statistic), 2, len(numbers.part_names)), np.nan)
    steps[moves] = of_moves
    stays = steps[:, IN].copy()
    stays[moves] -= counts[:, last]
    stays[:, 0] = np.nan  # that of the whole follows from its months
    room = np.zeros(stays.shape)
    changes = np.diff(counts, axis=1)
    for back in range(moved, months.shape[1]):
        month = least = months[:, months.shape[1] - 1 - back]
        for end in range(last - back, 0, -MONTHS_OF_A_YEAR):
            month = month - changes[:, end - 1]
            least = np.fmin(least, month)
        room[moves] += np.maximum(np.nan_to_num(least), 0)
    return Moved(steps, stays, room, is_before, (window, before))


def sums_of_moved(
    layout: Layout, moved: Moved, whole: Ints, parts: Ints, steps: Ints, stays: Ints
) -> list[tuple[Ints, Floats, bool]]:
    """Return what windows that have moved are made of, and the steps of the whole, as blocks of places."""
    blocks = []
    for step, window in ((IN, moved.windows[0]), (OUT, moved.windows[1])):
        sides = (table[:, 1:].ravel() for table in (parts[:, window], steps[:, step], stays))
        blocks.append((np.column_stack([*sides]), np.array([1.0, -1, 1]), False))
        last = EARLIER + layout.years[moved.windows[0]] - (0 if step == IN else MONTHS_OF_A_YEAR)
        months = whole[:, MONTH, last - layout.moved + 1 : last + 1]
        factors = np.array([1.0] + [-1.0] * layout.moved)
        blocks.append((np.column_stack([steps[:, step, 0], months]), factors, False))
    return blocks
