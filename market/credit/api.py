"""Rankings, scores, exits, measures and entries for programs: what is published, and a regulator's confirmation."""

from datetime import date, datetime
from typing import Any, TypeVar

from asyncpg import Record
from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.credit import service
from market.credit.service import RankingRow
from market.credit.service import exits as exits_service
from market.kernel.roles import PUBLIC, Role
from market.lists import MOST_ROWS, PAGE_SIZE
from market.problems import refusals
from market.visit import Visit

Shape = TypeVar("Shape", bound=Struct)


class RankingHead(Struct):
    """A published ranking: its rules, the hash of its result, and when it was confirmed and published."""

    slot: date
    state: str
    ruleset: str
    agencies: int
    result_hash: str
    confirmed_for: str | None
    confirmed_at: datetime | None
    published_at: datetime | None


class Place(Struct):
    """One agency of a ranking beside the published one before; totals are in hundredths of a point."""

    place: int | None
    uscc: str
    agency: str
    total: int | None
    grade: str
    place_before: int | None
    total_before: int | None
    grade_before: str | None


class RankingShown(Struct):
    """A ranking with all of its places."""

    ranking: RankingHead
    places: list[Place]


class ScoreShown(Struct):
    """A score whose lines add up to its total, in hundredths of a point."""

    uscc: str
    slot: date
    place: int | None
    total: int | None
    grade: str
    ruleset: str
    result_hash: str
    parts: dict[str, dict[str, int | None]]
    lines: list[service.Line]


class RulesShown(Struct):
    """Every number of a version of the score."""

    version: str
    numbers: list[service.Number]


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


class DecisionShown(Measure):
    """A decision in force as it is published."""

    found: str
    clause: str
    remedies: str
    by_silence: bool
    signed_at: datetime
    signed_for: str | None


class Entry(Struct):
    """A credit entry that counts now."""

    number: str
    kind: str
    ground: str
    contract: str | None
    recorded_at: datetime
    ends_on: date


class RankingsApi(Controller):
    """Quarterly rankings."""

    path = "/api/v1/rankings"
    tags = ("credit",)

    @get("/", opt=PUBLIC_ROUTE, summary="List the published rankings")
    async def rankings(self) -> list[RankingHead]:
        """List the published rankings, newest first."""
        return [_head(each) for each in await service.published()]

    @get("/{slot:str}", opt=PUBLIC_ROUTE, summary="Get a published ranking", responses=refusals(404))
    async def ranking(self, slot: FromPath[str]) -> RankingShown:
        """Return a ranking with all of its places; *slot* is the last day of its quarter."""
        found = await service.ranking(service.slot_of(slot), PUBLIC)
        rows = await service.places(found.id, limit=MOST_ROWS)
        return RankingShown(
            _head(found), [Place(**{name: row[name] for name in Place.__struct_fields__}) for row in rows]
        )

    @post(
        "/{slot:str}/confirm",
        guards=[needs(Role.REGULATOR)],
        status_code=200,
        summary="Confirm a drafted ranking",
        responses=refusals(401, 403, 404, 409),
    )
    async def confirm(self, visit: Visit, slot: FromPath[str]) -> RankingHead:
        """Confirm a ranking whose period for objections has ended; the clock publishes it."""
        day = service.slot_of(slot)
        await service.confirm(day, actor=visit.actor, now=visit.now)
        return _head(await service.ranking(day, visit.actor))


@get(
    "/api/v1/agencies/{uscc:str}/score",
    opt=PUBLIC_ROUTE,
    tags=["credit"],
    summary="Explain an agency's score",
    responses=refusals(404),
)
async def score(uscc: FromPath[str]) -> ScoreShown:
    """Return an agency's score in the latest published ranking, with the line behind every hundredth."""
    found = await service.score(uscc.replace("\x00", ""))
    named = {name: getattr(found, name) for name in ScoreShown.__struct_fields__ if name != "lines"}
    return ScoreShown(**named, lines=list(found.lines))


@get(
    "/api/v1/credit-rules/{version:str}",
    opt=PUBLIC_ROUTE,
    tags=["credit"],
    summary="Get the numbers of a version of the score",
    responses=refusals(404),
)
async def rules(version: FromPath[str]) -> RulesShown:
    """Return every weight and number of a version such as ``credit-score-1``, with unit and source."""
    found = service.rules(version)
    return RulesShown(found.version, list(found.numbers))


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


@get(
    "/api/v1/decisions/{number:str}",
    opt=PUBLIC_ROUTE,
    tags=["credit"],
    summary="Get a decision in force",
    responses=refusals(404),
)
async def decision(visit: Visit, number: FromPath[str]) -> DecisionShown:
    """Return a decision whose measure is in force, as it is published."""
    return _of(DecisionShown, await exits_service.decision(number.replace("\x00", ""), visit.now))


@get("/api/v1/agencies/{uscc:str}/entries", opt=PUBLIC_ROUTE, tags=["credit"], summary="List an agency's entries")
async def entries(visit: Visit, uscc: FromPath[str]) -> list[Entry]:
    """Return the credit entries of an agency that count now, the newest first."""
    return [_of(Entry, each) for each in await exits_service.entries(uscc.replace("\x00", ""), visit.now)]


def _of(shape: type[Shape], found: Record) -> Shape:
    return shape(**{name: found[name] for name in shape.__struct_fields__})


def _offset(page: int) -> int:
    return (min(max(page, 1), MOST_ROWS) - 1) * PAGE_SIZE


def _head(found: RankingRow) -> RankingHead:
    return RankingHead(**{name: getattr(found, name) for name in RankingHead.__struct_fields__})


ROUTES: tuple[Any, ...] = (RankingsApi, score, rules, exits, measures, decision, entries)
