"""
Rankings from their draft to their publication.

A regulator confirms, the clock publishes: nobody does both. Until then only
supervision reads a draft, and no score of it counts anywhere.
"""

from datetime import date, datetime

from asyncpg import Record

from market.credit.queries import rankings as queries
from market.credit.queries.rankings import RankingRow
from market.credit.states import RANKING, RankingAction, RankingState
from market.db import writing
from market.kernel.errors import Conflict, Forbidden, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.ledger import service as ledger
from market.messages import service as messages


def slot_of(text: str) -> date:
    """Read the day a ranking is named by."""
    try:
        return date.fromisoformat(text)
    except ValueError as unreadable:
        raise NotFound("ranking_not_found") from unreadable


async def published() -> list[RankingRow]:
    """List the published rankings, newest first."""
    return await queries.rankings(RankingState.PUBLISHED)


async def waiting() -> list[RankingRow]:
    """List the rankings that are drafted or confirmed and not published."""
    return await queries.rankings(RankingState.DRAFTED, RankingState.CONFIRMED)


async def ranking(slot: date, actor: Actor) -> RankingRow:
    """Return a published ranking, or to supervision one that is not yet."""
    found = await queries.ranking(slot)
    if found is None or (found.state is not RankingState.PUBLISHED and not _supervises(actor)):
        raise NotFound("ranking_not_found")
    return found


async def places(slot: date, text: str = "", grade: str = "", *, limit: int, offset: int = 0) -> list[Record]:
    """Return the rows of a ranking that `ranking` has let through."""
    return await queries.places(slot, text, grade, limit=limit, offset=offset)


async def archive(slot: date) -> bytes:
    """Return the package from which anybody recomputes a published ranking."""
    found = await queries.archive(slot)
    if found is None:
        raise NotFound("ranking_not_found")
    return found


def may_confirm(actor: Actor) -> bool:
    """Tell whether somebody watches every trade: a ranking is about all of them."""
    return actor.role is Role.REGULATOR and any(scope.trade is None for scope in actor.scopes)


async def confirm(slot: date, *, actor: Actor, now: datetime) -> None:
    """Confirm a drafted ranking whose period for objections has ended."""
    async with writing():
        found = await queries.locked(slot)
        if found is None:
            raise NotFound("ranking_not_found")
        RANKING.decide(found.state, RankingAction.CONFIRM, actor.role)
        if not may_confirm(actor) or actor.person_id is None or actor.organisation_id is None:
            raise Forbidden("ranking_not_yours")
        if now < found.objections_until_at:
            raise Conflict("objections_open")
        named = {"person": actor.person_id, "organisation": actor.organisation_id}
        if not await queries.confirm(slot, **named, now=now):
            raise MoveRefused
        told, document = {"result": found.result_hash}, named
        await ledger.append("ranking.confirmed", at=now, subject=_subject(slot), fields=told, document=document)


async def next_to_publish() -> date | None:
    """Return the oldest ranking that is confirmed."""
    found = await queries.rankings(RankingState.CONFIRMED)
    return found[-1].slot if found else None


async def publish(slot: date, *, now: datetime) -> bool:
    """Publish a confirmed ranking with its differences to the one before; false if it is not confirmed any more."""
    async with writing():
        found = await queries.locked(slot)
        if found is None or found.state is not RankingState.CONFIRMED:
            return False
        RANKING.decide(found.state, RankingAction.PUBLISH, Role.SYSTEM)
        changes = await queries.changed(slot)
        await queries.publish(slot, changes, now)
        told = await queries.told()
        await messages.tell_all(told, "ranking_published", at=now, subject=_subject(slot), slot=slot.isoformat())
        fields = {"result": found.result_hash, "changes": len(changes)}
        await ledger.append("ranking.published", at=now, subject=_subject(slot), fields=fields)
        return True


def _subject(slot: date) -> str:
    return f"ranking:{slot.isoformat()}"


def _supervises(actor: Actor) -> bool:
    return actor.role in (Role.REGULATOR, Role.AUDITOR)
