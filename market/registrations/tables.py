"""
Registrations (报名) and the ones refused by name.

One live registration per agency and notice, held by a partial unique index; a
withdrawn one stays and does not block another before the deadline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asyncpg import Record
from piccolo.constraints import Check
from piccolo.table import Table

from market import db
from market.accounts.tables import Person
from market.agencies import service as agencies
from market.agencies.rules import Held, Standing
from market.agencies.states import AgencyState
from market.agencies.tables import Agency
from market.columns import big, fen, key, moment, reference, text, whole
from market.guides.tables import Guide
from market.notices.tables import Notice
from market.registrations.sealing import Sealed
from market.registrations.states import RegistrationState


class Registration(Table):
    """One agency entering one notice, with the guide version that binds it."""

    id = key()
    notice = reference(Notice)
    agency = reference(Agency)
    uscc = text()
    guide = reference(Guide)
    price_fen = fen()
    state = text()
    receipt = text(unique=True)
    entry_index = big()
    registered_by = reference(Person)
    registered_at = moment()
    ended_at = moment(null=True)
    place = whole(null=True)
    reason = text(null=True)

    registration_state_known = Check(
        "state in ('registered','withdrawn','selected','reserve','not_selected','confirmed','declined','skipped')"
    )
    registration_price_not_negative = Check("price_fen >= 0")
    registration_place_positive = Check("place is null or place > 0")


class SealedQuote(Table, tablename="sealed_quote"):
    """A quote nobody can read before the opening; see ``sealing``. It is written once, with its registration."""

    id = key()
    registration = reference(Registration, unique=True)
    notice = reference(Notice)
    commitment = text(unique=True)
    sealed = text()

    sealed_quote_commitment_shape = Check("commitment ~ '^[0-9a-f]{64}$'")
    sealed_quote_shape = Check("sealed ~ '^([0-9a-f]{2})+$'")


class OpenedQuote(Table, tablename="opened_quote"):
    """What the opening found in a sealed quote; *excluded* says why it does not count, if it does not."""

    id = key()
    registration = reference(Registration, unique=True)
    quote_fen = fen(null=True)
    excluded = text(null=True)

    opened_quote_excluded_known = Check("excluded is null or excluded in ('unopenable','out_of_range')")
    opened_quote_whole = Check("(quote_fen is null) = (excluded is not distinct from 'unopenable')")


class RefusedRegistration(Table, tablename="refused_registration"):
    """Somebody who came in time and could not be receipted before the freeze: published by name."""

    id = key()
    notice = reference(Notice)
    agency = reference(Agency)
    arrived_at = moment()
    reason = text()
    entry_index = big()


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency about to register, with the guide that would bind it."""

    id: int
    organisation: int
    uscc: str
    name: str
    standing: Standing
    guide_id: int | None
    guide_version: int | None
    guide_max_fen: int | None


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration with its notice and agency."""

    id: int
    notice: int
    notice_code: str
    notice_title: str
    notice_state: str
    closes_at: datetime
    agency: int
    organisation: int
    agency_name: str
    uscc: str
    guide: int
    guide_version: int
    quoted: bool
    quote_excluded: str | None
    price_fen: int | None
    state: RegistrationState
    receipt: str
    entry_index: int
    registered_at: datetime
    ended_at: datetime | None
    place: int | None
    reason: str | None


_SELECT: Final = (
    "select r.id, r.notice, n.code as notice_code, n.title as notice_title, n.state as notice_state, n.closes_at,"
    " r.agency, a.organisation, a.name as agency_name, r.uscc, r.guide, g.version as guide_version,"
    # what is kept of a sealed quote before the opening is no price
    " n.method = 'lowest_quote' as quoted, q.excluded as quote_excluded,"
    " case when n.method = 'lowest_quote' then q.quote_fen else r.price_fen end as price_fen,"
    " r.state, r.receipt, r.entry_index, r.registered_at, r.ended_at, r.place, r.reason"
    " from registration r join notice n on n.id = r.notice join agency a on a.id = r.agency"
    " join guide g on g.id = r.guide left join opened_quote q on q.registration = r.id"
)
# Live registrations of the notice by agencies that share a verified controller or legal representative with $2.
_RELATED: Final = (
    "select from registration r join related_party theirs on theirs.agency = r.agency"
    " join related_party ours on ours.identifier = theirs.identifier"
    " where r.notice = $1 and r.state <> 'withdrawn' and ours.agency = $2 and r.agency <> $2"
    " and ours.verified and theirs.verified and ours.ended_at is null and theirs.ended_at is null"
    " and ours.kind in ('controller', 'legal_representative') and theirs.kind in ('controller', 'legal_representative')"
    " and coalesce(ours.share_percent, 100) >= $3 and coalesce(theirs.share_percent, 100) >= $3"
)


async def agency_of(organisation_id: int, item_id: int) -> AgencyRow | None:
    """Return the agency of an organisation with its papers and its published guide for an item."""
    found = await db.row(
        "select a.id, a.organisation, a.uscc, a.name, a.state, a.suspended_until, g.id as guide_id,"
        " g.version as guide_version, g.fee_max_fen as guide_max_fen from agency a left join guide g"
        " on g.agency = a.id and g.item = $2 and g.state = 'published' where a.organisation = $1",
        organisation_id,
        item_id,
    )
    if found is None:
        return None
    held = await db.fetch(
        "select code, valid_until, verified_at is not null as verified, revoked_at is not null as revoked"
        " from qualification where agency = $1 and withdrawn_at is null",
        found["id"],
    )
    values = dict(found)
    papers = tuple(Held(**dict(each)) for each in held)
    kept_out = await agencies.kept_out(found["id"], item_id)
    standing = Standing(AgencyState(values.pop("state")), values.pop("suspended_until"), papers, kept_out)
    return AgencyRow(standing=standing, **values)


async def is_registered(notice_id: int, agency_id: int) -> bool:
    """Tell whether an agency has a registration that is not withdrawn."""
    sql = "select exists (select from registration where notice = $1 and agency = $2 and state <> 'withdrawn')"
    return bool(await db.value(sql, notice_id, agency_id))


async def related_is_registered(notice_id: int, agency_id: int, control_percent: int) -> bool:
    """Tell whether an agency of the same verified controller or legal representative has registered."""
    return bool(await db.value(f"select exists ({_RELATED})", notice_id, agency_id, control_percent))


async def add(
    *,
    notice_id: int,
    agency: AgencyRow,
    price_fen: int,
    receipt: str,
    entry_index: int,
    person_id: int,
    control_percent: int,
    now: datetime,
) -> int | None:
    """
    Add a registration, unless the agency or a related one has one already; None then.

    It runs under the lock of the ledger's head, so that two related agencies
    that register in the same instant see each other.
    """
    found: int | None = await db.value(
        "insert into registration (notice, agency, uscc, guide, price_fen, state, receipt, entry_index, registered_by,"
        " registered_at) select $1, $2, $4, $5, $6, 'registered', $7, $8, $9, $10"
        f" where not exists ({_RELATED})"
        " on conflict (notice, agency) where state <> 'withdrawn' do nothing returning id",
        notice_id,
        agency.id,
        control_percent,
        agency.uscc,
        agency.guide_id,
        price_fen,
        receipt,
        entry_index,
        person_id,
        now,
    )
    return found


async def add_sealed(registration_id: int, notice_id: int, sealed: Sealed) -> None:
    """Keep the sealed quote of a registration."""
    await db.execute(
        "insert into sealed_quote (registration, notice, commitment, sealed) values ($1, $2, $3, $4)",
        registration_id,
        notice_id,
        sealed.commitment,
        sealed.text,
    )


async def add_refused(notice_id: int, agency_id: int, reason: str, entry_index: int, now: datetime) -> None:
    """Keep by name who came in time and could not be receipted."""
    await db.execute(
        "insert into refused_registration (notice, agency, arrived_at, reason, entry_index)"
        " values ($1, $2, $3, $4, $5)",
        notice_id,
        agency_id,
        now,
        reason,
        entry_index,
    )


async def is_refused(notice_id: int, agency_id: int) -> bool:
    """Tell whether an agency has been refused by name already."""
    sql = "select exists (select from refused_registration where notice = $1 and agency = $2)"
    return bool(await db.value(sql, notice_id, agency_id))


async def refused_of(notice_id: int) -> list[Record]:
    """List who came in time and could not be receipted: name, code, arrival, reason."""
    return await db.fetch(
        "select a.name, a.uscc, f.arrived_at, f.reason, f.entry_index from refused_registration f"
        " join agency a on a.id = f.agency where f.notice = $1 order by f.id",
        notice_id,
    )


async def by_receipt(receipt: str) -> RegistrationRow | None:
    """Return one registration by the code of its receipt."""
    found = await db.row(f"{_SELECT} where r.receipt = $1", receipt)
    return _registration(found) if found else None


async def own(notice_id: int, organisation_id: int) -> RegistrationRow | None:
    """Return an agency's own latest registration for a notice."""
    found = await db.row(
        f"{_SELECT} where r.notice = $1 and a.organisation = $2 order by r.id desc limit 1", notice_id, organisation_id
    )
    return _registration(found) if found else None


