"""
The extracts of an invented council: journeys of invented children, calibrated to published figures.

Nothing in it is about anyone. Names, addresses and free texts all bear the marker `ZQX`, which no other text
has, so that a leak can be found by looking for it. Postcodes are the exception: their outward part is
published as the locality, so they are marked by an area that does not exist, `QX1` to `QX9`.
The evidence register's own texts are published too, and carry no marker either.
"""

from csc_measures.demo.agreement import write_agreement
from csc_measures.demo.council import CouncilReport, write_council

__all__ = ["CouncilReport", "write_agreement", "write_council"]
