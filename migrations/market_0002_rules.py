"""What the auto-migration cannot express: functions, triggers, partial indexes, grants; the text is in ``sql/``."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from market.db import execute

ID = "2026-11-24T14:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "the log's function, lifecycles and windows, grants"
PARTS = ("0001_ledger.sql", "0002_rules.sql", "0003_grants.sql")


async def forwards() -> MigrationManager:
    """Run the parts in order."""
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    async def up() -> None:
        for part in PARTS:
            await execute((Path(__file__).parent / "sql" / part).read_text())

    manager.add_raw(up)
    return manager
