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
import os
import subprocess
import sys
from collections import Counter
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
from tests.flows import test_killed_worker
from tests.flows.a_due_city import build, small, stop_the_clock
from tests.flows.comparing import rows_of
from tests.programs import ORIGIN, ROOT, until
from tests.server import Database, TestServer

KILLED = 9
MOST_DEATHS = 2000
COMMITS = ("before the commit", "after the commit")
# The steps of a selection have keepers and secrets, and a test of their own.
SELECTION = {"advance_due": test_killed_worker}
ONE_STATEMENT = {"beat"}
# What only a failing step calls, and the three words of the selection's job.
NO_STEPS = {"back_off", "back_off_case", "next_due", "advance"}


@dataclass(slots=True)
class Workers:
    """Lets workers live and die on a database, one after the other."""

    database: Database
    folder: Path
    program: "subprocess.Popen[str]"
    signal: str = ""
    deaths: list[dict[str, Any]] = field(default_factory=list)

    async def work(self, *, kill: str | None = None, jobs: tuple[str, ...] = ()) -> bool:
        """Let a worker work, to be killed at a new point of a kind; return whether it lived."""
        number, told = len(self.deaths), self.folder / "told"
        order = {
            "url": self.database.url(), "worker": f"worker {number}", "keys": str(self.folder / "keys"),
            "origin": ORIGIN, "folder": str(self.folder), "told": str(told), "signal": self.signal, "jobs": jobs,
            "rounds": 2, "known": [each["key"] for each in self.deaths], "kill": "nowhere" if kill is None else kill,
        }  # fmt: skip
        assert self.program.stdin
        assert self.program.stdout
        self.program.stdin.write(json.dumps(order) + "\n")
        self.program.stdin.flush()
        status = int(await asyncio.to_thread(self.program.stdout.readline))
        if status == KILLED:
            self.deaths.append(json.loads(told.read_text()))
            await self._buried()
            return False
        said = (self.folder.parent / "said").read_text()
        assert status == 0, said[-3000:]
        assert "step failed" not in said, said[-3000:]
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
        if self.deaths[-1]["kind"] == "computing":
            await until(self._no_orphans, 90, pause=0.2)

    async def _no_orphans(self) -> bool:
        """Tell whether what the dead worker had begun to compute has come to its end by itself."""
        for each in Path("/proc").glob("[0-9]*"):
            try:
                words, environ = (each / "cmdline").read_bytes(), (each / "environ").read_bytes()
            except OSError:
                continue
            if b"market.credit.frames" in words and f"MORTAL={self.folder.parent}".encode() in environ:
                return False
        return True

    async def until_one_lives(self) -> None:
        """
        Kill one worker after the other, each at a point where none died before, until there is none left.

        For time's sake a worker begins with the job the last one died in; the one that lives runs every job.
        """
        names = [job.name for job in schedule.JOBS]
        begins = 0
        while True:
            lived = await self.work(kill="", jobs=tuple(names[begins:]))
            if lived and begins == 0:
                return
            begins = 0 if lived else names.index(self.deaths[-1]["job"])
            assert len(self.deaths) < MOST_DEATHS, "they never come to an end"


@asynccontextmanager
async def mortals(folder: Path) -> AsyncIterator["subprocess.Popen[str]"]:
    """Run the program that forks workers; its workers speak into a file."""
    with (folder / "said").open("w") as said:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.mortal"], cwd=ROOT, text=True, stderr=said, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "MORTAL": str(folder), "TMPDIR": str(folder)},
        )  # fmt: skip
    try:
        yield program
    finally:
        program.terminate()
        program.wait()


async def workers_on_a_copy(
    server: TestServer, of: Database, folder: Path, program: "subprocess.Popen[str]", signal: str = ""
) -> Workers:
    """Copy a city with its stopped clock, for workers of its own."""
    copied = Database(server, await server.create(of.name))
    await stop_the_clock(copied, anew=False)
    Signer.create(folder / copied.name / "keys", ORIGIN)
    return Workers(copied, folder / copied.name, program, signal)


