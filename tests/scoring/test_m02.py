"""M02: a concentrated market is noticed, chance and a scarce qualification are not."""

import numpy as np
import pytest

from scoring.facts import facts_of
from scoring.indicators.m02_excess_concentration import excess, market_of
from scoring.signals import Outcome
from tests.scoring.build import AS_OF
from tests.scoring.worlds import agency, m02, measured, signals, the, world

CONCENTRATED = (20, 12, 8, 0, 0)


def market(wins: tuple[int, ...]):
    facts = facts_of(world(m02(wins)), AS_OF)
    return market_of(facts.candidates, np.arange(len(facts.selections)))


@pytest.mark.parametrize(
    ("wins", "observed", "expected"), [((5, 3, 2, 0, 0), 0.38, 0.28), ((2, 1), 5 / 9, 2 / 3), ((3, 0), 1, 2 / 3)]
)
def test_concentration_and_its_mean_by_chance_are_the_papers(wins, observed: float, expected: float) -> None:
    assert market(wins).concentration() == pytest.approx(observed)
    assert market(wins).expected() == pytest.approx(expected)


def test_the_excess_is_the_papers() -> None:
    assert excess(0.38, 0.28) == pytest.approx(0.138889, abs=1e-6)
    assert excess(1.0, 1.0) == 0


def test_the_mean_of_replays_is_the_closed_form() -> None:
    facts = facts_of(world([{"owner": 0, "winner": n % 2, "pool": range(2 + n % 3)} for n in range(9)]), AS_OF)
    held = market_of(facts.candidates, np.arange(len(facts.selections)))
    words = np.asarray(np.random.PCG64(5).random_raw(4000 * 9), dtype=np.uint64).reshape(4000, 9)

    assert float(held.replayed(words).mean()) / 81 == pytest.approx(held.expected(), abs=0.005)


def test_a_market_two_agencies_share_is_a_signal() -> None:
    (found,) = signals("M02", world(m02(CONCENTRATED)))

    assert found.statistic == pytest.approx(0.38)
    assert found.expected == pytest.approx(0.22)
    assert found.effect == pytest.approx(0.16 / 0.78)
    assert found.p is not None
    assert found.p < 0.001
    assert len(found.rows) == 40


def test_an_even_market_is_none() -> None:
    assert the("M02", world(m02((10, 9, 8, 7, 6)))).outcome is Outcome.NONE


def test_an_agency_that_alone_holds_the_qualification_is_no_signal() -> None:
    rows = m02((20, 5, 5)) + m02((0,))
    for row in rows:
        row["pool"] = [0] if row["winner"] == 0 else [1, 2]

    found = the("M02", world(rows))

    assert found.statistic is not None
    assert found.statistic > 0.4
    assert found.outcome is Outcome.NONE


@pytest.mark.parametrize(
    ("wins", "owners", "missing"),
    [((10, 5, 4), 5, "notices 19/20"), ((10, 10), 5, "agencies 2/3"), ((10, 5, 5), 4, "owners 4/5"),
     ((3, 0), 1, "notices 3/20; agencies 2/3; owners 1/5")],
)  # fmt: skip
def test_a_guard_that_fails_says_what_is_missing(wins, owners: int, missing: str) -> None:
    found = the("M02", world(m02(wins, owners)))

    assert (found.outcome, found.missing, found.p) == (Outcome.INSUFFICIENT, missing, None)


def test_twenty_notices_three_agencies_and_five_owners_suffice() -> None:
    assert not the("M02", world(m02((10, 5, 5)))).missing


def test_draws_are_shown_alone() -> None:
    rows = m02(CONCENTRATED) + m02((3, 2, 2, 2, 1), method="random_draw")

    numbers = the("M02", world(rows)).numbers

    assert (numbers["draws_n"], numbers["chosen_n"]) == (10, 40)
    assert numbers["draws_p"] > 0.2
    assert numbers["chosen_p"] < 0.001


def test_a_prefecture_of_several_divisions_is_a_market_too() -> None:
    built = world(m02(CONCENTRATED) + m02(CONCENTRATED, region="990103"))

    assert sorted(str(found.subject.region) for found in measured("M02", built)) == ["9901", "990102", "990103"]
    assert [found.subject.region for found in measured("M02", world(m02(CONCENTRATED)))] == ["990102"]


def test_a_group_of_agencies_counts_as_one() -> None:
    joined = [{"agency": agency(n), "controller": "示例控制人" if n in (1, 2) else None} for n in range(12)]

    found = the("M02", world(m02(CONCENTRATED), joined))

    assert found.statistic == pytest.approx(0.5)
    assert found.expected == pytest.approx((0.16 + 0.04 * 3) + (0.4 * 0.6 + 3 * 0.2 * 0.8) / 40)


def test_selections_outside_the_window_do_not_count() -> None:
    inside = m02((7, 7, 6), selected_at="2025-09-30T16:00:00Z", published_at="2025-09-01T00:00:00Z")
    outside = m02((9, 0, 0), selected_at="2025-09-30T15:59:59Z", published_at="2025-09-01T00:00:00Z")

    found = the("M02", world(inside + outside))

    assert found.sample == 20
    assert found.numbers["wide_n"] == 29


def test_an_agency_that_never_registers_changes_nothing() -> None:
    grown = [{"agency": agency(n)} for n in range(13)]

    assert measured("M02", world(m02(CONCENTRATED), grown)) == measured("M02", world(m02(CONCENTRATED)))


def test_moving_wins_to_the_largest_never_lowers_the_excess() -> None:
    shares = [(n, 20 - n // 2, 20 - (n + 1) // 2) for n in range(14, 41)]
    effects = [the("M02", world(m02(wins))).effect or 0.0 for wins in shares[::9]]

    assert effects == sorted(effects)
