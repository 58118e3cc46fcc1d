"""The clock of arrivals: shared readings that never speak for somebody who came after they began."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from market.arrival import ArrivalClock
from tests.server import Database


@pytest.fixture
async def clock(empty_database: Database) -> AsyncIterator[ArrivalClock]:
    clock = ArrivalClock(empty_database.url())
    yield clock
    await clock.close()


async def test_a_reading_is_aware_utc_and_the_databases(clock: ArrivalClock) -> None:
    reading = await clock.now()

    assert reading.tzinfo is UTC
    assert abs(reading - datetime.now(UTC)) < timedelta(seconds=5)


async def test_five_hundred_at_one_moment_share_one_reading(clock: ArrivalClock) -> None:
    started = datetime.now(UTC)

    told = await asyncio.gather(*(clock.now() for _ in range(500)))

    assert min(told) >= started
    assert clock.round_trips == 1


async def test_no_reading_is_older_than_its_caller_however_they_come(clock: ArrivalClock) -> None:
    async def arrive(delay: float) -> tuple[datetime, datetime]:
        await asyncio.sleep(delay)
        return datetime.now(UTC), await clock.now()

    told = await asyncio.gather(*(arrive(n % 10 * 0.002) for n in range(500)))

    assert all(reading >= started for started, reading in told)
    assert clock.round_trips <= 250


async def test_who_comes_during_a_reading_waits_for_the_next(clock: ArrivalClock) -> None:
    await clock.now()
    first = asyncio.create_task(clock.now())
    while clock.round_trips < 2:
        await asyncio.sleep(0)
    started = datetime.now(UTC)

    second = await clock.now()

    assert await first < second
    assert second >= started


async def test_one_caller_that_gives_up_does_not_take_the_reading_from_the_others(clock: ArrivalClock) -> None:
    impatient, patient = asyncio.create_task(clock.now()), asyncio.create_task(clock.now())
    await asyncio.sleep(0)
    impatient.cancel()

    assert (await patient).tzinfo is UTC


async def test_a_lost_connection_is_opened_again(clock: ArrivalClock, empty_database: Database) -> None:
    before = await clock.now()
    admin = await asyncpg.connect(empty_database.url("admin"))
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'market clock'"
    )

    assert await clock.now() > before
    await admin.close()


async def test_a_database_out_of_reach_is_told_to_every_caller(clock: ArrivalClock) -> None:
    lost = ArrivalClock("postgresql://nobody@127.0.0.1:1/nothing")

    told = await asyncio.gather(lost.now(), lost.now(), return_exceptions=True)

    assert all(isinstance(failure, OSError) for failure in told)
    await lost.close()


async def test_an_estimate_follows_the_last_reading_without_asking(clock: ArrivalClock) -> None:
    with pytest.raises(RuntimeError, match="not been read"):
        clock.estimate()
    reading = await clock.now()
    asked = clock.round_trips
    await asyncio.sleep(0.05)

    estimate = clock.estimate()

    assert timedelta(seconds=0.05) <= estimate - reading < timedelta(seconds=5)
    assert estimate <= await clock.now()
    assert clock.round_trips == asked + 1
