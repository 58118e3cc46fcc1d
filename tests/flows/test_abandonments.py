"""Three awards given up on the pages: told, contested in vain or silently, confirmed, and then a case."""

from market import db
from market.credit.service import openings
from tests.build_abandonments import declined, recorded
from tests.build_agencies import an_agency
from tests.build_cases import a_regulator
from tests.build_contracts import DAY, some_deals
from tests.flows.forms import fill
from tests.flows.test_cases import signed_in
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
