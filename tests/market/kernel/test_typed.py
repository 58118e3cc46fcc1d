"""Reading what people type: full-width digits are understood, all reasons come at once, and nothing is guessed."""

from datetime import date, datetime

import pytest

from market.kernel import money, typed
from market.kernel.errors import Invalid, Reason
from market.kernel.times import ZONE
from market.kernel.typed import Reading
from market.respond import Typed


def form(**values: str) -> Reading:
    return Reading(Typed({name: (value,) for name, value in values.items()}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25T17:00", datetime(2026, 11, 25, 17, 0, tzinfo=ZONE)),
        ("2026年11月25日 9:05", datetime(2026, 11, 25, 9, 5, tzinfo=ZONE)),
        ("２０２６－１１－２５ １７：００", datetime(2026, 11, 25, 17, 0, tzinfo=ZONE)),
        ("2026-11-25 24:00", "not_a_time"), ("2026-02-30 10:00", "not_a_time"), ("2026-11-25", "not_a_time"),
        ("  ", "field_required"),
    ],
)  # fmt: skip
def test_a_moment_is_read_to_the_minute_in_beijing_time(text: str, expected: datetime | str) -> None:
    found = typed.moment(text)

    assert (found.code if isinstance(found, Reason) else found) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("１，２００", 1200), ("0", "number_too_small"), ("1", 1), ("2000", 2000), ("2001", "number_too_large"),
    ("1.5", "not_a_number"), ("-1", "not_a_number"), ("", "field_required"), ("9" * 16, "not_a_number"),
])  # fmt: skip
def test_a_whole_number_has_its_bounds_and_no_other_shape(text: str, expected: int | str) -> None:
    found = typed.whole(text, least=1, most=2000)

    assert (found.code if isinstance(found, Reason) else found) == expected


def test_what_may_be_missing_is_nothing_and_what_is_there_must_be_right() -> None:
    empty, wrong = form(), form(floor="much", opens="soon", until="never")

    assert (empty.optional_fen("floor"), empty.optional_moment("opens"), empty.optional_day("until")) == (None,) * 3
    empty.finish()
    wrong.optional_fen("floor")
    wrong.optional_moment("opens")
    wrong.optional_day("until")
    assert [reason.field for reason in wrong.reasons] == ["floor", "opens", "until"]


def test_every_field_that_cannot_be_read_is_told_at_once() -> None:
    read = form(name="", uscc="123", phone="call me", on="2026-13-01")

    read.text("name")
    read.uscc("uscc")
    read.phone("phone")
    read.day("on")

    with pytest.raises(Invalid) as refused:
        read.finish()
    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [
        ("name", "field_required"), ("uscc", "bad_uscc_length"), ("phone", "bad_phone"), ("on", "not_a_date"),
    ]  # fmt: skip


def test_money_is_read_in_the_unit_beside_its_field() -> None:
    read = form(ceiling="38.6", on="2026/11/5")

    assert read.fen("ceiling", unit_fen=money.FEN_PER_WAN) == 38_600_000
    assert read.day("on") == date(2026, 11, 5)
    read.finish()
