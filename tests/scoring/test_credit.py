"""The rules of ``credit-score/1`` at their boundaries."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.arithmetic import apportion, half_up
from scoring.counted import Counted, from_case
from scoring.credit import score, score_parts
from scoring.params import AGE_WEIGHTS, CREDIT_SCORE_1, Params, as_rows

Case = dict[str, Any]
PASSED = {"on_time": True, "signed_in_time": True, "billed_within": True, "accepted_first": True, "kept": True}


def a_case(**rows: Any) -> Case:
    empty: Case = {
        "agencies": ["A", "B"],
        "reviews": [],
        "contracts": [],
        "checks": [],
        "public_credit": {},
        "entries": [],
    }
    return {**empty, **rows}


def review(agency: str = "A", owner: str = "O1", family: str = "EIA", months: int = 0, stars: int = 5) -> Case:
    return {"agency": agency, "owner": owner, "family": family, "months": months, "stars": [stars] * 5}


def contract(agency: str = "A", owner: str = "O1", months: int = 0, **shown: bool | None) -> Case:
    return {"agency": agency, "owner": owner, "ended_months": months, **PASSED, **shown}


def of(case: Case, agency: str = "A") -> Any:
    return score(from_case(case, CREDIT_SCORE_1)).set_index("agency").loc[agency]


def test_the_printed_age_weights_are_the_formula() -> None:
    assert len(AGE_WEIGHTS) == 36
    for months, weight in enumerate(AGE_WEIGHTS):
        # w − ½ ≤ 1000·2^(−m/12) < w + ½, raised to the twelfth power: whole numbers only.
        assert (2 * weight - 1) ** 12 * 2**months <= 2000**12 < (2 * weight + 1) ** 12 * 2**months


def test_every_number_has_a_unit_and_a_source() -> None:
    rows = as_rows(CREDIT_SCORE_1)

    assert {row["name"] for row in rows} == set(Params.__slots__)
    assert all(row["unit"] and row["source"] for row in rows)
    assert sum(dict(CREDIT_SCORE_1.part_weights).values()) == 10_000
    assert sum(dict(CREDIT_SCORE_1.dimensions).values()) == 100


@pytest.mark.parametrize(
    ("number", "divisor", "result"), [(0, 7, 0), (1, 2, 1), (4, 9, 0), (5, 10, 1), (49, 100, 0), (50, 100, 1)]
)
def test_a_half_is_rounded_up(number: int, divisor: int, result: int) -> None:
    assert half_up(np.asarray([number]), divisor).tolist() == [result]


def test_shares_add_up_to_the_whole() -> None:
    groups = np.asarray([0, 0, 0, 1, 1, 2])

    shares = apportion(np.asarray([100, 5, 7]), groups, np.asarray([1, 1, 1, 3, 0, 0]))

    assert shares.tolist() == [33, 34, 33, 5, 0, 0]


@pytest.mark.parametrize(("others", "prior"), [(19, 8000), (20, 2500), (21, 2500)])
def test_twenty_reviews_of_others_in_the_family_make_a_prior(others: int, prior: int) -> None:
    case = a_case(reviews=[review(stars=5), *(review("B", stars=2) for _ in range(others))])

    assert of(case).reviews_value == int(Fraction(10_000 * prior + 1000 * 10_000, 11_000) + Fraction(1, 2))


def test_reviews_of_other_families_make_the_prior_where_the_family_is_small() -> None:
    case = a_case(reviews=[review(), *(review("B", stars=3) for _ in range(19)), review("B", family="MAP", stars=3)])

    assert of(case).reviews_value == 5455  # (10,000·5,000 + 1,000·10,000) / 11,000


def test_an_agency_does_not_enter_its_own_prior() -> None:
    few, many = ([review(owner=f"O{n}") for n in range(count)] for count in (1, 60))

    assert of(a_case(reviews=few)).reviews_value == 8182
    assert of(a_case(reviews=many)).reviews_value == 9714  # the prior is still 8,000


@pytest.mark.parametrize(("count", "value"), [(2, 8333), (3, 8412)])
def test_one_owner_never_weighs_more_than_a_fifth(count: int, value: int) -> None:
    # Two reviews weigh 2,000 of a cap of 2,400; three weigh 3,000 of 2,600 and are cut to 866 each.
    assert of(a_case(reviews=[review() for _ in range(count)])).reviews_value == value


@pytest.mark.parametrize(("others", "market"), [(19, 9000), (20, 5000), (21, 4762)])
def test_twenty_contracts_of_others_make_a_market_rate(others: int, market: int) -> None:
    rows = [contract("B", **dict.fromkeys(PASSED, False)) for _ in range(others)]
    rows += [contract("B", **dict.fromkeys(PASSED)) for _ in range(9)]  # not judged: they do not count
    # Half of the judged pass, as nearly as an odd number allows.
    rows[: others // 2] = [contract("B") for _ in range(others // 2)]

    found = of(a_case(contracts=[contract(), *rows])).performance_value

    assert found == int(Fraction(10 * market + 10_000, 11) + Fraction(1, 2))


def test_a_market_rate_is_never_better_than_ninety_five_percent() -> None:
    case = a_case(contracts=[contract(**dict.fromkeys(PASSED)), *(contract("B") for _ in range(50))])

    assert of(case).performance_value == 9500


def test_performance_is_present_even_if_no_rate_was_judged() -> None:
    assert of(a_case(contracts=[contract(**dict.fromkeys(PASSED))])).performance_value == 9000


def test_the_weight_of_absent_parts_is_shared_out_in_proportion() -> None:
    row = of(a_case(public_credit={"A": "B"}, checks=[{"agency": "A", "passed": True}] * 5))

    assert (row.present_weight, row.supervision, row.public_credit) == (3000, 6333, 2667)
    assert pd.isna(row.reviews)
    assert pd.isna(row.performance)


@pytest.mark.parametrize(("level", "points"), [("A", 10_000), ("B", 8000), ("C", 5000), ("D", 0)])
def test_a_level_of_public_credit_has_its_value(level: str, points: int) -> None:
    assert of(a_case(public_credit={"A": level})).total == points


@pytest.mark.parametrize(("count", "points"), [(1, 100), (4, 400), (5, 500), (6, 500)])
def test_commendations_earn_five_hundred_at_most(count: int, points: int) -> None:
    assert of(a_case(entries=[{"agency": "A", "points": 100}] * count)).entries == points


def test_the_cap_of_commendations_is_applied_before_what_breaches_cost() -> None:
    case = a_case(entries=[{"agency": "A", "points": 100}] * 9 + [{"agency": "A", "points": -300}])

    assert of(case).entries == 200


@pytest.mark.parametrize(
    ("level", "points", "limit", "total"), [("D", -300, 300, 0), ("A", 100, -100, 10_000), ("C", -300, 0, 4700)]
)
def test_the_limit_brings_the_sum_into_the_range(level: str, points: int, limit: int, total: int) -> None:
    row = of(a_case(public_credit={"A": level}, entries=[{"agency": "A", "points": points}]))

    assert (row.limit, row.total) == (limit, total)


def total_by_entries(total: int, contracts: list[Case]) -> Any:
    """Give agency A exactly *total* by an entry of whatever size that takes."""
    case = a_case(contracts=contracts, public_credit={"A": "A"})
    missing = total - int(of(case).total)
    grown = case | {"entries": [{"agency": "A", "points": missing}]} if missing < 0 else case
    row = of(grown)
    assert row.total == total
    return row


EIGHT = [contract(owner=f"O{n % 3}") for n in range(8)]


@pytest.mark.parametrize(
    ("total", "grade"),
    [(9001, "A"), (9000, "A"), (8999, "B"), (7500, "B"), (7499, "C"), (6000, "C"), (5999, "D"), (0, "D")],
)
def test_a_grade_begins_at_its_least_total(total: int, grade: str) -> None:
    assert total_by_entries(total, EIGHT).grade == grade


@pytest.mark.parametrize(
    ("contracts", "grade"),
    [
        ([contract(owner=f"O{n % 3}") for n in range(7)], "C*"),
        ([contract(owner=f"O{n % 3}") for n in range(8)], "D"),
        ([contract(owner=f"O{n % 2}") for n in range(8)], "C*"),
        ([*(contract(owner=f"O{n % 3}") for n in range(7)), contract(months=23)], "D"),
        ([*(contract(owner=f"O{n % 3}") for n in range(7)), contract(months=24)], "C*"),
        ([*(contract(owner=f"O{n % 2}") for n in range(8)), contract(owner="O2", months=24)], "C*"),
        ([contract() for _ in range(3)], "C*"),
        ([contract() for _ in range(2)], "N"),
        ([contract(), contract(), contract(months=24)], "N"),
        ([contract(), contract(), contract(months=23)], "C*"),
        ([], "N"),
    ],
)
def test_a_low_grade_needs_a_sample(contracts: list[Case], grade: str) -> None:
    assert total_by_entries(0, contracts).grade == grade


def test_contracts_of_thirty_six_months_ago_make_no_part() -> None:
    assert pd.isna(of(a_case(contracts=[contract(months=36)])).total)
    assert of(a_case(contracts=[contract(months=35)])).total == 9091


def test_an_agency_without_a_part_has_no_total_and_no_grade() -> None:
    row = of(a_case(entries=[{"agency": "A", "points": -300}]))

    assert pd.isna(row.total)
    assert (row.grade, row.entries, row.limit) == ("N", -300, 300)


def test_performance_and_supervision_alone_are_told_apart() -> None:
    row = of(a_case(reviews=[review(stars=1)], contracts=[contract()], checks=[{"agency": "A", "passed": False}]))

    assert row.objective_value == half_up(np.asarray([9091 * 3000 + 7500 * 2000]), 5000)[0]


def test_an_empty_market_has_no_scores() -> None:
    assert len(score(from_case(a_case(agencies=[]), CREDIT_SCORE_1))) == 0


def test_partitions_of_any_cut_give_the_same_scores() -> None:
    case = a_case(
        agencies=[f"A{n}" for n in range(7)],
        reviews=[review(f"A{n % 7}", f"O{n % 4}", f"F{n % 3}", n % 36, n % 5 + 1) for n in range(90)],
        contracts=[contract(f"A{n % 6}", f"O{n % 4}", n % 36, on_time=n % 3 > 0) for n in range(90)],
    )
    whole = from_case(case, CREDIT_SCORE_1)
    parts: list[Counted] = [whole.of(["A3"]), whole.of(["A0", "A6", "A1"]), whole.of(["A2", "A4", "A5"])]

    sent = pickle.loads(pickle.dumps(parts))  # as a pool of processes would
    pd.testing.assert_frame_equal(score_parts(sent), score(whole))
