"""
Drafting, signing and dismissing: the work of two named people.

A draft binds nobody and may be written again. What is signed is exactly the
draft, and its signer neither opened the case, nor wrote the draft, nor
confirmed the facts it rests on.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from market.credit import case_rules as rules
from market.credit.case_rules import Draft
from market.credit.queries import decisions
from market.credit.queries.cases import CaseRow
from market.credit.service.cases import steps
from market.credit.service.cases.steps import turn
from market.credit.states import Breach, CaseAction, EntryKind, MeasureKind
from market.kernel.errors import Conflict, Invalid, Reason, Reasons
from market.kernel.roles import Actor
from market.kernel.times import rfc3339

DECISION_PREFIX: Final = "JD"


async def draft(number: str, written: Draft, *, actor: Actor, now: datetime) -> None:
    """Write the draft of a decision, in place of the one there was."""
    async with turn(number, CaseAction.DRAFT, actor=actor, now=now) as act:
        found = Reasons()
        standing, evidence = await steps.standing_of(act.case), await steps.evidence_of(act.case)
        found.extend(rules.bars_draft(written, standing, evidence, act.rules, now))
        found.raise_if_any(kind=Invalid)
        named = {"drafted_by": act.person, "drafted_for": actor.organisation_id, "drafted_at": now}
        await act.move(draft=packed(written), **named)
        act.log("case.drafted", {"draft": packed(written), "person": act.person})


async def sign(number: str, *, actor: Actor, now: datetime, seen: str | None = None) -> str:
    """
    Sign the draft as the second person, and return the number of the decision.

    *seen* is the moment of the draft its signer has read: nobody signs what was
    written anew while they read. Who reads it in this process names none.
    """
    async with turn(number, CaseAction.SIGN, actor=actor, now=now) as act:
        written = unpacked(act.case.draft)
        standing, evidence = await steps.standing_of(act.case), await steps.evidence_of(act.case)
        found = Reasons()
        found.extend(rules.bars_signing(written, standing, evidence, act.rules, person=actor.person_id, now=now))
        if seen is not None and written is not None and not _is(seen, act.case.drafted_at):
            found.add("draft_changed")
        found.raise_if_any(kind=Conflict)
        assert written is not None
        executes_at = written.executes_at or rules.executes_at(now, act.rules, act.days)
        signed = {
            **_columns(written),
            "drafted_by": act.case.drafted_by,
            "signed_by": act.person,
            "signed_for": actor.organisation_id,
            "signed_at": now,
            "executes_at": executes_at,
            "by_silence": False,
        }
        decision = number_of(act.case)
        await decisions.add(act.case.id, decision, signed)
        await act.move()
        told = {"decision": decision, "measure": str(written.measure), "executes": rfc3339(executes_at)}
        await act.tell_agency("case_decided", **told)
        await act.tell_regulators("case_signed", **told)
        # What was decided is public once it is carried out: an appeal may yet undo it.
        document = {"draft": packed(written), "person": act.person, "by_silence": False}
        act.log("case.signed", document, decision=decision, executes=told["executes"])
        return decision


async def dismiss(number: str, words: str, *, actor: Actor, now: datetime) -> None:
    """End a case without a decision; its facts open no other."""
    async with turn(number, CaseAction.DISMISS, actor=actor, now=now) as act:
        await act.move(ended_at=now, end_words=words, ended_by=act.person)
        if act.case.noticed_at is not None:
            await act.tell_agency("case_dismissed")
        act.log("case.dismissed", {"words": words, "person": act.person})


async def bars_signing(case: CaseRow, *, actor: Actor, now: datetime) -> tuple[Reason, ...]:
    """Return why this person may not sign now, for the page that offers the button."""
    measures, _ = await steps.terms_of(case.ruleset)
    standing, evidence = await steps.standing_of(case), await steps.evidence_of(case)
    return rules.bars_signing(unpacked(case.draft), standing, evidence, measures, person=actor.person_id, now=now)


def _is(seen: str, drafted_at: datetime | None) -> bool:
    try:
        return datetime.fromisoformat(seen) == drafted_at
    except ValueError:
        return False


def number_of(case: CaseRow) -> str:
    """Return the number of the one decision of a case."""
    return f"{DECISION_PREFIX}{case.number.removeprefix('AJ')}"


def packed(written: Draft) -> str:
    """Write a draft down as it is kept on its case."""
    at = rfc3339(written.executes_at) if written.executes_at else None
    return json.dumps({**asdict(written), "executes_at": at}, ensure_ascii=False)


def unpacked(kept: dict[str, Any] | None) -> Draft | None:
    """Read a draft kept on its case."""
    if kept is None:
        return None
    at, kind = kept["executes_at"], kept["entry_kind"]
    typed = {
        "breach": Breach(kept["breach"]),
        "measure": MeasureKind(kept["measure"]),
        "entry_kind": EntryKind(kind) if kind else None,
        "executes_at": datetime.fromisoformat(at) if at else None,
    }
    return Draft(**{**kept, **typed})


def _columns(written: Draft) -> dict[str, Any]:
    return {name: value for name, value in asdict(written).items() if name != "executes_at"}
