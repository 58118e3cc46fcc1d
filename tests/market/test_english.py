"""Rules of the English addresses: in by the prefix, out with it, and Chinese marked as Chinese."""

from typing import Any

import pytest
from litestar.types import HTTPScope, Message

from market.english import entered, told


async def asked(path: str, location: str = "/notices") -> tuple[Any, str]:
    """Ask for a path of something that redirects; return the scope it saw and where it led."""
    scope: HTTPScope = {"type": "http", "path": path, "raw_path": path.encode()}  # type: ignore[typeddict-item]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    answer = entered(scope, send)
    headers = [(b"Location", location.encode())]
    await answer({"type": "http.response.start", "status": 303, "headers": headers})  # type: ignore[typeddict-item]
    return scope, dict(sent[0]["headers"])[b"Location"].decode()  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("path", "inner"), [("/en", "/"), ("/en/", "/"), ("/en/notices", "/notices"), ("/en/notices.csv", "/notices.csv")]
)
async def test_an_english_address_is_that_of_its_chinese_twin(path: str, inner: str) -> None:
    scope, _ = await asked(path)

    assert (scope["path"], scope["raw_path"], scope["state"]["lang"]) == (inner, inner.encode(), "en")


@pytest.mark.parametrize(
    "path", ["/", "/notices", "/english", "/en/en", "/en/en/notices", "/en/api/v1/notices", "/en/assets/x", "/en//x"]
)
async def test_what_has_no_english_twin_is_left_alone(path: str) -> None:
    scope, leads_to = await asked(path)

    assert (scope["path"], "state" in scope, leads_to) == (path, False, "/notices")


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/notices?page=2", "/en/notices?page=2"), ("/", "/en/"), ("/en/notices", "/en/notices"),
        ("/api/v1/problems", "/api/v1/problems"), ("//elsewhere.example", "//elsewhere.example"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
    ],
)  # fmt: skip
async def test_a_redirect_keeps_the_reader_in_english(location: str, leads_to: str) -> None:
    assert (await asked("/en/sign-in", location))[1] == leads_to


@pytest.mark.parametrize(
    ("page", "english"),
    [
        ('<a href="/notices">', '<a href="/en/notices">'),
        ('<a class="btn" href="/">', '<a class="btn" href="/en/">'),
        ('<form method="post" action="/sign-out">', '<form method="post" action="/en/sign-out">'),
        ('<a href="/notices" lang="zh-CN" hreflang="zh-CN">', '<a href="/notices" lang="zh-CN" hreflang="zh-CN">'),
        ('<link href="/assets/app.css">', '<link href="/assets/app.css">'),
        ('<a href="/api/v1/openapi.json">', '<a href="/api/v1/openapi.json">'),
        ('<a href="//x">', '<a href="//x">'), ('<a href="#main">', '<a href="#main">'),
        ("<p>Type &#34; href=&#34;/x&#34;</p>", "<p>Type &#34; href=&#34;/x&#34;</p>"),
    ],
)  # fmt: skip
def test_links_and_forms_stay_in_english(page: str, english: str) -> None:
    assert told(page) == english


@pytest.mark.parametrize(
    ("page", "marked"),
    [
        ("<b>云湖市</b>", '<b lang="zh-CN">云湖市</b>'),
        ("<p>Owner 云湖市水务局 of 2026</p>", '<p>Owner <span lang="zh-CN">云湖市水务局</span> of 2026</p>'),
        ("<p><br>云湖市</p>", '<p><br><span lang="zh-CN">云湖市</span></p>'),
        ('<option value="1">云湖市 (2)</option>', '<option lang="zh-CN" value="1">云湖市 (2)</option>'),
        ("<textarea>\n说明 abc</textarea>", '<textarea lang="zh-CN">\n说明 abc</textarea>'),
        ("<title>公告 - Market</title>", "<title>公告 - Market</title>"),
        ('<a lang="zh-CN" href="#x">中文</a>', '<a lang="zh-CN" href="#x">中文</a>'),
        ("<p>《规定》第三条。</p>", '<p lang="zh-CN">《规定》第三条。</p>'),
        ("<script>x('公告')</script>", "<script>x('公告')</script>"),
        ("<p>Nothing</p>", "<p>Nothing</p>"),
    ],
)
def test_chinese_is_marked_where_it_stands(page: str, marked: str) -> None:
    assert told(page) == marked


def test_what_only_a_voice_says_is_a_word_of_its_own() -> None:
    assert told('<a>Change<span class="sr">title</span></a>') == '<a>Change<span class="sr"> title</span></a>'
