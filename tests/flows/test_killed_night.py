"""
The worker killed at every step of every job: the next one completes it, to the same rows, and nothing happens twice.

`mortal` finds the steps by running: a worker dies at the first point of the jobs' own code where none died before,
until one lives. What is stored in the end is what a worker stored that nobody killed. Which steps there are is read
from the code's tables, so that a new job, a new step of the clock or a new move of a case fails here until it is met.
"""

import ast
import asyncio
import inspect
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from market import schedule
from market.credit.service.cases import executing
from market.credit.states import CaseGround
from market.ledger.signer import Signer
from tests.flows.a_due_city import build, small, stop_the_clock
from tests.flows.comparing import rows_of
from tests.programs import ORIGIN, ROOT, until
from tests.server import Database, TestServer

KILLED = 9
MOST_DEATHS = 1500


@dataclass(slots=True)
class Workers:
    """Lets workers live and die on a database, one after the other."""

    database: Database
    folder: Path
    program: "subprocess.Popen[str]"
    signal: str = ""
    deaths: list[dict[str, Any]] = field(default_factory=list)

    @property
    def said(self) -> Path:
        """Return what the workers said."""
        return self.folder / "said"

    async def work(self, *, kill: str | None, jobs: tuple[str, ...] = (), rounds: int = 2) -> bool:
        """Let a worker work; return whether it lived."""
        number, told = len(self.deaths), self.folder / "told"
        order = {
            "url": self.database.url(), "worker": f"worker {number}", "keys": str(self.folder / "keys"),
            "origin": ORIGIN, "folder": str(self.folder), "told": str(told), "signal": self.signal, "jobs": jobs,
            "rounds": rounds, "known": [each["key"] for each in self.deaths], "kill": "nowhere" if kill is None else kill,
        }  # fmt: skip
        assert self.program.stdin and self.program.stdout
        self.program.stdin.write(json.dumps(order) + "\n")
        self.program.stdin.flush()
        status = int(await asyncio.to_thread(self.program.stdout.readline))
        if status == KILLED:
            self.deaths.append(json.loads(told.read_text()))
            await self._buried()
            return False
        assert status == 0, self.said.read_text()[-3000:]
        assert "step failed" not in self.said.read_text(), self.said.read_text()[-3000:]
        return True

    async def _buried(self) -> None:
        """Wait until the database has noticed the death, and let the dead worker's claims run out."""
        admin = await asyncpg.connect(self.database.url("admin"))
        alive = (
            "select count(*) = 0 from pg_stat_activity where datname = current_database() and usename = 'market_app'"
        )
        await until(lambda: admin.fetchval(alive), pause=0.002)
        await admin.execute("update score_claim set until_at = clock_timestamp() where until_at > clock_timestamp()")
        await admin.close()

    async def until_one_lives(self, *, kill: str = "", jobs: tuple[str, ...] = (), rounds: int = 2) -> None:
        """Kill one worker after the other, each at a point where none died before, until there is none left."""
        while not await self.work(kill=kill, jobs=jobs, rounds=rounds):
            assert len(self.deaths) < MOST_DEATHS, "they never come to an end"


@asynccontextmanager
async def workers(database: Database, folder: Path, signal: str = "") -> AsyncIterator[Workers]:
    folder.mkdir()
    Signer.create(folder / "keys", ORIGIN)
    with (folder / "said").open("w") as said:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.mortal"], cwd=ROOT, text=True, stderr=said, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
    try:
        yield Workers(database, folder, program, signal)
    finally:
        program.terminate()
        program.wait()


async def a_copy(server: TestServer, of: Database) -> Database:
    copied = Database(server, await server.create(of.name))
    await stop_the_clock(copied, anew=False)
    return copied


@pytest.mark.slow
async def test_a_worker_killed_at_every_step_is_completed_by_the_next_and_nothing_happens_twice(
    server: TestServer, template: str, scratch: Path
) -> None:
    city = Database(server, await server.create(template))
    signal = await build(city)
    quiet, deadly = await a_copy(server, city), await a_copy(server, city)
    async with workers(quiet, scratch / "quiet", signal) as alive:
        assert await alive.work(kill=None)
    async with workers(deadly, scratch / "deadly", signal) as mortal:
        await mortal.until_one_lives()
        deaths = mortal.deaths
    expected, found = await rows_of(quiet), await rows_of(deadly)
    Path("/tmp/kills_deaths.json").write_text(json.dumps(deaths))
    for name, rows in (("missing", expected - found), ("too many", found - expected)):
        print(name, *sorted(rows)[:20], sep="\n   ")
    assert found == expected
    for each in (city, quiet, deadly):
        await server.drop(each.name)
