"""
Find the ways to adoption in SSDA903 returns: decision, match, placement with adopters, order.

DATE_PLACED is the decision that a child should be placed for adoption, as DATE_INT is. The placement itself
begins where an unbroken stay with the adopters (A3 to A6) does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from csc_measures.returns.rows import Reading, Record, Row, Tables, as_yes_no
from csc_measures.returns.ssda903.care import (
    NEW_PLACEMENT,
    Periods,
    Spell,
    is_new_placement,
    is_same_carer,
    period_on,
    spells,
)

ADOPTED = ("E11", "E12")
WITH_ADOPTERS = ("A3", "A4", "A5", "A6")
ADOPTED_BY_CARER = ("A3", "A5")
TEMPORARY = ("T0", "T1", "T2", "T3", "T4")


@dataclass(frozen=True)
class AdoptiveStay:
    """
    An unbroken stay with adopters, hospital and holidays (T0 to T4) included.

    `started_on` is None when the stay began before the first episode that is known. `with_carer_from` is the
    day a foster carer who adopts took the child in.
    """

    period: Spell
    first_day: date
    started_on: date | None
    with_carer_from: date | None


def adoptive_stays(periods: list[Spell]) -> Iterator[AdoptiveStay]:
    """Find a child's stays with adopters (A3 to A6), in order."""
    for period in periods:
        placements = [placement.episodes[0] for placement in spells(period.episodes, is_new_placement)]
        lasting = [row for row in placements if row["PLACE"] not in TEMPORARY]
        after_days_away = {id(row) for away, row in pairwise(placements) if away["PLACE"] in TEMPORARY}

        def goes_on(before: Row, row: Row, after_days_away: set[int] = after_days_away) -> bool:
            return is_same_carer(before, row, after_days_away=id(row) in after_days_away)

        for place, row in enumerate(lasting):
            earlier = lasting[:place]
            with_adopters = bool(earlier) and earlier[-1]["PLACE"] in WITH_ADOPTERS
            if row["PLACE"] in WITH_ADOPTERS and not (with_adopters and goes_on(earlier[-1], row)):
                began = bool(earlier) or row["RNE"] in NEW_PLACEMENT
                since = _with_carer_from(earlier, goes_on) if row["PLACE"] in ADOPTED_BY_CARER else None
                yield AdoptiveStay(period, row["DECOM"], row["DECOM"] if began else None, since)


def _with_carer_from(placements: list[Row], goes_on: Callable[[Row, Row], bool]) -> date | None:
    """Give the day on which the carer of the last placement took the child in, None without placements."""
    first = placements[-1:]
    for before in reversed(placements[:-1]):
        if not goes_on(before, first[0]):
            break
        first = [before]
    return first[0]["DECOM"] if first else None


@dataclass
class Adoption:
    """What is known of one way to adoption: stay with adopters, decision, details (AD1) and order."""

    child: str
    stay: AdoptiveStay | None = None
    decision: Row | None = None
    details: Row | None = None
    ordered_on: date | None = None


