"""
How often each indicator errs, and what it finds: docs/error-rates.md, the same bytes for the same seeds.

Nothing here depends on the machine or the day. A target that is missed is printed like any other. Seeds are those of
``MARKET_BENCH_SEEDS``; alone it runs as ``python -m benchmarks.rates``.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import naive
from benchmarks.lines import Line
from benchmarks.rates_page import Page, Row, share
from scoring import replay
from scoring.indicators.m02_excess_concentration import LIMITS as M02_LIMITS
from scoring.replay import Replayed

REPORT: Final = Path(__file__).parent.parent / "docs" / "error-rates.md"
MARKETS_IN_A_CITY: Final = 50
SHAPES: Final = ((20, 4), (50, 5), (30, 15), (100, 30))
FAVOURS: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
# Taste, steering, and whether the captured choose more often than others.
PREFECTURES: Final = (
    *((0.0, 0.0, False), (0.0, 0.8, False), (0.5, 0.0, False), (0.5, 0.6, False), (0.5, 0.8, False)),
    *((0.5, 0.8, True), (0.5, 1.0, False), (1.0, 0.0, False), (1.0, 0.8, False)),
)
TIED: Final = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
DESIGNATED: Final = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
ODDS: Final = (1.0, 1.5, 2.0, 3.0, 5.0)
DRAWS: Final = 400
LOOKED_AT: Final = 200
RUNS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is replayed for each seed; tests replay less."""

    markets: int = MARKETS_IN_A_CITY
    owners: int = 300
    cities: int = 25
    places: int = 25
    agencies: int = 100
    runs: int = RUNS


def measure(seeds: Sequence[int], sizes: Sizes = Sizes(), *, workers: int | None = None) -> Page:
    """Replay everything for every seed and return the page."""
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:

        def over(world: Callable[..., Any], **asked: Any) -> Any:
            return [pool.submit(world, seed, **asked) for seed in seeds]

        asked = {
            "m02": {favour: over(replay.m02, markets=sizes.markets, favour=favour) for favour in (0.0, *FAVOURS)},
            "shapes": {
                (n, size): over(replay.m02, markets=sizes.markets, notices=n, agencies=size) for n, size in SHAPES
            },
            "l01": {
                (taste, steer, busy): over(replay.l01, owners=sizes.owners, taste=taste, steer=steer, busy=busy)
                for taste, steer, busy in PREFECTURES
            },
            "t01": {tied: over(replay.t01, cities=sizes.cities, tied=tied) for tied in TIED},
            "d01": {share: over(replay.d01, places=sizes.places, designated=share) for share in DESIGNATED},
            "f01": {odds: over(replay.f01, agencies=sizes.agencies, draws=DRAWS, odds=odds) for odds in ODDS},
        }
        got = {
            code: {about: [each.result() for each in worlds] for about, worlds in held.items()}
            for code, held in asked.items()
        }
    fired = [naive.fired(n, count, runs=sizes.runs, seed=seeds[0]) for n, count in naive.MARKETS]
    return _page(seeds, sizes, got, fired)


def _page(
    seeds: Sequence[int], sizes: Sizes, got: Mapping[str, Mapping[Any, list[Any]]], fired: list[naive.Fired]
) -> Page:
    """Put what was found into the tables of the page."""
    fair = got["m02"][0.0]
    return Page(
        tuple(seeds),
        sizes.owners,
        _promises(got),
        [_markets((30, 8), fair), *(_markets(shape, got["shapes"][shape]) for shape in SHAPES)],
        [_curve(favour, got["m02"][favour]) for favour in FAVOURS],
        [_prefecture(*about, got["l01"][about]) for about in PREFECTURES],
        [_curve(tied, got["t01"][tied]) for tied in TIED],
        [_curve(designated, got["d01"][designated]) for designated in DESIGNATED],
        [_draws(odds, got["f01"][odds]) for odds in ODDS],
        fired,
        _rates(got),
    )


