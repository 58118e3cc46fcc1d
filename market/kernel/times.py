"""
Moments as the market shows and exchanges them: Beijing time, to the second.

Every moment inside the program is aware; a naive one is a bug and is refused
here rather than guessed at. China has kept one offset, +08:00, since 1991.
"""

from datetime import date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
# The same for every moment of the market, and much faster than a zone that looks up its history.
_OFFSET: Final = timezone(timedelta(hours=8))


def local(moment: datetime) -> datetime:
    """Return an aware moment in Beijing time."""
    if moment.tzinfo is None:
        raise ValueError("a moment without an offset says nothing")
    return moment.astimezone(ZONE)


def rfc3339(moment: datetime) -> str:
    """Write a moment for machines: ``2026-11-27T09:00:00+08:00``."""
    return local(moment).isoformat("T", "seconds")  # by position: by keyword it takes twice as long


def whole_seconds(moment: datetime) -> datetime:
    """Return a moment so that an encoder writes it as `rfc3339` does, in a third of the time."""
    there = moment.astimezone(_OFFSET)
    return there - timedelta(microseconds=there.microsecond) if there.microsecond else there


def shown(moment: datetime) -> str:
    """Write a moment for tables: ``2026-11-27 09:00``."""
    return local(moment).strftime("%Y-%m-%d %H:%M")


def told(moment: datetime) -> str:
    """Write a moment for Chinese prose: ``2026 年 11 月 27 日 09:00``."""
    there = local(moment)
    return f"{told_day(there.date())} {there:%H:%M}"


def told_day(day: date) -> str:
    """Write a day for Chinese prose: ``2026 年 11 月 27 日``."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
