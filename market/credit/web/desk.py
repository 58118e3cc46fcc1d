"""The desks of rankings: a regulator's draft with its objections, and an agency's own line of it."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.credit import rules, service
from market.credit.states import Grade, ObjectionOutcome
from market.kernel.errors import Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import page as answer
from market.respond import read_form, see
from market.visit import Visit

REGULATOR: Final = [needs(Role.REGULATOR)]
AGENCY: Final = [needs(Role.AGENCY)]
DESK: Final = "regulator/rankings"
Asked = Request[Any, Any, Any]


@get("/regulator/rankings", guards=REGULATOR)
async def desk(visit: Visit) -> Response[str]:
    """Show the rankings that wait for confirmation or publication."""
    return answer(visit, "credit/desk.html", nav=DESK, rankings=await service.waiting())


@get("/regulator/rankings/{slot:str}", guards=REGULATOR)
async def draft(visit: Visit, slot: FromPath[str]) -> Response[str]:
    """Show what a ranking changes, and the objections to it."""
    return await _draft(visit, slot, Form.of())


@get("/regulator/rankings/{slot:str}/confirm", guards=REGULATOR)
async def second_look(visit: Visit, slot: FromPath[str]) -> Response[str]:
    """Ask once more before a ranking is confirmed."""
    return await _draft(visit, slot, Form.of(), template="credit/confirm.html")


@post("/regulator/rankings/{slot:str}/confirm", guards=REGULATOR, status_code=200)
async def confirm(visit: Visit, slot: FromPath[str], request: Asked) -> Response[Any]:
    """Confirm a drafted ranking."""
    typed = await read_form(request)
    try:
        await service.confirm(service.slot_of(slot), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        form = typed.as_form(refusal, visit.lang)
        return await _draft(visit, slot, form, refusal.status, template="credit/confirm.html")
    return see(f"/regulator/rankings/{slot}")


@post("/regulator/rankings/{slot:str}/recompute", guards=REGULATOR, status_code=200)
async def recompute(visit: Visit, slot: FromPath[str], request: Asked) -> Response[Any]:
    """Ask that a draft be computed anew."""
    typed = await read_form(request)
    try:
        await service.recompute(service.slot_of(slot), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _draft(visit, slot, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/regulator/rankings/{slot}")


@post("/regulator/rankings/{slot:str}/objections/{number:int}", guards=REGULATOR, status_code=200)
async def answer_objection(visit: Visit, slot: FromPath[str], number: FromPath[int], request: Asked) -> Response[Any]:
    """Answer an objection to a draft."""
    typed = await read_form(request)
    try:
        said = rules.parse_answer(typed)
        await service.answer(service.slot_of(slot), number, said, actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _draft(visit, slot, typed.as_form(refusal, visit.lang), refusal.status, at=number)
    return see(f"/regulator/rankings/{slot}")


async def _draft(
    visit: Visit, slot: str, form: Form, status: int = 200, *, at: int = 0, template: str = "credit/draft.html"
) -> Response[str]:
    context: dict[str, Any] = {
        "draft": await service.draft(service.slot_of(slot), visit.actor, visit.now),
        "may_confirm": service.may_confirm(visit.actor),
        "grades": list(Grade),
        "outcomes": list(ObjectionOutcome),
        "at": at,
        "form": form,
    }
    return answer(visit, template, nav=DESK, status=status, **context)


@get("/agency/credit", guards=AGENCY)
async def mine(visit: Visit) -> Response[str]:
    """List the rankings that hold the agency, drafts among them."""
    return answer(visit, "credit/mine.html", nav="agency/credit", rankings=await service.own_rankings(visit.actor))


@get("/agency/credit/{slot:str}", guards=AGENCY)
async def own(visit: Visit, slot: FromPath[str]) -> Response[str]:
    """Explain the agency's own score in a draft or a published ranking."""
    return await _own(visit, slot, Form.of())


@post("/agency/credit/{slot:str}/objection", guards=AGENCY, status_code=200)
async def object_to(visit: Visit, slot: FromPath[str], request: Asked) -> Response[Any]:
    """File an objection to a draft."""
    typed = await read_form(request)
    try:
        words = rules.parse_objection(typed)
        await service.object_to(service.slot_of(slot), words, actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _own(visit, slot, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/agency/credit/{slot}")


async def _own(visit: Visit, slot: str, form: Form, status: int = 200) -> Response[str]:
    held = await service.own(service.slot_of(slot), actor=visit.actor, now=visit.now)
    return answer(visit, "credit/own.html", nav="agency/credit", status=status, own=held, form=form)


ROUTES: tuple[Any, ...] = (
    desk,
    draft,
    second_look,
    confirm,
    recompute,
    answer_objection,
    mine,
    own,
    object_to,
)
