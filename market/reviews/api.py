"""Reviews for programs: what is revealed of a contract's reviews, and writing one's own."""

from datetime import datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.contracts import service as contracts
from market.contracts.states import Side
from market.kernel.roles import Role
from market.problems import refusals
from market.respond import sent
from market.reviews import rules, service
from market.reviews.states import Dimension
from market.visit import Visit

REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)


class ReviewShown(Struct):
    """One side's review; before the reveal an open one and a sealed one look the same."""

    side: str
    state: str
    closes_at: datetime
    quality: int | None
    timeliness: int | None
    fees: int | None
    conduct: int | None
    attitude: int | None
    sealed_hash: str | None
    revealed_at: datetime | None


class ReviewAsked(Struct, forbid_unknown_fields=True):
    """Stars from 1 to 5 by dimension, and words for the other party and supervision."""

    stars: dict[str, int]
    words: str = ""


class ReviewReceipt(Struct):
    """A receipt: the entry of the reveal will carry this hash."""

    hash: str
    salt: str
    document: dict[str, Any]


class ReviewsApi(Controller):
    """The reviews of one contract."""

    path = "/api/v1/contracts/{number:str}/reviews"
    tags = ("reviews",)

    @get("/", opt=PUBLIC_ROUTE, summary="List the reviews of a contract", responses=refusals(404))
    async def reviews(self, visit: Visit, number: FromPath[str]) -> list[ReviewShown]:
        """List the reviews of a contract: none before they are open, both at once after the reveal."""
        await contracts.contract(number, now=visit.now)
        names = ReviewShown.__struct_fields__
        return [ReviewShown(**{name: each[name] for name in names}) for each in await service.shown(number)]

    @post("/", guards=[needs(Role.OWNER, Role.AGENCY)], summary="Review the other party", responses=REFUSED)
    async def submit(self, visit: Visit, number: FromPath[str], data: JSONBody[ReviewAsked]) -> ReviewReceipt:
        """Seal a review."""
        known = {str(each): str(data.stars[each]) for each in Dimension if each in data.stars}
        said = rules.parse_review(sent({**known, "words": data.words}), Side(visit.actor.role))
        sealed = await service.submit(number, said, actor=visit.actor, now=visit.now)
        return ReviewReceipt(sealed.hash, sealed.salt, dict(sealed.document))


ROUTES: tuple[Any, ...] = (ReviewsApi,)
