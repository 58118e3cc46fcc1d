"""What the clock opens an elimination case on, with every condition taken away in turn."""

import pytest

from market import db
from market.agencies import service as agencies
from market.credit.service import openings
from tests.build_agencies import NOW, an_agency
from tests.build_cases import LOW, a_regulator, low_rankings

FAIR = '{"performance": {"value": 6100}, "supervision": {"value": 5900}}'
AT_THE_LIMIT = '{"performance": {"value": 6000}}'
ONE_UNDER = '{"performance": {"value": 5999}}'
NEITHER = '{"reviews": {"value": 1000}}'


async def opened() -> list[str]:
    await openings.open_due(NOW)
    return [each["ground"] for each in await db.fetch("select ground from credit_case order by id")]


@pytest.mark.parametrize(
    ("grades", "parts", "expected"),
    [
        ("DD", (LOW, LOW), ["low_ranking"]),
        ("DD", (ONE_UNDER, LOW), ["low_ranking"]),
        ("CD", (LOW, LOW), []),
        ("DC", (LOW, LOW), []),
        ("ND", (LOW, LOW), []),
        ("DN", (LOW, LOW), []),
        ("DD", (FAIR, LOW), []),
        ("DD", (LOW, FAIR), []),
        ("DD", (LOW, AT_THE_LIMIT), []),
        ("DD", (LOW, NEITHER), []),
    ],
)
async def test_two_published_d_open_one_case_and_nothing_less_does(database, grades, parts, expected):
    _, _, agency_id = await an_agency()
    await low_rankings(database, agency_id, await a_regulator(database), grades, parts)

    assert await opened() == expected
    assert await opened() == expected  # a second look opens nothing more


async def test_no_case_is_opened_against_who_has_left(database):
    actor, _, agency_id = await an_agency()
    await low_rankings(database, agency_id, await a_regulator(database))
    await agencies.leave(actor=actor, now=NOW)

    assert await opened() == []
