"""
Keep out of the narrative register's published words what tells who somebody is.

A person reads an entry before it is signed off; this is the second look. It knows dates, e-mail addresses,
links, postcodes, telephone and NHS numbers and long numbers as such, names from the extracts of people and
workers, and the ids of people. A name is withheld however it is written, since the words may reach people
who know the child. Many names are ordinary words too (will, young): those that the definitions use are left
alone where they are written small or begin a sentence, but not with a capital amid small words, nor beside
another name. Any other word that is somebody's name is withheld, though it may have meant something else. A
link may hold any number that is nobody's id.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from csc_measures.project import PROJECT

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
GOES_ON = re.compile(r"[^.!?\n]*")  # between two words of one sentence
SHORTEST_NAME, SHORTEST_ID = 2, 5  # a year is no id


class Telling:
    """Finds what tells who somebody is, by the names and ids that it has been given."""

    def __init__(self) -> None:
        """Begin with no names."""
        self._names: set[str] = set()
        self._ids: set[str] = set()

    def learn_names(self, names: Iterable[str]) -> None:
        """Take in names of people, each of one word or more."""
        words = {_plain(word) for name in names for word in WORD.findall(name)}
        self._names |= {word for word in words if len(word) >= SHORTEST_NAME}

    def learn_ids(self, ids: Iterable[str]) -> None:
        """Take in the ids of people."""
        self._ids |= {one for one in ids if len(one) >= SHORTEST_ID}

    def withhold(self, text: str, is_link: bool = False) -> str:
        """Put `[withheld]` in the place of everything in a text, or in a link, that tells who somebody is."""
        for pattern in (ADDRESS,) if is_link else (ADDRESS, *IN_WORDS):
            text = pattern.sub(WITHHELD, text)
        text = TOKEN.sub(lambda token: WITHHELD if token[0] in self._ids else token[0], text)
        words = list(WORD.finditer(text))
        is_name = [_plain(word[0]) in self._names for word in words]
        for number in reversed(range(len(words))):
            word = words[number]
            is_beside = any(is_name[max(0, number - 1) : number] + is_name[number + 1 : number + 2])
            if is_name[number] and (is_beside or not _is_ordinary(words, number)):
                text = text[: word.start()] + WITHHELD + text[word.end() :]
        return text


def _is_ordinary(words: list[re.Match[str]], number: int) -> bool:
    """Tell whether a word that may be a name is most likely none, by its letters and the words beside it."""
    word, beside = words[number], words[max(0, number - 1) : number] + words[number + 1 : number + 2]
    if _plain(word[0]) in NO_NAMES:
        return True
    stands_out = not word[0].islower() and all(each[0].islower() for each in beside)
    begins = number == 0 or not GOES_ON.fullmatch(word.string, words[number - 1].end(), word.start())
    return _plain(word[0]) in _ordinary_words() and (begins or not stands_out)


def _plain(word: str) -> str:
    """Write a word in small letters without accents and apostrophes, and no longer as an owner."""
    letters = unicodedata.normalize("NFKD", word.casefold().replace("\u2019", "'").removesuffix("'s"))
    return "".join(letter for letter in letters if letter.isalpha())


@cache
def _ordinary_words() -> frozenset[str]:
    """Return the words that the definitions write small: the language of the field."""
    texts = (file.read_text(encoding="utf-8") for file in (PROJECT / "definitions").glob("*.yml"))
    return frozenset(word for text in texts for word in WORD.findall(text) if word.islower())
