"""
What every step of a selection shares: the lock, the guard against a clock that runs backwards, the record, the failure.

Entries are collected and appended last, because the first append locks the head of the ledger for everybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from market.kernel.errors import Conflict, MoveRefused, NotFound
from market.kernel.roles import Role
from market.ledger import service as ledger
from market.messages import service as messages
from market.notices.states import NOTICE, NoticeAction, NoticeState
from market.selection import tables
from market.selection.tables import Step

CLOCK_TOLERANCE: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Act:
    """An entry to be appended at the end of a step; the notice's code and hash are added to it."""

    type: str
    fields: dict[str, Any]
    document: dict[str, Any] | None = None


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
    if now < await ledger.latest_at() - CLOCK_TOLERANCE:
        raise Conflict("clock_backwards")


async def record(notice: Step, acts: Iterable[Act], now: datetime) -> None:
    """Append the entries of a step; nothing may follow but the commit."""
    for act in acts:
        fields = {"notice": notice.code, "hash": notice.hash, **act.fields}
        await ledger.append(act.type, at=now, subject=notice.code, fields=fields, document=act.document)


async def tell(organisations: Iterable[int], kind: str, notice: Step, now: datetime, **params: Any) -> None:
    """Tell organisations about a step."""
    for organisation in organisations:
        await messages.tell(
            organisation, kind, at=now, subject=notice.code, notice=notice.code, title=notice.title, **params
        )


async def move(
    notice: Step, action: NoticeAction, *, before: NoticeState, next_check_at: datetime | None, **columns: object
) -> None:
    """Move a notice the step has locked."""
    after = NOTICE.decide(before, action, Role.SYSTEM)
    if not await tables.move(notice.id, before, after, next_check_at=next_check_at, **columns):
        raise MoveRefused(notice=notice.code, action=str(action))


async def fail(notice: Step, before: NoticeState, reason: str, now: datetime) -> list[Act]:
    """End a notice without an award (选取失败), tell everyone concerned, and return the entry for it."""
    await move(notice, NoticeAction.FAIL, before=before, next_check_at=None, ended_at=now, end_reason=reason)
    await tables.pass_over(notice.id, at=now, reason=reason)
    entered = {entrant.organisation for entrant in await tables.entrants(notice.id)}
    await tell((notice.owner, *sorted(entered)), "notice_failed", notice, now, reason=reason)
    return [Act("notice.failed", {"reason": reason})]
