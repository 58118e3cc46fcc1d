"""Scores of agencies as published rankings hold them; what a night computed is read by nobody before that."""

from datetime import date

from asyncpg import Record

from market.db import row


async def score_of(uscc: str, slot: date | None) -> Record | None:
    """Return an agency's score in the latest published ranking, or in the one of a quarter."""
    return await row(
        """
        select a.uscc, a.name as agency, r.slot, s.place, s.total, s.grade, s.parts, s.lines, u.ruleset, u.result_hash
        from agency a join agency_score s on s.agency = a.id join ranking r on r.run = s.run
          join score_run u on u.id = s.run
        where a.uscc = $1 and r.state = 'published' and ($2::date is null or r.slot = $2)
        order by r.slot desc limit 1
        """,
        uscc,
        slot,
    )
