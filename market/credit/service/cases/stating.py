"""What an agency says in its defence (陈述申辩), and the hearing (听证) it may ask for."""

from datetime import datetime

from market.credit import case_rules as rules
from market.credit.queries import cases as queries
from market.credit.service.cases import steps
from market.credit.service.cases.steps import turn
from market.credit.states import CaseAction
from market.kernel.errors import Conflict, Reasons
from market.kernel.roles import Actor
from market.kernel.times import rfc3339


async def state(number: str, words: str, document_hash: str | None, *, actor: Actor, now: datetime) -> None:
    """File a statement; more than one may be filed until the period ends."""
    async with turn(number, CaseAction.STATE, actor=actor, now=now) as act:
        found = Reasons()
        found.extend(rules.bars_statement(await steps.standing_of(act.case), now))
        found.raise_if_any(kind=Conflict)
        await queries.add_statement(act.case.id, "statement", words, document_hash, by=act.person, at=now)
        await act.move(stated_at=act.case.stated_at or now)
        await act.tell_regulators("case_stated")
        act.log("case.stated", {"words": words, "document": document_hash})


async def ask_hearing(number: str, words: str, *, actor: Actor, now: datetime) -> None:
    """Ask for a hearing, once; nothing is signed before it was held."""
    async with turn(number, CaseAction.ASK_HEARING, actor=actor, now=now) as act:
        found = Reasons()
        found.extend(rules.bars_hearing_request(await steps.standing_of(act.case), act.rules, act.days, now))
        found.raise_if_any(kind=Conflict)
        await queries.add_statement(act.case.id, "hearing", words, None, by=act.person, at=now)
        await act.move(hearing_asked_at=now)
        await act.tell_regulators("case_hearing_asked")
        act.log("case.hearing_asked", {"words": words})


async def hold_hearing(number: str, held_at: datetime, record: str, *, actor: Actor, now: datetime) -> None:
    """File the record of the hearing."""
    async with turn(number, CaseAction.HOLD_HEARING, actor=actor, now=now) as act:
        found = Reasons()
        found.extend(rules.bars_hearing(await steps.standing_of(act.case), held_at, now))
        found.raise_if_any(kind=Conflict)
        await act.move(hearing_at=held_at, hearing_record=record)
        await act.tell_agency("case_hearing_held")
        act.log("case.hearing_held", {"record": record}, held_at=rfc3339(held_at))
