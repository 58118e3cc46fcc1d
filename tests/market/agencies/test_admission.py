"""Admission: a form check, always open, with every reason at once."""

from dataclasses import replace
from datetime import date, timedelta

import asyncpg
import pytest

from market import db
from market.agencies import service
from market.agencies.rules import Finding, Party, PartyKind, Practice, ReturnReason
from market.agencies.states import AgencyState
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound, NotReady
from market.kernel.roles import Role
from market.ledger import service as ledger
from tests.build_agencies import (
    A_CONTROLLER,
    AN_IDENTITY,
    NOW,
    a_claim,
    a_letter,
    an_actor,
    an_agency,
    an_applicant,
    at,
    kinds_told,
)

pytestmark = pytest.mark.usefixtures("database")
TWO_REASONS = (
    Finding(ReturnReason.QUALIFICATION_UNREADABLE, "第 1 项证书编号缺一位"),
    Finding(ReturnReason.PARTIES_INCOMPLETE, ""),
)


async def claim_ids(uscc: str) -> list[int]:
    operator = await an_actor(Role.OPERATOR)
    return [row["id"] for row in (await service.application_of(uscc, operator)).claims]


async def test_a_submission_is_due_at_the_end_of_the_second_working_day() -> None:
    actor, uscc = await an_applicant()

    due_at = await service.submit(a_letter(), actor=actor, now=at("2026-11-25 10:00:00"))

    assert due_at == at("2026-11-28 00:00:00")
    assert [row["due_at"] for row in await service.queue()] == [due_at]
    assert [entry.type for entry in await ledger.entries_of(f"agency:{uscc}")] == ["agency.applied"]


async def test_an_application_over_a_weekend_is_due_on_the_tuesday_night() -> None:
    actor, _ = await an_applicant()

    assert await service.submit(a_letter(), actor=actor, now=at("2026-11-27 17:00:00")) == at("2026-12-02 00:00:00")


async def test_an_application_not_submitted_is_in_no_queue_and_no_list() -> None:
    _, uscc = await an_applicant()
    operator = await an_actor(Role.OPERATOR)

    assert await service.queue() == []
    with pytest.raises(NotFound):
        await service.profile(uscc, NOW)
    with pytest.raises(NotReady):
        await service.admit(uscc, [], actor=operator, now=NOW)


async def test_an_incomplete_application_is_refused_with_every_reason_at_once() -> None:
    actor = await an_actor(Role.AGENCY)
    await service.save_identity(AN_IDENTITY, actor=actor, now=NOW)

    with pytest.raises(Invalid) as refusal:
        await service.submit(a_letter(accepted=False), actor=actor, now=NOW)

    assert {reason.code for reason in refusal.value.reasons} == {"controller_undeclared", "commitment_not_accepted"}
    assert await service.queue() == []


async def test_admission_verifies_the_qualifications_chosen_and_no_other() -> None:
    actor, uscc = await an_applicant(a_claim(code="cma"), a_claim(code="eia_filing"))
    await service.submit(a_letter(), actor=actor, now=NOW)
    chosen = await claim_ids(uscc)

    await service.admit(uscc, chosen[:1], actor=await an_actor(Role.OPERATOR), now=NOW)

    verified = {row["code"] for row in (await service.profile(uscc, NOW)).qualifications}
    entries = await ledger.entries_of(f"agency:{uscc}")
    assert verified == {"cma"}
    assert [row["code"] for row in await service.unverified()] == ["eia_filing"]
    assert entries[-1].type == "agency.admitted"
    assert entries[-1].fields["qualifications"] == ["cma"]


async def test_an_agency_without_any_qualification_may_enter() -> None:
    actor, uscc = await an_applicant()
    await service.submit(a_letter(), actor=actor, now=NOW)

    await service.admit(uscc, [], actor=await an_actor(Role.OPERATOR), now=NOW)

    assert (await service.application(actor)).state is AgencyState.ADMITTED


async def test_a_return_gives_all_its_reasons_and_may_be_answered_at_once() -> None:
    actor, uscc = await an_applicant()
    await service.submit(a_letter(), actor=actor, now=NOW)

    await service.send_back(uscc, TWO_REASONS, actor=await an_actor(Role.OPERATOR), now=NOW)

    view = await service.application(actor)
    assert view.state is AgencyState.RETURNED
    assert [each["reason"] for each in view.returned_for] == ["qualification_unreadable", "parties_incomplete"]
    assert await kinds_told(actor) == ["agency_returned"]
    await service.submit(a_letter(), actor=actor, now=NOW + timedelta(minutes=1))
    assert [row["number"] for row in await service.queue()] == [2]


async def test_nothing_changes_while_the_form_is_checked() -> None:
    actor, _ = await an_applicant()
    await service.submit(a_letter(), actor=actor, now=NOW)

    for act in (
        service.save_identity(AN_IDENTITY, actor=actor, now=NOW),
        service.add_claim(a_claim(), actor=actor, now=NOW),
        service.add_party(A_CONTROLLER, actor=actor, now=NOW),
        service.submit(a_letter(), actor=actor, now=NOW),
    ):
        with pytest.raises((Invalid, MoveRefused), match="application_pending"):
            await act


