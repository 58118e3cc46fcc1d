"""
What the database refuses to the market's own role: an elimination with any one of its conditions taken away.

Here nothing of the market's code stands between the statement and the table.
"""

from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from market import db
from market.credit.service import cases
from tests.build_cases import NOW, SECOND, Scene, a_low_case, advanced, moment, signed, to_decide
from tests.server import Database

DECISION: dict[str, Any] = {
    "number": "JD-1", "breach": "general", "measure": "elimination", "reentry_months": 12, "found": "x",
    "reasons": "x", "clause": "x", "proportionality": "x", "remedies": "x", "by_silence": False,
}  # fmt: skip


async def insert_decision(scene: Scene, at: datetime, **changes: Any) -> str | None:
    """Try to write a decision by hand; return how the database refused it."""
    case = await db.value("select id from credit_case where number = $1", scene.number)
    told = DECISION | {
        "case": case, "drafted_by": scene.drafter.person_id, "signed_by": scene.signer.person_id,
        "signed_for": scene.signer.organisation_id, "signed_at": at, "executes_at": at,
    } | changes  # fmt: skip
    names = ", ".join(f'"{name}"' for name in told)
    marks = ", ".join(f"${place}" for place in range(1, len(told) + 1))
    return await refused(f"insert into case_decision ({names}) values ({marks})", *told.values())


async def refused(sql: str, *args: object) -> str | None:
    try:
        await db.execute(sql, *args)
    except asyncpg.PostgresError as refusal:
        return str(refusal.sqlstate)
    return None


async def drafted(database: Database, grades: str = "DD") -> tuple[Scene, datetime]:
    scene = await a_low_case(database, grades)
    now = await to_decide(scene)
    await db.execute(
        "update credit_case set draft = '{}', drafted_at = $1, drafted_by = $2, drafted_for = $3",
        *(now, scene.drafter.person_id, scene.drafter.organisation_id),
    )
    return scene, now


async def test_a_whole_decision_is_taken(database: Database) -> None:
    scene, now = await drafted(database)

    assert await insert_decision(scene, now) is None


async def test_a_decision_is_refused_with_any_one_condition_taken_away(database: Database) -> None:
    scene, now = await drafted(database)
    nobody, drafter, confirmer = None, scene.drafter.person_id, scene.confirmer.person_id
    changes: list[dict[str, Any]] = [
        {"signed_at": now - SECOND},
        {"signed_by": nobody},
        {"signed_by": drafter},
        {"signed_by": confirmer},
        {"drafted_by": nobody},
        {"drafted_by": confirmer},
        {"by_silence": True, "signed_by": None, "signed_for": None, "drafted_by": None},
        {"executes_at": now - SECOND},
        {"reentry_months": None},
        {"reentry_months": 25},
        {"proportionality": ""},
    ]

    for change in changes:
        assert await insert_decision(scene, now, **change) in ("GX004", "GX007", "23514"), change
    assert await db.value("select count(*) from case_decision") == 0


@pytest.mark.parametrize("grades", ["CD", "DC", "DN"])
async def test_a_decision_on_rankings_that_are_not_both_poor_is_refused(database: Database, grades: str) -> None:
    scene, now = await drafted(database, grades)

    assert await insert_decision(scene, now) == "GX004"


async def test_a_decision_before_service_or_before_the_hearing_is_refused(database: Database) -> None:
    scene = await a_low_case(database)
    await advanced(scene.number, NOW)
    assert await insert_decision(scene, NOW) == "GX004"
    await cases.acknowledge(scene.number, actor=scene.agency, now=NOW)
    assert await insert_decision(scene, NOW) == "GX004"
    await cases.ask_hearing(scene.number, "请求听证", actor=scene.agency, now=NOW)
    until = await moment(scene.number, "statement_until_at")
    await advanced(scene.number, until)
    await db.execute(
        "update credit_case set draft = '{}', drafted_at = $1, drafted_by = $2", until, scene.drafter.person_id
    )

    assert await insert_decision(scene, until) == "GX007"


async def test_no_statement_eliminates_an_agency_before_its_moment(database: Database) -> None:
    scene = await a_low_case(database)
    sql = "update agency set state = 'eliminated', eliminated_at = $2, reentry_on = $3 where id = $1"
    back = date(NOW.year + 1, 12, 1)
    for at in (NOW, NOW + timedelta(days=99)):
        assert await refused(sql, scene.agency_id, at, back) == "GX004"
    executes = await signed(scene)

    assert await refused(sql, scene.agency_id, executes - SECOND, back) == "GX004"
    assert await refused(sql, scene.agency_id, executes, back + timedelta(days=366)) == "GX004"
    assert await refused(sql, scene.agency_id, executes, back) is None
    assert await refused("update agency set reentry_on = reentry_on + 1") == "GX003"


BENT = (
    "update credit_case set state = 'signed'", "update credit_case set state = 'in_force'",
    "update credit_case set state = 'deciding', deciding_at = statement_until_at - interval '1 second'",
    "update credit_case set state = 'deciding'", "update credit_case set statement_until_at = served_at + '1 s'",
    "update credit_case set served_at = served_at - interval '1 day'", "update credit_case set ground = 'other'",
    "update credit_case set facts = '{}'", "delete from credit_case", "update credit_case set opened_by = null",
)  # fmt: skip


async def test_a_served_case_is_not_bent(database: Database) -> None:
    scene = await a_low_case(database)
    await advanced(scene.number, NOW)
    await cases.acknowledge(scene.number, actor=scene.agency, now=NOW)

    for statement in BENT:
        assert await refused(statement) in ("GX001", "GX003", "GX004", "GX007", "42501"), statement


async def test_what_was_signed_is_edited_by_nobody(database: Database) -> None:
    scene = await a_low_case(database)
    await signed(scene)
    owner = await asyncpg.connect(database.url("market_owner"))
    try:
        for sql in ("update case_decision set months = 1", "delete from case_decision"):
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await owner.execute(sql)
            assert refusal.value.sqlstate == "GX003"
    finally:
        await owner.close()
