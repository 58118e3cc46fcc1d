"""
Days and completed months as the score counts them, in Beijing time.

The day of an event does not count, and a month ends at 24:00 of the day of
the same number, or of the last day of a month that has no such day: an event
of 31 May is one month old at the end of 30 June.

Basis: Civil Code (民法典), arts. 201 to 203.
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.params import Params

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def recorded(moments: pd.Series, as_of: date, params: Params) -> Bools:
    """Say which *moments* lie before 24:00 of the slot day."""
    cut = pd.Timestamp(as_of).tz_localize(params.time_zone) + pd.DateOffset(days=1)
    return np.asarray((moments < cut).to_numpy(), dtype=np.bool_)


def days(moments: pd.Series, params: Params) -> pd.Series:
    """Return the day of each moment in Beijing time."""
    local: pd.Series = moments.dt.tz_convert(params.time_zone).dt.tz_localize(None).dt.normalize()
    return local


def completed_months(since: pd.Series, as_of: date) -> Ints:
    """Return the months completed at 24:00 of *as_of*; negative for a later day, and −1 for no day."""
    last = pd.Timestamp(as_of).days_in_month
    years = since.dt.year.fillna(9999).to_numpy(dtype=np.int64)
    month = since.dt.month.fillna(1).to_numpy(dtype=np.int64)
    day = np.minimum(since.dt.day.fillna(1).to_numpy(dtype=np.int64), last)
    passed = (as_of.year - years) * 12 + (as_of.month - month) - (day > as_of.day)
    months: Ints = np.maximum(passed, -1).astype(np.int64)
    return months
