"""The nightly evaluation: once per slot, every slot in order, and a ranking anybody recomputes from its package."""

import asyncio
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from market import db, schedule
from market.clock import service as clock
from market.contracts.states import ContractState
from market.credit import evaluation, service
from market.credit.states import RankingState
from market.kernel.errors import Conflict, Forbidden, MoveRefused, NotFound
from market.kernel.roles import PUBLIC, Actor
from market.kernel.times import ZONE
from market.schedule import Shift
from tests.build_contracts import Deals, some_deals
from tests.build_credit import SLOT, a_ranking, a_regulator, a_run, objected
from tests.server import Database


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def regulator(deals: Deals) -> Actor:
    now = await db.value("select now()")
    return a_regulator(deals.city.person, await deals.city.organisation("regulator", "91990000MA0REG0001", now))


async def nights_ago(count: int) -> datetime:
    """Let the job have run last so many nights ago, and return that slot."""
    today = (await clock.now()).astimezone(ZONE)
    newest = today.replace(hour=2, minute=30, second=0, microsecond=0)
    newest -= timedelta(days=1) if newest > today else timedelta()
    last = newest - timedelta(days=count)
    await db.execute(
        "insert into job_run (job, slot, ran_by, finished_at, result) values ('evaluate', $1, 'x', $1, '{}')", last
    )
    return last


async def test_every_missed_slot_is_made_up_in_order_each_as_of_its_own_day(deals: Deals) -> None:
    last = await nights_ago(2)

    await schedule.make_up_nights(Shift("one", None))

    rows = await db.fetch("select as_of from score_run order by id")
    assert [row["as_of"] for row in rows] == [evaluation.as_of(last) + timedelta(days=n) for n in (1, 2)]
    acts = await db.fetch("select subject from ledger_entry where type = 'credit.run' order by index")
    assert [row["subject"] for row in acts] == [f"credit:{row['as_of'].isoformat()}" for row in rows]


async def test_of_two_workers_one_run_remains(deals: Deals) -> None:
    await nights_ago(1)

    await asyncio.gather(*(schedule.make_up_nights(Shift(name, None)) for name in ("one", "two")))

    assert await db.value("select count(*) from score_run") == 1
    assert await db.value("select count(*) from ledger_entry where type = 'credit.run'") == 1


async def test_two_that_both_computed_a_slot_store_it_once(deals: Deals) -> None:
    slot = datetime(2026, 4, 1, 2, 30, tzinfo=ZONE)
    computed = await evaluation.compute(evaluation.as_of(slot))

    stored = [await clock.once("evaluate", slot, lambda: evaluation.store(computed), worker=name) for name in "ab"]

    assert stored == [True, False]
    assert await db.value("select count(*) from score_run") == 1


async def test_a_claimed_slot_is_left_to_its_worker_until_the_claim_ends(deals: Deals) -> None:
    slot = datetime(2026, 4, 1, 2, 30, tzinfo=ZONE)
    await db.execute("insert into score_claim (slot, worker, until_at) values ($1, 'x', now() + interval '1 s')", slot)
    assert await evaluation.prepare(slot, "y") is None

    await db.execute("update score_claim set until_at = now()")
    assert await evaluation.prepare(slot, "y") is not None


async def test_a_computing_process_that_fails_stores_nothing(deals: Deals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "sys", type("Broken", (), {"executable": "/bin/false"}))

    with pytest.raises(evaluation.EvaluationFailed):
        await evaluation.compute(SLOT)

    assert await db.value("select count(*) from score_run") == 0


async def test_the_log_tells_no_agency_and_no_signal(deals: Deals) -> None:
    await deals.bring(ContractState.CLOSED)
    await a_run()

    rows = await db.fetch("select body from ledger_entry where type in ('credit.run', 'ranking.drafted')")
    assert len(rows) == 2
    for row in rows:
        told = bytes(row["body"]).decode()
        assert deals.uscc not in told
        assert "signal" not in told


async def test_the_published_package_reproduces_the_ranking_byte_for_byte(
    deals: Deals, database: Database, regulator: Actor, tmp_path: Path
) -> None:
    await deals.bring(ContractState.CLOSED)
    await deals.bring(ContractState.TERMINATED)
    await a_ranking(database, RankingState.PUBLISHED, regulator)

    with zipfile.ZipFile(io.BytesIO(await service.archive(SLOT))) as archive:
        archive.extractall(tmp_path / "package")
    asked = [sys.executable, "-m", "scoring", str(tmp_path / "package"), "--as-of", SLOT.isoformat()]
    done = await asyncio.to_thread(subprocess.run, [*asked, "--out", str(tmp_path / "out")], check=True)

    assert done.returncode == 0
    published = {path.name: path.read_bytes() for path in (tmp_path / "package" / "results").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == published
    result = hashlib.sha256(published["manifest.json"]).hexdigest()
    assert await db.value("select result_hash from score_run") == result
    assert "signals.csv" not in published


async def test_the_lines_of_every_score_add_up_to_its_total(deals: Deals) -> None:
    await deals.bring(ContractState.CLOSED)
    await a_run()

    rows = await db.fetch("select total, lines, parts from agency_score where total is not null")
    assert rows
    for row in rows:
        assert sum(line[-1] for line in json.loads(row["lines"])) == row["total"]
        assert sum(part["points"] or 0 for part in json.loads(row["parts"]).values()) == row["total"]


async def test_a_ranking_is_confirmed_once_its_objections_have_ended(
    deals: Deals, database: Database, regulator: Actor
) -> None:
    await a_run()
    until = await db.value("select objections_until_at from ranking")

    with pytest.raises(Conflict, match="objections_open"):
        await service.confirm(SLOT, actor=regulator, now=until - timedelta(seconds=1))
    await service.confirm(SLOT, actor=regulator, now=until)
    with pytest.raises(MoveRefused):
        await service.confirm(SLOT, actor=regulator, now=until)


async def test_who_does_not_watch_every_trade_confirms_no_ranking(
    deals: Deals, database: Database, regulator: Actor
) -> None:
    await a_run()
    now = await objected(database.url("market_owner"))
    narrow = a_regulator(deals.city.person, deals.owner.organisation_id or 0, "construction")

    with pytest.raises(Forbidden):
        await service.confirm(SLOT, actor=narrow, now=now)
    with pytest.raises(MoveRefused):
        await service.confirm(SLOT, actor=deals.owner, now=now)


async def test_a_worker_publishes_what_is_confirmed_with_its_changes(
    deals: Deals, database: Database, regulator: Actor
) -> None:
    await a_ranking(database, RankingState.CONFIRMED, regulator)
    with pytest.raises(NotFound):
        await service.archive(SLOT)
    with pytest.raises(NotFound):
        await service.ranking(SLOT, PUBLIC)

    await schedule.publish_rankings(Shift("one", None))
    await schedule.publish_rankings(Shift("two", None))

    assert (await service.ranking(SLOT, PUBLIC)).state is RankingState.PUBLISHED
    changes = json.loads(await db.value("select changes from ranking"))
    assert {each["uscc"] for each in changes} == set(deals.city.agencies)
    assert await db.value("select count(*) from ledger_entry where type = 'ranking.published'") == 1
