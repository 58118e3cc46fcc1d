"""
The way from any older schema to the one this program needs, one process at a time.

Runs as `market_owner`, or as an administrator who may become it. Piccolo's own command records a migration in a second
transaction; here the change and its record are one, so an interrupted migration happened wholly or not at all.
"""

import contextlib
import io
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import structlog
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration

from market import db
from market.localdb import ROLES, create_roles_sql
from market.piccolo_app import APP_CONFIG, MIGRATIONS

_LOCK = 0x676F6E67  # only keeps two migrations apart; no invariant of the market rests on it
_LOCK_TIMEOUT = "5s"  # a migration that waits for a lock makes everybody behind it wait
_log = structlog.get_logger(__name__)


class MigrationRefused(RuntimeError):
    """Say why the schema was not brought up to date, and what to do."""


async def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names of the migrations applied; the pool must not be open."""
    async with _guarded(url) as role:
        settings = {"lock_timeout": _LOCK_TIMEOUT, "role": role, "application_name": "market migrate"}
        await db.connect(url, max_size=2, server_settings=settings)
        try:
            return await _apply()
        except asyncpg.LockNotAvailableError as failure:
            raise MigrationRefused(
                f"A lock was not free within {_LOCK_TIMEOUT}; nothing changed, try again."
            ) from failure
        finally:
            await db.close()


async def pending() -> list[str]:
    """Return the migrations this program has and the connected database has not."""
    if await db.value("SELECT to_regclass('public.migration')") is None:
        return sorted(_modules())
    done = {
        record["name"] for record in await db.fetch("SELECT name FROM public.migration WHERE app_name = $1", "market")
    }
    return sorted(set(_modules()) - done)


def _modules() -> dict[str, Any]:
    if not MIGRATIONS.is_dir():
        return {}
    return dict(ForwardsMigrationManager(app_name="market").get_migration_modules(str(MIGRATIONS)))


async def _apply() -> list[str]:
    async with db.writing():
        await Migration.create_table(if_not_exists=True)
        await db.execute("GRANT SELECT ON public.migration TO market_app, market_read")
    modules = _modules()
    names = await pending()
    for name in names:
        async with db.writing():
            manager = await modules[name].forwards()
            if isinstance(manager, MigrationManager):
                manager.wrap_in_transaction = False  # ours is around it
                with contextlib.redirect_stdout(io.StringIO()):
                    await manager.run()
            await Migration.insert(Migration(name=name, app_name=APP_CONFIG.app_name))
        _log.info("migrated", migration=name)
    return names


@contextlib.asynccontextmanager
async def _guarded(url: str) -> AsyncIterator[str]:
    """Hold the right to migrate, with the roles in place; yield the role to migrate as."""
    guard = await asyncpg.connect(url, server_settings={"lock_timeout": _LOCK_TIMEOUT})
    try:
        try:
            await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        except asyncpg.LockNotAvailableError as failure:
            raise MigrationRefused(
                "Another process is migrating this database; try again when it is done."
            ) from failure
        await _demand_roles(guard)
        await _demand_owner(guard)
        yield ROLES[0]
    finally:
        await guard.close()


async def _demand_roles(guard: asyncpg.Connection) -> None:
    found = {
        record["rolname"] for record in await guard.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", ROLES)
    }
    missing = [role for role in ROLES if role not in found]
    if not missing:
        return
    try:
        await guard.execute(create_roles_sql())
    except asyncpg.InsufficientPrivilegeError as failure:
        raise MigrationRefused(
            f"Roles missing: {', '.join(missing)}. This account may not create them. Let an administrator run:\n"
            f"{create_roles_sql()}\nthen give each a password, and migrate again as market_owner."
        ) from failure


async def _demand_owner(guard: asyncpg.Connection) -> None:
    """Make sure that we may become `market_owner` and that it may create tables."""
    name, database, member, creates = await guard.fetchrow(
        "SELECT current_user, quote_ident(current_database()), pg_has_role(current_user, 'market_owner', 'MEMBER'),"
        " has_schema_privilege('market_owner', 'public', 'CREATE')"
    )
    if not member:
        raise MigrationRefused(f"{name} may not migrate: connect as market_owner (MARKET_OWNER_URL).")
    if not creates:
        raise MigrationRefused(
            "market_owner may not create tables here. Let an administrator run:\n"
            f"ALTER DATABASE {database} OWNER TO market_owner;"
        )