def _promises(got: Mapping[str, Mapping[Any, list[Any]]]) -> list[Line]:
    """Hold what was found against what was promised."""
    tied = recall(got["t01"][0.8])
    draws = [at for one in got["f01"][1.0] for at in one]
    lucky = sum(0 < at <= LOOKED_AT for at in draws) / len(draws)
    middle = _median(got["f01"][3.0])
    return [
        *_promises_of_m02(got["m02"][0.0]),
        *_promises_of_l01(got["l01"]),
        Line("T01: 8 of 10 tied expected, 1 of 10 elsewhere, found", share(tied), "found", tied > 0.5),
        Line("F01: fair agencies ever at E ≥ 100 in 200 draws", share(lucky), "≤ 1 %", lucky <= 0.01),
        Line("F01: draws until three times the odds are found, median", f"{middle}", "≤ 50", 0 < middle <= 50),
    ]


def _promises_of_m02(fair: list[Replayed]) -> list[Line]:
    values = [each for one in fair for each in one.p_values]
    tested = len(values)
    flagged, alone = sum(one.wrong for one in fair) / tested, _alone(fair) / tested
    cities = sum(one.wrong > 0 for one in fair) / len(fair)
    even, valid = p_of_evenness(values), p_of_validity(values)
    markets = f"M02: {tested:,} fair markets of 30 notices and 8 agencies"
    return [
        Line(f"{markets}, share with a signal", share(flagged), "≤ 10 %", flagged <= 0.1),
        Line(f"{markets}, each tested alone", share(alone), "≤ 10 %", alone <= 0.1),
        Line(f"M02: {len(fair)} cities of such markets, share with any signal", share(cities), "≤ 10 %", cities <= 0.1),
        Line(f"{markets}, p-values even (two-sided)", f"KS p = {even:.3f}", "p > .01", even > 0.01),
        Line(f"{markets}, p-values not too small (one-sided)", f"KS p = {valid:.3f}", "p > .01", valid > 0.01),
    ]


def _promises_of_l01(got: Mapping[Any, list[Replayed]]) -> list[Line]:
    held = []
    for steer, busy, whom in ((0.8, False, "5 % captured"), (0.8, True, "5 % captured, who choose more than others")):
        found = recall(got[0.5, steer, busy])
        held.append(Line(f"L01: recall at 80 % steering, taste .5, {whom}", share(found), "≥ 80 %", found >= 0.8))
        held.append(_yearly(got[0.5, steer, busy], whom))
    return [*held, _yearly(got[0.5, 0.0, False], "nobody captured")]


def _yearly(worlds: list[Replayed], whom: str) -> Line:
    wrong = sum(one.wrong for one in worlds) / len(worlds)
    return Line(f"L01: false signals a year at taste .5, {whom}", f"{wrong:.2f}", "≤ 1", wrong <= 1)


def recall(worlds: Iterable[Replayed]) -> float:
    """Return the share of all planted schemes that was found."""
    held = list(worlds)
    return sum(one.found for one in held) / max(1, sum(one.planted for one in held))


def p_of_evenness(values: Sequence[float]) -> float:
    """
    Return the p-value of the Kolmogorov-Smirnov test that some values are spread evenly over 0 to 1.

    Basis: Kolmogorov's limit with Stephens' correction for the number of values.
    """
    size, ordered = len(values), sorted(values)
    apart = max(max(place / size - p, p - (place - 1) / size) for place, p in enumerate(ordered, 1))
    scaled = apart * (sqrt(size) + 0.12 + 0.11 / sqrt(size))
    whole = 2 * sum((-1) ** (k - 1) * exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, whole)) if scaled > 0.2 else 1.0


def p_of_validity(values: Sequence[float]) -> float:
    """Return the p-value of the one-sided test: values that are smaller than even ones would accuse the innocent."""
    size = len(values)
    below = max(place / size - p for place, p in enumerate(sorted(values), 1))
    return exp(-2 * size * max(0.0, below) ** 2)


