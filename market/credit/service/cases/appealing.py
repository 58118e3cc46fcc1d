"""
Appeals (申诉), which reverse everything, and repair (平台信用恢复), which ends display and use together.

Who signed or drafted a decision answers neither. An appeal that waits holds
an execution back, also of what rests on the decision appealed against: what is
not yet done is not done while it is in doubt. What rests on a decision that is
reversed is reversed with it.
"""

from datetime import datetime

from asyncpg import Record

from market.credit import case_rules as rules
from market.credit.queries import decisions
from market.credit.queries.cases import CaseRow
from market.credit.service.cases import effects, steps
from market.credit.service.cases.steps import Turn, turn
from market.credit.states import CASE, AnswerOutcome, CaseAction, MeasureKind
from market.kernel.errors import Conflict, NotReady, Reasons
from market.kernel.roles import Actor


async def file_appeal(number: str, words: str, *, actor: Actor, now: datetime) -> None:
    """Appeal against the decision of a case, once."""
    async with turn(number, CaseAction.APPEAL, actor=actor, now=now) as act:
        decision = await _decision(act)
        if not await decisions.add_appeal(decision["id"], words, act.person, now):
            raise Conflict("appealed_already", case=number)
        await act.tell_regulators("case_appealed")
        act.log("case.appealed", {"words": words}, decision=decision["number"])


async def decide_appeal(number: str, *, upheld: bool, answer: str, actor: Actor, now: datetime) -> None:
    """Answer an appeal; one that is upheld reverses every effect of the decision."""
    async with turn(number, CaseAction.REVERSE, actor=actor, now=now) as act:
        decision = await _decision(act)
        outcome = AnswerOutcome.UPHELD if upheld else AnswerOutcome.DISMISSED
        await _answer(act, decision, "appeal", outcome, answer)
        resting = [await steps.locked(each) for each in await decisions.resting_on(decision["id"])]
        if upheld:
            await act.move(ended_at=now)
            act.acts += await effects.undo(act.case, decision, "reversed", now)
            await decisions.annul_entries(decision["id"], f"appeal {number}", now)
            await effects.recompute(act.case, decision, now)
        for each in resting:
            if upheld and CaseAction.REVERSE in CASE.open_to(each.state, actor.role):
                await _fall(each, act)
            await steps.look_again(each.number)
        await act.tell_agency(f"case_appeal_{outcome}")
        document = {"answer": answer, "person": act.person}
        act.log("case.appeal_decided", document, decision=decision["number"], outcome=str(outcome))


async def _fall(case: CaseRow, act: Turn) -> None:
    """Reverse a decision with the one it rested on, in the same transaction and under its own lock."""
    decision = await decisions.of_case(case.id)
    assert decision is not None
    await steps.move(case, CaseAction.REVERSE, act.actor.role, ended_at=act.now)
    act.acts += await effects.undo(case, decision, "reversed", act.now)
    await decisions.annul_entries(decision["id"], f"appeal {act.case.number}", act.now)
    await effects.recompute(case, decision, act.now)
    await steps.tell_agency(case, "case_appeal_upheld", act.now)
    fields = {"decision": decision["number"], "basis": act.case.number}
    act.acts.append(steps.entry(case, "case.reversed", act.now, **fields))


async def ask_repair(number: str, words: str, *, actor: Actor, now: datetime) -> None:
    """Ask that a measure and its display end early; an elimination ends on its day and not by repair."""
    async with turn(number, CaseAction.ASK_REPAIR, actor=actor, now=now) as act:
        decision = await _decision(act)
        if decision["measure"] == MeasureKind.ELIMINATION:
            raise Conflict("repair_not_for_elimination", case=number)
        if not await decisions.add_repair(decision["id"], words, act.person, now):
            raise Conflict("repair_waits", case=number)
        await act.tell_regulators("case_repair_asked")
        act.log("case.repair_asked", {"words": words}, decision=decision["number"])


async def decide_repair(number: str, *, granted: bool, answer: str, actor: Actor, now: datetime) -> None:
    """Answer a request for repair; granted, it ends measure, display and use together."""
    async with turn(number, CaseAction.REPAIR, actor=actor, now=now) as act:
        decision = await _decision(act)
        outcome = AnswerOutcome.GRANTED if granted else AnswerOutcome.REFUSED
        await _answer(act, decision, "repair", outcome, answer)
        if granted:
            await act.move(ended_at=now)
            act.acts += await effects.undo(act.case, decision, "repaired", now)
            await effects.end_entries(decision, now)
        await act.tell_agency(f"case_repair_{outcome}")
        document = {"answer": answer, "person": act.person}
        act.log("case.repair_decided", document, decision=decision["number"], outcome=str(outcome))


async def _decision(act: Turn) -> Record:
    found = await decisions.of_case(act.case.id)
    assert found is not None
    return found


async def _answer(act: Turn, decision: Record, table: str, outcome: AnswerOutcome, words: str) -> None:
    found = Reasons()
    found.extend(rules.bars_answer(decision["signed_by"], decision["drafted_by"], act.actor.person_id))
    found.raise_if_any(kind=Conflict)
    assert act.actor.organisation_id is not None
    named = (act.person, act.actor.organisation_id)
    if not await decisions.answer(table, decision["id"], outcome, words, named=named, at=act.now):
        raise NotReady("nothing_to_answer", case=act.case.number)
