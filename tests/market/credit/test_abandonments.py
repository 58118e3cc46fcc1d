"""Awards given up: what becomes an abandonment, who says so, and what follows from three of them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from market import db
from market.contracts import service as contracts
from market.contracts.states import ContractState, Fault
from market.credit.abandonment_rules import Contest, Finding
from market.credit.service import abandonments as service
from market.credit.service import cases, openings
from market.credit.states import ABANDONMENT, AbandonmentAction, AbandonmentState
from market.kernel.calendar import end_of
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from market.kernel.roles import Role, Scope
from tests.build_abandonments import (
    LAPSED,
    contest_until,
    declined,
    given_up,
    recorded,
    three_confirmed,
    unsigned,
)
from tests.build_cases import a_regulator, advanced, low_rankings, moment
from tests.build_contracts import AT, CONFIRMED, DAY, DELIVERY, SECOND, TERMS, some_deals
from tests.server import Database

COUNTS = Finding(counts=True, words="没有正当理由。")
EXCUSED = Finding(counts=False, words="业主未签。")
A, S = AbandonmentAction, AbandonmentState
ALLOWED = {
    (S.NOTIFIED, A.CONTEST, Role.AGENCY): S.CONTESTED,
    (S.NOTIFIED, A.CONFIRM, Role.REGULATOR): S.CONFIRMED,
    (S.NOTIFIED, A.EXCUSE, Role.REGULATOR): S.EXCUSED,
    (S.CONTESTED, A.CONFIRM, Role.REGULATOR): S.CONFIRMED,
    (S.CONTESTED, A.EXCUSE, Role.REGULATOR): S.EXCUSED,
    (S.CONFIRMED, A.ANNUL, Role.REGULATOR): S.ANNULLED,
}


def test_nobody_but_a_regulator_decides_and_nobody_but_its_agency_contests() -> None:
    for state in S:
        for action in A:
            for role in Role:
                after = ALLOWED.get((state, action, role))
                if after is None:
                    with pytest.raises((MoveRefused, Forbidden)):
                        ABANDONMENT.decide(state, action, role)
                else:
                    assert ABANDONMENT.decide(state, action, role) is after


async def test_what_the_agency_gave_up_is_recorded_once_and_the_agency_is_told(database: Database) -> None:
    async with some_deals(database) as deals:
        await unsigned(deals)
        await given_up(deals)
        await declined(deals)
        now = LAPSED + SECOND

        assert len(await recorded(now)) == 3
        assert len(await recorded(now)) == 3
        sources = await db.fetch("select source from abandonment order by source")
        assert [each["source"] for each in sources] == ["declined", "terminated", "unsigned"]
        told = "select count(*) from message where kind = 'abandonment_notified' and organisation = $1"
        assert await db.value(told, deals.agency.organisation_id) == 3
        assert await db.value("select count(*) from credit_entry") == 0


async def test_what_is_not_the_agencys_doing_is_no_abandonment(database: Database) -> None:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.LAPSED)  # nobody signed
        await deals.bring(ContractState.TERMINATED)  # the owner's fault
        await given_up(deals, Fault.NOBODY)
        await given_up(deals, by="owner")  # the agency has not agreed that it is its fault
        number = await deals.due()
        await contracts.excuse(number, "force_majeure", "洪水。", actor=deals.agency, now=AT)
        await contracts.sign(number, TERMS, actor=deals.owner, now=AT + SECOND)
        await contracts.lapse(number, actor=deals.owner, now=LAPSED)
        assert await recorded(LAPSED + SECOND) == []


async def test_what_is_older_than_twelve_months_is_not_dug_up(database: Database) -> None:
    async with some_deals(database) as deals:
        await declined(deals)
        assert await recorded(LAPSED + timedelta(days=366)) == []
        assert len(await recorded(LAPSED + timedelta(days=364))) == 1


async def test_an_abandonment_is_contested_before_its_last_moment_and_only_by_its_agency(database: Database) -> None:
    async with some_deals(database) as deals:
        await declined(deals)
        await declined(deals)
        first, second = await recorded(LAPSED)
        until = await contest_until(first)
        assert until == LAPSED.replace(hour=0, minute=0, second=0) + 8 * DAY  # five working days and a weekend
        asked = Contest("业主改了工期。", "owner_changed_terms")
        stranger = replace(deals.agency, organisation_id=deals.owner.organisation_id)
        with pytest.raises(NotFound):
            await service.contest(first, asked, actor=stranger, now=LAPSED)
        with pytest.raises(Invalid):
            await service.contest(first, replace(asked, excuse="tired"), actor=deals.agency, now=LAPSED)
        await service.contest(first, asked, actor=deals.agency, now=until - SECOND)
        with pytest.raises(MoveRefused):
            await service.contest(first, asked, actor=deals.agency, now=until - SECOND)
        with pytest.raises(Conflict):
            await service.contest(second, asked, actor=deals.agency, now=until)


async def test_a_person_decides_once_the_period_is_over_or_the_agency_has_spoken(database: Database) -> None:
    async with some_deals(database) as deals:
        regulator = await a_regulator(database)
        await declined(deals)
        await declined(deals)
        silent, contested = await recorded(LAPSED)
        until = await contest_until(silent)
        await service.contest(contested, Contest("业主未签。", None), actor=deals.agency, now=LAPSED + SECOND)
        with pytest.raises(NotFound):
            await service.decide(silent, COUNTS, actor=replace(regulator, scopes=(Scope("440100"),)), now=until)
        with pytest.raises(Conflict):
            await service.decide(silent, COUNTS, actor=regulator, now=until - SECOND)

        await service.decide(contested, EXCUSED, actor=regulator, now=until - SECOND)
        await service.decide(silent, COUNTS, actor=regulator, now=until)

        with pytest.raises(MoveRefused):
            await service.decide(silent, EXCUSED, actor=regulator, now=until)
        (entry,) = await db.fetch("select kind, ground, rate, fact, ends_on from credit_entry")
        expected = ("general", "abandonment", "kept", f"abandonment:{silent}", date(2027, 4, 3))
        assert tuple(entry) == expected

        await service.annul(silent, "认定有误。", actor=regulator, now=until + SECOND)
        assert await db.value("select state from credit_entry") == "annulled"


async def test_an_annulled_abandonment_has_the_rankings_that_counted_it_computed_anew(database: Database) -> None:
    async with some_deals(database) as deals:
        regulator = await a_regulator(database)
        await declined(deals)
        (number,) = await recorded(LAPSED)
        slots = (date(2026, 3, 31), date(2026, 6, 30))
        now = end_of(slots[1]) - SECOND
        await service.decide(number, COUNTS, actor=regulator, now=now)
        await low_rankings(database, deals.city.agencies[deals.uscc], regulator, slots=slots)

        await service.annul(number, "认定有误。", actor=regulator, now=now + DAY)

        asked = await db.fetch("select slot from ranking where recompute_asked_at is not null")
        assert [each["slot"] for each in asked] == [slots[1]]


async def test_three_confirmed_abandonments_open_one_case_and_silence_then_eliminates(database: Database) -> None:
    async with some_deals(database) as deals:
        _, now = await three_confirmed(database, deals)
        await openings.open_due(now)
        await openings.open_due(now)
        (case,) = await db.fetch("select number, ground, fact_key, facts from credit_case")
        assert case["ground"] == "abandonments"
        assert "公示期内放弃" in case["facts"]

        await advanced(case["number"], now)
        await cases.acknowledge(case["number"], actor=deals.agency, now=now)
        until = await moment(case["number"], "statement_until_at")
        assert await advanced(case["number"], until) == "signed"
        executes = await db.value("select executes_at from case_decision")
        assert await advanced(case["number"], executes) == "in_force"
        assert await db.value("select state from agency where uscc = $1", deals.uscc) == "eliminated"


@pytest.mark.parametrize("without", ["the third", "one confirmation", "one annulled", "the year", "the agency"])
async def test_with_any_condition_taken_away_no_case_is_opened(database: Database, without: str) -> None:
    async with some_deals(database) as deals:
        regulator = await a_regulator(database)
        for _ in range(2 if without == "the third" else 3):
            await declined(deals)
        numbers = await recorded(LAPSED)
        now = await contest_until(numbers[0])
        for number in numbers[1:] if without == "one confirmation" else numbers:
            await service.decide(number, COUNTS, actor=regulator, now=now)
        if without == "one annulled":
            await service.annul(numbers[0], "认定有误。", actor=regulator, now=now)
        if without == "the agency":
            await deals.city.connection.execute("update agency set state = 'left', left_at = $1", now)
        await openings.open_due(now + timedelta(days=366) if without == "the year" else now)
        assert await db.value("select count(*) from credit_case") == 0


async def test_abandonments_a_case_was_opened_on_open_no_other(database: Database) -> None:
    async with some_deals(database) as deals:
        regulator, now = await three_confirmed(database, deals)
        await openings.open_due(now)
        await declined(deals, now)
        fourth = (await recorded(now))[-1]
        later = await contest_until(fourth)
        await service.decide(fourth, COUNTS, actor=regulator, now=later)
        await openings.open_due(later)
        assert await db.value("select count(*) from credit_case") == 1


@pytest.mark.parametrize(("days", "entered"), [(14, 0), (17, 1)])
async def test_a_delivery_over_ten_working_days_late_is_entered_once(
    database: Database, days: int, entered: int
) -> None:
    async with some_deals(database) as deals:
        number = await deals.bring(ContractState.PERFORMING)
        at = CONFIRMED.replace(month=4, day=10, hour=12) + days * DAY
        await contracts.deliver(number, DELIVERY, actor=deals.agency, now=at)
        for _ in range(2):
            for contract in await service.late(at):
                await service.enter_lateness(contract, now=at)
        rows = await db.fetch("select kind, ground, rate, fact from credit_entry")
        assert [tuple(each) for each in rows] == [("minor", "lateness", "on_time", f"late:{number}:delivery")] * entered
