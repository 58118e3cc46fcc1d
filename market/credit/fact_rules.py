"""
What people may bring in as facts: files of approvals and of credit levels, checks, and how each is read.

A file is taken whole or not at all. Everything wrong with it is told at once,
each reason with the number of its line as a spreadsheet shows it: the header
is line 1.

Basis: DESIGN §2 (coverage), §6; reference paper on detection, section 4.4.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final, TypeVar

from market.kernel import typed as reading
from market.kernel import uscc
from market.kernel.errors import Invalid, Reason, Reasons
from market.kernel.typed import Reading, Typed

MOST_ROWS: Final = 5_000
LONGEST: Final = 100
FIELD: Final = "rows"
# The headers of a file, in English and as authorities write them.
APPROVAL_COLUMNS: Final[Mapping[str, str]] = {
    "number": "审批文号",
    "owner_uscc": "业主代码",
    "project_code": "项目代码",
    "item": "事项编码",
    "division": "区划代码",
    "agency_uscc": "机构代码",
    "demanded": "是否要求提供",
    "decided_on": "决定日期",
}
LEVEL_COLUMNS: Final[Mapping[str, str]] = {"uscc": "机构代码", "level": "等级"}
_YES: Final = {"是": True, "否": False, "yes": True, "no": False}
_LEVELS: Final = frozenset("ABCD")
_OPTIONAL: Final = frozenset({"agency_uscc"})

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One line of a file of approvals."""

    line: int
    number: str
    owner_uscc: str
    project_code: str
    item: str
    division: str
    agency_uscc: str | None
    demanded: bool
    decided_on: date


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One line of a file of credit levels."""

    line: int
    uscc: str
    level: str


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was sent: its name, and the hash that knows it again."""

    name: str
    hash: str


@dataclass(frozen=True, slots=True)
class Check:
    """A regulator's check of an agency, or an authority's word on a deliverable; then the contract says whose."""

    uscc: str
    contract: str
    passed: bool
    words: str


def parse_approvals(
    typed: Typed, *, items: Collection[str], today: date, most: int = MOST_ROWS
) -> tuple[File, list[ApprovalRow]]:
    """Read a file of approvals, or refuse it with everything that is wrong with it."""

    def approval(line: int, cells: Mapping[str, str], wrong: Reasons) -> ApprovalRow:
        decided = reading.day(cells["decided_on"])
        if isinstance(decided, Reason):
            wrong.add("csv_day", FIELD, line=line, text=_short(cells["decided_on"]))
            decided = today
        if decided > today:
            wrong.add("csv_future", FIELD, line=line)
        if cells["item"] not in items:
            wrong.add("csv_item", FIELD, line=line, text=_short(cells["item"]))
        if not (len(cells["division"]) == 6 and cells["division"].isascii() and cells["division"].isdigit()):
            wrong.add("csv_division", FIELD, line=line, text=_short(cells["division"]))
        if cells["demanded"] not in _YES:
            wrong.add("csv_yes_or_no", FIELD, line=line, text=_short(cells["demanded"]))
        return ApprovalRow(
            line,
            cells["number"],
            _uscc(line, "owner_uscc", cells, wrong),
            cells["project_code"],
            cells["item"],
            cells["division"],
            _uscc(line, "agency_uscc", cells, wrong) or None,
            _YES.get(cells["demanded"], False),
            decided,
        )

    return _parsed(typed, APPROVAL_COLUMNS, approval, lambda row: f"{row.number} {row.item}", most)


def parse_levels(typed: Typed, *, agencies: Collection[str], most: int = MOST_ROWS) -> tuple[File, list[LevelRow]]:
    """Read a file of public credit levels, or refuse it with everything that is wrong with it."""

    def level(line: int, cells: Mapping[str, str], wrong: Reasons) -> LevelRow:
        code = _uscc(line, "uscc", cells, wrong)
        if code and code not in agencies:
            wrong.add("csv_agency", FIELD, line=line, text=code)
        if cells["level"] not in _LEVELS:
            wrong.add("csv_level", FIELD, line=line, text=_short(cells["level"]))
        return LevelRow(line, code, cells["level"])

    return _parsed(typed, LEVEL_COLUMNS, level, lambda row: row.uscc, most)


