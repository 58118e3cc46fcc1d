"""Cases through the API: what pages offer, to the same people, with the same outcome and the same refusals."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from market import db
from market.app import Market
from market.credit.service import cases
from market.kernel.roles import Actor, Role
from tests.build_agencies import an_actor, an_agency
from tests.build_cases import Scene, a_low_case, a_regulator, advanced, an_opening, moment, the_minute_comes
from tests.flows.forms import fill
from tests.flows.test_cases import DRAFT, PRACTICE, ripe, signed_in
from tests.market.credit.programs import codes, program, told
from tests.server import Database
from tests.web import browser, market

WORDS = {"words": "示例说明。"}
AGREES = {"agrees": True, "words": "有理。"}
WRITTEN: dict[str, Any] = {**DRAFT, "reentry_months": 12}
SUSPENDS = {**{name: text for name, text in WRITTEN.items() if name != "reentry_months"},
            "measure": "suspend_all", "months": 1}  # fmt: skip
HEARD = {"held_at": "2026-01-02T09:30:00+08:00", "words": "已听证。"}
BY_AGENCY = {"acknowledge": None, "state": WORDS, "ask-hearing": WORDS, "appeal": WORDS, "ask-repair": WORDS}
BY_REGULATOR = {
    "post": WORDS, "bounce": None, "hold-hearing": HEARD, "draft": WRITTEN, "sign": {"drafted_at": ""},
    "dismiss": WORDS, "answer-appeal": AGREES, "answer-repair": AGREES,
}  # fmt: skip


async def noticed(database: Database, ago: int = 0) -> Scene:
    """Give notice of a case some minutes ago, in rules whose working day is a minute."""
    at: datetime = await db.value("select now()") - timedelta(minutes=ago)
    scene = await a_low_case(database, ruleset=PRACTICE, now=at)
    await advanced(scene.number, at)
    return scene


async def test_a_case_is_open_to_its_agency_and_to_supervision_in_scope_and_to_nobody_else(database: Database) -> None:
    async with market(database) as app:
        scene = await noticed(database)
        other, _, _ = await an_agency()
        nowhere = await an_actor(Role.REGULATOR)
        outside = [await program(app, each) for each in (other, nowhere)]
        roles, auditor = (Role.OWNER, Role.OPERATOR, Role.AUTHORITY), await program(app, await an_actor(Role.AUDITOR))
        wrong = [await program(app, await an_actor(role)) for role in roles]
        mine, theirs = await program(app, scene.agency), await program(app, scene.drafter)
        path = f"/api/v1/cases/{scene.number}"

        assert [each["number"] for each in (await mine.get("/api/v1/cases")).json()] == [scene.number]
        assert [each["number"] for each in (await theirs.get("/api/v1/cases")).json()] == [scene.number]
        seen = (await auditor.get(path)).json()
        assert (seen["unread"], seen["acts"], seen["facts"][0]["text_zh"]) == (False, [], "示例事实")
        for client in outside:
            assert (await client.get("/api/v1/cases")).json() == []
            assert (await client.get(path)).json()["code"] == "case_not_found"
        for client in (*wrong, browser(app)):
            status = 403 if client in wrong else 401
            assert [(await client.get(each)).status_code for each in ("/api/v1/cases", path)] == [status, status]
        for acts, whose, others in ((BY_AGENCY, outside[0], theirs), (BY_REGULATOR, outside[1], mine)):
            for act, body in acts.items():
                assert (await told(whose, f"/cases/{scene.number}/{act}", body, status=404))["code"] == "case_not_found"
                for client in (others, auditor):
                    assert codes(await told(client, f"/cases/{scene.number}/{act}", body, status=403)) == {"wrong_role"}
                await told(browser(app), f"/cases/{scene.number}/{act}", body, status=401)
        assert (await mine.get("/api/v1/cases?page=2")).json()["code"] == "page_beyond_end"
        assert await moment(scene.number, "state") == "noticed"


async def test_asking_for_a_case_serves_nothing_and_opening_its_notice_does(database: Database) -> None:
    async with market(database) as app:
        scene = await noticed(database)
        agency = await program(app, scene.agency)

        before = (await agency.get(f"/api/v1/cases/{scene.number}")).json()
        assert (before["unread"], before["facts"], before["clause"]) == (True, [], None)
        assert "proposed" not in before["case"]
        assert before["acts"] == ["acknowledge"]
        assert await moment(scene.number, "state") == "noticed"

        opened = await told(agency, f"/cases/{scene.number}/acknowledge")
        assert (opened["case"]["state"], opened["case"]["served_how"]) == ("served", "opened")
        assert opened["facts"][0]["text_zh"] == "示例事实"
        wrong = {"words": "", "document_hash": "x"}
        refused = await told(agency, f"/cases/{scene.number}/state", wrong, status=422)
        assert {(each["code"], each["field"]) for each in refused["errors"]} == {
            ("field_required", "words"), ("bad_fingerprint", "document_hash"),
        }  # fmt: skip
        await told(agency, f"/cases/{scene.number}/state", {"words": "不同意。", "document_hash": "ab" * 32})
        asked = await told(agency, f"/cases/{scene.number}/ask-hearing", WORDS)
        assert [each["kind"] for each in asked["statements"]] == ["statement", "hearing"]
        again = await told(agency, f"/cases/{scene.number}/ask-hearing", WORDS, status=409)
        assert (again["code"], codes(again)) == ("conflict", {"hearing_asked_already"})


async def test_programs_decide_a_case_appeal_against_it_and_undo_it(database: Database) -> None:
    async with market(database) as app:
        scene = (await ripe(database, app)).scene
        drafter, signer, confirmer, agency = [
            await program(app, who) for who in (scene.drafter, scene.signer, scene.confirmer, scene.agency)
        ]
        at = f"/cases/{scene.number}"
        wrong = await told(drafter, f"{at}/draft", {**WRITTEN, "found": "", "breach": "x", "months": 0}, status=422)
        assert {each["field"] for each in wrong["errors"]} == {"found", "breach", "months"}
        drafted = await told(drafter, f"{at}/draft", {**WRITTEN, "executes_at": None})
        assert drafted["draft"]["found"] == WRITTEN["found"]
        assert {each["code"] for each in drafted["bars_signing"]} == {"signer_drafted"}
        assert "sign" not in drafted["acts"]
        assert (await agency.get(f"/api/v1{at}")).json()["draft"] is None
        read = {"drafted_at": drafted["drafted_at"]}
        assert codes(await told(drafter, f"{at}/sign", read, status=409)) == {"signer_drafted"}
        assert codes(await told(confirmer, f"{at}/sign", read, status=409)) == {"signer_confirmed_ranking"}
        for other in ("", "x", "2026-01-01T00:00:00Z", "2026-01-01"):
            assert codes(await told(signer, f"{at}/sign", {"drafted_at": other}, status=409)) == {"draft_changed"}
        signed = await told(signer, f"{at}/sign", read)
        assert (signed["case"]["state"], signed["decision"]["measure"]) == ("signed", "elimination")

        executes = await the_minute_comes(database, scene.number)
        assert await advanced(scene.number, executes) == "in_force"
        appealed = await told(agency, f"{at}/appeal", WORDS)
        assert (appealed["appeal"]["words"], appealed["appeal"]["outcome"]) == (WORDS["words"], None)
        assert codes(await told(agency, f"{at}/appeal", WORDS, status=409)) == {"appealed_already"}
        assert codes(await told(signer, f"{at}/answer-appeal", AGREES, status=409)) == {"answerer_decided"}
        reversed_ = await told(confirmer, f"{at}/answer-appeal", AGREES)
        assert (reversed_["case"]["state"], reversed_["appeal"]["outcome"]) == ("reversed", "upheld")
        assert await db.value("select state from agency where id = $1", scene.agency_id) == "admitted"


async def test_programs_post_hear_suspend_and_repair(database: Database) -> None:
    async with market(database) as app:
        scene = await noticed(database, ago=20)
        drafter, signer, confirmer, agency = [
            await program(app, who) for who in (scene.drafter, scene.signer, scene.confirmer, scene.agency)
        ]
        at = f"/cases/{scene.number}"
        past = await db.value("select now()") - timedelta(minutes=20)
        assert (await told(drafter, f"{at}/post", WORDS))["case"]["posted_at"]
        assert codes(await told(drafter, f"{at}/post", WORDS, status=409)) == {"notice_posted_already"}
        await cases.acknowledge(scene.number, actor=scene.agency, now=past)
        await cases.ask_hearing(scene.number, "请听证", actor=scene.agency, now=past)
        await advanced(scene.number, await db.value("select now()"))

        early = await told(drafter, f"{at}/hold-hearing", HEARD, status=409)
        assert codes(early) == {"hearing_before_asked"}
        held = (past + timedelta(minutes=2)).isoformat()
        assert (await told(drafter, f"{at}/hold-hearing", {**HEARD, "held_at": held}))["hearing_record"] == "已听证。"
        bare = {**HEARD, "held_at": "2026-01-02T09:30:00"}
        assert codes(await told(drafter, f"{at}/hold-hearing", bare, status=422)) == {"not_a_time"}
        drafted = await told(drafter, f"{at}/draft", SUSPENDS)
        await told(signer, f"{at}/sign", {"drafted_at": drafted["drafted_at"]})
        await advanced(scene.number, await db.value("select executes_at from case_decision"))
        assert (await told(agency, f"{at}/ask-repair", WORDS))["repairs"][0]["outcome"] is None
        assert codes(await told(agency, f"{at}/ask-repair", WORDS, status=409)) == {"repair_waits"}
        repaired = await told(confirmer, f"{at}/answer-repair", AGREES)
        assert (repaired["case"]["state"], repaired["repairs"][0]["outcome"]) == ("repaired", "granted")


async def record(number: str) -> list[Any]:
    """Return what an act left behind: the case without what names it or its moments, its entries, its messages."""
    case = dict(await db.row("select * from credit_case where number = $1", number) or {})
    kept = {name: value for name, value in case.items() if not isinstance(value, datetime)}
    for name in ("id", "number", "agency", "fact_key", "ranking_before", "ranking_last", "posted_by", "ended_by"):
        kept.pop(name)
    entries = await db.fetch("select type from ledger_entry where subject = $1 order by index", number)
    told_of = await db.fetch("select kind from message where subject = $1 order by id", f"case:{number}")
    return [kept, [each["type"] for each in entries], [each["kind"] for each in told_of]]


@pytest.mark.slow
async def test_an_act_of_a_program_leaves_what_its_form_leaves(database: Database) -> None:
    async with market(database) as app:
        agency, _, agency_id = await an_agency()
        regulator, left = await a_regulator(database), []
        for way in (by_forms, by_programs):
            now = await db.value("select now()")
            opening = await an_opening(agency_id, ruleset=PRACTICE)
            number = await cases.open_case(opening, actor=regulator, now=now)
            await advanced(number, now)
            await way(app, number, regulator, agency)
            left.append(await record(number))

    assert left[0] == left[1]
    assert left[0][0]["state"] == "dismissed"
    assert len(left[0][1]) > 3


async def by_forms(app: Market, number: str, by: Actor, to: Actor) -> None:
    regulator, agency = await signed_in(app, by), await signed_in(app, to)
    theirs, mine = f"/regulator/cases/{number}", f"/agency/cases/{number}"
    await fill(regulator, f"{theirs}/post", f"{theirs}/post", **WORDS)
    await fill(regulator, f"{theirs}/bounce", f"{theirs}/bounce")
    await fill(agency, f"{mine}/acknowledge", f"{mine}/acknowledge")
    await fill(agency, f"{mine}/state", f"{mine}/state", **WORDS)
    await fill(regulator, f"{theirs}/dismiss", f"{theirs}/dismiss", **WORDS)


async def by_programs(app: Market, number: str, by: Actor, to: Actor) -> None:
    regulator, agency = await program(app, by), await program(app, to)
    for client, act, body in (
        (regulator, "post", WORDS), (regulator, "bounce", None), (agency, "acknowledge", None),
        (agency, "state", WORDS), (regulator, "dismiss", WORDS),
    ):  # fmt: skip
        await told(client, f"/cases/{number}/{act}", body)
