"""Measures, exits and credit entries as anybody may read them."""

import json
from datetime import datetime
from typing import Final

from asyncpg import Record

from market.credit.case_facts import Fact, unpacked
from market.credit.queries import exits as queries
from market.credit.states import CaseGround
from market.kernel.errors import NotFound
from market.kernel.times import local

# Opened on what is public anyway; what a regulator was told of by a signal stays between it and the agency.
_ON_RECORD: Final = (CaseGround.LOW_RANKING, CaseGround.ABANDONMENTS)


async def measures(kind: str, now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List the measures in force, of one kind or all."""
    return await queries.measures(kind, now, limit=limit, offset=offset)


async def exits(kind: str, now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List who is out of the market, eliminated or by its own will, or one of both."""
    return await queries.exits(kind, now, limit=limit, offset=offset)


async def decisions(kind: str, now: datetime, *, limit: int, offset: int = 0) -> list[Record]:
    """List the decisions in force as they are published, by the kind of their measure or all."""
    return await queries.decisions(kind, now, limit=limit, offset=offset)


async def decision(number: str, now: datetime) -> Record:
    """Return a decision in force as it is published."""
    found = await queries.decision(number, now)
    if found is None:
        raise NotFound("decision_not_published")
    return found


def facts_of(decision: Record) -> tuple[Fact, ...]:
    """Return the facts a published decision rests on, if they are of the public record."""
    return unpacked(json.loads(decision["facts"])) if decision["ground"] in _ON_RECORD else ()


async def entries(uscc: str, now: datetime) -> list[Record]:
    """List the credit entries of an agency that count now."""
    return await queries.entries(uscc, now, local(now).date())


async def measures_of(uscc: str, now: datetime) -> list[Record]:
    """List the measures of an agency in force."""
    return await queries.measures_of(uscc, now)
