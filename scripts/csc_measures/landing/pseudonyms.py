"""Turn ids into keyed pseudonyms: HMAC-SHA256 of the id as delivered, without surrounding spaces."""

import hashlib
import re

BLOCK_BYTES = 64
FULL_POSTCODE = re.compile(r"(GIR|[A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}")
OUTWARD_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")


class Pseudonyms:
    """
    Makes pseudonyms with one key.

    The two halves of HMAC (RFC 2104) are begun once, since a night hashes millions of ids.
    """

    def __init__(self, key: str) -> None:
        """Begin both halves with the key (UTF-8)."""
        secret = key.encode()
        if len(secret) > BLOCK_BYTES:
            secret = hashlib.sha256(secret).digest()
        secret = secret.ljust(BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in secret))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in secret))

    def of(self, text: str) -> str:
        """Give the pseudonym: 64 hexadecimal digits, the same for the same id in every extract and run."""
        inner = self._inner.copy()
        inner.update(text.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()

    def of_postcode(self, text: str) -> str:
        """Give the pseudonym of a postcode, whatever its case and spaces."""
        return self.of(compact_postcode(text))

    def of_words(self, text: str) -> str:
        """Give the pseudonym of a text that is only compared, whatever its case."""
        return self.of(text.casefold())


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
