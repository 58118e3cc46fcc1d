"""Rules of months, scales and patterns."""

from datetime import UTC, datetime, timedelta

import pytest

from market.desk import rules

MIDNIGHT = datetime(2026, 12, 31, 16, tzinfo=UTC)  # 2027-01-01 00:00 in Shanghai


@pytest.mark.parametrize(
    ("offset", "last"),
    [(timedelta(seconds=-1), "2026-12"), (timedelta(), "2027-01"), (timedelta(seconds=1), "2027-01")],
)
def test_a_month_begins_at_midnight_in_shanghai(offset: timedelta, last: str) -> None:
    months = rules.months_before(MIDNIGHT + offset)

    assert months[-1] == last
    assert len(set(months)) == 12


def test_the_first_moment_of_a_month_is_in_shanghai() -> None:
    assert rules.beginning_of("2027-01") == MIDNIGHT


def test_a_month_without_anything_is_shown_as_zero() -> None:
    assert rules.filled({"2026-02": 3}, ("2026-01", "2026-02")) == (("2026-01", 0), ("2026-02", 3))


@pytest.mark.parametrize(
    ("most", "top", "marks"),
    [(0, 1, 2), (1, 1, 2), (5, 5, 6), (6, 6, 4), (10, 10, 6), (11, 15, 4), (197, 200, 5), (1001, 1500, 4)],
)
def test_a_scale_holds_the_greatest_in_few_round_steps(most: int, top: int, marks: int) -> None:
    scale = rules.scale(most)

    assert (scale.top, len(scale.marks)) == (top, marks)


@pytest.mark.parametrize(
    ("typed", "pattern"), [("水土", "%水土%"), ("100%", "%100\\%%"), ("a_b", "%a\\_b%"), ("\\", "%\\\\%")]
)
def test_a_search_takes_every_character_literally(typed: str, pattern: str) -> None:
    assert rules.pattern(typed) == pattern
