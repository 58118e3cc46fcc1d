"""
What every selection method is given and gives back.

A method is a pure module with ``CODE``, ``LISTS`` and ``choose``. It sees entrants that already passed every published
condition, the notice's published parameters, and the finished draw orders; it never draws, asks the clock or looks
anything up. It ranks: the first is the winner, the rest are reserves in order. Whoever loses standing later stays in
the ranking and is skipped by a rule elsewhere, so a method never leaves somebody out for a reason of its own without a
line saying so.

Amounts are whole fen. ``Line`` carries a code and numbers, not words: the same arithmetic is shown in two languages.

Basis: design, section 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypedDict

Parameters = Mapping[str, Any]
Orders = Mapping[str, tuple[str, ...]]

AGENCY_LIST = "agency"


class DrawList(TypedDict):
    """A list that the notice announces to the draw."""

    label: str
    take: int


class Failure(StrEnum):
    """Why a selection has no winner."""

    TOO_FEW = "too_few"
    NOT_REGISTERED = "not_registered"
    NO_VALID_QUOTE = "no_valid_quote"
    OVER_PRICE = "over_price"
    OVER_GUIDE = "over_guide"


@dataclass(frozen=True, slots=True)
class Entrant:
    """An eligible registrant at the freeze: its opened quote, its guide's maximum, its credit score in tenths."""

    uscc: str
    quote_fen: int | None = None
    guide_max_fen: int | None = None
    score_tenths: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the arithmetic: what was computed, for whom (None: for all), and its numbers by name."""

    code: str
    uscc: str | None = None
    numbers: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ranking, winner first, with each one's amount in fen; if *failed* is set the ranking is empty."""

    ranking: tuple[str, ...]
    amounts: dict[str, int]
    lines: tuple[Line, ...]
    failed: str | None = None


class Method(Protocol):
    """A module of this package."""

    @property
    def CODE(self) -> str:  # noqa: N802 (a module's constant)
        """Return the stable code of the method."""

    def LISTS(self, parameters: Parameters, /) -> tuple[DrawList, ...]:  # noqa: N802 (the published name of the interface)
        """Return the lists that the notice must announce to the draw."""

    def choose(self, entrants: Sequence[Entrant], parameters: Parameters, orders: Orders) -> Outcome:
        """Return the outcome."""


def one_of_the_agencies(_: Parameters) -> tuple[DrawList, ...]:
    """Return the lists of a method that draws one agency, or breaks its ties by that draw."""
    return (DrawList(label=AGENCY_LIST, take=1),)


def no_list(_: Parameters) -> tuple[DrawList, ...]:
    """Return the lists of a method without a draw."""
    return ()


def failed(failure: Failure, lines: Sequence[Line] = ()) -> Outcome:
    """Return the outcome of a selection without a winner."""
    return Outcome((), {}, tuple(lines), failure)


def drawn_order(entrants: Sequence[Entrant], orders: Orders) -> tuple[str, ...]:
    """Return the drawn order of the agencies, which must be exactly the entrants: a draw over others proves nothing."""
    order = orders[AGENCY_LIST]
    if sorted(order) != sorted(entrant.uscc for entrant in entrants):
        raise ValueError("the draw order is not an order of the entrants")
    return order


def lowest(*amounts: int | None) -> int:
    """Return the least of the amounts that are set; at least one must be."""
    return min(amount for amount in amounts if amount is not None)
