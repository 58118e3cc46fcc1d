"""
The score of every agency of a partition: parts, entries, limit, total and grade (``credit-score/1``).

What is absent is shared out in proportion among what is present, so that
nobody loses points for what nobody ever looked at. The points always add up.
"""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

import numpy as np
import pandas as pd

from scoring.arithmetic import half_up, sum_by
from scoring.counted import Counted
from scoring.params import CREDIT_SCORE_1, Params
from scoring.performance import Performed, performed
from scoring.periods import Bools, Ints
from scoring.reviews import Reviewed, codes_of, reviewed
from scoring.sums import Sums, sums_of

PARTS: Final = ("reviews", "performance", "supervision", "public_credit")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score for each agency: its value, whether it is there, and its points."""

    value: Ints
    present: Bools
    points: Ints


@dataclass(frozen=True, slots=True)
class Worked:
    """Everything a line of explanation needs about a partition's score."""

    counted: Counted
    reviewed: Reviewed
    performed: Performed
    parts: dict[str, Part]
    scores: pd.DataFrame


def score(counted: Counted, params: Params = CREDIT_SCORE_1) -> pd.DataFrame:
    """Return one row of points per agency of the whole market, sorted by agency."""
    return work(counted, sums_of(counted, params), params).scores


def score_parts(parts: list[Counted], params: Params = CREDIT_SCORE_1) -> pd.DataFrame:
    """Return the same rows as ``score``, worked one partition at a time."""
    sums = reduce(add, (sums_of(part, params) for part in parts))
    worked = [work(part, sums, params).scores for part in parts]
    return pd.concat(worked).sort_values("agency", ignore_index=True)


def work(counted: Counted, sums: Sums, params: Params = CREDIT_SCORE_1) -> Worked:
    """Work the score of the agencies of a partition, given the sums of the whole market."""
    counted = counted.of(counted.agencies)
    by_reviews = reviewed(counted, sums, params)
    by_contracts = performed(counted, sums, params)
    values = {
        "reviews": (by_reviews.value, by_reviews.present),
        "performance": (by_contracts.value, by_contracts.present),
        "supervision": _supervision(counted, params),
        "public_credit": _public_credit(counted, params),
    }
    weights = dict(params.part_weights)
    weight: Ints = np.sum([weights[name] * present for name, (_, present) in values.items()], axis=0)
    parts = {
        name: Part(value, present, np.where(present, half_up(value * weights[name], np.maximum(weight, 1)), 0))
        for name, (value, present) in values.items()
    }
    entries = entry_points(counted, params)
    raw = np.sum([part.points for part in parts.values()], axis=0) + entries
    limit = np.clip(raw, 0, params.total_most) - raw
    scores = _table(counted, parts, by_contracts, entries=entries, limit=limit, params=params)
    return Worked(counted, by_reviews, by_contracts, parts, scores.assign(present_weight=weight))


def entry_points(counted: Counted, params: Params) -> Ints:
    """Return what the entries of each agency cost and earn together."""
    size = len(counted.agencies)
    agency = codes_of(counted.entries, counted.agencies)
    points = counted.entries["points"].to_numpy(dtype=np.int64)
    earned = np.minimum(sum_by(agency, np.maximum(points, 0), size), params.commendations_most)
    return sum_by(agency, np.minimum(points, 0), size) + earned


def _supervision(counted: Counted, params: Params) -> tuple[Ints, Bools]:
    size = len(counted.agencies)
    agency = codes_of(counted.checks, counted.agencies)
    count = sum_by(agency, np.ones_like(agency), size)
    passed = sum_by(agency, counted.checks["passed"].to_numpy(dtype=np.bool_), size)
    least = params.check_weight
    value = half_up(least * params.check_value + 10_000 * passed, least + count)
    return np.where(count > 0, value, 0), count > 0


def _public_credit(counted: Counted, params: Params) -> tuple[Ints, Bools]:
    size = len(counted.agencies)
    agency = codes_of(counted.public_credit, counted.agencies)
    level = counted.public_credit["level"].map(dict(params.levels)).to_numpy(dtype=np.int64).astype(np.int64)
    return sum_by(agency, level, size), sum_by(agency, np.ones_like(agency), size) > 0


def _table(
    counted: Counted, parts: dict[str, Part], contracts: Performed, *, entries: Ints, limit: Ints, params: Params
) -> pd.DataFrame:
    present = np.any([part.present for part in parts.values()], axis=0)
    total = np.sum([part.points for part in parts.values()], axis=0) + entries + limit
    weights = dict(params.part_weights)
    # Performance and supervision alone, one of the conditions of an elimination.
    objective = [(parts[name], weights[name]) for name in ("performance", "supervision")]
    share: Ints = np.sum([weight * part.present for part, weight in objective], axis=0)
    alone = half_up(np.sum([weight * part.value for part, weight in objective], axis=0), np.maximum(share, 1))
    return pd.DataFrame(
        {
            "agency": pd.array(list(counted.agencies), dtype="str"),
            **{f"{name}_value": _optional(part.value, part.present) for name, part in parts.items()},
            "objective_value": _optional(alone, share > 0),
            **{name: _optional(part.points, part.present) for name, part in parts.items()},
            "entries": entries,
            "limit": limit,
            "total": _optional(total, present),
            "grade": pd.array(_grades(total, present, contracts, params), dtype="str"),
            "contracts_24": contracts.recent,
            "owners_24": contracts.recent_owners,
        }
    )


def _grades(total: Ints, present: Bools, contracts: Performed, params: Params) -> list[str]:
    """Return the grades; a low total needs a sample before it is called D."""
    proven = (contracts.recent >= params.low_contracts) & (contracts.recent_owners >= params.low_owners)
    rated = present & (contracts.recent >= params.rated_contracts)
    cuts = [~rated, *(total >= least for _, least in params.grades), proven]
    names = ["N", *(grade for grade, _ in params.grades), "D"]
    return list(np.select(cuts, names, default="C*").tolist())


def _optional(values: Ints, present: Bools) -> pd.api.extensions.ExtensionArray:
    """Return integers that are missing where a part is absent."""
    return pd.arrays.IntegerArray(values.astype(np.int64), ~present)
