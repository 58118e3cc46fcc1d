"""The exported package: read back as it was written, in either format, and explained."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.frames import FRAMES, Export, FrameError
from scoring.package import DESCRIPTOR, csv_bytes, descriptor, digest, read, write
from tests.scoring.build import A, frame, frames

ROWS = {
    "contracts": [{"signed_on": None, "billed_fen": None}, {}],
    "reviews": [{}, {"state": "neutral", "quality": None}],
    "checks": [{"passed": False}],
    "public_credit": [{}],
    "entries": [{"contract_id": "contracts-1", "rate": "on_time"}, {"ends_on": "2026-10-31"}],
    "admissions": [{}],
    "items": [{}],
    "notices": [{}, {"winner": None, "selected_at": None}],
    "pools": [{}],
    "guides": [{"ended_at": "2026-09-01T00:00:00Z"}],
    "fees": [{}, {"guide": None, "billed_fen": None}],
    "approvals": [{"agency": None}],
    "owners": [{"controller": "示例控制人"}],
}


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("export", list(Export))
@pytest.mark.parametrize("rows", [ROWS, {}])
def test_a_package_reads_back_as_it_was_written(parquet: bool, export: Export, rows) -> None:
    built = frames(**rows)

    again = read(write(built, export=export, parquet=parquet))

    for spec in FRAMES:
        if not spec.is_in(export):
            assert again[spec.name].empty
            continue
        names = [column.name for column in spec.columns_of(export)]
        pd.testing.assert_frame_equal(again[spec.name], built[spec.name][names])


def test_no_order_of_rows_changes_a_byte() -> None:
    built = frames(**ROWS)
    turned = {name: rows.iloc[::-1] for name, rows in built.items()}

    assert write(turned, export=Export.PUBLIC) == write(built, export=Export.PUBLIC)


cells = st.none() | st.text(st.sampled_from("a 0,\"'\r\n;\t\\示"), min_size=1)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(cells, st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.booleans())))
def test_the_fast_way_to_write_a_file_gives_the_bytes_of_the_slow_one(rows: list[tuple[object, ...]]) -> None:
    words, whole, said = (pd.Series([row[at] for row in rows], dtype=kind)
                          for at, kind in enumerate(("str", "Int64", "boolean")))  # fmt: skip
    table = pd.DataFrame({"words": words, "whole": whole, "said": said})
    shown = table.assign(said=table["said"].astype("object").map({True: "true", False: "false"}))

    assert csv_bytes(table) == shown.to_csv(index=False, lineterminator="\n").encode()


def test_a_file_of_one_column_or_of_fractions_is_written_as_ever() -> None:
    assert csv_bytes(pd.DataFrame({"only": ["a", None]})) == b'only\na\n""\n'
    assert csv_bytes(pd.DataFrame({"p": [0.25, None], "of": ["a", "b"]})) == b"p,of\n0.25,a\n,b\n"


def test_the_public_package_holds_no_controller() -> None:
    built = frames(agencies=[{"agency": A, "controller": "示例控制人", "legal_representative": "示例法人"}])

    public, full = write(built, export=Export.PUBLIC), write(built, export=Export.FULL)

    assert not any("示例".encode() in data for data in public.values())
    assert b"controller" not in public[DESCRIPTOR]
    assert "示例控制人".encode() in full["agencies.csv"]


def test_a_full_package_needs_the_columns_only_regulators_read() -> None:
    built = frames()
    built["agencies"] = built["agencies"].drop(columns="controller")

    assert write(built, export=Export.PUBLIC)
    with pytest.raises(FrameError, match="agencies, column controller: the column is missing"):
        write(built, export=Export.FULL)


def test_the_descriptor_gives_type_unit_key_and_meaning() -> None:
    files = write(frames(**ROWS), export=Export.PUBLIC)

    held = json.loads(files[DESCRIPTOR])
    reviews = next(resource for resource in held["resources"] if resource["name"] == "reviews")
    quality = next(field for field in reviews["schema"]["fields"] if field["name"] == "quality")
    assert reviews["schema"]["primaryKey"] == ["review_id"]
    assert reviews["hash"] == f"sha256:{digest(files['reviews.csv'])}"
    assert quality == {
        "name": "quality",
        "type": "integer",
        "title": "Stars for quality · 质量星级",
        "unit": "stars",
        "constraints": {"required": False, "minimum": 1, "maximum": 5},
    }


def test_the_header_of_a_file_is_the_list_of_its_fields() -> None:
    files = write(frames(**ROWS), export=Export.PUBLIC)

    for resource in descriptor(files, Export.PUBLIC)["resources"]:
        header = files[resource["path"]].split(b"\n")[0].decode().split(",")
        assert header == [field["name"] for field in resource["schema"]["fields"]]


@pytest.mark.parametrize(
    ("name", "column", "word"),
    [
        ("checks", "passed", "yes"),
        ("checks", "recorded_at", "2026-09-01 04:00:00"),
        ("checks", "recorded_at", "2026-09-31T04:00:00Z"),
        ("checks", "recorded_at", "2026-09-01T04:00:00+08:00"),
        ("checks", "recorded_at", "2026-09-01T24:00:00Z"),
        ("contracts", "ended_on", "2026-02-30"),
        ("contracts", "billed_fen", "90.5"),
        ("reviews", "quality", "five"),
    ],
)
def test_a_word_that_is_no_value_is_named_with_file_column_and_row(name: str, column: str, word: str) -> None:
    files = write(frames(**ROWS), export=Export.PUBLIC)
    words = frame(name, ROWS[name][0]).astype("str").assign(**{column: word})
    files[f"{name}.csv"] = csv_bytes(words)

    with pytest.raises(FrameError) as refused:
        read(files)

    assert f"{name}, column {column}, row 2: not a " in str(refused.value)
    assert word in str(refused.value)


def test_the_text_na_is_a_text_and_not_a_missing_value() -> None:
    built = frames(checks=[{"check_id": "NA"}])

    assert read(write(built, export=Export.PUBLIC))["checks"]["check_id"].tolist() == ["NA"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({DESCRIPTOR: None}, "the descriptor of the package is missing"),
        ({DESCRIPTOR: b"[]"}, "not a JSON object"),
        ({DESCRIPTOR: b'{"version": "0.9"}'}, "expected 1.0.0 or 1.1.0, found 0.9"),
        ({"checks.csv": None}, "neither checks.csv nor checks.parquet is here"),
        ({"checks.parquet": b""}, "both a CSV and a Parquet file are here"),
    ],
)
def test_a_folder_that_is_no_package_is_refused_with_the_reason(change: dict[str, bytes | None], words: str) -> None:
    files = {**write(frames(**ROWS), export=Export.PUBLIC), **change}

    with pytest.raises(FrameError, match=words):
        read({name: data for name, data in files.items() if data is not None})


def test_a_parquet_column_of_another_type_is_named() -> None:
    files = write(frames(**ROWS), export=Export.PUBLIC, parquet=True)
    wrong = frame("checks", {}).astype({"passed": "str"})
    wrong.to_parquet(held := io.BytesIO())

    with pytest.raises(FrameError, match="checks, column passed: expected type boolean"):
        read({**files, "checks.parquet": held.getvalue()})
