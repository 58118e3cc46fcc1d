"""What a worker does for contracts and reviews, by its own jobs, and that one bad row holds up no other."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from market import db, schedule
from market.contracts import service
from market.contracts.states import ContractState
from market.schedule import Shift
from tests.build_contracts import Deals, some_deals
from tests.server import Database

S = ContractState
SHIFT = Shift("test", None)


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


async def test_a_worker_goes_from_award_to_lapse(deals: Deals) -> None:
    long_ago: datetime = await db.value("select now() - interval '3 hours'")
    await deals.award(ruleset="practice-2026", confirmed_at=long_ago)

    await schedule.open_contracts(SHIFT)
    await schedule.advance_contracts(SHIFT)

    assert await db.value("select state from contract") == "lapsed"


async def test_a_worker_opens_reviews_and_reveals_them_at_the_end(deals: Deals) -> None:
    await deals.bring(S.ACCEPTED)

    await schedule.open_contracts(SHIFT)
    await schedule.reveal_reviews(SHIFT)

    assert await db.value("select count(*) from review where state = 'neutral'") == 2


async def test_an_old_award_is_found_by_the_hourly_look(deals: Deals) -> None:
    await deals.award()

    await schedule.open_contracts(SHIFT)
    assert await db.value("select count(*) from contract") == 0
    await schedule.open_contracts_of_all_times(SHIFT)
    assert await db.value("select count(*) from contract") == 1


async def test_a_contract_whose_step_fails_waits_behind_the_others(
    deals: Deals, monkeypatch: pytest.MonkeyPatch
) -> None:
    since: datetime = await db.value("select now() - interval '3 hours'")
    bad = await deals.due(ruleset="practice-2026", confirmed_at=since)
    good = await deals.due(ruleset="practice-2026", confirmed_at=since + timedelta(minutes=1))
    real = service.advance

    async def fails_for_one(number: str, *, now: datetime) -> bool:
        if number == bad:
            raise RuntimeError("a bad row")
        return await real(number, now=now)

    monkeypatch.setattr(service, "advance", fails_for_one)
    await schedule.advance_contracts(SHIFT)

    states = dict(await db.fetch("select number, state from contract"))
    assert states == {bad: "due", good: "lapsed"}
