"""
Every page there is, below /en: it answers as its Chinese twin does, says in English all that is not data, and every
link on it stays in English.

What counts as data is looked up, not listed: Chinese on an English page must stand in some row of the database, or be
marked as Chinese, as the names of laws are in a document.
"""

import html
import re
from dataclasses import dataclass

import httpx
import pytest

from market import db
from market.kernel import divisions
from market.kernel.roles import Role
from tests.browser.addresses import every_get_route, role_of
from tests.build_notices import a_place
from tests.fuzz.asking import Route, address
from tests.fuzz.city import City, found
from tests.server import Database
from tests.templates.reading import faults
from tests.web import browser, market

HAN = re.compile(r"[\u3400-\u9fff]+")
MARKED = re.compile(r'<span lang="zh-CN">[^<]*</span>')
LINK = re.compile(r'<(?:a|form|link)\b[^>]*\b(?:href|action)="(/[^"]*)"[^>]*>')
IN_ENGLISH = re.compile(r"/(?:en(?:[/?]|$)|assets/|api/)")
LEAST_PAGES = 60
DOORS = ("", "/notices", "/results", "/guides", "/agencies", "/services", "/mandatory", "/credit", "/log", "/sign-in")


@dataclass(frozen=True, slots=True)
class Told:
    """One English page, and what its Chinese twin answered."""

    path: str
    twin: int
    english: httpx.Response

    def is_page(self) -> bool:
        """Tell whether it is a page and not a file."""
        return self.english.headers.get("content-type", "").startswith("text/html")

    def wrong(self, data: str) -> list[str]:
        """List what is wrong with the English page."""
        if self.twin != self.english.status_code:
            return [f"{self.path}: {self.twin} in Chinese, {self.english.status_code} in English"]
        wrong = [] if IN_ENGLISH.match(self.english.headers.get("location", "/en")) else ["a redirect leads out"]
        if self.is_page():
            page = html.unescape(MARKED.sub("", self.english.text))
            wrong += faults(self.english.text)
            # The language switch names Chinese in Chinese.
            wrong += [f"says {each}" for each in HAN.findall(page) if each not in data and each != "中文"]
            links = (each for each in LINK.finditer(page) if "hreflang" not in each[0])
            wrong += [f"links to {each[1]}" for each in links if not IN_ENGLISH.match(each[1])]
            wrong += [] if '<html lang="en"' in page else ["is not marked as English"]
        return [f"{self.path}: {each}" for each in dict.fromkeys(wrong)]


async def data() -> str:
    """Return the text of every row of the database."""
    names = await db.fetch("select table_name from information_schema.tables where table_schema = 'public'")
    rows = [await db.value(f"select string_agg(t::text, ' ') from \"{row[0]}\" t") for row in names]
    return " ".join(text for text in rows if text)


async def visited(city: City, clients: dict[Role | None, httpx.AsyncClient]) -> list[Told]:
    """Open every page that is not for programs, in both languages, as somebody it is for."""
    seen = []
    for path, handler in sorted(every_get_route().items()):
        if not path.startswith(("/api/", "/assets/")):
            client = clients[role_of(path, handler)]
            where = address(Route("GET", path, handler, None), city.own, "empty")
            english = await client.get(f"/en{where}")
            # What the sample cannot show in English it must not be able to show in Chinese either.
            twin = english.status_code if english.status_code == 200 else (await client.get(where)).status_code
            seen.append(Told(path, twin, english))
    return seen


@pytest.mark.slow
async def test_every_page_has_a_whole_english_twin(database: Database) -> None:
    async with a_place(database) as place, market(database, ruleset="practice-2026", demo=True) as app:
        city = await found(place)
        clients: dict[Role | None, httpx.AsyncClient] = {None: browser(app)}
        for role in city.actors:
            clients[role] = browser(app)
            clients[role].cookies.set("sid", await city.session(role))
        seen = await visited(city, clients)
        known = await data()

    assert [fault for each in seen for fault in each.wrong(known)] == []
    # Refusals look alike; so many pages showed what they are for.
    assert sum(each.is_page() and each.english.status_code == 200 for each in seen) >= LEAST_PAGES


async def test_the_first_pages_are_there_in_english_for_everybody(database: Database) -> None:
    async with market(database) as app:
        client = browser(app)
        seen = [Told(path, 200, await client.get(f"/en{path}")) for path in DOORS]
        lost = await client.get("/en/nowhere")
        known = await data() + "".join(place.zh for place in divisions.SAMPLE.values())

    assert [fault for each in (*seen, Told("/nowhere", 404, lost)) for fault in each.wrong(known)] == []
    assert 'href="http://127.0.0.1:8000/en/notices"' in seen[1].english.text


async def test_signing_in_and_preferences_keep_the_reader_in_english(database: Database) -> None:
    async with market(database) as app:
        client = browser(app)
        notices = (await client.get("/en/notices?state=open")).text
        asked = await client.get("/en/owner/projects")
        larger = await client.get("/en/preferences?text=large&back=/notices%3Fstate%3Dopen")

    assert '<a href="/notices?state=open" lang="zh-CN" hreflang="zh-CN">' in notices
    assert asked.headers["location"] == "/en/sign-in?back=%2Fowner%2Fprojects"
    assert larger.headers["location"] == "/en/notices?state=open"
