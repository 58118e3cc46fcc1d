"""Migrating: as whom, one at a time, each wholly or not at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from market import db, migrate
from tests.server import Database, TestServer

GOOD = """
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from market import db
ID = {name!r}
async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="market")
    async def run():
        await db.execute("CREATE TABLE {table} AS SELECT current_user AS made_by")
        {then}
    manager.add_raw(run)
    return manager
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder the migrations are taken from, empty."""
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
async def admin(empty_database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection of the administrator to the empty database."""
    connection = await asyncpg.connect(empty_database.url("admin"))
    yield connection
    await connection.close()


def _write(folder: Path, name: str, then: str = "pass") -> None:
    (folder / f"{name}.py").write_text(GOOD.format(name=name, table=name, then=then))


async def test_what_is_missing_is_applied_once_in_order_of_names(
    folder: Path, empty_database: Database, admin: asyncpg.Connection
) -> None:
    _write(folder, "m_order_2")
    _write(folder, "m_order_1")

    assert await migrate.migrate(empty_database.url("market_owner")) == ["m_order_1", "m_order_2"]
    assert await migrate.migrate(empty_database.url("market_owner")) == []
    assert await admin.fetchval("SELECT made_by FROM m_order_1") == "market_owner"


async def test_an_administrator_migrates_in_the_name_of_the_owner(
    folder: Path, empty_database: Database, admin: asyncpg.Connection
) -> None:
    _write(folder, "m_admin")

    await migrate.migrate(empty_database.url("admin"))

    assert await admin.fetchval("SELECT made_by FROM m_admin") == "market_owner"


async def test_a_migration_that_fails_leaves_nothing_and_the_earlier_ones_stay(
    folder: Path, empty_database: Database, admin: asyncpg.Connection
) -> None:
    _write(folder, "m_fail_1")
    _write(folder, "m_fail_2", then='await db.execute("SELECT 1/0")')

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.migrate(empty_database.url("market_owner"))

    assert await admin.fetchval("SELECT to_regclass('m_fail_2')") is None
    assert [record["name"] for record in await admin.fetch("SELECT name FROM migration")] == ["m_fail_1"]


async def test_the_running_market_sees_what_is_pending(folder: Path, empty_database: Database) -> None:
    _write(folder, "m_pending")
    await db.connect(empty_database.url())
    assert await migrate.pending() == ["m_pending"]
    await db.close()

    await migrate.migrate(empty_database.url("market_owner"))

    await db.connect(empty_database.url())
    assert await migrate.pending() == []
    await db.close()


async def test_two_processes_do_not_migrate_at_once(
    folder: Path, empty_database: Database, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", "200ms")
    await admin.execute("SELECT pg_advisory_lock($1)", migrate._LOCK)

    with pytest.raises(migrate.MigrationRefused, match="Another process is migrating"):
        await migrate.migrate(empty_database.url("market_owner"))


async def test_a_migration_does_not_wait_long_for_a_lock_that_others_queue_behind(
    folder: Path, empty_database: Database, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", "200ms")
    await admin.execute("CREATE TABLE busy (n int); ALTER TABLE busy OWNER TO market_owner")
    _write(folder, "m_lock", then='await db.execute("ALTER TABLE busy ADD m int")')

    async with admin.transaction(), asyncio.timeout(5):
        await admin.execute("LOCK TABLE busy IN ACCESS SHARE MODE")
        with pytest.raises(migrate.MigrationRefused, match="nothing changed"):
            await migrate.migrate(empty_database.url("market_owner"))


async def test_who_is_not_the_owner_is_refused(folder: Path, empty_database: Database) -> None:
    with pytest.raises(migrate.MigrationRefused, match="MARKET_OWNER_URL"):
        await migrate.migrate(empty_database.url("market_app"))


async def test_missing_roles_are_refused_with_the_sql_that_creates_them(
    folder: Path, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A role that no server has stands for the three on a fresh one: roles belong to the whole server.
    monkeypatch.setattr(migrate, "ROLES", ("market_owner", "market_missing"))
    monkeypatch.setattr(migrate, "create_roles_sql", lambda: "CREATE ROLE market_missing LOGIN")

    with pytest.raises(
        migrate.MigrationRefused, match=r"(?s)Roles missing: market_missing.*CREATE ROLE market_missing"
    ):
        await migrate.migrate(empty_database.url("market_owner"))


async def test_a_database_the_owner_may_not_use_is_refused(
    folder: Path, server: TestServer, empty_database: Database
) -> None:
    await server.admin.execute(f"ALTER DATABASE {empty_database.name} OWNER TO CURRENT_USER")

    with pytest.raises(migrate.MigrationRefused, match="OWNER TO market_owner"):
        await migrate.migrate(empty_database.url("market_owner"))
