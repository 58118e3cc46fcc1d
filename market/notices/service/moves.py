"""
Moving notices: withdrawal by people, everything else by the clock through `advance`.

Nobody withdraws a notice whose inputs are frozen; the database refuses it too.

Basis: DESIGN §4.
"""

from datetime import datetime
from typing import Final

from market import db
from market.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.ledger import service as ledger
from market.notices.states import NOTICE, NoticeAction, NoticeState
from market.notices.tables import rows
from market.notices.tables.rows import NoticeRow

LONGEST_REASON: Final = 1000


async def notice(code: str) -> NoticeRow:
    """Return a published notice by its number; drafts and discarded drafts do not exist for anybody else."""
    found = await rows.by_code(code)
    if found is None or found.published_at is None:
        raise NotFound("notice_not_found")
    return found


async def lock(notice_id: int) -> NoticeRow:
    """Return a notice with its row locked against every other move (``FOR UPDATE``)."""
    return _there(await rows.by_id(notice_id, " for update of n"))


async def lock_for_registration(notice_id: int) -> NoticeRow:
    """Return a notice with its row held against the freeze, together with other registrants (``FOR SHARE``)."""
    return _there(await rows.by_id(notice_id, " for share of n"))


async def due(now: datetime, limit: int = 1) -> list[int]:
    """Lock and name notices whose next check has come, passing over those another worker holds."""
    return await rows.due(now, limit)


async def advance(
    notice_id: int,
    action: NoticeAction,
    *,
    at: datetime,
    next_check_at: datetime | None,
    role: Role = Role.SYSTEM,
    **column_values: object,
) -> NoticeState:
    """
    Make one move of the lifecycle and return the state it led to; a second caller is refused.

    Moves that end a notice stamp ``ended_at`` with *at*.
    """
    current = await lock(notice_id)
    after = NOTICE.decide(current.state, action, role)
    if action in (NoticeAction.FAIL, NoticeAction.ANNUL, NoticeAction.WITHDRAW):
        column_values.setdefault("ended_at", at)
    if not await rows.move(notice_id, current.state, after, next_check_at, column_values):
        raise MoveRefused(state=current.state, action=action)
    return after


async def withdraw(code: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """
    Withdraw a notice: its owner a draft or an open one, a regulator a closed one before its inputs are frozen.

    The reason is published; a draft needs none.
    """
    async with db.writing():
        found = await rows.by_code(code, " for update of n")
        if found is None or not _concerns(found, actor):
            raise NotFound("notice_not_found")
        before = found.state
        NOTICE.decide(before, NoticeAction.WITHDRAW, actor.role)
        if await rows.inputs_are_frozen(found.id):
            raise MoveRefused("inputs_frozen")
        said = reason.strip() or ("discarded" if before is NoticeState.DRAFT else "")
        if not said or len(said) > LONGEST_REASON:
            raise Invalid("withdrawal_needs_reason", field="reason", most=LONGEST_REASON)
        await advance(
            found.id,
            NoticeAction.WITHDRAW,
            at=now,
            next_check_at=None,
            role=actor.role,
            end_reason=said,
            ended_by=str(actor.role),
        )
        fields = {"notice": code, "from": str(before), "by": str(actor.role), "reason": said}
        await ledger.append("notice.withdrawn", at=now, subject=code, fields=fields)


def _concerns(found: NoticeRow, actor: Actor) -> bool:
    """Tell whether a notice exists for this actor: its owner's, or published and within a regulator's scope."""
    if actor.role is Role.OWNER:
        return found.owner == actor.organisation_id
    if actor.role is Role.REGULATOR and found.published_at is not None:
        if not actor.may_see(found.division, found.trade):
            raise Forbidden("outside_scope")
        return True
    return found.published_at is not None


def _there(found: NoticeRow | None) -> NoticeRow:
    if found is None:
        raise NotFound("notice_not_found")
    return found
