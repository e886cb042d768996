"""
Read one delivered file into records of text, or refuse it with every reason found.

Columns are matched by name and come out under the contract's names. A record that is no sound row (blank,
wrong number of fields, unreadable bytes) is set aside with its first physical line. What the texts mean is
not asked here.
"""

import codecs
import csv
import difflib
import gzip
import io
import json
import math
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from csc_measures.contract.extracts import Extract, read_contract
from csc_measures.contract.rules import Refusal, Refused
from csc_measures.landing.quality import LISTED

ROWS_PER_CHUNK = 50_000
BLOCK_BYTES = 1 << 20
BYTES_OF_A_VALUE = 32  # as text, where only the number of values is known
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MAY_PRECEDE_A_QUOTE = np.isin(np.arange(256), list(b',\n"'))
MAY_FOLLOW_A_QUOTE = np.isin(np.arange(256), list(b',\r\n"'))
LARGEST_WHOLE_FLOAT = 2.0**53
MOST_COLUMNS = 2_000
LIKENESS_OF_A_SLIP = 0.8
KEY_OF_A_ROW = re.compile(r"[^\s,]+")
DATE_OF_A_ROW = re.compile(r"\d{4}-\d\d-\d\d.*|\d\d/\d\d/\d{4}.*", re.ASCII)
csv.field_size_limit(1 << 30)  # a text may be as long as it is

if TYPE_CHECKING:
    from _csv import _reader as CsvReader  # noqa: N812 - a class, whatever its name


@dataclass(frozen=True)
class Finding:
    """A broken rule at a physical line of the file; no column means the whole row."""

    line: int
    column: str | None
    rule: str


@dataclass
class Records:
    """
    The sound records of one file: text per contract column delivered, and the first line of each record.

    `n_records` counts the set-aside ones too; `n_physical_lines` leaves out the header. `more` says how many
    further rows break each rule of which a thousand are among the findings.
    """

    encoding: str
    columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    lines: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    findings: list[Finding] = field(default_factory=list)
    more: Counter[str] = field(default_factory=Counter)
    n_records: int = 0
    n_physical_lines: int = 0


def read_records(path: Path, name: str, extract: Extract, rows_may_be_narrow: bool = False) -> Records:
    """
    Read a CSV or Parquet file; `name` is how messages call it.

    With `rows_may_be_narrow`, the last columns of a CSV file's header that no row reaches are empty, and
    this is a finding; without it every such row has too few fields. Raises Refused with every reason found
    in the file.
    """
    if path.stat().st_size == 0:
        raise _refused(name, "empty_file")
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, name, extract)
    return _read_csv(_bytes_of(path, name), name, extract, rows_may_be_narrow)


def size_of(path: Path) -> tuple[int, int]:
    """
    Say about how many bytes of text and how many rows a delivered file holds, without reading all of it.

    Of a CSV file the rows are told by the length of its first ones, and a packed one says how long it is
    unpacked. One that cannot be read has neither.
    """
    suffix, n_bytes = path.suffix.lower(), path.stat().st_size
    try:
        if suffix == ".parquet":
            told = pq.read_metadata(path)
            return told.num_rows * told.num_columns * BYTES_OF_A_VALUE, told.num_rows
        with path.open("rb") as packed:
            if suffix == ".gz":
                packed.seek(-min(4, n_bytes), os.SEEK_END)
                n_bytes = int.from_bytes(packed.read(), "little")  # RFC 1952, 2.3.1: ISIZE
                packed.seek(0)
            with gzip.open(packed) if suffix == ".gz" else packed as file:
                start = file.read(BLOCK_BYTES)
    except (pa.ArrowException, OSError, EOFError, zlib.error):
        return 0, 0
    return n_bytes, n_bytes * start.count(b"\n") // max(1, len(start))


def _refused(name: str, rule: str, line: int = 0, column: str = "", hint: str = "") -> Refused:
    return Refused([Refusal(name, line, column, rule, hint)])


# --- CSV


