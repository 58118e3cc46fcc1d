"""
Rankings from their draft to their publication.

A regulator confirms, the clock publishes: nobody does both. Until then only
supervision reads a draft, and no score of it counts anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from asyncpg import Record

from market.credit import rules
from market.credit.queries import objections
from market.credit.queries import rankings as queries
from market.credit.queries.objections import ObjectionRow
from market.credit.queries.rankings import RankingRow
from market.credit.states import RANKING, ObjectionOutcome, RankingAction, RankingState
from market.db import writing
from market.kernel.errors import Conflict, Forbidden, MoveRefused, NotFound, Reason
from market.kernel.roles import PUBLIC, Actor, Role
from market.ledger import service as ledger
from market.messages import service as messages

UPHELD: Final = ObjectionOutcome.UPHELD


@dataclass(frozen=True, slots=True)
class Draft:
    """A ranking as a regulator looks at it, with why it cannot be confirmed now."""

    ranking: RankingRow
    before: RankingRow | None
    objections: tuple[ObjectionRow, ...]
    turns: tuple[rules.Turn, ...]
    grades: dict[str, int]
    why_not: tuple[Reason, ...]


def slot_of(text: str) -> date:
    """Read the day a ranking is named by."""
    try:
        return date.fromisoformat(text)
    except ValueError as unreadable:
        raise NotFound("ranking_not_found") from unreadable


async def published() -> list[RankingRow]:
    """List the published rankings with every edition, newest first."""
    return await queries.rankings(RankingState.PUBLISHED)


async def waiting() -> list[RankingRow]:
    """List the rankings that are drafted or confirmed and not published."""
    return await queries.rankings(RankingState.DRAFTED, RankingState.CONFIRMED)


async def ranking(slot: date, actor: Actor, edition: int | None = None) -> RankingRow:
    """Return the published edition that counts, or the one named; supervision also finds one not yet published."""
    supervises = actor.role in (Role.REGULATOR, Role.AUDITOR)
    found = await queries.ranking(slot, edition) if edition else await queries.latest(slot)
    if found is None and supervises and not edition:
        found = await queries.ranking(slot)
    if found is None or (found.state is not RankingState.PUBLISHED and not supervises):
        raise NotFound("ranking_not_found")
    return found


async def latest() -> RankingRow | None:
    """Return the latest published ranking, the one that counts."""
    return await queries.latest()


async def places(key: int, text: str = "", grade: str = "", *, limit: int, offset: int = 0) -> list[Record]:
    """Return the rows of a ranking that `ranking` or `latest` has let through."""
    return await queries.places(key, text, grade, limit=limit, offset=offset)


async def archive(slot: date, edition: int | None = None) -> bytes:
    """Return the package from which anybody recomputes a published ranking."""
    chosen = await ranking(slot, PUBLIC, edition)
    found = await queries.archive(chosen.id)
    if found is None:
        raise NotFound("ranking_not_found")
    return found


def may_confirm(actor: Actor) -> bool:
    """Tell whether somebody watches every trade: a ranking is about all of them."""
    return actor.role is Role.REGULATOR and any(scope.trade is None for scope in actor.scopes)


async def draft(slot: date, actor: Actor, now: datetime) -> Draft:
    """Return what a regulator looks at before confirming: the newest edition of a quarter, published or not."""
    found = await queries.ranking(slot)
    if found is None or actor.role is not Role.REGULATOR:
        raise NotFound("ranking_not_found")
    filed = tuple(await objections.of_ranking(found.id))
    before = await queries.before(found)
    changes = tuple(await queries.changed(found.id)) if before else ()
    why_not = rules.why_not_confirm(_standing(found, filed), now) if found.state is RankingState.DRAFTED else ()
    return Draft(found, before, filed, rules.turns(changes), await queries.grades(found.run), why_not)


async def confirm(slot: date, *, actor: Actor, now: datetime) -> None:
    """Confirm a drafted ranking whose period for objections has ended with every one of them answered."""
    async with writing():
        found, named = await _mine(slot, RankingAction.CONFIRM, actor)
        reasons = rules.why_not_confirm(_standing(found, await objections.of_ranking(found.id)), now)
        if reasons:
            raise Conflict(reasons[0].code, reasons=reasons)
        if not await queries.confirm(found.id, **named, now=now):
            raise MoveRefused
        told = {"result": found.result_hash, "edition": found.edition}
        await ledger.append("ranking.confirmed", at=now, subject=subject_of(slot), fields=told, document=named)


async def recompute(slot: date, *, actor: Actor, now: datetime) -> None:
    """Ask that a draft be computed anew, after its data were corrected at their source."""
    async with writing():
        found, named = await _mine(slot, RankingAction.RECOMPUTE, actor)
        if found.recompute_asked_at is not None:
            raise Conflict("recompute_waits")
        await queries.ask_again(found.id, now)
        told = {"edition": found.edition}
        await ledger.append("ranking.recompute_asked", at=now, subject=subject_of(slot), fields=told, document=named)


async def ask_since(agency: int, day: date, *, now: datetime) -> None:
    """Ask that every ranking be computed anew that holds an agency and may have read what was of this day."""
    for slot in await queries.since(agency, day):
        await ask_recomputation(slot, now=now)


async def ask_recomputation(slot: date, *, now: datetime) -> bool:
    """
    Ask, within the caller's transaction, that a quarter be computed anew because what it rests on proved wrong.

    A draft is redrafted; what is published gets a next edition, drafted, open to objection and confirmed like the
    first. False if the quarter has no ranking, which then needs nothing.
    """
    found = await queries.locked(slot)
    if found is None:
        return False
    if found.recompute_asked_at is None:
        await queries.ask_again(found.id, now)
    return True


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
        changes = await queries.changed(found.id)
        await queries.publish(found.id, changes, now)
        told, subject = await queries.told(found.run), subject_of(slot)
        await messages.tell_all(told, "ranking_published", at=now, subject=subject, slot=slot.isoformat())
        fields = {"result": found.result_hash, "changes": len(changes), "edition": found.edition}
        await ledger.append("ranking.published", at=now, subject=subject, fields=fields)
        return True


def subject_of(slot: date) -> str:
    """Name the ranking of a quarter in the log and in messages."""
    return f"ranking:{slot.isoformat()}"


async def _mine(slot: date, action: RankingAction, actor: Actor) -> tuple[RankingRow, dict[str, int]]:
    """Lock the ranking an actor may act on, and name the actor."""
    found = await queries.locked(slot)
    if found is None:
        raise NotFound("ranking_not_found")
    RANKING.decide(found.state, action, actor.role)
    if not may_confirm(actor) or actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("ranking_not_yours")
    return found, {"person": actor.person_id, "organisation": actor.organisation_id}


def _standing(found: RankingRow, filed: Iterable[ObjectionRow]) -> rules.Standing:
    filed = tuple(filed)
    return rules.Standing(
        drafted_at=found.drafted_at,
        objections_until_at=found.objections_until_at,
        recompute_asked=found.recompute_asked_at is not None,
        unanswered=sum(each.outcome is None for each in filed),
        upheld_at=tuple(each.answered_at for each in filed if each.outcome is UPHELD and each.answered_at),
    )
