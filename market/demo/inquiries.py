"""
What owners answer about a second service, and how the regulator gets from a signal of tying to a case.

Only the signals of the latest evaluated quarter are pursued: the others wait on
the desk for whoever looks in.
"""

from datetime import date, datetime, timedelta
from typing import Final

from market import db
from market.clock import service as clock
from market.credit.lead_rules import CaseAsked
from market.credit.service import leads, questions
from market.credit.states import CaseGround, FreelyBought, LeadState, MeasureKind
from market.demo import people
from market.demo.people import People, passed
from market.kernel.times import local

TYING: Final = "T01"
_ANSWERED_AFTER, _OPENED_AFTER = 3, 5  # working days
_LOOKED_ON: Final = 3  # Thursday
_CLAUSE: Final = "示范规则（2026）：不得以任何方式要求业主一并购买其他服务"
_KEPT: Final = "两名以上业主答复被告知必须一并购买，列为线索（示例）。"
_WORDS: Final = {
    FreelyBought.REQUIRED: "机构说两项要一起做，否则不接（示例）。",
    FreelyBought.VOLUNTARY: "我们自己比较后一并委托的（示例）。",
}
# Whom the market asked lately, as its messages to them tell.
_ASKED: Final = """
select distinct organisation from message where kind = 'owner_asked' and created_at > $1 and created_at <= $2
order by organisation
"""
_ASKED_WITHIN: Final = timedelta(days=25)


async def work(acting: People, latest: date, now: datetime) -> None:
    """Let owners answer, and on its day the regulator look at what they said."""
    for each in await db.fetch(_ASKED, now - _ASKED_WITHIN, now):
        await _answer(each["organisation"], now)
    if local(now).weekday() == _LOOKED_ON:
        await _look(acting, latest, now)


async def _answer(organisation: int, now: datetime) -> None:
    owner, days = await people.member_of(organisation), await clock.calendar()
    for each in await questions.of_owner(owner):
        if each.answer is None and now < each.answer_by_at and passed(each.asked_at, _ANSWERED_AFTER, now, days):
            said = FreelyBought.VOLUNTARY if each.id % 4 == 0 else FreelyBought.REQUIRED
            await questions.answer(each.id, said, _WORDS[said], actor=owner, now=now)


async def _look(acting: People, latest: date, now: datetime) -> None:
    """Keep what owners confirm as a lead, and open a case on a lead kept before."""
    by, days = acting.supervisor, await clock.calendar()
    for _, signal in await leads.waiting(by, TYING):
        if signal.as_of == latest and signal.may_become_case:
            await leads.keep(signal.id, _KEPT, actor=by, now=now)
    for each in await leads.leads(by):
        if each.state is LeadState.LEAD and passed(each.reviewed_at, _OPENED_AFTER, now, days):
            _, signal = await leads.lead(each.id, by)
            asked = CaseAsked(
                CaseGround.FORCED_SERVICE, _CLAUSE, MeasureKind.SUSPEND_ITEM, signal.subject["other_item"]
            )
            await leads.open_case(each.id, asked, actor=by, now=now)
