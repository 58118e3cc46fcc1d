"""
The PostgreSQL server of a test run, and the databases the tests get from it.

Our own throwaway server, or the one whose administrator's address is in ``DATABASE_URL``; the tests cannot tell.
"""

import itertools
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from market.localdb import ROLES, create_roles_sql

_PASSWORD = "only-for-tests"


@dataclass(slots=True)
class TestServer:
    """Makes and drops databases over one connection of the administrator."""

    __test__ = False

    admin_url: str
    admin: asyncpg.Connection = field(init=False)
    numbers: "itertools.count[int]" = field(init=False, default_factory=lambda: itertools.count(1))

    async def open(self) -> None:
        """Connect, and create the three roles."""
        self.admin = await asyncpg.connect(self.admin_url)
        await self.admin.execute(create_roles_sql())
        for role in ROLES:
            await self.admin.execute(f"ALTER ROLE {role} PASSWORD '{_PASSWORD}'")

    def url(self, role: str, database: str) -> str:
        """Return the address of *database* for *role*; ``admin`` is the administrator."""
        parts = urlsplit(self.admin_url)
        place = parts.netloc.rpartition("@")[2]
        user = parts.netloc.rpartition("@")[0] if role == "admin" else f"{role}:{_PASSWORD}"
        return urlunsplit(parts._replace(netloc=f"{user}@{place}" if user else place, path=f"/{database}"))

    async def create(self, template: str | None = None) -> str:
        """Create a database of `market_owner`, empty or a copy, and return its name."""
        name = f"test_{os.getpid()}_{next(self.numbers)}"
        copied = f"TEMPLATE {template}" if template else ""
        await self.admin.execute(f"CREATE DATABASE {name} OWNER market_owner {copied}")
        return name

    async def drop(self, name: str) -> None:
        """Drop a database and whoever is still in it."""
        await self.admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass(frozen=True, slots=True)
class Database:
    """One database of one test, with `market.db` connected to it as `market_app`."""

    server: TestServer
    name: str

    def url(self, role: str = "market_app") -> str:
        """Return its address for one of the three roles, or for ``admin``."""
        return self.server.url(role, self.name)


# Every index, table, trigger and function of the market: a test that changes one gets its database thrown away.
_SHAPE = r"""
select md5(string_agg(what, ',' order by what)) from (
  select 'c' || oid::text || relname as what from pg_class where relnamespace = 'public'::regnamespace
  union all select 't' || oid::text || tgname || tgenabled::text from pg_trigger where not tgisinternal
  union all select 'p' || oid::text from pg_proc where pronamespace = 'public'::regnamespace
  union all select 'n' || nspname from pg_namespace where nspname not like 'pg\_%temp\_%') found
"""


@dataclass(slots=True)
class Spare:
    """
    A database that tests use one after the other: emptied in a few milliseconds, where a fresh copy costs a tenth of
    a second. Whatever cannot be emptied to exactly what the template holds is dropped, and the next test gets a copy.
    """

    server: TestServer
    template: str
    name: str | None = None
    admin: asyncpg.Connection | None = None
    shape: str = ""
    tables: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    kept: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)

    async def take(self) -> str:
        """Return the name of a database as the template left it."""
        if self.name is None:
            self.name = await self.server.create(self.template)
            self.admin = await asyncpg.connect(self.server.url("admin", self.name))
            await self.admin.execute("set session_replication_role = replica; set lock_timeout = '2s'")
            await self._learn(self.admin)
        return self.name

    async def give_back(self) -> None:
        """Empty the database for the next test, or drop it."""
        if self.name is None or self.admin is None:
            return
        try:
            same = await self.admin.fetchval(_SHAPE) == self.shape
            if same:
                await self._empty(self.admin)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            same = False
        if not same:
            await self.drop()

    async def drop(self) -> None:
        """Throw the database away."""
        if self.admin is not None:
            self.admin.terminate()
        if self.name is not None:
            await self.server.drop(self.name)
        self.name = self.admin = None

    async def _learn(self, admin: asyncpg.Connection) -> None:
        self.shape = await admin.fetchval(_SHAPE)
        rows = await admin.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
        self.tables = tuple(row[0] for row in rows)
        rows = await admin.fetch("select sequencename from pg_sequences where schemaname = 'public'")
        self.sequences = tuple(row[0] for row in rows)
        for table in self.tables:
            found = [tuple(row.values()) for row in await admin.fetch(f"select * from {table} order by id")]
            if found:
                self.kept[table] = found

    async def _empty(self, admin: asyncpg.Connection) -> None:
        """Bring every row and every sequence back to what the template holds."""
        await admin.execute("begin;" + ";".join(f"delete from {table}" for table in self.tables) + ";commit")
        for table, rows in self.kept.items():
            await admin.copy_records_to_table(table, records=rows)
        restart = ";".join(f"alter sequence {each} restart" for each in self.sequences)
        await admin.execute(restart)
        for table in self.kept:
            if any(sequence == f"{table}_id_seq" for sequence in self.sequences):
                await admin.execute(f"select setval('{table}_id_seq', (select max(id) from {table}))")
