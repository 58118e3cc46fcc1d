"""The planted schemes: acts that can be seen for what they are, and told to nobody but tests and benchmarks."""

import json
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from market.credit import evaluation
from market.demo.load import load, make
from market.demo.plan import Plan
from market.demo.rows import City
from market.demo.schemes import ABANDONED
from market.demo.truth import FILE, write
from tests.server import Database

PLAN = Plan(seed=1, until=date(2026, 11, 24), scale=0.1)
SMALL = Plan(seed=1, until=date(2026, 11, 24), scale=0.02)


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
