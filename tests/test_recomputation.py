"""Recomputation: every published number is what plain Python makes of the same extracts by the words."""

from conftest import Place
from recomputation.compare import Comparison, compare, describe, written
from recomputation.counting import statistics

LONG_LIST = 120


def told(found: Comparison) -> str:
    """Name a statistic that differs, and its first cell."""
    (period_type, end, *part), ours, theirs = (found.differ or found.differ_beside)[0]
    cell = f"{period_type} {end} {' '.join(part)}"
    return f"{found}; first {cell}: {describe(ours)} here, {describe(theirs)} published"


def what_differs(place: Place) -> list[str]:
    """Name every statistic of which a number, the status or a count beside the value differs."""
    found = compare(place.landing, place.warehouse, place.as_at, place.months)
    assert sum(each.agree for each in found) > 0
    return [told(each) for each in found if each.differ or each.differ_beside]


def test_every_cell_of_a_tidy_council_is_what_the_definitions_say(council_night: Place) -> None:
    assert what_differs(council_night) == []


def test_every_cell_of_an_untidy_council_is_what_the_definitions_say(untidy_night: Place) -> None:
    assert what_differs(untidy_night) == []


def test_every_measure_of_the_long_list_is_worked_out_here() -> None:
    computable = {
        statistic.number
        for statistic in statistics()
        if statistic.computable and statistic.number <= LONG_LIST
    }
    assert sorted(computable - written().keys()) == []
