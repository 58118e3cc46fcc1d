"""What waits for supervision, counted for a regulator's desk: signals, leads, cases, rankings, abandonments."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from market.credit.queries import leads as queries
from market.credit.queries.cases import CaseRow
from market.credit.service import cases, leads
from market.credit.service.rankings import waiting
from market.credit.states import CaseState, LeadState, RankingState
from market.kernel.roles import Actor

MOST_CASES: Final = 10_000
# What the clock or a person must have done by then, in the states that have such a moment.
_DUE: Final[Mapping[CaseState, str]] = {
    CaseState.SERVED: "statement_until_at",
    CaseState.DECIDING: "escalate_at",
    CaseState.ESCALATED: "decide_by_at",
}


@dataclass(frozen=True, slots=True)
class Overview:
    """What waits: *cases* counts by state, with the next moment something is due there."""

    signals: int
    severities: Mapping[str, int]
    leads: int
    cases: tuple[tuple[CaseState, int, datetime | None], ...]
    rankings: int
    abandonments: int


async def overview(actor: Actor, *, now: datetime) -> Overview:
    """Count what waits in somebody's scope."""
    signals = [signal for _, signal in await leads.waiting(actor)]
    rankings = await waiting()
    return Overview(
        signals=len(signals),
        severities=Counter(signal.severity for signal in signals),
        leads=sum(each.state is LeadState.LEAD for each in await leads.leads(actor)),
        cases=by_state(await cases.listed(actor, limit=MOST_CASES)),
        rankings=sum(r.state is RankingState.DRAFTED and r.objections_until_at <= now for r in rankings),
        abandonments=await queries.abandonments(now),
    )


def by_state(found: list[CaseRow]) -> tuple[tuple[CaseState, int, datetime | None], ...]:
    """Count cases by state, in the order of a case's life, with the next moment something is due."""
    held = []
    for state in CaseState:
        here = [case for case in found if case.state is state]
        moments = [getattr(case, _DUE[state]) for case in here] if state in _DUE else []
        if here:
            held.append((state, len(here), min((at for at in moments if at is not None), default=None)))
    return tuple(held)
