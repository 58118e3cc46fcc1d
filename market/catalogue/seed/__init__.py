"""
The seed of the catalogue: real intermediary services with the clauses that were really read.

A basis in ``items.toml`` exists only if its words were read in a stored text;
an item without one is pending (依据待核) and at most names, under ``cited``,
what others cite for it. Repealed laws still circulate: since 2026-08-15 the
Ecological and Environmental Code (生态环境法典) stands in for ten of them, so
look at ``valid_from`` and the note before quoting from memory.

Basis: 优化营商环境条例 art. 43; 国办发〔2015〕31号; DESIGN §2 (Catalogue).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from market.catalogue.states import ItemState

TRADES: Mapping[str, str] = MappingProxyType(
    {
        "ecology": "生态环境",
        "water": "水利",
        "energy": "能源",
        "development": "发展改革",
        "land": "自然资源",
        "construction": "住房和城乡建设",
        "transport": "交通运输",
        "emergency": "应急管理",
        "health": "卫生健康",
        "meteorology": "气象",
        "seismology": "地震",
        "culture": "文物",
        "market_regulation": "市场监管",
        "forestry": "林业和草原",
        "ocean": "海洋",
        "civil_defence": "人民防空",
        "finance": "财政和国有资产",
        "statistics_cost": "工程造价",
    }
)
FAMILIES = frozenset(
    {
        "environment",
        "water",
        "energy",
        "investment_consulting",
        "technical_review",
        "land_survey",
        "geology",
        "engineering",
        "testing",
        "safety",
        "health",
        "transport",
        "forestry",
        "meteorology",
        "audit_valuation",
    }
)
FEE_BASES = frozenset({"fixed", "per_unit", "tiered", "percentage", "negotiated"})
OUTCOMES = frozenset(ItemState) - {ItemState.PROPOSED}
AGENTS_OF_PROCUREMENT = ("招标代理", "采购代理")
LONGEST_QUOTE = 200


class BadSeedError(ValueError):
    """The seed says something that the rules of the catalogue forbid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """A clause as it was read: its words, where and when."""

    law: str
    article: str | None
    quote: str
    source_url: str
    read_on: date
    valid_from: date | None
    valid_until: date | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FourTests:
    """The four tests of a mandatory item: 依法性, 强制性, 前置性, 有偿性."""

    lawful: bool
    compulsory: bool
    prior: bool
    paid: bool

    @property
    def all_hold(self) -> bool:
        """Tell whether the item may be mandatory as far as the tests go."""
        return self.lawful and self.compulsory and self.prior and self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A qualification an agency needs before it may serve the item."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedItem:
    """One service as the catalogue starts with it; *further* clauses support the basis, *cited* is unread."""

    code: str
    name: str
    name_en: str
    trade: str
    family: str
    outcome: ItemState
    approval: str
    authority_trade: str
    qualifications: tuple[Qualification, ...]
    fee_basis: str
    ceiling_days: int
    tests: FourTests
    basis: Basis | None
    further: tuple[Basis, ...]
    cited: str | None
    note: str | None
    abolished_on: date | None
    abolition_reason: str | None

    @property
    def is_pending(self) -> bool:
        """Tell whether the item must be shown as 依据待核."""
        return self.basis is None


@cache
def load() -> tuple[SeedItem, ...]:
    """Return the items of the seed in order of code, or refuse them all with every fault named."""
    text = files(__package__).joinpath("items.toml").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> tuple[SeedItem, ...]:
    """Return the items written in *text*, or refuse them all with every fault named."""
    items = tuple(_item(raw) for raw in tomllib.loads(text)["item"])
    codes = [item.code for item in items]
    faults = [f"{code}: twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
    faults += [f"{item.code}: {fault}" for item in items for fault in faults_of(item)]
    if faults:
        raise BadSeedError("; ".join(faults))
    return items


def faults_of(item: SeedItem) -> tuple[str, ...]:
    """
    Return everything wrong with *item*; none means that it may enter the catalogue.

    Basis: DESIGN §2 (mandatory only if the four tests hold and the clause was
    read); 财库〔2018〕2号 art. 12 (no selection of procurement agents here).
    """
    bases = [basis for basis in (item.basis, *item.further) if basis is not None]
    article = item.basis.article if item.basis else None
    found = {
        "unknown trade": item.trade not in TRADES or item.authority_trade not in TRADES,
        "unknown family": item.family not in FAMILIES,
        "unknown outcome": item.outcome not in OUTCOMES,
        "unknown fee basis": item.fee_basis not in FEE_BASES,
        "no ceiling of time": item.ceiling_days <= 0,
        "mandatory without the four tests": item.outcome is ItemState.MANDATORY and not item.tests.all_hold,
        "mandatory without a clause that was read": item.outcome is ItemState.MANDATORY and article is None,
        "abolished without day or reason": item.outcome is ItemState.ABOLISHED
        and not (item.abolished_on and item.abolition_reason),
        "abolished yet asks for a qualification": item.outcome is ItemState.ABOLISHED and bool(item.qualifications),
        "abolition of a living item": item.outcome is not ItemState.ABOLISHED and item.abolished_on is not None,
        "lawful though nothing was read": item.tests.lawful and item.basis is None,
        "further clauses without a basis": item.basis is None and bool(item.further),
        "a basis without words, law or source": any(not (b.quote and b.law and b.source_url) for b in bases),
        "a quote too long": any(len(b.quote) > LONGEST_QUOTE for b in bases),
        "an agent of procurement": any(word in item.name for word in AGENTS_OF_PROCUREMENT),
    }
    return tuple(fault for fault, applies in found.items() if applies)


def _item(raw: Mapping[str, Any]) -> SeedItem:
    plain = {key: raw[key] for key in ("code", "name", "name_en", "trade", "family", "approval", "authority_trade")}
    return SeedItem(
        **plain,
        outcome=ItemState(raw["outcome"]),
        qualifications=tuple(Qualification(code=each["code"], name=each["name"]) for each in raw["qualifications"]),
        fee_basis=raw["fee_basis"],
        ceiling_days=raw["ceiling_days"],
        tests=FourTests(**raw["tests"]),
        basis=_basis(raw["basis"]) if "basis" in raw else None,
        further=tuple(_basis(each) for each in raw.get("further", ())),
        cited=raw.get("cited"),
        note=raw.get("note"),
        abolished_on=raw.get("abolished_on"),
        abolition_reason=raw.get("abolition_reason"),
    )


def _basis(raw: Mapping[str, Any]) -> Basis:
    return Basis(
        law=raw["law"],
        article=raw.get("article"),
        quote=raw["quote"],
        source_url=raw["source_url"],
        read_on=raw["read_on"],
        valid_from=raw.get("valid_from"),
        valid_until=raw.get("valid_until"),
        note=raw.get("note"),
    )
