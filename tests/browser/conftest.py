"""
A running market with the sample city for the tests in a browser, and the browser.

The market is a process of its own on a free port, because the browser drives an event loop in this one. It has
no worker and no keepers: what the clock would do has been done by `stage`.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.clock import service as clock
from market.demo.load import load, make
from market.demo.plan import Plan
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE
from market.ledger.signer import Signer, sign_checkpoint
from market.pages import asset_routes
from market.seeding import seed_rules
from tests.browser import stage
from tests.browser.addresses import SPECIAL, address_of, example_rows
from tests.server import TestServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
SAMPLES = {
    Role.OWNER: "sample-owner@demo.invalid", Role.AGENCY: "sample-agency@demo.invalid",
    Role.REGULATOR: "sample-regulator@demo.invalid", Role.OPERATOR: "sample-operator@demo.invalid",
    Role.AUTHORITY: "sample-authority@demo.invalid", Role.AUDITOR: "sample-auditor@demo.invalid",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """A market that answers: where, the notices of the stage, sessions, and examples of every route."""

    url: str
    staged: stage.Staged
    sessions: Mapping[int, str]
    tokens: Mapping[int, str]
    samples: Mapping[Role, int]
    examples: Mapping[str, tuple[tuple[str, int | None], ...]]
    keys: Path
    database: str

    def cookie(self, who: Role | int | None) -> str:
        """Return the session of a sample account, or of an organisation; nothing for nobody."""
        return "" if who is None else self.sessions[self._organisation(who)]

    def token(self, who: Role | int) -> str:
        """Return what a program of a sample account, or of an organisation, carries."""
        return self.tokens[self._organisation(who)]

    def _organisation(self, who: Role | int) -> int:
        return self.samples[who] if isinstance(who, Role) else who


@pytest.fixture(scope="session")
async def site(server: TestServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Load a city, set the stage, and serve it."""
    name = await server.create(template)
    keys = tmp_path_factory.mktemp("keys")
    found = await _prepared(server, name, keys)
    port = _free_port()
    child = _serve(server.url("market_app", name), port, keys)
    try:
        await _answering(f"http://127.0.0.1:{port}", child)
        yield Site(f"http://127.0.0.1:{port}", *found, keys, server.url("market_owner", name))
    finally:
        child.terminate()
        child.wait(10)
        await server.drop(name)


@pytest.fixture(scope="session")
def ready_site(site: Site) -> Site:
    """Return the running site; by this name it is there before a browser drives its own loop."""
    return site


@pytest.fixture(scope="module")
def chromium(ready_site: Site) -> Iterator["Browser"]:
    """Return one browser for a module."""
    api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


async def _prepared(server: TestServer, name: str, keys: Path) -> tuple[object, ...]:
    owner = server.url("market_owner", name)
    await seed_rules(owner)
    today = datetime.now(UTC).astimezone(ZONE).date()
    await load(owner, make(Plan(1, today, 0.02), _silent), _silent)
    await db.connect(owner)
    try:
        now = await clock.now()
        staged = await stage.set_up(owner, keys, now)
        await db.execute("insert into worker_beat (worker, seen_at) values ('test', $1)", now + 60 * stage.MINUTE)
        await sign_checkpoint(Signer.create(keys, "market.example/gongxuan"), now=now)
        samples = {role: (await stage.actor_of(login)).organisation_id or 0 for role, login in SAMPLES.items()}
        rows = {path: await example_rows(path, samples) for path in SPECIAL}
        examples = {path: tuple(address_of(path, row) for row in found) for path, found in rows.items()}
        visitors = {who for found in examples.values() for _, who in found if who} | set(samples.values())
        examples["/assets/{name:str}"] = ((f"/assets/{min(asset_routes())}", None),)
        opened = {who: await _entered(who, now) for who in visitors}
    finally:
        await db.close()
    cookies, tokens = ({who: pair[place] for who, pair in opened.items()} for place in (0, 1))
    return staged, cookies, tokens, samples, examples


async def _entered(organisation: int, now: datetime) -> tuple[str, str]:
    """Return a session and a program's token of somebody of an organisation."""
    person = await db.value("select person from membership where organisation = $1 order by id limit 1", organisation)
    async with db.writing():
        cookie = await sessions.open_session(person, organisation, now=now, replaces=None)
        actor = Actor(Role.PUBLIC, "", person, organisation)
        return cookie, await sessions.make_token(actor, "test", now=now, days=1)


def _serve(url: str, port: int, keys: Path) -> "subprocess.Popen[bytes]":
    settings = {"MARKET_PORT": str(port), "MARKET_DEMO": "1", "MARKET_KEYS": str(keys), "MARKET_LOG_LEVEL": "error"}
    environ = {name: text for name, text in os.environ.items() if not name.startswith("MARKET_") and name != "PORT"}
    return subprocess.Popen([sys.executable, "-m", "market", "serve"], env={**environ, **settings, "DATABASE_URL": url})


async def _answering(url: str, child: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and child.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the market did not answer (exit code {child.poll()})")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _silent(_words: str) -> None:
    """Say nothing."""
