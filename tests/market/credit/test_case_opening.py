"""Opening a case: on facts, once."""

from dataclasses import replace

import pytest

from market import db
from market.credit.service import cases
from market.kernel.errors import Forbidden, Invalid
from market.kernel.roles import PUBLIC, SYSTEM, Role
from tests.build_agencies import NOW, an_actor
from tests.build_cases import an_opening
from tests.server import Database


async def test_the_same_facts_open_one_case_for_ever(database: Database) -> None:
    opening = await an_opening()

    first = await cases.open_case(opening, actor=SYSTEM, now=NOW)
    again = await cases.open_case(opening, actor=SYSTEM, now=NOW)
    other = await cases.open_case(replace(opening, fact_key="other"), actor=SYSTEM, now=NOW)

    assert first == again != other
    assert await db.value("select count(*) from ledger_entry where type = 'case.opened'") == 2


async def test_only_the_clock_and_a_regulator_of_the_place_open_a_case(database: Database) -> None:
    opening = await an_opening()
    far = await an_actor(Role.REGULATOR, trades=("water",))

    for actor in (PUBLIC, await an_actor(Role.OPERATOR), far):
        with pytest.raises(Forbidden):
            await cases.open_case(opening, actor=actor, now=NOW)

    assert await db.value("select count(*) from credit_case") == 0


async def test_a_case_without_facts_or_a_clause_is_refused_with_both_reasons(database: Database) -> None:
    opening = replace(await an_opening(), facts=(), clause=" ")

    with pytest.raises(Invalid) as refused:
        await cases.open_case(opening, actor=SYSTEM, now=NOW)

    assert [reason.field for reason in refused.value.reasons] == ["clause", "facts"]
