"""
Builders of cases ripe for an elimination by the database's own clock, one for each ground.

They follow the rules for practice, whose working day is a minute, and began half an hour ago: what is signed is due
now. `Office.tamper` changes rows behind the back of every trigger, so that a test may take one condition away.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import asyncpg

from market import db
from market.credit.service import cases
from market.credit.states import Breach, CaseGround, EntryKind, MeasureKind
from market.kernel.roles import SYSTEM, Actor, Role
from tests.build_agencies import an_actor
from tests.build_cases import a_colleague, a_draft, a_regulator, advanced, an_opening, low_rankings, moment
from tests.server import Database

PRACTICE: Final = "practice-2026"
BEGAN: Final = timedelta(minutes=25)


def _quarter(number: int) -> date:
    """Return the last day of a quarter, counted from long ago."""
    return date(1960 + number // 4, *((3, 31), (6, 30), (9, 30), (12, 31))[number % 4])


class Stage(StrEnum):
    """How far a case has come."""

    UNSIGNED = "unsigned"  # drafted, and nothing but a second person's signature is missing
    SIGNED = "signed"  # its minute has come
    SILENT = "silent"  # three abandonments, served, the period over, and not a word


@dataclass(slots=True)
class Office:
    """The people of one regulator, and two ways behind the market's back."""

    database: Database
    admin: asyncpg.Connection
    now: datetime
    confirmer: Actor
    drafter: Actor
    signer: Actor
    awards: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    quarters: Iterator[date] = field(default_factory=lambda: map(_quarter, itertools.count()))

    async def tamper(self, sql: str) -> None:
        """Change rows without any trigger or foreign key looking."""
        await self.admin.execute(sql)


@dataclass(frozen=True, slots=True)
class Ripe:
    """One case and its agency."""

    number: str
    case: int
    ground: CaseGround
    stage: Stage
    agency: Actor
    agency_id: int
    office: Office

    def words(self) -> dict[str, Any]:
        """Return what the statements of a test are filled with."""
        office = self.office
        people = {"signer": office.signer, "drafter": office.drafter, "stranger": self.agency}
        named = {name: actor.person_id for name, actor in people.items()}
        house = office.signer.organisation_id
        return {"case": self.case, "agency": self.agency_id, "number": self.number, "house": house, **named}


@asynccontextmanager
async def an_office(database: Database) -> AsyncIterator[Office]:
    """Make a regulator with three people."""
    admin = await asyncpg.connect(database.url("admin"))
    try:
        await admin.execute("set session_replication_role = replica")
        confirmer = await a_regulator(database)
        now = await db.value("select clock_timestamp()")
        yield Office(database, admin, now, confirmer, await a_colleague(confirmer), await a_colleague(confirmer))
    finally:
        await admin.close()


async def an_admitted(office: Office) -> tuple[Actor, int]:
    """Write an admitted agency with one person."""
    actor = await an_actor(Role.AGENCY)
    agency = await office.admin.fetchval(
        "insert into agency (organisation, uscc, name, division, state, legal_representative, contact_name,"
        " contact_phone, introduction, applied_at, admitted_at) select o.id, o.uscc, o.name, o.division, 'admitted',"
        " '示例法人', '示例人', '-', '-', $2, $2 from organisation o where o.id = $1 returning id",
        *(actor.organisation_id, office.now - timedelta(days=900)),
    )
    return actor, agency


async def ripe(office: Office, ground: CaseGround, stage: Stage) -> Ripe:
    """Bring a case on a ground to a stage."""
    agency, agency_id = await an_admitted(office)
    began = office.now - BEGAN
    facts = await _FACTS[ground](office, agency, agency_id)
    opening = await an_opening(agency_id, ground=ground, proposed=MeasureKind.ELIMINATION, ruleset=PRACTICE, **facts)
    number = await cases.open_case(opening, actor=SYSTEM, now=began)
    case = Ripe(number, await moment(number, "id"), ground, stage, agency, agency_id, office)  # type: ignore[arg-type]
    await _served(case, began)
    if stage is not Stage.SILENT:
        await _drafted(case, began)
    if stage is Stage.SIGNED:
        until = await moment(number, "statement_until_at")
        await cases.sign(number, actor=office.signer, now=until)
    return case


async def _served(case: Ripe, at: datetime) -> None:
    await advanced(case.number, at)
    await cases.acknowledge(case.number, actor=case.agency, now=at)


async def _drafted(case: Ripe, at: datetime) -> None:
    """Let the period end; an agency that gave up awards has spoken, lest its silence replace the signature."""
    if case.ground is CaseGround.ABANDONMENTS:
        await cases.state(case.number, "不同意", None, actor=case.agency, now=at)
    until = await moment(case.number, "statement_until_at")
    await advanced(case.number, until)
    await cases.draft(case.number, a_draft(), actor=case.office.drafter, now=until)


async def _low(office: Office, _agency: Actor, agency_id: int) -> dict[str, Any]:
    slots = (next(office.quarters), next(office.quarters))
    before, last = await low_rankings(office.database, agency_id, office.confirmer, slots=slots)
    return {"ranking_before": before, "ranking_last": last}


async def _abandoned(office: Office, _agency: Actor, agency_id: int) -> dict[str, Any]:
    for _ in range(3):
        await office.admin.execute(
            "insert into abandonment (agency, source, award, happened_at, notified_at, contest_until_at, state,"
            " decided_by, decided_for, decided_at, decision_words) values ($1, 'declined', $2, $3, $3, $4, 'confirmed',"
            " $5, $6, $4, '没有正当理由。')",
            *(agency_id, -next(office.awards), office.now - timedelta(days=60), office.now - timedelta(days=40)),
            *(office.confirmer.person_id, office.confirmer.organisation_id),
        )
    return {}


async def _serious(office: Office, agency: Actor, agency_id: int) -> dict[str, Any]:
    """Suspend the agency for a serious breach first, by a case of its own."""
    began = office.now - 2 * BEGAN
    number = await cases.open_case(await an_opening(agency_id, ruleset=PRACTICE), actor=SYSTEM, now=began)
    case = Ripe(number, 0, CaseGround.FORCED_SERVICE, Stage.SIGNED, agency, agency_id, office)
    await _served(case, began)
    until = await moment(number, "statement_until_at")
    await advanced(number, until)
    written = a_draft(
        breach=Breach.SERIOUS, measure=MeasureKind.SUSPEND_ALL, months=2, reentry_months=None,
        entry_kind=EntryKind.SERIOUS,
    )  # fmt: skip
    await cases.draft(number, written, actor=office.drafter, now=until)
    decision = await cases.sign(number, actor=office.confirmer, now=until)
    signed = await db.row("select id, executes_at from case_decision where number = $1", decision)
    assert signed is not None
    await advanced(number, signed["executes_at"])
    return {"basis_decision": signed["id"]}


async def _external(_office: Office, _agency: Actor, _agency_id: int) -> dict[str, Any]:
    return {"external_document": "示例文书〔2026〕1 号"}


_FACTS: Final[dict[CaseGround, Callable[[Office, Actor, int], Awaitable[dict[str, Any]]]]] = {
    CaseGround.LOW_RANKING: _low,
    CaseGround.ABANDONMENTS: _abandoned,
    CaseGround.SERIOUS_BREACH: _serious,
    CaseGround.EXTERNAL_DECISION: _external,
}
