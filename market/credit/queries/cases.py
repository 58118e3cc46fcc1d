"""
What the acts of cases read and write, one row at a time.

``locked`` takes the case's row for the transaction; every write comes after
it, so that two acts on one case stand in line.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from market.credit.case_facts import Fact, unpacked
from market.credit.queries.scopes import Reach, in_scope
from market.credit.states import CaseGround, CaseState, MeasureKind
from market.db import execute, fetch, row, value
from market.kernel.roles import Scope


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with its agency."""

    id: int
    number: str
    agency: int
    agency_name: str
    agency_uscc: str
    organisation: int
    ground: CaseGround
    state: CaseState
    ruleset: str
    division: str
    trade: str | None
    facts: tuple[Fact, ...]
    clause: str
    proposed: MeasureKind
    item: int | None
    ranking_before: int | None
    ranking_last: int | None
    opened_by: int | None
    opened_at: datetime
    noticed_at: datetime | None
    posted_at: datetime | None
    posted_how: str | None
    bounced_at: datetime | None
    public_until_at: datetime | None
    served_at: datetime | None
    served_how: str | None
    statement_until_at: datetime | None
    stated_at: datetime | None
    hearing_asked_at: datetime | None
    hearing_at: datetime | None
    hearing_record: str | None
    deciding_at: datetime | None
    escalate_at: datetime | None
    escalated_at: datetime | None
    decide_by_at: datetime | None
    draft: dict[str, Any] | None
    drafted_by: int | None
    drafted_at: datetime | None
    ended_at: datetime | None
    end_words: str | None
    next_check_at: datetime | None


_COLUMNS: Final = (
    "c.id, c.number, c.agency, a.name as agency_name, a.uscc as agency_uscc, a.organisation, c.ground, c.state,"
    " c.ruleset, c.division, c.trade, c.facts, c.clause, c.proposed, c.item, c.ranking_before, c.ranking_last,"
    " c.opened_by, c.opened_at, c.noticed_at, c.posted_at, c.posted_how, c.bounced_at, c.public_until_at, c.served_at,"
    " c.served_how, c.statement_until_at, c.stated_at, c.hearing_asked_at, c.hearing_at, c.hearing_record,"
    " c.deciding_at, c.escalate_at, c.escalated_at, c.decide_by_at, c.draft, c.drafted_by, c.drafted_at, c.ended_at,"
    " c.end_words, c.next_check_at"
)
_FROM: Final = " from credit_case c join agency a on a.id = c.agency"


def _case(found: Record) -> CaseRow:
    facts, draft = unpacked(json.loads(found["facts"])), found["draft"]
    typed = {
        "facts": facts,
        "draft": json.loads(draft) if draft else None,
        "ground": CaseGround(found["ground"]),
        "state": CaseState(found["state"]),
        "proposed": MeasureKind(found["proposed"]),
    }
    return CaseRow(**{**dict(found), **typed})


async def add(number_prefix: str, opening: dict[str, Any]) -> Record | None:
    """Insert a case unless its facts were opened before; return its key and number."""
    names = list(opening)
    marks = ", ".join(f"${place}" for place in range(2, len(names) + 2))
    sql = (
        "with next as (select nextval(pg_get_serial_sequence('credit_case', 'id')) as id)"
        f" insert into credit_case (id, number, state, {', '.join(names)})"
        f" select id, $1 || lpad(id::text, 6, '0'), 'opened', {marks} from next"
        " on conflict (fact_key) do nothing returning id, number"
    )
    return await row(sql, number_prefix, *opening.values())


async def number_of_fact(fact_key: str) -> str | None:
    """Return the number of the case opened on some facts."""
    found: str | None = await value("select number from credit_case where fact_key = $1", fact_key)
    return found


async def by_number(number: str) -> CaseRow | None:
    """Return a case."""
    found = await row(f"select {_COLUMNS}{_FROM} where c.number = $1", number)
    return _case(found) if found else None


async def locked(number: str) -> CaseRow | None:
    """Return a case with its row locked, as it stands once the lock is held."""
    await execute("select 1 from credit_case where number = $1 for update", number)
    return await by_number(number)


