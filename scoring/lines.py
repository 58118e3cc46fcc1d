"""
The lines of a score: which row of the record gave which hundredths of a point.

The lines of an agency add up to its total, to the last hundredth. A row that
earned nothing has a line of 0 points: that is how a bad review shows. Weights
compare only within a part, or within a rate of the performance part.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from scoring.arithmetic import apportion
from scoring.counted import Counted
from scoring.credit import Worked, work
from scoring.frames import RATES
from scoring.params import CREDIT_SCORE_1, Params
from scoring.periods import Ints
from scoring.reviews import codes_of
from scoring.sums import Sums

# What the prior of a part or rate comes from; every other source is the identifier of a row.
MARKET: Final = "market"
COLUMNS: Final = ("agency", "part", "line", "source", "value", "weight", "points")


def explain(agency: str, counted: Counted, sums: Sums, params: Params = CREDIT_SCORE_1) -> pd.DataFrame:
    """Return the lines of one agency."""
    return lines(work(counted.of([agency]), sums, params), params)


def lines(worked: Worked, params: Params = CREDIT_SCORE_1) -> pd.DataFrame:
    """Return every line of a partition: agency, part, line, source, value, weight and points."""
    found = [part.assign(order=order) for order, part in enumerate(_all(worked, params))]
    together = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    # Rows of a part are in order already; a stable sort brings the parts of an agency together.
    together = together.sort_values(["code", "order"], kind="stable", ignore_index=True)
    names = pd.array(list(worked.counted.agencies), dtype="str")
    return together.assign(agency=names.take(together["code"].to_numpy()))[list(COLUMNS)]


def _all(worked: Worked, params: Params) -> Iterator[pd.DataFrame]:
    """Give the lines part by part, in the order they are shown."""
    yield _reviews(worked, params)
    for place in range(len(RATES)):
        yield _rate(worked, place, params)
    yield _supervision(worked, params)
    yield _public_credit(worked)
    yield _entries(worked, params)
    yield _limit(worked)


def _rows(code: Ints, part: str, line: str, source: object, *, value: Ints, weight: Ints | int) -> pd.DataFrame:
    """Return lines without points."""
    rows = pd.DataFrame({"code": code, "part": part, "line": line, "source": source, "value": value, "weight": weight})
    return rows.astype({"part": "str", "line": "str", "source": "str", "value": "int64", "weight": "int64"})


def _shared(whole: Ints, *rows: pd.DataFrame) -> pd.DataFrame:
    """Share the points of each agency among its rows by value times weight; the prior stands first."""
    together = pd.concat(rows, ignore_index=True).sort_values("code", kind="stable", ignore_index=True)
    parts = (together["value"] * together["weight"]).to_numpy(dtype=np.int64)
    return together.assign(points=apportion(whole, together["code"].to_numpy(dtype=np.int64), parts))


def _reviews(worked: Worked, params: Params) -> pd.DataFrame:
    here = np.flatnonzero(worked.reviewed.present)
    reviews = worked.counted.reviews
    return _shared(
        worked.parts["reviews"].points,
        _rows(here, "reviews", "prior", MARKET, value=worked.reviewed.prior[here], weight=params.prior_weight),
        _rows(
            codes_of(reviews, worked.counted.agencies),
            "reviews",
            "review",
            reviews["review_id"],
            value=worked.reviewed.values,
            weight=worked.reviewed.weights,
        ),
    )


def _rate(worked: Worked, place: int, params: Params) -> pd.DataFrame:
    """Return the lines of one rate, whose points are its share of the five."""
    here = np.flatnonzero(worked.performed.present)
    rate = RATES[place]
    count = len(RATES)
    five = np.repeat(np.arange(len(worked.counted.agencies), dtype=np.int64), count)
    shares = apportion(worked.parts["performance"].points, five, worked.performed.rates.T.ravel())
    judged = worked.counted.contracts[worked.counted.contracts[rate].notna()]
    return _shared(
        shares[place::count],
        _rows(here, "performance", rate, MARKET, value=worked.performed.market[place][here], weight=params.rate_weight),
        _rows(
            codes_of(judged, worked.counted.agencies),
            "performance",
            rate,
            judged["contract_id"],
            value=10_000 * judged[rate].to_numpy(dtype=np.int64),
            weight=1,
        ),
    )


def _supervision(worked: Worked, params: Params) -> pd.DataFrame:
    here = np.flatnonzero(worked.parts["supervision"].present)
    checks = worked.counted.checks
    prior = np.full(len(here), params.check_value, dtype=np.int64)
    return _shared(
        worked.parts["supervision"].points,
        _rows(here, "supervision", "prior", MARKET, value=prior, weight=params.check_weight),
        _rows(
            codes_of(checks, worked.counted.agencies),
            "supervision",
            "check",
            checks["check_id"],
            value=10_000 * checks["passed"].to_numpy(dtype=np.int64),
            weight=1,
        ),
    )


def _public_credit(worked: Worked) -> pd.DataFrame:
    part = worked.parts["public_credit"]
    code = codes_of(worked.counted.public_credit, worked.counted.agencies)
    levels = worked.counted.public_credit["level"]
    rows = _rows(code, "public_credit", "level", levels, value=part.value[code], weight=1)
    return rows.assign(points=part.points[code])


def _entries(worked: Worked, params: Params) -> pd.DataFrame:
    """Return the entries; of commendations over the most, the later in order earn nothing."""
    entries = worked.counted.entries
    code = codes_of(entries, worked.counted.agencies)
    value = entries["points"].to_numpy(dtype=np.int64)
    rows = _rows(code, "entries", "entry", entries["entry_id"], value=value, weight=1).assign(line=entries["kind"])
    earned = rows["value"].clip(lower=0).groupby(rows["code"]).cumsum()
    before = (earned - rows["value"].clip(lower=0)).clip(upper=params.commendations_most)
    points = earned.clip(upper=params.commendations_most) - before + rows["value"].clip(upper=0)
    return rows.assign(points=points.astype("int64"))


def _limit(worked: Worked) -> pd.DataFrame:
    limit = worked.scores["limit"].to_numpy(dtype=np.int64)
    here = np.flatnonzero(limit)
    return _rows(here, "limit", "limit", "rule", value=limit[here], weight=1).assign(points=limit[here])
