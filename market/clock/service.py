"""
The working-day calendar from its table, calendar jobs that run once per slot, and the heartbeat of the workers.

A job called twice for a slot does nothing the second time. The uniqueness of ``job_run`` holds that; the advisory lock
only spares a second worker the work whose result the constraint would throw away.
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any, Final

from market.db import execute, fetch, value, writing
from market.kernel.calendar import ExceptionalDay, WorkCalendar
from market.kernel.errors import Conflict
from market.kernel.times import ZONE, local

CALENDAR_TTL_S: Final = 60.0
FORGOTTEN_AFTER: Final = timedelta(days=1)

Work = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(slots=True)
class _Kept:
    """The calendar as it was read last, and when by the monotonic clock."""

    calendar: WorkCalendar
    read: float


_kept: list[_Kept] = []


async def calendar() -> WorkCalendar:
    """Return the working-day calendar; an edit of the table is seen within a minute."""
    if _kept and time.monotonic() - _kept[0].read < CALENDAR_TTL_S:
        return _kept[0].calendar
    rows = await fetch('select "on", is_workday, source, provisional from holiday')
    read = WorkCalendar(ExceptionalDay(**dict(each)) for each in rows)
    _kept[:] = [_Kept(read, time.monotonic())]
    return read


async def now() -> datetime:
    """Read the database's clock."""
    told: datetime = await value("select clock_timestamp()")
    return told


async def once(job: str, slot: datetime, work: Work, *, worker: str) -> bool:
    """
    Run *work* for a slot in one transaction with the record that it ran; false when it has run already.

    When a worker dies in the middle, its record vanishes with its work and the next one runs it again.
    """
    async with writing():
        await execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{job} {slot.isoformat()}")
        if await value("select 1 from job_run where job = $1 and slot = $2", job, slot):
            return False
        result = json.dumps(dict(await work()))
        sql = """
        insert into job_run (job, slot, ran_by, finished_at, result) values ($1, $2, $3, clock_timestamp(), $4::jsonb)
        on conflict (job, slot) do nothing
        """
        if await execute(sql, job, slot, worker, result) != "INSERT 0 1":
            raise Conflict("slot_taken", job=job)
        return True


async def missed_slots(job: str, at: time_of_day, now: datetime) -> list[datetime]:
    """Return the slots of a nightly job since its last run, oldest first; only the latest if it never ran."""
    today = datetime.combine(local(now).date(), at, ZONE)
    newest = today if today <= now else _day_before(today)
    ran: datetime | None = await value("select max(slot) from job_run where job = $1", job)
    if ran is None:
        return [newest]
    slots = []
    while newest > ran:
        slots.append(newest)
        newest = _day_before(newest)
    return slots[::-1]


async def beat(worker: str, *, now: datetime) -> None:
    """Note that a worker is alive."""
    sql = """
    insert into worker_beat (worker, seen_at) values ($1, $2)
    on conflict (worker) do update set seen_at = excluded.seen_at
    """
    await execute(sql, worker, now)


async def forget_workers(now: datetime) -> Mapping[str, Any]:
    """Delete the heartbeats of workers that ended long ago."""
    gone = await execute("delete from worker_beat where seen_at < $1", now - FORGOTTEN_AFTER)
    return {"forgotten": int(gone.removeprefix("DELETE "))}


def _day_before(slot: datetime) -> datetime:
    earlier: date = slot.date() - timedelta(days=1)
    return datetime.combine(earlier, slot.timetz())
