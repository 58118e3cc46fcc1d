"""
Rules of the measurements: baselines do the same work as we do, rows are what they should be, verdicts are honest.

Django and its driver are installed for benchmarks only; without them the comparison with Django is skipped.
"""

import asyncio
import importlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from benchmarks import city, deadline, drawing, lines, log
from benchmarks.baselines import litestar_bare
from market import db
from market.kernel.times import ZONE
from market.ledger import service as ledger
from market.ledger import tree
from market.selection import draw
from tests.server import Database
from tests.web import browser, market

NOW = datetime.now(ZONE)
DAY = city.day_of(NOW)
DAYS = 120


@pytest.fixture(scope="module")
async def many(module_database: Database) -> Database:
    """Return a database with fifty notices for each of the last 120 days."""
    connection = await asyncpg.connect(module_database.url("admin"))
    await city.add_notices(connection, DAYS * city.PER_DAY, NOW)
    await connection.close()
    return module_database


async def ours(database: Database, path: str) -> str:
    async with market(database) as app, browser(app) as client:
        return (await client.get(path)).text


async def bare(database: Database, path: str) -> str:
    app = litestar_bare.create_app(database.url())
    async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:  # type: ignore[arg-type]
        return (await client.get(path)).text


def of_django(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    pytest.importorskip("django")
    pytest.importorskip("psycopg")
    monkeypatch.setenv("DATABASE_URL", database.url())
    baseline = importlib.import_module("benchmarks.baselines.django_list")
    test_client, connections = importlib.import_module("django.test").Client, importlib.import_module("django.db")

    def get(path: str) -> str:
        text: str = test_client().get(path).content.decode()
        connections.connections.close_all()
        return text

    assert baseline.application is not None
    return get


def rows_of(page: str) -> str:
    """Return the rows of a list page and the line that counts them."""
    return page.partition('<ul class="nlist">')[2].partition("</nav>")[0]


def told(text: str) -> dict[str, Any]:
    """Read a list in JSON with its moments to the second, however they are written."""
    found: dict[str, Any] = json.loads(text)
    for row in found["rows"]:
        for name in ("published_at", "closes_at", "draw_at"):
            row[name] = datetime.fromisoformat(row[name]).replace(microsecond=0)
    return found


async def test_bare_litestar_shows_the_same_fifty_rows_as_our_page(many: Database) -> None:
    page = rows_of(await ours(many, "/notices"))

    assert page.count("<li>") >= 50
    assert f"共 {DAYS * 50:,} 条" in page
    assert rows_of(await bare(many, "/notices")) == page


async def test_django_shows_the_same_fifty_rows_as_our_page(many: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    get = of_django(many, monkeypatch)

    page = await asyncio.to_thread(get, "/notices")

    assert rows_of(page) == rows_of(await ours(many, "/notices"))


async def test_bare_litestar_gives_the_same_json_as_ours(many: Database) -> None:
    data = told(await ours(many, f"/notices.json?{DAY}"))

    assert data["count"] == 50
    assert told(await bare(many, f"/notices.json?{DAY}")) == data


async def test_django_gives_the_same_json_as_ours(many: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    get = of_django(many, monkeypatch)

    data = await asyncio.to_thread(get, f"/notices.json?{DAY}")

    assert told(data) == told(await ours(many, f"/notices.json?{DAY}"))


@pytest.mark.parametrize("entries", [1, 2, 3, 37, 64])
async def test_every_entry_of_a_filled_log_is_proved_and_the_log_goes_on(
    module_database: Database, entries: int
) -> None:
    connection = await asyncpg.connect(module_database.url("admin"))
    await connection.execute("truncate ledger_entry, ledger_node, ledger_document")
    await log.fill(connection, entries, NOW)
    await connection.close()
    async with db.writing():
        await ledger.append("registration", at=NOW, subject="x", fields={"notice": "x"})
    size, root, _ = await ledger.head()

    paths = await ledger.inclusions(range(size), size)

    assert size == entries + 1
    for index, path in paths.items():
        assert tree.verify_inclusion((await ledger.entry(index)).leaf, index, size, path, root)


def test_the_inputs_of_the_measured_draw_can_be_drawn() -> None:
    result = draw.draw(*drawing.inputs(40))

    assert len(set(result.result["orders"][0]["order"])) == 40


@pytest.mark.parametrize(("ours_ms", "met"), [(1.29, True), (1.3, True), (1.31, False)])
def test_a_ratio_keeps_its_promise_up_to_the_limit(ours_ms: float, met: bool) -> None:
    assert lines.compared("page", ours_ms, 1.0, "bare", 1.3).met is met


def test_a_missed_target_is_printed_like_any_other() -> None:
    text = lines.report([lines.Line("draw", "140 ms", "≤ 100 ms", False)], NOW, [0.5, 0.9])

    assert "50% to 90% of a core" in text
    assert "| draw | 140 ms |  |  | ≤ 100 ms | **no** |" in text


CLOSES = datetime(2026, 11, 24, 17, 0, tzinfo=ZONE)
BEFORE, AFTER = CLOSES.replace(hour=16, minute=59, second=59, microsecond=999_999), CLOSES


@pytest.mark.parametrize(
    ("status", "reading", "held", "met"),
    [
        (303, BEFORE, 1, True),
        (409, AFTER, 0, True),
        (409, BEFORE, 0, False),
        (303, AFTER, 1, False),
        (303, BEFORE, 0, False),
        (303, BEFORE, 2, False),
        (500, AFTER, 0, False),
    ],
)
def test_one_registration_wronged_is_enough_to_miss_the_last_second(
    status: int, reading: datetime, held: int, met: bool
) -> None:
    answers = [deadline.Answer("A", status, reading, 0.1)]
    answers += [deadline.Answer(f"B{number}", 409, AFTER, 0.1) for number in range(deadline.REGISTRATIONS - 1)]

    second = deadline.LastSecond(answers, 1.0, CLOSES, {"A": held} if held else {}, held)

    assert any(deadline.wrongs(second).values()) is not met
