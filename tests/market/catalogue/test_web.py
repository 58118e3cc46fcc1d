"""Pages of the catalogue, asked as each role and as nobody."""

import asyncpg
import pytest

from market import db
from market.catalogue import loading
from market.kernel.roles import Role
from tests.build_agencies import NOW, an_item
from tests.server import Database
from tests.web import browser, csrf, market, signed_in

PROPOSAL = {
    "code": "ZJ901",
    "name": "示例评价",
    "name_en": "Sample",
    "trade": "ecology",
    "family": "environment",
    "approval": "示例审批",
    "authority_trade": "ecology",
    "fee_basis": "fixed",
    "ceiling_days": "30",
}


async def test_everybody_reads_the_catalogue_of_the_seed(database: Database) -> None:
    await loading.load_seed(NOW)
    async with market(database) as app, browser(app) as client:
        for path in ("/services", "/services?outcome=mandatory&trade=nowhere", "/mandatory", "/mandatory/removed"):
            assert (await client.get(path)).status_code == 200, path
        codes = [row["code"] for row in await db.fetch("select code from item")]
        for code in codes:
            answer = await client.get(f"/services/{code}")
            assert answer.status_code == 200, code
        assert (await client.get("/services?page=99")).status_code == 404
        assert (await client.get("/services/ZJ999")).status_code == 404


@pytest.mark.parametrize("path", ["/services", "/mandatory", "/mandatory/removed"])
async def test_every_list_is_a_file_at_the_same_address(database: Database, path: str) -> None:
    await loading.load_seed(NOW)
    async with market(database) as app, browser(app) as client:
        data = await client.get(f"{path}.json")
        csv = await client.get(f"{path}.csv")
        xlsx = await client.get(f"{path}.xlsx")

    assert len(data.json()["rows"]) == data.json()["count"] > 0
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert xlsx.content.startswith(b"PK")


async def test_an_unread_item_is_shown_as_unverified_and_never_called_mandatory(database: Database) -> None:
    _, code = await an_item(clause=None, source_url=None, read_on=None)
    async with market(database) as app, browser(app) as client:
        body = (await client.get(f"/services/{code}")).text
        listed = (await client.get("/mandatory.json")).json()["rows"]

    assert "依据待核" in body
    assert code not in [row["code"] for row in listed]


async def test_a_proposal_goes_from_the_authority_to_the_public_list(database: Database) -> None:
    async with market(database) as app:
        async with await signed_in(app, Role.AUTHORITY) as authority:
            answer = await authority.post("/authority/items/new", data={**PROPOSAL, "_csrf": csrf(authority)})
            assert answer.headers["location"] == "/authority/items/ZJ901"
            assert (await authority.get("/authority/items/ZJ901")).status_code == 200
            assert (await authority.get("/authority/items")).status_code == 200
        async with await signed_in(app, Role.REGULATOR) as regulator:
            await _watch_everything(database)
            token = csrf(regulator)
            refused = await regulator.post(
                "/regulator/items/ZJ901/decide", data={"action": "make_mandatory", "_csrf": token}
            )
            assert refused.status_code == 422
            assert "没有摘录依据原文" in refused.text
            done = await regulator.post("/regulator/items/ZJ901/decide", data={"action": "list", "_csrf": token})
            assert done.headers["location"] == "/services/ZJ901"
            assert (await regulator.get("/regulator/items/ZJ901/abolish")).status_code == 200
            empty = await regulator.post("/regulator/items/ZJ901/abolish", data={"reason": "", "_csrf": token})
            assert empty.status_code == 422
            gone = await regulator.post(
                "/regulator/items/ZJ901/abolish", data={"reason": "国务院决定取消。", "_csrf": token}
            )
            assert gone.status_code == 303
        async with browser(app) as client:
            assert "国务院决定取消。" in (await client.get("/mandatory/removed")).text


async def test_a_refused_proposal_keeps_every_word(database: Database) -> None:
    async with market(database) as app, await signed_in(app, Role.AUTHORITY) as client:
        typed = {**PROPOSAL, "ceiling_days": "0", "_csrf": csrf(client)}
        answer = await client.post("/authority/items/new", data=typed)

    assert answer.status_code == 422
    assert 'value="示例评价"' in answer.text
    assert "有错误" in answer.text


@pytest.mark.parametrize("role", [None, *(role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM))])
async def test_only_authorities_and_regulators_come_to_the_desk(database: Database, role: Role | None) -> None:
    async with market(database) as app, browser(app) if role is None else await signed_in(app, role) as client:
        answer = await client.get("/regulator/items")
        decided = await client.post(
            "/regulator/items/ZJ001/decide", data={"_csrf": csrf(client) if role else "", "action": "list"}
        )

    insiders = (Role.REGULATOR, Role.AUTHORITY)
    assert (answer.status_code == 200) is (role in insiders)
    assert decided.status_code == {Role.REGULATOR: 404, None: 401}.get(role, 403)


async def _watch_everything(database: Database) -> None:
    """Give every regulator every trade and place, as the owner of the schema does."""
    owner = await asyncpg.connect(database.url("market_owner"))
    await owner.execute(
        "insert into regulator_scope (organisation, division, trade)"
        " select id, '990100', '*' from organisation where kind = 'regulator'"
    )
    await owner.close()