def permanence(tables: Tables, periods: Periods, reading: Reading) -> list[Record]:
    """
    List adoption orders with the decision, match and placement that led to them, and those that did not.

    An order (REC E11 or E12 with a date) takes the child's AD1 row, the latest decision (DATE_PLACED) by then
    that had not ceased, and the latest stay with adopters that had begun. AD1 rows without an order take the
    latest decision by the match. Decisions without an order take the first stay from then on; decisions and
    stays that are left stand alone.
    """
    details = {row["CHILD"]: row for row in tables["ad1"]}
    decisions: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(tables["placed_for_adoption"], key=lambda row: row["DATE_PLACED"]):
        decisions[row["CHILD"]].append(row)
    stays = {child: list(adoptive_stays(periods_of_child)) for child, periods_of_child in periods.items()}
    orders = {
        (row["CHILD"], row["DEC"]): row for row in tables["episodes"] if row["REC"] in ADOPTED and row["DEC"]
    }
    adoptions = []
    for (child, ordered), episode in sorted(orders.items(), key=lambda item: item[0], reverse=True):
        decided = [row for row in decisions[child] if row["DATE_PLACED"] <= ordered <= _ceased(row)]
        placed = [stay for stay in stays[child] if stay.first_day <= ordered <= stay.period.last_day]
        detail = details.pop(child, None)
        if detail is None and reading.years_of("ad1"):
            reading.find(episode, "REC", "adoption_order_without_details")
        if not placed:
            reading.find(episode, "REC", "adoption_order_without_placement")
        decision, stay = _taken(decisions[child], decided[-1:]), _taken(stays[child], placed[-1:])
        adoptions.append(Adoption(child, stay, decision, detail, ordered))
    for child, detail in details.items():
        reading.find(detail, "CHILD", "adoption_details_without_order")
        by = detail["DATE_MATCH"] or detail["DATE_INT"] or date.max
        decided = [row for row in decisions[child] if row["DATE_PLACED"] <= by]
        adoptions.append(Adoption(child, None, _taken(decisions[child], decided[-1:]), detail))
    adoptions += [Adoption(child, None, row) for child, left in decisions.items() for row in left]
    for adoption in adoptions:
        if adoption.ordered_on is None and adoption.decision:
            since, until = adoption.decision["DATE_PLACED"], _ceased(adoption.decision)
            placed = [stay for stay in stays.get(adoption.child, []) if since <= stay.first_day <= until]
            adoption.stay = _taken(stays.get(adoption.child, []), placed[:1])
    adoptions += [Adoption(child, stay) for child, left in stays.items() for stay in left]
    return [_permanence(adoption, periods) for adoption in adoptions]


def _ceased(decision: Row) -> date:
    return decision["DATE_PLACED_CEASED"] or date.max


def _taken(rows: list[Any], chosen: list[Any]) -> Any | None:
    """Take the chosen one, if any, out of the rows."""
    if not chosen:
        return None
    rows.remove(chosen[0])
    return chosen[0]


def _permanence(adoption: Adoption, periods: Periods) -> Record:
    stay = adoption.stay
    decision: Mapping[str, Any] = adoption.decision or {}
    details: Mapping[str, Any] = adoption.details or {}
    decided_on = details.get("DATE_INT") or decision.get("DATE_PLACED")
    placed_on = stay.started_on if stay else None
    dates = (adoption.ordered_on, stay and stay.first_day, details.get("DATE_MATCH"), decided_on)
    known_on = next(filter(None, dates), None)
    kind = "order" if adoption.ordered_on else "details" if details else "placed" if stay else "decision"
    day = f"-{known_on:%Y%m%d}" if known_on else ""
    return {
        "perm_table_id": f"{adoption.child}{day}-{kind}",
        "perm_person_id": adoption.child,
        "perm_cla_id": period_on(periods, adoption.child, known_on),
        "perm_adm_decision_date": decided_on,
        "perm_placed_for_adoption_date": placed_on,
        "perm_matched_date": details.get("DATE_MATCH"),
        "perm_adopted_by_carer_flag": as_yes_no(details.get("FOSTER_CARE")),
        "perm_placed_foster_carer_date": stay.with_carer_from if stay else None,
        "perm_decision_reversed_date": decision.get("DATE_PLACED_CEASED"),
        "perm_decision_reversed_reason": decision.get("REASON_PLACED_CEASED"),
        "perm_permanence_order_date": adoption.ordered_on,
        "perm_permanence_order_type": "Adoption" if adoption.ordered_on else None,
        "perm_adopter_sex": details.get("SEX_ADOPTR"),
        "perm_adopter_legal_status": details.get("LS_ADOPTR"),
        "perm_number_of_adopters": details.get("NB_ADOPTR"),
    }
