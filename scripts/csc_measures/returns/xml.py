"""
Read the XML of a return, one child at a time, with the line of every element.

The file may come from anywhere, so nothing of it is trusted: a document type is refused, and with it every
entity that it could declare and every file that it could name. Expat is used itself, for it tells lines.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from csc_measures.contract.rules import Refusal, Refused

BLOCK_BYTES = 1 << 16
DEEPEST = 64


@dataclass
class Element:
    """An element: its name without a namespace, its line, its own text and the elements in it."""

    name: str
    line: int
    texts: list[str] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without what surrounds it."""
        return "".join(self.texts).strip()


def root_of(path: Path, name: str) -> str:
    """Give the name of the outermost element. Raises Refused when the file is no XML."""
    return next(_Reader(path, name, frozenset()).elements(first_only=True)).name


def read_elements(path: Path, name: str, wanted: Collection[str]) -> Iterator[Element]:
    """
    Give each outermost element whose name, in small letters, is wanted, as soon as it is whole.

    `name` is how messages call the file. Raises Refused, with the line, when it is not well-formed or has a
    document type.
    """
    return _Reader(path, name, frozenset(wanted)).elements()


class _Reader:
    """Feed a file to Expat and gather what is wanted of it."""

    def __init__(self, path: Path, name: str, wanted: frozenset[str]) -> None:
        self.path, self.name, self.wanted = path, name, wanted
        self.depth = 0
        self.root: Element | None = None
        self.open: list[Element] = []
        self.whole: list[Element] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def elements(self, first_only: bool = False) -> Iterator[Element]:
        with self.path.open("rb") as file:
            while self.feed(file):
                if first_only and self.root:
                    yield self.root
                    return
                yield from self.whole
                self.whole.clear()
        if first_only and self.root:
            yield self.root
        yield from self.whole

    def feed(self, file: BinaryIO) -> bool:
        block = file.read(BLOCK_BYTES)
        try:
            self.parser.Parse(block, not block)
        except expat.ExpatError as error:
            raise self.refused("unreadable_xml", error.lineno) from None
        except (LookupError, ValueError):  # an encoding that nobody knows
            raise self.refused("unreadable_xml", 1) from None
        return bool(block)

    def refused(self, rule: str, line: int) -> Refused:
        return Refused([Refusal(self.name, line, "", rule)])

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refused("unreadable_xml", self.parser.CurrentLineNumber)
        element = Element(tag.rpartition(":")[2], self.parser.CurrentLineNumber)
        self.root = self.root or element
        if self.open:
            self.open[-1].children.append(element)
        if self.open or element.name.lower() in self.wanted:
            self.open.append(element)

    def end(self, _tag: str) -> None:
        self.depth -= 1
        if self.open:
            element = self.open.pop()
            if not self.open:
                self.whole.append(element)

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].texts.append(text)

    def doctype(self, *_declared: object) -> None:
        raise self.refused("document_type", self.parser.CurrentLineNumber)
