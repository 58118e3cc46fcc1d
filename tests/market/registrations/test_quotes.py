"""Quoting: the boundaries of the range, every reason at once, and nothing readable anywhere before the opening."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from market import db
from market.app import Market
from market.kernel.errors import Invalid, Reason, Refusal
from market.kernel.rulesets.schema import Method
from market.ledger import service as ledger
from market.notices import service as notices
from market.registrations import service
from market.registrations.sealing import Bound, Keys, Sealed, commitment, unseal
from tests.build_notices import NOW, SECOND, Entrant, Place, a_place, some_needs
from tests.market.notices.test_api import program
from tests.market.notices.test_web import as_actor, sent
from tests.server import Database
from tests.web import market

CEILING, FLOOR = 38_600_000, 30_000_000
QUOTE = 31_415_927  # 314,159.27: a number that appears nowhere by chance
TRACES = (str(QUOTE), "314159.27", "314,159.27", f"{QUOTE:016x}")


@pytest.fixture
async def place(database: Database, tmp_path: Path) -> AsyncIterator[Place]:
    """Return a city whose notices ask for quotes."""
    async with a_place(database) as found:
        found.quote_key = Keys(tmp_path).create()
        yield found


async def a_quoted_notice(place: Place, **changes: Any) -> str:
    """Publish a notice that asks for quotes from 300,000 to 386,000 yuan."""
    facts = {"method": Method.LOWEST_QUOTE, "floor_fen": FLOOR, "floor_reason": "示例理由", **changes}
    return await place.an_open_notice(needs=some_needs(**facts))


async def refused(code: str, agency: Entrant, quote: int | Reason | None, *, declared: bool = True) -> list[str]:
    """Return every reason a quote is refused."""
    with pytest.raises(Refusal) as told:
        await service.register(code, declared=declared, actor=agency.actor, now=NOW + SECOND, quote=quote)
    return [reason.code for reason in told.value.reasons]


@pytest.mark.parametrize(
    ("quote", "reasons"),
    [
        (FLOOR - 1, ["quote_below_floor"]),
        (FLOOR, []),
        (CEILING, []),
        (CEILING + 1, ["quote_above_ceiling"]),
        (0, ["number_too_small"]),
        (-1, ["number_too_small"]),
        (10**20, ["quote_above_ceiling", "quote_above_guide"]),
        (None, ["field_required"]),
        (Reason("not_a_number"), ["not_a_number"]),
    ],
)
async def test_a_quote_within_floor_and_ceiling_is_taken_and_a_fen_beyond_is_not(
    place: Place, quote: int | Reason | None, reasons: list[str]
) -> None:
    agency = await place.an_agency(guide_max_fen=CEILING + 1)
    code = await a_quoted_notice(place)

    if reasons:
        assert await refused(code, agency, quote) == reasons
        assert await db.value("select count(*) from registration") == 0
    else:
        receipt = await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND, quote=quote)
        assert receipt.quote is not None
        assert receipt.quote.fen == quote


async def test_a_guide_binds_a_quote_to_its_maximum(place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=FLOOR + 5)
    code = await a_quoted_notice(place)

    assert await refused(code, agency, FLOOR + 6) == ["quote_above_guide"]
    assert (await service.register(code, declared=True, actor=agency.actor, now=NOW, quote=FLOOR + 5)).quoted


async def test_a_notice_without_quotes_takes_none_and_every_reason_is_told_at_once(place: Place) -> None:
    agency = await place.an_agency(held=None, guide_max_fen=CEILING)
    drawn, quoted = await place.an_open_notice(), await a_quoted_notice(place)

    assert "quote_not_asked" in await refused(drawn, agency, QUOTE)
    reasons = await refused(quoted, agency, CEILING + 1, declared=False)
    assert reasons == ["qualification_missing", "quote_above_ceiling", "quote_above_guide", "declaration_missing"]


async def test_without_a_key_a_notice_that_asks_for_quotes_is_not_published(place: Place) -> None:
    place.quote_key = None

    with pytest.raises(Invalid) as told:
        await a_quoted_notice(place)
    assert [reason.code for reason in told.value.reasons] == ["quote_key_missing"]


async def everything(database: Database) -> str:
    """Return every row of every table as text, read by the administrator, as a dump would."""
    connection = await asyncpg.connect(database.url("market_owner"))
    try:
        names = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        found = [await connection.fetch(f'select t::text as row from "{each["tablename"]}" t') for each in names]
        # Bytes are shown in hex; what is in the log is text.
        bodies = await connection.fetch("select convert_from(body, 'utf-8') as row from ledger_entry")
    finally:
        await connection.close()
    return "\n".join(row["row"] for rows in (*found, bodies) for row in rows)


async def test_a_sealed_quote_can_be_read_in_no_table_and_no_log(
    place: Place, database: Database, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    agency = await place.an_agency(guide_max_fen=CEILING)
    code = await a_quoted_notice(place)

    receipt = await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND, quote=QUOTE)

    assert receipt.quote is not None
    told = await everything(database) + caplog.text + "".join(capfd.readouterr()) + repr(receipt)
    assert receipt.document["quote_commitment"] in told
    for trace in (*TRACES, receipt.quote.salt):
        assert trace not in told


async def test_the_receipt_proves_the_quote_and_is_told_in_full_once(place: Place, tmp_path: Path) -> None:
    agency = await place.an_agency(guide_max_fen=CEILING)
    code = await a_quoted_notice(place)
    given = await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND, quote=QUOTE)

    again = await service.receipt(given.code, actor=agency.actor)

    assert given.quote is not None
    bound = Bound(code, agency.uscc, "sha256")
    assert commitment(given.quote, bound) == again.document["quote_commitment"]
    assert (again.quote, again.price_fen, again.quoted) == (None, None, True)
    assert "price_fen" not in again.document
    assert (await ledger.entry(given.entry_index)).fields.keys() == {"doc"}
    row = await db.row("select commitment, sealed from sealed_quote")
    assert row is not None
    assert place.quote_key is not None
    assert unseal(Sealed(*row), bound, Keys(tmp_path).private(place.quote_key)) == given.quote


async def test_the_notice_publishes_the_key_its_quotes_are_sealed_with(place: Place) -> None:
    code = await a_quoted_notice(place)
    version = await notices.version((await notices.notice(code)).id)

    assert version is not None
    body = json.loads(version[0])
    assert (body["quote_key"], body["price"]) == (place.quote_key, "own_quote")
    drawn = await notices.version((await notices.notice(await place.an_open_notice())).id)
    assert drawn is not None
    assert "quote_key" not in json.loads(drawn[0])


async def test_the_database_takes_no_registration_without_the_quote_its_notice_asks_for(place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=CEILING)
    code = await a_quoted_notice(place)
    await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND, quote=QUOTE)
    other = await place.an_agency(guide_max_fen=CEILING)
    copied = (
        "insert into registration (notice, agency, uscc, guide, price_fen, state, receipt, entry_index, registered_by,"
        " registered_at) select notice, $1, $2, $3, 1, 'registered', 'X', 0, registered_by, registered_at"
        " from registration limit 1"
    )

    with pytest.raises(asyncpg.PostgresError) as told:
        await db.execute(copied, other.id, other.uscc, other.guide)
    assert told.value.sqlstate == "GX005"


async def test_a_sealed_quote_of_another_notice_or_after_the_freeze_is_refused_by_the_database(place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=CEILING)
    code, elsewhere = await a_quoted_notice(place), await a_quoted_notice(place)
    await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND, quote=QUOTE)
    moved = (
        "insert into sealed_quote (registration, notice, commitment, sealed)"
        " select registration, $1, repeat('0', 64), sealed from sealed_quote"
    )

    with pytest.raises(asyncpg.PostgresError) as foreign:
        await db.execute(moved, (await notices.notice(elsewhere)).id)
    await place.freeze(code)
    with pytest.raises(asyncpg.PostgresError) as late:
        await db.execute(moved, (await notices.notice(code)).id)

    assert (foreign.value.sqlstate, late.value.sqlstate) == ("GX005", "GX005")


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Market]:
    """Run the application under practice rules."""
    async with market(database, ruleset="practice-2026") as found:
        yield found


@pytest.fixture
async def now_place(database: Database, app: Market, tmp_path: Path) -> AsyncIterator[Place]:
    """Return a city whose clock is the database's."""
    now: datetime = await db.value("select date_trunc('minute', clock_timestamp())")
    async with a_place(database, now) as found:
        found.quote_key = Keys(tmp_path).create()
        yield found


