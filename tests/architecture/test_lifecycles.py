"""The database refuses every move that no lifecycle has: each pair of states, tried as the owner of the schema."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from market.agencies.states import AGENCY, AgencyState
from market.catalogue.states import ITEM, ItemState
from market.guides.states import GUIDE, GuideState
from market.kernel.lifecycle import Lifecycle
from market.notices.states import NOTICE, NoticeState
from market.registrations.states import REGISTRATION, RegistrationState
from market.selection.states import AWARD, AwardState
from tests.build_selection import City
from tests.server import Database

NOW = datetime(2026, 3, 9, tzinfo=UTC)
# What else a row in the new state must hold, so that only the move itself can be refused.
WITH = {
    "notice": "ended_at = now(), end_reason = 'x', ended_by = '{by}', annulment_decision = 'x'",
    "agency": "admitted_at = now()",
    "guide": "published_at = '2026-01-05', hash = 'x', ended_at = now()",
    "item": "abolished_at = now(), abolition_reason = 'x', lawful = true, compulsory = true, prior = true, paid = true,"
    " law = 'x', article = 'x', clause = 'x', source_url = 'x', read_on = '2026-01-05'",
    "registration": "reason = 'x'",
    "award": "cancelled_at = now(), cancel_reason = 'x', confirmed_at = now()",
}
# Only executing a signed decision eliminates, only an upheld appeal brings straight back: no bare update does either.
HELD_BACK = {
    *(("agency", str(state), "eliminated") for state in AgencyState),
    ("agency", "eliminated", "admitted"),
    ("agency", "eliminated", "left"),
}
TABLES: list[tuple[Lifecycle, type]] = [
    (NOTICE, NoticeState), (AGENCY, AgencyState), (GUIDE, GuideState), (ITEM, ItemState),
    (REGISTRATION, RegistrationState), (AWARD, AwardState),
]  # fmt: skip
PAIRS = [
    (lifecycle, str(before), str(after))
    for lifecycle, states in TABLES
    for before in states
    for after in states
    if before != after
]


@pytest.fixture(scope="module")
async def rows(
    module_database: Database,
) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection, dict[str, int]]]:
    """Make one row of each thing; return an administrator, the owner of the schema, and the keys."""
    admin = await asyncpg.connect(module_database.url("admin"))
    owner = await asyncpg.connect(module_database.url("market_owner"))
    await admin.execute("set session_replication_role = replica")
    city = City(admin)
    await city.found(3)
    notice = await city.notice()
    bare = await city.notice(registrants=())
    registration = await admin.fetchval("select min(id) from registration")
    agency = next(iter(city.agencies.values()))
    guide = next(iter(city.guides.values()))
    keys = {"notice": notice.id, "bare": bare.id, "registration": registration, "award": 1, "agency": agency}
    keys |= {"guide": guide, "item": city.item}
    yield admin, owner, keys
    await admin.close()
    await owner.close()


async def moved(
    admin: asyncpg.Connection, owner: asyncpg.Connection, table: str, key: int, pair: tuple[str, str]
) -> bool:
    """Force a row into the first state, then try the move to the second as the owner of the schema."""
    before, after = pair
    by = "regulator" if (table, before) == ("notice", "closed") else "owner"
    filled = WITH[table].format(by=by)
    await admin.execute(f"update {table} set state = $2, {filled} where id = $1", key, before)
    steps = owner.transaction()
    await steps.start()
    try:
        await owner.execute(f"update {table} set state = $2, {filled} where id = $1", key, after)
    except asyncpg.PostgresError as refused:
        if not str(refused.sqlstate).startswith("GX"):
            raise
        return False
    finally:
        await steps.rollback()
    return True


@pytest.mark.parametrize(
    ("lifecycle", "before", "after"), PAIRS, ids=[f"{each.name}-{before}-{after}" for each, before, after in PAIRS]
)
async def test_the_database_makes_the_moves_of_the_lifecycle_and_no_other(rows, lifecycle, before, after):
    admin, owner, keys = rows
    table = lifecycle.name
    allowed = {(str(move.before), str(move.after)) for move in lifecycle.moves}
    if table == "notice" and after in ("opening", "standstill"):
        await drawn(admin, keys["notice"])
    elif table == "award":
        await drawn(admin, keys["notice"])
        await awarded(admin, keys)
    else:
        await admin.execute("delete from award; delete from draw; delete from draw_input; delete from pool")

    expected = (before, after) in allowed and (table, before, after) not in HELD_BACK

    assert await moved(admin, owner, table, keys[table], (before, after)) is expected


async def drawn(admin: asyncpg.Connection, notice: int) -> None:
    """Give a notice a pool, inputs and a draw."""
    await admin.execute(
        "insert into pool (notice, lists, hash, frozen_at) values ($1, '[]', 'x', $2) on conflict do nothing",
        notice,
        NOW,
    )
    await admin.execute(
        "insert into draw_input (notice, secrets, hash, frozen_at) values ($1, '[]', 'x', $2) on conflict do nothing",
        notice,
        NOW,
    )
    await admin.execute(
        "insert into draw (notice, bundle, result_hash, drawn_at) values ($1, '{}', 'x', $2) on conflict do nothing",
        notice,
        NOW,
    )


async def awarded(admin: asyncpg.Connection, keys: dict[str, int]) -> None:
    """Give a notice the one award of this module."""
    await admin.execute(
        "insert into award (id, notice, registration, agency, amount_fen, place, state, proposed_at,"
        " standstill_ends_at) values ($1, $2, $3, $4, 1, 1, 'proposed', $5, $5) on conflict do nothing",
        keys["award"],
        keys["notice"],
        keys["registration"],
        keys["agency"],
        NOW,
    )


async def test_after_the_inputs_are_frozen_nobody_withdraws_a_notice(rows):
    admin, owner, keys = rows
    await drawn(admin, keys["notice"])

    assert await moved(admin, owner, "notice", keys["notice"], ("closed", "withdrawn")) is False


async def test_a_registration_is_not_withdrawn_from_a_frozen_pool(rows):
    admin, owner, keys = rows
    await drawn(admin, keys["notice"])

    assert await moved(admin, owner, "registration", keys["registration"], ("registered", "withdrawn")) is False


async def test_no_notice_opens_without_inputs_and_none_stands_still_without_a_draw(rows):
    admin, owner, keys = rows

    for pair in (("closed", "opening"), ("opening", "standstill")):
        assert await moved(admin, owner, "notice", keys["bare"], pair) is False
