"""
The tables Piccolo compares with the migrations, and where the migrations lie.

A domain's tables count only once its module is listed here, in the order of the layers.
"""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

_HERE = Path(__file__).parent
_PACKAGED = _HERE / "_migrations"
MIGRATIONS = _PACKAGED if _PACKAGED.is_dir() else _HERE.parent / "migrations"

_LAYERS = (
    "clock", "ledger", "accounts", "messages", "files", "catalogue", "agencies", "guides", "notices", "registrations",
    "selection", "contracts", "reviews", "disputes", "credit", "connections", "openness", "desk",
)  # fmt: skip
TABLE_MODULES = tuple(
    f"market.{name}.tables"
    for name in _LAYERS
    if (_HERE / name / "tables.py").exists() or (_HERE / name / "tables" / "__init__.py").exists()
)

APP_CONFIG = AppConfig(
    app_name="market",
    migrations_folder_path=MIGRATIONS,
    table_classes=table_finder(modules=TABLE_MODULES, exclude_imported=True),
)
