"""Rules of working days, tested on the real calendars of 2025 to 2027."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.calendar import (
    ExceptionalDay,
    WorkCalendar,
    WorkdayUnit,
    add_months,
    day_of,
    end_of,
    seed,
)
from market.kernel.times import ZONE

CALENDAR = WorkCalendar(seed())
PRACTICE = CALENDAR.counting(WorkdayUnit.MINUTE)
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_national_day_of_2026_rests_seven_days_and_is_paid_for_on_two_weekend_days() -> None:
    rested = [day for day in range(1, 8) if not CALENDAR.is_workday(date(2026, 10, day))]

    assert rested == [1, 2, 3, 4, 5, 6, 7]
    assert CALENDAR.is_workday(date(2026, 9, 20))  # a Sunday
    assert CALENDAR.is_workday(date(2026, 10, 10))  # a Saturday
    assert CALENDAR.is_workday(date(2026, 9, 30))
    assert CALENDAR.is_workday(date(2026, 10, 8))
    assert not CALENDAR.is_workday(date(2026, 10, 11))


def test_three_working_days_from_before_national_day_end_on_the_moved_saturday() -> None:
    assert CALENDAR.period_end(at("2026-09-30 16:00"), 3) == at("2026-10-11 00:00")


def test_spring_festival_of_2026_moves_a_period_over_nine_days() -> None:
    assert CALENDAR.is_workday(date(2026, 2, 14))  # a Saturday
    assert CALENDAR.add_workdays(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CALENDAR.add_workdays(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CALENDAR.add_workdays(date(2026, 2, 24), -2) == date(2026, 2, 13)


def test_the_day_of_the_event_does_not_count_however_early_it_was() -> None:
    early, late = at("2026-11-23 00:00") + SECOND, at("2026-11-23 23:59")

    assert CALENDAR.period_end(early, 1) == CALENDAR.period_end(late, 1) == at("2026-11-25 00:00")


def test_a_period_that_follows_another_begins_with_the_very_next_day() -> None:
    standstill_over = CALENDAR.period_end(at("2026-11-23 10:00"), 3)

    assert standstill_over == at("2026-11-27 00:00")
    assert CALENDAR.period_end(standstill_over, 1) == at("2026-11-28 00:00")


def test_midnight_belongs_to_the_day_it_ends_and_a_second_later_to_the_next() -> None:
    midnight = at("2026-11-24 00:00")

    assert day_of(midnight - SECOND) == day_of(midnight) == date(2026, 11, 23)
    assert day_of(midnight + SECOND) == date(2026, 11, 24)
    assert end_of(date(2026, 11, 23)) == midnight


def test_a_moment_given_in_another_zone_counts_by_the_day_in_beijing() -> None:
    assert day_of(datetime.fromisoformat("2026-11-23T17:00:00+00:00")) == date(2026, 11, 24)


def test_an_event_on_a_rest_day_starts_counting_at_the_next_working_day() -> None:
    assert CALENDAR.period_end(at("2026-11-28 12:00"), 1) == at("2026-12-01 00:00")


def test_a_period_has_at_least_one_working_day() -> None:
    with pytest.raises(ValueError, match="at least one"):
        CALENDAR.period_end(at("2026-11-23 10:00"), 0)


def test_a_whole_working_day_has_passed_exactly_when_its_period_has_ended() -> None:
    start = at("2026-11-23 10:00")
    end = CALENDAR.period_end(start, 3)

    assert CALENDAR.workdays_between(start, end - SECOND) == 2
    assert CALENDAR.workdays_between(start, end) == 3
    assert CALENDAR.workdays_between(start, end + SECOND) == 3
    assert CALENDAR.workdays_between(end, start) == 0


def test_lateness_counts_working_days_begun_after_the_deadline() -> None:
    due = end_of(date(2026, 11, 27))  # Friday

    assert CALENDAR.workdays_late(due, due) == 0
    assert CALENDAR.workdays_late(due, at("2026-11-29 12:00")) == 0
    assert CALENDAR.workdays_late(due, at("2026-11-30 08:00")) == 1
    assert CALENDAR.workdays_late(due, at("2026-12-01 08:00")) == 2


def test_a_year_not_announced_is_provisional_and_keeps_weekends_and_fixed_holidays() -> None:
    assert not CALENDAR.is_workday(date(2027, 1, 1))
    assert not CALENDAR.is_workday(date(2027, 10, 1))
    assert CALENDAR.is_workday(date(2027, 10, 4))
    assert CALENDAR.is_provisional(date(2027, 1, 4))
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2026, 12, 1), date(2027, 1, 4))


def test_a_year_without_any_row_follows_the_same_provisional_rule() -> None:
    assert not CALENDAR.is_workday(date(2040, 5, 1))
    assert not WorkCalendar(()).is_workday(date(2026, 10, 2))
    assert WorkCalendar(()).is_provisional(date(2026, 1, 5))


def test_a_regulators_table_settles_a_year() -> None:
    table = [ExceptionalDay(date(2027, 1, 1), False, "示例通知", False)]

    calendar = WorkCalendar(table)

    assert not calendar.is_provisional(date(2027, 6, 1))
    assert calendar.is_workday(date(2027, 10, 1))


def test_a_day_cannot_be_stated_twice() -> None:
    day = ExceptionalDay(date(2027, 1, 1), False, "示例通知", False)

    with pytest.raises(ValueError, match="twice"):
        WorkCalendar([day, day])


def test_a_deadline_must_fall_in_office_hours_of_a_working_day() -> None:
    opens, closes = time(9), time(17)
    inside = [at("2026-11-27 09:00"), at("2026-11-27 17:00"), at("2026-10-10 12:00")]
    outside = [at("2026-11-27 08:59:59"), at("2026-11-27 17:00:01"), at("2026-11-28 12:00"), at("2026-10-08 00:00")]

    assert all(CALENDAR.in_office_hours(moment, opens, closes) for moment in inside)
    assert not any(CALENDAR.in_office_hours(moment, opens, closes) for moment in outside)


def test_a_deadline_moved_by_working_days_keeps_its_time_of_day() -> None:
    assert CALENDAR.moved(at("2026-09-30 10:00"), 1) == at("2026-10-08 10:00")
    assert CALENDAR.moved(at("2026-11-30 10:00"), -1) == at("2026-11-27 10:00")


def test_in_practice_a_working_day_lasts_a_minute() -> None:
    start = at("2026-11-28 12:00:30")

    assert PRACTICE.period_end(start, 3) == at("2026-11-28 12:03:30")
    assert PRACTICE.moved(start, -1) == at("2026-11-28 11:59:30")
    assert PRACTICE.workdays_between(start, at("2026-11-28 12:02:29")) == 1
    assert PRACTICE.workdays_late(start, start + SECOND) == 1
    assert CALENDAR.unit is WorkdayUnit.DAY


@pytest.mark.parametrize(
    ("day", "n", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 24, date(2028, 11, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(day: date, n: int, then: date) -> None:
    assert add_months(day, n) == then


@given(
    st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2026, 11, 30)),
    st.integers(min_value=1, max_value=20),
)
def test_counting_back_what_was_counted_out_gives_the_same_number(naive: datetime, n: int) -> None:
    start = naive.replace(tzinfo=ZONE)

    assert CALENDAR.workdays_between(start, CALENDAR.period_end(start, n)) == n
    assert PRACTICE.workdays_between(start, PRACTICE.period_end(start, n)) == n
