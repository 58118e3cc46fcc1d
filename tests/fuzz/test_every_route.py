"""Every route, asked badly: no bug page, and no change without an entry in the log."""

import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.demo import load
from market.demo.plan import Plan
from market.kernel.roles import Actor, Role
from tests.fuzz.examples import WITHOUT_ENTRY, Example, examples, path_of
from tests.server import Database
from tests.web import HOST, browser, market

KINDS = (
    "plain", "empty", "large", "wrong_type", "not_utf8", "nul", "foreign", "missing", "expired", "twice",
)  # fmt: skip
WATCH = """
create unlogged table touched (name text);
create or replace function touch() returns trigger language plpgsql security definer as $$
begin insert into touched values (tg_table_name); return null; end $$;
grant select, delete on touched to market_app;
"""


@dataclass(slots=True)
class Yard:
    """The market under attack: one sample city, one session a role, and what each request touched."""

    app: Market
    examples: list[Example]
    people: dict[Role, Actor]
    owner: asyncpg.Connection
    sessions: dict[Role, str] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)
    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)


@pytest.fixture(scope="module")
async def yard(module_database: Database) -> AsyncIterator[Yard]:
    """Load a small city and watch every table of it."""
    owner = await asyncpg.connect(module_database.url("market_owner"))
    await load.load(module_database.url("market_owner"), load.make(Plan(1, date(2026, 11, 20), 0.02), str), str)
    tables = await owner.fetch("select tablename from pg_tables where schemaname = 'public'")
    await owner.execute(WATCH)
    for (name,) in tables:
        await owner.execute(
            f"create trigger watched after insert or update or delete on {name} for each row execute function touch()"
        )
    await owner.execute("insert into worker_beat (worker, seen_at) values ('fuzz', now() + interval '1 hour')")
    async with market(module_database, demo=True) as app:
        rows = await owner.fetch(
            "select p.id, o.id as organisation, o.kind from person p join membership m on m.person = p.id"
            " join organisation o on o.id = m.organisation where p.login like 'sample-%' order by p.id desc"
        )
        people = {Role(row["kind"]): Actor(Role(row["kind"]), "-", row["id"], row["organisation"]) for row in rows}
        yield Yard(app, await examples(app, owner), people, owner)
    await owner.close()


async def sign_in(yard: Yard, role: Role) -> None:
    """Open a session and make a token for the sample account of a role: a request before may have ended them."""
    who = yard.people.get(role)
    if who is None or who.person_id is None or who.organisation_id is None:
        return
    now = await db.value("select clock_timestamp()")
    async with db.writing():
        yard.sessions[role] = await sessions.open_session(who.person_id, who.organisation_id, now=now, replaces=None)
        yard.tokens[role] = await sessions.make_token(who, "fuzz", now=now, days=1)


def client_of(yard: Yard, example: Example, kind: str) -> httpx.AsyncClient:
    """Return the client a route is for: a browser with a session, or a program with a token."""
    if example.path.startswith("/api/"):
        token = yard.tokens.get(example.role, "")
        return browser(yard.app, Authorization=f"Bearer {token}x"[: -1 if kind != "expired" else None])
    client = browser(yard.app)
    if example.role in yard.sessions:
        client.cookies.set("sid", yard.sessions[example.role] + ("x" if kind == "expired" else ""))
    return client


def body_of(yard: Yard, example: Example, kind: str) -> dict[str, Any]:
    """Return the body of a request, as badly as *kind* says."""
    if example.method == "GET":
        return {}
    api = example.path.startswith("/api/")
    csrf = sessions.csrf_of(yard.sessions[example.role]) if example.role in yard.sessions else ""
    form = b"_csrf=" + csrf.encode()
    headers = {"Content-Type": "application/json" if api else "application/x-www-form-urlencoded"}
    bodies = {
        "empty": b"" if api else form,
        "large": b'{"a":"' + b"x" * 1_048_576 + b'"}' if api else form + b"&reason=" + b"x" * 1_048_576,
        "wrong_type": b"[1,2" if api else b"{}",
        "not_utf8": b'{"reason":"\xff\xfe"}' if api else form + b"&reason=%ff%fe&name=\xff",
        "nul": b'{"reason":"a\\u0000b","name":"a\\u0000"}' if api else form + b"&reason=a%00b&name=%00&declared=yes",
    }
    if kind == "wrong_type":
        headers["Content-Type"] = "text/plain" if not api else headers["Content-Type"]
    plain = b'{"reason":"x","declared":true}' if api else form + b"&reason=x&declared=yes&accepted=yes&title=x"
    return {"content": bodies.get(kind, plain), "headers": {**headers, "Origin": HOST}}


async def ask(yard: Yard, example: Example, kind: str) -> tuple[int, str]:
    """Make one request; return its status, and what is wrong with it: a bug page, or a change without an entry."""
    await sign_in(yard, example.role)
    await db.execute("delete from touched")
    size = await db.value("select size from ledger_head")
    async with client_of(yard, example, kind) as client:
        answer = await client.request(example.method, path_of(example, kind), **body_of(yard, example, kind))
        if kind == "twice":
            answer = await client.request(example.method, path_of(example, kind), **body_of(yard, example, kind))
    touched = {row["name"] for row in await db.fetch("select distinct name from touched")}
    grown = await db.value("select size from ledger_head") > size
    silent = touched - set(WITHOUT_ENTRY) - {"ledger_head", "ledger_entry", "ledger_node", "ledger_document"}
    said = f"{example.method} {example.path} {kind}: {answer.status_code}"
    if answer.status_code >= 500:
        return answer.status_code, said
    return answer.status_code, "" if grown or not silent else f"{said} changed {sorted(silent)} without an entry"


@pytest.mark.parametrize("kind", KINDS)
async def test_no_route_breaks_and_none_changes_anything_silently(yard: Yard, kind: str) -> None:
    faults = []
    for example in yard.examples:
        status, fault = await ask(yard, example, kind)
        yard.counts[example.method, kind, status] += 1
        faults += [fault] if fault else []
    assert not faults, "\n".join(faults)


async def test_a_guarded_route_answers_nobody_without_a_live_session(yard: Yard) -> None:
    for example in yard.examples:
        if example.role is Role.PUBLIC:
            continue
        status, _ = await ask(yard, example, "expired")
        assert status in (303, 401), (example, status)


async def test_a_session_that_idled_too_long_is_worth_nothing(yard: Yard) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    await sign_in(yard, Role.OWNER)
    async with db.writing():
        await db.execute("update session set seen_at = $1", long_ago)
    async with client_of(yard, Example("GET", "/owner", Role.OWNER), "plain") as client:
        assert (await client.get("/owner")).status_code == 303


def test_the_counts_are_shown(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    statuses = sorted({status for _, _, status in yard.counts})
    with capsys.disabled():
        sys.stdout.write("\nmethod kind".ljust(21) + "".join(f"{status:>6}" for status in statuses) + "\n")
        for method, kind in sorted({(method, kind) for method, kind, _ in yard.counts}):
            row = "".join(f"{yard.counts[method, kind, status]:>6}" for status in statuses)
            sys.stdout.write(f"{method:<7}{kind:<13}{row}\n")
    assert all(status < 500 for status in statuses)
    assert sum(yard.counts.values()) == len(KINDS) * len(yard.examples)
