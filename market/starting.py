"""
Starting the demo: a private PostgreSQL, the sample city the first time, and every program of the market.

A second start finds the city and goes on with it. Everything is a child of this process and ends with it; until the
programs run, a signal ends the preparation and the database in the same order. This process itself stays small: it
loads neither pandas nor the framework nor a city.
"""

import signal
import sys
from collections.abc import Callable, Mapping
from typing import Final

from market.localdb import LocalPostgres
from market.settings import Settings
from market.supervisor import Child, refuse_busy_port, run_once, supervise

KEEPERS: Final = ("operator", "owner", "witness", "beacon")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_MARKET: Final = (sys.executable, "-m", "market")


def start(settings: Settings, *, seed: int, environ: Mapping[str, str]) -> int:
    """Prepare everything, run it until a signal comes, and return the exit code."""
    refuse_busy_port(settings.host, settings.port)
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    server = None if settings.database_url else LocalPostgres(settings.data / "pg")
    end: Callable[[], None] = server.stop if server else _nothing
    try:
        if server:
            sys.stdout.write("starting the database\n")
            sys.stdout.flush()
            server.start()
        owner = server.url("market_owner") if server else settings.owner_url or str(settings.database_url)
        app = server.url("market_app") if server else str(settings.database_url)
        told = _told(environ, settings)
        city = Child("city", (*_MARKET, "city", "--seed", str(seed)))
        if code := run_once(city, {**told, "MARKET_OWNER_URL": owner}):
            return code
        for number, handler in before.items():
            signal.signal(number, handler)
        running = {**told, "DATABASE_URL": app}
        return supervise(children(seed), host=settings.host, port=settings.port, environ=running, end=_nothing)
    finally:
        end()


def children(seed: int) -> tuple[Child, ...]:
    """Name the programs of a demo."""
    return (
        Child("web", (*_MARKET, "serve")),
        Child("worker", (*_MARKET, "worker")),
        *(Child(f"keeper {name}", (*_MARKET, "keeper", name)) for name in KEEPERS),
        Child("live notices", (*_MARKET, "live", "--seed", str(seed))),
    )


def _told(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the environment of the children, without an address of the database."""
    told = {"MARKET_LOG_LEVEL": "warning", **environ, "MARKET_DEMO": "1", "MARKET_PORT": str(settings.port)}
    left_out = ("PORT", "DATABASE_URL", "MARKET_OWNER_URL")
    return {name: text for name, text in told.items() if name not in left_out}


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _nothing() -> None:
    """End nothing."""
