"""Rules of readiness: a market without worker or migrations is not ready, and a powerful login is refused."""

from datetime import timedelta

import pytest

from market import db, health
from market.health import BEAT_WITHIN, PowerfulLogin
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
        assert answer.json() == {"database": True, "migrations": True, "worker": False}


@pytest.mark.parametrize(("ago", "status"), [(-BEAT_WITHIN / 2, 200), (-BEAT_WITHIN - timedelta(seconds=5), 503)])
async def test_a_worker_counts_while_its_last_sign_of_life_is_fresh(
    database: Database, ago: timedelta, status: int
) -> None:
    async with market(database) as app, browser(app) as client:
        await beat(ago)

        assert (await client.get("/readyz")).status_code == status


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
