"""
The list of notices in bare Litestar: raw SQL, the market's own template, and nothing of the market around it.

What it lacks is what the ratio measures: the gate, who is signed in, the clock of the database, metrics, error
numbers, security headers, and most of the filters.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import asyncpg
import uvicorn
from litestar import Litestar, MediaType, Request, Response, get

from market import pages
from market.kernel import divisions
from market.kernel.rulesets.schema import Method
from market.kernel.times import ZONE
from market.notices.lists import STATES, NoticeQuery
from market.pages import Pager, url
from market.respond import Site
from market.visit import Prefs

SITE: Final = Site("示例市网上中介服务超市", "http://127.0.0.1", False, "12345", "127.0.0.1", "127.0.0.1/gongxuan")
SELECT: Final = """
select n.code, n.title, case when n.state = 'open' and n.closes_at <= $1 then 'closed' else n.state end as state,
  n.method, n.division, n.ceiling_fen, n.published_at, n.opens_at, n.closes_at, n.draw_at, n.standstill_ends_at,
  o.name as owner, i.name as item
from notice n join organisation o on o.id = n.owner join item i on i.id = n.item where n.published_at is not null
"""
FIELDS: Final = (
    "code", "title", "state", "owner", "item", "method", "division", "ceiling_fen", "published_at", "closes_at",
    "draw_at",
)  # fmt: skip
_environment = pages.environment()


def address(number: int) -> str:
    """Return the address of another page of the list."""
    return url("/notices", page=number)


def context(rows: Any, items: Any, total: int, now: datetime) -> dict[str, Any]:
    """Return what the template wants; Django's page is made of the same."""
    return {
        "site": SITE, "actor": None, "csrf": "", "lang": "zh", "path": "/notices", "prefs": Prefs(), "now": now,
        "reference": "", "features": {"search": True}, "nav": "notices", "status": 200, "rows": rows,
        "query": NoticeQuery(), "pager": Pager(1, 50, total, address), "items": items, "methods": tuple(Method),
        "states": STATES, "divisions": [(each.code, each.zh) for each in divisions.SAMPLE.values()],
    }  # fmt: skip


@get("/notices")
async def page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the newest 50 notices."""
    now = datetime.now(UTC)
    async with request.app.state.pool.acquire() as connection:
        items = await connection.fetch("select code, name from item where state <> 'proposed' order by name")
        total = await connection.fetchval("select count(*) from notice where published_at is not null")
        rows = await connection.fetch(f"{SELECT} order by n.published_at desc, n.id desc limit 50", now)
    body = _environment.get_template("notices/list.html").render(
        context(rows, [(row["code"], row["name"]) for row in items], total, now)
    )
    return Response(body, media_type=MediaType.HTML)


@get("/notices.json")
async def as_json(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Give the notices of some days as JSON."""
    first, last = (date.fromisoformat(request.query_params[name]) for name in ("from", "to"))
    begin, end = (datetime.combine(day, datetime.min.time(), ZONE) for day in (first, last + timedelta(days=1)))
    async with request.app.state.pool.acquire() as connection:
        rows = await connection.fetch(
            f"{SELECT} and n.published_at >= $2 and n.published_at < $3 order by n.published_at desc, n.id desc",
            datetime.now(UTC),
            begin,
            end,
        )
    return {"rows": [{name: row[name] for name in FIELDS} for row in rows], "count": len(rows)}


def create_app(database_url: str) -> Litestar:
    """Assemble the application."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=1, max_size=10) as pool:
            app.state.pool = pool
            yield

    return Litestar([page, as_json], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    uvicorn.run(
        create_app(os.environ["DATABASE_URL"]), port=int(os.environ["MARKET_PORT"]), access_log=False, log_config=None
    )
