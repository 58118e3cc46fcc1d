"""Pages of agencies, asked as each role and as nobody."""

import pytest

from market import db
from market.agencies import queries, service
from market.kernel.roles import Role
from market.kernel.uscc import with_check_digit
from tests.build_agencies import NOW, a_claim, a_guide, an_actor, an_agency, an_item
from tests.server import Database
from tests.web import browser, csrf, market, signed_in

CODE = "919900000000000035"
IDENTITY = {
    "name": "示例咨询有限公司",
    "legal_representative": "甲",
    "contact_name": "乙",
    "contact_phone": "0516-00000001",
}
CLAIM = {
    "code": "eia_filing",
    "number": "E-1",
    "issued_by": "局",
    "issued_on": "2024-01-01",
    "valid_until": "2029-12-31",
}


async def test_an_agency_joins_step_by_step_and_the_operator_admits_it(database: Database) -> None:
    await an_item()
    async with market(database) as app:
        async with await signed_in(app, Role.AGENCY, uscc=with_check_digit("91990000MA0000005")) as agency:
            token = {"_csrf": csrf(agency)}
            assert (await agency.get("/agency/join")).headers["location"] == "/agency/join/1"
            assert (await agency.get("/agency/join/1")).status_code == 200
            refused = await agency.post("/agency/join/1", data={**IDENTITY, "contact_phone": "无", **token})
            assert refused.status_code == 422
            assert "示例咨询有限公司" in refused.text
            assert (await agency.post("/agency/join/1", data={**IDENTITY, **token})).status_code == 303
            assert (await agency.post("/agency/claims", data={**CLAIM, **token})).status_code == 303
            assert (await agency.post("/agency/claims", data={**CLAIM, **token})).status_code == 409
            party = {"kind": "controller", "party_name": "无", "share_percent": "0"}
            assert (await agency.post("/agency/parties", data={**party, **token})).status_code == 303
            for step in (1, 2, 3, 4):
                assert (await agency.get(f"/agency/join/{step}")).status_code == 200
            letter = {"service_email": "a@example.test", "service_address": "示例路 1 号", **token}
            assert (await agency.post("/agency/join/4", data=letter)).status_code == 422
            sent = await agency.post("/agency/join/4", data={**letter, "accepted": "yes"})
            code = await db.value("select uscc from agency")
            assert sent.status_code == 303, sent.text
            assert (await agency.get("/agency/join/4")).status_code == 200
            assert (await agency.get("/agency/profile")).status_code == 200
        async with await signed_in(app, Role.OPERATOR) as operator:
            token = {"_csrf": csrf(operator)}
            assert code in (await operator.get("/operator/admissions")).text
            assert (await operator.get(f"/operator/admissions/{code}")).status_code == 200
            empty = await operator.post(f"/operator/admissions/{code}/return", data=token)
            assert empty.status_code == 422
            claim_id = str(await db.value("select id from qualification"))
            done = await operator.post(f"/operator/admissions/{code}/admit", data={"verified": claim_id, **token})
            assert done.status_code == 303
            assert (await operator.get("/operator/qualifications")).status_code == 200
        async with browser(app) as client:
            shown = await client.get(f"/agencies/{code}")
            assert shown.status_code == 200
            assert "0516-00000001" not in shown.text


async def test_the_public_list_filters_and_is_a_file(database: Database) -> None:
    _, item = await an_item()
    actor, uscc, _ = await an_agency()
    await a_guide(actor, item)
    async with market(database) as app, browser(app) as client:
        for path in (
            "/agencies",
            f"/agencies?item={item}&state=admitted&division=990102&word=示例",
            "/agencies?state=x",
        ):
            assert uscc in (await client.get(path)).text, path
        assert (await client.get("/agencies?item=ZJ999")).status_code == 200
        assert uscc not in (await client.get("/agencies?item=ZJ999")).text
        assert (await client.get("/agencies.json")).json()["count"] == 1
        assert (await client.get("/agencies.csv")).status_code == 200
        assert (await client.get("/agencies.xlsx")).status_code == 200
        assert (await client.get(f"/agencies/{uscc}")).status_code == 200
        assert (await client.get(f"/agencies/{CODE}")).status_code == 404


