"""Rules of the lowest quote: the boundaries of the range, ties by the draw, and who is left out, by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.selection.methods import Entrant, Failure, Line
from market.selection.methods.lowest_quote import choose

A, B, C = "91990000MA00000001", "91990000MA00000002", "91990000MA00000003"
RANGE = {"floor_fen": 700, "price_fen": 1_000}


def test_the_lowest_quote_wins_and_the_others_follow_by_price():
    entrants = [Entrant(A, quote_fen=900), Entrant(B, quote_fen=701), Entrant(C, quote_fen=950)]
    found = choose(entrants, RANGE, {"agency": (C, A, B)})
    assert found.ranking == (B, A, C)
    assert found.amounts == {B: 701, A: 900, C: 950}
    assert found.lines[0] == Line("quoted", B, (("place", 1), ("drawn", 3), ("fen", 701)))


@pytest.mark.parametrize(
    ("fen", "counts"), [(0, False), (699, False), (700, True), (701, True), (999, True), (1_000, True), (1_001, False)]
)
def test_floor_and_ceiling_count_and_a_fen_beyond_does_not(fen, counts):
    found = choose([Entrant(A, quote_fen=fen), Entrant(B, quote_fen=800)], RANGE, {"agency": (A, B)})
    assert (A in found.ranking) is counts
    left_out = [line for line in found.lines if line.code == "excluded"]
    assert left_out == ([] if counts else [Line("excluded", A, (("reason", "out_of_range"), ("fen", fen)))])


@pytest.mark.parametrize(("fen", "counts"), [(0, False), (1, True)])
def test_without_a_floor_one_fen_is_the_least(fen, counts):
    found = choose([Entrant(A, quote_fen=fen)], {"floor_fen": None, "price_fen": 1_000}, {"agency": (A,)})
    assert (found.failed is None) is counts


@given(st.permutations([A, B, C]), st.permutations([A, B, C]))
def test_equal_quotes_stand_as_drawn_whoever_registered_first(registered, drawn):
    found = choose([Entrant(one, quote_fen=800) for one in registered], RANGE, {"agency": tuple(drawn)})
    assert found.ranking == tuple(drawn)


def test_a_quote_that_cannot_be_opened_is_named_and_ranks_nowhere():
    found = choose([Entrant(A), Entrant(B, quote_fen=800)], RANGE, {"agency": (A, B)})
    assert found.ranking == (B,)
    assert found.lines[0] == Line("excluded", A, (("reason", "unopenable"),))


def test_without_a_quote_that_counts_the_selection_fails():
    found = choose([Entrant(A), Entrant(B, quote_fen=1_001)], RANGE, {"agency": (A, B)})
    assert (found.failed, found.ranking, len(found.lines)) == (Failure.NO_VALID_QUOTE, (), 2)


def test_an_order_over_others_than_the_entrants_is_refused():
    with pytest.raises(ValueError, match="order"):
        choose([Entrant(A, quote_fen=800)], RANGE, {"agency": (B,)})
