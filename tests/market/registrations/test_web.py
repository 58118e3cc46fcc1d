"""Pages of an agency: seeing the price and the reasons, registering once, keeping the receipt, withdrawing."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from market import db
from market.app import Market
from market.kernel.roles import Role
from tests.build_notices import Place, a_place
from tests.market.notices.test_web import as_actor, sent
from tests.server import Database
from tests.web import browser, market, signed_in


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Market]:
    """Run the application under practice rules."""
    async with market(database, ruleset="practice-2026") as found:
        yield found


@pytest.fixture
async def place(database: Database, app: Market) -> AsyncIterator[Place]:
    """Return a city whose clock is the database's."""
    now: datetime = await db.value("select date_trunc('minute', clock_timestamp())")
    async with a_place(database, now) as found:
        yield found


async def test_an_agency_sees_its_price_registers_and_keeps_the_receipt(app: Market, place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=30_000_000)
    code = await place.an_open_notice()
    client = await as_actor(app, agency.actor)

    form = await client.get(f"/notices/{code}/register")
    assert "300,000.00" in form.text
    done = await sent(client, f"/notices/{code}/register", declared="yes")
    receipt = await client.get(done.headers["Location"])
    twice = await sent(client, f"/notices/{code}/register", declared="yes")

    assert done.status_code == 303
    assert "报名成功" in receipt.text
    as_file = (await client.get(done.headers["Location"] + "/receipt.json")).json()
    assert (as_file["notice"], as_file["uscc"], as_file["price_fen"]) == (code, agency.uscc, 30_000_000)
    assert twice.status_code == 409
    assert "本机构已经报名" in twice.text
    assert as_file["receipt"] in (await client.get(f"/notices/{code}")).text
    assert code in (await client.get("/agency/registrations")).text


async def test_the_first_button_is_to_register_and_then_to_see_the_receipt(app: Market, place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=30_000_000)
    code = await place.an_open_notice()
    client = await as_actor(app, agency.actor)

    before, stranger = await client.get(f"/notices/{code}"), await browser(app).get(f"/notices/{code}")
    receipt = (await sent(client, f"/notices/{code}/register", declared="yes")).headers["Location"]
    after = await client.get(f"/notices/{code}")

    assert "我要报名" in before.text
    assert "我要报名" in stranger.text
    assert "我要报名" not in after.text
    assert f'class="btn" href="{receipt}"' in after.text


async def test_all_reasons_are_shown_before_anything_is_sent(app: Market, place: Place) -> None:
    agency = await place.an_agency(held=None, guide_max_fen=None)
    code = await place.an_open_notice()
    client = await as_actor(app, agency.actor)

    page = await client.get(f"/notices/{code}/register")

    assert "原因 2 项" in page.text
    assert "确认报名" not in page.text


async def test_without_the_declaration_the_form_comes_back(app: Market, place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    client = await as_actor(app, agency.actor)

    answer = await sent(client, f"/notices/{code}/register")

    assert answer.status_code == 422
    assert "请勾选声明" in answer.text


async def test_a_registration_is_withdrawn_from_a_page_of_its_own(app: Market, place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    client = await as_actor(app, agency.actor)
    await sent(client, f"/notices/{code}/register", declared="yes")

    assert (await client.get(f"/notices/{code}/register/withdraw")).status_code == 200
    done = await sent(client, f"/notices/{code}/register/withdraw")
    twice = await sent(client, f"/notices/{code}/register/withdraw")

    assert (done.status_code, twice.status_code) == (303, 409)
    assert "已撤回" in (await client.get("/agency/registrations")).text


async def test_opportunities_are_the_open_notices_an_agency_qualifies_for(app: Market, place: Place) -> None:
    fit, unfit = await place.an_agency(), await place.an_agency(held=None)
    code = await place.an_open_notice()

    assert code in (await (await as_actor(app, fit.actor)).get("/agency/opportunities")).text
    assert code not in (await (await as_actor(app, unfit.actor)).get("/agency/opportunities")).text


async def test_a_receipt_is_closed_to_another_agency(app: Market, place: Place) -> None:
    agency, stranger = await place.an_agency(), await place.an_agency()
    code = await place.an_open_notice()
    done = await sent(await as_actor(app, agency.actor), f"/notices/{code}/register", declared="yes")

    assert (await (await as_actor(app, stranger.actor)).get(done.headers["Location"])).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM, Role.AGENCY)])
async def test_registering_is_closed_to_other_roles(app: Market, place: Place, role: Role) -> None:
    code = await place.an_open_notice()
    client = await signed_in(app, role)

    for path in (f"/notices/{code}/register", "/agency/registrations", "/agency/opportunities"):
        assert (await client.get(path)).status_code == 403
    assert (await sent(client, f"/notices/{code}/register", declared="yes")).status_code == 403


async def test_nobody_signed_in_is_led_to_the_sign_in_page(app: Market, place: Place) -> None:
    code = await place.an_open_notice()

    assert (await browser(app).get(f"/notices/{code}/register")).status_code in (303, 401)
