"""
Reading a ruleset's document into its types, and refusing what does not fit.

Nothing is filled in and nothing is ignored: a missing key, an unknown one, a
value of another type, a wrong unit or an empty source stops the program at the
first use, before a notice can be published under half a ruleset.
"""

import dataclasses
from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from market.kernel.calendar import WorkdayUnit
from market.kernel.rulesets.schema import Clause, Funds, Limit, Line, Method, MethodRule, Ruleset

T = TypeVar("T")

_VALUE_KEYS: Final = frozenset({"value", "unit", "source", "note"})
_CLAUSE_TABLES: Final = ("direct_grounds", "statutory_exceptions", "abandonment_excuses")
_HEAD_KEYS: Final = frozenset({"title_zh", "title_en", "in_force_on", "practice", "workday_unit", "split_warning_days"})
_LISTED_KEYS: Final = frozenset({"methods", "limits", *_CLAUSE_TABLES})


class BadRuleset(ValueError):
    """A ruleset's file does not say exactly what it must."""


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a document over the one it is based on, table by table, value by value."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(value, dict) and isinstance(below, dict) and "value" not in value
        result[key] = merged(below, value) if both and isinstance(below, dict) else value
    return result


def assemble(code: str, document: Mapping[str, Any]) -> Ruleset:
    """Check a whole document and return the ruleset it states."""
    sections = {
        name: kind
        for name, kind in get_type_hints(Ruleset).items()
        if dataclasses.is_dataclass(kind) and isinstance(kind, type)
    }
    _same_keys(code, document, _HEAD_KEYS | _LISTED_KEYS | sections.keys())
    lines: list[Line] = []
    read: dict[str, Any] = {name: _section(name, kind, document[name], lines) for name, kind in sections.items()}
    read["methods"] = _methods(document["methods"], lines)
    for table in _CLAUSE_TABLES:
        read[table] = _clauses(table, document[table])
    read["split_warning_days"] = _value("split_warning_days", int, "days", document["split_warning_days"], lines)
    ruleset = Ruleset(
        code=code,
        title_zh=_as(str, "title_zh", document["title_zh"]),
        title_en=_as(str, "title_en", document["title_en"]),
        in_force_on=_as(date, "in_force_on", document["in_force_on"]),
        practice=_as(bool, "practice", document["practice"]),
        workday_unit=_as(WorkdayUnit, "workday_unit", document["workday_unit"]),
        limits=tuple(_limit(index, table) for index, table in enumerate(document["limits"])),
        lines=tuple(lines),
        **read,
    )
    _agree(ruleset)
    return ruleset


def _section(name: str, kind: type[T], table: Mapping[str, Any], lines: list[Line]) -> T:
    hints = get_type_hints(kind)
    fields = {each.name: each for each in dataclasses.fields(kind)}  # type: ignore[arg-type]
    _same_keys(name, table, fields.keys())
    values = {
        key: _value(f"{name}.{key}", hints[key], each.metadata["unit"], table[key], lines)
        for key, each in fields.items()
    }
    return kind(**values)


def _value(path: str, kind: Any, unit: str, table: Mapping[str, Any], lines: list[Line]) -> Any:
    if not isinstance(table, dict):
        raise BadRuleset(f"{path}: a value comes with its unit, source and note")
    _same_keys(path, table, _VALUE_KEYS)
    if table["unit"] != unit:
        raise BadRuleset(f"{path}: the unit is {unit!r}, not {table['unit']!r}")
    source, note = _as(str, path, table["source"]), _as(str, path, table["note"])
    if not source.strip():
        raise BadRuleset(f"{path}: a value has a source, if only a local rule")
    value = _as(kind, path, table["value"])
    lines.append(Line(path, _written(value), unit, source, note))
    return value


def _as(kind: Any, path: str, value: object) -> Any:
    """Return *value* as *kind*, without any conversion but that of codes to enum members."""
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise BadRuleset(f"{path}: a list is wanted")
        found = tuple(_as(get_args(kind)[0], path, each) for each in value)
        if len(set(found)) != len(found):
            raise BadRuleset(f"{path}: the list names something twice")
        return found
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value not in {str(member) for member in kind}:
            raise BadRuleset(f"{path}: {value!r} is none of {', '.join(kind)}")
        return kind(value)
    # bool is an int to Python, and datetime a date; neither is meant here.
    if type(value) is not kind:
        raise BadRuleset(f"{path}: {value!r} is no {kind.__name__}")
    if kind is int and isinstance(value, int) and value < 0:
        raise BadRuleset(f"{path}: {value} is negative")
    return value


def _methods(table: Mapping[str, Any], lines: list[Line]) -> Mapping[Method, MethodRule]:
    _same_keys("methods", table, {str(method) for method in Method})
    return MappingProxyType(
        {method: _section(f"methods.{method}", MethodRule, table[method], lines) for method in Method}
    )


def _clauses(name: str, table: Mapping[str, Any]) -> Mapping[str, Clause]:
    found = {}
    for code, row in table.items():
        _same_keys(f"{name}.{code}", row, {"basis", "note"})
        found[code] = Clause(code, *(_as(str, f"{name}.{code}", row[key]) for key in ("basis", "note")))
    if not found:
        raise BadRuleset(f"{name} is empty")
    return MappingProxyType(found)


def _limit(index: int, table: Mapping[str, Any]) -> Limit:
    hints = get_type_hints(Limit)
    _same_keys(f"limits[{index}]", table, hints.keys())
    return Limit(**{key: _as(kind, f"limits[{index}].{key}", table[key]) for key, kind in hints.items()})


def _same_keys(path: str, table: Mapping[str, Any], wanted: Any) -> None:
    missing, unknown = sorted(set(wanted) - table.keys()), sorted(table.keys() - set(wanted))
    if missing or unknown:
        raise BadRuleset(f"{path}: missing {missing}, unknown {unknown}")


def _agree(ruleset: Ruleset) -> None:
    """Refuse values that are each well formed and cannot hold together."""
    wrong = {
        "a working day may last a minute in practice only": ruleset.workday_unit is WorkdayUnit.MINUTE
        and not ruleset.practice,
        "office hours end after they begin": ruleset.registration.deadline_from >= ruleset.registration.deadline_to,
        "funds that must use the market are public": not set(ruleset.funds.must_use) <= set(ruleset.funds.public),
        "private funds are not public": Funds.PRIVATE in ruleset.funds.public,
        # A draw that is the only method offered was named an abuse by a fair-competition review.
        "an owner of any funds has a choice of methods": any(len(ruleset.methods_for(each)) < 2 for each in Funds),
        "a method needs at least one registrant": any(
            min(rule.least_public, rule.least_private) < 1 for rule in ruleset.methods.values()
        ),
        "a floor is at most the ceiling": ruleset.price.floor_least_percent > 100,
    }
    found = [claim for claim, broken in wrong.items() if broken]
    if found:
        raise BadRuleset(f"{ruleset.code}: " + "; ".join(found))


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
