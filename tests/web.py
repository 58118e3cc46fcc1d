"""
A browser and a program for the tests of pages: the whole application within the test's own event loop.

A browser sends what browsers send, Origin included; what a forger would leave out, a test leaves out by hand.
"""

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import httpx
from litestar.datastructures import State

from market import db
from market.accounts import sessions
from market.app import Market, create_app, frame_pages
from market.kernel.roles import Role
from market.settings import Settings
from tests.server import Database

HOST = "http://market.example"
PASSWORD = "a long enough password"


def settings_of(database: Database, **changes: object) -> Settings:
    """Return the settings of an application on *database*."""
    read = Settings.read({"DATABASE_URL": database.url()}, command="serve")
    return replace(read, **changes)  # type: ignore[arg-type]


_made: dict[Settings, Market] = {}


def application(settings: Settings) -> Market:
    """Return an application that remembers nothing; its routes, half of a test's time, are made once."""
    made = _made.setdefault(settings, _made.get(settings) or create_app(settings))
    made.litestar.state = State()
    frame_pages(settings)
    return Market(made.litestar, settings, made.clock)


@asynccontextmanager
async def market(database: Database, *, anew: bool = False, **changes: object) -> AsyncIterator[Market]:
    """Run the application on the database of a fixture; *anew* if it will be given more routes."""
    await db.close()
    settings = settings_of(database, **changes)
    app = create_app(settings) if anew else application(settings)
    async with app.lifespan():
        yield app
    await db.connect(database.url())


def browser(app: Market, **headers: str) -> httpx.AsyncClient:
    """Return a browser that follows no redirect."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=HOST, headers={"Origin": HOST, **headers})


async def member(
    role: Role, *, login: str = "", name: str = "示例单位", uscc: str = "", sample: bool = False, hashed: str = "x"
) -> tuple[int, int]:
    """Write a person of an organisation of *role* and return both keys."""
    code = uscc or f"91990000000000{list(Role).index(role):04d}"
    now = await db.value("select now()")
    person = await db.value(
        "insert into person (login, name, password_hash, created_at) values ($1, '示例人员', $2, $3) returning id",
        *(login or f"{role}-{code.lower()}@market.example", hashed, now),
    )
    organisation = await db.value(
        "insert into organisation (kind, uscc, name, division, created_at, sample)"
        " values ($1, $2, $3, '990102', $4, $5) returning id",
        *(role.value, code, name, now, sample),
    )
    await db.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)",
        *(person, organisation, now),
    )
    return person, organisation


async def signed_in(app: Market, role: Role, at: datetime | None = None, **changes: object) -> httpx.AsyncClient:
    """Return the browser of somebody of *role*."""
    person, organisation = await member(role, **changes)  # type: ignore[arg-type]
    now = at or await db.value("select now()")
    async with db.writing():
        token = await sessions.open_session(person, organisation, now=now, replaces=None)
    client = browser(app)
    client.cookies.set("sid", token)
    return client


def csrf(client: httpx.AsyncClient) -> str:
    """Return the token that a page of this browser would carry."""
    return sessions.csrf_of(client.cookies["sid"])


def hidden(page: str) -> Mapping[str, str]:
    """Read the hidden fields of a page, as it would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}
