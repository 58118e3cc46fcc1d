"""Related parties as the operator finds them: what waits to be compared, and what was."""

from datetime import datetime

from asyncpg import Record

from market import db

_MOST = 200


async def unverified() -> list[Record]:
    """Return the parties of agencies in the market that can be compared with a register and were not, oldest first."""
    return await db.fetch(
        "select p.id, p.kind, p.name, p.identifier, p.share_percent, p.declared_at, a.uscc, a.name as agency"
        " from related_party p join agency a on a.id = p.agency where not p.verified and p.ended_at is null"
        " and p.identifier is not null and a.state in ('admitted', 'suspended') order by p.declared_at, p.id limit $1",
        _MOST,
    )


async def locked(row_id: int) -> Record | None:
    """Return a party that stands, with its agency, and keep it as it is until the transaction ends."""
    return await db.row(
        "select p.id, p.agency, p.kind, p.identifier, p.share_percent, p.verified, a.uscc, a.organisation"
        " from related_party p join agency a on a.id = p.agency where p.id = $1 and p.ended_at is null for update of p",
        row_id,
    )


async def verify(row_id: int) -> None:
    """Mark a party verified; it is locked."""
    await db.execute("update related_party set verified = true where id = $1", row_id)


async def end(row_id: int, *, now: datetime) -> None:
    """End a party; it is locked."""
    await db.execute("update related_party set ended_at = $2 where id = $1", row_id, now)
