"""
Every route of the application, asked in eight wrong or doubled ways: never a 5xx, never a change that nobody recorded.

What is compared is the content of every table, row by row, before and after each request. A request that changed
something an act could rest on must have let the log grow. `QUIET` is the written list of what may change without an
entry, each with its reason; a table that is not in it is never quiet.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from market import db
from market.accounts.sessions import csrf_of
from market.app import Market
from market.credit.states import CASE, CaseAction
from market.credit.web.cases import ACTS
from market.kernel.roles import Role
from tests.architecture.test_routes import handlers
from tests.build_notices import a_place
from tests.fuzz.asking import KINDS, Asked, Route, ask
from tests.fuzz.city import ROLES, City, found
from tests.fuzz.conftest import COUNTS
from tests.server import Database
from tests.web import browser, market

# Tens of seconds of two processors: `make test-all` and `.ci/run` play it, `make test` does not.
pytestmark = pytest.mark.slow

# table: the rows that may change without an entry (all, or those a condition names), and why.
QUIET: dict[str, tuple[str, str]] = {
    "session": ("true", "who is signed in is nobody's act"),
    "api_token": ("true", "a token acts for nobody until it is used, and its use is recorded"),
    "sign_in_attempt": ("true", "counts failures, to slow guessing down"),
    "message": ("true", "an act and its message come together; being read changes only read_at"),
    "notice": ("state = 'draft'", "a draft binds nobody; publishing it is the act"),
    "guide": ("state = 'draft'", "a draft binds nobody; publishing it is the act"),
    "project": ("true", "an owner's notes; what a notice says of its project is in the notice"),
    "agency": ("admitted_at is null", "an application before it is submitted"),
    "qualification": ("verified_at is null", "a claim counts nothing until an operator has verified it"),
    "practitioner": ("true", "stated by the agency itself, in its application and later"),
    "related_party": ("not verified", "a declaration counts nothing until it is verified"),
    "lead": ("true", "what a person made of a signal is never in the public log; its row names who and when"),
    "owner_question": ("true", "a question in the public log would tell whom a signal is about"),
    "commitment": ("true", "a letter goes with the submission, which is an entry"),
}
# The log itself, and what the programs keep for themselves.
UNWATCHED = {"ledger_entry", "ledger_node", "ledger_head", "ledger_document", "worker_beat", "migration"}
LEAST_SUCCEEDED = 15
# What leaves no road back goes last, so that the others still find a market to act in.
LAST = ("drop", "withdraw", "decide", "again", "abolish", "leave", "apply-again", "tokens/current")


@dataclass(slots=True)
class Found:
    """What the fuzz saw."""

    watch: str
    now: dict[str, str] = field(default_factory=dict)
    table: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)

    async def look(self) -> tuple[list[str], bool]:
        """Name the tables that changed since the last look, and tell whether the log grew."""
        before, self.now = self.now, dict(await db.fetch(self.watch))
        changed = [name for name in self.now if self.now[name] != before.get(name)]
        return [name for name in changed if name != "size"], "size" in changed


def routes(app: Market) -> Iterator[Route]:
    """List every method of every address once, with the first role it is for."""
    for path, method, handler in handlers(app):
        allowed = {role for guard in handler.resolve_guards() for role in getattr(guard, "roles", ())}
        role = next((role for role in ROLES if role in allowed), None)
        named = Role(path.split("/")[1]) if path.split("/")[1] in allowed else role
        if "/cases/" in path and path.endswith("{act:str}"):
            yield from (Route(method, path.replace("{act:str}", act), handler, named) for act in acts_of(named))
        else:
            yield Route(method, path, handler, named)


def acts_of(role: Role | None) -> list[str]:
    """List the acts on a case that are a role's to take: each is a page of its own."""
    return [name for name, act in ACTS.items() if role in _takers(act.action)]


def _takers(action: CaseAction) -> set[Role]:
    return {role for move in CASE.moves if move.action is action for role in move.roles}


