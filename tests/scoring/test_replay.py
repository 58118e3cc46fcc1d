"""Null replays and planted schemes, small: the benchmarks run the same functions at full size."""

import pytest

from scoring.replay import Replayed, d01, f01, l01, m02, seeds_from, t01

SEED = 20_260_930


def test_the_seeds_come_from_the_environment() -> None:
    assert seeds_from({"MARKET_BENCH_SEEDS": "7, 8 9"}) == (7, 8, 9)
    assert seeds_from({}) == seeds_from({"MARKET_BENCH_SEEDS": " "}) == tuple(range(1, 21))


def test_the_same_seed_replays_the_same_worlds() -> None:
    assert t01(3, cities=4) == t01(3, cities=4)
    assert t01(3, cities=4).p_values != t01(4, cities=4).p_values


def test_fair_markets_give_p_values_that_are_spread_evenly_and_hardly_a_signal() -> None:
    found = m02(SEED, markets=60)

    assert (found.tested, found.planted, found.recall) == (60, 0, None)
    assert found.wrong <= 6
    assert _distance_from_even(found) < 1.63 / 60**0.5  # Kolmogorov-Smirnov at one in a hundred


def _distance_from_even(found: Replayed) -> float:
    values = sorted(found.p_values)
    size = len(values)
    return max(max(place / size - p, p - (place - 1) / size) for place, p in enumerate(values, 1))


def test_a_market_most_of_which_one_agency_gets_is_found() -> None:
    found = m02(SEED, markets=20, favour=0.9)

    assert (found.planted, found.found) == (2, 2)
    assert found.wrong == 0


def test_captured_owners_are_found_and_tastes_seldom_taken_for_it() -> None:
    null, planted = l01(SEED, owners=100), l01(SEED, owners=100, steer=0.8)

    assert null.wrong <= 1
    assert planted.wrong <= 2
    assert planted.recall == pytest.approx(0.87, abs=0.14)


def test_an_agency_that_ties_is_found_and_nobody_else() -> None:
    null, planted = t01(SEED, cities=10), t01(SEED, cities=10, tied=0.8)

    assert null.wrong == 0
    assert planted.recall is not None
    assert planted.recall >= 0.9
    assert planted.wrong == 0


def test_a_designated_agency_is_found_and_fair_authorities_are_left_alone() -> None:
    null, planted = d01(SEED, places=20), d01(SEED, places=20, designated=0.9)

    assert (null.planted, null.wrong) == (0, 0)
    assert (planted.planted, planted.found, planted.wrong) == (20, 20, 0)


def test_fair_luck_in_draws_almost_never_reaches_the_evidence_and_tripled_odds_do() -> None:
    assert sum(at > 0 for at in f01(SEED)) <= 2
    assert all(at > 0 for at in f01(SEED, agencies=20, odds=3.0))
