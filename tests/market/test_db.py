"""Transactions and queries: who may use a connection, and that it always comes back."""

import asyncio
import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from market import db
from tests.server import Database

POOL = 3


@pytest.fixture
async def tables(empty_database: Database) -> AsyncIterator[None]:
    """Connect a pool of three, with a table of unique numbers and one whose check waits for the commit."""
    await db.connect(empty_database.url("market_owner"), max_size=POOL)
    await db.execute("CREATE TABLE thing (n int PRIMARY KEY)")
    await db.execute("CREATE TABLE late (n int PRIMARY KEY, x int REFERENCES late DEFERRABLE INITIALLY DEFERRED)")
    yield
    await db.close()


async def _numbers() -> list[int]:
    return [record["n"] for record in await db.fetch("SELECT n FROM thing ORDER BY n")]


async def _all_connections_work() -> None:
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(db.value("SELECT 1 FROM pg_sleep(0.05)") for _ in range(POOL * 2))) == [1] * 6


async def test_what_is_written_is_kept_and_what_fails_is_not(tables: None) -> None:
    async with db.writing():
        await db.execute("INSERT INTO thing VALUES ($1)", 1)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.writing():
            await db.executemany("INSERT INTO thing VALUES ($1)", [(2,), (1,)])

    assert await _numbers() == [1]
    assert not db.in_transaction()


async def test_queries_inside_a_transaction_use_its_connection(tables: None) -> None:
    async with db.writing():
        assert db.in_transaction()
        await db.executemany("INSERT INTO thing VALUES ($1)", [(1,), (2,)])
        await db.copy_records("thing", columns=["n"], records=[(3,)])
        assert await _numbers() == [1, 2, 3]
        assert await db.engine.pool.fetchval("SELECT count(*) FROM thing") == 0


async def test_a_missing_row_is_none(tables: None) -> None:
    assert await db.row("SELECT n FROM thing") is None
    assert await db.value("SELECT n FROM thing") is None


async def test_a_failing_commit_gives_the_connection_back(tables: None) -> None:
    for _ in range(POOL + 1):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.writing():
                await db.execute("INSERT INTO late VALUES (1, 99)")
        assert not db.in_transaction()

    await _all_connections_work()


async def test_cancelling_in_the_middle_gives_the_connection_back_and_rolls_back(tables: None) -> None:
    async def slow() -> None:
        async with db.writing():
            await db.execute("INSERT INTO thing VALUES (1)")
            await db.execute("SELECT pg_sleep(60)")

    for _ in range(POOL + 1):
        task = asyncio.create_task(slow())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await _all_connections_work()
    assert await _numbers() == []


async def test_cancelling_while_waiting_for_a_connection_loses_none(tables: None) -> None:
    async def short() -> None:
        async with db.writing():
            await db.execute("SELECT pg_sleep(0.02)")

    tasks = [asyncio.create_task(short()) for _ in range(30)]
    await asyncio.sleep(0.03)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    await _all_connections_work()


async def test_a_lost_connection_is_replaced(tables: None) -> None:
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)):
        async with db.writing():
            await db.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    await _all_connections_work()


async def test_a_transaction_cannot_be_nested(tables: None) -> None:
    async with db.writing():
        for opener in (db.writing, db.reading):
            with pytest.raises(db.TransactionMisused, match="already open"):
                opener()
        assert await db.value("SELECT 1") == 1


async def test_gather_inside_a_transaction_is_refused_and_the_transaction_survives(tables: None) -> None:
    async with db.writing():
        with pytest.raises(db.TransactionMisused, match="only the task that opened"):
            await asyncio.gather(db.value("SELECT 1"), db.value("SELECT 2"))
        await db.execute("INSERT INTO thing VALUES (1)")

    assert await _numbers() == [1]
    await _all_connections_work()


async def test_a_task_that_outlives_the_transaction_it_was_born_in_is_on_its_own(tables: None) -> None:
    over = asyncio.Event()

    async def later() -> None:
        await over.wait()
        assert not db.in_transaction()
        async with db.writing():
            await db.execute("INSERT INTO thing VALUES (2)")

    async with db.writing():
        task = asyncio.create_task(later())
    over.set()
    await task

    assert await _numbers() == [2]


async def test_transactions_of_different_tasks_do_not_meet(tables: None) -> None:
    async def insert(n: int) -> None:
        async with db.writing():
            await db.execute("INSERT INTO thing VALUES ($1)", n)

    await asyncio.gather(*(insert(n) for n in range(20)))

    assert await _numbers() == list(range(20))


async def test_a_violation_inside_a_savepoint_leaves_the_transaction_usable(tables: None) -> None:
    async with db.writing():
        await db.execute("INSERT INTO thing VALUES (1)")
        with pytest.raises(asyncpg.UniqueViolationError) as caught:
            async with db.savepoint():
                await db.execute("INSERT INTO thing VALUES (2), (1)")
        await db.execute("INSERT INTO thing VALUES (3)")

    assert caught.value.constraint_name == "thing_pkey"
    assert await _numbers() == [1, 3]


async def test_a_savepoint_needs_a_transaction(tables: None) -> None:
    with pytest.raises(db.TransactionMisused, match="needs a transaction"):
        async with db.savepoint():
            pass


async def test_reading_sees_one_moment_and_cannot_write(tables: None, empty_database: Database) -> None:
    async with db.reading():
        assert await _numbers() == []
        await db.engine.pool.execute("INSERT INTO thing VALUES (1)")
        assert await _numbers() == []
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await db.execute("INSERT INTO thing VALUES (2)")

    assert await _numbers() == [1]


async def test_nothing_connects_before_it_is_told_to() -> None:
    assert os.environ["PICCOLO_CONF"] == "market.piccolo_conf"
    with pytest.raises(db.TransactionMisused, match="not connected"):
        await db.value("SELECT 1")


async def test_connecting_twice_is_refused(tables: None, empty_database: Database) -> None:
    with pytest.raises(db.TransactionMisused, match="connected already"):
        await db.connect(empty_database.url())
