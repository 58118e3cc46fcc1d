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

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.candidates import Candidates
from scoring.engines import Floats, at_least, wilson
from scoring.facts import Facts, Window, apart
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.periods import Ints
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
    chosen = facts.selections.iloc[_choices(facts.selections, window)]
    asked = _asked(facts, chosen)
    cells: list[Result] = []
    few: list[Result] = []
    family = 0
    for subject, places in _owners(chosen):
        if len(places) < LIMITS.notices:
            few.append(_too_few(subject, tuple(asked.rows[places])))
            continue
        found, candidates = _cells(subject, places, asked)
        cells += found
        family += candidates
    return [_judged(cell) for cell in corrected(cells, family - len(cells))] + few


def _choices(selections: pd.DataFrame, window: Window) -> Ints:
    """Return the places of what owners chose, one for all the phases of a project: the first of them."""
    inside = window.holds(selections["selected_at"]) & (selections["method"] != "random_draw").to_numpy(dtype=bool)
    ordered = selections[inside].sort_values(["selected_at", "notice"])
    return np.sort(ordered.drop_duplicates(["owner", "item_family", "project"]).index.to_numpy(dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Asked:
    """What every owner's cells are cut from: how often each group was chosen in each market, and its row."""

    candidates: Candidates
    market: Ints
    pairs: Ints
    wins: Ints
    rows: npt.NDArray[np.object_]

    def won(self, market: int, groups: Ints) -> Ints:
        """Return how often each of some groups was chosen in a market."""
        wanted = market * len(self.candidates.names) + groups
        at = np.minimum(np.searchsorted(self.pairs, wanted), len(self.pairs) - 1)
        return np.where(self.pairs[at] == wanted, self.wins[at], 0)


def _asked(facts: Facts, chosen: pd.DataFrame) -> Asked:
    places, groups = chosen.index.to_numpy(dtype=np.int64), len(facts.candidates.names)
    market = np.zeros(len(facts.selections), dtype=np.int64)
    market[places] = chosen.groupby(["prefecture", "item_family"]).ngroup().to_numpy(dtype=np.int64)
    pairs, wins = np.unique(market[places] * groups + facts.candidates.winners[places], return_counts=True)
    return Asked(facts.candidates, market, pairs, wins.astype(np.int64), facts.rows())


def _owners(chosen: pd.DataFrame) -> Iterator[tuple[Subject, Ints]]:
    """Give the choices of each owner in each market, sorted."""
    places = chosen.index.to_numpy(dtype=np.int64)
    for (prefecture, family, owner), rows in apart(chosen, MARKET_OF_OWNER).items():
        yield Subject(owner=owner, item_family=family, region=prefecture), places[rows]


def _too_few(subject: Subject, rows: tuple[str, ...]) -> Result:
    missing = lacking(notices=(len(rows), LIMITS.notices))
    return Result(subject, Outcome.INSUFFICIENT, len(rows), rows, missing=missing)


def _cells(subject: Subject, places: Ints, asked: Asked) -> tuple[list[Result], int]:
    """Return a result for each agency the owner chose often enough to ask, and how many could have been chosen."""
    candidates = asked.candidates
    sizes, entrants = candidates.of(places)
    choice = np.repeat(np.arange(len(places)), sizes)
    # Of a group's members the first stands for all: one owner's choice is between groups.
    first = np.r_[True, (np.diff(choice) != 0) | (np.diff(entrants) != 0)]
    choice, groups = choice[first], entrants[first]
    own, times = np.unique(candidates.winners[places], return_counts=True)
    often = [(int(group), int(won)) for group, won in zip(own, times, strict=True) if won >= LIMITS.wins]
    if not often:
        return [], len(np.unique(groups))
    chances = _chances(asked, places, choice, groups)
    found = [
        _cell(
            replace(subject, agency=candidates.names[group]),
            len(places),
            won,
            chances[groups == group].tolist(),
            tuple(asked.rows[places]),
        )
        for group, won in often
    ]
    return found, len(np.unique(groups))


def _chances(asked: Asked, places: Ints, choice: Ints, groups: Ints) -> Floats:
    """
    Return the chance of every candidate of every choice, as the choices of all other owners make it.

    One is added to every candidate's wins, so that nobody's chance is zero.
    """
    mine = np.bincount(asked.candidates.winners[places], minlength=len(asked.candidates.names))
    weight = asked.won(int(asked.market[places[0]]), groups) - mine[groups] + 1
    whole = np.bincount(choice, weights=weight)
    chances: Floats = weight / whole[choice]
    return chances


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
