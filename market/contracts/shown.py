"""
What pages, files and programs read of contracts: plain SQL, one query for each list.

The public columns hold no text a party wrote. Silence is told by the clock: a
delivery whose period has ended reads as accepted by silence, worker or not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asyncpg import Record

from market.db import fetch, row, value
from market.kernel.divisions import prefix


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """What a list of contracts is asked for; empty means everything."""

    text: str = ""
    state: str = ""
    division: str = ""
    late: str = ""


_STATE: Final = "case when c.state = 'delivered' and c.silence_at <= $1 then 'accepted_by_silence' else c.state end"
_ACCEPTED: Final = "case when c.state = 'delivered' and c.silence_at <= $1 then c.silence_at else c.accepted_at end"
_COLUMNS: Final = f"""
select c.number, n.code as notice, n.title, n.division, i.code as item, i.name as item_name, o.name as owner,
  o.uscc as owner_uscc, a.name as agency, a.uscc, {_STATE} as state, c.award_fen,
  case when c.signed_at is not null then c.amount_fen end as amount_fen, c.due_at, c.sign_by_at,
  case when c.signed_at is not null then c.signed_on end as signed_on,
  case when c.signed_at is not null then c.agreed_on end as agreed_on,
  c.signed_at, c.filed_at, c.first_delivered_at, c.returns, {_ACCEPTED} as accepted_at, c.billed_fen, c.paid_on,
  coalesce(c.closed_at, c.terminated_at, c.lapsed_at) as ended_at, c.fault,
  (select count(*) from late_fact l where l.contract = c.id) as late
"""
_FROM: Final = """
from contract c join notice n on n.id = c.notice join item i on i.id = n.item join organisation o on o.id = c.owner
  join agency a on a.id = c.agency
"""
_WHERE: Final = f"""
where ($2 = '' or c.number = $2 or n.code = $2 or strpos(n.title, $2) > 0 or strpos(o.name, $2) > 0
    or strpos(a.name, $2) > 0 or a.uscc = $2)
  and ($3 = '' or {_STATE} = $3) and ($4 = '' or starts_with(n.division, $4))
  and ($5 = '' or exists (select from late_fact l where l.contract = c.id and l.kind = $5))
"""


async def listed(query: ContractQuery, now: datetime, limit: int, offset: int = 0) -> list[Record]:
    """Return contracts, newest first."""
    if query == ContractQuery():
        sql = f"{_COLUMNS}{_FROM} order by c.due_at desc, c.id desc limit $2 offset $3"
        return await fetch(sql, now, limit, offset)
    sql = f"{_COLUMNS}{_FROM}{_WHERE} order by c.due_at desc, c.id desc limit $6 offset $7"
    return await fetch(sql, now, query.text, query.state, _digits(query), query.late, limit, offset)


async def count(query: ContractQuery, now: datetime) -> int:
    """Count the contracts of a list."""
    if query == ContractQuery():
        return int(await value("select count(*) from contract"))
    sql = f"select count(*) {_FROM}{_WHERE}"
    return int(await value(sql, now, query.text, query.state, _digits(query), query.late))


def _digits(query: ContractQuery) -> str:
    """Return the digits that name the division asked for, so that a city holds its districts."""
    return prefix(query.division) if query.division else ""


async def one(number: str, now: datetime) -> Record | None:
    """Return what anybody may know of a contract."""
    return await row(
        f"{_COLUMNS}, c.id, c.pay_days, c.pay_by_at, c.silence_at {_FROM} where c.number = $2", now, number
    )


async def changes(contract_id: int) -> list[Record]:
    """List the changes of a contract, oldest first."""
    return await fetch(
        "select number, amount_fen, agreed_on, reason, asked_by, asked_at, agreed, answered_at from contract_change"
        " where contract = $1 order by number",
        contract_id,
    )


async def deliveries(contract_id: int) -> list[Record]:
    """List the deliveries of a contract, oldest first."""
    return await fetch(
        "select number, description, document_hash, delivered_at, silence_at, outcome, reasons, decided_at"
        " from contract_delivery where contract = $1 order by number",
        contract_id,
    )


async def late_facts(contract_id: int) -> list[Record]:
    """List what came late, oldest first."""
    return await fetch(
        "select kind, fault, due_at, recorded_at, ended_at, workdays_late from late_fact where contract = $1"
        " order by due_at, id",
        contract_id,
    )


async def of_notice(code: str, now: datetime) -> Record | None:
    """Return the number and the state of a notice's contract, for its page."""
    return await row(f"select c.number, {_STATE} as state {_FROM} where n.code = $2", now, code)
