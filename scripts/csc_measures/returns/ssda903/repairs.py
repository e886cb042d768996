"""
Make one history of several returns: what the next one says of a child replaces what the last left open.

A return tells every spell that was open on some day of its year, from the day it began. So a spell that one
return leaves open stands in the next one too, and where it does not, the next one is right. The first rule
that applies mends it, and is a finding on the spell's line:

- `told_otherwise_by_later_return`: the next return has the spell that began that day, with another reason;
- `replaced_by_later_return`: it has one that had begun by then and lasted on, and this stands in its place;
- `start_corrected_by_later_return`: it has the same spell from a later day, still of the year before. What
  only one of them tells and how a postcode is spelt make no difference; care that began anew the day after
  it began is the same;
- `ended_by_next_episode`: the child stayed in care, and the next episode ends this one;
- `ended_before_return_to_care`: the child came into care anew (RNE is S), and so had left;
- `missing_from_later_return`: it has none; the spell ends on the day after the return's last day, so that
  the position on each return's own 31 March stays as it was told.

A spell that has ended gives way too, to one that only a later return has: by the first three rules, or its
end moves to where the other begins (`cut_by_later_return`, `drawn_to_later_return`). So it does where care
went on (REC is X1), but only the next return tells how. What contradicts itself within one return is left
alone.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from csc_measures.contract.rules import SET_ASIDE_ROW, SET_ASIDE_VALUE
from csc_measures.returns.rows import Reading, Row, year_end

CARE_BEGINS, CARE_GOES_ON = "S", "X1"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """
    How a table tells spells: columns of start and end, what tells them apart, and what else they say.

    `is_chained`: the child's spells follow on one another, and RNE says whether care went on between them.
    `may_vanish`: a child leaves the table without a word, so that no longer being in it is no defect.
    `stays_open`: nothing ends a spell but its own end.
    """

    start: str
    end: str
    key: tuple[str, ...]
    tells: tuple[str, ...] = ()
    is_chained: bool = False
    may_vanish: bool = False
    stays_open: bool = False


SPELLS = {
    "episodes": Spell(
        "DECOM",
        "DEC",
        key=("RNE",),
        tells=("RNE", "LS", "PLACE", "PLACE_PROVIDER", "PL_POST", "URN"),
        is_chained=True,
    ),
    "missing": Spell("MIS_START", "MIS_END", key=("MISSING",), tells=("MISSING",)),
    "placed_for_adoption": Spell("DATE_PLACED", "DATE_PLACED_CEASED", key=(), stays_open=True),
    "sw_episodes": Spell("SW_DECOM", "SW_DEC", key=("SW_ID",), tells=("SW_ID",), may_vanish=True),
}


def one_history(table: str, rows: list[Row], reading: Reading) -> list[Row]:
    """
    Mend the spells of a table that later returns contradict; `rows` has each spell once, as it was told last.

    A row that gives way is left out and counts as set aside; a row whose end moves is replaced by a copy.
    """
    spell = SPELLS[table]
    told: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in sorted(reading.rows.get(table, []), key=lambda row: row[spell.start]):
        told[row["CHILD"], row.year].append(row)
    history, gone = [], []
    for row in rows:
        successor, mended = None, row
        for year in sorted(year for year in reading.years_of(table) if year > row.year):
            others, own = told[row["CHILD"], year], told[row["CHILD"], row.year]
            known = {_key(other, spell) for other in own}
            new = [other for other in others if _key(other, spell) not in known]
            successor = _successor(mended, others, new, spell, reading)
            if successor:
                gone.append((row, successor))
                break
            if spell.is_chained and mended[spell.end]:
                mended = _gone_on(mended, others, own, spell, reading)
            mended = _ended(mended, others, new, spell, reading)
        if not successor:
            history.append(mended)
    for row, _ in gone:
        reading.counts[row.file].loaded -= 1
        reading.counts[row.file].set_aside += 1
    return _drawn(history, gone, spell, reading) if spell.is_chained else history


def _key(row: Row, spell: Spell) -> tuple:
    return tuple(row[column] for column in (spell.start, *spell.key))


def _successor(row: Row, others: list[Row], new: list[Row], spell: Spell, reading: Reading) -> Row | None:
    """Find the row of a later return in whose favour a row is set aside, if any."""
    start, last = row[spell.start], row[spell.end] or date.max
    for other in new:
        if other[spell.start] == start:
            reading.find(row, spell.start, "told_otherwise_by_later_return", SET_ASIDE_ROW)
            return other
    for other in others if last == date.max else new:
        reaches = other[spell.end] or date.max
        if other[spell.start] <= start < reaches and (reaches >= last or last == date.max):
            reading.find(row, spell.start, "replaced_by_later_return", SET_ASIDE_ROW)
            return other
    for other in new:
        is_same = _is_care_begun_a_day_later(row, other, spell) or all(
            _agree(row[column], other[column]) for column in spell.tells
        )
        if is_same and start < other[spell.start] <= min(last, year_end(row.year)):
            reading.find(row, spell.start, "start_corrected_by_later_return", SET_ASIDE_ROW)
            return other
    return None


def _agree(one: str | None, other: str | None) -> bool:
    """Say whether two texts tell the same, whatever their case, spaces and signs; no text agrees with any."""
    return one is None or other is None or _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _is_care_begun_a_day_later(row: Row, other: Row, spell: Spell) -> bool:
    """Say whether care begins anew on the day after it began: nobody left care in between."""
    begins_anew = spell.is_chained and row["RNE"] == other["RNE"] == CARE_BEGINS
    return begins_anew and other[spell.start] == row[spell.start] + ONE_DAY


def _ended(row: Row, others: list[Row], new: list[Row], spell: Spell, reading: Reading) -> Row:
    """End a row that was left open by what a later return says, and an ended one where a new one begins."""
    start, last = row[spell.start], row[spell.end] or date.max
    if last != date.max:
        begins = next((other[spell.start] for other in new if start < other[spell.start] < last), None)
        return _moved(row, begins, "cut_by_later_return", spell, reading) if begins else row
    if spell.stays_open:
        return row
    day_after = year_end(row.year) + ONE_DAY
    following = next((other for other in others if other[spell.start] > start), None)
    begins = following[spell.start] if following else day_after
    if following and spell.is_chained and following["RNE"] != CARE_BEGINS:
        ended = _moved(row, begins, "ended_by_next_episode", spell, reading)
        ended["REC"] = CARE_GOES_ON
        return ended
    if following and spell.is_chained:
        left = begins - ONE_DAY if begins < day_after else day_after
        return _moved(row, left, "ended_before_return_to_care", spell, reading)
    return _moved(row, min(begins, day_after), "missing_from_later_return", spell, reading)


def _gone_on(row: Row, others: list[Row], own: list[Row], spell: Spell, reading: Reading) -> Row:
    """Draw out an episode in which care went on, where its own return does not tell how but a later does."""
    last = row[spell.end]
    following = next((other for other in others if other[spell.start] >= last), None)
    goes_on = row["REC"] == CARE_GOES_ON and not any(other[spell.start] >= last for other in own)
    if not goes_on or not following or following["RNE"] == CARE_BEGINS or following[spell.start] == last:
        return row
    return _moved(row, following[spell.start], "drawn_to_later_return", spell, reading)


def _moved(row: Row, end: date, rule: str, spell: Spell, reading: Reading) -> Row:
    """Copy a row with another end, and note the rule."""
    copy = Row(row.table, row.year, row.file, row.line)
    copy.update(row | {spell.end: end})
    if not spell.may_vanish:
        reading.find(row, spell.end, rule, SET_ASIDE_VALUE)
    return copy


def _drawn(history: list[Row], gone: list[tuple[Row, Row]], spell: Spell, reading: Reading) -> list[Row]:
    """Draw out the episodes that went on into one whose start a later return has put back."""
    begins = {
        (row["CHILD"], row[spell.start]): successor[spell.start]
        for row, successor in gone
        if successor[spell.start] > row[spell.start]
    }
    drawn = []
    for row in history:
        later = begins.get((row["CHILD"], row[spell.end]))
        if later and row["REC"] == CARE_GOES_ON:
            drawn.append(_moved(row, later, "drawn_to_later_return", spell, reading))
        else:
            drawn.append(row)
    return drawn
