"""
M02, excess concentration (超额集中度): is a market more concentrated than chance made it?

A published threshold such as an HHI above 1,800 fires in almost every small
market, fair or not. So the same notices are replayed: every winner is drawn
again from those who could have won, and only what goes beyond that counts.

Basis: docs/indicators/M02.md; Herfindahl-Hirschman index.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import fsum
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.candidates import Candidates
from scoring.engines import Words as RandomWords
from scoring.engines import places_of, replayed_p, seed_of
from scoring.facts import Facts, Window, apart
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.periods import Bools, Ints
from scoring.signals import Number, Outcome, Result, Severity, Subject, corrected, lacking

PREFECTURE_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of M02/1."""

    months: int = number(12, unit="months", source="detection study §4.2")
    wide_months: int = number(24, unit="months", source="detection study §4", note="shown beside, not tested")
    notices: int = number(20, unit="notices", source="detection study §4.2", note="fewer are 样本不足")
    agencies: int = number(
        3, unit="agencies that could have won", source="detection study §4.2", note="fewer are 样本不足"
    )
    owners: int = number(5, unit="owners", source="detection study §4.2", note="fewer are 样本不足")
    q: float = number(0.05, unit="q", source="detection study §4.2", note="at most")
    excess: float = number(0.15, unit="share of what is possible", source="detection study §4.2", note="at least")


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Market:
    """Notices of one market: the winner of each, and who could have won it, as numbers."""

    winners: Ints
    sizes: Ints
    entrants: Ints
    agencies: int

    def concentration(self) -> float:
        """Return the sum of squared shares of the winners."""
        return int(self._squares(self.winners[None, :])[0]) / len(self.winners) ** 2

    def expected(self) -> float:
        """Return the mean concentration of all replays, in closed form."""
        notice = np.repeat(np.arange(len(self.sizes)), self.sizes)
        pairs, counts = np.unique(notice * self.agencies + self.entrants, return_counts=True)
        chances = counts / self.sizes[pairs // self.agencies]
        mean = np.zeros(self.agencies)
        np.add.at(mean, pairs % self.agencies, chances)
        return (fsum(mean**2) + fsum(chances * (1 - chances))) / len(self.sizes) ** 2

    def replayed(self, words: RandomWords) -> Ints:
        """Return the sum of squared wins of each replay, one a row of random words."""
        starts = np.cumsum(self.sizes) - self.sizes
        return self._squares(self.entrants[starts + places_of(words, self.sizes)])

    def p(self, seed: int) -> float:
        """Return the chance of at least this concentration if every winner was drawn."""
        observed = int(self._squares(self.winners[None, :])[0])
        return replayed_p(observed, self.replayed, len(self.sizes), seed)[0]

    def _squares(self, winners: Ints) -> Ints:
        rows = np.arange(len(winners))[:, None] * self.agencies
        wins = np.bincount((rows + winners).ravel(), minlength=len(winners) * self.agencies)
        squares: Ints = (wins.reshape(len(winners), self.agencies) ** 2).sum(axis=1).astype(np.int64)
        return squares


@dataclass(frozen=True, slots=True)
class Asked:
    """What every market is cut from, one place a selection: inside the window, a draw, its owner, its row."""

    facts: Facts
    window: Window
    inside: Bools
    drawn: Bools
    owners: Ints
    rows: npt.NDArray[np.object_]


def excess(observed: float, expected: float) -> float:
    """Return how much of the concentration that was possible beyond chance is there."""
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def market_of(candidates: Candidates, places: Ints) -> Market:
    """Number the agencies of some selections; every winner is a candidate."""
    sizes, entrants = candidates.of(places)
    known, codes = np.unique(entrants, return_inverse=True)
    return Market(np.searchsorted(known, candidates.winners[places]), sizes, codes.astype(np.int64), len(known))


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return one result for each item family of each division, and of each prefecture that has several."""
    selected = facts.selections["selected_at"]
    asked = Asked(
        facts,
        window,
        window.holds(selected),
        (facts.selections["method"] == "random_draw").to_numpy(dtype=bool),
        pd.factorize(facts.selections["owner"])[0],
        facts.rows(),
    )
    wide = np.flatnonzero(Window(window.last, LIMITS.wide_months).holds(selected))
    cells = [
        _cell(Subject(region=region, item_family=family), places, asked)
        for region, family, places in _markets(facts.selections, wide)
        if asked.inside[places].any()
    ]
    tested = corrected([cell for cell in cells if cell.p is not None])
    return [_judged(cell) for cell in tested] + [cell for cell in cells if cell.p is None]


def _markets(selections: pd.DataFrame, wide: Ints) -> Iterator[tuple[str, str, Ints]]:
    """Give every market; a prefecture of one division is that division and is not asked twice."""
    rows = selections.iloc[wide]
    for (region, family), places in apart(rows, ("region", "item_family")).items():
        yield region, family, wide[places]
    division = pd.factorize(rows["region"])[0]
    for (prefecture, family), places in apart(rows, ("prefecture", "item_family")).items():
        if len(np.unique(division[places])) > 1:
            yield prefecture, family, wide[places]


def _cell(subject: Subject, wide: Ints, asked: Asked) -> Result:
    candidates = asked.facts.candidates
    places = wide[asked.inside[wide]]
    market = market_of(candidates, places)
    owners = len(np.unique(asked.owners[places]))
    missing = lacking(
        notices=(len(places), LIMITS.notices),
        agencies=(market.agencies, LIMITS.agencies),
        owners=(owners, LIMITS.owners),
    )
    result = Result(subject, Outcome.INSUFFICIENT, len(places), tuple(asked.rows[places]), missing=missing)
    if missing:
        return result
    around = market_of(candidates, wide)
    observed, expected = market.concentration(), market.expected()
    numbers: dict[str, Number] = {
        "n": len(places),
        "agencies": market.agencies,
        "owners": owners,
        "hhi": observed,
        "expected": expected,
        "excess": excess(observed, expected),
        "wide_n": len(wide),
        "wide_excess": excess(around.concentration(), around.expected()),
        **_restricted(places, asked, subject),
    }
    seed = _seed(asked.window, subject, "all")
    done = replace(
        result, numbers=numbers, statistic=observed, expected=expected, p=market.p(seed), seed=f"{seed:064x}"
    )
    return replace(done, effect=excess(observed, expected))


def _restricted(places: Ints, asked: Asked, subject: Subject) -> dict[str, Number]:
    """Return the same test for draws alone, where chance really chose, and for the rest."""
    found: dict[str, Number] = {}
    drawn = asked.drawn[places]
    for name, part in (("draws", places[drawn]), ("chosen", places[~drawn])):
        market = market_of(asked.facts.candidates, part) if len(part) else None
        p = market.p(_seed(asked.window, subject, name)) if market else None
        found |= {f"{name}_n": len(part), f"{name}_p": p}
    count, draws_p = found["draws_n"], found["draws_p"]
    told = (
        ("无", "none were draws")
        if draws_p is None
        else (f"{count} 单，单独检验 p={draws_p:.3f}", f"{count} draws alone, p={draws_p:.3f}")
    )
    return {**found, "draws_zh": told[0], "draws_en": told[1]}


def _seed(window: Window, subject: Subject, part: str) -> int:
    return seed_of("M02", window.last.isoformat(), str(window.months), subject.entity(), part)


def _judged(cell: Result) -> Result:
    flagged = cell.q is not None and cell.q <= LIMITS.q and (cell.effect or 0.0) >= LIMITS.excess
    return replace(cell, outcome=Outcome.SIGNAL if flagged else Outcome.NONE)


M02: Final = Indicator(
    "M02",
    "M02/1",
    Severity.STRONG,
    True,
    Words("超额集中度", "Excess concentration"),
    Words(
        "这个市场的中选结果，是否比随机选取本来会形成的更集中？",
        "Are the results of this market more concentrated than chance would have made them?",
    ),
    Words(f"q ≤ {LIMITS.q} 且超额 ≥ {LIMITS.excess}", f"q ≤ {LIMITS.q} and excess ≥ {LIMITS.excess}"),
    Words(
        "信号：疑似集中度偏高。{region} 的 {item_family} 在观察期内共 {n} 单，集中度 {hhi:.3f}；同样的公告若按当时入围"
        "名单随机选取，平均为 {expected:.3f}，超额 {excess:.1%}（q={q:.4f}，同时检验 {tested} 个市场）。其中抽取类"
        "：{draws_zh}。24 个月内共 {wide_n} 单，超额 {wide_excess:.1%}。请先看资质、产能和价格。",
        "Signal: possibly too concentrated. {region} · {item_family}: {n} selections in the window, concentration "
        "{hhi:.3f}; the same notices drawn from their entrants give {expected:.3f} on average, excess {excess:.1%} "
        "(q={q:.4f}, {tested} markets tested). Of these, {draws_en}. "
        "In 24 months: {wide_n} selections, excess {wide_excess:.1%}.",
    ),
    (
        Words("资质或等级只有少数机构具备", "few hold the qualification or grade"),
        Words("质量、价格确有差别", "quality or prices really differ"),
        Words("其他机构产能不足或少有报名", "others lack capacity or seldom register"),
        Words("平台份额不等于法律上的相关市场份额", "a share of this market is no share of a relevant market in law"),
    ),
    LIMITS,
    measure,
)
