"""Objections of agencies to their line of a draft, and the answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asyncpg import Record

from market.credit.states import ObjectionOutcome
from market.db import execute, fetch, value


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection with its answer."""

    id: int
    ranking: int
    run_number: int
    uscc: str
    agency: str
    organisation: int
    words: str
    filed_at: datetime
    outcome: ObjectionOutcome | None
    answer: str | None
    answered_at: datetime | None
    answered_for: str | None


_OBJECTION: Final = """
select b.id, b.ranking, b.run_number, a.uscc, a.name as agency, a.organisation, b.words, b.filed_at, b.outcome,
  b.answer, b.answered_at, o.name as answered_for
from ranking_objection b join agency a on a.id = b.agency left join organisation o on o.id = b.answered_for
"""


async def of_ranking(key: int) -> list[ObjectionRow]:
    """List the objections to a ranking, those without an answer first, then the oldest."""
    sql = _OBJECTION + "where b.ranking = $1 order by b.outcome is not null, b.filed_at, b.id"
    return [_objection(each) for each in await fetch(sql, key)]


async def of_agency(key: int, organisation: int) -> list[ObjectionRow]:
    """List what an agency filed against the drafts of a ranking, newest first."""
    sql = _OBJECTION + "where b.ranking = $1 and a.organisation = $2 order by b.id desc"
    return [_objection(each) for each in await fetch(sql, key, organisation)]


async def agency_of(run: int, organisation: int) -> int | None:
    """Return the agency of an organisation if a run scored it."""
    sql = "select a.id from agency a join agency_score s on s.agency = a.id where s.run = $1 and a.organisation = $2"
    found: int | None = await value(sql, run, organisation)
    return found


async def add(key: int, agency: int, words: str, *, person: int, now: datetime) -> int | None:
    """File an objection against the draft as it is; nothing if this agency has filed one."""
    sql = """
    insert into ranking_objection (ranking, agency, words, filed_by, filed_at) values ($1, $2, $3, $4, $5)
    on conflict (ranking, run_number, agency) do nothing returning id
    """
    made: int | None = await value(sql, key, agency, words, person, now)
    return made


async def answer(
    key: int, outcome: ObjectionOutcome, words: str, *, person: int, organisation: int, now: datetime
) -> bool:
    """Answer an objection once."""
    sql = """
    update ranking_objection set outcome = $2, answer = $3, answered_by = $4, answered_for = $5, answered_at = $6
    where id = $1 and outcome is null
    """
    return await execute(sql, key, outcome, words, person, organisation, now) == "UPDATE 1"


def _objection(found: Record) -> ObjectionRow:
    outcome = ObjectionOutcome(found["outcome"]) if found["outcome"] else None
    return ObjectionRow(**{**dict(found), "outcome": outcome})
