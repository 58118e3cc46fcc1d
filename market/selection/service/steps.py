"""
What every step of a selection shares: the lock, the guard against a clock that runs backwards, the record, the failure.

A step collects its entries and appends them last, because the append locks the head of the ledger for everybody.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from market.kernel.errors import Conflict, NotFound
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages
from market.notices import service as notices
from market.notices.states import NoticeAction
from market.selection.tables import acts as tables
from market.selection.tables.acts import Step

CLOCK_TOLERANCE: Final = timedelta(seconds=5)


async def lock(notice_id: int) -> Step:
    """Lock a published notice, or refuse."""
    found = await tables.locked(notice_id)
    if found is None:
        raise NotFound("notice_not_found")
    return found


async def refuse_clock_backwards(now: datetime) -> None:
    """
    Refuse to close or draw when the database's clock is behind what the ledger has already seen.

    Basis: DESIGN §11.
    """
    _, _, latest = await ledger.head()
    if now < latest - CLOCK_TOLERANCE:
        raise Conflict("clock_backwards")


def act(notice: Step, now: datetime, kind: str, document: dict[str, Any] | None = None, /, **fields: Any) -> Act:
    """Make the entry for an act of a selection; what may hold personal data goes into *document*."""
    return Act(kind, now, notice.code, {"notice": notice.code, "hash": notice.hash, **fields}, document)


async def tell(organisations: Iterable[int], kind: str, notice: Step, now: datetime, **params: str | int) -> None:
    """Tell organisations about a step."""
    named = {"notice": notice.code, "title": notice.title}
    await messages.tell_all(organisations, kind, at=now, subject=notice.code, **named, **params)


async def fail(notice: Step, reason: str, now: datetime) -> list[Act]:
    """End a notice without an award (选取失败), tell everyone concerned, and return the entry for it."""
    await notices.advance(notice.id, NoticeAction.FAIL, at=now, next_check_at=None, end_reason=reason)
    await tables.pass_over(notice.id, at=now, reason=reason)
    entered = {entrant.organisation for entrant in await tables.entrants(notice.id)}
    await tell((notice.owner, *sorted(entered)), "notice_failed", notice, now, reason=reason)
    return [act(notice, now, "notice.failed", reason=reason)]