def order(route: Route) -> tuple[bool, int]:
    """Put what only shows first, then what changes, then what ends something."""
    last = next((place for place, word in enumerate(LAST, 1) if word in route.path), 0)
    return route.method != "GET", last


async def watching() -> str:
    """Write the query for the log's size and a hash of each table's rows that may not change quietly."""
    names = await db.fetch("select table_name from information_schema.tables where table_schema = 'public'")
    parts = ["select 'size' as name, size::text as hash from ledger_head"]
    for name in sorted({row["table_name"] for row in names} - UNWATCHED):
        quiet = QUIET.get(name, ("false", ""))[0]
        if quiet != "true":
            rows = "md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
            parts.append(f"select '{name}', {rows} from \"{name}\" t where not coalesce({quiet}, false)")
    return " union all ".join(parts)


async def send(client: httpx.AsyncClient, route: Route, asked: Asked, headers: dict[str, str]) -> int:
    """Send one request and return its status."""
    typed = {"Content-Type": asked.content_type} if asked.content_type else {}
    answer = await client.request(route.method, asked.url, content=asked.body, headers=headers | typed)
    return answer.status_code


async def one(app: Market, city: City, route: Route, kind: str, seen: Found) -> None:
    """Ask one route in one way, twice if that is the way, and note what is wrong."""
    expired = kind == "expired session"
    headers: dict[str, str] = {}
    csrf = ""
    async with browser(app) as client:
        if route.role is not None and route.is_api:
            headers["Authorization"] = f"Bearer {await city.token(route.role, expired=expired)}"
        elif route.role is not None:
            client.cookies.set("sid", token := await city.session(route.role, expired=expired))
            csrf = csrf_of(token)
        asked = ask(route, kind, city.ids(kind), csrf)
        for _ in range(2 if kind == "twice" else 1):
            status = await send(client, route, asked, headers)
            changed, grew = await seen.look()
            name = f"{route.method} {route.path}"
            seen.table[name, kind].append(status)
            if status >= 500:
                seen.wrong.append(f"{name}, {kind}: {status}")
            if changed and not grew:
                seen.wrong.append(f"{name}, {kind}: {status} changed {changed} without an entry")
            if (changed or grew) and (route.method == "GET" or expired):
                seen.wrong.append(f"{name}, {kind}: {status} changed {changed}")


def told(seen: Found) -> str:
    """Write the table: a line for each route, a column for each kind."""
    lines = ["route".ljust(56) + "".join(kind.ljust(17) for kind in KINDS)]
    for name in dict.fromkeys(name for name, _ in seen.table):
        cells = (" ".join(map(str, seen.table[name, kind])).ljust(17) for kind in KINDS)
        lines.append(name.ljust(56) + "".join(cells))
    return "\n".join(lines) + "\n"


async def test_no_request_to_any_route_breaks_the_market_or_changes_it_unrecorded(
    database: Database, pytestconfig: pytest.Config
) -> None:
    async with a_place(database) as place, market(database, ruleset="practice-2026", demo=True) as app:
        city, seen = await found(place), Found(await watching())
        await seen.look()
        asked = sorted(routes(app), key=order)
        for kind in KINDS:
            for route in asked:
                if route.is_asked(kind):
                    await one(app, city, route, kind, seen)
    sys.stdout.write(told(seen))
    by_kind = pytestconfig.stash.setdefault(COUNTS, {})
    for (_, kind), statuses in seen.table.items():
        by_kind.setdefault(kind, Counter()).update(statuses)

    assert not seen.wrong, "\n".join(seen.wrong)
    # A fuzz whose requests are all refused proves little: so many acts and drafts went through at the first asking.
    succeeded = [
        name
        for (name, kind), statuses in seen.table.items()
        if kind == "twice" and not name.startswith("GET") and statuses[0] < 400
    ]
    assert len(succeeded) >= LEAST_SUCCEEDED, succeeded
