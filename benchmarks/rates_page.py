"""
The page of error rates: tables of what was replayed, in words a regulator can read.

It says for which worlds the figures hold, and prints bad numbers beside good ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.lines import Line
from benchmarks.naive import Fired
from scoring.registry import INDICATORS

Row = tuple[str, ...]
PREVALENCES: Final = (0.02, 0.1)
_INTRODUCTION: Final = """\
# Error rates of the indicators

Written by `make bench` (alone: `python -m benchmarks.rates`); bad numbers stay in. The same seeds give the same bytes.

Worlds in which nobody cheats tell how often a signal is wrong; worlds with planted schemes tell how many are found.
Both are made up (`scoring/replay.py`) and put to the very indicators that run at night. The figures hold for these
worlds only: no labelled data of intermediary services exists anywhere, owners' tastes and the strength of schemes are
assumptions, and a scheme that hides better than ours is found less often. A signal asks a person to look; it proves
nothing, touches no score and is in no public list.
"""
_MARKETS: Final = """
## M02, excess concentration

Fair markets: every winner is drawn from three quarters of the agencies. *Corrected* is what the tool does
(Benjamini-Hochberg over all markets of a run); *alone* is what it would say of a market that is the only one. *Even*
and *not too small* are p-values of Kolmogorov-Smirnov tests. The p-values are not even, by design: concentration takes
few values in a small market, so that many replays tie with what was observed, and replays stop at the twentieth that
reaches it (large p-values are then 20/20, 20/21, 20/22 …). Both make p larger than need be, never smaller. That errs on
the innocent side and costs some power.
"""
_FAVOURED: Final = """
Found, where one agency in every tenth market of 30 notices and 8 agencies gets a share of them beyond chance:
"""
_LOCKED: Final = """
## L01, owner lock-in

A prefecture's year: {owners} owners, 40 families of 3 to 25 agencies each; a twentieth of the owners steer their
choices in three families to favourites. Schemes with fewer than eight choices cannot be tested and are not counted.
*Taste* is the standard deviation of the logarithm of honest liking. The naive rule is "at least half of at least eight
choices". Strong honest taste looks like capture: that is why a person asks first. The more is found, the more errors a
false share of 5 % allows: where many are captured and choose much, more of the honest are asked too.
"""
_TIED: Final = """
## T01, tying

Four agencies did 12 projects each; ten in a hundred projects of the honest three buy the optional item too. The paper's
case, 8 of 10 against 1 of 10, is a test of its own: p = 0.0027, lift 8, found.
"""
_DESIGNATED: Final = """
## D01, designation by an authority

12 projects before one authority and 40 before another, five agencies, every project of another owner. The paper's case,
11 of 12 against 8 of 40, is a test of its own: p = 0.0000123, found.
"""
_DRAWN: Final = """
## F01, odds in draws

Draws among eight, looked at after every one. Among fair agencies evidence ever reaches 100 for at most 1 %, however
often one looks; e-BH over all agencies, which the tool adds, lowers it further and finds later.
"""
_NAIVE: Final = """
## What published thresholds would say of fair markets

The share of perfectly fair markets in which each fires. HHI above 1,800 is a screen for mergers in large markets; the
arithmetic of art. 24 of the Anti-Monopoly Law (one has a half, two have two thirds, three have three quarters) is a
rebuttable presumption about a relevant market. By value: fees whose logarithm has a standard deviation of 1. A tool
that prints either for small markets prints noise; ours prints neither.
"""
_WORTH: Final = """
## What a signal is worth

PPV = TPR·π / (TPR·π + FPR·(1 − π)): of a hundred signals, how many are right if π of those tested cheat. With the rates
measured here; 80 % found and 5 % wrong would give 25 % at π = 2 %: three of four signals innocent. Where nothing wrong
was seen the rate is not zero but unknown below what the sample can show, so that "at least" 3 in the number tested is
taken instead (rule of three).
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the page tells."""

    seeds: tuple[int, ...]
    owners: int
    promises: Sequence[Line]
    markets: Sequence[Row]
    favoured: Sequence[Row]
    prefectures: Sequence[Row]
    tied: Sequence[Row]
    designated: Sequence[Row]
    drawn: Sequence[Row]
    naive: Sequence[Fired]
    rates: Sequence[tuple[str, float, float, int]]

    def text(self) -> str:
        """Return the page."""
        curve = ("planted", "found", "wrong")
        return "".join(
            (
                _INTRODUCTION,
                f"\nSeeds: {', '.join(map(str, self.seeds))} (`MARKET_BENCH_SEEDS`). Versions: {_versions()}.\n",
                "\n## Promises\n\n",
                table(("what", "measured", "target", "met"), [_promise(line) for line in self.promises]),
                _MARKETS + "\n",
                table(("notices", "agencies", "markets", "corrected", "alone", "even", "not too small"), self.markets),
                _FAVOURED + "\n",
                table(("share", *curve), self.favoured),
                _LOCKED.format(owners=self.owners) + "\n",
                table(
                    ("taste", "steering", "found", "false a year", "naive: found", "naive: false a year"),
                    self.prefectures,
                ),
                _TIED + "\n",
                table(("tied", *curve), self.tied),
                _DESIGNATED + "\n",
                table(("designated", *curve), self.designated),
                _DRAWN + "\n",
                table(("odds", "found in 200", "found in 400", "median draw"), self.drawn),
                _NAIVE + "\n",
                table(
                    ("agencies", "contracts", "HHI, count", "HHI, value", "art. 24, count", "art. 24, value", "E[HHI]"),
                    [_naive(each) for each in self.naive],
                ),
                _WORTH + "\n",
                table(("indicator", "TPR", "FPR", *(f"PPV at π = {p:.0%}" for p in PREVALENCES)), self._worth()),
            )
        )

    def _worth(self) -> list[Row]:
        return [
            (
                name,
                share(tpr),
                share(fpr) if fpr else f"< {share(3 / tested)}",
                *(("" if fpr else "≥ ") + share(ppv(tpr, fpr or 3 / tested, p)) for p in PREVALENCES),
            )
            for name, tpr, fpr, tested in self.rates
        ]


def ppv(tpr: float, fpr: float, prevalence: float) -> float:
    """Return the share of signals that are right."""
    right, wrong = tpr * prevalence, fpr * (1 - prevalence)
    return right / (right + wrong) if right + wrong else 0.0


def share(value: float) -> str:
    """Return a share in percent, small ones with more digits."""
    return f"{value * 100:.2f} %" if 0 < value < 0.01 else f"{value * 100:.1f} %"


def table(head: Row, rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, tuple("---" for _ in head), *rows))


def _promise(line: Line) -> Row:
    return line.what, line.measured, line.target, {True: "yes", False: "**no**", None: ""}[line.met]


def _naive(each: Fired) -> Row:
    fired = map(share, (*each.hhi, *each.presumed))
    return f"{each.agencies}", f"{each.contracts}", *fired, f"{each.expected:.3f}"


def _versions() -> str:
    return ", ".join(indicator.version for indicator in INDICATORS)
