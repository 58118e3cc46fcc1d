"""Rules of sessions and tokens: their ends to the second, and that nothing planted survives signing in."""

from datetime import timedelta

import pytest

from market import db
from market.accounts import service, sessions
from market.kernel.errors import Forbidden
from market.kernel.roles import Role
from tests.server import Database
from tests.web import PASSWORD, browser, csrf, market, member, signed_in

SECOND = timedelta(seconds=1)
IDLE = timedelta(minutes=60)


async def a_session(database: Database) -> tuple[str, object]:
    """Open a session and return its token and the moment."""
    person, organisation = await member(Role.OWNER)
    now = await db.value("select now()")
    async with db.writing():
        return await sessions.open_session(person, organisation, now=now, replaces=None), now


@pytest.mark.parametrize(("after", "alive"), [(IDLE - SECOND, True), (IDLE, False), (IDLE + SECOND, False)])
async def test_an_idle_session_ends_at_the_second(database: Database, after: timedelta, alive: bool) -> None:
    token, now = await a_session(database)

    found = await sessions.behind_session(token, now=now + after, idle=IDLE)  # type: ignore[operator]

    assert (found is not None) is alive


@pytest.mark.parametrize(
    ("after", "alive"),
    [(sessions.LONGEST - SECOND, True), (sessions.LONGEST, False), (sessions.LONGEST + SECOND, False)],
)
async def test_no_session_outlives_its_longest_time_however_busy(
    database: Database, after: timedelta, alive: bool
) -> None:
    token, now = await a_session(database)
    moment = now
    while moment < now + after - IDLE / 2:  # type: ignore[operator]
        assert await sessions.behind_session(token, now=moment, idle=IDLE)  # type: ignore[arg-type]
        moment += IDLE / 2  # type: ignore[operator]

    found = await sessions.behind_session(token, now=now + after, idle=IDLE)  # type: ignore[operator]

    assert (found is not None) is alive


async def test_use_keeps_a_session_alive(database: Database) -> None:
    token, now = await a_session(database)
    await sessions.behind_session(token, now=now + IDLE - SECOND, idle=IDLE)  # type: ignore[operator]

    assert await sessions.behind_session(token, now=now + IDLE + SECOND, idle=IDLE)  # type: ignore[operator]


async def test_a_session_ends_with_the_account_and_with_the_membership(database: Database) -> None:
    token, now = await a_session(database)
    assert await sessions.behind_session(token, now=now, idle=IDLE)  # type: ignore[arg-type]
    await db.execute("update membership set ended_at = $1", now)

    assert await sessions.behind_session(token, now=now, idle=IDLE) is None  # type: ignore[arg-type]


async def test_only_the_hash_of_a_token_is_stored(database: Database) -> None:
    token, _ = await a_session(database)

    stored = await db.value("select string_agg(s::text, '') from session s")

    assert token not in stored
    assert sessions.hash_of(token).hex() in stored


async def test_a_planted_token_is_worth_nothing_after_signing_in(database: Database) -> None:
    hashed = await service.hash_password(PASSWORD)
    await member(Role.OWNER, login="victim@market.example", hashed=hashed)
    async with market(database) as app:
        planted = await signed_in(app, Role.AGENCY)
        for token in ("never-seen-before", planted.cookies["sid"]):
            victim = browser(app)
            victim.cookies.set("sid", token)
            form = {"login": "victim@market.example", "password": PASSWORD}

            answer = await victim.post("/sign-in", data=form)

            assert answer.status_code == 303
            assert victim.cookies.get("sid", domain="market.example") not in (None, token)
            attacker = browser(app)
            attacker.cookies.set("sid", token)
            assert (await attacker.get("/account")).status_code == 303


async def test_nobody_who_only_looks_gets_a_session(database: Database) -> None:
    async with market(database) as app, browser(app) as reader:
        for path in ("/", "/sign-in", "/sign-up", "/help", "/nothing-here"):
            assert "set-cookie" not in (await reader.get(path)).headers
        await reader.post("/sign-in", data={"login": "a@b.example", "password": "wrong wrong"})

        assert await db.value("select count(*) from session") == 0


async def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)
        token = client.cookies["sid"]

        answer = await client.post("/sign-out", data={"_csrf": csrf(client)})

        assert "Max-Age=0" in answer.headers["set-cookie"]
        copy = browser(app)
        copy.cookies.set("sid", token)
        assert (await copy.get("/account")).status_code == 303


@pytest.mark.parametrize("demo", [True, False])
async def test_sample_accounts_enter_the_demo_only(database: Database, demo: bool) -> None:
    person, organisation = await member(Role.OWNER, sample=True)
    now = await db.value("select now()")
    if demo:
        assert (await service.entering(person, samples=True)).organisation_id == organisation
    else:
        with pytest.raises(Forbidden, match="sample_account"):
            await service.entering(person, samples=False)
    async with db.writing():
        token = await sessions.open_session(person, organisation, now=now, replaces=None)
    async with market(database, demo=demo) as app, browser(app) as client:
        client.cookies.set("sid", token)

        assert (await client.get("/account")).status_code == (200 if demo else 303)
