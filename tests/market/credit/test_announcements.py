"""Service by public announcement: that a notice waits is public, what it says is not."""

import json
from datetime import datetime, timedelta

from market import db
from market.credit.service import announcements as service
from market.credit.service import cases
from market.credit.states import CaseGround
from market.kernel.roles import Actor
from market.kernel.terms import word
from tests.build_agencies import NOW
from tests.build_cases import SECOND, Scene, a_low_case, a_regulator, advanced, an_opening, moment
from tests.flows.test_cases import signed_in
from tests.server import Database
from tests.web import browser, market

PAGES = ("/credit/announcements", "/credit/announcements.csv", "/credit/announcements.json", "/api/v1/announcements")


async def bounced(scene: Scene, at: datetime = NOW) -> datetime:
    """Post the notice of a case and let it come back; return until when it is announced."""
    await advanced(scene.number, at)
    await cases.post(scene.number, "挂号信 RR123", actor=scene.drafter, now=at)
    await cases.bounce(scene.number, actor=scene.drafter, now=at)
    return await moment(scene.number, "public_until_at")


async def shown(at: datetime) -> list[str]:
    return [each["number"] for each in await service.standing(at, limit=9)]


async def test_a_bounced_notice_is_announced_for_its_time_and_then_counts_as_served(database: Database) -> None:
    scene = await a_low_case(database)
    await advanced(scene.number, NOW)
    assert await shown(NOW) == []

    until = await bounced(scene)

    assert until - NOW > timedelta(days=30)
    assert [await shown(at) for at in (NOW, until - SECOND, until)] == [[scene.number], [scene.number], []]
    assert await advanced(scene.number, until - SECOND) == "noticed"
    assert await advanced(scene.number, until) == "served"
    assert await moment(scene.number, "served_how") == "published"
    assert await moment(scene.number, "statement_until_at") > until


async def test_opening_the_notice_or_dismissing_the_case_ends_the_announcement(database: Database) -> None:
    scene = await a_low_case(database)
    await bounced(scene)
    await cases.acknowledge(scene.number, actor=scene.agency, now=NOW)
    assert await shown(NOW) == []

    regulator = await a_regulator(database)
    opening = await an_opening(scene.agency_id)
    number = await cases.open_case(opening, actor=regulator, now=NOW)
    other = Scene(number, scene.agency, scene.agency_id, scene.uscc, regulator, regulator, regulator)
    await bounced(other)
    assert await shown(NOW) == [number]
    await cases.dismiss(number, "查无此事。", actor=regulator, now=NOW)
    assert await shown(NOW) == []


async def a_forced_case(database: Database, now: datetime) -> tuple[Scene, Actor]:
    """Open a case of forced service by hand, its notice posted and returned."""
    scene = await a_low_case(database, now=now)
    regulator = await a_regulator(database)
    opening = await an_opening(scene.agency_id, clause="示例规则第九条", ground=CaseGround.FORCED_SERVICE)
    number = await cases.open_case(opening, actor=regulator, now=now)
    return Scene(number, scene.agency, scene.agency_id, scene.uscc, regulator, regulator, regulator), regulator


async def test_nothing_of_a_case_leaks_through_its_announcement_or_the_log(database: Database) -> None:
    async with market(database) as app, browser(app) as guest:
        now: datetime = await db.value("select now()") - timedelta(minutes=1)
        scene, regulator = await a_forced_case(database, now)
        await bounced(scene, now)
        one = f"/credit/announcements/{scene.number}"
        entries = await db.fetch("select index, body from ledger_entry where subject = $1", scene.number)

        told = [(await guest.get(path)).text for path in (*PAGES, one, f"/en{one}", f"/api/v1{one[7:]}")]
        log = [(await guest.get(f"/log/entry/{each['index']}")).text for each in entries]
        log += [bytes(each["body"]).decode() for each in entries] + [(await guest.get("/log")).text]

        for text in told:
            assert scene.number in text
            assert scene.uscc in text
        measure = ("suspend_all", word("measure_kind", "suspend_all"))
        secret = ("示例事实", "示例规则第九条", "RR123", "示例人", "示例同事", "forced_service", "强制服务", *measure)
        for text in (*told, *log):
            assert [each for each in secret if each in text] == []
        (row,) = json.loads(told[2])["rows"]
        assert set(row) == {"number", "uscc", "agency", "division", "announced_at", "deemed_served_at"}
        agency, desk = await signed_in(app, scene.agency), await signed_in(app, regulator)
        for client, base in ((agency, "/agency"), (desk, "/regulator")):
            assert one in (await client.get(f"{base}/cases/{scene.number}")).text
        await cases.acknowledge(scene.number, actor=scene.agency, now=now)
        for path in (one, f"/api/v1{one[7:]}"):
            assert (await guest.get(path)).status_code == 404
        assert (await guest.get(f"/api/v1{one[7:]}")).json()["code"] == "announcement_not_found"
        assert scene.number not in (await guest.get(PAGES[0])).text
