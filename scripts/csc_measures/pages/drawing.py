"""Where the lines and marks of a drawing lie. Nothing here works out a number that is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from csc_measures.pages.reading import Row

LINE_HEIGHT = 18
REAL = {"better": "better", "worse": "worse", "up": "moved", "down": "moved"}


@dataclass(frozen=True)
class Stretch:
    """A horizontal line, or the top of an area of some height, over neighbouring months, with its words."""

    left: float
    right: float
    top: float
    height: float
    text: tuple[str, ...]

    @property
    def width(self) -> float:
        """How wide it is."""
        return round(self.right - self.left, 1)


@dataclass(frozen=True)
class Mark:
    """The value of one month; `kind` is `better`, `worse`, `moved`, or `plain` for what may be chance."""

    x: float
    y: float
    kind: str
    month: Row


@dataclass(frozen=True)
class Label:
    """Words beside the last month; `kind` is `aimed` for the target."""

    y: float
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Plot:
    """The months of a measure, drawn: x to the right, y downwards, in the units of the SVG's view box."""

    width: int
    height: int
    lines: list[str]
    bands: list[Stretch]
    means: list[Stretch]
    targets: list[Stretch]
    marks: list[Mark]

    @property
    def labels(self) -> list[Label]:
        """Name the lines that reach the last month, from the top, none over another."""
        last = self.width - self.width / 50
        named = [Label(aim.top, f"target {aim.text[0]}", "aimed") for aim in self.targets if aim.right > last]
        named += [Label(mean.top, f"mean {mean.text[0]}") for mean in self.means if mean.right > last]
        for band in self.bands:
            if band.right > last:
                upper, lower = band.text
                named += [Label(band.top, f"upper {upper}"), Label(band.top + band.height, f"lower {lower}")]
        spread: list[Label] = []
        for label in sorted(named, key=lambda each: each.y):
            least = spread[-1].y + LINE_HEIGHT if spread else 0
            spread.append(Label(round(max(label.y + LINE_HEIGHT / 4, least), 1), label.text, label.kind))
        return spread

    @property
    def dots(self) -> dict[str, str]:
        """Return of each kind that is no chance the path of its months, dots when its ends are round."""
        paths: dict[str, str] = {}
        for mark in self.marks:
            if mark.kind != "plain":
                paths[mark.kind] = f"{paths.get(mark.kind, '')}M{mark.x:g} {mark.y:g}h0"
        return paths


def plot(months: Sequence[Row], width: int, height: int, margin: int, digits: int | None = 1) -> Plot | None:
    """
    Draw months from left to right, with their expected limits and target; None when none has a value.

    Places have so many digits, with None they are whole. A month without a value interrupts the line. The
    lowest and highest of all that is drawn touch the margin.
    """
    drawn = ("value", "lower_limit", "upper_limit", "target")
    seen = [month[name] for month in months for name in drawn if month[name] is not None]
    if not any(month["value"] is not None for month in months):
        return None
    low, high = min(seen), max(seen)
    step = (width - 2 * margin) / max(1, len(months) - 1)

    def across(place: int) -> float:
        return round(margin + place * step, digits)

    def down(value: float) -> float:
        if high == low:
            return height / 2
        return round(margin + (height - 2 * margin) * (high - value) / (high - low), digits)

    def stretches(*names: str, text: Sequence[str]) -> list[Stretch]:
        """Join neighbouring months in which these columns are the same."""
        found = []
        numbered = enumerate(months)
        for same, group in groupby(numbered, key=lambda each: tuple(each[1][name] for name in names)):
            places = [place for place, _ in group]
            if same[0] is not None:
                left, right = across(places[0]) - step / 2, across(places[-1]) + step / 2
                top = down(max(same))
                words = tuple(months[places[-1]][name] for name in text)
                height_of = round(down(min(same)) - top, digits)
                ends = max(0, round(left, digits)), min(width, round(right, digits))
                found.append(Stretch(*ends, top, height_of, words))
        return found

    marks = [
        Mark(across(place), down(month["value"]), REAL.get(month["direction_of_travel"], "plain"), month)
        for place, month in enumerate(months)
        if month["value"] is not None
    ]
    lines = []
    for is_known, group in groupby(enumerate(months), key=lambda each: each[1]["value"] is not None):
        if is_known:
            lines.append(" ".join(f"{across(place):g},{down(month['value']):g}" for place, month in group))
    return Plot(
        width,
        height,
        lines,
        stretches("lower_limit", "upper_limit", text=["upper_limit_text", "lower_limit_text"]),
        stretches("expected_mean", text=["expected_mean_text"]),
        stretches("target", text=["target_text"]),
        marks,
    )


def bar(value: float | None, largest: float, length: int) -> float:
    """Return how long a bar is, the largest being `length`."""
    return round(length * max(0.0, value or 0.0) / largest, 1) if largest > 0 else 0.0


def largest(rows: Sequence[Row], column: str) -> float:
    """Return the largest number of a column, 0 where there is none."""
    return max((row[column] for row in rows if row[column] is not None), default=0)
