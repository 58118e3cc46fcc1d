"""
What supervision holds in the market of the fuzz: a case that each act is open on, abandonments, leads, questions.

`Ids` are named after the act or the page that takes them, because one word in a path (number, key) names many things.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from market import db
from market.contracts import service as contracts
from market.credit.abandonment_rules import Contest, Finding
from market.credit.service import abandonments, cases, leads
from market.credit.states import CaseGround, MeasureKind
from market.kernel.roles import SYSTEM, Actor, Scope
from tests.build_abandonments import declined
from tests.build_cases import a_colleague, a_draft, advanced, an_opening, moment
from tests.build_contracts import Deals
from tests.build_leads import a_run_with, a_signal
from tests.build_notices import Entrant, Place

MINUTE = timedelta(minutes=1)
SUSPENSION = {"measure": MeasureKind.SUSPEND_ALL, "months": 1, "reentry_months": None}


async def overseen(place: Place, regulator: Actor, mine: Entrant, deals: Deals) -> dict[str, str]:
    """Give a regulator matters in each state about an agency; return what names them."""
    await place.add("regulator_scope", organisation=regulator.organisation_id, division="990000", trade="*")
    seeing = replace(regulator, scopes=(Scope("990000"),))
    found = await _cases(place, seeing, mine)
    found |= await _abandonments(place.now, seeing, mine, deals)
    return found | await _leads(place, seeing, mine, deals)


async def noticed(place: Place, agency: Entrant) -> str:
    """Open a case about an agency and tell it; return its number."""
    opening = await an_opening(agency.id, ruleset="practice-2026", ground=CaseGround.FEE_OVER_GUIDE, trade=None)
    number = await cases.open_case(opening, actor=SYSTEM, now=place.now - 40 * MINUTE)
    await advanced(number, place.now - 40 * MINUTE)
    return number


async def _cases(place: Place, regulator: Actor, mine: Entrant) -> dict[str, str]:
    colleague, third = await a_colleague(regulator), await a_colleague(regulator)
    now = place.now
    acts = ("acknowledge", "post", "bounce", "state", "ask-hearing", "hold-hearing", "draft", "dismiss", "sign",
            "appeal", "ask-repair", "answer-appeal", "answer-repair")  # fmt: skip
    found = {act: await noticed(place, mine) for act in acts}
    await cases.post(found["bounce"], "挂号信", actor=regulator, now=now - MINUTE)
    for act in acts[3:]:
        served_at = now - (MINUTE if act in ("state", "ask-hearing") else 30 * MINUTE)
        await cases.acknowledge(found[act], actor=mine.actor, now=served_at)
    await cases.ask_hearing(found["hold-hearing"], "请求听证。", actor=mine.actor, now=now - 29 * MINUTE)
    for act in acts[5:]:
        at = await moment(found[act], "statement_until_at")
        await advanced(found[act], at)
        if act in acts[8:]:
            await cases.draft(found[act], a_draft(**SUSPENSION), actor=colleague, now=at)
        if act in acts[9:]:
            await cases.sign(found[act], actor=third, now=at + MINUTE)
            await advanced(found[act], now)
    await cases.file_appeal(found["answer-appeal"], "认定有误。", actor=mine.actor, now=now - MINUTE)
    await cases.ask_repair(found["answer-repair"], "已经改正。", actor=mine.actor, now=now - MINUTE)
    decision = await db.value(
        'select d.number from case_decision d join credit_case c on c.id = d."case" where c.number = $1',
        found["ask-repair"],
    )
    return {f"case:{act}": number for act, number in found.items()} | {"decision": decision}


async def _abandonments(now: datetime, regulator: Actor, mine: Entrant, deals: Deals) -> dict[str, str]:
    found = {}
    for name in ("contest", "decide", "annul"):
        award = await declined(deals, now - MINUTE, now - MINUTE)
        await abandonments.record(award, now=now - MINUTE)
        found[name] = await db.value("select id from abandonment where award = $1", award)
    for name in ("decide", "annul"):
        await abandonments.contest(found[name], Contest("人手不足。", None), actor=mine.actor, now=now)
    await abandonments.decide(found["annul"], Finding(counts=True, words="没有理由。"), actor=regulator, now=now)
    return {f"abandonment:{name}": str(number) for name, number in found.items()}


async def _leads(place: Place, regulator: Actor, mine: Entrant, deals: Deals) -> dict[str, str]:
    now = place.now
    second = await place.an_item("ZJ-902")
    for item in (place.item, second):
        deals.city.item = item
        award = await deals.award(confirmed_at=now - MINUTE)
        await contracts.open_contract(award, now=now)
        deals.city.project = await db.value(
            "select n.project from award w join notice n on n.id = w.notice where w.id = $1", award
        )
    tied = a_signal("T01", agency=mine.uscc, item="ZJ-001", other_item="ZJ-902", region="9901")
    kept = [a_signal(code, agency=mine.uscc, region="9901") for code in ("M02", "L01", "D01")]
    keys = await a_run_with(tied, *kept, now=now)
    opened, dismissed = [
        await leads.keep(keys[each.fact_key], "需要核实。", actor=regulator, now=now) for each in kept[:2]
    ]
    question = await db.value("select max(id) from owner_question")
    return {
        "signal": str(keys[tied.fact_key]), "lead:case": str(opened), "lead:dismiss": str(dismissed),
        "question": str(question),
    }  # fmt: skip
