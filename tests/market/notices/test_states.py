"""Every state, action and role of a notice against a table written by hand, and withdrawal as people try it."""

from collections.abc import AsyncIterator

import pytest

from market import db
from market.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound, Refusal
from market.kernel.roles import Actor, Role, Scope
from market.ledger import service as ledger
from market.notices import service
from market.notices.states import NOTICE, NoticeAction, NoticeState
from tests.build_notices import CLOSES, NOW, SECOND, Place, a_place
from tests.server import Database

S, A = NoticeState, NoticeAction
ALLOWED = {
    (S.DRAFT, A.PUBLISH, Role.OWNER): S.OPEN,
    (S.DRAFT, A.WITHDRAW, Role.OWNER): S.WITHDRAWN,
    (S.OPEN, A.WITHDRAW, Role.OWNER): S.WITHDRAWN,
    (S.OPEN, A.CLOSE, Role.SYSTEM): S.CLOSED,
    (S.CLOSED, A.WITHDRAW, Role.REGULATOR): S.WITHDRAWN,
    (S.CLOSED, A.FAIL, Role.SYSTEM): S.FAILED,
    (S.CLOSED, A.FREEZE_INPUTS, Role.SYSTEM): S.OPENING,
    (S.OPENING, A.FAIL, Role.SYSTEM): S.FAILED,
    (S.OPENING, A.DRAW, Role.SYSTEM): S.STANDSTILL,
    (S.OPENING, A.ANNUL, Role.REGULATOR): S.ANNULLED,
    (S.STANDSTILL, A.FAIL, Role.SYSTEM): S.FAILED,
    (S.STANDSTILL, A.AWARD, Role.SYSTEM): S.AWARDED,
    (S.STANDSTILL, A.ANNUL, Role.REGULATOR): S.ANNULLED,
    (S.AWARDED, A.ANNUL, Role.REGULATOR): S.ANNULLED,
}
WITHDRAWABLE = {(S.OPEN, Role.OWNER), (S.CLOSED, Role.REGULATOR)}
PUBLISHED = [state for state in S if state is not S.DRAFT]


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    """Return a city with an owner and an item."""
    async with a_place(database) as found:
        yield found


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("role", Role)
def test_a_notice_moves_only_as_the_table_says(state: NoticeState, action: NoticeAction, role: Role) -> None:
    wanted = ALLOWED.get((state, action, role))

    if wanted is None:
        with pytest.raises(MoveRefused):
            NOTICE.decide(state, action, role)
    else:
        assert NOTICE.decide(state, action, role) is wanted


@pytest.mark.parametrize("state", PUBLISHED)
async def test_withdrawal_is_the_owners_while_open_and_a_regulators_while_closed(
    place: Place, state: NoticeState
) -> None:
    for role in (Role.OWNER, Role.REGULATOR, Role.AGENCY, Role.OPERATOR, Role.AUDITOR, Role.AUTHORITY):
        code = await place.an_open_notice()
        if state is not S.OPEN:
            await place.state(code, state)
        actors = {Role.OWNER: place.owner, Role.REGULATOR: place.regulator}
        actor = actors.get(role) or await place.actor(role)

        if (state, role) in WITHDRAWABLE:
            await service.withdraw(code, "示例原因", actor=actor, now=NOW)
            assert (await service.notice(code)).state is S.WITHDRAWN
        else:
            with pytest.raises(Refusal):
                await service.withdraw(code, "示例原因", actor=actor, now=NOW)
            assert (await service.notice(code)).state is state


async def test_nobody_withdraws_once_the_inputs_are_frozen(place: Place) -> None:
    code = await place.an_open_notice()
    await place.freeze(code)
    found = await service.notice(code)
    await place.add("draw_input", notice=found.id, secrets="[]", hash="00", frozen_at=CLOSES)

    with pytest.raises(MoveRefused) as told:
        await service.withdraw(code, "示例原因", actor=place.regulator, now=CLOSES + 20 * SECOND)

    assert told.value.code == "inputs_frozen"
    assert (await service.notice(code)).state is S.CLOSED


async def test_a_regulator_withdraws_only_within_its_districts_and_trades(place: Place) -> None:
    code = await place.an_open_notice()
    await place.freeze(code)
    elsewhere = Actor(Role.REGULATOR, "", 1, 1, "990103", (Scope("990103"), Scope("990102", "ecology")))

    with pytest.raises(Forbidden):
        await service.withdraw(code, "示例原因", actor=elsewhere, now=CLOSES)

    await service.withdraw(code, "示例原因", actor=place.regulator, now=CLOSES)


async def test_an_open_notice_is_withdrawn_with_a_published_reason(place: Place) -> None:
    code = await place.an_open_notice()
    with pytest.raises(Invalid):
        await service.withdraw(code, "  ", actor=place.owner, now=NOW)

    await service.withdraw(code, "需求有变", actor=place.owner, now=NOW + SECOND)

    found = await service.notice(code)
    assert (found.end_reason, found.ended_by, found.ended_at) == ("需求有变", "owner", NOW + SECOND)
    assert found.next_check_at is None
    entry = (await ledger.entries_of(code))[-1]
    assert (entry.type, entry.fields["reason"], entry.fields["from"]) == ("notice.withdrawn", "需求有变", "open")


async def test_a_draft_is_discarded_without_a_reason_and_stays_unseen(place: Place) -> None:
    code = await place.a_draft()

    await service.withdraw(code, "", actor=place.owner, now=NOW)

    with pytest.raises(NotFound):
        await service.notice(code)


async def test_the_clock_moves_a_notice_once_and_only_along_the_lifecycle(place: Place) -> None:
    code = await place.an_open_notice()
    found = await service.notice(code)

    async with db.writing():
        after = await service.advance(
            found.id, A.CLOSE, at=CLOSES, next_check_at=CLOSES + SECOND, closed_at=CLOSES, pool_size=0
        )
        assert after is S.CLOSED
        with pytest.raises(MoveRefused):
            await service.advance(found.id, A.CLOSE, at=CLOSES, next_check_at=None)
        await service.advance(found.id, A.FAIL, at=CLOSES, next_check_at=None, end_reason="too_few")

    ended = await service.notice(code)
    assert (ended.state, ended.ended_at, ended.next_check_at) == (S.FAILED, CLOSES, None)


async def test_a_move_cannot_edit_what_was_published(place: Place) -> None:
    code = await place.an_open_notice()
    found = await service.notice(code)

    with pytest.raises(ValueError, match="ceiling_fen"):
        async with db.writing():
            await service.advance(found.id, A.CLOSE, at=CLOSES, next_check_at=None, ceiling_fen=1)


@pytest.mark.parametrize(("seconds", "due"), [(-1, False), (0, True), (1, True)])
async def test_a_notice_is_due_from_the_end_of_the_drain(place: Place, seconds: int, due: bool) -> None:
    code = await place.an_open_notice()
    found = await service.notice(code)

    async with db.writing():
        waiting = await service.due(CLOSES + (10 + seconds) * SECOND)

    assert waiting == ([found.id] if due else [])
