"""
Every way to the database: the engine, the one transaction that writes, and plain SQL for pages.

Only the task that opened a transaction may use it: what it starts with ``gather`` or ``create_task`` inherits the
transaction and is refused while that is open, because one connection answers one question at a time. Constraints
speak as exceptions of asyncpg (``asyncpg.UniqueViolationError`` …, with ``constraint_name``); after one of them
nothing works in the transaction unless it was caught around `savepoint`. JSONB arrives as text.

Piccolo 1.38 gives a connection back only when COMMIT or ROLLBACK succeed; ours always does. Pooled connections are
not reset, so nothing may live in a session: ``SET LOCAL`` and ``pg_advisory_xact_lock`` only, and no LISTEN.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.querystring import QueryString

# Tables look for their engine there; Piccolo itself would look in the folder we happen to be started from.
os.environ.setdefault("PICCOLO_CONF", "market.piccolo_conf")


class TransactionMisused(RuntimeError):
    """Say which rule about transactions the calling code broke: a bug, never an answer to a user."""


class Transaction(PostgresTransaction):
    """One transaction of one task; it cannot be nested, and it always gives its connection back."""

    engine: "Engine"

    def __init__(self, engine: "Engine", *, isolation: str | None = None, readonly: bool = False) -> None:
        self.options = {"isolation": isolation, "readonly": readonly}
        self.owner = asyncio.current_task()
        self.over = False
        if engine.open_transaction() is not None:
            raise TransactionMisused("a transaction is already open here; use savepoint() inside it")
        engine.current_transaction.set(None)  # one inherited from a task that has since ended it
        super().__init__(engine, allow_nested=False)

    async def __aenter__(self) -> "Transaction":
        self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        begun = False
        try:
            self.transaction = self.connection.transaction(**self.options)
            await self.begin()  # type: ignore[no-untyped-call]
            begun = True
        finally:
            if not begun:
                await self._give_back()
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: object, exception: object, traceback: object) -> Literal[False]:
        try:
            if exception is not None:
                await self.rollback()  # type: ignore[no-untyped-call]
            else:
                await self.commit()  # type: ignore[no-untyped-call]
        finally:
            self.over = True
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return False

    async def _give_back(self) -> None:
        pool = self.engine.pool
        # A transaction cut off in the middle leaves asyncpg to roll back on release.
        await asyncio.shield(pool.release(self.connection) if pool else self.connection.close())


class Engine(PostgresEngine):
    """Piccolo's engine without its connection at import, and with our transaction."""

    async def check_version(self) -> None:
        """Do nothing: importing a module must not open a connection."""

    async def prep_database(self) -> None:
        """Do nothing: the market uses no extension."""

    def transaction(
        self, allow_nested: bool = False, *, isolation: str | None = None, readonly: bool = False
    ) -> Transaction:
        """Return a transaction to enter; nesting is refused whatever *allow_nested* says."""
        return Transaction(self, isolation=isolation, readonly=readonly)

    def open_transaction(self) -> Transaction | None:
        """Return the open transaction of this task, and refuse one that belongs to another task."""
        current = self.current_transaction.get()
        if not isinstance(current, Transaction) or current.over:
            return None
        if current.owner is not asyncio.current_task():
            raise TransactionMisused("only the task that opened a transaction may use it: no gather, no create_task")
        return current

    def source(self) -> Any:
        """Return what runs a query now: the connection of this task's transaction, or the pool."""
        if current := self.open_transaction():
            return current.connection
        if self.pool is None:
            raise TransactionMisused("the database is not connected: call market.db.connect() first")
        return self.pool

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        """Run one of Piccolo's queries."""
        text, values = querystring.compile_string(engine_type=self.engine_type)
        return await self.source().fetch(text, *values)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        """Run one of Piccolo's schema commands."""
        return await self.source().fetch(ddl)


engine = Engine(config={})


async def _keep(connection: object) -> None:
    """Leave a connection as it is: a reset after each use costs more than most queries."""


async def connect(
    url: str, *, min_size: int = 1, max_size: int = 10, server_settings: dict[str, str] | None = None
) -> None:
    """Open the pool; everything else in this module needs it."""
    if engine.pool is not None:
        raise TransactionMisused("the database is connected already")
    engine.config = {"dsn": url, "server_settings": {"application_name": "market"} | (server_settings or {})}
    await engine.start_connection_pool(min_size=min_size, max_size=max_size, reset=_keep)


async def close() -> None:
    """Close the pool; closing twice is no error."""
    if engine.pool is not None:
        await engine.close_connection_pool()


def writing() -> Transaction:
    """Return the one transaction that writes: ``async with writing():``."""
    return engine.transaction()


def reading() -> Transaction:
    """Return a transaction that sees one moment of the database and cannot write."""
    return engine.transaction(isolation="repeatable_read", readonly=True)


def in_transaction() -> bool:
    """Tell whether this task is inside `writing` or `reading`."""
    return engine.open_transaction() is not None


@contextlib.asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Undo only what happens inside when it raises; the transaction around it stays usable."""
    current = engine.open_transaction()
    if current is None:
        raise TransactionMisused("savepoint() needs a transaction around it")
    async with current.connection.transaction():
        yield


async def fetch(sql: str, *args: object) -> list[asyncpg.Record]:
    """Return every row of a query; its parameters are ``$1``, ``$2`` …."""
    rows: list[asyncpg.Record] = await engine.source().fetch(sql, *args)
    return rows


async def row(sql: str, *args: object) -> asyncpg.Record | None:
    """Return the first row of a query, or None."""
    return await engine.source().fetchrow(sql, *args)


async def value(sql: str, *args: object) -> Any:
    """Return the first column of the first row, or None."""
    return await engine.source().fetchval(sql, *args)


async def execute(sql: str, *args: object) -> str:
    """Run a command and return PostgreSQL's tag for it, for instance ``UPDATE 1``."""
    tag: str = await engine.source().execute(sql, *args)
    return tag


async def executemany(sql: str, rows: Iterable[Sequence[object]]) -> None:
    """Run a command once for each row of parameters, all or nothing."""
    await engine.source().executemany(sql, rows)


async def copy_query(sql: str, *args: object, to: Path) -> None:
    """Write the rows of a query to a CSV file with a header, without holding them."""
    await engine.source().copy_from_query(sql, *args, output=to, format="csv", header=True)


async def copy_records(table: str, *, columns: Sequence[str], records: Iterable[Sequence[object]]) -> str:
    """Load many rows by COPY, the fastest way in."""
    tag: str = await engine.source().copy_records_to_table(table, columns=columns, records=records)
    return tag
