"""Service by public announcement (公告送达), as anybody may read it."""

from datetime import datetime

from asyncpg import Record

from market.credit.queries import announcements as queries
from market.kernel.errors import NotFound


async def standing(now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List the announcements that stand, the newest first."""
    return await queries.announcements(now, limit=limit, offset=offset)


async def announcement(number: str, now: datetime) -> Record:
    """Return an announcement that stands."""
    found = await queries.announcement(number, now)
    if found is None:
        raise NotFound("announcement_not_found")
    return found
