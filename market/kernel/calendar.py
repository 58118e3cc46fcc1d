"""
Working days (工作日), and the ends of periods counted in them.

The day of the event does not count, and a period ends at 24:00 Beijing time of
its last working day. That 24:00 is stored as 00:00 of the next day, so a period
that follows another must not count that day as already begun: ``day_of`` says
which day a moment belongs to, and midnight belongs to the day it ends.

Basis: 民法典 art. 201-203.
"""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import chinese_calendar

from market.kernel.times import ZONE, local

_ONE_DAY: Final = timedelta(days=1)
_SOURCE: Final = "国务院办公厅节假日安排 (chinesecalendar)"
_FIXED: Final = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_FIXED_SOURCE: Final = "provisional: weekends and fixed holidays, until the State Council's notice of the year"
SEEDED_FROM: Final = min(chinese_calendar.holidays).year
SEEDED_TO: Final = max(chinese_calendar.holidays).year
PROVISIONAL_TO: Final = SEEDED_TO + 5


class WorkdayUnit(StrEnum):
    """What one working day of a ruleset lasts; minutes are for practice only."""

    DAY = "day"  # 工作日
    MINUTE = "minute"  # 分钟


@dataclass(frozen=True, slots=True)
class ExceptionalDay:
    """A day the State Council's yearly notice speaks of, or that a provisional rule stands in for."""

    on: date
    is_workday: bool
    source: str
    provisional: bool


def seed() -> tuple[ExceptionalDay, ...]:
    """
    List the exceptional days of the years announced, then fixed holidays of five provisional years.

    Working days moved to a weekend (调休) are among them.

    Basis: the State Council's yearly notices; 全国年节及纪念日放假办法 art. 2.
    """
    rest = [ExceptionalDay(on, False, _SOURCE, False) for on in chinese_calendar.holidays]
    work = [ExceptionalDay(on, True, _SOURCE, False) for on in chinese_calendar.workdays]
    later = [
        ExceptionalDay(date(year, month, day), False, _FIXED_SOURCE, True)
        for year in range(SEEDED_TO + 1, PROVISIONAL_TO + 1)
        for month, day in _FIXED
    ]
    return tuple(sorted(rest + work + later, key=lambda row: row.on))


def day_of(moment: datetime) -> date:
    """Return the Beijing day a moment belongs to; midnight is the end of the day before."""
    return (local(moment) - timedelta(microseconds=1)).date()


def end_of(day: date) -> datetime:
    """Return 24:00 Beijing time of a day."""
    return datetime.combine(day + _ONE_DAY, time(), ZONE)


def add_months(day: date, n: int) -> date:
    """
    Return the same day *n* months on, or the last day of a month that has no such day.

    Basis: 民法典 art. 202.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


class WorkCalendar:
    """Working days by a table of exceptional days; without a row, Monday to Friday are worked."""

    __slots__ = ("_exceptions", "_settled", "unit")

    def __init__(self, days: Iterable[ExceptionalDay], unit: WorkdayUnit = WorkdayUnit.DAY) -> None:
        """
        Take the table; a year counts as settled when it has rows and none of them is provisional.

        A year without any row follows weekends and fixed holidays, provisionally.
        """
        rows = tuple(days)
        self.unit = unit
        self._exceptions = {row.on: row.is_workday for row in rows}
        if len(self._exceptions) != len(rows):
            raise ValueError("the table of exceptional days states a day twice")
        self._settled = {row.on.year for row in rows} - {row.on.year for row in rows if row.provisional}

    def counting(self, unit: WorkdayUnit) -> "WorkCalendar":
        """Return the same calendar, counting in the unit a ruleset states."""
        other = object.__new__(WorkCalendar)
        other.unit, other._exceptions, other._settled = unit, self._exceptions, self._settled
        return other

    def is_workday(self, day: date) -> bool:
        """Tell whether a day is worked."""
        stated = self._exceptions.get(day)
        if stated is not None:
            return stated
        fixed = day.year not in self._settled and (day.month, day.day) in _FIXED
        return day.weekday() < 5 and not fixed

    def is_provisional(self, first: date, last: date | None = None) -> bool:
        """Tell whether any day from *first* to *last*, both included, lies in a year not yet announced."""
        return any(year not in self._settled for year in range(first.year, (last or first).year + 1))

    def add_workdays(self, day: date, n: int) -> date:
        """Return the *n*-th working day after *day*, before it if *n* is negative, *day* itself if zero."""
        step = _ONE_DAY if n > 0 else -_ONE_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def period_end(self, event: datetime, n: int) -> datetime:
        """Return when a period of *n* working days after *event* ends; *n* is at least one."""
        if n < 1:
            raise ValueError("a period has at least one working day")
        if self.unit is WorkdayUnit.MINUTE:
            return local(event) + timedelta(minutes=n)
        return end_of(self.add_workdays(day_of(event), n))

    def moved(self, moment: datetime, n: int) -> datetime:
        """Return the same time of day *n* working days later, or earlier if *n* is negative."""
        there = local(moment)
        if self.unit is WorkdayUnit.MINUTE:
            return there + timedelta(minutes=n)
        return datetime.combine(self.add_workdays(there.date(), n), there.timetz())

    def workdays_between(self, start: datetime, end: datetime) -> int:
        """Return the largest *n* whose period after *start* has ended by *end*; zero if there is none."""
        if end <= start:
            return 0
        if self.unit is WorkdayUnit.MINUTE:
            return (end - start) // timedelta(minutes=1)
        last_whole = local(end).date() - _ONE_DAY
        return self._count(day_of(start), last_whole)

    def workdays_late(self, due: datetime, at: datetime) -> int:
        """Count the working days begun between a deadline and a later act; zero if the act was in time."""
        if at <= due:
            return 0
        if self.unit is WorkdayUnit.MINUTE:
            return -((due - at) // timedelta(minutes=1))
        return self._count(day_of(due), day_of(at))

    def in_office_hours(self, moment: datetime, opens: time, closes: time) -> bool:
        """Tell whether a moment falls on a working day from *opens* to *closes*, both included."""
        there = local(moment)
        return self.is_workday(there.date()) and opens <= there.time() <= closes

    def _count(self, after: date, last: date) -> int:
        days = range(1, (last - after).days + 1)
        return sum(self.is_workday(after + timedelta(days=n)) for n in days)
