"""Related parties count once the operator has compared them, and an agency cannot take back what was."""

import pytest

from market import db
from market.agencies import service
from market.agencies.rules import Party, PartyKind
from market.kernel.errors import Conflict, Forbidden, NotFound
from market.kernel.roles import Actor, Role
from tests.build_agencies import A_CONTROLLER, NOW, an_actor, an_agency, kinds_told
from tests.server import Database

pytestmark = pytest.mark.usefixtures("database")


async def declared(actor: Actor, party: Party | None = None) -> int:
    """Return the key of the party an agency has declared, that of its application if none is given."""
    if party is not None:
        await service.add_party(party, actor=actor, now=NOW)
    found: int = await db.value("select max(id) from related_party where ended_at is null")
    return found


async def test_a_verified_party_is_ended_by_the_operator_and_taken_back_by_nobody(database: Database) -> None:
    agency, uscc, _ = await an_agency()
    operator, row = await an_actor(Role.OPERATOR), await declared(agency)
    assert [each["identifier"] for each in await service.unverified_parties()] == [A_CONTROLLER.identifier]

    assert await service.verify_party(row, actor=operator, now=NOW) == uscc
    assert await service.unverified_parties() == []
    for act in (service.verify_party(row, actor=operator, now=NOW), service.drop_party(row, actor=agency, now=NOW)):
        with pytest.raises(Conflict, match="party_verified"):
            await act
    assert await service.end_party(row, actor=operator, now=NOW) == uscc
    with pytest.raises(NotFound):
        await service.end_party(row, actor=operator, now=NOW)
    assert (await kinds_told(agency))[-2:] == ["party_verified", "party_ended"]
    logged = await db.fetch("select type, body from ledger_entry where type like 'party.%' order by index")
    assert [each["type"] for each in logged] == ["party.verified", "party.ended"]
    assert not any(str(A_CONTROLLER.identifier).encode() in bytes(each["body"]) for each in logged)


async def test_an_unverified_party_is_taken_back_and_one_without_a_number_is_not_verified(database: Database) -> None:
    agency, _, _ = await an_agency()
    first = await declared(agency)
    await service.drop_party(first, actor=agency, now=NOW)
    nameless = await declared(agency, Party(PartyKind.AUTHORITY_AFFILIATED, "示例局", None, None))
    with pytest.raises(Conflict, match="party_unidentified"):
        await service.verify_party(nameless, actor=await an_actor(Role.OPERATOR), now=NOW)
    assert await service.unverified_parties() == []


async def test_only_the_operator_verifies_a_party(database: Database) -> None:
    agency, _, _ = await an_agency()
    row = await declared(agency)
    for role in (Role.AGENCY, Role.REGULATOR, Role.OWNER):
        with pytest.raises(Forbidden):
            await service.verify_party(row, actor=await an_actor(role), now=NOW)
        with pytest.raises(Forbidden):
            await service.end_party(row, actor=await an_actor(role), now=NOW)
    assert not await db.value("select bool_or(verified) from related_party")
