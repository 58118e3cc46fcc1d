"""Scores of agencies as rankings hold them; what a night computed is read by nobody before that."""

from datetime import date
from typing import Final

from asyncpg import Record

from market.db import fetch, row

_SCORE: Final = """
select a.uscc, a.name as agency, r.slot, s.place, s.total, s.grade, s.parts, s.lines, u.ruleset, u.result_hash
from agency a join agency_score s on s.agency = a.id join ranking r on r.run = s.run join score_run u on u.id = s.run
"""


async def score_of(uscc: str, slot: date | None) -> Record | None:
    """Return an agency's score in the latest published ranking, or in the one of a quarter."""
    sql = (
        _SCORE
        + """
    where a.uscc = $1 and r.state = 'published' and ($2::date is null or r.slot = $2)
    order by r.slot desc, r.edition desc limit 1
    """
    )
    return await row(sql, uscc, slot)


async def own_score(organisation: int, ranking: int) -> Record | None:
    """Return an agency's own score in a ranking, whatever its state."""
    return await row(_SCORE + "where a.organisation = $1 and r.id = $2", organisation, ranking)


async def own_rankings(organisation: int) -> list[Record]:
    """List the rankings that hold an agency, newest first, each with what the agency got."""
    sql = """
    select r.slot, r.edition, r.state, r.objections_until_at, r.published_at, s.place, s.total, s.grade
    from ranking r join agency_score s on s.run = r.run join agency a on a.id = s.agency
    where a.organisation = $1 order by r.slot desc, r.edition desc
    """
    return await fetch(sql, organisation)
