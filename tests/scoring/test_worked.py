"""The page worked by hand, the package and the independent program, held together number by number."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from scoring.report import run_case

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "score-worked.md").read_text(encoding="utf-8")
CASE_FILE = ROOT / "docs" / "score-worked.json"
CASE = json.loads(CASE_FILE.read_text(encoding="utf-8"))
SCRIPT = Path(__file__).parent / "independent_score.py"
COLUMNS = ("reviews", "performance", "supervision", "public_credit", "entries", "limit")
ARITHMETIC = re.compile(r"([0-9(][0-9 +*/()-]*[0-9)]) = (-?[0-9]+)")
EQUATIONS = ARITHMETIC.findall("".join(PAGE.split("```")[1::2]))


def results_of_the_page() -> list[dict[str, Any]]:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| 示例")]
    return [
        {
            "agency": row[0],
            "parts": {name: int(cell) for name, cell in zip(COLUMNS, row[1:7], strict=True) if cell != "–"},
            "total": None if row[7] == "–" else int(row[7]),
            "grade": row[8],
        }
        for row in rows
    ]


def evaluate(text: str) -> int:
    """Work an expression of whole numbers exactly; ``/`` rounds half-up at the end and ``//`` cuts down."""
    moves: dict[type, Callable[[Fraction, Fraction], Fraction]] = {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.Div: lambda a, b: a / b,
        ast.FloorDiv: lambda a, b: Fraction(a // b),
    }

    def work(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            return moves[type(node.op)](work(node.left), work(node.right))
        assert isinstance(node, ast.Constant)
        return Fraction(node.value)

    return (work(ast.parse(text, mode="eval").body) + Fraction(1, 2)).__floor__()


def test_the_page_works_twelve_agencies() -> None:
    assert len(results_of_the_page()) == 12
    assert [row["agency"] for row in results_of_the_page()] == CASE["agencies"]


def test_the_package_finds_the_numbers_of_the_page() -> None:
    assert run_case(CASE) == results_of_the_page()


def test_the_independent_program_finds_the_numbers_of_the_page() -> None:
    with CASE_FILE.open(encoding="utf-8") as held:
        found = subprocess.run([sys.executable, "-I", SCRIPT], stdin=held, capture_output=True, check=True, timeout=60)

    assert json.loads(found.stdout) == results_of_the_page()


@pytest.mark.parametrize(("expression", "result"), sorted(set(EQUATIONS)))
def test_every_line_of_arithmetic_on_the_page_is_true(expression: str, result: str) -> None:
    assert evaluate(expression) == int(result)


def test_every_total_of_the_page_ends_its_arithmetic() -> None:
    totals = re.findall(r"^total: (?:.* = (\d+)|none)$", PAGE, flags=re.MULTILINE)

    assert [int(total) if total else None for total in totals] == [row["total"] for row in results_of_the_page()]
    assert len(EQUATIONS) > 150


def test_the_independent_program_is_short_and_shares_nothing_with_the_package() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    assert len(text.splitlines()) <= 60
    assert names <= set(sys.stdlib_module_names)
