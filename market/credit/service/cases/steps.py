"""
What every act on a case shares: the lock, who may touch it, the record, and when the clock comes back.

The entries are appended last, because the append locks the head of the
ledger. No entry holds a name or what somebody wrote: texts go in as documents,
of which the ledger keeps a salted hash.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from market.clock import service as clock
from market.credit import case_rules as rules
from market.credit.case_rules import Evidence, Standing
from market.credit.queries import cases as queries
from market.credit.queries import decisions
from market.credit.queries.cases import CaseRow
from market.credit.service.cases.opening import SUBJECT
from market.credit.states import CASE, CaseAction, CaseState
from market.db import writing
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar
from market.kernel.errors import Forbidden, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import MeasureRules
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages


@dataclass(slots=True)
class Turn:
    """One act on a case under its lock, and the entries to be logged."""

    case: CaseRow
    action: CaseAction
    actor: Actor
    now: datetime
    rules: MeasureRules
    days: WorkCalendar
    acts: list[Act] = field(default_factory=list)

    @property
    def person(self) -> int:
        """Return who acts; nobody acts on a case without a name."""
        if self.actor.person_id is None:
            raise Forbidden("signer_unnamed")
        return self.actor.person_id

    async def move(self, **columns: Any) -> CaseState:
        """Make the move of this act."""
        return await move(self.case, self.action, self.actor.role, **columns)

    def log(self, kind: str, document: Mapping[str, Any] | None = None, /, **fields: Any) -> None:
        """Note the entry of this act; what somebody wrote goes into *document*."""
        self.acts.append(entry(self.case, kind, self.now, document, **fields))

    async def tell_agency(self, kind: str, **params: str | int) -> None:
        """Tell the agency."""
        await tell_agency(self.case, kind, self.now, **params)

    async def tell_regulators(self, kind: str, **params: str | int) -> None:
        """Tell the regulators that watch the case."""
        await tell_regulators(self.case, kind, self.now, **params)


def entry(case: CaseRow, kind: str, now: datetime, document: Mapping[str, Any] | None = None, /, **fields: Any) -> Act:
    """Make the entry for an act on a case."""
    return Act(kind, now, case.number, {"case": case.number, **fields}, document)


async def tell_agency(case: CaseRow, kind: str, now: datetime, **params: str | int) -> None:
    """Tell the agency of a case something."""
    await messages.tell(case.organisation, kind, at=now, subject=SUBJECT + case.number, case=case.number, **params)


async def tell_regulators(case: CaseRow, kind: str, now: datetime, **params: str | int) -> None:
    """Tell the regulators that watch a case something."""
    told = await queries.regulators(case.division, case.trade)
    await messages.tell_all(told, kind, at=now, subject=SUBJECT + case.number, case=case.number, **params)


async def move(case: CaseRow, action: CaseAction, role: Role, **columns: Any) -> CaseState:
    """Make one move, or refuse; a case that moved on meanwhile is refused too."""
    after = CASE.decide(case.state, action, role)
    if not await queries.move(case.id, case.state, after, **columns):
        raise MoveRefused(case=case.number)
    return after


async def terms_of(ruleset: str) -> tuple[MeasureRules, WorkCalendar]:
    """Return the numbers a case follows and the calendar in their unit."""
    found = rulesets.get(ruleset)
    return found.measures, (await clock.calendar()).counting(found.workday_unit)


async def standing_of(case: CaseRow) -> Standing:
    """Return a case as far as its bars and deadlines ask."""
    decided = await decisions.of_case(case.id)
    return Standing(
        state=case.state,
        ground=case.ground,
        proposed=case.proposed,
        item=case.item,
        opened_at=case.opened_at,
        opened_by=case.opened_by,
        posted_at=case.posted_at,
        bounced_at=case.bounced_at,
        public_until_at=case.public_until_at,
        served_at=case.served_at,
        statement_until_at=case.statement_until_at,
        stated_at=case.stated_at,
        hearing_asked_at=case.hearing_asked_at,
        hearing_at=case.hearing_at,
        escalate_at=case.escalate_at,
        drafted_by=case.drafted_by,
        executes_at=decided["executes_at"] if decided else None,
        appeal_waits=bool(decided and decided["appeal_waits"]),
        ends_at=decided["ends_at"] if decided else None,
    )


async def evidence_of(case: CaseRow) -> Evidence:
    """Return what the record says of a case's ground now."""
    found = await decisions.evidence(case.id)
    return Evidence(
        has_ground=found["has_ground"],
        abandonments=found["abandonments"],
        ranking_confirmers=frozenset(found["ranking_confirmers"]),
        abandonment_confirmers=frozenset(found["abandonment_confirmers"]),
        lead_by=found["lead_by"],
    )


def open_to(case: CaseRow | None, actor: Actor) -> bool:
    """Tell whether a case is open to somebody: its agency once it was told, and supervision of its place and trade."""
    if case is None:
        return False
    if actor.role is Role.AGENCY:
        return case.organisation == actor.organisation_id and case.noticed_at is not None
    return actor.may_see(case.division, case.trade)


@asynccontextmanager
async def turn(number: str, action: CaseAction, *, actor: Actor, now: datetime) -> AsyncIterator[Turn]:
    """Open one person's act: locked, the right to it checked, and recorded when the block ends well."""
    async with writing():
        case = await queries.locked(number)
        if case is None or not open_to(case, actor):
            raise NotFound("case_not_found")
        CASE.decide(case.state, action, actor.role)
        measures, days = await terms_of(case.ruleset)
        opened = Turn(case, action, actor, now, measures, days)
        yield opened
        await look_again(number)
        if opened.acts:
            await ledger.append_many(opened.acts)


async def look_again(number: str) -> None:
    """Let the worker come back at the next moment that follows from the case as it stands."""
    case = await again(number)
    measures, days = await terms_of(case.ruleset)
    found = rules.falling(await standing_of(case), await evidence_of(case), measures, days)
    await queries.check_again(case.id, found.at if found else None)


async def locked(number: str) -> CaseRow:
    """Take the lock of another case than that of one's act, and read it."""
    found = await queries.locked(number)
    if found is None:
        raise NotFound("case_not_found")
    return found


async def again(number: str) -> CaseRow:
    """Read a case whose lock is held."""
    found = await queries.by_number(number)
    if found is None:
        raise NotFound("case_not_found")
    return found