@dataclass(frozen=True)
class _Text:
    """A file in UTF-8, the lines whose bytes could not be read, and the first line in Windows-1252."""

    data: bytes
    encoding: str
    unreadable: frozenset[int] = frozenset()
    first_windows_line: int | None = None

    def lines(self) -> io.TextIOWrapper:
        """Give the physical lines one by one, with what ends them."""
        return io.TextIOWrapper(io.BytesIO(self.data), "utf-8", newline="")


def _bytes_of(path: Path, name: str) -> bytes:
    """Read a file, unpacked if it is packed by gzip."""
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            return file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise _refused(name, "unreadable_gzip") from None


def _read_csv(data: bytes, name: str, extract: Extract, rows_may_be_narrow: bool) -> Records:
    decoded = _decode(data, name)
    if not decoded.data or decoded.data.isspace():
        raise _refused(name, "empty_file")
    of_record: list[str] = []
    reader = csv.reader(_noted(decoded.lines(), of_record), strict=True)
    header = _header(reader, name)
    places, findings = _match_columns(header, name, extract)
    records = Records(decoded.encoding, findings=findings)
    if decoded.first_windows_line:
        records.findings.append(Finding(decoded.first_windows_line, None, "windows_1252"))
    if not _read_plain_rows(decoded, len(header), places, records):
        width = _width_of_rows(decoded, len(header)) if rows_may_be_narrow else len(header)
        if width < len(header):
            records.findings.append(Finding(1, None, "header_wider_than_rows"))
        shape = _Shape.of(extract, places, width)
        _read_rows(reader, of_record, shape, places, records, decoded, name)
    return records


def _noted(lines: Iterable[str], of_record: list[str]) -> Iterator[str]:
    """Pass lines on, and note each in `of_record`, which whoever has taken a record clears."""
    for line in lines:
        of_record.append(line)
        yield line


