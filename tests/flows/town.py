"""
A town whose clock stands still until a test moves it: for its pages, its API and the worker's own jobs.

`tests.programs.Hands` lets real time go on behind it; here a deadline is asked at its very second and one before.
Time goes forward only, and what it brings is done by the jobs of `market.schedule`, called as a worker calls them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import asyncpg
import httpx

from market import db, schedule
from market.accounts import sessions
from market.app import Market
from market.clock import service as clock
from market.credit import drafting, evaluation
from market.credit.drafting import Due
from market.credit.evaluation import Evaluation
from market.kernel import rulesets
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE
from market.schedule import Shift
from tests.build_cases import a_colleague, a_regulator
from tests.build_contracts import Deals, some_deals
from tests.build_credit import evaluated
from tests.build_selection import a_uscc
from tests.flows.forms import fill
from tests.server import Database
from tests.web import browser, market

SECOND = timedelta(seconds=1)
SHIFT = Shift("flow", None)
(NIGHTLY,) = [each for each in schedule.NIGHTLY if each.name == "evaluate"]
JOBS = (
    schedule.open_contracts, schedule.advance_contracts, schedule.reveal_reviews, schedule.record_abandonments,
    schedule.publish_rankings, schedule.open_cases, schedule.advance_cases, schedule.record_lapses,
)  # fmt: skip

# `now()` too, for what builders ask.
_STANDING = """
create schema hands;
create table hands.standing (at timestamptz not null);
insert into hands.standing values (pg_catalog.clock_timestamp());
create function hands.clock_timestamp() returns timestamptz language sql stable as 'select at from hands.standing';
create function hands.now() returns timestamptz language sql stable as 'select at from hands.standing';
grant usage on schema hands to market_app;
grant select on hands.standing to market_app;
grant execute on all functions in schema hands to market_app;
"""


@dataclass(slots=True)
class Town:
    """The application, the rows of its past, its clock, and three people of one regulator."""

    app: Market
    deals: Deals
    database: Database
    drafter: Actor
    signer: Actor
    confirmer: Actor
    members: set[tuple[int, int]] = field(default_factory=set)

    async def at(self, moment: datetime) -> None:
        """Let it be that moment; pages that only show the time go by the last reading."""
        moved = await self.deals.city.connection.execute("update hands.standing set at = $1 where at <= $1", moment)
        assert moved == "UPDATE 1", "time goes forward only"
        await self.app.clock.now()

    async def work(self, moment: datetime) -> None:
        """Let it be that moment, and a worker do everything that is due."""
        await self.at(moment)
        for job in JOBS:
            await job(SHIFT)

    async def night(self, day: date) -> Evaluation:
        """Let the nightly evaluation of a day be stored at its hour, computed in this process; return it."""
        slot = datetime.combine(day + timedelta(days=1), NIGHTLY.at, ZONE)
        await self.at(slot)
        computed = await evaluated(day)
        assert await clock.once(NIGHTLY.name, slot, partial(evaluation.store, computed), worker="flow")
        return computed

    async def ranked(self, slot: date) -> None:
        """Lead the ranking of a quarter to its publication: the clock drafts, a regulator confirms on its page."""
        computed = await self.night(slot)
        await self.at(drafting.drafted_from(slot, await clock.calendar(), rulesets.get(rulesets.MODEL)))
        due, now = await drafting.next_due(await clock.now()), await clock.now()
        assert due == Due(slot)
        assert await drafting.store(due, computed, now=now)
        await self.confirmed(slot)

    async def confirmed(self, slot: date) -> None:
        """Let a regulator confirm a draft on the morning after its objections have ended, and a worker publish it."""
        until = await db.value("select max(objections_until_at) from ranking where slot = $1", slot)
        await self.at(until + timedelta(hours=10))
        page = f"/regulator/rankings/{slot}/confirm"
        await fill(await self.browser(self.confirmer), page, page)
        await self.work(until + timedelta(hours=11))

    async def browser(self, actor: Actor) -> httpx.AsyncClient:
        """Return the browser of somebody who has just signed in."""
        await self._join(actor)
        async with db.writing():
            token = await sessions.open_session(*_named(actor), now=await clock.now(), replaces=None)
        client = browser(self.app)
        client.cookies.set("sid", token)
        return client

    async def program(self, actor: Actor) -> httpx.AsyncClient:
        """Return the program of somebody, with a token of today."""
        await self._join(actor)
        async with db.writing():
            token = await sessions.make_token(actor, "flow", now=await clock.now(), days=1)
        return browser(self.app, Authorization=f"Bearer {token}")

    async def guest(self, path: str) -> str:
        """Read a page as anybody may."""
        answer = await browser(self.app).get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    async def an_owner(self, number: int) -> Actor:
        """Make another owner and let it be the one who buys from now on."""
        city = self.deals.city
        city.owner = await city.organisation("owner", a_uscc(900_000 + number), await clock.now())
        self.deals.owner = Actor(Role.OWNER, f"业主{number}", city.person, city.owner, "990100")
        return self.deals.owner

    async def _join(self, actor: Actor) -> None:
        if _named(actor) in self.members:
            return
        self.members.add(_named(actor))
        sql = "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)"
        known = "select exists (select from membership where person = $1 and organisation = $2)"
        if not await db.value(known, *_named(actor)):
            await db.execute(sql, *_named(actor), await clock.now())


def _named(actor: Actor) -> tuple[int, int]:
    assert actor.person_id is not None
    assert actor.organisation_id is not None
    return actor.person_id, actor.organisation_id


@asynccontextmanager
async def a_town(database: Database, since: datetime) -> AsyncIterator[Town]:
    """Open a town whose clock stands at a moment."""
    owner = await asyncpg.connect(database.url("market_owner"))
    try:
        await owner.execute(_STANDING)
        await owner.execute("update hands.standing set at = $1", since)
        await owner.execute(f"alter database {database.name} set search_path = hands, public, pg_catalog")
    finally:
        await owner.close()
    async with some_deals(database) as deals, market(database) as app:
        first = await a_regulator(database)
        yield Town(app, deals, database, first, await a_colleague(first), await a_colleague(first))
