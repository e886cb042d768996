"""Numbers and statistics as a terminal shows them."""

from __future__ import annotations


def as_text(number: float | None) -> str:
    """Write a number with no more digits than a reader needs; nothing for none."""
    if number is None:
        return ""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
