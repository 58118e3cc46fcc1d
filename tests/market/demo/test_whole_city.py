"""The whole sample city after its past: who is graded how, what cases came to, and that nobody acts who is out."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from market import db
from market.credit import service as credit
from market.credit.service import exits
from market.demo.history import live_through
from market.demo.load import load, make
from market.demo.plan import Plan
from market.demo.quarters import QUARTERS, ended
from market.demo.rows import City
from tests.server import Database

pytestmark = pytest.mark.slow
PLAN = Plan(seed=1, until=date(2026, 11, 24), scale=1)
ENOUGH = 20


@pytest.fixture(scope="module")
async def city(module_database: Database) -> City:
    made = make(PLAN, lambda _words: None)
    await load(module_database.url("market_owner"), made, lambda _words: None)
    await live_through(ended(PLAN.until), until=PLAN.until)
    return made


async def scores_of(run: int) -> dict[str, dict[str, Any]]:
    rows = await db.fetch(
        "select a.uscc, s.grade, s.total from agency_score s join agency a on a.id = s.agency where s.run = $1", run
    )
    return {row["uscc"]: dict(row) for row in rows}


def shares(scores: dict[str, dict[str, Any]]) -> tuple[float, float]:
    """Return the shares of A and D among rated agencies."""
    counted = Counter(row["grade"] for row in scores.values() if row["grade"] != "N")
    return counted["A"] / counted.total(), counted["D"] / counted.total()


async def many_ended(uscc: str, day: date) -> bool:
    count: Any = await db.value(
        "select count(*) from contract c join agency a on a.id = c.agency where a.uscc = $1"
        " and coalesce(c.accepted_at, c.terminated_at, c.lapsed_at) < $2::date and c.due_at > $2::date - 700",
        uscc,
        day,
    )
    return int(count) >= ENOUGH


async def test_grades_are_spread_and_the_bad_are_found_and_the_slandered_is_not(city: City) -> None:
    rankings = await credit.published()

    assert [each.slot for each in reversed(rankings) if each.edition == 1] == ended(PLAN.until, QUARTERS)
    for ranking in rankings:
        scores = await scores_of(ranking.run)
        good, low = shares(scores)
        proven = [each["agency"] for each in city.truth["bad"] if await many_ended(each["agency"], ranking.slot)]

        assert 0.10 <= good <= 0.30, (ranking.slot, good)
        assert 0.01 <= low <= 0.04, (ranking.slot, low)
        assert proven
        assert {each: scores[each] for each in proven if scores[each]["grade"] != "D"} == {}
        assert all(scores[each["agency"]]["grade"] in "ABC" for each in city.truth["slandered"])


async def ways_of(ground: str) -> Counter[tuple[str, str | None, bool | None]]:
    rows = await db.fetch(
        "select c.state, d.measure, d.by_silence from credit_case c left join case_decision d"
        ' on d."case" = c.id where c.ground = $1',
        ground,
    )
    return Counter((row["state"], row["measure"], row["by_silence"]) for row in rows)


async def test_two_low_rankings_led_to_every_end_a_case_can_have(city: City) -> None:
    found = await ways_of("low_ranking")

    assert found["in_force", "elimination", False] >= 4
    assert found["reversed", "elimination", False] == 1
    assert found["in_force", "suspend_all", False] >= 1
    assert found["ended", "suspend_all", False] >= 1
    assert found["dismissed", None, None] >= 1
    assert found["escalated", None, None] >= 1
    assert {"noticed", "deciding"} <= {state for state, _, _ in found}
    how = {row["served_how"] for row in await db.fetch("select served_how from credit_case")}
    assert {"opened", "posted", "published"} <= how


async def test_three_abandonments_and_silence_led_to_eliminations_that_nobody_had_to_sign(city: City) -> None:
    found = await ways_of("abandonments")

    assert found["in_force", "elimination", True] >= 1
    states = {row["state"] for row in await db.fetch("select state from abandonment")}
    assert {"confirmed", "excused"} <= states


async def test_an_appeal_that_was_upheld_had_a_published_ranking_computed_anew(city: City) -> None:
    again = [each for each in await credit.published() if each.edition == 2]

    assert len(again) == 1
    assert await db.value("select count(*) from credit_entry where state = 'annulled'") == 1
    assert await db.value(
        "select count(*) from appeal p join case_decision d on d.id = p.decision"
        " where p.outcome = 'upheld' and p.decided_by not in (d.signed_by, d.drafted_by)"
    ) == 1  # fmt: skip


async def test_who_is_out_enters_no_notice_and_stands_on_the_page_of_exits(city: City) -> None:
    entered = await db.fetch(
        "select r.uscc, r.registered_at from registration r join measure m on m.agency = r.agency"
        " where m.kind in ('elimination', 'suspend_all') and r.registered_at >= m.begins_at"
        " and r.registered_at < coalesce(m.ended_at, m.ends_at)"
    )
    assert entered == []

    cut: datetime = PLAN.cut
    shown = {row["uscc"] for row in await exits.exits("elimination", cut, limit=1000)}
    out = {row["uscc"] for row in await db.fetch("select uscc from agency where state = 'eliminated'")}
    assert shown == out
    assert len(out) >= 6


async def test_a_qualification_lapsed_and_was_renewed_later(city: City) -> None:
    acts = Counter(row["type"] for row in city.tables["ledger_entry"])

    assert acts["qualification.lapsed"] > acts["qualification.renewed"] > 0


async def test_what_owners_say_of_a_tied_service_became_a_lead_and_a_case(city: City) -> None:
    told = await db.value(
        "select count(*) from signal s join score_run r on r.id = s.run where s.code = 'T01' and r.as_of = $1",
        ended(PLAN.until, QUARTERS)[-1],
    )
    found = await db.fetch(
        "select c.state, l.state as lead from credit_case c join lead l on l.id = c.lead where c.ground ="
        " 'forced_service'"
    )

    assert bool(found) == bool(told)
    assert {(row["state"], row["lead"]) for row in found} <= {("deciding", "case")}