async def test_the_form_keeps_what_was_typed_and_the_receipt_shows_the_quote_once(
    app: Market, now_place: Place
) -> None:
    agency = await now_place.an_agency(guide_max_fen=CEILING)
    code = await a_quoted_notice(now_place)
    client = await as_actor(app, agency.actor)

    form = await client.get(f"/notices/{code}/register")
    wrong = await sent(client, f"/notices/{code}/register", quote="２９９９９９.９９元")
    done = await sent(client, f"/notices/{code}/register", quote="314,159.27", declared="yes")
    receipt = (await db.value("select receipt from registration")) or ""
    again = await client.get(f"/agency/receipts/{receipt}")

    assert "最低的有效报价中选" in form.text
    assert wrong.status_code == 422
    assert "报价低于最低限价 300,000.00 元" in wrong.text
    assert 'value="２９９９９９.９９元"' in wrong.text
    assert (done.status_code, "314,159.27" in done.text, "报价盐" in done.text) == (200, True, True)
    assert (again.status_code, "314,159.27" in again.text, "已密封" in again.text) == (200, False, True)
    assert "已密封" in (await client.get("/agency/registrations")).text


async def test_a_program_quotes_in_whole_fen_and_is_told_the_salt_once(app: Market, now_place: Place) -> None:
    agency = await now_place.an_agency(guide_max_fen=CEILING)
    code = await a_quoted_notice(now_place)
    client = await program(app, agency.actor)
    address = f"/api/v1/notices/{code}/registration"

    wrong = await client.post(address, json={"declared": True, "quote_fen": CEILING + 1})
    given = await client.post(address, json={"declared": True, "quote_fen": QUOTE})

    assert wrong.status_code == 422
    assert [reason["code"] for reason in wrong.json()["errors"]] == ["quote_above_ceiling", "quote_above_guide"]
    assert (given.status_code, given.json()["quote"]["fen"], given.json()["price_fen"]) == (201, QUOTE, None)
    again = (await client.get(f"/api/v1/receipts/{given.json()['receipt']}")).json()
    assert again == given.json() | {"quote": None}


async def test_a_quote_that_was_withdrawn_may_be_followed_by_another(place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=CEILING)
    code = await a_quoted_notice(place)
    first = await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND, quote=QUOTE)
    await service.withdraw(code, actor=agency.actor, now=NOW + 2 * SECOND)

    second = await service.register(code, declared=True, actor=agency.actor, now=NOW + 3 * SECOND, quote=FLOOR)

    assert second.document["quote_commitment"] != first.document["quote_commitment"]
    assert await db.value("select count(*) from sealed_quote") == 2
