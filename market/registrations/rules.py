"""
Whether an agency may register for a notice: every reason at once, from published conditions only.

The deadline is ``closes_at`` and is not included: what the market received one
second before is in time, what it received at the second is not. The moment is
that of arrival, however long the request then waited.

Basis: 2022 plan, item 9; DESIGN §4 (The deadline); 江苏省网上中介服务超市管理办法 (2026-03-12).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from market.agencies.rules import Standing, item_standing
from market.kernel.errors import Reason, Reasons


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a notice publishes about who may register, and when."""

    published: bool
    withdrawn: bool
    opens_at: datetime | None
    closes_at: datetime | None
    qualifications: tuple[str, ...]
    kept_out: Collection[str]
    owner_uscc: str
    direct_uscc: str | None


@dataclass(frozen=True, slots=True)
class Applicant:
    """An agency as far as a registration asks."""

    uscc: str
    standing: Standing
    guide_id: int | None
    registered: bool
    related_registered: bool


def bars(applicant: Applicant, conditions: Conditions, now: datetime) -> tuple[Reason, ...]:
    """Return every reason an agency may not register at *now*; none means that it may."""
    found = Reasons()
    found.extend(time_bars(conditions, now))
    found.extend(item_standing(applicant.standing, conditions.qualifications, now))
    checks = {
        "no_published_guide": applicant.guide_id is None,
        "own_notice": applicant.uscc == conditions.owner_uscc,
        "recused": applicant.uscc in conditions.kept_out,
        "not_the_named_agency": conditions.direct_uscc is not None and applicant.uscc != conditions.direct_uscc,
        "already_registered": applicant.registered,
        "related_registered": applicant.related_registered,
    }
    for code, applies in checks.items():
        if applies:
            found.add(code)
    return tuple(found)


def time_bars(conditions: Conditions, now: datetime) -> tuple[Reason, ...]:
    """Return why the moment is wrong: withdrawn, not yet open, or closed."""
    if not conditions.published or conditions.opens_at is None or conditions.closes_at is None:
        return (Reason("notice_not_open"),)
    if conditions.withdrawn:
        return (Reason("notice_withdrawn"),)
    if now < conditions.opens_at:
        return (Reason("registration_not_open_yet"),)
    if now >= conditions.closes_at:
        return (Reason("registration_closed"),)
    return ()


def quote_reasons(
    quote: int | Reason | None, *, floor_fen: int | None, ceiling_fen: int, guide_max_fen: int | None
) -> tuple[Reason, ...]:
    """Return every reason a quote is refused; floor, ceiling and the guide's maximum themselves are allowed."""
    if quote is None:
        return (Reason("field_required", "quote"),)
    if isinstance(quote, Reason):
        return (quote.at("quote"),)
    found = Reasons()
    if quote < 1:
        found.add("number_too_small", "quote", least="0.01")
    elif floor_fen is not None and quote < floor_fen:
        found.add("quote_below_floor", "quote", floor=floor_fen)
    if quote > ceiling_fen:
        found.add("quote_above_ceiling", "quote", ceiling=ceiling_fen)
    if guide_max_fen is not None and quote > guide_max_fen:
        found.add("quote_above_guide", "quote", most=guide_max_fen)
    return tuple(found)


def price_fen(ceiling_fen: int, guide_max_fen: int) -> int:
    """Return the price of a registration: the lower of the notice's price and the guide's maximum."""
    return min(ceiling_fen, guide_max_fen)


def bucket(count: int) -> str:
    """Say how many have registered, no finer than the market tells before the deadline."""
    for most, shown in ((0, "0"), (2, "1–2"), (5, "3–5"), (10, "6–10")):
        if count <= most:
            return shown
    return ">10"
