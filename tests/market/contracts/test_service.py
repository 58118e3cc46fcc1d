"""Contracts from the award to the end, by the acts of both parties, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import asyncpg
import pytest

from market import db
from market.contracts import service
from market.contracts.rules import Change, Payment, Termination
from market.contracts.states import CONTRACT, ContractAction, ContractState, Fault, Side
from market.kernel.errors import Conflict, Invalid, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.times import ZONE
from market.ledger import service as ledger
from tests.build_contracts import AT, AWARD_FEN, CONFIRMED, DAY, DELIVERY, SECOND, TERMS, Deals, some_deals
from tests.build_selection import a_uscc
from tests.server import Database

S = ContractState
SIGN_BY = datetime(2026, 3, 25, tzinfo=ZONE)  # 24:00 of 24 March, the tenth working day


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        yield deals


async def state(number: str) -> str:
    return str(await db.value("select state from contract where number = $1", number))


async def kinds(number: str) -> list[str]:
    return [entry.type for entry in await ledger.entries_of(number)]


async def test_a_confirmed_award_has_one_contract_however_often_workers_look(deals: Deals) -> None:
    award = await deals.award()
    assert await service.waiting(CONFIRMED + SECOND) == [award]

    made = await asyncio.gather(*(service.open_contract(award, now=CONFIRMED + SECOND) for _ in range(4)))

    assert sorted(made, key=str)[:1] == [service.number_of(award, CONFIRMED)]
    assert made.count(None) == 3
    assert await service.waiting(CONFIRMED + SECOND) == []
    assert await db.value("select count(*) from contract") == 1
    assert await db.value("select sign_by_at from contract") == SIGN_BY
    told = await db.fetch("select organisation from message where kind = 'contract_due' order by organisation")
    assert [each["organisation"] for each in told] == sorted(
        [deals.owner.organisation_id, deals.agency.organisation_id]
    )


async def test_an_award_older_than_a_week_is_found_by_the_look_that_goes_back_for_ever(deals: Deals) -> None:
    award = await deals.award()

    assert await service.waiting(CONFIRMED + 8 * DAY) == []
    assert await service.waiting(CONFIRMED + 8 * DAY, ever=True) == [award]


async def test_a_contract_is_signed_when_both_have_signed_the_same_terms(deals: Deals) -> None:
    number = await deals.due()

    assert not await service.sign(number, TERMS, actor=deals.owner, now=AT)
    assert await state(number) == "due"
    assert await service.sign(number, TERMS, actor=deals.agency, now=AT + SECOND)

    assert await state(number) == "signed"
    assert await kinds(number) == ["contract.due", "contract.signature", "contract.signature", "contract.signed"]


async def test_nobody_is_bound_by_terms_it_did_not_see(deals: Deals) -> None:
    number = await deals.due()
    await service.sign(number, TERMS, actor=deals.owner, now=AT)

    lower = replace(TERMS, amount_fen=TERMS.amount_fen - 1)
    assert not await service.sign(number, lower, actor=deals.agency, now=AT + SECOND)

    found = await service.own(number, actor=deals.owner, now=AT)
    assert found.contract.signed_by == {Side.AGENCY}
    assert await service.sign(number, lower, actor=deals.owner, now=AT + 2 * SECOND)


async def test_a_second_signature_on_the_same_terms_is_refused(deals: Deals) -> None:
    number = await deals.due()
    await service.sign(number, TERMS, actor=deals.owner, now=AT)

    with pytest.raises(Conflict, match="signed_already"):
        await service.sign(number, TERMS, actor=deals.owner, now=AT)


async def test_terms_beside_the_award_are_refused_with_every_reason(deals: Deals) -> None:
    number = await deals.due()
    wrong = replace(TERMS, amount_fen=AWARD_FEN + 1, signed_on=date(2026, 3, 8), agreed_on=date(2026, 7, 1))

    with pytest.raises(Invalid) as refused:
        await service.sign(number, wrong, actor=deals.owner, now=AT)

    assert {reason.code for reason in refused.value.reasons} == {
        "contract_above_award", "signed_before_award", "agreed_after_limit",
    }  # fmt: skip


async def test_a_stranger_finds_no_contract(deals: Deals) -> None:
    number = await deals.signed()
    stranger = Actor(Role.AGENCY, "丙", 1, deals.city.organisations[a_uscc(2)])

    with pytest.raises(NotFound):
        await service.begin(number, actor=stranger, now=AT + DAY)


@pytest.mark.parametrize("before", [each for each in S if each is not S.DUE])
@pytest.mark.parametrize("side", Side)
async def test_every_act_of_every_side_in_every_state_follows_the_table(
    deals: Deals, before: ContractState, side: Side
) -> None:
    number = await deals.bring(before)
    at = AT + DAY if before not in (S.LAPSED, S.ACCEPTED_BY_SILENCE) else AT + 60 * DAY
    actor = deals.actor(side)
    acts = {
        ContractAction.SIGN: lambda: service.sign(number, TERMS, actor=actor, now=at),
        ContractAction.EXCUSE: lambda: service.excuse(number, "force_majeure", "x", actor=actor, now=at),
        ContractAction.LAPSE: lambda: service.lapse(number, actor=actor, now=at),
        ContractAction.FILE: lambda: service.file(number, actor=actor, now=at),
        ContractAction.BEGIN: lambda: service.begin(number, actor=actor, now=at),
        ContractAction.DELIVER: lambda: service.deliver(number, DELIVERY, actor=actor, now=at),
        ContractAction.ACCEPT: lambda: service.accept(number, actor=actor, now=at),
        ContractAction.RETURN: lambda: service.send_back(number, "x", actor=actor, now=at),
        ContractAction.RESUME: lambda: service.resume(number, actor=actor, now=at),
    }
    for action, act in acts.items():
        if action not in CONTRACT.open_to(before, actor.role):
            with pytest.raises(MoveRefused):
                await act()
    assert await state(number) == before


async def test_silence_accepts_at_the_end_of_the_tenth_working_day_and_not_a_second_before(deals: Deals) -> None:
    number = await deals.bring(S.DELIVERED)
    ends = datetime(2026, 3, 25, tzinfo=ZONE)  # 24:00 of Tuesday 24 March, ten working days after 10 March
    assert await db.value("select silence_at from contract") == ends

    assert not await service.advance(number, now=ends - SECOND)
    assert await state(number) == "delivered"
    assert await service.advance(number, now=ends)

    assert await state(number) == "accepted_by_silence"
    assert await db.value("select accepted_at from contract") == ends
    assert await db.value("select outcome from contract_delivery") == "silence"


async def test_two_workers_let_silence_accept_once(deals: Deals) -> None:
    number = await deals.bring(S.DELIVERED)
    later = AT + 20 * DAY

    done = await asyncio.gather(service.advance(number, now=later), service.advance(number, now=later))

    assert sorted(done) == [False, True]
    assert (await kinds(number)).count("contract.accepted_by_silence") == 1


async def test_an_owner_cannot_return_what_silence_has_accepted_even_if_no_worker_ran(deals: Deals) -> None:
    number = await deals.bring(S.DELIVERED)
    ends = datetime(2026, 3, 25, tzinfo=ZONE)

    with pytest.raises(MoveRefused):
        await service.send_back(number, "晚了", actor=deals.owner, now=ends)
    assert (await service.own(number, actor=deals.owner, now=ends)).state is S.ACCEPTED_BY_SILENCE
    assert (await service.contract(number, now=ends)).found["state"] == "accepted_by_silence"

    await service.send_back(number, "来得及", actor=deals.owner, now=ends - SECOND)
    assert await state(number) == "returned"


async def test_signing_is_late_from_the_end_of_the_tenth_working_day_and_written_down_once(deals: Deals) -> None:
    number = await deals.due()
    await service.sign(number, TERMS, actor=deals.agency, now=AT)
    assert not await service.advance(number, now=SIGN_BY - SECOND)

    assert await service.advance(number, now=SIGN_BY)
    assert not await service.advance(number, now=SIGN_BY + DAY)

    fact = await db.row("select kind, fault, ended_at from late_fact")
    assert dict(fact or {}) == {"kind": "signing", "fault": "owner", "ended_at": None}
    await service.sign(number, TERMS, actor=deals.owner, now=SIGN_BY + DAY)
    assert await db.value("select workdays_late from late_fact") == 1
    assert await state(number) == "signed"


async def test_a_contract_nobody_signs_lapses_after_ten_more_working_days(deals: Deals) -> None:
    number = await deals.due()
    lapses = datetime(2026, 4, 8, tzinfo=ZONE)  # 24:00 of 7 April

    await service.advance(number, now=lapses - SECOND)
    assert await state(number) == "due"
    await service.advance(number, now=lapses)

    row = await db.row("select state, fault, ended_by, lapsed_at, next_check_at from contract")
    assert dict(row or {}) == {
        "state": "lapsed", "fault": "both", "ended_by": None, "lapsed_at": lapses, "next_check_at": None,
    }  # fmt: skip


async def test_only_who_has_signed_calls_a_contract_unsigned_and_only_after_its_time(deals: Deals) -> None:
    number = await deals.due()
    await service.sign(number, TERMS, actor=deals.owner, now=AT)
    ends = SIGN_BY

    with pytest.raises(Conflict, match="signing_not_over"):
        await service.lapse(number, actor=deals.owner, now=ends - SECOND)
    with pytest.raises(Conflict, match="lapse_not_yours"):
        await service.lapse(number, actor=deals.agency, now=ends)
    await service.excuse(number, "owner_changed_terms", "金额与公告不符。", actor=deals.agency, now=ends)
    await service.lapse(number, actor=deals.owner, now=ends)

    assert await db.value("select fault from contract") == "agency"
    assert await db.value("select excuse from contract") == "owner_changed_terms"
    assert await db.value("select count(*) from late_fact where ended_at is not null") == 1


async def test_late_filing_is_the_owners_and_keeps_late_delivery_from_being_the_agencys(deals: Deals) -> None:
    number = await deals.signed()

    await service.advance(number, now=datetime(2026, 4, 11, tzinfo=ZONE))

    rows = await db.fetch("select kind, fault from late_fact order by kind")
    assert [tuple(row) for row in rows] == [("delivery", "owner"), ("filing", "owner")]


async def test_delivery_on_the_agreed_day_is_in_time_and_a_second_later_is_not(deals: Deals) -> None:
    number, other = await deals.bring(S.PERFORMING), await deals.bring(S.PERFORMING)
    ends = datetime(2026, 4, 11, tzinfo=ZONE)

    await service.deliver(number, DELIVERY, actor=deals.agency, now=ends - SECOND)
    await service.deliver(other, DELIVERY, actor=deals.agency, now=ends)

    late = await db.fetch(
        "select c.number, l.fault, l.workdays_late from late_fact l join contract c on c.id = l.contract"
    )
    assert [tuple(row) for row in late] == [(other, "agency", 0)] or [row["number"] for row in late] == [other]


async def test_a_change_counts_only_when_the_other_party_agrees(deals: Deals) -> None:
    number = await deals.bring(S.PERFORMING)
    asked = Change(TERMS.amount_fen, date(2026, 5, 8), "业主资料延后。")
    at = AT + DAY
    change = await service.change(number, asked, actor=deals.agency, now=at)

    with pytest.raises(Conflict, match="change_pending"):
        await service.change(number, asked, actor=deals.owner, now=at)
    with pytest.raises(Conflict, match="change_is_yours"):
        await service.answer_change(number, change, True, actor=deals.agency, now=at)
    await service.answer_change(number, change, True, actor=deals.owner, now=at)
    with pytest.raises(Conflict, match="change_not_pending"):
        await service.answer_change(number, change, False, actor=deals.owner, now=at)

    row = await db.row("select agreed_on, next_check_at from contract")
    assert dict(row or {}) == {"agreed_on": date(2026, 5, 8), "next_check_at": datetime(2026, 5, 9, tzinfo=ZONE)}


async def test_a_refused_change_changes_nothing(deals: Deals) -> None:
    number = await deals.bring(S.PERFORMING)
    change = await service.change(number, Change(1, TERMS.agreed_on, "压价"), actor=deals.owner, now=AT + DAY)

    await service.answer_change(number, change, False, actor=deals.agency, now=AT + DAY)

    assert await db.value("select amount_fen from contract") == TERMS.amount_fen


async def test_a_return_tells_that_acceptance_was_not_at_first_delivery(deals: Deals) -> None:
    number = await deals.bring(S.RETURNED)
    await service.resume(number, actor=deals.agency, now=AT + DAY)
    await service.deliver(number, DELIVERY, actor=deals.agency, now=AT + DAY)
    await service.accept(number, actor=deals.owner, now=AT + 2 * DAY)

    accepted = (await ledger.entries_of(number))[-1]
    assert (accepted.type, accepted.fields["first"]) == ("contract.accepted", False)
    assert await db.value("select returns from contract") == 1


async def test_what_parties_write_is_only_hashed_in_the_log(deals: Deals) -> None:
    number = await deals.bring(S.RETURNED)

    bodies = "".join(entry.body.decode() for entry in await ledger.entries_of(number))
    assert "缺少附表" not in bodies
    assert DELIVERY.description not in bodies


async def test_a_bill_above_the_contract_is_written_down_and_payment_in_time_is_not_late(deals: Deals) -> None:
    number = await deals.bring(S.ACCEPTED)
    due = datetime(2026, 4, 10, tzinfo=ZONE)  # thirty days after 10 March
    assert await db.value("select pay_by_at from contract") == due

    await service.advance(number, now=due)
    await service.close(number, Payment(60_000_00, date(2026, 4, 9)), actor=deals.owner, now=due + DAY)

    assert await db.value("select workdays_late from late_fact where kind = 'payment'") == 0
    assert await db.value("select billed_fen from contract") == 60_000_00
    assert await state(number) == "closed"


async def test_the_other_party_answers_the_reason_of_a_termination_once(deals: Deals) -> None:
    number = await deals.bring(S.PERFORMING)
    await service.terminate(number, Termination("未按约定派人。", Fault.AGENCY), actor=deals.owner, now=AT + DAY)

    with pytest.raises(Conflict, match="fault_is_yours_to_state"):
        await service.answer_fault(number, True, "", actor=deals.owner, now=AT + DAY)
    await service.answer_fault(number, False, "业主未提供资料。", actor=deals.agency, now=AT + DAY)
    with pytest.raises(Conflict, match="fault_answered"):
        await service.answer_fault(number, True, "", actor=deals.agency, now=AT + DAY)

    assert await db.value("select fault_agreed from contract") is False


@pytest.mark.parametrize("act", ["file", "begin", "deliver", "accept"])
async def test_an_act_posted_twice_at_once_happens_once(deals: Deals, act: str) -> None:
    before = {"file": S.SIGNED, "begin": S.FILED, "deliver": S.PERFORMING, "accept": S.DELIVERED}[act]
    number = await deals.bring(before)

    done = await asyncio.gather(*(deals.act(act, number, AT + DAY) for _ in range(4)), return_exceptions=True)

    assert [type(each) for each in done if each is not None] == [MoveRefused] * 3
    assert await db.value("select count(*) from contract_delivery") == (1 if act in ("deliver", "accept") else 0)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update contract set state = 'closed'", "GX001"),
        ("update contract set amount_fen = amount_fen - 1", "GX003"),
        ("update contract set paper_number = 'x'", "GX003"),
        ("update contract set filed_at = now() where filed_at is not null", "GX003"),
    ],
)
async def test_the_database_refuses_what_no_act_does(deals: Deals, statement: str, code: str) -> None:
    await deals.bring(S.FILED)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await db.execute(statement)

    assert refused.value.sqlstate == code


async def test_no_contract_follows_from_an_award_that_is_not_confirmed(deals: Deals) -> None:
    award = await deals.award()
    await deals.city.connection.execute("alter table award disable trigger user")
    await deals.city.connection.execute("update award set state = 'proposed', confirmed_at = null where id = $1", award)

    assert await service.open_contract(award, now=AT) is None
    with pytest.raises(asyncpg.PostgresError) as refused:
        await db.execute(
            "insert into contract (number, award, notice, owner, agency, ruleset, award_fen, guide_most_fen, state,"
            " due_at, sign_by_at, returns, awaits_reviews) select 'x', w.id, w.notice, n.owner, w.agency, n.ruleset,"
            " w.amount_fen, 1, 'due', now(), now(), 0, false from award w join notice n on n.id = w.notice"
        )
    assert refused.value.sqlstate == "GX001"


async def test_practice_contracts_count_minutes(deals: Deals) -> None:
    await deals.due(ruleset="practice-2026")

    assert await db.value("select sign_by_at from contract") == CONFIRMED + timedelta(minutes=10)
