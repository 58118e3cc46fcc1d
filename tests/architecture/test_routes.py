"""Every route says who may come, every form needs its token, and no page leads into the void."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from market.accounts.gate import SAFE_METHODS
from market.app import Market, create_app
from market.kernel.roles import Role
from market.pages import TEMPLATES
from market.settings import Settings
from tests.architecture.source import python_files
from tests.server import Database
from tests.web import browser, market, signed_in

# Signing in and up: there is no session yet to hold a token against; Origin decides.
DOORS = {"/sign-in", "/sign-up"}
PUBLIC_PAGES = (
    "/", "/notices", "/results", "/guides", "/agencies", "/services", "/mandatory", "/data", "/help", "/verify", "/log",
    "/search?q=示例", "/accessibility", "/privacy", "/sitemap", "/sign-in", "/sign-up", "/help/owner", "/help/agency",
    "/help/public",
)  # fmt: skip
SIDES = {
    Role.OWNER: "/owner", Role.AGENCY: "/agency", Role.REGULATOR: "/regulator", Role.OPERATOR: "/operator",
    Role.AUTHORITY: "/authority", Role.AUDITOR: "/auditor",
}  # fmt: skip


@cache
def an_app() -> Market:
    """Assemble the application once, without starting it: its routes are only read."""
    return create_app(Settings.read({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}, command="serve"))


def handlers(app: Market) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.litestar.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield route.path, method, handler


def test_every_route_names_its_roles_or_is_public_and_never_both() -> None:
    wrong = []
    for path, method, handler in handlers(an_app()):
        guarded = any(getattr(guard, "roles", None) for guard in handler.resolve_guards())
        if guarded is bool(handler.opt.get("public")):
            wrong.append(f"{method} {path}")

    assert not wrong, "\n".join(wrong)


def test_only_the_doors_are_open_without_a_token() -> None:
    assert {path for path, _, handler in handlers(an_app()) if handler.opt.get("door")} == DOORS


async def test_every_form_needs_its_token(database: Database) -> None:
    async with market(database) as app:
        clients = {role: await signed_in(app, role) for role in SIDES}
        tried = 0
        for path, method, handler in handlers(app):
            if method in SAFE_METHODS or path.startswith("/api/") or path in DOORS:
                continue
            address = re.sub(r"\{\w+:int\}", "1", re.sub(r"\{\w+:str\}", "x", path))
            allowed = [role for guard in handler.resolve_guards() for role in getattr(guard, "roles", ())]
            for role in allowed or SIDES:
                answer = await clients[role].request(method, address, data={"title": "x"})
                assert answer.status_code == 403, f"{role}: {method} {path}"
                assert "请确认后再提交一次" in answer.text, f"{role}: {method} {path}"
                tried += 1
        assert tried >= 2


def test_every_template_named_exists() -> None:
    named = {
        name
        for path in [*python_files("market"), *TEMPLATES.rglob("*.html")]
        for name in re.findall(r'"([a-z_]+/[a-z_/]+\.html)"', path.read_text(encoding="utf-8"))
    }

    assert {name for name in named if not (TEMPLATES / name).is_file()} == set()
    assert len(named) > 20


@pytest.mark.parametrize("demo", [False, True])
async def test_no_link_of_a_public_page_leads_into_the_void(database: Database, demo: bool) -> None:
    async with market(database, demo=demo) as app, browser(app) as client:
        dead = {}
        for page in PUBLIC_PAGES:
            answer = await client.get(page)
            dead[page] = sorted(set(links(answer.text)) - set(known(app, links(answer.text))))
            assert answer.status_code == 200 or dead[page], page

    assert {page: paths for page, paths in dead.items() if paths} == {}


async def test_no_link_of_a_desk_leads_into_the_void(database: Database) -> None:
    dead = {}
    async with market(database) as app:
        for role, page in SIDES.items():
            text = (await (await signed_in(app, role)).get(page)).text
            dead[role.value] = sorted(set(links(text)) - set(known(app, links(text))))

    assert {role: paths for role, paths in dead.items() if paths} == {}


def links(page: str) -> list[str]:
    """List the paths a page leads to, without query and place."""
    return [re.split(r"[?#]", href)[0] for href in re.findall(r'(?:href|action)="(/[^"]*)"', page)]


def chinese(path: str) -> str:
    """Return the address below which an English one is answered."""
    return path.removeprefix("/en") or "/" if re.match("/en(?:/|$)", path) else path


def known(app: Market, paths: list[str]) -> list[str]:
    """Give those of *paths* that some route answers."""
    patterns = [re.sub(r"\{[^}]+\}", "[^/]+", route.path) for route in app.litestar.routes]
    return [path for path in paths if any(re.fullmatch(pattern, chinese(path)) for pattern in patterns)]
