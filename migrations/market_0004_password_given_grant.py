"""The right to set and clear the mark of 0003; a migration of its own, because raw SQL runs before new columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from market.db import execute

ID = "2026-11-24T15:00:00:000002"
VERSION = "1.38.0"
DESCRIPTION = "the running market may set and clear password_given_at"


async def forwards() -> MigrationManager:
    """Grant it."""
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    async def up() -> None:
        await execute("grant update (password_given_at) on person to market_app")

    manager.add_raw(up)
    return manager
