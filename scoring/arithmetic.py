"""
Integer arithmetic of the score: half-up division, sums by group, and shares that add up.

Nothing here uses a floating-point number: order of rows and number of
processes therefore cannot change a result. 64 bits suffice for 10⁷ reviews of one agency.
"""

import numpy as np

from scoring.periods import Bools, Ints


def half_up(number: Ints, divisor: Ints | int) -> Ints:
    """Divide numbers that are not negative by positive ones, rounding halves up."""
    return (2 * number + divisor) // (2 * np.asarray(divisor, dtype=np.int64))


def sum_by(groups: Ints, values: Ints | Bools, size: int) -> Ints:
    """Sum *values* by group number, exactly."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, groups, values.astype(np.int64))
    return sums


def apportion(whole: Ints, groups: Ints, parts: Ints) -> Ints:
    """
    Share ``whole[group]`` among the rows of each group in proportion to *parts*, to the last unit.

    Rows of a group must stand together. Each row gets the growth of the half-up rounded running share,
    so that the rows add up to the whole. A group whose parts are all nothing gets nothing.
    """
    if not len(parts):
        return parts
    first = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    lengths = np.diff(np.r_[first, len(groups)])
    running = np.cumsum(parts)
    running = running - np.repeat(running[first] - parts[first], lengths)
    total = np.repeat(running[first + lengths - 1], lengths)
    share = half_up(whole[groups] * running, np.maximum(total, 1))
    before = np.r_[0, share[:-1]]
    before[first] = 0
    grown: Ints = share - before
    return grown
