"""What a case shows to whom: its agency once it was told, and supervision of its division and trade."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asyncpg import Record

from market.credit import case_rules as rules
from market.credit.case_rules import Draft, Falling
from market.credit.queries import cases as queries
from market.credit.queries import decisions
from market.credit.queries.cases import WAITING, CaseRow
from market.credit.queries.scopes import reach
from market.credit.service.cases import deciding, steps
from market.credit.states import CASE, CaseAction
from market.kernel.errors import NotFound, Reason
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import MeasureRules
from market.ledger import service as ledger
from market.ledger.service import Entry

# The acts a list of cases may be asked for.
WAITS_FOR: Final = tuple(WAITING)


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as somebody may see it, with what may be done now."""

    case: CaseRow
    actions: tuple[CaseAction, ...]
    statements: list[Record]
    draft: Draft | None
    decision: Record | None
    appeal: Record | None
    repairs: list[Record]
    timeline: list[Entry]
    item: str | None
    bars_signing: tuple[Reason, ...]
    bars_answer: tuple[Reason, ...]
    hearing_until_at: datetime | None
    next: Falling | None
    is_held: bool
    measures: MeasureRules


async def case(number: str, *, actor: Actor, now: datetime) -> Shown:
    """Return a case to whom it is open."""
    found = await queries.by_number(number)
    if found is None or not steps.open_to(found, actor):
        raise NotFound("case_not_found")
    measures, days = await steps.terms_of(found.ruleset)
    decision = await decisions.of_case(found.id)
    until = days.period_end(found.served_at, measures.hearing_request_workdays) if found.served_at else None
    signs = actor.role is Role.REGULATOR
    falling = rules.falling(await steps.standing_of(found), await steps.evidence_of(found), measures, days)
    return Shown(
        case=found,
        actions=CASE.open_to(found.state, actor.role),
        statements=await queries.statements(found.id),
        draft=deciding.unpacked(found.draft),
        decision=decision,
        appeal=await decisions.appeal_of(decision["id"]) if decision else None,
        repairs=await decisions.repairs_of(decision["id"]) if decision else [],
        timeline=await ledger.entries_of(number),
        item=await queries.item_name(found.item) if found.item is not None else None,
        bars_signing=await deciding.bars_signing(found, actor=actor, now=now) if signs else (),
        bars_answer=_bars_answer(decision, actor) if signs else (),
        hearing_until_at=until,
        next=falling,
        # The clock has held back what the record no longer bears: it is due, and the clock does not come again.
        is_held=falling is not None and falling.action is CaseAction.EXECUTE and found.next_check_at is None,
        measures=measures,
    )


def _bars_answer(decision: Record | None, actor: Actor) -> tuple[Reason, ...]:
    return rules.bars_answer(decision["signed_by"], decision["drafted_by"], actor.person_id) if decision else ()


async def listed(actor: Actor, waiting: str = "", *, limit: int, offset: int = 0) -> list[CaseRow]:
    """List the cases open to somebody, those that wait for a person first; supervision may ask for one act's alone."""
    if actor.role is Role.AGENCY:
        return await queries.of_agency(actor.organisation_id, limit, offset)
    return await queries.in_reach(reach(actor), waiting, limit=limit, offset=offset)
