"""Rules of readiness: a market without worker or migrations is not ready, and a powerful login is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from market import db, health
from market.health import BEAT_WITHIN, PowerfulLogin
from market.ledger import service as ledger
from market.ledger.signer import Signer, sign_checkpoint
from tests.server import Database
from tests.web import browser, market


async def beat(after: timedelta) -> None:
    await db.execute(
        "insert into worker_beat (worker, seen_at) values ('one', now() + $1)"
        " on conflict (worker) do update set seen_at = excluded.seen_at",
        after,
    )


async def test_the_process_answers_even_without_a_worker(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_without_a_worker_the_market_is_not_ready(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        answer = await client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json() == {"database": True, "migrations": True, "worker": False, "log_signed": True}


@pytest.mark.parametrize(("ago", "status"), [(-BEAT_WITHIN / 2, 200), (-BEAT_WITHIN - timedelta(seconds=5), 503)])
async def test_a_worker_counts_while_its_last_sign_of_life_is_fresh(
    database: Database, ago: timedelta, status: int
) -> None:
    async with market(database) as app, browser(app) as client:
        await beat(ago)

        assert (await client.get("/readyz")).status_code == status


@pytest.mark.parametrize(("waiting", "signed"), [(0, True), (50, True), (70, False)])
async def test_a_log_that_nobody_signs_is_named_and_takes_nothing_off_the_net(
    database: Database, waiting: int, signed: bool
) -> None:
    async with db.writing():
        at = await db.value("select now() - make_interval(secs => $1)", float(waiting))
        await ledger.append("item.proposed", at=at, subject="item:x", fields={})
    async with market(database) as app, browser(app) as client:
        await beat(timedelta())

        answer = await client.get("/readyz")

        assert answer.status_code == 200
        assert answer.json()["log_signed"] is signed


async def test_the_age_of_an_unsigned_entry_ends_with_the_checkpoint_that_holds_it(
    database: Database, tmp_path: Path
) -> None:
    async with db.writing():
        at = await db.value("select now() - interval '90 seconds'")
        await ledger.append("item.proposed", at=at, subject="item:x", fields={})
    async with market(database) as app, browser(app) as client:
        before = (await client.get("/metrics")).text
        await sign_checkpoint(Signer.create(tmp_path, "test.example/log"), now=await db.value("select now()"))
        after = (await client.get("/metrics")).text

    assert 89 < float(before.split("\nmarket_log_unsigned_seconds ")[1].split()[0]) < 120
    assert "\nmarket_log_unsigned_seconds 0.0\n" in after


async def test_a_database_that_lacks_migrations_is_not_ready(empty_database: Database) -> None:
    await db.connect(empty_database.url())
    async with market(empty_database) as app, browser(app) as client:
        answer = await client.get("/readyz")
    await db.close()

    assert answer.status_code == 503
    assert answer.json()["migrations"] is False


async def test_a_login_that_could_rewrite_the_log_is_refused(database: Database) -> None:
    await health.refuse_powerful_login()
    await db.close()
    await db.connect(database.url("market_owner"))

    with pytest.raises(PowerfulLogin):
        await health.refuse_powerful_login()


async def test_the_numbers_name_nobody(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        text = (await client.get("/metrics")).text

        assert "market_ledger_entries 0.0" in text
        assert "market_requests_total" in text
