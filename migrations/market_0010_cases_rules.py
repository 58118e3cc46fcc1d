"""What the auto-migration of cases, facts and editions cannot express; the text is in ``sql/0010_cases.sql``."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from market.db import execute

ID = "2026-11-24T23:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "due process held by the database, facts of credit, grants"
PART = "0010_cases.sql"


async def forwards() -> MigrationManager:
    """Run the one part."""
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    async def up() -> None:
        await execute((Path(__file__).parent / "sql" / PART).read_text())

    manager.add_raw(up)
    return manager
