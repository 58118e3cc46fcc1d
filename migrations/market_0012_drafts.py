from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Integer
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-29T12:00:00:000011"
VERSION = "1.38.0"
DESCRIPTION = "which draft an objection is against"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="market", description=DESCRIPTION)

    manager.add_column(
        table_class_name="RankingObjection",
        tablename="ranking_objection",
        column_name="run_number",
        db_column_name="run_number",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 1,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="RankingObjection",
        tablename="ranking_objection",
        constraint_name="ranking_objection_run_from_one",
        constraint_class=Check,
        params={"condition": "run_number >= 1"},
        schema=None,
    )

    return manager
