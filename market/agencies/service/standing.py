"""
The one answer to "may this agency act for this item now?".

It is asked before a guide is published and before a registration is taken, and
is computed each time: nothing stores it, so nothing can be out of date.
"""

from collections.abc import Sequence
from datetime import datetime

from market.agencies import queries, standings
from market.agencies.rules import KeptOut
from market.catalogue import service as catalogue
from market.kernel.errors import NotFound, Reason
from market.kernel.roles import Actor


async def standing(agency_id: int, item_id: int, now: datetime) -> tuple[Reason, ...]:
    """Return every reason an agency may not act for an item; none means good standing."""
    found = await standing_of_many([agency_id], item_id, now)
    if agency_id not in found:
        raise NotFound
    return found[agency_id]


async def standing_of_many(agency_ids: Sequence[int], item_id: int, now: datetime) -> dict[int, tuple[Reason, ...]]:
    """Return the same for many agencies in two queries."""
    needed = [each.code for each in await catalogue.qualifications_of(item_id)]
    return await standings.standing_of_many(agency_ids, item_id, needed, now)


async def standing_under(
    agency_ids: Sequence[int], item_id: int, qualifications: Sequence[str], now: datetime
) -> dict[int, tuple[Reason, ...]]:
    """Return the same under the qualifications a notice published, whatever its item asks for now."""
    return await standings.standing_of_many(agency_ids, item_id, qualifications, now)


async def kept_out(agency_id: int, item_id: int) -> tuple[KeptOut, ...]:
    """Return the decided spans in which an agency may not act for an item."""
    return (await standings.kept_out([agency_id], item_id))[agency_id]


async def qualified_agencies(item_id: int, now: datetime) -> list[int]:
    """Return the keys of all agencies in good standing for an item."""
    return await standings.qualified(item_id, now)


async def count_qualified(item_id: int, now: datetime) -> int:
    """Return how many agencies are in good standing for an item."""
    return await standings.count_qualified(item_id, now)


async def agency_id_of(actor: Actor) -> int:
    """Return the agency somebody acts for."""
    found = await queries.of_organisation(actor.organisation_id) if actor.organisation_id is not None else None
    if found is None:
        raise NotFound("application_not_begun")
    agency_id: int = found["id"]
    return agency_id
