"""
Turn ids into keyed pseudonyms: HMAC-SHA256 of what an id is of and the id as delivered, trimmed.

What it is of is hashed too, so that person 12345 and worker 12345 are not tied together by their number.
"""

import hashlib
import re
from collections.abc import Callable

BLOCK_BYTES = 64
FULL_POSTCODE = re.compile(r"(GIR|[A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}")
OUTWARD_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")


class Pseudonyms:
    """
    Makes pseudonyms with one key.

    The two halves of HMAC (RFC 2104) are begun once, since a night hashes millions of ids.
    """

    def __init__(self, key: bytes) -> None:
        """Begin both halves with the key."""
        secret = key
        if len(secret) > BLOCK_BYTES:
            secret = hashlib.sha256(secret).digest()
        secret = secret.ljust(BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in secret))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in secret))

    def of(self, what: str) -> Callable[[str], str]:
        """
        Return the function that gives the pseudonyms of one kind of id, such as `person` (`Column.id_of`).

        A pseudonym is 64 hexadecimal digits, the same for the same id in every extract and run.
        """
        begun = self._inner.copy()
        begun.update(f"{what}\0".encode())

        def pseudonym(text: str) -> str:
            inner = begun.copy()
            inner.update(text.encode())
            outer = self._outer.copy()
            outer.update(inner.digest())
            return outer.hexdigest()

        return pseudonym


def compact_postcode(text: str) -> str:
    """Write a postcode in capitals without spaces."""
    return "".join(text.upper().split())


def outward_part(text: str) -> str | None:
    """Cut a postcode to its outward part (`WR5 2NP` to `WR5`); None when it is no postcode."""
    compact = compact_postcode(text)
    full = FULL_POSTCODE.fullmatch(compact)
    if full:
        return full[1]
    return compact if OUTWARD_POSTCODE.fullmatch(compact) else None
