"""
What the clock does to cases: notices, service, the end of statements, escalation, execution and ends.

One move at a time, each in its own transaction under the lock of the case's
row, so that any number of workers may run it and a worker that dies in the
middle has done nothing. The clock executes what a person has signed and
nothing else; where the record no longer bears an elimination it holds back
and tells the regulators.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from asyncpg import Record

from market.credit import case_rules as rules
from market.credit.case_rules import Draft, Falling
from market.credit.queries import cases as queries
from market.credit.queries import decisions
from market.credit.queries.cases import CaseRow
from market.credit.service.cases import effects, steps
from market.credit.service.cases.deciding import number_of
from market.credit.service.cases.opening import SUBJECT
from market.credit.service.cases.serving import served
from market.credit.states import Breach, CaseAction, EntryKind, MeasureKind
from market.db import writing
from market.kernel.roles import Role
from market.kernel.terms import word
from market.kernel.times import rfc3339
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages

BACK_OFF: Final = timedelta(minutes=1)


async def next_due_case(now: datetime) -> str | None:
    """Return the case that has waited longest for the clock, or nothing; nobody else is advancing it."""
    return await queries.due(now)


async def advance_case(number: str, *, now: datetime) -> bool:
    """Make the one move the clock has brought a case; false if another worker has it or it has to wait longer."""
    async with writing():
        if not await queries.still_due(number, now):
            return False
        case = await steps.again(number)
        measures, days = await steps.terms_of(case.ruleset)
        falling = rules.falling(await steps.standing_of(case), await steps.evidence_of(case), measures, days)
        acts = await _MOVES[falling.action](case, falling, now) if falling and falling.at <= now else []
        if not acts or acts[-1].type != "case.held":
            await steps.look_again(number)
        if acts:
            await ledger.append_many(acts)
        return bool(acts)


async def back_off_case(number: str, *, now: datetime) -> None:
    """Let a case whose step failed wait, if it is still due, so that the others come first."""
    async with writing():
        if await queries.still_due(number, now):
            await queries.check_again((await steps.again(number)).id, now + BACK_OFF)


async def _notify(case: CaseRow, _falling: Falling, now: datetime) -> list[Act]:
    await steps.move(case, CaseAction.NOTIFY, Role.SYSTEM, noticed_at=now)
    await steps.tell_agency(case, "case_noticed", now)
    await steps.tell_regulators(case, "case_to_post", now)
    return [steps.entry(case, "case.noticed", now)]


async def _serve(case: CaseRow, falling: Falling, now: datetime) -> list[Act]:
    assert falling.how is not None
    measures, days = await steps.terms_of(case.ruleset)
    columns = served(falling.how, now, measures, days)
    await steps.move(case, CaseAction.SERVE, Role.SYSTEM, **columns)
    await steps.tell_agency(case, "case_served", now, until=rfc3339(columns["statement_until_at"]))
    return [steps.entry(case, "case.served", now, how=str(falling.how))]


async def _close(case: CaseRow, _falling: Falling, now: datetime) -> list[Act]:
    measures, days = await steps.terms_of(case.ruleset)
    escalate_at = days.period_end(now, measures.escalation_workdays)
    decide_by_at = days.period_end(now, measures.decision_workdays)
    columns = {"deciding_at": now, "escalate_at": escalate_at, "decide_by_at": decide_by_at}
    await steps.move(case, CaseAction.CLOSE_STATEMENTS, Role.SYSTEM, **columns)
    await steps.tell_regulators(case, "case_to_decide", now, until=rfc3339(escalate_at))
    return [steps.entry(case, "case.statements_closed", now, spoken=case.stated_at is not None)]


async def _escalate(case: CaseRow, _falling: Falling, now: datetime) -> list[Act]:
    await steps.move(case, CaseAction.ESCALATE, Role.SYSTEM, escalated_at=now)
    told = {*await queries.overseers(), *await queries.regulators(case.division, case.trade)}
    subject = SUBJECT + case.number
    await messages.tell_all(sorted(told), "case_escalated", at=now, subject=subject, case=case.number)
    return [steps.entry(case, "case.escalated", now)]


async def _sign_by_silence(case: CaseRow, _falling: Falling, now: datetime) -> list[Act]:
    """Write the decision that three confirmed abandonments bring when their agency keeps silent."""
    measures, days = await steps.terms_of(case.ruleset)
    executes_at = rules.executes_at(now, measures, days)
    number = number_of(case)
    columns = {
        "breach": Breach.GENERAL,
        "measure": MeasureKind.ELIMINATION,
        "reentry_months": rules.reentry_most(case.ground, measures),
        **{name: word("silence_decision", name) for name in ("found", "reasons", "proportionality", "remedies")},
        "clause": case.clause,
        "entry_kind": EntryKind.GENERAL,
        "by_silence": True,
        "signed_at": now,
        "executes_at": executes_at,
    }
    await decisions.add(case.id, number, columns)
    await steps.move(case, CaseAction.SILENCE, Role.SYSTEM)
    told = {"decision": number, "measure": str(MeasureKind.ELIMINATION), "executes": rfc3339(executes_at)}
    await steps.tell_agency(case, "case_decided", now, **told)
    await steps.tell_regulators(case, "case_signed", now, **told)
    document = {"measure": told["measure"], "by_silence": True}
    return [steps.entry(case, "case.signed", now, document, decision=number, executes=told["executes"])]


async def _execute(case: CaseRow, _falling: Falling, now: datetime) -> list[Act]:
    decision = await _decision(case)
    measure = MeasureKind(decision["measure"])
    if measure is MeasureKind.ELIMINATION and rules.bars_elimination(case.ground, await steps.evidence_of(case)):
        return await _hold(case, now)
    measures, days = await steps.terms_of(case.ruleset)
    written = _written(decision)
    ends_at = rules.measure_ends(written, now, measures, days)
    on = rules.reentry_on(written, now) if measure is MeasureKind.ELIMINATION else None
    acts = await effects.carry_out(case, decision, ends_at=ends_at, reentry_on=on, now=now)
    await decisions.add_measure(decision, case.agency, now, ends_at, on)
    await effects.enter(case, decision, now)
    await steps.move(case, CaseAction.EXECUTE, Role.SYSTEM)
    await steps.tell_agency(case, "case_executed", now, measure=measure, until=rfc3339(ends_at))
    fields = {"decision": decision["number"], "measure": str(measure), "ends_at": rfc3339(ends_at)}
    return [*acts, steps.entry(case, "case.executed", now, **fields)]


async def _hold(case: CaseRow, now: datetime) -> list[Act]:
    await queries.check_again(case.id, None)
    await steps.tell_regulators(case, "case_held", now)
    return [steps.entry(case, "case.held", now)]


async def _end(case: CaseRow, _falling: Falling, now: datetime) -> list[Act]:
    decision = await _decision(case)
    await decisions.end_measure(decision["id"], "expired", now)
    await steps.move(case, CaseAction.END, Role.SYSTEM, ended_at=now)
    await steps.tell_agency(case, "case_ended", now, measure=decision["measure"])
    return [steps.entry(case, "case.ended", now, decision=decision["number"])]


async def _decision(case: CaseRow) -> Record:
    found = await decisions.of_case(case.id)
    assert found is not None
    return found


def _written(decision: Record) -> Draft:
    texts = {name: decision[name] for name in ("found", "reasons", "clause", "proportionality", "remedies")}
    lengths = {name: decision[name] for name in ("item", "months", "reentry_months")}
    return Draft(Breach(decision["breach"]), MeasureKind(decision["measure"]), **texts, **lengths)


_MOVES: Final[dict[CaseAction, Callable[[CaseRow, Falling, datetime], Awaitable[list[Act]]]]] = {
    CaseAction.NOTIFY: _notify,
    CaseAction.SERVE: _serve,
    CaseAction.CLOSE_STATEMENTS: _close,
    CaseAction.ESCALATE: _escalate,
    CaseAction.SILENCE: _sign_by_silence,
    CaseAction.EXECUTE: _execute,
    CaseAction.END: _end,
}
