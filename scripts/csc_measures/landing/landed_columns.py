"""
Turn the texts of a column into its landed values: typed, or as pseudonyms.

Every distinct text is read once, by the readers of `values`, and its value is spread over the rows.
An id that refers to a key already landed gets that key's pseudonym; else it is a broken reference.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures.contract.extracts import Column, Contract, Extract
from csc_measures.landing.pseudonyms import Pseudonyms, compact_postcode, outward_part
from csc_measures.landing.telling import Telling
from csc_measures.landing.values import PLAIN_DATE, PLAIN_ID, Reader, read_key, read_text, reader_of

ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DECIMAL(18,4)": pa.decimal128(18, 4),
    "BOOLEAN": pa.bool_(),
    "VARCHAR[]": pa.list_(pa.string()),
}
PIECE = 20_000
PEOPLE = "ssd_person"


@dataclass(frozen=True)
class Reading:
    """Values, and by rule the places of those that break it: of distinct texts, or of rows."""

    values: pa.Array
    broken: dict[str, np.ndarray]

    def spread(self, numbers: pa.Array) -> "Reading":
        """Give each row what its text, by number, was read as; a null has no text."""
        if not self.broken:
            return Reading(self.values.take(numbers), {})
        number_of_row = numbers.fill_null(len(self.values)).to_numpy()
        places = {}
        for rule, texts in self.broken.items():
            is_broken = np.zeros(len(self.values) + 1, dtype=bool)
            is_broken[texts] = True
            places[rule] = np.flatnonzero(is_broken[number_of_row])
        return Reading(self.values.take(numbers), places)


class ColumnReader:
    """Reads columns as of one date and with one key, and remembers the keys that have landed."""

    def __init__(self, contract: Contract, as_at: date, pseudonyms: Pseudonyms) -> None:
        """Begin with no keys landed."""
        self._contract = contract
        self._as_at = as_at
        self._pseudonyms = pseudonyms
        self._keys: dict[str, Callable[[], tuple[pa.Array, pa.Array]]] = {}
        self._with_keys_of: dict[str, str] = {}
        self._telling = Telling()
        self._knows_names = True

    def read_keys(self, texts: pa.ChunkedArray) -> tuple[Reading, np.ndarray]:
        """
        Read a primary key: ids as delivered, null where there is no sound one.

        Gives with them a number for each row, which it shares with the rows that have the same id.
        """
        encoded = texts.dictionary_encode().combine_chunks()
        is_plain = pc.match_substring_regex(encoded.dictionary, PLAIN_ID)
        reading = _read_others(encoded.dictionary, encoded.dictionary, is_plain, read_key)
        reading = reading.spread(encoded.indices)
        numbers = encoded if pc.all(is_plain).as_py() else reading.values.dictionary_encode()
        return reading, numbers.indices.fill_null(-1).to_numpy()

    def land_keys(self, keys: pa.Array, extract: Extract) -> pa.Array:
        """Make the pseudonyms of sound keys (team ids stay as delivered), and remember both."""
        landed = keys
        if extract.key.id_of:
            pseudonym = self._pseudonyms.of(extract.key.id_of)
            made = [
                pa.array([pseudonym(key) for key in piece.to_pylist()], pa.string())
                for _, piece in _in_pieces(keys)
            ]
            landed = pa.concat_arrays([keys[:0], *made])
            self._with_keys_of.setdefault(extract.key.id_of, extract.name)
        self._keys[extract.name] = lambda: (keys, landed)
        if extract.name == PEOPLE:
            self._telling.learn_ids(keys.to_pylist())
        return landed

    def take_over_keys(self, landed: Callable[[], pa.ChunkedArray], extract: Extract) -> None:
        """Remember how to read the landed keys of an extract; as delivered they, and names, are not known."""
        as_delivered = pa.array([], pa.string())
        self._keys[extract.name] = lambda: (as_delivered, landed().combine_chunks())
        self._knows_names &= extract.name != PEOPLE and not extract.holds_names

    def broken_references(self, values: pa.ChunkedArray, column: Column) -> np.ndarray:
        """Give the places of landed ids that refer to no key; none where what they refer to is absent."""
        if not column.refers_to or column.refers_to[0] not in self._keys:
            return np.empty(0, dtype=np.int64)
        _, landed = self._keys[column.refers_to[0]]()
        return np.flatnonzero(pc.and_not(values.is_valid(), pc.is_in(values, value_set=landed)))

    def read(self, texts: pa.ChunkedArray, column: Column) -> Reading:
        """Read any other column to the type it lands as; a postcode, and what lands as a hash, to that."""
        encoded = texts.dictionary_encode().combine_chunks()
        if column.holds_names:
            self._telling.learn_names(encoded.dictionary.drop_null().to_pylist())
        other = column.refers_to[0] if column.refers_to else self._with_keys_of.get(column.id_of or "")
        if other in self._keys:
            distinct = self._look_up(encoded.dictionary, column, *self._keys[other]())
        elif column.type in ("date", "timestamp"):
            distinct = self._read_dates(encoded.dictionary, column)
        else:
            kind = ARROW_TYPES[column.landed_columns()[0].data_type] if column.lands else pa.string()
            distinct = _read_each(encoded.dictionary, self._reader(column), kind)
        return distinct.spread(encoded.indices)

    def _look_up(self, texts: pa.Array, column: Column, delivered: pa.Array, landed: pa.Array) -> Reading:
        """Take the landed id where the text is a key as it stands; read the others one by one."""
        found = landed.take(pc.index_in(texts, value_set=delivered))
        reading = _read_others(texts, found, found.is_valid(), self._reader(column))
        if column.refers_to and found.null_count:
            is_known = pc.is_in(reading.values, value_set=landed)
            is_broken = pc.and_not(reading.values.is_valid(), is_known)
            reading.broken["broken_reference"] = np.flatnonzero(is_broken)
        return reading

    def _read_dates(self, texts: pa.Array, column: Column) -> Reading:
        """Convert the plain ISO dates up to the as-at date together; read the others one by one."""
        kind = ARROW_TYPES[column.landed_columns()[0].data_type]
        is_iso = pc.match_substring_regex(texts, PLAIN_DATE)
        moments = pc.if_else(is_iso, texts, None).cast(pa.timestamp("us"))
        is_plain = pc.less(moments, datetime.combine(self._as_at, time()) + timedelta(days=1))
        days = moments if column.type == "timestamp" else pc.floor_temporal(moments, unit="day").cast(kind)
        return _read_others(texts, days, pc.fill_null(is_plain, False), self._reader(column))

    def _reader(self, column: Column) -> Reader:
        read = reader_of(column, self._contract, self._as_at)
        if column.is_postcode:
            return self._hashed(read, "postcode", compact_postcode)
        if column.lands_as == "hash":
            return self._hashed(read, "words", str.casefold)
        if column.is_published:
            return self._withheld(read, column)
        return self._hashed(read, column.id_of) if column.id_of else read

    def _withheld(self, read: Reader, column: Column) -> Reader:
        """Make a reader of words without what tells who somebody is, which is a finding."""
        if not self._knows_names:
            raise RuntimeError(f"The names that {column.name} must not tell were not read.")

        def read_and_withhold(text: str) -> tuple[str | None, str | None]:
            value, rule = read(text)
            told = value and self._telling.withhold(value, is_link=column.lands_as == "link")
            return told, rule if told == value else "tells_who_somebody_is"

        return read_and_withhold

    def _hashed(self, read: Reader, what: str, spell: Callable[[str], str] = str) -> Reader:
        """Make a reader of pseudonyms: what is read, spelt the one way in which it is compared, hashed."""
        pseudonym = self._pseudonyms.of(what)
        return _then(read, lambda text: pseudonym(spell(text)))


def read_outward_parts(texts: pa.ChunkedArray) -> pa.Array:
    """Cut postcodes to their outward parts; null where a text is no postcode."""
    encoded = texts.dictionary_encode().combine_chunks()
    return (
        _read_each(encoded.dictionary, _then(read_text, outward_part), pa.string())
        .spread(encoded.indices)
        .values
    )


def rank(keys: pa.Array) -> pa.Array:
    """Rank distinct keys from 1 in text (code point) order."""
    ranks = np.empty(len(keys), dtype=np.int32)
    ranks[pc.sort_indices(keys).to_numpy()] = np.arange(1, len(keys) + 1)
    return pa.array(ranks)


def _then(read: Reader, make: Callable[[str], str | None]) -> Reader:
    """Make a reader that turns what was read into something else."""

    def read_and_make(text: str) -> tuple[str | None, str | None]:
        value, rule = read(text)
        return None if value is None else make(value), rule

    return read_and_make


def _read_others(texts: pa.Array, values: pa.Array, is_plain: pa.Array, read: Reader) -> Reading:
    """Keep the values of the plain texts, and read the other texts one by one."""
    is_odd = pc.invert(is_plain)
    odd = np.flatnonzero(is_odd)
    if not len(odd):
        return Reading(values, {})
    others = _read_each(texts.take(pa.array(odd)), read, values.type)
    broken = {rule: odd[numbers] for rule, numbers in others.broken.items()}
    return Reading(pc.replace_with_mask(values, is_odd, others.values), broken)


def _read_each(texts: pa.Array, read: Reader, kind: pa.DataType) -> Reading:
    pieces = [pa.array([], kind)]
    broken: dict[str, list[int]] = {}
    for start, piece in _in_pieces(texts):
        values: list[object] = []
        for number, text in enumerate(piece.to_pylist(), start):
            value, rule = read(text)
            values.append(value)
            if rule:
                broken.setdefault(rule, []).append(number)
        pieces.append(pa.array(values, kind))
    places = {rule: np.array(numbers) for rule, numbers in broken.items()}
    return Reading(pa.concat_arrays(pieces), places)


def _in_pieces(texts: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """Cut an array, each piece with its start: as Python's objects, texts take many times the memory."""
    for start in range(0, len(texts), PIECE):
        yield start, texts[start : start + PIECE]