async def test_a_qualification_is_verified_or_refused_on_its_page(database: Database) -> None:
    await an_item()
    actor, uscc, _ = await an_agency(a_claim(code="cma"))
    first = await service.add_claim(a_claim(), actor=actor, now=NOW)
    second = await service.add_claim(a_claim(), actor=actor, now=NOW)
    async with market(database) as app, await signed_in(app, Role.OPERATOR) as operator:
        token = {"_csrf": csrf(operator)}
        assert (await operator.get("/operator/qualifications")).status_code == 200
        assert (await operator.post(f"/operator/qualifications/{first}/verify", data=token)).status_code == 303
        assert (await operator.post(f"/operator/qualifications/{second}/refuse", data=token)).status_code == 422
        refusal = {"reason": "查无此证", **token}
        assert (await operator.post(f"/operator/qualifications/{second}/refuse", data=refusal)).status_code == 303
    found = await queries.by_uscc(uscc)
    assert found is not None
    assert [row["id"] for row in await queries.unverified(found["id"])] == []


@pytest.mark.parametrize("role", [None, *(role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM))])
async def test_desks_are_open_to_their_own_role_only(database: Database, role: Role | None) -> None:
    await an_actor(Role.OWNER)
    async with market(database) as app, browser(app) if role is None else await signed_in(app, role) as client:
        agency = await client.get("/agency/join/1")
        leaving = await client.get("/agency/leave")
        operator = await client.get("/operator/admissions")

    assert (agency.status_code == 200) is (role is Role.AGENCY)
    assert (leaving.status_code == 200) is (role is Role.AGENCY)
    assert (operator.status_code == 200) is (role is Role.OPERATOR)


async def test_a_submission_tells_what_is_wrong_with_the_letter_and_with_the_papers_together(
    database: Database,
) -> None:
    await an_item()
    async with (
        market(database) as app,
        await signed_in(app, Role.AGENCY, uscc=with_check_digit("91990000MA0000005")) as agency,
    ):
        token = {"_csrf": csrf(agency)}
        first = await agency.get("/agency/join/1")
        assert 'value="示例人员"' in first.text
        await agency.post("/agency/join/1", data={**IDENTITY, **token})
        assert "没有申报控股股东或实际控制人" in (await agency.get("/agency/join/4")).text
        refused = await agency.post("/agency/join/4", data=token)
        assert refused.status_code == 422
        for told in ("送达电子邮箱：", "没有确认承诺书", "没有申报控股股东或实际控制人"):
            assert told in refused.text


async def test_nothing_is_shown_to_edit_while_the_application_is_checked(database: Database) -> None:
    await an_item()
    async with (
        market(database) as app,
        await signed_in(app, Role.AGENCY, uscc=with_check_digit("91990000MA0000005")) as agency,
    ):
        token = {"_csrf": csrf(agency)}
        await agency.post("/agency/join/1", data={**IDENTITY, **token})
        await agency.post(
            "/agency/parties", data={"kind": "controller", "party_name": "无", "share_percent": "0", **token}
        )
        letter = {"service_email": "a@example.test", "service_address": "示例路 1 号", "accepted": "yes", **token}
        await agency.post("/agency/join/4", data=letter)
        assert (await agency.get("/agency/join/1")).headers["location"] == "/agency/join/4"
        sent = (await agency.get("/agency/join/4")).text
        assert "最迟核验时间" in sent
        assert "/agency/join/1" not in sent


async def test_an_account_that_has_not_applied_finds_its_way_from_every_page_of_the_desk(database: Database) -> None:
    async with market(database) as app, await signed_in(app, Role.AGENCY) as agency:
        for path in ("/agency", "/agency/guides", "/agency/guides/new"):
            answer = await agency.get(path)
            assert answer.status_code == 200
            assert 'href="/agency/join"' in answer.text
