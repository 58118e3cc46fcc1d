"""
The rule of `Scope.covers` in SQL, so that a list is cut to somebody's scope before it is counted and paged.

A division's prefix holds everything inside it; a matter of no trade needs a
scope of every trade. A test holds it together with `Actor.may_see`.
"""

from market.kernel import divisions
from market.kernel.roles import Actor, Role

Reach = tuple[list[str], list[str | None]]


def reach(actor: Actor) -> Reach:
    """Return the two values `in_scope` asks for: prefixes of divisions and trades, in pairs."""
    if actor.role in (Role.AUDITOR, Role.SYSTEM):
        return [""], [None]
    if actor.role is not Role.REGULATOR:
        return [], []
    return [divisions.prefix(scope.division) for scope in actor.scopes], [scope.trade for scope in actor.scopes]


def in_scope(of: str, at: int) -> str:
    """Return the condition that a row with a division and a trade is in scope, of the values from number *at* on."""
    return (
        f"exists (select from unnest(${at}::text[], ${at + 1}::text[]) as scope (prefix, trade)"
        f" where {of}.division like scope.prefix || '%' and (scope.trade is null or scope.trade = {of}.trade))"
    )
