"""One run of the indicators: when each is computed, what the table holds, and that nothing changes a byte."""

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from scoring.__main__ import main
from scoring.facts import Window
from scoring.groups import groups_of
from scoring.indicator import UNITS_ZH, explanation
from scoring.package import csv_bytes, digest, read, write
from scoring.registry import INDICATORS
from scoring.signals import COLUMNS, Outcome, Result, Severity, Subject
from scoring.spec import DTYPES, Export, Frame, check
from scoring.watch import watch
from tests.scoring.build import AS_OF, frames
from tests.scoring.worlds import Frames, admitted, agency, d01, items_a_and_b, l01, m02, owner, t01, world

NEVER = re.compile("黑名单|失信|惩戒|系统决定|违法|blacklist|guilty|fraud|convict", re.IGNORECASE)


def a_city() -> Frames:
    """Build a world in which every indicator has a signal and something it cannot judge."""
    market = m02((20, 12, 8, 0, 0), item="990101", item_family="M")
    chosen = [{**row, "item": "990101", "item_family": "L"} for row in l01((9, 1, 0, 0, 0), (4, 4, 4, 4, 4))]
    tied = [{**row, "item_family": "T"} for row in t01(((8, 2), (1, 9)))]
    few = l01((3,), (), item="990101", item_family="S")
    drawn = [{**row, "item": "990101", "item_family": "D", "method": "random_draw"} for row in m02((12, 0, 0, 0, 0))]
    return world(
        [*market, *chosen, *tied, *few, *drawn],
        approvals=[*d01(((11, 1), (8, 32))), *d01(((3, 0), (1, 1)), item="990404")],
        admissions=admitted(),
        items=[*items_a_and_b(), {"item": "990101"}],
        guides=[{"agency": agency(0), "guide": "G1"}],
        fees=[{"agency": agency(0), "notice": "N00001", "guide": "G1", "billed_fen": 120_00}],
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return watch(a_city(), AS_OF)


def test_every_indicator_of_the_registry_has_a_signal_here(table: pd.DataFrame) -> None:
    found = table.loc[table["outcome"] == "signal", "code"]

    assert set(found) == {indicator.code for indicator in INDICATORS}
    assert {"M02", "L01", "D01"} <= set(table.loc[table["outcome"] == "insufficient", "code"])


def test_the_table_is_as_its_columns_say(table: pd.DataFrame) -> None:
    spec = Frame("signals", "Signals", "信号", COLUMNS, ("key",))

    checked = check(table, spec)

    assert list(checked.columns) == [column.name for column in COLUMNS]
    assert {str(table[column.name].dtype) for column in COLUMNS} == {DTYPES[column.kind] for column in COLUMNS}


def test_every_column_says_what_it_means_in_both_languages() -> None:
    for column in COLUMNS:
        assert column.title.isascii()
        assert not column.title_zh.isascii()


def test_a_signal_says_what_it_suspects_and_what_else_may_explain_it(table: pd.DataFrame) -> None:
    for row in table[table["outcome"] == "signal"].to_dict("records"):
        assert row["explanation_zh"].startswith("信号：疑似")
        assert row["explanation_en"].startswith("Signal: possibl")
        assert len(row["others_zh"].split("；")) >= 3
        assert len(row["others_en"].split("; ")) == len(row["others_zh"].split("；"))
    assert not any(NEVER.search(text) for name in table.columns for text in table[name].dropna().astype(str))


def test_a_guard_that_fails_does_not_say_normal(table: pd.DataFrame) -> None:
    rows = table[table["outcome"] == "insufficient"]

    assert rows["explanation_zh"].str.startswith("样本不足").all()
    assert rows["missing"].notna().all()
    assert rows["p"].isna().all()


def test_a_signal_carries_its_rows_parameters_and_family(table: pd.DataFrame) -> None:
    (row,) = table[(table["code"] == "M02") & (table["outcome"] == "signal")].to_dict("records")

    assert len(json.loads(row["rows"])) == row["sample"] == 40
    assert row["rows_hash"] == digest(row["rows"].encode())
    assert json.loads(row["parameters"])["excess"] == 0.15
    assert row["tested"] == (table["code"].eq("M02") & table["p"].notna()).sum()
    assert (row["window_from"], row["window_to"]) == (pd.Timestamp("2025-10-01"), pd.Timestamp("2026-09-30"))


def test_classical_tests_wait_for_the_end_of_a_quarter(table: pd.DataFrame) -> None:
    nightly = watch(a_city(), date(2026, 9, 29))

    assert set(nightly["code"]) == {"R02", "R03", "F01"}
    assert {indicator.code for indicator in INDICATORS if indicator.severity is Severity.FACT} == {"R02", "R03"}


def test_no_order_of_rows_changes_a_byte(table: pd.DataFrame) -> None:
    turned = {name: rows.iloc[::-1].reset_index(drop=True) for name, rows in a_city().items()}

    assert csv_bytes(watch(turned, AS_OF)) == csv_bytes(table)


def test_a_run_leaves_its_input_as_it_was() -> None:
    built = a_city()

    watch(built, AS_OF)

    for name, rows in a_city().items():
        pd.testing.assert_frame_equal(built[name], rows)


def test_without_rows_there_is_a_header_and_nothing_else() -> None:
    empty = watch(frames(agencies=[]), AS_OF)

    assert csv_bytes(empty).decode() == ",".join(column.name for column in COLUMNS) + "\n"


def test_a_signal_that_stood_in_the_window_before_says_so() -> None:
    now = m02((20, 12, 8, 0, 0))
    before = m02((20, 12, 8, 0, 0), selected_at="2025-09-30T15:59:59Z", published_at="2025-09-01T00:00:00Z")

    for rows, repeated in ((now, False), (now + before, True)):
        found = watch(world(rows, items=[{"item": "990101"}]), AS_OF)
        assert found.loc[found["outcome"] == "signal", "repeated"].tolist() == [repeated]


def test_the_same_facts_have_the_same_key_and_one_row_more_another() -> None:
    first, again = (watch(world(m02((20, 12, 8, 0, 0))), AS_OF)["key"].tolist() for _ in range(2))
    more = watch(world(m02((21, 12, 8, 0, 0))), AS_OF)["key"].tolist()

    assert first == again
    assert first != more


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2026-09-30", "2025-10-01"),
        ("2026-03-31", "2025-04-01"),
        ("2024-02-29", "2023-03-01"),
        ("2026-05-15", "2025-05-16"),
    ],
)
def test_windows_meet_without_gap_or_overlap(last: str, first: str) -> None:
    window = Window(date.fromisoformat(last), 12)

    assert window.first == date.fromisoformat(first)
    assert pd.Timestamp(window.before().last) + pd.Timedelta(days=1) == pd.Timestamp(window.first)


