"""Rules of amounts: what is read as fen, what is refused, how fen are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel import money
from market.kernel.errors import Reason


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("38.60", 3_860),
        ("38.60 万元", 38_600_000),
        ("386,000 元", 38_600_000),
        ("38.6万", 38_600_000),
        ("¥386,000.00", 38_600_000),
        ("￥386，000．00", 38_600_000),
        ("３８６０００元", 38_600_000),
        (" 386 000 ", 38_600_000),
        ("0.000001万元", 1),
        ("1.230", 123),
        ("0", 0),
        ("1,000,000,000,000", 10**14),
    ],
)
def test_an_amount_is_read_exactly_whatever_its_dress(text: str, fen: int) -> None:
    assert money.parse(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "field_required"),
        ("  　", "field_required"),
        ("1.234", "money_too_fine"),
        ("0.0000001万元", "money_too_fine"),
        ("-1", "money_negative"),
        ("−1", "money_negative"),
        ("1,000,000,000,000.01", "money_too_large"),
        ("9" * 50, "money_too_large"),
        ("abc", "not_a_number"),
        ("1e5", "not_a_number"),
        ("38,60", "not_a_number"),
        ("1,0000", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("10美元", "not_a_number"),
        ("三十万元", "not_a_number"),
        ("١٢", "not_a_number"),
    ],
)
def test_an_amount_that_cannot_be_read_exactly_is_refused_with_its_reason(text: str, code: str) -> None:
    assert money.parse(text) == Reason(code)


def test_the_unit_in_the_text_wins_over_the_unit_of_the_form() -> None:
    assert money.parse("38.60", unit_fen=money.FEN_PER_WAN) == 38_600_000
    assert money.parse("38.60元", unit_fen=money.FEN_PER_WAN) == 3_860


@given(st.integers(min_value=0, max_value=money.LARGEST_FEN))
def test_what_is_shown_reads_back_as_the_same_fen(fen: int) -> None:
    assert money.parse(money.yuan(fen)) == fen
    assert money.parse(money.wan(fen) + "万元") == fen


def test_fen_are_shown_with_two_decimals_and_ten_thousands_lose_nothing() -> None:
    assert money.yuan(38_600_000) == "386,000.00"
    assert money.yuan(-5) == "-0.05"
    assert money.wan(38_600_000) == "38.60"
    assert money.wan(38_612_345) == "38.612345"
    assert money.wan(-1_000_000) == "-1.00"


def test_a_half_rounds_up_and_anything_less_rounds_down() -> None:
    assert [money.half_up(n, 10) for n in (4, 5, 6, 14, 15, -5, -6)] == [0, 1, 1, 1, 2, 0, -1]
    assert money.share(1, 3) == 3333
    assert money.share(1, 20_000) == 1
    assert money.share(1, 20_001) == 0


def test_a_ratio_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        money.share(1, 0)
