"""
The questions owners are asked about a second service, and their answers.

A question goes to every owner that had both services of a signal from its
agency, or from one under the same verified control, for the same project.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asyncpg import Record

from market.credit.states import FreelyBought
from market.db import execute, fetch, row


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as its owner sees it: the contract and the other service, and no suspicion."""

    id: int
    contract: str
    title: str
    item_name: str
    agency_name: str
    asked_at: datetime
    answer_by_at: datetime
    answer: FreelyBought | None
    words: str | None
    answered_at: datetime | None


async def ask(run: int, *, now: datetime, until: datetime) -> list[Record]:
    """Insert the questions of a run's signals that were not asked before; return each with its owner."""
    sql = """
    with told as (
      select s.id, s.fact_key, a.id as agency, s.subject ->> 'item' as item, s.subject ->> 'other_item' as other,
        coalesce(s.subject ->> 'region', '') as region,
        (select array_agg(distinct m.id) from agency m where m.id = a.id
          or exists (select from related_party p join related_party q
            on q.identifier = p.identifier and q.kind = 'controller' and q.verified and q.ended_at is null
            where p.agency = a.id and q.agency = m.id and p.kind = 'controller' and p.verified and p.ended_at is null
              and p.identifier is not null)) as members
      from signal s join agency a on a.uscc = s.subject ->> 'agency' where s.run = $1 and s.code = 'T01'),
    bought as (
      select c.id, c.owner, c.agency, i.code as item, p.project_code, n.division
      from contract c join notice n on n.id = c.notice join item i on i.id = n.item join project p on p.id = n.project)
    insert into owner_question (signal, fact_key, owner, agency, contract, asked_at, answer_by_at)
    select distinct on (second.owner, second.id) t.id, t.fact_key, second.owner, t.agency, second.id, $2, $3
    from told t join bought second on second.agency = any(t.members) and second.item = t.other
        and second.division like t.region || '%'
      join bought first on first.agency = any(t.members) and first.item = t.item
        and first.project_code = second.project_code and first.owner = second.owner
    where second.id = (select max(b.id) from bought b where b.owner = second.owner and b.item = t.other
      and b.agency = any(t.members) and b.project_code = second.project_code)
    order by second.owner, second.id, t.id
    on conflict (owner, contract) do nothing returning id, owner
    """
    return await fetch(sql, run, now, until)


_QUESTIONS: Final = """
select q.id, c.number as contract, n.title, i.name as item_name, a.name as agency_name, q.asked_at, q.answer_by_at,
  q.answer, q.words, q.answered_at
from owner_question q join contract c on c.id = q.contract join notice n on n.id = c.notice join item i on i.id = n.item
  join agency a on a.id = c.agency
"""


async def of_owner(owner: int | None) -> list[QuestionRow]:
    """List the questions of an owner, those without an answer first."""
    sql = _QUESTIONS + " where q.owner = $1 order by q.answer is not null, q.id desc limit 200"
    return _questions(await fetch(sql, owner))


async def waiting(owner: int | None, now: datetime) -> list[QuestionRow]:
    """List the questions an owner may answer now, the first to end on top."""
    sql = _QUESTIONS + " where q.owner = $1 and q.answer is null and q.answer_by_at > $2 order by q.answer_by_at, q.id"
    return _questions(await fetch(sql, owner, now))


async def question(key: int, owner: int | None) -> QuestionRow | None:
    """Return a question to an owner; another's does not exist."""
    found = await row(_QUESTIONS + " where q.id = $1 and q.owner = $2", key, owner)
    return _questions([found])[0] if found else None


async def answer(key: int, owner: int, said: FreelyBought, words: str | None, *, person: int, now: datetime) -> bool:
    """Answer a question within its period; false if it is answered or over."""
    sql = """
    update owner_question set answer = $3, words = $4, answered_by = $5, answered_at = $6
    where id = $1 and owner = $2 and answer is null and answer_by_at > $6
    """
    return await execute(sql, key, owner, str(said), words, person, now) == "UPDATE 1"


def _questions(rows: Sequence[Record]) -> list[QuestionRow]:
    return [
        QuestionRow(**{**dict(each), "answer": FreelyBought(each["answer"]) if each["answer"] else None})
        for each in rows
    ]
