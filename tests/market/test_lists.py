"""Rules of lists as files: the same rows in three forms, nothing a spreadsheet would run, nothing it would eat."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from market.lists import Column, form_of, listing

COLUMNS = (
    Column("code", "编号", "Code", "code"),
    Column("name", "名称", "Name"),
    Column("count", "数量", "Count", "number"),
    Column("price_fen", "金额", "Amount", "fen"),
    Column("at", "时间", "At", "moment"),
    Column("on", "日期", "On", "date"),
)
MOMENT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "code": "007",
        "name": '水土,"保持"\n方案',
        "count": 12,
        "price_fen": 1_234_506,
        "at": MOMENT,
        "on": date(2026, 1, 2),
    },
    {"code": "008", "name": None, "count": 0, "price_fen": None, "at": None, "on": None},
]


def answered(path: str, rows: list[dict[str, Any]] = ROWS) -> Any:
    return asked_in("zh", path, rows)


def asked_in(lang: str, path: str, rows: list[dict[str, Any]] = ROWS) -> Any:
    request = SimpleNamespace(scope={"path": path, "state": {"visit": SimpleNamespace(lang=lang)}})
    return listing(request, COLUMNS, rows, "选取公告")  # type: ignore[arg-type]


def csv_rows(rows: list[dict[str, Any]] = ROWS) -> list[list[str]]:
    text = answered("/notices.csv", rows).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_rows(rows: list[dict[str, Any]] = ROWS) -> list[list[str]]:
    """Read the cells of the only sheet without any library that could mend them."""
    with zipfile.ZipFile(io.BytesIO(answered("/notices.xlsx", rows).content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found = []
    for row in ElementTree.fromstring(sheet).iter(f"{space}row"):
        cells = dict.fromkeys("ABCDEF", "")
        for cell in row.iter(f"{space}c"):
            cells[re.sub(r"\d", "", cell.attrib["r"])] = "".join(cell.itertext())
        found.append(list(cells.values()))
    return found


def test_a_csv_begins_with_its_mark_and_ends_lines_as_spreadsheets_do() -> None:
    body = answered("/notices.csv").content

    assert body.startswith(b"\xef\xbb\xbf")
    assert body.endswith(b"\r\n")


def test_the_three_forms_hold_the_same_rows() -> None:
    told = json.loads(answered("/notices.json").content)
    head, *lines = csv_rows()
    xlsx_head, *cells = xlsx_rows()

    assert head == xlsx_head == ["编号", "名称", "数量", "金额（元）", "时间", "日期"]
    assert told["count"] == len(lines) == len(cells) == 2
    for row, line, cell in zip(told["rows"], lines, cells, strict=True):
        assert [line[0], line[1]] == [cell[0], cell[1]] == [row["code"], row["name"] or ""]
        assert int(line[2]) == int(cell[2]) == row["count"]
        if row["price_fen"] is not None:
            assert round(float(line[3]) * 100) == round(float(cell[3]) * 100) == row["price_fen"]
        assert [line[4], line[5]] == [cell[4], cell[5]] == [row["at"] or "", row["on"] or ""]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\u3000=1", "＝1", "＋1", "－1", "＠x", "\ufeff=1", "\n=1"],
)
@pytest.mark.parametrize("column", ["name", "code"])
def test_text_that_a_spreadsheet_would_run_is_guarded(text: str, column: str) -> None:
    guarded = csv_rows([ROWS[0] | {column: text}])[1]

    assert guarded[0 if column == "code" else 1] == "'" + text


@pytest.mark.parametrize("text", ["示例=1", "a-b", "1+1", "邮箱@示例"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert csv_rows([ROWS[0] | {"name": text}])[1][1] == text


@pytest.mark.parametrize(
    ("fen", "shown"), [(0, "0.00"), (5, "0.05"), (100, "1.00"), (-105, "-1.05"), (123_456_789_012, "1234567890.12")]
)
def test_money_is_exact_to_the_fen(fen: int, shown: str) -> None:
    assert csv_rows([ROWS[0] | {"price_fen": fen}])[1][3] == shown


@pytest.mark.parametrize(
    ("path", "form"), [("/a.csv", "csv"), ("/a.xlsx", "xlsx"), ("/a.json", "json"), ("/a", None), ("/a.csvx", None)]
)
def test_the_path_says_which_form_is_wanted(path: str, form: str | None) -> None:
    assert form_of(path) == form


def test_a_file_has_a_name_every_browser_can_read() -> None:
    assert answered("/notices.csv").headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%E9%80%89%E5%8F%96%E5%85%AC%E5%91%8A.csv"
    )


def test_english_readers_get_english_heads() -> None:
    text = asked_in("en", "/notices.csv").content.decode("utf-8-sig")

    assert text.splitlines()[0] == '"Code","Name","Count","Amount (CNY)","At","On"'