def parse_check(typed: Typed, *, of_contract: bool = False) -> Check:
    """Read a check; *of_contract* is an authority's, which is about a deliverable."""
    form = Reading(typed)
    code = "" if of_contract else form.uscc("uscc")
    contract = form.text("contract", most=40, optional=not of_contract)
    passed = form.one_of("passed", ("yes", "no")) == "yes"
    words = form.text("words", most=1000)
    form.finish()
    return Check(code, contract, passed, words)


def parse_annulment(typed: Typed) -> str:
    """Read why a check is annulled."""
    form = Reading(typed)
    reason = form.text("reason", most=500)
    form.finish()
    return reason


def _parsed(
    typed: Typed,
    columns: Mapping[str, str],
    row: Callable[[int, Mapping[str, str], Reasons], Row],
    key: Callable[[Row], str],
    most: int,
) -> tuple[File, list[Row]]:
    form = Reading(typed)
    name, text = form.text("name", most=LONGEST), typed.one(FIELD).removeprefix("\ufeff")
    lines = _lines(text, columns, form.reasons, most)
    rows, first = [], dict[str, int]()
    for line, cells in lines:
        before = len(form.reasons)
        made = row(line, cells, form.reasons)
        if len(form.reasons) == before and first.setdefault(key(made), line) != line:
            form.reasons.add("csv_twice", FIELD, line=line, first=first[key(made)])
        rows.append(made)
    if len(form.reasons):
        raise Invalid(reasons=sorted(form.reasons, key=lambda reason: int(reason.params.get("line", 0))))
    return File(name, hashlib.sha256(text.encode()).hexdigest()), rows


def _lines(text: str, columns: Mapping[str, str], wrong: Reasons, most: int) -> list[tuple[int, Mapping[str, str]]]:
    """Give the lines that have a cell for each column, by the English names."""
    table = csv.reader(io.StringIO(text))
    named = {zh: code for code, zh in columns.items()} | {code: code for code in columns}
    header = [named.get(cell.strip(), "") for cell in next(table, [])]
    if not text:
        wrong.add("field_required", FIELD)
    elif sorted(header) != sorted(columns):
        wrong.add("csv_header", FIELD, columns=",".join(columns.values()))
    if len(wrong):
        return []
    found: list[tuple[int, Mapping[str, str]]] = []
    for cells in islice(table, most + 1):
        line = table.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            wrong.add("csv_cells", FIELD, line=line, have=len(cells), need=len(columns))
            continue
        held = {code: cell.strip() for code, cell in zip(header, cells, strict=True)}
        _filled(line, held, columns, wrong)
        found.append((line, held))
    if len(found) > most:
        wrong.add("csv_too_long", FIELD, most=most)
        return []
    if not found and not len(wrong):
        wrong.add("csv_empty", FIELD)
    return found


def _filled(line: int, cells: Mapping[str, str], columns: Mapping[str, str], wrong: Reasons) -> None:
    for code, text in cells.items():
        if not text and code not in _OPTIONAL:
            wrong.add("csv_required", FIELD, line=line, column=columns[code])
        if len(text) > LONGEST:
            wrong.add("csv_cell_too_long", FIELD, line=line, column=columns[code], most=LONGEST)


def _uscc(line: int, name: str, cells: Mapping[str, str], wrong: Reasons) -> str:
    """Read a code; an empty one was told already where it may not be empty."""
    if not cells[name]:
        return ""
    found = uscc.check(cells[name])
    if isinstance(found, Reason):
        wrong.add("csv_uscc", FIELD, line=line, text=_short(cells[name]))
        return ""
    return found


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"
