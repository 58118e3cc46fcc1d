"""
Registering (报名), withdrawing, and what selections ask of the pool.

A registration holds the notice's row ``FOR SHARE`` against the freeze, so that
whatever is receipted is in the pool; who came in time and met the freeze is
refused by name, and that refusal is published. The row is written after the
ledger entry, under the lock of the ledger's head: that lock, not the earlier
look, decides between two who come in the same instant.

Basis: DESIGN §4 (The deadline); reference paper on trust, section 1.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record

from market import db
from market.kernel import rulesets
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound, Reason, Refusal
from market.kernel.roles import Actor, Role
from market.kernel.times import local, rfc3339
from market.ledger import service as ledger
from market.messages import service as messages
from market.notices import service as notices
from market.notices.service import NoticeRow
from market.notices.states import NoticeState
from market.registrations import rules, tables
from market.registrations.rules import Applicant, Conditions
from market.registrations.states import REGISTRATION, RegistrationAction, RegistrationState
from market.registrations.tables import AgencyRow, RegistrationRow

# The letters before the day in a receipt's code (回执编号).
RECEIPT_PREFIX: Final = "BM"
MOST_OPPORTUNITIES: Final = 200
# Entries of registrations are about no notice that a reader of the log could name: see `Receipt`.
LOG_SUBJECT: Final = "registration"
# Why no more registrations are taken although the deadline has not come: the freeze was first.
MISSED_THE_FREEZE: Final = "came_in_time_not_receipted"


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    What a registrant keeps: the receipt's code, the entry of the log with its leaf hash, and what opens it.

    The entry holds only the salted hash of *document*: nobody can count the
    registrants of a notice in the public log before the freeze, and whoever
    holds the salt can prove afterwards that this entry is theirs.
    """

    code: str
    notice: str
    uscc: str
    price_fen: int
    entry_index: int
    leaf: str
    registered_at: datetime
    salt: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prospect:
    """A notice before registering: the price, the guide that would bind, and every reason against."""

    notice: NoticeRow
    price_fen: int | None
    guide_version: int | None
    bars: tuple[Reason, ...]


async def prospect(code: str, *, actor: Actor, now: datetime) -> Prospect:
    """Say what registering would mean, and everything that stands in its way."""
    notice = await notices.notice(code)
    agency = await _agency(actor, notice)
    price = _price(notice, agency) if agency.guide_max_fen is not None else None
    return Prospect(notice, price, agency.guide_version, await _bars(notice, agency, now))


async def register(code: str, *, declared: bool, actor: Actor, now: datetime) -> Receipt:
    """
    Enter an agency for a notice and return its receipt; *now* is when the request arrived.

    Who came in time but met the freeze is refused by name, and the refusal is
    in the log before it is told.
    """
    found = await notices.notice(code)
    person = _person(actor)
    async with db.writing():
        notice = await notices.lock_for_registration(found.id)
        agency = await _agency(actor, notice)
        against = await _bars(notice, agency, now)
        if not declared:
            against = (*against, Reason("declaration_missing", "declared"))
        if against:
            kind = Invalid if all(reason.field for reason in against) else Conflict
            raise kind("not_registrable", reasons=against)
        frozen = notice.state is not NoticeState.OPEN
        refusal = await _refuse_by_name(notice, agency, now) if frozen else None
        price = _price(notice, agency)
        if refusal is None:
            receipt, index = await _enter(notice, agency, price, person, now)
    if refusal:
        raise refusal
    # Read after the commit: within it everybody else would wait, because the head of the log is locked.
    return await _opened(receipt, notice=notice.code, uscc=agency.uscc, price=price, index=index, at=now)


async def _enter(notice: NoticeRow, agency: AgencyRow, price: int, person: int, now: datetime) -> tuple[str, int]:
    """Log and add a registration; return the code of its receipt and the index of its entry."""
    await messages.tell(
        agency.organisation, "registered", at=now, subject=notice.code, notice=notice.code, title=notice.title or ""
    )
    document = {
        "notice": notice.code,
        "uscc": agency.uscc,
        "guide_version": agency.guide_version,
        "price_fen": price,
        "registered_by": person,
        "at": rfc3339(now),
    }
    index = await ledger.append("registration", at=now, subject=LOG_SUBJECT, fields={}, document=document)
    receipt = f"{RECEIPT_PREFIX}-{local(now):%Y%m%d}-{index:07d}"
    control = rulesets.get(notice.ruleset).admission.control_percent
    added = await tables.add(
        notice_id=notice.id,
        agency=agency,
        price_fen=price,
        receipt=receipt,
        entry_index=index,
        person_id=person,
        control_percent=control,
        now=now,
    )
    if added is None:
        twice = await tables.is_registered(notice.id, agency.id)
        raise Conflict("not_registrable", reasons=(Reason("already_registered" if twice else "related_registered"),))
    return receipt, index


async def _opened(code: str, *, notice: str, uscc: str, price: int, index: int, at: datetime) -> Receipt:
    """Return a receipt with what opens its entry."""
    kept = await ledger.document_of(index)
    salt, document = kept or ("", {})
    leaf = (await ledger.entry(index)).leaf.hex()
    return Receipt(code, notice, uscc, price, index, leaf, at, salt, document)


