"""Registering at the boundary of the deadline, twice, at once, and by those who may not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from market import db
from market.kernel.canonical import digest
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound, Refusal
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Method
from market.ledger import service as ledger
from market.notices import service as notices
from market.notices.rules.asked import DirectChoice, Recusal
from market.registrations import service
from market.registrations.states import RegistrationAction, RegistrationState
from tests.build_notices import CLOSES, NOW, SECOND, Entrant, Place, a_place, some_conditions, some_needs
from tests.server import Database


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    """Return a city with an owner and an item."""
    async with a_place(database) as found:
        yield found


async def refused(code: str, agency: Entrant, *, at_seconds: int = 0, declared: bool = True) -> list[str]:
    """Return every reason an agency may not register some seconds after publication."""
    with pytest.raises(Refusal) as told:
        await service.register(code, declared=declared, actor=agency.actor, now=NOW + at_seconds * SECOND)
    return [reason.code for reason in told.value.reasons]


async def test_a_registration_is_receipted_with_its_entry_in_the_log(place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=30_000_000)
    code = await place.an_open_notice()

    receipt = await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND)

    entry = await ledger.entry(receipt.entry_index)
    assert (entry.type, entry.leaf.hex()) == ("registration", receipt.leaf)
    assert receipt.document["notice"] == code
    assert entry.fields == {"doc": digest({"d": "doc", "salt": receipt.salt, "doc": receipt.document})}
    assert receipt.price_fen == 30_000_000
    assert await service.receipt(receipt.code, actor=agency.actor) == receipt
    assert [each.uscc for each in await service.pool_of((await notices.notice(code)).id)] == [agency.uscc]


@pytest.mark.parametrize(("guide_max_fen", "price_fen"), [(38_599_999, 38_599_999), (38_600_001, 38_600_000)])
async def test_the_price_is_the_lower_of_the_notice_and_the_guide(
    place: Place, guide_max_fen: int, price_fen: int
) -> None:
    agency = await place.an_agency(guide_max_fen=guide_max_fen)
    code = await place.an_open_notice()

    shown = await service.prospect(code, actor=agency.actor, now=NOW)
    receipt = await service.register(code, declared=True, actor=agency.actor, now=NOW)

    assert shown.price_fen == receipt.price_fen == price_fen


async def test_one_second_before_the_deadline_is_in_time(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()

    await service.register(code, declared=True, actor=agency.actor, now=CLOSES - SECOND)


@pytest.mark.parametrize("late", [timedelta(), SECOND])
async def test_at_the_deadline_and_after_it_is_late(place: Place, late: timedelta) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()

    with pytest.raises(Refusal) as told:
        await service.register(code, declared=True, actor=agency.actor, now=CLOSES + late)

    assert [reason.code for reason in told.value.reasons] == ["registration_closed"]


async def test_registration_opens_at_the_moment_announced(place: Place) -> None:
    first, second = await place.an_agency(), await place.an_agency()
    conditions = some_conditions(opens_at=NOW + 60 * SECOND)
    code = await place.an_open_notice(conditions=conditions)

    assert await refused(code, first, at_seconds=59) == ["registration_not_open_yet"]
    await service.register(code, declared=True, actor=second.actor, now=NOW + 60 * SECOND)


async def test_who_came_in_time_and_met_the_freeze_is_refused_by_name_and_published_once(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    await place.freeze(code)

    for _ in range(2):
        with pytest.raises(Conflict) as told:
            await service.register(code, declared=True, actor=agency.actor, now=CLOSES - SECOND)
        assert told.value.code == "came_in_time_not_receipted"

    found = await notices.notice(code)
    assert [row["uscc"] for row in await service.refused_of(found.id)] == [agency.uscc]
    rejected = [each for each in await ledger.entries_of(code) if each.type == "registration.rejected"]
    assert [each.fields["uscc"] for each in rejected] == [agency.uscc]


async def test_who_came_late_is_not_published(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    await place.freeze(code)

    with pytest.raises(Refusal):
        await service.register(code, declared=True, actor=agency.actor, now=CLOSES)

    assert await service.refused_of((await notices.notice(code)).id) == []


async def test_all_reasons_come_at_once(place: Place) -> None:
    agency = await place.an_agency(state="suspended", valid_until=date(2026, 11, 23), guide_max_fen=None)
    recusal = Recusal(agency.uscc, "示例关系")
    code = await place.an_open_notice(conditions=some_conditions(recusals=(recusal,)))

    found = await refused(code, agency, declared=False)

    assert found == [
        "agency_suspended",
        "qualification_lapsed",
        "no_published_guide",
        "recused",
        "declaration_missing",
    ]


async def test_without_the_declaration_nothing_is_registered(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()

    with pytest.raises(Invalid):
        await service.register(code, declared=False, actor=agency.actor, now=NOW)

    assert await service.count((await notices.notice(code)).id) == 0


async def test_an_agency_of_the_owner_itself_may_not_register(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    await place.connection.execute(
        "update organisation set uscc = $1 where id = $2", agency.uscc, place.owner.organisation_id
    )

    assert await refused(code, agency) == ["own_notice"]


async def test_a_direct_selection_takes_the_named_agency_only(place: Place) -> None:
    named, other = await place.an_agency(), await place.an_agency()
    choice = DirectChoice("urgent", "汛期前必须完成。", named.uscc)
    code = await place.an_open_notice(needs=some_needs(method=Method.DIRECT, direct=choice), committed=())

    assert await refused(code, other) == ["not_the_named_agency"]
    await service.register(code, declared=True, actor=named.actor, now=NOW)


async def test_only_published_conditions_count(place: Place) -> None:
    agency = await place.an_agency(held=None)
    code = await place.an_open_notice(conditions=some_conditions(qualifications=()))

    await service.register(code, declared=True, actor=agency.actor, now=NOW)


async def test_a_withdrawn_notice_takes_no_registration(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    await notices.withdraw(code, "需求有变", actor=place.owner, now=NOW)

    assert await refused(code, agency) == ["notice_withdrawn"]


async def test_eight_posts_at_once_make_one_registration_and_seven_named_refusals(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()

    async def attempt() -> str:
        try:
            await service.register(code, declared=True, actor=agency.actor, now=NOW)
        except Conflict as told:
            return told.reasons[0].code
        return "registered"

    told = sorted(await asyncio.gather(*(attempt() for _ in range(8))))

    assert told == ["already_registered"] * 7 + ["registered"]
    assert await service.count((await notices.notice(code)).id) == 1
    assert len(await ledger.entries_of(service.LOG_SUBJECT)) == 1


async def test_of_eight_agencies_with_one_controller_one_gets_in(place: Place) -> None:
    agencies = [await place.an_agency(controller="91990000TEST") for _ in range(8)]
    code = await place.an_open_notice()

    async def attempt(agency: Entrant) -> str:
        try:
            await service.register(code, declared=True, actor=agency.actor, now=NOW)
        except Conflict as told:
            return told.reasons[0].code
        return "registered"

    told = sorted(await asyncio.gather(*(attempt(agency) for agency in agencies)))

    assert told == ["registered"] + ["related_registered"] * 7


async def test_an_unverified_or_minor_controller_relates_nobody(place: Place) -> None:
    first, second = [await place.an_agency(controller="91990000TEST") for _ in range(2)]
    await place.connection.execute("update related_party set share_percent = 49 where agency = $1", first.id)
    code = await place.an_open_notice()

    await service.register(code, declared=True, actor=first.actor, now=NOW)
    await service.register(code, declared=True, actor=second.actor, now=NOW)


async def test_what_is_receipted_against_a_freeze_is_exactly_the_pool(place: Place) -> None:
    agencies = [await place.an_agency() for _ in range(64)]
    code = await place.an_open_notice()

    receipted: set[str] = set()

    async def attempt(number: int, agency: Entrant) -> str:
        await asyncio.sleep((number * 37 % 64) * 0.02)
        try:
            await service.register(code, declared=True, actor=agency.actor, now=CLOSES - SECOND)
        except Conflict as told:
            return told.code
        receipted.add(agency.uscc)
        return "registered"

    async def freeze() -> None:
        while len(receipted) < 20:
            await asyncio.sleep(0.005)
        await place.freeze(code)

    told, _ = await asyncio.gather(
        asyncio.gather(*(attempt(number, agency) for number, agency in enumerate(agencies))), freeze()
    )

    found = await notices.notice(code)
    pool = await db.value("select lists from pool where notice = $1", found.id)
    assert set(told) == {"registered", "came_in_time_not_receipted"}
    refused_by_name = {row["uscc"] for row in await service.refused_of(found.id)}
    assert all(uscc in pool for uscc in receipted)
    assert found.pool_size == len(receipted)
    assert refused_by_name == {agency.uscc for agency in agencies} - receipted


@pytest.mark.parametrize(("seconds", "allowed"), [(-1, True), (0, False), (1, False)])
async def test_a_registration_is_withdrawn_until_the_deadline(place: Place, seconds: int, allowed: bool) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    await service.register(code, declared=True, actor=agency.actor, now=NOW)

    if allowed:
        await service.withdraw(code, actor=agency.actor, now=CLOSES + seconds * SECOND)
    else:
        with pytest.raises(MoveRefused):
            await service.withdraw(code, actor=agency.actor, now=CLOSES + seconds * SECOND)

    assert await service.count((await notices.notice(code)).id) == (0 if allowed else 1)


async def test_whoever_withdrew_may_register_again_before_the_deadline(place: Place) -> None:
    agency = await place.an_agency()
    code = await place.an_open_notice()
    await service.register(code, declared=True, actor=agency.actor, now=NOW)
    await service.withdraw(code, actor=agency.actor, now=NOW + SECOND)
    with pytest.raises(MoveRefused):
        await service.withdraw(code, actor=agency.actor, now=NOW + SECOND)

    await service.register(code, declared=True, actor=agency.actor, now=NOW + 2 * SECOND)

    states = [each.state for each in await service.registrations(agency.actor)]
    assert states == [RegistrationState.REGISTERED, RegistrationState.WITHDRAWN]


async def test_nobody_but_an_agency_registers(place: Place) -> None:
    code = await place.an_open_notice()

    for role in Role:
        if role is not Role.AGENCY:
            with pytest.raises(Forbidden):
                await service.register(code, declared=True, actor=await place.actor(Role.OWNER), now=NOW)


async def test_a_receipt_is_shown_to_the_agency_it_was_given_to(place: Place) -> None:
    agency, stranger = await place.an_agency(), await place.an_agency()
    code = await place.an_open_notice()
    receipt = await service.register(code, declared=True, actor=agency.actor, now=NOW)

    with pytest.raises(NotFound):
        await service.receipt(receipt.code, actor=stranger.actor)


async def test_marking_moves_all_registrations_or_none(place: Place) -> None:
    agencies = [await place.an_agency() for _ in range(2)]
    code = await place.an_open_notice()
    for agency in agencies:
        await service.register(code, declared=True, actor=agency.actor, now=NOW)
    pool = await service.pool_of((await notices.notice(code)).id)
    ids = [each.id for each in pool]
    before, action = RegistrationState.REGISTERED, RegistrationAction.RESERVE

    async with db.writing():
        await service.mark(ids[:1], before, action, at=CLOSES)
    with pytest.raises(MoveRefused):
        async with db.writing():
            await service.mark(ids, before, action, at=CLOSES)

    states = {each.id: each.state for each in await service.pool_of(pool[0].notice)}
    assert states == {ids[0]: RegistrationState.RESERVE, ids[1]: RegistrationState.REGISTERED}


async def test_an_agency_sees_the_open_notices_it_qualifies_for(place: Place) -> None:
    fit, unfit = await place.an_agency(), await place.an_agency(held=None)
    code = await place.an_open_notice()

    assert [row["code"] for row in await service.opportunities(fit.actor, now=NOW)] == [code]
    assert await service.opportunities(unfit.actor, now=NOW) == []
    assert await service.opportunities(fit.actor, now=CLOSES) == []


async def test_nobody_counts_the_registrants_of_a_notice_in_the_log_before_the_freeze(place: Place) -> None:
    first, second = await place.an_agency(), await place.an_agency()
    code = await place.an_open_notice()
    before, _, _ = await ledger.head()
    for agency in (first, second):
        await service.register(code, declared=True, actor=agency.actor, now=NOW + SECOND)
    await service.withdraw(code, actor=second.actor, now=NOW + SECOND)

    size, _, _ = await ledger.head()
    for index in range(before, size):
        entry = await ledger.entry(index)
        assert code not in entry.body.decode()
        assert code not in entry.subject
