"""Standing: who may act for an item, to the second."""

from datetime import date, datetime, timedelta

import asyncpg
import pytest

from market import db
from market.agencies import service
from market.kernel.errors import Conflict, Invalid
from market.kernel.roles import Role
from market.ledger import service as ledger
from tests.build_agencies import NOW, a_claim, an_actor, an_agency, an_applicant, an_item, at
from tests.server import Database

pytestmark = pytest.mark.usefixtures("database")
LAST_DAY = date(2026, 12, 31)
LAST_SECOND = at("2026-12-31 23:59:59")
MIDNIGHT = at("2027-01-01 00:00:00")


async def codes(agency_id: int, item_id: int, now: datetime) -> list[str]:
    return [reason.code for reason in await service.standing(agency_id, item_id, now)]


async def test_an_admitted_agency_with_its_qualification_is_in_good_standing() -> None:
    item_id, _ = await an_item()
    _, _, agency_id = await an_agency()

    assert await codes(agency_id, item_id, NOW) == []
    assert await service.qualified_agencies(item_id, NOW) == [agency_id]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (LAST_SECOND, []),
        (MIDNIGHT, ["qualification_lapsed"]),
        (MIDNIGHT + timedelta(seconds=1), ["qualification_lapsed"]),
    ],
)
async def test_a_qualification_lapses_at_midnight_after_its_last_day_by_itself(
    now: datetime, expected: list[str]
) -> None:
    item_id, _ = await an_item()
    _, _, agency_id = await an_agency(a_claim(valid_until=LAST_DAY))

    assert await codes(agency_id, item_id, now) == expected
    assert await service.count_qualified(item_id, now) == (0 if expected else 1)


async def test_every_reason_is_given_at_once() -> None:
    item_id, _ = await an_item()
    actor, _ = await an_applicant()
    agency_id = await service.agency_id_of(actor)

    assert await codes(agency_id, item_id, NOW) == ["agency_not_admitted", "qualification_missing"]


async def test_an_unverified_qualification_counts_nothing() -> None:
    item_id, _ = await an_item()
    actor, _, agency_id = await an_agency(a_claim(code="cma"))
    await service.add_claim(a_claim(), actor=actor, now=NOW)

    assert await codes(agency_id, item_id, NOW) == ["qualification_unverified"]
    waiting = await service.unverified()
    await service.verify(waiting[0]["id"], actor=await an_actor(Role.OPERATOR), now=NOW)
    assert await codes(agency_id, item_id, NOW) == []


async def test_a_suspension_binds_until_the_moment_announced_even_without_a_worker() -> None:
    item_id, _ = await an_item()
    _, _, agency_id = await an_agency()
    until = NOW + timedelta(days=30)
    await service.suspend(agency_id, until=until, basis="示例决定", now=NOW)

    assert await codes(agency_id, item_id, until - timedelta(seconds=1)) == ["agency_suspended"]
    assert await codes(agency_id, item_id, until) == []
    assert await service.qualified_agencies(item_id, until - timedelta(seconds=1)) == []
    assert await service.qualified_agencies(item_id, until) == [agency_id]


async def test_the_worker_lifts_a_suspension_once() -> None:
    _, _, agency_id = await an_agency()
    until = NOW + timedelta(days=30)
    await service.suspend(agency_id, until=until, basis="示例决定", now=NOW)

    assert await service.resume_due(until - timedelta(seconds=1)) == 0
    assert await service.resume_due(until) == 1
    assert await service.resume_due(until) == 0


async def test_a_revoked_qualification_closes_its_items_at_once() -> None:
    item_id, _ = await an_item()
    _, uscc, agency_id = await an_agency()
    operator = await an_actor(Role.OPERATOR)
    claim_id = (await service.application_of(uscc, operator)).claims[0]["id"]

    await service.revoke(claim_id, "发证机关公告撤销。", actor=operator, now=NOW)

    assert await codes(agency_id, item_id, NOW) == ["qualification_revoked"]


