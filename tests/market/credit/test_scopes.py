"""Lists are cut to a regulator's scope in the database, by the very rule of `Actor.may_see`."""

from dataclasses import replace

from market import db
from market.credit.queries.scopes import in_scope, reach
from market.credit.service import abandonments
from market.kernel.roles import Actor, Role, Scope
from tests.build_abandonments import LAPSED, declined, recorded
from tests.build_cases import a_regulator
from tests.build_contracts import some_deals
from tests.server import Database
from tests.web import market, signed_in

PLACES = [(place, trade) for place in ("990100", "990102", "990200", "440100") for trade in ("ecology", "water", None)]
ACTORS = [
    *(
        Actor(Role.REGULATOR, "丙", 1, 1, None, tuple(Scope(*each) for each in scopes))
        for scopes in ([("990102", None)], [("990000", "water"), ("440100", "ecology")], [("990100", "ecology")], [])
    ),
    Actor(Role.AUDITOR, "丁", 1, 1),
    Actor(Role.OPERATOR, "戊", 1, 1),
]


async def test_the_database_sees_what_an_actor_may_see(database: Database) -> None:
    sql = f"select division, trade from unnest($1::text[], $2::text[]) as n (division, trade) where {in_scope('n', 3)}"
    places = [list(each) for each in zip(*PLACES, strict=True)]

    for actor in ACTORS:
        seen = await db.fetch(sql, *places, *reach(actor))
        assert [tuple(each) for each in seen] == [each for each in PLACES if actor.may_see(*each)], actor


async def test_a_list_of_abandonments_is_cut_to_its_scope_before_it_is_paged(database: Database) -> None:
    async with some_deals(database) as deals:
        regulator = await a_regulator(database)
        for _ in range(3):
            await declined(deals)
        numbers = await recorded(LAPSED)
        elsewhere = replace(regulator, scopes=(Scope("440100"),))

        pages = [await abandonments.listed(regulator, LAPSED, limit=2, offset=at) for at in (0, 2, 4)]

        assert [[each.given.id for each in rows] for rows, _ in pages] == [numbers[:0:-1], numbers[:1], []]
        assert [total for _, total in pages] == [3, 3, 3]
        assert await abandonments.listed(elsewhere, LAPSED, limit=2) == ([], 0)
        rows, total = await abandonments.listed(deals.agency, LAPSED, limit=1, offset=1)
        assert ([each.given.id for each in rows], total) == ([numbers[1]], 3)


async def test_there_is_no_page_of_abandonments_beyond_the_last(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.REGULATOR)

        assert (await client.get("/regulator/abandonments")).status_code == 200
        assert (await client.get("/regulator/abandonments?page=2")).status_code == 404
