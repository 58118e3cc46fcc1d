"""Opening sealed quotes on a real database: order, boundaries, ties, tampering, a missing key and a dead worker."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from market import db
from market.app import Market
from market.kernel.canonical import digest
from market.kernel.errors import Conflict, NotReady
from market.ledger import service as ledger
from market.registrations.sealing import Bound, Keys, Quote, commitment
from market.selection import service
from tests.build_selection import (
    BEACON,
    CEILING,
    DRAW_AT,
    FLOOR,
    FREEZE,
    REVEAL_BY,
    SECOND,
    Built,
    City,
    a_city,
    opened,
)
from tests.server import Database
from tests.web import browser, market


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database) as city:
        yield city


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    made = Keys(tmp_path / "keys")
    made.create()
    return made


async def quoted(city: City, keys: Keys, fens: list[int], **facts: Any) -> Built:
    """Return a notice with these quotes of the city's first agencies, its inputs frozen."""
    quotes = dict(zip(sorted(city.agencies), fens, strict=False))
    notice = await city.notice(
        list(quotes), method="lowest_quote", least=1, quotes=quotes, quote_key=keys.create(), **facts
    )
    return await opened(notice)


async def opening(notice: Built, keys: Keys | None) -> bool:
    return await service.open_quotes(notice.id, keys=keys, now=REVEAL_BY)


async def drawn(notice: Built) -> bool:
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    return await service.draw(notice.id, now=DRAW_AT)


async def state(notice: Built) -> str:
    return str(await db.value("select state from notice where id = $1", notice.id))


async def log_of(notice: Built) -> dict[str, Any]:
    return {part["agency"]: part for part in (await service.opening_log(notice.code))["quotes"]}


async def order(notice: Built) -> list[tuple[str, int]]:
    """Return who ranks, in order, with the quote."""
    rows = await db.fetch(
        "select r.uscc, q.quote_fen from registration r join opened_quote q on q.registration = r.id"
        " where r.notice = $1 and r.place is not null order by r.place",
        notice.id,
    )
    return [(row["uscc"], row["quote_fen"]) for row in rows]


async def test_the_lowest_quote_is_proposed_at_its_own_price_and_the_others_wait_by_price(
    city: City, keys: Keys
) -> None:
    a, b, c = sorted(city.agencies)[:3]
    notice = await quoted(city, keys, [50_000, 42_001, 59_999])

    assert await opening(notice, keys)
    assert await drawn(notice)

    assert await order(notice) == [(b, 42_001), (a, 50_000), (c, 59_999)]
    award = await db.row("select a.uscc, w.amount_fen from award w join agency a on a.id = w.agency")
    assert tuple(award or ()) == (b, 42_001)
    kinds = [entry.type for entry in await ledger.entries_of(notice.code)]
    assert kinds[4:] == ["inputs.frozen", "quotes.opened", "beacon.published", "draw.result", "award.proposed"]


@pytest.mark.parametrize(
    ("fen", "excluded"),
    [(FLOOR - 1, "out_of_range"), (FLOOR, None), (CEILING, None), (CEILING + 1, "out_of_range")],
)
async def test_a_quote_a_fen_outside_the_range_is_named_and_left_out(
    city: City, keys: Keys, fen: int, excluded: str | None
) -> None:
    a = sorted(city.agencies)[0]
    notice = await quoted(city, keys, [fen, 50_000])

    await opening(notice, keys)
    await drawn(notice)

    part = (await log_of(notice))[a]
    assert (part["fen"], part["excluded"]) == (fen, excluded)
    assert (a in dict(await order(notice))) is (excluded is None)
    left = await db.row("select state, reason from registration where uscc = $1", a)
    assert left is not None
    assert (left["state"] == "not_selected", left["reason"]) == (excluded is not None, excluded)


async def test_equal_quotes_stand_as_drawn(city: City, keys: Keys) -> None:
    notice = await quoted(city, keys, [50_000] * 5)
    await opening(notice, keys)
    await drawn(notice)

    made = await service.bundle(notice.code)
    (agencies,) = made["result"]["orders"]
    assert [uscc for uscc, _ in await order(notice)] == agencies["order"]


async def test_the_opening_log_proves_each_quote_against_the_commitments_of_the_frozen_pool(
    city: City, keys: Keys
) -> None:
    notice = await quoted(city, keys, [50_000, 42_000, 60_000])
    await opening(notice, keys)

    log = await service.opening_log(notice.code)

    for part in log["quotes"]:
        assert (
            commitment(Quote(part["fen"], part["salt"]), Bound(notice.code, part["agency"], "sha256")) == part["commit"]
        )
    entries = {entry.type: entry.fields for entry in await ledger.entries_of(notice.code)}
    sealed = [{"agency": part["agency"], "commit": part["commit"]} for part in log["quotes"]]
    frozen = digest({"d": "selection/1 sealed quotes", "notice": log["notice"], "quotes": sealed})
    assert (entries["pool.frozen"]["quotes"], entries["quotes.opened"]["opening"]) == (frozen, digest(log))


