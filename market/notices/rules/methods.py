"""
Methods of selection the market can carry out, and what each puts into a notice.

A ruleset may allow more methods than are listed here; only these are offered.
A method's module in ``selection/methods`` and its line here come together: the
lists of a draw are announced in the notice, before anybody registers.

Basis: DESIGN §5; reference paper on trust, section 1.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from market.kernel.rulesets.schema import Funds, Method, Ruleset


@dataclass(frozen=True, slots=True)
class DrawList:
    """One list of a draw: its label, and how many of its order are taken."""

    label: str
    take: int


@dataclass(frozen=True, slots=True)
class MethodTerms:
    """What a notice says of a method: the lists drawn, and the rule of the price."""

    lists: tuple[DrawList, ...]
    price: str


IMPLEMENTED: Final[Mapping[Method, MethodTerms]] = {
    Method.RANDOM_DRAW: MethodTerms((DrawList("agency", 1),), "lower_of_ceiling_and_guide"),
    Method.LOWEST_QUOTE: MethodTerms((DrawList("agency", 1),), "own_quote"),
    Method.DIRECT: MethodTerms((), "lower_of_ceiling_and_guide"),
}


def offered(ruleset: Ruleset, funds: Iterable[Funds]) -> tuple[Method, ...]:
    """List the methods an owner may choose from: allowed for each of its funds, and built."""
    allowed = [set(ruleset.methods_for(kind)) for kind in funds]
    return tuple(method for method in IMPLEMENTED if all(method in each for each in allowed))


def draws(method: Method | None) -> bool:
    """Tell whether a method ends in a draw; a draft that has not chosen may still."""
    return method is None or bool(IMPLEMENTED[method].lists)


def is_quoted(method: str | None) -> bool:
    """Tell whether agencies quote under a method; their quotes are sealed until the opening."""
    return method is not None and method in IMPLEMENTED and IMPLEMENTED[Method(method)].price == "own_quote"


def least_registrants(ruleset: Ruleset, method: Method, funds: Iterable[Funds]) -> int:
    """Return the least number of registrants: of several funds, the strictest counts."""
    return max(ruleset.least_registrants(method, kind) for kind in funds)


def least_workdays(ruleset: Ruleset, funds: Iterable[Funds]) -> int:
    """Return the least length of registration in working days: of several funds, the strictest counts."""
    return max(ruleset.least_workdays(kind) for kind in funds)
