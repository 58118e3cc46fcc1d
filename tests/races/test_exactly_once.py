"""
Eight processes that do the same thing in the same instant: one succeeds, the others are refused by name.

A web program and two workers run beside them. Registering and admitting are asked for over HTTP; closing and drawing
are steps of the clock, so that the eight act as workers do and the two real ones may be first: then nobody of the
eight succeeds, and the record still holds the step once.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from market import db
from market.accounts import sessions
from market.agencies import service as agencies
from market.clock import service as clock
from market.kernel.roles import Actor, Role
from tests.build_agencies import a_letter, an_actor, an_applicant
from tests.build_selection import DRAIN, City, a_city
from tests.programs import Programs, programs, until
from tests.races.crowd import Crowd, a_crowd
from tests.server import Database

PROCESSES = 8
ROUNDS = [pytest.param(3, id="3"), pytest.param(20, id="20", marks=pytest.mark.slow)]
MOMENT_S = 0.3


@dataclass(frozen=True, slots=True)
class Scene:
    """A city, the programs that run in it, and the eight."""

    city: City
    market: Programs
    crowd: Crowd

    async def all_at_once(self, act: dict[str, Any]) -> list[Any]:
        """Let the eight do one act in the same instant."""
        begin = time.time() + MOMENT_S
        return await self.crowd.do([[act | {"begin": begin}]] * PROCESSES)


@pytest.fixture(scope="module")
async def scene(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Return one scene for the whole module: its programs take longer to start than the races do."""
    async with (
        a_city(module_database, agencies=3) as city,
        programs(module_database, tmp_path_factory.mktemp("market") / "keys", web=True) as market,
        a_crowd(module_database.url(), processes=PROCESSES, tasks=1) as crowd,
    ):
        for name in ("first", "second"):
            market.start(name, "worker")
        yield Scene(city, market, crowd)


async def entries(kind: str) -> int:
    """Count the entries of a kind in the log."""
    return int(await db.value("select count(*) from ledger_entry where type = $1", kind))


async def a_token(actor: Actor) -> str:
    """Make a bearer token for somebody."""
    async with db.writing():
        return await sessions.make_token(actor, "races", now=await clock.now(), days=1)


def assert_one_success(outcomes: list[Any], success: int, refusals: set[tuple[str, ...]]) -> None:
    """Compare eight answers: one success, seven refusals with their stable codes, nothing else."""
    statuses = sorted(each["status"] for each in outcomes)
    assert statuses == [success] + [409] * (PROCESSES - 1), outcomes
    named = {(each["code"], *each["errors"]) for each in outcomes if each["status"] != success}
    assert named <= refusals, named


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_eight_registrations_of_one_agency_give_one_receipt(scene: Scene, rounds: int) -> None:
    uscc, organisation = next(iter(scene.city.organisations.items()))
    await scene.city.connection.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, now())"
        " on conflict do nothing",
        *(scene.city.person, organisation),
    )
    token = await a_token(Actor(Role.AGENCY, "示例人", scene.city.person, organisation, "990100", ()))
    before = await entries("registration")
    for number in range(1, rounds + 1):
        notice = await scene.city.notice([], closes_at=await clock.now() + timedelta(hours=1))
        url = f"{scene.market.address}/api/v1/notices/{notice.code}/registration"
        act = {"do": "ask", "method": "POST", "url": url, "token": token, "body": {"declared": True}}

        outcomes = await scene.all_at_once(act)

        assert_one_success(outcomes, 201, {("not_registrable", "already_registered")})
        entered = await db.value("select count(*) from registration where notice = $1 and uscc = $2", notice.id, uscc)
        assert entered == 1
        assert await entries("registration") == before + number


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_eight_admissions_of_one_agency_admit_it_once(scene: Scene, rounds: int) -> None:
    token = await a_token(await an_actor(Role.OPERATOR))
    before = await entries("agency.admitted")
    for number in range(1, rounds + 1):
        actor, uscc = await an_applicant()
        await agencies.submit(a_letter(), actor=actor, now=await clock.now())
        url = f"{scene.market.address}/api/v1/agencies/{uscc}/admit"
        act = {"do": "ask", "method": "POST", "url": url, "token": token, "body": {"verified": []}}

        outcomes = await scene.all_at_once(act)

        assert_one_success(outcomes, 204, {("move_refused", "move_refused")})
        assert await entries("agency.admitted") == before + number


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_eight_closings_and_two_workers_freeze_one_pool(scene: Scene, rounds: int) -> None:
    before = await entries("pool.frozen")
    for number in range(1, rounds + 1):
        closes_at = await clock.now() - DRAIN + timedelta(seconds=MOMENT_S)
        notice = await scene.city.notice(closes_at=closes_at)

        outcomes = await scene.all_at_once({"do": "advance", "notice": notice.id})

        assert outcomes.count(True) <= 1
        assert outcomes.count(True) + outcomes.count(False) == PROCESSES
        await done("select count(*) from pool where notice = $1", notice.id)
        assert await entries("pool.frozen") == before + number


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_eight_draws_and_two_workers_make_one_result(scene: Scene, rounds: int) -> None:
    before = [await entries(kind) for kind in ("draw.result", "award.proposed")]
    for number in range(1, rounds + 1):
        notice = await scene.city.awaiting_draw()

        outcomes = await scene.all_at_once({"do": "advance", "notice": notice.id})

        assert outcomes.count(True) <= 1
        assert outcomes.count(True) + outcomes.count(False) == PROCESSES
        await done("select count(*) from draw where notice = $1", notice.id)
        after = [await entries(kind) for kind in ("draw.result", "award.proposed")]
        assert after == [count + number for count in before]


async def done(sql: str, notice: int) -> None:
    """Wait until a step is on record, which one of the two workers may still be committing."""

    async def told() -> bool:
        return bool(await db.value(sql, notice))

    await until(told)
