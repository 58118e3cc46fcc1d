"""What the auto-migration of sealed quotes cannot express; the text is in ``sql/0008_quotes.sql``."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from market.db import execute

ID = "2026-11-24T19:20:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "what is sealed until the opening, grants"
PART = "0008_quotes.sql"


async def forwards() -> MigrationManager:
    """Run the one part."""
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    async def up() -> None:
        await execute((Path(__file__).parent / "sql" / PART).read_text())

    manager.add_raw(up)
    return manager
