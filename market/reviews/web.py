"""Writing a review, and a regulator's follow-ups of poor ones."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.kernel.errors import Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import page, read_form, see
from market.reviews import rules, service
from market.reviews.rules import GRADED, OUTCOMES
from market.reviews.states import Dimension, Stars
from market.visit import Visit

PARTIES: Final = [needs(Role.OWNER, Role.AGENCY)]
REGULATOR: Final = [needs(Role.REGULATOR)]
PATHS: Final = ["/owner/contracts/{number:str}/review", "/agency/contracts/{number:str}/review"]


@get(PATHS, guards=PARTIES)
async def review_page(visit: Visit, number: FromPath[str]) -> Response[str]:
    """Show the form of a review, or why there is none now."""
    return await _form(visit, number, Form.of())


@post(PATHS, guards=PARTIES, status_code=200)
async def review(request: Request[Any, Any, Any], visit: Visit, number: FromPath[str]) -> Response[Any]:
    """Seal a review."""
    typed = await read_form(request)
    desk = await service.desk(number, actor=visit.actor, now=visit.now)
    try:
        said = rules.parse_review(typed, desk.side)
        await service.submit(number, said, actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _form(visit, number, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/{visit.actor.role}/contracts/{number}")


async def _form(visit: Visit, number: str, form: Form, status: int = 200) -> Response[str]:
    desk = await service.desk(number, actor=visit.actor, now=visit.now)
    return page(
        visit,
        "reviews/write.html",
        nav=f"{visit.actor.role}/contracts",
        status=status,
        form=form,
        desk=desk,
        c=desk.contract,
        dimensions=GRADED[desk.side],
        grades=list(Stars),
        base=f"/{visit.actor.role}/contracts",
    )


@get("/regulator/reviews", guards=REGULATOR)
async def follow_ups(visit: Visit) -> Response[str]:
    """List the poor reviews in scope: those that wait, and those that were followed up."""
    return await _follow_ups(visit, Form.of())


@post("/regulator/reviews/{number:int}", guards=REGULATOR, status_code=200)
async def follow_up(request: Request[Any, Any, Any], visit: Visit, number: FromPath[int]) -> Response[Any]:
    """Write down what came of a follow-up."""
    typed = await read_form(request)
    try:
        await service.follow_up(number, rules.parse_follow_up(typed), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _follow_ups(visit, typed.as_form(refusal, visit.lang), refusal.status, number)
    return see("/regulator/reviews")


async def _follow_ups(visit: Visit, form: Form, status: int = 200, at: int = 0) -> Response[str]:
    waiting = await service.follow_ups(visit.actor)
    return page(
        visit,
        "reviews/follow_ups.html",
        nav="regulator/reviews",
        status=status,
        form=form,
        at=at,
        waiting=waiting,
        done=await service.follow_ups(visit.actor, done=True),
        outcomes=OUTCOMES,
        dimensions=list(Dimension),
        counts={"reviews": len(waiting)},
    )


ROUTES: tuple[Any, ...] = (review_page, review, follow_ups, follow_up)
