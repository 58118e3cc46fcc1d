"""
Worlds in which nobody cheats, and worlds with a planted scheme: how often each indicator errs, and what it finds.

A replay builds frames as an export has them and puts the real indicators to
them. The figures hold for these worlds only: fewer notices find less, and
owners with strong honest preferences raise more false signals.

Basis: docs/indicators, "Method" of each page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from scoring.engines import Floats, e_values
from scoring.facts import Window, facts_of
from scoring.frames import FRAMES, SPECS
from scoring.indicator import Indicator
from scoring.indicators.d01_designation import D01
from scoring.indicators.f01_draw_odds import F01
from scoring.indicators.l01_owner_lock_in import L01
from scoring.indicators.m02_excess_concentration import M02
from scoring.indicators.t01_tying import T01
from scoring.periods import Bools, Ints
from scoring.signals import Outcome, Result, Subject
from scoring.spec import DTYPES

SEEDS_VARIABLE: Final = "MARKET_BENCH_SEEDS"
SEEDS: Final = tuple(range(1, 21))
AS_OF: Final = date(2026, 9, 30)
DAY: Final = pd.Timestamp("2026-06-01T04:00:00Z")
CAPTURED: Final = 0.05

Rows = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """
    What an indicator said about some worlds: *found* of *planted* schemes, and *wrong* signals.

    *p_values* and *effects* are those of every test; *naive_found* and *naive_wrong* what "at least half" would say.
    """

    name: str
    tested: int
    planted: int
    found: int
    wrong: int
    p_values: tuple[float, ...]
    effects: tuple[float | None, ...]
    naive_found: int = 0
    naive_wrong: int = 0

    @property
    def recall(self) -> float | None:
        """Return the share of planted schemes that were found."""
        return self.found / self.planted if self.planted else None


def seeds_from(environment: Mapping[str, str]) -> tuple[int, ...]:
    """Return the seeds the environment names, or those the printed error rates were made with."""
    return tuple(map(int, environment.get(SEEDS_VARIABLE, "").replace(",", " ").split())) or SEEDS


def m02(seed: int, *, markets: int = 1000, notices: int = 30, agencies: int = 8, favour: float = 0.0) -> Replayed:
    """Replay fair markets of one item family; with *favour* in every tenth one agency gets that share beyond chance."""
    chance = np.random.default_rng(seed)
    market = np.repeat(np.arange(markets), notices)
    pool = np.argsort(chance.random((len(market), agencies)), axis=1)[:, : max(2, agencies * 3 // 4)]
    winner = pool[np.arange(len(market)), chance.integers(pool.shape[1], size=len(market))]
    planted = (market % 10 == 0) & (favour > 0)
    steered = planted & (pool == 0).any(axis=1) & (chance.random(len(market)) < favour)
    winner = np.where(steered, 0, winner)
    frames = _selected(
        {
            "owner": _named("12", market * 10 + chance.integers(10, size=len(market))),
            "item": "990101",
            "item_family": [f"F{number:05}" for number in market],
            "winner": _named("91", market * agencies + winner),
        },
        pools=_named("91", (market[:, None] * agencies + pool).ravel()),
        sizes=np.full(len(market), pool.shape[1]),
    )
    schemes = {Subject(region="990102", item_family=f"F{number:05}") for number in set(market[planted].tolist())}
    return _count("M02", M02, frames, schemes)


def l01(
    seed: int, *, owners: int = 300, families: int = 40, steer: float = 0.0, taste: float = 0.5, busy: bool = False
) -> Replayed:
    """
    Replay a prefecture's year of choices: a twentieth of the owners give *steer* of theirs in a family to a favourite.

    *taste* is the standard deviation of the logarithm of how much each owner honestly prefers each agency. Captured
    owners choose as often as others, unless they are *busy*; a scheme with too few choices to test is not counted.
    """
    chance = np.random.default_rng(seed)
    sizes = chance.integers(3, 26, size=families)
    held: dict[str, list[Any]] = {"owner": [], "item_family": [], "winner": [], "pools": [], "sizes": []}
    schemes: set[Subject] = set()
    often: set[Subject] = set()
    for owner in range(owners):
        captured = steer > 0 and owner < owners * CAPTURED
        for family in chance.choice(families, size=3, replace=False).tolist():
            liking = chance.normal(0, taste, size=sizes[family])
            favourite = int(chance.integers(sizes[family])) if captured else None
            count = int(chance.integers(8, 17)) if captured and busy else int(chance.poisson(7))
            entering, winners = _choices(chance, count, liking, favourite, steer)
            for name, values in (("owner", owner), ("item_family", family)):
                held[name] += [values] * count
            held["winner"] += (family * 100 + winners).tolist()
            held["pools"] += (family * 100 + np.nonzero(entering)[1]).tolist()
            held["sizes"] += entering.sum(axis=1).tolist()
            often |= {_owner_subject(owner, family, agency) for agency in _half(winners)}
            if favourite is not None and count >= L01.limits.notices:
                schemes.add(_owner_subject(owner, family, favourite))
    named: Rows = {
        "owner": _named("12", held["owner"]),
        "item_family": [f"F{family:02}" for family in held["item_family"]],
        "winner": _named("91", held["winner"]),
        "item": "990101",
    }
    frames = _selected(named, pools=_named("91", held["pools"]), sizes=np.array(held["sizes"]))
    found = _count("L01", L01, frames, schemes)
    return replace(found, naive_found=len(often & schemes), naive_wrong=len(often - schemes))


def d01(seed: int, *, places: int = 50, designated: float = 0.0) -> Replayed:
    """Replay authorities that decide 12 of 52 projects of an item; *designated* of them use one agency of five."""
    chance = np.random.default_rng(seed)
    place, number = (axis.ravel() for axis in np.mgrid[:places, :52])
    here = number < 12
    agency = np.where(here & (chance.random(len(place)) < designated), 0, chance.integers(5, size=len(place)))
    frames = _selected({}, pools=[], sizes=np.zeros(0, dtype=int))
    frames["approvals"] = _frame(
        "approvals",
        {
            "approval_id": [f"D{row:06}" for row in range(len(place))],
            "authority": _named("11", place * 2 + ~here),
            "owner": _named("12", place * 52 + number),
            "project": [f"P{row:06}" for row in range(len(place))],
            "item": [f"{row:06}" for row in place],
            "region": "990102",
            "agency": _named("91", place * 5 + agency),
            "demanded": False,
            "decided_at": DAY,
        },
        len(place),
    )
    item, who = (axis.ravel() for axis in np.mgrid[:places, :5])
    agencies = _named("91", item * 5 + who)
    listed = {"agency": agencies, "item": [f"{row:06}" for row in item], "item_family": "F"}
    begun = DAY - pd.DateOffset(years=1)
    frames["admissions"] = _frame("admissions", {**listed, "admitted_at": begun}, len(item))
    frames["agencies"] = _frame(
        "agencies", {"agency": agencies, "state": "admitted", "admitted_at": begun}, len(agencies)
    )
    authorities, favourites = (_named(kind, np.arange(places) * times) for kind, times in (("11", 2), ("91", 5)))
    schemes = {
        Subject(authority=authorities[row], agency=favourites[row], item=f"{row:06}", region="9901")
        for row in range(places if designated > 0 else 0)
    }
    return _count("D01", D01, frames, schemes)


def f01(seed: int, *, agencies: int = 200, draws: int = 400, pool: int = 8, odds: float = 1.0) -> tuple[int, ...]:
    """Return for each agency at which draw its evidence first reached the least of a signal; 0 if it never did."""
    fair = 1 / pool
    won = np.random.default_rng(seed).random((agencies, draws)) < odds * fair / (1 - fair + odds * fair)
    reached = [e_values(np.full(draws, fair), mine) >= F01.limits.evidence for mine in won]
    return tuple(int(np.argmax(each)) + 1 if each.any() else 0 for each in reached)


def t01(seed: int, *, cities: int = 100, projects: int = 12, agencies: int = 4, tied: float = 0.0) -> Replayed:
    """Replay cities where a tenth of the projects buy an optional item with the mandatory one; *tied* at one agency."""
    chance = np.random.default_rng(seed)
    city, agency, _ = (axis.ravel() for axis in np.mgrid[:cities, :agencies, :projects])
    number = np.arange(len(city))
    planted = (agency == 0) & (tied > 0)
    both = chance.random(len(city)) < np.where(planted, tied, 0.1)
    bought = np.r_[number, number[both]]
    item = np.r_[np.zeros(len(city), dtype=int), np.ones(int(both.sum()), dtype=int)]
    winners = _named("91", city[bought] * agencies + agency[bought])
    frames = _selected(
        {
            "owner": _named("12", bought),
            "project": [f"P{place}" for place in bought],
            # Every city has its own pair of items, so that cities are separate tests.
            "item": [f"{which}{place:05}" for which, place in zip(item, city[bought], strict=True)],
            "item_family": "F",
            "winner": winners,
        },
        pools=winners,
        sizes=np.ones(len(bought), dtype=int),
    )
    items = [f"{which}{place:05}" for place in range(cities) for which in (0, 1)]
    outcome = ["mandatory", "listed"] * cities
    listed = {"item": items, "item_family": "F", "outcome": outcome, "published_at": DAY - pd.DateOffset(years=1)}
    frames["items"] = _frame("items", listed, len(items))
    schemes = {
        Subject(
            agency=_named("91", [place * agencies])[0], item=f"0{place:05}", other_item=f"1{place:05}", region="9901"
        )
        for place in range(cities if tied > 0 else 0)
    }
    return _count("T01", T01, frames, schemes)


def _choices(
    chance: np.random.Generator, count: int, liking: Floats, favourite: int | None, steer: float
) -> tuple[Bools, Ints]:
    """Return who registered for each of some notices, and whom the owner chose: as it likes, or as it was told."""
    entering = chance.random((count, len(liking))) < 0.7
    if favourite is not None:
        entering[:, favourite] = True
    entering[~entering.any(axis=1)] = True
    # The largest of liking and Gumbel noise is a choice with chances in proportion to how much each is liked.
    winners = np.where(entering, liking + chance.gumbel(size=entering.shape), -np.inf).argmax(axis=1)
    if favourite is not None:
        winners = np.where(chance.random(count) < steer, favourite, winners)
    return entering, winners.astype(np.int64)


def _half(winners: Ints) -> list[int]:
    """Return who was chosen in at least half of at least eight notices."""
    agencies, wins = np.unique(winners, return_counts=True)
    kept: list[int] = agencies[2 * wins >= len(winners)].tolist() if len(winners) >= L01.limits.notices else []
    return kept


def _owner_subject(owner: int, family: int, favourite: int) -> Subject:
    return Subject(
        owner=_named("12", [owner])[0],
        agency=_named("91", [family * 100 + favourite])[0],
        item_family=f"F{family:02}",
        region="9901",
    )


def _count(name: str, indicator: Indicator, frames: Mapping[str, pd.DataFrame], schemes: set[Subject]) -> Replayed:
    """Put an indicator to the frames and count what it found and what it should not have."""
    found = indicator.measure(facts_of(frames, AS_OF), Window(AS_OF, indicator.limits.months))
    signals = {result.subject for result in found if result.outcome is Outcome.SIGNAL}
    tested: list[Result] = [result for result in found if result.p is not None]
    values = tuple(result.p for result in tested if result.p is not None)
    effects = tuple(result.effect for result in tested)
    found_of_them = len(schemes & signals)
    return Replayed(name, len(tested), len(schemes), found_of_them, len(signals - schemes), values, effects)


def _named(kind: str, numbers: Any) -> list[str]:
    """Return fictional codes; their check digits are not made to hold, because nobody checks them here."""
    return [f"{kind}990000{number:010}" for number in np.asarray(numbers).tolist()]


def _selected(columns: Rows, *, pools: list[str], sizes: Any) -> dict[str, pd.DataFrame]:
    """Return the frames of some selections and their pools; everything else is empty."""
    count = len(sizes)
    names = [f"N{place:07}" for place in range(count)]
    defaults: Rows = {"region": "990102", "project": names, "method": "plan_merit"}
    notices = {"notice": names, "published_at": DAY, "selected_at": DAY, **defaults, **columns}
    held = {"notice": np.repeat(names, sizes), "agency": pools, "eligible": True}
    entered = pd.DataFrame(held).drop_duplicates(["notice", "agency"])
    return {
        **{spec.name: spec.empty() for spec in FRAMES},
        "notices": _frame("notices", notices, count),
        "pools": _frame("pools", entered.to_dict("list"), len(entered)),
    }


def _frame(name: str, columns: Mapping[Any, Any], size: int) -> pd.DataFrame:
    """Return a frame of *size* rows; a single value is every row's, and a column not named is empty."""
    held = pd.DataFrame(dict(columns), index=range(size))
    wanted = {column.name: DTYPES[column.kind] for column in SPECS[name].columns}
    return held.reindex(columns=list(wanted)).astype(wanted)
