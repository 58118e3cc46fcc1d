"""What pages, files and programs read of selections: plain SQL, one query for each list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from market.db import fetch, row, value


@dataclass(frozen=True, slots=True)
class ResultQuery:
    """What a list of results is asked for; empty means everything."""

    text: str = ""
    state: str = ""
    method: str = ""
    division: str = ""


_RESULTS: Final = """
from award w join notice n on n.id = w.notice join organisation o on o.id = n.owner join agency a on a.id = w.agency
where ($1 = '' or n.code = $1 or strpos(n.title, $1) > 0 or strpos(o.name, $1) > 0 or strpos(a.name, $1) > 0
    or a.uscc = $1)
  and ($2 = '' or w.state = $2) and ($3 = '' or n.method = $3) and ($4 = '' or starts_with(n.division, $4))
"""


async def results(query: ResultQuery, limit: int, offset: int = 0) -> list[Record]:
    """Return awards, newest first."""
    sql = """
    select n.code, n.title, n.method, n.division, o.name as owner, a.name as agency, a.uscc, w.amount_fen, w.place,
      w.state, w.proposed_at, w.standstill_ends_at, w.confirmed_at, w.cancelled_at
    """
    order = " order by w.proposed_at desc, w.id desc limit $5 offset $6"
    return await fetch(sql + _RESULTS + order, query.text, query.state, query.method, query.division, limit, offset)


async def count_results(query: ResultQuery) -> int:
    """Count the awards of a list."""
    if query == ResultQuery():
        return int(await value("select count(*) from award"))
    sql = "select count(*) " + _RESULTS
    return int(await value(sql, query.text, query.state, query.method, query.division))


async def of_organisation(organisation_id: int, limit: int) -> list[Record]:
    """Return the awards an agency was ever proposed for, newest first."""
    return await fetch(
        """
        select w.id, n.code, n.title, o.name as owner, w.amount_fen, w.place, w.state, w.proposed_at,
          w.standstill_ends_at, w.cancel_reason
        from award w join notice n on n.id = w.notice join organisation o on o.id = n.owner
          join agency a on a.id = w.agency
        where a.organisation = $1 order by w.proposed_at desc, w.id desc limit $2
        """,
        organisation_id,
        limit,
    )


async def one_of_organisation(award_id: int, organisation_id: int | None) -> Record | None:
    """Return one award of an agency."""
    return await row(
        """
        select w.id, n.code, n.title, o.name as owner, w.amount_fen, w.place, w.state, w.proposed_at,
          w.standstill_ends_at
        from award w join notice n on n.id = w.notice join organisation o on o.id = n.owner
          join agency a on a.id = w.agency
        where w.id = $1 and a.organisation = $2
        """,
        award_id,
        organisation_id,
    )


async def drawn(code: str) -> tuple[str, dict[str, Any] | None] | None:
    """Return the method of a published notice, and its bundle once it is drawn."""
    found = await row(
        """
        select n.method, d.bundle from notice n left join draw d on d.notice = n.id
        where n.code = $1 and n.published_at is not null
        """,
        code,
    )
    if found is None:
        return None
    return found["method"], json.loads(found["bundle"]) if found["bundle"] else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the selection of a notice has come, for its panel."""

    code: str
    state: str
    method: str
    practice: bool
    reveal_by: datetime
    draw_at: datetime
    closed_at: datetime | None
    inputs_frozen_at: datetime | None
    drawn_at: datetime | None
    pool_size: int | None
    hash: str
    body: dict[str, Any]
    pool_hash: str | None
    inputs_hash: str | None
    result_hash: str | None


async def progress(code: str) -> Progress | None:
    """Return how far the selection of a published notice has come."""
    found = await row(
        """
        select n.code, n.state, n.method, n.practice, n.reveal_by, n.draw_at, n.closed_at, n.inputs_frozen_at,
          n.drawn_at, n.pool_size, v.hash, v.body, p.hash as pool_hash, i.hash as inputs_hash, d.result_hash
        from notice n
        join notice_version v on v.notice = n.id and v.number = n.version
        left join pool p on p.notice = n.id
        left join draw_input i on i.notice = n.id
        left join draw d on d.notice = n.id
        where n.code = $1
        """,
        code,
    )
    return Progress(**{**dict(found), "body": json.loads(found["body"])}) if found else None


async def opening(code: str) -> tuple[dict[str, Any], str] | None:
    """Return the opening log of a notice's quotes and its hash."""
    found = await row("select o.log, o.hash from opening o join notice n on n.id = o.notice where n.code = $1", code)
    return (json.loads(found["log"]), found["hash"]) if found else None


async def names(usccs: Sequence[str]) -> list[Record]:
    """Return the names of agencies by their codes."""
    return await fetch("select uscc, name from agency where uscc = any($1)", list(usccs))


async def order(code: str) -> list[Record]:
    """Return the registrants of a drawn notice in their order, with what became of each."""
    return await fetch(
        """
        select r.place, r.uscc, a.name, r.state, r.reason, w.amount_fen, w.standstill_ends_at
        from registration r join notice n on n.id = r.notice join agency a on a.id = r.agency
          left join award w on w.registration = r.id
        where n.code = $1 and r.place is not null order by r.place
        """,
        code,
    )
