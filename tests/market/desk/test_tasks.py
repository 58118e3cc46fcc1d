"""Rules of the counts beside the side navigation: what waits for the reader, on every page of a desk."""

import pytest

from market import db
from market.agencies import service as agencies
from market.agencies.rules import Finding, ReturnReason
from market.catalogue import service as catalogue
from market.catalogue.states import ItemAction
from market.desk.tables.tasks import tasks
from market.guides import service as guides
from market.kernel.roles import PUBLIC, Role
from market.messages import service as messages
from tests.build_agencies import (
    NOW,
    a_claim,
    a_content,
    a_letter,
    a_proposal,
    an_actor,
    an_agency,
    an_applicant,
    an_item,
)
from tests.server import Database
from tests.web import market, signed_in


async def test_an_application_waits_for_the_operator_until_it_is_decided(database: Database) -> None:
    operator = await an_actor(Role.OPERATOR)
    applicant, uscc = await an_applicant()
    assert (await tasks(operator, NOW))["admissions"] == 0
    await agencies.submit(a_letter(), actor=applicant, now=NOW)
    assert (await tasks(operator, NOW))["admissions"] == 1
    await agencies.send_back(uscc, [Finding(ReturnReason.PARTIES_INCOMPLETE, "")], actor=operator, now=NOW)
    assert (await tasks(operator, NOW))["admissions"] == 0


async def test_a_qualification_waits_for_the_operator_once_its_agency_is_in_the_market(database: Database) -> None:
    operator = await an_actor(Role.OPERATOR)
    agency, _, _ = await an_agency()
    assert (await tasks(operator, NOW))["qualifications"] == 0
    await agencies.add_claim(a_claim(), actor=agency, now=NOW)
    assert (await tasks(operator, NOW))["qualifications"] == 1


async def test_a_proposed_item_waits_for_the_regulator_until_it_is_decided(database: Database) -> None:
    regulator, proposal = await an_actor(Role.REGULATOR), a_proposal()
    before = (await tasks(regulator, NOW))["items"]
    await catalogue.propose(proposal, actor=regulator, now=NOW)
    assert (await tasks(regulator, NOW))["items"] == before + 1
    await catalogue.decide(proposal.code, ItemAction.LIST, actor=regulator, now=NOW)
    assert (await tasks(regulator, NOW))["items"] == before


async def test_a_draft_guide_waits_for_its_agency_until_it_is_published(database: Database) -> None:
    _, code = await an_item()
    agency, _, _ = await an_agency()
    draft = await guides.draft(code, a_content(), actor=agency, now=NOW)
    assert (await tasks(agency, NOW))["guides"] == 1
    await guides.publish(draft, actor=agency, now=NOW)
    assert (await tasks(agency, NOW))["guides"] == 0


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM)])
async def test_every_role_counts_its_own_unread_messages(database: Database, role: Role) -> None:
    actor = await an_actor(role)
    assert actor.organisation_id is not None
    async with db.writing():
        await messages.tell(actor.organisation_id, "notice_published", at=NOW, subject="YH-1", title="示例公告")
    assert (await tasks(actor, NOW))["messages"] == 1


async def test_nobody_has_tasks() -> None:
    assert await tasks(PUBLIC, NOW) == {}


async def test_the_count_of_messages_stands_on_other_pages_of_the_desk_too(database: Database) -> None:
    async with market(database) as app, await signed_in(app, Role.AGENCY) as agency:
        organisation = await db.value("select id from organisation where kind = 'agency'")
        assert '<span class="cnt">' not in (await agency.get("/agency/guides")).text
        async with db.writing():
            await messages.tell(organisation, "notice_published", at=NOW, subject="YH-1", title="示例公告")
        assert '<span class="cnt">1<' in (await agency.get("/agency/guides")).text
