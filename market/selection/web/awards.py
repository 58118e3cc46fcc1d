"""An agency's own awards, and the page on which it declines one."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.kernel.errors import Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import page, read_form, see
from market.selection import service
from market.selection.service import Decline
from market.selection.states import AwardState
from market.visit import Visit

AGENCY = needs(Role.AGENCY)


@get("/agency/awards", guards=[AGENCY])
async def mine(visit: Visit) -> Response[str]:
    """Show the awards one's agency was proposed for."""
    rows = await service.awards_of(visit.actor)
    return page(visit, "selection/awards.html", nav="agency/awards", rows=rows, proposed=AwardState.PROPOSED)


@get("/agency/awards/{award:int}/decline", guards=[AGENCY])
async def decline_page(visit: Visit, award: FromPath[int]) -> Response[str]:
    """Show what declining means, and ask for the reason."""
    return await _decline(visit, award, Form.of())


@post("/agency/awards/{award:int}/decline", guards=[AGENCY], status_code=200)
async def decline(request: Request[Any, Any, Any], visit: Visit, award: FromPath[int]) -> Response[Any]:
    """Decline an award."""
    typed = await read_form(request)
    try:
        await service.decline(Decline(award, typed.one("reason")), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _decline(visit, award, typed.as_form(refusal, visit.lang), refusal.status)
    return see("/agency/awards")


async def _decline(visit: Visit, award: int, form: Form, status: int = 200) -> Response[str]:
    found = await service.award_of(award, visit.actor)
    return page(visit, "selection/decline.html", nav="agency/awards", status=status, award=found, form=form)


ROUTES: tuple[Any, ...] = (mine, decline_page, decline)
