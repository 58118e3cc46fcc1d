"""The planted schemes: acts that can be seen for what they are, and told to nobody but tests and benchmarks."""

import csv
import io
import json
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from market import db
from market.credit import evaluation
from market.demo.history import ended
from market.demo.load import load, make
from market.demo.plan import Plan
from market.demo.rows import City
from market.demo.schemes import ABANDONED
from market.demo.truth import FILE, write
from tests.server import Database

PLAN = Plan(seed=1, until=date(2026, 11, 24), scale=0.1)
WHOLE = Plan(seed=1, until=date(2026, 11, 24), scale=1)
SMALL = Plan(seed=1, until=date(2026, 11, 24), scale=0.02)
ENOUGH = 20


@pytest.fixture(scope="module")
def city() -> City:
    return make(PLAN, lambda _words: None)


def agency(city: City, uscc: str) -> int:
    return int(next(row["id"] for row in city.tables["agency"] if row["uscc"] == uscc))


def planted(city: City, scheme: str) -> list[int]:
    return [agency(city, each["agency"]) for each in city.truth[scheme]]


def test_bad_agencies_have_many_contracts_and_serve_most_of_them_badly(city: City) -> None:
    for key in planted(city, "bad"):
        ended_here = [row for row in city.tables["contract"] if row["agency"] == key and row["accepted_at"]]
        poor = [row for row in ended_here if row["returns"] or row["first_delivered_at"].date() > row["agreed_on"]]
        checks = [row["passed"] for row in city.tables["supervision_check"] if row["agency"] == key]

        assert len(ended_here) >= 8
        assert len(poor) > 0.6 * len(ended_here)
        assert sum(checks) < 0.5 * len(checks)


def test_a_quitter_gives_up_what_it_won_within_a_year(city: City) -> None:
    since = PLAN.cut - timedelta(days=365)
    for key in planted(city, "quitters"):
        declined = [row for row in city.tables["registration"] if row["agency"] == key and row["state"] == "declined"]

        assert 3 <= len([row for row in declined if row["ended_at"] > since]) <= ABANDONED + 1


def test_a_captured_owner_orders_mostly_of_one_agency_without_a_draw(city: City) -> None:
    organisations = {row["uscc"]: row["id"] for row in city.tables["organisation"]}
    for pair in city.truth["captured"]:
        mine = [row for row in city.tables["notice"] if row["owner"] == organisations[pair["owner"]]]
        direct = Counter(row["direct_agency"] for row in mine if row["method"] == "direct")

        assert direct.most_common(1)[0][0] == agency(city, pair["agency"])
        assert direct.most_common(1)[0][1] > 0.4 * len(mine)


def test_only_planted_agencies_bill_more_than_their_guide(city: City) -> None:
    over = {row["agency"] for row in city.tables["contract"] if (row["billed_fen"] or 0) > row["guide_most_fen"]}

    assert over
    assert over <= {*planted(city, "over_guide"), *planted(city, "bad")}


def test_one_star_of_three_owners_and_praise_of_all_others(city: City) -> None:
    (key,) = set(planted(city, "slandered"))
    contracts = {row["id"]: row["owner"] for row in city.tables["contract"] if row["agency"] == key}
    reviews = [
        row
        for row in city.tables["review"]
        if row["contract"] in contracts and row["side"] == "owner" and row["state"] == "revealed"
    ]
    low = {contracts[row["contract"]] for row in reviews if row["quality"] == 1}

    assert 1 <= len(low) <= 3
    assert all(row["quality"] >= 3 for row in reviews if contracts[row["contract"]] not in low)


def test_every_approval_came_in_with_a_file_after_it_was_decided(city: City) -> None:
    files = {row["id"]: row for row in city.tables["record_import"]}

    assert city.tables["approval"]
    for row in city.tables["approval"]:
        assert files[row["source"]]["organisation"] == row["authority"]
        assert row["decided_at"] <= row["recorded_at"] < PLAN.cut


async def test_the_evaluation_never_opens_the_answers(database: Database, tmp_path: Path) -> None:
    city = make(SMALL, lambda _words: None)
    await load(database.url("market_owner"), city, lambda _words: None)
    write(city.truth, tmp_path)
    opened: list[str] = []
    sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)

    await evaluation.compute(date(2026, 9, 30))
    read_by_tests = json.loads((tmp_path / FILE).read_text())

    assert read_by_tests == city.truth
    assert [name for name in opened if name.endswith(FILE)] == [str(tmp_path / FILE)]


async def scores_of(day: date) -> dict[str, dict[str, str]]:
    found = await evaluation.compute(day)
    return {row["agency"]: row for row in csv.DictReader(io.StringIO(found.files["scores.csv"].decode()))}


def grades(scores: dict[str, dict[str, str]]) -> tuple[float, float]:
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


@pytest.mark.slow
async def test_grades_are_spread_and_the_bad_are_found_and_the_slandered_is_not(database: Database) -> None:
    city = make(WHOLE, lambda _words: None)
    await load(database.url("market_owner"), city, lambda _words: None)
    for day in ended(WHOLE.until, 3):
        scores = await scores_of(day)
        good, low = grades(scores)
        proven = [each["agency"] for each in city.truth["bad"] if await many_ended(each["agency"], day)]

        assert 0.10 <= good <= 0.30, (day, good)
        assert 0.01 <= low <= 0.04, (day, low)
        assert proven
        assert {
            each: (scores[each]["grade"], scores[each]["total"]) for each in proven if scores[each]["grade"] != "D"
        } == {}
        assert all(scores[each["agency"]]["grade"] in "ABC" for each in city.truth["slandered"])
