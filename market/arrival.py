"""
The clock that decides whether something came in time: the database's, read on a connection kept for that.

A reading never waits for the pool, so a full market costs nobody a deadline. Callers that arrive while a reading is
under way share the next one, because only a reading that starts after an arrival may speak for it.

Basis: 以平台收到时间为准, the time the market received it counts.
"""

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta

import asyncpg

_TIMEOUT_S = 5.0
# A server that says farewell unasked leaves asyncpg in a state it calls an internal error.
_LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)


class ArrivalClock:
    """Reads the database's clock for one event loop; close it when the program ends."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._next: asyncio.Future[datetime] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last: tuple[datetime, float] | None = None
        self.round_trips = 0

    async def now(self) -> datetime:
        """Return the database's time at a moment after this call began, in UTC."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._next.add_done_callback(_seen)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_all())
        # One caller that gives up must not take the reading from the others.
        return await asyncio.shield(self._next)

    def estimate(self) -> datetime:
        """Return about what `now` would, without asking: for pages that only show the time, never for a deadline."""
        if self._last is None:
            raise RuntimeError("the clock has not been read yet")
        reading, received = self._last
        return reading + timedelta(seconds=time.monotonic() - received)

    async def close(self) -> None:
        """Stop reading and close the connection."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        self._drop()

    async def _read_all(self) -> None:
        waiting: asyncio.Future[datetime] | None = None
        try:
            while self._next is not None:
                waiting, self._next = self._next, None
                try:
                    waiting.set_result(await self._read())
                except (asyncpg.PostgresError, *_LOST) as failure:
                    waiting.set_exception(failure)
        finally:
            # Whatever ends the reading early, nobody may wait for it for ever.
            for future in (waiting, self._next):
                if future is not None:
                    future.cancel()
            self._next = None

    async def _read(self) -> datetime:
        try:
            return await self._ask()
        except _LOST:
            self._drop()
            return await self._ask()

    async def _ask(self) -> datetime:
        async with asyncio.timeout(_TIMEOUT_S):
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self._url, server_settings={"application_name": "market clock"}
                )
            self.round_trips += 1
            told: datetime = await self._connection.fetchval("SELECT clock_timestamp()")
        reading = told.astimezone(UTC)
        self._last = reading, time.monotonic()
        return reading

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _seen(future: "asyncio.Future[datetime]") -> None:
    """Mark a failure as seen even when every caller has gone meanwhile."""
    if not future.cancelled():
        future.exception()
