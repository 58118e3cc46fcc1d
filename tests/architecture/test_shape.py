"""Small enough to read: sizes, names and first sentences of all source files."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import EVERYTHING, PRODUCT, ROOT, python_files, tree, where

MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_FILE = 400
FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "base", "common", "manager", "managers", "misc"}
# Spelt in two halves, or this file would accuse itself.
WISHES = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_function_is_longer_than_forty_lines() -> None:
    long = [
        f"{where(path, node.lineno)} {node.name}: {node.end_lineno - node.lineno + 1}"
        for path in python_files(*EVERYTHING)
        for node in functions(path)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]

    assert not long, "\n".join(long)


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*EVERYTHING)}

    long = [f"{where(path)}: {lines}" for path, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE]

    assert not long, "\n".join(long)


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        where(path)
        for path in python_files(*EVERYTHING)
        if path.read_text(encoding="utf-8").strip() and not (ast.get_docstring(tree(path)) or "").strip()
    ]

    assert not silent, "\n".join(silent)


def test_no_module_is_named_for_nothing() -> None:
    nameless = [where(path) for path in python_files(*EVERYTHING) if path.stem in FORBIDDEN_MODULES]

    assert not nameless, "\n".join(nameless)


def test_nothing_is_left_as_a_wish() -> None:
    paths = [*python_files(*EVERYTHING), *(ROOT / "templates").rglob("*.html"), *(ROOT / "migrations").rglob("*.py")]

    wishes = [where(path) for path in paths if any(wish in path.read_text(encoding="utf-8") for wish in WISHES)]

    assert not wishes, "\n".join(wishes)


def test_nothing_catches_every_exception() -> None:
    nets = [
        where(path, node.lineno)
        for path in python_files(*PRODUCT)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]

    assert not nets, "\n".join(nets)
