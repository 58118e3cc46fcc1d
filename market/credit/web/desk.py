"""The regulator's desk of rankings: what waits for confirmation."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.credit import service
from market.kernel.errors import Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import page as answer
from market.respond import read_form, see
from market.visit import Visit

REGULATOR: Final = [needs(Role.REGULATOR)]


@get("/regulator/rankings", guards=REGULATOR)
async def desk(visit: Visit) -> Response[str]:
    """Show the rankings that wait for confirmation or publication."""
    return await _desk(visit, Form.of())


@post("/regulator/rankings/{slot:str}/confirm", guards=REGULATOR, status_code=200)
async def confirm(request: Request[Any, Any, Any], visit: Visit, slot: FromPath[str]) -> Response[Any]:
    """Confirm a drafted ranking."""
    typed = await read_form(request)
    try:
        await service.confirm(service.slot_of(slot), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _desk(visit, typed.as_form(refusal, visit.lang), refusal.status)
    return see("/regulator/rankings")


async def _desk(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    context: dict[str, Any] = {
        "rankings": await service.waiting(),
        "may_confirm": service.may_confirm(visit.actor),
        "form": form,
    }
    return answer(visit, "credit/desk.html", nav="regulator/rankings", status=status, **context)


ROUTES: tuple[Any, ...] = (desk, confirm)
