"""
Every query of applications, qualifications and checks.

Standing is not here but in `standings`: these are the rows as people wrote
them. What was taken back is kept with ``withdrawn_at`` or ``ended_at`` and
left out of every answer.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime

from asyncpg import Record

from market import db
from market.agencies.rules import Claim, Identity, Letter, Party, Practice
from market.agencies.states import AgencyState

AGENCY = (
    "id, organisation, uscc, name, division, state, legal_representative, contact_name, contact_phone, introduction,"
    " applied_at, check_due_at, admitted_at, left_at, suspended_until, eliminated_at, reentry_on"
)


async def organisation(organisation_id: int) -> Record | None:
    """Return what an organisation said of itself when it signed up."""
    return await db.row("select id, uscc, name, division from organisation where id = $1", organisation_id)


async def of_organisation(organisation_id: int) -> Record | None:
    """Return the agency of an organisation, once its application is begun."""
    return await db.row(f"select {AGENCY} from agency where organisation = $1", organisation_id)


async def locked_of_organisation(organisation_id: int) -> Record | None:
    """Return the same and keep it as it is until the transaction ends."""
    return await db.row(f"select {AGENCY} from agency where organisation = $1 for update", organisation_id)


async def by_uscc(code: str) -> Record | None:
    """Return an agency by its code."""
    return await db.row(f"select {AGENCY} from agency where uscc = $1", code)


async def locked(code: str) -> Record | None:
    """Return an agency by its code and keep it as it is until the transaction ends."""
    return await db.row(f"select {AGENCY} from agency where uscc = $1 for update", code)


async def locked_by_id(agency_id: int) -> Record | None:
    """Return an agency by its key and keep it as it is until the transaction ends."""
    return await db.row(f"select {AGENCY} from agency where id = $1 for update", agency_id)


async def begin(organisation: Record, identity: Identity, *, now: datetime) -> int | None:
    """Insert an application that is not submitted yet; None if there is one already."""
    found: int | None = await db.value(
        "insert into agency (organisation, uscc, name, division, state, legal_representative, contact_name,"
        " contact_phone, introduction, applied_at) values ($1, $2, $3, $4, 'applying', $5, $6, $7, $8, $9)"
        " on conflict do nothing returning id",
        organisation["id"],
        organisation["uscc"],
        identity.name,
        organisation["division"],
        identity.legal_representative,
        identity.contact_name,
        identity.contact_phone,
        identity.introduction,
        now,
    )
    return found


async def change_identity(agency_id: int, identity: Identity) -> None:
    """Replace what step 1 says."""
    await db.execute(
        "update agency set name = $2, legal_representative = $3, contact_name = $4, contact_phone = $5,"
        " introduction = $6 where id = $1",
        agency_id,
        identity.name,
        identity.legal_representative,
        identity.contact_name,
        identity.contact_phone,
        identity.introduction,
    )


async def move(agency_id: int, before: AgencyState, after: AgencyState) -> bool:
    """Move an agency that still stands where it stood."""
    tag = await db.execute(
        "update agency set state = $3 where id = $1 and state = $2", agency_id, str(before), str(after)
    )
    return tag == "UPDATE 1"


async def stamp(agency_id: int, column: str, at: datetime | date | None) -> None:
    """Record when something happened to an agency; *column* is one of ours, never typed."""
    await db.execute(f"update agency set {column} = $2 where id = $1", agency_id, at)


async def submit(agency_id: int, *, now: datetime, due_at: datetime) -> bool:
    """Open a form check; False if one is open already."""
    found = await db.value(
        "insert into admission_check (agency, number, submitted_at, due_at)"
        " select $1, coalesce(max(number), 0) + 1, $2, $3 from admission_check where agency = $1"
        " on conflict do nothing returning id",
        agency_id,
        now,
        due_at,
    )
    if found is None:
        return False
    await db.execute("update agency set applied_at = $2, check_due_at = $3 where id = $1", agency_id, now, due_at)
    return True


async def pending_check(agency_id: int) -> Record | None:
    """Return the form check that waits for the operator."""
    return await db.row(
        "select id, number, submitted_at, due_at from admission_check where agency = $1 and outcome is null", agency_id
    )


async def close_check(check_id: int, outcome: str, reasons: object, *, by: int | None, now: datetime) -> bool:
    """Record the outcome of a form check that is still open."""
    tag = await db.execute(
        "update admission_check set outcome = $2, reasons = $3::jsonb, decided_by = $4, decided_at = $5"
        " where id = $1 and outcome is null",
        check_id,
        outcome,
        json.dumps(reasons, ensure_ascii=False),
        by,
        now,
    )
    return tag == "UPDATE 1"


async def last_return(agency_id: int) -> list[dict[str, str]]:
    """Return the reasons of the latest return, in the order they were ticked."""
    found = await db.value(
        "select reasons from admission_check where agency = $1 and outcome = 'returned' order by number desc limit 1",
        agency_id,
    )
    reasons: list[dict[str, str]] = json.loads(found) if found else []
    return reasons


async def phone_of(person_id: int | None) -> str:
    """Return a person's telephone, or nothing."""
    return str(await db.value("select coalesce(phone, '') from person where id = $1", person_id) or "")


