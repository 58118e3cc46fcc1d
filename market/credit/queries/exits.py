"""
What the public may know of measures, exits and credit entries: only what is in force, and nobody's name.

Display and use end together: what expired, was reversed or repaired is in none
of these, and neither is anything before a decision is executed.

Basis: DESIGN §7; 信用修复管理办法 (NDRC order 36 of 2025).
"""

from datetime import date, datetime
from typing import Final

from asyncpg import Record

from market.db import fetch, row

_APPEAL: Final = "(select case when p.outcome is null then 'waiting' else p.outcome end from appeal p" \
    " where p.decision = d.id)"  # fmt: skip
_IN_FORCE: Final = "m.begins_at <= $1 and m.ended_at is null and m.ends_at > $1"
_MEASURES: Final = f"""
select d.number, a.uscc, a.name as agency, a.division, m.kind, c.ground, d.breach, i.code as item_code,
  i.name as item, m.begins_at, m.ends_at, m.reentry_on, {_APPEAL} as appeal, count(*) over () as total
from measure m join case_decision d on d.id = m.decision join credit_case c on c.id = d.case
  join agency a on a.id = m.agency left join item i on i.id = m.item
where {_IN_FORCE} and ($2 = '' or m.kind = $2)
order by m.begins_at desc, d.id desc limit $3 offset $4
"""
_EXITS: Final = f"""
select *, count(*) over () as total from (
  select 'elimination' as exit, d.number, a.uscc, a.name as agency, a.division, c.ground, m.begins_at as at,
    m.reentry_on, {_APPEAL} as appeal
  from measure m join case_decision d on d.id = m.decision join credit_case c on c.id = d.case
    join agency a on a.id = m.agency
  where m.kind = 'elimination' and {_IN_FORCE}
  union all
  select 'left', null, a.uscc, a.name, a.division, null, a.left_at, null, null
  from agency a where a.state = 'left' and a.left_at <= $1) e
where $2 = '' or exit = $2
order by at desc, uscc limit $3 offset $4
"""
_DECISIONS: Final = f"""
select d.number, a.uscc, a.name as agency, a.division, m.kind, c.ground, d.breach, d.found, d.clause, d.remedies,
  d.by_silence, case when d.by_silence then 'yes' else 'no' end as silence, count(*) over () as total,
  d.months, d.signed_at, c.facts, o.name as signed_for, i.code as item_code, i.name as item, m.begins_at, m.ends_at,
  m.reentry_on, {_APPEAL} as appeal
from measure m join case_decision d on d.id = m.decision join credit_case c on c.id = d.case
  join agency a on a.id = m.agency left join item i on i.id = m.item left join organisation o on o.id = d.signed_for
where {_IN_FORCE}
"""
_ENTRIES: Final = """
select e.number, e.kind, e.ground, e.recorded_at, e.ends_on, c.number as contract
from credit_entry e join agency a on a.id = e.agency left join contract c on c.id = e.contract
where a.uscc = $1 and e.state = 'in_force' and e.recorded_at <= $2 and e.ends_on > $3 order by e.recorded_at desc, e.id
"""
_OF_AGENCY: Final = f"""
select d.number, m.kind, i.name as item, m.begins_at, m.ends_at, m.reentry_on, {_APPEAL} as appeal
from measure m join case_decision d on d.id = m.decision join agency a on a.id = m.agency
  left join item i on i.id = m.item
where {_IN_FORCE} and a.uscc = $2 order by m.begins_at desc
"""


async def measures(kind: str, now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List the measures in force, the newest first."""
    return await fetch(_MEASURES, now, kind, limit, offset)


async def exits(kind: str, now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List who was eliminated and may not come back yet, and who left freely, the latest first."""
    return await fetch(_EXITS, now, kind, limit, offset)


async def decisions(kind: str, now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List the decisions whose measures are in force, of one kind or all, the newest first."""
    sql = _DECISIONS + "and ($2 = '' or m.kind = $2) order by d.signed_at desc, d.id desc limit $3 offset $4"
    return await fetch(sql, now, kind, limit, offset)


async def decision(number: str, now: datetime) -> Record | None:
    """Return a decision whose measure is in force, as it is published."""
    return await row(_DECISIONS + "and d.number = $2", now, number)


async def entries(uscc: str, now: datetime, today: date) -> list[Record]:
    """List the credit entries of an agency that count today."""
    return await fetch(_ENTRIES, uscc, now, today)


async def measures_of(uscc: str, now: datetime) -> list[Record]:
    """List the measures of an agency in force."""
    return await fetch(_OF_AGENCY, now, uscc)
