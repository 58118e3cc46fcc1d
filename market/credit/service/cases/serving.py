"""
Serving the notice of a case: posted by a regulator, opened by the agency, published after a bounce.

The market never takes a notice for read because it was sent: a member of the
agency opens it, or the period after the posting runs out, or a public notice
stands for its time.
"""

from datetime import datetime
from typing import Any

from market.credit import case_rules as rules
from market.credit.service.cases import steps
from market.credit.service.cases.steps import turn
from market.credit.states import CaseAction, ServedHow
from market.kernel.calendar import WorkCalendar
from market.kernel.errors import Conflict, Reasons
from market.kernel.roles import Actor
from market.kernel.rulesets.schema import MeasureRules
from market.kernel.times import rfc3339


async def post(number: str, how: str, *, actor: Actor, now: datetime) -> None:
    """Record that the notice was posted to the address the agency confirmed, and how."""
    async with turn(number, CaseAction.POST, actor=actor, now=now) as act:
        found = Reasons()
        found.extend(rules.bars_posting(await steps.standing_of(act.case)))
        found.raise_if_any(kind=Conflict)
        await act.move(posted_at=now, posted_by=act.person, posted_how=how)
        act.log("case.posted", {"how": how})


async def bounce(number: str, *, actor: Actor, now: datetime) -> None:
    """Record that the letter came back; a public notice stands for its time instead."""
    async with turn(number, CaseAction.BOUNCE, actor=actor, now=now) as act:
        found = Reasons()
        found.extend(rules.bars_bounce(await steps.standing_of(act.case)))
        found.raise_if_any(kind=Conflict)
        until = rules.public_until(now, act.rules, act.days)
        await act.move(bounced_at=now, public_until_at=until)
        await act.tell_agency("case_published", until=rfc3339(until))
        act.log("case.bounced", public_until=rfc3339(until))


async def acknowledge(number: str, *, actor: Actor, now: datetime) -> None:
    """Record that a signed-in member of the agency opened the notice: it is served from now on."""
    async with turn(number, CaseAction.ACKNOWLEDGE, actor=actor, now=now) as act:
        columns = served(ServedHow.OPENED, now, act.rules, act.days)
        await act.move(**columns)
        await act.tell_agency("case_served", until=rfc3339(columns["statement_until_at"]))
        act.log("case.served", {"person": act.person}, how=str(ServedHow.OPENED))


def served(how: ServedHow, now: datetime, measures: MeasureRules, days: WorkCalendar) -> dict[str, Any]:
    """Return what a service of either kind sets."""
    until = days.period_end(now, measures.statement_workdays)
    return {"served_at": now, "served_how": how, "statement_until_at": until}
