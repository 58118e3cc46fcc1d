"""
The performance part: five rates of ended contracts, each pulled towards the market's.

A rate no contract of the agency was judged for is the market's rate; the part
is absent only if the agency has no ended contract at all.
"""

from dataclasses import dataclass

import numpy as np

from scoring.arithmetic import half_up, sum_by
from scoring.counted import Counted
from scoring.frames import RATES
from scoring.params import Params
from scoring.periods import Bools, Ints
from scoring.reviews import codes_of
from scoring.sums import Sums


@dataclass(frozen=True, slots=True)
class Performed:
    """The part's value for each agency; *market* and *rates* have one row per rate."""

    value: Ints
    present: Bools
    market: Ints
    rates: Ints
    judged: Ints
    recent: Ints
    recent_owners: Ints


def performed(counted: Counted, sums: Sums, params: Params) -> Performed:
    """Work the performance part of every agency of a partition."""
    size = len(counted.agencies)
    agency = codes_of(counted.contracts, counted.agencies)
    present = sum_by(agency, np.ones_like(agency), size) > 0
    market, rates, judged = [], [], []
    for rate in RATES:
        column = counted.contracts[rate]
        count = sum_by(agency, column.notna().to_numpy(dtype=np.bool_), size)
        passed = sum_by(agency, column.fillna(False).to_numpy(dtype=np.bool_), size)
        others, others_passed = sums.rates[rate][0] - count, sums.rates[rate][1] - passed
        known = np.minimum(half_up(10_000 * others_passed, np.maximum(others, 1)), params.rate_most)
        usual = np.where(others >= params.rate_contracts, known, params.rate_default)
        market.append(usual)
        rates.append(half_up(params.rate_weight * usual + 10_000 * passed, params.rate_weight + count))
        judged.append(count)
    value = half_up(np.sum(rates, axis=0), len(RATES))
    recent, owners = _recent(counted, agency, params)
    return Performed(
        np.where(present, value, 0), present, np.stack(market), np.stack(rates), np.stack(judged), recent, owners
    )


def _recent(counted: Counted, agency: Ints, params: Params) -> tuple[Ints, Ints]:
    """Count the contracts ended lately, and their owners: what decides whether a grade may be given."""
    size = len(counted.agencies)
    lately = (counted.contracts["months"] < params.grade_months).to_numpy(dtype=np.bool_)
    pairs = counted.contracts.loc[lately, ["agency", "owner"]].drop_duplicates()
    owners = codes_of(pairs, counted.agencies)
    return sum_by(agency, lately, size), sum_by(owners, np.ones_like(owners), size)
