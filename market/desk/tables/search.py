"""
What a search finds: items, agencies and notices whose code, name or title holds the words typed.

Plain LIKE: two characters of Chinese are enough, and nothing has to be
installed. Drafts, proposals and applicants are not found.
"""

from collections.abc import Sequence

from asyncpg import Record

from market import db

MOST = 20

_ITEMS = """
select code, name, state from item
where state <> 'proposed' and concat_ws(' ', code, name, name_en) ilike all($1)
order by state = 'abolished', code limit $2
"""
_AGENCIES = """
select uscc, name, state from agency
where state in ('admitted', 'suspended') and concat_ws(' ', uscc, name) ilike all($1) order by name, id limit $2
"""
_NOTICES = """
select n.code, n.title, n.state, o.name as owner from notice n join organisation o on o.id = n.owner
where n.published_at is not null and concat_ws(' ', n.code, n.title, o.name) ilike all($1)
order by n.published_at desc, n.id desc limit $2
"""


async def found(patterns: Sequence[str]) -> tuple[list[Record], list[Record], list[Record]]:
    """Return items, agencies and notices, each with one row more than is shown if there are more."""
    items = await db.fetch(_ITEMS, patterns, MOST + 1)
    agencies = await db.fetch(_AGENCIES, patterns, MOST + 1)
    notices = await db.fetch(_NOTICES, patterns, MOST + 1)
    return items, agencies, notices
