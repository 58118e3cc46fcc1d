"""Rules of the organisation code and of how moments are written."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from market.kernel import times, uscc
from market.kernel.errors import Reason


def test_a_code_is_read_in_small_letters_full_width_and_with_spaces() -> None:
    assert uscc.check(" 9111 0000 6000 3734 1l ") == "91110000600037341L"
    assert uscc.check("９１１１００００６０００３７３４１Ｌ") == "91110000600037341L"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason("field_required")),
        ("9111000060003734", Reason("bad_uscc_length", params={"length": 16})),
        ("91110000600037342L", Reason("bad_uscc_check_digit")),
        ("9111000060003734IL", Reason("bad_uscc")),
        ("A1110000600037341L", Reason("bad_uscc")),
    ],
)
def test_a_wrong_code_is_refused_with_what_is_wrong(text: str, reason: Reason) -> None:
    assert uscc.check(text) == reason


def test_a_fictional_code_gets_a_check_digit_that_passes() -> None:
    code = uscc.with_check_digit("91990000MA0000001")

    assert uscc.check(code) == code
    with pytest.raises(ValueError, match="seventeen"):
        uscc.with_check_digit("9199")


def test_a_moment_is_written_in_beijing_time_to_the_second() -> None:
    moment = datetime(2026, 11, 27, 1, 0, 0, 999_999, tzinfo=UTC)

    assert times.rfc3339(moment) == "2026-11-27T09:00:00+08:00"
    assert times.shown(moment) == "2026-11-27 09:00"
    assert times.told(moment) == "2026 年 11 月 27 日 09:00"
    assert times.told_day(date(2026, 1, 2)) == "2026 年 1 月 2 日"


@pytest.mark.parametrize("fraction", [0, 1, 999_999])
def test_an_encoder_writes_whole_seconds_as_we_do(fraction: int) -> None:
    moment = datetime(2026, 12, 31, 16, 0, 0, fraction, tzinfo=UTC)

    assert msgspec.json.encode(times.whole_seconds(moment)).decode() == f'"{times.rfc3339(moment)}"'


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        times.rfc3339(datetime(2026, 11, 27))