TAMPERED: Mapping[str, str] = {
    "a byte": "update sealed_quote set sealed = overlay(sealed placing '00' from 100) where registration = $1",
    "the text": "update sealed_quote set sealed = 'ff' where registration = $1",
    "the commitment": "update sealed_quote set commitment = repeat('0', 64) where registration = $1",
    "the row": "delete from sealed_quote where registration = $1",
    "another's": "update sealed_quote set sealed = (select sealed from sealed_quote where registration <> $1 limit 1)"
    " where registration = $1",
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_quote_that_was_tampered_with_is_named_and_the_others_go_on(city: City, keys: Keys, what: str) -> None:
    a, b = sorted(city.agencies)[:2]
    notice = await quoted(city, keys, [42_000, 50_000])
    first = await db.value("select id from registration where notice = $1 and uscc = $2", notice.id, a)
    await city.connection.execute(TAMPERED[what], first)

    await opening(notice, keys)
    await drawn(notice)

    assert (await log_of(notice))[a]["excluded"] == "unopenable"
    assert await order(notice) == [(b, 50_000)]


async def test_a_sealed_quote_replayed_in_another_notice_does_not_open_there(city: City, keys: Keys) -> None:
    a = sorted(city.agencies)[0]
    source = await quoted(city, keys, [42_000, 50_000])
    target = await quoted(city, keys, [55_000, 50_000])
    await city.connection.execute(
        "update sealed_quote t set sealed = s.sealed from sealed_quote s where s.notice = $1 and t.notice = $2"
        " and s.registration = (select id from registration where notice = $1 and uscc = $3)"
        " and t.registration = (select id from registration where notice = $2 and uscc = $3)",
        *(source.id, target.id, a),
    )

    await opening(target, keys)

    assert (await log_of(target))[a]["excluded"] == "unopenable"


async def test_without_a_quote_that_counts_the_notice_fails_and_its_log_is_still_published(
    city: City, keys: Keys
) -> None:
    notice = await quoted(city, keys, [CEILING + 1, FLOOR - 1])

    assert await opening(notice, keys)

    assert await state(notice) == "failed"
    assert await db.value("select end_reason from notice where id = $1", notice.id) == "no_valid_quote"
    assert {part["excluded"] for part in (await log_of(notice)).values()} == {"out_of_range"}


@pytest.mark.parametrize("damage", ["none", "missing", "nonsense", "foreign"])
async def test_without_the_key_nothing_is_opened_or_drawn_and_the_notice_waits(
    city: City, keys: Keys, tmp_path: Path, damage: str
) -> None:
    notice = await quoted(city, keys, [50_000, 42_000])
    private = keys.folder / f"quotes-{keys.create()}.key"
    right = private.read_text()
    if damage == "missing":
        private.unlink()
    elif damage != "none":
        private.write_text("nonsense" if damage == "nonsense" else "11" * 32)

    assert not await opening(notice, None if damage == "none" else keys)
    assert not await drawn(notice)
    assert await state(notice) == "opening"
    assert await db.value("select count(*) from opening") == 0
    assert await db.value("select next_check_at > $1 from notice where state = 'opening'", REVEAL_BY)
    with pytest.raises(NotReady):
        await service.opening_log(notice.code)

    private.write_text(right)
    assert await service.open_quotes(notice.id, keys=keys, now=DRAW_AT + SECOND)
    assert await service.draw(notice.id, now=DRAW_AT + SECOND)


async def test_opening_waits_for_the_freeze_of_the_inputs_and_happens_once(city: City, keys: Keys) -> None:
    quotes = dict.fromkeys(sorted(city.agencies)[:3], 50_000)
    notice = await city.notice(list(quotes), method="lowest_quote", quotes=quotes, quote_key=keys.create())

    assert not await opening(notice, keys)
    await service.freeze(notice.id, now=FREEZE)
    assert not await opening(notice, keys)
    await service.freeze_inputs(notice.id, now=REVEAL_BY + SECOND)
    assert await service.advance(notice.id, now=REVEAL_BY + SECOND, keys=keys)
    assert not await service.open_quotes(notice.id, keys=keys, now=REVEAL_BY + SECOND)
    assert await db.value("select count(*) from opening") == 1


async def test_a_worker_that_dies_between_the_steps_changes_no_hash(
    city: City, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = await quoted(city, keys, [50_000, 42_000, 42_000])

    async def die(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append_many", die)
        with pytest.raises(ConnectionError):
            await opening(notice, keys)
    assert await db.value("select count(*) from opening") + await db.value("select count(*) from opened_quote") == 0
    await opening(notice, Keys(keys.folder))
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append_many", die)
        with pytest.raises(ConnectionError):
            await drawn(notice)
    await drawn(notice)

    made = await service.bundle(notice.code)
    assert made["selection"]["opening"] == digest(made["opening"]) == await db.value("select hash from opening")
    entries = {entry.type: entry.fields for entry in await ledger.entries_of(notice.code)}
    assert entries["draw.result"]["selection"] == digest(made["selection"])


async def test_the_database_draws_nothing_before_the_opening_and_opens_nothing_before_the_inputs(
    city: City, keys: Keys
) -> None:
    notice = await quoted(city, keys, [50_000, 42_000])
    with pytest.raises(asyncpg.PostgresError) as early:
        await db.execute(
            "insert into draw (notice, bundle, result_hash, drawn_at) values ($1, '{}', '00', $2)", notice.id, DRAW_AT
        )
    assert early.value.sqlstate == "GX006"
    other = await city.notice([], method="lowest_quote")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute(
            "insert into opening (notice, log, hash, opened_at) values ($1, '{}', '00', $2)", other.id, DRAW_AT
        )


@pytest.mark.parametrize("table", ["sealed_quote", "opened_quote", "opening"])
async def test_the_running_market_cannot_change_a_quote_or_its_opening(city: City, keys: Keys, table: str) -> None:
    notice = await quoted(city, keys, [50_000, 42_000])
    await opening(notice, keys)

    for command in (f"delete from {table}", f"update {table} set id = id", f"truncate {table} cascade"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(command)


async def test_a_notice_without_quotes_has_no_opening_log(city: City) -> None:
    notice = await city.notice()

    with pytest.raises(Conflict):
        await service.opening_log(notice.code)
    await service.freeze(notice.id, now=FREEZE)
    body = json.loads(await db.value("select convert_from(body, 'utf-8') from ledger_entry where type = 'pool.frozen'"))
    assert "quotes" not in body


@pytest.fixture
async def app(database: Database, city: City) -> AsyncIterator[Market]:
    async with market(database) as found:
        yield found


async def test_the_page_shows_the_wait_and_then_every_quote_with_its_finding(
    app: Market, city: City, keys: Keys
) -> None:
    notice = await quoted(city, keys, [50_000, FLOOR - 1])
    nobody = browser(app)

    sealed = (await nobody.get(f"/notices/{notice.code}")).text
    early = await nobody.get(f"/notices/{notice.code}/opening.json")
    await opening(notice, keys)
    open_ = (await nobody.get(f"/notices/{notice.code}")).text
    log = await nobody.get(f"/notices/{notice.code}/opening.json")

    assert ("正在等待用平台以外保管的私钥开启" in sealed, "已密封" in sealed, "500.00" in sealed) == (True, True, False)
    assert (early.status_code, early.json()["code"]) == (409, "quotes_not_opened")
    assert all(text in open_ for text in ("报价开启记录", "500.00", "419.99", "报价超出限价范围", "opening.json"))
    assert log.json() == await service.opening_log(notice.code)


@pytest.mark.parametrize(("seconds", "open_"), [(50, True), (70, False)])
async def test_readyz_names_quotes_that_nobody_opens(
    app: Market, city: City, keys: Keys, seconds: int, open_: bool
) -> None:
    notice = await quoted(city, keys, [50_000])
    await city.connection.execute(
        "update notice set inputs_frozen_at = now() - make_interval(secs => $2) where id = $1",
        notice.id,
        float(seconds),
    )

    assert (await browser(app).get("/readyz")).json()["quotes_opened"] is open_


WORKER = (
    "import asyncio, pathlib, sys; from market.worker import work;"
    "asyncio.run(work(sys.argv[1], keys=pathlib.Path(sys.argv[2]), origin='test.example/log'))"
)


async def test_quotes_are_opened_once_by_whichever_worker_lives_and_only_by_one_with_the_key(
    city: City, keys: Keys, database: Database, tmp_path: Path
) -> None:
    made = [await quoted(city, keys, [50_000, 42_000 + number]) for number in range(12)]
    keyless = tmp_path / "nothing"
    keyless.mkdir()

    async def worker(folder: Path) -> asyncio.subprocess.Process:
        command = [sys.executable, "-c", WORKER, database.url(), str(folder)]
        return await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)

    workers = [await worker(keyless)]
    try:
        while not await db.value("select count(*) from worker_beat"):
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        assert await db.value("select count(*) from opening") == 0
        workers += [await worker(keys.folder), await worker(keys.folder)]
        while not await db.value("select count(*) from opening"):
            await asyncio.sleep(0.01)
        workers[1].kill()
        async with asyncio.timeout(60):
            while await db.value("select count(*) from opening") < len(made):
                await asyncio.sleep(0.1)
    finally:
        for each in workers:
            if each.returncode is None:
                each.kill()
            await each.wait()

    for number, notice in enumerate(made):
        kinds = [entry.type for entry in await ledger.entries_of(notice.code)]
        assert kinds.count("quotes.opened") == 1
        assert sorted(part["fen"] for part in (await log_of(notice)).values()) == sorted([50_000, 42_000 + number])
