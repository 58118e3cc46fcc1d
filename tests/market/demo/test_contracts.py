"""The contracts and reviews of the sample city: acts as the market would have taken them."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from market.contracts.states import CONTRACT, ContractState
from market.demo.load import make
from market.demo.plan import Plan
from market.demo.rows import City
from market.kernel.canonical import digest

PLAN = Plan(seed=7, until=date(2026, 11, 24), scale=0.02)


@pytest.fixture(scope="module")
def city() -> City:
    return make(PLAN, lambda _words: None)


def entries(city: City) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in city.tables["ledger_entry"]:
        found.setdefault(row["subject"], []).append(json.loads(row["body"]))
    return found


def test_every_confirmed_award_has_one_contract(city: City) -> None:
    confirmed = {row["id"] for row in city.tables["award"] if row["state"] == "confirmed"}
    contracts = [row["award"] for row in city.tables["contract"]]

    assert set(contracts) == confirmed
    assert len(contracts) == len(confirmed) > 50


def test_most_contracts_end_and_some_are_under_way(city: City) -> None:
    states = Counter(row["state"] for row in city.tables["contract"])

    assert states["closed"] > 0.6 * sum(states.values())
    assert len(states) >= 4


def test_who_waits_for_the_clock_says_for_what_moment(city: City) -> None:
    ends = set(CONTRACT.ends()) | {ContractState.TERMINATED}
    for row in city.tables["contract"]:
        assert row["next_check_at"] is None or row["state"] not in ends
        if row["state"] == "delivered":
            assert row["next_check_at"] == row["silence_at"] >= PLAN.cut


def test_each_contract_tells_its_acts_in_the_log_in_their_order(city: City) -> None:
    told = entries(city)
    for row in city.tables["contract"]:
        kinds = [each["type"] for each in told[row["number"]]]
        assert kinds[0] == "contract.due"
        assert ("contract.signed" in kinds) is (row["signed_at"] is not None)
        assert ("contract.closed" in kinds) is (row["state"] == "closed")
        assert kinds.count("contract.delivered") == kinds.count("contract.returned") + (
            1 if row["state"] in ("delivered", "accepted", "accepted_by_silence", "closed") else 0
        )


def test_what_came_late_came_after_its_deadline(city: City) -> None:
    facts = city.tables["late_fact"]

    assert facts
    for row in facts:
        assert row["recorded_at"] > row["due_at"]
        assert row["ended_at"] is None or row["ended_at"] >= row["due_at"]


def test_reviews_are_revealed_in_pairs_and_say_what_was_sealed(city: City) -> None:
    told, numbers = entries(city), {row["id"]: row["number"] for row in city.tables["contract"]}
    sealed = {row["review"]: row for row in city.tables["sealed_review"]}
    pairs: dict[int, list[dict[str, Any]]] = {}
    for row in city.tables["review"]:
        pairs.setdefault(row["contract"], []).append(row)
    for contract, pair in pairs.items():
        logged = [each for each in told[numbers[contract]] if each["type"] == "review"]
        assert [row["side"] for row in pair] == ["owner", "agency"]
        assert pair[0]["revealed_at"] == pair[1]["revealed_at"]
        assert len(logged) == (2 if pair[0]["revealed_at"] else 0)
        for row in pair:
            assert (row["state"] in ("submitted", "revealed")) is (row["id"] in sealed)
            if row["state"] == "revealed":
                kept = sealed[row["id"]]
                opened = digest({"d": "doc", "salt": kept["salt"], "doc": json.loads(kept["document"])})
                assert row["sealed_hash"] == opened