def test_who_shares_a_controller_or_a_representative_is_one_group_by_any_chain() -> None:
    members = pd.DataFrame(
        {"agency": ["D", "A", "B", "C"], "controller": [None, "X", "X", None], "legal": [None, None, "Y", "Y"]}
    ).astype("str")

    assert groups_of(members, ("controller", "legal")) == {"A": "A", "B": "A", "C": "A", "D": "D"}


def test_every_unit_of_a_guard_has_a_chinese_word(table: pd.DataFrame) -> None:
    parts = [part.split(" ")[0] for text in table["missing"].dropna() for part in text.split("; ")]

    assert set(parts) <= set(UNITS_ZH)
    for indicator in INDICATORS:
        missing = Result(Subject(owner=owner(0)), Outcome.INSUFFICIENT, 0, (), missing="notices 1/8; owners 1/5")
        assert explanation(indicator, missing).zh.startswith("样本不足（公告 1/8；业主 1/5）")


@pytest.mark.parametrize("export", list(Export))
def test_only_a_full_package_gives_signals(tmp_path: Path, export: Export) -> None:
    (tmp_path / "in").mkdir()
    for name, data in write(a_city(), export=export).items():
        (tmp_path / "in" / name).write_bytes(data)

    assert main([str(tmp_path / "in"), "--as-of", "2026-09-30", "--out", str(tmp_path / "out")]) == 0

    assert (tmp_path / "out" / "signals.csv").exists() == (export is Export.FULL)
    names = {path.name for path in (tmp_path / "in").iterdir()}
    assert ("approvals.csv" in names) == ("pools.csv" in names) == ("owners.csv" in names) == (export is Export.FULL)


def test_the_command_writes_the_same_bytes_as_the_run(tmp_path: Path, table: pd.DataFrame) -> None:
    (tmp_path / "in").mkdir()
    for name, data in write(a_city(), export=Export.FULL, parquet=True).items():
        (tmp_path / "in" / name).write_bytes(data)

    main([str(tmp_path / "in"), "--as-of", "2026-09-30", "--out", str(tmp_path / "out")])

    assert (tmp_path / "out" / "signals.csv").read_bytes() == csv_bytes(table)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["results"]["signals.csv"] == digest(csv_bytes(table))


def test_a_package_of_the_first_version_is_read_as_before() -> None:
    built = a_city()
    files = write(built, export=Export.PUBLIC)
    first = {
        name: data for name, data in files.items() if name.split(".")[0] not in ("items", "notices", "guides", "fees")
    }
    first["datapackage.json"] = first["datapackage.json"].replace(b'"version": "1.1.0"', b'"version": "1.0.0"')

    again = read(first)

    pd.testing.assert_frame_equal(again["admissions"], built["admissions"])
    assert again["notices"].empty
