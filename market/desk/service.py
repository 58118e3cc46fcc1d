"""
The home page's figures, remembered for as long as nothing happened.

Every act is an entry of the log, so the log's size together with the day is
the exact age of what was read: it is never stale, and asked again only after
an act. The size is read first; what is read after it can only be newer.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime

from market.desk import rules
from market.desk.tables import home as tables
from market.desk.tables.home import Home
from market.kernel.times import local


@dataclass(slots=True)
class Memory:
    """The last home page of one process; one request renews it while the others wait."""

    key: tuple[int, date] | None = None
    home: Home | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def home(memory: Memory, now: datetime) -> Home:
    """Return what the home page shows, from memory when the log has not grown."""
    key = (await tables.size(), local(now).date())
    async with memory.lock:
        if memory.home is None or memory.key is None or memory.key != key:
            months = rules.months_before(now)
            year = rules.beginning_of(f"{local(now).year}-01")
            memory.home = await tables.home(year, rules.beginning_of(months[0]))
            memory.key = key
        return memory.home
