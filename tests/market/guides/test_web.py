"""Pages of service guides, asked as an agency and as nobody."""

from dataclasses import replace

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.guides.fees import Fee, Negotiated, Percentage, PerUnit, Tier, Tiered, kind_of
from market.kernel.roles import Actor
from tests.build_agencies import a_content, a_guide, an_agency, an_item
from tests.market.guides.test_rules import FORM
from tests.server import Database
from tests.web import browser, csrf, market

WAN = 1_000_000
FEES: list[Fee] = [
    PerUnit("份", 120_000, 12),
    Percentage("合同额", 1000 * WAN, 15_000),
    Tiered("总投资", 3000 * WAN, (Tier(500 * WAN, 10_000), Tier(None, 800))),
    Negotiated(46 * WAN),
]


async def acting(app: Market, actor: Actor) -> httpx.AsyncClient:
    now = await db.value("select now()")
    async with db.writing():
        token = await sessions.open_session(actor.person_id or 0, actor.organisation_id or 0, now=now, replaces=None)
    client = browser(app)
    client.cookies.set("sid", token)
    return client


async def test_an_agency_writes_checks_and_publishes_a_guide(database: Database) -> None:
    _, code = await an_item()
    actor, uscc, _ = await an_agency()
    async with market(database) as app:
        client = await acting(app, actor)
        token = {"_csrf": csrf(client)}
        assert (await client.get("/agency/guides/new")).status_code == 200
        assert (await client.get(f"/agency/guides/new?item={code}")).status_code == 200
        refused = await client.post(f"/agency/guides/new?item={code}", data={**FORM, "time_limit_days": "99", **token})
        assert refused.status_code == 422
        assert "立项文件齐备。" in refused.text
        saved = await client.post(f"/agency/guides/new?item={code}", data={**FORM, **token})
        assert saved.status_code == 303
        place = saved.headers["location"]
        assert (await client.get(place)).status_code == 200
        published = await client.post(f"{place}/publish", data=token)
        assert published.headers["location"] == f"/guides/{uscc}/{code}"
        assert (await client.get("/agency/guides")).status_code == 200
        assert (await client.post(f"{place}/publish", data=token)).status_code == 409
        withdrawn = await client.post(f"{place}/withdraw", data=token)
        assert withdrawn.status_code == 303
        await client.aclose()
        async with browser(app) as public:
            assert "这一版不再生效" in (await public.get(f"/guides/{uscc}/{code}")).text


@pytest.mark.parametrize("fee", FEES, ids=kind_of)
async def test_every_kind_of_fee_is_shown_and_can_be_written_anew(database: Database, fee: Fee) -> None:
    _, code = await an_item()
    actor, uscc, _ = await an_agency()
    guide_id = await a_guide(actor, code, replace(a_content(), fee=fee))
    async with market(database) as app:
        client = await acting(app, actor)
        assert (await client.get(f"/agency/guides/new?item={code}")).status_code == 200
        assert (await client.get(f"/agency/guides/{guide_id}")).status_code == 200
        await client.aclose()
        async with browser(app) as public:
            assert (await public.get(f"/guides/{uscc}/{code}")).status_code == 200
            assert (await public.get(f"/guides/compare?id={guide_id}")).status_code == 200


async def test_the_list_is_a_file_and_versions_keep_their_address(database: Database) -> None:
    _, code = await an_item()
    actor, uscc, _ = await an_agency()
    await a_guide(actor, code)
    await a_guide(actor, code, a_content(time_limit_days=18))
    async with market(database) as app, browser(app) as client:
        for path in ("/guides", f"/guides?item={code}", "/guides.csv", "/guides.xlsx", "/guides/compare"):
            assert (await client.get(path)).status_code == 200, path
        assert (await client.get("/guides.json")).json()["count"] == 1
        assert "18" in (await client.get(f"/guides/{uscc}/{code}")).text
        assert (await client.get(f"/guides/{uscc}/{code}/v/1")).status_code == 200
        assert (await client.get(f"/guides/{uscc}/{code}/v/3")).status_code == 404
        assert (await client.get("/guides/compare?id=1&id=2&id=3&id=4&id=5")).status_code == 422
