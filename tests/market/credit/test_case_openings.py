"""What the clock opens an elimination case on, with every condition taken away in turn."""

import asyncpg
import pytest

from market import db
from market.agencies import service as agencies
from market.credit.service import cases, openings
from tests.build_agencies import NOW, an_agency
from tests.build_cases import LOW, SECOND, a_regulator, advanced, low_rankings
from tests.build_contracts import DAY

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


async def a_next_edition(database, at):
    """Publish the latest ranking again as its next edition, with the same scores."""
    owner = await asyncpg.connect(database.url("market_owner"))
    run = await owner.fetchval(
        "insert into score_run (as_of, number, ruleset, code_version, inputs_hash, result_hash, signals_hash, agencies,"
        " computed_at) select as_of, 2, ruleset, code_version, inputs_hash, result_hash, signals_hash, agencies,"
        " computed_at from score_run order by as_of desc limit 1 returning id"
    )
    await owner.execute(
        "insert into agency_score (run, agency, place, grade, total, parts, lines)"
        " select $1, agency, place, grade, total, parts, lines from agency_score order by run desc limit 1",
        run,
    )
    await owner.execute(
        "insert into ranking (slot, edition, run, state, archive, drafted_at, objections_until_at, confirmed_by,"
        " confirmed_for, confirmed_at, published_at, changes) select slot, 2, $1, state, archive, drafted_at,"
        " objections_until_at, confirmed_by, confirmed_for, confirmed_at, $2, changes from ranking"
        " order by slot desc limit 1",
        *(run, at),
    )
    await owner.close()


async def test_a_next_edition_of_the_same_quarters_opens_nothing_and_uses_up_no_number(database):
    _, _, agency_id = await an_agency()
    await low_rankings(database, agency_id, await a_regulator(database))
    await opened()
    await a_next_edition(database, NOW)
    owner = await asyncpg.connect(database.url("market_owner"))
    last = "select last_value from credit_case_id_seq"
    before = await owner.fetchval(last)

    assert await opened() == ["low_ranking"]
    assert await owner.fetchval(last) == before
    await owner.close()


@pytest.mark.parametrize(("dismissed", "cases_there_are"), [(-SECOND, 1), (0 * SECOND, 2), (SECOND, 2)])
async def test_a_case_dismissed_once_its_ranking_was_replaced_is_opened_anew_on_what_counts_now(
    database, dismissed, cases_there_are
):
    _, _, agency_id = await an_agency()
    regulator = await a_regulator(database)
    await low_rankings(database, agency_id, regulator)
    await opened()
    number = await db.value("select number from credit_case")
    await advanced(number, NOW)
    await a_next_edition(database, NOW + DAY)

    await cases.dismiss(number, "示例理由", actor=regulator, now=NOW + DAY + dismissed)

    for _ in range(2):
        await openings.open_due(NOW + 2 * DAY)
        assert await db.value("select count(*) from credit_case") == cases_there_are
    cites = "select r.edition from credit_case c join ranking r on r.id = c.ranking_last order by c.id"
    assert [each["edition"] for each in await db.fetch(cites)] == [1, 2][:cases_there_are]


async def test_no_case_is_opened_against_who_has_left(database):
    actor, _, agency_id = await an_agency()
    await low_rankings(database, agency_id, await a_regulator(database))
    await agencies.leave(actor=actor, now=NOW)

    assert await opened() == []
