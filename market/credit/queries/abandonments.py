"""
What abandonments and the entries that follow from facts read and write.

The queries of what waits look back as far as an abandonment counts, so that a
market whose worker starts late does not dig up what is over.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from asyncpg import Record

from market.credit.queries.scopes import Reach, in_scope
from market.credit.states import AbandonmentSource, AbandonmentState
from market.db import execute, fetch, row, value


@dataclass(frozen=True, slots=True)
class Given:
    """An abandonment with its agency and the notice it is about."""

    id: int
    source: AbandonmentSource
    state: AbandonmentState
    agency: int
    organisation: int
    agency_name: str
    uscc: str
    notice: str
    title: str
    division: str
    trade: str
    ruleset: str
    contract: int | None
    contract_number: str | None
    happened_at: datetime
    notified_at: datetime
    contest_until_at: datetime
    contested_at: datetime | None
    contest_words: str | None
    excuse: str | None
    decided_at: datetime | None
    decided_by: str | None
    decision_words: str | None


_GIVEN: Final = """
select b.id, b.source, b.state, b.agency, a.organisation, a.name as agency_name, a.uscc, n.code as notice, n.title,
  n.division, n.trade, n.ruleset, b.contract, c.number as contract_number, b.happened_at, b.notified_at,
  b.contest_until_at, b.contested_at, b.contest_words, b.excuse, b.decided_at, p.name as decided_by, b.decision_words
from abandonment b join agency a on a.id = b.agency join award w on w.id = b.award join notice n on n.id = w.notice
  left join contract c on c.id = b.contract left join person p on p.id = b.decided_by
"""

_OF_NOTICE: Final = "from abandonment b join award w on w.id = b.award join notice n on n.id = w.notice"

# As `left_undone` and `never_signed` of the record; an award is given up once, whichever way.
_GIVEN_UP: Final = """
select w.id as award, 'declined' as source, w.agency, null::bigint as contract, w.cancelled_at as happened_at, w.notice
from award w join registration r on r.id = w.registration
where w.state = 'cancelled' and r.state = 'declined' and w.cancelled_at > $1
union all
select c.award, case when c.state = 'lapsed' then 'unsigned' else 'terminated' end, c.agency, c.id,
  coalesce(c.lapsed_at, c.terminated_at), c.notice
from contract c where c.fault = 'agency' and (
  (c.state = 'lapsed' and c.excuse is null and c.lapsed_at > $1)
  or (c.state = 'terminated' and c.terminated_at > $1
    and (c.ended_by = 'agency' or coalesce(c.fault_agreed, false))))
"""

_UNRECORDED: Final = f"""
select g.award, g.source, g.agency, g.contract, g.happened_at, n.ruleset, n.code as notice, a.organisation, a.uscc
from ({_GIVEN_UP}) g join notice n on n.id = g.notice join agency a on a.id = g.agency
where not exists (select from abandonment b where b.award = g.award)
"""

# A delivery that never came is an abandonment and not lateness: one fact counts once.
_LATE: Final = """
select l.id, l.workdays_late, c.id as contract, c.number, c.ruleset, c.agency, a.organisation, a.uscc
from late_fact l join contract c on c.id = l.contract join agency a on a.id = c.agency
where l.kind = 'delivery' and l.fault = 'agency' and l.ended_at is not null and c.first_delivered_at is not null
  and not exists (select from credit_entry e where e.contract = c.id and e.ground = 'lateness')
"""

# Abandonments an earlier case was opened on are used up, whatever became of that case.
_RIPE: Final = """
select b.agency, a.uscc, a.division, array_agg(b.id order by b.id) as abandonments,
  array_agg(n.code order by b.id) as notices, array_agg(b.happened_at order by b.id) as moments,
  array_agg(b.source order by b.id) as sources
from abandonment b join agency a on a.id = b.agency join award w on w.id = b.award join notice n on n.id = w.notice
where b.state = 'confirmed' and b.happened_at > $1 and b.happened_at <= $2 and b.decided_at <= $2
  and a.state in ('admitted', 'suspended')
  and not exists (select from credit_case c where c.agency = b.agency and c.ground = 'abandonments'
    and b.id::text = any (string_to_array(split_part(c.fact_key, ':', 2), ',')))
