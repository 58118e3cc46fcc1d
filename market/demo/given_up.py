"""
Awards given up and deliveries come too late, in the made-up past: recorded by the job, contested, decided by name.

The job would have recorded each within a minute. An agency that stays in the
market answers every other time, and always once another one may count, with an
excuse the rules know; one that has stopped coming keeps silent. The regulator decides once a week.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from market import db
from market.credit.abandonment_rules import Contest, Finding
from market.credit.service import abandonments
from market.demo import people
from market.demo.people import People
from market.kernel.calendar import add_months, end_of
from market.kernel.times import local

_RECORDED_AFTER: Final = timedelta(seconds=30)
# The city's notices run under the practice rules, whose working days are minutes.
_ANSWERED_AFTER: Final = timedelta(minutes=3)
_STAYS_FOR: Final = timedelta(days=150)  # what may follow from an abandonment and two more lies within it
_STILL_THERE: Final = timedelta(days=45)  # who came in so many last days of the city is there to stay
_DECIDED_ON: Final = 2  # Wednesday
_MONTHS: Final = 12
_EXCUSED_BY: Final = "owner_changed_terms"
_EXCUSE: Final = "业主在中选后调整了服务范围和工期，本机构按原条件已无法履行，已书面告知业主（示例）。"
_EXCUSED: Final = "经核实，业主确在中选后调整了服务条件，理由成立，不计入放弃中选（示例）。"
_COUNTS: Final = "告知后没有申辩，或者申辩的理由不在规则列明的范围内，经核实属于无正当理由放弃（示例）。"
_LATE: Final = "select contract, ended_at from late_fact where contract = any($1) and kind = 'delivery'"
_GIVEN_UP: Final = """
select w.id as award, coalesce(w.cancelled_at, c.lapsed_at, c.terminated_at) as happened_at
from award w left join contract c on c.award = w.id where w.id = any($1)
"""
_RECORDED: Final = """
select b.id, b.agency, a.organisation, exists (select from abandonment o where o.agency = b.agency and o.id <> b.id
  and o.state in ('notified', 'confirmed') and o.happened_at > $2) as counted
from abandonment b join agency a on a.id = b.agency where b.award = $1
"""


@dataclass(slots=True)
class Facts:
    """What happened in the city before its last moment and is not on the record yet, the next last."""

    cut: datetime
    awards: list[tuple[datetime, int]] = field(default_factory=list)
    contracts: list[tuple[datetime, int]] = field(default_factory=list)

    async def record(self, until: datetime) -> None:
        """Record what happened before a moment, each as soon as the job would have."""
        while self.awards and self.awards[-1][0] + _RECORDED_AFTER <= until:
            at, award = self.awards.pop()
            if await abandonments.record(award, now=at + _RECORDED_AFTER):
                await self._answer(award, at + _ANSWERED_AFTER)
        while self.contracts and self.contracts[-1][0] + _RECORDED_AFTER <= until:
            at, contract = self.contracts.pop()
            await abandonments.enter_lateness(contract, now=at + _RECORDED_AFTER)

    async def _answer(self, award: int, now: datetime) -> None:
        """Let an agency contest that stays in the market: every other time, and once another one may count."""
        found = await db.row(_RECORDED, award, abandonments.since(now))
        assert found is not None
        if not (found["counted"] or found["id"] % 2 == 0):
            return
        if await people.goes_on(found["agency"], min(now + _STAYS_FOR, self.cut - _STILL_THERE)):
            actor = await people.member_of(found["organisation"])
            await abandonments.contest(found["id"], Contest(_EXCUSE, _EXCUSED_BY), actor=actor, now=now)


async def facts(first: date, until: date) -> Facts:
    """Return what happened since a day and before another."""
    found = Facts(end_of(until - timedelta(days=1)))
    since = end_of(first - timedelta(days=1))
    # The services look back twelve months: asked a year after the first day, they list all that came since.
    asked = end_of(add_months(first, _MONTHS)) - timedelta(days=1)
    for each in await db.fetch(_GIVEN_UP, await abandonments.unrecorded(asked)):
        found.awards.append((each["happened_at"], each["award"]))
    for each in await db.fetch(_LATE, await abandonments.late(asked)):
        found.contracts.append((each["ended_at"], each["contract"]))
    for facts_of_kind in (found.awards, found.contracts):
        facts_of_kind[:] = sorted((each for each in facts_of_kind if since <= each[0] < found.cut), reverse=True)
    return found


async def decide(acting: People, now: datetime) -> bool:
    """Let the regulator decide what waits, on the day it does; true if something was decided."""
    if local(now).weekday() != _DECIDED_ON:
        return False
    decided = False
    for each in await abandonments.listed(acting.supervisor, now):
        if each.may_decide and each.given.notified_at <= now:
            excused = each.given.contested_at is not None
            finding = Finding(counts=not excused, words=_EXCUSED if excused else _COUNTS)
            await abandonments.decide(each.given.id, finding, actor=acting.supervisor, now=now)
            decided = True
    return decided
