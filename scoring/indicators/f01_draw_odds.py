"""
F01, odds in draws (中签率): does an agency win draws more often than the size of the pools allows?

The first answer to doubt about a draw is to repeat it from its published
inputs. This one asks over many draws, may be looked at every night, and still
errs at most once in a hundred agencies: evidence multiplies, it is not tested anew.

Basis: docs/indicators/F01.md; Ville's inequality.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum
from typing import Final

import numpy as np

from scoring.engines import Floats, e_flags, e_values
from scoring.facts import Facts, Window
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.periods import Bools, Ints
from scoring.signals import Outcome, Result, Severity, Subject


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of F01/1."""

    months: int = number(180, unit="months", note="as long as selection files are kept; evidence never starts anew")
    evidence: float = number(100.0, unit="E", source="detection study §4.0", note="at some moment, at least")
    alpha: float = number(0.1, unit="false share", source="detection study §4.0", note="e-BH over all agencies drawn")


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The draws one agency entered, in their order: its chance in each, and whether it won."""

    agency: int
    places: Ints
    chances: Floats
    won: Bools
    evidence: Floats


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return a signal for each agency whose luck in draws chance does not explain."""
    entered = list(_drawn(facts, window))
    kept = e_flags([float(one.evidence[-1]) for one in entered], LIMITS.alpha)
    return [
        _result(one, facts, len(entered))
        for one, among in zip(entered, kept, strict=True)
        if among and float(one.evidence.max()) >= LIMITS.evidence
    ]


def _drawn(facts: Facts, window: Window) -> Iterator[Drawn]:
    moments = facts.selections["selected_at"]
    drawn = (facts.selections["method"] == "random_draw").to_numpy(dtype=bool) & window.holds(moments)
    draws = np.flatnonzero(drawn)
    sizes, entrants = facts.candidates.of(draws)
    # A group entered once, with the chance of all its members.
    groups = max(len(facts.candidates.names), 1)
    entered, members = np.unique(np.repeat(draws, sizes) * groups + entrants, return_counts=True)
    place, agency = entered // groups, entered % groups
    chances = members / np.repeat(sizes, np.bincount(np.searchsorted(draws, place), minlength=len(draws)))
    won = facts.candidates.winners[place] == agency
    order = np.lexsort((place, moments.to_numpy(dtype="datetime64[us]")[place], agency))
    ends = np.flatnonzero(np.r_[np.diff(agency[order]) != 0, True][: len(order)]) + 1
    for start, end in zip(np.r_[0, ends], ends, strict=False):
        mine = order[start:end]
        evidence = e_values(chances[mine], won[mine])
        yield Drawn(int(agency[mine[0]]), place[mine], chances[mine], won[mine], evidence)


def _result(one: Drawn, facts: Facts, tested: int) -> Result:
    expected, won, evidence = fsum(one.chances), int(one.won.sum()), float(one.evidence[-1])
    return Result(
        Subject(agency=facts.candidates.names[one.agency]),
        Outcome.SIGNAL,
        len(one.places),
        tuple(facts.rows()[one.places]),
        {
            "n": len(one.places),
            "x": won,
            "expected": expected,
            "evidence": evidence,
            "most": float(one.evidence.max()),
        },
        statistic=evidence,
        expected=expected,
        effect=won / expected,
        tested=tested,
    )


F01: Final = Indicator(
    "F01",
    "F01/1",
    Severity.STRONG,
    False,
    Words("中签率", "Odds in draws"),
    Words(
        "一家机构在随机抽取中中选，是否比各次入围家数所允许的更多？",
        "Does an agency win draws more often than the sizes of the pools allow?",
    ),
    Words(
        f"证据值曾达到 E ≥ {LIMITS.evidence:.0f}，且通过 e-BH（α={LIMITS.alpha}）",
        f"evidence once reached E ≥ {LIMITS.evidence:.0f}, and e-BH keeps it (α={LIMITS.alpha})",
    ),
    Words(
        "信号：疑似中签率异常。{agency} 参加 {n} 次抽取，按各次入围家数应中约 {expected:.1f} 次，实中 {x} 次，证据值"
        " E={evidence:.0f}（共 {tested} 家）。抽取公平时，全程任一时刻出现 E≥100 的可能不超过 1%。"
        "请先用公开种子逐次重算，再核对报名名单变更。",
        "Signal: possibly odd luck in draws. {agency} entered {n} draws; the pools give about {expected:.1f} wins, it "
        "has {x}; evidence E={evidence:.0f} ({tested} agencies). In fair draws E ever reaches 100 with at most 1%. "
        "Repeat each draw from its published inputs first, then check the pools.",
    ),
    (
        Words("入围家数记录有误，如截止后撤回", "a wrong size of the pool, such as withdrawals after closing"),
        Words("加权抽取未按权重登记概率", "a weighted draw whose weights were not recorded"),
        Words("机构很多时总有运气好的一家", "among many agencies one is lucky"),
    ),
    LIMITS,
    measure,
)
