"""
What an indicator puts out: signals (信号), and what was tested without one.

A signal proves nothing: it asks a person to look. It never touches the score,
and is in no public list. A guard that fails is a result of its own
(样本不足), never "normal". The columns of ``signals.csv`` are ``COLUMNS``.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from scoring.engines import q_values
from scoring.spec import DTYPES, Column, Kind

Number = int | float | str | bool | None
# Everything an explanation may name beside the numbers.
SUBJECTS: Final = ("agency", "owner", "authority", "item", "other_item", "item_family", "region")


class Outcome(StrEnum):
    """What an indicator answers about one subject."""

    SIGNAL = "signal"  # 信号
    NONE = "none"  # 未见信号
    INSUFFICIENT = "insufficient"  # 样本不足


class Severity(StrEnum):
    """How much a signal says, as the paper counts it: S3 a fact of the record, S2 a strong hint, S1 to watch."""

    FACT = "S3"
    STRONG = "S2"
    WATCH = "S1"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a result is about; an indicator fills what it names."""

    agency: str | None = None
    owner: str | None = None
    authority: str | None = None
    item: str | None = None
    other_item: str | None = None
    item_family: str | None = None
    region: str | None = None
    record: str | None = None

    def entity(self) -> str:
        """Return the subject as one text, the same in every run."""
        return "|".join(getattr(self, name) or "-" for name in (*SUBJECTS, "record"))


@dataclass(frozen=True, slots=True)
class Result:
    """One answer of an indicator, with the numbers and rows behind it."""

    subject: Subject
    outcome: Outcome
    sample: int
    rows: tuple[str, ...]
    numbers: Mapping[str, Number] = field(default_factory=dict)
    missing: str = ""
    statistic: float | None = None
    expected: float | None = None
    effect: float | None = None
    p: float | None = None
    q: float | None = None
    tested: int | None = None
    seed: str = ""
    repeated: bool = False
    supported: bool = False


def lacking(**have_and_need: tuple[int, int]) -> str:
    """Return what a guard misses, as ``notices 12/20; owners 3/5``; empty if it holds."""
    return "; ".join(f"{name} {have}/{need}" for name, (have, need) in have_and_need.items() if have < need)


def short(value: float) -> float:
    """Return a number as results show it: ten significant digits, so that no last bit decides a byte."""
    return float(f"{value:.10g}")


def corrected(cells: Sequence[Result], untested: int = 0) -> list[Result]:
    """Fill q and the size of the family in all cells of one indicator and run; *untested* ones have a p of 1."""
    tested = len(cells) + untested
    q = q_values([short(cell.p) if cell.p is not None else 1.0 for cell in cells], tested)
    return [replace(cell, q=short(value), tested=tested) for cell, value in zip(cells, q, strict=True)]


def _text(name: str, title: str, title_zh: str, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, title, title_zh, required=required)


COLUMNS: Final = (
    _text("code", "Indicator", "指标"),
    _text("version", "Version of the indicator", "指标版本"),
    _text("severity", "Severity", "级别（S3 事实、S2 强信号、S1 关注）"),
    _text("outcome", "Outcome", "结果（信号、未见信号、样本不足）"),
    Column("window_from", Kind.DATE, "First day of the window", "观察期首日"),
    Column("window_to", Kind.DATE, "Last day of the window", "观察期末日"),
    _text("agency", "Agency, or the first of a controlling group", "中介服务机构（或其控制组首家）", required=False),
    _text("owner", "Project owner", "项目业主", required=False),
    _text("authority", "Approving authority", "审批部门", required=False),
    _text("item", "Item", "中介服务事项", required=False),
    _text("other_item", "Second item", "另一事项", required=False),
    _text("item_family", "Item family", "事项类别", required=False),
    _text("region", "Division; four digits are a prefecture", "行政区划（四位为设区市）", required=False),
    _text("record", "Row a fact rests on", "事实所在记录", required=False),
    Column("sample", Kind.INTEGER, "Sample", "样本数", least=0),
    _text("missing", "What the guard misses", "样本缺口", required=False),
    _text("statistic", "Statistic", "统计量", required=False),
    _text("expected", "Expected under the null", "原假设下的期望", required=False),
    _text("effect", "Effect", "效应量", required=False),
    _text("p", "p-value", "p 值", required=False),
    _text("q", "q after Benjamini-Hochberg", "多重检验校正后 q 值", required=False),
    Column("tested", Kind.INTEGER, "Hypotheses tested together", "同时检验数", required=False, least=0),
    Column("repeated", Kind.BOOLEAN, "Also in the window before", "上一不重叠观察期也出现"),
    Column("supported", Kind.BOOLEAN, "Evidence that is no statistic stands beside it", "另有非统计证据"),
    _text("numbers", "Numbers behind the outcome, JSON", "依据数据（JSON）"),
    _text("parameters", "Parameters, JSON", "参数（JSON）"),
    _text("rows", "Rows counted, JSON", "所计记录（JSON）"),
    _text("rows_hash", "SHA-256 of the rows counted", "所计记录哈希"),
    _text("seed", "Seed of the replay", "重放种子", required=False),
    _text("key", "Key: the same facts make no second signal", "去重键（同一事实不重复提示）"),
    _text("explanation_zh", "Explanation, Chinese", "说明（中文）"),
    _text("explanation_en", "Explanation, English", "说明（英文）"),
    _text("others_zh", "Other explanations, Chinese", "其他合理解释（中文）"),
    _text("others_en", "Other explanations, English", "其他合理解释（英文）"),
)


def typed(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return records as the table of ``COLUMNS``, in an order no order of rows changes."""
    made = {
        column.name: pd.Series([record[column.name] for record in records], dtype=_first_type(column)).astype(
            DTYPES[column.kind]
        )
        for column in COLUMNS
    }
    return pd.DataFrame(made).sort_values(["code", "key"], ignore_index=True)


def record_of(result: Result, window: tuple[date, date]) -> dict[str, Any]:
    """Return the columns of one result that do not depend on its indicator."""
    subject = {name: getattr(result.subject, name) for name in (*SUBJECTS, "record")}
    rows = sorted(set(result.rows))
    numbers = {name: short(value) if isinstance(value, float) else value for name, value in result.numbers.items()}
    return {
        **subject,
        "outcome": str(result.outcome),
        "window_from": window[0],
        "window_to": window[1],
        "sample": result.sample,
        "missing": result.missing or None,
        **{name: _shown(getattr(result, name)) for name in ("statistic", "expected", "effect", "p", "q")},
        "tested": result.tested,
        "repeated": result.repeated,
        "supported": result.supported,
        "numbers": as_text(numbers),
        "rows": as_text(rows),
        "rows_hash": hashlib.sha256(as_text(rows).encode()).hexdigest(),
        "seed": result.seed or None,
    }


def key_of(code: str, subject: Subject, rows_hash: str) -> str:
    """Return what a dismissal remembers: indicator, entity and rows."""
    return hashlib.sha256(f"{code}|{subject.entity()}|{rows_hash}".encode()).hexdigest()


def as_text(value: Any) -> str:
    """Return JSON in one line, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _shown(value: float | None) -> str | None:
    return None if value is None else repr(short(value))


def _first_type(column: Column) -> Any:
    """Return the type Python values are read as before they get the column's own."""
    return "str" if column.kind is Kind.TEXT else ("object" if column.kind is Kind.DATE else DTYPES[column.kind])
