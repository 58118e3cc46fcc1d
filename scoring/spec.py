"""
What a frame must look like, and the check that says everything that is wrong with one.

Rows are numbered as a spreadsheet shows the exported file: the header is row
1, so that the first row of data is row 2. Moments are whole seconds in UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FIRST_ROW: Final = 2
ROWS_NAMED: Final = 5


class Kind(StrEnum):
    """The five kinds of column; each value is the name of the type in a Table Schema."""

    TEXT = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "datetime"


class Export(StrEnum):
    """The two packages: what anyone may recompute from, and what only regulators read."""

    PUBLIC = "public"
    FULL = "full"


# Any, because the stubs know a type's name only as a literal.
DTYPES: Final[dict[Kind, Any]] = {
    Kind.TEXT: "str",
    Kind.INTEGER: "Int64",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "datetime64[us]",
    Kind.MOMENT: "datetime64[us, UTC]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called, means and may hold."""

    name: str
    kind: Kind
    title: str
    title_zh: str
    required: bool = True
    unit: str = ""
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    least: int | None = None
    most: int | None = None
    export: Export = Export.PUBLIC


@dataclass(frozen=True, slots=True)
class Frame:
    """
    One file of a package; *refers* names pairs of own column and the frame whose first column it cites.

    *export* is the narrowest package the file is in, *since* the first version of the package that has it.
    """

    name: str
    title: str
    title_zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    refers: tuple[tuple[str, str], ...] = ()
    export: Export = Export.PUBLIC
    since: str = "1.0.0"

    def is_in(self, export: Export) -> bool:
        """Say whether one export has the file at all; the full one has every file."""
        return export is Export.FULL or self.export is Export.PUBLIC

    def empty(self) -> pd.DataFrame:
        """Return the frame without rows, for a package that does not have the file."""
        return pd.DataFrame({column.name: pd.Series(dtype=DTYPES[column.kind]) for column in self.columns})

    def columns_of(self, export: Export) -> tuple[Column, ...]:
        """Return the columns of one export; the full one has them all."""
        return tuple(column for column in self.columns if export is Export.FULL or column.export is Export.PUBLIC)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file, and where."""

    file: str
    column: str
    row: int | None
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, column {self.column}" + ("" if self.row is None else f", row {self.row}")
        return f"{place}: {self.reason}"


class FrameError(ValueError):
    """Input that cannot be scored, with every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def check(frame: pd.DataFrame, spec: Frame, export: Export = Export.PUBLIC) -> pd.DataFrame:
    """
    Return the columns of *spec* in its order, or raise ``FrameError`` with every problem.

    The columns of *export* must be there; other columns of *spec* may be, and unknown ones are dropped.
    """
    known = [column for column in spec.columns if column.name in frame.columns]
    missing = tuple(
        Problem(spec.name, column.name, None, "the column is missing")
        for column in spec.columns_of(export)
        if column.name not in frame.columns
    )
    found = missing + tuple(problem for column in known for problem in _of_column(frame[column.name], column, spec))
    if not found:
        found = tuple(_of_key(frame, spec))
    if found:
        raise FrameError(found)
    return frame.loc[:, [column.name for column in known]].reset_index(drop=True)


def check_references(frames: dict[str, pd.DataFrame], specs: tuple[Frame, ...]) -> None:
    """Raise ``FrameError`` for every row that cites a row no frame has."""
    keys = {spec.name: spec.key[0] for spec in specs}
    found: list[Problem] = []
    for spec in specs:
        for name, cited in spec.refers:
            values = frames[spec.name][name]
            bad = values.notna() & ~among(values, frames[cited][keys[cited]])
            found += _at(bad, values, Problem(spec.name, name, None, f"not in {cited}"))
    if found:
        raise FrameError(tuple(found))


def among(values: pd.Series, wanted: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Say which *values* are among *wanted*; no value never is."""
    # An index of strings takes ten times as long, and ``isin`` of pandas 3 fifteen times.
    known = pa.array(pd.Series(list(wanted), dtype="str"))
    found: npt.NDArray[np.bool_] = pc.is_in(pa.array(values), known, skip_nulls=True).to_numpy(zero_copy_only=False)
    return found


def _of_column(values: pd.Series, column: Column, spec: Frame) -> Iterator[Problem]:
    """Give the problems of one column."""
    here = Problem(spec.name, column.name, None, "")
    wanted = DTYPES[column.kind]
    if str(values.dtype) != wanted:
        yield Problem(here.file, here.column, None, f"expected type {wanted}, found {values.dtype}")
        return
    empty = values.isna()
    if column.required:
        yield from _at(empty, values, Problem(here.file, here.column, None, "a value is required"))
    present = ~empty
    for bad, reason in _limits(values, column):
        yield from _at(present & bad, values, Problem(here.file, here.column, None, reason))


def _limits(values: pd.Series, column: Column) -> Iterator[tuple[pd.Series, str]]:
    """Give each limit of a column as the rows that break it, and its words."""
    if column.one_of:
        yield ~values.isin(column.one_of), f"expected one of {', '.join(column.one_of)}"
    if column.pattern:
        yield ~values.str.fullmatch(column.pattern).fillna(True).astype(bool), f"expected {column.pattern}"
    if column.least is not None:
        yield (values < column.least).fillna(False).astype(bool), f"expected at least {column.least}"
    if column.most is not None:
        yield (values > column.most).fillna(False).astype(bool), f"expected at most {column.most}"
    if column.kind is Kind.MOMENT:
        yield values.dt.microsecond.fillna(0) != 0, "expected a whole second"
    if column.kind is Kind.DATE:
        yield values.dt.normalize().ne(values), "expected a date without a time"


def _of_key(frame: pd.DataFrame, spec: Frame) -> Iterator[Problem]:
    """Give the rows whose key an earlier row already has."""
    again = frame.duplicated(list(spec.key))
    label = "+".join(spec.key)
    yield from _at(again, frame[spec.key[0]], Problem(spec.name, label, None, "the key is not unique"))


def _at(bad: pd.Series, values: pd.Series, problem: Problem) -> Iterator[Problem]:
    """Give *problem* once for each of the first bad rows, and once for the rest together."""
    places = bad.to_numpy(dtype=bool).nonzero()[0]
    for place in places[:ROWS_NAMED].tolist():
        value = values.iloc[place]
        shown = problem.reason if pd.isna(value) else f"{problem.reason}, found {value}"
        yield Problem(problem.file, problem.column, place + FIRST_ROW, shown)
    if len(places) > ROWS_NAMED:
        more = f"{problem.reason} (and {len(places) - ROWS_NAMED} more rows)"
        yield Problem(problem.file, problem.column, None, more)
