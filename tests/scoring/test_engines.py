"""The engines against the paper's reference values, and against counting every case."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, prod

import numpy as np
import pytest

from scoring.engines import (
    at_least,
    e_flags,
    e_values,
    fisher_greater,
    odds_ratio,
    places_of,
    q_values,
    replayed_p,
    seed_of,
    wilson,
)
from scoring.periods import Ints


def test_ten_choices_of_a_fifth_give_six_by_chance_in_six_of_a_thousand() -> None:
    assert at_least([0.2] * 10, 6) == pytest.approx(0.0063693824, abs=1e-12)


def test_unequal_chances_are_convolved_exactly() -> None:
    assert at_least([1 / 2, 1 / 4, 1 / 5], 2) == pytest.approx(9 / 40, abs=1e-15)


@pytest.mark.parametrize(("n", "critical"), [(5, 5), (8, 7), (10, 7), (20, 11)])
def test_the_critical_count_at_one_in_a_thousand_is_the_papers(n: int, critical: int) -> None:
    assert at_least([0.2] * n, critical) <= 0.001 < at_least([0.2] * n, critical - 1)


@pytest.mark.parametrize(
    ("eligible", "share", "contracts"),
    [(5, 0.6, (16, 21)), (5, 0.8, (7, 10)), (5, 1.0, (3, 5)), (3, 0.6, (35, 55)), (3, 0.8, (11, 18)), (3, 1.0, (5, 7)),
     (8, 0.6, (10, 14)), (8, 0.8, (4, 7)), (8, 1.0, (3, 4))],
)  # fmt: skip
def test_the_fewest_contracts_that_show_a_captured_owner_are_the_papers(
    eligible: int, share: float, contracts: tuple[int, int]
) -> None:
    assert tuple(_fewest(1 / eligible, share, alpha) for alpha in (0.01, 0.001)) == contracts


def _fewest(fair: float, share: float, alpha: float) -> int:
    """Return the fewest trials at which a share is found four times in five, at an error of *alpha*."""
    for trials in range(1, 100):
        critical = next((x for x in range(trials + 1) if at_least([fair] * trials, x) <= alpha), trials + 1)
        if at_least([share] * trials, critical) >= 0.8:
            return trials
    raise AssertionError


@pytest.mark.parametrize("hits", range(6))
def test_the_tail_of_unequal_trials_equals_counting_every_outcome(hits: int) -> None:
    chances = [Fraction(n, 11) for n in (1, 3, 4, 9, 10)]
    every = (
        prod(p if won else 1 - p for p, won in zip(chances, outcome, strict=True))
        for outcome in product((True, False), repeat=5)
        if sum(outcome) >= hits
    )

    assert at_least([float(p) for p in chances], hits) == pytest.approx(float(sum(every)), abs=1e-14)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((11, 1, 8, 32), 1.233e-5),
        ((8, 2, 1, 9), 0.0027387473),
        ((20, 0, 30, 20), 2.911e-4),
        ((4, 16, 10, 990), 9.53e-5),
    ],
)
def test_fishers_test_gives_the_reference_values(table: tuple[int, int, int, int], p: float) -> None:
    assert fisher_greater(table) == pytest.approx(p, rel=1e-3)


def test_fishers_test_equals_counting_every_assignment() -> None:
    a, b, c, d = table = (4, 2, 1, 4)
    drawn = combinations(range(a + b + c + d), a + c)
    reached = sum(sum(place < a + b for place in places) >= a for places in drawn)

    assert fisher_greater(table) == pytest.approx(reached / comb(11, 5), abs=1e-14)


def test_strata_are_added_and_not_pooled() -> None:
    # Two balanced years whose pooled table shows an effect that neither has.
    assert fisher_greater((9, 1, 9, 1), (1, 9, 1, 9)) > 0.5
    assert fisher_greater((3, 1, 1, 3), (3, 1, 1, 3)) < fisher_greater((3, 1, 1, 3))
    assert fisher_greater((3, 1, 1, 3), (0, 0, 0, 0)) == fisher_greater((3, 1, 1, 3))


def test_an_odds_ratio_without_end_is_no_number() -> None:
    assert odds_ratio((11, 1, 8, 32)) == 44
    assert odds_ratio((8, 2, 1, 9)) == 36
    assert odds_ratio((8, 0, 1, 9)) is None


def test_q_values_are_those_of_benjamini_and_hochberg_in_any_order() -> None:
    p, q = (0.001, 0.008, 0.039, 0.041, 0.6), (0.005, 0.02, 0.05125, 0.05125, 0.6)

    assert q_values(p) == pytest.approx(q)
    assert q_values(p[::-1]) == pytest.approx(q[::-1])
    assert q_values([]) == []


def test_hypotheses_that_are_not_listed_still_count() -> None:
    assert q_values([0.01, 0.02], 10) == pytest.approx(q_values([0.01, 0.02, *[1.0] * 8])[:2])


def test_the_e_value_gives_the_reference_values() -> None:
    chances, won = np.array([1 / 2, 1 / 4, 1 / 5]), np.array([True, True, False])

    assert e_values(chances, won, (2,))[-1] == pytest.approx(16 / 9)
    assert e_values(chances, won)[-1] == pytest.approx(1.937599, abs=1e-6)


def test_the_e_value_is_one_on_average_if_nobody_cheats() -> None:
    chances = (0.5, 0.25, 0.2, 0.8)
    mean = sum(
        prod(p if won else 1 - p for p, won in zip(chances, outcome, strict=True))
        * float(e_values(np.array(chances), np.array(outcome))[-1])
        for outcome in product((True, False), repeat=4)
    )

    assert mean == pytest.approx(1)


@pytest.mark.parametrize(
    ("evidence", "kept"),
    [((100, 30, 2, 0.5), [True, True, False, False]), ((2, 100), [False, True]), ((9, 1), [False, False]), ((), [])],
)
def test_the_e_bh_procedure_keeps_the_first_that_suffice(evidence: tuple[float, ...], kept: list[bool]) -> None:
    assert e_flags(evidence, 0.1) == kept


def test_wilsons_interval_solves_its_own_equation_and_stays_in_range() -> None:
    low, high = wilson(6, 10)

    for bound in (low, high):
        assert abs(0.6 - bound) == pytest.approx(1.959963984540054 * (bound * (1 - bound) / 10) ** 0.5)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == pytest.approx(1)
    assert wilson(0, 0) == (0, 1)


def first_words(words: np.ndarray) -> Ints:
    """Return a statistic that is uniform on 0 … 999."""
    return places_of(words[:, :1], np.array([1000]))[:, 0]


def test_a_statistic_chance_reaches_often_stops_at_the_first_stage() -> None:
    p, worlds = replayed_p(500, first_words, 1, 7)

    assert worlds < 99
    assert p == 20 / worlds


def test_a_statistic_chance_never_reaches_is_tried_to_the_last_stage() -> None:
    assert replayed_p(1000, first_words, 1, 7) == (1 / 10_000, 9_999)


def test_an_undecided_statistic_goes_on_to_the_next_stage_and_the_same_seed_says_the_same() -> None:
    p, worlds = replayed_p(950, first_words, 3, 7)

    assert 99 < worlds < 999
    assert p == pytest.approx(0.05, rel=0.6)
    assert replayed_p(950, first_words, 3, 7) == (p, worlds)
    assert replayed_p(950, first_words, 3, 8) != (p, worlds)


def test_places_are_uniform_and_never_outside() -> None:
    ends = np.array([[0, 2**64 - 1, 2**63, 2**32 - 1]], dtype=np.uint64)

    assert places_of(ends, np.array([5, 5, 2, 9])).tolist() == [[0, 4, 1, 0]]


def test_a_seed_is_the_hash_of_what_it_is_for() -> None:
    assert f"{seed_of('M02', 'x'):064x}" == "52ad088fcd672367863fccaca3727ad007afff623da138a6c2b71cf5346f2fb4"
