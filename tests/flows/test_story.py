"""
The walking city: from signing up to an award checked offline and to both reviews, every program a process of its own.

The web program, a worker and the four keepers run as they do in a city; the story is told over real HTTP. Only waiting
is cut short, by a clock that is pushed forward once nobody has anything to do until the next moment.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import httpx
import pytest

from market.accounts.service import hash_password
from market.kernel.roles import Role
from market.kernel.times import local
from market.seeding import seed_catalogue, seed_rules
from market.selection import verifier
from tests.flows.people import ByApi, ByPages, Person, Way
from tests.programs import KEEPERS, Hands, Programs, hands_of, programs, until
from tests.server import Database
from tests.web import member

LONGEST_S = 60
SECOND = timedelta(seconds=1)


@pytest.fixture
async def hands(database: Database) -> AsyncIterator[Hands]:
    """Return the clock of a market with its rules, its catalogue and an operator."""
    await seed_rules(database.url("market_owner"))
    async with hands_of(database) as hands:
        await seed_catalogue(database.url("market_owner"), now=await hands.now())
        operator = Person(0, "operator", httpx.AsyncClient())
        await member(
            Role.OPERATOR,
            login=operator.login,
            uscc=operator.uscc,
            hashed=await hash_password("a long enough password"),
        )
        yield hands


@pytest.mark.parametrize("way", [ByPages(), ByApi()], ids=["pages", "api"])
async def test_a_city_walks_from_signing_up_to_an_award_that_anybody_can_check_and_to_both_reviews(
    database: Database, hands: Hands, scratch: Path, way: Way
) -> None:
    begun = monotonic()
    async with AsyncExitStack() as stack:
        market = await stack.enter_async_context(programs(database, scratch / "keys", web=True, keepers=KEEPERS))
        market.start("worker", "worker")
        people = [await met(stack, market, number, role) for number, role in enumerate(ROLES)]
        agencies, code, receipts = await open_and_register(way, people, hands)
        shown = await people[0].client.get(f"/notices/{code}")
        assert shown.status_code == 200
        assert not any(each.uscc in shown.text for each in agencies), "names before the freeze"

        notice = await pass_every_deadline(people[0], code, hands)

        package = await until(lambda: package_of(market, code), 20)
        policy = (await people[0].client.get("/log/policy")).text
        taken = monotonic() - begun
        await perform(way, people, code, await hands.now())
    assert notice["state"] == "awarded"
    assert_checked(package, policy, scratch)
    await assert_recorded_once(database, code, receipts)
    assert taken < LONGEST_S


BY_OWNER = {"quality": 5, "timeliness": 4, "fees": 5, "conduct": 5, "attitude": 5}
BY_AGENCY = {"timeliness": 5, "conduct": 4, "attitude": 5}
PATH = ("open", "closed", "opening", "standstill", "awarded")
ROLES = ("operator", "owner", "agency", "agency", "agency")


async def met(stack: AsyncExitStack, market: Programs, number: int, role: str) -> Person:
    """Connect somebody to the market, as a browser that says where its forms come from."""
    headers = {"Origin": market.address}
    client = httpx.AsyncClient(base_url=market.address, headers=headers, timeout=30)
    return Person(number, role, await stack.enter_async_context(client))


async def open_and_register(way: Way, people: list[Person], hands: Hands) -> tuple[list[Person], str, list[str]]:
    """Bring three agencies into the market and into a notice, and return them, its number and their receipts."""
    operator, owner, *agencies = people
    await way.sign_in(operator)
    for person in (owner, *agencies):
        await way.sign_up(person)
    code = await way.draft(owner, await hands.now())
    for agency in agencies:
        await way.apply(agency)
        await way.admit(operator, agency)
        await way.publish_guide(agency)
    await until(lambda: promised(hands, code))
    await way.publish(owner, code)
    receipts = [await way.register(agency, code) for agency in agencies]
    return agencies, code, receipts


async def promised(hands: Hands, code: str) -> bool:
    """Tell whether the three keepers have promised their secrets."""
    sql = "select count(*) = 3 from draw_commitment c join notice n on n.id = c.notice where n.code = $1"
    return bool(await hands.owner.fetchval(sql, code))


async def pass_every_deadline(anyone: Person, code: str, hands: Hands) -> dict[str, Any]:
    """Push the clock to each moment the notice waits for, and return the notice at its end."""

    async def reached(state: str) -> dict[str, Any] | None:
        notice: dict[str, Any] = (await anyone.client.get(f"/api/v1/notices/{code}")).json()
        return notice if notice["state"] in PATH[PATH.index(state) :] else None

    notice = await reached("open")
    assert notice is not None
    for moment, drain, state in (
        ("closes_at", 10 * SECOND, "opening"),
        ("draw_at", 0 * SECOND, "standstill"),
        ("standstill_ends_at", 0 * SECOND, "awarded"),
    ):
        await hands.push_to(datetime.fromisoformat(notice[moment]) + drain)
        notice = await until(partial(reached, state), 40)
    return notice


async def perform(way: Way, people: list[Person], code: str, now: datetime) -> None:
    """Let owner and winner carry the contract from its day to its end, and review each other."""
    anyone, owner, *agencies = people
    due = await until(partial(contract_of, anyone, code))
    (winner,) = [each for each in agencies if each.uscc == due["uscc"]]
    number, today, fen = due["number"], local(now).date(), due["award_fen"]
    terms = {"amount_fen": fen, "signed_on": today.isoformat(), "agreed_on": (today + timedelta(days=20)).isoformat()}
    for party in (owner, winner):
        await way.act(party, number, "sign", paper_number="合 1", pay_days=30, **terms)
    await way.act(owner, number, "file")
    await way.act(winner, number, "begin")
    await way.act(winner, number, "deliver", description="报告书一式三份")
    await way.act(owner, number, "accept")
    await way.act(owner, number, "close", billed_fen=fen, paid_on=today.isoformat())
    assert (await contract_of(anyone, code) or {})["state"] == "closed"

    await way.review(owner, number, BY_OWNER)
    page, listed = f"/contracts/{number}", f"/api/v1/contracts/{number}/reviews"
    assert {each["state"] for each in (await anyone.client.get(listed)).json()} == {"open"}, "sealed looks like open"
    assert "非常满意" not in (await anyone.client.get(page)).text
    await way.review(winner, number, BY_AGENCY)
    shown = {each["side"]: each for each in (await anyone.client.get(listed)).json()}
    assert {each["state"] for each in shown.values()} == {"revealed"}
    for side, said in (("owner", BY_OWNER), ("agency", BY_AGENCY)):
        assert {name: shown[side][name] for name in said} == said
    assert (await anyone.client.get(page)).text.count("非常满意") == 6, "four of the owner's and two of the agency's"


async def contract_of(anyone: Person, code: str) -> dict[str, Any] | None:
    """Find the contract of a notice among the public ones; none while no worker has made it due."""
    found = (await anyone.client.get("/api/v1/contracts")).json()["rows"]
    return next((each for each in found if each["notice"] == code), None)


async def package_of(market: Programs, code: str) -> bytes | None:
    """Download the package of a draw; None while no checkpoint covers it."""
    async with httpx.AsyncClient(base_url=market.address) as outsider:
        answer = await outsider.get(f"/notices/{code}/draw.zip")
    return answer.content if answer.status_code == 200 else None


def assert_checked(package: bytes, policy: str, folder: Path) -> None:
    """Check the package as an outsider does, by the command and by both verdicts."""
    (folder / "draw.zip").write_bytes(package)
    (folder / "policy").write_text(policy)
    assert verifier.main([str(folder / "draw.zip"), "--policy", str(folder / "policy")]) == 0
    arithmetic, trace, lookups = verifier.verify(package, None, policy)
    assert (arithmetic.ok, trace.ok, len(lookups)) == (True, True, 1)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        bundle = json.loads(archive.read("draw.json"))
    assert bundle["notice"]["practice"] is True
    assert all(each["secret"] for each in bundle["secrets"]), "a keeper did not reveal in time"


async def assert_recorded_once(database: Database, code: str, receipts: list[str]) -> None:
    """Compare pool, order and award with the receipts and the log."""
    connection = await asyncpg.connect(database.url())
    try:
        rows = await connection.fetch(
            "select r.receipt, r.place, r.state from registration r join notice n on n.id = r.notice"
            " where n.code = $1 order by r.place",
            code,
        )
        kinds = await connection.fetch("select type from ledger_entry where subject = $1 order by index", code)
    finally:
        await connection.close()
    assert sorted(row["receipt"] for row in rows) == sorted(receipts)
    assert [(row["place"], row["state"]) for row in rows] == [(1, "confirmed"), (2, "reserve"), (3, "reserve")]
    secrets = ["secret.revealed"] * 3
    assert [row["type"] for row in kinds] == [
        "notice.published", "pool.frozen", *secrets, "inputs.frozen", "beacon.published", "draw.result",
        "award.proposed", "award.confirmed",
    ]  # fmt: skip
