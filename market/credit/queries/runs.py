"""
What a run of the evaluation writes, once and whole.

Only this module touches signals of a run being stored; no query of rankings
and scores reads them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from market.db import copy_records, execute, fetch, value


@dataclass(frozen=True, slots=True)
class Run:
    """The header of a run as it is stored."""

    as_of: date
    ruleset: str
    code_version: str
    inputs_hash: str
    result_hash: str
    signals_hash: str
    agencies: int


@dataclass(frozen=True, slots=True)
class Scored:
    """What one agency got in a run."""

    uscc: str
    place: int | None
    grade: str
    total: int | None
    parts: Mapping[str, Any]
    lines: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """One signal as it is stored."""

    code: str
    severity: str
    subject: Mapping[str, str]
    evidence: Mapping[str, str]
    fact_key: str


async def claim(slot: datetime, worker: str, *, now: datetime, until: datetime) -> bool:
    """Take a slot's computing until a moment; false while another worker has it."""
    sql = """
    insert into score_claim (slot, worker, until_at) values ($1, $2, $4)
    on conflict (slot) do update set worker = excluded.worker, until_at = excluded.until_at
      where score_claim.until_at <= $3 or score_claim.worker = excluded.worker
    """
    return await execute(sql, slot, worker, now, until) == "INSERT 0 1"


async def is_done(as_of: date) -> bool:
    """Tell whether the run of a day is stored."""
    return bool(await value("select exists (select from score_run where as_of = $1)", as_of))


async def add_run(run: Run, scored: Iterable[Scored], signals: Iterable[Found], now: datetime) -> int:
    """Write a run whole."""
    sql = """
    insert into score_run (as_of, ruleset, code_version, inputs_hash, result_hash, signals_hash, agencies, computed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
    """
    head = (run.as_of, run.ruleset, run.code_version, run.inputs_hash, run.result_hash, run.signals_hash, run.agencies)
    made: int = await value(sql, *head, now)
    keys = {each["uscc"]: each["id"] for each in await fetch("select id, uscc from agency")}
    await copy_records(
        "agency_score",
        columns=("run", "agency", "place", "grade", "total", "parts", "lines"),
        records=(
            (made, keys[each.uscc], each.place, each.grade, each.total, _json(each.parts), _json(each.lines))
            for each in scored
        ),
    )
    await copy_records(
        "signal",
        columns=("run", "code", "severity", "subject", "evidence", "fact_key"),
        records=(
            (made, each.code, each.severity, _json(each.subject), _json(each.evidence), each.fact_key)
            for each in signals
        ),
    )
    return made


def _json(held: Any) -> str:
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))
