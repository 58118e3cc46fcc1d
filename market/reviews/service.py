"""
Writing a review, revealing both at once, and following up a poor one.

Nobody outside may learn what a review says, or that there is one, before the
reveal: neither what one party wrote nor that it wrote may move the other. So
submitting a review leaves no public byte changed. It appends no entry to the
log (a salted hash would still be counted and dated, and a contract with one
open period has nobody to hide among), tells nobody, and moves only rows that no
public query reads. The party keeps a receipt: the salted hash of its review.
The entries of both reviews are written by the reveal, always two and always
alike, and say neutral or the stars with that same hash, so that whoever holds
the receipt sees that nothing was changed meanwhile.

The reveal comes when both are in, or when the period ends. Who has written and
sees no reveal knows that the other has not; it can change nothing any more.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from market.clock import service as clock
from market.contracts import service as contracts
from market.contracts.service import ContractRow
from market.contracts.states import Side
from market.db import writing
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar
from market.kernel.canonical import digest
from market.kernel.errors import Conflict, Forbidden, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import Ruleset
from market.kernel.times import rfc3339
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages
from market.reviews import queries, rules
from market.reviews.queries import ReviewRow, Sealed
from market.reviews.rules import FollowUp, Said
from market.reviews.states import REVIEW, ReviewAction, ReviewState

SEALED: Final = (ReviewState.OPEN, ReviewState.SUBMITTED)
MOST_OPEN: Final = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """A party's view of the reviews of its contract: what is public, and what it wrote itself."""

    contract: ContractRow
    side: Side
    shown: list[Record]
    words: dict[str, str]
    mine: Sealed | None
    may_write: bool
    closes_at: datetime | None


async def open_reviews(number: str, *, now: datetime) -> bool:
    """Open both reviews of a contract whose work has ended; false if they are open or it has not."""
    async with writing():
        return await _open_locked(await contracts.hold(number), now)


async def _open_locked(contract: ContractRow, now: datetime) -> bool:
    ended_at = rules.ended_at(contract.accepted_at, contract.terminated_at)
    if ended_at is None:
        return False
    ruleset, days = await _rules(contract)
    closes_at = days.period_end(ended_at, ruleset.reviews.within_workdays)
    added = await queries.add_both(contract.id, ended_at, closes_at)
    await contracts.reviews_opened(contract.id)
    if added:
        await _tell(contract, "review_open", now, until=rfc3339(closes_at))
    return added


async def submit(number: str, said: Said, *, actor: Actor, now: datetime) -> Sealed:
    """Seal a party's review and return its receipt; the second one reveals both."""
    async with writing():
        contract, side = await _held(number, actor)
        await _open_locked(contract, now)
        both = await queries.locked(contract.id)
        if side not in both:
            raise Conflict("review_not_open", contract=number)
        review = both[side]
        REVIEW.decide(review.state, ReviewAction.SUBMIT, actor.role)
        if now >= review.closes_at:
            raise MoveRefused("review_period_over", contract=number)
        written = rules.document(number, side, said, rfc3339(now))
        salt = secrets.token_hex(32)
        sealed = Sealed(written, salt, digest({"d": "doc", "salt": salt, "doc": written}))
        if not await queries.mark_submitted(review.id):
            raise MoveRefused(contract=number)
        await queries.seal(review.id, sealed, _person(actor), now)
        if both[side.other].state is ReviewState.SUBMITTED:
            await _reveal_locked(contract, now)
        return sealed


async def next_due(now: datetime) -> str | None:
    """Return the contract whose reviews have waited longest for their reveal, or nothing."""
    return await queries.due(now)


async def advance(number: str, *, now: datetime) -> bool:
    """Reveal both reviews of a contract once their period has ended; false if it has not, or they are revealed."""
    async with writing():
        return await _reveal_locked(await contracts.hold(number), now)


async def back_off(number: str, *, now: datetime) -> None:
    """Let reviews whose reveal failed wait, so that the others come first."""
    async with writing():
        await queries.check_again((await contracts.hold(number)).id, now + contracts.BACK_OFF)


async def _reveal_locked(contract: ContractRow, now: datetime) -> bool:
    both = await queries.locked(contract.id)
    if not both or any(review.state not in SEALED for review in both.values()):
        return False
    complete = all(review.state is ReviewState.SUBMITTED for review in both.values())
    if not complete and any(now < review.closes_at for review in both.values()):
        return False
    acts = [await _reveal_one(contract, both[side], now) for side in Side]
    await _tell(contract, "reviews_revealed", now)
    await ledger.append_many(acts)
    return True


