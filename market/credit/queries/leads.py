"""
What the pages of supervision read of signals and leads, and what they write.

These queries are read by supervision alone; nothing public imports them, and
an architecture test holds it. The latest quarter close and the latest night
are shown: older runs said the same, or no longer hold.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from market.credit.lead_rules import SignalRow
from market.credit.queries.scopes import Reach, in_scope
from market.credit.states import LeadState
from market.db import execute, fetch, row, value

# A prefecture of four digits is the division of that prefecture; a family has the trade of its items. The first run of
# a day has its signals: one computed anew, for a ranking, watches nothing.
_SIGNALS: Final = """
with last as (
  (select id from score_run order by as_of desc, number limit 1)
  union (select id from score_run where date_trunc('quarter', as_of + 1) = as_of + 1
    order by as_of desc, number limit 1))
select s.id, s.code, s.severity, s.fact_key, r.as_of, s.subject, s.evidence,
  coalesce(rpad(s.subject ->> 'region', 6, '0'), h.division, o.division) as division,
  coalesce(i.trade, (select min(f.trade) from item f where f.family = s.subject ->> 'item_family')) as trade,
  a.id as agency, a.name as agency_name, o.name as owner_name, h.name as authority_name, i.name as item_name,
  (select count(distinct q.owner) from owner_question q where q.agency = a.id and q.answer = 'required'
    and s.code = 'T01' and exists (select from contract c join notice n on n.id = c.notice
      where c.id = q.contract and n.item = x.id)) as required,
  l.id as lead, l.state as lead_state
from signal s join score_run r on r.id = s.run
  left join agency a on a.uscc = s.subject ->> 'agency'
  left join organisation o on o.uscc = s.subject ->> 'owner' and o.kind = 'owner'
  left join organisation h on h.uscc = s.subject ->> 'authority' and h.kind = 'authority'
  left join item i on i.code = s.subject ->> 'item' left join item x on x.code = s.subject ->> 'other_item'
  left join lead l on l.fact_key = s.fact_key
"""


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead with its signal."""

    id: int
    signal: int
    fact_key: str
    code: str
    state: LeadState
    agency: int | None
    agency_name: str | None
    words: str
    reviewed_by: str
    reviewed_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    end_words: str | None
    case: str | None


async def waiting(code: str = "") -> list[SignalRow]:
    """List the signals of the latest runs that nobody has reviewed, each of their facts once."""
    rows = await fetch(
        _SIGNALS + " where s.run in (select id from last) and l.id is null and ($1 = '' or s.code = $1)"
        " order by s.fact_key, r.as_of desc, s.id desc",
        code,
    )
    once = {each["fact_key"]: each for each in reversed(rows)}
    return [_signal(each) for each in once.values()]


async def signal(key: int) -> SignalRow | None:
    """Return a signal of any run."""
    found = await row(_SIGNALS + " where s.id = $1", key)
    return _signal(found) if found else None


async def add_lead(
    signal: SignalRow, state: LeadState, words: str, *, person: int, organisation: int, now: datetime
) -> int | None:
    """Write what a person made of a signal; None if somebody did before."""
    ended = (person, organisation, now) if state is LeadState.DISMISSED else (None, None, None)
    sql = """
    insert into lead (signal, fact_key, code, state, agency, words, reviewed_by, reviewed_for, reviewed_at, ended_by,
      ended_for, ended_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (fact_key) do nothing returning id
    """
    head = (signal.id, signal.fact_key, signal.code, str(state), signal.agency, words, person, organisation, now)
    found: int | None = await value(sql, *head, *ended)
    return found


_LEADS: Final = """
select l.id, l.signal, l.fact_key, l.code, l.state, l.agency, a.name as agency_name, l.words, p.name as reviewed_by,
  l.reviewed_at, e.name as ended_by, l.ended_at, l.end_words, c.number as "case"
from lead l join person p on p.id = l.reviewed_by left join person e on e.id = l.ended_by
  left join agency a on a.id = l.agency left join credit_case c on c.lead = l.id
"""


# By what their signals are about; a signal that no place names is for who watches every trade.
_IN_REACH: Final = f"""
select f.id from ({_SIGNALS} where s.id in (select signal from lead)) f
where case when f.division is null then $3 else {in_scope("f", 1)} end
"""


async def leads(of: Reach, *, everywhere: bool) -> list[LeadRow]:
    """List the leads in scope, those that wait first, then the newest."""
    sql = f"{_LEADS} where l.signal in ({_IN_REACH}) order by l.state <> 'lead', l.id desc limit 500"
    return [_lead(each) for each in await fetch(sql, *of, everywhere)]


async def waiting_leads(of: Reach, *, everywhere: bool) -> int:
    """Count the leads in scope that wait for a person."""
    sql = f"select count(*) from lead l where l.state = 'lead' and l.signal in ({_IN_REACH})"
    return int(await value(sql, *of, everywhere))


async def lead(key: int, *, locked: bool = False) -> LeadRow | None:
    """Return a lead, and keep others from moving it if asked."""
    if locked:
        await execute("select 1 from lead where id = $1 for update", key)
    found = await row(_LEADS + " where l.id = $1", key)
    return _lead(found) if found else None


async def end_lead(
    key: int, after: LeadState, words: str | None, *, person: int, organisation: int, now: datetime
) -> bool:
    """End a lead; false if it has ended."""
    sql = """
    update lead set state = $2, end_words = $3, ended_by = $4, ended_for = $5, ended_at = $6
    where id = $1 and state = 'lead'
    """
    return await execute(sql, key, str(after), words, person, organisation, now) == "UPDATE 1"


async def item_id(code: str) -> int | None:
    """Return the key of an item."""
    found: int | None = await value("select id from item where code = $1 and state <> 'proposed'", code)
    return found


async def answers(signal: SignalRow) -> list[Record]:
    """List what the owners were asked about the second item of a signal's agency, and what they answered."""
    sql = """
    select o.name as owner, c.number as contract, q.asked_at, q.answer_by_at, q.answer, q.words, q.answered_at
    from owner_question q join organisation o on o.id = q.owner join contract c on c.id = q.contract
      join notice n on n.id = c.notice join item x on x.id = n.item
    where q.agency = $1 and x.code = $2 order by q.id
    """
    return await fetch(sql, signal.agency, signal.subject.get("other_item", ""))


async def approvals(keys: Sequence[int]) -> dict[int, str]:
    """Return the numbers of approvals by their keys."""
    rows = await fetch("select id, number from approval where id = any($1::bigint[])", list(keys))
    return {each["id"]: each["number"] for each in rows}


def _signal(found: Record) -> SignalRow:
    held: Mapping[str, Any] = {name: json.loads(found[name]) for name in ("subject", "evidence")}
    return SignalRow(**{**dict(found), **held})


def _lead(found: Record) -> LeadRow:
    return LeadRow(**{**dict(found), "state": LeadState(found["state"])})
