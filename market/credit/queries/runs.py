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
    number: int = 1


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


async def same(run: Run, after: int) -> int | None:
    """Return a run of a day later than one by number that had the same inputs and results and still has its lines."""
    sql = """
    select r.id from score_run r where r.as_of = $1 and r.inputs_hash = $2 and r.result_hash = $3
      and r.number > $4
      and not exists (select from agency_score s where s.run = r.id and s.total is not null and s.lines = '[]')
      and not exists (select from ranking k where k.run = r.id)
    order by r.number limit 1
    """
    found: int | None = await value(sql, run.as_of, run.inputs_hash, run.result_hash, after)
    return found


async def next_number(as_of: date) -> int:
    """Return the number of the next run of a day."""
    found: int = await value("select coalesce(max(number), 0) + 1 from score_run where as_of = $1", as_of)
    return found


async def key_of(as_of: date, number: int) -> int:
    """Return the key of a run."""
    found: int = await value("select id from score_run where as_of = $1 and number = $2", as_of, number)
    return found


async def prune_lines(before: date) -> int:
    """Give up the lines of nights before a day, but not of runs that a ranking cites."""
    found: int = await value("select prune_lines($1)", before)
    return found


async def add_run(run: Run, scored: Iterable[Scored], signals: Iterable[Found], now: datetime) -> int:
    """Write a run whole."""
    sql = """
    insert into score_run (as_of, ruleset, code_version, inputs_hash, result_hash, signals_hash, agencies, number,
      computed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id
    """
    hashes = (run.inputs_hash, run.result_hash, run.signals_hash)
    head = (run.as_of, run.ruleset, run.code_version, *hashes, run.agencies, run.number)
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
