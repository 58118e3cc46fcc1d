"""
The frame of a sample city: its seed, its size, its days, and its share of the real catalogue.

Every act lies before 00:00 Beijing time of the day `until`, so that the log is
never ahead of the clock of whoever looks at it. Chance comes from one seed, in
a stream of its own for each part: a change in one part leaves the others as
they were.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Final

from market.catalogue.seed import SeedItem, load
from market.catalogue.states import ItemState
from market.kernel.calendar import WorkCalendar, seed
from market.kernel.times import ZONE

SPAN: Final = timedelta(days=730)
AGENCIES: Final = 1_200
OWNERS: Final = 900
NOTICES: Final = 8_000
ITEMS: Final = 60
FEWEST_AGENCIES: Final = 36
FEWEST_OWNERS: Final = 12
FEWEST_NOTICES: Final = 80
_AGENCIES_PER_FAMILY: Final = 25


@dataclass(frozen=True)
class Plan:
    """What decides every byte of a sample city."""

    seed: int
    until: date
    scale: float

    @cached_property
    def cut(self) -> datetime:
        """Return the moment before which every act lies."""
        return datetime.combine(self.until, time(), ZONE)

    @cached_property
    def begin(self) -> datetime:
        """Return the moment of the first notice at the earliest."""
        return self.cut - SPAN

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Return the calendar that a new market is seeded with."""
        return WorkCalendar(seed())

    @cached_property
    def workdays(self) -> list[date]:
        """Return the working days on which notices are published, oldest first."""
        days = (self.begin.date() + timedelta(days=n) for n in range(SPAN.days))
        return [day for day in days if self.calendar.is_workday(day)]

    @property
    def agencies(self) -> int:
        """Return how many agencies there are."""
        return max(FEWEST_AGENCIES, round(AGENCIES * self.scale))

    @property
    def owners(self) -> int:
        """Return how many owners there are."""
        return max(FEWEST_OWNERS, round(OWNERS * self.scale))

    @property
    def notices(self) -> int:
        """Return how many notices are published, re-publications apart."""
        return max(FEWEST_NOTICES, round(NOTICES * self.scale))

    @cached_property
    def items(self) -> tuple[SeedItem, ...]:
        """Return the city's catalogue: all mandatory, paid and abolished items, the rest by turns of trades."""
        listed = [item for item in load() if item.outcome is ItemState.LISTED]
        chosen = [item for item in load() if item.outcome is not ItemState.LISTED]
        turns: dict[str, int] = {}
        ranked = []
        for item in listed:
            turns[item.trade] = turns.get(item.trade, 0) + 1
            ranked.append((turns[item.trade], item.code, item))
        chosen += [item for _, _, item in sorted(ranked, key=lambda each: each[:2])[: ITEMS - len(chosen)]]
        return tuple(sorted(chosen, key=lambda item: item.code))

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Return the families in which agencies work, the busiest first; a small city has few, or nobody competes."""
        counted: dict[str, int] = {}
        for item in self.items:
            if item.outcome is not ItemState.ABOLISHED:
                early = item.basis is None or item.basis.valid_from is None or item.basis.valid_from < self.begin.date()
                counted[item.family] = counted.get(item.family, 0) + (3 if early else 1)
        busiest = sorted(counted, key=lambda family: (-counted[family], family))
        return tuple(busiest[: max(3, self.agencies // _AGENCIES_PER_FAMILY)])

    def rng(self, part: str) -> Random:
        """Return the stream of chance of one part of the city."""
        return Random(f"{self.seed} {part}")  # noqa: S311 (a sample must be repeatable; draws never come here)

    def in_office_hours(self, rng: Random, day: date) -> datetime:
        """Return a moment of a day between 09:00 and 16:59, to the second."""
        return datetime.combine(day, time(9), ZONE) + timedelta(seconds=rng.randrange(8 * 3600 - 60))

    def workday_from(self, day: date) -> date:
        """Return the day itself if it is worked, else the next one that is."""
        return day if self.calendar.is_workday(day) else self.calendar.add_workdays(day, 1)
