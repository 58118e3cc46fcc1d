"""The log in PostgreSQL: numbered by commit, provable, without personal data, and closed to the running market."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from market import db
from market.kernel.canonical import digest
from market.kernel.errors import NotFound
from market.ledger import service, tree

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def append(number: int) -> int:
    async with db.writing():
        return await service.append("test.act", at=NOW, subject="x", fields={"n": number})


async def test_entries_are_numbered_from_zero_without_gaps(database):
    assert [await append(number) for number in range(5)] == [0, 1, 2, 3, 4]


async def test_the_stored_tree_is_the_tree_of_rfc_6962_at_every_size(database):
    for number in range(20):
        await append(number)
        size, root, _ = await service.head()
        bodies = [entry.body for entry in await service.entries_of("x")]
        assert (size, root) == (number + 1, tree.root(bodies))


async def test_every_entry_has_a_proof_and_every_older_log_is_a_prefix(database):
    async with db.writing():
        await service.append_many([service.Act("test.act", NOW, "x", {"n": n}) for n in range(21)])
    entries = await service.entries_of("x")
    size, root, _ = await service.head()
    for entry in entries:
        path = await service.inclusion(entry.index, size)
        assert tree.verify_inclusion(entry.leaf, entry.index, size, path, root)
    for old in range(1, size + 1):
        proof = await service.consistency(old, size)
        assert tree.verify_consistency(old, size, await service.root_at(old), root, proof)


async def test_many_at_once_make_the_same_tree_as_one_by_one(database):
    for number in range(7):
        await append(number)
    async with db.writing():
        first = await service.append_many([service.Act("test.act", NOW, "x", {"n": n}) for n in range(7, 30)])
    assert first == 7
    _, root, _ = await service.head()
    assert root == tree.root([entry.body for entry in await service.entries_of("x")])


async def test_racing_appends_lose_no_number(database):
    numbers = await asyncio.gather(*[asyncio.create_task(append(number)) for number in range(40)])
    assert sorted(numbers) == list(range(40))
    _, root, _ = await service.head()
    assert root == tree.root([entry.body for entry in await service.entries_of("x")])


async def test_an_act_that_is_rolled_back_leaves_no_entry(database):
    async def fails() -> None:
        async with db.writing():
            await service.append("test.act", at=NOW, subject="x", fields={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await append(1) == 0


async def test_personal_data_stay_outside_the_log_behind_a_salted_hash(database):
    async with db.writing():
        index = await service.append("test.act", at=NOW, subject="x", fields={}, document={"name": "示例姓名"})
    entry = await service.entry(index)
    assert "示例姓名".encode() not in entry.body
    kept = await db.row("select salt, document from ledger_document where index = $1", index)
    assert entry.fields["doc"] == digest({"d": "doc", "salt": kept["salt"], "doc": {"name": "示例姓名"}})


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_node", "ledger_head"])
@pytest.mark.parametrize("act", ["insert into {} default values", "delete from {}", "truncate {}", "drop table {}"])
async def test_the_running_market_cannot_touch_the_log_but_by_appending(database, table, act):
    await append(0)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.execute(act.format(table))


async def test_an_unknown_entry_and_an_impossible_proof_are_refused(database):
    await append(0)
    for ask in (service.entry(1), service.inclusion(1, 1), service.consistency(0, 1), service.consistency(1, 2)):
        with pytest.raises(NotFound):
            await ask
