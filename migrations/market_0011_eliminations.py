"""What raw SQL could still do towards an elimination, closed; the text is in ``sql/0011_eliminations.sql``."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from market.db import execute

ID = "2026-11-29T10:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "no effect of an elimination without each of its conditions, by no statement"
PART = "0011_eliminations.sql"


async def forwards() -> MigrationManager:
    """Run the one part."""
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    async def up() -> None:
        await execute((Path(__file__).parent / "sql" / PART).read_text())

    manager.add_raw(up)
    return manager
