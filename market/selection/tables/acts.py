"""
What the acts of a selection read and write.

Whoever calls these holds the lock of the notice's row; ``locked`` takes it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from market.db import execute, fetch, row, value


@dataclass(frozen=True, slots=True)
class Step:
    """A notice as the steps of its selection see it, locked until the transaction ends."""

    id: int
    code: str
    state: str
    method: str
    ruleset: str
    practice: bool
    owner: int
    item: int
    title: str
    least: int
    drain_seconds: int
    suite: str
    closes_at: datetime
    reveal_by: datetime
    draw_at: datetime
    standstill_ends_at: datetime | None
    qualifications: tuple[str, ...]
    direct_uscc: str | None
    body: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Entrant:
    """A registration in the pool, with what deciding about it needs."""

    registration: int
    agency: int
    organisation: int
    uscc: str
    amount_fen: int
    guide_max_fen: int
    quote_fen: int | None
    state: str
    place: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An award row with the registration and the organisation behind it."""

    id: int
    notice: int
    registration: int
    agency: int
    organisation: int
    uscc: str
    amount_fen: int
    place: int
    state: str
    standstill_ends_at: datetime


_STEP = """
select n.id, n.code, n.state, n.method, n.ruleset, n.practice, n.owner, n.item, n.title, n.least, n.drain_seconds,
  n.suite, n.closes_at, n.reveal_by, n.draw_at, n.standstill_ends_at, n.qualifications, d.uscc as direct_uscc,
  v.body, v.hash
from notice n
join notice_version v on v.notice = n.id and v.number = n.version
left join agency d on d.id = n.direct_agency
"""


async def locked(notice_id: int) -> Step | None:
    """Lock a published notice, first of all locks, and return it; a draft has no steps."""
    await execute("select from notice where id = $1 for update", notice_id)
    found = await row(_STEP + "where n.id = $1", notice_id)
    return _step(found) if found else None


async def due(now: datetime, quote_keys: Sequence[str]) -> int | None:
    """
    Return the notice that waits longest for the clock and that nobody is advancing.

    One whose quotes are sealed with none of *quote_keys* is left to a worker that can open them.
    """
    found: int | None = await value(
        """
        select id from notice n where next_check_at <= $1
          and not (n.state = 'opening' and n.method = 'lowest_quote'
            and not exists (select from opening o where o.notice = n.id)
            and not exists (select from notice_version v where v.notice = n.id and v.number = n.version
              and v.body::jsonb ->> 'quote_key' = any($2::text[])))
        order by next_check_at, id limit 1 for update of n skip locked
        """,
        now,
        list(quote_keys),
    )
    return found


async def still_due(notice_id: int, now: datetime) -> bool:
    """Lock a due notice unless another worker holds it or has advanced it meanwhile."""
    sql = "select id from notice where id = $1 and next_check_at <= $2 for update skip locked"
    return await value(sql, notice_id, now) is not None


async def id_of(code: str) -> int | None:
    """Return the key of the notice with this code."""
    found: int | None = await value("select id from notice where code = $1", code)
    return found


async def check_again(notice_id: int, at: datetime) -> None:
    """Let the worker look at a notice again at *at*."""
    await execute("update notice set next_check_at = $2 where id = $1", notice_id, at)


async def stand_still(notice_id: int, until: datetime) -> None:
    """Let the standstill of a notice end at *until*, and the worker look at it then."""
    await execute("update notice set standstill_ends_at = $2, next_check_at = $2 where id = $1", notice_id, until)


async def entrants(notice_id: int) -> list[Entrant]:
    """Return the registrations that were not withdrawn, by place and then ascending by USCC."""
    rows = await fetch(
        """
        select r.id as registration, r.agency, a.organisation, r.uscc,
          coalesce(q.quote_fen, least(r.price_fen, g.fee_max_fen)) as amount_fen,
          g.fee_max_fen as guide_max_fen, q.quote_fen, r.state, r.place
        from registration r join agency a on a.id = r.agency join guide g on g.id = r.guide
          left join opened_quote q on q.registration = r.id
        where r.notice = $1 and r.state <> 'withdrawn' order by r.place nulls last, r.uscc collate "C"
        """,
        notice_id,
    )
    return [Entrant(**dict(each)) for each in rows]


async def mark(
    registration: int, before: str, after: str, *, at: datetime | None = None, reason: str | None = None
) -> bool:
    """Move a registration from *before* to *after*; false when it is not there."""
    sql = """
    update registration set state = $3, ended_at = coalesce($4, ended_at), reason = coalesce($5, reason)
    where id = $1 and state = $2
    """
    return await execute(sql, registration, before, after, at, reason) == "UPDATE 1"


async def place(notice_id: int, order: Sequence[str]) -> None:
    """Write each registrant's place in the order, and make all of them reserves to begin with."""
    sql = """
    update registration r set place = o.place, state = 'reserve'
    from unnest($2::text[]) with ordinality as o (uscc, place)
    where r.notice = $1 and r.uscc = o.uscc and r.state = 'registered'
    """
    await execute(sql, notice_id, list(order))


