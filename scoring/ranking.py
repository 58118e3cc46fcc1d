"""
The ranking of rated agencies, and what every agency brings to a selection.

An agency that is not rated has no place, and enters selections with the median
of the rated agencies of the item: neither its missing past nor a lucky start decides.
"""

import numpy as np
import pandas as pd

from scoring.arithmetic import half_up
from scoring.params import CREDIT_SCORE_1, Params
from scoring.periods import Ints

UNRATED = "N"


def rank(scores: pd.DataFrame, agencies: pd.DataFrame) -> pd.DataFrame:
    """
    Return the agencies in the market by place; equal totals share a place, and those not rated follow without one.

    Agencies that were eliminated or left are scored and not ranked.
    """
    present = agencies.loc[agencies["state"].isin(["admitted", "suspended"]), "agency"]
    kept = scores.loc[scores["agency"].isin(present), ["agency", "total", "grade"]]
    rated = kept["grade"] != UNRATED
    place = kept["total"].where(rated).rank(method="min", ascending=False).astype("Int64")
    return kept.assign(place=place)[["place", "agency", "total", "grade"]].sort_values(
        ["place", "agency"], na_position="last", ignore_index=True
    )


def tenths(total: Ints, params: Params = CREDIT_SCORE_1) -> Ints:
    """Return totals as the whole tenths of a point that selections use, cut down and at least one."""
    return np.maximum(total // params.tenth, params.least_tenths)


def for_selection(scores: pd.DataFrame, admissions: pd.DataFrame, params: Params = CREDIT_SCORE_1) -> pd.DataFrame:
    """
    Return one row per admission: ``agency, item, total, tenths``, as a selection of that item would use them.

    Where no agency of the item is rated the least value for those not rated holds, the same for all.
    """
    rows = admissions[["agency", "item"]].merge(scores[["agency", "total", "grade"]], on="agency", how="inner")
    rated = (rows["grade"] != UNRATED).to_numpy(dtype=np.bool_)
    middle = rows[rated].groupby("item")["total"].agg(lambda totals: _median(totals.to_numpy(dtype=np.int64)))
    unrated = rows["item"].map(middle).fillna(params.unrated_least).clip(params.unrated_least, params.unrated_most)
    total = np.where(rated, rows["total"].fillna(0), unrated).astype(np.int64)
    made = rows[["agency", "item"]].assign(total=total, tenths=tenths(total, params))
    return made.sort_values(["item", "agency"], ignore_index=True)


def _median(totals: Ints) -> int:
    """Return the middle total; of two middle ones their mean, rounded half-up."""
    order = np.sort(totals)
    low, high = order[(len(order) - 1) // 2], order[len(order) // 2]
    return int(half_up(low + high, 2))
