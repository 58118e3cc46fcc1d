"""Pages and files of contracts, asked by each role and by nobody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.contracts import service
from market.contracts.rules import Terms
from market.contracts.states import ContractState, Side
from market.kernel.roles import Role
from market.kernel.times import local
from tests.build_contracts import AT, TERMS, Deals, some_deals
from tests.market.selection.browsing import browser, csrf, member, running, somebody
from tests.server import Database

S = ContractState


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def app(deals: Deals, database: Database) -> AsyncIterator[Market]:
    async with running(database) as app:
        yield app


async def yesterday() -> datetime:
    """Return a moment from which nothing has fallen due yet."""
    now: datetime = await db.value("select now()")
    return now - timedelta(minutes=5)


async def party(app: Market, deals: Deals, side: Side) -> httpx.AsyncClient:
    organisation = deals.actor(side).organisation_id
    assert organisation is not None
    return await member(app, deals.city, organisation)


async def program(app: Market, deals: Deals, side: Side) -> httpx.AsyncClient:
    """Return a program with a token of a party."""
    await party(app, deals, side)
    async with db.writing():
        token = await sessions.make_token(deals.actor(side), "test", now=await db.value("select now()"), days=1)
    client = browser(app)
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def press(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await client.post(path, data={"_csrf": csrf(client), **fields})


async def test_both_parties_sign_on_their_pages(app: Market, deals: Deals) -> None:
    since = await yesterday()
    number = await deals.due(confirmed_at=since)
    today = local(since).date().isoformat()
    terms = {"paper_number": "合 1", "amount_fen": "47500", "signed_on": today, "agreed_on": today, "pay_days": "30"}
    owner, agency = await party(app, deals, Side.OWNER), await party(app, deals, Side.AGENCY)

    first = await press(owner, f"/owner/contracts/{number}/sign", **terms)
    seen = await agency.get(f"/agency/contracts/{number}/sign")
    second = await press(agency, f"/agency/contracts/{number}/sign", **terms)

    assert (first.status_code, first.headers.get("location")) == (303, f"/owner/contracts/{number}")
    assert 'value="47,500.00"' in seen.text
    assert second.status_code == 303
    assert "已签订" in (await owner.get(f"/owner/contracts/{number}")).text


async def test_a_refused_form_keeps_what_was_typed_and_names_every_reason(app: Market, deals: Deals) -> None:
    number = await deals.due(confirmed_at=await yesterday())
    owner = await party(app, deals, Side.OWNER)

    answer = await press(
        owner, f"/owner/contracts/{number}/sign", amount_fen="9999999", signed_on="去年", pay_days="90"
    )

    assert answer.status_code == 422
    assert 'value="9999999"' in answer.text
    assert 'value="去年"' in answer.text
    assert answer.text.count('<a href="#f-') >= 4


async def test_a_whole_contract_is_carried_through_on_pages(app: Market, deals: Deals) -> None:
    since = await yesterday()
    number = await deals.signed(confirmed_at=since, at=since + timedelta(seconds=1), terms=_terms(since))
    owner, agency = await party(app, deals, Side.OWNER), await party(app, deals, Side.AGENCY)
    today = local(since).date().isoformat()
    steps = (
        (owner, "owner", "file", {}),
        (agency, "agency", "begin", {}),
        (agency, "agency", "deliver", {"description": "成果一套"}),
        (owner, "owner", "return", {"words": "缺少附表"}),
        (agency, "agency", "resume", {}),
        (agency, "agency", "deliver", {"description": "成果一套（补正）"}),
        (owner, "owner", "accept", {}),
        (owner, "owner", "close", {"billed_fen": "47500", "paid_on": today}),
    )
    for client, side, act, fields in steps:
        form = await client.get(f"/{side}/contracts/{number}/{act}")
        assert "现在不能办理" not in form.text, act
        assert (await press(client, f"/{side}/contracts/{number}/{act}", **fields)).status_code == 303, act

    page = await browser(app).get(f"/contracts/{number}")
    assert "已办结" in page.text
    assert "缺少附表" not in page.text
    assert "成果一套" not in page.text
    assert "缺少附表" in (await agency.get(f"/agency/contracts/{number}")).text


def _terms(since: datetime) -> Terms:
    day = local(since).date()
    return replace(TERMS, signed_on=day, agreed_on=day + timedelta(days=20))


@pytest.mark.parametrize("state", list(S))
async def test_every_page_of_every_act_answers_in_every_state(app: Market, deals: Deals, state: ContractState) -> None:
    number = await deals.bring(state)
    for side in Side:
        client = await party(app, deals, side)
        page = await client.get(f"/{side}/contracts/{number}")
        assert page.status_code == 200
        for act in ("sign", "lapse", "excuse", "file", "begin", "deliver", "accept", "return", "resume", "change",
                    "answer-change", "close", "answer", "terminate"):  # fmt: skip
            answer = await client.get(f"/{side}/contracts/{number}/{act}")
            assert answer.status_code == 200, (side, act)
            offered = f"/{side}/contracts/{number}/{act}" in page.text
            assert ("现在不能办理" in answer.text) is not offered, (side, act)
    assert (await browser(app).get(f"/contracts/{number}")).status_code == 200


async def test_a_post_that_is_not_open_is_refused_by_name(app: Market, deals: Deals) -> None:
    number = await deals.bring(S.SIGNED)
    agency = await party(app, deals, Side.AGENCY)

    answer = await press(agency, f"/agency/contracts/{number}/file")

    assert answer.status_code == 409


async def test_a_stranger_and_nobody_find_no_desk(app: Market, deals: Deals) -> None:
    number = await deals.bring(S.SIGNED)

    for role, status in ((Role.OWNER, 404), (Role.AGENCY, 404), (Role.REGULATOR, 403), (Role.OPERATOR, 403)):
        client = await somebody(app, deals.city, role)
        assert (await client.get(f"/owner/contracts/{number}")).status_code == status, role
        assert (await press(client, f"/owner/contracts/{number}/file")).status_code == status, role
    nobody = await browser(app).get(f"/owner/contracts/{number}")
    assert nobody.status_code in (303, 401)


async def test_an_act_that_does_not_exist_is_not_found(app: Market, deals: Deals) -> None:
    number = await deals.bring(S.SIGNED)
    owner = await party(app, deals, Side.OWNER)

    assert (await owner.get(f"/owner/contracts/{number}/annul")).status_code == 404


async def test_the_list_filters_and_is_given_as_files(app: Market, deals: Deals) -> None:
    signed, filed = await deals.bring(S.SIGNED), await deals.bring(S.FILED)
    nobody = browser(app)

    page = (await nobody.get("/contracts?state=filed")).text
    rows = (await nobody.get("/contracts.json?state=filed")).json()["rows"]
    sheet = await nobody.get("/contracts.csv")
    book = await nobody.get("/contracts.xlsx")
    within = (await nobody.get("/contracts.json?division=990000")).json()
    elsewhere = (await nobody.get("/contracts.json?division=990200")).json()
    unknown = (await nobody.get("/contracts.json?state=nonsense&late=never")).json()

    assert filed in page
    assert signed not in page
    assert [row["number"] for row in rows] == [filed]
    assert signed in sheet.text
    assert book.content[:2] == b"PK"
    assert (within["count"], elsewhere["count"], unknown["count"]) == (2, 0, 2)
    assert (await nobody.get("/contracts?page=9")).status_code == 404


async def test_amounts_and_days_are_public_only_once_both_have_signed(app: Market, deals: Deals) -> None:
    number = await deals.due()
    await service.sign(number, TERMS, actor=deals.owner, now=AT)

    row = (await browser(app).get("/contracts.json")).json()["rows"][0]

    assert (row["amount_fen"], row["signed_on"], row["agreed_on"]) == (None, None, None)


async def test_a_notice_leads_to_its_contract(app: Market, deals: Deals) -> None:
    number = await deals.bring(S.SIGNED)
    code = await db.value("select n.code from notice n join contract c on c.notice = n.id")
    await deals.city.add(
        "notice_version", notice=1, number=1, body="{}", hash="00", published_at=await db.value("select now()")
    )

    assert f"/contracts/{number}" in (await browser(app).get(f"/notices/{code}")).text


async def test_a_program_signs_and_reads_contracts(app: Market, deals: Deals) -> None:
    since = await yesterday()
    number = await deals.due(confirmed_at=since)
    owner = await program(app, deals, Side.OWNER)
    day = local(since).date().isoformat()
    asked = {"paper_number": "合 1", "amount_fen": 4_750_000, "signed_on": day, "agreed_on": day, "pay_days": 30}

    over = await owner.post(f"/api/v1/contracts/{number}/sign", json={**asked, "amount_fen": 99_999_999})
    answer = await owner.post(f"/api/v1/contracts/{number}/sign", json=asked)
    shown = (await browser(app).get(f"/api/v1/contracts/{number}")).json()
    listed = (await browser(app).get("/api/v1/contracts?state=due")).json()

    assert over.status_code == 422
    assert [each["code"] for each in over.json()["errors"]] == ["contract_above_award"]
    assert (answer.status_code, answer.json()) == (200, {"signed": False})
    assert shown["contract"]["state"] == "due"
    assert listed["total"] == 1
    assert (await browser(app).get("/api/v1/contracts/HT-0")).json()["code"] == "contract_not_found"
