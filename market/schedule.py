"""
Every scheduled job of the market, in one table: its name, when it knocks, and the service that does the work.

A knock decides nothing. PostgreSQL says what is due and whether a slot was already done, so that any number of workers
may run all of these, and a knock that is missed or doubled changes no result.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from typing import Any, Final

import structlog
from apscheduler.triggers.interval import IntervalTrigger

from market.agencies import service as agencies
from market.clock import service as clock
from market.contracts import service as contracts
from market.credit import drafting, evaluation
from market.credit import service as credit
from market.credit.service import abandonments, cases, openings
from market.kernel.errors import Conflict
from market.kernel.times import ZONE
from market.ledger.signer import Signer, sign_checkpoint
from market.registrations.sealing import Keys
from market.reviews import service as reviews
from market.selection import service as selection

_log = structlog.get_logger(__name__)

NextDue = Callable[[datetime], Awaitable[str | None]]
Advance = Callable[..., Awaitable[bool]]
BackOff = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shift:
    """What a worker brings to its jobs: its name, the keys it may use, and whether it is going home."""

    worker: str
    signer: Signer | None
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One scheduled job; one that *evaluates* waits until a demo has made up its past."""

    name: str
    trigger: IntervalTrigger
    run: Callable[[Shift], Awaitable[None]]
    evaluates: bool = False


@dataclass(frozen=True, slots=True)
class Nightly:
    """A calendar job with one slot a night, each missed slot made up for, with its own as-of."""

    name: str
    at: time
    work: Callable[[Any], Awaitable[Mapping[str, Any]]]
    prepare: Callable[[datetime, str], Awaitable[Any]] | None = (
        None  # outside any transaction; its result is the work's
    )


