"""
No route eliminates for anybody: every act on a case, tried by every role that may not take it, and by who just may not.

The acts are those of the pages and the roles those of the market, so that a new act is tried without being written
here. Each is tried on a case that lacks nothing but a signature, and on one that is signed and whose minute has come.
"""

import re
from collections.abc import Iterator

import httpx
import pytest

from market import db
from market.accounts.gate import SAFE_METHODS
from market.app import Market
from market.credit.states import CASE, CaseAction, CaseGround, CaseState
from market.credit.web.cases import ACTS
from market.kernel.roles import Actor, Role
from tests.architecture.test_routes import DOORS, handlers
from tests.build_agencies import an_actor
from tests.build_ripe import Office, Ripe, Stage, an_office, ripe
from tests.flows.test_cases import DRAFT, signed_in
from tests.server import Database
from tests.web import browser, csrf, market

SIDES = ("regulator", "agency")
TYPED = DRAFT | {"words": "示例", "how": "示例", "agrees": "yes", "held_at": "2026-01-05T10:00", "answer": "示例"}
EVERYTHING = (
    "select (select jsonb_agg(c order by id) from credit_case c)::text"
    " || (select jsonb_agg(a order by id) from agency a)"
    " || (select count(*) from case_decision) || '/' || (select count(*) from measure) || '/'"
    " || (select count(*) from agency_bar) || '/' || (select count(*) from appeal) || '/'"
    " || (select count(*) from case_statement) || '/' || (select max(index) from ledger_entry)"
)


async def everybody(office: Office, app: Market) -> dict[str, tuple[httpx.AsyncClient, Actor | None]]:
    """Sign in one person of every role who has nothing to do with the cases, one of another trade, and nobody."""
    people: dict[str, Actor] = {
        str(role): await an_actor(role) for role in Role if role not in (Role.PUBLIC, Role.SYSTEM)
    }
    people["regulator"] = await an_actor(Role.REGULATOR, trades=("water",))
    found: dict[str, tuple[httpx.AsyncClient, Actor | None]] = {
        name: (await signed_in(app, actor), actor) for name, actor in people.items()
    }
    return found | {"nobody": (browser(app), None)}


def addresses(case: Ripe) -> Iterator[str]:
    for side in SIDES:
        for act in ACTS:
            yield f"/{side}/cases/{case.number}/{act}"


async def sent(client: httpx.AsyncClient, address: str, signed: bool) -> int:
    drafted = await db.value("select max(drafted_at) from credit_case")
    data = TYPED | {"drafted": drafted.isoformat() if drafted else ""}
    data |= {"_csrf": csrf(client)} if signed else {}
    return (await client.post(address, data=data)).status_code


@pytest.mark.slow
@pytest.mark.parametrize("stage", [Stage.UNSIGNED, Stage.SIGNED])
async def test_no_act_on_a_case_is_taken_by_anybody_who_has_nothing_to_do_with_it(
    database: Database, stage: Stage
) -> None:
    async with market(database) as app, an_office(database) as office:
        case = await ripe(office, CaseGround.LOW_RANKING, stage)
        strangers = await everybody(office, app)
        before = await db.value(EVERYTHING)
        for name, (client, actor) in strangers.items():
            for address in addresses(case):
                assert await sent(client, address, actor is not None) in (302, 303, 401, 403, 404), f"{name}: {address}"
                assert await db.value(EVERYTHING) == before, f"{name}: {address}"


@pytest.mark.slow
@pytest.mark.parametrize("stage", [Stage.UNSIGNED, Stage.SIGNED])
async def test_the_parties_of_a_case_take_no_act_that_is_not_theirs_and_none_that_eliminates(
    database: Database, stage: Stage
) -> None:
    async with market(database) as app, an_office(database) as office:
        case = await ripe(office, CaseGround.LOW_RANKING, stage)
        state = CaseState.DECIDING if stage is Stage.UNSIGNED else CaseState.SIGNED
        for actor in (case.agency, office.drafter, office.confirmer, office.signer):
            client = await signed_in(app, actor)
            for address in addresses(case):
                action = ACTS[address.rsplit("/", 1)[1]].action
                before = await db.value(EVERYTHING)
                if action in CASE.open_to(state, actor.role) and action is not CaseAction.SIGN:
                    continue
                if action is CaseAction.SIGN and actor is office.signer and stage is Stage.UNSIGNED:
                    continue
                assert await sent(client, address, signed=True) in (403, 404, 409, 422), f"{actor.role}: {address}"
                assert await db.value(EVERYTHING) == before, f"{actor.role}: {address}"
        assert await db.value("select state from agency where id = $1", case.agency_id) == "admitted"


@pytest.mark.slow
async def test_only_the_worker_executes_and_no_form_of_any_route_does(database: Database) -> None:
    """Send every form of the market to every address, as everybody, with an elimination signed and its minute there."""
    assert {role for move in CASE.moves if move.action is CaseAction.EXECUTE for role in move.roles} == {Role.SYSTEM}
    async with market(database) as app, an_office(database) as office:
        case = await ripe(office, CaseGround.LOW_RANKING, Stage.SIGNED)
        ours = (case.agency, office.drafter, office.signer)
        clients = [client for client, actor in (await everybody(office, app)).values() if actor]
        clients += [await signed_in(app, actor) for actor in ours]
        told = {"number": case.number, "key": "1", "uscc": await db.value("select uscc from agency")}
        for path, method, _ in handlers(app):
            if method in SAFE_METHODS or path in DOORS:
                continue
            address = re.sub(r"\{(\w+):\w+\}", lambda found: told.get(found[1], "1"), path)
            for client in clients:
                await client.request(method, address, data=TYPED | told | {"_csrf": csrf(client)})
        assert await db.value("select count(*) from agency where state = 'eliminated'") == 0
        assert await db.value("select count(*) from measure") + await db.value("select count(*) from agency_bar") == 0