def functions(deaths: list[dict[str, Any]], *kinds: str) -> set[str]:
    """Name every function of the market in whose doing a worker died, at points of some kinds."""
    return {each.split(":")[1] for death in deaths if death["kind"] in kinds for each in death["done"]}


def services_of_the_schedule() -> Iterator[str]:
    """Name what the jobs call of the services, as `market.schedule` is written."""
    services = {name for name, held in vars(schedule).items() if inspect.ismodule(held)
                and held.__name__.startswith("market.")}  # fmt: skip
    for each in ast.walk(ast.parse(inspect.getsource(schedule))):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in services:
            held = getattr(getattr(schedule, each.value.id), each.attr)
            if inspect.iscoroutinefunction(held) and each.value.id != "selection":
                yield each.attr


def assert_every_step_was_met(deaths: list[dict[str, Any]]) -> None:
    """Hold the deaths against the tables of the code."""
    for kind in COMMITS:
        jobs = {death["job"] for death in deaths if death["kind"] == kind}
        assert {job.name for job in schedule.JOBS} - jobs == ONE_STATEMENT | set(SELECTION)
        done = functions(deaths, kind)
        assert {move.__name__ for move in executing._MOVES.values()} - done == set()
        assert {each.work.__name__ for each in schedule.NIGHTLY} - done == set()
    everywhere = functions(deaths, "statement", "computing", *COMMITS)
    assert {each.prepare.__name__ for each in schedule.NIGHTLY if each.prepare} - everywhere == set()
    assert set(services_of_the_schedule()) - everywhere - NO_STEPS == set()
    assert {death["job"] for death in deaths if death["kind"] == "computing"} == {"draft_rankings", "make_up_nights"}


def assert_nothing_twice(rows: Counter[str]) -> None:
    """No entry of the log and no message is there a second time, and no decision has two measures."""
    twice = [row for row, count in rows.items() if count > 1 and row.split()[0] in ("ledger_entry", "message")]
    assert twice == []


@pytest.mark.slow
async def test_a_worker_killed_at_every_step_is_completed_by_the_next_and_nothing_happens_twice(
    server: TestServer, template: str, scratch: Path
) -> None:
    city = Database(server, await server.create(template))
    signal = await build(city)
    async with mortals(scratch) as program:
        quiet, deadly = [await workers_on_a_copy(server, city, scratch, program, signal) for _ in range(2)]
        assert await quiet.work()
        await deadly.until_one_lives()

    expected, found = await rows_of(quiet.database), await rows_of(deadly.database)
    assert (expected - found, found - expected) == (Counter(), Counter())
    assert_nothing_twice(found)
    assert_every_step_was_met(deadly.deaths)
    for each in (city, quiet.database, deadly.database):
        await server.drop(each.name)


async def test_an_elimination_is_carried_out_once_by_workers_killed_before_in_and_after_it(
    server: TestServer, template: str, scratch: Path
) -> None:
    city, state = Database(server, await server.create(template)), "select state from agency"
    await small(city, CaseGround.EXTERNAL_DECISION)
    async with mortals(scratch) as program:
        quiet, deadly = [await workers_on_a_copy(server, city, scratch, program) for _ in range(2)]
        only = ("advance_cases",)
        assert await quiet.work(jobs=only)
        owner = await asyncpg.connect(deadly.database.url("market_owner"))
        for kind, after in (("statement", "admitted"), (COMMITS[0], "admitted"), (COMMITS[1], "eliminated")):
            assert not await deadly.work(kill=kind, jobs=only)
            assert await owner.fetchval(state) == after, kind
        assert await deadly.work(jobs=only)
        await owner.close()

    found = await rows_of(deadly.database)
    assert found == await rows_of(quiet.database)
    assert_nothing_twice(found)
    for each in (city, quiet.database, deadly.database):
        await server.drop(each.name)