async def advance_due(shift: Shift) -> None:
    """Take every step that is due, one notice at a time; one that fails goes behind the others."""
    while not shift.leaving.is_set():
        now = await clock.now()
        notice = await selection.next_due(now, shift.keys)
        if notice is None:
            return
        # As a task of its own, so that whatever a step raises stays with its notice and holds up no other.
        (outcome,) = await asyncio.gather(selection.advance(notice, now=now, keys=shift.keys), return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.error("step failed", notice=notice, number=secrets.token_hex(5), reason=str(outcome), exc_info=outcome)
            await selection.back_off(notice, now=now)


async def open_contracts(shift: Shift) -> None:
    """Make the contract of every newly confirmed award due, then open the reviews of contracts that have ended."""
    now = await clock.now()
    await _one_by_one(shift, await contracts.waiting(now), partial(contracts.open_contract, now=now))
    await _one_by_one(shift, await contracts.awaiting_reviews(), partial(reviews.open_reviews, now=now))


async def advance_contracts(shift: Shift) -> None:
    """Take what the clock has brought contracts: lateness, lapses, acceptance by silence."""
    await _while_due(shift, contracts.next_due, contracts.advance, contracts.back_off)


async def reveal_reviews(shift: Shift) -> None:
    """Reveal the reviews whose period has ended, both of a contract at once."""
    await _while_due(shift, reviews.next_due, reviews.advance, reviews.back_off)


async def record_abandonments(shift: Shift) -> None:
    """Record the awards agencies gave up, and enter deliveries that came too late."""
    now = await clock.now()
    await _one_by_one(shift, await abandonments.unrecorded(now), partial(abandonments.record, now=now))
    await _one_by_one(shift, await abandonments.late(now), partial(abandonments.enter_lateness, now=now))


async def open_cases(_shift: Shift) -> None:
    """Open the cases that published rankings, confirmed abandonments and decisions in force ask for."""
    await openings.open_due(await clock.now())


async def advance_cases(shift: Shift) -> None:
    """Take what the clock has brought cases: notices, service, ends of periods, executions."""
    await _while_due(shift, cases.next_due_case, cases.advance_case, cases.back_off_case)


async def _while_due(shift: Shift, next_due: NextDue, advance: Advance, back_off: BackOff) -> None:
    """Take what is due, one row at a time; one that fails goes behind the others."""
    while not shift.leaving.is_set():
        now = await clock.now()
        found = await next_due(now)
        if found is None:
            return
        if not await _one_by_one(shift, [found], partial(advance, now=now)):
            await back_off(found, now=now)


async def _one_by_one(shift: Shift, found: Iterable[Any], step: Callable[[Any], Awaitable[Any]]) -> bool:
    """Take a step for each row, as a task of its own, so that one that raises holds up no other; true if none did."""
    well = True
    for each in found:
        if shift.leaving.is_set():
            break
        outcomes: Sequence[Any] = await asyncio.gather(step(each), return_exceptions=True)
        outcome = outcomes[0]
        if isinstance(outcome, Exception):
            well = False
            _log.error("step failed", row=each, number=secrets.token_hex(5), reason=str(outcome), exc_info=outcome)
    return well


async def open_contracts_of_all_times(shift: Shift) -> None:
    """Make due what the frequent look missed because no worker ran for a week."""
    now = await clock.now()
    await _one_by_one(shift, await contracts.waiting(now, ever=True), partial(contracts.open_contract, now=now))


async def record_lapses(_shift: Shift) -> None:
    """Put qualifications that lapsed on the record, and lift suspensions whose end has come."""
    now = await clock.now()
    await agencies.record_lapses(now=now)
    await agencies.resume_due(now=now)


async def checkpoint(shift: Shift) -> None:
    """Sign the log as it stands, if this worker has the key."""
    if shift.signer is None:
        return
    try:
        await sign_checkpoint(shift.signer, now=await clock.now())
    except Conflict as refusal:
        _log.critical("checkpoint refused", worker=shift.worker, reason=str(refusal))


async def beat(shift: Shift) -> None:
    """Give a sign of life."""
    await clock.beat(shift.worker, now=await clock.now())


async def make_up_nights(shift: Shift) -> None:
    """Run every slot of every nightly job that has passed and was not run, oldest first."""
    for nightly in NIGHTLY:
        for slot in await clock.missed_slots(nightly.name, nightly.at, await clock.now()):
            if shift.leaving.is_set():
                return
            prepared: Any = slot
            if nightly.prepare is not None:
                prepared = await nightly.prepare(slot, shift.worker)
                if prepared is None:
                    break  # another worker computes it; the slots after it wait for their turn
            await clock.once(nightly.name, slot, partial(nightly.work, prepared), worker=shift.worker)


async def draft_rankings(shift: Shift) -> None:
    """Draft what is due, the oldest quarter first, and compute anew what was asked."""
    while not shift.leaving.is_set():
        due = await drafting.next_due(await clock.now())
        computed = await drafting.prepare(due, shift.worker, now=await clock.now()) if due else None
        if due is None or computed is None or not await drafting.store(due, computed, now=await clock.now()):
            return


async def publish_rankings(shift: Shift) -> None:
    """Publish the rankings a regulator has confirmed, oldest first."""
    while not shift.leaving.is_set():
        slot = await credit.next_to_publish()
        if slot is None or not await credit.publish(slot, now=await clock.now()):
            return


def _every(seconds: int) -> IntervalTrigger:
    return IntervalTrigger(seconds=seconds, timezone=ZONE)


NIGHTLY: Final[tuple[Nightly, ...]] = (
    Nightly("forget_workers", time(3, 30), clock.forget_workers),
    Nightly("evaluate", time(2, 30), evaluation.store, evaluation.prepare),
    Nightly("prune_lines", time(3, 40), credit.prune_lines),
)

JOBS: Final[tuple[Job, ...]] = (
    Job("advance_due", _every(1), advance_due),
    Job("open_contracts", _every(2), open_contracts),
    Job("open_contracts_of_all_times", _every(3600), open_contracts_of_all_times),
    Job("advance_contracts", _every(1), advance_contracts),
    Job("record_abandonments", _every(60), record_abandonments, evaluates=True),
    Job("open_cases", _every(30), open_cases, evaluates=True),
    Job("advance_cases", _every(1), advance_cases, evaluates=True),
    Job("reveal_reviews", _every(1), reveal_reviews),
    Job("draft_rankings", _every(60), draft_rankings, evaluates=True),
    Job("publish_rankings", _every(5), publish_rankings, evaluates=True),
    Job("record_lapses", _every(60), record_lapses, evaluates=True),
    Job("checkpoint", _every(5), checkpoint),
    Job("beat", _every(10), beat),
    Job("make_up_nights", _every(60), make_up_nights, evaluates=True),
)