async def move(case_id: int, before: CaseState, after: CaseState, **columns: Any) -> bool:
    """Move a case on and set columns with it; false if it stands elsewhere by now."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(columns, 4))
    sql = f"update credit_case set state = $3{sets} where id = $1 and state = $2 returning id"
    return await value(sql, case_id, before, after, *columns.values()) is not None


async def check_again(case_id: int, at: datetime | None) -> None:
    """Write down when the worker is to look at a case again."""
    await execute("update credit_case set next_check_at = $2 where id = $1", case_id, at)


async def due(now: datetime) -> str | None:
    """Return the case that has waited longest for the clock and that nobody else is advancing."""
    found: str | None = await value(
        "select number from credit_case where next_check_at <= $1 order by next_check_at, id"
        " limit 1 for update skip locked",
        now,
    )
    return found


async def still_due(number: str, now: datetime) -> bool:
    """Lock a case that is due; false if another worker has it or has done it."""
    sql = "select id from credit_case where number = $1 and next_check_at <= $2 for update skip locked"
    return await value(sql, number, now) is not None


async def add_statement(
    case_id: int, kind: str, words: str, document_hash: str | None, *, by: int, at: datetime
) -> None:
    """Insert what an agency said."""
    await execute(
        'insert into case_statement ("case", kind, words, document_hash, filed_by, filed_at)'
        " values ($1, $2, $3, $4, $5, $6)",
        *(case_id, kind, words, document_hash, by, at),
    )


async def statements(case_id: int) -> list[Record]:
    """Return what an agency said, oldest first."""
    return await fetch(
        "select s.kind, s.words, s.document_hash, s.filed_at, p.name from case_statement s"
        ' join person p on p.id = s.filed_by where s."case" = $1 order by s.id',
        case_id,
    )


async def regulators(division: str, trade: str | None) -> list[int]:
    """Return the regulators that watch a division and a trade, by the rule of `Scope.covers`."""
    rows = await fetch("select organisation, division, trade from regulator_scope order by organisation")
    return [each["organisation"] for each in rows if _covers(each, division, trade)]


def _covers(scope: Record, division: str, trade: str | None) -> bool:
    return Scope(scope["division"], None if scope["trade"] == "*" else scope["trade"]).covers(division, trade)


async def overseers() -> list[int]:
    """Return the regulators that watch every trade somewhere, and the auditors."""
    rows = await fetch(
        "select organisation as id from regulator_scope where trade = '*'"
        " union select id from organisation where kind = 'auditor' order by 1"
    )
    return [each["id"] for each in rows]


async def of_agency(organisation: int | None, limit: int, offset: int) -> list[CaseRow]:
    """List the cases an agency was told of, newest first."""
    rows = await fetch(
        f"select {_COLUMNS}{_FROM} where a.organisation = $1 and c.noticed_at is not null order by c.id desc"
        " limit $2 offset $3",
        *(organisation, limit, offset),
    )
    return [_case(each) for each in rows]


# What a regulator has to do with a case, by the word of the filter.
_OPEN: Final = "c.state in ('deciding', 'escalated')"
_UNHEARD: Final = "c.hearing_asked_at is not null and c.hearing_at is null"
_UNANSWERED: Final = (
    'exists (select from case_decision d join {table} u on u.decision = d.id where d."case" = c.id'
    " and u.outcome is null)"
)
WAITING: Final[Mapping[str, str]] = {
    "post": "c.state = 'noticed' and c.posted_at is null",
    "hearing": f"{_OPEN} and {_UNHEARD}",
    "draft": f"{_OPEN} and c.draft is null and not ({_UNHEARD})",
    "sign": f"{_OPEN} and c.draft is not null and not ({_UNHEARD})",
    "answer": f"{_UNANSWERED.format(table='appeal')} or {_UNANSWERED.format(table='repair')}",
}


async def in_reach(of: Reach, waiting: str, *, limit: int, offset: int) -> list[CaseRow]:
    """List the cases in scope, or those that wait for one act: what a person has to do first, then the newest."""
    rows = await fetch(
        f"select {_COLUMNS}{_FROM} where {in_scope('c', 1)} and ({WAITING.get(waiting, 'true')})"
        " order by c.state not in ('escalated', 'deciding', 'noticed', 'opened'),"
        " case c.state when 'escalated' then 0 when 'deciding' then 1 else 2 end, c.escalate_at nulls last, c.id desc"
        " limit $3 offset $4",
        *(*of, limit, offset),
    )
    return [_case(each) for each in rows]


async def waiting(of: Reach, person: int | None) -> dict[str, int]:
    """Count the cases in scope by the act they wait for; ``mine`` are those to sign that this person may sign."""
    counts = [f"count(*) filter (where {condition}) as {name}" for name, condition in WAITING.items()]
    mine = f"{WAITING['sign']} and c.drafted_by is distinct from $3 and c.opened_by is distinct from $3"
    counts.append(f"count(*) filter (where {mine}) as mine")
    return dict(await row(f"select {', '.join(counts)} from credit_case c where {in_scope('c', 1)}", *of, person) or {})


async def pressing(organisation: int | None, now: datetime) -> list[CaseRow]:
    """List an agency's cases whose notice is unopened or whose statement period runs, the first due on top."""
    rows = await fetch(
        f"select {_COLUMNS}{_FROM} where a.organisation = $1 and c.noticed_at is not null and (c.state = 'noticed'"
        " or (c.state = 'served' and c.statement_until_at > $2)) order by c.statement_until_at nulls first, c.id",
        *(organisation, now),
    )
    return [_case(each) for each in rows]


async def item_name(item: int) -> str:
    """Return the code and name of an item."""
    found: str = await value("select code || ' ' || name from item where id = $1", item)
    return found
