"""
What the desk works out from what it read: months, scales and the pattern of a search.

Pure functions; what counts as a selection or an agency is decided in the
queries and told on the page of definitions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from market.kernel.times import ZONE, local
from market.notices.states import NoticeState
from market.notices.tables.rows import NoticeRow


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of a chart: its highest mark, and every mark from 0 up."""

    top: int
    marks: tuple[int, ...]


def months_before(now: datetime, many: int = 12) -> tuple[str, ...]:
    """Name the last *many* months, this one last, as 2026-11."""
    there = local(now)
    last = there.year * 12 + there.month - 1
    return tuple(f"{at // 12}-{at % 12 + 1:02d}" for at in range(last - many + 1, last + 1))


def beginning_of(month: str) -> datetime:
    """Return the first moment of a month in the market's time zone."""
    year, number = month.split("-")
    return datetime(int(year), int(number), 1, tzinfo=ZONE)


def month_word(month: str, lang: str) -> str:
    """Say the month of 2026-11 as an axis does: 11月, Nov."""
    return f"{int(month[5:])}月" if lang == "zh" else f"{beginning_of(month):%b}"


def filled(counts: Mapping[str, int], months: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Give every month its count, 0 where nothing happened."""
    return tuple((month, counts.get(month, 0)) for month in months)


def scale(most: int) -> Scale:
    """Choose the finest axis of whole steps 1, 2, 5, 10, 20 … with at most five of them that holds *most*."""
    step = next(lead * 10**power for power in count() for lead in (1, 2, 5) if most <= lead * 10**power * 5)
    top = max(1, -(-most // step)) * step
    return Scale(top, tuple(range(0, top + 1, step)))


def pattern(typed: str) -> str:
    """Return the LIKE pattern that finds *typed* anywhere, every character of it taken literally."""
    escaped = typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def next_moment(notice: NoticeRow) -> datetime:
    """Return when something happens to a notice under way: its deadline, its draw or the end of its standstill."""
    moments = {NoticeState.OPEN: notice.closes_at, NoticeState.STANDSTILL: notice.standstill_ends_at}
    found = moments.get(notice.state) or notice.draw_at
    if found is None:
        raise ValueError(f"{notice.code} is under way without a draw to come")
    return found
