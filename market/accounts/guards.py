"""
Guards: who may come to a route at all.

Every route carries either ``guards=[needs(...)]`` or ``opt=PUBLIC_ROUTE``; an
architecture test counts the ones that carry neither. Whether this actor may
touch this very row is the service's question, not the guard's.
"""

from collections.abc import Callable
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from market.kernel.errors import Forbidden, NotSignedIn
from market.kernel.roles import Role
from market.visit import Visit

PUBLIC_ROUTE: Final = {"public": True}
SIGNED_IN: Final = tuple(role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM))

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]


def needs(*roles: Role) -> Guard:
    """Let in only actors of one of *roles*."""
    allowed = frozenset(roles)

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        visit: Visit = connection.scope["state"]["visit"]
        if visit.actor.role is Role.PUBLIC:
            raise NotSignedIn
        if visit.actor.role not in allowed:
            raise Forbidden("wrong_role", role=visit.actor.role.value, needed="、".join(sorted(allowed)))

    guard.roles = allowed  # type: ignore[attr-defined]
    return guard


def needs_anyone() -> Guard:
    """Let in whoever is signed in."""
    return needs(*SIGNED_IN)
