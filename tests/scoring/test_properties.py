"""What holds for every market: order, sums, range, and how far one star reaches."""

import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.counted import Counted, from_case
from scoring.credit import score, score_parts, work
from scoring.lines import lines
from scoring.params import CREDIT_SCORE_1
from scoring.report import run_case
from scoring.sums import sums_of
from tests.scoring.independent_score import score as independent

Case = dict[str, Any]
AGENCIES = ("A", "B", "C", "D", "E")
RATES = ("on_time", "signed_in_time", "billed_within", "accepted_first", "kept")

agency = st.sampled_from(AGENCIES)
owner = st.sampled_from(["O1", "O2", "O3"])
age = st.integers(0, 35)
review = st.fixed_dictionaries(
    {
        "agency": agency,
        "owner": owner,
        "family": st.sampled_from(["EIA", "MAP"]),
        "months": age,
        "stars": st.lists(st.integers(1, 5), min_size=5, max_size=5),
    }
)
contract = st.fixed_dictionaries(
    {
        "agency": agency,
        "owner": owner,
        "ended_months": age,
        **dict.fromkeys(RATES, st.sampled_from([True, False, None])),
    }
)
cases = st.fixed_dictionaries(
    {
        "agencies": st.just(list(AGENCIES)),
        "reviews": st.lists(review, max_size=70),
        "contracts": st.lists(contract, max_size=70),
        "checks": st.lists(st.fixed_dictionaries({"agency": agency, "passed": st.booleans()}), max_size=9),
        "public_credit": st.dictionaries(agency, st.sampled_from("ABCD")),
        "entries": st.lists(
            st.fixed_dictionaries({"agency": agency, "points": st.sampled_from([-300, -800, -2000, 100])}), max_size=20
        ),
    }
)
some = settings(max_examples=15, deadline=None, derandomize=True)


def counted_of(case: Case) -> Counted:
    return from_case(case, CREDIT_SCORE_1)


def lines_of(case: Case) -> pd.DataFrame:
    counted = counted_of(case)
    return lines(work(counted, sums_of(counted, CREDIT_SCORE_1)))


@some
@given(cases)
def test_the_package_and_the_independent_program_agree(case: Case) -> None:
    assert run_case(case) == [independent(name, case) for name in AGENCIES]


@some
@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case: Case, chance: random.Random) -> None:
    shuffled = {name: chance.sample(rows, len(rows)) if isinstance(rows, list) else rows for name, rows in case.items()}
    shuffled["agencies"] = case["agencies"]

    assert run_case(shuffled) == run_case(case)


@some
@given(cases)
def test_totals_are_the_sum_of_their_parts_and_lines_and_stay_in_range(case: Case) -> None:
    sums = lines_of(case).groupby("agency")["points"].sum()

    for row in run_case(case):
        if row["total"] is not None:
            assert row["total"] == sum(row["parts"].values()) == sums[row["agency"]]
            assert 0 <= row["total"] <= 10_000


@some
@given(cases, st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_any_partition_gives_the_same_scores(case: Case, places: list[int]) -> None:
    whole = counted_of(case)
    parts = [whole.of([name for name, at in zip(AGENCIES, places, strict=True) if at == part]) for part in range(3)]

    pd.testing.assert_frame_equal(score_parts(parts), score(whole))


@some
@given(cases)
def test_an_agency_without_rows_changes_nothing_for_others(case: Case) -> None:
    grown = {**case, "agencies": [*AGENCIES, "F"]}

    assert run_case(grown)[:-1] == run_case(case)


def a_market() -> Case:
    """Return a market in which some priors come from a family, some from all reviews."""
    chance = random.Random(3)
    sizes = {("A", "EIA"): 12, ("B", "EIA"): 15, ("C", "MAP"): 3, ("D", "EIA"): 9, ("E", "DRAWING"): 1}
    rows = [
        {"agency": name, "owner": f"O{chance.randint(1, 9)}", "family": family, "months": chance.randint(0, 9),
         "stars": [chance.randint(2, 4) for _ in range(5)]}
        for (name, family), size in sizes.items()
        for _ in range(size)
    ]  # fmt: skip
    return {
        "agencies": list(AGENCIES),
        "reviews": rows,
        "contracts": [],
        "checks": [],
        "public_credit": {},
        "entries": [],
    }


def reached_by(case: Case, changed: Case) -> set[str]:
    """Say whose prior a review enters: by its family where that is large enough, else by the market's mean."""
    found = set()
    for name in AGENCIES:
        others = [row for row in case["reviews"] if row["agency"] != name]
        for family in {row["family"] for row in case["reviews"] if row["agency"] == name}:
            large = sum(row["family"] == family for row in others) >= 20
            if changed["agency"] != name and (changed["family"] == family if large else len(others) >= 20):
                found.add(name)
    return found


@pytest.mark.parametrize("place", [0, 13, 28, 31, 39])
@pytest.mark.parametrize("step", [-1, 1])
def test_one_star_changes_the_lines_of_its_agency_and_of_those_whose_prior_it_enters(place: int, step: int) -> None:
    before = a_market()
    after = a_market()
    after["reviews"][place]["stars"][0] += step

    old, new = lines_of(before), lines_of(after)

    moved = {name for name in AGENCIES if not old[old["agency"] == name].equals(new[new["agency"] == name])}
    expected = reached_by(before, before["reviews"][place])
    assert before["reviews"][place]["agency"] in moved
    assert moved == expected | {before["reviews"][place]["agency"]}


def test_scoring_leaves_its_input_as_it_was() -> None:
    counted = counted_of(a_market())
    before = counted.reviews.copy()

    score(counted)

    pd.testing.assert_frame_equal(counted.reviews, before)