def _alone(worlds: Iterable[Replayed]) -> int:
    """Return how many fair markets would be a signal if nobody corrected for the others."""
    return sum(
        p <= M02_LIMITS.q and (effect or 0.0) >= M02_LIMITS.excess
        for one in worlds
        for p, effect in zip(one.p_values, one.effects, strict=True)
    )


def _markets(shape: tuple[int, int], worlds: list[Replayed]) -> Row:
    notices, agencies = shape
    tested = sum(one.tested for one in worlds)
    values = [value for one in worlds for value in one.p_values]
    found = (sum(one.wrong for one in worlds) / tested, _alone(worlds) / tested)
    return (
        f"{notices}",
        f"{agencies}",
        f"{tested:,}",
        *map(share, found),
        f"{p_of_evenness(values):.3f}",
        f"{p_of_validity(values):.3f}",
    )


def _curve(strength: float, worlds: list[Replayed]) -> Row:
    planted, tested = (sum(getattr(one, name) for one in worlds) for name in ("planted", "tested"))
    wrong = sum(one.wrong for one in worlds)
    found = share(recall(worlds)) if planted else "–"
    return f"{strength:.0%}", f"{planted:,}", found, f"{wrong} of {tested - planted:,}"


def _prefecture(taste: float, steer: float, busy: bool, worlds: list[Replayed]) -> Row:
    planted = sum(one.planted for one in worlds)
    yearly = sum(one.wrong for one in worlds) / len(worlds)
    naive_yearly = sum(one.naive_wrong for one in worlds) / len(worlds)
    ours, theirs = recall(worlds), sum(one.naive_found for one in worlds) / max(1, planted)
    shown = (share(ours), share(theirs)) if planted else ("–", "–")
    steered = f"{steer:.0%}{', who choose more' if busy else ''}" if steer else "nobody"
    return f"{taste}", steered, shown[0], f"{yearly:.2f}", shown[1], f"{naive_yearly:.1f}"


def _draws(odds: float, worlds: list[tuple[int, ...]]) -> Row:
    reached = [at for one in worlds for at in one]
    found = [sum(0 < at <= most for at in reached) / len(reached) for most in (LOOKED_AT, DRAWS)]
    return f"{odds:g}", *map(share, found), f"{_median(worlds)}" if _median(worlds) else f"> {DRAWS}"


def _median(worlds: list[tuple[int, ...]]) -> int:
    """Return the median draw at which evidence sufficed; 0 if half of them never saw it."""
    middle = median(at or DRAWS + 1 for one in worlds for at in one)
    return int(middle) if middle <= DRAWS else 0


def _rates(got: Mapping[str, Mapping[Any, list[Any]]]) -> list[tuple[str, float, float, int]]:
    """Return what was found of schemes and what was wrong about the honest, for each indicator."""
    pairs = {
        "M02, one agency gets half beyond chance": (got["m02"][0.5], got["m02"][0.0]),
        "L01, 80 % steering, taste .5": (got["l01"][0.5, 0.8, False], got["l01"][0.5, 0.0, False]),
        "L01, 80 % steering, taste 1": (got["l01"][1.0, 0.8, False], got["l01"][1.0, 0.0, False]),
        "T01, 80 % tied": (got["t01"][0.8], got["t01"][0.0]),
        "D01, 80 % designated": (got["d01"][0.8], got["d01"][0.0]),
    }
    found = []
    for name, (planted, fair) in pairs.items():
        tested = max(1, sum(one.tested for one in fair))
        found.append((name, recall(planted), sum(one.wrong for one in fair) / tested, tested))
    return found


def main() -> int:
    """Write the report."""
    page = measure(replay.seeds_from(os.environ))
    REPORT.write_text(page.text(), encoding="utf-8")
    print(f"written to {REPORT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
