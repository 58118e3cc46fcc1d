"""
The worker: a process that lets every scheduled job knock, and that may be killed at any moment.

Run as many as you like. APScheduler only keeps the time; its job store, misfire rules and idea of "running once" are
switched off or unused, because they end at the process. SIGTERM lets the running jobs finish, then exits with 0.

Basis: reference paper on the stack, section 4.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from market import db
from market.kernel.times import ZONE
from market.ledger.signer import KEY, Signer
from market.registrations.sealing import PUBLIC, Keys, KeyUnusable
from market.schedule import JOBS, Job, Shift

PATIENCE_S: Final = 20.0
MakeUp = Callable[[], Awaitable[None]]
_log = structlog.get_logger(__name__)


async def work(url: str, *, keys: Path | None, origin: str, first: MakeUp | None = None) -> None:
    """
    Work until SIGTERM or SIGINT; without the log's key among *keys* this worker signs no checkpoints.

    What a demo makes up of its past comes *first*, and jobs that evaluate wait for it.
    """
    # A tick of the one-second job that finds the one before still busy is no news.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    signer = _signer(keys, origin)
    shift = Shift(f"{socket.gethostname()}/{os.getpid()}", signer, keys=_quote_keys(keys))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, shift.leaving.set)
    await db.connect(url, max_size=4)
    try:
        await _until_leaving(shift, first)
    finally:
        await db.close()


def _signer(keys: Path | None, origin: str) -> Signer | None:
    """Return the signer of this worker; without the log's key it works, and says what it does not do."""
    if keys is not None and (keys / KEY).exists():
        return Signer.load(keys, origin)
    told = "this worker signs no checkpoints: make the key with `migrate --init-keys`, or run another worker with it"
    _log.warning(told, folder=str(keys))
    return None


def _quote_keys(folder: Path | None) -> Keys | None:
    """Return the keys this worker opens quotes with; without the current one it works, and says what it does not do."""
    if folder is None:
        return None
    keys = Keys(folder)
    try:
        keys.private((folder / PUBLIC).read_text().strip())
    except (OSError, KeyUnusable) as failure:
        told = "this worker opens no quotes: make the key with `migrate --init-keys`, or run another worker with it"
        _log.warning(told, folder=str(folder), reason=str(failure))
    return keys


async def _until_leaving(shift: Shift, first: MakeUp | None) -> None:
    busy: set[asyncio.Task[None]] = set()
    scheduler = AsyncIOScheduler(
        timezone=ZONE, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    def begin(jobs: Iterable[Job]) -> None:
        # At once as well, so that what fell due while nobody worked is made up for at the start.
        for job in jobs:
            scheduler.add_job(_tracked(job, shift, busy), job.trigger, id=job.name, next_run_time=datetime.now(ZONE))

    begin(job for job in JOBS if first is None or not job.evaluates)
    scheduler.start()
    if first is not None:
        await _made_up(first, shift)
        begin(job for job in JOBS if job.evaluates)
    await shift.leaving.wait()
    scheduler.pause()  # shutting down would cancel the jobs that are running
    if busy:
        await asyncio.wait(busy, timeout=PATIENCE_S)
    scheduler.shutdown(wait=False)


async def _made_up(first: MakeUp, shift: Shift) -> None:
    """Make up the past of a demo, unless this worker has to go before it is done; the next one begins again."""
    making, leaving = asyncio.ensure_future(first()), asyncio.ensure_future(shift.leaving.wait())
    await asyncio.wait((making, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not making.done():
        making.cancel()
    (outcome,) = await asyncio.gather(making, return_exceptions=True)
    if isinstance(outcome, Exception):
        _log.error("the past of the demo was not made up", reason=str(outcome), exc_info=outcome)


def _tracked(job: Job, shift: Shift, busy: set[asyncio.Task[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        task = asyncio.ensure_future(job.run(shift))
        busy.add(task)
        task.add_done_callback(busy.discard)
        await task

    return run
