"""
The keepers of a practice draw: processes that hold a secret each, outside the database, and one that makes the beacon.

They stand for people and for a lottery that a real draw has, so that nobody, the market's operator included, knows an
outcome before the inputs are frozen. They refuse every ruleset that is not practice. A secret is on disk before its
promise is made: a promise that nobody can keep would be worth less than none.

Basis: DESIGN §5, mode P.
"""

import asyncio
import re
import secrets
import signal
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import structlog

from market import db
from market.clock import service as clock
from market.kernel import rulesets
from market.kernel.errors import Refusal
from market.ledger.signer import written
from market.notices import service as notices
from market.selection import service as selection
from market.selection.draw import HEX64, commitment
from market.selection.tables import keepers as wanted
from market.selection.tables.keepers import Wanted

KEEPERS: Final = ("operator", "owner", "witness")
BEACON: Final = "beacon"
POLL_S: Final = 0.3
UNREACHABLE: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_log = structlog.get_logger(__name__)


class NotPractice(RuntimeError):
    """A notice under rules that are not for practice: people keep its secrets, and a lottery makes its beacon."""


async def keep(url: str, *, name: str, keys: Path) -> None:
    """Be the keeper *name*, or the beacon, until SIGTERM or SIGINT."""
    if name not in (*KEEPERS, BEACON):
        raise ValueError(f"no keeper is called {name!r}")
    leaving = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leaving.set)
    await db.connect(url, max_size=1)
    try:
        while not leaving.is_set():
            try:
                await (shine() if name == BEACON else serve(name, keys / name))
            except UNREACHABLE as failure:
                _log.warning("keeper waits for the database", keeper=name, reason=str(failure))
            await _pause(leaving)
    finally:
        await db.close()


async def serve(keeper: str, folder: Path) -> None:
    """Promise a secret for every practice draft that wants one, and reveal those whose window is open."""
    now = await clock.now()
    for draft in await wanted.drafts_without(keeper):
        await promise(draft, keeper, folder, now=now)
    for closed in await wanted.closed_without(keeper, now):
        await reveal(closed, keeper, folder)


async def promise(draft: Wanted, keeper: str, folder: Path, *, now: datetime) -> None:
    """Make a secret, put it on disk, and only then publish the commitment to it."""
    refuse_real(draft)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(folder, draft)
    if not path.exists():
        written(path, secrets.token_hex(32))
    promised = commitment(draft.code, keeper, path.read_text(), draft.suite)
    await _tried(notices.commit(keeper, draft.id, promised, now=now), draft)


async def reveal(closed: Wanted, keeper: str, folder: Path) -> None:
    """Reveal the secret of a notice whose pool is frozen; one that is lost counts as not revealed."""
    refuse_real(closed)
    path = _path(folder, closed)
    if not path.exists() or not HEX64.fullmatch(path.read_text()):
        _log.error("secret lost", keeper=keeper, notice=closed.code)
        return
    await _tried(selection.reveal(keeper, closed.id, path.read_text(), now=await clock.now()), closed)


async def shine() -> None:
    """Publish a public number for every practice beacon whose moment has come and whose inputs are frozen."""
    now = await clock.now()
    for notice, announced in await wanted.beacons_wanted(now):
        refuse_real(notice)
        await _tried(selection.publish_beacon("practice", announced["event"], secrets.token_hex(32), now=now), notice)


def refuse_real(notice: Wanted) -> None:
    """Refuse a notice whose ruleset is not for practice."""
    if not rulesets.get(notice.ruleset).practice:
        raise NotPractice(f"{notice.code} is under {notice.ruleset}")


def _path(folder: Path, notice: Wanted) -> Path:
    if not _FILE_NAME.fullmatch(notice.code):
        raise ValueError(f"no file name: {notice.code!r}")
    return folder / notice.code


async def _tried(act: Coroutine[Any, Any, object], notice: Wanted) -> None:
    """Do an act that may come a moment too late or too early: the next round finds out by itself."""
    try:
        await act
    except Refusal as refusal:
        _log.info("refused", notice=notice.code, reason=str(refusal))


async def _pause(leaving: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(leaving.wait(), POLL_S)
    except TimeoutError:
        return
