"""F01: luck that pools do not explain is noticed at any moment, fair luck almost never."""

import numpy as np
import pytest

from scoring.engines import e_values
from tests.scoring.worlds import agency, m02, measured, signals, the, world


def draws(wins: int, losses: int, pool: int = 5, **notice):
    """Return draws agency 0 entered with others, the lost ones won by the others in turn."""
    others = [1 + place % (pool - 1) for place in range(losses)]
    named = {"method": "random_draw", "pool": range(pool), **notice}
    return [{"owner": place % 5, "winner": winner, **named} for place, winner in enumerate([0] * wins + others)]


def test_ten_of_ten_draws_among_five_are_a_signal() -> None:
    (found,) = signals("F01", world(draws(10, 0)))

    assert found.subject.agency == agency(0)
    assert found.expected == pytest.approx(2)
    assert found.statistic == pytest.approx(float(e_values(np.full(10, 0.2), np.full(10, True))[-1]))
    assert found.tested == 5


def test_as_many_wins_as_the_pools_allow_are_none() -> None:
    assert not measured("F01", world(draws(10, 40)))


def test_an_owners_choices_are_no_draws() -> None:
    assert not measured("F01", world(m02((20, 0, 0, 0, 0))))


def test_a_pool_of_one_is_no_evidence() -> None:
    rows = [{"owner": 0, "winner": 0, "pool": [0], "method": "random_draw"} for _ in range(40)]

    assert not measured("F01", world(rows))


def test_evidence_must_stand_among_all_agencies_drawn() -> None:
    few = world(draws(5, 0, pool=8))
    crowd = [{"agency": agency(number)} for number in range(400)]

    assert e_values(np.full(5, 1 / 8), np.full(5, True))[-1] > 100
    assert signals("F01", few)
    assert not signals("F01", world([*draws(5, 0, pool=8), *_of_others(390)], crowd))


def _of_others(count: int):
    rows = [{"owner": 1, "winner": 10 + n, "pool": [10 + n, 9 + n]} for n in range(count)]
    return [{**row, "method": "random_draw"} for row in rows]


def test_a_group_of_agencies_has_the_chance_of_its_members() -> None:
    joined = [{"agency": agency(n), "controller": "示例控制人" if n < 2 else None} for n in range(12)]

    found = the("F01", world(draws(10, 0), joined), agency=agency(0))

    assert found.expected == pytest.approx(4)


def test_more_wins_never_lower_the_evidence() -> None:
    values = [float(e_values(np.full(20, 0.25), np.arange(20) < wins)[-1]) for wins in range(21)]

    assert values == sorted(values)


def test_fair_draws_seldom_ever_reach_a_hundred() -> None:
    won = np.random.default_rng(1).random((500, 200)) < 0.2

    reached = sum(float(e_values(np.full(200, 0.2), one).max()) >= 100 for one in won)

    assert reached <= 5


def test_tripled_odds_are_found_within_a_median_of_fifty_draws() -> None:
    chance = 3 * 0.125 / (1 - 0.125 + 3 * 0.125)
    won = np.random.default_rng(1).random((200, 400)) < chance
    first = [int(np.argmax(e_values(np.full(400, 0.125), one) >= 100)) + 1 for one in won]

    assert float(np.median(first)) <= 50
