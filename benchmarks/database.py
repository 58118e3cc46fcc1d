"""
The private PostgreSQL of a run: durable like a real one, because what an act costs is mostly the disk.

Every subject gets a database of its own, a copy of one migrated template.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from market.localdb import SUPERUSER, LocalPostgres
from market.migrate import migrate
from market.seeding import seed_rules


@dataclass(frozen=True, slots=True)
class Place:
    """A server that runs, with a migrated template."""

    server: LocalPostgres

    def create(self, name: str) -> None:
        """Create a migrated database."""
        self.server.create_database(name, template="market")

    def url(self, name: str) -> str:
        """Return the address the market would use."""
        return self.server.url(database=name)

    def admin_url(self, name: str) -> str:
        """Return the administrator's address."""
        return self.server.url(SUPERUSER, name)


@contextmanager
def a_place() -> Iterator[Place]:
    """Start the server, and remove it with everything in it afterwards."""
    with tempfile.TemporaryDirectory(prefix="market-bench-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = LocalPostgres(Path(folder) / "pg").start()
        try:
            owner = server.url("market_owner")
            asyncio.run(migrate(owner))
            asyncio.run(seed_rules(owner))
            yield Place(server)
        finally:
            server.stop()
            shutil.rmtree(server.home, ignore_errors=True)
