"""
Keep out of the narrative register's published words what tells who somebody is.

A person reads an entry before it is signed off; this is the second look. It knows dates, e-mail addresses,
links, postcodes, telephone and NHS numbers and long numbers as such, names from the extracts of people and
workers, and the ids of people. A name counts where it is written with a capital and is no ordinary word, one
that the register also writes small, or where another name stands beside it, however both are written. A link
may hold any number that is nobody's id.
"""

import calendar
import re
from collections.abc import Iterable

WITHHELD = "[withheld]"
LINK = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
ADDRESS = re.compile(r"\S+@[\w-]+(\.[\w-]+)+")
IN_WORDS = (
    LINK,
    re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}"),
    re.compile(r"(\+\s?\d{2}|\b0)([\s().-]*\d){9,10}\b"),  # a telephone number
    re.compile(r"\b\d{3}[\s-]?\d{3}[\s-]?\d{4}\b"),  # an NHS number
    re.compile(r"\w*\d{5,}\w*"),  # the number of a case or a pupil
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", re.IGNORECASE),  # a postcode
)
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
TOKEN = re.compile(r"\w+")
NO_NAMES = frozenset(name.casefold() for name in (*calendar.month_name, *calendar.day_name))
SHORTEST_NAME, SHORTEST_ID = 2, 5  # a year is no id


class Telling:
    """Finds what tells who somebody is, by the names and the ordinary words that it has been given."""

    def __init__(self) -> None:
        """Begin with no names."""
        self._names: set[str] = set()
        self._ids: set[str] = set()
        self._ordinary: set[str] = set(NO_NAMES)

    def learn_names(self, names: Iterable[str]) -> None:
        """Take in names of people, each of one word or more."""
        words = {word.casefold() for name in names for word in WORD.findall(name)}
        self._names |= {word for word in words if len(word) >= SHORTEST_NAME}

    def learn_ids(self, ids: Iterable[str]) -> None:
        """Take in the ids of people."""
        self._ids |= {one for one in ids if len(one) >= SHORTEST_ID}

    def learn_words(self, texts: Iterable[str]) -> None:
        """Take in texts in which what is written small is an ordinary word."""
        self._ordinary |= {word for text in texts for word in WORD.findall(text) if word.islower()}

    def withhold(self, text: str, is_link: bool = False) -> str:
        """Put `[withheld]` in the place of everything in a text, or in a link, that tells who somebody is."""
        for pattern in (ADDRESS,) if is_link else (ADDRESS, *IN_WORDS):
            text = pattern.sub(WITHHELD, text)
        text = TOKEN.sub(lambda token: WITHHELD if token[0] in self._ids else token[0], text)
        words = list(WORD.finditer(text))
        is_name = [word[0].casefold() in self._names for word in words]
        for number in reversed(range(len(words))):
            word = words[number][0]
            is_beside = any(is_name[max(0, number - 1) : number] + is_name[number + 1 : number + 2])
            is_told = not word.islower() and word.casefold() not in self._ordinary
            if is_name[number] and (is_beside or is_told):
                text = text[: words[number].start()] + WITHHELD + text[words[number].end() :]
        return text
