"""Three awards given up on the pages: told, contested in vain or silently, confirmed, and then a case."""

from datetime import timedelta

from market import db
from market.contracts.states import ContractState
from market.credit.service import openings
from tests.build_abandonments import contest_until, declined, recorded
from tests.build_agencies import an_agency
from tests.build_cases import a_regulator
from tests.build_contracts import AT, DAY, some_deals
from tests.flows.deciding import decision_of, executes_at, posted
from tests.flows.forms import fill
from tests.flows.registering import open_notice, refused, registers
from tests.flows.test_cases import signed_in
from tests.flows.town import SECOND, Town, a_town
from tests.server import Database
from tests.web import csrf, market


async def test_an_agency_contests_and_a_regulator_finds(database: Database) -> None:
    async with some_deals(database) as deals, market(database) as app:
        now = await db.value("select now()")
        for _ in range(3):
            await declined(deals, now - 20 * DAY)
        numbers = await recorded(now - 19 * DAY)
        await db.execute("insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)",
            deals.agency.person_id, deals.agency.organisation_id, now)  # fmt: skip
        regulator = await signed_in(app, await a_regulator(database))
        agency = await signed_in(app, deals.agency)
        other = await signed_in(app, (await an_agency())[0])

        late = await agency.post(
            f"/agency/abandonments/{numbers[0]}/contest", data={"_csrf": csrf(agency), "words": "x"}
        )
        assert late.status_code == 409
        assert "申辩期已满" in late.text
        assert (await other.get(f"/agency/abandonments/{numbers[0]}")).status_code == 404
        assert "已告知" in (await agency.get("/agency/abandonments")).text

        for number in numbers:
            page = f"/regulator/abandonments/{number}"
            assert page in (await regulator.get("/regulator/abandonments")).text
            await fill(regulator, page, f"{page}/decide", finding="confirm", words="没有正当理由。")
        assert "没有正当理由。" in (await agency.get(f"/agency/abandonments/{numbers[0]}")).text
        assert await openings.open_due(now + DAY) == 1
        assert await db.value("select ground from credit_case") == "abandonments"
        page = f"/regulator/abandonments/{numbers[0]}"
        await fill(regulator, page, f"{page}/annul", words="认定有误。")
        assert await db.value("select count(*) from credit_entry where state = 'in_force'") == 2


async def declines(town: Town) -> None:
    """Let the agency win a notice, and decline it on its page during the standstill."""
    city, uscc, now = town.deals.city, town.deals.uscc, await db.value("select now()")
    notice = await city.notice([], closes_at=now - 2 * DAY, state="standstill", ruleset="model-2026")
    registration = await city.register(notice.id, uscc, now - 3 * DAY)
    for state in ("reserve", "selected"):
        sql = "update registration set state = $2, place = 1 where id = $1"
        await city.connection.execute(sql, registration, state)
    await town.deals.drawn(notice.id, now + 6 * DAY)
    award = await city.add(
        "award", notice=notice.id, registration=registration, agency=city.agencies[uscc], amount_fen=50_000, place=1,
        state="proposed", proposed_at=now - DAY, standstill_ends_at=now + 2 * DAY,
    )  # fmt: skip
    page = f"/agency/awards/{award}/decline"
    await fill(await town.browser(town.deals.agency), page, page, reason="人手不足。")
    assert await db.value("select state from notice where id = $1", notice.id) == "failed"


async def gives_up(town: Town) -> None:
    """Let the agency end on its page a contract it had begun, and say that it is its own doing."""
    number = await town.deals.bring(ContractState.PERFORMING)
    page = f"/agency/contracts/{number}/terminate"
    await fill(await town.browser(town.deals.agency), page, page, words="无法履行。", fault="agency")


async def never_signs(town: Town) -> None:
    """Let the owner sign a contract, the agency not, and the owner call it unsigned after the last day."""
    await town.deals.award()
    await town.work(await db.value("select now()"))
    number, until = await db.row("select number, sign_by_at from contract order by id desc limit 1")  # type: ignore[misc]
    page = f"/owner/contracts/{number}"
    owner = await town.browser(town.deals.owner)
    terms = {"paper_number": "合 1", "amount_fen": "475", "signed_on": "2026-03-10", "agreed_on": "2026-04-10"}
    await fill(owner, f"{page}/sign", f"{page}/sign", pay_days="30", **terms)
    await town.work(until)
    await fill(await town.browser(town.deals.owner), f"{page}/lapse", f"{page}/lapse")


async def confirmed(town: Town, number: int) -> None:
    """Let a regulator confirm an abandonment, which nobody may before its agency had its days to contest it."""
    page = f"/regulator/abandonments/{number}"
    until = await contest_until(number)
    found = {"finding": "confirm", "words": "没有正当理由。"}
    if await db.value("select $1::timestamptz > now()", until):
        await town.work(until - SECOND)
        early = await town.browser(town.confirmer)
        assert (await early.post(f"{page}/decide", data={"_csrf": csrf(early), **found})).status_code == 409
        await town.work(until)
    await fill(await town.browser(town.confirmer), page, f"{page}/decide", **found)


async def test_three_abandonments_each_confirmed_by_a_person_and_silence_then_eliminate(database: Database) -> None:
    async with a_town(database, AT + timedelta(hours=1)) as town:
        await declines(town)
        await gives_up(town)
        await never_signs(town)
        await town.work(await db.value("select now()"))
        told = {each["source"]: each["id"] for each in await db.fetch("select source, id from abandonment")}
        assert sorted(told) == ["declined", "terminated", "unsigned"]
        for number in told.values():
            await town.work(await db.value("select now()"))
            assert await db.value("select count(*) from credit_case") == 0
            await confirmed(town, number)
        await town.work(await db.value("select now()"))

        number = await db.value("select number from credit_case where ground = 'abandonments'")
        await posted(town, number)
        assert await db.value("select by_silence from case_decision")
        executes = await executes_at(number)
        await town.work(executes - SECOND)
        await registers(town, town.deals.agency, await open_notice(town))
        assert town.deals.uscc not in await town.guest("/credit/exits")
        await town.work(executes)
        assert await refused(town, town.deals.agency, await open_notice(town)) == {
            "agency_not_admitted",
            "agency_barred",
        }
        assert town.deals.uscc in await town.guest("/credit/exits")
        assert '"by_silence":true' in await town.guest(f"/api/v1/decisions/{await decision_of(number)}")
