"""Rankings and scores for programs: what is published, and a regulator's confirmation."""

from datetime import date, datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.credit import api_abandonments, api_cases, api_exits, api_facts, api_leads, service
from market.credit import rules as parsing
from market.credit.service import RankingRow
from market.kernel.roles import PUBLIC, Role
from market.lists import MOST_ROWS
from market.problems import refusals
from market.respond import sent
from market.visit import Visit

REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)


class RankingHead(Struct):
    """A published ranking: its rules, the hash of its result, and when it was confirmed and published."""

    slot: date
    edition: int
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


class ObjectionAsked(Struct, forbid_unknown_fields=True):
    """What is wrong with one's line of a draft."""

    words: str


class AnswerAsked(Struct, forbid_unknown_fields=True):
    """The answer to an objection: *outcome* is ``upheld`` or ``dismissed``."""

    outcome: str
    words: str


class ObjectionShown(Struct):
    """An objection with its answer; *run_number* says which computation of the draft it is against."""

    id: int
    run_number: int
    uscc: str
    agency: str
    words: str
    filed_at: datetime
    outcome: str | None
    answer: str | None
    answered_at: datetime | None


class OwnShown(Struct):
    """An agency's own score in the newest edition of a quarter, drafted or published."""

    state: str
    edition: int
    objections_until_at: datetime
    may_object: bool
    score: ScoreShown
    objection: ObjectionShown | None


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
        return _head((await service.draft(day, visit.actor, visit.now)).ranking)

    @post(
        "/{slot:str}/recompute",
        guards=[needs(Role.REGULATOR)],
        status_code=202,
        summary="Ask that a draft be computed anew",
        responses=REFUSED,
    )
    async def recompute(self, visit: Visit, slot: FromPath[str]) -> None:
        """Ask that a draft be computed anew after a correction; its period for objections begins again."""
        await service.recompute(service.slot_of(slot), actor=visit.actor, now=visit.now)

    @get(
        "/{slot:str}/mine",
        guards=[needs(Role.AGENCY)],
        summary="Explain one's own score in a draft",
        responses=REFUSED,
    )
    async def mine(self, visit: Visit, slot: FromPath[str]) -> OwnShown:
        """Return the agency's own score in the newest edition of a quarter, before everybody else."""
        return await _own(visit, slot)

    @get(
        "/{slot:str}/objections",
        guards=[needs(Role.REGULATOR)],
        summary="List the objections to a ranking",
        responses=REFUSED,
    )
    async def objections(self, visit: Visit, slot: FromPath[str]) -> list[ObjectionShown]:
        """List the objections to the newest edition of a quarter, those without an answer first."""
        found = await service.draft(service.slot_of(slot), visit.actor, visit.now)
        return [_objection(each) for each in found.objections]

    @post("/{slot:str}/objections", guards=[needs(Role.AGENCY)], summary="Object to one's own line", responses=REFUSED)
    async def object_to(self, visit: Visit, slot: FromPath[str], data: JSONBody[ObjectionAsked]) -> OwnShown:
        """File the one objection an agency has against a draft; one computed anew is another draft."""
        words = parsing.parse_objection(sent({"words": data.words}))
        await service.object_to(service.slot_of(slot), words, actor=visit.actor, now=visit.now)
        return await _own(visit, slot)

    @post(
        "/{slot:str}/objections/{number:int}",
        guards=[needs(Role.REGULATOR)],
        status_code=200,
        summary="Answer an objection",
        responses=REFUSED,
    )
    async def answer(
        self, visit: Visit, slot: FromPath[str], number: FromPath[int], data: JSONBody[AnswerAsked]
    ) -> list[ObjectionShown]:
        """Answer an objection, once; an upheld one needs a new computation before the ranking is confirmed."""
        day = service.slot_of(slot)
        said = parsing.parse_answer(sent({"outcome": data.outcome, "words": data.words}))
        await service.answer(day, number, said, actor=visit.actor, now=visit.now)
        found = await service.draft(day, visit.actor, visit.now)
        return [_objection(each) for each in found.objections]


@get(
    "/api/v1/agencies/{uscc:str}/score",
    opt=PUBLIC_ROUTE,
    tags=["credit"],
    summary="Explain an agency's score",
    responses=refusals(404),
)
async def score(uscc: FromPath[str]) -> ScoreShown:
    """Return an agency's score in the latest published ranking, with the line behind every hundredth."""
    return _score(await service.score(uscc.replace("\x00", "")))


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


async def _own(visit: Visit, slot: str) -> OwnShown:
    own = await service.own(service.slot_of(slot), actor=visit.actor, now=visit.now)
    found, filed = own.ranking, _objection(own.objection) if own.objection else None
    return OwnShown(found.state, found.edition, found.objections_until_at, own.may_object, _score(own.score), filed)


def _score(found: service.Score) -> ScoreShown:
    named = {name: getattr(found, name) for name in ScoreShown.__struct_fields__ if name != "lines"}
    return ScoreShown(**named, lines=list(found.lines))


def _objection(found: service.ObjectionRow) -> ObjectionShown:
    return ObjectionShown(**{name: getattr(found, name) for name in ObjectionShown.__struct_fields__})


def _head(found: RankingRow) -> RankingHead:
    return RankingHead(**{name: getattr(found, name) for name in RankingHead.__struct_fields__})


ROUTES: tuple[Any, ...] = (
    RankingsApi,
    score,
    rules,
    *(route for part in (api_exits, api_leads, api_cases, api_abandonments, api_facts) for route in part.ROUTES),
)
