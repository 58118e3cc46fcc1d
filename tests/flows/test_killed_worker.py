"""
Workers that are killed in the middle of each step and after each step, while another takes over.

The step under test is held in the middle of its transaction by a trigger of the test that sleeps, so that SIGKILL
meets a worker that has written and not committed. What is stored at the end is compared with what the stored inputs
give in this process, and the log holds each step once.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from market import db
from market.selection.draw import draw
from tests.build_selection import DRAIN, SECOND, SECRETS, Built, City, a_city
from tests.programs import Hands, Programs, hands_of, programs, until
from tests.server import Database

# Asked as the role of the workers, who sees nothing of the others.
ASLEEP = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
SLEEP = """
create function hold() returns trigger language plpgsql as $$ begin perform pg_sleep(2); return null; end $$;
grant execute on function hold() to market_app;
"""


@asynccontextmanager
async def held(city: City, table: str, event: str) -> AsyncIterator[None]:
    """Let whatever does *event* to a table sleep before it can commit."""
    await city.connection.execute(f"create trigger zz_hold after {event} on {table} execute function hold()")
    yield
    await city.connection.execute(f"drop trigger zz_hold on {table}")


@pytest.fixture
async def hands(database: Database) -> AsyncIterator[Hands]:
    async with hands_of(database) as hands:
        yield hands


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=5) as city:
        await city.connection.execute(SLEEP)
        yield city


async def killed_twice(city: City, market: Programs, step: tuple[str, str, str]) -> None:
    """Kill a worker in the middle of a step, let another do the step, and kill that one too."""
    table, event, done = step
    async with held(city, table, event):
        market.start("first", "worker")
        await until(lambda: db.value(ASLEEP), 40)
        market.kill("first")
        assert not await city.connection.fetchval(done), f"{table}: seen before its commit"
    market.start("second", "worker")
    await until(lambda: city.connection.fetchval(done), 40)
    market.kill("second")


def hand_secrets_to_keepers(market: Programs, notice: Built) -> None:
    for keeper, secret in SECRETS.items():
        (market.keys / keeper).mkdir(mode=0o700)
        (market.keys / keeper / notice.code).write_text(secret)


@pytest.mark.slow
async def test_a_worker_killed_in_and_after_every_step_changes_no_result_and_doubles_no_step(
    database: Database, hands: Hands, city: City, scratch: Path
) -> None:
    closes_at = (await hands.now()).replace(microsecond=0) + timedelta(minutes=10)
    notice = await city.notice(closes_at=closes_at)
    async with programs(database, scratch / "keys", web=False) as market:
        hand_secrets_to_keepers(market, notice)
        market.start("early", "worker")
        await until(lambda: city.connection.fetchval("select count(*) from worker_beat"), 40)
        market.kill("early")
        assert await city.connection.fetchval("select state from notice") == "open"

        await hands.push_to(closes_at + DRAIN)
        await killed_twice(city, market, ("pool", "insert", "select count(*) from pool"))
        for keeper in SECRETS:
            market.start(keeper, "keeper", keeper)
        await until(lambda: city.connection.fetchval("select count(*) = 3 from draw_secret"), 40)
        await killed_twice(city, market, ("draw_input", "insert", "select count(*) from draw_input"))
        await hands.push_to(closes_at + DRAIN + 26 * SECOND)
        market.start("beacon", "keeper", "beacon")
        await until(lambda: city.connection.fetchval("select count(*) from beacon"), 40)
        await killed_twice(city, market, ("draw", "insert", "select count(*) from draw"))
        await hands.push_to(await city.connection.fetchval("select standstill_ends_at from award"))
        awarded = "select count(*) from award where state = 'confirmed'"
        await killed_twice(city, market, ("award", "update", awarded))

    await assert_the_result_is_that_of_the_inputs(city, notice)
    await assert_each_step_once(city, notice)


async def assert_the_result_is_that_of_the_inputs(city: City, notice: Built) -> None:
    """Draw again from the rows that were stored before the draw."""
    stored = await city.connection.fetchrow(
        "select v.body, p.lists, i.secrets, b.kind, b.event, b.value, d.result_hash from notice_version v"
        " join pool p using (notice) join draw_input i using (notice) join draw d using (notice)"
        " join beacon b on b.event = $2 where v.notice = $1",
        notice.id,
        notice.event,
    )
    beacons = [{name: stored[name] for name in ("kind", "event", "value")}]
    again = draw(*(json.loads(stored[name]) for name in ("body", "lists", "secrets")), beacons)
    assert again.result_hash == stored["result_hash"]
    placed = await city.connection.fetch("select uscc from registration order by place")
    assert [row["uscc"] for row in placed] == list(again.orders()["agency"])


async def assert_each_step_once(city: City, notice: Built) -> None:
    """Compare the log with a life that nobody disturbed."""
    kinds = await city.connection.fetch("select type from ledger_entry where subject = $1 order by index", notice.code)
    assert [row["type"] for row in kinds] == [
        "pool.frozen", "secret.revealed", "secret.revealed", "secret.revealed", "inputs.frozen", "beacon.published",
        "draw.result", "award.proposed", "award.confirmed",
    ]  # fmt: skip
    counts = {
        table: await city.connection.fetchval(f"select count(*) from {table}")
        for table in ("pool", "draw_input", "draw", "award")
    }
    assert set(counts.values()) == {1}, counts
