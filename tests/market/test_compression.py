"""Compression: public pages and files travel small, a signed-in page never does, and caches are told."""

import gzip
import secrets
from datetime import UTC, datetime

import httpx
import pytest

from market import compression
from market.compression import Compressed, accepts_gzip
from market.kernel.roles import PUBLIC, Role
from market.visit import Prefs, VisitFacts
from tests.server import Database
from tests.web import browser, market, signed_in

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PLAIN = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip, deflate"}


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True), ("deflate, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.000", False), ("", False),
        ("br", False), ("*", True), ("*;q=0", False), ("gzip;q=0, *", False), ("identity", False),
    ],
)  # fmt: skip
def test_who_takes_gzip_is_read_from_the_offer(header: str, takes: bool) -> None:
    assert accepts_gzip(header) is takes


@pytest.mark.parametrize("path", ["/", "/notices", "/sign-in", "/api/v1/openapi.json"])
async def test_a_public_page_is_the_same_page_in_fewer_bytes(database: Database, path: str) -> None:
    async with market(database) as app, browser(app) as client:
        plain = await client.get(path, headers=PLAIN)
        small = await client.get(path, headers=GZIP)

        assert "content-encoding" not in plain.headers
        assert small.headers["content-encoding"] == "gzip"
        assert int(small.headers["content-length"]) < len(plain.content) / 2
        assert "Accept-Encoding" in plain.headers["vary"]
        assert "Accept-Encoding" in small.headers["vary"]
        assert len(small.content) == pytest.approx(len(plain.content), abs=20)  # but for the clock in the page


async def test_a_page_of_somebody_signed_in_is_never_compressed(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)

        for path in ("/account", "/", "/notices"):
            answer = await client.get(path, headers=GZIP)
            assert answer.status_code == 200
            assert "content-encoding" not in answer.headers


async def test_an_answer_to_a_form_and_a_refusal_are_not_compressed(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        form = await client.post("/sign-in", data={"login": "a@b.example", "password": "x"}, headers=GZIP)
        missing = await client.get("/nowhere", headers=GZIP)

        assert "content-encoding" not in form.headers
        assert "content-encoding" not in missing.headers


async def answered(body: bytes, kind: str = "text/csv; charset=utf-8", chunks: int = 1) -> httpx.Response:
    """Return what a reader who takes gzip gets of an application that answers *body*."""

    async def application(scope, receive, send) -> None:
        headers = [(b"content-type", kind.encode()), (b"vary", b"Cookie")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for place in range(chunks):
            await send({"type": "http.response.body", "body": body, "more_body": place + 1 < chunks})

    async def public(scope, receive, send) -> None:
        scope["state"] = {"visit": VisitFacts(NOW, PUBLIC, csrf="", lang="zh", path="/", reference="", prefs=Prefs())}
        await Compressed(application)(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=public), base_url="http://m.example") as client:
        return await client.get("/", headers=GZIP)


@pytest.mark.parametrize(("size", "small"), [(999, False), (1_000, True), (1_001, True)])
async def test_what_is_short_stays_as_it_is(size: int, small: bool) -> None:
    answer = await answered(b"x" * size)

    assert ("content-encoding" in answer.headers) is small
    assert answer.headers["vary"] == ("Cookie, Accept-Encoding" if small else "Cookie")


async def test_a_list_beyond_the_loop_s_share_arrives_whole() -> None:
    body = secrets.token_hex(compression.OFF_THE_LOOP // 2).encode() + b"x"

    answer = await answered(body)

    assert answer.content == body
    assert int(answer.headers["content-length"]) == len(gzip.compress(body, compression.LEVEL, mtime=0))


async def test_a_spreadsheet_and_what_comes_in_pieces_pass_untouched() -> None:
    sheet = await answered(b"x" * 5_000, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    pieces = await answered(b"x" * 5_000, chunks=2)

    assert "content-encoding" not in sheet.headers
    assert "content-encoding" not in pieces.headers
    assert len(pieces.content) == 10_000
