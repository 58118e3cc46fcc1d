"""
Asking owners whether they bought a second service freely, and their answers.

The clock asks in the transaction that stores the run, so that no person has
seen the signal before its owners were asked. What they are asked names no
suspicion. Neither question nor answer is in the log: it is public, and a
question alone would tell whom a signal is about.

Basis: reference paper on detection, section 4.5.
"""

from datetime import datetime
from typing import Final

from market.clock import service as clock
from market.credit import lead_rules as rules
from market.credit.queries import questions as queries
from market.credit.queries.questions import QuestionRow
from market.credit.states import FreelyBought
from market.db import writing
from market.kernel import rulesets
from market.kernel.errors import Conflict, Forbidden, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.times import rfc3339
from market.messages import service as messages

ANSWER_WORKDAYS: Final = 10
SUBJECT: Final = "question:"


async def ask(run: int, *, now: datetime) -> int:
    """Ask the owners of a run's signals of tying, within the caller's transaction; return how many were asked."""
    days = (await clock.calendar()).counting(rulesets.get(rulesets.MODEL).workday_unit)
    until = days.period_end(now, ANSWER_WORKDAYS)
    asked = await queries.ask(run, now=now, until=until)
    for each in asked:
        subject = f"{SUBJECT}{each['id']}"
        await messages.tell(each["owner"], "owner_asked", at=now, subject=subject, until=rfc3339(until))
    return len(asked)


async def of_owner(actor: Actor) -> list[QuestionRow]:
    """List the questions somebody's organisation was asked."""
    return await queries.of_owner(actor.organisation_id)


async def question(key: int, actor: Actor) -> QuestionRow:
    """Return a question to somebody's organisation."""
    found = await queries.question(key, actor.organisation_id)
    if found is None:
        raise NotFound("question_not_found")
    return found


async def answer(key: int, said: FreelyBought, words: str, *, actor: Actor, now: datetime) -> None:
    """Answer a question, once and before its period ends."""
    if actor.role is not Role.OWNER or actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("wrong_role", role=actor.role.value)
    async with writing():
        found = await question(key, actor)
        if found.answer is not None:
            raise Conflict("question_answered")
        if not rules.may_answer(found.answer_by_at, now):
            raise Conflict("question_over")
        if not await queries.answer(key, actor.organisation_id, said, words or None, person=actor.person_id, now=now):
            raise Conflict("question_answered")
