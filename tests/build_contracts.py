"""
Builders of contracts: a confirmed award with its notice, and the acts that bring a contract to a state.

Notices, draws and awards arrive whole, written by the owner of the schema; what a test is about is done by acts.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from market.contracts import service
from market.contracts.rules import Delivery, Payment, Termination, Terms
from market.contracts.states import ContractState, Fault, Side
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE
from tests.build_selection import City, a_uscc
from tests.server import Database

CONFIRMED = datetime(2026, 3, 10, 0, 0, 3, tzinfo=ZONE)  # a Tuesday, three seconds after the end of a standstill
AT = datetime(2026, 3, 10, 10, 0, tzinfo=ZONE)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
AWARD_FEN = 48_000_00
TERMS = Terms("示例合字 1 号", 47_500_00, date(2026, 3, 10), date(2026, 4, 10), 30)
DELIVERY = Delivery("造价咨询成果文件一套。", "ab" * 32)
S = ContractState


@dataclass(slots=True)
class Deals:
    """Makes confirmed awards, and brings their contracts on."""

    city: City
    owner: Actor
    agency: Actor
    uscc: str
    numbers: int = 0

    def actor(self, side: Side) -> Actor:
        """Return who acts for a side."""
        return self.owner if side is Side.OWNER else self.agency

    async def award(self, *, ruleset: str = "model-2026", confirmed_at: datetime = CONFIRMED) -> int:
        """Make a notice that ended in a confirmed award."""
        self.numbers += 1
        code, uscc = f"XZ-2026-{self.numbers:06d}", self.uscc
        notice = await self.notice(code, ruleset, confirmed_at)
        registration = await self.city.register(notice, uscc, confirmed_at - 9 * DAY)
        await self.city.connection.execute("update registration set state = 'reserve' where id = $1", registration)
        for state in ("selected", "confirmed"):
            await self.city.connection.execute(
                "update registration set state = $2, place = 1 where id = $1", registration, state
            )
        await self.drawn(notice, confirmed_at)
        return await self.city.add(
            "award", notice=notice, registration=registration, agency=self.city.agencies[uscc], amount_fen=AWARD_FEN,
            place=1, state="confirmed", proposed_at=confirmed_at - 5 * DAY,
            standstill_ends_at=confirmed_at - 3 * SECOND, confirmed_at=confirmed_at,
        )  # fmt: skip

    async def drawn(self, notice: int, confirmed_at: datetime) -> None:
        """Draw a notice in which one agency registered."""
        lists = json.dumps([{"label": "agency", "entries": [{"id": self.uscc, "w": 1}]}])
        frozen_at = confirmed_at - 8 * DAY
        await self.city.add("pool", notice=notice, lists=lists, hash=f"p{notice}", frozen_at=frozen_at)
        await self.city.add("draw_input", notice=notice, secrets="[]", hash=f"i{notice}", frozen_at=frozen_at)
        await self.city.add("draw", notice=notice, bundle="{}", result_hash=f"r{notice}", drawn_at=frozen_at)

    async def notice(self, code: str, ruleset: str, confirmed_at: datetime) -> int:
        """Make a notice whose award is to be confirmed at a moment."""
        self.city.numbers += 1
        closes_at = confirmed_at - 8 * DAY
        project = await self.city._project(closes_at)
        return await self.city.add(
            "notice", code=code, project=project, owner=self.city.owner, item=self.city.item, division="990100",
            trade="construction", state="awarded", title="示例造价咨询", scope="-", method="random_draw",
            ruleset=ruleset, practice=ruleset.startswith("practice"), public_funds=True, ceiling_fen=AWARD_FEN,
            time_limit_days=30, qualifications="[]", recusals="[]", contact_name="-", contact_phone="-", least=3,
            drain_seconds=10, suite="sha256", version=1, drafted_at=closes_at - 6 * DAY,
            published_at=closes_at - 5 * DAY, opens_at=closes_at - 5 * DAY, closes_at=closes_at,
            reveal_by=closes_at + SECOND, draw_at=closes_at + 2 * SECOND, awarded_at=confirmed_at,
        )  # fmt: skip

    async def due(self, **facts: Any) -> str:
        """Make a contract due."""
        confirmed_at = facts.get("confirmed_at", CONFIRMED)
        number = await service.open_contract(await self.award(**facts), now=confirmed_at + SECOND)
        assert number is not None
        return number

    async def signed(self, *, at: datetime = AT, terms: Terms = TERMS, **facts: Any) -> str:
        """Make a contract both parties have signed."""
        number = await self.due(**facts)
        await service.sign(number, terms, actor=self.owner, now=at)
        assert await service.sign(number, terms, actor=self.agency, now=at + SECOND)
        return number

    async def bring(self, state: ContractState, *, at: datetime = AT, **facts: Any) -> str:
        """Make a contract in a state, all of its acts on one morning."""
        if state is S.DUE:
            return await self.due(**facts)
        if state is S.LAPSED:
            number = await self.due(**facts)
            await service.lapse(number, actor=self.owner, now=CONFIRMED + 16 * DAY)
            return number
        number = await self.signed(at=at, **facts)
        for step in _STEPS[state]:
            at += SECOND * 10
            await self.act(step, number, at)
        return number

    async def act(self, step: str, number: str, at: datetime) -> None:
        """Take one step of a contract."""
        owner, agency = self.owner, self.agency
        if step == "file":
            await service.file(number, actor=owner, now=at)
        elif step == "begin":
            await service.begin(number, actor=agency, now=at)
        elif step == "deliver":
            await service.deliver(number, DELIVERY, actor=agency, now=at)
        elif step == "accept":
            await service.accept(number, actor=owner, now=at)
        elif step == "return":
            await service.send_back(number, "缺少附表。", actor=owner, now=at)
        elif step == "silence":
            await service.advance(number, now=at + 30 * DAY)
        elif step == "close":
            await service.close(number, Payment(47_500_00, at.date()), actor=owner, now=at)
        else:
            await service.terminate(number, Termination("项目取消。", Fault.OWNER), actor=owner, now=at)


_STEPS = {
    S.SIGNED: (),
    S.FILED: ("file",),
    S.PERFORMING: ("file", "begin"),
    S.DELIVERED: ("file", "begin", "deliver"),
    S.RETURNED: ("file", "begin", "deliver", "return"),
    S.ACCEPTED: ("file", "begin", "deliver", "accept"),
    S.ACCEPTED_BY_SILENCE: ("file", "begin", "deliver", "silence"),
    S.CLOSED: ("file", "begin", "deliver", "accept", "close"),
    S.TERMINATED: ("terminate",),
}


@asynccontextmanager
async def some_deals(database: Database) -> AsyncIterator[Deals]:
    """Open a city with one owner and two agencies."""
    connection = await asyncpg.connect(database.url("market_owner"))
    try:
        city = City(connection)
        await city.found(2)
        owner = Actor(Role.OWNER, "甲", city.person, city.owner, "990100")
        agency = Actor(Role.AGENCY, "乙", city.person, city.organisations[a_uscc(1)], "990100")
        yield Deals(city, owner, agency, a_uscc(1))
    finally:
        await connection.close()
