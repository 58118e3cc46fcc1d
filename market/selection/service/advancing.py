"""
What falls due by the clock: one notice, one step, one transaction at a time.

PostgreSQL decides who does it (``FOR UPDATE SKIP LOCKED``), so any number of workers may knock. A step that raises
leaves its notice as it was, and ``back_off`` puts it behind the others, so that one bad row cannot hold up the rest.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from market.db import writing
from market.notices.states import NoticeState
from market.registrations.sealing import Keys
from market.selection.service import steps
from market.selection.service.awarding import finish_locked
from market.selection.service.drawing import draw_locked
from market.selection.service.freezing import freeze_locked
from market.selection.service.opening import is_sealed, open_locked
from market.selection.service.revealing import freeze_inputs_locked
from market.selection.tables import acts as tables
from market.selection.tables.acts import Step

BACK_OFF: Final = timedelta(seconds=10)
STEPS: Final[Mapping[str, Callable[[Step, datetime], Awaitable[bool]]]] = {
    NoticeState.OPEN: freeze_locked,
    NoticeState.CLOSED: freeze_inputs_locked,
    NoticeState.OPENING: draw_locked,
    NoticeState.STANDSTILL: finish_locked,
}


async def next_due(now: datetime, keys: Keys | None = None) -> int | None:
    """Return the notice that has waited longest for the clock, or nothing; nobody else is advancing it."""
    return await tables.due(now, keys.publics() if keys else ())


async def advance(notice_id: int, *, now: datetime, keys: Keys | None = None) -> bool:
    """
    Take the step a notice is due for; false when another worker has it or it only had to wait longer.

    *keys* are the worker's private keys, which only an opening of quotes uses.
    """
    async with writing():
        if not await tables.still_due(notice_id, now):
            return False
        notice = await steps.lock(notice_id)
        if await is_sealed(notice):
            return await open_locked(notice, now, keys)
        return await STEPS[notice.state](notice, now)


async def back_off(notice_id: int, *, now: datetime) -> None:
    """Let a notice whose step failed wait, if it is still due, so that the others come first."""
    async with writing():
        if await tables.still_due(notice_id, now):
            await tables.check_again(notice_id, now + BACK_OFF)
