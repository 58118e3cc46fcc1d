"""Builders of cases: an opening, people of a regulator, rankings that bear an elimination, and acts up to a state."""

import itertools
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from market import db
from market.credit.case_facts import Fact
from market.credit.case_rules import Draft
from market.credit.service import cases
from market.credit.service.cases import Opening
from market.credit.states import Breach, CaseGround, EntryKind, MeasureKind
from market.kernel.roles import SYSTEM, Actor, Role
from market.kernel.times import ZONE
from tests.build_agencies import RULESET, an_actor, an_agency
from tests.server import Database

# A Wednesday long past: the database takes no signature and no elimination of a moment that has not come.
NOW = datetime(2025, 11, 26, 10, 0, tzinfo=ZONE)
SECOND = timedelta(seconds=1)
HASH = "ab" * 32
_facts = itertools.count(1)


async def an_opening(agency_id: int | None = None, **changes: Any) -> Opening:
    """Describe a case about an agency, a new one if none is given."""
    if agency_id is None:
        _, _, agency_id = await an_agency()
    facts: dict[str, Any] = {
        "agency_id": agency_id,
        "ground": CaseGround.FORCED_SERVICE,
        "fact_key": f"facts-{next(_facts)}",
        "ruleset": RULESET,
        "division": await db.value("select division from agency where id = $1", agency_id),
        "trade": "ecology",
        "facts": (Fact("说明", "示例事实"),),
        "clause": "示例规则第七条",
        "proposed": MeasureKind.SUSPEND_ALL,
    }
    return Opening(**{**facts, **changes})


def a_draft(**changes: Any) -> Draft:
    """Describe a decision that eliminates for a year."""
    facts: dict[str, Any] = {
        "breach": Breach.GENERAL,
        "measure": MeasureKind.ELIMINATION,
        "found": "连续两期为较差。",
        "reasons": "事实清楚。",
        "clause": "示例规则第七条",
        "proportionality": "已考虑较轻的措施。",
        "remedies": "可以申诉。",
        "reentry_months": 12,
        "entry_kind": EntryKind.GENERAL,
    }
    return Draft(**{**facts, **changes})


async def a_colleague(actor: Actor) -> Actor:
    """Make another person of the same organisation."""
    number = next(_facts)
    person = await db.value(
        "insert into person (login, name, password_hash, created_at) values ($1, '示例同事', 'x', $2) returning id",
        *(f"colleague{number}@example.test", NOW),
    )
    await db.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, false, $3)",
        *(person, actor.organisation_id, NOW),
    )
    return replace(actor, person_id=person)


LOW = '{"performance": {"value": 5500}, "supervision": {"value": 6200}}'


async def low_rankings(
    database: Database,
    agency_id: int,
    by: Actor,
    grades: str = "DD",
    parts: tuple[str, str] = (LOW, LOW),
    slots: tuple[date, date] = (date(2025, 6, 30), date(2025, 9, 30)),
) -> tuple[int, int]:
    """Publish two successive rankings as the owner of the schema, with these grades; return their keys."""
    owner = await asyncpg.connect(database.url("market_owner"))
    keys = []
    try:
        for slot, grade, part in zip(slots, grades, parts, strict=True):
            at = datetime(slot.year, slot.month, slot.day, 12, tzinfo=NOW.tzinfo) + timedelta(days=10)
            run = await owner.fetchval(
                "insert into score_run (as_of, number, ruleset, code_version, inputs_hash, result_hash, signals_hash,"
                " agencies, computed_at) values ($1, 1, 'credit-score/1', '1', $2, $2, $2, 1, $3) returning id",
                *(slot, HASH, at),
            )
            await owner.execute(
                "insert into agency_score (run, agency, place, grade, total, parts, lines)"
                " values ($1, $2, 1, $3, 4000, $4, '[]')",
                *(run, agency_id, grade, part),
            )
            keys.append(
                await owner.fetchval(
                    "insert into ranking (slot, edition, run, state, archive, drafted_at, objections_until_at,"
                    " confirmed_by, confirmed_for, confirmed_at, published_at, changes)"
                    " values ($1, 1, $2, 'published', '', $3, $3, $4, $5, $3, $3, '[]') returning id",
                    *(slot, run, at, by.person_id, by.organisation_id),
                )
            )
    finally:
        await owner.close()
    return keys[0], keys[1]


@dataclass(frozen=True, slots=True)
class Scene:
    """A case with the people around it: who confirmed the rankings, and two more of the same regulator."""

    number: str
    agency: Actor
    agency_id: int
    uscc: str
    confirmer: Actor
    drafter: Actor
    signer: Actor


async def a_low_case(database: Database, grades: str = "DD", *, ruleset: str = RULESET, now: datetime = NOW) -> Scene:
    """Open a case on two rankings, by the clock."""
    agency, uscc, agency_id = await an_agency(now=now - timedelta(days=7))
    confirmer = await a_regulator(database)
    before, last = await low_rankings(database, agency_id, confirmer, grades)
    opening = await an_opening(
        agency_id,
        ground=CaseGround.LOW_RANKING,
        proposed=MeasureKind.ELIMINATION,
        ruleset=ruleset,
        ranking_before=before,
        ranking_last=last,
    )
    number = await cases.open_case(opening, actor=SYSTEM, now=now)
    return Scene(number, agency, agency_id, uscc, confirmer, await a_colleague(confirmer), await a_colleague(confirmer))


async def a_regulator(database: Database) -> Actor:
    """Make a person of a regulator that watches every trade of the place, and say so in the database."""
    actor = await an_actor(Role.REGULATOR)
    owner = await asyncpg.connect(database.url("market_owner"))
    try:
        await owner.execute(
            "insert into regulator_scope (organisation, division, trade) values ($1, '990100', '*')",
            actor.organisation_id,
        )
    finally:
        await owner.close()
    return actor


async def advanced(number: str, now: datetime) -> str:
    """Let the clock do all that is due at a moment; return the state."""
    while await cases.advance_case(number, now=now):
        pass
    state: str = await db.value("select state from credit_case where number = $1", number)
    return state


async def moment(number: str, column: str) -> datetime:
    """Return a moment of a case."""
    found: datetime = await db.value(f"select {column} from credit_case where number = $1", number)
    return found


async def to_decide(scene: Scene, at: datetime = NOW) -> datetime:
    """Bring a case to its decision, served by its agency, which keeps silent; return that moment."""
    await advanced(scene.number, at)
    await cases.acknowledge(scene.number, actor=scene.agency, now=at)
    until = await moment(scene.number, "statement_until_at")
    await advanced(scene.number, until)
    return until


async def signed(scene: Scene, draft: Draft | None = None, at: datetime = NOW) -> datetime:
    """Bring a case to a signed decision; return the moment it is carried out."""
    now = await to_decide(scene, at)
    await cases.draft(scene.number, draft or a_draft(), actor=scene.drafter, now=now)
    decision = await cases.sign(scene.number, actor=scene.signer, now=now)
    executes: datetime = await db.value("select executes_at from case_decision where number = $1", decision)
    return executes


async def the_minute_comes(database: Database, number: str) -> datetime:
    """Let the minute a decision announced be that of its signature; return it."""
    admin = await asyncpg.connect(database.url("admin"))
    try:
        await admin.execute("set session_replication_role = replica")
        found: datetime = await admin.fetchval(
            "update case_decision d set executes_at = d.signed_at from credit_case c"
            " where c.id = d.case and c.number = $1 returning d.executes_at",
            number,
        )
        await admin.execute("update credit_case set next_check_at = $2 where number = $1", number, found)
        return found
    finally:
        await admin.close()