async def test_an_application_sent_twice_is_checked_once() -> None:
    actor, uscc = await an_applicant()
    operator = await an_actor(Role.OPERATOR)
    await service.submit(a_letter(), actor=actor, now=NOW)
    await service.admit(uscc, [], actor=operator, now=NOW)

    with pytest.raises(MoveRefused):
        await service.admit(uscc, [], actor=operator, now=NOW)
    with pytest.raises(MoveRefused, match="not_applying"):
        await service.submit(a_letter(), actor=actor, now=NOW)


@pytest.mark.parametrize("role", [Role.OWNER, Role.AGENCY, Role.REGULATOR, Role.AUTHORITY, Role.AUDITOR])
async def test_only_the_operator_checks_applications(role: Role) -> None:
    actor, uscc = await an_applicant()
    await service.submit(a_letter(), actor=actor, now=NOW)
    other = await an_actor(role)

    with pytest.raises(Forbidden):
        await service.admit(uscc, [], actor=other, now=NOW)
    with pytest.raises(Forbidden):
        await service.send_back(uscc, TWO_REASONS, actor=other, now=NOW)


async def test_an_agency_cannot_touch_the_papers_of_another() -> None:
    _, uscc = await an_applicant(a_claim())
    stranger, _ = await an_applicant()
    claim_id = (await claim_ids(uscc))[0]

    with pytest.raises(NotFound):
        await service.drop_claim(claim_id, actor=stranger, now=NOW)


async def test_a_claim_taken_back_may_be_entered_again_and_not_twice() -> None:
    actor, uscc = await an_applicant(claim := a_claim())
    await service.drop_claim((await claim_ids(uscc))[0], actor=actor, now=NOW)
    await service.add_claim(claim, actor=actor, now=NOW)

    with pytest.raises(Conflict, match="claim_exists"):
        await service.add_claim(claim, actor=actor, now=NOW)


async def test_a_practitioner_stands_once_under_a_certificate_until_ended() -> None:
    actor, uscc = await an_applicant()
    named = Practice("周明", "注册环评工程师", "HP-2026-0001")
    await service.add_practice(named, actor=actor, now=NOW)

    with pytest.raises(Conflict, match="practitioner_exists"):
        await service.add_practice(named, actor=actor, now=NOW)
    row_id = await db.value("select p.id from practitioner p join agency a on a.id = p.agency where a.uscc = $1", uscc)
    await service.drop_practice(row_id, actor=actor, now=NOW)
    await service.add_practice(named, actor=actor, now=NOW)


@pytest.mark.parametrize("identifier", ["91320300TEST000012", None])
async def test_a_related_party_stands_declared_once_in_a_kind(identifier: str | None) -> None:
    actor, _ = await an_applicant()
    declared = Party(PartyKind.AUTHORITY_AFFILIATED, "市某某中心", identifier, None)
    await service.add_party(declared, actor=actor, now=NOW)

    with pytest.raises(Conflict, match="party_exists"):
        await service.add_party(declared, actor=actor, now=NOW)
    await service.add_party(replace(declared, kind=PartyKind.CONTROLLER, share_percent=60), actor=actor, now=NOW)


async def test_a_qualification_past_its_last_day_is_not_taken() -> None:
    actor, _ = await an_applicant()
    claim = a_claim(valid_until=date(2026, 11, 25))

    await service.add_claim(claim, actor=actor, now=at("2026-11-25 23:59:59"))
    with pytest.raises(Invalid, match="claim_lapsed"):
        await service.add_claim(a_claim(valid_until=date(2026, 11, 25)), actor=actor, now=at("2026-11-26 00:00:00"))


async def test_an_agency_leaves_freely_and_may_come_back() -> None:
    actor, uscc, _ = await an_agency()

    await service.leave(actor=actor, now=NOW)
    assert (await service.profile(uscc, NOW)).state is AgencyState.LEFT
    await service.apply_again(actor=actor, now=NOW)
    await service.submit(a_letter(), actor=actor, now=NOW)

    assert [row["uscc"] for row in await service.queue()] == [uscc]


async def test_name_and_representative_stay_as_checked_while_the_contact_may_change() -> None:
    actor, uscc, _ = await an_agency()

    with pytest.raises(Invalid, match="identity_checked"):
        await service.save_identity(AN_IDENTITY, actor=actor, now=NOW)
    await service.change_contact("新联系人", "0516-00000009", "", actor=actor, now=NOW)

    profile = await service.profile(uscc, NOW)
    assert profile.contact_phone == "051********09"
    assert profile.contact_name == "新**"


async def test_nobody_is_eliminated_without_a_signed_decision() -> None:
    _, uscc, _ = await an_agency()

    with pytest.raises(asyncpg.PostgresError, match="signed decision"):
        await db.execute("update agency set state = 'eliminated' where uscc = $1", uscc)


async def test_no_personal_data_of_an_application_enter_the_log() -> None:
    _, uscc, _ = await an_agency()

    bodies = b"".join(entry.body for entry in await ledger.entries_of(f"agency:{uscc}")).decode()

    assert "示例法人" not in bodies
    assert "service@example.test" not in bodies
    assert '"doc"' in bodies
