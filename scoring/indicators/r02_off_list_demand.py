"""
R02, off-list demand (清单外要求): is a service demanded that the catalogue does not make anybody buy?

A rule, not a statistic. A notice is held against the catalogue of the moment
it was published, a demand of an authority against that of its decision. An
item abolished a second later was still there.

Basis: docs/indicators/R02.md; 优化营商环境条例 art. 43; 国办发〔2015〕31号.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from scoring.facts import Facts, Window
from scoring.indicator import Indicator, Words
from scoring.params import CREDIT_SCORE_1, number
from scoring.periods import days
from scoring.signals import Outcome, Result, Severity, Subject, lacking

REASONS: Final = {
    "absent": "不在清单",
    "abolished": "已取消",
    "lapsed": "法定依据不在有效期",
    "unfounded": "强制性事项缺少已核对的法定依据",
    "not_mandatory": "不是强制性事项，审批部门仍要求提供",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of R02/1."""

    months: int = number(12, unit="months", note="older notices and decisions are not looked at again")
    items: int = number(1, unit="items in the catalogue", note="none are 样本不足: nothing to compare with")


LIMITS: Final = Limits()


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return a result for each notice and each demand of an authority that breaks the rule."""
    notices = facts.notices[window.holds(facts.notices["published_at"])]
    approvals = facts.approvals[window.holds(facts.approvals["decided_at"]) & facts.approvals["demanded"].astype(bool)]
    missing = lacking(items=(len(facts.items), LIMITS.items))
    if missing:
        return (
            [Result(Subject(), Outcome.INSUFFICIENT, 0, (), missing=missing)] if len(notices) + len(approvals) else []
        )
    demanded = approvals.rename(columns={"decided_at": "published_at"})
    found = [*_found(notices, facts.items, "notice"), *_found(demanded, facts.items, "approval_id")]
    return sorted(found, key=lambda result: result.subject.entity())


def _found(demands: pd.DataFrame, items: pd.DataFrame, key: str) -> Iterator[Result]:
    """Give a result for each demand with a reason against it."""
    held = demands.merge(items.drop(columns="item_family"), on="item", how="left", suffixes=("", "_item"))
    against = _reasons(held, key)
    broken = against.any(axis=1)
    for row, reasons in zip(held[broken].to_dict("records"), against[broken].to_dict("records"), strict=True):
        words = [str(name) for name, found in reasons.items() if found]
        record = f"{key.removesuffix('_id')}:{row[key]}"
        authority = str(row["authority"]) if key == "approval_id" else None
        subject = Subject(owner=str(row["owner"]), authority=authority, item=str(row["item"]), record=record)
        numbers = {
            "reasons": " ".join(words),
            "reasons_zh": "、".join(REASONS[word] for word in words),
            "record": record,
        }
        yield Result(subject, Outcome.SIGNAL, 1, (record,), numbers)


def _reasons(held: pd.DataFrame, key: str) -> pd.DataFrame:
    """Say which reasons there are against each demand, held against the catalogue of its moment."""
    at, day = held["published_at"], days(held["published_at"], CREDIT_SCORE_1)
    listed = held["published_at_item"] <= at
    gone = listed & (held["abolished_at"] <= at)
    mandatory = held["outcome"] == "mandatory"
    lapsed = (held["basis_until"] < day) | (held["basis_from"] > day)
    against = {
        "absent": ~listed,
        "abolished": gone,
        "lapsed": listed & ~gone & lapsed,
        "unfounded": listed & ~gone & mandatory & (held["legal_basis"].isna() | held["read_on"].isna()),
    }
    if key == "approval_id":
        against["not_mandatory"] = listed & ~gone & held["outcome"].isin(["listed"])
    return pd.DataFrame(against)


R02: Final = Indicator(
    "R02",
    "R02/1",
    Severity.FACT,
    False,
    Words("清单外要求", "Off-list demand"),
    Words(
        "所要求的中介服务，当时是否在清单内并有有效的法定依据？",
        "Was the service demanded on the list at that time, on a legal basis in force?",
    ),
    Words(
        "不在清单、已取消、依据失效、强制性事项缺少已核对的依据，或审批部门要求非强制性事项",
        "absent, abolished, basis lapsed, mandatory without a clause read, or demanded by an authority though optional",
    ),
    Words(
        "信号：疑似清单外要求。{record} 要求的 {item}：{reasons_zh}。请核对清单版本与依据条款。",
        "Signal: possible off-list demand. {record} demands {item}: {reasons}. Check the list and the clause.",
    ),
    (
        Words("清单或依据登记滞后", "the list or the basis was registered late"),
        Words("事项编码填写错误", "a wrong code was entered"),
        Words("成果由业主自愿提交，并非审批部门要求", "the owner handed it in freely and nobody demanded it"),
        Words("应急情形的豁免", "an emergency exemption"),
    ),
    LIMITS,
    measure,
)
