"""Leaving the market is no way around a measure: what was decided reaches who has left and who comes back."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from market import db
from market.agencies import service as agencies
from market.credit.service import cases, exits
from market.credit.states import CaseGround, MeasureKind
from market.kernel.errors import Conflict, Invalid
from market.kernel.roles import SYSTEM, Role
from tests.build_agencies import A_CONTROLLER, a_letter, an_actor, an_agency
from tests.build_cases import NOW, SECOND, Scene, a_draft, a_low_case, advanced, an_opening, signed
from tests.server import Database

STOOD = "select eliminated_at, reentry_on from agency where id = $1"
LONGER = "update agency set reentry_on = reentry_on + 1 where id = $1"
STATE = "select state from agency where id = $1"


async def gone(scene: Scene, back: str) -> None:
    """Let an agency leave, and apply again as far as it is told."""
    await agencies.leave(actor=scene.agency, now=NOW)
    if back != "left":
        await agencies.apply_again(actor=scene.agency, now=NOW)
        with suppress(Conflict):
            await agencies.add_party(A_CONTROLLER, actor=scene.agency, now=NOW)  # unless it stands declared
        await agencies.submit(a_letter(), actor=scene.agency, now=NOW)


@pytest.mark.parametrize("stands", ["left", "applying"])
async def test_an_elimination_reaches_an_agency_that_has_left_and_bars_it_and_its_controller(
    database: Database, stands: str
) -> None:
    scene = await a_low_case(database)
    owner = await asyncpg.connect(database.url("market_owner"))
    await owner.execute("update related_party set verified = true")
    await owner.close()
    executes = await signed(scene)
    controller = await db.value("select id from related_party where agency = $1", scene.agency_id)
    with pytest.raises(Conflict):
        await agencies.drop_party(controller, actor=scene.agency, now=NOW)  # once it was told
    await agencies.end_party(controller, actor=await an_actor(Role.OPERATOR), now=NOW)
    await gone(scene, stands)

    assert await advanced(scene.number, executes - SECOND) == "signed"
    assert await advanced(scene.number, executes) == "in_force"

    assert await db.value(STATE, scene.agency_id) == "eliminated"
    bars = await db.fetch("select kind from agency_bar where agency = $1 order by kind", scene.agency_id)
    assert [each["kind"] for each in bars] == ["controller", "uscc"]
    (shown,) = await exits.exits("", executes, limit=9)
    assert (shown["exit"], shown["uscc"]) == ("elimination", scene.uscc)
    assert await agencies.queue() == []
    with pytest.raises(Invalid, match="reentry_not_open"):
        await agencies.apply_again(actor=scene.agency, now=executes)


async def test_an_upheld_appeal_leads_back_to_where_the_agency_stood_and_admits_nobody(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene)
    await gone(scene, "left")
    await advanced(scene.number, executes)
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=executes)

    await cases.decide_appeal(scene.number, upheld=True, answer="有误", actor=scene.confirmer, now=executes)

    assert await db.value(STATE, scene.agency_id) == "left"
    assert not await db.value("select agency_is_barred($1, $2)", scene.agency_id, executes)
    assert [each["exit"] for each in await exits.exits("", executes, limit=9)] == ["left"]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_suspension_waits_for_who_has_left_and_comes_back(database: Database, moment: str) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene, a_draft(measure=MeasureKind.SUSPEND_ALL, months=2, reentry_months=None))
    if moment == "before":
        await gone(scene, "left")
    assert await advanced(scene.number, executes) == "in_force"
    await (agencies.apply_again(actor=scene.agency, now=executes) if moment == "before" else gone(scene, "applying"))
    if moment == "before":
        await agencies.submit(a_letter(), actor=scene.agency, now=executes)

    await agencies.admit(scene.uscc, (), actor=await an_actor(Role.OPERATOR), now=executes)

    assert await db.value(STATE, scene.agency_id) == "suspended"
    until = await db.value("select suspended_until from agency where id = $1", scene.agency_id)
    assert await agencies.resume_due(until) == 1
    assert await db.value(STATE, scene.agency_id) == "admitted"


async def test_a_reversed_suspension_does_not_wait_for_who_has_left(database: Database) -> None:
    scene = await a_low_case(database)
    executes = await signed(scene, a_draft(measure=MeasureKind.SUSPEND_ALL, months=2, reentry_months=None))
    await advanced(scene.number, executes)
    await gone(scene, "applying")
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=executes)
    await cases.decide_appeal(scene.number, upheld=True, answer="有误", actor=scene.confirmer, now=executes)

    await agencies.admit(scene.uscc, (), actor=await an_actor(Role.OPERATOR), now=executes)

    assert await db.value(STATE, scene.agency_id) == "admitted"


async def test_leaving_without_a_decision_eliminates_nobody(database: Database) -> None:
    actor, uscc, _ = await an_agency()
    await agencies.leave(actor=actor, now=NOW)

    with pytest.raises(asyncpg.PostgresError, match="signed decision"):
        await db.execute(
            "update agency set state = 'eliminated', eliminated_at = $2, reentry_on = '2027-12-31' where uscc = $1",
            *(uscc, NOW),
        )


async def beside(scene: Scene) -> Scene:
    """Open another elimination case about the same agency."""
    opening = await an_opening(
        scene.agency_id,
        ground=CaseGround.EXTERNAL_DECISION,
        proposed=MeasureKind.ELIMINATION,
        external_document="示例文书〔2025〕9号",
        trade=None,
    )
    return replace(scene, number=await cases.open_case(opening, actor=SYSTEM, now=NOW))


async def eliminated_twice(database: Database) -> tuple[Scene, Scene, Any]:
    """Eliminate an agency, and once more two months later; return both cases, and how it stood between."""
    scene = await a_low_case(database)
    other = await beside(scene)
    assert await advanced(scene.number, await signed(scene)) == "in_force"
    before = await db.row(STOOD, scene.agency_id)
    with pytest.raises(asyncpg.PostgresError, match="nor made longer"):
        await db.execute(LONGER, scene.agency_id)
    assert await advanced(other.number, await signed(other, at=NOW + timedelta(days=60))) == "in_force"
    return scene, other, before


async def test_a_second_elimination_keeps_out_longer_and_leaves_the_first_where_it_was(database: Database) -> None:
    scene, _, before = await eliminated_twice(database)

    after = await db.row(STOOD, scene.agency_id)
    assert after is not None
    assert after["eliminated_at"] == before["eliminated_at"]
    assert after["reentry_on"] > before["reentry_on"]
    assert await db.value("select count(*) from measure where ended_at is null") == 2
    for change in (LONGER, LONGER.replace("+", "-")):
        with pytest.raises(asyncpg.PostgresError, match="nor made longer"):
            await db.execute(change, scene.agency_id)


async def test_of_two_eliminations_the_one_that_is_reversed_keeps_nobody_out_any_longer(database: Database) -> None:
    scene, other, before = await eliminated_twice(database)
    at = await db.value("select max(begins_at) from measure")
    await cases.file_appeal(other.number, "事实有误", actor=scene.agency, now=at)

    await cases.decide_appeal(other.number, upheld=True, answer="有误", actor=scene.confirmer, now=at)

    assert await db.row(STOOD, scene.agency_id) == before
    assert await db.value(STATE, scene.agency_id) == "eliminated"
    standing = "select basis from agency_bar where lifted_at is null"
    assert [each["basis"] for each in await db.fetch(standing)] == [scene.number]
    with pytest.raises(asyncpg.PostgresError, match="nor made longer"):
        await db.execute("update agency set reentry_on = reentry_on - 1 where id = $1", scene.agency_id)


async def test_of_two_suspensions_the_one_that_is_reversed_keeps_nobody_out_any_longer(database: Database) -> None:
    scene = await a_low_case(database)
    other = await beside(scene)
    shorter, longer = (
        a_draft(measure=MeasureKind.SUSPEND_ALL, months=months, reentry_months=None) for months in (1, 6)
    )
    at = await signed(scene, shorter)
    await advanced(scene.number, at)
    ends = await db.value("select suspended_until from agency where id = $1", scene.agency_id)
    assert await advanced(other.number, await signed(other, longer)) == "in_force"
    assert await db.value("select suspended_until from agency where id = $1", scene.agency_id) > ends
    await cases.file_appeal(other.number, "事实有误", actor=scene.agency, now=at)

    await cases.decide_appeal(other.number, upheld=True, answer="有误", actor=scene.confirmer, now=at)

    assert await agencies.resume_due(ends - SECOND) == 0
    assert await agencies.resume_due(ends) == 1
    assert await db.value(STATE, scene.agency_id) == "admitted"
