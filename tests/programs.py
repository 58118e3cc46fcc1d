"""
The programs of the market as processes of their own on a throwaway database, and a clock that a test may push.

A practice notice needs minutes. `Hands` puts a function of the name ``clock_timestamp`` before PostgreSQL's own for
whoever connects from then on: real time plus what a test has added. It never runs backwards and it does not run
faster, so that windows in which others must act keep their length; only waiting is cut short.
"""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

import asyncpg
import httpx

from market.ledger.signer import Signer
from market.registrations.sealing import Keys
from tests.server import Database

ROOT: Final = Path(__file__).parents[1]
KEEPERS: Final = ("operator", "owner", "witness", "beacon")
ORIGIN: Final = "127.0.0.1/gongxuan"
T = TypeVar("T")

_HANDS = """
create schema hands;
create table hands.pushed (by interval not null);
insert into hands.pushed values ('0');
create function hands.clock_timestamp() returns timestamptz language sql volatile
  as 'select pg_catalog.clock_timestamp() + by from hands.pushed';
grant usage on schema hands to market_app;
grant select on hands.pushed to market_app;
grant execute on function hands.clock_timestamp() to market_app;
"""


@dataclass(frozen=True, slots=True)
class Hands:
    """The clock of one database."""

    owner: asyncpg.Connection

    async def now(self) -> datetime:
        """Read the clock."""
        told: datetime = await self.owner.fetchval("select hands.clock_timestamp()")
        return told

    async def push_to(self, moment: datetime) -> None:
        """Make it that moment, unless it is later already."""
        await self.owner.execute("update hands.pushed set by = greatest(by, $1 - pg_catalog.clock_timestamp())", moment)


@asynccontextmanager
async def hands_of(database: Database) -> AsyncIterator[Hands]:
    """Give a database a clock that can be pushed, for everyone who connects after this."""
    owner = await asyncpg.connect(database.url("market_owner"))
    try:
        await owner.execute(_HANDS)
        await owner.execute(f"alter database {database.name} set search_path = hands, public, pg_catalog")
        yield Hands(owner)
    finally:
        await owner.close()


def free_port() -> int:
    """Return a port above 20000 that nobody uses now."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@dataclass(slots=True)
class Programs:
    """Processes of ``python -m market``; whatever still runs at the end is ended by number."""

    environ: Mapping[str, str]
    port: int
    keys: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return where the web program answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start a program under a name of one's own."""
        command = [sys.executable, "-m", "market", *words]
        self.running[name] = subprocess.Popen(command, cwd=ROOT, env=dict(self.environ))
        return self.running[name]

    def kill(self, name: str) -> None:
        """Let a program die without a word."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """End everything."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    async def answering(self) -> None:
        """Wait until the web program answers."""
        async with httpx.AsyncClient() as probe:

            async def alive() -> bool:
                try:
                    return (await probe.get(f"{self.address}/healthz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(alive, 40)


@asynccontextmanager
async def programs(
    database: Database, keys: Path, *, web: bool, keepers: Sequence[str] = ()
) -> AsyncIterator[Programs]:
    """Start the web program and keepers of a practice market; workers are the test's to start."""
    port = free_port()
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKET_") and name != "PORT"}
    environ = {
        **kept, "DATABASE_URL": database.url(), "MARKET_PORT": str(port), "MARKET_DATA": str(keys.parent),
        "MARKET_KEYS": str(keys), "MARKET_DEMO": "1", "MARKET_RULESET": "practice-2026", "MARKET_LOG_LEVEL": "error",
        "MARKET_LOG_ORIGIN": ORIGIN,
    }  # fmt: skip
    Signer.create(keys, ORIGIN)
    Keys(keys).create()
    made = Programs(environ, port, keys)
    try:
        for keeper in keepers:
            made.start(f"keeper {keeper}", "keeper", keeper)
        if web:
            made.start("web", "serve")
            await made.answering()
        yield made
    finally:
        made.end()


async def until(told: Callable[[], Awaitable[T]], seconds: float = 20, *, pause: float = 0.05) -> T:
    """Wait until something is so, and return it."""
    give_up = monotonic() + seconds
    while not (found := await told()):
        if monotonic() > give_up:
            raise AssertionError(f"not within {seconds} s")
        await asyncio.sleep(pause)
    return found


def told_until_ready(demo: "subprocess.Popen[str]") -> list[str]:
    """Read what a demo says until it is ready."""
    assert demo.stdout is not None
    lines = []
    for line in demo.stdout:
        lines.append(line.strip())
        if line.startswith("ready "):
            return lines
    raise AssertionError("\n".join(lines))
