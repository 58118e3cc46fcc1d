"""
The schemes planted in the sample city: who works badly, who favours whom, who is wronged.

A scheme only bends what people do: who comes, what an owner asks for, how a
contract goes, what a review says. No score, signal or case is planned here, and
whom a scheme names is told to tests and benchmarks alone (`market.demo.truth`).

Basis: DESIGN §9; reference paper on detection, section 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from market.catalogue.seed import SeedItem
from market.catalogue.states import ItemState
from market.demo.agencies import SAMPLES, Standing
from market.demo.bodies import DISTRICT_TRADE
from market.demo.guides import Provider, Providers
from market.demo.owners import Work, Works
from market.demo.plan import Plan
from market.demo.quarters import ended
from market.demo.rows import Row
from market.kernel.times import ZONE

_POOL: Final = 7.5  # registrants of a usual notice: how many an agency enters for one to win
_WINS: Final = 34
_AGENCIES_PER_BAD: Final = 80
_AGENCIES_PER_QUITTER: Final = 300
_OWNERS_PER_CAPTURED: Final = 150
_OVERCHARGERS: Final = 5
_OWNER_PLACES: Final = (3, 8, 15, 24, 36, 50)
_RESTS_AFTER: Final = timedelta(days=40)  # the second evaluated quarter: once it is told what that may lead to
_LATE_BEGINS: Final = timedelta(days=440)
_QUITS_SINCE: Final = timedelta(days=330)
_QUITS_UNTIL: Final = timedelta(days=60)
_WRONGED_SINCE: Final = timedelta(days=600)
ABANDONED: Final = 3
_SLANDERERS: Final = 3


@dataclass(slots=True)
class Keen:
    """An agency that comes more often than others, between two moments."""

    since: datetime
    until: datetime
    wins: int
    share: float = 0.0  # of the notices it may enter


@dataclass(frozen=True, slots=True)
class Tie:
    """A mandatory item, and the optional one that its buyers take from the same agency."""

    agency: int
    first: str
    second: SeedItem


@dataclass(slots=True)
class Schemes:
    """Who does what, by the keys of rows."""

    rng: Random
    keen: dict[int, Keen] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    quitters: dict[int, tuple[Standing, int]] = field(default_factory=dict)  # and what each has abandoned so far
    over_guide: set[int] = field(default_factory=set)
    captured: dict[int, int] = field(default_factory=dict)  # owner to agency
    favourites: dict[int, list[tuple[SeedItem, Provider]]] = field(default_factory=dict)
    tie: Tie | None = None
    wronged: int = 0
    slanderers: set[int] = field(default_factory=set)
    designated: Standing | None = None
    authority: str = ""  # that designates it
    affiliated: int = 0

    def comes(self, agency: int, at: datetime) -> bool:
        """Tell whether a keen agency enters a notice."""
        keen = self.keen.get(agency)
        return keen is not None and keen.since <= at < keen.until and self.rng.random() < keen.share

    def asks_for(self, owner: int, at: datetime) -> tuple[SeedItem, Provider] | None:
        """Return what a captured owner orders of its favourite without a draw, unless it chooses like others."""
        agency = self.captured.get(owner)
        if agency is None or self.rng.random() > 0.7:
            return None
        able = [(item, provider) for item, provider in self.favourites[agency] if provider.offer(at) is not None]
        return self.rng.choice(able) if able else None

    def tied(self, agency: int, item: str) -> SeedItem | None:
        """Return what somebody who bought an item of the tying agency buys there next."""
        if self.tie is None or (agency, item) != (self.tie.agency, self.tie.first) or self.rng.random() > 0.85:
            return None
        return self.tie.second

    def abandons(self, agency: int, at: datetime) -> bool:
        """Tell whether an agency gives up what it won, and count it; after the last one it enters nothing more."""
        keen, (standing, count) = self.keen.get(agency), self.quitters.get(agency, (None, ABANDONED))
        if standing is None or keen is None or at < keen.since or count >= ABANDONED:
            return False
        self.quitters[agency] = (standing, count + 1)
        if count + 1 == ABANDONED:
            standing.rests_since = at
        return True

    def slanders(self, owner: int, agency: int) -> bool:
        """Tell whether an owner runs the wronged agency down: the first three that deal with it do."""
        if agency != self.wronged:
            return False
        if len(self.slanderers) < _SLANDERERS:
            self.slanderers.add(owner)
        return owner in self.slanderers


def plant(plan: Plan, agencies: list[Standing], providers: Providers, works: Works) -> Schemes:
    """Give the parts of every scheme to agencies and owners of a city that is about to begin."""
    found = Schemes(plan.rng("schemes"))
    serves: dict[int, list[tuple[SeedItem, Provider]]] = {}
    for item in plan.items:
        for provider in providers.get(item.code, ()):
            serves.setdefault(provider.standing.row["id"], []).append((item, provider))
    weight = _weights(plan, providers)
    able = _candidates(plan, agencies, serves, weight)
    _tie(found, able, serves, plan, weight)
    _designated(found, able)
    _bad(found, able, plan)
    _others(found, able, plan)
    _captured(found, able, serves, works, plan)
    for agency, keen in found.keen.items():
        share = sum(weight[item.code] for item, _ in serves[agency])
        span = (keen.until - keen.since) / (plan.cut - plan.begin)
        keen.share = min(1.0, keen.wins * _POOL / max(1.0, plan.notices * share * span))
    return found


def _weights(plan: Plan, providers: Providers) -> dict[str, float]:
    """Return the share of all notices that ask for each item, as `Notices` chooses."""
    items = [item for item in plan.items if item.outcome is not ItemState.ABOLISHED and providers.get(item.code)]
    weights = {item.code: len(providers[item.code]) ** 0.5 + 0.5 for item in items}
    whole = sum(weights.values())
    return {code: weight / whole for code, weight in weights.items()}


def _candidates(
    plan: Plan, agencies: list[Standing], serves: dict[int, list[tuple[SeedItem, Provider]]], weight: dict[str, float]
) -> list[Standing]:
    """Return agencies that were there from the start and stay, the busier half of them in a drawn order."""
    stay = [
        each
        for each in agencies[SAMPLES:]
        if each.admitted_at is not None
        and each.admitted_at < plan.begin + timedelta(days=30)
        and each.left_at is None
        and each.controller is None
        and each.row["id"] in serves
        and all(len(spans) == 1 and spans[0][1] >= plan.until for spans in each.held.values())
    ]
    stay.sort(key=lambda each: -sum(weight[item.code] for item, _ in serves[each.row["id"]]))
    busy = stay[: max(12, len(stay) // 2)]
    plan.rng("scheme parts").shuffle(busy)
    return busy


def _take(able: list[Standing], count: int = 1) -> list[Standing]:
    """Take agencies for one part; a small city has none left for some parts."""
    taken = able[:count]
    del able[:count]
    return taken


def _keys(agencies: list[Standing]) -> list[int]:
    return [each.row["id"] for each in agencies]


def _bad(found: Schemes, able: list[Standing], plan: Plan) -> None:
    """Let half of the bad ones be so from the start until they enter nothing more, and half since a year ago."""
    rest = datetime.combine(ended(plan.until)[1], time(), ZONE) + _RESTS_AFTER
    for place, each in enumerate(_take(able, max(1, round(plan.agencies / _AGENCIES_PER_BAD)))):
        agency = each.row["id"]
        found.bad.add(agency)
        if place % 2 == 0:
            found.keen[agency] = Keen(plan.begin, rest, _WINS)
            each.rests_since = rest
        else:
            found.keen[agency] = Keen(plan.cut - _LATE_BEGINS, plan.cut, _WINS)


def _others(found: Schemes, able: list[Standing], plan: Plan) -> None:
    for each in _take(able, max(1, round(plan.agencies / _AGENCIES_PER_QUITTER))):
        found.quitters[each.row["id"]] = (each, 0)
        found.keen[each.row["id"]] = Keen(plan.cut - _QUITS_SINCE, plan.cut - _QUITS_UNTIL, _WINS // 3)
    for agency in _keys(_take(able, max(1, min(_OVERCHARGERS, plan.agencies // 200)))):
        found.over_guide.add(agency)
        found.keen[agency] = Keen(plan.begin, plan.cut, _WINS // 2)
    for agency in _keys(_take(able)):
        found.wronged = agency
        found.keen[agency] = Keen(plan.cut - _WRONGED_SINCE, plan.cut, _WINS)
    for agency in _keys(_take(able)):
        found.affiliated = agency


def _designated(found: Schemes, able: list[Standing]) -> None:
    for each in able:
        if any(item.authority_trade == DISTRICT_TRADE for item in each.items):
            found.designated = each
            able.remove(each)
            return


def _tie(
    found: Schemes,
    able: list[Standing],
    serves: dict[int, list[tuple[SeedItem, Provider]]],
    plan: Plan,
    weight: dict[str, float],
) -> None:
    """Find an agency that serves an optional item and the mandatory one that is asked for most."""
    best: tuple[float, Standing, SeedItem, SeedItem] | None = None
    for each in able:
        items = [item for item, _ in serves[each.row["id"]]]
        mandatory = [item for item in items if item.outcome is ItemState.MANDATORY]
        optional = [item for item in items if item.outcome is ItemState.LISTED]
        if mandatory and optional:
            first = max(mandatory, key=lambda item: (weight[item.code], item.code))
            if best is None or weight[first.code] > best[0]:
                best = (weight[first.code], each, first, found.rng.choice(optional))
    if best is not None:
        _, each, first, second = best
        found.tie = Tie(each.row["id"], first.code, second)
        found.keen[each.row["id"]] = Keen(plan.begin, plan.cut, 10 * _WINS)
        able.remove(each)


def _captured(
    found: Schemes,
    able: list[Standing],
    serves: dict[int, list[tuple[SeedItem, Provider]]],
    works: Works,
    plan: Plan,
) -> None:
    """Let some owners with many projects favour one agency each."""
    owners = _busiest(works.works)
    places = _OWNER_PLACES[: max(1, plan.owners // _OWNERS_PER_CAPTURED)]
    for place, agency in zip(places, _keys(_take(able, len(places))), strict=False):
        found.captured[owners[place]["id"]] = agency
        found.favourites[agency] = serves[agency]


def _busiest(works: Iterable[Work]) -> list[Row]:
    counted: dict[int, tuple[int, Row]] = {}
    for work in works:
        organisation = work.owner.organisation
        before = counted.get(organisation["id"], (0, organisation))[0]
        counted[organisation["id"]] = (before + 1, organisation)
    return [row for _, row in sorted(counted.values(), key=lambda each: (-each[0], each[1]["id"]))]
