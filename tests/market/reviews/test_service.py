"""Reviews of both parties: sealed, revealed together, neutral at the end, followed up when poor."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import pytest

from market import db
from market.contracts import service as contracts
from market.contracts.states import ContractState, Side
from market.kernel.canonical import digest
from market.kernel.errors import Conflict, MoveRefused, NotFound
from market.kernel.roles import Actor, Role, Scope
from market.kernel.times import ZONE
from market.ledger import service as ledger
from market.reviews import service
from market.reviews.rules import GRADED, FollowUp, Said
from market.reviews.states import Dimension
from tests.build_contracts import AT, DAY, SECOND, Deals, some_deals
from tests.build_selection import a_uscc
from tests.server import Database

S = ContractState
# Accepted on Tuesday 10 March: the fifteenth working day is Tuesday 31 March.
CLOSES = datetime(2026, 4, 1, tzinfo=ZONE)


def said(side: Side, stars: int = 5, words: str = "很好。") -> Said:
    return Said(dict.fromkeys(GRADED[side], stars), words)


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


@pytest.fixture
async def number(deals: Deals) -> str:
    """Return an accepted contract whose reviews are open."""
    number = await deals.bring(S.ACCEPTED)
    assert await contracts.awaiting_reviews() == [number]
    assert await service.open_reviews(number, now=AT + DAY)
    return number


async def write(deals: Deals, number: str, side: Side, now: datetime = AT + DAY, stars: int = 5) -> None:
    await service.submit(number, said(side, stars), actor=deals.actor(side), now=now)


async def states(number: str) -> list[str]:
    rows = await db.fetch(
        "select r.state from review r join contract c on c.id = r.contract where c.number = $1 order by r.side desc",
        number,
    )
    return [each["state"] for each in rows]


@pytest.mark.parametrize("end", [S.ACCEPTED, S.ACCEPTED_BY_SILENCE, S.TERMINATED])
async def test_reviews_open_once_at_acceptance_of_either_kind_and_at_termination(deals: Deals, end: S) -> None:
    number = await deals.bring(end)
    later = AT + 40 * DAY

    opened = await asyncio.gather(*(service.open_reviews(number, now=later) for _ in range(3)))

    assert sorted(opened) == [False, False, True]
    assert await states(number) == ["open", "open"]
    assert await contracts.awaiting_reviews() == []
    assert await db.value("select count(*) from message where kind = 'review_open'") == 2


async def test_the_period_counts_from_the_end_of_the_work_not_from_when_a_worker_looked(number: str) -> None:
    assert await db.fetch("select distinct closes_at from review") == [(CLOSES,)]


@pytest.mark.parametrize("state", [S.DUE, S.SIGNED, S.DELIVERED, S.LAPSED])
async def test_nothing_is_reviewed_before_the_work_has_ended(deals: Deals, state: S) -> None:
    number = await deals.bring(state)

    assert not await service.open_reviews(number, now=AT + DAY)
    with pytest.raises(Conflict, match="review_not_open"):
        await write(deals, number, Side.OWNER)


async def test_both_reviews_are_revealed_together_when_both_are_in(deals: Deals, number: str) -> None:
    await write(deals, number, Side.AGENCY)
    assert await states(number) == ["open", "submitted"]
    await write(deals, number, Side.OWNER, AT + 2 * DAY)

    assert await states(number) == ["revealed", "revealed"]
    assert await db.value("select count(distinct revealed_at) from review") == 1
    entries = [entry for entry in await ledger.entries_of(number) if entry.type == "review"]
    assert [entry.fields["side"] for entry in entries] == ["owner", "agency"]
    assert set(entries[0].fields["stars"]) == {str(each) for each in Dimension}
    assert set(entries[1].fields["stars"]) == {"timeliness", "conduct", "attitude"}


async def test_a_review_is_written_until_the_period_ends_and_not_at_its_end(deals: Deals, number: str) -> None:
    await write(deals, number, Side.OWNER, CLOSES - SECOND)
    with pytest.raises(MoveRefused, match="review_period_over"):
        await write(deals, number, Side.AGENCY, CLOSES)


async def test_at_the_end_of_the_period_what_is_in_is_revealed_and_the_rest_counts_as_nothing(
    deals: Deals, number: str
) -> None:
    await write(deals, number, Side.OWNER, stars=4)

    assert not await service.advance(number, now=CLOSES - SECOND)
    assert await service.next_due(CLOSES - SECOND) is None
    assert await service.next_due(CLOSES) == number
    assert await service.advance(number, now=CLOSES)

    assert await states(number) == ["revealed", "neutral"]
    assert await service.next_due(CLOSES + DAY) is None
    fields = [entry.fields for entry in await ledger.entries_of(number) if entry.type == "review"]
    assert [each["state"] for each in fields] == ["revealed", "neutral"]
    assert set(fields[0]) == set(fields[1])


async def test_two_workers_reveal_once(deals: Deals, number: str) -> None:
    await write(deals, number, Side.OWNER)

    done = await asyncio.gather(service.advance(number, now=CLOSES), service.advance(number, now=CLOSES))

    assert sorted(done) == [False, True]
    assert [entry.type for entry in await ledger.entries_of(number)].count("review") == 2


async def test_a_review_posted_twice_at_once_is_written_once(deals: Deals, number: str) -> None:
    done = await asyncio.gather(*(write(deals, number, Side.OWNER) for _ in range(4)), return_exceptions=True)

    assert [type(each) for each in done if each is not None] == [MoveRefused] * 3
    assert await db.value("select count(*) from sealed_review") == 1


async def test_two_parties_who_write_at_the_same_instant_reveal_both(deals: Deals, number: str) -> None:
    await asyncio.gather(*(write(deals, number, side) for side in Side))

    assert await states(number) == ["revealed", "revealed"]


async def test_the_receipt_opens_the_hash_in_the_log(deals: Deals, number: str) -> None:
    receipt = await service.submit(number, said(Side.OWNER), actor=deals.owner, now=AT + DAY)
    await service.advance(number, now=CLOSES)

    entry = next(entry for entry in await ledger.entries_of(number) if entry.type == "review")
    opened = digest({"d": "doc", "salt": receipt.salt, "doc": receipt.document})
    assert entry.fields["sealed"] == opened == receipt.hash
    assert "很好" not in entry.body.decode()


async def test_submitting_changes_nothing_that_anybody_else_reads(deals: Deals, number: str) -> None:
    before = await what_others_read(deals, number)

    await write(deals, number, Side.OWNER, stars=1)

    assert await what_others_read(deals, number) == before
    await service.advance(number, now=CLOSES)
    assert await what_others_read(deals, number) != before


async def what_others_read(deals: Deals, number: str) -> str:
    """Return everything about a contract that the other party and the public could read."""
    other = await service.desk(number, actor=deals.agency, now=AT + 3 * DAY)
    mine = await contracts.own(number, actor=deals.agency, now=AT + 3 * DAY)
    public = await contracts.contract(number, now=AT + 3 * DAY)
    inbox = await db.fetch("select * from message order by id")
    return repr((other, mine, public, inbox, await service.shown(number), await ledger.head()))


async def test_readers_outside_the_market_may_read_no_review(database: Database, deals: Deals, number: str) -> None:
    reader = await asyncpg.connect(database.url("market_read"))
    for table in ("review", "sealed_review", "review_follow_up"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch(f"select * from {table}")
    await reader.close()


@pytest.mark.parametrize(("stars", "many"), [(2, 1), (3, 0)])
async def test_a_review_with_two_stars_or_fewer_is_followed_up(
    deals: Deals, number: str, stars: int, many: int
) -> None:
    regulator = await a_regulator(deals)
    await write(deals, number, Side.OWNER, stars=stars)
    await service.advance(number, now=CLOSES)

    waiting = await service.follow_ups(regulator)
    assert len(waiting) == many
    assert await db.value("select count(*) from message where kind = 'review_poor'") == many


async def test_a_follow_up_is_due_in_fifteen_working_days_and_done_once_by_a_regulator_in_scope(
    deals: Deals, number: str
) -> None:
    regulator = await a_regulator(deals)
    await write(deals, number, Side.OWNER, stars=1)
    await service.advance(number, now=CLOSES)
    (waiting,) = await service.follow_ups(regulator)
    elsewhere = Actor(Role.REGULATOR, "外", 1, regulator.organisation_id, "990200", (Scope("990200"),))
    found = FollowUp("put_right", "已返工。")

    assert waiting["due_at"] > CLOSES + 20 * DAY
    assert await service.follow_ups(elsewhere) == []
    for stranger in (elsewhere, deals.owner, deals.agency):
        with pytest.raises(NotFound):
            await service.follow_up(waiting["id"], found, actor=stranger, now=CLOSES + DAY)
    await service.follow_up(waiting["id"], found, actor=regulator, now=CLOSES + DAY)
    with pytest.raises(Conflict, match="followed_up_already"):
        await service.follow_up(waiting["id"], found, actor=regulator, now=CLOSES + DAY)

    entry = (await ledger.entries_of(number))[-1]
    assert (entry.type, entry.fields["outcome"]) == ("review.followed_up", "put_right")
    assert "返工" not in entry.body.decode()


async def a_regulator(deals: Deals) -> Actor:
    organisation = await deals.city.organisation("regulator", a_uscc(700_000), AT)
    await deals.city.add("regulator_scope", organisation=organisation, division="990100", trade="construction")
    return Actor(Role.REGULATOR, "监", deals.city.person, organisation, "990100", (Scope("990100", "construction"),))


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update review set state = 'revealed' where side = 'owner'", "GX003"),
        ("update review set state = 'annulled' where side = 'owner'", "GX001"),
        ("update review set state = 'neutral', revealed_at = now() where side = 'agency'", "GX006"),
        ("update review set quality = 1 where side = 'owner'", "23514"),
    ],
)
async def test_the_database_refuses_what_no_act_does(deals: Deals, number: str, statement: str, code: str) -> None:
    await write(deals, number, Side.OWNER)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await db.execute(statement)

    assert refused.value.sqlstate == code


async def test_what_is_revealed_stays(deals: Deals, number: str) -> None:
    for side in Side:
        await write(deals, number, side)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await db.execute("update review set quality = 1 where side = 'owner'")

    assert refused.value.sqlstate == "GX003"
    assert json.loads(await db.value("select document from sealed_review limit 1"))["contract"] == number
