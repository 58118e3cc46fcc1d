"""Two poor quarters, published one after the other, end in an elimination, and an appeal takes all of it back."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest

from market import db, schedule
from market.kernel.calendar import add_months
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE, local
from tests.build_abandonments import given_up
from tests.build_agencies import an_actor
from tests.build_selection import a_uscc
from tests.flows.deciding import DRAFT, barred, drafted, posted, signed
from tests.flows.forms import fill
from tests.flows.people import Person
from tests.flows.registering import a_new_firm, open_notice, refused, registers, submits, words
from tests.flows.town import SECOND, SHIFT, Town, a_town
from tests.server import Database
from tests.web import browser, csrf

Q1, Q2, Q3 = date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)
IN_MARCH = datetime(2026, 3, 27, 10, 0, tzinfo=ZONE)
IN_AUGUST = datetime(2026, 8, 31, 10, 0, tzinfo=ZONE)
CONTROLLER = "91990000MA7CONTR01"


async def checked(town: Town, *, failed: int = 0, passed: int = 0, at: datetime = IN_MARCH) -> None:
    """Let a regulator record checks of the agency, one form each."""
    await town.at(at)
    regulator, page = await town.browser(town.drafter), "/regulator/checks/new"
    for number in range(failed + passed):
        found = {"passed": "yes" if number < passed else "no", "words": f"第 {number} 次检查。"}
        sent = {"_csrf": csrf(regulator), "uscc": town.deals.uscc, **found}
        assert (await regulator.post(page, data=sent)).status_code == 303


def sister(town: Town) -> Actor:
    """Return who acts for another agency of the same controller."""
    return replace(town.deals.agency, organisation_id=town.deals.city.organisations[a_uscc(2)])


async def controlled(town: Town, agency: Actor) -> None:
    """Let an agency declare who controls it, and the operator find that it is so; then it cannot take that back."""
    client, page = await town.browser(agency), "/agency/join/3"
    party = {"kind": "controller", "party_name": "示例控股", "identifier": CONTROLLER, "share_percent": "60"}
    await fill(client, page, "/agency/parties", **party)
    (declared,) = re.findall(r'"/agency/parties/(\d+)/drop"', (await client.get(page)).text)
    operator = await town.browser(await an_actor(Role.OPERATOR))
    led = await fill(operator, "/operator/qualifications", f"/operator/parties/{declared}/verify")
    assert "示例控股" in (await operator.get(led)).text
    assert "/drop" not in (await client.get(page)).text
    assert (await client.post(f"/agency/parties/{declared}/drop", data={"_csrf": csrf(client)})).status_code == 409


async def a_bad_agency(town: Town) -> None:
    """Let three owners each see three contracts given up, and a regulator find fifteen faults."""
    deals = town.deals
    for agency in (deals.agency, sister(town)):
        await controlled(town, agency)
    for number in (1, 2, 3):
        await town.an_owner(number)
        for _ in range(3):
            await given_up(deals)
    await checked(town, failed=15)


async def announced(town: Town) -> tuple[str, datetime]:
    """Lead two poor quarters to a signed elimination; return the number of its case, and when it is carried out."""
    await a_bad_agency(town)
    await town.ranked(Q1)
    assert await db.value("select count(*) from credit_case") == 0, "one poor quarter opens nothing"
    await town.ranked(Q2)
    number: str = await db.value("select number from credit_case where ground = 'low_ranking'")
    await posted(town, number)
    await drafted(town, number)
    await barred(town, number, town.drafter, town.confirmer)
    return number, await signed(town, number)


async def test_two_poor_quarters_eliminate_at_the_announced_second_and_not_one_before(database: Database) -> None:
    async with a_town(database, IN_MARCH) as town:
        _, executes = await announced(town)

        await town.work(executes - SECOND)
        await registers(town, town.deals.agency, await open_notice(town))
        assert town.deals.uscc not in await town.guest("/credit/exits")
        await town.work(executes)
        await assert_out(town, add_months(local(executes).date(), 12).isoformat())


@pytest.mark.slow
async def test_an_appeal_takes_all_of_it_back_and_has_the_quarter_since_computed_anew(database: Database) -> None:
    async with a_town(database, IN_MARCH) as town:
        number, executes = await announced(town)
        await town.work(executes)
        assert await refused(town, sister(town), await open_notice(town)) == {"agency_barred"}

        await checked(town, passed=3, at=IN_AUGUST)
        await town.ranked(Q3)
        await appealed(town, number)
        await assert_back(town)
        await assert_computed_anew(town)


async def assert_out(town: Town, until: str) -> None:
    """Find the agency unable to register and to come back, also as a new firm, and named where exits are public."""
    agency, uscc = town.deals.agency, town.deals.uscc
    assert await refused(town, agency, await open_notice(town)) == {"agency_not_admitted", "agency_barred"}
    assert await refused(town, sister(town), await open_notice(town)) == {"agency_barred"}
    reentry = words("reentry_not_open", on=until)
    client = await town.browser(agency)
    again = await client.post("/agency/apply-again", data={"_csrf": csrf(client)})
    assert again.status_code in (409, 422)
    assert reentry in again.text
    twin = await browser(town.app).post("/sign-up", data=Person(1, "agency", client).account() | {"uscc": uscc})
    assert twin.status_code == 409
    assert words("organisation_exists") in twin.text
    firm = await submits(await a_new_firm(town, 71, CONTROLLER))
    assert firm.status_code == 422
    assert reentry in firm.text
    decision = await db.value("select number from case_decision")
    for path in ("/credit/exits", "/credit/exits.csv", "/credit/exits.json", "/api/v1/exits"):
        shown = await town.guest(path)
        assert all(each in shown for each in (uscc, decision, until)), path
    assert DRAFT["found"] in await town.guest(f"/credit/exits/{decision}")


async def appealed(town: Town, number: str) -> None:
    """Let the agency appeal, and somebody who neither drafted nor signed find that it is right."""
    mine, page = f"/agency/cases/{number}/appeal", f"/regulator/cases/{number}/answer-appeal"
    await fill(await town.browser(town.deals.agency), mine, mine, words="检查对象有误。")
    for decided in (town.drafter, town.signer):
        client = await town.browser(decided)
        sent = {"_csrf": csrf(client), "agrees": "yes", "words": "x"}
        assert (await client.post(page, data=sent)).status_code == 409
    assert "申诉中" in await town.guest("/credit/exits")
    await fill(await town.browser(town.confirmer), page, page, agrees="yes", words="确有错误。")


async def assert_back(town: Town) -> None:
    """Find every effect of the elimination gone at once."""
    for path in ("/credit/exits", "/credit/exits.csv", "/api/v1/exits", "/credit/measures"):
        assert town.deals.uscc not in await town.guest(path), path
    await registers(town, town.deals.agency, await open_notice(town))
    await registers(town, town.deals.agency, await open_notice(town), by_api=True)
    await registers(town, sister(town), await open_notice(town))
    assert (await submits(await a_new_firm(town, 72, CONTROLLER))).status_code == 303


async def assert_computed_anew(town: Town) -> None:
    """Let the job compute the quarter whose ranking had read the entry, and compare its two editions line by line."""
    await schedule.draft_rankings(SHIFT)
    await town.confirmed(Q3)
    before, after = [await lines_of(town, edition) for edition in (1, 2)]
    entry = await db.value("select number from credit_entry where ground = 'decision'")
    (gone,) = [each for each in before if each["part"] == "entries"]
    assert (gone["source"], gone["points"]) == (entry, "-800")
    assert [each for each in before if each != gone] == after
    ranking = f"/credit/{Q3}.json"
    first, second = [(await browser(town.app).get(f"{ranking}{at}")).json()["rows"][0] for at in ("?edition=1", "")]
    assert (first["place"], first["grade"], second["place"], second["grade"]) == (None, "D", 1, "C")
    assert second["total"] - first["total"] == 800
    assert entry not in await town.guest(f"/agencies/{town.deals.uscc}/score")


async def lines_of(town: Town, edition: int) -> list[dict[str, str]]:
    """Read the lines of the agency's score from the public package of an edition."""
    answer = await browser(town.app).get(f"/credit/{Q3}/public.zip?edition={edition}")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        rows = csv.DictReader(io.StringIO(package.read("results/lines.csv").decode(), newline=""))
        return [each for each in rows if each["agency"] == town.deals.uscc]
