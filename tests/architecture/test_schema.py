"""The migrated database against the tables' own DDL: Piccolo does not see a changed check of the same name."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from piccolo.table import sort_table_classes

from market import db
from market.piccolo_app import APP_CONFIG

COLUMNS = """
select table_name || '.' || column_name, data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '-')
from information_schema.columns where table_schema = 'public'
"""
CONSTRAINTS = """
select c.conrelid::regclass || '.' || c.conname, pg_get_constraintdef(c.oid)
from pg_constraint c join pg_namespace n on n.oid = c.connamespace where n.nspname = 'public' and c.contype <> 'n'
"""
INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'public'"
# Said in migrations/sql, because no column can say it.
RAW_CONSTRAINTS = {
    "draw_input.draw_input_after_pool",
    "draw.draw_after_inputs",
    "opening.opening_after_inputs",
    "award.award_after_draw",
    "notice.notice_predecessor_exists",
    "registration.registration_has_quote",
    "review.review_revealed_together",
    "credit_case.credit_case_basis_decision_exists",
}


async def catalogue(connection: asyncpg.Connection, query: str) -> dict[str, str]:
    return {name: what for name, what in await connection.fetch(query) if not name.startswith("migration")}


@pytest.fixture
async def both(server, template, empty_database) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    """Connect to the migrated database and to one made of the tables' own DDL."""
    await db.connect(empty_database.url("market_owner"))
    try:
        for table in sort_table_classes(list(APP_CONFIG.table_classes)):
            await table.create_table(if_not_exists=False)
    finally:
        await db.close()
    migrated = await asyncpg.connect(server.url("market_owner", template))
    declared = await asyncpg.connect(empty_database.url("market_owner"))
    yield migrated, declared
    await migrated.close()
    await declared.close()


async def test_every_column_is_as_its_table_declares_it(both):
    migrated, declared = both
    assert await catalogue(migrated, COLUMNS) == await catalogue(declared, COLUMNS)


async def test_every_constraint_is_as_its_table_declares_it(both):
    migrated, declared = both
    found = await catalogue(migrated, CONSTRAINTS)
    assert set(found) >= RAW_CONSTRAINTS
    assert {name: what for name, what in found.items() if name not in RAW_CONSTRAINTS} == await catalogue(
        declared, CONSTRAINTS
    )


async def test_every_declared_index_is_there(both):
    migrated, declared = both
    found, wanted = await catalogue(migrated, INDEXES), await catalogue(declared, INDEXES)
    assert {name: found.get(name) for name in wanted} == wanted