async def pass_over(notice_id: int, *, at: datetime, reason: str) -> None:
    """Tell every registrant that was never placed that it is not selected."""
    sql = """
    update registration set state = 'not_selected', ended_at = $2, reason = $3
    where notice = $1 and state = 'registered'
    """
    await execute(sql, notice_id, at, reason)


async def add_pool(notice_id: int, lists: Sequence[Mapping[str, Any]], hashed: str, now: datetime) -> None:
    """Write the frozen pool, once."""
    sql = "insert into pool (notice, lists, hash, frozen_at) values ($1, $2::jsonb, $3, $4)"
    await execute(sql, notice_id, json.dumps(lists), hashed, now)


async def pool(notice_id: int) -> tuple[list[dict[str, Any]], str] | None:
    """Return the frozen lists and their hash."""
    found = await row("select lists, hash from pool where notice = $1", notice_id)
    return (json.loads(found["lists"]), found["hash"]) if found else None


async def add_secret(notice_id: int, keeper: str, secret: str, now: datetime) -> bool:
    """Write a revealed secret; false when it is there already."""
    sql = """
    insert into draw_secret (notice, keeper, secret, revealed_at) values ($1, $2, $3, $4)
    on conflict (notice, keeper) do nothing
    """
    return await execute(sql, notice_id, keeper, secret, now) == "INSERT 0 1"


async def secrets(notice_id: int) -> dict[str, str]:
    """Return the secrets revealed so far, by keeper."""
    rows = await fetch("select keeper, secret from draw_secret where notice = $1", notice_id)
    return {each["keeper"]: each["secret"] for each in rows}


async def add_inputs(notice_id: int, revealed: Sequence[Mapping[str, Any]], hashed: str, now: datetime) -> None:
    """Write the inputs that count, once."""
    sql = "insert into draw_input (notice, secrets, hash, frozen_at) values ($1, $2::jsonb, $3, $4)"
    await execute(sql, notice_id, json.dumps(revealed), hashed, now)


async def inputs(notice_id: int) -> tuple[list[dict[str, Any]], datetime] | None:
    """Return the frozen secrets, null where not revealed, and the moment of the freeze."""
    found = await row("select secrets, frozen_at from draw_input where notice = $1", notice_id)
    return (json.loads(found["secrets"]), found["frozen_at"]) if found else None


async def add_beacon(kind: str, event: str, told: str, now: datetime) -> bool:
    """Write a beacon that happened; false when it is there already."""
    sql = """
    insert into beacon (kind, event, value, published_at) values ($1, $2, $3, $4) on conflict (kind, event) do nothing
    """
    return await execute(sql, kind, event, told, now) == "INSERT 0 1"


async def beacon(kind: str, event: str) -> str | None:
    """Return the value of a beacon that happened."""
    found: str | None = await value("select value from beacon where kind = $1 and event = $2", kind, event)
    return found


async def add_draw(notice_id: int, bundle: Mapping[str, Any], result_hash: str, now: datetime) -> None:
    """Write the finished draw, once."""
    sql = "insert into draw (notice, bundle, result_hash, drawn_at) values ($1, $2::jsonb, $3, $4)"
    await execute(sql, notice_id, json.dumps(bundle), result_hash, now)


async def add_award(notice_id: int, entrant: Entrant, *, now: datetime, ends_at: datetime) -> int:
    """Propose an entrant as winner."""
    sql = """
    insert into award (notice, registration, agency, amount_fen, place, state, proposed_at, standstill_ends_at)
    values ($1, $2, $3, $4, $5, 'proposed', $6, $7) returning id
    """
    terms = (entrant.registration, entrant.agency, entrant.amount_fen, entrant.place)
    made: int = await value(sql, notice_id, *terms, now, ends_at)
    return made


_PROPOSAL = """
select w.id, w.notice, w.registration, w.agency, a.organisation, a.uscc, w.amount_fen, w.place, w.state,
  w.standstill_ends_at
from award w join agency a on a.id = w.agency
"""


async def proposal(award_id: int) -> Proposal | None:
    """Return one award."""
    found = await row(_PROPOSAL + "where w.id = $1", award_id)
    return Proposal(**dict(found)) if found else None


async def standing_proposal(notice_id: int) -> Proposal | None:
    """Return the award of a notice that is proposed now."""
    found = await row(_PROPOSAL + "where w.notice = $1 and w.state = 'proposed'", notice_id)
    return Proposal(**dict(found)) if found else None


async def confirm(award_id: int, now: datetime) -> bool:
    """Confirm a proposed award."""
    sql = "update award set state = 'confirmed', confirmed_at = $2 where id = $1 and state = 'proposed'"
    return await execute(sql, award_id, now) == "UPDATE 1"


async def cancel(award_id: int, now: datetime, reason: str) -> bool:
    """Cancel a proposed award; it stays, with its reason."""
    sql = """
    update award set state = 'cancelled', cancelled_at = $2, cancel_reason = $3 where id = $1 and state = 'proposed'
    """
    return await execute(sql, award_id, now, reason) == "UPDATE 1"


def _step(found: asyncpg.Record) -> Step:
    values = dict(found)
    values["body"] = json.loads(values["body"])
    values["qualifications"] = tuple(json.loads(values["qualifications"]))
    return Step(**values)
