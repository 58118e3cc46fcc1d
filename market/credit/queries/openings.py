"""
What the clock opens cases on, read from published rankings and decisions in force.

The same conditions stand in the database (`elimination_has_ground`), where
they are asked again before anybody signs and before anything is executed.
"""

from typing import Final

from asyncpg import Record

from market.db import fetch

# The latest edition of each published quarter; of an agency, only the quarters in which it is rated count.
_LOW: Final = """
with published as (
  select distinct on (slot) id, slot, edition, run, published_at from ranking where state = 'published'
  order by slot, edition desc),
rated as (
  select s.agency, p.id as ranking, p.slot, p.edition, p.published_at, s.grade, s.total, parts_alone(s.parts) as alone,
    row_number() over (partition by s.agency order by p.slot desc) as back
  from published p join agency_score s on s.run = p.run where s.grade <> 'N')
select l.agency, a.uscc, a.division, b.ranking as ranking_before, l.ranking as ranking_last, b.slot as slot_before,
  l.slot as slot_last, b.edition as edition_before, l.edition as edition_last,
  b.total as total_before, l.total as total_last, b.alone as alone_before, l.alone as alone_last
from rated l join rated b on b.agency = l.agency and b.back = 2 join agency a on a.id = l.agency
where l.back = 1 and l.slot = (select max(slot) from published) and l.grade = 'D' and b.grade = 'D'
  and l.alone < $1 and b.alone < $1 and a.state in ('admitted', 'suspended')
  -- Other editions of the same quarters are the same facts, but for a case that was dismissed once they had replaced
  -- what it rests on: its agency is told anew, of what counts now.
  and not exists (select from credit_case c join ranking cb on cb.id = c.ranking_before
    join ranking cl on cl.id = c.ranking_last
    where c.agency = l.agency and cb.slot = b.slot and cl.slot = l.slot
      and not (c.state = 'dismissed' and (cb.id, cl.id) <> (b.ranking, l.ranking)
        and c.ended_at >= greatest(b.published_at, l.published_at)))
order by a.uscc
"""
_SERIOUS: Final = """
select d.id as decision, d.number as decision_number, a.id as agency, a.division
from case_decision d join credit_case c on c.id = d.case join agency a on a.id = c.agency
where d.breach = 'serious' and not d.by_silence and d.measure is distinct from 'elimination' and c.state = 'in_force'
  and c.ground in ('forced_service', 'false_report', 'collusion', 'false_entry')
  and a.state in ('admitted', 'suspended')
  and not exists (select from appeal p where p.decision = d.id and p.outcome is null)
  and not exists (select from credit_case o where o.basis_decision = d.id)
order by d.id
"""


async def low_rankings(under: int) -> list[Record]:
    """Return agencies graded D in two successive published rankings, performance and supervision under a value."""
    return await fetch(_LOW, under)


async def serious_breaches() -> list[Record]:
    """Return decisions in force that found a serious breach and did not eliminate."""
    return await fetch(_SERIOUS)
