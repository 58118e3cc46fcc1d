"""
Cases the clock opens: on published rankings, confirmed abandonments and signed decisions, never on a statistic.

Every opening is named by its facts, so that however often the job looks, one
case follows from them. Only agencies that are in the market are looked at.

Basis: DESIGN §7; ruleset table ``measures``.
"""

from datetime import date, datetime

from asyncpg import Record

from market.credit.case_facts import FactCode, fact
from market.credit.queries import abandonments
from market.credit.queries import openings as queries
from market.credit.service.abandonments import since
from market.credit.service.cases import Opening, open_case
from market.credit.states import Breach, CaseGround, MeasureKind
from market.kernel import rulesets
from market.kernel.roles import SYSTEM
from market.kernel.terms import word
from market.kernel.times import local


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
    before, last = [{"slot_on": f"{slot}", "grade": "D"} for slot in slots]
    facts = (
        fact(FactCode.RANKING_BEFORE, **before, total_hundredths=found["total_before"]),
        fact(FactCode.RANKING_LAST, **last, total_hundredths=found["total_last"]),
        fact(FactCode.ALONE_BEFORE, total_hundredths=int(found["alone_before"])),
        fact(FactCode.ALONE_LAST, total_hundredths=int(found["alone_last"])),
    )
    return Opening(
        agency_id=found["agency"],
        ground=CaseGround.LOW_RANKING,
        fact_key=f"low_ranking:{found['uscc']}:{slots[0]}:{slots[1]}{_edition(found)}",
        ruleset=rulesets.MODEL,
        division=found["division"],
        facts=facts,
        clause=word("case_clause", CaseGround.LOW_RANKING),
        proposed=MeasureKind.ELIMINATION,
        ranking_before=found["ranking_before"],
        ranking_last=found["ranking_last"],
    )


def _ranked(slot: date, total: int) -> dict[str, str]:
    shown = f"{total / 100:.2f}"
    return {"zh": f"{slot}，等级 D，总分 {shown}", "en": f"{slot}, grade D, total {shown}"}


def _edition(found: Record) -> str:
    """Tell next editions from first ones; what was opened on these keeps the name it has."""
    editions = found["edition_before"], found["edition_last"]
    return "" if editions == (1, 1) else ":{}:{}".format(*editions)


def _abandoned(found: Record) -> Opening:
    given_up = zip(found["notices"], found["moments"], found["sources"], strict=True)
    return Opening(
        agency_id=found["agency"],
        ground=CaseGround.ABANDONMENTS,
        fact_key="abandonments:" + ",".join(str(each) for each in found["abandonments"]),
        ruleset=rulesets.MODEL,
        division=found["division"],
        facts=tuple(
            fact(FactCode.ABANDONED, place=place, notice=notice, happened_on=f"{local(at):%Y-%m-%d}", source=source)
            for place, (notice, at, source) in enumerate(given_up, 1)
        ),
        clause=word("case_clause", CaseGround.ABANDONMENTS),
        proposed=MeasureKind.ELIMINATION,
    )


def _serious(found: Record) -> Opening:
    return Opening(
        agency_id=found["agency"],
        ground=CaseGround.SERIOUS_BREACH,
        fact_key=f"serious_breach:{found['decision_number']}",
        ruleset=rulesets.MODEL,
        division=found["division"],
        facts=(
            fact(FactCode.DECISION_IN_FORCE, number=found["decision_number"]),
            fact(FactCode.BREACH_FOUND, breach=str(Breach.SERIOUS)),
        ),
        clause=word("case_clause", CaseGround.SERIOUS_BREACH),
        proposed=MeasureKind.ELIMINATION,
        basis_decision=found["decision"],
    )