async def queue() -> list[Record]:
    """Return every open form check, the one due first on top."""
    return await db.fetch(
        "select c.number, c.submitted_at, c.due_at, a.uscc, a.name, a.division from admission_check c"
        " join agency a on a.id = c.agency where c.outcome is null order by c.due_at, c.id"
    )


async def add_claim(agency_id: int, claim: Claim, *, now: datetime) -> int | None:
    """Insert a qualification; None if the same one is there already."""
    found: int | None = await db.value(
        "insert into qualification (agency, code, number, issued_by, issued_on, valid_until, submitted_at)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id",
        agency_id,
        claim.code,
        claim.number,
        claim.issued_by,
        claim.issued_on,
        claim.valid_until,
        now,
    )
    return found


async def claims(agency_id: int) -> list[Record]:
    """Return the qualifications of an agency, the newest of each code first."""
    return await db.fetch(
        "select q.id, q.code, q.number, q.issued_by, q.issued_on, q.valid_until, q.submitted_at, q.verified_at,"
        " q.revoked_at, coalesce((select min(n.name) from item_qualification n where n.code = q.code), q.code) as name"
        " from qualification q where q.agency = $1 and q.withdrawn_at is null order by q.code, q.valid_until desc",
        agency_id,
    )


async def unverified(agency_id: int | None = None) -> list[Record]:
    """Return qualifications that wait for the operator: of one agency, or of all agencies in the market."""
    return await db.fetch(
        "select q.id, q.code, q.number, q.issued_by, q.issued_on, q.valid_until, q.submitted_at, a.uscc,"
        " a.name as agency, a.organisation,"
        " coalesce((select min(n.name) from item_qualification n where n.code = q.code), q.code) as name"
        " from qualification q join agency a on a.id = q.agency"
        " where q.verified_at is null and q.withdrawn_at is null and q.revoked_at is null"
        " and (q.agency = $1 or ($1 is null and a.state in ('admitted','suspended'))) order by q.submitted_at, q.id",
        agency_id,
    )


async def locked_claim(claim_id: int) -> Record | None:
    """Return a qualification with its agency and keep both as they are until the transaction ends."""
    return await db.row(
        "select q.id, q.agency, q.code, q.number, q.valid_until, q.verified_at, q.revoked_at, q.withdrawn_at, a.uscc,"
        " a.organisation, a.state from qualification q join agency a on a.id = q.agency where q.id = $1 for update",
        claim_id,
    )


async def verify(claim_id: int, *, now: datetime, next_check_at: datetime) -> bool:
    """Mark a qualification verified; False if somebody already decided about it."""
    tag = await db.execute(
        "update qualification set verified_at = $2, next_check_at = $3"
        " where id = $1 and verified_at is null and withdrawn_at is null and revoked_at is null",
        claim_id,
        now,
        next_check_at,
    )
    return tag == "UPDATE 1"


async def withdraw_claim(claim_id: int, *, now: datetime) -> bool:
    """Take an unverified qualification back; False if somebody already decided about it."""
    tag = await db.execute(
        "update qualification set withdrawn_at = $2 where id = $1 and verified_at is null and withdrawn_at is null",
        claim_id,
        now,
    )
    return tag == "UPDATE 1"


async def revoke(claim_id: int, *, now: datetime) -> bool:
    """Mark a verified qualification revoked by its issuer; False if it is not in force."""
    tag = await db.execute(
        "update qualification set revoked_at = $2, next_check_at = null"
        " where id = $1 and verified_at is not null and revoked_at is null and withdrawn_at is null",
        claim_id,
        now,
    )
    return tag == "UPDATE 1"


async def lapse_recorded(agency_id: int, code: str) -> bool:
    """Tell whether a lapse of this qualification was ever recorded, so that a new one renews it."""
    found = await db.value(
        "select exists (select from qualification where agency = $1 and code = $2 and lapse_recorded_at is not null)",
        agency_id,
        code,
    )
    return bool(found)


