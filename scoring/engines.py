"""
The statistics signals rest on: exact tests, intervals, corrections for many tests, and seeded replays.

Only additions, multiplications, divisions and square roots of numbers in a
fixed order, so that everybody gets the same digits; chance comes from the raw
words of a generator whose stream is fixed, never from a library's sampler.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from math import comb, fsum, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.periods import Bools, Ints

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Table = tuple[int, int, int, int]

STAGES: Final = (99, 999, 9_999)
ENOUGH: Final = 20
FACTORS: Final = (1.5, 2.0, 3.0, 5.0, 10.0)
NORMAL_975: Final = 1.959963984540054
# Draws made at once in a replay; bounds the memory, not the result.
CELLS_AT_ONCE: Final = 2_000_000


def wilson(hits: int, of: int, z: float = NORMAL_975) -> tuple[float, float]:
    """Return Wilson's interval of a share; from 0 to 1 where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    share, width = hits / of, z * z / of
    middle = (share + width / 2) / (1 + width)
    half = z * sqrt(share * (1 - share) / of + width / (4 * of)) / (1 + width)
    return max(0.0, middle - half), min(1.0, middle + half)


def at_least(chances: Iterable[float], hits: int) -> float:
    """Return the exact chance of at least *hits* successes in independent trials of unequal chances."""
    if hits <= 0:
        return 1.0
    reached: Floats = np.zeros(hits + 1)
    reached[0] = 1.0
    for chance in chances:
        step = reached[:-1] * chance
        reached[:-1] -= step
        reached[1:] += step
    return min(1.0, float(reached[-1]))


def fisher_greater(*tables: Table) -> float:
    """
    Return the one-sided exact p-value that the first cell is large, given all margins.

    Several tables are strata: the first cells are added, which is the exact form of the Cochran-Mantel-Haenszel test.
    """
    chances: Floats = np.ones(1)
    least = seen = 0
    for a, b, c, d in tables:
        low, pmf = _hypergeometric(a + b, c + d, a + c)
        chances, least, seen = _sum_of(chances, pmf), least + low, seen + a
    return min(1.0, fsum(chances[seen - least :]))


def odds_ratio(table: Table) -> float | None:
    """Return the odds ratio of a table, or nothing where it has no end."""
    a, b, c, d = table
    return a * d / (b * c) if b * c else None


def q_values(p_values: Sequence[float], tested: int | None = None) -> list[float]:
    """
    Return the Benjamini-Hochberg q of each p-value, in their order.

    *tested* counts hypotheses that are not listed because their p-value is 1; they belong to the family all the same.
    """
    size = len(p_values) if tested is None else tested
    found = [1.0] * len(p_values)
    least = 1.0
    for rank, place in reversed(list(enumerate(sorted(range(len(p_values)), key=p_values.__getitem__), 1))):
        found[place] = least = min(least, p_values[place] * size / rank)
    return found


def e_values(chances: Floats, won: Bools, factors: Sequence[float] = FACTORS) -> Floats:
    """
    Return the evidence after each trial of a chance fixed before its outcome, averaged over factors of its odds.

    Under the null the chance that it ever reaches 1/α is at most α, however often one looks.

    Basis: Ville's inequality.
    """
    factor = np.array(factors)[:, None]
    # All factors at once, and their evidence added one after the other, so that the digits do not depend on how.
    grown = np.cumprod(np.where(won, factor, 1.0) / (1 - chances + factor * chances), axis=1)
    evidence: Floats = np.zeros(len(chances))
    for row in grown:
        evidence = evidence + row
    return evidence / len(factors)


def e_flags(evidence: Sequence[float], alpha: float) -> list[bool]:
    """Say which entities the e-BH procedure keeps at level *alpha*."""
    size = len(evidence)
    ranked = sorted(evidence, reverse=True)
    kept = max((rank for rank, value in enumerate(ranked, 1) if value * alpha * rank >= size), default=0)
    return [kept > 0 and value >= ranked[kept - 1] for value in evidence]


def seed_of(*words: str) -> int:
    """Return the seed of a replay: the same indicator, window and entity always replay the same worlds."""
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest(), "big")


def replayed_p(observed: int, replay: Callable[[Words], Ints], cells: int, seed: int) -> tuple[float, int]:
    """
    Return the p-value of a statistic against replayed worlds, and how many worlds it took.

    *replay* turns rows of *cells* random words into one statistic a row. Worlds are drawn in stages up to 99, 999 and
    9,999, and no further once ``ENOUGH`` of them reach the observed value.

    Basis: Besag and Clifford 1991, sequential Monte Carlo p-values.
    """
    stream = np.random.PCG64(seed)
    reached, drawn = 0, 0
    for stage in STAGES:
        while drawn < stage:
            rows = min(stage - drawn, max(1, CELLS_AT_ONCE // max(cells, 1)))
            words = np.asarray(stream.random_raw(rows * cells), dtype=np.uint64).reshape(rows, cells)
            running = reached + np.cumsum(replay(words) >= observed)
            if running[-1] >= ENOUGH:
                stopped = drawn + int(np.argmax(running >= ENOUGH)) + 1
                return ENOUGH / stopped, stopped
            reached, drawn = int(running[-1]), drawn + rows
    return (reached + 1) / (drawn + 1), drawn


def places_of(words: Words, sizes: Ints) -> Ints:
    """Turn random words into places ``0 … size − 1``, one size a column, by their upper halves."""
    places: Ints = (((words >> np.uint64(32)) * sizes.astype(np.uint64)) >> np.uint64(32)).astype(np.int64)
    return places


def _sum_of(first: Floats, second: Floats) -> Floats:
    """Return the chances of the sum of two independent counts, added in an order no library can change."""
    sums: Floats = np.zeros(len(first) + len(second) - 1)
    for place, chance in enumerate(first):
        sums[place : place + len(second)] += chance * second
    return sums


def _hypergeometric(first: int, second: int, drawn: int) -> tuple[int, Floats]:
    """Return the least possible count of the first kind among *drawn*, and the chances from there on."""
    low, high = max(0, drawn - second), min(first, drawn)
    every = comb(first + second, drawn)
    return low, np.array([comb(first, k) * comb(second, drawn - k) / every for k in range(low, high + 1)])
