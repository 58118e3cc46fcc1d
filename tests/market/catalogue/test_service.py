"""What people do with the catalogue, on a real database."""

from datetime import date, timedelta

import asyncpg
import pytest

from market import db
from market.catalogue import loading, seed, service
from market.catalogue.rules import ItemQuery
from market.catalogue.states import ItemAction, ItemState
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from market.kernel.roles import PUBLIC, Role
from market.ledger import service as ledger
from tests.build_agencies import NOW, a_proposal, an_actor, an_item, kinds_told
from tests.server import Database

pytestmark = pytest.mark.usefixtures("database")


async def test_a_proposal_becomes_mandatory_with_its_entry_and_a_message_to_its_proposer() -> None:
    authority, regulator = await an_actor(Role.AUTHORITY), await an_actor(Role.REGULATOR)
    proposal = a_proposal()
    item_id = await service.propose(proposal, actor=authority, now=NOW)

    await service.decide(proposal.code, ItemAction.MAKE_MANDATORY, actor=regulator, now=NOW)

    found = await service.view(item_id)
    entries = await ledger.entries_of(service.subject(proposal.code))
    assert (found.state, found.published_at) == (ItemState.MANDATORY, NOW)
    assert [entry.type for entry in entries] == ["item.proposed", "item.published"]
    assert await kinds_told(authority) == ["item_decided"]


async def test_an_item_whose_clause_nobody_read_is_refused_as_mandatory_with_every_reason_at_once() -> None:
    regulator = await an_actor(Role.REGULATOR)
    proposal = a_proposal(compulsory=False, clause=None, source_url=None, read_on=None)
    await service.propose(proposal, actor=regulator, now=NOW)

    with pytest.raises(Invalid) as refusal:
        await service.decide(proposal.code, ItemAction.MAKE_MANDATORY, actor=regulator, now=NOW)

    codes = [reason.code for reason in refusal.value.reasons]
    assert codes == ["test_compulsory_fails", "clause_not_quoted", "source_not_given", "reading_not_dated"]
    assert await service.decide(proposal.code, ItemAction.LIST, actor=regulator, now=NOW) is ItemState.LISTED


async def test_the_database_itself_refuses_a_mandatory_item_without_a_clause(database: Database) -> None:
    _, code = await an_item(clause=None)

    with pytest.raises(asyncpg.PostgresError, match="no move"):
        await db.execute("update item set state = 'mandatory' where code = $1", code)


async def test_a_regulator_decides_only_about_its_own_trade() -> None:
    other = await an_actor(Role.REGULATOR, trades=("water",))
    proposal = a_proposal(trade="ecology")
    await service.propose(proposal, actor=other, now=NOW)

    with pytest.raises(Forbidden, match="trade_not_yours"):
        await service.decide(proposal.code, ItemAction.LIST, actor=other, now=NOW)


@pytest.mark.parametrize("role", [Role.OWNER, Role.AGENCY, Role.OPERATOR, Role.AUDITOR])
async def test_only_authorities_and_regulators_propose(role: Role) -> None:
    with pytest.raises(Forbidden, match="propose_not_yours"):
        await service.propose(a_proposal(), actor=await an_actor(role), now=NOW)


async def test_a_code_is_taken_for_ever() -> None:
    regulator = await an_actor(Role.REGULATOR)
    _, code = await an_item()
    await service.abolish(code, "国务院决定取消。", actor=regulator, now=NOW)

    with pytest.raises(Conflict, match="item_code_taken"):
        await service.propose(a_proposal(code=code), actor=regulator, now=NOW)


async def test_an_item_is_decided_once() -> None:
    regulator = await an_actor(Role.REGULATOR)
    _, code = await an_item()

    with pytest.raises(MoveRefused):
        await service.decide(code, ItemAction.LIST, actor=regulator, now=NOW)


async def test_a_notice_may_not_cite_an_abolished_item() -> None:
    regulator = await an_actor(Role.REGULATOR)
    item_id, code = await an_item()
    await service.abolish(code, "国务院决定取消。", actor=regulator, now=NOW)

    with pytest.raises(Invalid, match="item_abolished"):
        await service.item_for_notice(item_id, NOW.date())


async def test_a_notice_may_cite_an_item_on_the_last_day_of_its_basis_and_not_after() -> None:
    item_id, _ = await an_item(valid_from=date(2020, 1, 1), valid_until=date(2026, 11, 25))

    assert (await service.item_for_notice(item_id, date(2026, 11, 25))).id == item_id
    with pytest.raises(Invalid, match="item_basis_lapsed"):
        await service.item_for_notice(item_id, date(2026, 11, 26))


async def test_a_proposal_is_shown_to_nobody_outside() -> None:
    proposal = a_proposal()
    await service.propose(proposal, actor=await an_actor(Role.AUTHORITY), now=NOW)

    assert await service.listed(ItemQuery()) == []
    with pytest.raises(NotFound):
        await service.view_by_code(proposal.code, PUBLIC)


async def test_the_list_answers_outcome_trade_and_word() -> None:
    _, listed = await an_item(name="水土保持方案编制", trade="water")
    _, mandatory = await an_item(ItemAction.MAKE_MANDATORY, name="防雷装置检测", trade="meteorology")

    async def codes(query: ItemQuery) -> set[str]:
        return {row["code"] for row in await service.listed(query)}

    assert await codes(ItemQuery()) == {listed, mandatory}
    assert await codes(ItemQuery(outcome="mandatory")) == {mandatory}
    assert await codes(ItemQuery(trade="water")) == {listed}
    assert await codes(ItemQuery(word="防雷")) == {mandatory}


async def test_the_seed_is_loaded_once_with_an_entry_for_every_outcome() -> None:
    loaded = await loading.load_seed(NOW)
    again = await loading.load_seed(NOW + timedelta(days=1))

    states = await service.counts()
    expected = seed.load()
    assert (loaded, again) == (len(expected), 0)
    assert states["mandatory"] == sum(item.outcome is ItemState.MANDATORY for item in expected)
    assert states["abolished"] == sum(item.outcome is ItemState.ABOLISHED for item in expected)
    size, _, _ = await ledger.head()
    assert size == len(expected) + states["abolished"]
