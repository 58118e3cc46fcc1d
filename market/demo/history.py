"""
The past quarters of the sample city, evaluated by the real job and led to published rankings by its sample people.

The nights between quarters are not made up: no run of the nightly job is put on
record, so that the first worker begins with last night. Every step
is a service function of the market, called with the moment at which it would
have been taken; nothing a score, a ranking or a case says is written here.
Quarters do not depend on each other until they are stored, so that they are
computed side by side.

Basis: DESIGN §6, §9.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from market import db
from market.accounts import sessions
from market.clock import service as clock
from market.credit import drafting, evaluation
from market.credit import service as credit
from market.credit.drafting import Due
from market.credit.evaluation import Evaluation
from market.credit.queries import runs
from market.credit.states import RankingState
from market.demo import SampleCityRefused
from market.demo.bodies import SUPERVISOR
from market.kernel import rulesets
from market.kernel.calendar import end_of
from market.kernel.roles import Actor
from market.kernel.times import ZONE, local

QUARTERS: Final = 3
_NIGHT: Final = time(2, 30)  # when the nightly job of a quarter's last day runs
_OFFICE: Final = time(10)


async def make_up(until: date | None) -> None:
    """Evaluate the last quarters of a city that no worker has evaluated yet, as the market would have at their ends."""
    if await db.value("select exists (select from job_run where job = 'evaluate')"):
        return
    last: datetime | None = await db.value("select max(at) from ledger_entry where type = 'contract.closed'")
    if last is None:  # an empty market has no past
        return
    until = until or local(last).date() + timedelta(days=1)
    await of_quarters(ended(until, QUARTERS), until=until)


async def of_quarters(slots: Sequence[date], *, until: date) -> None:
    """Compute the given quarters side by side, then store, confirm and publish one after the other."""
    places = asyncio.Semaphore(os.cpu_count() or 1)
    computed = [asyncio.ensure_future(_computed(slot, places)) for slot in slots]
    supervisor = await actor_of(SUPERVISOR)
    try:
        for slot, future in zip(slots, computed, strict=True):
            await _rank(slot, await future, supervisor, until=until)
    finally:
        for future in computed:
            future.cancel()


def ended(until: date, quarters: int) -> list[date]:
    """Return the last days of the quarters that ended before a day, oldest first."""
    found: list[date] = []
    day = until - timedelta(days=1)
    while len(found) < quarters:
        if evaluation.ends_quarter(day):
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]


async def actor_of(login: str) -> Actor:
    """Return a sample person as they act when signed in."""
    person: int | None = await db.value("select id from person where login = $1", login)
    if person is None:
        raise SampleCityRefused(f"There is no {login}; its history needs the sample city.")
    return (await sessions.memberships(person))[0].actor


async def _computed(slot: date, places: asyncio.Semaphore) -> Evaluation:
    async with places:
        return await evaluation.compute(slot)


async def _rank(slot: date, found: Evaluation, supervisor: Actor, *, until: date) -> None:
    """Store a quarter as of the night it ended, and confirm and publish its ranking as far as the city's days go."""
    night = datetime.combine(slot + timedelta(days=1), _NIGHT, ZONE)
    if not await runs.is_done(slot):
        async with db.writing():
            await evaluation.store(found, now=night)
    ready = drafting.drafted_from(slot, await clock.calendar(), rulesets.get(rulesets.MODEL))
    await drafting.store(Due(slot), found, now=ready)
    drafted = await credit.ranking(slot, supervisor)
    if drafted.state is not RankingState.DRAFTED:
        return
    confirmed_at = in_office(await _workday(drafted.objections_until_at))
    if confirmed_at >= end_of(until - timedelta(days=1)):
        return
    await credit.confirm(slot, actor=supervisor, now=confirmed_at)
    await credit.publish(slot, now=confirmed_at + timedelta(minutes=1))


def in_office(day: date) -> datetime:
    """Return a moment of a day at which an office acts."""
    return datetime.combine(day, _OFFICE, ZONE)


async def _workday(at: datetime) -> date:
    """Return the first working day on or after a moment's day, or the day after if its office hour is over."""
    days = await clock.calendar()
    day = local(at).date()
    return day if days.is_workday(day) and in_office(day) >= at else days.add_workdays(day, 1)
