"""
Cases the clock opens: on published rankings, confirmed abandonments and signed decisions, never on a statistic.

Every opening is named by its facts, so that however often the job looks, one
case follows from them. Only agencies that are in the market are looked at.

Basis: DESIGN §7; ruleset table ``measures``.
"""

from datetime import date, datetime
from typing import Any, Final

from asyncpg import Record

from market.credit.queries import abandonments
from market.credit.queries import openings as queries
from market.credit.service.abandonments import since
from market.credit.service.cases import Opening, open_case
from market.credit.states import CaseGround, MeasureKind
from market.kernel import rulesets
from market.kernel.roles import SYSTEM
from market.kernel.terms import word
from market.kernel.times import local

LOW_RANKING_CLAUSE: Final = (
    "示范规则（2026）measures.low_ranking_ratings、measures.low_parts_under："
    "连续两次公布的排名均为 D，且仅履约与监管两部分均低于 60 分"
)
SERIOUS_CLAUSE: Final = "示范规则（2026）measures.reentry_serious_months：已认定的严重违约"
ABANDONMENTS_CLAUSE: Final = (
    "示范规则（2026）measures.abandonments、measures.abandonment_months：十二个月内三次经确认的放弃中选"
)


async def open_due(now: datetime) -> int:
    """Open every elimination case the record asks for, each once, and return how many were open before or now."""
    rules = rulesets.get(rulesets.MODEL).measures
    under = rules.low_parts_under * 100
    openings = [_low_ranking(each) for each in await queries.low_rankings(under)]
    openings += [_serious(each) for each in await queries.serious_breaches()]
    openings += [_abandoned(each) for each in await abandonments.ripe(since(now), now, rules.abandonments)]
    for opening in openings:
        await open_case(opening, actor=SYSTEM, now=now)
    return len(openings)


def _low_ranking(found: Record) -> Opening:
    slots: tuple[date, date] = (found["slot_before"], found["slot_last"])
    facts: dict[str, Any] = {
        "ranking_before": _ranked(slots[0], found["total_before"]),
        "ranking_last": _ranked(slots[1], found["total_last"]),
        "alone_before": f"{found['alone_before'] / 100:.2f}",
        "alone_last": f"{found['alone_last'] / 100:.2f}",
    }
    return Opening(
        agency_id=found["agency"],
        ground=CaseGround.LOW_RANKING,
        fact_key=f"low_ranking:{found['uscc']}:{slots[0]}:{slots[1]}",
        ruleset=rulesets.MODEL,
        division=found["division"],
        facts=facts,
        clause=LOW_RANKING_CLAUSE,
        proposed=MeasureKind.ELIMINATION,
        ranking_before=found["ranking_before"],
        ranking_last=found["ranking_last"],
    )


def _ranked(slot: date, total: int) -> dict[str, str]:
    shown = f"{total / 100:.2f}"
    return {"zh": f"{slot}，等级 D，总分 {shown}", "en": f"{slot}, grade D, total {shown}"}


def _abandoned(found: Record) -> Opening:
    given_up = zip(found["notices"], found["moments"], found["sources"], strict=True)
    return Opening(
        agency_id=found["agency"],
        ground=CaseGround.ABANDONMENTS,
        fact_key="abandonments:" + ",".join(str(each) for each in found["abandonments"]),
        ruleset=rulesets.MODEL,
        division=found["division"],
        facts={
            f"abandonment:{place}": {
                "zh": f"{notice}，{local(at):%Y-%m-%d}，{word('abandonment_source', source, 'zh')}",
                "en": f"{notice}, {local(at):%Y-%m-%d}, {word('abandonment_source', source, 'en')}",
            }
            for place, (notice, at, source) in enumerate(given_up, 1)
        },
        clause=ABANDONMENTS_CLAUSE,
        proposed=MeasureKind.ELIMINATION,
    )


def _serious(found: Record) -> Opening:
    return Opening(
        agency_id=found["agency"],
        ground=CaseGround.SERIOUS_BREACH,
        fact_key=f"serious_breach:{found['decision_number']}",
        ruleset=rulesets.MODEL,
        division=found["division"],
        facts={"decision": found["decision_number"], "breach": {"zh": "严重", "en": "Serious"}},
        clause=SERIOUS_CLAUSE,
        proposed=MeasureKind.ELIMINATION,
        basis_decision=found["decision"],
    )
