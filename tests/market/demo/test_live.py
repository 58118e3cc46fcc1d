"""Live notices go through the real services: promised, published, entered, drawn by whoever watches."""

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from market import db
from market.clock import service as clock
from market.demo import SampleCityRefused, history
from market.demo.live import RULESET, WANTED, one_round, set_up
from market.demo.load import load, make
from market.demo.plan import Plan
from market.notices import service as notices
from market.notices.rules.asked import NewDraft
from market.notices.rules.publication import KEEPERS
from market.registrations.sealing import Keys
from market.selection.draw import commitment
from tests.server import Database

PLAN = Plan(seed=5, until=date(2026, 11, 24), scale=0.02)


async def open_city(database: Database) -> datetime:
    """Load a small city and return the database's time."""
    await load(database.url("market_owner"), make(PLAN, lambda _: None), lambda _: None)
    return await clock.now()


async def promise_all(now: datetime) -> None:
    """Promise what the keepers would promise."""
    for keeper in KEEPERS:
        for notice_id, code, suite in await notices.drafts_wanting_commitments(keeper):
            await notices.commit(keeper, notice_id, commitment(code, keeper, "ab" * 32, suite), now=now)


async def states(project: int) -> list[str]:
    return [row["state"] for row in await db.fetch("select state from notice where project = $1 order by id", project)]


async def test_a_draft_waits_for_its_keepers_and_is_then_published(database: Database) -> None:
    now = await open_city(database)
    stage = await set_up(now)

    await one_round(stage, Random(1), now=now)
    await one_round(stage, Random(1), now=now)
    assert set(await states(stage.project_id)) == {"draft"}
    await promise_all(now)
    await one_round(stage, Random(1), now=now)

    assert (await states(stage.project_id))[:2] == ["open", "open"]
    sql = "select ruleset, closes_at, practice from notice where project = $1 and state = 'open'"
    opened = await db.fetch(sql, stage.project_id)
    assert len(opened) >= 2
    for row in opened:
        assert (row["ruleset"], row["practice"]) == (RULESET, True)
        assert timedelta(minutes=2) <= row["closes_at"] - now.replace(microsecond=0) <= timedelta(minutes=4)


async def test_what_a_visitor_drafts_is_left_to_the_visitor(database: Database) -> None:
    now = await open_city(database)
    stage = await set_up(now)
    asked = NewDraft(stage.project_id, stage.items[0])
    code = await notices.draft(asked, actor=stage.owner, now=now, ruleset=RULESET)
    await promise_all(now)
    await one_round(stage, Random(1), now=now)
    assert await db.value("select state from notice where code = $1", code) == "draft"


async def test_no_more_than_wanted_are_open(database: Database) -> None:
    now = await open_city(database)
    stage = await set_up(now)
    for _ in range(WANTED + 3):
        await one_round(stage, Random(1), now=now)
        await promise_all(now)

    assert len(await states(stage.project_id)) == WANTED


async def test_agencies_come_as_time_passes_but_the_visitors_own_do_not(database: Database) -> None:
    now = await open_city(database)
    stage = await set_up(now)
    await one_round(stage, Random(1), now=now)
    await promise_all(now)
    await one_round(stage, Random(1), now=now)
    for second in range(0, 110, 3):
        await one_round(stage, Random(second), now=now + timedelta(seconds=second))

    logins = await db.fetch(
        "select p.login from registration r join person p on p.id = r.registered_by join notice n on n.id = r.notice"
        " where n.project = $1",
        stage.project_id,
    )
    assert len(logins) >= 3
    assert not [row["login"] for row in logins if row["login"].startswith("sample-")]


async def test_a_second_start_finds_the_same_project(database: Database) -> None:
    now = await open_city(database)

    assert await set_up(now) == await set_up(now)


async def test_there_are_no_live_notices_without_the_city(database: Database) -> None:
    with pytest.raises(SampleCityRefused):
        await set_up(await clock.now())


async def test_a_notice_for_quotes_is_entered_with_sealed_ones(database: Database, tmp_path: Path) -> None:
    now = await open_city(database)
    stage = await set_up(now, Keys(tmp_path).create())
    rng = Random(3)
    for _ in range(WANTED + 1):
        await one_round(stage, rng, now=now)
    await promise_all(now)
    await one_round(stage, rng, now=now)
    await one_round(stage, rng, now=now + timedelta(seconds=100))

    sealed = await db.value(
        "select count(*) from sealed_quote s join registration r on r.id = s.registration"
        " join notice n on n.id = r.notice where n.project = $1 and n.method = 'lowest_quote'",
        stage.project_id,
    )
    assert sealed > 0


async def test_a_market_without_contracts_has_no_past_to_make_up(database: Database) -> None:
    await history.make_up(None)

    assert await db.value("select count(*) from score_run") == 0
