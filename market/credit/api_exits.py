"""Exits, measures, decisions, entries and announcements for programs: what is public, and nothing before it is."""

from datetime import date, datetime
from typing import Any, TypeVar

from asyncpg import Record
from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE
from market.credit.api_shapes import FactShown, facts_of
from market.credit.case_facts import english
from market.credit.service import announcements as announcements_service
from market.credit.service import exits as exits_service
from market.lists import MOST_ROWS, PAGE_SIZE
from market.problems import refusals
from market.visit import Visit

Shape = TypeVar("Shape", bound=Struct)


class Exit(Struct):
    """An agency out of the market: ``elimination`` with its decision and the way back, or ``left`` of its own will."""

    exit: str
    number: str | None
    uscc: str
    agency: str
    division: str
    ground: str | None
    at: datetime
    reentry_on: date | None
    appeal: str | None


class Measure(Struct):
    """A measure in force; ``appeal`` is ``waiting``, ``dismissed`` or nothing."""

    number: str
    uscc: str
    agency: str
    kind: str
    ground: str
    breach: str
    item_code: str | None
    begins_at: datetime
    ends_at: datetime
    reentry_on: date | None
    appeal: str | None


class DecisionRow(Measure):
    """A decision in force: what was signed is Chinese and stays so."""

    found: str
    clause: str
    remedies: str
    by_silence: bool
    signed_at: datetime
    signed_for: str | None


class DecisionShown(DecisionRow):
    """A decision in force with the English of what the market itself wrote, and the facts of the public record."""

    found_en: str | None
    clause_en: str | None
    remedies_en: str | None
    facts: list[FactShown]


class Entry(Struct):
    """A credit entry that counts now."""

    number: str
    kind: str
    ground: str
    contract: str | None
    recorded_at: datetime
    ends_on: date


class Announcement(Struct):
    """That a notice waits for an agency it could not be delivered to; what it says is in nobody's hands but theirs."""

    number: str
    uscc: str
    agency: str
    division: str
    announced_at: datetime
    deemed_served_at: datetime


@get("/api/v1/announcements", opt=PUBLIC_ROUTE, tags=["credit"], summary="List the notices that are announced")
async def announcements(visit: Visit, page: FromQuery[int] = 1) -> list[Announcement]:
    """Return one page of the notices that came back and are announced in public, the newest first."""
    rows = await announcements_service.standing(visit.now, limit=PAGE_SIZE, offset=_offset(page))
    return [_of(Announcement, each) for each in rows]


@get(
    "/api/v1/announcements/{number:str}",
    opt=PUBLIC_ROUTE,
    tags=["credit"],
    summary="Get an announcement",
    responses=refusals(404),
)
async def announcement(visit: Visit, number: FromPath[str]) -> Announcement:
    """Return an announcement that stands; once its notice was opened or its time is over there is none."""
    return _of(Announcement, await announcements_service.announcement(number.replace("\x00", ""), visit.now))


@get("/api/v1/exits", opt=PUBLIC_ROUTE, tags=["credit"], summary="List who is out of the market")
async def exits(visit: Visit, page: FromQuery[int] = 1) -> list[Exit]:
    """Return one page of who was eliminated and who left freely, the latest first."""
    rows = await exits_service.exits("", visit.now, limit=PAGE_SIZE, offset=_offset(page))
    return [_of(Exit, each) for each in rows]


@get("/api/v1/measures", opt=PUBLIC_ROUTE, tags=["credit"], summary="List the measures in force")
async def measures(visit: Visit, page: FromQuery[int] = 1) -> list[Measure]:
    """Return one page of the measures in force, the newest first."""
    rows = await exits_service.measures("", visit.now, limit=PAGE_SIZE, offset=_offset(page))
    return [_of(Measure, each) for each in rows]


@get("/api/v1/decisions", opt=PUBLIC_ROUTE, tags=["credit"], summary="List the decisions in force")
async def decisions(visit: Visit, page: FromQuery[int] = 1) -> list[DecisionRow]:
    """Return one page of the decisions whose measures are in force, in the words that were signed, the newest first."""
    rows = await exits_service.decisions("", visit.now, limit=PAGE_SIZE, offset=_offset(page))
    return [_of(DecisionRow, each) for each in rows]


@get(
    "/api/v1/decisions/{number:str}",
    opt=PUBLIC_ROUTE,
    tags=["credit"],
    summary="Get a decision in force",
    responses=refusals(404),
)
async def decision(visit: Visit, number: FromPath[str]) -> DecisionShown:
    """Return a decision whose measure is in force, as it is published."""
    found = await exits_service.decision(number.replace("\x00", ""), visit.now)
    told: dict[str, Any] = {name: found[name] for name in DecisionRow.__struct_fields__}
    told |= {f"{name}_en": english(found[name]) for name in ("found", "clause", "remedies")}
    return DecisionShown(**told, facts=facts_of(exits_service.facts_of(found)))


@get("/api/v1/agencies/{uscc:str}/entries", opt=PUBLIC_ROUTE, tags=["credit"], summary="List an agency's entries")
async def entries(visit: Visit, uscc: FromPath[str]) -> list[Entry]:
    """Return the credit entries of an agency that count now, the newest first."""
    return [_of(Entry, each) for each in await exits_service.entries(uscc.replace("\x00", ""), visit.now)]


def _of(shape: type[Shape], found: Record) -> Shape:
    return shape(**{name: found[name] for name in shape.__struct_fields__})


def _offset(page: int) -> int:
    return (min(max(page, 1), MOST_ROWS) - 1) * PAGE_SIZE


ROUTES: tuple[Any, ...] = (announcements, announcement, exits, measures, decisions, decision, entries)