def _decode(data: bytes, name: str) -> _Text:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return _Text(data.decode("utf-16").encode(), "utf-16")
        except UnicodeDecodeError:
            raise _refused(name, "unreadable_encoding") from None
    data = data.removeprefix(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(data):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _decode_by_line(data)
    return _Text(data, "utf-8")


def _blocks(data: bytes) -> Iterator[memoryview]:
    """Cut a file into blocks of whole lines, without a copy."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", min(start + BLOCK_BYTES, len(data) - 1)) + 1 or len(data)
        yield memoryview(data)[start:end]
        start = end


def _decode_by_line(data: bytes) -> _Text:
    """
    Read a file that is not UTF-8: as Windows-1252 if all of it can be, else leaving out the bad lines.

    A file that has accented letters in UTF-8 too is a mixture, and its other lines cannot be trusted. So
    is one whose only strange byte is FF, which no text in English holds but damage does.
    """
    lines = data.splitlines(keepends=True)
    foreign = [number for number, line in enumerate(lines, 1) if not _is_in(line, "utf-8")]
    is_mixture = any(not line.isascii() and _is_in(line, "utf-8") for line in lines)
    letters = {byte for number in foreign for byte in lines[number - 1] if byte > 0x7F}
    if is_mixture or letters == {0xFF}:
        encoding, unreadable = "utf-8", frozenset(foreign)
    else:
        encoding = "windows-1252"
        unreadable = frozenset(number for number in foreign if not _is_in(lines[number - 1], "cp1252"))
    readable = [number for number in foreign if number not in unreadable]
    for number in foreign:
        lines[number - 1] = lines[number - 1].decode("cp1252", "replace").encode("utf-8")
    return _Text(b"".join(lines), encoding, unreadable, readable[0] if readable else None)


def _is_in(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _header(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        header = next(reader)
    except csv.Error:
        raise _refused(name, "unbalanced_quotes", line=1) from None
    if len(header) > MOST_COLUMNS:
        raise _refused(name, "too_many_columns", line=1, hint=f"{len(header):,} columns")
    return header


def _read_plain_rows(decoded: _Text, width: int, places: dict[str, int], records: Records) -> bool:
    """
    Read a file whose lines are all whole rows, many times faster; False when there is anything odd.

    What is odd, and where, is then found out row by row.
    """
    data = decoded.data
    if decoded.unreadable or not _has_a_row_per_line(data):
        return False
    names = [str(place) for place in range(width)]
    wanted = {str(place): column for column, place in places.items()}
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=names, skip_rows=1),
            pa_csv.ParseOptions(ignore_empty_lines=True),
            pa_csv.ConvertOptions(
                include_columns=list(wanted), column_types=dict.fromkeys(wanted, pa.string())
            ),
        )
    except pa.ArrowInvalid:
        return False
    if table.num_rows != data.count(b"\n") - 1:
        return False
    records.columns = {wanted[name]: table.column(name) for name in table.column_names}
    records.lines = np.arange(2, table.num_rows + 2, dtype=np.int32)
    records.n_records = records.n_physical_lines = table.num_rows
    return True


def _has_a_row_per_line(data: bytes) -> bool:
    """
    Tell whether quotes pair as RFC 4180 says, none holds a line break, and the last line is whole.

    Seen from the left, every other quote opens a field or follows the quote it escapes, and the quotes
    between close a field or escape the next.
    """
    if not data.endswith(b"\n") or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return False
    return all(_has_whole_quotes(block) for block in _blocks(data))


def _has_whole_quotes(block: memoryview) -> bool:
    text = np.frombuffer(b"\n" + block, dtype=np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    before_opening = text[quotes[0::2] - 1]
    after_closing = text[quotes[1::2] + 1] if len(quotes) % 2 == 0 else None
    quotes_before_each_line_break = np.searchsorted(quotes, np.flatnonzero(text == ord("\n")))
    return (
        after_closing is not None
        and bool(MAY_PRECEDE_A_QUOTE[before_opening].all())
        and bool(MAY_FOLLOW_A_QUOTE[after_closing].all())
        and not bool((quotes_before_each_line_break % 2).any())
    )


def _width_of_rows(decoded: _Text, width: int) -> int:
    """Give the number of fields that all rows below the header have when it is smaller than `width`."""
    rows = csv.reader(decoded.lines())
    next(rows)
    widths = {len(row) for row in rows if "".join(row).strip()}
    return widths.pop() if len(widths) == 1 and max(widths) < width else width


@dataclass(frozen=True)
class _Shape:
    """What a row of a file looks like: its number of fields, and the places of its key and its dates."""

    width: int
    key: int | None
    dates: tuple[int, ...]

    @classmethod
    def of(cls, extract: Extract, places: Mapping[str, int], width: int) -> "_Shape":
        found = [(column, places[column.name]) for column in extract.columns if column.name in places]
        key = next((place for column, place in found if column.is_key), None)
        dates = (place for column, place in found if column.type in ("date", "timestamp"))
        return cls(width, key, tuple(place for place in dates if place < width))

    def is_row(self, line: str) -> bool:
        """
        Tell whether a physical line may be a whole row.

        It has as many fields, a key without spaces, and dates where dates stand: some, and nothing else
        there. In an extract without dates the key has a digit.
        """
        cells = [cell.strip(' "\r\n') for cell in line.split(",")]
        if len(cells) < self.width:
            return False
        key = "0" if self.key is None else cells[self.key]
        dates = [cells[place] for place in self.dates if cells[place]]
        says_when = all(DATE_OF_A_ROW.fullmatch(text) for text in dates) and bool(dates)
        return bool(KEY_OF_A_ROW.fullmatch(key)) and (
            says_when if self.dates else any(letter.isdigit() for letter in key)
        )


def _read_rows(
    reader: "CsvReader",
    of_record: list[str],
    shape: _Shape,
    places: dict[str, int],
    records: Records,
    decoded: _Text,
    name: str,
) -> None:
    """Read the rows below the header, and refuse a file that shows that rows may be lost."""
    header_lines = reader.line_num
    of_record.clear()
    chunks: dict[str, list[pa.Array]] = {column: [] for column in places}
    rows: list[list[str]] = []
    lines: list[int] = []
    n_found: Counter[str] = Counter()
    line, fault = 0, None
    for line, row in _rows(reader, name):
        fault = _fault(row, shape.width, range(line, reader.line_num + 1), decoded.unreadable)
        if len(of_record) > 1 and row and _swallows_rows(row, of_record, shape):
            raise _refused(name, "unbalanced_quotes", line=line)
        of_record.clear()
        records.n_records += 1
        if row is None or fault:
            rule = fault or "malformed_quotes"
            n_found[rule] += 1
            if n_found[rule] <= LISTED:
                records.findings.append(Finding(line, None, rule))
            continue
        rows.append(row)
        lines.append(line)
        if len(rows) == ROWS_PER_CHUNK:
            _keep(rows, places, chunks)
    _keep(rows, places, chunks)
    records.more = Counter({rule: n - LISTED for rule, n in n_found.items() if n > LISTED})

    if records.n_records and not decoded.data.endswith((b"\n", b"\r")):
        rule = "cut_short" if fault == "wrong_field_count" else "no_final_line_break"
        raise _refused(name, rule, line=line)
    records.columns = {column: pa.chunked_array(parts, pa.string()) for column, parts in chunks.items()}
    records.lines = np.array(lines, dtype=np.int32)
    records.n_physical_lines = reader.line_num - header_lines


def _rows(reader: "CsvReader", name: str) -> Iterator[tuple[int, list[str] | None]]:
    """
    Yield each row with its first line; None for a row of one line whose quotes do not pair.

    Where they do not pair over several lines, a quote was left open and has swallowed rows: Refused.
    """
    line = reader.line_num + 1
    while True:
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
            return
        except csv.Error as error:
            if reader.line_num > line or "unexpected end" in str(error):
                raise _refused(name, "unbalanced_quotes", line=line) from None
            yield line, None
            line = reader.line_num + 1


def _fault(row: list[str] | None, width: int, lines: range, unreadable: frozenset[int]) -> str | None:
    """Name the rule that sets the row aside, if any."""
    if unreadable and not unreadable.isdisjoint(lines):
        return "unreadable_characters"
    if row is None:
        return "malformed_quotes"
    if len(row) == width:
        return None
    if not "".join(row).strip():
        return "blank_line" if len(row) <= 1 else "wrong_field_count"
    return "wrong_field_count"


def _keep(rows: list[list[str]], places: dict[str, int], chunks: dict[str, list[pa.Array]]) -> None:
    """Move the rows read so far into text arrays, a chunk per column."""
    cells = list(zip(*rows, strict=True))
    for column, place in places.items():
        if rows:
            absent = [""] * len(rows)
            chunks[column].append(pa.array(cells[place] if place < len(cells) else absent, pa.string()))
    rows.clear()


def _swallows_rows(row: list[str], lines: list[str], shape: _Shape) -> bool:
    """
    Tell a quote that was closed too late from a note over several lines: it holds whole rows.

    In a row of another number of fields, any line with as many commas as a row is one.
    """
    if len(row) != shape.width:
        return any(line.count(",") >= shape.width - 1 for cell in row for line in cell.splitlines())
    return any(shape.is_row(line) for line in lines[1:])


# --- Parquet


def _read_parquet(path: Path, name: str, extract: Extract) -> Records:
    try:
        table = pq.ParquetFile(path).read()
        table.validate(full=True)
    except (pa.ArrowException, OSError):
        raise _refused(name, "unreadable_parquet") from None
    places, findings = _match_columns(table.column_names, name, extract)
    records = Records("parquet", findings=[Finding(0, each.column, each.rule) for each in findings])
    for column, place in places.items():
        try:
            records.columns[column] = _as_text(table.column(place))
        except (pa.ArrowException, TypeError, ValueError):
            raise _refused(name, "unreadable_parquet", column=column) from None
    records.lines = np.arange(1, table.num_rows + 1, dtype=np.int32)
    records.n_records = records.n_physical_lines = table.num_rows
    return records


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Spell typed values as a CSV would: whole numbers without a point, dates in ISO, instants with a Z."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    if pa.types.is_map(kind):
        return _spelled(column, lambda value: json.dumps(dict(value)))
    if pa.types.is_nested(kind):
        return _spelled(column, json.dumps)
    if pa.types.is_floating(kind):
        return _spelled(column, float_text)
    if pa.types.is_decimal(kind):
        return _spelled(column, lambda value: format(value.normalize(), "f"))
    if pa.types.is_timestamp(kind) and kind.tz:
        return column.cast(pa.timestamp("us", "UTC")).cast(pa.string())
    return column.cast(pa.string())


def float_text(value: float) -> str | None:
    """Spell a number: a whole one without a point, what is no number not at all."""
    if math.isnan(value):
        return None
    is_whole = value.is_integer() and abs(value) < LARGEST_WHOLE_FLOAT
    return str(int(value)) if is_whole else repr(value)


def _spelled(column: pa.ChunkedArray, spell: Callable[[Any], str | None]) -> pa.ChunkedArray:
    texts = [None if value is None else spell(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


# --- Columns by name


def _match_columns(header: list[str], name: str, extract: Extract) -> tuple[dict[str, int], list[Finding]]:
    """
    Find the place of each contract column in the header, and flag the columns that are not in it.

    Case, surrounding spaces and kinds of space do not count. Raises Refused for a header of another kind, a
    missing column or a column named twice. Other names are shown only once the header is known to be one.
    """
    names = [_plain_name(text) for text in header]
    wanted = {column.name: column for column in extract.columns}
    found = {column: names.index(column) for column in wanted if column in names}
    if not found:
        raise Refused([_no_header(header, name, extract)])

    unknown = {text: place for place, text in enumerate(names) if text not in wanted}
    refusals = [
        Refusal(name, 1, column.name, "missing_column", _nearest(column.name, unknown, extract))
        for column in extract.columns
        if column.name not in found and not column.is_optional
    ]
    refusals += [
        Refusal(name, 1, text if text in wanted else "", "duplicate_column")
        for text in dict.fromkeys(names)
        if text and names.count(text) > 1
    ]
    if refusals:
        raise Refused(refusals)
    return found, [
        Finding(1, _shown(text, place, extract), "unknown_column")
        for place, text in enumerate(names)
        if text not in wanted
    ]


def _plain_name(text: str) -> str:
    return re.sub(r"[\s\u00a0\ufeff]+", "_", text.strip(" \t\r\n\u00a0\ufeff").lower())


def _no_header(header: list[str], name: str, extract: Extract) -> Refusal:
    known = {column.name for column in extract.columns}
    for delimiter, words in OTHER_DELIMITERS.items():
        if known & {_plain_name(text) for cell in header for text in cell.replace('"', "").split(delimiter)}:
            expected = f"expected {len(known)} columns, found {len(header)}: separated by {words}"
            return Refusal(name, 1, "", "wrong_delimiter", expected)
    return Refusal(name, 1, "", "no_header", f"expected {len(known)} columns, found {len(header)}")


def _nearest(column: str, unknown: dict[str, int], extract: Extract) -> str:
    nearest = difflib.get_close_matches(column, unknown, n=1, cutoff=0.3)
    return f"nearest delivered: {_shown(nearest[0], unknown[nearest[0]], extract)}" if nearest else ""


def _shown(text: str, place: int, extract: Extract) -> str:
    """
    Call a heading by its place, unless it can be nothing but a heading: it might be somebody's name.

    That is one made of words of the contract's headings, or one of them with a slip.
    """
    own = {column.name for column in extract.columns}
    words = set(text.split("_"))
    is_heading = words <= _words_of_headings() | {word for name in own for word in name.split("_")}
    is_slip = difflib.get_close_matches(text, own, n=1, cutoff=LIKENESS_OF_A_SLIP)
    return text if is_heading or is_slip else f"column {place + 1}"


@cache
def _words_of_headings() -> frozenset[str]:
    extracts = read_contract().extracts.values()
    return frozenset(
        word for extract in extracts for column in extract.columns for word in column.name.split("_")
    )
