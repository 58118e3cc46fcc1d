"""
What people do with the catalogue: propose an item, give it its outcome, abolish it, and read it.

Authorities and regulators propose; only a regulator whose scope holds the trade
decides. An outcome is given once: what must change is abolished and proposed
anew.
"""

from collections.abc import Iterable
from datetime import date, datetime

from asyncpg import Record

from market.catalogue import queries, rules
from market.catalogue.rules import ItemQuery, ItemView, Needed, Proposal
from market.catalogue.states import ITEM, ItemAction, ItemState
from market.db import writing
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound, Reason
from market.kernel.roles import Actor, Role
from market.ledger import service as ledger
from market.messages import service as messages

OUTCOMES = (ItemAction.LIST, ItemAction.MAKE_MANDATORY, ItemAction.MAKE_GOVERNMENT_PAID)


def subject(code: str) -> str:
    """Name an item in the ledger."""
    return f"item:{code}"


async def propose(proposal: Proposal, *, actor: Actor, now: datetime) -> int:
    """Propose an item; its code is taken for ever, even by an abolished one."""
    if actor.role not in (Role.AUTHORITY, Role.REGULATOR):
        raise Forbidden(reasons=(Reason("propose_not_yours"),))
    async with writing():
        item_id = await queries.insert(proposal, by=actor.organisation_id, now=now)
        if item_id is None:
            raise Conflict(reasons=[Reason("item_code_taken", "code", {"code": proposal.code})])
        await ledger.append("item.proposed", at=now, subject=subject(proposal.code), fields=facts_of(proposal))
    return item_id


async def decide(code: str, action: ItemAction, *, actor: Actor, now: datetime) -> ItemState:
    """Give a proposed item its outcome, or refuse with every reason at once."""
    if action not in OUTCOMES:
        raise Invalid("not_a_choice", field="action")
    async with writing():
        item = await _locked(code)
        after = ITEM.decide(item.state, action, actor.role)
        _refuse(rules.bars_decider(actor, item.trade), Forbidden)
        _refuse(rules.bars_outcome(item.facts, action), Invalid)
        if not await queries.publish(item.id, after, now=now):
            raise MoveRefused
        await _tell_proposer(item, str(after), now)
        await ledger.append(
            "item.published", at=now, subject=subject(code), fields={**facts_of(item.facts), "state": str(after)}
        )
    return after


async def abolish(code: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """Abolish an item; notices already published keep citing it, new ones may not."""
    async with writing():
        item = await _locked(code)
        ITEM.decide(item.state, ItemAction.ABOLISH, actor.role)
        _refuse(rules.bars_decider(actor, item.trade), Forbidden)
        if not await queries.abolish(item.id, item.state, reason=reason, now=now):
            raise MoveRefused
        await _tell_proposer(item, str(ItemState.ABOLISHED), now)
        await ledger.append(
            "item.abolished",
            at=now,
            subject=subject(code),
            fields={"code": code, "before": str(item.state), "reason": reason},
        )


async def item_for_notice(item_id: int, on: date) -> ItemView:
    """Return the item a notice of a day wants to cite, or refuse with every reason it may not."""
    found = await view(item_id)
    _refuse(rules.bars_notice(found, on), Invalid)
    return found


def bars_notice(item: ItemView, on: date) -> tuple[Reason, ...]:
    """Return every reason a notice of a day may not cite the item, for a form that asks before it is sent."""
    return rules.bars_notice(item, on)


async def view(item_id: int) -> ItemView:
    """Return one item by its key."""
    found = await queries.get(item_id)
    if found is None:
        raise NotFound
    return found


async def view_by_code(code: str, actor: Actor) -> ItemView:
    """Return one item by its code; a proposal is open to those who propose and decide."""
    found = await queries.by_code(code)
    insiders = (Role.REGULATOR, Role.AUTHORITY, Role.AUDITOR)
    if found is None or (found.state is ItemState.PROPOSED and actor.role not in insiders):
        raise NotFound
    return found


async def qualifications_of(item_id: int) -> tuple[Needed, ...]:
    """Return every qualification an agency needs for an item."""
    return await queries.qualifications(item_id)


async def known_qualifications() -> tuple[Needed, ...]:
    """Return every qualification any item asks for."""
    return await queries.known_qualifications()


async def trades() -> tuple[str, ...]:
    """Return every trade of the catalogue."""
    return await queries.trades()


async def listed(query: ItemQuery, *, limit: int | None = None, offset: int = 0) -> list[Record]:
    """Return the public rows of the catalogue; each carries the ``total``."""
    return await queries.listed(query, limit=limit, offset=offset)


async def names() -> list[tuple[str, str]]:
    """Return code and name of every item a reader may ask for."""
    return await queries.names()


async def waiting() -> list[Record]:
    """Return the proposals that wait for a decision."""
    return await queries.waiting()


async def counts() -> dict[str, int]:
    """Return how many items stand in each state."""
    return await queries.counts()


async def guides_of(item_id: int) -> list[Record]:
    """Return the agencies with a published guide for an item."""
    return await queries.guides_of(item_id)


def facts_of(proposal: Proposal) -> dict[str, str | int | bool | None]:
    """Say of an item what the ledger keeps: enough to check later what the outcome rested on."""
    read_on = proposal.read_on.isoformat() if proposal.read_on else None
    return {
        "code": proposal.code,
        "name": proposal.name,
        "trade": proposal.trade,
        "lawful": proposal.lawful,
        "compulsory": proposal.compulsory,
        "prior": proposal.prior,
        "paid": proposal.paid,
        "law": proposal.law,
        "article": proposal.article,
        "clause": proposal.clause,
        "source_url": proposal.source_url,
        "read_on": read_on,
        "ceiling_days": proposal.ceiling_days,
    }


async def _tell_proposer(item: ItemView, state: str, now: datetime) -> None:
    if item.proposed_by is not None:
        await messages.tell(item.proposed_by, "item_decided", at=now, subject=subject(item.code), state=state)


async def _locked(code: str) -> ItemView:
    found = await queries.locked(code)
    if found is None:
        raise NotFound
    return found


def _refuse(reasons: Iterable[Reason], kind: type[Invalid] | type[Forbidden]) -> None:
    found = tuple(reasons)
    if found:
        raise kind(reasons=found)
