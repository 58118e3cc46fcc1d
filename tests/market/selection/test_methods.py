"""Rules of the selection methods: who ranks where, at what amount, and why none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.selection.methods import BY_CODE, METHODS, Entrant, Failure, Line, direct, random_draw

A, B, C = "91990000MA00000001", "91990000MA00000002", "91990000MA00000003"


def test_every_method_has_the_one_interface_and_a_code_of_its_own():
    assert list(BY_CODE) == ["random_draw", "lowest_quote", "direct"]
    assert len(BY_CODE) == len(METHODS)
    one = ({"label": "agency", "take": 1},)
    assert [method.LISTS({}) for method in METHODS] == [one, one, ()]


def test_a_random_draw_ranks_as_drawn_at_the_lower_of_price_and_guide_maximum():
    entrants = [Entrant(A, guide_max_fen=9_999), Entrant(B, guide_max_fen=10_001), Entrant(C)]
    found = random_draw.choose(entrants, {"price_fen": 10_000, "least": 3}, {"agency": (B, C, A)})
    assert found.ranking == (B, C, A)
    assert found.amounts == {B: 10_000, C: 10_000, A: 9_999}
    assert found.failed is None
    assert found.lines[0] == Line(
        "drawn", B, (("place", 1), ("price_fen", 10_000), ("guide_max_fen", 10_001), ("amount_fen", 10_000))
    )
    assert found.lines[1] == Line("drawn", C, (("place", 2), ("price_fen", 10_000), ("amount_fen", 10_000)))


def test_what_an_entrant_is_shown_before_registering_is_what_it_gets():
    entrant, parameters = Entrant(A, guide_max_fen=700), {"price_fen": 1_000}
    shown = random_draw.amount_of(entrant, parameters)
    assert random_draw.choose([entrant], parameters, {"agency": (A,)}).amounts == {A: shown} == {A: 700}


@pytest.mark.parametrize(("least", "failure"), [(1, None), (2, None), (3, Failure.TOO_FEW)])
def test_a_random_draw_with_too_few_fails(least, failure):
    found = random_draw.choose([Entrant(A), Entrant(B)], {"price_fen": 1, "least": least}, {"agency": (B, A)})
    assert found.failed == failure
    assert found.ranking == (() if failure else (B, A))


def test_a_random_draw_with_nobody_fails():
    found = random_draw.choose([], {"price_fen": 1}, {"agency": ()})
    assert (found.failed, found.amounts) == (Failure.TOO_FEW, {})
    assert found.lines == (Line("counted", None, (("count", 0), ("least", 1))),)


@pytest.mark.parametrize("order", [(A,), (A, B, C), (A, A), (A, C)])
def test_an_order_over_others_than_the_entrants_is_refused(order):
    with pytest.raises(ValueError, match="order"):
        random_draw.choose([Entrant(A), Entrant(B)], {"price_fen": 1}, {"agency": order})


@given(st.permutations([A, B, C]), st.permutations([A, B, C]))
def test_the_order_of_registration_changes_nothing(registered, drawn):
    outcome = random_draw.choose([Entrant(one) for one in registered], {"price_fen": 5}, {"agency": tuple(drawn)})
    assert outcome == random_draw.choose(
        [Entrant(one) for one in (A, B, C)], {"price_fen": 5}, {"agency": tuple(drawn)}
    )


def named(**changes):
    return {"agency": A, "ground": "emergency", "price_fen": 1_000, **changes}


@pytest.mark.parametrize(
    ("entrant", "amount", "failure"),
    [
        (Entrant(A), 1_000, None),
        (Entrant(A, guide_max_fen=900), 900, None),
        (Entrant(A, guide_max_fen=1_100), 1_000, None),
        (Entrant(A, quote_fen=800, guide_max_fen=900), 800, None),
        (Entrant(A, quote_fen=1_000), 1_000, None),
        (Entrant(A, quote_fen=1_001), None, Failure.OVER_PRICE),
        (Entrant(A, quote_fen=900, guide_max_fen=900), 900, None),
        (Entrant(A, quote_fen=901, guide_max_fen=900), None, Failure.OVER_GUIDE),
        (Entrant(B), None, Failure.NOT_REGISTERED),
    ],
)
def test_a_direct_selection_takes_the_named_agency_within_price_and_guide(entrant, amount, failure):
    found = direct.choose([entrant], named(), {})
    assert found.failed == failure
    assert found.ranking == (() if failure else (A,))
    assert found.amounts == ({} if failure else {A: amount})
    assert found.lines[0] == Line("ground", A, (("ground", "emergency"),))


def test_a_direct_selection_has_no_reserve():
    assert direct.choose([Entrant(A), Entrant(B)], named(), {}).ranking == (A,)


def test_a_direct_selection_without_a_ground_or_with_a_draw_is_refused():
    with pytest.raises(ValueError, match="ground"):
        direct.choose([Entrant(A)], named(ground=""), {})
    with pytest.raises(ValueError, match="draw"):
        direct.choose([Entrant(A)], named(), {"agency": (A,)})