async def due_lapses(now: datetime, limit: int) -> list[Record]:
    """Take qualifications whose last day is over, leaving those another worker holds."""
    return await db.fetch(
        "select q.id, q.agency, q.code, q.number, q.valid_until, a.uscc, a.organisation, a.state from qualification q"
        " join agency a on a.id = q.agency where q.next_check_at <= $1 order by q.next_check_at, q.id limit $2"
        " for update of q skip locked",
        now,
        limit,
    )


async def settle_lapse(claim_id: int, *, recorded_at: datetime | None) -> None:
    """Stop watching a qualification, with or without a recorded lapse."""
    await db.execute(
        "update qualification set next_check_at = null, lapse_recorded_at = $2 where id = $1", claim_id, recorded_at
    )


async def has_other_valid(agency_id: int, code: str, today: date) -> bool:
    """Tell whether the agency holds the qualification by another certificate that is valid today."""
    found = await db.value(
        "select exists (select from qualification where agency = $1 and code = $2 and verified_at is not null"
        " and revoked_at is null and withdrawn_at is null and valid_until >= $3)",
        agency_id,
        code,
        today,
    )
    return bool(found)


async def add_practice(agency_id: int, practice: Practice) -> bool:
    """Insert a practitioner; False when the agency has named the same certificate already."""
    row_id = await db.value(
        "insert into practitioner (agency, name, certificate, certificate_number) values ($1, $2, $3, $4)"
        " on conflict do nothing returning id",
        agency_id,
        practice.name,
        practice.certificate,
        practice.certificate_number,
    )
    return row_id is not None


async def practitioners(agency_id: int) -> list[Record]:
    """Return an agency's practitioners."""
    return await db.fetch(
        "select id, name, certificate, certificate_number from practitioner where agency = $1 and ended_at is null"
        " order by id",
        agency_id,
    )


async def add_party(agency_id: int, party: Party, *, now: datetime) -> bool:
    """Insert a related party, as declared and not verified; False when the same one stands declared already."""
    row_id = await db.value(
        "insert into related_party (agency, kind, name, identifier, share_percent, declared_at, verified)"
        " values ($1, $2, $3, $4, $5, $6, false) on conflict do nothing returning id",
        agency_id,
        str(party.kind),
        party.name,
        party.identifier,
        party.share_percent,
        now,
    )
    return row_id is not None


async def parties(agency_id: int) -> list[Record]:
    """Return an agency's related parties."""
    return await db.fetch(
        "select id, kind, name, identifier, share_percent, verified from related_party"
        " where agency = $1 and ended_at is null order by id",
        agency_id,
    )


async def end(table: str, row_id: int, agency_id: int, *, now: datetime) -> bool:
    """End a practitioner or a party of this agency; *table* is one of ours, never typed."""
    tag = await db.execute(
        f"update {table} set ended_at = $3 where id = $1 and agency = $2 and ended_at is null", row_id, agency_id, now
    )
    return tag == "UPDATE 1"


async def add_letter(agency_id: int, letter: Letter, text: str, *, by: int, now: datetime) -> None:
    """Keep the commitment letter as it was accepted."""
    await db.execute(
        "insert into commitment (agency, letter, ruleset, service_email, service_address, accepted_by, accepted_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        agency_id,
        text,
        letter.ruleset,
        letter.service_email,
        letter.service_address,
        by,
        now,
    )


async def last_letter(agency_id: int) -> Record | None:
    """Return the commitment letter accepted last."""
    return await db.row(
        "select letter, ruleset, service_email, service_address, accepted_at from commitment where agency = $1"
        " order by id desc limit 1",
        agency_id,
    )


async def reentry_on(agency_id: int, identifiers: Sequence[str], today: date) -> date | None:
    """
    Return the day a bar ends that an elimination put on this agency or on those behind it.

    Basis: DESIGN §7: the bar covers the USCC and organisations with the same
    verified controller or legal representative.
    """
    found: date | None = await db.value(
        "select max(a.reentry_on) from agency a where a.reentry_on > $3 and (a.id = $1 or exists ("
        " select from related_party p where p.agency = a.id and p.verified and p.identifier = any($2::text[])"
        " and p.kind in ('controller','legal_representative')))",
        agency_id,
        list(identifiers),
        today,
    )
    return found


async def due_suspensions(now: datetime, limit: int) -> list[Record]:
    """Take suspended agencies whose announced end has come, leaving those another worker holds."""
    return await db.fetch(
        f"select {AGENCY} from agency where state = 'suspended' and next_check_at <= $1 order by next_check_at, id"
        " limit $2 for update skip locked",
        now,
        limit,
    )
