"""Service guides: drafted, published, superseded, withdrawn, on a real database."""

import asyncpg
import pytest

from market import db
from market.agencies import service as agencies
from market.guides import rules, service
from market.guides.queries import GuideQuery
from market.guides.states import GuideState
from market.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from market.kernel.roles import Role
from market.ledger import service as ledger
from tests.build_agencies import NOW, a_claim, a_content, a_guide, an_actor, an_agency, an_applicant, an_item, at

pytestmark = pytest.mark.usefixtures("database")


async def test_a_published_guide_binds_with_a_fingerprint_anyone_can_compute() -> None:
    item_id, code = await an_item()
    actor, uscc, agency_id = await an_agency()

    await a_guide(actor, code)

    found = await service.published_guide(agency_id, item_id)
    entry = (await ledger.entries_of(f"guide:{uscc}/{code}"))[-1]
    assert found is not None
    assert found.content == a_content()
    assert found.hash == rules.digest(uscc, code, 1, a_content()) == entry.fields["hash"]
    assert entry.type == "guide.published"


async def test_a_new_version_supersedes_the_old_one_and_both_stay_readable() -> None:
    item_id, code = await an_item()
    actor, uscc, agency_id = await an_agency()
    first = await a_guide(actor, code)

    second = await a_guide(actor, code, a_content(time_limit_days=18))

    states = [(guide.version, guide.state) for guide in await service.versions(uscc, code)]
    found = await service.published_guide(agency_id, item_id)
    assert states == [(2, GuideState.PUBLISHED), (1, GuideState.SUPERSEDED)]
    assert found is not None
    assert (found.id, first) == (second, first)


async def test_the_database_refuses_to_edit_what_is_published() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    guide_id = await a_guide(actor, code)

    with pytest.raises(asyncpg.PostgresError, match="not edited"):
        await db.execute("update guide set time_limit_days = 1 where id = $1", guide_id)


@pytest.mark.parametrize(("days", "accepted"), [(29, True), (30, True), (31, False)])
async def test_a_time_limit_may_reach_the_ceiling_of_its_item_and_not_pass_it(days: int, accepted: bool) -> None:
    _, code = await an_item(ceiling_days=30)
    actor, _, _ = await an_agency()

    if accepted:
        assert await service.draft(code, a_content(time_limit_days=days), actor=actor, now=NOW)
    else:
        with pytest.raises(Invalid, match="time_limit_over_ceiling"):
            await service.draft(code, a_content(time_limit_days=days), actor=actor, now=NOW)


async def test_publishing_gives_every_reason_at_once() -> None:
    _, code = await an_item()
    actor, _ = await an_applicant()
    guide_id = await service.draft(code, a_content(), actor=actor, now=NOW)

    with pytest.raises(Invalid) as refusal:
        await service.publish(guide_id, actor=actor, now=NOW)

    assert [reason.code for reason in refusal.value.reasons] == ["agency_not_admitted", "qualification_missing"]


async def test_a_guide_cannot_be_published_after_its_agency_lost_its_qualification() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency(a_claim(valid_until=at("2026-12-31 00:00:00").date()))
    guide_id = await service.draft(code, a_content(), actor=actor, now=NOW)

    with pytest.raises(Invalid, match="qualification_lapsed"):
        await service.publish(guide_id, actor=actor, now=at("2027-01-01 00:00:00"))
    assert (await service.publish(guide_id, actor=actor, now=at("2026-12-31 23:59:59"))).hash


async def test_a_draft_is_saved_in_place_until_it_is_published() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    first = await service.draft(code, a_content(), actor=actor, now=NOW)

    again = await service.draft(code, a_content(time_limit_days=19), actor=actor, now=NOW)

    assert again == first
    assert (await service.own(first, actor)).time_limit_days == 19


async def test_a_guide_is_published_once() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    guide_id = await a_guide(actor, code)

    with pytest.raises(MoveRefused):
        await service.publish(guide_id, actor=actor, now=NOW)


async def test_a_withdrawn_guide_is_in_no_list_and_stays_readable_as_a_version() -> None:
    item_id, code = await an_item()
    actor, uscc, agency_id = await an_agency()
    guide_id = await a_guide(actor, code)

    await service.withdraw(guide_id, actor=actor, now=NOW)

    assert await service.published_guide(agency_id, item_id) is None
    assert await service.listed(GuideQuery()) == []
    assert [guide.state for guide in await service.versions(uscc, code)] == [GuideState.WITHDRAWN]


async def test_an_agency_cannot_publish_the_draft_of_another() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    stranger, _, _ = await an_agency()
    guide_id = await service.draft(code, a_content(), actor=actor, now=NOW)

    with pytest.raises(NotFound):
        await service.publish(guide_id, actor=stranger, now=NOW)
    with pytest.raises(NotFound):
        await service.own(guide_id, stranger)


@pytest.mark.parametrize("role", [Role.OWNER, Role.REGULATOR, Role.OPERATOR, Role.AUDITOR, Role.AUTHORITY])
async def test_only_agencies_write_guides(role: Role) -> None:
    _, code = await an_item()

    with pytest.raises(Forbidden):
        await service.draft(code, a_content(), actor=await an_actor(role), now=NOW)


async def test_the_guides_of_those_who_left_are_in_no_list() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    await a_guide(actor, code)
    await agencies.leave(actor=actor, now=NOW)

    assert await service.listed(GuideQuery(item=code)) == []


async def test_at_most_four_guides_are_compared() -> None:
    _, code = await an_item()
    actor, _, _ = await an_agency()
    guide_id = await a_guide(actor, code)

    assert [guide.id for guide in await service.compared([guide_id, guide_id])] == [guide_id]
    with pytest.raises(Invalid, match="too_many_compared"):
        await service.compared([1, 2, 3, 4, 5])
