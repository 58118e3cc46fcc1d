"""
Where a case is on its way, and which rules set its next step; pure functions.

A page that shows this lets each party know what happens next, when, and by
which clause, without asking anybody.

Basis: DESIGN §7; 行政处罚法 art. 44-45, by analogy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from market.credit.case_rules import Falling
from market.credit.queries.cases import CaseRow
from market.credit.states import CaseAction, CaseState, MeasureKind
from market.kernel.rulesets.schema import MeasureRules

STAGES: Final = ("opening", "service", "statement", "decision", "execution", "end")
_AT: Final = {
    CaseState.OPENED: 2,
    CaseState.NOTICED: 2,
    CaseState.SERVED: 3,
    CaseState.DECIDING: 4,
    CaseState.ESCALATED: 4,
    CaseState.SIGNED: 5,
    CaseState.IN_FORCE: 6,
}
_LENGTHS: Final[Mapping[str, tuple[str, ...]]] = {
    MeasureKind.RECTIFICATION: ("rectification_workdays",),
    MeasureKind.SUSPEND_ITEM: ("item_suspension_most_months",),
    MeasureKind.SUSPEND_ALL: ("full_suspension_most_months",),
    MeasureKind.ELIMINATION: ("reentry_months", "reentry_serious_months"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """The stages of a case with their moments, and which of them it has come to."""

    stages: tuple[tuple[str, datetime | None], ...]
    at: int
    is_stopped: bool


def of(case: CaseRow, decision: Record | None) -> Way:
    """Return the way of a case; one that was dismissed or reversed stops where it was."""
    signed, executes, ends = (
        (decision["signed_at"], decision["executes_at"], case.ended_at or decision["ends_at"])
        if decision
        else (case.ended_at or case.escalate_at, None, None)
    )
    moments = (case.opened_at, case.served_at, case.statement_until_at, signed, executes, ends)
    is_stopped = case.state in (CaseState.DISMISSED, CaseState.REVERSED)
    at = _AT.get(case.state) or (_stopped_at(case, decision) if is_stopped else len(STAGES) + 1)
    return Way(tuple(zip(STAGES, moments, strict=True)), at, is_stopped)


def _stopped_at(case: CaseRow, decision: Record | None) -> int:
    if decision is not None:
        return 6 if decision["begins_at"] else 5
    if case.served_at is None:
        return 2
    return 3 if case.deciding_at is None else 4


def rules_of(
    case: CaseRow, decision: Record | None, following: Falling | None, measures: MeasureRules
) -> list[tuple[str, Any]]:
    """List the numbers of the ruleset that set the next step of a case, each by its name."""
    names: tuple[str, ...] = {
        CaseState.NOTICED: ("public_service_days",) if case.bounced_at else ("served_after_workdays",),
        CaseState.SERVED: ("statement_workdays", "hearing_request_workdays"),
        CaseState.DECIDING: ("decision_workdays", "escalation_workdays"),
        CaseState.ESCALATED: ("decision_workdays", "escalation_workdays"),
    }.get(case.state, ())
    if decision is not None and case.state in (CaseState.SIGNED, CaseState.IN_FORCE):
        names = _LENGTHS.get(decision["measure"], ())
    if following is not None and following.action is CaseAction.SILENCE:
        names = ("abandonments", "abandonment_silence_eliminates")
    return [(f"measures.{name}", getattr(measures, name)) for name in names]
