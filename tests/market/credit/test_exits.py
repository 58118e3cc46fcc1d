"""What the public learns of eliminations, measures and entries: only what is in force, and nobody's name."""

from datetime import timedelta

from market import db
from market.agencies import service as agencies
from market.credit.service import cases
from market.credit.service import exits as service
from tests.build_agencies import an_agency
from tests.build_cases import SECOND, a_low_case, advanced, moment, signed
from tests.server import Database
from tests.web import browser, market


async def test_an_elimination_is_public_from_its_minute_until_it_is_reversed(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)
    number = await db.value("select number from case_decision")
    assert await service.exits("", executes, limit=9) == []

    await advanced(scene.number, executes)
    (found,) = await service.exits("", executes, limit=9)
    assert (found["exit"], found["uscc"], found["number"], found["appeal"]) == ("elimination", scene.uscc, number, None)
    assert [each["kind"] for each in await service.entries(scene.uscc, executes)] == ["general"]
    ends_at = await db.value("select ends_at from measure")
    assert len(await service.exits("", ends_at - SECOND, limit=9)) == 1
    assert await service.exits("", ends_at, limit=9) == []

    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=executes)
    (found,) = await service.measures("", executes, limit=9)
    assert found["appeal"] == "waiting"
    await cases.decide_appeal(scene.number, upheld=True, answer="有误", actor=scene.confirmer, now=executes)
    assert await service.exits("", executes, limit=9) == []
    assert await service.measures("", executes, limit=9) == []
    assert await service.entries(scene.uscc, executes) == []


async def test_the_public_pages_name_the_agency_the_reason_and_the_way_back(database: Database) -> None:
    async with market(database) as app:
        past = await db.value("select now()") - timedelta(hours=1)
        scene = await a_low_case(database, ruleset="practice-2026", now=past)
        await advanced(scene.number, await signed(scene, at=past))
        free, uscc, _ = await an_agency()
        await agencies.leave(actor=free, now=past)
        number = await db.value("select number from case_decision")
        guest = browser(app)

        page = (await guest.get("/credit/exits")).text
        for words in (scene.uscc, uscc, "自愿退出", "清退", str(await db.value("select reentry_on from measure"))):
            assert words in page
        assert uscc not in (await guest.get("/credit/exits?exit=elimination")).text
        files = [(await guest.get(f"/credit/exits.{form}")).text for form in ("csv", "json")]
        assert all(number in each for each in files)
        shown = [(await guest.get(f"/credit/{part}/{number}")).text for part in ("exits", "measures", "decisions")]
        shown += [(await guest.get(f"/credit/decisions{end}")).text for end in ("", ".csv", ".json")]
        shown.append((await guest.get("/api/v1/decisions")).text)
        for text in (*shown, (await guest.get(f"/api/v1/decisions/{number}")).text):
            assert "连续两期为较差。" in text
            assert "示例人" not in text
            assert "示例同事" not in text
        assert (await guest.get("/credit/exits/none")).status_code == 404
        assert number in (await guest.get("/credit/measures")).text
        assert number not in (await guest.get("/credit/decisions?kind=suspend_all")).text
        assert number in (await guest.get(f"/agencies/{scene.uscc}")).text
        for path in ("exits", "measures"):
            assert scene.uscc in (await guest.get(f"/api/v1/{path}")).text
        entries = (await guest.get(f"/api/v1/agencies/{scene.uscc}/entries")).json()
        assert [each["ground"] for each in entries] == ["decision"]


async def test_a_case_that_is_not_carried_out_is_nowhere_public(database: Database) -> None:
    async with market(database) as app:
        scene = await a_low_case(database)
        await signed(scene)
        guest = browser(app)
        number = await db.value("select number from case_decision")
        assert await moment(scene.number, "state") == "signed"
        lists = ("/credit/decisions", "/credit/decisions.csv", "/api/v1/decisions", "/api/v1/exits")
        for path in ("/credit/exits", "/credit/measures", f"/agencies/{scene.uscc}", *lists):
            text = (await guest.get(path)).text
            assert number not in text
            assert scene.number not in text
        # The log names the case from its first day: nothing there says what it rests on or what was decided.
        for entry in await db.fetch("select body from ledger_entry where subject = $1", scene.number):
            body = bytes(entry["body"]).decode()
            assert not [word for word in ("low_ranking", "elimination", "system", "silence") if word in body]
