"""
The market's sums, from which every agency's "others" follow by subtraction.

They are whole numbers that add: each partition makes its own, and their sum
is the market's, whatever the partitions were.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.arithmetic import sum_by
from scoring.counted import Counted
from scoring.frames import DIMENSIONS, RATES
from scoring.params import Params
from scoring.periods import Ints

# One row per family: number of reviews, their weights, their weighted values.
FamilySums = dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Sums:
    """Reviews by item family, and for each rate the contracts that count and those that pass."""

    families: FamilySums
    rates: dict[str, tuple[int, int]]

    def __add__(self, other: "Sums") -> "Sums":
        families = dict.fromkeys(sorted({*self.families, *other.families}), (0, 0, 0))
        for part in (self.families, other.families):
            for name, (count, weight, weighted) in part.items():
                before = families[name]
                families[name] = (before[0] + count, before[1] + weight, before[2] + weighted)
        rates = {
            rate: (self.rates[rate][0] + other.rates[rate][0], self.rates[rate][1] + other.rates[rate][1])
            for rate in RATES
        }
        return Sums(families, rates)


def review_weights(reviews: pd.DataFrame, params: Params) -> Ints:
    """Return the age weight of each review, in 1000ths."""
    table = np.asarray(params.age_weights, dtype=np.int64)
    weights: Ints = table[reviews["months"].to_numpy(dtype=np.int64)]
    return weights


def review_values(reviews: pd.DataFrame, params: Params) -> Ints:
    """Return the value of each review, in 10,000ths."""
    shares = np.asarray([share for _, share in params.dimensions], dtype=np.int64)
    stars = reviews[list(DIMENSIONS)].to_numpy(dtype=np.int64)
    values: Ints = params.star_value * ((stars - 1) @ shares)
    return values


def sums_of(counted: Counted, params: Params) -> Sums:
    """Sum the reviews and contracts of one partition."""
    codes, names = pd.factorize(counted.reviews["family"], sort=True)
    groups = codes.astype(np.int64)
    weights = review_weights(counted.reviews, params)
    columns = (np.ones_like(weights), weights, weights * review_values(counted.reviews, params))
    sums = np.stack([sum_by(groups, column, len(names)) for column in columns], axis=1)
    families = {str(name): (int(row[0]), int(row[1]), int(row[2])) for name, row in zip(names, sums, strict=True)}
    rates = {}
    for rate in RATES:
        judged = counted.contracts[rate]
        rates[rate] = (int(judged.notna().sum()), int(judged.fillna(False).astype(bool).sum()))
    return Sums(families, rates)
