"""The source files the architecture tests read, found once and parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("market", "scoring")
EVERYTHING = (*PRODUCT, "tests", "benchmarks")


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """List the Python files of some top-level folders."""
    return tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def where(path: Path, line: int | None = None) -> str:
    """Name a place as an editor does."""
    return f"{path.relative_to(ROOT)}" + ("" if line is None else f":{line}")
