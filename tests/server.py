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
