"""Selections as JSON for programs: results, the bundle of a draw, checkpoints, and declining an award."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Controller, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.kernel.errors import NotFound
from market.kernel.roles import Role
from market.ledger import service as ledger
from market.selection import service
from market.selection.service import Decline
from market.selection.web.results import PAGE_SIZE, InState, query_of
from market.visit import Visit


class Problem(msgspec.Struct):
    """Problem details: a stable code, and every reason in errors."""

    type: str
    title: str
    status: int
    code: str
    errors: list[dict[str, Any]]


class Result(msgspec.Struct):
    """One award: who was proposed for which notice, for how much, and what became of it."""

    code: str
    title: str
    method: str
    division: str
    owner: str
    agency: str
    uscc: str
    amount_fen: int
    place: int
    state: str
    proposed_at: datetime
    standstill_ends_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None


class Results(msgspec.Struct):
    """One page of awards, newest first, and how many there are in all."""

    rows: list[Result]
    total: int
    page: int


class Checkpoint(msgspec.Struct):
    """The newest signed checkpoint of the log."""

    size: int
    root: str
    note: str
    signed_at: datetime


class Declined(msgspec.Struct):
    """Why an award is declined."""

    reason: str


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Describe the refusals of a handler."""
    return {
        status: ResponseSpec(data_container=Problem, description="refused", media_type="application/problem+json")
        for status in statuses
    }


REFUSED: Final = refusals(401, 403, 404, 409, 422)


class SelectionApi(Controller):
    """What programs may ask of selections."""

    path = "/api/v1"
    tags = ("selection",)

    @get("/results", opt=PUBLIC_ROUTE, summary="List awards", responses=refusals(404))
    async def results(
        self,
        *,
        q: FromQuery[str] = "",
        award_state: InState = "",
        method: FromQuery[str] = "",
        division: FromQuery[str] = "",
        page: FromQuery[int] = 1,
    ) -> Results:
        """List awards, newest first, fifty a page."""
        if not 1 <= page <= 50_000:
            raise NotFound
        query = query_of(q, award_state, method, division)
        rows, total = await service.results(query, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        return Results([Result(**dict(each)) for each in rows], total, page)

    @get("/notices/{code:str}/draw", opt=PUBLIC_ROUTE, summary="Get a draw", responses=refusals(404, 409))
    async def draw(self, code: FromPath[str]) -> dict[str, Any]:
        """Give what anyone recomputes a draw from."""
        return await service.bundle(code)

    @get("/log/checkpoint", opt=PUBLIC_ROUTE, summary="Get the newest checkpoint", responses=refusals(404))
    async def checkpoint(self) -> Checkpoint:
        """Give the newest signed checkpoint of the log."""
        found = await ledger.checkpoint_latest()
        if found is None:
            raise NotFound("checkpoint_not_found")
        return Checkpoint(found.size, bytes(found.root).hex(), found.note, found.signed_at)

    @post(
        "/awards/{award:int}/decline",
        guards=[needs(Role.AGENCY)],
        status_code=204,
        summary="Decline an award",
        responses=REFUSED,
    )
    async def decline(self, visit: Visit, award: FromPath[int], data: JSONBody[Declined]) -> None:
        """Decline an award during its standstill; the next in order is proposed at once."""
        await service.decline(Decline(award, data.reason.strip()), actor=visit.actor, now=visit.now)


ROUTES: tuple[Any, ...] = (SelectionApi,)
