"""Places in the ranking, and what an agency brings to a selection."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.ranking import for_selection, rank, tenths
from tests.scoring.build import A, B, C, frame

D = "91990000MA00600030"


def scores(*rows: tuple[str, int | None, str]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["agency", "total", "grade"])
    return made.astype({"agency": "str", "total": "Int64", "grade": "str"})


def agencies(*states: tuple[str, str]) -> pd.DataFrame:
    return frame("agencies", *({"agency": agency, "state": state} for agency, state in states))


def admissions(item: str, *codes: str) -> pd.DataFrame:
    return frame("admissions", *({"agency": code, "item": item} for code in codes))


def selection(rows: pd.DataFrame, admitted: pd.DataFrame) -> dict[str, Any]:
    found = for_selection(rows, admitted)
    return dict(zip(found["agency"], zip(found["total"], found["tenths"], strict=True), strict=True))


def test_equal_totals_share_a_place_and_the_unrated_follow_without_one() -> None:
    rows = scores((A, 8000, "B"), (B, 9000, "A"), (C, 8000, "B"), (D, 9999, "N"))
    everyone = agencies(*((code, "admitted") for code in (A, B, C, D)))

    found = rank(rows, everyone)

    assert found["agency"].tolist() == [B, A, C, D]
    assert found["place"].fillna(0).tolist() == [1, 2, 2, 0]


@pytest.mark.parametrize(
    ("state", "ranked"), [("admitted", True), ("suspended", True), ("eliminated", False), ("left", False)]
)
def test_only_agencies_of_the_market_are_ranked(state: str, ranked: bool) -> None:
    found = rank(scores((A, 8000, "B")), agencies((A, state)))

    assert (len(found) == 1) is ranked


@pytest.mark.parametrize(
    ("total", "expected"), [(0, 1), (9, 1), (10, 1), (19, 1), (20, 2), (8999, 899), (10_000, 1000)]
)
def test_a_total_becomes_whole_tenths_cut_down_and_at_least_one(total: int, expected: int) -> None:
    assert tenths(np.asarray([total])).tolist() == [expected]


@pytest.mark.parametrize(
    ("rated", "total"),
    [
        ([8001], 8001),
        ([8000, 8003], 8002),
        ([7600, 8000, 8900], 8000),
        ([7499], 7500),
        ([7500], 7500),
        ([8990], 8990),
        ([8991], 8990),
        ([], 7500),
    ],
)
def test_an_unrated_agency_enters_with_the_median_of_the_rated_within_its_limits(rated: list[int], total: int) -> None:
    codes = [B, C, D][: len(rated)]
    rows = scores((A, 100, "N"), *((code, points, "B") for code, points in zip(codes, rated, strict=True)))

    assert selection(rows, admissions("990101", A, *codes))[A] == (total, total // 10)


def test_only_agencies_of_the_item_make_its_median() -> None:
    rows = scores((A, None, "N"), (B, 8000, "B"), (C, 8800, "B"))
    admitted = pd.concat([admissions("990101", A, B), admissions("990102", C)])

    assert selection(rows, admitted)[A] == (8000, 800)


def test_a_rated_agency_enters_with_its_own_total_however_low() -> None:
    assert selection(scores((A, 5, "D")), admissions("990101", A))[A] == (5, 1)
