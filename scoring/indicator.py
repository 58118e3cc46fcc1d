"""
What every indicator tells about itself: question, condition, words, other explanations and numbers.

The pages in ``docs/indicators`` are checked against it. A signal's words say
疑似 and list what innocent people would answer; they never say that somebody did wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scoring.facts import Facts, Window
from scoring.params import as_rows
from scoring.signals import SUBJECTS, Outcome, Result, Severity, as_text, key_of, record_of

UNITS_ZH: Final = {
    "notices": "公告",
    "agencies": "机构",
    "owners": "业主",
    "projects": "项目",
    "elsewhere": "区域外项目",
    "others": "其他机构的项目",
    "items": "事项",
    "guides": "指南",
}


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question put to the record; *quarterly* ones are computed once, at quarter close, never night after night."""

    code: str
    version: str
    severity: Severity
    quarterly: bool
    title: Words
    question: Words
    condition: Words
    text: Words
    others: tuple[Words, ...]
    limits: Any
    measure: Callable[[Facts, Window], list[Result]]


def record(indicator: Indicator, result: Result, window: Window) -> dict[str, Any]:
    """Return one result as a row of ``signals.csv``."""
    held = record_of(result, (window.first, window.last))
    explained = explanation(indicator, result)
    return {
        **held,
        "code": indicator.code,
        "version": indicator.version,
        "severity": str(indicator.severity),
        "parameters": as_text({row["name"]: row["value"] for row in as_rows(indicator.limits)}),
        "key": key_of(indicator.code, result.subject, held["rows_hash"]),
        "explanation_zh": explained.zh,
        "explanation_en": explained.en,
        "others_zh": "；".join(words.zh for words in indicator.others),
        "others_en": "; ".join(words.en for words in indicator.others),
    }


def explanation(indicator: Indicator, result: Result) -> Words:
    """Return what a reader is told about one result."""
    if result.outcome is Outcome.INSUFFICIENT:
        lacks = "；".join(_unit_zh(part) for part in result.missing.split("; "))
        return Words(
            f"样本不足（{lacks}），不作判断；这不等于正常。",
            f"Not enough to judge ({result.missing}). That does not mean normal.",
        )
    if result.outcome is Outcome.NONE:
        return Words("未达到提示条件。", "The condition of a signal is not met.")
    named = {name: _named(result, name) for name in SUBJECTS}
    values: Mapping[str, Any] = {**named, "p": result.p, "q": result.q, "tested": result.tested, **result.numbers}
    return Words(indicator.text.zh.format_map(values), indicator.text.en.format_map(values))


def _named(result: Result, name: str) -> str:
    return getattr(result.subject, name) or "–"


def _unit_zh(part: str) -> str:
    name, _, rest = part.partition(" ")
    return f"{UNITS_ZH[name]} {rest}"