async def _refuse_by_name(notice: NoticeRow, agency: AgencyRow, now: datetime) -> Refusal:
    """Write down that somebody came in time and was not receipted, once, and return the refusal."""
    refusal = Conflict(MISSED_THE_FREEZE, notice=notice.code)
    if await tables.is_refused(notice.id, agency.id):
        return refusal
    fields = {"notice": notice.code, "uscc": agency.uscc, "reason": MISSED_THE_FREEZE}
    index = await ledger.append("registration.rejected", at=now, subject=notice.code, fields=fields)
    await tables.add_refused(notice.id, agency.id, MISSED_THE_FREEZE, index, now)
    return refusal


async def withdraw(code: str, *, actor: Actor, now: datetime) -> None:
    """Withdraw one's registration before the deadline; another may follow."""
    found = await notices.notice(code)
    async with db.writing():
        notice = await notices.lock_for_registration(found.id)
        registration = await tables.own(notice.id, _organisation(actor))
        if registration is None:
            raise NotFound("registration_not_found")
        after = REGISTRATION.decide(registration.state, RegistrationAction.WITHDRAW, actor.role)
        if notice.state is not NoticeState.OPEN or notice.closes_at is None or now >= notice.closes_at:
            raise MoveRefused("withdrawal_too_late")
        if not await tables.move([registration.id], registration.state, after, at=now):
            raise MoveRefused(state=registration.state, action=RegistrationAction.WITHDRAW)
        document = {"notice": code, "uscc": registration.uscc, "receipt": registration.receipt}
        fields = {"entry": registration.entry_index}
        await ledger.append("registration.withdrawn", at=now, subject=LOG_SUBJECT, fields=fields, document=document)


async def receipt(code: str, *, actor: Actor) -> Receipt:
    """Return a receipt to the agency it was given to."""
    found = await tables.by_receipt(code)
    if found is None or found.organisation != _organisation(actor):
        raise NotFound("receipt_not_found")
    return await _opened(
        found.receipt,
        notice=found.notice_code,
        uscc=found.uscc,
        price=found.price_fen,
        index=found.entry_index,
        at=found.registered_at,
    )


async def own(notice_id: int, actor: Actor) -> RegistrationRow | None:
    """Return the reader's own latest registration for a notice; None for whoever is no agency."""
    if actor.role is not Role.AGENCY or actor.organisation_id is None:
        return None
    return await tables.own(notice_id, actor.organisation_id)


async def registrations(actor: Actor, *, limit: int = 50, offset: int = 0) -> list[RegistrationRow]:
    """List the registrations of the agency somebody acts for, newest first."""
    return await tables.of_agency(_organisation(actor), limit, offset)


async def opportunities(actor: Actor, *, now: datetime) -> list[Record]:
    """List the notices an agency could register for now."""
    return await tables.opportunities(_organisation(actor), now, MOST_OPPORTUNITIES)


async def pool_of(notice_id: int) -> list[RegistrationRow]:
    """List the registrations of a notice that are not withdrawn, by place, then ascending by code."""
    return await tables.pool_of(notice_id)


async def count(notice_id: int) -> int:
    """Count the registrations of a notice that are not withdrawn."""
    return await tables.count(notice_id)


async def refused_of(notice_id: int) -> list[Record]:
    """List who came in time and could not be receipted."""
    return await tables.refused_of(notice_id)


async def mark(
    registration_ids: Sequence[int],
    before: RegistrationState,
    action: RegistrationAction,
    *,
    at: datetime,
    role: Role = Role.SYSTEM,
    reason: str | None = None,
) -> RegistrationState:
    """Make one move for several registrations, all or none, within the caller's transaction."""
    after = REGISTRATION.decide(before, action, role)
    if await tables.move(registration_ids, before, after, at=at, reason=reason) != len(registration_ids):
        raise MoveRefused(state=before, action=action)
    return after


async def _bars(notice: NoticeRow, agency: AgencyRow, now: datetime) -> tuple[Reason, ...]:
    control = rulesets.get(notice.ruleset).admission.control_percent
    applicant = Applicant(
        uscc=agency.uscc,
        standing=agency.standing,
        guide_id=agency.guide_id,
        registered=await tables.is_registered(notice.id, agency.id),
        related_registered=await tables.related_is_registered(notice.id, agency.id, control),
    )
    conditions = Conditions(
        published=notice.published_at is not None,
        withdrawn=notice.state in (NoticeState.WITHDRAWN, NoticeState.ANNULLED),
        opens_at=notice.opens_at,
        closes_at=notice.closes_at,
        qualifications=notice.qualifications,
        kept_out=[each["uscc"] for each in notice.recusals],
        owner_uscc=notice.owner_uscc,
        direct_uscc=notice.direct_uscc,
    )
    return rules.bars(applicant, conditions, now)


def _price(notice: NoticeRow, agency: AgencyRow) -> int:
    return rules.price_fen(notice.ceiling_fen or 0, agency.guide_max_fen or 0)


async def _agency(actor: Actor, notice: NoticeRow) -> AgencyRow:
    found = await tables.agency_of(_organisation(actor), notice.item)
    if found is None:
        raise Conflict("agency_not_admitted")
    return found


def _organisation(actor: Actor) -> int:
    if actor.role is not Role.AGENCY or actor.organisation_id is None:
        raise Forbidden
    return actor.organisation_id


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden
    return actor.person_id


def as_json(receipt: Receipt) -> dict[str, Any]:
    """Write a receipt for machines."""
    return {
        "receipt": receipt.code,
        "notice": receipt.notice,
        "uscc": receipt.uscc,
        "price_fen": receipt.price_fen,
        "entry_index": receipt.entry_index,
        "leaf_hash": receipt.leaf,
        "salt": receipt.salt,
        "document": receipt.document,
        "registered_at": rfc3339(receipt.registered_at),
    }
