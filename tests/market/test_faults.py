"""Rules of everything that goes wrong: a page for people, a problem for programs, and a number on each."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from litestar import get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from market import db, logs
from market.accounts.guards import PUBLIC_ROUTE
from market.app import Market
from market.faults import STATUS_CODES
from market.kernel import terms
from market.kernel.errors import Conflict, TooMany
from market.respond import LARGEST_FORM
from tests.server import Database
from tests.web import browser, market

WAYS = {
    "refused": lambda: Conflict("conflict"),
    "often": lambda: TooMany("too_many", retry_after=7),
    "full": lambda: asyncpg.DiskFullError("full"),
    "lost": lambda: asyncpg.ConnectionDoesNotExistError("lost"),
    "closed": lambda: asyncpg.InterfaceError("pool is closing"),
    "down": lambda: ConnectionRefusedError("refused"),
    "rule": lambda: asyncpg.CheckViolationError("check"),
    "range": lambda: asyncpg.NumericValueOutOfRangeError("range"),
    "teapot": lambda: HTTPException(status_code=418),
    "bug": lambda: KeyError("what nobody thought of"),
}
EXPECTED = {
    "refused": 409, "often": 429, "full": 503, "lost": 503, "closed": 503, "down": 503, "rule": 409, "range": 404,
    "teapot": 400, "bug": 500,
}  # fmt: skip


@get("/broken/{way:str}", opt=PUBLIC_ROUTE)
async def broken(way: FromPath[str]) -> str:
    """Fail as a domain might."""
    password = "told-to-nobody"
    assert password
    raise WAYS[way]()


@get("/api/v1/broken/{way:str}", opt=PUBLIC_ROUTE)
async def broken_api(way: FromPath[str]) -> str:
    """Fail as an API might."""
    raise WAYS[way]()


@post("/echo", opt=PUBLIC_ROUTE)
async def echo(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """Answer what was sent."""
    return data


def with_faults(app: Market) -> Market:
    for handler in (broken, broken_api, echo):
        app.litestar.register(handler)
    return app


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Collect what a running market would log."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.configure("info", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("way", WAYS)
async def test_a_page_says_what_happened_and_its_number_is_in_the_log(
    database: Database, log: io.StringIO, way: str
) -> None:
    async with market(database, anew=True) as app, browser(with_faults(app)) as client:
        answer = await client.get(f"/broken/{way}")

    number = answer.headers["x-request-id"]
    assert answer.status_code == EXPECTED[way]
    assert number in answer.text
    assert number in log.getvalue()
    assert "told-to-nobody" not in log.getvalue()
    assert ("retry-after" in answer.headers) is (answer.status_code in (429, 503))


@pytest.mark.parametrize("way", WAYS)
async def test_a_program_gets_problem_details(database: Database, way: str) -> None:
    async with market(database, anew=True) as app, browser(with_faults(app)) as client:
        answer = await client.get(f"/api/v1/broken/{way}")

    told = answer.json()
    assert answer.status_code == told["status"] == EXPECTED[way]
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(told) == {"type", "title", "status", "code", "detail", "instance", "errors"}
    assert told["type"] == f"/api/v1/problems/{told['code']}"
    assert told["instance"] == answer.headers["x-request-id"]
    assert terms.texts("refusal", told["code"])


async def test_a_bug_shows_nothing_of_itself(database: Database) -> None:
    async with market(database, anew=True) as app, browser(with_faults(app)) as client:
        for path in ("/broken/bug", "/api/v1/broken/bug"):
            assert "nobody thought" not in (await client.get(path)).text


async def test_an_unknown_address_and_a_wrong_method_are_pages_and_problems(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        page, problem = await client.get("/nothing"), await client.get("/api/v1/nothing")
        assert (page.status_code, problem.status_code) == (404, 404)
        assert problem.json()["code"] == "not_found"
        page, problem = await client.put("/sign-in"), await client.put("/api/v1/me")
        assert (page.status_code, problem.status_code) == (405, 405)
        assert "POST" in page.headers["allow"]
        assert problem.json()["code"] == "wrong_method"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=" + b"x" * LARGEST_FORM, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"a=1", "text/plain", 415),
        (b"login=%ff", "application/x-www-form-urlencoded", 422),
        (b"login=%00", "application/x-www-form-urlencoded", 422),
        (b"login=a%1b", "application/x-www-form-urlencoded", 422),
        ("login=水".encode(), "application/x-www-form-urlencoded", 422),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_whole(
    database: Database, body: bytes, kind: str, status: int
) -> None:
    async with market(database) as app, browser(app) as client:
        answer = await client.post("/sign-up", content=body, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert answer.headers["x-request-id"] in answer.text


async def test_every_answer_has_the_security_headers(database: Database) -> None:
    async with market(database, anew=True) as app, browser(with_faults(app)) as client:
        for path in ("/", "/nothing", "/broken/bug", "/api/v1/me", "/healthz"):
            headers = (await client.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"


async def test_a_lost_database_is_told_in_plain_words_even_at_the_gate(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        client.cookies.set("sid", "somebody")
        await db.close()
        try:
            page = await client.get("/sign-in")
            problem = await client.get("/api/v1/me", headers={"Authorization": "Bearer x"})
        finally:
            await db.connect(database.url())

    # A pool that was never opened is a bug of ours; a server that is gone is not.
    assert page.status_code in (500, 503)
    assert problem.status_code in (500, 503)


async def test_a_head_request_is_answered_like_get_without_a_body(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        head, whole = await client.head("/help"), await client.get("/help")

    assert head.status_code == whole.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_every_status_of_the_framework_has_words() -> None:
    for code in STATUS_CODES.values():
        assert json.dumps(dict(terms.texts("refusal", code)))
