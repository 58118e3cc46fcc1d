"""
The service guides of the sample city: what each agency promises for each item, in versions.

The price level belongs to the item, so that fees of one item are comparable and
ceilings of notices make sense beside them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from market.catalogue.seed import SeedItem
from market.demo.agencies import Standing
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.kernel.canonical import digest
from market.kernel.money import wan

_YUAN: Final = 100
_ROUND: Final = 500 * _YUAN
_UNITS: Final = {
    "land_survey": "平方米",
    "testing": "检测点",
    "meteorology": "检测点",
    "health": "样品",
    "forestry": "公顷",
    "geology": "延米",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One published version of a guide, with the moments between which it stood."""

    row: Row
    since: datetime
    until: datetime | None

    def stands(self, at: datetime) -> bool:
        """Tell whether the version was the published one at a moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Provider:
    """An agency that serves an item, with its versions for it."""

    standing: Standing
    offers: tuple[Offer, ...]

    def offer(self, at: datetime) -> Offer | None:
        """Return the version published at a moment."""
        return next((offer for offer in self.offers if offer.stands(at)), None)


Providers = dict[str, list[Provider]]


def levels(plan: Plan) -> dict[str, int]:
    """Return what a usual service of each item costs, in fen."""
    rng = plan.rng("levels")
    return {item.code: _rounded(int(rng.lognormvariate(11.6, 0.55) * _YUAN)) for item in plan.items}


def add_guides(city: City, plan: Plan, agencies: list[Standing], items: dict[str, Row]) -> Providers:
    """Add the guides of every admitted agency, and return who serves which item."""
    writer = _Writer(city, plan, items)
    found: Providers = {code: [] for code in items}
    for agency in agencies:
        for item in agency.items:
            offers = writer.versions(agency, item)
            if offers:
                found[item.code].append(Provider(agency, tuple(offers)))
    return found


class _Writer:
    """Writes the guides of all agencies, each at about the price of its item."""

    def __init__(self, city: City, plan: Plan, items: dict[str, Row]) -> None:
        self.city, self.plan, self.items = city, plan, items
        self.rng = plan.rng("guides")
        self.level = levels(plan)

    def versions(self, agency: Standing, item: SeedItem) -> list[Offer]:
        """Add one version or two, as far as the agency was in the market."""
        if agency.admitted_at is None:
            return []
        rng, plan = self.rng, self.plan
        day = agency.admitted_at.date() + timedelta(days=rng.randrange(1, 25))
        moments = [plan.in_office_hours(rng, plan.workday_from(day))]
        if rng.random() < 0.25:
            later = plan.workday_from(moments[0].date() + timedelta(days=rng.randrange(60, 500)))
            moments.append(plan.in_office_hours(rng, later))
        last = min(plan.cut, agency.left_at or plan.cut)
        moments = [moment for moment in moments if moment < last]
        ends = (moments[number + 1] if moments[number + 1 :] else None for number in range(len(moments)))
        spans = enumerate(zip(moments, ends, strict=True), 1)
        return [Offer(self._add(agency, item, number, since, until), since, until) for number, (since, until) in spans]

    def _add(self, agency: Standing, item: SeedItem, version: int, since: datetime, until: datetime | None) -> Row:
        content = self._content(agency, item)
        uscc = agency.row["uscc"]
        hashed = digest({"d": "guide", "uscc": uscc, "item": item.code, "version": version, **content})
        stored = {**content, "steps": as_json(content["steps"]), "fee": as_json(content["fee"])}
        guide = self.city.add(
            "guide",
            agency=agency.row["id"],
            item=self.items[item.code]["id"],
            version=version,
            state="superseded" if until else "published",
            **stored,
            drafted_at=since - timedelta(minutes=40),
            published_at=since,
            ended_at=until,
            hash=hashed,
        )
        told = {"uscc": uscc, "item": item.code, "version": version, "hash": hashed}
        self.city.act(since, "guide.published", f"guide:{uscc}:{item.code}", told)
        return guide

    def _content(self, agency: Standing, item: SeedItem) -> dict[str, Any]:
        most = _rounded(self.level[item.code] * self.rng.randrange(70, 116) // 100)
        days = max(1, item.ceiling_days * self.rng.randrange(60, 101) // 100)
        return {
            "conditions": "委托方提供项目批复、基础资料和现场条件（示例）。",
            "steps": _steps(days),
            "time_limit_days": days,
            "fee_kind": item.fee_basis,
            "fee": fee_of(item, most, self.rng),
            "fee_max_fen": most,
            "materials": "项目立项文件、设计资料、用地资料。",
            "deliverables": f"{item.name}成果文件纸质件 4 份及电子件 1 份。",
            "contact": f"{agency.row['contact_name']} {agency.row['contact_phone']}",
            "plain_words": f"收到齐全资料后 {days} 天内交成果，费用最高 {wan(most)} 万元，不另收其他费用。",
        }


def fee_of(item: SeedItem, most: int, rng: Random) -> dict[str, Any]:
    """Return a fee standard of the item's kind whose maximum is *most*."""
    if item.fee_basis == "fixed":
        return {"amount_fen": most}
    if item.fee_basis == "per_unit":
        count = rng.choice((20, 50, 100, 200))
        unit = _UNITS.get(item.family, "项")
        return {"unit": unit, "each_fen": max(_YUAN, most // count), "max_fen": most}
    if item.fee_basis == "tiered":
        steps = ((100_000_000, 40), (500_000_000, 70), (None, 100))
        tiers = [{"upto_fen": upto, "fee_fen": _rounded(most * share // 100)} for upto, share in steps]
        return {"base": "项目总投资", "tiers": [*tiers[:-1], {"upto_fen": None, "fee_fen": most}]}
    if item.fee_basis == "percentage":
        return {"base": "工程造价", "rate_10000ths": rng.randrange(40, 320, 5), "max_fen": most}
    return {"max_fen": most}


def _steps(days: int) -> list[dict[str, Any]]:
    """Divide the time limit among the usual steps of a service."""
    first, last = max(1, days // 10), max(1, days // 5)
    middle = max(1, days - first - last)
    return [
        {"name": "受理委托、核对资料", "days": first},
        {"name": "现场工作、编制成果", "days": middle},
        {"name": "内部审核、交付", "days": last},
    ]


def _rounded(fen: int) -> int:
    """Round an amount down to 500 yuan, and keep it above nothing."""
    return max(_ROUND, fen - fen % _ROUND)
