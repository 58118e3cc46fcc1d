"""
The facts a case rests on: a stable code and values, with the Chinese as it was served and the English derived from it.

What was served is kept in the words it was served in, so that no later change
of a word changes it; the values stand beside them for programs and for English.
A fact written down before facts had codes has its label and its text alone.

The names of values carry their units: ``_on`` is a date, ``_hundredths`` are
hundredths of a point, ``count`` is a number of records or owners.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final

from market.kernel import terms
from market.kernel.terms import Language

Value = str | int
# What the market itself writes into cases and decisions, word for word.
_WRITTEN: Final = ("case_clause", "silence_decision")


class FactCode(StrEnum):
    """What a fact of a case tells."""

    RANKING_BEFORE = "ranking_before"  # 前一期排名
    RANKING_LAST = "ranking_last"  # 最近一期排名
    ALONE_BEFORE = "alone_before"  # 仅履约与监管两部分，前一期
    ALONE_LAST = "alone_last"  # 仅履约与监管两部分，最近一期
    ABANDONED = "abandoned"  # 放弃中选
    DECISION_IN_FORCE = "decision_in_force"  # 已生效的决定
    BREACH_FOUND = "breach_found"  # 认定程度
    OBSERVED = "observed"  # 事实
    OTHER_EXPLANATIONS = "other_explanations"  # 其他合理解释
    WINDOW = "window"  # 观察期
    AS_OF = "as_of"  # 数据截至
    INDICATOR = "indicator"  # 指标
    RECORDS = "records"  # 记录数
    FINGERPRINT = "fingerprint"  # 记录哈希
    OWNERS_REQUIRED = "owners_required"  # 业主答复


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as it was served, with its code and values if it has them."""

    label: str
    text: str
    code: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    def told(self, lang: Language) -> tuple[str, str]:
        """Return the label and the text for a reader; the Chinese is always that which was served."""
        if lang == "zh" or not self.code:
            return self.label, self.text
        return _label(self.code, self.values, lang), _text(self.code, self.values, lang)


def fact(code: FactCode, /, **values: Value) -> Fact:
    """Make a fact of its values, in the words of today."""
    return Fact(_label(code, values, "zh"), _text(code, values, "zh"), str(code), values)


def packed(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """Write facts down as a case keeps them, in their order."""
    return [asdict(each) for each in facts]


def unpacked(kept: list[dict[str, Any]] | dict[str, Any]) -> tuple[Fact, ...]:
    """Read the facts of a case, also those that were kept as labels and texts alone."""
    if isinstance(kept, dict):
        return tuple(Fact(label, str(text)) for label, text in kept.items())
    return tuple(Fact(**each) for each in kept)


def english(text: str) -> str | None:
    """Return the English of what the market itself wrote; nothing for what a person wrote, and nothing is guessed."""
    return _written().get(text)


def _label(code: str, values: Mapping[str, Value], lang: Language) -> str:
    return terms.said("fact_code", code, values, lang)


def _text(code: str, values: Mapping[str, Value], lang: Language) -> str:
    return terms.said("fact_text", code, values, lang)


@cache
def _written() -> Mapping[str, str]:
    found = [terms.texts(kind, code) for kind in _WRITTEN for code in terms.codes(kind)]
    return {each["zh"]: each["en"] for each in found}
