"""Rankings and scores as pages and files, asked by each role and by nobody."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta

import pytest

from market import db
from market.app import Market
from market.contracts.states import ContractState
from market.credit import service
from market.credit.states import RankingState
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE
from tests.build_contracts import Deals, some_deals
from tests.build_credit import SLOT, a_ranking, a_regulator, a_run
from tests.market.selection.browsing import member
from tests.server import Database
from tests.web import browser, csrf, market, signed_in


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.CLOSED)
        yield deals


@pytest.fixture
async def regulator(deals: Deals) -> Actor:
    return a_regulator(deals.city.person, deals.owner.organisation_id or 0)


@pytest.fixture
async def app(deals: Deals, database: Database) -> AsyncIterator[Market]:
    async with market(database) as app:
        yield app


async def test_anybody_reads_a_published_ranking_in_every_form(
    app: Market, deals: Deals, database: Database, regulator: Actor
) -> None:
    await a_ranking(database, RankingState.PUBLISHED, regulator)
    ends = ("", ".csv", ".xlsx", ".json")
    pages = (
        [f"/credit{end}" for end in ends]
        + [f"/credit/rankings{end}" for end in ends]
        + [f"/credit/{SLOT}{end}" for end in ends]
    )

    async with browser(app) as client:
        for page in [*pages, f"/credit/{SLOT}/public.zip", f"/agencies/{deals.uscc}/score"]:
            assert (await client.get(page)).status_code == 200, page
        told = (await client.get(f"/credit/{SLOT}.json")).json()
        newest = (await client.get("/credit.json")).json()
        home, agency = (await client.get("/")).text, (await client.get(f"/agencies/{deals.uscc}")).text
    assert {row["uscc"] for row in told["rows"]} == set(deals.city.agencies)
    assert newest == told
    assert 'href="/credit"' in home
    assert f'href="/agencies/{deals.uscc}/score"' in agency


async def test_the_numbers_of_the_score_are_public_before_any_ranking(app: Market) -> None:
    async with browser(app) as client:
        page = await client.get("/credit/rules/credit-score-1")
        told = (await client.get("/api/v1/credit-rules/credit-score-1")).json()
        for path in ("/credit/rules/credit-score-2", "/api/v1/credit-rules/x"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get("/credit")).status_code == 200
        assert (await client.get("/credit.json")).json() == {"rows": [], "count": 0}
    assert page.status_code == 200
    assert {each["name"]: each["value"] for each in told["numbers"]}["part_weights"]["reviews"] == 4000
    assert all(each["name"] in page.text for each in told["numbers"])


@pytest.mark.parametrize("state", [RankingState.DRAFTED, RankingState.CONFIRMED])
async def test_only_supervision_reads_a_ranking_before_it_is_published(
    app: Market, deals: Deals, database: Database, regulator: Actor, state: RankingState
) -> None:
    await a_ranking(database, state, regulator)
    path = f"/credit/{SLOT}"

    for role in (Role.OWNER, Role.AGENCY, Role.OPERATOR, Role.AUTHORITY):
        assert (await (await signed_in(app, role)).get(path)).status_code == 404, role
    for role in (Role.REGULATOR, Role.AUDITOR):
        assert (await (await signed_in(app, role)).get(path)).status_code == 200, role
    async with browser(app) as client:
        for hidden in (path, f"{path}.csv", f"{path}/public.zip", f"/agencies/{deals.uscc}/score", "/credit/x"):
            assert (await client.get(hidden)).status_code == 404, hidden


@pytest.mark.parametrize(("trade", "status"), [("*", 303), ("construction", 403)])
async def test_a_regulator_of_every_trade_confirms_on_its_desk(
    app: Market, deals: Deals, database: Database, regulator: Actor, trade: str, status: int
) -> None:
    await a_ranking(database, RankingState.DRAFTED, regulator)
    client = await signed_in(app, Role.REGULATOR)
    organisation = await db.value("select max(id) from organisation where kind = 'regulator'")
    await deals.city.add("regulator_scope", organisation=organisation, division="990000", trade=trade)
    for page in ("", f"/{SLOT}", f"/{SLOT}/confirm"):
        assert (await client.get(f"/regulator/rankings{page}")).status_code == 200

    answer = await client.post(f"/regulator/rankings/{SLOT}/confirm", data={"_csrf": csrf(client)})

    assert answer.status_code == status
    assert await db.value("select state from ranking") == ("confirmed" if status == 303 else "drafted")


async def test_no_other_role_has_the_desk(app: Market) -> None:
    for role in (Role.OWNER, Role.AGENCY, Role.OPERATOR, Role.AUTHORITY, Role.AUDITOR):
        assert (await (await signed_in(app, role)).get("/regulator/rankings")).status_code == 403, role


async def test_programs_read_what_pages_show_and_nothing_earlier(
    app: Market, deals: Deals, database: Database, regulator: Actor
) -> None:
    paths = ("/api/v1/rankings", f"/api/v1/rankings/{SLOT}", f"/api/v1/agencies/{deals.uscc}/score")
    await a_ranking(database, RankingState.CONFIRMED, regulator)
    async with browser(app) as client:
        assert [(await client.get(path)).status_code for path in paths] == [200, 404, 404]
        assert (await client.get(paths[0])).json() == []
        await service.publish(SLOT, now=await db.value("select now()"))
        told = [(await client.get(path)).json() for path in paths]

    assert told[0] == [told[1]["ranking"]]
    assert sum(line["points"] for line in told[2]["lines"]) == (told[2]["total"] or 0)


async def test_an_agency_objects_on_its_desk_and_a_regulator_answers(
    app: Market, deals: Deals, regulator: Actor
) -> None:
    await a_run()
    assert deals.agency.organisation_id is not None
    agency, client = await member(app, deals.city, deals.agency.organisation_id), await signed_in(app, Role.REGULATOR)
    organisation = await db.value("select max(id) from organisation where kind = 'regulator'")
    await deals.city.add("regulator_scope", organisation=organisation, division="990000", trade="*")
    assert (await agency.get("/agency/credit")).status_code == 200
    assert "提出异议" in (await agency.get(f"/agency/credit/{SLOT}")).text
    assert (await agency.get("/agency/credit/2025-12-31")).status_code == 404

    path, typed = f"/agency/credit/{SLOT}/objection", {"_csrf": csrf(agency), "words": "按期交付一行有误。"}
    assert (await agency.post(path, data=typed | {"words": ""})).status_code == 422
    assert [(await agency.post(path, data=typed)).status_code for _ in "ab"] == [303, 409]
    number = await db.value("select id from ranking_objection")
    page = await client.get(f"/regulator/rankings/{SLOT}")
    assert "按期交付一行有误。" in page.text
    answer = {"_csrf": csrf(client), "outcome": "upheld", "words": "已更正交付日期。"}
    answers = f"/regulator/rankings/{SLOT}/objections"
    assert (await client.post(f"{answers}/{number}", data=answer | {"outcome": "x"})).status_code == 422
    assert (await client.post(f"{answers}/{number + 1}", data=answer)).status_code == 404
    assert [(await client.post(f"{answers}/{number}", data=answer)).status_code for _ in "ab"] == [303, 409]
    asked = await client.post(f"/regulator/rankings/{SLOT}/recompute", data={"_csrf": csrf(client)})

    assert asked.status_code == 303
    assert await db.value("select recompute_asked_at is not null from ranking")
    assert "已更正交付日期。" in (await agency.get(f"/agency/credit/{SLOT}")).text
    async with browser(app) as nobody:
        for hidden in (f"/credit/{SLOT}", f"/credit/{SLOT}?edition=1", f"/api/v1/rankings/{SLOT}"):
            assert (await nobody.get(hidden)).status_code == 404
        log = (await nobody.get("/log")).text
    assert "按期交付一行有误。" not in log


async def test_the_morning_page_counts_signals_for_regulators_only(
    app: Market, deals: Deals, database: Database
) -> None:
    await a_run()
    run = await db.value("select max(id) from score_run")
    await deals.city.add("signal", run=run, code="R99", severity="S1", subject="{}", evidence="{}", fact_key="planted")
    slot = datetime.combine(SLOT + timedelta(days=1), time(2, 30), ZONE)
    await deals.city.add(
        "job_run", job="evaluate", slot=slot, ran_by="x", finished_at=slot,
        result='{"agencies": 2, "seconds": 41, "signals": {"R99": 1}, "cases": {"opened": 3}}',
    )  # fmt: skip

    for role, seen in ((Role.REGULATOR, True), (Role.OPERATOR, False)):
        client = await signed_in(app, role)
        assert (await client.get("/regulator/runs")).status_code == 200
        page = await client.get(f"/regulator/runs/{SLOT}")
        assert page.status_code == 200
        assert "41" in page.text
        assert ("R99" in page.text) is seen
    assert (await client.get("/regulator/runs/2026-03-30")).status_code == 404
    for role in (Role.OWNER, Role.AGENCY, Role.AUTHORITY):
        assert (await (await signed_in(app, role)).get(f"/regulator/runs/{SLOT}")).status_code == 403, role
