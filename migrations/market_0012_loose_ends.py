"""An objection against each draft, held by the database; the text is in ``sql/0012_loose_ends.sql``."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from market.db import execute

ID = "2026-11-29T12:00:00:000012"
VERSION = "1.38.0"
DESCRIPTION = "an objection is against one draft"
PART = "0012_loose_ends.sql"


async def forwards() -> MigrationManager:
    """Run the one part."""
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    async def up() -> None:
        await execute((Path(__file__).parent / "sql" / PART).read_text())

    manager.add_raw(up)
    return manager
