"""
What readers get of an agency: the public profile, the list, and the application with all its papers.

The public never gets an unmasked telephone, certificate or identity number;
masking happens here, so that no page can forget it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from asyncpg import Record

from market.agencies import lists, queries, standings
from market.agencies.lists import AgencyQuery
from market.agencies.rules import masked, suspended
from market.agencies.service.found import organisation_of, subject
from market.agencies.states import AgencyState
from market.catalogue import service as catalogue
from market.kernel.errors import NotFound, Reason
from market.kernel.roles import Actor, Role
from market.kernel.times import local
from market.ledger import service as ledger
from market.ledger.service import Entry


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application with all its papers, for its agency and for the operator."""

    organisation: Record
    agency: Record | None
    claims: tuple[Record, ...] = ()
    practitioners: tuple[Record, ...] = ()
    parties: tuple[Record, ...] = ()
    letter: Record | None = None
    check: Record | None = None
    returned_for: tuple[dict[str, str], ...] = ()

    @property
    def state(self) -> AgencyState:
        """Return where the agency stands; an application not begun is applying."""
        return AgencyState(self.agency["state"]) if self.agency is not None else AgencyState.APPLYING


@dataclass(frozen=True, slots=True)
class Profile:
    """An agency as the public sees it."""

    uscc: str
    name: str
    division: str
    state: AgencyState
    suspended: bool
    suspended_until: datetime | None
    admitted_at: datetime | None
    left_at: datetime | None
    introduction: str
    contact_name: str
    contact_phone: str
    today: date
    qualifications: tuple[Record, ...]
    practitioners: tuple[tuple[str, str, str], ...]
    guides: tuple[Record, ...]
    items: tuple[tuple[Record, tuple[Reason, ...]], ...]
    history: tuple[Entry, ...]


async def application(actor: Actor) -> ApplicationView:
    """Return the application of the actor's organisation, begun or not."""
    organisation = await queries.organisation(organisation_of(actor))
    if organisation is None:
        raise NotFound
    return await _papers(organisation, await queries.of_organisation(organisation["id"]))


async def has_begun(actor: Actor) -> bool:
    """Tell whether the organisation somebody acts for has begun an application at all."""
    return await queries.of_organisation(organisation_of(actor)) is not None


async def phone_of(actor: Actor) -> str:
    """Return the telephone somebody gave when signing up."""
    return await queries.phone_of(actor.person_id)


async def application_of(uscc: str, actor: Actor) -> ApplicationView:
    """Return an agency's papers to the operator, or to an auditor."""
    agency = await queries.by_uscc(uscc)
    organisation = await queries.organisation(agency["organisation"]) if agency is not None else None
    if agency is None or organisation is None or actor.role not in (Role.OPERATOR, Role.AUDITOR):
        raise NotFound
    return await _papers(organisation, agency)


async def listed(query: AgencyQuery, now: datetime, *, limit: int | None = None, offset: int = 0) -> list[Record]:
    """Return the public rows of the list; each carries the ``total``."""
    return await lists.listed(query, now, limit=limit, offset=offset)


async def counts() -> dict[str, int]:
    """Return how many agencies stand in each state."""
    return await lists.counts()


async def profile(uscc: str, now: datetime) -> Profile:
    """Return an agency that is or was in the market."""
    agency = await queries.by_uscc(uscc)
    if agency is None or agency["admitted_at"] is None:
        raise NotFound
    state = AgencyState(agency["state"])
    people = await queries.practitioners(agency["id"])
    return Profile(
        uscc=uscc,
        name=agency["name"],
        division=agency["division"],
        state=state,
        suspended=suspended(state, agency["suspended_until"], now),
        suspended_until=agency["suspended_until"],
        admitted_at=agency["admitted_at"],
        left_at=agency["left_at"],
        introduction=agency["introduction"],
        contact_name=agency["contact_name"][:1] + "**",
        contact_phone=masked(agency["contact_phone"]),
        today=local(now).date(),
        qualifications=tuple(row for row in await queries.claims(agency["id"]) if row["verified_at"] is not None),
        practitioners=tuple(
            (each["name"][:1] + "**", each["certificate"], masked(each["certificate_number"])) for each in people
        ),
        guides=tuple(await lists.guides_of(agency["id"])),
        items=await standing_by_item(agency["id"], now),
        history=tuple(reversed(await ledger.entries_of(subject(uscc)))),
    )


async def standing_by_item(agency_id: int, now: datetime) -> tuple[tuple[Record, tuple[Reason, ...]], ...]:
    """Return every item an agency has to do with, and why it may not act for it."""
    found = []
    for item in await lists.items_of(agency_id):
        needed = [each.code for each in await catalogue.qualifications_of(item["id"])]
        reasons = await standings.standing_of_many([agency_id], item["id"], needed, now)
        found.append((item, reasons.get(agency_id, ())))
    return tuple(found)


async def _papers(organisation: Record, agency: Record | None) -> ApplicationView:
    if agency is None:
        return ApplicationView(organisation, None)
    agency_id = agency["id"]
    return ApplicationView(
        organisation,
        agency,
        claims=tuple(await queries.claims(agency_id)),
        practitioners=tuple(await queries.practitioners(agency_id)),
        parties=tuple(await queries.parties(agency_id)),
        letter=await queries.last_letter(agency_id),
        check=await queries.pending_check(agency_id),
        returned_for=tuple(await queries.last_return(agency_id)),
    )