async def test_a_lapse_is_recorded_once_and_ends_with_a_verified_renewal() -> None:
    item_id, _ = await an_item()
    actor, uscc, agency_id = await an_agency(a_claim(number="EIA-1", valid_until=LAST_DAY))
    assert await service.record_lapses(LAST_SECOND) == 0

    assert await service.record_lapses(MIDNIGHT) == 1
    assert await service.record_lapses(MIDNIGHT + timedelta(seconds=1)) == 0

    await service.add_claim(a_claim(number="EIA-1"), actor=actor, now=MIDNIGHT)
    waiting = await service.unverified()
    await service.verify(waiting[0]["id"], actor=await an_actor(Role.OPERATOR), now=MIDNIGHT)
    types = [entry.type for entry in await ledger.entries_of(f"agency:{uscc}")]
    assert types[-3:] == ["qualification.lapsed", "qualification.submitted", "qualification.renewed"]
    assert await codes(agency_id, item_id, MIDNIGHT) == []


async def test_a_certificate_replaced_in_time_ends_without_a_lapse() -> None:
    _, uscc, _ = await an_agency(a_claim(valid_until=LAST_DAY), a_claim())

    assert await service.record_lapses(MIDNIGHT) == 0
    assert "qualification.lapsed" not in [entry.type for entry in await ledger.entries_of(f"agency:{uscc}")]


async def test_a_qualification_is_decided_once() -> None:
    actor, _, _ = await an_agency(a_claim(code="cma"))
    operator = await an_actor(Role.OPERATOR)
    claim_id = await service.add_claim(a_claim(), actor=actor, now=NOW)
    await service.refuse(claim_id, "发证机关查无此证。", actor=operator, now=NOW)

    with pytest.raises(Conflict, match="claim_decided"):
        await service.verify(claim_id, actor=operator, now=NOW)


async def test_a_qualification_that_lapsed_while_it_waited_cannot_be_verified() -> None:
    actor, _, _ = await an_agency(a_claim(code="cma"))
    claim_id = await service.add_claim(a_claim(valid_until=LAST_DAY), actor=actor, now=NOW)

    with pytest.raises(Invalid, match="claim_lapsed"):
        await service.verify(claim_id, actor=await an_actor(Role.OPERATOR), now=MIDNIGHT)


async def test_the_list_of_the_qualified_and_the_rule_say_the_same_of_everybody(database: Database) -> None:
    item_id, _ = await an_item()
    _, _, good = await an_agency()
    _, _, lapsed = await an_agency(a_claim(valid_until=LAST_DAY))
    _, _, missing = await an_agency(a_claim(code="cma"))
    left, _, gone = await an_agency()
    await service.leave(actor=left, now=NOW)
    _, _, paused = await an_agency()
    await service.suspend(paused, until=MIDNIGHT, basis="示例决定", now=NOW)
    _, _, closed = await an_agency()
    await db.execute(
        "insert into item_suspension (agency, item, basis, from_at, until_at) values ($1, $2, '示例决定', $3, $4)",
        *(closed, item_id, NOW, MIDNIGHT),
    )
    _, _, sibling = await an_agency()
    await db.execute(
        "insert into related_party (agency, kind, name, identifier, share_percent, declared_at, verified)"
        " values ($1, 'controller', '示例控制人', 'X-1', 60, $2, true)",
        *(sibling, NOW),
    )
    owner = await asyncpg.connect(database.url("market_owner"))
    await owner.execute(
        "insert into agency_bar (agency, identifier, kind, basis, from_at, until_on)"
        " values ($1, 'X-1', 'controller', '示例决定', $2, $3)",
        *(good, NOW, date(2027, 1, 1)),
    )
    await owner.close()
    everybody = [good, lapsed, missing, gone, paused, closed, sibling]

    for now in (NOW, LAST_SECOND, MIDNIGHT):
        by_rule = await service.standing_of_many(everybody, item_id, now)
        in_good_standing = [agency_id for agency_id in everybody if not by_rule[agency_id]]
        assert await service.qualified_agencies(item_id, now) == in_good_standing
        assert await service.count_qualified(item_id, now) == len(in_good_standing)
