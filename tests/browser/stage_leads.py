"""Signals, leads and questions to owners of the stage: asked by a run, answered, kept, dismissed, made a case."""

from datetime import timedelta
from typing import Final

import asyncpg

from market import db
from market.contracts import service as contracts
from market.credit.lead_rules import CaseAsked
from market.credit.queries.runs import Found
from market.credit.service import leads, questions
from market.credit.states import CaseGround, FreelyBought, MeasureKind
from market.kernel.roles import Actor, Role
from tests.browser.stage_cases import DAY, Bench, deals_of
from tests.build_leads import a_run_with, a_signal

SECOND: Final = timedelta(seconds=1)
RUN_DAYS: Final = (40, 1)


async def set_up(owner_url: str, bench: Bench) -> None:
    """Let two nights notice tying, owners be asked, and a regulator decide on some of the signals."""
    rows = await db.fetch("select id from organisation where kind = 'owner' order by id desc limit 3")
    owners = [row["id"] for row in rows]
    connection = await asyncpg.connect(owner_url)
    try:
        tied = [await _tied(connection, bench, owner, place) for place, owner in enumerate(owners)]
    finally:
        await connection.close()
    old, new = RUN_DAYS
    await _night(bench, old, tied[:1])
    others = [a_signal(code, severity, agency=tied[0].subject["agency"]) for code, severity in _OTHERS]
    keys = await _night(bench, new, [*tied[1:], *others])
    await _answered(bench, owners[1])
    await _reviewed(bench, [keys[each.fact_key] for each in (tied[2], *others)])


_OTHERS: Final = (("M02", "S1"), ("L01", "S2"), ("D01", "S2"))


async def _night(bench: Bench, days_ago: int, signals: list[Found]) -> dict[str, int]:
    at = bench.now - days_ago * DAY
    return dict(await a_run_with(*signals, day=(at - DAY).date(), now=at))


async def _tied(connection: asyncpg.Connection, bench: Bench, owner: int, place: int) -> Found:
    """Let an owner have two contracts for one project with an agency, and make the signal that says so."""
    deals = await deals_of(connection, bench.regulator, bench.agency, owner)
    items = await db.fetch("select id, code from item where state = 'listed' order by id offset $1 limit 2", 2 * place)
    confirmed_at, numbers = bench.now - 50 * DAY, []
    for item in items:
        deals.city.item = item["id"]
        award = await deals.award(confirmed_at=confirmed_at)
        deals.city.project = await db.value(
            "select n.project from award w join notice n on n.id = w.notice where w.id = $1", award
        )
        numbers.append(await contracts.open_contract(award, now=confirmed_at + SECOND))
    first, second = (item["code"] for item in items)
    rows = tuple(f"contract:{number}" for number in numbers)
    return a_signal("T01", agency=deals.uscc, item=first, other_item=second, region="9901", rows=rows)


async def _answered(bench: Bench, owner: int) -> None:
    person = await db.value("select min(person) from membership where organisation = $1", owner)
    actor = Actor(Role.OWNER, "", person, owner)
    key = await db.value("select id from owner_question where owner = $1", owner)
    await questions.answer(key, FreelyBought.REQUIRED, "窗口说必须一起办。", actor=actor, now=bench.now)


async def _reviewed(bench: Bench, signals: list[int]) -> None:
    kept, dismissed, opened, _waiting = signals
    now, regulator = bench.now, bench.regulator
    await leads.keep(kept, "两份合同同日签订，业主尚未答复。", actor=regulator, now=now - SECOND)
    await leads.dismiss_signal(dismissed, "该区域本项只有两家机构提供服务。", actor=regulator, now=now - SECOND)
    lead = await leads.keep(opened, "同一业主连续五次选取。", actor=regulator, now=now - SECOND)
    asked = CaseAsked(CaseGround.FORCED_SERVICE, "示范规则（2026）第九章", MeasureKind.SUSPEND_ALL, "")
    await leads.open_case(lead, asked, actor=regulator, now=now)
