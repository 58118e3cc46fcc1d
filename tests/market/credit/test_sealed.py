"""A sealed review changes nothing that anybody can read before its time: no page, file, score, log or nightly run."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from market import db
from market.app import Market
from market.contracts.states import ContractState, Side
from market.credit.states import RankingState
from market.kernel.times import local
from market.reviews import service as reviews
from market.reviews.rules import GRADED, Said
from tests.build_contracts import Deals, some_deals
from tests.build_credit import SLOT, a_ranking, a_regulator, evaluated
from tests.server import Database
from tests.web import browser, market

PATHS = (
    "/", "/credit", "/credit.csv", "/credit.json", "/credit/rankings", "/credit/rankings.csv", f"/credit/{SLOT}",
    f"/credit/{SLOT}.json", f"/credit/{SLOT}/public.zip", "/agencies", "/agencies.csv", "/agencies/{uscc}",
    "/agencies/{uscc}/score", "/contracts", "/contracts.csv", "/contracts/{number}", "/results.json", "/guides",
    "/guides.json", "/services.json", "/log", "/data", "/api/v1/rankings", f"/api/v1/rankings/{SLOT}",
    "/api/v1/agencies/{uscc}", "/api/v1/agencies/{uscc}/score", "/api/v1/contracts", "/api/v1/contracts/{number}",
    "/api/v1/contracts/{number}/reviews", "/api/v1/results", "/api/v1/notices",
)  # fmt: skip


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def app(deals: Deals, database: Database) -> AsyncIterator[Market]:
    async with market(database) as app:
        yield app


async def every_byte(client: httpx.AsyncClient, **names: str) -> dict[str, bytes]:
    """Read all there is, without what changes with the minute of the clock."""
    read = {}
    for path in PATHS:
        answer = await client.get(path.format(**names))
        assert answer.status_code == 200, path
        read[path] = re.sub(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\+08:00)?", b"", answer.content)
    return read


async def tonight() -> dict[str, bytes]:
    """Compute what the nightly run would, as of today."""
    day = local(await db.value("select now()")).date()
    return dict((await evaluated(day)).files)


async def test_every_public_byte_and_the_nightly_run_are_equal_with_and_without_a_sealed_review(
    app: Market, deals: Deals, database: Database
) -> None:
    now = await db.value("select date_trunc('second', now()) - interval '10 minutes'")
    regulator = a_regulator(deals.city.person, await deals.city.organisation("regulator", "91990000MA0REG0001", now))
    await deals.bring(ContractState.CLOSED)
    await a_ranking(database, RankingState.PUBLISHED, regulator)
    number = await deals.bring(ContractState.TERMINATED)
    await deals.city.connection.execute("alter table contract disable trigger user")
    await deals.city.connection.execute("update contract set terminated_at = $1 where number = $2", now, number)
    await deals.city.connection.execute("alter table contract enable trigger user")
    assert await reviews.open_reviews(number, now=now)
    names = {"number": number, "uscc": deals.uscc}

    async with browser(app) as client:
        before, run = await every_byte(client, **names), await tonight()
        entries = await db.value("select count(*) from ledger_entry")
        worst = Said(dict.fromkeys(GRADED[Side.OWNER], 1), "很差")
        await reviews.submit(number, worst, actor=deals.owner, now=now)
        after, again = await every_byte(client, **names), await tonight()

    assert after == before
    assert again == run
    assert await db.value("select count(*) from ledger_entry") == entries

    await reviews.submit(number, Said(dict.fromkeys(GRADED[Side.AGENCY], 5), ""), actor=deals.agency, now=now)
    assert await tonight() != run  # the same review, revealed, is seen: the comparison above can fail
