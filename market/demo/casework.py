"""
What agencies and regulators of the sample city do about its past cases, by the services and at their moments.

Everybody looks at a case once a working day and does at most one thing. What
they do follows from where the case stands and from its way, so that a past
whose making was broken off goes on where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from market import db
from market.clock import service as clock
from market.credit import service as credit
from market.credit.queries.cases import CaseRow
from market.credit.service import cases
from market.credit.states import CaseGround, CaseState
from market.demo import people, ways
from market.demo.people import People, passed
from market.demo.ways import Served, Way
from market.kernel.calendar import WorkCalendar

_MOST = 10_000
_SOONEST_END = timedelta(days=26)  # from the opening of a case to what it may come to
_UNDECIDED = (CaseState.OPENED, CaseState.NOTICED, CaseState.SERVED, CaseState.DECIDING)
_DONE = (CaseState.ENDED, CaseState.REVERSED, CaseState.REPAIRED, CaseState.DISMISSED)
_APPEALED_AFTER, _ANSWERED_AFTER = 20, 40


@dataclass(frozen=True, slots=True)
class _Look:
    """A case as somebody looks at it on a day, with everybody who may act on it."""

    case: CaseRow
    way: Way
    acting: People
    now: datetime
    days: WorkCalendar
    waits: bool  # other cases wait for what an answer to an appeal may change

    def since(self, at: datetime | None, workdays: int) -> bool:
        """Tell whether so many working days have gone by since something happened to the case."""
        return passed(at, workdays, self.now, self.days)


async def work(acting: People, slots: Sequence[date], now: datetime) -> None:
    """Let everybody do what is to be done on a day."""
    every = sorted(await cases.listed(acting.supervisor, limit=_MOST), key=lambda each: each.id)
    open_ones = [each for each in every if each.opened_at <= now and each.state not in _DONE]
    if not open_ones:
        return
    days, slot_of = await clock.calendar(), {each.id: each.slot for each in await credit.published()}
    waits = any(
        each.ground is CaseGround.LOW_RANKING and each.state in (*_UNDECIDED, CaseState.SIGNED) for each in open_ones
    )
    for case in open_ones:
        way = await _way(case, every, slot_of, slots)
        if way is not None:
            await _act(_Look(case, way, acting, now, days, waits))


async def _way(case: CaseRow, every: Sequence[CaseRow], slot_of: dict[int, date], slots: Sequence[date]) -> Way | None:
    """Return the way a case goes; nothing if nobody of the past has to do with it."""
    goes_on = await _goes_on(case)
    if case.ground is CaseGround.ABANDONMENTS:
        return ways.LENIENT[0] if goes_on else ways.ABANDONED
    if case.ground is CaseGround.FORCED_SERVICE:
        return ways.TIED
    if case.ground is not CaseGround.LOW_RANKING or case.ranking_last is None:
        return None
    last = slot_of[case.ranking_last]
    beside = [each for each in every if each.ranking_last is not None and slot_of[each.ranking_last] == last]
    pair = slots.index(last) - 1
    if pair >= len(ways.FINISHED):
        return ways.UNDER_WAY[beside.index(case) % len(ways.UNDER_WAY)]
    if any(each.agency == case.agency and each.state is CaseState.REVERSED for each in every):
        return ways.RECTIFIED
    found = ways.LENIENT if goes_on else ways.FINISHED[pair]
    # Who goes on takes no place among those who do not, lest a way be left that nobody goes.
    place = [each for each in beside if await _goes_on(each) == goes_on].index(case)
    return found[place % len(found)]


async def _goes_on(case: CaseRow) -> bool:
    return await people.goes_on(case.agency, case.opened_at + _SOONEST_END)


async def _act(look: _Look) -> None:
    state = look.case.state
    if state is CaseState.NOTICED:
        await _serve(look)
    elif state is CaseState.SERVED:
        await _speak(look)
    elif state in (CaseState.DECIDING, CaseState.ESCALATED):
        await _decide(look)
    elif state is CaseState.IN_FORCE and look.way.appeals is not None:
        await _appeal(look)


async def _serve(look: _Look) -> None:
    case, number, now = look.case, look.case.number, look.now
    if look.way.served is Served.ACKNOWLEDGED:
        if look.since(case.noticed_at, 3):
            await cases.acknowledge(number, actor=await people.member_of(case.organisation), now=now)
    elif look.way.served is not Served.NOT_YET:
        if case.posted_at is None:
            if look.since(case.noticed_at, 2):
                await cases.post(number, ways.POSTED_HOW, actor=look.acting.supervisor, now=now)
        elif look.way.served is Served.RETURNED and case.bounced_at is None and look.since(case.posted_at, 4):
            await cases.bounce(number, actor=look.acting.supervisor, now=now)


async def _speak(look: _Look) -> None:
    case, way = look.case, look.way
    agency = await people.member_of(case.organisation)
    if way.hearing and case.hearing_asked_at is None and look.since(case.served_at, 2):
        await cases.ask_hearing(case.number, ways.HEARING_WORDS, actor=agency, now=look.now)
    elif way.states is not None and case.stated_at is None and look.since(case.served_at, 4):
        await cases.state(case.number, way.states, None, actor=agency, now=look.now)


async def _decide(look: _Look) -> None:
    case, way, now, number = look.case, look.way, look.now, look.case.number
    by = look.acting.supervisor
    if way.dismissed is not None:
        if look.since(case.deciding_at, 3):
            await cases.dismiss(number, way.dismissed, actor=by, now=now)
    elif case.hearing_asked_at is not None and case.hearing_at is None:
        if way.hearing_held and look.since(case.deciding_at, 3):
            held_at = now - timedelta(minutes=30)
            await cases.hold_hearing(number, held_at, ways.HEARING_RECORD, actor=by, now=now)
    elif case.drafted_at is None:
        if way.measure is not None and look.since(case.deciding_at, 4):
            drafted = ways.draft_of(way, case.clause, case.item, spoken=case.stated_at is not None)
            await cases.draft(number, drafted, actor=by, now=now)
    elif way.signed and look.since(case.drafted_at, 2):
        await cases.sign(number, actor=look.acting.signer, now=now)


async def _appeal(look: _Look) -> None:
    """Let an agency appeal, and the third person answer once no other case rests on what the answer may change."""
    case, way = look.case, look.way
    assert way.appeals is not None
    found = await db.row(
        "select m.begins_at, p.filed_at, p.outcome from measure m join case_decision d on d.id = m.decision"
        ' left join appeal p on p.decision = d.id where d."case" = $1',
        case.id,
    )
    if found is None or found["outcome"] is not None:
        return
    if found["filed_at"] is None:
        if look.since(found["begins_at"], _APPEALED_AFTER):
            actor = await people.member_of(case.organisation)
            await cases.file_appeal(case.number, way.appeals, actor=actor, now=look.now)
    elif way.upheld is not None and look.since(found["filed_at"], _ANSWERED_AFTER) and not look.waits:
        actor = look.acting.reviewer
        await cases.decide_appeal(case.number, upheld=True, answer=way.upheld, actor=actor, now=look.now)
