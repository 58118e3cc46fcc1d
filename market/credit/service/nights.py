"""
What the nights left: their lines, kept for a while, and what each of them did.

Nothing here is public: a night's scores count nowhere, and its signals are for
regulators only, so that not even the operator learns how many there are.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from asyncpg import Record

from market.credit.queries import nights as queries
from market.credit.queries import runs
from market.kernel.calendar import end_of
from market.kernel.errors import NotFound
from market.kernel.roles import Actor, Role
from market.kernel.times import local

LINES_KEPT: Final = timedelta(days=35)
MOST_NIGHTS: Final = 100
_DAY: Final = timedelta(days=1)
# Told elsewhere on the page, or to regulators only.
_ELSEWHERE: Final = frozenset({"signals", "grades", "inputs", "result", "as_of", "version"})


@dataclass(frozen=True, slots=True)
class JobDone:
    """One job of a night and what it counted; a count of several kinds is a table of its own."""

    job: str
    slot: datetime
    finished_at: datetime
    counts: dict[str, int | str]
    tables: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Night:
    """What one night did."""

    as_of: date
    runs: tuple[Record, ...]
    grades: dict[str, int]
    jobs: tuple[JobDone, ...]
    signals: dict[str, int]


async def nights() -> list[Record]:
    """List the last nights that were evaluated."""
    return await queries.nights(MOST_NIGHTS)


async def night(as_of: date, actor: Actor) -> Night:
    """Return what the night after a day did; signals are counted for supervision only."""
    found = await queries.runs_of(as_of)
    if not found:
        raise NotFound
    watches = actor.role in (Role.REGULATOR, Role.AUDITOR)
    begins = end_of(as_of)
    jobs = tuple(_done(each) for each in await queries.jobs_of(begins, begins + _DAY))
    signals = await queries.signals_of(as_of) if watches else {}
    return Night(as_of, tuple(found), json.loads(found[0]["grades"]), jobs, signals)


async def prune_lines(slot: datetime) -> Mapping[str, Any]:
    """Give up the lines of nights that ended five weeks before a slot; the scores stay, and what a ranking cites."""
    return {"pruned": await runs.prune_lines((local(slot) - LINES_KEPT).date())}


def _done(found: Record) -> JobDone:
    result = {name: held for name, held in json.loads(found["result"]).items() if name not in _ELSEWHERE}
    tables = {name: held for name, held in result.items() if isinstance(held, dict)}
    counts = {name: held for name, held in result.items() if isinstance(held, int | str)}
    return JobDone(found["job"], found["slot"], found["finished_at"], counts, tables)