group by b.agency, a.uscc, a.division having count(*) >= $3
order by b.agency
"""


async def unrecorded(since: datetime) -> list[int]:
    """List the awards given up since a moment that no abandonment is recorded of."""
    rows = await fetch(_UNRECORDED + "order by g.happened_at, g.award", since)
    return [each["award"] for each in rows]


async def unrecorded_award(since: datetime, award: int) -> Record | None:
    """Return how one award was given up, if it was and nothing is recorded of it."""
    return await row(_UNRECORDED + "and g.award = $2", since, award)


async def add(found: Record, *, now: datetime, until: datetime) -> int | None:
    """Insert an abandonment; nothing if another worker did."""
    added: int | None = await value(
        "insert into abandonment (agency, source, award, contract, happened_at, notified_at, contest_until_at, state)"
        " values ($1, $2, $3, $4, $5, $6, $7, 'notified') on conflict (award) do nothing returning id",
        *(found["agency"], found["source"], found["award"], found["contract"], found["happened_at"], now, until),
    )
    return added


async def by_id(abandonment: int) -> Given | None:
    """Return an abandonment."""
    found = await row(_GIVEN + "where b.id = $1", abandonment)
    return _given(found) if found else None


async def locked(abandonment: int) -> Given | None:
    """Return an abandonment with its row locked, as it stands once the lock is held."""
    await execute("select 1 from abandonment where id = $1 for update", abandonment)
    return await by_id(abandonment)


async def of_agency(organisation: int | None, *, limit: int, offset: int) -> tuple[list[Given], int]:
    """List a page of what an agency was told of, newest first, and how many there are in all."""
    sql = f"{_GIVEN} where a.organisation = $3 order by b.id desc limit $1 offset $2"
    total = "select count(*) from abandonment b join agency a on a.id = b.agency where a.organisation = $1"
    found = await fetch(sql, limit, offset, organisation)
    return [_given(each) for each in found], await value(total, organisation)


async def in_reach(of: Reach, *, limit: int, offset: int) -> tuple[list[Given], int]:
    """List a page of the abandonments in scope, undecided ones first, then the newest, and how many there are."""
    order = "order by b.state not in ('notified', 'contested'), b.id desc limit $1 offset $2"
    found = await fetch(f"{_GIVEN} where {in_scope('n', 3)} {order}", limit, offset, *of)
    total = f"select count(*) {_OF_NOTICE} where {in_scope('n', 1)}"
    return [_given(each) for each in found], await value(total, *of)


async def due(of: Reach, now: datetime) -> int:
    """Count the abandonments in scope that a person may confirm or excuse now."""
    sql = f"""
    select count(*) {_OF_NOTICE} where {in_scope("n", 1)}
      and (b.state = 'contested' or (b.state = 'notified' and b.contest_until_at <= $3))
    """
    return int(await value(sql, *of, now))


async def contestable(organisation: int | None, now: datetime) -> list[Given]:
    """List what an agency may contest now, the first to end on top."""
    sql = f"{_GIVEN} where a.organisation = $1 and b.state = 'notified' and b.contest_until_at > $2"
    return [_given(each) for each in await fetch(f"{sql} order by b.contest_until_at, b.id", organisation, now)]


async def move(abandonment: int, before: AbandonmentState, after: AbandonmentState, **columns: Any) -> bool:
    """Move an abandonment on and set columns with it; false if it stands elsewhere by now."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(columns, 4))
    sql = f"update abandonment set state = $3{sets} where id = $1 and state = $2 returning id"
    return await value(sql, abandonment, before, after, *columns.values()) is not None


async def ripe(since: datetime, now: datetime, least: int) -> list[Record]:
    """List agencies with so many confirmed abandonments in a span that no case was opened on."""
    return await fetch(_RIPE, since, now, least)


async def late_deliveries(since: datetime) -> list[Record]:
    """List deliveries that came late by the agency's doing since a moment and are no entry yet."""
    return await fetch(_LATE + "and l.ended_at > $1 order by l.id", since)


async def late_delivery(contract: int) -> Record | None:
    """Return the late delivery of a contract, if it is no entry yet."""
    return await row(_LATE + "and c.id = $1", contract)


async def add_entry(
    fact: str, *, number: str, kind: str, ground: str, rate: str, agency: int, now: datetime, ends_on: date,
    contract: int | None, abandonment: int | None = None,
) -> bool:  # fmt: skip
    """Insert a credit entry that follows from a fact; false if the fact is an entry already."""
    sql = (
        "insert into credit_entry (number, agency, kind, ground, fact, contract, abandonment, rate, recorded_at,"
        " ends_on, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'in_force')"
        " on conflict (agency, fact) do nothing returning id"
    )
    row = (number, agency, kind, ground, fact, contract, abandonment, rate, now, ends_on)
    return await value(sql, *row) is not None


async def annul_entry(abandonment: int, reason: str, now: datetime) -> None:
    """Annul the entry an abandonment wrote into the credit record."""
    await execute(
        "update credit_entry set state = 'annulled', annulled_at = $3, annulled_reason = $2"
        " where abandonment = $1 and state = 'in_force'",
        *(abandonment, reason, now),
    )


def _given(found: Record) -> Given:
    typed = {"source": AbandonmentSource(found["source"]), "state": AbandonmentState(found["state"])}
    return Given(**{**dict(found), **typed})
