"""
The application, assembled; the only module that knows every domain.

The gate stands outside Litestar, so that a page that does not exist passes it
like any other and every answer has its headers and its number.
"""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, Router, get
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler, Message, Receive, Scope, Send

from market import db, english, faults, health, pages, respond
from market.accounts.gate import API, SAFE_METHODS, Gate
from market.accounts.guards import PUBLIC_ROUTE, StaleForm, kept_of
from market.arrival import ArrivalClock
from market.compression import Compressed, accepts_gzip
from market.desk.tables.tasks import tasks
from market.kernel.errors import Forbidden, NotFound
from market.kernel.roles import Role
from market.kernel.terms import Language
from market.settings import Settings, SettingsRefused
from market.visit import Visit, visit_of

WEB_MODULES = (
    "market.accounts.web", "market.catalogue.web", "market.agencies.web", "market.guides.web", "market.notices.web",
    "market.registrations.web", "market.selection.web", "market.contracts.web", "market.reviews.web",
    "market.credit.web", "market.desk.web",
)  # fmt: skip
API_MODULES = (
    "market.accounts.api", "market.catalogue.api", "market.agencies.api", "market.guides.api", "market.notices.api",
    "market.registrations.api", "market.selection.api", "market.contracts.api", "market.reviews.api",
    "market.credit.api",
)  # fmt: skip


@get("/assets/{name:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Serve a file whose name holds its hash, for a year."""
    found = pages.asset_routes().get(name)
    if found is None:
        raise NotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(found.gzipped, media_type=found.content_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.content_type, headers=headers)


async def refuse_foreign_forms(request: Request[Any, Any, Any]) -> None:
    """Refuse a form that another site sent, or that an earlier session opened."""
    if request.method in SAFE_METHODS:
        return
    if request.url.path.startswith(API):
        await respond.refuse_other_encodings(request)
        return
    if request.scope["state"]["foreign"]:
        raise Forbidden("foreign_form")
    visit = visit_of(request)
    if visit.actor.role is Role.PUBLIC or request.route_handler.opt.get("door"):
        return
    typed = await respond.read_form(request)
    if not hmac.compare_digest(typed.one("_csrf").encode(), visit.csrf.encode()):
        raise StaleForm(kept_of(typed))


async def visit(request: Request[Any, Any, Any]) -> Visit:
    """Give a handler its visit; whoever is signed in reads on every page what waits."""
    found = visit_of(request)
    if found.actor.role is Role.PUBLIC or request.url.path.startswith(API) or request.method not in SAFE_METHODS:
        return found
    return replace(found, tasks=await tasks(found.actor, found.now))


def routes() -> list[ControllerRouterHandler]:
    """Collect every handler of every domain, in the order of the domains; only the API is described to programs."""
    pages_found = [route for name in WEB_MODULES for route in _routes_of(name)]
    return [
        asset,
        *health.ROUTES,
        Router("/", route_handlers=pages_found, include_in_schema=False),
        *(route for name in API_MODULES for route in _routes_of(name)),
    ]


def _routes_of(name: str) -> tuple[ControllerRouterHandler, ...]:
    """Return what a domain answers; a domain need not have pages or an API."""
    if not find_spec(name.rpartition(".")[0]) or not find_spec(name):
        return ()
    found: tuple[ControllerRouterHandler, ...] = import_module(name).ROUTES
    return found


def panels() -> None:
    """Let the upper domains add their parts to the pages of the lower ones."""
    for domain in ("registrations", "selection", "contracts", "reviews", "credit"):
        import_module(f"market.{domain}.panel").register()


def _without_body(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return sent


class Market:
    """The outermost ASGI application: HEAD answered like GET without a body, then the gate, then Litestar."""

    def __init__(self, litestar: Litestar, settings: Settings, clock: ArrivalClock) -> None:
        """Stand the gate before Litestar."""
        self.litestar = litestar
        self.clock = clock
        self.gate: ASGIApp = health.Measured(Gate(Compressed(litestar), settings=settings, clock=clock))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == "HEAD":
            scope["method"] = "GET"
            send = _without_body(send)
        if scope["type"] == ScopeType.HTTP:
            send = english.entered(scope, send)
        await faults.guarded(self.gate, scope, receive, send)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the start and the end of the application, for tests."""
        async with self.litestar.lifespan():
            yield


def frame_pages(settings: Settings) -> None:
    """Let every page carry the name, the hotline and the log of this market."""
    host = urlsplit(settings.base_url).netloc
    names: dict[Language, str] = {"zh": settings.site_name, "en": settings.site_name_en}
    for lang, name in names.items():
        site = respond.Site(
            name, settings.base_url.rstrip("/"), settings.demo, settings.hotline, host, settings.log_origin
        )
        respond.frame(lang, pages.environment(lang=lang), site)


def create_app(settings: Settings) -> Market:
    """Assemble the application."""
    if settings.database_url is None:
        raise SettingsRefused(["DATABASE_URL: the application needs one"])
    url, (least, most) = settings.database_url, settings.pool
    clock = ArrivalClock(url)
    frame_pages(settings)
    panels()

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await db.connect(url, min_size=least, max_size=most)
        try:
            await health.refuse_powerful_login()
            await clock.now()
            yield
        finally:
            await clock.close()
            await db.close()

    litestar = Litestar(
        route_handlers=routes(),
        dependencies={
            "visit": Provide(visit),
            "settings": Provide(lambda: settings, sync_to_thread=False),
        },
        before_request=refuse_foreign_forms,
        exception_handlers=faults.HANDLERS,
        lifespan=[lifespan],
        openapi_config=openapi(),
        logging_config=None,  # market.logs speaks for the whole process
        request_max_body_size=respond.LARGEST_FORM,
    )
    return Market(litestar, settings, clock)


def openapi() -> OpenAPIConfig:
    """Describe the API; the description is served as JSON only, without pages that load scripts from elsewhere."""
    return OpenAPIConfig(
        title="公选 · 网上中介服务超市",
        version="1",
        # A router of its own: Litestar adds to it a page that answers every unknown path below it.
        render_plugins=[JsonRenderPlugin(path="/")],
        openapi_router=Router(API + "v1/openapi.json", route_handlers=[], opt=PUBLIC_ROUTE, include_in_schema=False),
        description="Every act of the market as JSON. Errors are RFC 9457 problem details with a stable code.",
    )
