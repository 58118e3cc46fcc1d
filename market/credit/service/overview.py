"""
What of cases, leads, abandonments, rankings and questions waits for whoever reads a desk.

For a regulator it is counted within its scope; an agency and an owner read each
thing with the moment by which they may still act.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from market.credit.lead_rules import sees_everything
from market.credit.queries import abandonments, questions
from market.credit.queries import cases as case_queries
from market.credit.queries import leads as queries
from market.credit.queries.abandonments import Given
from market.credit.queries.cases import CaseRow
from market.credit.queries.questions import QuestionRow
from market.credit.queries.scopes import reach
from market.credit.service import cases, leads
from market.credit.service.rankings import waiting
from market.credit.states import CaseState, RankingState
from market.kernel.roles import Actor, Role

MOST_CASES: Final = 10_000
# What the clock or a person must have done by then, in the states that have such a moment.
_DUE: Final[Mapping[CaseState, str]] = {
    CaseState.SERVED: "statement_until_at",
    CaseState.DECIDING: "escalate_at",
    CaseState.ESCALATED: "decide_by_at",
}


@dataclass(frozen=True, slots=True)
class Overview:
    """What waits: *cases* counts by state with the next moment something is due, *waiting* by the act awaited."""

    signals: int
    severities: Mapping[str, int]
    leads: int
    cases: tuple[tuple[CaseState, int, datetime | None], ...]
    waiting: Mapping[str, int]
    rankings: int
    abandonments: int


async def overview(actor: Actor, *, now: datetime) -> Overview:
    """Count what waits in somebody's scope."""
    signals = [signal for _, signal in await leads.waiting(actor)]
    rankings, of = await waiting(), reach(actor)
    return Overview(
        signals=len(signals),
        severities=Counter(signal.severity for signal in signals),
        leads=await queries.waiting_leads(of, everywhere=sees_everything(actor)),
        cases=by_state(await cases.listed(actor, limit=MOST_CASES)),
        waiting=await case_queries.waiting(of, actor.person_id),
        rankings=sum(r.state is RankingState.DRAFTED and r.objections_until_at <= now for r in rankings),
        abandonments=await abandonments.due(of, now),
    )


async def of_agency(actor: Actor, now: datetime) -> tuple[list[CaseRow], list[Given]]:
    """List the cases an agency has to open or may still speak in, and the abandonments it may still contest."""
    organisation = actor.organisation_id
    return await case_queries.pressing(organisation, now), await abandonments.contestable(organisation, now)


async def of_owner(actor: Actor, now: datetime) -> list[QuestionRow]:
    """List the questions an owner may still answer."""
    return await questions.waiting(actor.organisation_id, now)


async def tasks(actor: Actor, now: datetime) -> dict[str, int]:
    """Count what waits for the reader, by entry of the side navigation, and not what another person has to sign."""
    if actor.role is Role.OWNER:
        return {"questions": len(await of_owner(actor, now))}
    if actor.role is Role.AGENCY:
        pressing, contestable = await of_agency(actor, now)
        return {"cases": len(pressing), "abandonments": len(contestable)}
    if actor.role is not Role.REGULATOR:
        return {}
    of = reach(actor)
    acts = await case_queries.waiting(of, actor.person_id)
    return {
        "cases": acts["post"] + acts["hearing"] + acts["draft"] + acts["mine"] + acts["answer"],
        "leads": await queries.waiting_leads(of, everywhere=sees_everything(actor)),
        "abandonments": await abandonments.due(of, now),
    }


def by_state(found: list[CaseRow]) -> tuple[tuple[CaseState, int, datetime | None], ...]:
    """Count cases by state, in the order of a case's life, with the next moment something is due."""
    held = []
    for state in CaseState:
        here = [case for case in found if case.state is state]
        moments = [getattr(case, _DUE[state]) for case in here] if state in _DUE else []
        if here:
            held.append((state, len(here), min((at for at in moments if at is not None), default=None)))
    return tuple(held)
