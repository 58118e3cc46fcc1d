"""Rules of the desk's pages: well made, open to whom they should be, and finding what there is."""

import pytest

from market import db
from market.desk.web import GUIDES
from market.kernel.roles import Role
from market.messages import service as messages
from tests.build_desk import city
from tests.server import Database
from tests.templates.reading import faults
from tests.web import browser, csrf, market, signed_in

PUBLIC = (
    "/", "/search", "/search?q=水土", "/help", *(f"/help/{slug}" for slug in GUIDES), "/data", "/accessibility",
    "/privacy", "/sitemap",
)  # fmt: skip
DESKS = {
    "/regulator": Role.REGULATOR,
    "/operator": Role.OPERATOR,
    "/authority": Role.AUTHORITY,
    "/auditor": Role.AUDITOR,
}
ROLES = tuple(role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM))


async def test_public_pages_are_well_made_and_open_to_nobody_and_everybody(database: Database) -> None:
    async with market(database) as app:
        readers = [browser(app), await signed_in(app, Role.OWNER)]
        for reader in readers:
            for path in PUBLIC:
                answer = await reader.get(path)
                assert answer.status_code == 200, path
                assert faults(answer.text) == [], path


async def test_each_desk_opens_to_its_role_alone(database: Database) -> None:
    async with market(database) as app:
        nobody = browser(app)
        clients = {role: await signed_in(app, role) for role in ROLES}
        for path, owner in DESKS.items():
            assert (await nobody.get(path)).status_code == 303
            for role, client in clients.items():
                answer = await client.get(path)
                assert answer.status_code == (200 if role is owner else 403), (path, role)
                assert faults(answer.text) == [], path


async def test_everyone_signed_in_has_an_inbox(database: Database) -> None:
    async with market(database) as app:
        assert (await browser(app).get("/inbox")).status_code == 303
        for role in ROLES:
            client = await signed_in(app, role)
            answer = await client.get("/inbox")
            assert answer.status_code == 200
            assert faults(answer.text) == []


async def test_a_message_is_read_when_opened_and_not_when_listed(database: Database) -> None:
    async with market(database) as app:
        client, stranger = await signed_in(app, Role.OWNER), await signed_in(app, Role.AGENCY)
        organisation = await db.value("select id from organisation where kind = 'owner'")
        async with db.writing():
            now = await db.value("select now()")
            await messages.tell(organisation, "notice_published", at=now, subject="YH-1", title="示例公告")
        number = await db.value("select id from message")

        assert "示例公告" in (await client.get("/inbox")).text
        assert (await client.get(f"/inbox/{number}")).status_code == 303
        assert await db.value("select read_at from message") is None
        assert (await stranger.post(f"/inbox/{number}", data={"_csrf": csrf(stranger)})).status_code == 404
        opened = await client.post(f"/inbox/{number}", data={"_csrf": csrf(client)})

        first = await db.value("select read_at from message")
        assert first is not None
        page = await client.get(opened.headers["location"])
        assert 'href="/notices/YH-1"' in page.text
        assert faults(page.text) == []
        await client.post(f"/inbox/{number}", data={"_csrf": csrf(client)})
        assert await db.value("select read_at from message") == first
        assert (await stranger.get(f"/inbox/{number}")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/inbox/0", "/inbox/99999999999999999999", "/inbox?before=0", "/inbox?before=99999999999999999999"]
)
async def test_a_message_that_cannot_be_is_not_found(database: Database, path: str) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)

        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("水土", {"ZJ901", "N1"}), ("zj902", {"ZJ902"}), ("示例 水土", {"ZJ901", "N1"}), ("水土 环境", set()),
        ("%", set()), ("_", set()), ("甲公", {"919900000000000010"}), ("N1", {"N1"}), ("ＺＪ９０１", {"ZJ901"}),
        ("草稿", set()), ("申请中", set()), ("\x00\x1b", set()),
    ],
)  # fmt: skip
async def test_a_search_finds_what_is_public_by_any_part_of_it(database: Database, asked: str, found: set[str]) -> None:
    built = await city(database, await db.value("select now()"))
    await built.agency(10, "示例甲公司")
    await built.agency(11, "示例申请中公司", "applying")
    await built.notice("N1", "某河水土保持方案", "ZJ901")
    await built.notice("N2", "草稿水土", "ZJ901", "draft")
    async with market(database) as app, browser(app) as client:
        answer = await client.get("/search", params={"q": asked})

    assert answer.status_code == 200
    assert faults(answer.text) == []
    everything = ("ZJ901", "ZJ902", "ZJ903", "N1", "N2", "919900000000000010", "919900000000000011")
    shown = {each for each in everything if f'/{each}">' in answer.text}
    assert shown == found
    await built.connection.close()


async def test_a_search_shows_twenty_and_leads_to_the_rest(database: Database) -> None:
    built = await city(database, await db.value("select now()"))
    for number in range(21):
        await built.notice(f"N{number:02d}", "示例很多公告", "ZJ901")
    async with market(database) as app, browser(app) as client:
        page = (await client.get("/search", params={"q": "很多"})).text

    assert page.count('href="/notices/N') == 20
    assert "/notices?q=" in page
    await built.connection.close()


async def test_a_regulator_sees_its_scope_only(database: Database) -> None:
    built = await city(database, await db.value("select now()"))
    await built.notice("N1", "范围内失败的公告", "ZJ901", "failed", division="990102")
    await built.notice("N2", "区划以外的公告", "ZJ901", "failed", division="990103")
    await built.notice("N3", "行业以外的公告", "ZJ901", "failed", division="990102", trade="health")
    async with market(database) as app:
        client = await signed_in(app, Role.REGULATOR)
        regulator = await db.value("select id from organisation where kind = 'regulator'")
        await built.add("regulator_scope", organisation=regulator, division="990102", trade="water")

        page = (await client.get("/regulator")).text

    assert "范围内失败的公告" in page
    assert "以外的公告" not in page
    await built.connection.close()


@pytest.mark.parametrize("slug", ["nothing", "%2e%2e", "help_names", "owner.html"])
async def test_an_unknown_guide_is_not_found(database: Database, slug: str) -> None:
    async with market(database) as app, browser(app) as client:
        assert (await client.get(f"/help/{slug}")).status_code == 404
