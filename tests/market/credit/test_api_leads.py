"""Leads, abandonments and facts through the API: the acts of their pages, for their roles alone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from market import db
from market.app import Market
from market.contracts.states import ContractState
from market.kernel.roles import Role
from tests.build_abandonments import unsigned
from tests.build_agencies import an_actor, an_agency
from tests.build_cases import a_regulator
from tests.build_contracts import Deals, some_deals
from tests.build_leads import a_run_with, a_signal
from tests.market.credit.programs import codes, program, told
from tests.server import Database
from tests.web import browser, market

WORDS = {"words": "示例说明。"}
CASE = {"ground": "forced_service", "clause": "示例规则第七条", "proposed": "suspend_all"}


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def app(deals: Deals, database: Database) -> AsyncIterator[Market]:
    async with market(database) as app:
        yield app


async def refuses(app: Market, acts: dict[str, Any], *roles: Role) -> None:
    """Assert that acts are refused to roles and to nobody in particular."""
    for role in roles:
        client = await program(app, await an_actor(role))
        for path, body in acts.items():
            assert codes(await told(client, path, body, status=403)) == {"wrong_role"}, (role, path)
    for path, body in acts.items():
        await told(browser(app), path, body, status=401)


async def test_a_program_makes_a_lead_of_a_signal_and_opens_a_case_on_it(
    app: Market, deals: Deals, database: Database
) -> None:
    found = [a_signal(code, agency=deals.uscc, region="9901") for code in ("T01", "L01", "M02")]
    now = await db.value("select now()")
    kept, dismissed, left = (await a_run_with(*found, now=now)).values()
    regulator = await program(app, await a_regulator(database))
    auditor = await program(app, await an_actor(Role.AUDITOR))
    acts = {f"/signals/{kept}/{act}": WORDS for act in ("keep", "dismiss")} | {"/leads/1/dismiss": WORDS}
    await refuses(app, acts | {"/leads/1/case": CASE}, Role.AGENCY, Role.OWNER, Role.AUTHORITY, Role.AUDITOR)
    outside = await program(app, (await an_actor(Role.REGULATOR)))
    for path in acts:
        assert (await told(outside, path, WORDS, status=404))["code"] in ("signal_not_found", "lead_not_found")

    lead = await told(regulator, f"/signals/{kept}/keep", WORDS, status=201)
    assert (lead["state"], lead["signal"], lead["words"]) == ("lead", kept, WORDS["words"])
    assert codes(await told(regulator, f"/signals/{kept}/dismiss", WORDS, status=409)) == {"signal_reviewed"}
    assert (await told(regulator, f"/signals/{dismissed}/dismiss", WORDS))["state"] == "dismissed"
    wrong = await told(regulator, f"/leads/{lead['id']}/case", {**CASE, "ground": "x", "clause": ""}, status=422)
    assert {(each["code"], each["field"]) for each in wrong["errors"]} == {
        ("not_a_choice", "ground"), ("field_required", "clause"),
    }  # fmt: skip
    case = await told(regulator, f"/leads/{lead['id']}/case", CASE, status=201)
    assert await db.value("select state from credit_case where number = $1", case["number"]) == "opened"
    shown = (await regulator.get(f"/api/v1/cases/{case['number']}")).json()
    texts = {each["code"]: (each["text_zh"], each["text_en"]) for each in shown["facts"]}
    assert texts["observed"] == ("信号：示例说明。", "Signal: sample.")
    assert texts["window"][1] == "2025-04-01 to 2026-03-31"
    assert shown["facts"][0]["label_en"] == "What was observed"
    other = await told(regulator, f"/signals/{left}/keep", WORDS, status=201)
    assert (await told(regulator, f"/leads/{other['id']}/dismiss", WORDS))["end_words"] == WORDS["words"]
    for reader in (regulator, auditor):
        assert {each["case"] for each in (await reader.get("/api/v1/leads")).json()} == {None, case["number"]}
    assert (await auditor.get(f"/api/v1/leads/{lead['id']}")).json()["case"] == case["number"]


async def test_an_agency_contests_an_abandonment_and_a_regulator_finds(
    app: Market, deals: Deals, database: Database
) -> None:
    now = await db.value("select now()")
    number = await an_abandonment(deals, now)
    regulator, agency = await program(app, await a_regulator(database)), await program(app, deals.agency)
    other, auditor = await program(app, (await an_agency())[0]), await program(app, await an_actor(Role.AUDITOR))
    (seen,) = (await auditor.get("/api/v1/abandonments")).json()
    assert (seen["may_contest"], seen["may_decide"], seen["may_annul"]) == (False, False, False)
    at, finds = f"/abandonments/{number}", {"finding": "confirm", "words": "没有正当理由。"}
    await refuses(app, {f"{at}/contest": WORDS}, Role.REGULATOR, Role.OWNER)
    await refuses(app, {f"{at}/decide": finds, f"{at}/annul": WORDS}, Role.AGENCY, Role.AUDITOR)
    assert (await told(other, f"{at}/contest", WORDS, status=404))["code"] == "abandonment_not_found"
    assert [each["abandonment"]["id"] for each in (await agency.get("/api/v1/abandonments")).json()] == [number]
    assert (await other.get("/api/v1/abandonments")).json() == []

    wrong = await told(agency, f"{at}/contest", {"words": "", "excuse": "x"}, status=422)
    assert {each["field"] for each in wrong["errors"]} == {"words", "excuse"}
    assert codes(await told(regulator, f"{at}/decide", finds, status=409)) == {"contest_open"}
    contested = await told(agency, f"{at}/contest", {**WORDS, "excuse": "force_majeure"})
    assert (contested["abandonment"]["state"], contested["may_contest"]) == ("contested", False)
    decided = await told(regulator, f"{at}/decide", finds)
    assert (decided["abandonment"]["state"], decided["may_annul"]) == ("confirmed", True)
    annulled = await told(regulator, f"{at}/annul", WORDS)
    assert annulled["abandonment"]["state"] == "annulled"
    assert await db.value("select state from credit_entry") == "annulled"
    assert (await agency.get(f"/api/v1{at}")).json()["abandonment"]["decision_words"] == finds["words"]


async def an_abandonment(deals: Deals, now: Any) -> int:
    """Record an award given up, its period to contest open now."""
    contract = await unsigned(deals)
    award = await db.value("select award from contract where number = $1", contract)
    return int(
        await deals.city.add(
            "abandonment", agency=deals.city.agencies[deals.uscc], source="unsigned", award=award,
            happened_at=now - timedelta(days=1), notified_at=now, contest_until_at=now + timedelta(days=5),
            state="notified",
        )
    )  # fmt: skip


async def test_bodies_record_and_annul_their_own_checks_and_bring_in_levels(
    app: Market, deals: Deals, database: Database
) -> None:
    contract = await deals.bring(ContractState.DELIVERED)
    regulator, body = await program(app, await a_regulator(database)), await an_actor(Role.AUTHORITY)
    authority, elsewhere = await program(app, body), await program(app, await an_actor(Role.AUTHORITY))
    division = "update organisation set division = '990000' where id = $1"
    await deals.city.connection.execute(division, body.organisation_id)
    check = {"uscc": deals.uscc, "passed": False, "words": "资料不全。"}
    judged = {"contract": contract, "passed": True, "words": "接受。"}
    levels = {"name": "等级.csv", "rows": f"uscc,level\n{deals.uscc},A\n"}
    await refuses(app, {"/checks": check, "/credit-levels": levels}, Role.AUTHORITY, Role.AGENCY, Role.AUDITOR)
    await refuses(app, {"/deliverables": judged}, Role.REGULATOR, Role.AGENCY, Role.OWNER)

    wrong = await told(regulator, "/checks", {**check, "uscc": "x", "words": ""}, status=422)
    assert {each["field"] for each in wrong["errors"]} == {"uscc", "words"}
    recorded = await told(regulator, "/checks", check, status=201)
    (shown,) = (await regulator.get("/api/v1/checks")).json()
    assert (shown["id"], shown["passed"], shown["annulled_at"]) == (recorded["id"], False, None)
    foreign = await program(app, await a_regulator(database))
    path = f"/checks/{recorded['id']}/annul"
    assert (await told(foreign, path, {"reason": "x"}, status=404))["code"] == "check_not_found"
    assert (await told(regulator, path, {"reason": "登记有误。"}))[0]["annulled_reason"] == "登记有误。"
    assert codes(await told(regulator, path, {"reason": "x"}, status=409)) == {"check_annulled"}
    assert codes(await told(elsewhere, "/deliverables", judged, status=422)) == {"check_contract_unknown"}
    said = await told(authority, "/deliverables", judged, status=201)
    assert codes(await told(authority, "/deliverables", judged, status=409)) == {"deliverable_judged"}
    assert (await told(authority, f"/deliverables/{said['id']}/annul", {"reason": "x"}))[0]["annulled_at"]
    assert await told(regulator, "/credit-levels", levels, status=201) == {"rows": 1}
    assert codes(await told(regulator, "/credit-levels", levels, status=409)) == {"file_imported"}
    assert [each["rows"] for each in (await regulator.get("/api/v1/credit-levels")).json()] == [1]
