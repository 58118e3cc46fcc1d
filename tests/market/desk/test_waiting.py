"""What waits in cases, leads, abandonments and questions: counted for whom it waits, told with its moment, linked."""

from dataclasses import replace

from market import db
from market.credit.queries import runs
from market.credit.queries.runs import Run
from market.credit.service import cases, leads, overview
from market.desk.tables.tasks import tasks
from market.kernel.roles import Actor, Role, Scope
from market.kernel.times import rfc3339
from tests.build_abandonments import LAPSED, contest_until, declined, recorded
from tests.build_agencies import NOW, an_actor
from tests.build_cases import NOW as THEN
from tests.build_cases import SECOND, Scene, a_draft, a_low_case, a_regulator, advanced, moment
from tests.build_contracts import some_deals
from tests.build_leads import a_run_with, a_signal
from tests.flows.test_cases import signed_in
from tests.server import Database
from tests.web import market


async def waits(scene: Scene, actor: Actor) -> list[str]:
    """Name the acts a case waits for, after making sure that the list of each holds it."""
    found = (await overview.overview(actor, now=THEN)).waiting
    for act in cases.WAITS_FOR:
        rows = await cases.listed(actor, act, limit=9)
        assert [each.number for each in rows] == [scene.number] * found[act]
    return [act for act in cases.WAITS_FOR if found[act]]


async def counted(*actors: Actor) -> list[int]:
    return [(await tasks(actor, THEN))["cases"] for actor in actors]


async def test_a_case_waits_for_whoever_may_do_the_next_act(database: Database) -> None:
    scene = await a_low_case(database)
    regulators = (scene.drafter, scene.signer)
    await advanced(scene.number, THEN)
    assert await waits(scene, scene.drafter) == ["post"]
    assert await counted(*regulators, scene.agency) == [1, 1, 1]

    await cases.acknowledge(scene.number, actor=scene.agency, now=THEN)
    assert await waits(scene, scene.drafter) == []
    assert await counted(*regulators, scene.agency) == [0, 0, 1]  # a statement may be filed
    await cases.ask_hearing(scene.number, "请求听证", actor=scene.agency, now=THEN)
    until = await moment(scene.number, "statement_until_at")
    await advanced(scene.number, until)
    assert await waits(scene, scene.drafter) == ["hearing"]
    await cases.hold_hearing(scene.number, until - SECOND, "笔录", actor=scene.drafter, now=until)
    assert await waits(scene, scene.drafter) == ["draft"]
    await cases.draft(scene.number, a_draft(), actor=scene.drafter, now=until)
    assert await waits(scene, scene.drafter) == ["sign"]
    assert await counted(*regulators) == [0, 1]  # who wrote the draft waits for another
    await cases.sign(scene.number, actor=scene.signer, now=until)
    assert await waits(scene, scene.drafter) == []
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=until)
    assert await waits(scene, scene.drafter) == ["answer"]
    assert await counted(replace(scene.drafter, scopes=(Scope("440100"),))) == [0]


async def test_a_desk_tells_an_agency_the_day_and_hour_of_its_statement(database: Database) -> None:
    async with market(database) as app:
        now = await db.value("select now()")
        scene = await a_low_case(database, now=now)
        await advanced(scene.number, now)
        agency, regulator = await signed_in(app, scene.agency), await signed_in(app, scene.drafter)
        assert "告知书等待签收" in (await agency.get("/agency")).text
        assert "/regulator/cases?waiting=post" in (await regulator.get("/regulator")).text
        assert scene.number in (await regulator.get("/regulator/cases?waiting=post")).text
        assert scene.number not in (await regulator.get("/regulator/cases?waiting=sign")).text

        await cases.acknowledge(scene.number, actor=scene.agency, now=now)

        page = (await agency.get("/agency")).text
        assert f"/agency/cases/{scene.number}" in page
        assert rfc3339(await moment(scene.number, "statement_until_at")) in page


async def test_an_abandonment_waits_for_its_agency_and_then_for_a_regulator_in_scope(database: Database) -> None:
    async with some_deals(database) as deals:
        regulator = await a_regulator(database)
        elsewhere = replace(regulator, scopes=(Scope("440100"),))
        await declined(deals)
        (number,) = await recorded(LAPSED)
        until = await contest_until(number)

        for now, counts in ((until - SECOND, [1, 0, 0]), (until, [0, 1, 0])):
            found = [(await tasks(who, now))["abandonments"] for who in (deals.agency, regulator, elsewhere)]
            assert found == counts


async def test_a_lead_waits_for_whoever_sees_its_signal(database: Database) -> None:
    wide = await a_regulator(database)
    narrow = replace(wide, scopes=(Scope("990100", "water"),))
    here, nowhere = a_signal("L01", key="here", region="9901"), a_signal("L01", key="nowhere")
    for day in range(2):  # a signal is said again every night; its lead is one
        keys = await a_run_with(here, nowhere, now=NOW, day=NOW.date().replace(day=day + 1))
    for key in keys.values():
        await leads.keep(key, "值得核实", actor=wide, now=NOW)
    auditor = await an_actor(Role.AUDITOR)

    assert [(await tasks(who, NOW))["leads"] for who in (wide, narrow)] == [2, 0]
    assert [len(await leads.leads(who)) for who in (wide, narrow, auditor)] == [2, 0, 2]
    assert (await overview.overview(wide, now=NOW)).leads == 2


async def test_a_day_computed_anew_for_its_ranking_hides_no_signal_of_it(database: Database) -> None:
    regulator, day = await a_regulator(database), NOW.date()
    await a_run_with(a_signal("L01", region="9901"), day=day, now=NOW)
    assert len(await leads.waiting(regulator)) == 1

    again = Run(day, "credit-score/1", "test", "a" * 64, "b" * 64, "c" * 64, 0, await runs.next_number(day))
    async with db.writing():
        await runs.add_run(again, [], [], NOW)

    assert len(await leads.waiting(regulator)) == 1
