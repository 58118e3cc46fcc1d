"""
Public pages that read many domains: home, search, help, open data and what the market declares about itself.

The pages behind a sign-in are in `market.desk.inside`.
"""

import unicodedata
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from market.accounts.guards import PUBLIC_ROUTE
from market.desk import indicators, inside, rules, service
from market.desk.datasets import DATASETS
from market.desk.service import Memory
from market.desk.tables import search as tables
from market.kernel import rulesets
from market.kernel.errors import NotFound
from market.registrations.rules import bucket
from market.respond import page
from market.visit import Visit

# In the order of the list of guides; each is a template of its own.
GUIDES: Final = ("owner", "agency", "supervision", "public", "selection", "verify", "fingerprints")
LONGEST_SEARCH: Final = 100
MOST_WORDS: Final = 8


@get("/", opt=PUBLIC_ROUTE, include_in_schema=False)
async def home(request: Request[Any, Any, Any], visit: Visit) -> Response[str]:
    """Show the market at a glance."""
    memory: Memory = request.app.state.setdefault("home", Memory())
    found = await service.home(memory, visit.now)
    counts = rules.filled(found.months, rules.months_before(visit.now))
    months = [(rules.month_word(month, visit.lang), month, count) for month, count in counts]
    axis = rules.scale(max(count for _, count in counts))
    return page(visit, "desk/home.html", nav="home", home=found, months=months, axis=axis, bucket=bucket)


@get("/search", opt=PUBLIC_ROUTE, include_in_schema=False)
async def search(visit: Visit, q: FromQuery[str] = "") -> Response[str]:
    """Find items, agencies and notices."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", q) if letter.isprintable())
    words = plain[:LONGEST_SEARCH].split()[:MOST_WORDS]
    groups = await tables.found([rules.pattern(word) for word in words]) if words else ([], [], [])
    items, agencies, notices = groups
    return page(
        visit,
        "desk/search.html",
        asked=" ".join(words),
        most=tables.MOST,
        items=items,
        agencies=agencies,
        notices=notices,
    )


@get("/help", opt=PUBLIC_ROUTE, include_in_schema=False)
async def guides(visit: Visit) -> Response[str]:
    """List the guides."""
    return page(visit, "desk/help.html", nav="help", guides=GUIDES)


@get("/help/indicators", opt=PUBLIC_ROUTE, include_in_schema=False)
async def indicator_list(visit: Visit) -> Response[str]:
    """List the indicators."""
    return page(visit, "desk/indicators.html", nav="help", codes=indicators.codes())


@get("/help/indicators/{code:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def indicator(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show how an indicator is computed, and what else may explain what it says."""
    if code not in indicators.codes():
        raise NotFound
    found = indicators.page_of(code, visit.lang)
    return page(visit, "desk/indicator.html", nav="help", i=found, codes=indicators.codes())


@get("/help/{slug:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def guide(visit: Visit, slug: FromPath[str]) -> Response[str]:
    """Show one guide, with the periods of the ruleset."""
    if slug not in GUIDES:
        raise NotFound
    ruleset = rulesets.get(rulesets.MODEL)
    return page(visit, f"desk/help/{slug}.html", nav="help", guides=GUIDES, slug=slug, ruleset=ruleset)


@get("/data", opt=PUBLIC_ROUTE, include_in_schema=False)
async def data(visit: Visit) -> Response[str]:
    """Say which lists there are, what their columns mean, and how the figures are defined."""
    return page(visit, "desk/data.html", nav="data", datasets=DATASETS)


@get("/accessibility", opt=PUBLIC_ROUTE, include_in_schema=False)
async def accessibility(visit: Visit) -> Response[str]:
    """Declare what the pages hold of WCAG 2.2, and what not yet."""
    return page(visit, "desk/accessibility.html")


@get("/privacy", opt=PUBLIC_ROUTE, include_in_schema=False)
async def privacy(visit: Visit) -> Response[str]:
    """Declare which personal data are kept, why and for how long."""
    return page(visit, "desk/privacy.html", retention=rulesets.get(rulesets.MODEL).retention)


@get("/sitemap", opt=PUBLIC_ROUTE, include_in_schema=False)
async def sitemap(visit: Visit) -> Response[str]:
    """List the pages there are."""
    return page(visit, "desk/sitemap.html", guides=GUIDES)


ROUTES = (home, search, guides, indicator_list, indicator, guide, data, accessibility, privacy, sitemap, *inside.ROUTES)
