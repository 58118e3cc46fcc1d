"""
Which statutory limit a notice meets: at or above it another procedure than this market is the lawful one.

A limit is of a kind (its code) and binds certain funds and certain qualifications, as the ruleset says. What a place
states for itself replaces the ruleset's limit of the same code, and never adds one for other funds.

Basis: ruleset table `limits`; 以上 includes the amount itself (民法典 art. 1259).
"""

from collections.abc import Collection
from dataclasses import dataclass

from market.kernel.rulesets.schema import Funds, Ruleset


@dataclass(frozen=True, slots=True)
class Stated:
    """A limit that a place states for the year, from the yearly table."""

    code: str
    funds: tuple[str, ...]
    limit_fen: int


@dataclass(frozen=True, slots=True)
class Matter:
    """What decides which limits concern a notice: its funds, the qualifications its item demands, place and year."""

    funds: tuple[Funds, ...]
    qualifications: Collection[str]
    division: str
    year: int


def lowest(ruleset: Ruleset, stated: Collection[Stated], matter: Matter) -> int | None:
    """Return the lowest limit that concerns a notice, or nothing; any of its funds that a limit binds is enough."""
    replaced = {each.code for each in stated}
    found = [each.limit_fen for each in stated if set(matter.funds) & set(each.funds)]
    for kind in matter.funds:
        binding = ruleset.limits_for(kind, matter.qualifications, matter.division, matter.year)
        found += [limit.amount_fen for limit in binding if limit.code not in replaced]
    return min(found, default=None)
