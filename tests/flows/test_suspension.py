"""Tying, from what was bought to a suspension: counted by the nightly job, told by owners, decided by two people."""

import re
from collections.abc import Iterator
from datetime import datetime

from market import db, schedule
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE, local
from tests.build_selection import a_uscc
from tests.flows.deciding import barred, decision_of, drafted, opened, signed
from tests.flows.forms import fill
from tests.flows.registering import open_notice, refused, registers
from tests.flows.test_tying import buys_both
from tests.flows.town import SECOND, SHIFT, Town, a_town
from tests.server import Database
from tests.web import browser

IN_MARCH = datetime(2026, 3, 27, 10, 0, tzinfo=ZONE)
NIGHT = datetime(2026, 4, 1, 2, 30, tzinfo=ZONE)
MANDATORY, OPTIONAL = "ZJ-800", "ZJ-001"
HEADER = "number,owner_uscc,project_code,item,division,agency_uscc,demanded,decided_on"


async def sells_both(town: Town) -> list[Actor]:
    """Let three owners each buy two services for one project from one agency, which has guides for both."""
    city = town.deals.city
    optional, city.item = city.item, await city.connection.fetchval(
        "insert into item select (jsonb_populate_record(i, jsonb_build_object('id',"
        " nextval(pg_get_serial_sequence('item', 'id')), 'code', $2::text, 'state', 'mandatory', 'lawful', true,"
        " 'compulsory', true, 'prior', true, 'paid', true, 'law', '示例法', 'article', '第一条', 'clause', '应当委托',"
        " 'source_url', 'https://example.test', 'read_on', '2026-01-05'))).* from item i where id = $1 returning id",
        *(city.item, MANDATORY),
    )  # fmt: skip
    await city.connection.execute(
        "insert into guide select (jsonb_populate_record(g, jsonb_build_object('id',"
        " nextval(pg_get_serial_sequence('guide', 'id')), 'item', $1::bigint))).* from guide g",
        city.item,
    )
    owners = [await town.an_owner(number) for number in (1, 2, 3)]
    for owner in owners:
        assert owner.organisation_id is not None
        await buys_both(town.deals, owner.organisation_id, optional)
    mandatory, city.item = city.item, optional
    assert mandatory != optional
    return owners


def approvals(town: Town) -> Iterator[str]:
    """Give the lines of a file: seven more projects of the agency, five of them with both, and twelve of another's."""
    other = a_uscc(2)
    for number in range(1, 20):
        seller = town.deals.uscc if number <= 7 else other
        bought = (MANDATORY, OPTIONAL) if number <= 5 else (MANDATORY,)
        for item in bought:
            project = f"2026-990100-48-02-{number:06d}"
            yield f"批〔2026〕{number}号,{a_uscc(900_010 + number)},{project},{item},990100,{seller},否,2026-03-20"


async def imported(town: Town) -> None:
    """Let an authority bring in its file of approvals."""
    city, page = town.deals.city, "/authority/approvals"
    organisation = await city.organisation("authority", a_uscc(800_000), IN_MARCH)
    client = await town.browser(Actor(Role.AUTHORITY, "审批", city.person, organisation, "990100"))
    await fill(client, page, page, name="三月.csv", rows="\n".join([HEADER, *approvals(town)]))


async def says_required(town: Town, owner: Actor) -> None:
    """Let an owner answer what it was asked: that it was told it had to buy."""
    client = await town.browser(owner)
    (page,) = set(re.findall(r'"(/owner/questions/\d+)"', (await client.get("/owner/questions")).text))
    await fill(client, page, page, answer="required", words="窗口说必须一起办。")


async def led_to_case(town: Town, owners: list[Actor]) -> str:
    """Let owners answer, and a regulator keep the signal and open a case on it; return its number."""
    regulator = await town.browser(town.confirmer)
    (page,) = set(re.findall(r'"(/regulator/signals/\d+)"', (await regulator.get("/regulator/signals")).text))
    for owner in owners[:2]:
        assert "可立案" not in (await regulator.get(page)).text
        await says_required(town, owner)
    assert "可立案" in (await regulator.get(page)).text
    lead = await fill(regulator, page, page, act="keep", words="两名业主确认。")
    asked = {"ground": "forced_service", "clause": "示例规则第七条", "proposed": "suspend_item", "item": OPTIONAL}
    opened_at = await fill(regulator, lead, f"{lead}/case", **asked)
    return opened_at.rpartition("/")[2]


async def test_planted_tying_ends_in_a_suspension_of_the_item_from_its_minute_to_its_last(database: Database) -> None:
    async with a_town(database, IN_MARCH) as town:
        owners = await sells_both(town)
        await imported(town)
        await town.at(NIGHT)
        await schedule.make_up_nights(SHIFT)
        number = await led_to_case(town, owners)
        await town.work(NIGHT)

        until = await opened(town, number, town.deals.agency)
        agency = await town.browser(town.deals.agency)
        mine = f"/agency/cases/{number}/state"
        await fill(agency, mine, mine, words="业主自愿选择。")
        await town.work(until - SECOND)
        await barred(town, number, town.signer)
        await town.work(until)
        await drafted(town, number, measure="suspend_item", months="2", reentry_months="", found="业主被告知必须购买。")
        await barred(town, number, town.drafter, town.confirmer)
        executes = await signed(town, number)

        await town.work(executes - SECOND)
        await registers(town, town.deals.agency, await open_notice(town))
        assert town.deals.uscc not in await town.guest("/credit/measures")
        await town.work(executes)
        ends: datetime = await db.value("select ends_at from measure")
        assert local(ends) == local(executes).replace(month=local(executes).month + 2)
        await assert_suspended(town, number)

        await town.at(ends - SECOND)
        assert await refused(town, town.deals.agency, await open_notice(town)) == {"item_suspended"}
        await town.at(ends)
        await registers(town, town.deals.agency, await open_notice(town))
        await registers(town, town.deals.agency, await open_notice(town), by_api=True)
        await assert_over(town, number)


async def assert_suspended(town: Town, number: str) -> None:
    """Find the item closed to the agency, another open, and the decision where anybody may read it."""
    assert await refused(town, town.deals.agency, await open_notice(town)) == {"item_suspended"}
    mandatory = await db.value("select id from item where code = $1", MANDATORY)
    await registers(town, town.deals.agency, await open_notice(town, mandatory))
    decision = await decision_of(number)
    for path in ("/credit/measures", "/credit/measures.csv", "/api/v1/measures", f"/agencies/{town.deals.uscc}"):
        assert decision in await town.guest(path), path
    for path, item in ((f"/credit/measures/{decision}", "工程造价咨询"), (f"/api/v1/decisions/{decision}", OPTIONAL)):
        shown = await town.guest(path)
        assert "业主被告知必须购买。" in shown
        assert item in shown
    assert town.deals.uscc not in await town.guest("/credit/exits")


async def assert_over(town: Town, number: str) -> None:
    """Find measure and display ended together, and a worker that closes the case."""
    decision = await decision_of(number)
    for path in ("/credit/measures", "/credit/measures.csv", "/api/v1/measures"):
        assert decision not in await town.guest(path), path
    assert (await browser(town.app).get(f"/credit/measures/{decision}")).status_code == 404
    await town.work(await db.value("select now()"))
    assert await db.value("select state from credit_case where number = $1", number) == "ended"
