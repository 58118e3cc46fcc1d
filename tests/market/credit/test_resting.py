"""What rests on a decision stands and falls with it: while an appeal against the one waits, the other waits too."""

from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest

from market import db
from market.credit.service import cases, exits, openings
from market.credit.states import Breach, EntryKind, MeasureKind
from market.kernel.errors import Conflict, Invalid
from market.kernel.roles import SYSTEM
from tests.build_agencies import an_agency
from tests.build_cases import (
    NOW,
    SECOND,
    Scene,
    a_colleague,
    a_draft,
    a_regulator,
    advanced,
    an_opening,
    moment,
    signed,
    to_decide,
)  # fmt: skip
from tests.build_contracts import DAY
from tests.server import Database

SERIOUS = a_draft(
    breach=Breach.SERIOUS, measure=MeasureKind.SUSPEND_ALL, months=6, reentry_months=None, entry_kind=EntryKind.SERIOUS
)


async def a_serious_breach(database: Database) -> tuple[Scene, datetime]:
    """Suspend an agency for a serious breach; return the case and the moment the suspension began."""
    agency, uscc, agency_id = await an_agency(now=NOW - timedelta(days=7))
    first = await a_regulator(database)
    number = await cases.open_case(await an_opening(agency_id, trade=None), actor=SYSTEM, now=NOW)
    scene = Scene(number, agency, agency_id, uscc, first, await a_colleague(first), await a_colleague(first))
    began = await signed(scene, SERIOUS)
    assert await advanced(number, began) == "in_force"
    return scene, began


async def resting_on(scene: Scene, at: datetime) -> Scene:
    """Let the clock open the elimination case that follows from a serious breach."""
    await openings.open_due(at)
    return replace(scene, number=await db.value("select number from credit_case where ground = 'serious_breach'"))


async def stands(scene: Scene) -> str:
    state: str = await db.value("select state from agency where id = $1", scene.agency_id)
    return state


async def test_nothing_is_opened_on_a_decision_that_is_appealed_against(database: Database) -> None:
    basis, began = await a_serious_breach(database)
    await cases.file_appeal(basis.number, "事实有误", actor=basis.agency, now=began)

    assert await openings.open_due(began + DAY) == 0
    await cases.decide_appeal(basis.number, upheld=False, answer="维持", actor=basis.confirmer, now=began + DAY)
    assert await openings.open_due(began + DAY) == 1


async def test_nobody_drafts_or_signs_on_a_decision_that_is_appealed_against(database: Database) -> None:
    basis, began = await a_serious_breach(database)
    resting = await resting_on(basis, began)
    now = await to_decide(resting, began)
    await cases.draft(resting.number, a_draft(), actor=resting.drafter, now=now)
    await cases.file_appeal(basis.number, "事实有误", actor=basis.agency, now=now)

    with pytest.raises(Conflict, match="elimination_without_ground"):
        await cases.sign(resting.number, actor=resting.signer, now=now)
    with pytest.raises(Invalid, match="elimination_without_ground"):
        await cases.draft(resting.number, a_draft(), actor=resting.drafter, now=now)


async def test_an_elimination_waits_for_the_appeal_against_what_it_rests_on_and_goes_on_after_it(
    database: Database,
) -> None:
    basis, began = await a_serious_breach(database)
    resting = await resting_on(basis, began)
    executes = await signed(resting, at=began)
    await cases.file_appeal(basis.number, "事实有误", actor=basis.agency, now=executes - SECOND)

    for at in (executes, executes + 30 * DAY):
        assert await advanced(resting.number, at) == "signed"
    assert await stands(resting) == "suspended"
    answered = executes + 31 * DAY
    await cases.decide_appeal(basis.number, upheld=False, answer="维持", actor=basis.confirmer, now=answered)

    assert await advanced(resting.number, answered) == "in_force"
    assert await stands(resting) == "eliminated"


@pytest.mark.parametrize("executed", [False, True])
async def test_an_appeal_that_is_upheld_reverses_what_rests_on_the_decision(database: Database, executed: bool) -> None:
    basis, began = await a_serious_breach(database)
    resting = await resting_on(basis, began)
    executes = await signed(resting, at=began)
    if executed:
        assert await advanced(resting.number, executes) == "in_force"
    assert await stands(resting) == ("eliminated" if executed else "suspended")
    await cases.file_appeal(basis.number, "事实有误", actor=basis.agency, now=executes)

    await cases.decide_appeal(basis.number, upheld=True, answer="有误", actor=basis.confirmer, now=executes)

    assert [await moment(each.number, "state") for each in (basis, resting)] == ["reversed", "reversed"]
    assert await stands(resting) == "admitted"
    assert not await db.value("select agency_is_barred($1, $2)", resting.agency_id, executes)
    assert await exits.exits("", executes, limit=9) == []
    assert await db.value("select count(*) from measure where ended_at is null") == 0
    assert await db.value("select count(*) from credit_entry where state <> 'annulled'") == 0
    assert await db.value("select count(*) from ledger_entry where type = 'case.reversed'") == 1
    assert not await cases.advance_case(resting.number, now=executes + 400 * DAY)


async def test_nothing_is_reversed_without_an_appeal_that_was_upheld(database: Database) -> None:
    basis, began = await a_serious_breach(database)
    resting = await resting_on(basis, began)
    await signed(resting, at=began)

    with pytest.raises(asyncpg.PostgresError, match="no appeal was upheld"):
        await db.execute("update credit_case set state = 'reversed' where number = $1", resting.number)
