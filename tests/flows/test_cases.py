"""Cases on the pages: from two poor rankings to an elimination, to an escalation, and back by an appeal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from market import db
from market.accounts import sessions
from market.agencies import service as agencies
from market.app import Market
from market.credit.service import cases
from market.credit.web.cases import ACTS
from market.desk.places import place_of
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE
from market.messages import service as messages
from tests.build_agencies import NOW, a_guide
from tests.build_cases import Scene, a_low_case, advanced, moment, the_minute_comes
from tests.build_contracts import DAY
from tests.flows.deciding import DRAFT, barred, drafted, opened, signed
from tests.flows.forms import fill, forms_of
from tests.flows.registering import open_notice, registers
from tests.flows.town import SECOND, a_town
from tests.server import Database
from tests.web import browser, csrf, market
from tests.web import signed_in as a_member

PRACTICE = "practice-2026"


@dataclass(frozen=True, slots=True)
class Ripe:
    """A case on the desk of a regulator, its statement period over in silence."""

    scene: Scene
    at: datetime

    @property
    def page(self) -> str:
        """Return the page of the regulator."""
        return f"/regulator/cases/{self.scene.number}"


async def signed_in(app: Market, actor: Actor) -> httpx.AsyncClient:
    assert actor.person_id is not None
    assert actor.organisation_id is not None
    async with db.writing():
        token = await sessions.open_session(
            actor.person_id, actor.organisation_id, now=await db.value("select now()"), replaces=None
        )
    client = browser(app)
    client.cookies.set("sid", token)
    return client


async def ripe(database: Database, app: Market) -> Ripe:
    """Post a notice twenty minutes ago, in rules whose working day is a minute, and let the clock go on till now."""
    now: datetime = await db.value("select now()")
    scene = await a_low_case(database, ruleset=PRACTICE, now=now - timedelta(minutes=20))
    await advanced(scene.number, now - timedelta(minutes=20))
    await cases.post(scene.number, "挂号信", actor=scene.drafter, now=now - timedelta(minutes=20))
    await advanced(scene.number, now - timedelta(minutes=14))
    await advanced(scene.number, now)
    return Ripe(scene, now)


async def nobody_signs_what_was_changed_while_they_read(
    drafter: httpx.AsyncClient, signer: httpx.AsyncClient, page: str
) -> None:
    """Let a draft be written anew after its signer has opened it, and find it unsigned and shown as it is now."""
    (form,) = [each for each in forms_of((await signer.get(f"{page}/sign")).text) if each.action.endswith("/sign")]
    await fill(drafter, f"{page}/draft", f"{page}/draft", **(DRAFT | {"found": "另外的事实（示例）。"}))
    for sent in (dict(form.holds), {"_csrf": csrf(signer)}):
        refused = await signer.post(f"{page}/sign", data=sent)
        assert refused.status_code == 409
        assert "拟写的决定在您打开以后改过，没有签署" in refused.text
        assert "另外的事实（示例）。" in refused.text


async def test_two_poor_rankings_end_in_an_elimination_and_an_appeal_undoes_it(database: Database) -> None:
    async with market(database) as app:
        case = await ripe(database, app)
        scene, page = case.scene, case.page
        drafter, signer, confirmer = [
            await signed_in(app, who) for who in (scene.drafter, scene.signer, scene.confirmer)
        ]
        agency = await signed_in(app, scene.agency)
        assert scene.number in (await drafter.get("/regulator/cases")).text
        await fill(drafter, f"{page}/draft", f"{page}/draft", **DRAFT)
        for barred, words in ((drafter, "您拟写了这份决定"), (confirmer, "您确认了作为依据的信用排名")):
            assert words in (await barred.get(page)).text
            refused = await barred.post(f"{page}/sign", data={"_csrf": csrf(barred)})
            assert refused.status_code == 409
            assert words in refused.text
        await nobody_signs_what_was_changed_while_they_read(drafter, signer, page)
        await fill(signer, f"{page}/sign", f"{page}/sign")
        executes = await db.value("select executes_at from case_decision")

        assert await advanced(scene.number, executes - timedelta(seconds=1)) == "signed"
        executes = await the_minute_comes(database, scene.number)
        assert await advanced(scene.number, executes) == "in_force"
        item = await db.value("select max(id) from item")
        if item is not None:
            assert await agencies.standing(scene.agency_id, item, executes)
        assert await db.value("select agency_is_barred($1, $2)", scene.agency_id, executes)

        mine = f"/agency/cases/{scene.number}"
        await fill(agency, f"{mine}/appeal", f"{mine}/appeal", words="事实有误")
        await fill(confirmer, f"{page}/answer-appeal", f"{page}/answer-appeal", agrees="yes", words="确有错误")
        assert await moment(scene.number, "state") == "reversed"
        assert await db.value("select state from agency where id = $1", scene.agency_id) == "admitted"
        assert "已撤销" in (await agency.get(mine)).text
        for client, reader in ((agency, scene.agency), (drafter, scene.drafter)):
            notes = await messages.inbox(reader)
            assert len(notes) > 3
            for note in notes:
                assert (await client.get(place_of(note, reader.role))).status_code == 200, note.kind


async def test_the_same_case_unsigned_is_escalated_and_eliminates_nobody_however_long_the_job_runs(
    database: Database,
) -> None:
    async with a_town(database, NOW) as town:
        scene = await a_low_case(database)
        await a_guide(scene.agency, "ZJ-001")
        await town.work(NOW)
        await town.work(await opened(town, scene.number, scene.agency))
        await drafted(town, scene.number)
        late = await moment(scene.number, "escalate_at")

        await town.work(late - SECOND)
        assert await moment(scene.number, "state") == "deciding"
        for month in range(37):
            await town.work(late + month * 30 * DAY)
            assert await moment(scene.number, "state") == "escalated"

        assert await db.value("select count(*) from case_decision") == 0
        assert "逾期未决定" in (await (await town.browser(town.drafter)).get("/regulator/cases")).text
        assert scene.uscc not in await town.guest("/credit/exits")
        await registers(town, scene.agency, await open_notice(town))
        await barred(town, scene.number, town.drafter, scene.confirmer)
        executes = await signed(town, scene.number)
        await town.work(executes - SECOND)
        assert scene.uscc not in await town.guest("/credit/exits")
        await town.work(executes)
        assert scene.uscc in await town.guest("/credit/exits"), (
            "it was the signature that was missing, and nothing else"
        )


async def test_a_notice_that_is_only_looked_at_is_not_served(database: Database) -> None:
    async with market(database) as app:
        now: datetime = await db.value("select now()")
        scene = await a_low_case(database, ruleset=PRACTICE, now=now)
        await advanced(scene.number, now)
        agency = await signed_in(app, scene.agency)
        mine = f"/agency/cases/{scene.number}"

        shown = (await agency.get(mine)).text
        assert "示例事实" not in shown
        assert await moment(scene.number, "state") == "noticed"
        await fill(agency, f"{mine}/acknowledge", f"{mine}/acknowledge")
        assert "示例事实" in (await agency.get(mine)).text
        await fill(agency, f"{mine}/state", f"{mine}/state", words="不同意")
        await fill(agency, f"{mine}/ask-hearing", f"{mine}/ask-hearing", words="请求听证")
        assert await db.value("select count(*) from case_statement") == 2


async def test_an_auditor_reads_every_case_and_acts_on_none(database: Database) -> None:
    async with market(database) as app:
        case = await ripe(database, app)
        number, auditor = case.scene.number, await a_member(app, Role.AUDITOR)
        page = f"/auditor/cases/{number}"

        assert number in (await auditor.get("/auditor/cases")).text
        shown = (await auditor.get(page)).text
        assert "您可以查看案件的全部内容，不能办理" in shown
        assert not [act for act in ACTS if f"{number}/{act}" in shown]
        for act in ACTS:
            for path in (f"{page}/{act}", f"{case.page}/{act}"):
                sent = await auditor.post(path, data={"_csrf": csrf(auditor), **DRAFT, "words": "x"})
                assert sent.status_code in (403, 404), path
        assert (await auditor.get("/auditor/abandonments")).status_code == 200
        for role in (Role.OWNER, Role.OPERATOR, Role.AUTHORITY):
            other = await a_member(app, role)
            assert {(await other.get(path)).status_code for path in (page, "/auditor/abandonments")} == {403}, role


async def test_the_page_of_a_case_tells_where_it_is_what_follows_when_and_by_which_rule(database: Database) -> None:
    async with market(database) as app:
        case = await ripe(database, app)
        drafter = await signed_in(app, case.scene.drafter)

        shown = (await drafter.get(case.page)).text

        assert 'class="now" aria-current="step"' in shown
        assert "到期没有签署的上报，不会自动处理" in shown
        assert "measures.escalation_workdays" in shown
        due = await moment(case.scene.number, "escalate_at")
        assert due.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") in shown
        assert "Not decided" not in shown
        assert "By the" in (await drafter.get(f"/en{case.page}")).text
