"""Every state, action and role of a ranking against a table written by hand, and what the database refuses."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from market.credit.states import RANKING, RankingAction, RankingState
from market.kernel.errors import MoveRefused
from market.kernel.roles import Role
from tests.build_selection import City
from tests.server import Database

S, A = RankingState, RankingAction
ALLOWED = {
    (S.DRAFTED, A.RECOMPUTE, Role.REGULATOR): S.DRAFTED,
    (S.DRAFTED, A.CONFIRM, Role.REGULATOR): S.CONFIRMED,
    (S.CONFIRMED, A.PUBLISH, Role.SYSTEM): S.PUBLISHED,
}
AT = datetime(2026, 4, 10, tzinfo=UTC)
SLOT = date(2026, 3, 31)
HASH = "ab" * 32


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("role", Role)
def test_a_ranking_moves_only_as_the_table_says(state: RankingState, action: RankingAction, role: Role) -> None:
    wanted = ALLOWED.get((state, action, role))

    if wanted is None:
        with pytest.raises(MoveRefused):
            RANKING.decide(state, action, role)
    else:
        assert RANKING.decide(state, action, role) is wanted


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    """Return a city with one run and its drafted ranking, each with the key 1."""
    connection = await asyncpg.connect(database.url("market_owner"))
    city = City(connection)
    await city.found(1)
    run = await city.add(
        "score_run", as_of=SLOT, ruleset="credit-score/1", code_version="1", inputs_hash=HASH, result_hash=HASH,
        signals_hash=HASH, agencies=1, computed_at=AT,
    )  # fmt: skip
    await city.add(
        "agency_score", run=run, agency=next(iter(city.agencies.values())), grade="N", parts="{}", lines="[]"
    )
    await city.add("ranking", slot=SLOT, run=run, state="drafted", archive=b"", drafted_at=AT, objections_until_at=AT)
    yield city
    await connection.close()


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(S, 2)))
async def test_the_database_makes_the_moves_of_the_lifecycle_and_no_other(
    city: City, database: Database, before: RankingState, after: RankingState
) -> None:
    named = f"confirmed_by = {city.person}, confirmed_for = {city.owner}, confirmed_at = '2026-04-11'"
    await city.connection.execute("alter table ranking disable trigger user")
    await city.connection.execute(
        f"update ranking set state = $1, {named}, published_at = '2026-04-11', changes = '[]'", before
    )
    await city.connection.execute("alter table ranking enable trigger user")
    moves = {(move.before, move.after) for move in RANKING.moves}
    writer = await asyncpg.connect(database.url())
    try:
        answer = await refused(writer, f"update ranking set state = '{after}'")
    finally:
        await writer.close()

    assert answer in ((None,) if (before, after) in moves else ("GX001", "GX003"))


async def refused(connection: asyncpg.Connection, statement: str) -> str | None:
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as refusal:
        return str(refusal.sqlstate)
    return None


@pytest.mark.parametrize(
    "statement",
    [
        "update score_run set agencies = 2", "delete from score_run", "update agency_score set grade = 'A'",
        "delete from agency_score", "delete from ranking", "update ranking set archive = 'x'",
        "update ranking set slot = '2025-12-31'", "update ranking set objections_until_at = now()",
    ],
)  # fmt: skip
async def test_what_a_run_wrote_is_not_edited_even_by_the_owner_of_the_schema(city: City, statement: str) -> None:
    assert await refused(city.connection, statement) == "GX003"


@pytest.mark.parametrize("table", ["score_run", "ranking"])
async def test_there_is_one_run_and_one_ranking_for_a_slot(city: City, table: str) -> None:
    copied = f"insert into {table} select (jsonb_populate_record(null::{table}, to_jsonb(o) || '{{\"id\": 99}}')).*"

    assert await refused(city.connection, f"{copied} from {table} o") == asyncpg.UniqueViolationError.sqlstate


async def test_a_ranking_is_confirmed_by_a_named_person_after_the_objections(city: City) -> None:
    named = f"confirmed_by = {city.person}, confirmed_for = {city.owner}"
    check = asyncpg.CheckViolationError.sqlstate

    assert await refused(city.connection, f"update ranking set state = 'confirmed', confirmed_at = '{AT}'") == check
    early = AT.replace(day=9)
    assert (
        await refused(city.connection, f"update ranking set state = 'confirmed', {named}, confirmed_at = '{early}'")
        == check
    )
    assert (
        await refused(city.connection, f"update ranking set state = 'confirmed', {named}, confirmed_at = '{AT}'")
        is None
    )


async def test_readers_outside_the_market_read_no_scores_and_no_signals(city: City, database: Database) -> None:
    reader = await asyncpg.connect(database.url("market_read"))
    try:
        for hidden in ("select * from signal", "select * from agency_score", "select archive from ranking"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await reader.execute(hidden)
    finally:
        await reader.close()
