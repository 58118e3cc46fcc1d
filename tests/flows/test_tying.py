"""Tying, from signal to case: owners are asked before anybody looks, two had to buy, a regulator opens a case."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.kernel.roles import Actor, Role
from market.kernel.uscc import with_check_digit
from tests.architecture.test_routes import handlers
from tests.build_contracts import Deals, some_deals
from tests.build_leads import a_run_with, a_signal
from tests.flows.forms import fill
from tests.server import Database
from tests.web import browser, csrf, market, signed_in

USCC = [with_check_digit(f"91990000MC{n:07d}") for n in range(3)]


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def app(deals: Deals, database: Database) -> AsyncIterator[Market]:
    async with market(database) as app:
        yield app


async def buys_both(deals: Deals, owner: int, second: int) -> list[str]:
    """Let an owner have two contracts for one project with the agency, the other one for a second item."""
    numbers = [await deals.due(), await deals.due()]
    run = deals.city.connection.execute
    for table in ("notice", "contract"):
        await run(f"alter table {table} disable trigger user")
    await run("update contract set owner = $1 where number = any($2)", owner, numbers)
    about = "select notice from contract where number = any($2)"
    await run(f"update notice set owner = $1 where id in ({about})", owner, numbers)
    await run(f"update notice set project = (select min(project) from notice where id in ({about})), trade = $1"
              f" where id in ({about})", "construction", numbers)  # fmt: skip
    await run("update notice set item = $1 where id = (select notice from contract where number = $2)", second,
              numbers[1])  # fmt: skip
    for table in ("notice", "contract"):
        await run(f"alter table {table} enable trigger user")
    return numbers


async def a_tied_market(app: Market, deals: Deals) -> tuple[int, list[httpx.AsyncClient]]:
    """Let two owners buy both items from one agency and a run notice it; return the signal and the owners."""
    owners = [await signed_in(app, Role.OWNER, uscc=uscc, login=f"{uscc}@example.test".lower()) for uscc in USCC[:2]]
    second = await deals.city.connection.fetchval(
        "insert into item select (jsonb_populate_record(i, jsonb_build_object('id',"
        " nextval(pg_get_serial_sequence('item', 'id')), 'code', 'ZJ-900'))).* from item i where id = $1 returning id",
        deals.city.item,
    )
    for uscc in USCC[:2]:
        await buys_both(deals, await db.value("select id from organisation where uscc = $1", uscc), second)
    code = await db.value("select code from item where id = $1", deals.city.item)
    tied = a_signal("T01", agency=deals.uscc, item=code, other_item="ZJ-900", region="9901", rows=("notice:x",))
    keys = await a_run_with(tied, now=await db.value("select now()"))
    return keys[tied.fact_key], owners


async def a_regulator(app: Market, deals: Deals) -> httpx.AsyncClient:
    client = await signed_in(app, Role.REGULATOR, uscc=USCC[2])
    organisation = await db.value("select id from organisation where uscc = $1", USCC[2])
    await deals.city.add("regulator_scope", organisation=organisation, division="990000", trade="*")
    return client


async def says_required(owner: httpx.AsyncClient, uscc: str) -> None:
    """Let an owner say that it had to buy, once, on a page that names no suspicion."""
    key = await db.value(
        "select q.id from owner_question q join organisation o on o.id = q.owner where o.uscc = $1", uscc
    )
    at = f"/owner/questions/{key}"
    asked = (await owner.get(at)).text
    assert not [word for word in ("信号", "线索", "捆绑", "疑似", "嫌疑") if word in asked]
    sent = {"_csrf": csrf(owner), "answer": "required", "words": "窗口说必须一起办。"}
    assert (await owner.post(at, data=sent)).status_code == 303
    assert (await owner.post(at, data=sent)).status_code == 409


async def test_two_owners_that_had_to_buy_make_a_signal_that_may_become_a_case(app: Market, deals: Deals) -> None:
    signal, owners = await a_tied_market(app, deals)
    regulator = await a_regulator(app, deals)
    page = f"/regulator/signals/{signal}"
    assert "可立案" not in (await regulator.get(page)).text

    for place, owner in enumerate(owners):
        await says_required(owner, USCC[place])
        assert ("可立案" in (await regulator.get(page)).text) is (place == 1)

    assert "可立案" in (await regulator.get("/regulator/signals")).text
    shown = (await regulator.get(page)).text
    assert "业主按统一社会信用代码分别计数" in shown
    assert all(said in shown for said in ("窗口说必须一起办。", "距离近", "80%", "10%", "<svg", "/notices/x"))

    lead = (
        await regulator.post(page, data={"_csrf": csrf(regulator), "act": "keep", "words": "两名业主确认。"})
    ).headers["location"]
    again = await regulator.post(page, data={"_csrf": csrf(regulator), "act": "dismiss", "words": "x"})
    assert again.status_code == 409
    assert page not in (await regulator.get("/regulator/signals")).text
    opened = await fill(
        regulator, lead, f"{lead}/case", ground="forced_service", clause="示例规则第七条", proposed="suspend_all"
    )
    twice = await regulator.post(f"{lead}/case", data={"_csrf": csrf(regulator), "ground": "other", "clause": "x",
                                                         "proposed": "reminder"})  # fmt: skip
    assert twice.status_code == 409

    assert (await regulator.get(opened)).status_code == 200
    case = await db.row("select c.*, l.state as lead_state from credit_case c join lead l on l.id = c.lead")
    assert case is not None
    assert (case["state"], case["ground"], case["lead_state"]) == ("opened", "forced_service", "case")
    assert "2 个业主" in case["facts"]
    assert await db.value("select count(*) from ledger_entry where type = 'case.opened'") == 1
    assert "案件，按状态" in (await regulator.get("/regulator")).text


async def test_an_owner_answers_its_own_question_and_only_in_time(app: Market, deals: Deals) -> None:
    _, (owner, other) = await a_tied_market(app, deals)
    key = await db.value(
        "select q.id from owner_question q join organisation o on o.id = q.owner where o.uscc = $1", USCC[0]
    )
    at = f"/owner/questions/{key}"

    desk = (await owner.get("/owner")).text
    assert at in desk
    assert "等待答复的问卷" in desk
    assert (await other.get(at)).status_code == 404
    assert (await other.post(at, data={"_csrf": csrf(other), "answer": "unaware"})).status_code == 404
    assert (await owner.post(at, data={"_csrf": csrf(owner), "answer": "maybe"})).status_code == 422
    until = await db.value("select answer_by_at from owner_question where id = $1", key)
    assert until > await db.value("select now()") + timedelta(days=11)  # ten working days, whatever day it is
    await deals.city.connection.execute("update owner_question set answer_by_at = now() where id = $1", key)
    assert (await owner.post(at, data={"_csrf": csrf(owner), "answer": "unaware"})).status_code == 409


async def test_the_same_contract_is_asked_about_once(app: Market, deals: Deals) -> None:
    await a_tied_market(app, deals)
    asked = await db.value("select count(*) from owner_question")
    item = await db.value("select code from item where id = $1", deals.city.item)
    later = a_signal("T01", key="later", agency=deals.uscc, item=item, other_item="ZJ-900", region="9901")
    day = await db.value("select max(as_of) + 91 from score_run")

    await a_run_with(later, day=day, now=await db.value("select now()"))

    assert asked == 2
    assert await db.value("select count(*) from owner_question") == asked
    assert await db.value("select count(*) from message where kind = 'owner_asked'") == asked


async def test_a_dismissed_signal_is_remembered_by_its_facts(app: Market, deals: Deals) -> None:
    found = a_signal("L01", agency=deals.uscc, region="9901")
    now = await db.value("select now()")
    keys = await a_run_with(found, now=now)
    regulator = await a_regulator(app, deals)
    page = f"/regulator/signals/{keys[found.fact_key]}"
    assert (await regulator.post(page, data={"_csrf": csrf(regulator), "act": "dismiss"})).status_code == 422
    sent = {"_csrf": csrf(regulator), "act": "dismiss", "words": "当地只有一家。"}
    assert (await regulator.post(page, data=sent)).status_code == 303

    await a_run_with(found, day=await db.value("select max(as_of) + 1 from score_run"), now=now)

    assert "没有等待查看的信号" in (await regulator.get("/regulator/signals")).text
    assert await db.value("select state from lead") == "dismissed"


async def test_only_supervision_in_scope_reads_signals_and_leads(app: Market, deals: Deals) -> None:
    found = a_signal("L01", agency=deals.uscc, region="9901")
    key = (await a_run_with(found, now=await db.value("select now()")))[found.fact_key]
    pages = ("/regulator/signals", f"/regulator/signals/{key}", "/regulator/leads")

    for role in (Role.OWNER, Role.AGENCY, Role.OPERATOR, Role.AUTHORITY):
        client = await signed_in(app, role)
        assert {(await client.get(path)).status_code for path in pages} == {403}, role
    auditor, nowhere = await signed_in(app, Role.AUDITOR), await signed_in(app, Role.REGULATOR)
    assert {(await auditor.get(path)).status_code for path in pages} == {200}
    assert "转为线索" not in (await auditor.get(pages[1])).text
    assert (await auditor.post(pages[1], data={"_csrf": csrf(auditor), "words": "x"})).status_code == 403
    assert (await nowhere.get(pages[1])).status_code == 404
    async with browser(app) as client:
        public = [
            path for path, method, handler in handlers(app)
            if method == "GET" and handler.opt.get("public") and "{" not in path and not path.startswith("/api")
        ]  # fmt: skip
        assert len(public) > 20
        for path in public:
            assert "信号：示例说明" not in (await client.get(path)).text, path


async def a_program(app: Market, role: Role, uscc: str) -> httpx.AsyncClient:
    """Return a program with a token of whoever is a member of an organisation."""
    row = await db.row(
        "select m.person, o.id, o.division from organisation o join membership m on m.organisation = o.id"
        " where o.uscc = $1",
        uscc,
    )
    assert row is not None
    actor = Actor(role, "x", row["person"], row["id"], row["division"])
    async with db.writing():
        token = await sessions.make_token(actor, "test", now=await db.value("select now()"), days=1)
    return browser(app, Authorization=f"Bearer {token}")


async def test_programs_reach_signals_questions_and_approvals_by_their_role_alone(app: Market, deals: Deals) -> None:
    signal, _ = await a_tied_market(app, deals)
    await a_regulator(app, deals)
    await signed_in(app, Role.AUTHORITY)
    authority_uscc = await db.value("select uscc from organisation where kind = 'authority'")
    regulator = await a_program(app, Role.REGULATOR, USCC[2])
    owner = await a_program(app, Role.OWNER, USCC[0])
    authority = await a_program(app, Role.AUTHORITY, authority_uscc)
    by = {"/api/v1/signals": regulator, "/api/v1/questions": owner, "/api/v1/approvals": authority}
    for path, whose in by.items():
        for client in by.values():
            assert (await client.get(path)).status_code == (200 if client is whose else 403), path
        async with browser(app) as client:
            assert (await client.get(path)).status_code == 401, path

    (told,) = (await regulator.get("/api/v1/signals")).json()
    assert (told["id"], told["priority"]) == (signal, 3)
    (question,) = (await owner.get("/api/v1/questions")).json()
    answered = await owner.post(f"/api/v1/questions/{question['id']}/answer", json={"answer": "voluntary"})
    assert (answered.status_code, answered.json().get("answer")) == (200, "voluntary")
    wrong = await authority.post("/api/v1/approvals", json={"name": "x", "rows": "x"})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "csv_header")
