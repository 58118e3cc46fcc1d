"""
Pages that read many domains: home, search, help, open data, the inbox and the overviews of each role.

Nothing here changes anything but the mark that a message was opened.
"""

from typing import Any

from litestar import Request, Response, get

from market.accounts.guards import PUBLIC_ROUTE
from market.desk import rules, service
from market.desk.service import Memory
from market.registrations.rules import bucket
from market.respond import page
from market.visit import Visit


@get("/", opt=PUBLIC_ROUTE)
async def home(request: Request[Any, Any, Any], visit: Visit) -> Response[str]:
    """Show the market at a glance."""
    memory: Memory = request.app.state.setdefault("home", Memory())
    found = await service.home(memory, visit.now)
    counts = rules.filled(found.months, rules.months_before(visit.now))
    months = [(rules.month_word(month, visit.lang), month, count) for month, count in counts]
    axis = rules.scale(max(count for _, count in counts))
    return page(visit, "desk/home.html", nav="home", home=found, months=months, axis=axis, bucket=bucket)


ROUTES = (home,)
