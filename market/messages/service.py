"""
Telling organisations what happened, in the transaction in which it happened.

The words of a message come from the terms, by its kind; only its parameters
are stored.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from market import db
from market.kernel.roles import Actor


@dataclass(frozen=True, slots=True)
class Note:
    """One message of an inbox."""

    id: int
    kind: str
    subject: str
    params: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


async def tell(organisation_id: int, kind: str, *, at: datetime, subject: str, **params: str | int) -> None:
    """Write one message to one organisation, within the caller's transaction."""
    await tell_all([organisation_id], kind, at=at, subject=subject, **params)


async def tell_all(
    organisation_ids: Iterable[int], kind: str, *, at: datetime, subject: str, **params: str | int
) -> None:
    """Write the same message to several organisations."""
    await db.execute(
        "insert into message (organisation, kind, subject, params, created_at)"
        " select unnest($1::bigint[]), $2, $3, $4, $5",
        list(organisation_ids),
        kind,
        subject,
        json.dumps(params, ensure_ascii=False),
        at,
    )


async def inbox(actor: Actor, limit: int = 50, before: int | None = None) -> list[Note]:
    """List the messages of the organisation somebody acts for, newest first."""
    rows = await db.fetch(
        "select id, kind, subject, params, created_at, read_at from message"
        " where organisation = $1 and ($3::bigint is null or id < $3) order by id desc limit $2",
        actor.organisation_id,
        limit,
        before,
    )
    return [Note(**{**dict(row), "params": json.loads(row["params"])}) for row in rows]


async def unread(actor: Actor) -> int:
    """Count the messages nobody of the organisation has opened."""
    sql = "select count(*) from message where organisation = $1 and read_at is null"
    return int(await db.value(sql, actor.organisation_id))


async def mark_read(actor: Actor, message_id: int, *, now: datetime) -> None:
    """Note when a member opened a message; the first time counts."""
    async with db.writing():
        await db.execute(
            "update message set read_at = $3 where id = $2 and organisation = $1 and read_at is null",
            actor.organisation_id,
            message_id,
            now,
        )
