"""The past quarters of the sample city: made by the real job and services, and made again to the byte."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from market import db
from market.credit import service as credit
from market.demo import history
from market.demo.load import load, make
from market.demo.plan import Plan
from tests.server import Database

PLAN = Plan(seed=3, until=date(2026, 11, 24), scale=0.02)
RESULTS = """
select s.as_of, s.number, s.agencies, s.inputs_hash, s.result_hash, s.signals_hash, r.state, r.drafted_at,
  r.confirmed_at, r.published_at, r.changes, encode(sha256(r.archive), 'hex') as archive
from score_run s left join ranking r on r.run = s.id order by s.as_of
"""
FORGET = """
set session_replication_role = replica;
delete from ranking; delete from signal; delete from agency_score; delete from score_run;
"""


def test_the_last_quarters_are_those_that_ended_before_a_day() -> None:
    assert history.ended(date(2026, 10, 1), 2) == [date(2026, 6, 30), date(2026, 9, 30)]
    assert history.ended(date(2026, 9, 30), 2) == [date(2026, 3, 31), date(2026, 6, 30)]


async def results() -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.fetch(RESULTS)]


@pytest.mark.slow
async def test_past_rankings_are_confirmed_by_a_person_and_come_out_the_same_again(database: Database) -> None:
    await load(database.url("market_owner"), make(PLAN, lambda _words: None), lambda _words: None)
    slots = history.ended(PLAN.until, 2)
    await history.of_quarters(slots, until=PLAN.until)
    first = await results()
    assert [each.slot for each in await credit.published()] == slots[::-1]
    assert await db.value("select count(*) from ranking where confirmed_by is null") == 0

    admin = await asyncpg.connect(database.url("admin"))
    await admin.execute(FORGET)
    await admin.close()
    assert await results() == []
    await history.of_quarters(slots, until=PLAN.until)

    assert await results() == first


@pytest.mark.slow
async def test_a_city_whose_nights_are_evaluated_is_left_alone(database: Database) -> None:
    await load(database.url("market_owner"), make(PLAN, lambda _words: None), lambda _words: None)
    await db.execute(
        "insert into job_run (job, slot, ran_by, finished_at, result) values ('evaluate', now(), 'w', now(), '{}')"
    )

    await history.make_up(PLAN.until)

    assert await results() == []
