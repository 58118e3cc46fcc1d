"""What a frame must look like, and how clearly a wrong one is refused."""

import pandas as pd
import pytest

from scoring.frames import FRAMES, SPECS, Export, FrameError, check, check_references
from tests.scoring.build import A, frame, frames


@pytest.mark.parametrize("spec", FRAMES, ids=lambda spec: spec.name)
def test_the_default_rows_are_a_valid_frame(spec) -> None:
    built = frame(spec.name, {})

    assert list(check(built, spec).columns) == [column.name for column in spec.columns]


@pytest.mark.parametrize("spec", FRAMES, ids=lambda spec: spec.name)
def test_a_frame_without_rows_is_valid(spec) -> None:
    assert len(check(frame(spec.name), spec)) == 0


@pytest.mark.parametrize("spec", FRAMES, ids=lambda spec: spec.name)
def test_every_column_and_frame_says_what_it_means_in_both_languages(spec) -> None:
    for thing in (spec, *spec.columns):
        assert thing.title.isascii()
        assert not thing.title_zh.isascii()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FrameError, match="checks, column passed: the column is missing"):
        check(frame("checks", {}).drop(columns="passed"), SPECS["checks"])


def test_a_column_only_regulators_read_may_be_absent() -> None:
    kept = check(frame("agencies", {}).drop(columns=["controller", "legal_representative"]), SPECS["agencies"])

    assert list(kept.columns) == [column.name for column in SPECS["agencies"].columns_of(Export.PUBLIC)]


def test_a_column_nobody_knows_is_dropped() -> None:
    assert "remark" not in check(frame("checks", {}).assign(remark="x"), SPECS["checks"]).columns


def test_a_wrong_type_is_named_with_the_one_expected() -> None:
    with pytest.raises(FrameError, match="reviews, column quality: expected type Int64, found float64"):
        check(frame("reviews", {}).astype({"quality": "float64"}), SPECS["reviews"])


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("reviews", {"quality": 0}, "reviews, column quality, row 3: expected at least 1, found 0"),
        ("reviews", {"quality": 6}, "reviews, column quality, row 3: expected at most 5, found 6"),
        ("reviews", {"agency": None}, "reviews, column agency, row 3: a value is required"),
        ("reviews", {"agency": "9199"}, "reviews, column agency, row 3: expected"),
        ("reviews", {"state": "sealed"}, "reviews, column state, row 3: expected one of revealed"),
        ("entries", {"rate": "speed"}, "entries, column rate, row 3: expected one of on_time"),
        ("checks", {"recorded_at": "2026-09-01T04:00:00.5Z"}, "row 3: expected a whole second"),
        ("contracts", {"ended_on": "2026-09-01T04:00:00"}, "row 3: expected a date without a time"),
        ("contracts", {"billed_fen": -1}, "row 3: expected at least 0"),
    ],
)
def test_a_wrong_value_is_named_with_file_column_and_row(name: str, row: dict[str, object], words: str) -> None:
    with pytest.raises(FrameError) as refused:
        check(pd.concat([frame(name, {}), frame(name, {SPECS[name].key[0]: "second", **row})]), SPECS[name])

    assert words in str(refused.value)


@pytest.mark.parametrize("stars", [1, 5])
def test_the_least_and_the_most_stars_are_allowed(stars: int) -> None:
    assert len(check(frame("reviews", {"quality": stars}), SPECS["reviews"])) == 1


def test_all_problems_are_told_at_once_and_many_are_summed_up() -> None:
    built = frame("reviews", *({"quality": 9, "state": "sealed"} for _ in range(8)))

    with pytest.raises(FrameError) as refused:
        check(built, SPECS["reviews"])

    assert {problem.column for problem in refused.value.problems} == {"quality", "state"}
    assert "(and 3 more rows)" in str(refused.value)


def test_a_key_given_twice_is_named() -> None:
    with pytest.raises(FrameError, match="checks, column check_id, row 3: the key is not unique, found K"):
        check(frame("checks", {"check_id": "K"}, {"check_id": "K"}), SPECS["checks"])


def test_a_row_of_an_agency_nobody_knows_is_named() -> None:
    built = frames(agencies=[{"agency": A}], checks=[{}, {"agency": "91990000MA00699999"}])

    with pytest.raises(FrameError, match="checks, column agency, row 3: not in agencies, found 91990000MA00699999"):
        check_references(built, FRAMES)


def test_checking_leaves_the_frame_as_it_was() -> None:
    built = frame("checks", {}).assign(remark="x")
    before = built.copy()

    check(built, SPECS["checks"])

    pd.testing.assert_frame_equal(built, before)
