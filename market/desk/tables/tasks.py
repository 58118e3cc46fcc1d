"""
How many open tasks the side navigation of a desk shows beside each entry.

Every role has one statement whose columns are the entries' keys, because every
page behind a sign-in asks it; what waits in cases, leads and abandonments is
counted by `credit`, which alone reads leads. Only what waits for the reader
counts, never what waits for somebody else.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from market import db
from market.credit.service import overview as credit
from market.kernel.roles import Actor, Role
from market.kernel.times import local

_MESSAGES: Final = "(select count(*) from message m where m.organisation = $1 and m.read_at is null) as messages"
_DRAFTS: Final = "(select count(*) from notice n where n.owner = $1 and n.state = 'draft') as notices"
_AWARDS: Final = """
(select count(*) from award w join agency a on a.id = w.agency
  where a.organisation = $1 and w.state = 'proposed' and w.standstill_ends_at > $2) as awards
"""
_GUIDES: Final = """
(select count(*) from guide g join agency a on a.id = g.agency
  where a.organisation = $1 and g.state = 'draft') as guides
"""
_ADMISSIONS: Final = "(select count(*) from admission_check c where c.outcome is null) as admissions"
_QUALIFICATIONS: Final = """
(select count(*) from qualification q join agency a on a.id = q.agency
  where q.verified_at is null and q.revoked_at is null and q.withdrawn_at is null and q.valid_until >= $2
    and a.state in ('admitted', 'suspended')) as qualifications
"""
_ITEMS: Final = "(select count(*) from item i where i.state = 'proposed') as items"

_OF_ROLE: Final[Mapping[Role, tuple[str, ...]]] = MappingProxyType(
    {
        Role.OWNER: (_MESSAGES, _DRAFTS),
        Role.AGENCY: (_MESSAGES, _AWARDS, _GUIDES),
        Role.OPERATOR: (_MESSAGES, _ADMISSIONS, _QUALIFICATIONS),
        Role.REGULATOR: (_MESSAGES, _ITEMS),
    }
)


async def tasks(actor: Actor, now: datetime) -> dict[str, int]:
    """Count what waits for whom somebody acts for, by entry of the side navigation."""
    if actor.role is Role.PUBLIC:
        return {}
    parts = _OF_ROLE.get(actor.role, (_MESSAGES,))
    at = local(now).date() if actor.role is Role.OPERATOR else now
    values = (actor.organisation_id, at) if any("$2" in part for part in parts) else (actor.organisation_id,)
    found = await db.row("select " + ", ".join(parts), *values)
    return {**dict(found or {}), **await credit.tasks(actor, now)}
