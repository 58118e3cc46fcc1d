"""
The running market makes the moves of the lifecycles and no other, tried in SQL with its own login.

`test_lifecycles` tries the same as the owner of the schema; some triggers ask who writes. A pair counts as a move when
the database lets it through in some circumstance, say with the inputs frozen or without: the circumstances have tests
of their own. Whatever else than a lifecycle refuses a pair fails the test: nothing was learnt about the move.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from market.agencies.states import AGENCY, AgencyState
from market.catalogue.states import ITEM
from market.guides.states import GUIDE
from market.kernel.lifecycle import Lifecycle
from market.notices.states import NOTICE
from market.registrations.states import REGISTRATION
from market.selection.states import AWARD
from tests.build_selection import City, a_city
from tests.server import Database

# No such move (GX001), not by this one or not any more (GX002), no elimination without a decision (GX004).
REFUSED = {"GX001", "GX002", "GX004"}
Pairs = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of entity: how to make one, what every state needs beside its name, and in which circumstances to try."""

    life: Lifecycle[Any, Any]
    make: Callable[[City], Awaitable[int]]
    needs: str = ""
    circumstances: tuple[str, ...] = ("",)
    draw: tuple[bool, ...] = (False,)


async def a_notice(city: City) -> int:
    return (await city.notice([], state="open")).id


async def a_registration(city: City) -> int:
    await city.notice()
    found: int = await city.connection.fetchval("select min(id) from registration")
    return found


async def an_award(city: City) -> int:
    notice = (await city.awaiting_draw()).id
    await city.add("draw", notice=notice, bundle="{}", result_hash="00", drawn_at=await now(city))
    entered = await city.connection.fetchrow("select id, agency from registration where notice = $1 limit 1", notice)
    return await city.add(
        "award", notice=notice, registration=entered["id"], agency=entered["agency"], amount_fen=1, place=1,
        state="proposed", proposed_at=await now(city), standstill_ends_at=await now(city),
    )  # fmt: skip


async def an_agency(city: City) -> int:
    return next(iter(city.agencies.values()))


async def a_guide(city: City) -> int:
    return next(iter(city.guides.values()))


async def an_item(city: City) -> int:
    return city.item


async def now(city: City) -> Any:
    return await city.connection.fetchval("select now()")


READ = "law = '-', article = '-', clause = '-', source_url = '-', read_on = current_date"
TESTS = "lawful = true, compulsory = true, prior = true, paid = true"
THINGS = (
    Thing(
        NOTICE,
        a_notice,
        "ended_at = now(), end_reason = '-', annulment_decision = '-'",
        (", ended_by = 'owner'", ", ended_by = 'regulator'"),
        draw=(False, True),
    ),
    Thing(AGENCY, an_agency, "admitted_at = now()"),
    Thing(GUIDE, a_guide),
    Thing(ITEM, an_item, "abolished_at = now(), abolition_reason = '-'"),
    Thing(REGISTRATION, a_registration),
    Thing(AWARD, an_award, "confirmed_at = now(), cancelled_at = now(), cancel_reason = '-'"),
)


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=3) as city:
        await city.connection.execute(f"update item set {READ}, {TESTS}")
        yield city


async def put(city: City, thing: Thing, row: int, state: str) -> None:
    """Put a row into a state, whatever its triggers say."""
    table, more = thing.life.name, f", {thing.needs}" if thing.needs else ""
    if thing.circumstances != ("",):
        more += thing.circumstances[0]
    await city.connection.execute(f"alter table {table} disable trigger user")
    await city.connection.execute(f"update {table} set state = $2{more} where id = $1", row, state)
    await city.connection.execute(f"alter table {table} enable trigger user")


async def freeze_and_draw(city: City, notice: int) -> None:
    """Give a notice the rows its later states rest on."""
    moment = await now(city)
    await city.add("pool", notice=notice, lists="[]", hash="00", frozen_at=moment)
    await city.add("draw_input", notice=notice, secrets="[]", hash="00", frozen_at=moment)
    await city.add("draw", notice=notice, bundle="{}", result_hash="00", drawn_at=moment)


async def lets_through(writer: asyncpg.Connection, thing: Thing, row: int, after: str, circumstance: str) -> bool:
    """Try a move and undo it; only a lifecycle may refuse."""
    trial = writer.transaction()
    await trial.start()
    try:
        done = await writer.execute(
            f"update {thing.life.name} set state = $2{circumstance} where id = $1", row, str(after)
        )
        assert done == "UPDATE 1"
    except asyncpg.PostgresError as refusal:
        if refusal.sqlstate in REFUSED:
            return False
        raise
    finally:
        await trial.rollback()
    return True


async def moves_of(city: City, writer: asyncpg.Connection, thing: Thing) -> Pairs:
    """Return every pair the database lets through."""
    found: Pairs = set()
    row = await thing.make(city)
    for drawn in thing.draw:
        if drawn:
            await freeze_and_draw(city, row)
        for before in thing.life.states():
            await put(city, thing, row, str(before))
            tries = itertools.product(thing.life.states(), thing.circumstances)
            for after, circumstance in tries:
                if after != before and await lets_through(writer, thing, row, after, circumstance):
                    found.add((str(before), str(after)))
    return found


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.life.name)
async def test_the_running_market_makes_the_moves_of_the_lifecycle_and_no_other(
    city: City, database: Database, thing: Thing
) -> None:
    stated = {(str(move.before), str(move.after)) for move in thing.life.moves}
    # Reached only with a signed decision of `credit`, and undone only by an upheld appeal: no bare update does either.
    stated -= {(str(before), str(AgencyState.ELIMINATED)) for before in AGENCY.states()}
    stated -= {(str(AgencyState.ELIMINATED), str(after)) for after in (AgencyState.ADMITTED, AgencyState.LEFT)}
    writer = await asyncpg.connect(database.url())
    try:
        made = await moves_of(city, writer, thing)
    finally:
        await writer.close()

    assert made == stated


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.life.name)
async def test_a_row_of_the_running_market_begins_where_the_lifecycle_begins(
    city: City, database: Database, thing: Thing
) -> None:
    row, table = await thing.make(city), thing.life.name
    copied = (
        f"insert into {table} select (jsonb_populate_record(null::{table}, to_jsonb(old) || $2::jsonb)).*"
        f" from {table} old where id = $1"
    )
    begun = []
    writer = await asyncpg.connect(database.url())
    try:
        for state in thing.life.states():
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await writer.execute(copied, row, f'{{"state": "{state}"}}')
            assert refusal.value.sqlstate in ("GX001", asyncpg.UniqueViolationError.sqlstate)
            if isinstance(refusal.value, asyncpg.UniqueViolationError):
                begun.append(state)  # past the triggers: the copy itself is not wanted
    finally:
        await writer.close()

    assert begun == [thing.life.start()]
