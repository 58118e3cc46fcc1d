"""
A worker that was off for three nights, as a process of its own: three runs, each of its own night's record.

Between the first and the second run the worker is killed, so that another one makes up the rest.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from market import db
from market.contracts.states import ContractState
from market.credit import evaluation
from market.kernel.times import ZONE
from market.schedule import NIGHTLY
from tests.build_contracts import DAY, TERMS, some_deals
from tests.build_credit import evaluated
from tests.programs import programs, until
from tests.server import Database

NIGHTS = 3
RAN = "select count(*) from job_run where result <> '{}'"


async def last_ran(owner: asyncpg.Connection) -> datetime:
    """Let every nightly job have run for the last time before three nights; return the moment of the newest slot."""
    now = (await db.value("select clock_timestamp()")).astimezone(ZONE)
    newest = now
    for each in NIGHTLY:
        slot = datetime.combine(now.date(), each.at, ZONE)
        slot -= DAY if slot > now else timedelta()
        newest = slot if each.prepare else newest
        await owner.execute(
            "insert into job_run (job, slot, ran_by, finished_at, result) values ($1, $2, 'x', $2, '{}')",
            *(each.name, slot - NIGHTS * DAY),
        )
    return newest


@pytest.mark.slow
async def test_a_worker_off_for_three_nights_makes_up_three_runs_each_as_of_its_own_night(
    database: Database, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(scratch))  # a killed worker leaves the folder it computes in
    async with some_deals(database) as deals, programs(database, scratch / "keys", web=False) as market:
        owner = deals.city.connection
        newest = await last_ran(owner)
        days = [evaluation.as_of(newest) - n * DAY for n in reversed(range(NIGHTS))]
        for day in days:  # one contract ends on each of the days, so that no night's record is another's
            noon = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=12)
            terms = replace(TERMS, signed_on=day, agreed_on=day + 30 * DAY)
            await deals.bring(ContractState.CLOSED, at=noon, terms=terms, confirmed_at=noon - timedelta(hours=10))

        market.start("first", "worker")
        await until(lambda: owner.fetchval("select count(*) from score_run"), 120)
        market.kill("first")
        await owner.execute("update score_claim set until_at = now()")  # a quarter of an hour goes by
        market.start("second", "worker")
        await until(lambda: owner.fetchval(f"{RAN} having count(*) = {NIGHTS * len(NIGHTLY)}"), 240)

        runs = await owner.fetch("select as_of, number, result_hash, inputs_hash from score_run order by id")
        assert [(each["as_of"], each["number"]) for each in runs] == [(day, 1) for day in days]
        assert len({each["inputs_hash"] for each in runs}) == NIGHTS
        for each in runs:
            run, _, _ = evaluation.read(await evaluated(each["as_of"]))
            assert (run.inputs_hash, run.result_hash) == (each["inputs_hash"], each["result_hash"])
        for each in NIGHTLY:
            slots = await owner.fetch("select slot from job_run where job = $1 order by id", each.name)
            moments = [found["slot"].astimezone(ZONE) for found in slots]
            assert [later - moment for moment, later in pairwise(moments)] == [DAY] * NIGHTS
        acts = await owner.fetch("select subject from ledger_entry where type = 'credit.run' order by index")
        assert [each["subject"] for each in acts] == [f"credit:{day.isoformat()}" for day in days]
