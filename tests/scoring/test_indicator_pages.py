"""The pages in docs/indicators say what the modules do: same words, same numbers, and examples that come out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scoring.indicator import Indicator
from scoring.params import as_rows
from scoring.registry import INDICATORS
from tests.scoring.worlds import example, measured

PAGES = Path(__file__).resolve().parents[2] / "docs" / "indicators"
HEADINGS = [
    "Question", "Condition", "Method", "Worked example", "Why it matters", "Other explanations",
    "Guards and exclusions", "Parameters",
]  # fmt: skip
every = pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.code)


def page_of(indicator: Indicator) -> str:
    return (PAGES / f"{indicator.code}.md").read_text(encoding="utf-8")


def sections(indicator: Indicator) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", page_of(indicator), flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def table_of(indicator: Indicator) -> str:
    """Render the parameters as the page has them."""
    rows = [
        f"| `{row['name']}` | {row['value']} | {row['unit']} | {row['source']} | {row['note'] or '–'} |"
        for row in as_rows(indicator.limits)
    ]
    return "\n".join(["| name | value | unit | source | note |", "|---|---|---|---|---|", *rows])


@every
def test_a_page_has_its_headings_in_their_order(indicator: Indicator) -> None:
    assert page_of(indicator).startswith(f"# {indicator.code} · {indicator.title.zh} · {indicator.title.en}\n")
    assert list(sections(indicator)) == HEADINGS
    assert all(sections(indicator).values())


@every
def test_question_and_condition_are_the_modules(indicator: Indicator) -> None:
    held = sections(indicator)

    assert held["Question"] == f"{indicator.question.zh}\n\n{indicator.question.en}"
    assert held["Condition"] == f"{indicator.condition.zh}\n\n{indicator.condition.en}"


@every
def test_the_other_explanations_are_the_modules(indicator: Indicator) -> None:
    listed = "\n".join(f"- {words.zh} · {words.en}" for words in indicator.others)

    assert sections(indicator)["Other explanations"] == listed


@every
def test_the_parameters_are_the_modules(indicator: Indicator) -> None:
    text = sections(indicator)["Parameters"]

    assert text == f"`{indicator.version}`\n\n{table_of(indicator)}"


@every
def test_the_worked_example_comes_out(indicator: Indicator) -> None:
    text = sections(indicator)["Worked example"]
    (block,) = re.findall(r"```json\n(.+?)```", text, flags=re.DOTALL)
    held = json.loads(block)

    (found,) = [
        result
        for result in measured(indicator.code, example(indicator.code, held["case"]))
        if result.outcome == held["outcome"]
    ]

    for name, value in held["expected"].items():
        assert _same(found.numbers.get(name, getattr(found, name, None)), value), name
    assert "示例" in text


def _same(found: Any, value: Any) -> bool:
    return found == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value)


def test_every_page_belongs_to_an_indicator() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {indicator.code for indicator in INDICATORS} | {"README"}


def test_the_overview_lists_the_indicators_in_their_order() -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"\| \[(\w+)\]\(\1\.md\) \|", text) == [indicator.code for indicator in INDICATORS]
