"""The quarters of a sample city that are evaluated: known to who plants schemes and to who makes the past."""

from datetime import date, timedelta
from typing import Final

from market.credit.evaluation import ends_quarter

QUARTERS: Final = 4


def ended(until: date, quarters: int = QUARTERS) -> list[date]:
    """Return the last days of the quarters that ended before a day, oldest first."""
    found: list[date] = []
    day = until - timedelta(days=1)
    while len(found) < quarters:
        if ends_quarter(day):
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]