async def of_agency(organisation_id: int, limit: int, offset: int) -> list[RegistrationRow]:
    """List an agency's registrations, newest first."""
    rows = await db.fetch(
        f"{_SELECT} where a.organisation = $1 order by r.id desc limit $2 offset $3", organisation_id, limit, offset
    )
    return [_registration(each) for each in rows]


async def pool_of(notice_id: int) -> list[RegistrationRow]:
    """List the registrations that are not withdrawn: by place, then ascending by code."""
    rows = await db.fetch(
        f"{_SELECT} where r.notice = $1 and r.state <> 'withdrawn' order by r.place nulls last, r.uscc collate \"C\"",
        notice_id,
    )
    return [_registration(each) for each in rows]


async def count(notice_id: int) -> int:
    """Count the registrations that are not withdrawn."""
    return int(
        await db.value("select count(*) from registration where notice = $1 and state <> 'withdrawn'", notice_id)
    )


async def move(
    registration_ids: Sequence[int],
    before: RegistrationState,
    after: RegistrationState,
    *,
    at: datetime,
    reason: str | None = None,
) -> int:
    """Move registrations that still stand in *before*; return how many moved."""
    done = await db.execute(
        "update registration set state = $3, ended_at = $4, reason = coalesce($5, reason)"
        " where id = any($1) and state = $2",
        list(registration_ids),
        before,
        after,
        at,
        reason,
    )
    return int(done.removeprefix("UPDATE "))


