"""
L01, owner lock-in (业主锁定): does one owner choose one agency far more often than other owners do?

Draws are left out: nobody chose. Phases of one project are one choice. An
honest preference looks the same as a captured one, so that three conditions
must hold together and a person asks before anything follows.

Basis: docs/indicators/L01.md
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import fsum
from typing import Final

import pandas as pd

from scoring.engines import at_least, wilson
from scoring.facts import Facts, Window
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.signals import Outcome, Result, Severity, Subject, corrected, lacking


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of L01/1."""

    months: int = number(12, unit="months", source="detection study §4.0")
    notices: int = number(8, unit="choices of the owner", source="detection study §4.3", note="fewer are 样本不足")
    wins: int = number(5, unit="wins of the agency", source="detection study §4.3", note="at least")
    q: float = number(0.05, unit="q", source="detection study §4.3", note="at most")
    lift: float = number(2.0, unit="times the expected wins", source="detection study §4.3", note="at least")
    share: float = number(
        0.30, unit="share", source="detection study §4.3", note="Wilson's lower bound of the share, at least"
    )


LIMITS: Final = Limits()
MARKET_OF_OWNER: Final = ("prefecture", "item_family", "owner")


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return a result for each owner and agency that may be locked in, and for each owner with too few choices."""
    chosen = _choices(facts.selections, window)
    choices = chosen.groupby(list(MARKET_OF_OWNER))["notice"].transform("size")
    pairs = _pairs(chosen, facts.entered(chosen))
    asked = pairs[pairs["notice"].isin(chosen.loc[choices >= LIMITS.notices, "notice"])]
    mine = asked.groupby(list(MARKET_OF_OWNER)).indices
    cells = [
        cell
        for subject, rows in _owners(chosen[choices >= LIMITS.notices])
        for cell in _cells(subject, rows, asked.iloc[mine[(subject.region, subject.item_family, subject.owner)]])
    ]
    family = len(asked[[*MARKET_OF_OWNER, "agency"]].drop_duplicates())
    judged = [_judged(cell) for cell in corrected(cells, family - len(cells))]
    return judged + [_too_few(subject, rows) for subject, rows in _owners(chosen[choices < LIMITS.notices])]


def _choices(selections: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Return what owners chose, one row for all the phases of a project: the first of them."""
    inside = window.holds(selections["selected_at"]) & (selections["method"] != "random_draw").to_numpy(dtype=bool)
    ordered = selections[inside].sort_values(["selected_at", "notice"])
    return ordered.drop_duplicates(["owner", "item_family", "project"]).sort_index()


def _pairs(chosen: pd.DataFrame, entered: pd.DataFrame) -> pd.DataFrame:
    """
    Return every candidate of every choice with its chance, as the choices of all other owners make it.

    One is added to every candidate's wins, so that nobody's chance is zero.
    """
    pairs = entered.merge(chosen[["notice", *MARKET_OF_OWNER]], on="notice")
    wins = _wins(chosen, pairs, ("prefecture", "item_family")) - _wins(chosen, pairs, MARKET_OF_OWNER)
    weight = wins + 1
    return pairs.assign(chance=weight / weight.groupby(pairs["notice"]).transform("sum"))


def _wins(chosen: pd.DataFrame, pairs: pd.DataFrame, within: tuple[str, ...]) -> pd.Series:
    """Return how often the agency of each pair was chosen within the same market, or by the same owner there."""
    counted = chosen.groupby([*within, "winner"]).size().rename("wins").reset_index()
    found = pairs.merge(counted, how="left", left_on=[*within, "agency"], right_on=[*within, "winner"])
    return found["wins"].fillna(0).astype("int64")


def _owners(chosen: pd.DataFrame) -> Iterator[tuple[Subject, pd.DataFrame]]:
    """Give the choices of each owner in each market, sorted."""
    for (prefecture, family, owner), rows in chosen.groupby(list(MARKET_OF_OWNER), sort=True):
        yield Subject(owner=str(owner), item_family=str(family), region=str(prefecture)), rows


def _too_few(subject: Subject, rows: pd.DataFrame) -> Result:
    missing = lacking(notices=(len(rows), LIMITS.notices))
    return Result(subject, Outcome.INSUFFICIENT, len(rows), tuple("notice:" + rows["notice"]), missing=missing)


def _cells(subject: Subject, rows: pd.DataFrame, mine: pd.DataFrame) -> Iterator[Result]:
    """Give a result for each agency the owner chose often enough to ask."""
    wins = rows["winner"].value_counts().sort_index()
    often = wins[wins >= LIMITS.wins]
    if often.empty:
        return
    for agency, won in often.items():
        chances: list[float] = mine.loc[mine["agency"] == agency, "chance"].tolist()
        yield _cell(
            replace(subject, agency=str(agency)), len(rows), int(won), chances, tuple("notice:" + rows["notice"])
        )


def _cell(subject: Subject, n: int, won: int, chances: list[float], names: tuple[str, ...]) -> Result:
    expected = fsum(chances)
    low, high = wilson(won, n)
    numbers = {"n": n, "x": won, "share": won / n, "low": low, "high": high, "expected": expected}
    return Result(
        subject,
        Outcome.NONE,
        n,
        names,
        {**numbers, "lift": won / expected},
        statistic=float(won),
        expected=expected,
        effect=won / expected,
        p=at_least(chances, won),
    )


def _judged(cell: Result) -> Result:
    low = cell.numbers["low"]
    flagged = (
        cell.q is not None
        and cell.q <= LIMITS.q
        and (cell.effect or 0.0) >= LIMITS.lift
        and isinstance(low, float)
        and low >= LIMITS.share
    )
    return replace(cell, outcome=Outcome.SIGNAL if flagged else Outcome.NONE)


L01: Final = Indicator(
    "L01",
    "L01/1",
    Severity.STRONG,
    True,
    Words("业主锁定", "Owner lock-in"),
    Words(
        "一个业主自主选取时，是否远比其他业主更常选同一家机构？",
        "Does one owner, where it may choose, choose one agency far more often than other owners do?",
    ),
    Words(
        f"q ≤ {LIMITS.q}、提升 ≥ {LIMITS.lift} 倍且占比的 Wilson 下限 ≥ {LIMITS.share}",
        f"q ≤ {LIMITS.q}, lift ≥ {LIMITS.lift} and Wilson's lower bound of the share ≥ {LIMITS.share}",
    ),
    Words(
        "信号：疑似业主锁定。{owner} 在观察期内 {n} 次自主选取 {item_family}，{x} 次选 {agency}（{share:.0%}，区间"
        " {low:.0%}–{high:.0%}）。按其他业主的选择习惯预计 {expected:.1f} 次，偶然达到该次数的概率 {p:.2g}，经"
        " {tested} 组同时检验校正后 q={q:.2g}。不代表违规，请核对是否连续项目、技术衔接、独有资质、距离。",
        "Signal: possible owner lock-in. {owner} chose {item_family} {n} times in the window, {x} times {agency} "
        "({share:.0%}, interval {low:.0%} to {high:.0%}). Other owners' habits give {expected:.1f}; chance alone "
        "reaches this with p={p:.2g}, q={q:.2g} among {tested} tests. It is no breach by itself.",
    ),
    (
        Words("同一项目的后续阶段", "later phases of one project"),
        Words("独有资质或等级", "a qualification only this agency holds"),
        Words("框架合同", "a framework contract"),
        Words("距离近", "distance"),
        Words("业主确实满意", "the owner is simply satisfied"),
    ),
    LIMITS,
    measure,
)
