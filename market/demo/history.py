"""
The past of the sample city: evaluated, ranked and decided by the real job and by its sample people, day by day.

The nights between quarters are not made up: no run of the nightly job is put on
record, so that the first worker begins with last night. Every step is a service
function of the market, called with the moment at which it would have been
taken; nothing a score, a ranking, a case or an exit says is written here. A
past that was broken off goes on from its last entry in the log.

Basis: DESIGN §6, §7, §9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from market import db
from market.agencies import service as agencies
from market.clock import service as clock
from market.credit import drafting, evaluation
from market.credit import service as credit
from market.credit.evaluation import Evaluation
from market.credit.queries import runs
from market.credit.service import cases, openings
from market.credit.states import RankingState
from market.demo import casework, given_up, inquiries, people
from market.demo.given_up import Facts
from market.demo.people import People
from market.demo.quarters import ended
from market.kernel.calendar import end_of
from market.kernel.times import ZONE, local

_NIGHT: Final = time(2, 30)  # when the nightly job runs
_AT_ONCE: Final = timedelta(seconds=1)  # how soon the job takes what is due
_SOON: Final = timedelta(minutes=1)
_DUE: Final = (
    "select number, next_check_at from credit_case where next_check_at <= $1 order by next_check_at, id limit 1"
)
_MADE_UP: Final = r"^(credit|ranking|case|abandonment|entry)\."


async def make_up(until: date | None) -> None:
    """Make the past of a city that no worker has evaluated yet, as the market would have lived it."""
    if await db.value("select exists (select from job_run where job = 'evaluate')"):
        return
    last: datetime = await db.value("select max(at) from ledger_entry where type = 'contract.closed'")
    until = until or local(last).date() + timedelta(days=1)
    await live_through(ended(until), until=until)


async def live_through(slots: Sequence[date], *, until: date) -> None:
    """Live through every day from the first evaluated quarter to the day before *until*."""
    first = _begin_of(slots[0])
    gone: datetime | None = await db.value(
        "select max(at) from ledger_entry where type ~ $1 and at < $2",
        *(_MADE_UP, end_of(until - timedelta(days=1))),
    )
    past = Past(slots, await people.found(), await given_up.facts(first, until))
    day = local(gone).date() if gone is not None else first
    while day < until:
        await past.live(day)
        day += timedelta(days=1)


def _begin_of(slot: date) -> date:
    """Return the first day of a quarter by its last."""
    return slot.replace(month=slot.month - 2, day=1)


@dataclass(slots=True)
class Past:
    """The market from day to day, with what its night has computed and its days have not used yet."""

    slots: Sequence[date]
    acting: People
    facts: Facts
    computed: dict[date, Evaluation] = field(default_factory=dict)
    looked: bool = False  # for what is to be opened: whoever goes on may have been broken off just before

    async def live(self, day: date) -> None:
        """Let the night do its work, and then whoever works that day."""
        await self._night(datetime.combine(day, _NIGHT, ZONE))
        if (await clock.calendar()).is_workday(day):
            await self._office(people.in_office(day))

    async def _night(self, now: datetime) -> None:
        """Take what fell due, evaluate a quarter that has ended, and draft the rankings that are due."""
        await self._advance(now)
        day = now.date() - timedelta(days=1)
        if day in self.slots and not await runs.is_done(day):
            self.computed[day] = await evaluation.compute(day)
            async with db.writing():
                await evaluation.store(self.computed[day], now=now)
        await self._draft(now)

    async def _office(self, now: datetime) -> None:
        """Let the people of the day act, and the clock after them."""
        await self._advance(now)
        published = await self._publish(now)
        decided = await given_up.decide(self.acting, now + 2 * _SOON)
        if published or decided or not self.looked:
            await openings.open_due(now + 3 * _SOON)
            self.looked = True
        await inquiries.work(self.acting, self.slots[-1], now + 4 * _SOON)
        await casework.work(self.acting, self.slots, now + 4 * _SOON)
        await self._advance(now + 5 * _SOON)
        due = await drafting.next_due(now + 6 * _SOON)
        if due is not None and due.again is not None:
            self.computed.clear()  # what it rests on was annulled
            await self._draft(now + 6 * _SOON)
            await openings.open_due(now + 7 * _SOON)  # who is reinstated is looked at like everybody

    async def _advance(self, until: datetime) -> None:
        """Take every step that fell due until a moment, each when the job would have taken it."""
        await self.facts.record(until)
        sql = (
            "select number, next_check_at from credit_case where next_check_at <= $1 order by next_check_at, id limit 1"
        )
        while (due := await db.row(sql, until)) is not None:
            now = due["next_check_at"] + _AT_ONCE
            if not await cases.advance_case(due["number"], now=now):
                await cases.back_off_case(due["number"], now=until)
            await agencies.resume_due(now=now)

    async def _draft(self, now: datetime) -> None:
        """Draft the rankings that are due, with what the night computed unless something was annulled since."""
        while (due := await drafting.next_due(now)) is not None:
            found = self.computed.pop(due.slot, None) if due.again is None else None
            if not await drafting.store(due, found or await evaluation.compute(due.slot), now=now):
                return

    async def _publish(self, now: datetime) -> bool:
        """Confirm the rankings whose period for objections is over, and publish them; true if there was one."""
        found = False
        for each in await credit.waiting():
            if each.state is RankingState.DRAFTED and each.objections_until_at <= now:
                await credit.confirm(each.slot, actor=self.acting.supervisor, now=now)
        while (slot := await credit.next_to_publish()) is not None:
            found |= await credit.publish(slot, now=now + _SOON)
        return found
