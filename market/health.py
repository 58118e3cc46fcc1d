"""
Whether the market is alive, ready, and how it does in numbers.

``serve`` refuses a database login that could rewrite the log: a guard against
running the web with the owner's address by mistake.
"""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import MediaType, Response, get
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from market import db
from market.accounts.guards import PUBLIC_ROUTE
from market.visit import Visit

BEAT_WITHIN: Final = timedelta(seconds=60)
OVERDUE_AFTER: Final = timedelta(seconds=60)
_ALIVE: Final = "select count(*) from worker_beat where seen_at > $1"
SIGNED_WITHIN: Final = timedelta(seconds=60)
_UNSIGNED: Final = """
select at from ledger_entry where index = coalesce((select max(size) from ledger_checkpoint), 0)
"""
REQUESTS: Final = Counter("market_requests_total", "Requests answered", ["method", "status"])
SECONDS: Final = Histogram(
    "market_request_seconds", "Time to answer", ["method"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 4)
)
LOG_SIZE: Final = Gauge("market_ledger_entries", "Entries of the log")
WORKERS: Final = Gauge("market_workers_alive", "Workers that gave a sign of life within a minute")
UNSIGNED: Final = Gauge("market_log_unsigned_seconds", "Age of the oldest entry that no signed checkpoint holds")
OVERDUE: Final = Gauge("market_notices_overdue", "Notices whose next step is due for more than a minute")


class PowerfulLogin(RuntimeError):
    """The database login may do more than the running market may; start with market_app instead."""


async def refuse_powerful_login() -> None:
    """Refuse to run with a login that could change the log, draws or decisions."""
    powerful = await db.value(
        "select bool_or(has_table_privilege(current_user, c.oid, p)) from pg_class c,"
        " unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) p where c.relnamespace = 'public'::regnamespace"
        " and c.relname in ('ledger_entry', 'ledger_node', 'ledger_head', 'pool', 'draw_input', 'draw')"
    )
    if powerful:
        raise PowerfulLogin("DATABASE_URL must name the role market_app: this login may rewrite the log")


@get("/healthz", opt=PUBLIC_ROUTE, media_type=MediaType.TEXT, include_in_schema=False)
async def alive() -> str:
    """Say that the process answers."""
    return "ok\n"


@get("/readyz", opt=PUBLIC_ROUTE, include_in_schema=False)
async def ready(visit: Visit) -> Response[dict[str, bool]]:
    """
    Say whether database, migrations and a worker are there; 503 names what is missing.

    A log that nobody signs is named and leaves the market ready: proofs wait meanwhile, deadlines do not.
    """
    from market import migrate  # noqa: PLC0415 (brings a code formatter along: no web process waits for it)

    migrated = not await migrate.pending()
    needed = {
        "database": True,
        "migrations": migrated,
        "worker": bool(migrated and await db.value(_ALIVE, visit.now - BEAT_WITHIN)),
    }
    body = {**needed, "log_signed": migrated and await _unsigned(visit.now) <= SIGNED_WITHIN}
    return Response(body, status_code=200 if all(needed.values()) else 503, headers={"Cache-Control": "no-store"})


async def _unsigned(now: datetime) -> timedelta:
    """Return how long the oldest entry outside every signed checkpoint waits; nothing when all are signed."""
    since = await db.value(_UNSIGNED)
    return timedelta() if since is None else max(now - since, timedelta())


@get("/metrics", opt=PUBLIC_ROUTE, include_in_schema=False)
async def metrics(visit: Visit) -> Response[bytes]:
    """Give Prometheus its numbers; none of them says anything of a person or a sealed matter."""
    now = visit.now
    LOG_SIZE.set(await db.value("select size from ledger_head where id = 1"))
    UNSIGNED.set((await _unsigned(now)).total_seconds())
    WORKERS.set(await db.value(_ALIVE, now - BEAT_WITHIN))
    overdue = "select count(*) from notice where next_check_at < $1"
    OVERDUE.set(await db.value(overdue, now - OVERDUE_AFTER))
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


class Measured:
    """ASGI wrapper that counts answers and their time."""

    def __init__(self, app: Any) -> None:
        """Measure *app*."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and note how long it took."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        begun, method = time.perf_counter(), str(scope["method"])

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(method, message["status"]).inc()
                SECONDS.labels(method).observe(time.perf_counter() - begun)
            await send(message)

        await self.app(scope, receive, noted)


ROUTES = (alive, ready, metrics)
