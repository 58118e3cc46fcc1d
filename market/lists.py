"""
Public lists as files: CSV, XLSX and JSON of what the page shows, at the same URL.

Text that a spreadsheet would run as a formula gets an apostrophe in front;
codes stay text, so that no office program eats their zeros.

Basis: OWASP ASVS 5.0 1.2.10 (formula injection).
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any, Literal
from urllib.parse import quote

import msgspec
import xlsxwriter
from litestar import MediaType, Request, Response

from market.kernel.errors import NotFound
from market.kernel.times import rfc3339, whole_seconds
from market.pages import Pager, url

Kind = Literal["text", "code", "number", "fen", "moment", "date"]
Form = Literal["csv", "xlsx", "json"]
MOST_ROWS = 50_000
PAGE_SIZE = 50
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: the key in its rows, its header in both languages, and what it holds."""

    key: str
    zh: str
    en: str
    kind: Kind = "text"

    def header(self, lang: str) -> str:
        """Return the header with its unit."""
        name = self.zh if lang == "zh" else self.en
        return name + ("（元）" if lang == "zh" else " (CNY)") if self.kind == "fen" else name


def asked_page(request: Request[Any, Any, Any]) -> int:
    """Return the number of the page asked for; what is no number is the first one."""
    asked = request.query_params.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1


def pager(request: Request[Any, Any, Any], rows: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> Pager:
    """Return where a page of rows stands, each of which carries the ``total``; there is no page beyond the end."""
    number = asked_page(request)
    if not rows and number > 1:
        raise NotFound
    path = request.url.path
    total = int(rows[0]["total"]) if rows else 0
    return Pager(number, PAGE_SIZE, total, lambda place: url(path, **query, page=place if place > 1 else None))


def form_of(path: str) -> Form | None:
    """Tell from a path which file is wanted; None is the page itself."""
    forms: tuple[Form, ...] = ("csv", "xlsx", "json")
    return next((form for form in forms if path.endswith("." + form)), None)


def listing(
    request: Request[Any, Any, Any], columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], name: str
) -> Response[bytes]:
    """Answer a list in the form its path asks for; *name* is the file's name without ending."""
    path = request.scope["path"]
    form = form_of(path) or "json"
    lang = request.scope["state"]["visit"].lang
    body, kind = {"csv": _csv, "xlsx": _xlsx, "json": _json}[form](columns, rows, lang)
    headers = {"Cache-Control": "no-cache"}
    if form != "json":
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{form}"
    return Response(body, media_type=kind, headers=headers)


def _csv(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], lang: str) -> tuple[bytes, str]:
    out = io.StringIO(newline="")
    out.write("\ufeff")
    write = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    write.writerow([column.header(lang) for column in columns])
    for row in rows:
        write.writerow([_plain(column, row[column.key]) for column in columns])
    return out.getvalue().encode(), "text/csv; charset=utf-8"


def _json(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], _lang: str) -> tuple[bytes, str]:
    shape, values, moments = _shape(tuple(columns))
    shown = [shape(*values(row)) for row in rows]
    for key in moments:
        for each in shown:
            moment = getattr(each, key)
            if moment is not None:
                setattr(each, key, whole_seconds(moment))
    return msgspec.json.encode({"rows": shown, "count": len(shown)}), MediaType.JSON


@cache
def _shape(columns: tuple[Column, ...]) -> tuple[type[msgspec.Struct], Callable[[Any], Any], list[str]]:
    """Return the record of a row of these columns, how to read its values, and which of them are moments."""
    keys = [column.key for column in columns]
    # A record is made and written faster than a dict; everything but moments msgspec writes as it is.
    return msgspec.defstruct("Row", keys), itemgetter(*keys), [each.key for each in columns if each.kind == "moment"]


def _xlsx(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], lang: str) -> tuple[bytes, str]:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("数据" if lang == "zh" else "Data")
        bold = book.add_format({"bold": True, "bottom": 1})
        as_text = book.add_format({"num_format": "@"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, 22 if column.kind in ("text", "code") else 16)
            sheet.write_string(0, place, column.header(lang), bold)
        for number, row in enumerate(rows, 1):
            for place, column in enumerate(columns):
                value = row[column.key]
                if value is None:
                    continue
                if column.kind == "fen":
                    sheet.write_number(number, place, value / 100, money)
                elif column.kind == "number":
                    sheet.write_number(number, place, value)
                else:
                    sheet.write_string(number, place, str(_told(column, value)), as_text)
    return out.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _told(column: Column, value: Any) -> Any:
    """Return a value as JSON tells it: moments with their zone, dates as ISO, the rest as it is."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _plain(column: Column, value: Any) -> str:
    """Return a value as a CSV cell tells it."""
    if value is None:
        return ""
    if column.kind == "fen":
        sign, whole = ("-", -value) if value < 0 else ("", value)
        return f"{sign}{whole // 100}.{whole % 100:02d}"
    text = str(_told(column, value))
    guarded = text.lstrip(" \u3000\ufeff").startswith(RISKY) and column.kind in ("text", "code")
    return "'" + text if guarded else text
