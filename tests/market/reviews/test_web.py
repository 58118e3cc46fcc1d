"""Pages of reviews: what is sealed shows in no public byte, and poor reviews reach their regulator."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.contracts.states import ContractState, Side
from market.kernel.roles import Role
from market.reviews import service
from market.reviews.rules import GRADED
from tests.build_contracts import Deals, some_deals
from tests.market.selection.browsing import browser, csrf, member, running, somebody
from tests.server import Database

S = ContractState
PUBLIC = (
    "/contracts", "/contracts.csv", "/contracts.json", "/contracts/{n}", "/api/v1/contracts", "/api/v1/contracts/{n}",
    "/api/v1/contracts/{n}/reviews", "/log", "/results", "/results.json", "/notices.json", "/agencies.json",
    "/api/v1/results", "/",
)  # fmt: skip
OTHER_PARTY = ("/agency/contracts/{n}", "/agency/contracts/{n}/review", "/agency/contracts", "/inbox", "/agency")


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def app(deals: Deals, database: Database) -> AsyncIterator[Market]:
    async with running(database) as app:
        yield app


@pytest.fixture
async def number(app: Market, deals: Deals) -> str:
    """Return a contract accepted a moment ago, whose reviews are open."""
    now = await db.value("select date_trunc('second', now()) - interval '10 minutes'")
    number = await deals.bring(S.TERMINATED)
    await deals.city.connection.execute("alter table contract disable trigger user")
    await deals.city.connection.execute("update contract set terminated_at = $1", now)
    await deals.city.connection.execute("alter table contract enable trigger user")
    assert await service.open_reviews(number, now=now)
    return number


async def party(app: Market, deals: Deals, side: Side) -> httpx.AsyncClient:
    organisation = deals.actor(side).organisation_id
    assert organisation is not None
    return await member(app, deals.city, organisation)


async def write(client: httpx.AsyncClient, side: Side, number: str, stars: str = "5") -> httpx.Response:
    fields = {str(dimension): stars for dimension in GRADED[side]}
    return await client.post(f"/{side}/contracts/{number}/review", data={"_csrf": csrf(client), **fields})


async def bytes_of(client: httpx.AsyncClient, paths: tuple[str, ...], number: str) -> dict[str, str]:
    """Read pages without what changes with the minute of the clock."""
    found = {}
    for path in paths:
        answer = await client.get(path.format(n=number))
        assert answer.status_code == 200, path
        found[path] = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\+08:00)?", "", answer.text)
    return found


async def test_every_public_byte_is_the_same_with_and_without_a_sealed_review(
    app: Market, deals: Deals, number: str
) -> None:
    nobody, agency = browser(app), await party(app, deals, Side.AGENCY)
    before = await bytes_of(nobody, PUBLIC, number), await bytes_of(agency, OTHER_PARTY, number)

    assert (await write(await party(app, deals, Side.OWNER), Side.OWNER, number, "1")).status_code == 303

    assert (await bytes_of(nobody, PUBLIC, number), await bytes_of(agency, OTHER_PARTY, number)) == before


async def test_who_has_written_sees_its_receipt_and_no_second_form(app: Market, deals: Deals, number: str) -> None:
    owner = await party(app, deals, Side.OWNER)
    await write(owner, Side.OWNER, number)

    own = (await owner.get(f"/owner/contracts/{number}")).text

    assert await db.value("select hash from sealed_review") in own
    assert "现在不能评价" in (await owner.get(f"/owner/contracts/{number}/review")).text
    assert (await write(owner, Side.OWNER, number)).status_code == 409


async def test_a_review_that_leaves_a_grade_out_is_refused_at_every_field(
    app: Market, deals: Deals, number: str
) -> None:
    owner = await party(app, deals, Side.OWNER)

    answer = await owner.post(
        f"/owner/contracts/{number}/review", data={"_csrf": csrf(owner), "quality": "6", "fees": "4"}
    )

    assert answer.status_code == 422
    assert answer.text.count('<a href="#f-') == 4


async def test_both_reviews_stand_on_the_public_page_after_the_reveal_without_words(
    app: Market, deals: Deals, number: str
) -> None:
    owner, agency = await party(app, deals, Side.OWNER), await party(app, deals, Side.AGENCY)
    await write(owner, Side.OWNER, number, "2")
    await write(agency, Side.AGENCY, number, "4")

    page = (await browser(app).get(f"/contracts/{number}")).text
    rows = (await browser(app).get(f"/api/v1/contracts/{number}/reviews")).json()

    assert "不满意" in page
    assert [(row["side"], row["state"], row["quality"]) for row in rows] == [
        ("owner", "revealed", 2), ("agency", "revealed", None),
    ]  # fmt: skip


async def test_a_poor_review_waits_for_its_regulator_and_is_followed_up_once(
    app: Market, deals: Deals, number: str
) -> None:
    await write(await party(app, deals, Side.OWNER), Side.OWNER, number, "1")
    await write(await party(app, deals, Side.AGENCY), Side.AGENCY, number)
    regulator = await somebody(app, deals.city, Role.REGULATOR)
    organisation = await db.value("select id from organisation where kind = 'regulator'")
    assert number not in (await regulator.get("/regulator/reviews")).text
    await deals.city.add("regulator_scope", organisation=organisation, division="990100", trade="construction")
    place = await db.value("select id from review_follow_up")
    path = f"/regulator/reviews/{place}"

    assert number in (await regulator.get("/regulator/reviews")).text
    empty = await regulator.post(path, data={"_csrf": csrf(regulator), "outcome": "put_right"})
    done = await regulator.post(path, data={"_csrf": csrf(regulator), "outcome": "put_right", "words": "已返工"})
    twice = await regulator.post(path, data={"_csrf": csrf(regulator), "outcome": "put_right", "words": "已返工"})

    assert (empty.status_code, done.status_code, twice.status_code) == (422, 303, 409)


async def test_a_stranger_reviews_nothing(app: Market, deals: Deals, number: str) -> None:
    for role, status in ((Role.OWNER, 404), (Role.AGENCY, 404), (Role.REGULATOR, 403)):
        client = await somebody(app, deals.city, role)
        assert (await client.get(f"/owner/contracts/{number}/review")).status_code == status
        assert (await write(client, Side.OWNER, number)).status_code == status


async def test_a_program_reviews_and_keeps_its_receipt(app: Market, deals: Deals, number: str) -> None:
    await party(app, deals, Side.AGENCY)
    async with db.writing():
        token = await sessions.make_token(deals.agency, "test", now=await db.value("select now()"), days=1)
    client = browser(app)
    client.headers["Authorization"] = f"Bearer {token}"
    path = f"/api/v1/contracts/{number}/reviews"

    few = await client.post(path, json={"stars": {"timeliness": 5}})
    done = await client.post(path, json={"stars": {"timeliness": 5, "conduct": 4, "attitude": 5}})

    assert few.status_code == 422
    assert done.status_code == 201
    assert done.json()["hash"] == await db.value("select hash from sealed_review")
