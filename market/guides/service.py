"""
What agencies do with their guides, and what everyone reads of them.

A new version supersedes the old one in the transaction that publishes it, so
that exactly one binds at any moment. What is cited at registration is a
version, and a version never changes.
"""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from market.agencies import service as agencies
from market.catalogue import service as catalogue
from market.catalogue.rules import ItemView
from market.db import writing
from market.guides import queries, rules
from market.guides.queries import GuideQuery
from market.guides.rules import Content, GuideView
from market.guides.states import GUIDE, GuideAction
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound, Reason
from market.kernel.roles import SYSTEM, Actor, Role
from market.kernel.times import local
from market.ledger import service as ledger
from market.ledger.service import Entry


def subject(uscc: str, item_code: str) -> str:
    """Name an agency's guide for an item, over all its versions, in the ledger."""
    return f"guide:{uscc}/{item_code}"


async def draft(item_code: str, content: Content, *, actor: Actor, now: datetime) -> int:
    """Save a draft for an item: the first time as a new version, afterwards in place."""
    if actor.role is not Role.AGENCY:
        raise Forbidden(reasons=(Reason("move_not_yours", params={"role": str(actor.role)}),))
    agency_id = await agencies.agency_id_of(actor)
    item = await catalogue.view_by_code(item_code, actor)
    if reasons := rules.bars_content(content, item.ceiling_days):
        raise Invalid(reasons=reasons)
    async with writing():
        begun = await queries.draft_of(agency_id, item.id)
        if begun is None:
            guide_id = await queries.insert(agency_id, item.id, content, now=now)
        else:
            guide_id = begun.id if await queries.change(begun.id, content, now=now) else None
        if guide_id is None:
            raise Conflict
    return guide_id


async def publish(guide_id: int, *, actor: Actor, now: datetime) -> GuideView:
    """Publish a draft and supersede the version before it, or refuse with every reason at once."""
    async with writing():
        guide = await _own(guide_id, actor)
        GUIDE.decide(guide.state, GuideAction.PUBLISH, actor.role)
        item = await catalogue.view(guide.item_id)
        reasons = rules.bars_publication(
            guide.content,
            item.ceiling_days,
            await agencies.standing(guide.agency_id, item.id, now),
            catalogue.bars_notice(item, local(now).date()),
        )
        if reasons:
            raise Invalid(reasons=reasons)
        before = await queries.published(guide.agency_id, item.id)
        if before is not None:
            superseded = GUIDE.decide(before.state, GuideAction.SUPERSEDE, SYSTEM.role)
            if not await queries.end(before.id, superseded, now=now):
                raise MoveRefused
        digest = rules.digest(guide.uscc, guide.item_code, guide.version, guide.content)
        if not await queries.publish(guide_id, digest, now=now):
            raise MoveRefused
        await ledger.append(
            "guide.published",
            at=now,
            subject=subject(guide.uscc, guide.item_code),
            fields=_public(guide, digest, None if before is None else before.version),
        )
    return await view_by_id(guide_id)


async def withdraw(guide_id: int, *, actor: Actor, now: datetime) -> None:
    """Withdraw the version that binds; selections that cite it stay bound."""
    async with writing():
        guide = await _own(guide_id, actor)
        after = GUIDE.decide(guide.state, GuideAction.WITHDRAW, actor.role)
        if not await queries.end(guide_id, after, now=now):
            raise MoveRefused
        await ledger.append(
            "guide.withdrawn",
            at=now,
            subject=subject(guide.uscc, guide.item_code),
            fields={"uscc": guide.uscc, "item": guide.item_code, "version": guide.version},
        )


async def published_guide(agency_id: int, item_id: int) -> GuideView | None:
    """Return the version that binds an agency for an item now; None if it published none."""
    return await queries.published(agency_id, item_id)


async def draft_for(item_code: str, actor: Actor) -> tuple[ItemView, GuideView | None]:
    """Return an item and what an agency's next version starts from: its draft, else the version that binds."""
    agency_id = await agencies.agency_id_of(actor)
    item = await catalogue.view_by_code(item_code, actor)
    return item, await queries.draft_of(agency_id, item.id) or await queries.published(agency_id, item.id)


async def own(guide_id: int, actor: Actor) -> GuideView:
    """Return one of the actor's own versions, drafts included."""
    found = await queries.by_id(guide_id)
    if found is None or found.agency_id != await agencies.agency_id_of(actor):
        raise NotFound
    return found


async def of_actor(actor: Actor) -> list[GuideView]:
    """Return every version of the actor's guides."""
    return await queries.of_agency(await agencies.agency_id_of(actor))


async def bars_publication(guide: GuideView, now: datetime) -> tuple[Reason, ...]:
    """Return every reason a draft could not be published now, for the page before the button."""
    item = await catalogue.view(guide.item_id)
    standing = await agencies.standing(guide.agency_id, item.id, now)
    return rules.bars_publication(
        guide.content, item.ceiling_days, standing, catalogue.bars_notice(item, local(now).date())
    )


async def view_by_id(guide_id: int) -> GuideView:
    """Return a version by its key."""
    found = await queries.by_id(guide_id)
    if found is None:
        raise NotFound
    return found


async def versions(uscc: str, item_code: str) -> list[GuideView]:
    """Return every version ever published, the newest first; refuse if there is none."""
    found = await queries.versions(uscc, item_code)
    if not found:
        raise NotFound
    return found


async def compared(ids: Sequence[int]) -> list[GuideView]:
    """Return up to four published guides side by side; more are refused, not cut off."""
    chosen = list(dict.fromkeys(ids))
    if len(chosen) > rules.MOST_COMPARED:
        raise Invalid("too_many_compared", field="id", most=rules.MOST_COMPARED)
    return await queries.many(chosen)


async def listed(query: GuideQuery, *, limit: int | None = None, offset: int = 0) -> list[Record]:
    """Return the public rows of the list; each carries the ``total``."""
    return await queries.listed(query, limit=limit, offset=offset)


async def medians(item_id: int) -> Record:
    """Return the medians of an item's published guides."""
    return await queries.medians(item_id)


async def history(uscc: str, item_code: str) -> list[Entry]:
    """Return what the log says of a guide, the newest first."""
    return list(reversed(await ledger.entries_of(subject(uscc, item_code))))


async def _own(guide_id: int, actor: Actor) -> GuideView:
    found = await queries.locked(guide_id)
    mine = actor.role is not Role.AGENCY or (found and found.agency_id == await agencies.agency_id_of(actor))
    if found is None or not mine:
        raise NotFound
    return found


def _public(guide: GuideView, digest: str, supersedes: int | None) -> dict[str, str | int | None]:
    return {
        "uscc": guide.uscc,
        "item": guide.item_code,
        "version": guide.version,
        "supersedes": supersedes,
        "hash": digest,
        "time_limit_days": guide.time_limit_days,
        "fee_max_fen": guide.fee_max_fen,
    }
