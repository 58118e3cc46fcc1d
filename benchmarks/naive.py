"""
Published thresholds of concentration put to markets in which every winner is drawn fairly.

Who sees how often they fire there knows what their firing is worth. Values are the fees of the contracts, whose
logarithm has a standard deviation of 1.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

MARKETS: Final = ((3, 20), (5, 10), (5, 50), (8, 10), (8, 50), (15, 10), (30, 10))
HIGHLY_CONCENTRATED: Final = 0.18
# Anti-Monopoly Law art. 24: one has a half, two have two thirds, three have three quarters together.
PRESUMED: Final = ((1, 1 / 2), (2, 2 / 3), (3, 3 / 4))
NOT_PRESUMED_UNDER: Final = 1 / 10


@dataclass(frozen=True, slots=True)
class Fired:
    """The shares of fair markets in which each threshold fires: by the count of contracts, and by their value."""

    agencies: int
    contracts: int
    hhi: tuple[float, float]
    presumed: tuple[float, float]
    expected: float


def fired(agencies: int, contracts: int, *, runs: int, seed: int) -> Fired:
    """Draw the winners of many fair markets and count in how many the thresholds fire."""
    chance = np.random.default_rng(seed)
    winner = chance.integers(agencies, size=(runs, contracts))
    cell = (np.arange(runs)[:, None] * agencies + winner).ravel()
    found = []
    for worth in (np.ones(cell.size), chance.lognormal(0, 1, size=cell.size)):
        held = np.bincount(cell, weights=worth, minlength=runs * agencies).reshape(runs, agencies)
        shares = np.sort(held / held.sum(axis=1, keepdims=True), axis=1)[:, ::-1]
        found.append((float(((shares**2).sum(axis=1) > HIGHLY_CONCENTRATED).mean()), float(presumed(shares).mean())))
    (hhi, law), (hhi_value, law_value) = found
    expected = 1 / agencies + (1 - 1 / agencies) / contracts
    return Fired(agencies, contracts, (hhi, hhi_value), (law, law_value), expected)


def presumed(shares: Any) -> Any:
    """
    Say for each market whether the arithmetic of art. 24 presumes dominance; *shares* are sorted, the largest first.

    Of two or three together, one with less than a tenth is not presumed; the largest always has more.
    """
    rules = [shares[:, :count].sum(axis=1) >= least - 1e-12 for count, least in PRESUMED]
    return np.any(rules, axis=0) & (shares[:, 0] >= NOT_PRESUMED_UNDER)
