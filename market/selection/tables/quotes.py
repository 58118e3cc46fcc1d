"""Sealed quotes of a frozen pool and their opening; whoever writes here holds the lock of the notice's row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from market.db import execute, fetch


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a registrant's quote; empty where the row is gone, which the opening then names."""

    agency: str
    commitment: str | None
    sealed: str = field(repr=False)


async def kept(notice_id: int) -> list[Kept]:
    """Return the sealed quotes of the registrations that were not withdrawn, ascending by USCC."""
    rows = await fetch(
        """
        select r.uscc as agency, s.commitment, coalesce(s.sealed, '') as sealed
        from registration r left join sealed_quote s on s.registration = r.id
        where r.notice = $1 and r.state <> 'withdrawn' order by r.uscc collate "C"
        """,
        notice_id,
    )
    return [Kept(**dict(each)) for each in rows]


async def opening(notice_id: int) -> tuple[dict[str, Any], str] | None:
    """Return the opening log of a notice and its hash."""
    rows = await fetch("select log, hash from opening where notice = $1", notice_id)
    return (json.loads(rows[0]["log"]), rows[0]["hash"]) if rows else None


async def add_opening(notice_id: int, log: Mapping[str, Any], hashed: str, now: datetime) -> None:
    """Write the opening log and what it found, once; who is left out is not selected, with the reason."""
    sql = "insert into opening (notice, log, hash, opened_at) values ($1, $2::jsonb, $3, $4)"
    await execute(sql, notice_id, json.dumps(log), hashed, now)
    await execute(
        """
        insert into opened_quote (registration, quote_fen, excluded)
        select r.id, (part.value ->> 'fen')::bigint, part.value ->> 'excluded'
        from jsonb_array_elements($2::jsonb) as part
        join registration r on r.notice = $1 and r.uscc = part.value ->> 'agency' and r.state <> 'withdrawn'
        """,
        notice_id,
        json.dumps(log["quotes"]),
    )
    await execute(
        """
        update registration r set state = 'not_selected', ended_at = $2, reason = q.excluded
        from opened_quote q
        where q.registration = r.id and r.notice = $1 and q.excluded is not null and r.state = 'registered'
        """,
        notice_id,
        now,
    )
