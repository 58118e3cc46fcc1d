"""The signer of checkpoints: it signs what continues, and nothing else."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from market import db
from market.kernel.errors import Conflict
from market.ledger import note, service
from market.ledger.signer import KEY, STATE, Signer, SignerUnusable, sign_checkpoint
from tests.server import Database

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
ORIGIN = "test.example/log"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.create(tmp_path / "keys", ORIGIN)


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection that may do what no part of the running market may: change the past."""
    connection = await asyncpg.connect(database.url("admin"))
    yield connection
    await connection.close()


async def log(count: int) -> None:
    for number in range(count):
        async with db.writing():
            await service.append("test", at=NOW, subject="test", fields={"n": number})


async def test_a_checkpoint_states_size_and_root_under_the_published_key(database: Database, signer: Signer) -> None:
    await log(5)

    assert await sign_checkpoint(signer, now=NOW) == 5

    stored = await service.checkpoint_latest()
    assert stored is not None
    opened = note.open_checkpoint(stored.note, note.parse_vkey(signer.vkey))
    assert (opened.origin, opened.size, opened.root) == (ORIGIN, 5, await service.root_at(5))


async def test_an_empty_log_and_an_unchanged_one_are_not_signed(database: Database, signer: Signer) -> None:
    assert await sign_checkpoint(signer, now=NOW) is None
    await log(1)
    await sign_checkpoint(signer, now=NOW)

    assert await sign_checkpoint(signer, now=NOW) is None


@pytest.mark.parametrize("more", [1, 3, 4, 9])
async def test_a_log_that_grew_is_signed_again(database: Database, signer: Signer, more: int) -> None:
    await log(4)
    await sign_checkpoint(signer, now=NOW)
    await log(more)

    assert await sign_checkpoint(signer, now=NOW) == 4 + more


async def test_a_log_shorter_than_the_one_signed_is_refused(database: Database, signer: Signer) -> None:
    await log(4)
    signer.remember(5, b"\x00" * 32)

    with pytest.raises(Conflict, match="log_forked"):
        await sign_checkpoint(signer, now=NOW)
    assert await service.checkpoint_latest() is None


@pytest.mark.parametrize("size", [3, 4])
async def test_a_log_with_another_past_is_refused(database: Database, signer: Signer, size: int) -> None:
    await log(4)
    signer.remember(size, b"\x11" * 32)

    with pytest.raises(Conflict, match="log_forked"):
        await sign_checkpoint(signer, now=NOW)


async def test_a_restored_backup_that_grew_differently_is_refused(
    database: Database, signer: Signer, owner: asyncpg.Connection
) -> None:
    await log(2)
    await sign_checkpoint(signer, now=NOW)
    await owner.execute("update ledger_entry set leaf = sha256('other') where index = 0")
    await owner.execute("update ledger_node set hash = sha256('other') where level = 1 and index = 0")
    await owner.execute("update ledger_head set frontier = array[sha256('other')]")
    await log(1)

    with pytest.raises(Conflict, match="log_forked"):
        await sign_checkpoint(signer, now=NOW)


async def test_a_crash_before_the_checkpoint_is_stored_signs_the_same_again(database: Database, signer: Signer) -> None:
    await log(3)
    signer.remember(3, await service.root_at(3))

    assert await sign_checkpoint(signer, now=NOW) == 3
    assert signer.signed().size == 3


async def test_a_lost_state_is_refused_because_anything_could_follow_it(database: Database, signer: Signer) -> None:
    await log(1)
    (signer.folder / STATE).unlink()

    with pytest.raises(SignerUnusable):
        await sign_checkpoint(signer, now=NOW)


async def test_a_second_worker_that_finds_the_signer_busy_leaves_it_alone(database: Database, signer: Signer) -> None:
    await log(1)
    with signer.alone() as alone:
        assert alone
        assert await sign_checkpoint(signer, now=NOW) is None


def test_key_and_state_are_for_their_owner_alone_and_are_kept(signer: Signer) -> None:
    before = signer.vkey

    again = Signer.create(signer.folder, ORIGIN)

    assert again.vkey == before
    assert (signer.folder.stat().st_mode & 0o777, (signer.folder / KEY).stat().st_mode & 0o777) == (0o700, 0o600)
    assert json.loads((signer.folder / STATE).read_text())["size"] == 0