async def _reveal_one(contract: ContractRow, review: ReviewRow, now: datetime) -> Act:
    """Reveal one review, or let it count as nothing; either gives an entry of the same shape."""
    if review.state is ReviewState.SUBMITTED:
        after = REVIEW.decide(review.state, ReviewAction.REVEAL, Role.SYSTEM)
        sealed = await queries.sealed_of(review.id)
        if sealed is None:
            raise RuntimeError(f"review {review.id} is submitted and nothing is sealed")
        stars = rules.stars_of(sealed.document)
        moved = await queries.reveal(review.id, stars, sealed.document["words"], sealed.hash, now)
        if rules.is_poor(stars):
            await _follow(contract, review, now)
        told: dict[str, Any] = {"stars": sealed.document["stars"], "sealed": sealed.hash}
    else:
        after = REVIEW.decide(review.state, ReviewAction.PASS, Role.SYSTEM)
        moved = await queries.pass_over(review.id, now)
        told = {"stars": None, "sealed": None}
    if not moved:
        raise MoveRefused(contract=contract.number)
    named = {"contract": contract.number, "side": str(review.side), "state": str(after)}
    return Act("review", now, contract.number, {**named, **told})


async def _follow(contract: ContractRow, review: ReviewRow, now: datetime) -> None:
    """Let the regulators in scope look into a poor review."""
    ruleset, days = await _rules(contract)
    due_at = days.period_end(now, ruleset.reviews.poor_followed_up_workdays)
    await queries.add_follow_up(review.id, due_at)
    told = await queries.regulators(contract.division, contract.trade)
    named = {"contract": contract.number, "title": contract.title, "until": rfc3339(due_at)}
    await messages.tell_all(told, "review_poor", at=now, subject=f"contract:{contract.number}", **named)


async def follow_up(number: int, found: FollowUp, *, actor: Actor, now: datetime) -> None:
    """Write down, once, what a regulator found out about a poor review."""
    async with writing():
        poor = await queries.follow_up(number)
        if poor is None or actor.role is not Role.REGULATOR or not actor.may_see(poor["division"], poor["trade"]):
            raise NotFound("follow_up_not_found")
        assert actor.organisation_id is not None
        done = await queries.finish_follow_up(
            number, found, regulator=actor.organisation_id, person=_person(actor), now=now
        )
        if not done:
            raise Conflict("followed_up_already")
        subject, named = poor["number"], {"contract": poor["number"], "title": poor["title"]}
        parties = (poor["owner"], poor["agency"])
        await messages.tell_all(parties, "review_followed_up", at=now, subject=f"contract:{subject}", **named)
        told = {"contract": subject, "side": poor["side"], "outcome": found.outcome}
        document = {"words": found.words, "person": actor.person_id}
        await ledger.append("review.followed_up", at=now, subject=subject, fields=told, document=document)


async def follow_ups(actor: Actor, *, done: bool = False) -> list[Record]:
    """List the poor reviews in a regulator's scope that wait, or those that were followed up."""
    return [each for each in await queries.follow_ups(done) if actor.may_see(each["division"], each["trade"])]


async def shown(number: str) -> list[Record]:
    """Return what anybody may know of the reviews of a contract."""
    return await queries.shown(number)


async def desk(number: str, *, actor: Actor, now: datetime) -> Desk:
    """Return the reviews of a contract as one of its parties sees them."""
    found = await contracts.own(number, actor=actor, now=now)
    rows = await queries.shown(number)
    mine = await queries.own_sealed(number, found.side)
    closes_at = rows[0]["closes_at"] if rows else None
    sealed = bool(rows) and rows[0]["state"] == ReviewState.OPEN
    may_write = (sealed and mine is None and closes_at is not None and now < closes_at) or (
        not rows and found.contract.awaits_reviews
    )
    return Desk(found.contract, found.side, rows, await queries.words(number), mine, may_write, closes_at)


async def open_of(actor: Actor, *, now: datetime) -> list[Record]:
    """List the contracts that somebody's organisation may still review."""
    return await queries.open_of(actor.organisation_id or 0, Side(actor.role), now, MOST_OPEN)


async def _held(number: str, actor: Actor) -> tuple[ContractRow, Side]:
    contract = await contracts.hold(number)
    side = contract.side_of(actor.organisation_id)
    if side is None:
        raise NotFound("contract_not_found")
    return contract, side


async def _rules(contract: ContractRow) -> tuple[Ruleset, WorkCalendar]:
    ruleset = rulesets.get(contract.ruleset)
    return ruleset, (await clock.calendar()).counting(ruleset.workday_unit)


async def _tell(contract: ContractRow, kind: str, now: datetime, **params: str) -> None:
    named = {"contract": contract.number, "title": contract.title}
    parties = [contract.party(side) for side in Side]
    await messages.tell_all(parties, kind, at=now, subject=f"contract:{contract.number}", **named, **params)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden
    return actor.person_id
