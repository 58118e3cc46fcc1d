"""Proposals, declines and the end of the standstill; every award state, action and role."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from market import db
from market.kernel.errors import Invalid, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.ledger import service as ledger
from market.selection import service
from market.selection.service import Decline
from market.selection.states import AWARD, AwardAction, AwardState
from tests.build_selection import DRAW_AT, SECOND, Built, City, a_city, drawn
from tests.market.selection.test_service import STANDSTILL, kinds, state
from tests.server import Database

ENDS = DRAW_AT + STANDSTILL
ALLOWED = {
    (AwardState.PROPOSED, AwardAction.CONFIRM, Role.SYSTEM): AwardState.CONFIRMED,
    (AwardState.PROPOSED, AwardAction.CANCEL, Role.SYSTEM): AwardState.CANCELLED,
}


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=3) as city:
        yield city


@pytest.fixture
async def notice(city: City) -> Built:
    return await drawn(await city.notice())


async def award(notice: Built) -> tuple[int, str]:
    """Return the proposed award and its winner."""
    found = await db.row(
        "select w.id, r.uscc from award w join registration r on r.id = w.registration"
        " where w.notice = $1 and w.state = 'proposed'",
        notice.id,
    )
    assert found is not None
    return found["id"], found["uscc"]


async def give_up(notice: Built, now: datetime, *, reason: str = "人员不足", of: str | None = None) -> None:
    number, winner = await award(notice)
    await service.decline(Decline(number, reason), actor=an_agency(notice, of or winner), now=now)


def an_agency(notice: Built, uscc: str) -> Actor:
    return Actor(Role.AGENCY, "乙", 1, notice.organisations[uscc])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", AwardAction)
@pytest.mark.parametrize("before", AwardState)
def test_an_award_moves_only_as_allowed(before: AwardState, action: AwardAction, role: Role) -> None:
    allowed = ALLOWED.get((before, action, role))
    if allowed is not None:
        assert AWARD.decide(before, action, role) == allowed
        return
    with pytest.raises(MoveRefused):
        AWARD.decide(before, action, role)


async def test_an_award_is_confirmed_when_the_standstill_is_over_and_not_a_second_before(notice: Built) -> None:
    assert not await service.finish_standstill(notice.id, now=ENDS - SECOND)
    assert await state(notice) == "standstill"

    assert await service.finish_standstill(notice.id, now=ENDS)

    assert await state(notice) == "awarded"
    assert not await service.finish_standstill(notice.id, now=ENDS + SECOND)
    assert await db.value("select count(*) from award where state = 'confirmed'") == 1
    assert await db.value("select count(*) from registration where state = 'confirmed'") == 1


async def test_the_owner_is_told_when_the_award_notice_is_due(notice: Built) -> None:
    await service.finish_standstill(notice.id, now=ENDS)

    told = await db.fetch("select organisation from message where kind = 'award_notice_due'")
    assert [each["organisation"] for each in told] == [notice.owner]


async def test_a_declined_award_goes_to_the_next_in_order_with_a_standstill_of_its_own(notice: Built) -> None:
    first, loser = await award(notice)

    await give_up(notice, DRAW_AT + SECOND)

    second, winner = await award(notice)
    assert (second, winner) != (first, loser)
    assert await db.value("select place from award where id = $1", second) == 2
    ends = await db.value("select standstill_ends_at from notice where id = $1", notice.id)
    assert ends == DRAW_AT + SECOND + STANDSTILL
    assert await db.value("select state from registration where uscc = $1", loser) == "declined"
    assert (await kinds(notice))[-2:] == ["award.declined", "award.proposed"]


async def test_the_reason_of_a_decline_is_only_hashed_in_the_log(notice: Built) -> None:
    await give_up(notice, DRAW_AT + SECOND, reason="张三生病")

    declined = next(each for each in await ledger.entries_of(notice.code) if each.type == "award.declined")
    assert "张三" not in declined.body.decode()
    assert len(declined.fields["doc"]) == 64


async def test_a_notice_fails_when_the_last_reserve_declines(notice: Built) -> None:
    for _ in range(3):
        await give_up(notice, DRAW_AT + SECOND)

    assert await state(notice) == "failed"
    assert await db.value("select end_reason from notice where id = $1", notice.id) == "nobody_left"
    assert await db.value("select count(*) from award where state = 'cancelled'") == 3


async def test_an_award_is_declined_until_the_standstill_ends_and_not_after(notice: Built) -> None:
    await give_up(notice, ENDS - SECOND)

    with pytest.raises(MoveRefused, match="decline_not_now"):
        await give_up(notice, ENDS - SECOND + STANDSTILL)


async def test_declining_twice_is_refused_and_touches_nobody_else(notice: Built) -> None:
    number, winner = await award(notice)
    actor = an_agency(notice, winner)
    await service.decline(Decline(number, "人员不足"), actor=actor, now=DRAW_AT + SECOND)

    with pytest.raises(MoveRefused):
        await service.decline(Decline(number, "人员不足"), actor=actor, now=DRAW_AT + SECOND)

    assert await db.value("select count(*) from award") == 2


async def test_another_agencys_award_does_not_exist_for_me(notice: Built) -> None:
    _, winner = await award(notice)
    stranger = next(uscc for uscc in notice.organisations if uscc != winner)

    with pytest.raises(NotFound):
        await give_up(notice, DRAW_AT + SECOND, of=stranger)
    assert await state(notice) == "standstill"


async def test_a_decline_needs_a_reason(notice: Built) -> None:
    with pytest.raises(Invalid):
        await give_up(notice, DRAW_AT + SECOND, reason="")


async def test_a_winner_who_loses_standing_in_the_standstill_gives_way_to_the_next(city: City, notice: Built) -> None:
    first, loser = await award(notice)
    await city.connection.execute("update agency set state = 'left' where uscc = $1", loser)

    await service.finish_standstill(notice.id, now=ENDS)

    _, winner = await award(notice)
    assert winner != loser
    assert await state(notice) == "standstill"
    assert await db.value("select cancel_reason from award where id = $1", first) == "agency_not_admitted"
    assert await db.value("select state from registration where uscc = $1", loser) == "skipped"


async def test_an_award_cannot_be_changed_once_it_is_over(notice: Built) -> None:
    number, winner = await award(notice)
    await service.finish_standstill(notice.id, now=ENDS)

    with pytest.raises(MoveRefused):
        await service.decline(Decline(number, "反悔"), actor=an_agency(notice, winner), now=ENDS + SECOND)
