"""
What the public may know of a notice that could not be delivered: whose it is and until when it stands, nothing else.

It ends by itself: the agency that opens its notice, a dismissal, and the end of
its time each take it off, whether a worker has run or not.

Basis: DESIGN §7 (a bounce is followed by a public notice); 民事诉讼法 art. 95, by analogy.
"""

from datetime import datetime
from typing import Final

from asyncpg import Record

from market.db import fetch, row

_STANDING: Final = """
select c.number, a.uscc, a.name as agency, a.division, c.bounced_at as announced_at,
  c.public_until_at as deemed_served_at, count(*) over () as total
from credit_case c join agency a on a.id = c.agency
where c.state = 'noticed' and c.bounced_at <= $1 and c.public_until_at > $1
"""


async def announcements(now: datetime, *, limit: int, offset: int) -> list[Record]:
    """List the announcements that stand, the newest first."""
    return await fetch(_STANDING + "order by c.bounced_at desc, c.id desc limit $2 offset $3", now, limit, offset)


async def announcement(number: str, now: datetime) -> Record | None:
    """Return an announcement that stands."""
    return await row(_STANDING + "and c.number = $2", now, number)
