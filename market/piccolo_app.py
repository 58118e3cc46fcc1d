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


def _modules(name: str) -> list[str]:
    """Return the modules of a domain that may hold tables: of a package, every one."""
    held = _HERE / name / "tables"
    if (held / "__init__.py").exists():
        return [
            f"market.{name}.tables",
            *sorted(f"market.{name}.tables.{each.stem}" for each in held.glob("[a-z]*.py")),
        ]
    return [f"market.{name}.tables"] if held.with_suffix(".py").exists() else []


TABLE_MODULES = tuple(module for name in _LAYERS for module in _modules(name))

APP_CONFIG = AppConfig(
    app_name="market",
    migrations_folder_path=MIGRATIONS,
    table_classes=table_finder(modules=TABLE_MODULES, exclude_imported=True),
)
