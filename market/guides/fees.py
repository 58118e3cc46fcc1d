"""
Fee standards (收费标准) as data, and what they come to in whole fen.

A standard states the base or quantity it is meant for, so that one maximum can
be computed beside it and compared; the same standard answers for another base.
Rates are in millionths, because tables of state fees go down to 0.008 %.
Tiers are marginal (差额定率累进): each part of the base pays its own rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.kernel.errors import Reason
from market.kernel.money import LARGEST_FEN, half_up

WHOLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Fixed:
    """One amount for the whole service."""

    amount_fen: int


@dataclass(frozen=True, slots=True)
class PerUnit:
    """An amount for each unit, up to the quantity the guide states."""

    unit: str
    each_fen: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Tier:
    """The rate of that part of the base which lies above the tier before and up to here; the last has no end."""

    up_to_fen: int | None
    rate: int


@dataclass(frozen=True, slots=True)
class Tiered:
    """Marginal rates by parts of a base, up to the base the guide states."""

    base: str
    base_fen: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Percentage:
    """One rate of a base, up to the base the guide states."""

    base: str
    base_fen: int
    rate: int


@dataclass(frozen=True, slots=True)
class Negotiated:
    """Agreed case by case, never above the maximum."""

    most_fen: int


Fee = Fixed | PerUnit | Tiered | Percentage | Negotiated
KINDS: Mapping[str, type[Fee]] = {
    "fixed": Fixed,
    "per_unit": PerUnit,
    "tiered": Tiered,
    "percentage": Percentage,
    "negotiated": Negotiated,
}


def kind_of(fee: Fee) -> str:
    """Name the kind of a standard."""
    return next(kind for kind, each in KINDS.items() if isinstance(fee, each))


def maximum(fee: Fee) -> int:
    """Return the most a standard comes to, in fen, for the base or quantity it states."""
    match fee:
        case PerUnit(quantity=quantity):
            return charge(fee, quantity)
        case Tiered(base_fen=base_fen) | Percentage(base_fen=base_fen):
            return charge(fee, base_fen)
        case _:
            return charge(fee, 0)


def charge(fee: Fee, measure: int) -> int:
    """
    Return what a standard comes to for a quantity, or for a base in fen.

    Fixed and negotiated ones do not ask for a measure. Rounded half-up once,
    at the end.
    """
    match fee:
        case Fixed(amount_fen=amount):
            return amount
        case Negotiated(most_fen=most):
            return most
        case PerUnit(each_fen=each):
            return each * measure
        case Percentage(rate=rate):
            return half_up(measure * rate, WHOLE)
        case Tiered(tiers=tiers):
            return half_up(sum(rate * part for rate, part in _parts(tiers, measure)), WHOLE)


def bars_fee(fee: Fee) -> tuple[Reason, ...]:
    """Return everything wrong with a standard that is well typed: tiers out of order, nothing charged, too much."""
    found = []
    if isinstance(fee, Tiered):
        ends = [tier.up_to_fen for tier in fee.tiers]
        bounded = [end for end in ends[:-1] if end is not None]
        if not ends or ends[-1] is not None or len(bounded) != len(ends) - 1 or bounded != sorted(set(bounded)):
            return (Reason("tiers_out_of_order", "tier_1_up_to"),)
    most = maximum(fee)
    if most <= 0:
        found.append(Reason("fee_is_nothing", "fee_kind"))
    if most > LARGEST_FEN:
        found.append(Reason("money_too_large", "fee_kind"))
    return tuple(found)


def as_data(fee: Fee) -> dict[str, Any]:
    """Return a standard as JSON keeps it, and as the hash of a guide covers it."""
    match fee:
        case Fixed(amount_fen=amount):
            return {"amount_fen": amount}
        case Negotiated(most_fen=most):
            return {"most_fen": most}
        case PerUnit(unit=unit, each_fen=each, quantity=quantity):
            return {"unit": unit, "each_fen": each, "quantity": quantity}
        case Percentage(base=base, base_fen=base_fen, rate=rate):
            return {"base": base, "base_fen": base_fen, "rate": rate}
        case Tiered(base=base, base_fen=base_fen, tiers=tiers):
            rows = [{"up_to_fen": tier.up_to_fen, "rate": tier.rate} for tier in tiers]
            return {"base": base, "base_fen": base_fen, "tiers": rows}


def from_data(kind: str, data: Mapping[str, Any]) -> Fee:
    """Read a standard that `as_data` wrote."""
    if kind == "tiered":
        tiers = tuple(Tier(row["up_to_fen"], row["rate"]) for row in data["tiers"])
        return Tiered(data["base"], data["base_fen"], tiers)
    return KINDS[kind](**data)


def _parts(tiers: tuple[Tier, ...], base: int) -> list[tuple[int, int]]:
    """Split a base into the parts that each rate applies to."""
    parts = []
    below = 0
    for tier in tiers:
        end = base if tier.up_to_fen is None else min(base, tier.up_to_fen)
        parts.append((tier.rate, max(0, end - below)))
        below = max(below, end)
    return parts
