"""
The service guides of the sample city: what each agency promises for each item, in versions.

The price level belongs to the item, so that fees of one item are comparable and
ceilings of notices make sense beside them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from market.catalogue.seed import SeedItem
from market.demo.agencies import Standing
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.guides import rules as guide_rules
from market.guides.fees import WHOLE, Fee, Fixed, Negotiated, Percentage, PerUnit, Tier, Tiered, maximum
from market.guides.rules import Content, Step
from market.kernel.money import FEN_PER_WAN, wan

_YUAN: Final = 100
_ROUND: Final = 500 * _YUAN
# What the three tiers below of a base of 30 million yuan come to, had all of it the first rate.
_TIERED_WEIGHT_FEN: Final = 2_050 * FEN_PER_WAN
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
        """Return the version published at a moment; an agency that rests offers nothing."""
        if self.standing.rests_since is not None and at >= self.standing.rests_since:
            return None
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
        uscc, most = agency.row["uscc"], maximum(content.fee)
        hashed = guide_rules.digest(uscc, item.code, version, content)
        said = guide_rules.content_data(content)
        guide = self.city.add(
            "guide",
            agency=agency.row["id"],
            item=self.items[item.code]["id"],
            version=version,
            state="superseded" if until else "published",
            **{**said, "steps": as_json(said["steps"]), "fee": as_json(said["fee"])},
            fee_max_fen=most,
            drafted_at=since - timedelta(minutes=40),
            published_at=since,
            ended_at=until,
            hash=hashed,
        )
        told = {"uscc": uscc, "item": item.code, "version": version, "supersedes": version - 1 or None, "hash": hashed}
        told |= {"time_limit_days": content.time_limit_days, "fee_max_fen": most}
        self.city.act(since, "guide.published", f"guide:{uscc}/{item.code}", told)
        return guide

    def _content(self, agency: Standing, item: SeedItem) -> Content:
        wished = _rounded(self.level[item.code] * self.rng.randrange(70, 116) // 100)
        days = max(3, item.ceiling_days * self.rng.randrange(60, 101) // 100)
        fee = fee_of(item, wished, self.rng)
        return Content(
            conditions="委托方提供项目批复、基础资料和现场条件（示例）。",
            steps=_steps(days),
            time_limit_days=days,
            fee=fee,
            materials="项目立项文件、设计资料、用地资料。",
            deliverables=f"{item.name}成果文件纸质件 4 份及电子件 1 份。",
            contact=f"{agency.row['contact_name']} {agency.row['contact_phone']}",
            plain_words=f"收到齐全资料后 {days} 个工作日内交成果，费用最高 {wan(maximum(fee))} 万元，不另收其他费用。",
        )


def fee_of(item: SeedItem, wished: int, rng: Random) -> Fee:
    """Return a fee standard of the item's kind that comes to about *wished* at most."""
    if item.fee_basis == "fixed":
        return Fixed(wished)
    if item.fee_basis == "per_unit":
        quantity = rng.choice((20, 50, 100, 200))
        each = max(_YUAN, wished // quantity)
        return PerUnit(_UNITS.get(item.family, "项"), each - each % _YUAN, quantity)
    if item.fee_basis == "percentage":
        rate = rng.randrange(4_000, 32_000, 500)
        base = wished * WHOLE // rate
        return Percentage("工程造价", base - base % FEN_PER_WAN, rate)
    if item.fee_basis == "tiered":
        first = max(100, wished * WHOLE // _TIERED_WEIGHT_FEN // 100 * 100)
        ends = (500 * FEN_PER_WAN, 2_000 * FEN_PER_WAN, None)
        rates = (first, first * 7 // 10, first // 2)
        tiers = tuple(Tier(end, rate) for end, rate in zip(ends, rates, strict=True))
        return Tiered("项目总投资", 3_000 * FEN_PER_WAN, tiers)
    return Negotiated(wished)


def _steps(days: int) -> tuple[Step, ...]:
    """Divide the time limit among the usual steps of a service."""
    first, last = max(1, days // 10), max(1, days // 5)
    return (
        Step("受理委托、核对资料", first, ""),
        Step("现场工作、编制成果", days - first - last, ""),
        Step("内部审核、交付", last, ""),
    )


def _rounded(fen: int) -> int:
    """Round an amount down to 500 yuan, and keep it above nothing."""
    return max(_ROUND, fen - fen % _ROUND)
