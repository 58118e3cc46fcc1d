"""Every code has a word, and Chinese is written with Chinese punctuation."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import market
from market.kernel import terms
from tests.architecture.source import PRODUCT, ROOT, python_files, tree, where

_HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff]) ?[,:;!?()] ?(?=[\u4e00-\u9fff])")
_NOT_SHOWN = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<script.*?</script>", re.DOTALL)


def enums_shown() -> Iterator[type[StrEnum]]:
    """Give every enum of a ``states`` module or of the kernel."""
    for module in pkgutil.walk_packages(market.__path__, "market."):
        parts = module.name.split(".")
        if "states" not in parts and parts[1] != "kernel":
            continue
        members = vars(importlib.import_module(module.name)).values()
        yield from (
            each
            for each in members
            if inspect.isclass(each) and issubclass(each, StrEnum) and each.__module__ == module.name
        )


def docstrings(module: ast.Module) -> set[int]:
    """Name the constants that are docstrings: English prose, in which Chinese terms are only quoted."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = (node.body[0] for node in ast.walk(module) if isinstance(node, owners) and node.body)
    return {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}


def python_texts(path: Path) -> Iterator[tuple[str, int]]:
    module = tree(path)
    skipped = docstrings(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value, node.lineno


def test_every_state_action_and_role_has_a_word() -> None:
    enums = list(enums_shown())
    missing = [
        f"{terms.kind_of(enum)}.{member}"
        for enum in enums
        for member in enum
        if str(member) not in terms.codes(terms.kind_of(enum))
    ]

    assert {"role", "method", "funds"} <= {terms.kind_of(enum) for enum in enums}
    assert not missing, "\n".join(missing)


def test_no_two_enums_share_a_kind_of_words() -> None:
    kinds = [terms.kind_of(enum) for enum in enums_shown()]

    assert len(kinds) == len(set(kinds))


def test_chinese_in_words_is_written_with_chinese_punctuation() -> None:
    wrong = [
        f"{kind}.{code}"
        for kind in terms.kinds()
        for code in terms.codes(kind)
        if any(_HALF_WIDTH.search(text) for text in terms.texts(kind, code).values())
    ]

    assert not wrong, "\n".join(wrong)


def test_chinese_in_templates_is_written_with_chinese_punctuation() -> None:
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = _NOT_SHOWN.sub("", path.read_text(encoding="utf-8"))
        wrong += [
            f"{where(path)} …{text[found.start() - 8 : found.end() + 8]}…" for found in _HALF_WIDTH.finditer(text)
        ]

    assert not wrong, "\n".join(wrong)


def test_chinese_in_python_strings_is_written_with_chinese_punctuation() -> None:
    wrong = [
        f"{where(path, line)} {text[:60]}"
        for path in python_files(*PRODUCT)
        for text, line in python_texts(path)
        if _HALF_WIDTH.search(text)
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", ["报名,截止", "注意: 截止", "合同(草案)附件", "是吗?是"])
def test_half_width_punctuation_between_chinese_characters_is_noticed(text: str) -> None:
    assert _HALF_WIDTH.search(text)


@pytest.mark.parametrize("text", ["报名，截止", "USCC: 统一", "09:00", "第 3 (3) 条", "信用分 (score)"])
def test_punctuation_beside_other_characters_is_left_alone(text: str) -> None:
    assert not _HALF_WIDTH.search(text)
