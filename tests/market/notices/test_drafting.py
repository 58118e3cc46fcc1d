"""Projects and drafts: whose they are, what each step refuses, commitments, and publishing again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from market.kernel.errors import Conflict, Invalid, MoveRefused, NotFound, Refusal
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Funds, Method
from market.notices import service
from market.notices.rules.asked import FundShare
from tests.build_notices import (
    NOW,
    Place,
    a_place,
    a_project,
    some_conditions,
    some_needs,
)
from tests.server import Database


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    """Return a city with an owner and an item."""
    async with a_place(database) as found:
        yield found


async def test_a_keeper_commits_once_and_only_before_publication(place: Place) -> None:
    code = await place.a_draft(committed=("owner", "witness"))
    draft = await service.draft_of(code, place.owner)
    assert [each[1] for each in await service.drafts_wanting_commitments("operator")] == [code]
    assert await service.drafts_wanting_commitments("owner") == []

    await service.commit("operator", draft.id, "ab" * 32, now=NOW)

    with pytest.raises(Conflict):
        await service.commit("operator", draft.id, "cd" * 32, now=NOW)
    await service.publish(code, actor=place.owner, now=NOW, declared=True)
    with pytest.raises(MoveRefused):
        await service.commit("operator", draft.id, "ef" * 32, now=NOW)


async def test_a_draft_of_another_owner_does_not_exist(place: Place) -> None:
    code = await place.a_draft()
    stranger = await place.actor(Role.OWNER)

    with pytest.raises(NotFound):
        await service.draft_of(code, stranger)
    with pytest.raises(NotFound):
        await service.publish(code, actor=stranger, now=NOW, declared=True)
    with pytest.raises(NotFound):
        await service.withdraw(code, "示例", actor=stranger, now=NOW)


async def test_a_published_notice_is_not_edited(place: Place) -> None:
    code = await place.an_open_notice()

    with pytest.raises(MoveRefused):
        await service.save_needs(code, some_needs(), actor=place.owner)
    with pytest.raises(MoveRefused):
        await service.save_conditions(code, some_conditions(), actor=place.owner)


async def test_a_notice_is_published_again_once_and_cites_the_one_before(place: Place) -> None:
    first = await place.an_open_notice()
    with pytest.raises(MoveRefused):
        await service.publish_again(first, actor=place.owner, now=NOW, ruleset="practice-2026")
    await service.withdraw(first, "需求有变", actor=place.owner, now=NOW)

    second = await service.publish_again(first, actor=place.owner, now=NOW, ruleset="practice-2026")

    draft = await service.draft_of(second, place.owner)
    assert (draft.predecessor, draft.title, draft.closes_at) == (first, some_needs().title, None)
    with pytest.raises(Conflict):
        await service.publish_again(first, actor=place.owner, now=NOW, ruleset="practice-2026")


async def test_a_project_is_entered_once_per_owner(place: Place) -> None:
    project = a_project()
    await place.a_draft(project=project)

    with pytest.raises(Conflict):
        await place.a_draft(project=replace(project, name="另一名称"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"project_code": "2026-990102-48-01"}, "bad_project_code"),
        ({"division": "320300"}, "bad_division"),
        ({"funds": (FundShare(Funds.PRIVATE, 99),)}, "shares_not_whole"),
        ({"funds": (FundShare(Funds.PRIVATE, 50), FundShare(Funds.PRIVATE, 50))}, "shares_not_whole"),
    ],
)
async def test_a_project_is_refused_for_a_wrong_code_place_or_sum(
    place: Place, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal) as told:
        await place.a_draft(project=a_project(**changes))

    assert [each.code for each in told.value.reasons] == [reason]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"floor_fen": 27_019_999, "floor_reason": "示例"}, ["floor_too_low"]),
        ({"floor_fen": 27_020_000, "floor_reason": "示例"}, []),
        ({"floor_fen": 38_600_000, "floor_reason": "示例"}, []),
        ({"floor_fen": 38_600_001, "floor_reason": "示例"}, ["floor_above_ceiling"]),
        ({"floor_fen": 30_000_000}, ["floor_needs_reason"]),
        ({"floor_fen": 1}, ["floor_too_low", "floor_needs_reason"]),
        ({"method": Method.BENCHMARK_QUOTE}, ["method_not_allowed"]),
        ({"method": Method.DIRECT}, ["direct_needs_ground"]),
        ({"scope": "机构须在本市注册，并在本县设有分支机构。"}, ["local_condition", "local_condition"]),
        ({"title": "限本地企业"}, ["local_condition", "local_condition"]),
    ],
)
async def test_needs_are_refused_with_every_reason(place: Place, changes: dict[str, Any], reasons: list[str]) -> None:
    code = await place.a_draft()

    try:
        await service.save_needs(code, some_needs(**changes), actor=place.owner)
        found: list[str] = []
    except Invalid as told:
        found = [reason.code for reason in told.reasons]

    assert found == reasons


async def test_conditions_come_from_the_template_only(place: Place) -> None:
    code = await place.a_draft()

    with pytest.raises(Invalid) as told:
        await service.save_conditions(code, some_conditions(qualifications=("LOCAL",)), actor=place.owner)

    assert [reason.code for reason in told.value.reasons] == ["condition_not_in_template"]


async def test_no_draft_begins_for_an_item_that_is_not_in_force(place: Place) -> None:
    await place.an_item("ZJ-002", state="proposed", published_at=None)

    with pytest.raises(Invalid) as told:
        await place.a_draft(item_code="ZJ-002")

    assert [reason.code for reason in told.value.reasons] == ["item_not_published"]
