"""Workers that die, race and fail: every due step happens once, and with the same result."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from market import db, schedule
from market.clock import service as clock
from market.kernel.canonical import digest
from market.ledger import service as ledger
from market.schedule import Shift
from market.selection import service
from tests.build_selection import BEACON, DRAW_AT, FREEZE, KEEPERS, SECOND, SECRETS, Built, City, a_city, opened
from tests.server import Database

MANY = int(os.environ.get("MARKET_TEST_DRAWS", "300"))
STARTED = (
    "import asyncio, sys; from market.worker import work;"
    "asyncio.run(work(sys.argv[1], keys=None, origin='test.example/log'))"
)


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=3) as city:
        yield city


class Killed(Exception):
    """Stands for the death of a worker in the middle of its transaction."""


async def crash_before_commit(step: Callable[[], Awaitable[bool]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker die after everything but the commit."""

    async def append_and_die(acts: list[ledger.Act]) -> int:
        await real(acts)
        raise Killed

    real = ledger.append_many
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "append_many", append_and_die)
        with pytest.raises(Killed):
            await step()


def steps_of(notice: Built) -> list[Callable[[], Awaitable[bool]]]:
    """Return every step of a notice that a worker takes."""
    return [
        lambda: service.freeze(notice.id, now=FREEZE),
        lambda: service.freeze_inputs(notice.id, now=FREEZE + 2 * SECOND),
        lambda: service.draw(notice.id, now=DRAW_AT),
        lambda: service.finish_standstill(notice.id, now=DRAW_AT + timedelta(minutes=3)),
    ]


async def reveal_and_publish(notice: Built, place: int) -> None:
    if place == 1:
        for keeper in KEEPERS:
            await service.reveal(keeper, notice.id, SECRETS[keeper], now=FREEZE + SECOND)
    if place == 2:
        await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)


async def test_a_worker_that_dies_in_any_step_changes_nothing_and_another_gives_the_same_result(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = await city.notice()
    for place, step in enumerate(steps_of(notice)):
        await reveal_and_publish(notice, place)
        before = await snapshot(notice)

        await crash_before_commit(step, monkeypatch)

        assert await snapshot(notice) == before
        assert await step()

    bundle = json.loads(await db.value("select bundle from draw where notice = $1", notice.id))
    assert digest(bundle["result"]) == bundle["result_hash"]
    kinds = [entry.type for entry in await ledger.entries_of(notice.code)]
    assert len(kinds) == len(set(kinds)) + len(KEEPERS) - 1


async def test_two_cities_with_the_same_rows_draw_the_same_hash(city: City) -> None:
    notice = await opened(await city.notice())
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    inputs = await db.row("select lists, (select secrets from draw_input) as secrets from pool")
    body = await db.value("select body from notice_version")
    await service.draw(notice.id, now=DRAW_AT + timedelta(days=2))

    assert inputs is not None
    stored = json.loads(await db.value("select bundle from draw"))
    assert stored["lists"] == json.loads(inputs["lists"])
    assert stored["secrets"] == json.loads(inputs["secrets"])
    assert stored["notice"] == json.loads(body)


async def snapshot(notice: Built) -> tuple[object, ...]:
    """Return all that a step of a notice may change."""
    states = await db.fetch("select id, state, place from registration where notice = $1 order by id", notice.id)
    counts = [
        await db.value(f"select count(*) from {name}") for name in ("pool", "draw_input", "draw", "award", "message")
    ]
    size, root, _ = await ledger.head()
    moved = await db.row("select state, next_check_at, pool_size from notice where id = $1", notice.id)
    assert moved is not None
    return (tuple(moved), [tuple(each) for each in states], counts, size, root)


async def test_eight_workers_at_once_freeze_a_pool_once(city: City) -> None:
    notice = await city.notice()

    frozen = await asyncio.gather(*(service.advance(notice.id, now=FREEZE) for _ in range(8)))

    assert sum(frozen) == 1
    assert await db.value("select count(*) from pool") == 1


async def test_a_notice_whose_step_fails_holds_up_no_other_and_is_tried_again(city: City) -> None:
    bad, good = await city.notice(), await city.notice()
    await city.connection.execute("delete from draw_commitment where notice = $1", bad.id)
    await city.connection.execute("update notice_version set body = '[]' where notice = $1", bad.id)

    await schedule.advance_due(Shift("test", None))

    states = dict(await db.fetch("select id, state from notice"))
    assert states[bad.id] == "open"
    assert states[good.id] != "open"
    again = await db.value("select next_check_at from notice where id = $1", bad.id)
    assert again > await clock.now()


async def test_a_slot_runs_once_however_often_it_is_called(database: Database) -> None:
    runs = []

    async def work() -> dict[str, int]:
        runs.append(1)
        return {"done": 1}

    slot = datetime(2026, 3, 5, 19, 30, tzinfo=UTC)
    ran = await asyncio.gather(*(clock.once("job", slot, work, worker="test") for _ in range(4)))

    assert sorted(ran) == [False, False, False, True]
    assert len(runs) == 1


async def test_a_slot_whose_work_failed_runs_again(database: Database) -> None:
    async def fail() -> dict[str, int]:
        raise Killed

    async def work() -> dict[str, int]:
        return {}

    slot = datetime(2026, 3, 5, 19, 30, tzinfo=UTC)
    with pytest.raises(Killed):
        await clock.once("job", slot, fail, worker="test")

    assert await clock.once("job", slot, work, worker="test")


async def test_every_missed_night_is_made_up_for_in_order(database: Database) -> None:
    at = schedule.NIGHTLY[0].at
    now = datetime(2026, 3, 5, 20, 0, tzinfo=UTC)  # 04:00 of 6 March in Beijing

    async def work() -> dict[str, int]:
        return {}

    first = await clock.missed_slots("job", at, now)
    await clock.once("job", first[0], work, worker="test")
    assert await clock.missed_slots("job", at, now) == []
    assert await clock.missed_slots("job", at, now + timedelta(hours=23, minutes=29)) == []
    later = await clock.missed_slots("job", at, now + timedelta(days=3))

    assert [each.day for each in first] == [6]
    assert [each.day for each in later] == [7, 8, 9]


async def start_worker(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", STARTED, url)


async def test_a_worker_ends_in_peace_when_it_is_told_to(database: Database) -> None:
    worker = await start_worker(database.url())
    while not await db.value("select count(*) from worker_beat"):
        await asyncio.sleep(0.1)

    worker.send_signal(signal.SIGTERM)

    assert await asyncio.wait_for(worker.wait(), 10) == 0


@pytest.mark.slow
async def test_due_draws_happen_once_each_though_a_worker_is_killed(database: Database) -> None:
    async with a_city(database, agencies=3) as city:
        for _ in range(MANY):
            await city.awaiting_draw()
    workers = [await start_worker(database.url()) for _ in range(4)]
    try:
        drawn = 0
        while drawn < MANY:
            await asyncio.sleep(0.2)
            drawn = await db.value("select count(*) from draw")
            if drawn > MANY // 3 and len(workers) == 4:
                workers.pop(random.randrange(4)).kill()
    finally:
        for worker in workers:
            worker.terminate()
        ends = [await asyncio.wait_for(worker.wait(), 30) for worker in workers]

    assert ends == [0, 0, 0]
    once = "select count(*), count(distinct subject) from ledger_entry where type = $1"
    assert tuple(await db.row(once, "draw.result") or ()) == (MANY, MANY)
    assert tuple(await db.row(once, "award.proposed") or ()) == (MANY, MANY)
    assert await db.value("select count(*) from notice where state = 'standstill'") == MANY
