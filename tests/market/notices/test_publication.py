"""Drafting and publishing notices: what is refused, what is promised, and that it happens once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from market import db
from market.kernel.errors import Invalid, MoveRefused
from market.kernel.rulesets.schema import Funds, Method
from market.kernel.times import ZONE
from market.ledger import service as ledger
from market.notices import service
from market.notices.rules.asked import DirectChoice, FundShare, Recusal
from market.notices.rules.publication import KEEPERS
from market.selection import draw
from tests.build_notices import (
    BEACON,
    CLOSES,
    MODEL,
    MODEL_CLOSES,
    NOW,
    SECOND,
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


async def refused(place: Place, code: str, now: datetime = NOW, **asked: Any) -> list[str]:
    """Return the codes of every reason a draft may not be published."""
    with pytest.raises(Invalid) as told:
        await service.publish(code, actor=place.owner, now=now, declared=True, **asked)
    return [reason.code for reason in told.value.reasons]


async def body_of(code: str) -> dict[str, Any]:
    found = await service.notice(code)
    version = await service.version(found.id)
    assert version is not None
    body: dict[str, Any] = json.loads(version[0])
    return body


async def test_a_published_notice_keeps_its_canonical_object_and_its_hash(place: Place) -> None:
    code = await place.an_open_notice()

    body = await body_of(code)

    found = await service.notice(code)
    version = await service.version(found.id)
    assert version is not None
    draw.check_notice(body)
    assert draw.notice_hash(body) == version[1]
    assert [each["by"] for each in body["commits"]] == list(KEEPERS)
    assert body["practice"] is True
    assert body["beacons"] == [{"kind": "practice", "event": f"{code}.1", "at": "2026-11-24T10:05:35+08:00"}]
    assert (body["opens_at"], body["closes_at"]) == ("2026-11-24T10:00:00+08:00", "2026-11-24T10:05:00+08:00")
    assert body["reveal_by"] == "2026-11-24T10:05:30+08:00"
    assert body["owner"]["uscc"] == place.owner_uscc
    assert body["qualifications"] == [{"code": "COST_A", "name": "示例造价资质"}]


async def test_publishing_fixes_every_moment_of_the_notice(place: Place) -> None:
    code = await place.an_open_notice()

    found = await service.notice(code)

    assert (found.opens_at, found.closes_at) == (NOW, CLOSES)
    assert found.reveal_by == CLOSES + timedelta(seconds=10 + 20)
    assert found.draw_at == found.reveal_by + timedelta(seconds=5)
    assert found.next_check_at == CLOSES + timedelta(seconds=10)
    assert found.least == 3


async def test_publishing_is_logged_with_the_hash_and_told_to_agencies_that_qualify(place: Place) -> None:
    fit, unfit = await place.an_agency(), await place.an_agency(held=None)

    code = await place.an_open_notice()

    entry = next(each for each in await ledger.entries_of(code) if each.type == "notice.published")
    version = await service.version((await service.notice(code)).id)
    assert version is not None
    assert entry.fields == {"notice": code, "version": 1, "hash": version[1]}
    told = [row["organisation"] for row in await db.fetch("select organisation from message where subject = $1", code)]
    assert told == [fit.actor.organisation_id]
    assert unfit.actor.organisation_id not in told


async def test_a_notice_is_published_once_however_often_it_is_asked(place: Place) -> None:
    code = await place.a_draft()

    async def attempt() -> bool:
        try:
            await service.publish(code, actor=place.owner, now=NOW, declared=True)
        except MoveRefused:
            return False
        return True

    assert sorted(await asyncio.gather(*(attempt() for _ in range(8)))) == [False] * 7 + [True]
    assert len([each for each in await ledger.entries_of(code) if each.type == "notice.published"]) == 1


async def test_an_empty_draft_is_refused_with_every_step_that_is_missing(place: Place) -> None:
    code = await place.a_draft()
    await db.execute("update notice set title = null, scope = null, closes_at = null where code = $1", code)

    assert await refused(place, code) == ["step_missing"] * 3


async def test_all_reasons_come_at_once(place: Place) -> None:
    code = await place.a_draft(committed=("owner",))
    await place.connection.execute(
        "update item set state = 'abolished', abolished_at = $1, abolition_reason = '示例'", NOW
    )

    found = await refused(place, code, CLOSES)

    assert found == ["item_abolished", "commitments_missing", "commitments_missing", "period_too_short"]


async def test_a_draft_without_the_declaration_is_not_published(place: Place) -> None:
    code = await place.a_draft()

    with pytest.raises(Invalid) as told:
        await service.publish(code, actor=place.owner, now=NOW, declared=False)

    assert [reason.code for reason in told.value.reasons] == ["declaration_missing"]
    assert (await service.draft_of(code, place.owner)).published_at is None


@pytest.mark.parametrize(("days", "reasons"), [(-1, ["item_basis_lapsed"]), (0, []), (1, [])])
async def test_an_item_may_be_asked_for_until_the_last_day_of_its_basis(
    place: Place, days: int, reasons: list[str]
) -> None:
    code = await place.a_draft()
    last = date(2026, 11, 24) + timedelta(days=days)
    await place.connection.execute("update item set valid_until = $1", last)

    check = await service.check(code, actor=place.owner, now=NOW)

    assert [reason.code for reason in check.refusals] == reasons


@pytest.mark.parametrize(
    ("closes_at", "reasons"),
    [
        (MODEL_CLOSES, []),
        (MODEL_CLOSES + timedelta(minutes=1), ["outside_office_hours"]),
        (MODEL_CLOSES.replace(hour=9), []),
        (MODEL_CLOSES.replace(hour=8, minute=59), ["outside_office_hours"]),
        (MODEL_CLOSES - timedelta(days=2), ["outside_office_hours"]),
        (MODEL_CLOSES - timedelta(days=3), ["period_too_short"]),
    ],
)
async def test_a_model_deadline_leaves_three_working_days_and_falls_in_office_hours(
    place: Place, closes_at: datetime, reasons: list[str]
) -> None:
    code = await place.a_draft(ruleset=MODEL, conditions=some_conditions(closes_at=closes_at))

    check = await service.check(
        code, actor=place.owner, now=NOW, beacons=[{**BEACON, "at": "2026-12-01T21:30:00+08:00"}]
    )

    assert [reason.code for reason in check.refusals] == reasons


async def test_private_money_needs_one_working_day(place: Place) -> None:
    project = a_project(funds=(FundShare(Funds.PRIVATE, 100),))
    closes_at = datetime(2026, 11, 26, 9, 0, tzinfo=ZONE)
    code = await place.a_draft(ruleset=MODEL, project=project, conditions=some_conditions(closes_at=closes_at))

    check = await service.check(code, actor=place.owner, now=NOW, beacons=[BEACON])

    assert check.refusals == ()


async def test_of_several_funds_the_strictest_rule_counts(place: Place) -> None:
    project = a_project(funds=(FundShare(Funds.PRIVATE, 99), FundShare(Funds.FISCAL_FUNDS, 1)))

    code = await place.an_open_notice(project=project)

    assert (await service.notice(code)).least == 3


async def test_a_model_notice_announces_its_beacon_late_enough(place: Place) -> None:
    code = await place.a_draft(ruleset=MODEL)
    earliest = MODEL_CLOSES + timedelta(seconds=10 + 1800 + 600)

    assert await refused(place, code, beacons=()) == ["beacons_missing"]
    early = {**BEACON, "at": (earliest - SECOND).isoformat()}
    assert await refused(place, code, beacons=[early]) == ["beacon_too_early"]
    await service.publish(
        code, actor=place.owner, now=NOW, declared=True, beacons=[{**BEACON, "at": earliest.isoformat()}]
    )

    assert "practice" not in await body_of(code)
    assert (await service.notice(code)).draw_at == earliest


async def test_a_model_notice_without_a_named_beacon_announces_the_round_of_drand_in_time(place: Place) -> None:
    code = await place.a_draft(ruleset=MODEL)

    await service.publish(code, actor=place.owner, now=NOW, declared=True)

    beacon = (await body_of(code))["beacons"][0]
    happens = 1_692_803_367 + 3 * (int(beacon["event"]) - 1)
    earliest = (MODEL_CLOSES + timedelta(seconds=10 + 1800 + 600)).timestamp()
    assert earliest <= happens < earliest + 3
    assert datetime.fromisoformat(beacon["at"]).timestamp() == happens


async def test_a_direct_selection_names_its_ground_reason_and_agency_and_draws_nothing(place: Place) -> None:
    agency = await place.an_agency()
    choice = DirectChoice("urgent", "汛期前必须完成。", agency.uscc)
    needs = some_needs(method=Method.DIRECT, direct=choice)

    code = await place.an_open_notice(needs=needs, committed=())

    body = await body_of(code)
    assert body["d"] == "selection/1 notice"
    assert body["direct"]["ground"] == "urgent"
    assert body["direct"]["agency"]["uscc"] == agency.uscc
    assert not {"commits", "beacons", "lists"} & body.keys()
    assert body["least"] == 1


async def test_direct_selection_after_failures_needs_two_of_them(place: Place) -> None:
    agency = await place.an_agency()
    choice = DirectChoice("failed_twice", "已连续失败。", agency.uscc)
    needs = some_needs(method=Method.DIRECT, direct=choice)
    first = await place.an_open_notice()
    await place.state(first, "failed")
    second = await service.publish_again(first, actor=place.owner, now=NOW, ruleset="practice-2026")
    await service.save_needs(second, needs, actor=place.owner)
    await service.save_conditions(second, some_conditions(), actor=place.owner)

    assert await refused(place, second) == ["not_failed_often"]
    await service.save_needs(second, some_needs(), actor=place.owner)
    draft = await service.draft_of(second, place.owner)
    for number, keeper in enumerate(KEEPERS):
        await service.commit(keeper, draft.id, f"{number:064x}", now=NOW)
    await service.publish(second, actor=place.owner, now=NOW, declared=True)
    await place.state(second, "failed")
    third = await service.publish_again(second, actor=place.owner, now=NOW, ruleset="practice-2026")
    await service.save_needs(third, needs, actor=place.owner)
    await service.save_conditions(third, some_conditions(), actor=place.owner)

    await service.publish(third, actor=place.owner, now=NOW, declared=True)


async def test_direct_selection_of_an_agency_without_a_guide_is_refused(place: Place) -> None:
    agency = await place.an_agency(guide_max_fen=None)
    choice = DirectChoice("urgent", "汛期前必须完成。", agency.uscc)

    code = await place.a_draft(needs=some_needs(method=Method.DIRECT, direct=choice), committed=())

    assert await refused(place, code) == ["direct_agency_not_ready"]


@pytest.mark.parametrize(("agencies", "warned"), [(2, True), (3, False)])
async def test_fewer_than_three_agencies_that_qualify_is_a_warning(place: Place, agencies: int, warned: bool) -> None:
    for _ in range(agencies):
        await place.an_agency()
    await place.an_agency(valid_until=date(2026, 11, 23))
    await place.an_agency(guide_max_fen=None)
    code = await place.a_draft()

    check = await service.check(code, actor=place.owner, now=NOW)

    assert check.qualified == agencies
    assert ("little_competition" in [reason.code for reason in check.warnings]) == warned


@pytest.mark.parametrize(("days", "warned"), [(90, True), (91, False)])
async def test_needs_of_ninety_days_that_pass_the_limit_together_are_a_warning(
    place: Place, days: int, warned: bool
) -> None:
    await place.an_open_notice(needs=some_needs(ceiling_fen=70_000_000))
    code = await place.a_draft(needs=some_needs(ceiling_fen=30_000_000))
    later = NOW + timedelta(days=days)

    check = await service.check(code, actor=place.owner, now=later)

    assert ("may_be_split" in [reason.code for reason in check.warnings]) == warned


async def test_a_recused_agency_is_not_counted_and_its_reason_is_published(place: Place) -> None:
    kept_out, _ = await place.an_agency(), await place.an_agency()
    recusal = Recusal(kept_out.uscc, "曾参与前期工作")

    code = await place.an_open_notice(conditions=some_conditions(recusals=(recusal,)))

    assert (await body_of(code))["recusals"] == [{"uscc": kept_out.uscc, "reason": "曾参与前期工作"}]
