"""Catalogue, agencies and guides as programs use them."""

from market import db
from market.accounts import sessions
from tests.build_agencies import a_guide, an_agency, an_item
from tests.market.guides.test_rules import FORM
from tests.server import Database
from tests.web import browser, market


async def test_programs_read_what_pages_show(database: Database) -> None:
    _, code = await an_item()
    actor, uscc, _ = await an_agency()
    await a_guide(actor, code)
    async with market(database) as app, browser(app) as client:
        assert (await client.get("/api/v1/items")).json()["rows"][0]["code"] == code
        assert (await client.get(f"/api/v1/items/{code}")).json()["basis_read"] is True
        assert (await client.get("/api/v1/mandatory")).json() == {"total": 0, "rows": []}
        assert (await client.get("/api/v1/agencies")).json()["rows"][0]["uscc"] == uscc
        assert (await client.get(f"/api/v1/agencies/{uscc}")).json()["items_open"] == [code]
        assert (await client.get("/api/v1/guides")).json()["total"] == 1
        assert (await client.get(f"/api/v1/guides/{uscc}/{code}")).json()[0]["content"]["time_limit_days"] == 20
        assert (await client.get("/api/v1/items/ZJ999")).status_code == 404


async def test_a_program_writes_and_publishes_a_guide(database: Database) -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    words = {name: FORM[name] for name in ("conditions", "materials", "deliverables", "contact", "plain_words")}
    body = {
        **words,
        "item": code,
        "steps": [{"title": "编制报告", "days": 15}],
        "time_limit_days": 20,
        "fee_kind": "fixed",
        "fee": {"amount": "8.6"},
    }
    async with market(database) as app, browser(app) as client:
        async with db.writing():
            token = await sessions.make_token(actor, "test", now=await db.value("select now()"), days=1)
        headers = {"Authorization": f"Bearer {token}"}
        nobody = await client.post("/api/v1/guides", json=body)
        refused = await client.post("/api/v1/guides", json={**body, "fee": {"amount": "许多"}}, headers=headers)
        saved = await client.post("/api/v1/guides", json=body, headers=headers)
        published = await client.post(f"/api/v1/guides/{saved.json()['id']}/publish", headers=headers)

    assert nobody.status_code == 401
    assert refused.status_code == 422
    assert refused.json()["errors"]
    assert published.json()["state"] == "published"
