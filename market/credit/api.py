"""Rankings and scores for programs: what is published, and a regulator's confirmation."""

from datetime import date, datetime
from typing import Any

from litestar import Controller, get, post
from litestar.params import FromPath
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.credit import service
from market.credit.service import RankingRow
from market.kernel.roles import PUBLIC, Role
from market.lists import MOST_ROWS
from market.problems import refusals
from market.visit import Visit


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
        rows = await service.places(found.slot, limit=MOST_ROWS)
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


def _head(found: RankingRow) -> RankingHead:
    return RankingHead(**{name: getattr(found, name) for name in RankingHead.__struct_fields__})


ROUTES: tuple[Any, ...] = (RankingsApi, score)
