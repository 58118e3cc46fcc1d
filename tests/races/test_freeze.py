"""
Registrations in the last moments before the freeze: what is receipted is in the pool, whoever is faster.

Eight processes with eight connections each register while this process freezes by the worker's own job. A trigger of
the test sleeps between the row and the commit, so that the freeze meets registrations that are written and not yet
committed; some registrants pause between the reading of the clock and the act, as those do who wait for a connection.
Without a drain the freeze comes at the deadline itself and has to meet them; with one it waits for them.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from market import db
from market.clock import service as clock
from market.schedule import Shift, advance_due
from tests.build_selection import SECOND, Built, City, a_city
from tests.races.crowd import Crowd, a_crowd
from tests.server import Database

# Tens of seconds of two processors: `make test-all` and `.ci/run` play it, `make test` does not.
pytestmark = pytest.mark.slow

PROCESSES, TASKS = 8, 8
LEAST = timedelta(microseconds=1)
SLOW_COMMIT = """
create function slow_commit() returns trigger language plpgsql as $$
  begin perform pg_sleep(0.12 * random() ^ 4); return null; end $$;
grant execute on function slow_commit() to market_app;
create constraint trigger slow_commit after insert on registration deferrable initially deferred
  for each row execute function slow_commit();
"""


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=PROCESSES * TASKS) as city:
        await city.connection.execute(SLOW_COMMIT)
        yield city


async def a_notice(city: City, *, drain: timedelta, soon: float) -> tuple[Built, datetime]:
    """Publish a notice nobody has registered for that closes *soon*; the worker is sent there at once, drain or not."""
    closes_at = await clock.now() + timedelta(seconds=soon)
    notice = await city.notice([], closes_at=closes_at)
    await city.connection.execute("alter table notice disable trigger user")
    await city.connection.execute(
        "update notice set drain_seconds = $2, next_check_at = $3 where id = $1",
        notice.id,
        int(drain.total_seconds()),
        closes_at,
    )
    await city.connection.execute("alter table notice enable trigger user")
    return notice, closes_at


def everybody(
    city: City, notice: Built, closes_at: datetime, spread: tuple[float, float]
) -> list[list[dict[str, Any]]]:
    """Let each agency register at a random moment around the deadline, two of them to the microsecond."""
    acts: list[dict[str, Any]] = []
    for uscc, organisation in notice.organisations.items():
        begin = closes_at.timestamp() + random.uniform(*spread)
        pause = random.choice((0, 0, 0, random.uniform(0, 0.2), random.uniform(0, 2)))
        who = {"uscc": uscc, "organisation": organisation, "person": city.person, "begin": begin, "pause": pause}
        acts.append({"do": "register", "code": notice.code, **who})
    acts[0] |= {"now": closes_at.isoformat(), "begin": closes_at.timestamp() + spread[0]}
    acts[1] |= {"now": (closes_at - LEAST).isoformat(), "begin": closes_at.timestamp() + spread[0]}
    random.shuffle(acts)
    return [acts[place::PROCESSES] for place in range(PROCESSES)]


async def freeze_when_due(notice: Built) -> None:
    """Do what a worker does, without its pauses."""
    shift = Shift("test", None)
    while not await db.value("select count(*) from pool where notice = $1", notice.id):
        await advance_due(shift)
        await asyncio.sleep(0.002)


async def a_round(
    city: City, crowd: Crowd, *, drain: timedelta, spread: tuple[float, float], last: float = 0
) -> list[Any]:
    """Race once, compare receipts with the pool, and return the outcomes."""
    notice, closes_at = await a_notice(city, drain=drain, soon=0.3 - spread[0])
    freezing = asyncio.create_task(freeze_when_due(notice))
    acts = everybody(city, notice, closes_at, spread)
    acts[0][0] |= {"pause": last or acts[0][0]["pause"]}
    outcomes = await crowd.do(acts)
    await asyncio.wait_for(freezing, 60)
    await assert_receipts_are_the_pool(notice, closes_at, outcomes)
    return outcomes


async def assert_receipts_are_the_pool(notice: Built, closes_at: datetime, outcomes: list[Any]) -> None:
    receipted = sorted(each["uscc"] for each in outcomes if "receipt" in each)
    in_time = sorted(each["uscc"] for each in outcomes if datetime.fromisoformat(each["at"]) < closes_at)
    named = await db.fetch(
        "select a.uscc from refused_registration f join agency a on a.id = f.agency where f.notice = $1", notice.id
    )
    rows = await db.fetch("select uscc from registration where notice = $1 order by uscc", notice.id)
    pool = json.loads(await db.value("select lists from pool where notice = $1", notice.id))
    size = await db.value("select pool_size from notice where id = $1", notice.id)
    assert [each["id"] for each in pool[0]["entries"]] == receipted == [row["uscc"] for row in rows]
    assert size == len(receipted)
    # Who came in time has a receipt or is refused by name; nobody else has either.
    assert sorted([*receipted, *(row["uscc"] for row in named)]) == in_time
    late = {tuple(each["refused"]) for each in outcomes if each["uscc"] not in in_time}
    assert late <= {("registration_closed",)}, late


async def race(city: City, database: Database, rounds: int) -> None:
    met = 0
    async with a_crowd(database.url(), processes=PROCESSES, tasks=TASKS) as crowd:
        for _ in range(rounds):
            outcomes = await a_round(city, crowd, drain=timedelta(0), spread=(-0.5, 0.2))
            met += sum(each.get("refused") == ["came_in_time_not_receipted"] for each in outcomes)
    assert met, "the freeze never met a registration: the race was none"


async def test_what_is_receipted_is_in_the_pool(city: City, database: Database) -> None:
    await race(city, database, 5)


@pytest.mark.slow
async def test_what_is_receipted_is_in_the_pool_in_fifty_rounds(city: City, database: Database) -> None:
    await race(city, database, 50)


async def test_the_drain_lets_everybody_who_came_in_time_be_receipted(city: City, database: Database) -> None:
    async with a_crowd(database.url(), processes=PROCESSES, tasks=TASKS) as crowd:
        outcomes = await a_round(city, crowd, drain=8 * SECOND, spread=(-0.4, -0.001), last=5.0)

    refused = [each for each in outcomes if "refused" in each]
    assert {tuple(each["refused"]) for each in refused} == {("registration_closed",)}
    assert len(outcomes) - len(refused) >= PROCESSES * TASKS // 2


async def test_late_comers_who_insist_do_not_hold_off_the_freeze(city: City, database: Database) -> None:
    seconds = 4.0
    async with a_crowd(database.url(), processes=PROCESSES, tasks=TASKS) as crowd:
        notice, closes_at = await a_notice(city, drain=timedelta(0), soon=0.1)
        acts = everybody(city, notice, closes_at, (0.0, 0.0))
        late = {"do": "insist", "seconds": seconds, "now": (closes_at + SECOND).isoformat(), "pause": 0}
        insisting = asyncio.create_task(crowd.do([[act | late for act in theirs] for theirs in acts]))
        await asyncio.sleep(1.0)
        await asyncio.wait_for(freeze_when_due(notice), seconds - 1.5)
        still = not insisting.done()
        outcomes = await insisting

    assert still
    assert {tuple(each["refused"]) for each in outcomes} == {("registration_closed",)}
