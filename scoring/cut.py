"""
The cut: which rows of the frames count on a slot day, and what each contract shows for the five rates.

A rate that cannot be judged is missing, not false: what the owner caused, what
already is a credit entry, and what never came to the question count for nothing.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from scoring.counted import (
    CHECK_COLUMNS,
    CONTRACT_COLUMNS,
    ENTRY_COLUMNS,
    LEVEL_COLUMNS,
    REVIEW_COLUMNS,
    Counted,
    typed,
)
from scoring.frames import RATES
from scoring.params import Params
from scoring.periods import completed_months, days, recorded
from scoring.spec import among


def cut(frames: Mapping[str, pd.DataFrame], as_of: date, params: Params) -> Counted:
    """Return the rows that count at 24:00 of *as_of*, Beijing time."""
    agencies = frames["agencies"]
    entries = _recorded_entries(frames["entries"], as_of, params)
    checks = frames["checks"]
    counted = Counted(
        tuple(sorted(agencies.loc[recorded(agencies["admitted_at"], as_of, params), "agency"].tolist())),
        _reviews(frames["reviews"], as_of, params),
        _contracts(frames["contracts"], entries, as_of, params),
        typed(checks[recorded(checks["recorded_at"], as_of, params)], CHECK_COLUMNS),
        _levels(frames["public_credit"], as_of, params),
        _live(entries, as_of, params),
    )
    return counted.of(counted.agencies)


def _reviews(reviews: pd.DataFrame, as_of: date, params: Params) -> pd.DataFrame:
    """Return owners' reviews that are revealed, not annulled, and younger than the window."""
    months = completed_months(days(reviews["revealed_at"], params), as_of)
    revealed = (reviews["state"] == "revealed").to_numpy(dtype=bool)
    counts = revealed & recorded(reviews["revealed_at"], as_of, params) & (months < params.window_months)
    kept = reviews.assign(months=months, family=reviews["item_family"])[counts]
    return typed(kept, REVIEW_COLUMNS)


def _contracts(contracts: pd.DataFrame, entries: pd.DataFrame, as_of: date, params: Params) -> pd.DataFrame:
    """Return contracts that ended within the window, each with its five rates."""
    months = completed_months(contracts["ended_on"], as_of)
    counts = recorded(contracts["recorded_at"], as_of, params) & (months >= 0) & (months < params.window_months)
    kept = contracts.assign(months=months)[counts].reset_index(drop=True)
    rates = judge(kept)
    for rate in RATES:
        already = among(kept["contract_id"], entries.loc[entries["rate"] == rate, "contract_id"].dropna())
        kept[rate] = rates[rate].mask(kept[f"excused_{rate}"] | already)
    return typed(kept, CONTRACT_COLUMNS)


def judge(contracts: pd.DataFrame) -> pd.DataFrame:
    """
    Return what each ended contract shows for each rate; missing where the question never arose.

    The day agreed is still in time, and the amount allowed is still allowed.
    Work that was delivered, returned and never accepted was not accepted at first delivery.
    """
    unknown = pd.Series(pd.NA, index=contracts.index, dtype="boolean")
    delivered, signed = contracts["delivered_on"], contracts["signed_on"]
    due = contracts["agreed_on"].notna() & (delivered.notna() | (contracts["agreed_on"] < contracts["ended_on"]))
    accepted, returned = contracts["accepted_on"].notna(), contracts["returns"] > 0
    limit = contracts[["guide_most_fen", "contract_fen"]].min(axis=1)
    return pd.DataFrame(
        {
            "on_time": unknown.mask(due, (delivered <= contracts["agreed_on"]).astype("boolean")),
            "signed_in_time": unknown.mask(
                contracts["sign_by"].notna(), (signed <= contracts["sign_by"]).astype("boolean")
            ),
            "billed_within": (contracts["billed_fen"] <= limit).astype("boolean"),
            "accepted_first": unknown.mask(
                delivered.notna() & (accepted | returned), (accepted & ~returned).astype("boolean")
            ),
            "kept": ~contracts["abandoned"].astype("boolean"),
        }
    )


def _levels(levels: pd.DataFrame, as_of: date, params: Params) -> pd.DataFrame:
    """Return each agency's latest level."""
    known = levels[recorded(levels["recorded_at"], as_of, params)].sort_values(["agency", "recorded_at"])
    return typed(known.drop_duplicates("agency", keep="last"), LEVEL_COLUMNS)


def _recorded_entries(entries: pd.DataFrame, as_of: date, params: Params) -> pd.DataFrame:
    """Return every entry of the record that no appeal annulled, alive or not."""
    stands = (entries["state"] == "in_force").to_numpy(dtype=bool)
    return entries[stands & recorded(entries["recorded_at"], as_of, params)].reset_index(drop=True)


def _live(entries: pd.DataFrame, as_of: date, params: Params) -> pd.DataFrame:
    """
    Return the entries alive at 24:00 of *as_of*, one for each fact.

    An entry's last day is the rule's or, if earlier, the row's own; on that day's end it is gone. Of several entries
    of one fact the one that costs most counts, so that a fact is never paid for twice.
    """
    since = completed_months(days(entries["recorded_at"], params), as_of)
    life = entries["kind"].map(dict(params.entry_months)).fillna(np.iinfo(np.int32).max).to_numpy(dtype=np.int64)
    ended = (entries["ends_on"] <= pd.Timestamp(as_of)).to_numpy(dtype=bool)
    alive = entries.assign(points=entries["kind"].map(dict(params.entry_points)))[(since < life) & ~ended]
    once = alive.sort_values(["points", "recorded_at", "entry_id"]).drop_duplicates(["agency", "fact"])
    return typed(once, ENTRY_COLUMNS)
