"""
The papers of an application, saved step by step.

Before a submission nothing is an act yet, so nothing is logged; once an agency
is in the market, each change is. The application begins with the first step.
"""

from datetime import datetime

from asyncpg import Record

from market.agencies import queries, rules
from market.agencies.rules import Claim, Identity, Party, Practice
from market.agencies.service.found import is_pending, organisation_of, own, refuse, subject
from market.agencies.service.parties import refuse_verified
from market.agencies.states import AgencyState
from market.db import writing
from market.kernel.errors import Conflict, NotFound
from market.kernel.roles import Actor
from market.ledger import service as ledger

_IN_THE_MARKET = (AgencyState.ADMITTED, AgencyState.SUSPENDED)


async def save_identity(identity: Identity, *, actor: Actor, now: datetime) -> int:
    """Save step 1; the first time begins the application. The code is the organisation's and is not typed again."""
    async with writing():
        organisation = await queries.organisation(organisation_of(actor))
        if organisation is None:
            raise NotFound
        begun = await queries.locked_of_organisation(organisation["id"])
        if begun is None:
            agency_id = await queries.begin(organisation, identity, now=now)
            if agency_id is None:
                raise Conflict
        else:
            agency_id = int(begun["id"])
            refuse(rules.bars_identity_edit(AgencyState(begun["state"]), await is_pending(agency_id)))
            await queries.change_identity(agency_id, identity)
    return agency_id


async def add_claim(claim: Claim, *, actor: Actor, now: datetime) -> int:
    """Enter a qualification; it counts once the operator has verified it."""
    async with writing():
        agency = await _open(actor)
        refuse(rules.bars_claim(claim, now))
        claim_id = await queries.add_claim(agency["id"], claim, now=now)
        if claim_id is None:
            raise Conflict("claim_exists", field="number", number=claim.number)
        if AgencyState(agency["state"]) in _IN_THE_MARKET:
            await ledger.append(
                "qualification.submitted",
                at=now,
                subject=subject(agency["uscc"]),
                fields={
                    "code": claim.code,
                    "number": claim.number,
                    "issued_by": claim.issued_by,
                    "valid_until": claim.valid_until.isoformat(),
                },
            )
    return claim_id


async def drop_claim(claim_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back a qualification nobody has verified; a verified one stays on the record."""
    async with writing():
        agency = await _open(actor)
        claim = await queries.locked_claim(claim_id)
        if claim is None or claim["agency"] != agency["id"] or claim["withdrawn_at"] is not None:
            raise NotFound
        if not await queries.withdraw_claim(claim_id, now=now):
            raise Conflict("claim_verified")


async def add_practice(practice: Practice, *, actor: Actor, now: datetime) -> None:
    """Name a practitioner; the same certificate stands once."""
    async with writing():
        agency = await _open(actor)
        if not await queries.add_practice(agency["id"], practice):
            raise Conflict("practitioner_exists", field="certificate_number", number=practice.certificate_number)
        if AgencyState(agency["state"]) in _IN_THE_MARKET:
            await ledger.append(
                "practitioner.named",
                at=now,
                subject=subject(agency["uscc"]),
                fields={"certificate": practice.certificate},
                document={"name": practice.name, "certificate_number": practice.certificate_number},
            )


async def drop_practice(row_id: int, *, actor: Actor, now: datetime) -> None:
    """End a practitioner."""
    await _end("practitioner", row_id, actor=actor, now=now)


async def add_party(party: Party, *, actor: Actor, now: datetime) -> None:
    """Declare a related party; what was declared is checked later and never assumed."""
    async with writing():
        agency = await _open(actor)
        if not await queries.add_party(agency["id"], party, now=now):
            raise Conflict("party_exists", field="name", name=party.name)
        if AgencyState(agency["state"]) in _IN_THE_MARKET:
            await ledger.append(
                "party.declared",
                at=now,
                subject=subject(agency["uscc"]),
                fields={"kind": str(party.kind), "share_percent": party.share_percent},
                document={"name": party.name, "identifier": party.identifier},
            )


async def drop_party(row_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back a related party nobody has verified; a verified one stands until the operator ends it."""
    await _end("related_party", row_id, actor=actor, now=now)


async def _end(table: str, row_id: int, *, actor: Actor, now: datetime) -> None:
    async with writing():
        agency = await _open(actor)
        if table == "related_party":
            await refuse_verified(row_id, agency["id"])
        if not await queries.end(table, row_id, agency["id"], now=now):
            raise NotFound
        if AgencyState(agency["state"]) in _IN_THE_MARKET:
            await ledger.append(
                f"{table.removeprefix('related_')}.ended",
                at=now,
                subject=subject(agency["uscc"]),
                fields={"row": row_id},
            )


async def _open(actor: Actor) -> Record:
    """Lock the actor's agency, or refuse while its papers may not change."""
    agency = await own(actor)
    refuse(rules.bars_edit(AgencyState(agency["state"]), await is_pending(agency["id"])))
    return agency
