"""
Chance: the same on every machine, even over time, and independent from subject to subject.

Only `Generator.random` is used, since it is the same everywhere; other shapes are made of it by arithmetic.
"""

from __future__ import annotations

import numpy as np

BLOCK = 64


class Dice:
    """Draws for one subject. Arrays come out even in their order: every 64 draws cover the whole range."""

    def __init__(self, seeds: np.random.SeedSequence) -> None:
        """Start a stream of its own from `seeds`."""
        self.generator = np.random.Generator(np.random.PCG64(seeds))

    def free(self, n: int) -> np.ndarray:
        """Give `n` independent numbers from 0 up to 1."""
        return self.generator.random(n)

    def even(self, n: int) -> np.ndarray:
        """Give `n` numbers from 0 up to 1, each 64 of them spread evenly, so that shares hold over time."""
        blocks = -(-n // BLOCK)
        strata = self.generator.random((blocks, BLOCK)).argsort(axis=1, kind="stable")
        return ((strata + self.generator.random((blocks, BLOCK))) / BLOCK).ravel()[:n]

    def chance(self, n: int, probability: float | np.ndarray) -> np.ndarray:
        """Say for each of `n` whether it happens, by one probability or one each."""
        return self.even(n) < probability

    def pick(self, n: int, weights: np.ndarray | list[float]) -> np.ndarray:
        """Pick `n` positions by weight: one row of weights for all, or one row each (n x k)."""
        shares = np.cumsum(np.asarray(weights, dtype=float), axis=-1)
        if shares.ndim == 1:
            return np.minimum(
                np.searchsorted(shares / shares[-1], self.even(n), side="right"), shares.size - 1
            )
        draws = self.even(n)[:, None] * shares[:, -1:]
        return np.minimum((draws >= shares).sum(axis=1), shares.shape[1] - 1)

    def whole(self, n: int, low: int | np.ndarray, high: int | np.ndarray) -> np.ndarray:
        """Give `n` whole numbers from `low` to `high`, both included."""
        return low + np.floor(self.even(n) * (high - low + 1)).astype(np.int64)

    def spread(self, n: int, points: tuple[tuple[float, float], ...]) -> np.ndarray:
        """Give `n` whole numbers with these quantiles (share, value), straight in between."""
        shares, values = zip(*points, strict=True)
        return np.rint(np.interp(self.even(n), shares, values)).astype(np.int64)

    def spread_among(self, where: np.ndarray, points: tuple[tuple[float, float], ...]) -> np.ndarray:
        """Give whole numbers as `spread` does, even among the rows where the condition holds; 0 elsewhere."""
        drawn = np.zeros(len(where), dtype=np.int64)
        drawn[where] = self.spread(int(np.sum(where)), points)
        return drawn

    def pick_by(self, groups: np.ndarray, weights: tuple[tuple[float, ...], ...]) -> np.ndarray:
        """Pick positions by the weights of each row's group, evenly within each group."""
        picked = np.zeros(len(groups), dtype=np.int64)
        for group, shares in enumerate(weights):
            here = groups == group
            picked[here] = self.pick(int(here.sum()), shares)
        return picked