async def opportunities(organisation_id: int, now: datetime, limit: int) -> list[Record]:
    """List the notices open now for whose item an agency has a published guide and every chosen qualification."""
    return await db.fetch(
        "select n.code, n.title, n.method, n.ceiling_fen, n.closes_at, n.time_limit_days, o.name as owner_name,"
        " i.name as item_name, least(n.ceiling_fen, g.fee_max_fen) as price_fen,"
        " exists (select from registration r where r.notice = n.id and r.agency = a.id and r.state <> 'withdrawn')"
        " as registered"
        " from agency a join guide g on g.agency = a.id and g.state = 'published' join notice n on n.item = g.item"
        " join organisation o on o.id = n.owner join item i on i.id = n.item"
        " where a.organisation = $1 and (a.state = 'admitted' or (a.state = 'suspended' and a.suspended_until <= $2))"
        " and n.state = 'open' and n.opens_at <= $2 and n.closes_at > $2"
        " and (n.direct_agency is null or n.direct_agency = a.id) and o.uscc <> a.uscc"
        " and not n.recusals @> jsonb_build_array(jsonb_build_object('uscc', a.uscc))"
        " and not exists (select from jsonb_array_elements_text(n.qualifications) as wanted(code) where not exists ("
        "  select from qualification q where q.agency = a.id and q.code = wanted.code and q.verified_at is not null"
        "  and q.revoked_at is null and q.withdrawn_at is null"
        "  and q.valid_until >= ($2 at time zone 'Asia/Shanghai')::date))"
        " order by n.closes_at limit $3",
        organisation_id,
        now,
        limit,
    )


def _registration(record: Record) -> RegistrationRow:
    values: dict[str, Any] = dict(record)
    return RegistrationRow(**{**values, "state": RegistrationState(values["state"])})
