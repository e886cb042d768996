"""Invented names, streets and postcodes. All but postcodes bear the marker."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csc_measures.demo.writing import MARK, codes

FIRST = (
    "Abacus", "Bramble", "Cobalt", "Dapple", "Ember", "Fable", "Gadget", "Harbour", "Indigo", "Jigsaw",
    "Kettle", "Lantern", "Marble", "Nettle", "Orbit", "Pebble", "Quartz", "Ripple", "Saffron", "Thimble",
    "Umber", "Velvet", "Willow", "Yonder", "Zephyr", "Acorn", "Biscuit", "Clover", "Dynamo", "Echo",
    "Feather", "Glimmer",
)  # fmt: skip
LAST = (
    "Anvilson", "Buttonby", "Candlewick", "Drumfield", "Eggbourne", "Flintlock", "Gooseley", "Hatstand",
    "Inkwell", "Jamjar", "Kiteman", "Ladderby", "Mugford", "Noodleton", "Oatcake", "Pianola",
    "Quillfeather", "Rugby-Ball", "Saucerton", "Teaspoon", "Umbrellard", "Vaseley", "Wheelbarrow",
    "Yardarm", "Zippley", "Bookend", "Cupboard", "Doorknob", "Easelby", "Funnelton",
)  # fmt: skip
STREETS = (
    "Pencil Lane", "Marmalade Row", "Spanner Street", "Cushion Close", "Lampshade Avenue", "Bucket Hill",
    "Trombone Terrace", "Doormat Drive", "Sundial Way", "Colander Court",
)  # fmt: skip
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""The letters of the inward part of a postcode."""


def forenames(keys: np.ndarray) -> pa.Array:
    """Give each key an invented forename."""
    return codes(np.asarray(keys) % len(FIRST), [f"{MARK} {name}" for name in FIRST])


def surnames(keys: np.ndarray) -> pa.Array:
    """Give each key an invented surname."""
    return codes(np.asarray(keys) // 3 % len(LAST), [f"{MARK} {name}" for name in LAST])


def postcodes(areas: np.ndarray, keys: np.ndarray) -> pa.Array:
    """Give each key a postcode without a space, in area QX1 to QX9, which does not exist; no marker in it."""
    keys = np.asarray(keys)
    outward = codes(np.asarray(areas) % 9, [f"QX{n}" for n in range(1, 10)])
    digit = codes(keys % 10, list("0123456789"))
    return pc.binary_join_element_wise(
        outward, digit, codes(keys // 10 % 20, list(LETTERS)), codes(keys // 200 % 20, list(LETTERS)), ""
    )


def addresses(areas: np.ndarray, keys: np.ndarray) -> pa.Array:
    """Give each key an invented address as a JSON object."""
    keys = np.asarray(keys)
    house = pa.array(keys % 180 + 1).cast(pa.string())
    street = codes(keys // 180 % len(STREETS), [f"{MARK} {street}" for street in STREETS])
    return pc.binary_join_element_wise(
        '{"house": "', house, '", "street": "', street, '", "postcode": "', postcodes(areas, keys), '"}', ""
    )
