"""
Related parties that the operator compares with a register, and ends once they are none.

A declaration counts nothing until it was compared. From then on it keeps related
agencies out of one notice and carries the bar of an elimination to whoever is
behind the agency; so the agency cannot take it back itself, least of all when a
case is open.

Basis: DESIGN §7.
"""

from datetime import datetime

from asyncpg import Record

from market.agencies import related
from market.agencies.service.found import operator, subject
from market.db import writing
from market.kernel.errors import Conflict, NotFound
from market.kernel.roles import Actor
from market.ledger import service as ledger
from market.messages import service as messages


async def unverified_parties() -> list[Record]:
    """Return the parties of agencies in the market that wait for the operator."""
    return await related.unverified()


async def verify_party(row_id: int, *, actor: Actor, now: datetime) -> str:
    """Verify a related party, which counts at once, and return the code of its agency."""
    operator(actor)
    async with writing():
        party = await _locked(row_id)
        if party["verified"]:
            raise Conflict("party_verified")
        if not party["identifier"]:
            raise Conflict("party_unidentified")
        await related.verify(row_id)
        await _record("verified", party, now)
        return str(party["uscc"])


async def end_party(row_id: int, *, actor: Actor, now: datetime) -> str:
    """End a related party that a register no longer shows, and return the code of its agency."""
    operator(actor)
    async with writing():
        party = await _locked(row_id)
        await related.end(row_id, now=now)
        await _record("ended", party, now)
        return str(party["uscc"])


async def refuse_verified(row_id: int, agency_id: int) -> None:
    """Refuse, within the caller's transaction, to let an agency take back a party of its own that was verified."""
    party = await related.locked(row_id)
    if party is not None and party["agency"] == agency_id and party["verified"]:
        raise Conflict("party_verified")


async def _locked(row_id: int) -> Record:
    found = await related.locked(row_id)
    if found is None:
        raise NotFound
    return found


async def _record(what: str, party: Record, now: datetime) -> None:
    """Tell the agency and log what happened to a party; who it is stays out of the log."""
    about = subject(party["uscc"])
    await messages.tell(party["organisation"], f"party_{what}", at=now, subject=about, party=party["kind"])
    fields = {"uscc": party["uscc"], "kind": party["kind"], "share_percent": party["share_percent"]}
    await ledger.append(f"party.{what}", at=now, subject=about, fields=fields)
