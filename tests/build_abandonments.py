"""Builders of abandonments: awards declined, contracts never signed, contracts given up, all by the agency's doing."""

from datetime import datetime

from market import db
from market.contracts import service as contracts
from market.contracts.rules import Termination
from market.contracts.states import ContractState, Fault
from market.credit.abandonment_rules import Finding
from market.credit.service import abandonments
from market.kernel.roles import Actor
from tests.build_cases import a_regulator
from tests.build_contracts import AT, AWARD_FEN, CONFIRMED, DAY, SECOND, TERMS, Deals
from tests.server import Database

LAPSED = CONFIRMED + 16 * DAY


async def unsigned(deals: Deals) -> str:
    """Make a contract that only its owner signed, and that lapsed."""
    number = await deals.due()
    await contracts.sign(number, TERMS, actor=deals.owner, now=AT)
    await contracts.lapse(number, actor=deals.owner, now=LAPSED)
    return number


async def given_up(deals: Deals, fault: Fault = Fault.AGENCY, *, by: str = "agency") -> str:
    """Make a contract one party ended, saying whose fault it is."""
    number = await deals.bring(ContractState.PERFORMING)
    actor = deals.agency if by == "agency" else deals.owner
    await contracts.terminate(number, Termination("无法履行。", fault), actor=actor, now=LAPSED)
    return number


async def declined(deals: Deals, at: datetime = LAPSED, ended_at: datetime = CONFIRMED) -> int:
    """Make an award its agency declined during the standstill; the notice ended at a moment."""
    deals.numbers += 1
    notice = await deals.notice(f"XZ-2026-{deals.numbers:06d}", "model-2026", ended_at)
    registration = await deals.city.register(notice, deals.uscc, ended_at - 9 * DAY)
    for state in ("reserve", "selected", "declined"):
        await deals.city.connection.execute(
            "update registration set state = $2, place = 1 where id = $1", registration, state
        )
    await deals.drawn(notice, ended_at)
    return await deals.city.add(
        "award", notice=notice, registration=registration, agency=deals.city.agencies[deals.uscc],
        amount_fen=AWARD_FEN, place=1, state="cancelled", proposed_at=at - DAY, standstill_ends_at=at + DAY,
        cancelled_at=at, cancel_reason="人手不足。",
    )  # fmt: skip


async def recorded(now: datetime) -> list[int]:
    """Let the worker record what was given up; return the abandonments there are."""
    for award in await abandonments.unrecorded(now):
        await abandonments.record(award, now=now)
    return [each["id"] for each in await db.fetch("select id from abandonment order by id")]


async def contest_until(abandonment: int) -> datetime:
    """Return when the period to contest ends."""
    found: datetime = await db.value("select contest_until_at from abandonment where id = $1", abandonment)
    return found


async def three_confirmed(database: Database, deals: Deals) -> tuple[Actor, datetime]:
    """Let an agency give up three awards, each of them confirmed; return who confirmed them, and when."""
    regulator = await a_regulator(database)
    await unsigned(deals)
    await given_up(deals)
    await declined(deals)
    numbers = await recorded(LAPSED + SECOND)
    now = await contest_until(numbers[0])
    for number in numbers:
        await abandonments.decide(number, Finding(counts=True, words="没有正当理由。"), actor=regulator, now=now)
    return regulator, now
