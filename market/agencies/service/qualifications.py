"""
Qualifications after admission: verified, refused, revoked, lapsed.

A lapse takes effect by the calendar alone; the worker only records that it
happened and tells the agency. It is no punishment and ends with a verified
renewal.
"""

from datetime import datetime

from asyncpg import Record

from market.agencies import queries
from market.agencies.service.found import operator, subject
from market.agencies.service.found import refuse as refuse_with
from market.db import writing
from market.kernel.calendar import end_of
from market.kernel.errors import Conflict, NotFound, Reason
from market.kernel.roles import Actor
from market.kernel.times import local
from market.ledger import service as ledger
from market.messages import service as messages

_BATCH = 200


async def unverified() -> list[Record]:
    """Return the qualifications of agencies in the market that wait for the operator."""
    return await queries.unverified()


async def verify(claim_id: int, *, actor: Actor, now: datetime) -> None:
    """Verify a qualification against its issuer's record; it counts at once, and ends a recorded lapse."""
    operator(actor)
    async with writing():
        claim = await _locked(claim_id)
        if claim["valid_until"] < local(now).date():
            refuse_with([Reason("claim_lapsed", params={"number": claim["number"]})])
        renewed = await queries.lapse_recorded(claim["agency"], claim["code"])
        if not await queries.verify(claim_id, now=now, next_check_at=end_of(claim["valid_until"])):
            raise Conflict("claim_decided")
        await _record("renewed" if renewed else "verified", claim, now)


async def refuse(claim_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Refuse a qualification that the issuer's record does not confirm; the agency may enter it again."""
    operator(actor)
    async with writing():
        claim = await _locked(claim_id)
        if not await queries.withdraw_claim(claim_id, now=now):
            raise Conflict("claim_decided")
        await _record("refused", claim, now, reason=reason)


async def revoke(claim_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Record that the issuer revoked a qualification; the items that need it close at once."""
    operator(actor)
    async with writing():
        claim = await _locked(claim_id)
        if not await queries.revoke(claim_id, now=now):
            raise Conflict("claim_decided")
        await _record("revoked", claim, now, reason=reason)


async def record_lapses(now: datetime) -> int:
    """
    Record and tell every lapse that has come, once each, and return how many.

    A certificate beside which another one is still valid ends without a lapse.
    """
    recorded = 0
    async with writing():
        for claim in await queries.due_lapses(now, _BATCH):
            in_market = claim["state"] in ("admitted", "suspended")
            replaced = await queries.has_other_valid(claim["agency"], claim["code"], local(now).date())
            if replaced or not in_market:
                await queries.settle_lapse(claim["id"], recorded_at=None)
                continue
            await queries.settle_lapse(claim["id"], recorded_at=now)
            await _record("lapsed", claim, now)
            recorded += 1
    return recorded


async def _record(what: str, claim: Record, now: datetime, reason: str = "") -> None:
    """Tell the agency and log what happened to a qualification; free words stay out of the log itself."""
    about = subject(claim["uscc"])
    await messages.tell(
        claim["organisation"], f"qualification_{what}", at=now, subject=about, code=claim["code"], reason=reason
    )
    await ledger.append(
        f"qualification.{what}",
        at=now,
        subject=about,
        fields={"uscc": claim["uscc"], "code": claim["code"], "valid_until": claim["valid_until"].isoformat()},
        document={"number": claim["number"], "reason": reason} if reason else None,
    )


async def _locked(claim_id: int) -> Record:
    claim = await queries.locked_claim(claim_id)
    if claim is None:
        raise NotFound
    return claim
