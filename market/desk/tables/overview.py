"""
What the overviews of agency, regulator, operator and authority count.

A regulator sees its scopes only: each a division with everything inside it and
a trade, or every trade.
"""

from collections.abc import Sequence
from datetime import date, datetime

from asyncpg import Record

from market import db
from market.kernel import divisions
from market.kernel.roles import Scope

_IN_SCOPE = """
exists (select from unnest($1::text[], $2::text[]) as s (prefix, trade)
  where n.division like s.prefix || '%' and (s.trade is null or s.trade = n.trade))
"""
_STATES = f"""
select n.state, count(*) as many from notice n where n.state <> 'draft' and {_IN_SCOPE} group by n.state
"""
_RECENT = f"""
select n.code, n.title, n.state, n.method, n.direct_reason, n.end_reason, o.name as owner,
  coalesce(n.ended_at, n.published_at) as at
from notice n join organisation o on o.id = n.owner
where n.published_at >= $3 and (n.state in ('failed', 'withdrawn', 'annulled') or n.method = 'direct') and {_IN_SCOPE}
order by at desc, n.id desc limit 20
"""
_DIRECT = f"""
select count(*) from notice n where n.method = 'direct' and n.published_at >= $3 and n.state <> 'draft' and {_IN_SCOPE}
"""
_PROPOSED = "select code, name, proposed_at from item where state = 'proposed' order by proposed_at, id limit 20"
_ADMISSIONS = """
select a.uscc, a.name, c.submitted_at, c.due_at from admission_check c join agency a on a.id = c.agency
where c.outcome is null order by c.due_at, c.id limit 20
"""
_QUALIFICATIONS = """
select a.uscc, a.name, q.code, q.number, q.submitted_at, q.valid_until
from qualification q join agency a on a.id = q.agency
where q.verified_at is null and q.revoked_at is null and q.withdrawn_at is null and q.valid_until >= $1
  and a.state in ('admitted', 'suspended')
order by q.submitted_at, q.id limit 20
"""
_OWN_PROPOSALS = """
select code, name, state, proposed_at, published_at from item where proposed_by = $1 order by proposed_at desc limit 20
"""
_AGENCY = """
select a.uscc, a.state, a.suspended_until, a.reentry_on, a.check_due_at,
  (select count(*) from guide g where g.agency = a.id and g.state = 'published') as guides,
  (select count(*) from registration r join notice n on n.id = r.notice
    where r.agency = a.id and r.state = 'registered' and n.state in ('open', 'closed', 'opening')) as waiting,
  (select count(*) from award w where w.agency = a.id and w.state = 'proposed') as proposed,
  (select count(*) from award w where w.agency = a.id and w.state = 'confirmed') as confirmed
from agency a where a.organisation = $1
"""
_AWARDS_BY = """
select w.state, w.amount_fen, w.standstill_ends_at, w.confirmed_at, n.code, n.title, a.name as agency, a.uscc
from award w join notice n on n.id = w.notice join agency a on a.id = w.agency
where n.owner = $1 and w.state in ('proposed', 'confirmed')
order by w.state = 'proposed' desc, w.proposed_at desc, w.id desc limit 10
"""
_PROPOSED_TO = """
select w.id, w.amount_fen, w.standstill_ends_at, n.code, n.title, o.name as owner
from award w join agency a on a.id = w.agency join notice n on n.id = w.notice join organisation o on o.id = n.owner
where a.organisation = $1 and w.state = 'proposed' and w.standstill_ends_at > $2
order by w.standstill_ends_at, w.id limit 20
"""
_REGISTERED = """
select r.receipt, n.code, n.title, n.closes_at, n.draw_at
from registration r join agency a on a.id = r.agency join notice n on n.id = r.notice
where a.organisation = $1 and r.state = 'registered' and n.state in ('open', 'closed', 'opening')
order by n.closes_at, r.id limit 20
"""
_ENDING = """
select q.code, q.number, q.valid_until from qualification q join agency a on a.id = q.agency
where a.organisation = $1 and q.revoked_at is null and q.withdrawn_at is null
  and q.valid_until between $2::date - 30 and $2::date + 60
order by q.valid_until, q.id limit 20
"""


def _reach(scopes: Sequence[Scope]) -> tuple[list[str], list[str | None]]:
    return [divisions.prefix(scope.division) for scope in scopes], [scope.trade for scope in scopes]


async def states(scopes: Sequence[Scope]) -> dict[str, int]:
    """Count the notices in scope by state."""
    return {row["state"]: row["many"] for row in await db.fetch(_STATES, *_reach(scopes))}


async def remarkable(scopes: Sequence[Scope], since: datetime) -> list[Record]:
    """List what ended without an award and what was chosen directly, newest first."""
    return await db.fetch(_RECENT, *_reach(scopes), since)


async def direct(scopes: Sequence[Scope], since: datetime) -> int:
    """Count the direct selections in scope."""
    found: int = await db.value(_DIRECT, *_reach(scopes), since)
    return found


async def proposed() -> list[Record]:
    """List the items that wait for a decision, oldest first."""
    return await db.fetch(_PROPOSED)


async def admissions() -> list[Record]:
    """List the applications that wait for their form check, the most urgent first."""
    return await db.fetch(_ADMISSIONS)


async def unverified(today: date) -> list[Record]:
    """List the qualifications of admitted agencies that nobody has verified, oldest first."""
    return await db.fetch(_QUALIFICATIONS, today)


async def agency(organisation: int | None) -> Record | None:
    """Return an agency's place in the market and what it has under way; nothing before it applies."""
    return await db.row(_AGENCY, organisation)


async def awards_by(organisation: int | None) -> list[Record]:
    """List the newest awards of an owner's notices, those in standstill on top."""
    return await db.fetch(_AWARDS_BY, organisation)


async def proposed_to(organisation: int | None, now: datetime) -> list[Record]:
    """List the awards proposed to an agency whose standstill runs, the first to end on top."""
    return await db.fetch(_PROPOSED_TO, organisation, now)


async def registered(organisation: int | None) -> list[Record]:
    """List the registrations of an agency that wait for their result, by deadline."""
    return await db.fetch(_REGISTERED, organisation)


async def ending(organisation: int | None, today: date) -> list[Record]:
    """List the qualifications of an agency that end within 60 days or ended within 30."""
    return await db.fetch(_ENDING, organisation, today)


async def proposals_of(organisation: int | None) -> list[Record]:
    """List the items an authority proposed."""
    return await db.fetch(_OWN_PROPOSALS, organisation)
