"""
Contracts that begin, and what falls due by the clock.

Contracts stand above selections, so no selection can tell them anything: a
worker looks for confirmed awards without a contract. One award has one
contract; two workers, or one that died in the middle, change nothing.
"""

from datetime import datetime, timedelta
from typing import Final

from market.contracts import queries
from market.contracts.queries import ContractRow
from market.contracts.service import steps
from market.contracts.states import Side
from market.db import writing
from market.kernel.errors import NotFound
from market.kernel.times import local, rfc3339
from market.ledger import service as ledger

NUMBER_PREFIX: Final = "HT"
BACK_OFF: Final = timedelta(seconds=10)
# How far back the frequent look goes; the nightly one goes back to the beginning.
RECENT: Final = timedelta(days=7)
MOST_AT_ONCE: Final = 500


async def waiting(now: datetime, *, ever: bool = False) -> list[int]:
    """Return the confirmed awards that wait for their contract; the frequent look goes back a week."""
    return await queries.awards_without_contract(None if ever else now - RECENT, MOST_AT_ONCE)


async def open_contract(award_id: int, *, now: datetime) -> str | None:
    """Make the contract of a confirmed award due, and return its number; nothing if it has one."""
    async with writing():
        found = await queries.award(award_id)
        if found is None:
            return None
        ruleset, days = await steps.terms_of(found["ruleset"])
        confirmed_at: datetime = found["confirmed_at"]
        sign_by_at = days.period_end(confirmed_at, ruleset.contracts.signing_workdays)
        number = number_of(award_id, confirmed_at)
        if await queries.add(number, found, sign_by_at) is None:
            return None
        contract = await steps.again(number)
        await steps.tell(contract, tuple(Side), "contract_due", now, until=rfc3339(sign_by_at))
        due = steps.entry(contract, "contract.due", now, uscc=contract.agency_uscc, sign_by=rfc3339(sign_by_at))
        await ledger.append_many([due])
        return number


async def next_due(now: datetime) -> str | None:
    """Return the contract that has waited longest for the clock, or nothing; nobody else is advancing it."""
    return await queries.due(now)


async def advance(number: str, *, now: datetime) -> bool:
    """Take what the clock has brought a contract; false when another worker has it or it only had to wait longer."""
    async with writing():
        if not await queries.still_due(number, now):
            return False
        _, acts = await steps.catch_up(await steps.again(number), now)
        await steps.look_again(number)
        if acts:
            await ledger.append_many(acts)
        return bool(acts)


async def back_off(number: str, *, now: datetime) -> None:
    """Let a contract whose step failed wait, if it is still due, so that the others come first."""
    async with writing():
        if await queries.still_due(number, now):
            await queries.check_again((await steps.again(number)).id, now + BACK_OFF)


async def awaiting_reviews() -> list[str]:
    """List contracts whose work has ended and whose reviews are to be opened."""
    return await queries.awaiting_reviews(MOST_AT_ONCE)


async def hold(number: str) -> ContractRow:
    """Lock a contract within the caller's transaction and return it."""
    found = await queries.locked(number)
    if found is None:
        raise NotFound("contract_not_found")
    return found


async def reviews_opened(contract_id: int) -> None:
    """Write down, within the caller's transaction, that the reviews of a contract are open."""
    await queries.reviews_opened(contract_id)


def number_of(award_id: int, confirmed_at: datetime) -> str:
    """Return the number of an award's contract: the same whenever and by whomever it is made."""
    return f"{NUMBER_PREFIX}-{local(confirmed_at):%Y%m%d}-{award_id:06d}"
