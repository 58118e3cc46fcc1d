"""The steps of a selection on a real database: at their boundaries, twice, and after a crash."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from market import db
from market.kernel.canonical import digest
from market.kernel.errors import Conflict, Invalid, MoveRefused, NotFound, NotReady
from market.ledger import service as ledger
from market.selection import service
from market.selection.draw import draw as fair_draw
from tests.build_selection import (
    BEACON,
    CLOSES,
    DRAW_AT,
    FREEZE,
    KEEPERS,
    REVEAL_BY,
    SECOND,
    SECRETS,
    Built,
    City,
    a_city,
    day,
    drawn,
    opened,
)
from tests.server import Database

STANDSTILL = timedelta(minutes=3)


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database) as city:
        yield city


@pytest.fixture
async def notice(city: City) -> Built:
    return await city.notice()


async def state(notice: Built) -> str:
    return str(await db.value("select state from notice where id = $1", notice.id))


async def kinds(notice: Built) -> list[str]:
    return [entry.type for entry in await ledger.entries_of(notice.code)]


async def reveal_all(notice: Built, keepers: tuple[str, ...] = KEEPERS) -> None:
    for keeper in keepers:
        await service.reveal(keeper, notice.id, SECRETS[keeper], now=FREEZE + SECOND)


async def test_a_pool_is_frozen_when_the_drain_is_over_and_not_a_second_before(notice: Built) -> None:
    assert not await service.freeze(notice.id, now=CLOSES)
    assert not await service.freeze(notice.id, now=FREEZE - SECOND)
    assert await state(notice) == "open"

    assert await service.freeze(notice.id, now=FREEZE)

    assert await state(notice) == "closed"
    assert await kinds(notice) == ["pool.frozen"]


async def test_a_whole_selection_ends_in_an_award(notice: Built) -> None:
    await drawn(notice)
    assert await state(notice) == "standstill"

    await service.finish_standstill(notice.id, now=DRAW_AT + STANDSTILL)

    assert await state(notice) == "awarded"
    assert await kinds(notice) == [
        "pool.frozen", "secret.revealed", "secret.revealed", "secret.revealed", "inputs.frozen", "beacon.published",
        "draw.result", "award.proposed", "award.confirmed",
    ]  # fmt: skip


async def test_freezing_twice_is_freezing_once(notice: Built) -> None:
    await service.freeze(notice.id, now=FREEZE)

    assert not await service.freeze(notice.id, now=FREEZE + SECOND)

    assert await kinds(notice) == ["pool.frozen"]


async def test_the_pool_holds_every_live_registration_by_uscc_and_none_that_was_withdrawn(city: City) -> None:
    agencies = sorted(city.agencies)
    notice = await city.notice(agencies[::-1])
    await city.connection.execute(
        "update registration set state = 'withdrawn' where notice = $1 and uscc = $2", notice.id, agencies[1]
    )

    await service.freeze(notice.id, now=FREEZE)

    lists = json.loads(await db.value("select lists from pool where notice = $1", notice.id))
    assert [entry["id"] for entry in lists[0]["entries"]] == [agencies[0], *agencies[2:]]
    assert {entry["w"] for entry in lists[0]["entries"]} == {1}
    assert await db.value("select pool_size from notice where id = $1", notice.id) == 4


@pytest.mark.parametrize(("count", "ends"), [(0, "failed"), (2, "failed"), (3, "closed"), (4, "closed")])
async def test_a_notice_with_too_few_registrants_fails_at_the_freeze(city: City, count: int, ends: str) -> None:
    notice = await city.notice(sorted(city.agencies)[:count], least=3)

    await service.freeze(notice.id, now=FREEZE)

    assert await state(notice) == ends
    assert ("notice.failed" in await kinds(notice)) == (ends == "failed")
    left = await db.value("select count(*) from registration where notice = $1 and state = 'registered'", notice.id)
    assert left == (0 if ends == "failed" else count)


async def test_a_failed_notice_tells_its_owner_and_its_registrants(city: City) -> None:
    notice = await city.notice(sorted(city.agencies)[:2])

    await service.freeze(notice.id, now=FREEZE)

    told = await db.fetch("select organisation from message where kind = 'notice_failed'")
    registered = {city.organisations[uscc] for uscc in sorted(city.agencies)[:2]}
    assert {each["organisation"] for each in told} == {city.owner, *registered}


async def test_a_secret_is_taken_from_the_freeze_until_the_end_of_the_window(notice: Built) -> None:
    with pytest.raises(MoveRefused):
        await service.reveal("owner", notice.id, SECRETS["owner"], now=FREEZE - SECOND)
    await service.freeze(notice.id, now=FREEZE)

    assert await service.reveal("owner", notice.id, SECRETS["owner"], now=FREEZE)
    assert await service.reveal("witness", notice.id, SECRETS["witness"], now=REVEAL_BY)
    with pytest.raises(MoveRefused):
        await service.reveal("operator", notice.id, SECRETS["operator"], now=REVEAL_BY + SECOND)


async def test_revealing_twice_is_revealing_once(notice: Built) -> None:
    await service.freeze(notice.id, now=FREEZE)
    await service.reveal("owner", notice.id, SECRETS["owner"], now=FREEZE)

    assert not await service.reveal("owner", notice.id, SECRETS["owner"], now=FREEZE + SECOND)

    assert await kinds(notice) == ["pool.frozen", "secret.revealed"]


async def test_a_secret_that_was_not_promised_is_refused(notice: Built) -> None:
    await service.freeze(notice.id, now=FREEZE)

    with pytest.raises(Invalid, match="secret_mismatch"):
        await service.reveal("owner", notice.id, "ff" * 32, now=FREEZE)
    with pytest.raises(Invalid, match="secret_mismatch"):
        await service.reveal("owner", notice.id, "not hexadecimal", now=FREEZE)
    with pytest.raises(NotFound):
        await service.reveal("stranger", notice.id, "ff" * 32, now=FREEZE)


async def test_inputs_are_frozen_as_soon_as_all_secrets_are_in(notice: Built) -> None:
    await service.freeze(notice.id, now=FREEZE)
    await reveal_all(notice, KEEPERS[:2])
    assert not await service.freeze_inputs(notice.id, now=FREEZE + SECOND)
    await reveal_all(notice, KEEPERS[2:])

    assert await service.freeze_inputs(notice.id, now=FREEZE + SECOND)

    assert await state(notice) == "opening"


async def test_a_missing_secret_is_waited_for_until_the_window_has_passed_and_counts_as_null(notice: Built) -> None:
    await service.freeze(notice.id, now=FREEZE)
    await reveal_all(notice, ("operator", "witness"))
    assert not await service.freeze_inputs(notice.id, now=REVEAL_BY - SECOND)
    assert not await service.freeze_inputs(notice.id, now=REVEAL_BY)

    assert await service.freeze_inputs(notice.id, now=REVEAL_BY + SECOND)

    secrets = json.loads(await db.value("select secrets from draw_input where notice = $1", notice.id))
    assert [each["secret"] is None for each in secrets] == [False, True, False]
    assert not await service.freeze_inputs(notice.id, now=REVEAL_BY + 2 * SECOND)


async def test_inputs_that_are_late_for_a_public_beacon_end_the_selection(city: City) -> None:
    notice = await city.notice(ruleset="model-2026")
    await service.freeze(notice.id, now=FREEZE)

    await service.freeze_inputs(notice.id, now=DRAW_AT)

    assert await state(notice) == "failed"
    assert await db.value("select end_reason from notice where id = $1", notice.id) == "inputs_late"


async def test_a_practice_beacon_waits_for_its_moment_and_for_the_inputs(notice: Built) -> None:
    with pytest.raises(NotReady, match="inputs_not_frozen"):
        await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    await opened(notice)
    with pytest.raises(NotReady, match="beacon_early"):
        await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT - SECOND)

    assert await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)

    assert not await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT + SECOND)
    with pytest.raises(Conflict, match="beacon_differs"):
        await service.publish_beacon("practice", notice.event, "cd" * 32, now=DRAW_AT + SECOND)


async def test_a_practice_beacon_is_never_published_in_the_instant_of_the_freeze(notice: Built) -> None:
    await service.freeze(notice.id, now=FREEZE)
    await service.freeze_inputs(notice.id, now=DRAW_AT)

    with pytest.raises(NotReady, match="inputs_not_frozen"):
        await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)


@pytest.mark.parametrize("event", ["PX-2026-000001.2", "PX-2026-999999.1", "nonsense"])
async def test_a_practice_beacon_nobody_announced_is_refused(notice: Built, event: str) -> None:
    await opened(notice)

    with pytest.raises(NotFound):
        await service.publish_beacon("practice", event, BEACON, now=DRAW_AT)


async def test_a_beacon_of_another_form_is_refused(notice: Built) -> None:
    with pytest.raises(Invalid, match="beacon_value"):
        await service.publish_beacon("practice", notice.event, "12", now=DRAW_AT)


async def test_nothing_is_drawn_before_its_moment_or_without_its_beacon(notice: Built) -> None:
    await opened(notice)
    assert not await service.draw(notice.id, now=DRAW_AT)
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    assert not await service.draw(notice.id, now=DRAW_AT - SECOND)

    assert await service.draw(notice.id, now=DRAW_AT)

    assert not await service.draw(notice.id, now=DRAW_AT + SECOND)
    assert (await kinds(notice)).count("draw.result") == 1


async def test_a_draw_is_the_published_function_of_its_inputs(notice: Built) -> None:
    await drawn(notice)

    stored = await db.row("select bundle, result_hash from draw where notice = $1", notice.id)
    assert stored is not None
    bundle = json.loads(stored["bundle"])
    again = fair_draw(bundle["notice"], bundle["lists"], bundle["secrets"], bundle["beacons"])
    assert set(bundle) == {"notice", "lists", "secrets", "beacons", "result", "result_hash"}
    assert again.result_hash == stored["result_hash"] == bundle["result_hash"]


async def test_everyone_in_the_pool_has_a_place_and_the_first_is_proposed(notice: Built) -> None:
    await drawn(notice)

    order = json.loads(await db.value("select bundle from draw where notice = $1", notice.id))["result"]["orders"][0]
    rows = await db.fetch("select uscc, state, place from registration where notice = $1 order by place", notice.id)
    assert [each["uscc"] for each in rows] == order["order"]
    assert [each["place"] for each in rows] == [1, 2, 3, 4, 5]
    assert [each["state"] for each in rows] == ["selected", "reserve", "reserve", "reserve", "reserve"]
    award = await db.row("select amount_fen, state, standstill_ends_at from award where notice = $1", notice.id)
    assert award is not None
    assert (award["amount_fen"], award["state"]) == (50_000, "proposed")
    assert award["standstill_ends_at"] == DRAW_AT + STANDSTILL


async def test_who_lost_standing_after_the_freeze_is_passed_with_a_reason(city: City, notice: Built) -> None:
    await opened(notice)
    first, second = await who_would_win(notice)
    await city.connection.execute(
        "update agency set state = 'suspended' where id = any($1)", [city.agencies[first], city.agencies[second]]
    )
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)

    await service.draw(notice.id, now=DRAW_AT)

    rows = await db.fetch("select state, reason from registration where notice = $1 order by place", notice.id)
    assert [each["state"] for each in rows] == ["skipped", "skipped", "selected", "reserve", "reserve"]
    assert rows[0]["reason"] == "agency_suspended"
    assert (await kinds(notice)).count("award.skipped") == 2


@pytest.mark.parametrize(("until", "skipped"), [("2026-03-04", True), ("2026-03-05", False)])
async def test_a_qualification_counts_to_the_end_of_its_last_day(city: City, until: str, skipped: bool) -> None:
    notice = await city.notice(qualifications=["QG-A"])
    for agency in city.agencies.values():
        await city.add(
            "qualification", agency=agency, code="QG-A", number="1", issued_by="-", issued_on=day("2020-01-01"),
            valid_until=day(until), submitted_at=CLOSES, verified_at=CLOSES,
        )  # fmt: skip

    await drawn(notice)

    assert await state(notice) == ("failed" if skipped else "standstill")


async def test_a_notice_fails_when_nobody_can_be_proposed(city: City, notice: Built) -> None:
    await opened(notice)
    await city.connection.execute("update agency set state = 'left'")
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)

    await service.draw(notice.id, now=DRAW_AT)

    assert await state(notice) == "failed"
    assert await db.value("select end_reason from notice where id = $1", notice.id) == "nobody_left"
    assert (await kinds(notice))[-1] == "notice.failed"


async def test_a_direct_selection_needs_no_secret_and_no_beacon(city: City) -> None:
    chosen = sorted(city.agencies)[2]
    notice = await city.notice([chosen], method="direct", least=1, direct=chosen)

    await service.freeze(notice.id, now=FREEZE)
    await service.freeze_inputs(notice.id, now=FREEZE)
    await service.draw(notice.id, now=FREEZE)

    bundle = json.loads(await db.value("select bundle from draw where notice = $1", notice.id))
    assert await state(notice) == "standstill"
    assert bundle["result"]["d"] == "selection/1 result"
    assert (bundle["result"]["method"], bundle["result"]["winner"]) == ("direct", chosen)
    assert bundle["result_hash"] == digest(bundle["result"])


@pytest.mark.parametrize("suite", ["sha256", "sm3"])
async def test_either_hash_suite_draws(city: City, suite: str) -> None:
    notice = await city.notice(suite=suite)

    await drawn(notice)

    assert await state(notice) == "standstill"


async def test_a_clock_that_runs_backwards_closes_and_draws_nothing(city: City, notice: Built) -> None:
    other = await city.notice()
    await service.freeze(other.id, now=FREEZE + timedelta(hours=1))

    with pytest.raises(Conflict, match="clock_backwards"):
        await service.freeze(notice.id, now=FREEZE + timedelta(hours=1) - 6 * SECOND)
    assert await state(notice) == "open"

    assert await service.freeze(notice.id, now=FREEZE + timedelta(hours=1) - 5 * SECOND)


async def who_would_win(notice: Built) -> tuple[str, str]:
    """Return the first two of the order that the fixed beacon will give."""
    rows = await db.row(
        "select v.body, p.lists, i.secrets from notice_version v join pool p on p.notice = v.notice"
        " join draw_input i on i.notice = v.notice where v.notice = $1",
        notice.id,
    )
    assert rows is not None
    body, lists, secrets = (json.loads(rows[name]) for name in ("body", "lists", "secrets"))
    beacons = [{"kind": "practice", "event": notice.event, "value": BEACON}]
    order = fair_draw(body, lists, secrets, beacons).orders()["agency"]
    return order[0], order[1]
