"""A browser for the pages of selections: the whole application within the test's own event loop."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from market import db
from market.accounts import sessions
from market.accounts.gate import cookie_name
from market.app import Market
from market.kernel.roles import Role
from market.settings import Settings
from tests.build_selection import City, a_uscc
from tests.server import Database
from tests.web import application

HOST = "http://market.example"
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="market-test-")
KEYS: Final = Path(_FOLDER.name) / "keys"  # one place for all tests, so that they can share an application


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[Market]:
    """Run the application, without any key, on a database whose pool the fixture has opened already."""
    await db.close()
    shutil.rmtree(KEYS, ignore_errors=True)
    environ = {"DATABASE_URL": database.url(), "MARKET_BASE_URL": HOST, "MARKET_KEYS": str(KEYS)}
    app = application(Settings.read(environ, command="serve"))
    async with app.lifespan():
        yield app
    await db.connect(database.url())


def browser(app: Market) -> httpx.AsyncClient:
    """Return a browser in which nobody is signed in; it follows no redirect."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=HOST, headers={"Origin": HOST})


async def member(app: Market, city: City, organisation: int) -> httpx.AsyncClient:
    """Return the browser of a member of an organisation."""
    now = await db.value("select now()")
    await city.add("membership", person=city.person, organisation=organisation, manager=True, created_at=now)
    async with db.writing():
        token = await sessions.open_session(city.person, organisation, now=now, replaces=None)
    client = browser(app)
    client.cookies.set(cookie_name(secure=False), token)
    return client


async def somebody(app: Market, city: City, role: Role) -> httpx.AsyncClient:
    """Return the browser of a member of a new organisation of *role*."""
    now = await db.value("select now()")
    return await member(app, city, await city.organisation(role.value, a_uscc(800_000 + list(Role).index(role)), now))


def csrf(client: httpx.AsyncClient) -> str:
    """Return the token that a page of this browser would carry."""
    return sessions.csrf_of(client.cookies[cookie_name(secure=False)])
