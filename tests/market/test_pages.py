"""Rules of what pages show: numbers, moments, addresses, pagers, forms and assets."""

import gzip
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from market.kernel.errors import Invalid, Reason
from market.kernel.terms import Language
from market.notices.states import NoticeState
from market.pages import (
    Form,
    Pager,
    asset,
    asset_routes,
    day,
    environment,
    percent,
    points,
    remaining,
    short_hash,
    shown,
    url,
)

NOW = datetime(2026, 11, 23, 16, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(("rate", "text"), [(0, "0.0%"), (4, "0.0%"), (5, "0.1%"), (1290, "12.9%"), (10_000, "100.0%")])
def test_a_rate_is_shown_with_one_decimal_half_up(rate: int, text: str) -> None:
    assert percent(rate) == text


@pytest.mark.parametrize(("held", "text"), [(9012, "90.12"), (5, "0.05"), (-300, "-3.00")])
def test_points_are_held_in_hundredths(held: int, text: str) -> None:
    assert points(held) == text


def test_a_moment_is_shown_in_beijing_even_when_the_day_differs() -> None:
    assert shown(NOW) == "2026-11-24 00:30"
    assert shown(NOW, "long") == "2026 年 11 月 24 日 00:30"
    assert shown(NOW, "seconds") == "2026-11-24 00:30:05"
    assert shown(NOW, "long", lang="en") == "24 November 2026, 00:30 China time"
    assert day(NOW) == "2026-11-24"
    assert day(date(2026, 11, 3), "long") == "2026 年 11 月 3 日"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        shown(datetime(2026, 11, 23))


@pytest.mark.parametrize(
    ("left", "over", "soon"),
    [(3600, False, False), (3599, False, True), (1, False, True), (0, True, True), (-1, True, True)],
)
def test_a_countdown_is_over_at_the_deadline_itself(left: int, over: bool, soon: bool) -> None:
    parts = remaining(NOW + timedelta(seconds=left), NOW)
    assert (parts.over, parts.soon) == (over, soon)


def test_a_countdown_splits_into_its_parts() -> None:
    assert remaining(NOW + timedelta(days=3, hours=5, minutes=41, seconds=7), NOW)[:4] == (3, 5, 41, 7)


def test_the_last_fraction_of_a_second_is_not_over() -> None:
    assert not remaining(NOW + timedelta(milliseconds=1), NOW).over


def test_empty_conditions_leave_no_trace_in_an_address() -> None:
    assert url("/notices", state="", item=None, page=0, tag=[]) == "/notices?page=0"
    assert url("/notices") == "/notices"
    assert url("/preferences", back="/notices?q=水&x=1") == "/preferences?back=%2Fnotices%3Fq%3D%E6%B0%B4%26x%3D1"
    assert url("/guides/compare", id=[3, 4]) == "/guides/compare?id=3&id=4"


@pytest.mark.parametrize(
    ("page", "window"),
    [(1, [1, 2, 3, None, 65]), (4, [1, 2, 3, 4, 5, 6, None, 65]), (30, [1, None, 28, 29, 30, 31, 32, None, 65])],
)
def test_a_pager_links_the_ends_and_the_neighbours(page: int, window: list[int | None]) -> None:
    pager = Pager(page, 20, 1_286, address=str)
    assert pager.window == window
    assert (pager.first, pager.last) == (page * 20 - 19, page * 20)


def test_the_last_page_of_a_pager_is_short() -> None:
    pager = Pager(65, 20, 1_286, address=str)
    assert (pager.first, pager.last, pager.pages) == (1281, 1286, 65)
    assert Pager(1, 20, 0, address=str).pages == 1


def test_a_form_keeps_all_reasons_in_the_order_of_the_rules() -> None:
    form = Form.of({"a": "1", "b": ["x", "y"], "c": 3, "d": None}, [("b", "one"), ("", "whole"), ("b", "two")])
    assert (form.value("a"), form.values("b"), form.value("c"), form.value("d")) == ("1", ("x", "y"), "3", "")
    assert form.reasons("b") == ("one", "two")
    assert form.summary == [("b", "one"), ("b", "two"), ("", "whole")]
    assert form.refused
    assert not Form.of().refused


def test_a_refusal_becomes_words_at_its_fields() -> None:
    refusal = Invalid(reasons=[Reason("not_a_number", "ceiling"), Reason("forbidden")])
    form = Form.refused_by({"ceiling": "三十八万"}, refusal)
    assert form.value("ceiling") == "三十八万"
    assert form.reasons("ceiling") == ("不是有效的数字。请填写阿拉伯数字，例如 38.60。",)
    assert [name for name, _ in form.summary] == ["ceiling", ""]
    assert Form.refused_by({}, refusal, "en").reasons("ceiling")[0].startswith("Not a number. Please")


def test_the_summary_of_errors_names_each_field_by_its_own_label() -> None:
    source = environment().from_string(
        '{% from "parts/form.html" import error_summary, text %}'
        '{{ error_summary(form) }}{{ text(form, "a", "证书编号") }}'
    )
    form = Form.refused_by({}, Invalid(reasons=[Reason("field_required", "a")]))
    source.render(form=form)
    assert "证书编号：此项必填。" in source.render(form=form)


def test_a_state_is_said_in_the_language_of_the_environment() -> None:
    both: list[tuple[Language, str]] = [("zh", "报名中报名中"), ("en", "OpenOpen")]
    for lang, words in both:
        source = environment(lang=lang).from_string('{{ "open"|word("notice_state") }}{{ state|word }}')
        assert source.render(state=NoticeState.OPEN) == words


def test_a_code_without_a_word_is_never_shown() -> None:
    with pytest.raises(LookupError):
        environment().from_string('{{ "sleeping"|word("notice_state") }}').render()


def test_a_fingerprint_is_shortened_to_its_ends() -> None:
    assert short_hash("ab" * 32) == "abababab…abababab"
    assert short_hash(bytes(32)) == "00000000…00000000"
    assert short_hash("3f9a") == "3f9a"


def test_an_asset_is_named_by_what_is_in_it_and_the_stylesheet_follows() -> None:
    name = asset("app.css").removeprefix("/assets/")
    sheet = asset_routes()[name]
    assert re.fullmatch(r"app-[0-9a-f]{12}\.css", name)
    assert gzip.decompress(sheet.gzipped) == sheet.body
    pictures = re.findall(rb'url\("([^"]+)"\)', sheet.body)
    assert len(pictures) >= 4
    assert all(picture.decode() in asset_routes() for picture in pictures)


def test_a_missing_asset_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        asset("missing.svg")


def test_licences_and_notes_are_not_served() -> None:
    assert {name.rpartition(".")[2] for name in asset_routes()} == {"css", "js", "svg"}
