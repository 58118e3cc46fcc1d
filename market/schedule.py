"""
Every scheduled job of the market, in one table: its name, when it knocks, and the service that does the work.

A knock decides nothing. PostgreSQL says what is due and whether a slot was already done, so that any number of workers
may run all of these, and a knock that is missed or doubled changes no result.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from typing import Any, Final

import structlog
from apscheduler.triggers.interval import IntervalTrigger

from market.agencies import service as agencies
from market.clock import service as clock
from market.kernel.errors import Conflict
from market.kernel.times import ZONE
from market.ledger.signer import Signer, sign_checkpoint
from market.selection import service as selection

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shift:
    """What a worker brings to its jobs: its name, the key it may sign with, and whether it is going home."""

    worker: str
    signer: Signer | None
    leaving: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Job:
    """One scheduled job."""

    name: str
    trigger: IntervalTrigger
    run: Callable[[Shift], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Nightly:
    """A calendar job with one slot a night, each missed slot made up for, with its own as-of."""

    name: str
    at: time
    work: Callable[[datetime], Awaitable[Mapping[str, Any]]]


async def advance_due(shift: Shift) -> None:
    """Take every step that is due, one notice at a time; one that fails goes behind the others."""
    while not shift.leaving.is_set():
        now = await clock.now()
        notice = await selection.next_due(now)
        if notice is None:
            return
        # As a task of its own, so that whatever a step raises stays with its notice and holds up no other.
        (outcome,) = await asyncio.gather(selection.advance(notice, now=now), return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.error("step failed", notice=notice, number=secrets.token_hex(5), reason=str(outcome), exc_info=outcome)
            await selection.back_off(notice, now=now)


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
            await clock.once(nightly.name, slot, partial(nightly.work, slot), worker=shift.worker)


def _every(seconds: int) -> IntervalTrigger:
    return IntervalTrigger(seconds=seconds, timezone=ZONE)


NIGHTLY: Final[tuple[Nightly, ...]] = (Nightly("forget_workers", time(3, 30), clock.forget_workers),)

JOBS: Final[tuple[Job, ...]] = (
    Job("advance_due", _every(1), advance_due),
    Job("record_lapses", _every(60), record_lapses),
    Job("checkpoint", _every(5), checkpoint),
    Job("beat", _every(10), beat),
    Job("make_up_nights", _every(60), make_up_nights),
)
