"""Each route with a path that exists, who it is for, and the tables that may change without an entry in the log."""

import re
from dataclasses import dataclass
from typing import Any

import asyncpg

from market.app import Market
from market.kernel.roles import Role

# Nothing here is an act of the market: sessions and counters, what was read, and drafts that only their author sees.
WITHOUT_ENTRY = {
    "session": "who is signed in",
    "api_token": "a program's key, made and revoked by its owner",
    "sign_in_attempt": "a counter of failures",
    "message": "when a message was opened",
    "project": "an owner's own record until a notice cites it",
    "notice": "a draft before it is published",
    "guide": "a draft before it is published",
    "agency": "an application before it is submitted",
    "qualification": "a claim before it is submitted and verified",
    "practitioner": "a name on an application before it is submitted",
    "related_party": "a declaration before it is submitted",
}
# A value that exists for each parameter of a path, as a query.
VALUES = {
    "uscc": "select uscc from agency where state = 'admitted' order by id limit 1",
    "item_code": "select i.code from guide g join item i on i.id = g.item where g.state = 'published' limit 1",
    "code": "select code from notice where state = 'awarded' order by id limit 1",
    "guide_id": "select id::text from guide order by id limit 1",
    "award": "select id::text from award order by id limit 1",
    "index": "select '3'",
    "size": "select '5'",
    "step": "select '2'",
    "number": "select '1'",
    "version": "select '1'",
    "name": "select 'app.css'",
    "slug": "select 'owner'",
    "message_id": "select coalesce(max(id), 1)::text from message",
}
ITEM_PATHS = ("/services/", "/regulator/items/", "/api/v1/items/")


@dataclass(frozen=True, slots=True)
class Example:
    """One route with its parameters filled in."""

    method: str
    path: str
    role: Role = Role.PUBLIC
    parameters: tuple[str, ...] = ()


async def examples(app: Market, owner: asyncpg.Connection) -> list[Example]:
    """Return every route of the application once."""
    values = {name: str(await owner.fetchval(query)) for name, query in VALUES.items()}
    item = await owner.fetchval("select code from item order by id limit 1")
    found: dict[tuple[str, str], Example] = {}
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                known = values | ({"code": item} if route.path.startswith(ITEM_PATHS) else {})
                path, parameters = _filled(route.path, known)
                found[method, path] = Example(method, path, _role(handler), parameters)
    # Leaving the market closes most doors of an agency, so it comes last.
    return [found[key] for key in sorted(found, key=lambda key: (key[1].endswith("/leave"), key))]


def path_of(example: Example, kind: str) -> str:
    """Return the path of a request: another's or nobody's thing, or one that no address should hold."""
    odd = {"foreign": "1", "missing": "999999999", "nul": "%00", "not_utf8": "%ff%fe", "wrong_type": "-1"}
    path = example.path
    if kind in odd and example.parameters:
        for value in example.parameters:
            path = path.replace(f"/{value}", f"/{odd[kind]}", 1)
    if example.method == "GET" and kind in ("large", "wrong_type", "nul", "not_utf8"):
        text = {"large": "9" * 6_000, "wrong_type": "-x", "nul": "%00", "not_utf8": "%ff%fe"}[kind]
        path += f"?q={text}&page={text}&state={text}&item={text}&before={text}&size={text}&first={text}&second={text}"
    return path


def _filled(path: str, values: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    used: list[str] = []

    def fill(match: re.Match[str]) -> str:
        used.append(values.get(match[1], "1"))
        return used[-1]

    return re.sub(r"\{([a-z_]+):[a-z]+\}", fill, path), tuple(used)


def _role(handler: Any) -> Role:
    """Return the first role a route is for."""
    for guard in handler.resolve_guards():
        roles = getattr(guard, "roles", None)
        if roles:
            return min(roles)
    return Role.PUBLIC
