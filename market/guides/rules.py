"""
What a service guide must say, and when it may be published.

A draft may be wrong about the catalogue and still be kept; publishing asks for
everything again, because an item's ceiling or an agency's standing may have
changed meanwhile. Published is binding.

Basis: 2022 plan, item 9 (明确服务条件、流程、时限、收费标准); DESIGN §2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from market.guides.fees import KINDS as FEE_KINDS
from market.guides.fees import Fee, Fixed, Negotiated, Percentage, PerUnit, Tier, Tiered, as_data, bars_fee, kind_of
from market.guides.states import GuideState
from market.kernel import canonical
from market.kernel.errors import Reason
from market.kernel.money import FEN_PER_WAN
from market.kernel.typed import Reading, Typed

MOST_STEPS: Final = 12
MOST_TIERS: Final = 8
MOST_COMPARED: Final = 4
_RATE_LEAST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the process; no days means that the step does not count (不计入时限)."""

    title: str
    days: int
    note: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a guide says."""

    conditions: str
    steps: tuple[Step, ...]
    time_limit_days: int
    fee: Fee
    materials: str
    deliverables: str
    contact: str
    plain_words: str


@dataclass(frozen=True, slots=True)
class GuideView:
    """One version of a guide with its agency and item."""

    id: int
    agency_id: int
    uscc: str
    agency: str
    item_id: int
    item_code: str
    item: str
    version: int
    state: GuideState
    content: Content
    fee_kind: str
    fee_max_fen: int
    drafted_at: datetime
    published_at: datetime | None
    ended_at: datetime | None
    hash: str | None

    @property
    def time_limit_days(self) -> int:
        """Return the promised time limit in working days."""
        return self.content.time_limit_days


def bars_content(content: Content, ceiling_days: int) -> tuple[Reason, ...]:
    """Return everything wrong with what a guide says; the time limit may equal the item's ceiling."""
    found = []
    if content.time_limit_days > ceiling_days:
        found.append(Reason("time_limit_over_ceiling", "time_limit_days", {"ceiling": ceiling_days}))
    if sum(step.days for step in content.steps) > content.time_limit_days:
        total = sum(step.days for step in content.steps)
        found.append(Reason("steps_over_time_limit", "step_1_days", {"total": total, "limit": content.time_limit_days}))
    found += bars_fee(content.fee)
    return tuple(found)


def bars_publication(
    content: Content, ceiling_days: int, standing: Iterable[Reason], item: Iterable[Reason]
) -> tuple[Reason, ...]:
    """Return every reason a draft may not be published: its content, its agency's standing, its item."""
    return (*bars_content(content, ceiling_days), *standing, *item)


def digest(uscc: str, item_code: str, version: int, content: Content) -> str:
    """Return the fingerprint of a version: anyone can compute it from the published JSON."""
    return canonical.digest(
        {"d": "guide", "v": 1, "uscc": uscc, "item": item_code, "version": version, **content_data(content)}
    )


def content_data(content: Content) -> dict[str, Any]:
    """Return what a guide says as JSON tells it and as its fingerprint covers it."""
    return {
        "conditions": content.conditions,
        "steps": steps_data(content.steps),
        "time_limit_days": content.time_limit_days,
        "fee_kind": kind_of(content.fee),
        "fee": as_data(content.fee),
        "materials": content.materials,
        "deliverables": content.deliverables,
        "contact": content.contact,
        "plain_words": content.plain_words,
    }


def steps_data(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return the process as JSON keeps it."""
    return [{"title": step.title, "days": step.days, "note": step.note} for step in steps]


def parse_content(typed: Typed) -> Content:
    """Read a guide; steps and tiers are numbered fields, and empty rows are left out."""
    reading = Reading(typed)
    conditions = reading.text("conditions", most=3000)
    steps = _steps(reading)
    time_limit = reading.whole("time_limit_days", least=1, most=365)
    kind = reading.one_of("fee_kind", tuple(FEE_KINDS))
    fee = _fee(reading, kind) if kind in FEE_KINDS else Fixed(0)
    content = Content(
        conditions=conditions,
        steps=steps,
        time_limit_days=time_limit,
        fee=fee,
        materials=reading.text("materials", most=3000),
        deliverables=reading.text("deliverables", most=2000),
        contact=reading.text("contact", most=200),
        plain_words=reading.text("plain_words", most=1000),
    )
    reading.finish()
    return content


def _steps(reading: Reading) -> tuple[Step, ...]:
    found = []
    for number in range(1, MOST_STEPS + 1):
        names = [f"step_{number}_{part}" for part in ("title", "days", "note")]
        if not any(reading.typed.one(name) for name in names):
            continue
        title = reading.text(names[0], most=60)
        days = reading.whole(names[1], least=0, most=365)
        found.append(Step(title, days, reading.text(names[2], most=300, optional=True)))
    if not found:
        reading.reasons.add("field_required", "step_1_title")
    return tuple(found)


def _fee(reading: Reading, kind: str) -> Fee:
    if kind == "fixed":
        return Fixed(reading.fen("amount", unit_fen=FEN_PER_WAN))
    if kind == "negotiated":
        return Negotiated(reading.fen("most", unit_fen=FEN_PER_WAN))
    if kind == "per_unit":
        unit = reading.text("unit", most=20)
        return PerUnit(unit, reading.fen("each"), reading.whole("quantity", least=1, most=1_000_000))
    base = reading.text("base", most=40)
    base_fen = reading.fen("base_amount", unit_fen=FEN_PER_WAN)
    if kind == "percentage":
        return Percentage(base, base_fen, _rate(reading, "rate"))
    return Tiered(base, base_fen, _tiers(reading))


def _tiers(reading: Reading) -> tuple[Tier, ...]:
    """Read the rows that are filled; the last one has no upper end."""
    filled = [
        number
        for number in range(1, MOST_TIERS + 1)
        if reading.typed.one(f"tier_{number}_up_to") or reading.typed.one(f"tier_{number}_rate")
    ]
    if not filled:
        reading.reasons.add("field_required", "tier_1_rate")
    return tuple(
        Tier(
            reading.fen(f"tier_{number}_up_to", unit_fen=FEN_PER_WAN) if number != filled[-1] else None,
            _rate(reading, f"tier_{number}_rate"),
        )
        for number in filled
    )


def _rate(reading: Reading, name: str) -> int:
    """Read a rate in percent with at most four decimals, exactly, as millionths."""
    text = reading.text(name, most=12).rstrip("%％")
    whole, _, part = text.partition(".")
    if not text:
        return 0
    if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
        reading.reasons.add("not_a_number", name)
        return 0
    if len(part) > _RATE_LEAST_DIGITS or int(whole) > 100:
        reading.reasons.add("bad_rate", name)
        return 0
    return int(whole) * 10_000 + int(part.ljust(_RATE_LEAST_DIGITS, "0"))
