"""Builders of rankings: a quarter's run, computed and stored by the real job, brought to a state."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from market import db
from market.credit import drafting, evaluation, frames, records, service
from market.credit.drafting import Due
from market.credit.evaluation import Evaluation
from market.credit.states import RankingState
from market.kernel.roles import Actor, Role, Scope
from tests.server import Database

SLOT = date(2026, 3, 31)


async def evaluated(day: date) -> Evaluation:
    """Evaluate a day as the job does, but in this process, which has loaded pandas already."""
    with TemporaryDirectory() as folder:
        await records.copy_all(Path(folder), day)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    return Evaluation(day, await asyncio.to_thread(frames.computed, files, day))


async def a_night(day: date) -> None:
    """Evaluate a day and store it."""
    computed = await evaluated(day)
    async with db.writing():
        await evaluation.store(computed)


async def a_run(day: date = SLOT, *, at: datetime | None = None) -> None:
    """Evaluate a day and store it; draft the ranking of a quarter that ends with it, without waiting."""
    computed = await evaluated(day)
    async with db.writing():
        await evaluation.store(computed)
    if evaluation.ends_quarter(day):
        await drafting.store(Due(day), computed, now=at or await db.value("select now()"))


async def redrafted() -> bool:
    """Let the worker draft what is due; tell whether anything was."""
    now: datetime = await db.value("select now()")
    due = await drafting.next_due(now)
    return due is not None and await drafting.store(due, await evaluated(due.slot), now=now)


async def objected(owner_url: str) -> datetime:
    """Let the period for objections be over, as if the draft were three weeks old; return a moment after it."""
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute("alter table ranking disable trigger user")
        await owner.execute("update ranking set objections_until_at = now() - interval '1 hour'")
        await owner.execute("alter table ranking enable trigger user")
        now: datetime = await owner.fetchval("select now()")
        return now
    finally:
        await owner.close()


def a_regulator(person: int, organisation: int, trade: str | None = None) -> Actor:
    """Return somebody of a regulator that watches one trade, or every one."""
    return Actor(Role.REGULATOR, "丙", person, organisation, "990000", (Scope("990000", trade),))


async def a_ranking(database: Database, state: RankingState, regulator: Actor, slot: date = SLOT) -> datetime:
    """Bring the ranking of a quarter to a state; return the moment of the last act."""
    await a_run(slot)
    now = await objected(database.url("market_owner"))
    if state is not RankingState.DRAFTED:
        await service.confirm(slot, actor=regulator, now=now)
    if state is RankingState.PUBLISHED:
        now += timedelta(seconds=1)
        await service.publish(slot, now=now)
    return now
