"""
Guards: who may come to a route at all.

Every route carries either ``guards=[needs(...)]`` or ``opt=PUBLIC_ROUTE``; an
architecture test counts the ones that carry neither. Whether this actor may
touch this very row is the service's question, not the guard's.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import ClientException
from litestar.handlers import BaseRouteHandler

from market.kernel.errors import Forbidden, Invalid, NotSignedIn
from market.kernel.roles import Role
from market.respond import Typed, read_form
from market.visit import Visit

PUBLIC_ROUTE: Final = {"public": True}
# Signing in or up: a token of an earlier session proves nothing there, and would lose what was kept; Origin decides.
DOOR: Final = {"public": True, "door": True}
SIGNED_IN: Final = tuple(role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM))

# All that somebody may do who signed in with a password that another person chose and has seen.
OWN_PASSWORD_FIRST: Final = frozenset({"/account", "/account/password", "/sign-out"})

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


class StaleForm(Forbidden):
    """A page of ours sent a form that an earlier session had opened; *kept* is the form, to be confirmed."""

    usual_code = "stale_form"

    def __init__(self, kept: str) -> None:
        """Keep the form for the page that asks."""
        super().__init__()
        self.kept = kept


class SignInFirst(NotSignedIn):
    """Somebody must sign in first; *kept* is the form that was sent, as JSON pairs, so that nothing typed is lost."""

    def __init__(self, kept: str) -> None:
        """Keep the form for the sign-in page to carry along."""
        super().__init__()
        self.kept = kept


def needs(*roles: Role) -> Guard:
    """Let in only actors of one of *roles*."""
    allowed = frozenset(roles)

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        visit: Visit = connection.scope["state"]["visit"]
        if visit.actor.role is Role.PUBLIC:
            raise SignInFirst(await _sent(connection))
        if visit.password_given and connection.url.path not in OWN_PASSWORD_FIRST:
            raise Forbidden("password_given")
        if visit.actor.role not in allowed:
            raise Forbidden("wrong_role", role=visit.actor.role.value)

    guard.roles = allowed  # type: ignore[attr-defined]
    return guard


def needs_anyone() -> Guard:
    """Let in whoever is signed in."""
    return needs(*SIGNED_IN)


async def _sent(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the form that was sent, or nothing if none was, it cannot be read, or another site sent it."""
    if not isinstance(connection, Request) or connection.method == "GET" or connection.url.path.startswith("/api/"):
        return ""
    if connection.scope["state"]["foreign"]:
        return ""
    try:
        return kept_of(await read_form(connection))
    except (Invalid, ClientException):
        return ""


def kept_of(typed: Typed) -> str:
    """Write a form down as JSON pairs, for a page that carries it along."""
    pairs = [(name, text) for name, texts in typed.fields.items() if name != "_csrf" for text in texts]
    return json.dumps(pairs, ensure_ascii=False)
