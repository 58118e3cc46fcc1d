"""Fee standards come to whole fen, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.guides.fees import (
    Fee,
    Fixed,
    Negotiated,
    Percentage,
    PerUnit,
    Tier,
    Tiered,
    as_data,
    bars_fee,
    charge,
    from_data,
    kind_of,
    maximum,
)

WAN = 1_000_000  # fen
THREE_TIERS = Tiered("总投资", 3000 * WAN, (Tier(500 * WAN, 10_000), Tier(2000 * WAN, 5_000), Tier(None, 800)))
STANDARDS: list[Fee] = [
    Fixed(8_600_000),
    PerUnit("份", 120_000, 12),
    THREE_TIERS,
    Percentage("合同额", 1000 * WAN, 15_000),
    Negotiated(46 * WAN),
]


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        (Fixed(8_600_000), 8_600_000),
        (PerUnit("份", 120_000, 12), 1_440_000),
        (Percentage("合同额", 1000 * WAN, 15_000), 15 * WAN),
        (Negotiated(46 * WAN), 46 * WAN),
        # 500 万 at 1 %, 1,500 万 at 0.5 %, 1,000 万 at 0.08 %
        (THREE_TIERS, 5 * WAN + 7_500_000 + 800_000),
    ],
)
def test_a_standard_comes_to_its_maximum_at_the_base_it_states(fee: Fee, expected: int) -> None:
    assert maximum(fee) == expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (0, 0),
        (500 * WAN - 100, 5 * WAN - 1),
        (500 * WAN, 5 * WAN),
        (500 * WAN + 200, 5 * WAN + 1),
        (2000 * WAN, 5 * WAN + 7_500_000),
    ],
)
def test_each_part_of_a_base_pays_its_own_rate(base: int, expected: int) -> None:
    assert charge(THREE_TIERS, base) == expected


def test_half_a_fen_is_rounded_up_once_at_the_end() -> None:
    assert charge(Percentage("合同额", 1, 500_000), 1) == 1
    assert charge(Percentage("合同额", 1, 499_999), 1) == 0


@pytest.mark.parametrize("fee", STANDARDS, ids=kind_of)
def test_a_standard_survives_being_stored(fee: Fee) -> None:
    assert from_data(kind_of(fee), as_data(fee)) == fee


@pytest.mark.parametrize(
    "tiers",
    [
        (),
        (Tier(500, 1),),
        (Tier(None, 1), Tier(None, 2)),
        (Tier(500, 1), Tier(500, 2), Tier(None, 3)),
        (Tier(900, 1), Tier(500, 2), Tier(None, 3)),
    ],
)
def test_tiers_that_do_not_rise_to_an_open_end_are_refused(tiers: tuple[Tier, ...]) -> None:
    assert [reason.code for reason in bars_fee(Tiered("总投资", 1000, tiers))] == ["tiers_out_of_order"]


def test_a_standard_that_charges_nothing_is_refused() -> None:
    assert [reason.code for reason in bars_fee(Fixed(0))] == ["fee_is_nothing"]


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_larger_base_never_costs_less(base: int, more: int) -> None:
    assert charge(THREE_TIERS, base + more) >= charge(THREE_TIERS, base)
