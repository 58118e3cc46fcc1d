"""The keepers of practice secrets and the practice beacon, and what the database refuses to everyone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from market import db, keeper
from market.clock import service as clock
from market.keeper import NotPractice
from market.kernel.errors import Conflict
from market.ledger import service as ledger
from market.selection import service
from market.selection.draw import commitment
from market.selection.tables.keepers import Wanted
from tests.build_selection import CLOSES, DRAW_AT, FREEZE, SECOND, SECRETS, City, a_city, opened
from tests.server import Database


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=3) as city:
        yield city


async def test_a_keeper_promises_only_what_is_on_disk(city: City, tmp_path: Path) -> None:
    draft = await city.notice([], state="draft")

    await keeper.serve("owner", tmp_path / "owner")

    path = tmp_path / "owner" / draft.code
    promised = await db.value("select commitment from draw_commitment where keeper = 'owner'")
    assert promised == commitment(draft.code, "owner", path.read_text())
    assert ((tmp_path / "owner").stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


async def test_a_keeper_that_died_before_its_promise_promises_the_secret_it_wrote(city: City, tmp_path: Path) -> None:
    draft = await city.notice([], state="draft")
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / draft.code).write_text("ab" * 32)

    await keeper.serve("owner", tmp_path / "owner")
    await keeper.serve("owner", tmp_path / "owner")

    promised = await db.fetch("select commitment from draw_commitment")
    assert [each["commitment"] for each in promised] == [commitment(draft.code, "owner", "ab" * 32)]


async def test_keepers_and_the_beacon_bring_a_notice_to_its_draw(city: City, tmp_path: Path) -> None:
    closed_at = await clock.now() - timedelta(seconds=40)
    notice = await city.notice(closes_at=closed_at.replace(microsecond=0))
    await service.freeze(notice.id, now=closed_at + timedelta(seconds=10, microseconds=1))
    await city.connection.execute("alter table notice disable trigger notice_content_fixed")
    await city.connection.execute(
        "update notice set reveal_by = now() + interval '1 hour', draw_at = now() + interval '1 hour'"
    )
    for name, secret in SECRETS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / notice.code).write_text(secret)
        await keeper.serve(name, tmp_path / name)
    await service.freeze_inputs(notice.id, now=await clock.now())
    await keeper.shine()

    assert await db.value("select count(*) from draw_secret") == 3
    assert await db.value("select value ~ '^[0-9a-f]{64}$' from beacon where event = $1", notice.event)


async def test_a_lost_secret_is_not_revealed_and_stops_nothing(city: City, tmp_path: Path) -> None:
    notice = await city.notice()
    wanted = Wanted(notice.id, notice.code, "practice-2026", "sha256")

    await keeper.reveal(wanted, "owner", tmp_path / "owner")

    assert await db.value("select count(*) from draw_secret") == 0


def test_keepers_refuse_rules_that_are_not_practice() -> None:
    with pytest.raises(NotPractice):
        keeper.refuse_real(Wanted(1, "N-1", "model-2026", "sha256"))


async def test_a_name_nobody_knows_is_no_keeper(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no keeper"):
        await keeper.keep("postgresql://nowhere", name="stranger", keys=tmp_path)


async def test_the_database_refuses_a_secret_before_the_pool_and_after_the_inputs(city: City) -> None:
    notice = await city.notice()
    reveal = "insert into draw_secret (notice, keeper, secret, revealed_at) values ($1, $2, $3, $4)"

    with pytest.raises(asyncpg.PostgresError) as early:
        await db.execute(reveal, notice.id, "owner", SECRETS["owner"], CLOSES)
    await opened(notice)
    with pytest.raises(asyncpg.PostgresError) as late:
        await db.execute(reveal, notice.id, "stranger", "ff" * 32, DRAW_AT)

    assert (early.value.sqlstate, late.value.sqlstate) == ("GX006", "GX006")


async def test_the_database_refuses_a_promise_after_publication(city: City) -> None:
    notice = await city.notice(keepers=("operator", "owner"))

    with pytest.raises(asyncpg.PostgresError) as refused:
        await db.execute(
            "insert into draw_commitment (notice, keeper, commitment, made_at) values ($1, 'witness', $2, $3)",
            *(notice.id, "ff" * 32, CLOSES),
        )
    assert refused.value.sqlstate == "GX006"


@pytest.mark.parametrize("table", ["pool", "draw_input", "draw_secret", "draw", "beacon"])
async def test_the_running_market_cannot_change_what_was_frozen(city: City, table: str) -> None:
    await opened(await city.notice())

    for command in (f"delete from {table}", f"update {table} set id = id", f"truncate {table} cascade"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(command)


async def with_public_beacon(city: City, alternatives: list[str]) -> int:
    """Return a notice before its draw that announces a lottery with alternatives instead of practice."""
    beacon = {"kind": "ceremony", "event": "E1", "else": alternatives}
    notice = await city.notice(ruleset="model-2026", beacons=[beacon])
    await opened(notice)
    return notice.id


async def test_an_alternative_counts_only_when_the_events_before_it_are_recorded_as_missed(city: City) -> None:
    number = await with_public_beacon(city, ["E2", "E3"])
    await service.publish_beacon("ceremony", "E2", "1.2.3.", now=DRAW_AT)
    assert not await service.draw(number, now=DRAW_AT)

    assert await service.miss_beacon("ceremony", "E1", now=DRAW_AT + SECOND)
    assert not await service.miss_beacon("ceremony", "E1", now=DRAW_AT + SECOND)
    assert await service.draw(number, now=DRAW_AT + SECOND)

    code = await db.value("select code from notice where id = $1", number)
    kinds = [entry.type for entry in await ledger.entries_of(code)]
    assert kinds[-4:] == ["beacon.missed", "beacon.published", "draw.result", "award.proposed"]


async def test_an_event_that_took_place_cannot_be_recorded_as_missed(city: City) -> None:
    await service.publish_beacon("ceremony", "E1", "1.2.3.", now=FREEZE)

    with pytest.raises(Conflict, match="beacon_happened"):
        await service.miss_beacon("ceremony", "E1", now=FREEZE)


async def test_a_beacon_that_was_known_before_the_inputs_were_frozen_ends_the_selection(city: City) -> None:
    await service.publish_beacon("ceremony", "E1", "1.2.3.", now=FREEZE)

    number = await with_public_beacon(city, [])

    found = await db.row("select state, end_reason from notice where id = $1", number)
    assert tuple(found or ()) == ("failed", "inputs_late")
