"""
Starting the demo: a private PostgreSQL, the sample city the first time, keys, and every program of the market.

A second start finds the city and goes on with it. The programs are children of
this process and end with it; until they run, a signal ends the preparation and
the database in the same order.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import asyncpg

from market.demo.load import is_empty, load, make
from market.demo.plan import Plan
from market.demo.rows import City
from market.kernel.times import ZONE
from market.ledger.signer import Signer, written
from market.localdb import LocalPostgres
from market.migrate import migrate
from market.seeding import seed_rules
from market.settings import Settings
from market.supervisor import Child, refuse_busy_port, supervise

KEEPERS: Final = ("operator", "owner", "witness", "beacon")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


def start(settings: Settings, *, seed: int, environ: Mapping[str, str]) -> int:
    """Prepare everything, run it until a signal comes, and return the exit code."""
    refuse_busy_port(settings.host, settings.port)
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    server = None if settings.database_url else LocalPostgres(settings.data / "pg")
    end: Callable[[], None] = server.stop if server else _nothing
    try:
        if server:
            say("starting the database")
            server.start()
        owner = server.url("market_owner") if server else settings.owner_url or str(settings.database_url)
        app = server.url("market_app") if server else str(settings.database_url)
        Signer.create(settings.keys, settings.log_origin)
        asyncio.run(prepare(owner, settings, seed))
        told = {
            "MARKET_LOG_LEVEL": "warning",
            **environ,
            "DATABASE_URL": app,
            "MARKET_DEMO": "1",
            "MARKET_PORT": str(settings.port),
        }
        told = {name: text for name, text in told.items() if name not in ("PORT", "MARKET_OWNER_URL")}
        for number, handler in before.items():
            signal.signal(number, handler)
        return supervise(children(seed), host=settings.host, port=settings.port, environ=told, end=_nothing)
    finally:
        end()


def children(seed: int) -> tuple[Child, ...]:
    """Name the programs of a demo."""
    market = (sys.executable, "-m", "market")
    return (
        Child("web", (*market, "serve")),
        Child("worker", (*market, "worker")),
        *(Child(f"keeper {name}", (*market, "keeper", name)) for name in KEEPERS),
        Child("live notices", (*market, "live", "--seed", str(seed))),
    )


async def prepare(owner_url: str, settings: Settings, seed: int) -> None:
    """Migrate, seed the rules, and load the city unless there is one."""
    await migrate(owner_url)
    await seed_rules(owner_url)
    connection = await asyncpg.connect(owner_url)
    try:
        empty, today = await is_empty(connection), await connection.fetchval("select clock_timestamp()")
    finally:
        await connection.close()
    if not empty:
        say("going on with the sample city that is here")
        return
    begun = time.monotonic()
    plan = Plan(seed, settings.until or today.astimezone(ZONE).date(), float(settings.scale))
    say(f"making the sample city (seed {seed}, scale {settings.scale}, until {plan.until})")
    city = make(plan, say)
    await load(owner_url, city, say)
    hand_over(city, settings.keys)
    say(f"sample city ready ({time.monotonic() - begun:.1f} s)")


def hand_over(city: City, keys: Path) -> None:
    """Give the keepers the secrets they promised for the notices that are still open."""
    for keeper, secrets in city.secrets.items():
        folder = keys / keeper
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for code, secret in secrets.items():
            written(folder / code, secret)


def say(words: str) -> None:
    """Tell whoever started the demo how far it is."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _nothing() -> None:
    """End nothing."""
