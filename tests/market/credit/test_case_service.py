"""Cases from their opening to their end, on the real database."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from market import db
from market.credit.service import cases
from market.credit.states import MeasureKind
from market.kernel.errors import Conflict, Invalid, MoveRefused, NotFound
from market.kernel.roles import SYSTEM, Role
from tests.build_agencies import an_actor
from tests.build_cases import (
    NOW,
    SECOND,
    a_draft,
    a_low_case,
    a_regulator,
    advanced,
    an_opening,
    low_rankings,
    moment,
    signed,
    to_decide,
)
from tests.server import Database


async def state_of(agency_id: int) -> str:
    found: str = await db.value("select state from agency where id = $1", agency_id)
    return found


def codes(refused: pytest.ExceptionInfo[Exception]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}  # type: ignore[attr-defined]


async def test_a_signed_elimination_is_carried_out_at_its_minute(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)

    assert await advanced(scene.number, executes - SECOND) == "signed"
    assert await state_of(scene.agency_id) == "admitted"
    assert await advanced(scene.number, executes) == "in_force"
    assert await state_of(scene.agency_id) == "eliminated"
    assert await db.value("select agency_is_barred($1, $2)", scene.agency_id, executes)
    assert await db.value("select kind from credit_entry where agency = $1", scene.agency_id) == "general"
    ends = await db.value("select ends_at from measure where agency = $1", scene.agency_id)
    assert await advanced(scene.number, ends) == "ended"


async def test_an_unsigned_case_is_escalated_and_never_carried_out(database: Database) -> None:
    scene = await a_low_case(database)
    now = await to_decide(scene)
    await cases.draft(scene.number, a_draft(), actor=scene.drafter, now=now)
    escalate = await moment(scene.number, "escalate_at")

    assert await advanced(scene.number, escalate - SECOND) == "deciding"
    assert await advanced(scene.number, escalate) == "escalated"
    assert await advanced(scene.number, escalate + timedelta(days=999)) == "escalated"
    assert await state_of(scene.agency_id) == "admitted"
    assert await db.value("select count(*) from case_decision") == 0
    told = await db.fetch("select organisation from message where kind = 'case_escalated'")
    assert [each["organisation"] for each in told] == [scene.confirmer.organisation_id]


async def test_an_appeal_that_is_upheld_reverses_everything(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)
    await advanced(scene.number, executes)
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=executes)
    for who in (scene.drafter, scene.signer):
        with pytest.raises(Conflict) as refused:
            await cases.decide_appeal(scene.number, upheld=True, answer="x", actor=who, now=executes)
        assert codes(refused) == {"answerer_decided"}

    await cases.decide_appeal(scene.number, upheld=True, answer="有误", actor=scene.confirmer, now=executes)

    assert await state_of(scene.agency_id) == "admitted"
    assert not await db.value("select agency_is_barred($1, $2)", scene.agency_id, executes)
    assert await db.value("select ended_why from measure") == "reversed"
    assert await db.value("select state from credit_entry") == "annulled"
    assert await moment(scene.number, "state") == "reversed"


async def test_an_appeal_that_is_upheld_has_the_rankings_since_computed_anew(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)
    await advanced(scene.number, executes)
    later = (date(executes.year + 1, 3, 31), date(executes.year + 1, 6, 30))
    await low_rankings(database, scene.agency_id, scene.confirmer, slots=later)
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=executes)

    await cases.decide_appeal(scene.number, upheld=True, answer="有误", actor=scene.confirmer, now=executes)

    asked = await db.fetch("select slot from ranking where recompute_asked_at is not null order by slot")
    assert tuple(each["slot"] for each in asked) == later


async def test_an_appeal_that_waits_holds_the_execution_back(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=executes - SECOND)

    assert await advanced(scene.number, executes) == "signed"
    await cases.decide_appeal(scene.number, upheld=False, answer="无误", actor=scene.confirmer, now=executes + SECOND)
    assert await advanced(scene.number, executes + SECOND) == "in_force"


async def test_a_ranking_that_was_corrected_bears_no_elimination_even_after_the_signature(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)
    owner = await asyncpg.connect(database.url("market_owner"))
    await owner.execute(
        "alter table agency_score disable trigger user; update agency_score set grade = 'C';"
        " alter table agency_score enable trigger user"
    )
    await owner.close()

    assert await advanced(scene.number, executes) == "signed"
    assert await state_of(scene.agency_id) == "admitted"
    assert await db.value("select count(*) from message where kind = 'case_held'") == 1


@pytest.mark.parametrize("grades", ["CD", "DC", "ND"])
async def test_two_rankings_that_are_not_both_poor_are_not_signed_for(database: Database, grades: str) -> None:
    scene = await a_low_case(database, grades)
    now = await to_decide(scene)

    with pytest.raises(Invalid) as refused:
        await cases.draft(scene.number, a_draft(), actor=scene.drafter, now=now)

    assert codes(refused) == {"elimination_without_ground"}


async def test_who_confirmed_the_ranking_or_drafted_does_not_sign(database: Database) -> None:
    scene = await a_low_case(database)
    now = await to_decide(scene)
    await cases.draft(scene.number, a_draft(), actor=scene.confirmer, now=now)

    with pytest.raises(Conflict) as refused:
        await cases.sign(scene.number, actor=scene.confirmer, now=now)

    assert codes(refused) == {"signer_drafted", "signer_confirmed_ranking"}


async def test_service_runs_from_the_posting_or_from_the_public_notice(database: Database) -> None:
    regulator = await a_regulator(database)
    posted, bounced = [await cases.open_case(await an_opening(), actor=SYSTEM, now=NOW) for _ in range(2)]
    for number in (posted, bounced):
        await advanced(number, NOW)
        await cases.post(number, "挂号信", actor=regulator, now=NOW)
    with pytest.raises(Conflict):
        await cases.post(posted, "挂号信", actor=regulator, now=NOW)
    await cases.bounce(bounced, actor=regulator, now=NOW)
    due = await moment(posted, "next_check_at")
    until = await moment(bounced, "public_until_at")

    assert await advanced(posted, due - SECOND) == "noticed"
    assert await advanced(posted, due) == "served"
    assert await advanced(bounced, until - SECOND) == "noticed"
    assert await advanced(bounced, until) == "served"
    assert [await moment(number, "served_how") for number in (posted, bounced)] == ["posted", "published"]


async def test_a_hearing_asked_for_is_held_before_anybody_signs(database: Database) -> None:
    scene = await a_low_case(database)
    await advanced(scene.number, NOW)
    await cases.acknowledge(scene.number, actor=scene.agency, now=NOW)
    await cases.state(scene.number, "不同意", None, actor=scene.agency, now=NOW)
    await cases.ask_hearing(scene.number, "请求听证", actor=scene.agency, now=NOW)
    until = await moment(scene.number, "statement_until_at")
    await advanced(scene.number, until)
    await cases.draft(scene.number, a_draft(), actor=scene.drafter, now=until)

    with pytest.raises(Conflict) as refused:
        await cases.sign(scene.number, actor=scene.signer, now=until)
    assert codes(refused) == {"hearing_not_held"}
    await cases.hold_hearing(scene.number, until, "听证记录", actor=scene.drafter, now=until)
    assert await cases.sign(scene.number, actor=scene.signer, now=until)


async def test_a_dismissed_case_goes_no_further(database: Database) -> None:
    scene = await a_low_case(database)
    now = await to_decide(scene)

    await cases.dismiss(scene.number, "没有违约", actor=scene.drafter, now=now)

    assert await advanced(scene.number, now + timedelta(days=999)) == "dismissed"
    with pytest.raises(MoveRefused):
        await cases.draft(scene.number, a_draft(), actor=scene.drafter, now=now)


async def test_a_suspension_is_repaired_and_ends_with_its_display(database: Database) -> None:
    scene = await a_low_case(database)
    draft = a_draft(measure=MeasureKind.SUSPEND_ALL, months=2, reentry_months=None)
    executes = await signed(scene, draft)
    await advanced(scene.number, executes)
    assert await state_of(scene.agency_id) == "suspended"
    await cases.ask_repair(scene.number, "已整改", actor=scene.agency, now=executes)

    await cases.decide_repair(scene.number, granted=True, answer="同意", actor=scene.confirmer, now=executes)

    assert await state_of(scene.agency_id) == "admitted"
    assert await db.value("select ended_why from measure") == "repaired"
    assert await db.value(
        "select ends_on <= ($1::timestamptz at time zone 'Asia/Shanghai')::date from credit_entry", executes
    )


async def test_a_case_is_closed_to_everybody_else(database: Database) -> None:
    scene = await a_low_case(database)
    far = await an_actor(Role.REGULATOR, trades=("water",))
    others = [await an_actor(Role.AGENCY), await an_actor(Role.OWNER), await an_actor(Role.OPERATOR), far]

    with pytest.raises(NotFound):
        await cases.case(scene.number, actor=scene.agency, now=NOW)
    await advanced(scene.number, NOW)
    for actor in others:
        with pytest.raises(NotFound):
            await cases.case(scene.number, actor=actor, now=NOW)
        assert await cases.listed(actor, limit=9) == []
    assert (await cases.case(scene.number, actor=scene.agency, now=NOW)).case.number == scene.number
    with pytest.raises(NotFound):
        await cases.post(scene.number, "x", actor=far, now=NOW)


async def test_eight_workers_carry_a_decision_out_once(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)

    done = await asyncio.gather(*(cases.advance_case(scene.number, now=executes) for _ in range(8)))

    assert sorted(done) == [False] * 7 + [True]
    assert await db.value("select count(*) from ledger_entry where type = 'agency.eliminated'") == 1


async def test_the_log_holds_no_name_and_no_words(database: Database) -> None:
    scene = await a_low_case(database)
    await signed(scene)
    bodies = await db.value(
        "select string_agg(convert_from(body, 'utf8'), '') from ledger_entry where subject = $1", scene.number
    )

    assert "示例" not in bodies
    assert "事实清楚" not in bodies
