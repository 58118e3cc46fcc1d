"""
The reviews part: what owners said, weighed by age, held by a prior and capped for each owner.

The prior is what others got in the same item families; an agency never
enters its own prior, and one owner never weighs more than a fifth.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.arithmetic import half_up, sum_by
from scoring.counted import Counted
from scoring.params import Params
from scoring.periods import Bools, Ints
from scoring.sums import Sums, review_values, review_weights


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The part's value for each agency, and what each review weighed in it."""

    value: Ints
    present: Bools
    prior: Ints
    values: Ints
    weights: Ints


def reviewed(counted: Counted, sums: Sums, params: Params) -> Reviewed:
    """Work the reviews part of every agency of a partition."""
    size = len(counted.agencies)
    agency = codes_of(counted.reviews, counted.agencies)
    weights = review_weights(counted.reviews, params)
    values = review_values(counted.reviews, params)
    total = sum_by(agency, weights, size)
    present = total > 0
    priors = _priors(counted.reviews, agency, weights, values, sums=sums, params=params, size=size)
    prior = half_up(sum_by(agency, weights * priors, size), np.maximum(total, 1))
    capped = _capped(counted.reviews, agency, weights, total, params=params)
    least = params.prior_weight
    value = half_up(
        least * prior + sum_by(agency, capped * values, size),
        least + sum_by(agency, capped, size),
    )
    return Reviewed(np.where(present, value, 0), present, np.where(present, prior, 0), values, capped)


def codes_of(rows: pd.DataFrame, agencies: tuple[str, ...]) -> Ints:
    """Return the place of each row's agency among *agencies*."""
    return pd.Index(agencies, dtype="str").get_indexer(pd.Index(rows["agency"])).astype(np.int64)


def _priors(
    reviews: pd.DataFrame, agency: Ints, weights: Ints, values: Ints, *, sums: Sums, params: Params, size: int
) -> Ints:
    """Return, for each review, the mean value of others' reviews in its family, or what stands in for it."""
    names = list(sums.families)
    market = np.asarray(list(sums.families.values()), dtype=np.int64).reshape(-1, 3)
    family = pd.Index(names, dtype="str").get_indexer(pd.Index(reviews["family"])).astype(np.int64)
    columns = (np.ones_like(weights), weights, weights * values)
    pairs, pair = np.unique(agency * max(len(names), 1) + family, return_inverse=True)
    own = np.stack([sum_by(pair.astype(np.int64), column, len(pairs)) for column in columns], axis=1)
    own_all = np.stack([sum_by(agency, column, size) for column in columns], axis=1)
    family_mean = _mean(market[pairs % max(len(names), 1)] - own, params)
    everywhere = _mean(market.sum(axis=0) - own_all, params)
    fallback = np.where(everywhere < 0, params.prior_value, everywhere)
    prior: Ints = np.where(family_mean[pair] < 0, fallback[agency], family_mean[pair])
    return prior


def _mean(others: Ints, params: Params) -> Ints:
    """Return the weighted mean of others' reviews, or −1 where they are too few."""
    enough = others[:, 0] >= params.prior_reviews
    return np.where(enough, half_up(others[:, 2], np.maximum(others[:, 1], 1)), -1)


def _capped(reviews: pd.DataFrame, agency: Ints, weights: Ints, total: Ints, *, params: Params) -> Ints:
    """Return the weights after the cap of each owner, in one pass and cut down."""
    owner = pd.factorize(reviews["owner"], sort=True)[0].astype(np.int64)
    pairs, pair = np.unique(agency * (int(owner.max(initial=0)) + 1) + owner, return_inverse=True)
    by_owner = sum_by(pair.astype(np.int64), weights, len(pairs))[pair]
    cap = (params.prior_weight + total[agency]) // params.owner_share
    return np.where(by_owner > cap, weights * cap // np.maximum(by_owner, 1), weights)
