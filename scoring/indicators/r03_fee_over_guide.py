"""
R03, fee over guide (收费超过公示上限): was more billed than the guide allows, or more signed than was quoted?

A rule, not a statistic; exactly the maximum is still allowed. The version of
the guide cited at registration binds. Where none was cited, the one in force
when the notice was published does, so that a guide raised the day after never helps.

Basis: docs/indicators/R03.md; DESIGN §4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from scoring.facts import Facts, Window
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.signals import Number, Outcome, Result, Severity, Subject


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of R03/1."""

    months: int = number(12, unit="months", note="amounts recorded earlier are not looked at again")
    over_fen: int = number(0, unit="fen over the maximum", source="detection study §4.1", note="more is a signal")


LIMITS: Final = Limits()


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return a result for each contract above what binds it, and for each there is nothing to compare with."""
    fees = facts.fees[window.holds(facts.fees["recorded_at"])]
    held = _with_most(fees, facts)
    over_guide = (held["billed_fen"] - held["most_fen"] > LIMITS.over_fen).fillna(False).astype(bool)
    over_quote = (held["signed_fen"] - held["quote_fen"] > LIMITS.over_fen).fillna(False).astype(bool)
    compared = (held["billed_fen"].notna() & held["most_fen"].notna()) | (
        held["signed_fen"].notna() & held["quote_fen"].notna()
    )
    # Before anything is billed or signed there is no question yet.
    asked = held["billed_fen"].notna() | held["signed_fen"].notna()
    broken = [_broken(row) for row in held[over_guide | over_quote].to_dict("records")]
    return broken + [_unknown(row) for row in held[asked & ~compared].to_dict("records")]


def _with_most(fees: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Return the fees with owner and item of their notice, and the maximum that binds them."""
    about = facts.notices[["notice", "owner", "item", "published_at"]]
    held = fees.merge(about, on="notice", how="left").sort_values("contract_id", ignore_index=True)
    cited = held["guide"].map(facts.guides.set_index("guide")["most_fen"]).astype("Int64")
    then = held[["contract_id", "agency", "item", "published_at"]].merge(
        facts.guides.rename(columns={"published_at": "from"}), on=["agency", "item"]
    )
    valid = then[(then["from"] <= then["published_at"]) & ~(then["ended_at"] <= then["published_at"])]
    latest = valid.sort_values(["from", "guide"]).drop_duplicates("contract_id", keep="last")
    fallback = held["contract_id"].map(latest.set_index("contract_id")["most_fen"]).astype("Int64")
    return held.assign(most_fen=cited.fillna(fallback))


def _broken(row: Mapping[Any, Any]) -> Result:
    amounts: dict[str, Number] = {
        name: _fen(row[name]) for name in ("most_fen", "billed_fen", "quote_fen", "signed_fen")
    }
    said, said_en, worst = [], [], 0.0
    for name, most, zh, en in (
        ("billed_fen", "most_fen", "结算 {0}元，高于当时公示上限 {1}元", "billed {0} CNY, above the guide's {1} CNY"),
        (
            "signed_fen",
            "quote_fen",
            "合同 {0}元，高于中选价 {1}元",
            "signed {0} CNY, above the price selected, {1} CNY",
        ),
    ):
        paid, allowed = _fen(row[name]), _fen(row[most])
        if paid is not None and allowed is not None and paid - allowed > LIMITS.over_fen:
            share = (paid - allowed) / allowed if allowed else 1.0
            worst = max(worst, share)
            said.append(f"{zh.format(_yuan(paid), _yuan(allowed))}（{share:.2%}）")
            said_en.append(f"{en.format(_yuan(paid), _yuan(allowed))} ({share:.2%})")
    numbers = {**amounts, "over": worst, "facts_zh": "；".join(said), "facts_en": "; ".join(said_en)}
    return Result(_subject(row), Outcome.SIGNAL, 1, _rows(row), numbers, effect=worst)


def _unknown(row: Mapping[Any, Any]) -> Result:
    return Result(_subject(row), Outcome.INSUFFICIENT, 0, _rows(row), missing="guides 0/1")


def _subject(row: Mapping[Any, Any]) -> Subject:
    contract = f"contract:{row['contract_id']}"
    return Subject(agency=str(row["agency"]), owner=str(row["owner"]), item=str(row["item"]), record=contract)


def _rows(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return f"contract:{row['contract_id']}", f"notice:{row['notice']}"


def _fen(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02}"


R03: Final = Indicator(
    "R03",
    "R03/1",
    Severity.FACT,
    False,
    Words("收费超过公示上限", "Fee over guide"),
    Words(
        "结算是否高于所引服务指南的上限，合同是否高于中选价？",
        "Was more billed than the guide cited allows, or more signed than the price selected?",
    ),
    Words("结算 > 指南上限，或签订价 > 中选价", "billed > maximum of the guide, or signed > price selected"),
    Words(
        "信号：疑似超标收费。{agency} 承接 {item}：{facts_zh}。请核对税费口径和经批准的变更。",
        "Signal: possible overcharge. {agency}, {item}: {facts_en}. Check taxes and changes that were approved.",
    ),
    (
        Words("含税与不含税口径不同", "one amount includes tax and the other does not"),
        Words("经批准的服务范围变更", "a change of scope that was approved"),
        Words("应急情形的豁免", "an emergency exemption"),
        Words("指南登记滞后", "the guide was registered late"),
    ),
    LIMITS,
    measure,
)
